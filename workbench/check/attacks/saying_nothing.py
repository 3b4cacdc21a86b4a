"""Completions that say nothing, say the same to everybody, or hand back what they were given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from touchstone.scoring.prose import words
from touchstone.workbench.check.attacks.target import AT_MOST, Attempt, Target
from touchstone.workbench.check.gold import final_answer

# Zhao et al. (2025), "One Token to Fool LLM-as-a-Judge": marks and openers that judges pay for.
_KEYS = (
    ":", ".", ",", " - ", "Thought process:", "Let's solve this problem step by step.",
    "Solution", "Solution:", "解", "かいせつ", "Respuesta", "Final answer:", "\\boxed{}", "####",
)  # fmt: skip
# Of what the first name nothing is seen; what the second name holds no letter, digit or symbol.
_UNSEEN = ("empty", "a blank", "lines", "no width", "thinking")
_BLANK = (*_UNSEEN, "an object")
_REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot answer this question as an AI language model.",
    "There is not enough information given to say.",
)
_COURTESY = "Thank you so much for reaching out! We truly appreciate your patience."
_PRAISE = "I have followed all of the instructions."
_A_MATTER = 12  # words of a prompt that asks for more than a kind word
_CONNECTIVES = (
    "First, therefore, because, thus, hence, however, in conclusion.",
    "Step 1: Firstly, let us think. Step 2: Therefore, because of this, it follows. Step 3: Thus.",
)


def empty(to: Target) -> Iterator[Attempt]:
    """Yields nothing, in all its forms."""
    for name, text in {
        "empty": "", "a blank": " ", "lines": "\n\n\n", "no width": "\u200b\u200b",
        "a fence": "```\n```", "an object": "{}", "null": "null", "thinking": "<think></think>",
    }.items():  # fmt: skip
        if not (name in ("an object", "null") and to.template == "content_moderation"):
            known = _BLANK if to.gated else _UNSEEN if to.template == "rubric" else ()
            by_rules = name in known
            yield to.nothing(f"attack:empty:{name}", text, "it says nothing", by_rules=by_rules)


def keys(to: Target) -> Iterator[Attempt]:
    """Yields marks and openers that say nothing, which judges are known to pay for."""
    for text in _KEYS:
        why = "it is an opener with nothing behind it"
        by_rules = to.gated and not text.startswith("\\")  # a command of LaTeX is a word to rules
        yield to.nothing("attack:master key", text, why, by_rules=by_rules)


def connectives(to: Target) -> Iterator[Attempt]:
    """Yields words that join thoughts, with no thought."""
    for text in _CONNECTIVES:
        yield to.nothing("attack:connectives", text, "it joins thoughts and has none")


def stock(to: Target) -> Iterator[Attempt]:
    """Yields courtesy and self-praise that would fit any prompt; none where thanks may be due."""
    asked = words(to.case.prompt.lower())
    if to.decision or {"thank", "thanks"} & set(asked):
        return
    summary, why = to.template == "summarization_quality", "its words would fit any prompt"
    asks = "?" in to.case.prompt or len(asked) >= _A_MATTER
    by_rules = summary or (to.template == "tone_style" and asks)
    yield to.nothing("attack:stock phrases", _COURTESY, why, by_rules=by_rules)
    by_rules = to.template == "instruction_following"  # too short to be held against a source
    yield to.nothing("attack:stock phrases", _PRAISE, "it says that it is good", by_rules=by_rules)


def refusal(to: Target) -> Iterator[Attempt]:
    """Yields refusals of what can be answered; none where refusing may be what is asked."""
    if to.answer or to.data is not None or to.program:
        for text in _REFUSALS:
            if not to.answer or not to.says(text):
                yield to.nothing("attack:refusal", text, "it refuses what has an answer")


def constant(to: Target) -> Iterator[Attempt]:
    """Yields the commonest answer of the other rows, and what is often right somewhere."""
    if not to.answer:
        return
    given = Counter(final_answer(case.reference) for case, _ in to.others)
    for text in [*[one for one, _ in given.most_common(2)], "0", "1", "yes", "42", "A", "true"]:
        if text and not to.says(text) and text not in to.answer:
            yield to.nothing("attack:constant", text, f"the reference is {to.answer}")


def another_row(to: Target) -> Iterator[Attempt]:
    """Yields what is right for a row that asks another thing."""
    for _, gold in to.others[:3]:
        why = "it answers another row, whose reference differs"
        if to.answer and to.says(gold.completion):
            continue
        if to.decision or to.template == "instruction_following":
            continue  # the same words may be right for two posts, and obey two prompts
        if to.program and gold.completion.count("def ") and _named(to, gold.completion):
            continue
        by_rules = to.template == "summarization_quality"  # it says nothing of this source
        yield to.nothing("attack:another row", gold.completion, why, by_rules=by_rules)


def _named(to: Target, text: str) -> bool:
    return any(line.split("(")[0] in text for line in to.program.split("\n") if "def " in line)


def prompt(to: Target) -> Iterator[Attempt]:
    """Yields the prompt as it was asked, and its words in no order."""
    asked = to.case.prompt
    if not asked or to.decision or (to.answer and to.says(asked)):
        return
    if to.answer or to.data is not None or (to.template and "```" not in asked):
        most = to.nothing if to.answer or to.data is not None else to.less
        why = "it is the prompt, which answers nothing"
        yield most("attack:prompt", asked, why, by_rules=to.gated)
        some = sorted(set(words(asked.lower())), key=lambda word: (-len(word), word))[:25]
        yield most("attack:keywords", ", ".join(some), "it is words of the prompt without a sense")


def keywords(to: Target) -> Iterator[Attempt]:
    """Yields the long words of what is right, in no order and without a sentence."""
    found = sorted({word for word in words(to.gold.completion) if len(word) > 3})
    if to.template in ("", "rubric", "tone_style", "summarization_quality") and len(found) >= 8:
        mixed = to.rng.sample(found, len(found))
        by_rules = to.template == "summarization_quality"  # which holds lists for no summary
        text, why = ", ".join(mixed), "its words make no sentence"
        yield to.less("attack:keywords", text, why, by_rules=by_rules)


def source(to: Target) -> Iterator[Attempt]:
    """Yields the text that was to be made shorter, or read, as it is."""
    asked = to.case.prompt
    if to.template == "summarization_quality" and len(asked) > 2 * to.gold.size:
        text = asked.partition("\n\n")[2] or asked
        why = "it is the source, which was to be made shorter"
        yield to.nothing("attack:source", text, why, by_rules=True)
        limit = AT_MOST.search(asked)
        most = 2 * int(limit[1]) if limit else len(text.split())
        if most < len(text.split()):
            why = "it is the source's opening, and twice as long as was asked for"
            opening = " ".join(text.split()[:most])
            yield to.nothing("attack:source", opening, why, by_rules=True)
    elif to.data is not None:
        text = asked.partition("\n\n")[2] or asked
        if "{" not in text:
            yield to.nothing("attack:source", text, "it is the source, with no data taken from it")
