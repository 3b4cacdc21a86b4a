"""What the other service gave is compared row by row, and the differences have causes."""

import json
import random
from typing import Any, cast

import pytest
from nltk.translate import bleu_score, gleu_score, meteor_score
from rapidfuzz import fuzz
from rouge_score.rouge_scorer import RougeScorer

from tests.importing.jobs import ROWS, check, lines, multi, scorer, similar
from touchstone.kit import METRICS, text_similarity
from touchstone.scoring.stem import stem

WORDS = [
    "the",
    "a",
    "cat",
    "cats",
    "ran",
    "running",
    "Oslo",
    "lima.",
    "3.14",
    "naïve",
    "END",
    "x-y",
]


def pairs(count, seed=5):
    draw = random.Random(seed)
    for _ in range(count):
        words = draw.sample(WORDS, draw.randint(1, 8))
        wanted = [draw.choice(words) for _ in range(draw.randint(1, 12))]
        said = [word for word in wanted if draw.random() < 0.8]
        said += [draw.choice(WORDS) for _ in range(draw.randint(0, 3))]
        yield " ".join(said), " ".join(wanted)


def item(answer):
    return {"messages": [{"role": "user", "content": "Say it."}], "answer": answer}


def test_rows_that_agree_are_counted_and_the_others_have_a_cause(bring, tmp_path):
    grader = multi("0.5 * exact + 0.5 * close", exact=check(), close=similar("meteor"))
    scores = [
        {"item": ROWS[0], "completion": "Oslo", "score": 0.75},
        {"item": ROWS[0], "sample": {"output_text": "no"}, "reward": 0.0},
        {"item": ROWS[0], "completion": "Oslo", "score": None},
        {"item": ROWS[0], "completion": "Oslo", "reward": 0, "metadata": {"errors": {"x": True}}},
        {"item": ROWS[1], "completion": "x", "score": 0.3, "scores": {"exact": 0, "close": 0.6}},
        {"item": ROWS[1], "completion": "x", "score": 0.3, "scores": {"exact": 1, "close": 0}},
        {"item": ROWS[1], "completion": "<think>a</think>Nairobi", "score": 0.1},
        {"datasource_item": ROWS[2], "sample": {"output": [{"role": "assistant", "content": "x"}]},
         "results": [{"name": "exact", "score": 0.0}, {"name": "close", "score": 0.0}]},
    ]  # fmt: skip
    (tmp_path / "scores.jsonl").write_text(lines(scores))
    made = bring(grader, "--scores", "scores.jsonl", "--json")
    assert made.exit_code == 1, made.output
    parity = json.loads(made.output)["parity"]
    assert (parity["rows"], parity["agree"]) == (8, 3)
    assert parity["causes"] == {
        "not scored there": 1, "a grader failed there": 1, "METEOR knows no synonyms here": 1,
        "exact differs": 1, "thinking is not graded here": 1,
    }  # fmt: skip
    report = (tmp_path / "rewards" / "mine.import.md").read_text()
    assert "| scores.jsonl:6 | 0.3 | 0.0 | exact differs |" in report


def test_white_space_that_is_left_out_is_a_cause(bring, tmp_path):
    scores = [{"item": ROWS[0], "completion": text, "score": score}
              for text, score in ((" Oslo", 0), ("Oslo", 1), (" Bergen", 0))]  # fmt: skip
    (tmp_path / "scores.jsonl").write_text(lines(scores))
    made = bring(check(), "--scores", "scores.jsonl", "--trim", "--json")
    parity = json.loads(made.output)["parity"]
    assert parity["causes"] == {"white space around the completion is left out here": 1}


def test_a_row_that_is_named_by_its_id_and_one_that_is_unscored(bring, tmp_path):
    rows = [{**row, "id": f"r{n}"} for n, row in enumerate(ROWS)]
    scores = [{"id": "r1", "completion": "Nairobi", "score": 1.0},
              {"item": item("x") | {"answer": None}, "completion": "x", "score": 0}]  # fmt: skip
    (tmp_path / "scores.jsonl").write_text(lines(scores))
    made = bring(check(), "--scores", "scores.jsonl", "--json", rows=rows)
    parity = json.loads(made.output)["parity"]
    assert parity["causes"] == {"unscored:user_code_error here, 0 there": 1}
    assert parity["agree"] == 1


def test_a_rule_that_only_names_a_metric_is_no_such_cause(bring, tmp_path):
    (tmp_path / "scores.jsonl").write_text(
        lines([{"item": ROWS[0], "completion": "Oslo", "score": 0.5}])
    )
    made = bring([{"type": "contains", "value": "a meteor"}], "--scores", "scores.jsonl", "--json")
    assert json.loads(made.output)["parity"]["causes"] == {"not known": 1}


def test_another_model_is_a_cause_of_its_own_and_all_alike_ends_well(bring, tmp_path):
    (tmp_path / "scores.jsonl").write_text(
        lines([{"item": ROWS[0], "completion": "Oslo", "score": 0.123}])
    )
    made = bring(scorer("{{ sample.output_text }}"), "--judge", "offline", "--scores",
                 "scores.jsonl", "--json")  # fmt: skip
    assert json.loads(made.output)["parity"]["causes"] == {"another model judges here": 1}
    (tmp_path / "scores.jsonl").write_text(
        lines({"item": item(b), "completion": a, "score": float(a == b)} for a, b in pairs(200))
    )
    made = bring(check(), "--scores", "scores.jsonl", name="same")
    assert made.exit_code == 0, made.output
    assert "200 of 200 rows get the score that they had" in made.output


@pytest.mark.filterwarnings("ignore:[\\s\\S]*hypothesis contains 0 counts:UserWarning")
def test_bleu_that_is_smoothed_there_is_a_cause_with_its_name(bring, tmp_path):
    ways = bleu_score.SmoothingFunction()
    for way in ("method1", "method2", "method3", "method4", "method5"):
        told = [
            (said, wanted, bleu_score.sentence_bleu(
                [wanted.split()], said.split(), smoothing_function=getattr(ways, way)))
            for said, wanted in pairs(200) if len(said.split()) > 1
        ]  # fmt: skip
        (tmp_path / "scores.jsonl").write_text(
            lines({"item": item(b), "completion": a, "score": score} for a, b, score in told)
        )
        made = bring(similar("bleu"), "--scores", "scores.jsonl", "--json", name=way)
        causes = json.loads(made.output)["parity"]["causes"]
        assert max(causes, key=causes.get) == f"BLEU is smoothed there, as by NLTK's {way}"
        assert sum(causes.values()) - max(causes.values()) <= 5, causes


# By hand: text, reference, and what the definitions give.
BY_HAND = [
    ("fuzzy_match", "abcd", "abxd", 6 / 8),
    ("fuzzy_match", "", "", 1.0),
    ("bleu", "the cat sat on the mat", "the cat sat on the mat", 1.0),
    ("bleu", "a b c d", "a b c d e", 0.7788007830714049),
    ("bleu", "a b c", "a b c", 0.0),
    ("gleu", "a b c", "a b d", 3 / 6),
    ("gleu", "", "", 0.0),
    ("meteor", "cats running", "cat run", (1 - 0.5 * (1 / 2) ** 3) * 1.0),
    ("meteor", "b a", "a b", (1 - 0.5 * (2 / 2) ** 3) * 1.0),
    ("meteor", "x", "y", 0.0),
    ("rouge_1", "The cat!", "the dog", 0.5),
    ("rouge_2", "a b c", "a b d", 0.5),
    ("rouge_5", "a b c d", "a b c d", 0.0),
    ("rouge_l", "a x b y c", "a b c", 2 * 3 / 8),
]


@pytest.mark.parametrize(("metric", "text", "reference", "value"), BY_HAND)
def test_a_metric_is_what_its_definition_says(metric, text, reference, value):
    assert text_similarity(text, metric, reference) == pytest.approx(value, abs=1e-12)


STEMS = {
    "caresses": "caress", "ponies": "poni", "ties": "tie", "cats": "cat", "agreed": "agre",
    "feed": "feed", "plastered": "plaster", "bled": "bled", "motoring": "motor", "sing": "sing",
    "conflated": "conflat", "hopping": "hop", "falling": "fall", "filing": "file",
    "happy": "happi", "enjoy": "enjoy", "relational": "relat", "conditional": "condit",
    "vietnamization": "vietnam", "hopefulness": "hope", "formality": "formal",
    "adoption": "adopt", "adjustment": "adjust", "probate": "probat", "cease": "ceas",
    "controll": "control", "dying": "die", "skies": "sky", "geology": "geolog", "is": "is",
}  # fmt: skip


def test_a_stem_is_porter_s_with_nltk_s_exceptions():
    assert {word: stem(word) for word in STEMS} == STEMS


def _libraries():
    """Returns each metric as the library computes it that defines it."""

    class NoSynonyms:
        def synsets(self, word):
            return []

    kinds = {f"rouge_{n}": f"rouge{n}" for n in range(1, 6)} | {"rouge_l": "rougeL"}
    scorer = RougeScorer(list(kinds.values()))
    found = {
        name: lambda a, b, kind=kind: scorer.score(b, a)[kind].fmeasure
        for name, kind in kinds.items()
    }
    return found | {
        "fuzzy_match": lambda a, b: fuzz.ratio(a, b) / 100,
        "bleu": lambda a, b: bleu_score.sentence_bleu([b.split()], a.split()),
        "gleu": lambda a, b: gleu_score.sentence_gleu([b.split()], a.split()),
        "meteor": lambda a, b: meteor_score.meteor_score(
            [b.split()], a.split(), wordnet=cast("Any", NoSynonyms())
        ),
    }


@pytest.mark.filterwarnings("ignore:[\\s\\S]*hypothesis contains 0 counts:UserWarning")
@pytest.mark.parametrize("metric", sorted(METRICS))
def test_a_metric_is_what_its_library_says(metric):
    theirs = _libraries()[metric]
    for text, reference in pairs(400):
        assert text_similarity(text, metric, reference) == pytest.approx(
            theirs(text, reference), abs=1e-9
        ), (text, reference)
