"""Each offline measure falls with the fault that it is for."""

import pytest

from tests.summarization_quality.grading import GOOD, SOURCE
from touchstone.judge import JudgeRequest
from touchstone.templates.summarization_quality import offline


def asked(completion, **context):
    return JudgeRequest("Summarize.", completion, {"source": SOURCE, **context})


@pytest.mark.parametrize(
    ("measure", "worse"),
    [
        (offline.faithfulness, GOOD + " Volunteers painted murals of dolphins and planets."),
        (offline.relevance, "Riders now walk two miles. Its lease ran out."),
        (offline.relevance, f"{GOOD} {GOOD}"),
        (offline.coherence, f"{GOOD} {GOOD}"),
        (offline.coherence, ". ".join(reversed(GOOD.removesuffix(".").split(". "))) + "."),
        (offline.fluency, GOOD.replace("desks", "desks desks")),
        (offline.fluency, GOOD.rsplit(" ", 2)[0]),
        (offline.fluency, GOOD + " A roof. Of it."),
    ],
)
def test_a_fault_costs(measure, worse):
    assert measure(asked(worse)) < measure(asked(GOOD))


@pytest.mark.parametrize(
    "measure", [offline.faithfulness, offline.relevance, offline.coherence, offline.fluency]
)
@pytest.mark.parametrize("completion", [GOOD, SOURCE, "", "x", "...", "\u672c\u5c4a", "a " * 50])
def test_measures_stay_within_their_range(measure, completion):
    assert 0.0 <= measure(asked(completion)) <= 1.0


def test_a_reference_summary_counts_for_relevance():
    gold = {"reference summary": GOOD}
    other = "Riders of line 12 walk two miles since June. The buses should have come first."
    assert offline.relevance(asked(GOOD, **gold)) > offline.relevance(asked(GOOD))
    assert offline.relevance(asked(other, **gold)) < offline.relevance(asked(other))
