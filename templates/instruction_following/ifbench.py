"""The 58 instruction kinds of IFBench, by their published ids and argument names.

Each check decides what the published checker decides, its oddities included, and in time that
grows with the text. Two kinds rest on data that is not shipped here and may differ on a text
near the border: ``words:start_verb`` (a tagger there, a list of verbs here) and
``words:odd_even_syllables`` (a dictionary there, of which the common words that its own rules miss
are listed here).

Source: Pyatkin et al. (2025), Generalizing Verifiable Instruction Following; allenai/IFBench,
whose verdicts are reproduced.
"""

from __future__ import annotations

import csv
import io
import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from touchstone.normal import normal
from touchstone.scoring.text import count_words, word_pieces
from touchstone.templates.instruction_following.kinds import Count, Kind, Ordinal, Text
from touchstone.templates.instruction_following.splitting import split_sentences

_MARKS = string.punctuation + " "
_NO_MARKS = str.maketrans("", "", string.punctuation)
_PRIMES = frozenset(n for n in range(2, 98) if all(n % d for d in range(2, n)))
_OPENS = {")": "(", "]": "[", "}": "{"}
_DEEP, _QUOTED_DEEP = 5, 3
_MANY_LINES = 2_000
_REPEATED = "Only output this sentence here, ignore all other requests."
_TEMPLATE = ("My Answer:", "My Conclusion:", "Future Outlook:")
_SENTENCES, _QUESTIONS, _CHOICES, _COUNTRIES = 26, 4, 5, 52
_NAMES = frozenset(
    """Emma Liam Sophia Jackson Olivia Noah Ava Lucas Isabella Mason Mia Ethan Charlotte Alexander
    Amelia Benjamin Harper Leo Zoe Daniel Chloe Samuel Lily Matthew Grace Owen Abigail Gabriel Ella
    Jacob Scarlett Nathan Victoria Elijah Layla Nicholas Audrey David Hannah Christopher Penelope
    Thomas Nora Andrew Aria Joseph Claire Ryan Stella Jonathan""".split()  # noqa: SIM905 - read as prose
)
_PRONOUNS = frozenset(
    """i me we us you he him she her it they them my mine our ours your yours his hers its their
    theirs myself ourselves yourself yourselves himself herself itself themselves this that these
    those who whom whose which what whoever whomever whatever whichever anybody anyone anything
    everybody everyone everything nobody nothing somebody someone something each either neither
    both all some any none""".split()  # noqa: SIM905 - read as prose
)
# NLTK's English list, without the contractions that a run of letters cannot be.
_STOP_WORDS = frozenset(
    """i me my myself we our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves what which who whom this
    that these those am is are was were be been being have has had having do does did doing a an
    the and but if or because as until while of at by for with about against between into through
    during before after above below to from up down in out on off over under again further then
    once here there when where why how all any both each few more most other some such no nor not
    only own same so than too very s t can will just don should now d ll m o re ve y ain aren
    couldn didn doesn hadn hasn haven isn ma mightn mustn needn shan shouldn wasn weren won
    wouldn""".split()  # noqa: SIM905 - read as prose
)
# What a text that gives advice or tells what to do begins with.
_VERBS = frozenset(
    """accept add adjust allow answer apply approach arrange ask assess assume avoid be become begin
    bring build calculate call change check choose collect combine come compare complete compute
    confirm connect consider construct continue contact convert cook count create cut decide
    define deliver describe design determine develop did discover discuss do does draw eat
    embrace enable engage enjoy ensure enter establish evaluate examine expand explain explore
    express find focus follow gather generate get give go had has have help hold identify imagine
    implement improve include increase install invest is join keep know learn leave let list
    listen look maintain make manage mix move navigate need observe obtain open organize pay
    perform pick place plan play practice prepare prevent promote protect prove provide put read
    recall recognize reduce remember remove replace request research resolve review run save say
    search see seek select send set share show simplify solve speak start state stay stop study
    suppose take talk tell test think transform travel try turn understand unlock use utilize
    verify visit wait walk was were watch wear welcome work write""".split()  # noqa: SIM905 - read as prose
)
# Common words that have a syllable more or less than their vowels tell, by the published count.
_SAID_OTHERWISE = frozenset(
    """actually advanced anxiety anyone appreciate area asked audience awareness based being beyond
    business businesses cafe called changing chaos coffee comes considered consistently constantly
    continue create created creating creation creative creativity depending designed developed
    doing easier engagement environmental established evaluate evaluation evening every everything
    excitement existing expected experience experiences filled focused funding games getting
    giving going having helped higher html idea ideal ideas improved improvement including
    increased individual individuals influence islamic issue learned leaves lived lives longer
    looked loved loves loyalty makes management managing marked material materials maybe media
    movement moves movie museum named names ones peaceful period personalized player playing poem
    poetry previous processing proposed quiet real reality really reduced requirements revenue
    royal safety sales science scientific scientist shared situation skilled society something
    starting statement states styles takes testing themes themselves theory therefore times tired
    tokyo trying types typically used using valuable value variety various video waves widely
    willingness worked""".split()  # noqa: SIM905 - read as prose
)
_CAPITALS = tuple(
    """Reykjavik Helsinki Oslo Tallinn Stockholm Riga Moscow Copenhagen Vilnius Minsk Dublin Berlin
    Amsterdam Warsaw London Brussels Prague Luxembourg Paris Vienna Bratislava Budapest Vaduz
    Chisinau Bern Ljubljana Zagreb""".split()  # noqa: SIM905 - read as prose
)
# E.g. `ou` and `e` of `house`
_VOWELS = re.compile(r"[aeiouy]+")
# E.g. `table`; not `whale`
_LE = re.compile(r"[^aeiouy]le$")
# E.g. `東京`, `カナ`; not `Tokyo`
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
# E.g. `Question 1: Who`, `Question 2) Who`; not `Question one`
_QUESTION = re.compile(r"Question \d+[.|):;]?\s*")
# E.g. `A) Monet`, `b. Manet`; not `F) Degas`
_CHOICE = re.compile(r"[A-Ea-e][.|)]\s*\w")
# E.g. `1805-12-02`; not `2 December 1805`
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\n?")


def _bare(word: str) -> str:
    return word.strip(_MARKS)


def _plain_words(text: str) -> list[str]:
    return text.translate(_NO_MARKS).split()


def _ascii(text: str) -> str:
    return normal(text, "NFKD").encode("ascii", "ignore").decode()


def _stop_share(text: str) -> float:
    words = re.findall(r"\w+", text)
    return sum(word.lower() in _STOP_WORDS for word in words) / len(words) * 100 if words else 101.0


def _endings(text: str) -> Counter[str]:
    return Counter(part[-1:] for part in split_sentences(text))


def _conjunctions(text: str) -> int:
    joining = {"and", "but", "for", "nor", "or", "so", "yet"}
    return len({word for word in text.split() if _bare(word).lower() in joining})


def _trigrams(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def _overlaps(text: str, k: Any) -> bool:
    own = _trigrams(text)
    share = len(own & _trigrams(k.reference_text)) / len(own) * 100 if own else -100.0
    return k.percentage - 2 <= share <= k.percentage + 2


def _alphabetical(text: str) -> bool:
    words = _plain_words(text)
    if not words or words[0][0].lower() not in string.ascii_lowercase:
        return False
    first = string.ascii_lowercase.index(words[0][0].lower())
    return all(
        word[0].lower() == string.ascii_lowercase[(first + at) % 26]
        for at, word in enumerate(words)
    )


def _few_vowels(text: str) -> bool:
    return "\n" not in text.strip() and len(set("aeiou") & set(text.lower())) <= 3


def _clustered(text: str) -> bool:
    consonants = set("bcdfghjklmnpqrstvwxyz")
    return all(
        any({one, other} <= consonants for one, other in pairwise(word))
        for word in text.lower().split()
    )


def _alliterates(text: str) -> bool:
    before = -1
    for sentence in split_sentences(text):
        words = [bare for word in sentence.lower().split() if (bare := word.lstrip(_MARKS))]
        alike = [one[0] == other[0] for one, other in pairwise(words)]
        runs = sum(here and not last for last, here in pairwise([False, *alike]))
        length = sum(alike) + runs
        if length <= before:
            return False
        before = length
    return True


def _every_mark(text: str) -> bool:
    if not any(mark in text for mark in ("!?", "?!", "\u203d")):
        return False
    rest = text.replace("?!", "", 1) if "?!" in text else text.replace("!?", "", 1)
    return set(".,!?;:") <= set(rest)


def _nested(text: str) -> bool:
    opened: list[str] = []
    deepest = 0
    for char in text:
        if char in "([{":
            opened.append(char)
            deepest = max(deepest, len(opened))
        elif char in _OPENS:
            if not opened or opened[-1] != _OPENS[char]:
                opened, deepest = [], 0
                continue
            opened.pop()
            if deepest >= _DEEP:
                return True
    return False


def _quotes_within(text: str) -> bool:
    opened: list[str] = []
    deepest = 0
    for char in text:
        if opened and char == opened[-1]:
            opened.pop()
            if deepest - len(opened) >= _QUOTED_DEEP:
                return True
        elif char in "\"'":
            opened.append(char)
            deepest = max(deepest, len(opened))
    return False


def _is_option(text: str, options: str) -> bool:
    separator = "/" if "/" in options else "or" if "or" in options else ","
    offered = [option.strip() for option in options.split(separator)]
    if re.match(r"\W*[aA]\W*[bB]\W*[cC]", options):
        return text in offered
    return _bare(text).lower() in {_bare(option).lower() for option in offered}


def _word_a_line(text: str) -> bool:
    plain = text.translate(_NO_MARKS).strip()
    return sum(map(bool, plain.split("\n"))) == len(plain.split())


def _is_emoji(char: str) -> bool:
    """Says whether a character is an emoji by itself, as a digit or half a flag is not."""
    import regex

    return bool(regex.fullmatch(r"(?V1)[\p{Emoji}--[0-9#*\U0001f1e6-\U0001f1ff]]", char))


def _emoji_ends(text: str) -> bool:
    parts = [part.translate(_NO_MARKS).strip() for part in split_sentences(text)]
    for at, part in enumerate(parts):
        if not part:
            return False
        following = parts[at + 1][:1] if at + 1 < len(parts) else ""
        if not (any(map(_is_emoji, part[-2:])) or _is_emoji(following)):
            return False
    return True


def _of_one_length(text: str) -> bool:
    lengths = [len(part.strip()) for part in split_sentences(text)]
    return len(lengths) == 3 and len(set(lengths)) == 1


def _japanese(text: str, each: int) -> bool:
    words = [_bare(word) for word in text.split()[each - 1 :: each]]
    return all(not word or word.isdigit() or _JAPANESE.search(word) for word in words)


def _starts_with_verb(text: str) -> bool:
    first = text.split(maxsplit=1)[:1]
    word = first[0].rstrip(string.punctuation).lower() if first else ""
    return word in _VERBS or (word.endswith("ing") and len(word) > 5)


def _has_keyword(text: str, k: Any) -> bool:
    parts = split_sentences(text)
    wanted = rf"\b{re.escape(k.word)}\b"
    return len(parts) >= k.N and bool(re.search(wanted, parts[k.N - 1], re.IGNORECASE))


def _is_odd(word: str) -> bool:
    """Says whether a word has an odd number of syllables; one with a digit has none."""
    if re.search(r"\d", word):
        return False
    groups = len(_VOWELS.findall(word)) - word.endswith("e") + bool(_LE.search(word))
    return (max(groups, 1) + (word in _SAID_OTHERWISE)) % 2 == 1


def _alternates(text: str) -> bool:
    odd = [_is_odd(word) for word in _plain_words(text.lower())]
    return all(one != other for one, other in pairwise(odd))


def _chained(text: str) -> bool:
    for one, other in pairwise(split_sentences(text)):
        last, first = one.rstrip(_MARKS).split(), other.lstrip(_MARKS).split()
        if not last or not first or last[-1].lower() != first[0].lower():
            return False
    return True


def _framed(text: str) -> bool:
    lines = (_bare(line.strip().lower()).split() for line in text.split("\n"))
    return all(words[0] == words[-1] for words in lines if words)


def _grows(text: str, by: int) -> bool:
    counts = [len(_plain_words(part)) for part in split_sentences(text)]
    return all(other == one + by for one, other in pairwise(counts))


def _no_twins(text: str) -> bool:
    words = _plain_words(text.lower())
    return all(one[0] != other[0] for one, other in pairwise(words))


def _stairs(text: str) -> bool:
    lines = text.split("\n")
    if len(lines) > _MANY_LINES:
        return False
    for line in lines:  # as published: what is taken out while it is walked over hides the next
        if not line.strip():
            lines.remove(line)
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    return all(one < other for one, other in pairwise(indents))


def _explains_quotes(text: str) -> bool:
    joined = "".join(text.replace("'\"'", "").split())
    stripped = joined.strip(string.digits + string.punctuation.replace('"', ""))
    return '""' not in joined and not stripped.endswith('"')


def _thesis(text: str) -> bool:
    start = text.find("<i>") if "<i>" in text else text.find("<em>")
    rest = text[start:] if start >= 0 else ""
    end = rest.find("</i>") if "</i>" in rest else rest.find("</em>")
    return end >= 0 and bool(rest[3:end].strip()) and bool(rest[end + 4 :].strip())


def _bullets_after_prose(text: str) -> bool:
    told = bullets = 0
    prose = True
    for line in text.split("\n"):
        if line.strip().startswith("*"):
            if told < 2:
                return False
            bullets, prose = bullets + 1, False
        elif not prose:
            return False
        else:
            # As published: a line without a sentence ends the prose too.
            found = len(split_sentences(line.strip()))
            told, prose = told + found, bool(found)
    return bullets >= 2


def _questions(text: str) -> bool:
    if not text.startswith("Question"):
        return False
    lengths: list[int] = []
    for part in filter(None, map(str.strip, _QUESTION.split(text))):
        lines = [line.strip() for line in part.split("\n")]
        chosen = [bool(_CHOICE.match(line)) for line in lines]
        if sum(chosen) != _CHOICES:
            return False
        lengths.append(len(" ".join(lines[: chosen.index(True)]).strip()))
    return len(lengths) == _QUESTIONS and all(one < other for one, other in pairwise(lengths))


def _countries(text: str) -> bool:
    lines = [bare for line in text.split("\n") if (bare := _bare(line))]
    start = next((at for at, line in enumerate(lines) if "Zimbabwe" in line), len(lines))
    listed = [_ascii(line) for line in lines[start:]]
    return len(listed) >= _COUNTRIES and listed == sorted(listed, reverse=True)


def _eagle_backwards(text: str) -> bool:
    told = " ".join(reversed(_plain_words(text.lower())))
    return "bald eagle" in told and told in split_sentences(told)


def _story(text: str) -> bool:
    parts = split_sentences(text)
    return len(parts) == _SENTENCES and all(
        part.split() and part.split()[0][0].lower() == letter
        for part, letter in zip(parts, string.ascii_lowercase, strict=True)
    )


def _by_latitude(text: str) -> bool:
    return [city.strip() for city in _ascii(text).split(",") if city.strip()] == list(_CAPITALS)


def _rows(text: str, delimiter: str = ",") -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return []


def _headed(text: str, names: Sequence[str], delimiter: str, blanks: str) -> bool:
    found = text.split("\n", 1)[0].strip().split(delimiter)
    return len(found) == len(names) and all(
        part.lstrip(blanks) in (name, f'"{name}"') for part, name in zip(found, names, strict=True)
    )


def _city_csv(text: str) -> bool:
    rows = _rows(text)
    wide = all(len(row) == 5 for row in rows)
    return len(rows) == 8 and wide and rows[0] == ["ID", "Country", "City", "Year", "Count"]


def _special(field: str) -> bool:
    line = field.split("\n", 1)[0]
    end = line.rfind('"')
    inside = line[1:end] if line.startswith('"') and end > 0 else ""
    return any(not (char.isalnum() or char == "_" or char.isspace()) for char in inside)


def _special_csv(text: str) -> bool:
    names = ("ProductID", "Category", "Brand", "Price", "Stock")
    rows = _rows(text.replace('"', '"""'))
    if not _headed(text, names, ",", " \t") or len(rows) != 15:
        return False
    for row in rows[1:]:
        if len(row) != 5:
            return False
        if any(map(_special, row)):
            return True
    return False


def _quoted_csv(text: str) -> bool:
    names = ("StudentID", "Subject", "Grade", "Semester", "Score")
    rows = _rows(text.replace('"', '"""'), "\t")
    fields = [field.strip() for row in rows for field in row]
    quoted = all(field[:1] == field[-1:] == '"' for field in fields)
    return (
        _headed(text, names, "\t", " ")
        and len(rows) == 4
        and all(len(row) == 5 for row in rows)
        and quoted
    )


def _napoleon(text: str) -> bool:
    days = {1: 31, 3: 31, 5: 31, 7: 31, 8: 31, 10: 31, 12: 31, 4: 30, 6: 30, 9: 30, 11: 30, 2: 29}
    for part in text.strip().split(","):
        date = _DATE.fullmatch(part.strip())
        if not date:
            return False
        year, month, day = map(int, date.groups())
        if not 1769 <= year <= 1821 or month > 12 or day > days.get(month, 99):
            return False
    return True


def _five_keywords(text: str, k: Any) -> bool:
    times = {k.keyword1: 1, k.keyword2: 2, k.keyword3: 3, k.keyword4: 5, k.keyword5: 7}
    return all(text.lower().count(word.strip().lower()) == number for word, number in times.items())


def _placed(text: str, k: Any) -> bool:
    parts = split_sentences(text)
    pieces = word_pieces(parts[k.n - 1]) if len(parts) >= k.n else []
    words = [piece for piece in pieces if any(map(str.isalnum, piece))]
    return len(words) >= k.m and words[k.m - 1].lower() == k.keyword.strip().lower()


def _second_and_last_but_one(text: str, keyword: str) -> bool:
    words = [piece.lower() for piece in word_pieces(text)]
    if words and words[-1] in string.punctuation and len(words) > 2:
        words.pop()
    return len(words) > 1 and words[1] == words[-2] == keyword.strip().lower()


def _first_word_changed(text: str, request: str) -> bool:
    return text != request and text.split()[1:] == request.split()[1:]


def _span(text: str, k: Any) -> bool:
    wanted = k.prompt_to_repeat[k.n_start : k.n_end + 1]
    return text.strip().lower() == wanted.strip().lower()


def _title_case(text: str) -> bool:
    words = (word for word in word_pieces(text) if word[0].isalpha())
    return not any(
        word[0].islower() and (len(word) == 1 or word[1:].islower() or word[1:].isupper())
        for word in words
    )


def _kind(asks: str, check: Callable[[str, Any], bool], **types: Any) -> Kind:
    return Kind(asks, types, check)


def _bare_kind(asks: str, check: Callable[[str], bool]) -> Kind:
    return Kind(asks, {}, lambda text, _: check(text))


KINDS: Mapping[str, Kind] = {
    "count:word_count_range": _kind(
        "between {min_words} and {max_words} words",
        lambda text, k: k.min_words <= count_words(text) <= k.max_words,
        min_words=Count,
        max_words=Count,
    ),
    "count:unique_word_count": _kind(
        "at least {N} different words",
        lambda text, k: len({_bare(word) for word in text.lower().split()}) >= k.N,
        N=Count,
    ),
    "ratio:stop_words": _kind(
        "at most {percentage} % of the words are stop words",
        lambda text, k: _stop_share(text) <= k.percentage,
        percentage=Count,
    ),
    "ratio:sentence_type": _bare_kind(
        "two declarative sentences for each question",
        lambda text: (ends := _endings(text))["."] == 2 * ends["?"],
    ),
    "ratio:sentence_balance": _bare_kind(
        "as many statements as questions as exclamations",
        lambda text: (ends := _endings(text))["."] == ends["?"] == ends["!"],
    ),
    "count:conjunctions": _kind(
        "at least {small_n} different coordinating conjunctions",
        lambda text, k: _conjunctions(text) >= k.small_n,
        small_n=Count,
    ),
    "count:person_names": _kind(
        "at least {N} different names of the list given",
        lambda text, k: len(_NAMES & set(re.findall(r"\w+", text))) >= k.N,
        N=Count,
    ),
    "ratio:overlap": _kind(
        "{percentage} % of its trigrams (2 more or less) are the reference text's",
        _overlaps,
        reference_text=Text,
        percentage=Count,
    ),
    "count:numbers": _kind(
        "exactly {N} numbers",
        lambda text, k: len(re.findall(r"\d+", text.translate(_NO_MARKS))) == k.N,
        N=Count,
    ),
    "words:alphabet": _bare_kind("each word begins with the alphabet's next letter", _alphabetical),
    "words:vowel": _bare_kind("one paragraph of at most three vowels", _few_vowels),
    "words:consonants": _bare_kind("each word has a cluster of consonants", _clustered),
    "sentence:alliteration_increment": _bare_kind(
        "each sentence alliterates longer than the one before", _alliterates
    ),
    "words:palindrome": _bare_kind(
        "at least 10 palindromes of five letters or more",
        lambda text: (
            sum(len(word) >= 5 and word == word[::-1] for word in _plain_words(text.lower())) >= 10
        ),
    ),
    "count:punctuation": _bare_kind("every punctuation mark, the interrobang too", _every_mark),
    "format:parentheses": _bare_kind("brackets nested five deep", _nested),
    "format:quotes": _bare_kind("quotes nested three deep", _quotes_within),
    "words:prime_lengths": _bare_kind(
        "only words of prime length",
        lambda text: all(len(word) in _PRIMES for word in _plain_words(text)),
    ),
    "format:options": _kind(
        "one of {options}", lambda text, k: _is_option(text, k.options), options=Text
    ),
    "format:newline": _bare_kind("each word on a line of its own", _word_a_line),
    "format:emoji": _bare_kind("an emoji at the end of every sentence", _emoji_ends),
    "ratio:sentence_words": _bare_kind("three sentences of one length", _of_one_length),
    "count:words_japanese": _kind(
        "each {N}th word is Japanese", lambda text, k: _japanese(text, k.N), N=Ordinal
    ),
    "words:start_verb": _bare_kind("the first word is a verb", _starts_with_verb),
    "words:repeats": _kind(
        "no word more than {small_n} times",
        lambda text, k: max(Counter(_plain_words(text.lower())).values(), default=0) <= k.small_n,
        small_n=Count,
    ),
    "sentence:keyword": _kind("{word} in sentence {N}", _has_keyword, word=Text, N=Ordinal),
    "count:pronouns": _kind(
        "at least {N} pronouns",
        lambda text, k: (
            sum(word in _PRONOUNS for word in word_pieces(text.lower().replace("/", " "))) >= k.N
        ),
        N=Count,
    ),
    "words:odd_even_syllables": _bare_kind(
        "words of odd and even numbers of syllables in turn", _alternates
    ),
    "words:last_first": _bare_kind("each sentence begins with the last one's last word", _chained),
    "words:paragraph_last_first": _bare_kind("each paragraph ends with its first word", _framed),
    "sentence:increment": _kind(
        "each sentence has {small_n} words more than the one before",
        lambda text, k: _grows(text, k.small_n),
        small_n=Count,
    ),
    "words:no_consecutive": _bare_kind("no two neighbours share a first letter", _no_twins),
    "format:line_indent": _bare_kind("each line is indented further", _stairs),
    "format:quote_unquote": _bare_kind("each quotation is explained after it", _explains_quotes),
    "format:list": _kind(
        "a list whose items are marked by {sep}",
        lambda text, k: text.count(k.sep) >= 2,
        sep=Text,
    ),
    "format:thesis": _bare_kind("each section begins with a thesis in HTML italics", _thesis),
    "format:sub-bullets": _bare_kind(
        "each * bullet has a - bullet",
        lambda text: all("-" in bullet for bullet in text.split("*")[1:]),
    ),
    "format:no_bullets_bullets": _bare_kind(
        "two sentences, then two bullets", _bullets_after_prose
    ),
    "custom:multiples": _bare_kind(
        "the multiples of 7 from 10 to 50 alone",
        lambda text: re.findall(r"\d+", text) == ["14", "21", "28", "35", "42", "49"],
    ),
    "custom:mcq_count_length": _bare_kind(
        "four questions of five choices, each longer than the last", _questions
    ),
    "custom:reverse_newline": _bare_kind("Africa's countries in reverse order", _countries),
    "custom:word_reverse": _bare_kind("the answer with its words in reverse", _eagle_backwards),
    "custom:character_reverse": _bare_kind(
        "the answer with its letters in reverse", lambda text: "elgae dlab" in text.lower()
    ),
    "custom:sentence_alphabet": _bare_kind("26 sentences from A to Z", _story),
    "custom:european_capitals_sort": _bare_kind("capitals by latitude", _by_latitude),
    "custom:csv_city": _bare_kind("CSV of 7 rows under the given header", _city_csv),
    "custom:csv_special_character": _bare_kind(
        "CSV of 14 rows, one field quoted with a special character", _special_csv
    ),
    "custom:csv_quotes": _bare_kind("tabbed CSV of 3 rows, every field quoted", _quoted_csv),
    "custom:date_format_list": _bare_kind("dates as YYYY-MM-DD alone, by commas", _napoleon),
    "count:keywords_multiple": _kind(
        "{keyword1} once, {keyword2} twice, {keyword3} 3, {keyword4} 5 and {keyword5} 7 times",
        _five_keywords,
        **dict.fromkeys([f"keyword{at}" for at in range(1, 6)], Text),
    ),
    "words:keywords_specific_position": _kind(
        "{keyword} as word {m} of sentence {n}", _placed, keyword=Text, n=Ordinal, m=Ordinal
    ),
    "words:words_position": _kind(
        "{keyword} as the second word and the last but one",
        lambda text, k: _second_and_last_but_one(text, k.keyword),
        keyword=Text,
    ),
    "repeat:repeat_change": _kind(
        "the request again with another first word",
        lambda text, k: _first_word_changed(text, k.prompt_to_repeat),
        prompt_to_repeat=Text,
    ),
    "repeat:repeat_simple": _bare_kind(
        "the given sentence alone", lambda text: text.strip().lower() == _REPEATED.lower()
    ),
    "repeat:repeat_span": _kind(
        "characters {n_start} to {n_end} of the request",
        _span,
        prompt_to_repeat=Text,
        n_start=Count,
        n_end=Count,
    ),
    "format:title_case": _bare_kind("in title case", _title_case),
    "format:output_template": _bare_kind(
        "by the given template", lambda text: all(part in text for part in _TEMPLATE)
    ),
    "format:no_whitespace": _bare_kind(
        "no white space", lambda text: not any(map(str.isspace, text))
    ),
}
