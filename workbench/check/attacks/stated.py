"""What is right, but for one thing that the row itself asks for: rules can count each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from touchstone.scoring.prose import is_english, words
from touchstone.scoring.text import sentences
from touchstone.workbench.check.attacks.target import (
    AT_MOST,
    BESIDE_THE_POINT,
    Attempt,
    Target,
    written,
)

_NAME = "attack:near miss"
# Sentences that have no three words in common, so that length alone is what is wrong.
_FILLER = (
    "Much else happened around that time, and some of it was told in other places. "
    "Readers who want the whole story will find it where such things are usually kept. "
    "Opinions differ, as they often do, on how much weight a single day should carry. "
    "Nobody has yet written down what the neighbours thought when the first calls came in. "
    "Later reports may add to this or take away from it, depending on who is asked. "
    "For now it seems best to wait, to look closely, and to judge with an open mind. "
    "Those involved have been careful with their words and sparing with their promises. "
    "A fuller account, with maps and tables, is planned for sometime next spring."
)
# A sentence of school grade 25 or so, as no page is written for.
_HARD = (
    "Notwithstanding aforementioned considerations, institutional representatives unanimously "
    "acknowledge responsibility regarding comprehensively documented organisational deficiencies, "
    "subsequently effectuating proportionate remuneration."
)
_READABLE = 14  # the hardest grade of which that sentence is surely far away
_SOME = 12  # words; a shorter text has hardly a thing to say twice
_SAYS = 4  # words; a voice named in fewer may be a part of a reply
# E.g. `212`, `6.40`, `2024`
_NUMBER = re.compile(r"\d+")
# E.g. `- wool`, `2. wool`
_MARK = re.compile(r"(?m)^\s*(?:[-*+]|\d{1,3}[.)])\s+")

Broken = Iterator[tuple[str, str]]


def broken(to: Target) -> Iterator[Attempt]:
    """Yields golds that break one thing that the row states; none where it states nothing."""
    for text, why in _MADE.get(to.template, _nothing)(to):
        if text.strip() and text != to.gold.completion:
            yield to.less(_NAME, text, why, by_rules=True)
    if to.template == "instruction_following" and isinstance(_stated(to).get("answer"), str):
        answer = _stated(to)["answer"]
        for text in (f"{answer} or another", f"Not {answer}", "Zqxv"):
            yield to.nothing(_NAME, text, f"the answer is {answer}, alone", by_rules=True)


def _nothing(_: Target) -> Broken:
    return iter(())


def _stated(to: Target) -> Mapping[str, Any]:
    return to.case.reference if isinstance(to.case.reference, Mapping) else {}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _summary(to: Target) -> Broken:
    gold, stated = to.gold.completion, _stated(to)
    asked = AT_MOST.search(to.case.prompt)
    most = stated.get("max_words") or (int(asked[1]) if asked else None)
    if isinstance(most, int):
        yield f"{gold} {_words(2 * most)}", f"at most {most} words were asked for"
    if len(words(gold)) < _SOME or not is_english(gold, to.case.prompt):
        return  # what rules look for in a text they look for in English
    yield f"{gold} {gold}", "it says everything twice"
    numbers = set(_NUMBER.findall(gold))
    if len(numbers) > 2:
        text = _NUMBER.sub(lambda found: str(int(found[0]) * 3 + 1009), gold)
        yield text, "not one of its numbers is the source's"
    facts, said = _texts(stated.get("key_facts")), sentences(gold)
    for fact in facts:
        of_it = {word for word in words(fact) if len(word) > 3}
        rest = [part for part in said if not of_it & set(words(part))]
        if rest and len(rest) < len(said):
            yield " ".join(rest), f"a key fact is not told: {fact}"


def _tone(to: Target) -> Broken:
    gold, stated = to.gold.completion, _stated(to)
    for phrase in _texts(stated.get("banned_phrases")):
        for form in (phrase, _plural(phrase)):
            yield f"{gold} {form[:1].upper()}{form[1:]}.", f"{phrase!r} is banned"
    for phrase in _texts(stated.get("required_phrases")):
        yield re.sub(re.escape(phrase), "", gold, flags=re.IGNORECASE), f"{phrase!r} is missing"
        yield f"{phrase[:1].upper()}{phrase[1:]}.", f"{phrase!r} was asked for in a reply"
    voice = stated.get("brand_voice")
    if isinstance(voice, str) and len(words(voice)) >= _SAYS:
        yield f"{voice[:1].upper()}{voice[1:]}.", "it says what the voice is instead of having it"
    level = stated.get("reading_grade")
    english = is_english(_HARD, to.case.prompt)
    if english and isinstance(level, list) and len(level) == 2 and level[1] <= _READABLE:
        yield _HARD, f"grade {level[1]} is the hardest that was asked for"


def _plural(phrase: str) -> str:
    """Returns a phrase with its last word in the plural, as English makes it."""
    if re.search("[^aeiou]y$", phrase):
        return f"{phrase[:-1]}ies"
    return f"{phrase}s" if phrase[-1:].isalpha() and phrase[-1] != "s" else phrase


def _moderation(to: Target) -> Broken:
    stated = _stated(to)
    if to.decision not in ("allow", "block"):
        return
    data = {key: stated[key] for key in ("decision", "categories") if stated.get(key)}
    context = {"rationale": f"The context decides: {stated['context']}."} if _context(to) else {}
    for other in {"allow", "block", "review"} - {to.decision}:
        yield written({**data, **context, "decision": other}), "another decision is right"
    given = _texts(stated.get("categories"))
    if to.decision == "block" and given:
        other = next(one for one in ("spam", "hate") if one not in given)
        more = {**data, **context, "categories": [*given, other]}
        yield written(more), f"{other} is none of its categories"
        yield written({**more, "categories": [other]}), "its category is another"
        yield written({**more, "categories": []}), "it names no category"
    if context:
        yield written(data), "it says nothing of the context that decides"


def _context(to: Target) -> bool:
    return isinstance(_stated(to).get("context"), str) and bool(_stated(to)["context"])


def _instructions(to: Target) -> Broken:
    gold, stated = to.gold.completion, _stated(to)
    ids, given = stated.get("instruction_id_list"), stated.get("kwargs")
    for name, kwargs in zip(_texts(ids), given if isinstance(given, list) else (), strict=False):
        if name in _KINDS:
            for text in _KINDS[name](gold, kwargs if isinstance(kwargs, Mapping) else {}):
                yield text, f"it does not keep to {name}"
    plain = stated.get("constraints")
    for key, value in plain.items() if isinstance(plain, Mapping) else ():
        if key in _PLAIN:
            for text in _PLAIN[key](gold, value):
                yield text, f"it does not keep to {key} = {json.dumps(value, ensure_ascii=False)}"


def _length(gold: str, asked: Mapping[str, Any]) -> Iterator[str]:
    count = asked.get("num_words")
    if isinstance(count, int):
        yield from (_few if asked.get("relation") == "at least" else _many)(gold, count)


def _few(gold: str, count: Any) -> Iterator[str]:
    if isinstance(count, int) and count > 3:
        yield " ".join(gold.split()[:3])


def _many(gold: str, count: Any) -> Iterator[str]:
    if isinstance(count, int):
        yield f"{gold} {_words(count + 1)}"


def _words(count: int) -> str:
    """Returns so many plain words; they come again where there are not enough."""
    plain = _FILLER.split()
    return " ".join((plain * (count // len(plain) + 1))[:count])


def _without(gold: str, phrases: Any) -> Iterator[str]:
    for phrase in _texts(phrases):
        yield re.sub(re.escape(phrase), "", gold, flags=re.IGNORECASE)


def _with(gold: str, phrases: Any) -> Iterator[str]:
    for phrase in _texts(phrases):
        yield f"{gold} {phrase}"


def _elsewhere(_: str, language: Any) -> Iterator[str]:
    if language != "en":
        yield BESIDE_THE_POINT


def _unlisted(gold: str, form: Any) -> Iterator[str]:
    if form in ("bullets", "numbered"):
        yield _MARK.sub("", gold)


# Kinds of IFEval to what breaks them, whatever the text; and plain ones.
_KINDS: dict[str, Callable[[str, Mapping[str, Any]], Iterator[str]]] = {
    "punctuation:no_comma": lambda gold, _: iter((f"{gold}, and so on",)),
    "length_constraints:number_words": _length,
    "keywords:existence": lambda gold, asked: _without(gold, asked.get("keywords")),
    "keywords:forbidden_words": lambda gold, asked: _with(gold, asked.get("forbidden_words")),
    "change_case:english_lowercase": lambda gold, _: iter((gold.upper(),)),
    "change_case:english_capital": lambda gold, _: iter((gold.lower(),)),
    "startend:quotation": lambda gold, _: iter((gold.strip().strip('"'),)),
    "startend:end_checker": lambda gold, _: iter((f"{gold} And more.",)),
    "detectable_format:json_format": lambda gold, _: iter((f"It is {gold}",)),
    "detectable_format:number_bullet_lists": lambda gold, _: iter((f"{gold}\n* one more",)),
    "language:response_language": lambda gold, asked: _elsewhere(gold, asked.get("language")),
}
_PLAIN: dict[str, Callable[[str, Any], Iterator[str]]] = {
    "max_words": _many,
    "min_words": _few,
    "must_include": _without,
    "must_not_include": _with,
    "headings": lambda gold, _: iter((re.sub(r"(?m)^#+ ", "", gold),)),
    "format": _unlisted,
    "language": _elsewhere,
}
_MADE: dict[str, Callable[[Target], Broken]] = {
    "summarization_quality": _summary,
    "tone_style": _tone,
    "content_moderation": _moderation,
    "instruction_following": _instructions,
}
