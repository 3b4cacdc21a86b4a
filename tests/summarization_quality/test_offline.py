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
        (offline.faithfulness, GOOD.replace("Fournier said visitors", "Fournier has been turned")),
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


JOINED = "Librarian Odile Fournier said line 12 was cut in June."


@pytest.mark.parametrize(
    "honest",
    [
        "Librarian Odile Fournier said visitors will find a roof garden.",  # shortened
        "Odile Fournier, who runs it, praised the roof garden. Line 12 was cut in June.",
        "Visitors will find 60 desks and a garden on the roof, Fournier said.",  # own words
    ],
)
def test_a_sentence_that_joins_what_was_said_of_two_things_is_not_borne_out(honest):
    assert offline.faithfulness(asked(JOINED)) <= 0.5 < offline.faithfulness(asked(honest))


def test_passages_of_two_sentences_may_stand_in_two_sentences_in_a_script_without_spaces():
    one, two = "図書館は十月九日に", "路線バスは六月に廃止された。"
    source = {"source": f"{one}再開する。{two}" * 2}
    joined = JudgeRequest("要約して。", f"{one}{two}", source)
    apart = JudgeRequest("要約して。", f"{one}再開。{two}", source)
    assert offline.faithfulness(joined) <= 0.5 < offline.faithfulness(apart)


def test_a_reference_summary_counts_for_relevance():
    gold = {"reference summary": GOOD}
    other = "Riders of line 12 walk two miles since June. The buses should have come first."
    assert offline.relevance(asked(GOOD, **gold)) > offline.relevance(asked(GOOD))
    assert offline.relevance(asked(other, **gold)) < offline.relevance(asked(other))
