"""OpenAI Chat Completions: requests, fine-tuning rows and preference rows.

Also what Mistral, Qwen, gpt-oss and others take on InvokeModel, which is the same form.
"""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms.draft import Draft, want_list, want_object
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.tools import read_tools
from touchstone.workbench.data.forms.turns import read_turns

# Of a call as well, but a row's own fields may be named so.
_SOMETIMES = {
    "model", "n", "stop", "user", "seed", "parallel_tool_calls", "service_tier", "store",
    "modalities", "audio", "prediction", "random_seed", "verbosity", "object", "created",
    "usage", "system_fingerprint",
}  # fmt: skip
_READ = {"id", "messages", "tools", "functions", "metadata"}


class Chat(Form):
    """Chat Completions, and the replies of Ollama and of Cohere's second chat, which resemble."""

    name = "chat"
    groups = ("invoke", "logs")
    keys = frozenset({"messages", "preferred_output"})
    turns = "messages"
    # How an answer was to be made, which a training job decides itself.
    parameters = frozenset({
        "temperature", "top_p", "top_k", "stream", "stream_options", "max_tokens",
        "max_completion_tokens", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs",
        "top_logprobs", "tool_choice", "function_call", "response_format", "reasoning_effort",
        "web_search_options", "prompt_cache_key", "safety_identifier", "safe_prompt",
    })  # fmt: skip
    of_call = parameters | _SOMETIMES
    choices = ("choices",)
    messages = (("choices", 0, "message"), ("message",))
    deltas = (("choices", 0, "delta", "content"), ("delta", "message", "content", "text"))
    call_starts = (
        ("choices", 0, "delta", "tool_calls"),
        ("choices", 0, "delta", "function_call"),
        ("delta", "message", "tool_calls"),
    )

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells whether a record has a list of messages, or two answers to prefer between."""
        # With a system prompt in a column of its own it is a row of a table.
        turns = isinstance(record.get("messages"), list) and "system" not in record
        return turns or "preferred_output" in record

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads a request or a row; a last assistant turn stays last, as the answer.

        Raises:
            Refused: See ``read_turns`` and ``read_tools``.
        """
        draft = Draft()
        if "preferred_output" in record:
            _read_preference(record, draft)
            return draft
        draft.messages = read_turns(record.get("messages"), draft.left_out)
        draft.tools = _tools(record, draft)
        called = "model" in record or not self.parameters.isdisjoint(record)
        of_call = self.of_call if called else {"parallel_tool_calls"}
        draft.left_out += [key for key in record.keys() & of_call if record[key] is not None]
        if isinstance(record.get("metadata"), dict):
            draft.fields |= record["metadata"]
        draft.fields |= {k: v for k, v in record.items() if k not in _READ and k not in of_call}
        return draft


def _tools(request: dict[str, Any], draft: Draft) -> list[dict[str, Any]] | None:
    for key in ("tools", "functions"):
        if request.get(key):
            return read_tools(request[key], draft.left_out, key)
    return None


def _read_preference(record: dict[str, Any], draft: Draft) -> None:
    asked = want_object(record.get("input"), "input")
    answer = want_list(record["preferred_output"], "preferred_output")
    draft.messages = read_turns(asked.get("messages"), draft.left_out, "input.messages")
    draft.messages += read_turns(answer, draft.left_out, "preferred_output")
    draft.tools = _tools(asked, draft)
    draft.left_out += [k for k in ("non_preferred_output",) if k in record]
    used = {"input", "preferred_output", "non_preferred_output", "id"}
    draft.fields |= {k: v for k, v in record.items() if k not in used}


FORM = Chat()
