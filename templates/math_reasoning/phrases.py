# ruff: noqa: RUF001 - the words of many languages are its data
"""What says that an answer follows, or went before, in the languages of the table of locales."""

from __future__ import annotations

import re

from touchstone.lazy import pattern
from touchstone.scoring.locales import LOCALES
from touchstone.scoring.words import SCALE_WORDS

_SPACED = {code: one for code, one in LOCALES.items() if code not in ("zh", "ja", "ko")}


def _any(words: set[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


_NOUNS = _any({word for locale in _SPACED.values() for word in locale.answer})
_VERBS = _any({word for locale in _SPACED.values() for word in locale.verbs})
_UNSPACED_NOUNS = (
    "最终答案|最後の答え|正确答案|正确选项|正確選項|答案|结果|結果|答え|解答|正解|回答|정답|답|答"
)
_UNSPACED_VERBS = "应为|應為|应该是|應該是|就是|是|为|為|等于|は|が|은|는|이"
# E.g. `So the final answer is`, `**Answer:**`, `my result (in cm) equals`;
# not `the answer is correct`, `answer == 3`
PHRASE = pattern(
    r"(?:\b(?:the|my|our|your|so|final|correct|numerical|overall)\s+){0,8}"
    r"\b(?:answers?|solutions?|results?|ans)\b(?:\s*\([^()\n]{0,40}\))?\s*(?:\*\*|__)?\s*"
    r"(?:\b(?:is|are|equals|will be|would be|comes out (?:to be|as))\b"
    r"(?!\s+(?:correct|wrong|right|valid|not|that|as follows)\b)\s*:?|(?::|=)(?!=)|-(?=\s+\d))"
    r"\s*(?:\*\*|__)?[ \t]*(\n\s*)?",
    re.IGNORECASE,
)
# E.g. `Die Antwort lautet`, `Respuesta correcta:`, `答案是`, `答えは`, `답은`; not `Antwort`
ELSEWHERE = pattern(
    rf"(?:(?<![^\W\d_])(?:{_NOUNS})(?![^\W\d_])(?![ ](?:to|of)[ ])"
    rf"(?:[ ][^\W\d_]{{1,12}}){{0,2}}?[ ]?(?:\*\*|__)?"
    rf"(?:[ ]?(?<![^\W\d_])(?:{_VERBS})(?![^\W\d_])[ ]?:?|[ ]?[:：=—-])"
    rf"|(?:{_UNSPACED_NOUNS})(?:\*\*)?[ ]?(?:(?:{_UNSPACED_VERBS})[ ]?[:：]?|[:：]|(?=[ ]\d)))"
    r"[ ]?(?:\*\*|__)?[ \t]?(\n\s?)?",
    re.IGNORECASE,
)
# Words before the letter of a choice.
OPTION = _any(
    {word for locale in LOCALES.values() for word in locale.option}
    | {"letter", "letra", "lettre", "buchstabe", "lettera"}
)
_LETTERS = r"\(?[A-J]\)?(?:(?:,[ ]?|,?[ ](?:and|&)[ ])\(?[A-J]\)?(?![^\W\d_])){0,9}"
# E.g. `10 is the final answer`, `so C is the answer`; not `is right`
BEFORE = pattern(
    r"(?<!\S)(\$[^$\n]{1,80}\$|(?!(?:that|this|it|which|here|what)\s)[^\s,;:]{1,40})"
    r"(?:[ ](?:dollars|cents|%))?[ ]"
    r"(?:is|as)[ ](?:the|my|our)[ ](?:final[ ]|correct[ ]|right[ ])?(?:answer|option|choice)\b"
    r"|(?<!\S)([A-J]|\d[\d.,]{0,12})[ ]?(?:가|이|が|是)[ ]?(?:정답|답|正解|正确答案|答案)",
    re.IGNORECASE,
)

# E.g. `the best option is C`, `I choose C`, `选C`, `Chọn C.`, `Option C is correct`;
# not `choose one`
CHOSEN = pattern(
    r"(?:\b(?:I|we)(?:['’](?:d|ll)|[ ]would|[ ]will)?[ ](?:choose|pick|select|go[ ]with)[ ]"
    r"(?:option[ ]|answer[ ])?"
    r"|选择?|選擇?|\bchọn[ ](?:đáp án[ ])?|\b(?:elijo|escolho|wähle|choisis)[ ]"
    rf"|\b(?:option|choice|answer|statement)s?[ ](?:\*\*)?(?={_LETTERS}"
    r"(?:\*\*)?[ ](?:is|are)[ ](?:the[ ])?(?:correct|right|true|best))"
    rf"|(?<![^\W\d_])(?:{OPTION})[ ](?=\(?[A-J]\)?[.。!]?\s?\Z)"
    rf"|(?<![^\W\d_])(?:{OPTION})[ ](?=\(?[A-J]\)?[ ](?:(?:ist|est|es|é|è|là)[ ])?"
    r"(?:richtig|korrekt|correcte?|correct[ao]|corret[ao]|верн\w{1,3}|правильн\w{1,3}|đúng)"
    r"(?![^\W\d_]))"
    r"|\b(?:opción|opção|alternativa|option|opzione|lettera|вариант|phương án|opsi|pilihan)[ ]"
    rf"(?:[^\W\d_]{{3,14}}[ ])?(?:{_VERBS})[ ](?:la[ ]|le[ ]|die[ ])?"
    r"|\b(?:opción|opção|alternativa|opzione|вариант|phương án|opsi|pilihan)[ ]?:[ ]?"
    r"|(?<!\S)(?=\([A-J]\)[ ](?:is|are)[ ](?:the[ ])?(?:correct|right|true)(?![^\W\d_]))"
    rf"|\bboth[ ](?={_LETTERS}[ ]are[ ](?:correct|right|true))"
    r"|\b(?:correct|right|best|final)[ ](?:option|choice)s?[ ]?(?:is|are|:)[ ])"
    rf"[ ]?(?:\*\*)?({_LETTERS})(?![^\W\d_])",
    re.IGNORECASE,
)
# E.g. `{"answer": 10}`, `"final_answer": "3/4"`; not `"answers": []`
KEYED = pattern(r'"(?:final_)?answer"\s*:\s*(?:"([^"\n]{1,400})"|(-?[\d.]+))', re.IGNORECASE)
_BECAUSE = _any({word for locale in _SPACED.values() for word in locale.because} | {"which", "so"})
# E.g. `, because`, `, denn`; not `because`
REASON = pattern(rf"(?:[,;.]|\s[—–-])\s(?:{_BECAUSE})(?![^\W\d_])", re.IGNORECASE)
_SINCE = _any({word for locale in _SPACED.values() for word in locale.because})
# A reason alone, to the end of what it explains.
# E.g. `, since 3 + 4 = 7.`; not `, so 7`
SINCE = pattern(rf"(?:[,;]|\s[—–-])\s(?:{_SINCE})(?![^\W\d_])[^\n]{{1,160}}\Z", re.IGNORECASE)
# Words between two values that both count, and between two of which one does.
AND = "and|und|et|y|e|и|và|dan|و"
OR = "or|oder|ou|o|или|hoặc|atau|또는|أو"
JOINING = f"{AND}|{OR}"
# Words between what is denied and what is said instead.
BUT = "but|sondern|mais|sino|mas|ma|bensì|но|nhưng|mà|بل"
# What says that a value is rounded.
NEARLY = (
    r"≈|约|約|およそ|ほぼ|약|(?<![^\W\d_])(?:about|approximately|roughly|около|примерно|environ"
    r"|etwa|ungefähr|rund|aproximadamente|cerca de|khoảng|xấp xỉ|circa|ca\.)"
)
# What another answer is offered with.
PERHAPS = (
    r"(?:i(?:'|’)?m|i am) (?:torn|not sure|unsure|not certain)"
    r"|maybe|perhaps|possibly|alternatively|(?:it |this |that |they )?(?:could|might|may)"
    r"(?:\salso|\s(?:as )?well|\sjust\sas\swell){0,2}\s(?:have been|be)"
    r"|vielleicht|möglicherweise|eventuell|alternativ|womöglich|peut-être|éventuellement"
    r"|quizás?|tal vez|a lo mejor|posiblemente|alternativamente|talvez|possivelmente|pode ser"
    r"|forse|magari|возможно|может быть|может|(?:cũng )?có thể(?: là)?|có lẽ|mungkin|misschien"
    r"|być może"
    r"|belki|ربما|शायद|(?:也)?(?:可能|也许|或许)是?|たぶん|おそらく|もしかする?と|もしかしたら|아마도?"
)
# E.g. `**Final Answer**⏎`, `### Answer⏎`; not `The answer is`
HEADING = pattern(
    rf"^[#*_ ]{{0,8}}(?:the[ ]|final[ ]|my[ ]){{0,2}}(?:answer|{_NOUNS}|{_UNSPACED_NOUNS})"
    r"[*_: ]{0,6}\n+",
    re.IGNORECASE | re.MULTILINE,
)
# What a sentence concludes begins behind it.
# E.g. `, so `, `; thus `, `, which leaves `, `, por lo tanto `, `所以`; not `so that`
CONCLUSION = pattern(
    r"(?:[,;:]\s(?:and\s)?(?:so|thus|hence|therefore|then|which (?:makes|gives|leaves|means)"
    r"|making|giving|leaving|for a total of|daher|damit|donc|soit|por lo tanto|por tanto|entonces"
    r"|así que|portanto|então|logo|quindi|dunque|vậy|nên|suy ra|следовательно|значит|поэтому"
    r"|итого)\b|[，,、；]?(?:所以|因此|故|一共|总共|应该是|應該是|正确(?:的?(?:结果|答案))?(?:应?是|应为)|よって|したがって|따라서|그러므로))"
    r"(?!\sthat\b)[,，]?\s?",
    re.IGNORECASE,
)
# What opens a sentence that concludes.
# E.g. `So, `, `Therefore: `, `Donc `, `Somit `, `所以`, `よって、`; not `Some `
OPENING = pattern(
    r"(?:(?:so|thus|therefore|hence|finally|then|also|in (?:total|all|the end)|in conclusion"
    r"|altogether|together|zusammen|ensemble|juntos|juntas|insieme|вместе|tổng cộng|overall"
    r"|consequently|as a result|daher|damit|somit|also|folglich|insgesamt"
    r"|donc|ainsi|par conséquent|au total|soit|por lo tanto|por tanto|entonces|así que|en total"
    r"|portanto|então|logo|no total|ao todo|quindi|dunque|pertanto|in totale|dus|vậy(?: nên)?"
    r"|như vậy|do đó|vì vậy|tóm lại|jadi|следовательно|значит|поэтому|итак|таким образом|итого"
    r"|итого|إذن|إذًا|لذلك|وبالتالي)\b[,:]?\s"
    r"|(?:所以|因此|故|综上(?:所述)?|よって|したがって|従って|따라서|그러므로)[,，、]?\s?"
    r"|(?:conclusion|fazit|conclusión|conclusão|conclusione|вывод|kết luận|结论|結論|결론|الخلاصة)"
    r"\s?[:：]\s?)",
    re.IGNORECASE,
)
# Where a text breaks off.
# E.g. `420 / 6 =`, `so it is`, `5 +`, `\times`; not `---`, `A+`
UNFINISHED = pattern(
    r"(?:(?<=[\s\d)}\]])[=+*/×÷·≈<−(]|\\(?:times|cdot|div|approx|frac|sqrt|le|ge)"
    r"|(?<=\s)(?:is|are|equals|gives|the|of|and|or|by|per|than|plus|minus|times"
    r"|gets?|has|have|costs?|needs?|be|to|with|for|from|we|he|she|they|so|then|because"
    r"|if))\s?\$?\Z",
    re.IGNORECASE,
)
# Where the answer of a sentence ends and something else of it begins.
# E.g. `42 because it is even`, `42, weil`, `42 (the sum)`, `42. So`, `42。`; not `1,234`
CLAUSE_END = pattern(
    rf"\s(?:{_BECAUSE}|as|and (?:the|it|this)|not|rather than|instead of|but|where)\b"
    rf"|,\s*(?!(?:{JOINING})\s+[-\d$\\(−])(?=[^\W\d_]+\b(?!\s*[=:]))|\.\s"
    r"|\s\((?=[^()]{0,60}[^\W\d_]{3})|（(?=[^（）]{0,60}[^\W\d_]{2})|[。！？।؟，]|因为|因為|なぜなら",
    re.IGNORECASE,
)
EASTERN_SCALES = "万萬亿億千百十半分割만억천백십반할"
# Marks and counters behind a number in languages without spaces.
# E.g. `42です`, `42입니다`, `42个`; not `42万`
COUNTED = pattern(
    rf"(?<=[\d%)}}$A-Za-z])\s?(?![{EASTERN_SCALES}])[一-鿿぀-ヿ가-힣]{{1,12}}[。.]?\s*\Z"
)
# What would change a number that it stands beside, so that it may not be cut away from it.
# E.g. `3 million`, `5 less than`, `not 10`, `2 + x`, `10^8`; not `apples`
RISKY = pattern(
    r"\d|[-+*/^=<>×·÷√!%]|\\(?!text|,|;|\s|quad)"
    rf"|\b(?:{'|'.join(SCALE_WORDS)}|dozen|score|half|halves|thirds?|quarters?"
    r"|fourths|fifths?|sixths|eighths|tenths|hundredths|squared|cubed|factorial|times|twice|double"
    r"|triple|less|greater|fewer than|more than|than|below|above|under|over|between|out of|to"
    r"|remainder|r|plus|minus|negative|not|never|or|and|isn't|without|except|nor|no|pi|per cent)\b",
    re.IGNORECASE,
)
