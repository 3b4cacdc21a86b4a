"""OpenAI Chat Completions: requests, fine-tuning rows and preference rows.

Also what Mistral, Qwen, gpt-oss and others take on InvokeModel, which is the same form.
"""

from __future__ import annotations

from typing import Any

from workbench.data.forms.draft import Draft, want_list, want_object
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import read_turns

# How an answer was to be made, which a training job decides itself. Only a call has these.
PARAMETERS = frozenset({
    "temperature", "top_p", "top_k", "stream", "stream_options", "max_tokens",
    "max_completion_tokens", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs",
    "top_logprobs", "tool_choice", "function_call", "response_format", "reasoning_effort",
    "web_search_options", "prompt_cache_key", "safety_identifier", "safe_prompt",
})  # fmt: skip
# Of a call as well, but a row's own fields may be named so.
_SOMETIMES = {
    "model", "n", "stop", "user", "seed", "parallel_tool_calls", "service_tier", "store",
    "modalities", "audio", "prediction", "random_seed", "verbosity", "object", "created",
    "usage", "system_fingerprint",
}  # fmt: skip
_OF_CALL = PARAMETERS | _SOMETIMES
_READ = {"id", "messages", "tools", "functions", "metadata"}


def matches(request: dict[str, Any]) -> bool:
    """Tells whether a record has a list of messages, or two answers to prefer between."""
    # With a system prompt in a column of its own it is a row of a table.
    turns = isinstance(request.get("messages"), list) and "system" not in request
    return turns or "preferred_output" in request


def read(request: dict[str, Any], left_out: list[str]) -> Draft:
    """Reads a request or a row; a last assistant turn stays last, as the answer.

    Raises:
        Refused: See ``read_turns`` and ``read_tools``.
    """
    if "preferred_output" in request:
        return _preference(request, left_out)
    draft = Draft(read_turns(request.get("messages"), left_out), left_out=left_out)
    draft.tools = _tools(request, left_out)
    called = "model" in request or PARAMETERS & request.keys()
    of_call = _OF_CALL if called else {"parallel_tool_calls"}
    left_out += [key for key in request.keys() & of_call if request[key] is not None]
    if isinstance(request.get("metadata"), dict):
        draft.fields |= request["metadata"]
    draft.fields |= {k: v for k, v in request.items() if k not in _READ and k not in of_call}
    return draft


def _tools(request: dict[str, Any], left_out: list[str]) -> list[dict[str, Any]] | None:
    for key in ("tools", "functions"):
        if request.get(key):
            return read_tools(request[key], left_out, key)
    return None


def _preference(request: dict[str, Any], left_out: list[str]) -> Draft:
    asked = want_object(request.get("input"), "input")
    answer = want_list(request["preferred_output"], "preferred_output")
    turns = read_turns(asked.get("messages"), left_out, "input.messages")
    draft = Draft(turns + read_turns(answer, left_out, "preferred_output"), left_out=left_out)
    draft.tools = _tools(asked, left_out)
    left_out += [k for k in ("non_preferred_output",) if k in request]
    used = {"input", "preferred_output", "non_preferred_output", "id"}
    draft.fields |= {k: v for k, v in request.items() if k not in used}
    return draft
