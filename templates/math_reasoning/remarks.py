# ruff: noqa: RUF001 - the words of many languages are its data
"""What a solution says behind its answer: a check, a contrast, the same once more, or a doubt.

A remark is told by its first words, behind a mark or at the start of a sentence. A check and a
contrast are no answer, a doubt is a second one, and what only adds to an answer may be left away.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from touchstone.lazy import pattern
from touchstone.scoring.numerals import digits
from touchstone.templates.math_reasoning.phrases import BUT, OPENING, OR, PERHAPS, SINCE

_NEAR_DOUBT = 300
_NEAR_END = 1500  # characters of a text in which its remarks are looked for
_END = (
    r"(?<=[.!?…。！？✓✔✅])(?<!\W\w!)(?<!i\.e\.)(?<!e\.g\.)(?<!d\.h\.)(?<!d\. h\.)(?<!т\.е\.)"
    r"(?<!т\. е\.)"
)
# E.g. `It is 5. So`, `です。次`; not `3.5`, `i.e. 5`
_SENTENCE = pattern(rf"{_END}(?:[ \t]{{1,2}}|(?<=[。！？]))(?=[^\s.!?…。！？])|\n+")
# E.g. `5`, `½`, `\pi`; not `five`
_VALUED = pattern(r"\d|\\(?:frac|sqrt|pi)|[½¼¾⅓⅔∞]")
# How a check begins.
# E.g. `Check:`, `Let's verify`, `To double-check,`, `Probe:`, `代入检验`; not `Checkers`
_CHECK = (
    r"(?:(?:now|so|we(?: can)?|you can|let(?:'|’)?s|let us|let me|to|for a|a|as a|quick|sanity)\s"
    r"){0,3}(?:also\s)?(?:(?:double|sanity|cross|re)[- ]?)?"
    r"(?:check(?:ing)?|verif(?:y(?:ing)?|ication)|confirm(?:ing)?)\b"
    r"|(?:substitut|plugg|putt)ing (?:[^.\n]{0,30} )?(?:back|in)\b"
    r"|(?:zur |wir |als )?(?:probe|kontroll\w{0,4}|überprüf\w{0,4}|gegenprobe)\b|einsetzen\b"
    r"|(?:pour |on |nous )?(?:vérifi\w{2,8}|contrôle)\b"
    r"|(?:para )?(?:comprobación|comprob\w{2,6}|verific\w{1,6}|verifi(?:quemos|chiamo))\b"
    r"|prova real\b|(?:tirando a )?prova\b|conferindo\b|controle\b|sprawdz\w{2,6}\b|kontrol\b"
    r"|sağlama\b|провер\w{2,5}\b|thử lại\b|kiểm (?:tra|chứng)\b|periksa\b|verifikasi\b"
    r"|(?:代入|经|經)?(?:检验|檢驗|验证|驗證|验算|驗算|检查)|検算|検証|確認|確かめ|검산|확인|검증"
    r"|(?:ل?لتحقق|نتحقق|التحقق|تحقق)|जाँच|जांच|सत्यापन|ตรวจ(?:สอบ|คำตอบ)"
)
# E.g. `. Check`, `; indeed`, ` (Probe`; not `Checkers`
_CHECKED = pattern(
    rf"(?:(?:{_END}\s?|\n|\s\()[\W_]{{0,8}}(?:{_CHECK})"
    rf"|[;,]\s(?:indeed\b|(?:which|as) (?:we|you|one) can\s(?:{_CHECK})))",
    re.IGNORECASE,
)
# How a remark begins that is no answer.
# E.g. `. Note:`, `! Hinweis:`, `. Fun fact:`, `. By the way`, `。注意:`; not `. Note 5`
_NOTED = pattern(
    rf"(?:{_END}\s?|\n)[\W_]{{0,8}}(?:(?:note|remark|hinweis|anmerkung|bemerkung|remarque|nota"
    r"|observación|observação|obs|osservazione|примечание|замечание|lưu ý|ghi chú|catatan"
    r"|注意?|备注|備考|補足|补充|提示|参考|참고|덧붙임|ملاحظة"
    r"|(?:fun|bonus|interesting|side) \w{4,6}|bonus|trivia"
    r"|dato curioso|curiosidade?|curiosità|le saviez-vous|wusstest du|did you know)"
    r"\W{0,3}[:：?]|note (?:that|how|also)\b|by the way\b|incidentally\b|(?:as )?an? aside\b"
    r"|übrigens\b|nebenbei\b|au passage\b|por cierto\b|a propósito\b|a proposito\b|кстати\b"
    r"|к слову\b|nhân tiện\b|tiện thể\b|ngoài lề\b|顺便|順便|另外|ちなみに|なお|참고로|덧붙여"
    r"|بالمناسبة|للعلم)",
    re.IGNORECASE,
)
# What a check may turn the answer over with, or come to another by.
# E.g. `≠`, `but`, `is extraneous`, `does not hold`; not `which holds`
_TURNED = pattern(
    r"≠|\\neq?\b|[✗✘❌]|\b(?:wait|oops|no,|but|actually|however|instead|mistake|wrong|incorrect"
    r"|fails?"
    r"|extraneous|discard\w*|reject\w*|invalid|(?:does|is)(?:n't| not)|nicht|aber|falsch|mais|faux"
    r"|pero|falso|mas|ошибка|неверно|но|không|sai|nhưng)\b|不(?:成立|符合|满足|对)|错|但|違|しかし|틀|아니",
    re.IGNORECASE,
)
_NOT = (
    r"(?:and |und |et |y |e |a |а |и |و)?(?:it(?:'|’)?s |it is |this is |that(?:'|’)s |das sind |es"
    r" sind |es ist |ce n'est |son |é |è |это )?(?:not|nicht|kein\w{0,3}|pas|non|no|não|не|niet|nie"
    r"|không phải(?: là)?|chứ không phải(?: là)?)\s|而不是|而非|并非|不是|ではなく|وليس|وليست|ليس"
)
_IS_NOT = r"では?(?:ない|ありません)|じゃない|[이가]? ?아니다|[이가]? ?아닙니다"
# A value that only sets off the one before it.
# E.g. `, not 25`, ` (and not 25)`, `; nicht 25`, `、而不是25颗`; not `, not many`, `, not 25 but`
_CONTRAST = pattern(
    rf"(?:[,;:，；、،]\s?|\s[—–-]\s|\s?[(（])(?:{_NOT})(?=[^.!?。\n\d]{{0,20}}\d)"
    rf"(?![^.!?。\n]{{0,60}}\b(?:{BUT})\b)"
    r"[^.!?。！()（）\n]{1,100}(?:\.\d[^.!?。()（）\n]{0,60})?[)）]?"
    r"|\s(?:instead of|rather than|au lieu d[eu']|(?:an)?statt|en (?:vez|lugar) de|em vez de"
    r"|invece di"
    r"|вместо|thay vì)\s?[^.,;!?\n\d]{0,12}\d(?:[\d.,]*\d)?[^.,;!?\n\d]{0,20}"
    rf"|[、，]\s?\d[\d.,]{{0,20}}[^\W\d_]?(?:{_IS_NOT})",
    re.IGNORECASE,
)
# A whole sentence that does so.
# E.g. `Not 25.`, `25個ではありません。`, `It is not 25.`; not `No, 25 are left.`
_DENIAL = pattern(
    rf"(?:{_NOT})[^.!?。\n\d]{{0,20}}\d[\d.,]*[^\d\n]{{0,40}}"
    rf"|[^\d。\n]{{0,20}}\d[\d.,]*[^\d。\n]{{0,12}}(?:{_IS_NOT})[。.]?",
    re.IGNORECASE,
)
_EITHER = (
    rf"(?:{OR.replace('|o|', '|')}"
    r"|ou bien|hoặc là|或者?(?:是)?|または|あるいは|혹은|아니면|أو|या|หรือ)"
)
_SAME = (
    r"equivalently|seja|sea|about|approximately|roughly|around|simply|rather|in other words|as a"
    r"|written|in (?:decimal|percent|fraction|simplest|words)\w*|if you prefer|umgerechnet|environ"
    r"|etwa|rund"
)
# E.g. `; or 25`, `. Or maybe 25`, ` (vielleicht 25)`, `, or perhaps 25`, ` but it could be 25`;
# not `, or 25`, `. Or equivalently 2`
_DOUBT = pattern(
    rf"(?:(?:[.!?…。！？;；]\s?|\s?[(（]|\s[—–-]+\s|\.\.\.\s?"
    rf"|\n)[\s,]{{0,2}}(?:{_EITHER}(?![a-zA-ZÀ-ỹа-я])|o\s(?=[-−$]?\d|{PERHAPS}))"
    rf"(?!,?\s?(?:{_SAME})\b)|\b{_EITHER},\s|(?:\b{_EITHER}(?:\seven)?,?\s)?(?<![^\W\d_一-鿿])(?:{PERHAPS}))[,:]?\s?"
    r"(?P<said>[^\n;。！？]{1,80})",
    re.IGNORECASE,
)
# What decides after all.
# E.g. `24, but it is 25`; not `24`
_SETTLES = pattern(
    r"\b(?:but(?! also)|so|therefore|aber(?! auch)|mais(?! aussi)|pero(?! también)|mas(?! também)"
    r"|но|nhưng)\b|所以|但|しかし",
    re.IGNORECASE,
)
# E.g. `25かもしれない`, `25일 수도 있다`; not `25です`
_AFTERTHOUGHT = pattern(
    r"(?<!\d)(?P<said>\d[\d.,]{0,20}[^\d\n]{0,3}?)(?:かもしれ(?:ない|ません)|일 수도|일지도)"
)
# How what is said is said once more.
# E.g. `that is`, `i.e.`, `d. h.`, `c'est-à-dire`, `то есть`, `也就是`; not `that was`
_AGAIN = (
    r"(?:or,? )?(?:equivalently|in other words|that is(?: to say)?|that(?:'|’)s|this is|i\.\s?e\."
    r"|viz\.|namely|put differently|meaning"
    r"|which (?:is|are|fills?|covers?|equals?|represents?|corresponds? to)\b"
    r"|d\.\s?h\.|das heißt|anders gesagt|mit anderen worten|beziehungsweise"
    r"|das (?:sind|ist|entspricht)|c'est-à-dire|autrement dit|ce qui (?:fait|représente|équivaut)"
    r"|es decir|o sea|en otras palabras"
    r"|lo que equivale|ou seja|isto é|em outras palavras|o que equivale|cioè|ossia|vale a dire"
    r"|то есть|т\.\s?е\.|иначе говоря|другими словами|что (?:составляет|равно)|tức(?: là)?"
    r"|nói cách khác|hay(?: nói cách khác)?|yaitu|yakni|dengan kata lain|أي|بعبارة أخرى"
    r"|也就是说?|即|换句话说|换言之|つまり|すなわち|言い換えると|즉|다시 말해)"
)
# E.g. `, i.e. 2 dozen`, ` (that is, 1/2)`, ` — which is 40 %`, `, which fill 4 boxes`; not `, 5`
_ADDED = pattern(
    rf"(?:[,，;；、]\s?|\s[—–-]+\s|\s?[(（])(?:{_AGAIN}|which\s(?!makes|gives|leaves|means)[a-z]+)"
    r"(?![^\W_])[^\n]{1,160}\Z"
    r"|[;—–]\s(?:with|for|if|mit|für|bei|avec|pour|con|para|com|с|для)\s[^;\n]{3,80}"
    r"\b(?:would|wären?|serai(?:en)?t|serían?|seriam?|было бы)\b[^;\n]{1,80}\Z",
    re.IGNORECASE,
)
# A sentence that only says more of the answer before it.
# E.g. `Equivalently, 2 dozen.`, `That's 1.5 hours.`, `This makes sense.`; not `That leaves 5.`
_COMMENT = pattern(
    rf"[\W_]{{0,4}}(?:{_AGAIN}(?![^\W_])|(?:this|that|these|it) (?:makes sense|means|agrees|matches"
    r"|checks|uses|follows|comes|works|can be|is (?:because|since|consistent|reasonable|exactly"
    r"|about|roughly))"
    r"|(?:if|had|wenn|falls|si|se|если|nếu)\s[^.\n]{3,80}\b(?:would|wären?|würde\w*"
    r"|serai(?:en)?t|auraient?"
    r"|habría|serían?|seriam?|haveria|sarebbe(?:ro)?|бы|sẽ)\b|如果|もし|만약"
    r"|as (?:expected|required)|(?:for )?(?:reference|comparison)\b|note\b|remark\b"
    r"|interesting|hinweis|remarque|nota\b|observa|примечание|lưu ý|注)",
    re.IGNORECASE,
)
# What is added, where it is one number alone or of one noun.
# E.g. `, i.e. 25`, ` (that is, 25 eggs).`; not `, 25 eggs`, ` (2 of 12)`
_OTHER = pattern(
    rf"[\W_]{{0,4}}{_AGAIN}[,:]?\s(?P<value>\$?[-−]?\d(?:[\d.,]*\d)?%?)(?:\s(?P<noun>[^\W\d_]{{1,20}}))?[\W_]{{0,4}}",
    re.IGNORECASE,
)
# E.g. `1.5`, `3/4`; not `x`
_NUMBERS = pattern(r"\d+(?:[.,/]\d+)*")
# What takes an answer back.
# E.g. `. Actually, no: `, `. Wait, `, `. Oops, `, `. Correction: `; not `. Actually 5`
_CORRECTED = pattern(
    rf"(?:\A|{_END}|\n)[\s*_]{{0,4}}(?:actually,? (?:no|wait)|wait|oops|hold on|scratch that"
    rf"|no, (?:wait|sorry)"
    r"|sorry|correction|korrektur|moment|correction|corrección|correção|correzione|исправление"
    r"|постойте"
    r"|sửa lại|等等|不对|更正|訂正|待って|잠깐|정정|تصحيح)(?![^\W\d_])[,:;.!—–-]?\s?",
    re.IGNORECASE,
)
_NO = (
    r"(?:no|nope|wait|nein|non|não|нет|không|いいえ|いや|아니요|아니오|아니|لا|不|不对)"
    r"[\s,.!，、。،…–—-]{0,4}"
)
# A whole sentence that denies the one before it.
# E.g. `No, that is wrong.`, `Das stimmt nicht.`, `这是错的。`; not `Tom is right.`, `No.`
_TAKEN_BACK = pattern(
    rf"(?:{_NO})?"
    r"(?:(?:but|aber|mais|pero|mas|ma|но|nhưng|但|でも)\s?)?"
    r"(?:(?:that|this|it|(?:that|this|the|my) answer|das|dies|es|c|cela|ça|ce|eso|esto|isso|ciò|это"
    r"|đó|điều đó|điều này|كلا|هذا|这|這|那|それ|これ|이것|그것)(?:は|은|는)?)?['’]?\s?"
    r"(?:(?:is|was|s|ist|war|est|es|está|é|è|là|是|must be|(?:is|was) (?:in fact|actually))\s?)?"
    r"(?:wrong|incorrect|false|mistaken|a mistake|(?:not|isn['’]t|n['’]t) (?:right|correct|true|it"
    r"|the answer)|falsch|(?:stimmt )?nicht(?: richtig| korrekt| wahr)?|faux|fausse|incorrecte?"
    r"|n['’]est pas (?:correct|juste|bon|vrai|exact)|(?:no es )?(?:incorrect[oa]|fals[oa])"
    r"|no es (?:correct[oa]|ciert[oa])|errad[oa]|não está (?:cert[oa]|corret[oa])|sbagliat[oa]"
    r"|неверно|неправильно|ошибка|sai(?: rồi)?|không đúng|[错錯](?:的|了|误的?|誤的?)?"
    r"|不对|不對|不正确|違い(?:ます)?|違う|間違(?:い|って)(?:です|います|いる|だ)?|正しくない"
    r"|틀렸(?:습니다|다|어요)?|아닙니다|خطأ|غير صحيح)"
    r"[\s.!。！*]{0,4}",
    re.IGNORECASE,
)
# E.g. `No.`, `Nein!`; not `Five are left.`
_REFUSED = pattern(_NO, re.IGNORECASE)
# A part of what the sentence before counts, and what each of that has.
# E.g. `Half of them, 12, are red`, `Davon sind 12 rot`, `其中12个`, `Each shakes 7 hands`;
# not `Half of 24 is 12`
_PART = pattern(
    r"[^\W_]{1,12}(?: [^\W_]{1,12})? of (?:them|these|those)\b|(?:each|every one)\b(?! other)"
    r"|(?:die hälfte |ein \w+ |\d+ )?davon\b|la moitié\b|(?:\d+ d'entre|parmi) (?:eux|elles)\b"
    r"|la mitad\b|de (?:ell[ao]s|est[ao]s)\b|del[ae]s\b|metade\b|di (?:questi|queste|essi)\b"
    r"|(?:половина )?из них\b|trong (?:số )?đó\b|其中|そのうち|그중|منها",
    re.IGNORECASE,
)
# A calculation or a restatement in brackets behind a value.
# E.g. `48 (= 6 * 8) of them`, `48 (6 · 8) tiles`; not `f (2)`, `12 (2 + x)`
_WORKED = pattern(
    r"(?<=\d)\s?[(（](?:=|≈|i\.e\."
    r"|from\s)?\s?[\d\s.,$€£¥%]{1,30}(?:[-+*/×·÷=−–]\s?[\d\s.,$€£¥%]{1,30}){1,8}[)）]"
)


def settled(text: str) -> str:
    """Returns a text without the checks and the contrasts behind its answer."""
    head, end = text[:-_NEAR_END], text[-_NEAR_END:]
    for match in _CHECKED.finditer(end):
        before, behind = end[: match.start()], end[match.end() :]
        if _VALUED.search(_last_sentence(before)) and not _turns(behind):
            end = before
            break
    for match in _NOTED.finditer(end):
        before, behind = end[: match.start()], end[match.end() :]
        if _VALUED.search(_last_sentence(before)) and not _concludes(behind):
            end = before
            break
    end = _CONTRAST.sub(lambda m: "" if _VALUED.search(_clause(m)) else m[0], end)
    end = _WORKED.sub("", end)
    *before, last = _SENTENCE.split(end.rstrip()) or [""]
    if before and _DENIAL.fullmatch(last) and _VALUED.search(before[-1]):
        end = end.rstrip()[: -len(last)]
    return head + end


def without_additions(text: str) -> str:
    """Returns a text without what its last sentences only add: ``24 eggs, i.e. 2 dozen``.

    A rephrasing, a comment, a relative clause, a reason.
    """
    end = text.rstrip()
    for _ in range(3):
        *before, last = _SENTENCE.split(end)
        if not before or not _COMMENT.match(last) or not _VALUED.search("".join(before)):
            break
        end = end[: -len(last)].rstrip()
    *_, last = _SENTENCE.split(end)
    said = _ADDED.search(last) or SINCE.search(last)
    if said and _VALUED.search(digits(last[: said.start()])):
        end = end[: len(end) - len(last) + said.start()]
    return end


def contradicted(text: str) -> tuple[str, str] | None:
    """Returns the one value that a text ends with and the one that it is said once more to be.

    ``24 eggs`` and ``25`` of ``24 eggs, i.e. 25``; another noun is another way to count.
    """
    answer = without_additions(text)
    match = _OTHER.fullmatch(text.rstrip()[len(answer) :])
    last = _last_sentence(answer)
    if match is None or len(_NUMBERS.findall(last)) != 1:
        return None
    same_noun = not match["noun"] or match["noun"].lower() in last.lower()
    return (last, match["value"]) if same_noun else None


def corrected(text: str) -> str | None:
    """Returns what a text behind a stated answer says instead: ``Actually, no: it is 25``."""
    match = _CORRECTED.search(text)
    return text[match.end() :] if match and _VALUED.search(text[match.end() :]) else None


def taken_back(text: str) -> tuple[str, str] | None:
    """Returns what a text ends by denying, its last sentence with a value, and all up to there."""
    end = text.rstrip()
    denial = False
    while (said := _last_sentence(end[-_NEAR_DOUBT:])) and _TAKEN_BACK.fullmatch(said.strip()):
        end, denial = end[: end.rindex(said)].rstrip(), True
        if _REFUSED.fullmatch(said := _last_sentence(end[-_NEAR_DOUBT:]).strip()):
            end = end[: end.rindex(said)].rstrip()
    before = _last_sentence(end[-_NEAR_END:])
    return (before, end) if denial and _VALUED.search(digits(before)) else None


def part_behind(text: str) -> tuple[str, str, str] | None:
    """Returns a last sentence about a part of the value before it, with the sentence of that.

    ``Half of them, 12, are red`` behind ``There are 24 marbles``: the text up to the part, the
    sentence before, and the part. What each of it has is one only where both sentences count.
    """
    end = text.rstrip()
    part = _last_sentence(end[-_NEAR_DOUBT:])
    if not _PART.match(part.strip()) or OPENING.search(part) or "=" in part:
        return None
    before = end[: end.rindex(part)].rstrip()
    whole = _last_sentence(before[-_NEAR_END:])
    values = _VALUED.search(digits(whole)) and _VALUED.search(digits(part))
    return (before, whole, part) if values else None


class Doubt(NamedTuple):
    """A second answer that a text offers: ``or 25`` of ``24; or 25``, and where it stands."""

    said: str
    start: int
    end: int


def doubt_in(text: str) -> Doubt | None:
    """Returns what a text offers at its end as its answer as well, behind another value."""
    end = text[-_NEAR_DOUBT:]
    for match in (*_DOUBT.finditer(end), *_AFTERTHOUGHT.finditer(end)):
        before, behind = digits(_last_sentence(end[: match.start()])), end[match.end() :]
        settles = _SETTLES.search(match["said"]) or _VALUED.search(behind)
        said = digits(match["said"])
        if not settles and _VALUED.search(before) and _VALUED.search(said):
            start = len(text) - len(end)
            return Doubt(said, start + match.start(), start + match.end())
    return None


def _turns(check: str) -> bool:
    """Whether what follows a check is another answer."""
    return bool(_TURNED.search(check)) or _concludes(check)


def _concludes(text: str) -> bool:
    """Whether a later sentence of a remark draws a conclusion."""
    _, *later = _SENTENCE.split(text)
    return any(OPENING.match(one.strip("*# ")) and _VALUED.search(one) for one in later)


def _last_sentence(text: str) -> str:
    said = [one for one in _SENTENCE.split(text) if one.strip()]
    return said[-1] if said else ""


def _clause(match: re.Match[str]) -> str:
    """Returns the sentence that a remark stands in, up to it."""
    return digits(_last_sentence(match.string[max(0, match.start() - 200) : match.start()]))
