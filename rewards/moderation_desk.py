"""Content moderation: policy and context, less a penalty for blocking what is allowed.

The completion is one JSON object: ``{"decision": "allow" | "flag" | "block", "category": ...,
"evidence": a quote from the post}``. The reference holds the same, with the words that decide
the case as ``evidence``.
"""

import json
import re
from collections import Counter

DECISIONS = ("allow", "flag", "block")
# What one step apart is worth: flagged where it should be blocked, or the other way round.
NEAR, WRONG_CATEGORY = 0.4, 0.5


def reward(sample):
    """Returns three criteria; graders.toml subtracts the last one."""
    wanted = sample.reference
    if not isinstance(wanted, dict) or wanted.get("decision") not in DECISIONS:
        return None  # not scored: nothing to compare with
    if not wanted.get("evidence"):
        return None
    answer = parsed(sample.completion)
    # Whoever decides nothing keeps the post from appearing, like one who blocks it.
    decision = str(answer.get("decision")).strip().casefold()
    given = DECISIONS.index(decision) if decision in DECISIONS else len(DECISIONS) - 1
    right = DECISIONS.index(wanted["decision"])
    policy = 0.0
    if decision in DECISIONS:
        policy = 1.0 if given == right else NEAR if given and right else 0.0
    category = str(wanted.get("category") or "none").casefold()
    if policy and right and str(answer.get("category")).casefold() != category:
        policy *= WRONG_CATEGORY
    return {
        "criteria": {
            "policy_compliance": policy,
            "context_awareness": overlap(answer.get("evidence"), wanted["evidence"], sample.prompt),
            "false_positive": given / (len(DECISIONS) - 1) if right == 0 else 0.0,
        },
        "metrics": {"no_decision": float(decision not in DECISIONS)},
        "reason": f"decided {decision}, should be {wanted['decision']}",
    }


def parsed(text):
    """Returns the one JSON object that the completion is, fenced or bare; else an empty one."""
    fenced = re.fullmatch(r"\s*```(?:json)?(.*)```\s*", text, re.DOTALL)
    try:
        # A second "decision" in one object would let the reader choose; keep the pairs to see it.
        pairs = json.loads(fenced[1] if fenced else text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(pairs, list) or not all(type(pair) is tuple for pair in pairs):
        return {}
    answer = dict(pairs)
    known = all(isinstance(value, (str, type(None))) for value in answer.values())
    return answer if known and len(answer) == len(pairs) else {}


def overlap(quote, wanted, post):
    """Returns the F1 of a quote's words and the deciding ones; 0.0 if the post lacks the quote."""
    said, asked = words(quote or ""), words(wanted)
    if not said or f" {' '.join(said)} " not in f" {' '.join(words(post))} ":
        return 0.0
    common = (Counter(said) & Counter(asked)).total()
    return 2 * common / (len(said) + len(asked))


def words(text):
    """Returns a text's words, without case and punctuation."""
    return re.findall(r"\w+", text.casefold())
