"""Money and time: what a row costs, and who holds and judges it."""

from __future__ import annotations

from collections.abc import Iterator

from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.verdict import Verdict, not_tried

_JOB_ROLLOUTS = 10_000  # to multiply by; `job plan` reckons with a job's own numbers


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields one verdict, which tells and does not judge."""
    if not subject.rows:
        yield not_tried("cost", "no row was asked")
        return
    seconds, usd = subject.seconds / subject.rows, subject.usd / subject.rows
    level = (
        f"; programs were held at isolation level {subject.isolation}" if subject.isolation else ""
    )
    judge = "; the offline stand-in judged, which costs nothing" if subject.stood_in else ""
    unknown = "; what its judge costs is not known" if subject.usd_unknown else ""
    said = (
        f"{seconds * 1000:.3g} ms and {usd:.3g} USD a row over {subject.rows} rows; "
        f"{_JOB_ROLLOUTS:,} rollouts: {_JOB_ROLLOUTS * seconds:.3g} s one after the other, "
        f"{_JOB_ROLLOUTS * usd:.3g} USD of judges{unknown}{judge}{level}"
    )
    yield Verdict(
        "cost", "holds", said, subject.rows, 0, "rows",
        seen={"seconds_per_row": seconds, "usd_per_row": None if subject.usd_unknown else usd,
              "isolation": subject.isolation, "stood_in": subject.stood_in},
    )  # fmt: skip
