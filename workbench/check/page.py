"""A report as one HTML page, which loads nothing and runs nothing, whatever a completion says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from touchstone.workbench.check.probes import PROBES
from touchstone.workbench.check.run import Report
from touchstone.workbench.check.show import again
from touchstone.workbench.check.trial import Answered
from touchstone.workbench.check.verdict import Status, Verdict
from touchstone.workbench.pages import render

_WORDS: dict[Status, tuple[str, str]] = {
    "holds": ("holds", "good"),
    "falls_short": ("falls short", "bad"),
    "not_tried": ("not tried", "soft"),
}
_FACTS = ("function", "judge", "rows_from", "version", "seed")


def check_page(report: Report) -> str:
    """Returns the page: the verdict, what fell short with its smallest input, every probe."""
    return render(
        "check.html.j2",
        report=report,
        facts=list(_facts(report)),
        tiles=list(_tiles(report)),
        short=[(one, _share(one), list(_trials(one))) for one in report.fell_short],
        again=again(report),
        probes=list(_probes(report)),
    )


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    for key in _FACTS:
        value = getattr(report, key)
        if value != "":
            yield key.replace("_", " ").capitalize(), str(value)


def _tiles(report: Report) -> Iterator[tuple[str, str, str]]:
    tried = [one for one in report.verdicts if one.status != "not_tried"]
    yield "Holds", str(len(tried) - len(report.fell_short)), f"of {len(tried)} verdicts"
    yield "Falls short", str(len(report.fell_short)), "with the smallest input below"
    yield "Not tried", str(len(report.verdicts) - len(tried)), "for want of rows, time or money"
    yield "Rows asked", f"{report.rows:,}", f"in {report.seconds:,.1f} s"
    yield "Judge", f"${report.usd:,.4f}", "as the replies tell"


def _probes(report: Report) -> Iterator[tuple[str, list[tuple[Verdict, str, str, str]]]]:
    """Yields each probe's question with its verdicts, in the order of the report."""
    asks = {probe.name: probe.question for probe in PROBES}
    for name, verdicts in groupby(report.verdicts, lambda one: one.probe.partition(":")[0]):
        rows = [(one, *_WORDS[one.status], _interval(one)) for one in verdicts]
        yield asks.get(name, name), rows


def _trials(verdict: Verdict) -> Iterator[tuple[str, Answered]]:
    if verdict.smallest is not None:
        yield verdict.smallest.trial.name, verdict.smallest
    if verdict.beside is not None:
        yield f"beside it, {verdict.beside.trial.name}", verdict.beside


def _share(verdict: Verdict) -> str:
    return f"{verdict.failed} of {verdict.tried} {verdict.of}" if verdict.tried else ""


def _interval(verdict: Verdict) -> str:
    share = verdict.share
    return f"{share.low:.1%} to {share.high:.1%}" if share else ""
