"""What can be wrong with a training file: every kind, how bad it is, and what mends it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]

# Kind -> severity, fix. An error is refused by the service, dropped by it without a word, or
# teaches the wrong thing; a warning is for a person to judge.
KINDS: dict[str, tuple[Severity, str]] = {
    # the file
    "too_few_rows": ("error", "add prompts: a job needs at least 100"),
    "too_many_rows": ("error", "keep at most 20,000 prompts, for example by `data split`"),
    "bom": ("error", "save as UTF-8 without a byte order mark"),
    "not_utf8": ("error", "save as UTF-8"),
    "not_json": ("error", "write one JSON object a line"),
    "mixed_newlines": ("warning", "end every line with \\n alone"),
    "too_large": ("error", "shorten the row: Lambda takes at most 6 MB a call"),
    "large_for_batches": ("warning", "shorten the row, or set a batch size that fits 6 MB a call"),
    # the shape of a row
    "no_messages": (
        "error",
        "write messages: [{role, content}, ...]; `data convert` does from other forms",
    ),
    "bad_message": ("error", "write each message as {role, content}"),
    "unknown_role": ("error", "use system, user or assistant (tool for a tool's result)"),
    "unknown_key": ("error", "keep to the keys of a chat message; move others to the row"),
    "empty_content": ("error", "give the message a text"),
    "bad_content": ("error", "write the content as a string"),
    "image_content": ("error", "train on text alone: take the row out or describe the image"),
    "content_blocks": ("warning", "write the content as one string"),
    "broken_text": ("warning", "decode the source again: U+FFFD stands where a letter was lost"),
    "control_characters": ("warning", "take out the control characters"),
    "system_not_first": ("error", "keep one system message, and put it first"),
    "no_user": ("error", "add a user message"),
    "ends_with_answer": ("error", "move the last turn to reference_answer: the model writes it"),
    "last_not_user": ("error", "end the messages with the user's turn"),
    "many_turns": ("warning", "only the last turn is trained; see that it can be judged alone"),
    "odd_order": ("warning", "begin with the user's turn, and let the turns alternate"),
    "bad_tool_call": ("error", "write the arguments as a string that holds a JSON object"),
    "bad_tool_turn": ("error", "put the call before its result, and repeat the id of the call"),
    "bad_tools": (
        "error",
        "write tools as [{type: function, function: {name, description, parameters}}]",
    ),
    "tools_unknown": ("warning", "try a few rows first, or put the tools into the system message"),
    "bad_id": ("error", "write the id as a string, or leave it out"),
    "misspelt_field": ("error", "rename the field"),
    "mixed_fields": ("error", "give the field to every row or to none; null is a value too"),
    # lengths
    "too_long": ("error", "shorten the prompt or raise maxPromptLength: it is dropped unseen"),
    "maybe_too_long": ("warning", "count with --tokenizer; what is longer is dropped unseen"),
    # the reference
    "no_reference": ("warning", "add reference_answer, or choose a grader that needs none"),
    "empty_reference": ("error", "give the reference a value, or leave the field out"),
    "odd_reference": ("error", "write the reference as a string or an object"),
    "grader_refuses": ("error", "write the reference as the grader's README says"),
    "grader_fails": ("error", "see that the grader itself works: `touchstone grade`"),
    "gold_scores_low": ("warning", "check the reference: its own answer should be rewarded"),
    "own_solution_fails": ("error", "mend the tests, or the solution that they refuse"),
    "answer_in_prompt": ("warning", "take the answer out of the prompt"),
    # rows among each other
    "duplicate_id": ("warning", "give every row an id of its own"),
    "duplicate_prompt": ("warning", "keep one of the rows"),
    "conflicting_reference": ("error", "keep one reference for the prompt"),
    "near_duplicate": ("warning", "keep one of the rows, or see that they differ on purpose"),
    "leakage": ("error", "take the row out of one of the two files; see `data split`"),
    "near_leakage": ("warning", "take the row out of one of the two files; see `data split`"),
    # what should not be there
    "personal_data": ("warning", "mask it or take the row out"),
    "credential": ("error", "take it out, and revoke it where it came from"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        file: The file's name, as given.
        line: The line, from 1; 0 where it is the file as a whole.
        field: Path of the field, for example ``messages[1].content``; ``""`` for the whole row.
        kind: A key of :data:`KINDS`.
        message: What is wrong; never quotes what may be personal.
        severity: ``error`` or ``warning``.
        fix: What mends it.
    """

    file: str
    line: int
    field: str
    kind: str
    message: str
    severity: Severity
    fix: str

    def as_json(self) -> dict[str, Any]:
        """Returns the problem as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of one row, before file and line are known."""

    kind: str
    field: str
    message: str
    fix: str = ""

    def at(self, file: str, line: int) -> Problem:
        """Returns it with its place."""
        severity, fix = KINDS[self.kind]
        return Problem(file, line, self.field, self.kind, self.message, severity, self.fix or fix)
