"""Prompts written as one string with their vendor's tokens, taken apart into turns.

Sources: the prompt formats that Meta (Llama 2, 3, 4), Mistral, DeepSeek, Google (Gemma), Qwen
(ChatML), Anthropic (text completions) and Amazon (Titan) document for their models.
"""

from __future__ import annotations

import re
from typing import Any

from touchstone.workbench.data.forms.draft import Draft, Refused, want_text
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.turns import read_turns

# A header opens a turn and names its role; an end token closes it.
_HEADERS = (
    (re.compile(r"<\|start_header_id\|>(\w+)<\|end_header_id\|>"), ("<|eot_id|>", "<|eom_id|>")),
    (re.compile(r"<\|header_start\|>(\w+)<\|header_end\|>"), ("<|eot|>", "<|eom|>")),
    (re.compile(r"<\|im_start\|>(\w+)\n"), ("<|im_end|>",)),
    (re.compile(r"<start_of_turn>(\w+)\n"), ("<end_of_turn>",)),
    (re.compile(r"<\uff5c(User|Assistant)\uff5c>"), ("<\uff5cend\u2581of\u2581sentence\uff5c>",)),
)
_OPENING = re.compile(
    r"^\s*(?:<\|begin_of_text\|>|<s>|<bos>|<\uff5cbegin\u2581of\u2581sentence\uff5c>)+\s*"
)
_CLOSING = re.compile(r"(?:</s>|<\|end_of_text\|>|<\|python_tag\|>)\s*$")
_INSTRUCTION = re.compile(r"\[INST\](.*?)\[/INST\](.*?)(?=<s>|\[INST\]|\Z)", re.DOTALL)
_SYSTEM = re.compile(r"\s*<<SYS>>(.*?)<</SYS>>", re.DOTALL)
# Turns named in plain words, which only their own models' requests use.
HUMAN = re.compile(r"(?:\A|\n\n)\s*(Human|Assistant):")
_LABELS = (HUMAN, re.compile(r"(?:\A|\n)(User|Bot):"))
_SYSTEM_PROMPT = re.compile(r"\s*\[SYSTEM_PROMPT\](.*?)\[/SYSTEM_PROMPT\]\s*", re.DOTALL)
_LEFT_OVER = re.compile(
    r"<\|\w+\|>|<\uff5c[^\uff5c\s]+\uff5c>|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"
)
_ROLES = {"User": "user", "Human": "user", "Bot": "assistant", "Assistant": "assistant"}

# Of a request as well, but a row's own fields may be named so.
_SOMETIMES = {"p", "k", "stop", "truncate", "stream"}


class PromptString(Form):
    """Requests of Llama, Mistral, Titan, Cohere, DeepSeek and old Anthropic models."""

    name = "prompt"
    groups = ("invoke", "logs")
    keys = frozenset({"prompt", "inputText"})
    is_call = True
    prompt = "prompt"
    # Any of them beside a prompt says that a row is a request.
    parameters = frozenset({
        "max_gen_len", "max_tokens_to_sample", "max_tokens", "maxTokens", "temperature", "top_p",
        "topP", "top_k", "stop_sequences", "stopSequences", "num_generations",
        "return_likelihoods", "anthropic_version", "logit_bias",
        "textGenerationConfig", "countPenalty", "presencePenalty", "frequencyPenalty",
    })  # fmt: skip
    of_call = parameters | _SOMETIMES
    choices = ("choices", "outputs", "results", "generations")
    texts = (
        ("choices", 0, "text"),
        ("completion",),  # Anthropic
        ("generation",),  # Llama
        ("outputs", 0, "text"),  # Mistral
        ("results", 0, "outputText"),  # Titan
        ("generations", 0, "text"),  # Cohere
        ("outputText",),
    )
    ends = frozenset({"stop_reason", "finish_reason", "completionReason", "generation_id"})

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells whether a request is a prompt string of InvokeModel."""
        if isinstance(record.get("inputText"), str):
            return record.keys() <= {"inputText"} | self.parameters
        if not isinstance(record.get("prompt"), str):
            return False
        sometimes = _SOMETIMES & record.keys()
        nothing_else = bool(sometimes) and len(sometimes) == len(record) - 1
        return nothing_else or bool(self.parameters & record.keys())

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads a request.

        Raises:
            Refused: Tokens of a prompt format that is not known are left in it.
        """
        key = "inputText" if "inputText" in record else "prompt"
        turns = split_prompt(want_text(record.get(key), key), key, _labels_of(record))
        draft = Draft()
        draft.messages = read_turns(turns, draft.left_out, key)
        draft.left_out += [name for name in record if name in self.of_call]
        draft.fields = {k: v for k, v in record.items() if k != key and k not in self.of_call}
        return draft


def split_prompt(
    prompt: str, where: str, labels: re.Pattern[str] | None = None
) -> list[dict[str, Any]]:
    """Returns the turns of a prompt string: one of the user's where it has no tokens.

    Args:
        prompt: The string as it was sent to a model.
        where: The field it came from, for messages.
        labels: Plain words that open turns, for a model whose prompts use them.

    Raises:
        Refused: Tokens of a prompt format are left in a turn's text.
    """
    text = _CLOSING.sub("", _OPENING.sub("", prompt))
    for header, ends in _HEADERS:
        if header.search(text):
            turns = _by_header(header, text, ends)
            break
    else:
        if _INSTRUCTION.search(text):
            turns = _by_instruction(text)
        elif labels and labels.search(text):
            turns = _by_header(labels, text, ())
        else:
            turns = [("user", text)]
    if turns and turns[-1][0] == "assistant" and not turns[-1][1].strip():
        turns.pop()  # the cue to answer
    for _, said in turns:
        if left := _LEFT_OVER.search(said):
            raise Refused("prompt_tokens", where, f"{left[0]} is of no prompt format that is known")
    return [{"role": role, "content": said} for role, said in turns]


def _labels_of(request: dict[str, Any]) -> re.Pattern[str] | None:
    text = request.get("prompt", "")
    if isinstance(text, str) and text.lstrip().startswith("Human:"):
        return _LABELS[0]
    if "max_tokens_to_sample" in request:
        return _LABELS[0]
    if "inputText" in request and str(request["inputText"]).rstrip().endswith("Bot:"):
        return _LABELS[1]
    return None


def _by_header(header: re.Pattern[str], text: str, ends: tuple[str, ...]) -> list[tuple[str, str]]:
    found = list(header.finditer(text))
    before = text[: found[0].start()].strip()
    turns = [("system", before)] if before else []
    for match, following in zip(found, [*found[1:], None], strict=True):
        said = text[match.end() : following.start() if following else len(text)].strip()
        for end in ends:
            said = said.removesuffix(end).rstrip()
        turns.append((_ROLES.get(match[1], match[1]), said))
    return turns


def _by_instruction(text: str) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    before = text[: text.index("[INST]")]
    if before := _SYSTEM_PROMPT.sub(r"\1", before, count=1).strip():
        turns.append(("system", before))
    for asked, answered in _INSTRUCTION.findall(text):
        if system := _SYSTEM.match(asked):
            turns.append(("system", system[1].strip()))
            asked = asked[system.end() :]
        turns.append(("user", asked.strip()))
        turns.append(("assistant", answered.strip().removesuffix("</s>").strip()))
    return turns


FORM = PromptString()
