"""Whether a judge is any good: its rewards against people's marks, and against themselves."""

from __future__ import annotations

import math
import time
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, get_args

from touchstone.contract import parse
from touchstone.groups import same
from touchstone.judge import Cause, asked_models
from touchstone.outcomes import Fault
from touchstone.templates import load_grader
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.backends import InProcess
from touchstone.workbench.rows.events import read_events
from touchstone.workbench.stats import Estimate, Share, bootstrap, spearman, wilson

Entry = Mapping[str, Any]
# Ours: a language with fewer rows than this tells nothing of a bias.
_FEWEST_OF_A_LANGUAGE = 5
_MARK = "mark"


@dataclass(frozen=True, slots=True)
class Marked:
    """A row with a person's mark.

    Attributes:
        row: The row, without the mark.
        mark: What the person gave, as a share of the scale.
        length: Of the completion, in characters.
        language: As the row says, or else the script of most of its letters.
    """

    row: dict[str, Any]
    mark: float
    length: int
    language: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What one judge is worth, over one set of rows.

    Attributes:
        judge: As the setting names it.
        rows: How many there are.
        scored: How many it brought a reward to.
        agreement: Rank correlation of rewards and marks, -1..1, by Spearman.
        off: Mean distance of reward and mark, 0..1.
        flips: Share of rows whose reward differs among repeated draws; ``None`` for one draw.
        position: Share of rows whose reward differs once levels are listed best first;
            ``None`` for a judge that asks no model.
        position_bias: How much higher rewards are, on average, once the best level is listed
            first: above 0, what is listed first is favoured. Unlike ``position`` it is about 0
            for a judge that only is not repeatable.
        length_bias: Rank correlation of what the reward is above the mark with the length of
            the completion: above 0, longer ones are favoured.
        language_bias: Language to how far its rewards are above its marks, on average, less
            what all rows' are; only with two languages of some rows each.
        verdicts: How many were asked for in those draws, one a row.
        faults: Cause to how many of those brought none.
        usd_per_row: ``None`` where a price is not known.
        tokens_per_row: Sent and made.
        seconds_per_row: At the grader's own concurrency.
    """

    judge: str
    rows: int
    scored: int
    agreement: Estimate | None
    off: Estimate | None
    flips: Share | None
    position: Share | None
    position_bias: Estimate | None
    length_bias: Estimate | None
    language_bias: dict[str, Estimate]
    verdicts: int
    faults: dict[str, int]
    usd_per_row: float | None
    tokens_per_row: tuple[float, float]
    seconds_per_row: float

    def as_json(self) -> dict[str, Any]:
        """Returns it as data."""
        return asdict(self)


def read_marked(file: str, scale: tuple[float, float]) -> list[Marked]:
    """Reads rows with a completion and a ``mark`` each.

    Raises:
        WorkbenchError: A row cannot be read, or has no mark within the scale; fewer than two
            different marks.
    """
    low, high = scale
    marked: list[Marked] = []
    for line in read_events(file):
        row = line.row
        if line.problem or not isinstance(row, dict):
            raise WorkbenchError(f"{line.place}: {line.problem or 'not a row'}")
        mark = row.get(_MARK)
        if isinstance(mark, bool) or not isinstance(mark, int | float) or not low <= mark <= high:
            raise WorkbenchError(
                f"{line.place}: its `{_MARK}` is {mark!r}, no number within {low:g}..{high:g}",
                "give each row the mark of a person; --scale says from where to where marks go",
            )
        (sample,) = parse([{key: row[key] for key in row if key != _MARK}]).rows
        if isinstance(sample, Fault):
            raise WorkbenchError(f"{line.place}: {sample.detail}")
        said = str(row.get("language") or _script(sample.completion))
        share = (mark - low) / (high - low)
        marked.append(Marked(sample.raw, share, len(sample.completion), said))
    if len({row.mark for row in marked}) < 2:
        raise WorkbenchError(
            f"{file}: every row has the same mark, which tells no judge from another"
        )
    return marked


def check(grader: str, judge: str, rows: Sequence[Marked], draws: int = 2) -> Checked:
    """Grades the rows with a judge, several times, and says what its rewards are worth.

    Args:
        grader: Name of a template or of an entry of graders.toml.
        judge: Instead of the grader's own, and alone: no panel votes with it.
        rows: With people's marks.
        draws: How often each row is judged; the first is held against the marks.

    Raises:
        SettingsError: There is no such grader, or no such judge.
        UnreachableJudge: The judge answers nobody.
    """
    own = load_grader(grader, overrides={"judge": judge}).settings.judge_options
    options = {**own, "panel": []}
    began = time.monotonic()
    drawn = [_graded(grader, judge, options, rows) for _ in range(draws)]
    took = (time.monotonic() - began) / (draws * len(rows))
    turned: list[Entry] = []
    if asked_models(judge):
        turned = _graded(grader, judge, {**options, "levels_first": "best"}, rows)
    rewards = [_reward(entry) for entry in drawn[0]]
    pairs = [(row, reward) for row, reward in zip(rows, rewards, strict=True) if reward is not None]
    entries = [entry for draw in drawn for entry in draw]
    return Checked(
        judge=judge,
        rows=len(rows),
        scored=len(pairs),
        agreement=_estimated([(reward, row.mark) for row, reward in pairs], spearman),
        off=_estimated([abs(reward - row.mark) for row, reward in pairs], fmean),
        flips=_differing(drawn) if draws > 1 else None,
        position=_differing([drawn[0], turned]) if turned else None,
        position_bias=_estimated(_gained(drawn[0], turned), fmean) if turned else None,
        length_bias=_estimated(
            [(reward - row.mark, math.log(1 + row.length)) for row, reward in pairs], spearman
        ),
        language_bias=_by_language(pairs),
        verdicts=len(entries),
        faults=_faults(entries),
        usd_per_row=_usd(entries),
        tokens_per_row=(
            _summed(entries, "judge_input_tokens") / len(entries),
            _summed(entries, "judge_output_tokens") / len(entries),
        ),
        seconds_per_row=took,
    )


def _graded(
    grader: str, judge: str, options: Mapping[str, Any], rows: Sequence[Marked]
) -> list[Entry]:
    # Its own process-wide memory: an answer that is remembered is no second draw.
    overrides = {"judge": judge, "judge_options": dict(options), "unscored": "neutral"}
    with InProcess(load_grader(grader, overrides=overrides)) as backend:
        return [*backend([row.row for row in rows])]


def _reward(entry: Entry) -> float | None:
    return entry["aggregate_reward_score"] if entry["outcome"] == "scored" else None


def _estimated(items: Sequence[Any], statistic: Any) -> Estimate | None:
    return bootstrap(items, statistic) if len(items) > 1 else None


def _differing(draws: Sequence[Sequence[Entry]]) -> Share | None:
    """Returns the share of rows, scored in every draw, whose rewards are not all the same."""
    of_rows = [[_reward(entry) for entry in row] for row in zip(*draws, strict=True)]
    rewards = [[one for one in row if one is not None] for row in of_rows if None not in row]
    if not rewards:
        return None
    flipped = sum(not same(min(row), max(row)) for row in rewards)
    return wilson(flipped / len(rewards), len(rewards))


def _gained(before: Sequence[Entry], after: Sequence[Entry]) -> list[float]:
    """Returns by how much the reward of each row differs that was scored both times."""
    pairs = [(_reward(one), _reward(other)) for one, other in zip(before, after, strict=True)]
    return [new - old for old, new in pairs if old is not None and new is not None]


def _by_language(pairs: Sequence[tuple[Marked, float]]) -> dict[str, Estimate]:
    rows = Counter(row.language for row, _ in pairs)
    told = [name for name, count in rows.most_common() if count >= _FEWEST_OF_A_LANGUAGE]
    if len(told) < 2:
        return {}
    whole = fmean(reward - row.mark for row, reward in pairs)
    return {
        name: bootstrap(
            [reward - row.mark - whole for row, reward in pairs if row.language == name], fmean
        )
        for name in told
    }


def _faults(entries: Sequence[Entry]) -> dict[str, int]:
    causes = {f"judge_{cause}": cause for cause in get_args(Cause)}
    found = Counter(
        causes[metric["name"]]
        for entry in entries
        for metric in entry["metrics_list"]
        if metric["name"] in causes
    )
    return dict(found.most_common())


def _usd(entries: Sequence[Entry]) -> float | None:
    if _summed(entries, "judge_cost_unknown"):
        return None
    return _summed(entries, "judge_cost_usd") / len(entries)


def _summed(entries: Sequence[Entry], name: str) -> float:
    return sum(
        metric["value"]
        for entry in entries
        for metric in entry["metrics_list"]
        if metric["name"] == name
    )


def _script(text: str) -> str:
    """Returns the script of most letters of a text, as Unicode names it."""
    names = (unicodedata.name(char, "?").partition(" ")[0] for char in text if char.isalpha())
    return next((name.lower() for name, _ in Counter(names).most_common(1)), "none")
