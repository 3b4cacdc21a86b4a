"""A verdict shows that its judge judged by words of what it judges."""

import pytest

from tests.judge import reasons
from tests.judge.converse_server import Fail, Give, Say, best, completion_in
from tests.judge.rubrics import BEDROCK, RUBRIC, request, soon
from touchstone.judge import NoVerdict, make_judge
from touchstone.judge.question import Question
from touchstone.judge.quoting import quotes

OSLO = "Oslo is the capital of Norway."
# What stands in the field of a quotation where there is none.
NO_QUOTES = [
    None, "", "N/A", "none", "...", "-", "not applicable", "[redacted]", "the", "is the",
    "the completion", "Oslo was a capital", "<words of the COMPLETION>", [], {}, 3, "keine",
    "không có", "无", "引用なし", "لا يوجد",
]  # fmt: skip
QUOTES = [
    OSLO, "is the capital", "IS THE\n CAPITAL", '"Oslo is the capital"', "…the capital of Norway…",
    "Oslo is the capital ... of Norway", "It says: Oslo is the capital of", "oslo is the, capital",
    "Oslo\u200b is the capital", "\uff2fslo is the capital",
]  # fmt: skip


def read(reason, **more):
    verdict = {"reason": reason, "cannot_judge": False, "quality": "fair", **more}
    return Question.verdict(RUBRIC, request(OSLO)).read([verdict])


@pytest.mark.parametrize("quote", QUOTES)
def test_words_in_a_row_are_a_quotation_however_they_are_written(quote):
    assert read("a", quote=quote).quotes
    assert read("a", quotes=[quote]).quotes
    assert read("a", quote={"quality": quote}).quotes


@pytest.mark.parametrize("quote", NO_QUOTES)
def test_what_is_no_part_of_the_completion_is_no_quotation(quote):
    assert not read("a", quote=quote).quotes


@pytest.mark.parametrize(
    "marks", ['"{}"', "\u201c{}\u201d", "\u00ab{}\u00bb", "'{}'", "\u300c{}\u300d"]
)
def test_the_reason_may_quote_in_marks(marks):
    assert read(f"It says {marks.format('is the capital')}, which is right.").quotes
    assert not read(f"It says {marks.format('the capital was')}, which is wrong.").quotes
    assert not read("It is the capital that was asked for.").quotes


@pytest.mark.parametrize(
    ("completion", "quote", "whole"),
    [
        ("Oslo.", "Oslo", True),
        ("Oslo.", "Bergen", False),
        ("8", "8", True),
        ("😄", "😄", True),
        ("😄", "none", False),
        ("1 + 1 = 2", "1 + 1 = 2", True),
        ("東京は日本の首都です。", "日本の首都", True),
        ("東京は日本の首都です。", "該当なし", False),
        ("수도는 서울입니다", "수도는 서울입니다.", True),
        ("กรุงเทพเป็นเมืองหลวง", "เป็นเมืองหลวง", True),
        ("Thủ đô là Hà Nội.", "Thu\u0309 đo\u0302 la\u0300 Ha\u0300", True),
        ("I can't help with that.", "I can\u2019t help", True),
        ("", "", True),
        ("a " * 50_000, "b " * 50_000, False),
    ],
)
def test_every_completion_can_be_quoted(completion, quote, whole):
    assert quotes([quote], completion) == whole


def test_refusals_that_no_list_knows_quote_nothing():
    founded = []
    for number, reason in enumerate(reasons.EVADING + reasons.DECLINING):
        for quote in NO_QUOTES[number % 5 :: 5]:
            try:
                founded += [reason] if read(reason, quote=quote).quotes else []
            except NoVerdict as fault:
                assert fault.cause == "refused"  # noqa: PT017
    assert not founded


def test_judges_that_hedge_and_quote_have_judged():
    lost = []
    for number, reason in enumerate(reasons.HEDGING + reasons.JUDGING):
        answer = read(reason, quote=QUOTES[number % len(QUOTES)])
        lost += [] if answer.quotes and answer.choices == {"quality": "fair"} else [reason]
    assert not lost


def test_a_quotation_of_a_refusal_is_none():
    question = Question.verdict(RUBRIC, request("I'm sorry, I can't help with that."))
    verdict = {"reason": "It declines.", "quote": "I'm sorry, I can't help", "quality": "poor"}
    assert question.read([verdict]).quotes


def evading(asked):
    """Quotes what it judges, but for what it would rather not judge."""
    if "UGLY" not in asked.text:
        return best(asked)
    return Give({"reason": reasons.EVADING[2], "quote": "", "quality": "fair"})


@pytest.mark.parametrize("scheme", ["converse", "chat"])
def test_a_judge_that_can_quote_and_does_not_gives_no_verdict(serve, scheme):
    server = serve(evading)
    judge = make_judge(BEDROCK if scheme == "converse" else f"openai:{server.url}/v1#m")
    calls = []
    for text in ("UGLY one here", "UGLY two here"):
        before = len(server.asked)
        with pytest.raises(NoVerdict) as caught:
            judge.verdict(RUBRIC, request(text), soon())
        assert caught.value.cause == "unfounded"
        assert caught.value.usage.calls == len(server.asked) - before
        calls.append(len(server.asked) - before)
    # It, the control, and it in the simplest form; then it is known that the judge can quote.
    assert calls == [3, 2]
    assert judge.verdict(RUBRIC, request(), soon()).levels == {"quality": "excellent"}


def test_a_judge_that_forgets_its_quotation_is_asked_for_it_once_more(serve):
    def forgetful(asked):
        quote = completion_in(asked.text) if "toolConfig" not in asked.body else ""
        return Give({"reason": "a", "quote": quote, "quality": "fair"})

    server = serve(best)
    judge = make_judge(BEDROCK)
    judge.verdict(RUBRIC, request("the first answer"), soon())
    server.script = forgetful
    verdict = judge.verdict(RUBRIC, request("the second answer"), soon())
    assert (verdict.levels, verdict.unquoted) == ({"quality": "fair"}, False)
    # The first, the second, the control in both forms, and the second in the simplest form.
    assert len(server.asked) == 5


@pytest.mark.parametrize("control", ["quoted", "unquoted"])
def test_what_was_judged_before_decides_nothing(serve, control):
    def one_quoted(asked):
        quoted = "UGLY" in asked.text or ("museum" in asked.text and control == "quoted")
        quote = completion_in(asked.text) if quoted else ""
        return Give({"reason": "a", "quote": quote, "quality": "fair"})

    serve(one_quoted)
    texts, ends = ["the UGLY answer", "the second answer", "the third answer"], []
    for order in (texts, texts[::-1]):
        judge, found = make_judge(BEDROCK), {}
        for text in order:
            try:
                found[text] = judge.verdict(RUBRIC, request(text), soon()).levels
            except NoVerdict as fault:
                found[text] = fault.cause
        ends.append(found)
    assert ends[0] == ends[1]
    expected = {"quality": "fair"} if control == "unquoted" else "unfounded"
    assert ends[0]["the second answer"] == expected


def test_of_a_judge_that_leaves_quotations_out_only_their_absence_is_forgiven(serve):
    given = {
        "a plain answer here": "", "an answer of one word": "N/A", "an empty form here": "<words>",
        "the answer it quotes": "the answer it quotes",
        "a moderate answer": "I would rather garden",
    }  # fmt: skip

    def careless(asked):
        quote = next((said for text, said in given.items() if text in asked.text), "")
        return Give({"reason": "a", "quote": quote, "quality": "fair"})

    serve(careless)
    for order in ([*given], [*given][::-1]):
        judge, unquoted, unfounded = make_judge(BEDROCK), {}, []
        for text in order:
            try:
                unquoted[text] = judge.verdict(RUBRIC, request(text), soon()).unquoted
            except NoVerdict as fault:
                unfounded.append((text, fault.cause))
        assert {text for text, missing in unquoted.items() if not missing} == {
            "the answer it quotes"
        }
        assert unfounded == [("a moderate answer", "unfounded")]


def test_a_judge_that_misquotes_whatever_it_judges_is_read_without_a_sign(serve):
    serve(
        lambda asked: Give({"reason": "a", "quote": "in other words entirely", "quality": "fair"})
    )
    assert make_judge(BEDROCK).verdict(RUBRIC, request("an answer here"), soon()).unquoted


def test_a_judge_that_never_quotes_is_read_and_said_to_be_one(serve):
    server = serve(lambda asked: Give({"reason": "It does a part.", "quality": "fair"}))
    judge = make_judge(BEDROCK)
    for text in ("one answer here", "another answer here"):
        verdict = judge.verdict(RUBRIC, request(text), soon())
        assert verdict.levels == {"quality": "fair"}
        assert [m.value for m in verdict.metrics() if m.name == "judge_unquoted"] == [1.0]
    assert len(server.asked) == 4  # both, and the control in both forms
    server.script = lambda asked: Give({"reason": "I cannot judge this.", "quality": "fair"})
    with pytest.raises(NoVerdict):
        judge.verdict(RUBRIC, request("a third answer"), soon())


def test_where_the_control_cannot_be_asked_a_verdict_without_a_sign_is_none(serve):
    def broken(asked):
        if "museum" in asked.text:
            return Fail(400, "ValidationException", "no")
        return Give({"reason": "a", "quality": "fair"})

    serve(broken)
    with pytest.raises(NoVerdict) as caught:
        make_judge(BEDROCK).verdict(RUBRIC, request(), soon())
    assert caught.value.cause == "unfounded"


def test_a_verdict_in_words_quotes_too(serve):
    def in_words(asked):
        tag = asked.text.split("call tag is ")[1][:16]
        fields = {"call_tag": tag, "reason": "a", "quote": "Oslo is the capital"}
        lines = [f"{name}: {value}" for name, value in {**fields, "quality": "fair"}.items()]
        return Say("\n".join(lines))

    serve(in_words)
    assert not make_judge(BEDROCK).verdict(RUBRIC, request(OSLO), soon()).unquoted
