"""The dataset without the prompts that teach nothing: always solved, or never."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from touchstone.groups import EQUAL
from touchstone.workbench.forecast.rollouts import Rollout, Rollouts, key_of_dataset_row
from touchstone.workbench.jobs.output import replacing
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import DataError


@dataclass(frozen=True, slots=True)
class Curated:
    """What became of the dataset's rows.

    Attributes:
        kept: Written, byte for byte as they were.
        always_right: Left out: every rollout got the highest reward.
        always_wrong: Left out: every rollout got 0 or less.
        unsampled: Of the kept ones, those with no graded rollout.
        too_few: Of the kept ones, those that look flat, with too few rollouts to say so.
    """

    kept: int
    always_right: int
    always_wrong: int
    unsampled: int
    too_few: int

    def as_json(self) -> dict[str, int]:
        """Returns the counts."""
        return asdict(self)


def check_output(output: Path, inputs: Iterable[str | Path]) -> None:
    """Refuses an output that is one of the inputs, or no file that could be replaced.

    Raises:
        DataError: It is; names it.
    """
    place = output.resolve()
    for given in inputs:
        if place == Path(given).resolve():
            raise DataError(f"{output}: would replace {given}, which is read; name another")
    if place.is_dir():
        raise DataError(f"{output}: is a folder; name a file in it")
    if place.exists() and not place.is_file():
        raise DataError(f"{output}: is no regular file; name one")


def curate(
    train: str, output: Path, rollouts: Rollouts, *, least: int, top: float = 1.0
) -> Curated:
    """Writes the dataset's rows but those whose prompt always or never succeeded.

    Args:
        train: The dataset.
        output: Where the rest goes; is replaced as a whole.
        rollouts: Graded rollouts of its prompts.
        least: Scored rollouts that a prompt needs before it is left out.
        top: The highest reward, as ``top_of`` tells it.

    Raises:
        DataError: The dataset cannot be read, or the output is no file of its own.
        OSError: The output cannot be written.
    """
    check_output(output, [train])
    counts: Counter[str] = Counter()
    with replacing(output) as sink:
        for line in read_lines(train):
            key = key_of_dataset_row(line.row) if line.row is not None else None
            group = rollouts.groups.get(key, []) if key else []
            fate = _fate(group, least, top, spoilt=key in rollouts.unscored_prompts)
            counts[fate] += 1
            if not fate.startswith("always"):
                sink.write(line.raw + b"\n")
    left_out = counts["always_right"] + counts["always_wrong"]
    return Curated(
        kept=counts.total() - left_out,
        always_right=counts["always_right"],
        always_wrong=counts["always_wrong"],
        unsampled=counts["unsampled"],
        too_few=counts["too_few"],
    )


def _fate(group: Sequence[Rollout], least: int, top: float, *, spoilt: bool) -> str:
    if not group:
        return "unsampled"
    rewards = [rollout.reward for rollout in group]
    right, wrong = min(rewards) >= top - EQUAL, max(rewards) <= EQUAL
    if spoilt or not (right or wrong):
        return "kept"
    if len(group) < least:
        return "too_few"
    return "always_right" if right else "always_wrong"
