"""The contract probe: graders that answer as Bedrock needs it, and ones that each fail one way."""

import math

import pytest

from tests.check.conftest import by_probe


def score(row):
    """Rewards as a stranger would: the reference is in the last turn, whatever form that has."""
    said = row["messages"][-1]
    content = said.get("content") if said["role"] == "assistant" else ""
    if isinstance(content, list):
        content = "".join(block.get("text", "") for block in content)
    wanted = row.get("metadata", {}).get("reference_answer", "")
    return float(wanted.lower() in (content or "").lower())


def plain(event):
    return [{"id": row["id"], "aggregate_reward_score": score(row)} for row in event]


def test_a_stranger_without_our_extra_fields_holds(check, rows, stranger):
    found = check("theirs", rows(), *stranger(plain))
    assert {k: v["status"] for k, v in found.items() if k.startswith("contract")} == {
        f"contract:{part}": "holds" for part in ("forms", "ids", "rows", "retries", "size")
    }


def test_what_a_stranger_does_not_read_is_told_and_counts_against_nobody(check, rows, stranger):
    forms = check("theirs", rows(), *stranger(plain))["contract:forms"]
    assert forms["status"] == "holds"
    assert any("a body of JSON" in name for name in forms["seen"])


def test_our_own_answer_every_form(shipped):
    assert by_probe(shipped("math_reasoning"))["contract:forms"]["seen"] == {}


def reverse(event):
    return plain(event)[::-1]


def lose(event):
    return plain(event)[: max(1, len(event) - 1)] if event else []


def rename(event):
    return [{**one, "id": str(one["id"]).lower().strip()} for one in plain(event)]


def dedupe(event):
    return list({one["id"]: one for one in plain(event)}.values())


def nan(event):
    return [{**one, "aggregate_reward_score": math.nan} for one in plain(event)]


def text(event):
    return [{**one, "aggregate_reward_score": "1.0"} for one in plain(event)]


def crash_on_null(event):
    assert all(isinstance(row["messages"][-1]["content"], str) for row in event)
    return plain(event)


def crash_on_preflight(event):
    assert all(row["messages"][-1]["role"] == "assistant" for row in event)
    return plain(event)


def envelope(event):
    return {"results": plain(event)}


def metrics(event):
    return [{**one, "metrics_list": {"right": 1}} for one in plain(event)]


def drift():
    calls = []

    def graded(event):
        calls.append(1)
        extra = len(calls) * 0.001
        return [{"id": r["id"], "aggregate_reward_score": score(r) + extra} for r in event]

    return graded


def small_batches_only(event):
    return plain(event[:100])


@pytest.mark.parametrize(
    ("handler", "part"),
    [
        (reverse, "forms"), (lose, "forms"), (envelope, "forms"), (metrics, "forms"),
        (nan, "forms"), (text, "forms"), (rename, "ids"), (dedupe, "ids"),
        (crash_on_null, "rows"), (crash_on_preflight, "rows"), (drift(), "retries"),
        (small_batches_only, "size"),
    ],
)  # fmt: skip
def test_a_stranger_that_breaks_the_contract_falls_short(check, rows, stranger, handler, part):
    found = check("theirs", rows(), *stranger(handler))[f"contract:{part}"]
    assert found["status"] == "falls_short"
    assert found["smallest"]["reason"]
