"""What a row is graded against, chosen by what its fields hold and not by one name alone.

A field is a candidate by the words of its name; what stands in it decides: a boolean beside an
answer judges that answer, a letter or a place among choices means a choice, turns and answer
objects are read as the text that they hold.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard

import msgspec

from touchstone.outcomes import BadSample
from touchstone.templates.code_verification.forms import BESIDE_TESTS, TESTS
from touchstone.templates.code_verification.reference import read_reference
from touchstone.thinking import split_thinking
from touchstone.workbench.data.forms.choices import Choices, find_choices
from touchstone.workbench.data.forms.columns import ANSWERS, decoded, is_blank, listed_texts
from touchstone.workbench.data.forms.draft import Draft, Refused
from touchstone.workbench.data.forms.turns import read_turns
from touchstone.workbench.data.names import find, plain, words

# The words that say "this is right", strongest first, and those that may stand beside them.
_RIGHT = (
    "reference", "truth", "gold", "golden", "ideal", "canonical", "expected", "best", "correct",
    "right", "answer", "answers", "target", "label", "solution", "solutions", "references",
)  # fmt: skip
_RANKS = {word: rank for rank, word in enumerate(_RIGHT)} | {"groundtruth": 1}
_BESIDE = {
    "ground", "response", "responses", "output", "outputs", "completion", "text", "texts", "value",
    "key", "final", "true", "reply", "result", "truths",
}  # fmt: skip
_OF_CHOICE = {"index", "idx", "id", "option", "choice", "letter", "number", "num", "position"}
# An exact name comes before one that only has the same words.
_EXACT = {
    name: rank for rank, name in enumerate((
        "reference_answer", "reference", "ground_truth", "gold", "expected_answer",
        "expected_output", "expected", "answer", "answers", "target", "label", "solution",
    ))
}  # fmt: skip
# Alone they say nothing.
_BARE = {"right", "best", "canonical", "true"}
_NOT_RIGHT = {
    "wrong", "incorrect", "hallucinated", "rejected", "bad", "type", "types", "tokens", "start",
    "length", "len", "format", "count", "score", "source", "time", "model", "predicted",
}  # fmt: skip
_JUDGING = {
    "label", "labels", "tag", "correct", "accepted", "desirable", "preferred", "liked",
    "judgement", "judgment", "thumbs", "good", "upvoted", "approved", "feedback", "rating",
    "verdict",
}  # fmt: skip
_ANSWERING = {"answer", "answers", "reference", "truth", "gold", "expected", "solution", "response"}
_ANSWERS_ALONE = {"answer", "answers", "solution", "solutions", "final", "text", "value"}
# Of these names numbers beside an answer are a judgement too.
_LABELS = {"label", "kto_tag", "is_correct", "correct", "accepted", "desirable", "thumbs_up"}
_NUMBERS = {"1": True, "0": False, "-1": False}
_YES = {True: True, "true": True, "True": True, False: False, "false": False, "False": False}
# Words that say so of an answer that is no such word itself.
_GOOD = {
    "good", "correct", "right", "desirable", "chosen", "accepted", "preferred", "thumbs_up",
    "upvoted", "approved", "yes", "pass",
}  # fmt: skip
_BAD = {
    "bad", "incorrect", "wrong", "undesirable", "rejected", "thumbs_down", "disapproved",
    "downvoted", "no", "fail",
}  # fmt: skip
# What question answering writes beside the text of an answer: where it stands, and its like.
_BESIDE_TEXT = {
    "answer_start", "answer_end", "answer_type", "start", "end", "span", "spans", "offset",
    "offsets",
}  # fmt: skip
_TESTS = {"test": "test_code"}
_SOLUTION = ("canonical_solution", "prompt")


def answers(draft: Draft) -> set[str]:
    """Returns the columns in which an answer is looked for."""
    return {column for name in ANSWERS if (column := find(draft.fields, name))}


def looks_like(name: str) -> bool:
    """Tells whether a field's name says that it holds what is right."""
    parts = set(words(name))
    return not parts.isdisjoint(_RANKS) and parts.isdisjoint(_NOT_RIGHT) and len(parts) < 5


def names_reference(columns: Any) -> bool:
    """Tells whether some of these fields is one that a reference is looked for in."""
    return any(_rank(name) is not None for name in columns)


def choose(draft: Draft, *, completion: bool, first_choice: int | None = None) -> None:
    """Chooses what a row is graded against: a reference, or where there is none an answer.

    Args:
        draft: Gains the one, or the other as a last turn, whose content may be an object; and
            its prompt gains the choices that it is asked to choose from.
        completion: The answer stays the completion: it is looked for beside a reference too,
            and is never taken for one.
        first_choice: What a number that means the first of a row's choices is.

    Raises:
        Refused: The answer is judged bad and there is no reference; or the row has choices, and
            none that its reference could mean.
    """
    mapped = draft.reference is not None
    judged = _judgement(draft)
    fields = {k: draft.fields[k] for k in draft.columns if k in draft.fields}
    choices = find_choices(fields, first_choice)
    if not mapped:
        _find(draft, choices, judged)
    elif choices is not None:
        draft.reference = _choice_of(draft.reference, choices, draft.reference_from)
    if choices is not None:
        _write_choices(draft, choices)
    if draft.reference is not None:
        draft.reference = read_value(draft.reference, draft.left_out, draft.reference_from)
    if draft.reference is None or completion:
        _choose_answer(draft)
    if judged and not judged.good and draft.reference is None and not completion:
        what = "the answer is judged bad, and there is no other to grade against"
        raise Refused("judged_bad", judged.name, what)
    draft.alike = [k for k in draft.columns if k in draft.fields and _is_alike(k, draft.fields[k])]
    draft.alike = [k for k in draft.alike if k != (judged and judged.name)]


class _Judged(NamedTuple):
    """What a field says of an answer.

    Attributes:
        name: The field.
        good: Its word.
        columns: The fields that hold the answer, where that is not the last turn or a reply.
    """

    name: str
    good: bool
    columns: tuple[str, ...] = ()


def _judgement(draft: Draft) -> _Judged | None:
    """Returns whether a field beside an answer says that it is a good or a bad one."""
    answered = _has_answer(draft)
    columns = () if answered else _plain_answers(draft)
    for name in draft.columns if answered or columns else ():
        value = draft.fields.get(name)
        parts = set(words(name))
        if not isinstance(value, bool | str | int) or not parts & _JUDGING or parts & _ANSWERING:
            continue
        known = _YES.get(value) if isinstance(value, bool | str) else None
        if known is None and answered and plain(name) in _LABELS:
            known = _NUMBERS.get(str(value))
        if known is None and answered and _is_verdict(value) and not _answers_with_one(draft):
            known = plain(value) in _GOOD
        if known is not None:
            return _Judged(name, known, columns)
    return None


def _plain_answers(draft: Draft) -> tuple[str, ...]:
    """Returns the columns of answers of which no name says that they are right."""
    return tuple(
        name for name in draft.columns
        if _rank(name) is not None and set(words(name)) <= _ANSWERS_ALONE
        and not is_blank(value := draft.fields.get(name))
        and not (isinstance(value, bool | str) and value in _YES)
    )  # fmt: skip


def _has_answer(draft: Draft) -> bool:
    if draft.messages and draft.messages[-1]["role"] == "assistant":
        return True
    return any(not is_blank(draft.fields.get(n)) for a in ANSWERS if (n := find(draft.columns, a)))


def _is_verdict(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and plain(value) in _GOOD | _BAD


def _answers_with_one(draft: Draft) -> bool:
    """Tells whether the answer is itself such a word, as where texts are to be judged."""
    answers = [draft.fields.get(name) for each in ANSWERS if (name := find(draft.columns, each))]
    if draft.messages and draft.messages[-1]["role"] == "assistant":
        answers.append(draft.messages[-1]["content"])
    return any(map(_is_verdict, answers))


def _rank(name: str) -> tuple[int, int] | None:
    parts = words(name)
    exact = _EXACT.get("_".join(parts))
    if exact is not None:
        return (min(_RANKS.get(p, 99) for p in parts), exact)
    ranks = [_RANKS[part] for part in parts if part in _RANKS]
    if not ranks or not set(parts) <= _RANKS.keys() | _BESIDE or set(parts) <= _BARE:
        return None
    return (min(ranks), 99)


def _find(draft: Draft, choices: Choices | None, judged: _Judged | None) -> None:
    """Moves the field that holds the reference, if there is one, to its place."""
    if _find_tests(draft):
        return
    unresolved = ""
    for name in _candidates(draft, choices):
        value = draft.fields[name]
        if is_blank(value) or (judged and (name == judged.name or _is_bad(name, judged))):
            continue
        if choices is not None:
            if (line := _resolved(value, choices, name)) is None:
                unresolved = unresolved or name
                continue
            value = line
        draft.reference, draft.reference_from = value, name
        if not draft.keeps:
            del draft.fields[name]
        return
    if unresolved and choices is not None:
        _choice_of(draft.fields[unresolved], choices, unresolved)
    if choices is not None and choices.right:
        right = [choices.lines()[place] for place in choices.right]
        draft.reference = right[0] if len(right) == 1 else right
        draft.reference_from = choices.columns[0]
        return
    model = draft.fields.get("reward_model")  # verl keeps its gold here
    if isinstance(model, dict) and not is_blank(model.get("ground_truth")):
        draft.reference = model["ground_truth"]
        draft.reference_from = "reward_model.ground_truth"


def _is_bad(name: str, judged: _Judged) -> bool:
    return not judged.good and name in judged.columns


def _candidates(draft: Draft, choices: Choices | None) -> list[str]:
    ranked = [
        (rank, name) for name in draft.columns
        if name in draft.fields and (rank := _rank(name)) is not None
        and not (choices and name in choices.columns)
    ]  # fmt: skip
    names = [name for _, name in sorted(ranked)]
    if choices is not None:  # a place among them may have a name of its own
        names += [
            name for name in draft.columns
            if name in draft.fields and name not in names and name not in choices.columns
            and _names_a_choice(name)
        ]  # fmt: skip
    return names


def _names_a_choice(name: str) -> bool:
    parts = set(words(name))
    named = not parts.isdisjoint(_RANKS) and parts <= _RANKS.keys() | _BESIDE | _OF_CHOICE
    return named or parts == {"cop"}  # the correct option of MedMCQA


def _resolved(value: Any, choices: Choices, name: str) -> Any:
    """Returns the line of the choice that a value means, or those of several; else ``None``."""
    if isinstance(value, list) and value:
        lines = [_resolved(each, choices, name) for each in value]
        return None if None in lines else lines
    place = choices.chosen(value, name)
    return None if place is None else choices.lines()[place]


def _choice_of(value: Any, choices: Choices, where: str) -> Any:
    if (line := _resolved(value, choices, where)) is not None:
        return line
    said, many = repr(value)[:40], len(choices.texts)
    what = f"{said} is none of the {many} choices for sure; write its letter or text"
    if choices.first is None and str(value).strip().isdigit():
        what += ", or say what the first one's number is (--first-choice), in all rows alike"
    raise Refused("choice", where, what)


def _write_choices(draft: Draft, choices: Choices) -> None:
    """Puts the choices under the question, where it does not list them itself."""
    asked = next((t for t in reversed(draft.messages) if t["role"] == "user"), None)
    if asked is None or choices.stand_in(asked["content"]):
        return
    asked["content"] = "\n".join([asked["content"].rstrip(), "", *choices.lines()])


def _find_tests(draft: Draft) -> bool:
    """Makes a reference of the tests of a programming task, where no answer was written."""
    fields = {k: draft.fields[k] for k in draft.columns if k in draft.fields}
    tests = [name for name in fields if name in TESTS and not is_blank(fields[name])]
    if not tests or any(_EXACT.get(k) is not None and k != "solution" for k in fields):
        return False
    beside = {*BESIDE_TESTS, *(_SOLUTION if "base_input" in tests else ())}
    found = {_TESTS.get(name, name): fields[name] for name in tests}
    found |= {n: v for n, v in fields.items() if n in beside - {"test_imports"} and not is_blank(v)}
    if imports := listed_texts(fields.get("test_imports")):
        found["test_setup_code"] = "\n".join([*imports, found.get("test_setup_code", "")])
    asked = draft.messages[-1]["content"] if draft.messages else ""
    if f"def {found.get('entry_point')}(" in asked:
        found["prompt_code"] = asked
    try:
        read_reference(found)
    except BadSample:
        return False
    draft.reference, draft.reference_from = found, tests[0]
    return True


def _choose_answer(draft: Draft) -> None:
    """Takes the column that holds an answer, where the last turn is none."""
    turns = draft.messages
    if not turns or turns[-1]["role"] == "assistant":
        return
    for name in ANSWERS:
        column = find(draft.columns, name)
        answer = draft.fields.get(column) if column else None
        if is_blank(answer):
            continue
        del draft.fields[column]
        answer = decoded(answer)
        said = _turns_in(answer)
        if said:
            # The chosen one of a pair may repeat the prompt.
            last = {"role": "assistant"} | said[-1]
            draft.messages += [
                turn | {"role": "assistant"} for turn in read_turns([last], draft.left_out, name)
            ]
        else:
            draft.messages.append({"role": "assistant", "content": answer})
        return


def read_value(value: Any, left_out: list[str], where: str) -> Any:
    """Returns what a reference holds as a row carries it: text that is not blank, or an object.

    Numbers, booleans and lists become their JSON, which graders read as what it holds.

    Raises:
        Refused: A turn in it cannot be read.
    """
    if turns := _turns_in(decoded(value)):
        turns = [{"role": "assistant"} | turn for turn in turns]
        return said_by(read_turns(turns[-1:], left_out, where)[-1], left_out)
    if isinstance(value, dict | list) and (texts := _answer_texts(value)):
        return read_value(texts if len(texts) > 1 else texts[0], left_out, where)
    if isinstance(value, dict):
        return value if _filled(value) else None
    if isinstance(value, list):
        value = [without_thinking(v, left_out) if isinstance(v, str) else v for v in value]
        if not _filled(value):
            return None
        if len(value) == 1 and isinstance(value[0], str):
            return read_value(value[0], left_out, where)
    if isinstance(value, str):
        return without_thinking(value, left_out)
    return value if value is None else msgspec.json.encode(value).decode()


def said_by(turn: dict[str, Any], left_out: list[str]) -> Any:
    """Returns what an assistant's turn says: its text, or an object where it calls tools."""
    content = turn["content"]
    if isinstance(content, str):
        content = without_thinking(content, left_out)
    if "tool_calls" in turn:
        return {"content": content, "tool_calls": turn["tool_calls"]}
    return content


def without_thinking(text: str, left_out: list[str]) -> str | None:
    """Returns a text that a model may have written without its thinking, ``None`` for no more."""
    answer, thinking = split_thinking(text)
    if thinking:
        left_out.append("thinking")
        text = answer.strip()
    return None if is_blank(text) else text


def _turns_in(value: Any) -> list[dict[str, Any]]:
    """Returns the turns that a value is: one or several, in any vendor's words."""
    turns = value if isinstance(value, list) else [value]
    return turns if turns and all(map(_is_turn, turns)) else []


def _is_turn(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("role", value.get("from")), str):
        return not {"content", "value", "tool_calls", "function_call"}.isdisjoint(value)
    return value.keys() == {"content"} and isinstance(value["content"], list)


def _answer_texts(value: Any) -> list[str]:
    """Returns the different texts of answer objects as question answering has them."""
    if isinstance(value, list):
        each = [_answer_texts(one) if isinstance(one, dict) else [] for one in value]
        return list(dict.fromkeys(text for texts in each for text in texts)) if all(each) else []
    for key in ("text", "spans"):
        texts = value.get(key)
        if isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts):
            return list(dict.fromkeys(texts))
    for key in ("text", "answer", "value"):
        beside = value.keys() - {key}
        known = "aliases" in beside or (beside and beside <= _BESIDE_TEXT)
        if known and isinstance(value.get(key), str):
            return [value[key]]
    return []


def _filled(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_filled, value.values()))
    if isinstance(value, list):
        return any(map(_filled, value))
    return not is_blank(value)


def _is_alike(name: str, value: Any) -> bool:
    return looks_like(name) and not is_blank(value)
