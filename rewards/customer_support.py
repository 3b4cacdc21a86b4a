"""Customer support: brand voice, accuracy, empathy and actionability; rules first, then a judge.

A row's reference holds what is true for this customer, and what must not be said:
``{"facts": ["Refunds take 5 days."], "never_say": ["guarantee"]}``.
"""

import re

VOICE = "Warm, brief and plain. We take the blame, never the customer. No legal language."
NEVER_SAY = ["as per our policy", "calm down", "you should have", "as an ai"]
LONGEST_WORDS = 150


def levels(worst, middle, best):
    """Returns three levels of a criterion, each said in a sentence."""
    labels = (("poor", worst, 0.0), ("fair", middle, 0.5), ("good", best, 1.0))
    return [{"label": label, "description": said, "value": v} for label, said, v in labels]


RUBRIC = {
    "name": "support reply",
    "criteria": [
        {
            "name": "brand_voice",
            "question": "Does the reply sound as the brand voice describes?",
            "levels": levels("Contradicts it.", "Neutral.", "Unmistakably this voice."),
        },
        {
            "name": "accuracy",
            "question": "Is every statement of the reply backed by the facts or by the customer?",
            "levels": levels(
                "Contradicts a fact, or promises what no fact backs.",
                "Nothing wrong, but a fact that the customer needs is missing.",
                "Says what the facts say on all that was asked.",
            ),
        },
        {
            "name": "empathy",
            "question": "Does the reply respond to what happened to this customer?",
            "levels": levels("Ignores or blames.", "A set phrase.", "Names the trouble and cares."),
        },
        {
            "name": "actionability",
            "question": "Does the customer know what happens next, who does it, and when?",
            "levels": levels("No next step.", "A vague one.", "Concrete steps with a time."),
        },
    ],
}


def reward(sample):
    """Returns four criteria; graders.toml weights them and pays none of them for a false reply."""
    reference = sample.reference
    if not isinstance(reference, dict) or not reference.get("facts"):
        return None  # not scored: without facts nobody can tell what is accurate
    facts = "\n".join(reference["facts"])
    invented = sorted(figures(sample.completion) - figures(f"{sample.prompt}\n{facts}"))
    text = " ".join(sample.completion.casefold().split())
    banned = [
        phrase for phrase in [*NEVER_SAY, *reference.get("never_say", [])]
        if re.search(rf"\b{re.escape(phrase.casefold())}\b", text)
    ]  # fmt: skip
    words = len(text.split())
    if invented:  # decided: no judge has to be paid for it
        criteria = {"brand_voice": 0.0, "accuracy": 0.0, "empathy": 0.0, "actionability": 0.0}
        return {"criteria": criteria, "reason": f"no fact holds {', '.join(invented)}"}
    verdict = sample.judge(RUBRIC, context={"facts": facts, "brand voice": VOICE})
    criteria = dict(verdict["values"])
    if banned:
        criteria["brand_voice"] = 0.0
    criteria["brand_voice"] *= min(1.0, LONGEST_WORDS / max(1, words))
    told = f"says {', '.join(banned)}" if banned else verdict["reason"]
    return {"criteria": criteria, "metrics": {"words": words}, "reason": told}


def figures(text):
    """Returns every number in a text as ``1200.5``; the numbers that open a list's items aside."""
    text = re.sub(r"(?m)^[ \t]*\d{1,2}[.)][ \t]", "", text)
    found = re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)
    return {f"{float(number.replace(',', '')):g}" for number in found}
