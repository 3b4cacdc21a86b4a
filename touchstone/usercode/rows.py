"""A sample in the shape that each form of reward function takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from touchstone.contract import Sample
from touchstone.jsontext import decoded, written
from touchstone.usercode.source import Form

Turns = Literal["text", "messages"]


def row_of(sample: Sample, form: Form, turns: Turns) -> dict[str, Any]:
    """Returns what the caged driver is sent for one sample.

    Args:
        sample: The row.
        form: How the function is called.
        turns: What ``prompts`` and ``completions`` hold: texts, or lists of messages.
    """
    if form == "reward":
        return {
            "id": sample.id,
            "messages": list(sample.messages),
            "turns": [turn.plain() for turn in sample.turns],
            "system": sample.system,
            "prompt": sample.prompt,
            "completion": sample.completion,
            "thinking": sample.thinking,
            "tool_calls": [call.plain() for call in sample.tool_calls],
            "reference": sample.reference,
            "fields": sample.fields,
            "tools": sample.tools,
        }
    if form == "reward_function":
        return {"event": _article_event(sample)}
    if form == "lambda_handler":
        return {"event": [_bedrock_row(sample)]}
    if form == "grade":
        return {"sample": _openai_sample(sample), "item": _item(sample)}
    if form == "compute_score":
        return {
            "data_source": sample.fields.get("data_source", ""),
            "solution_str": sample.completion,
            "ground_truth": sample.reference,
            "extra_info": sample.fields.get("extra_info", sample.fields),
        }
    return _columns(sample, turns)


def _openai_sample(sample: Sample) -> dict[str, Any]:
    """The completion, as a grader of OpenAI's fine-tuning is given it."""
    answer = _answer_turn(sample, written)
    data = decoded(sample.completion)
    return {
        "output_text": sample.completion,
        "output_json": None if isinstance(data, str) else data,
        "output_tools": answer.get("tool_calls", []),
        "choices": [{"message": answer}],
    }


def _item(sample: Sample) -> dict[str, Any]:
    """The row of the dataset: what stands beside the prompt, and the reference."""
    return {
        **sample.fields,
        "messages": list(sample.messages),
        "prompt": sample.prompt,
        "reference_answer": _as_it_came(sample),
    }


def _as_it_came(sample: Sample) -> Any:
    """Returns the reference; as text where it came so, though it is JSON: graders compare texts."""
    raw = sample.raw if isinstance(sample.raw, Mapping) else {}
    for place in (raw, raw.get("metadata")):
        value = place.get("reference_answer") if isinstance(place, Mapping) else None
        value = value.get("text", value) if isinstance(value, Mapping) else value
        if isinstance(value, str) and decoded(value) == sample.reference:
            return value
    return sample.reference


def _article_event(sample: Sample) -> dict[str, Any]:
    """The small form: the output, with the reference's own keys beside it."""
    own = sample.reference if isinstance(sample.reference, Mapping) else {}
    raw = sample.raw if isinstance(sample.raw, Mapping) else {}
    return {
        **own,
        **raw,
        "output": sample.completion,
        "prompt": sample.prompt,
        "reference_answer": sample.reference,
    }


def _bedrock_row(sample: Sample) -> dict[str, Any]:
    """The row as Bedrock sends it; as it came where it came so."""
    raw = sample.raw
    if raw.get("id") is not None and "model_response" not in raw and raw.get("messages"):
        return dict(raw)
    return {
        "id": sample.id,
        "messages": [*sample.messages, _answer_turn(sample, written)],
        "reference_answer": sample.reference,
        "metadata": sample.fields,
    }


def _columns(sample: Sample, turns: Turns) -> dict[str, Any]:
    own = sample.reference if isinstance(sample.reference, Mapping) else {}
    columns = {**own, **sample.fields, "reference_answer": sample.reference}
    if turns == "messages":
        # A trainer hands arguments over as data.
        answer = _answer_turn(sample, lambda arguments: arguments)
        return {**columns, "prompts": list(sample.messages), "completions": [answer]}
    return {**columns, "prompts": sample.prompt, "completions": sample.completion}


def _answer_turn(sample: Sample, shape: Callable[[Any], Any]) -> dict[str, Any]:
    """Returns the turn to grade as a message, its calls as OpenAI's API has them."""
    turn: dict[str, Any] = {"role": "assistant", "content": sample.completion}
    if sample.tool_calls:
        turn["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": shape(call.arguments)},
            }
            for call in sample.tool_calls
        ]
    return turn
