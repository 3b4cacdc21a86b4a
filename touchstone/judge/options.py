"""How a judge is asked: everything that the ``judge`` setting's one string does not say."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from touchstone.settings import ThinkingMarks

Vote = Literal["median", "majority", "mean"]
PositiveInt = Annotated[int, msgspec.Meta(ge=1)]


class JudgeOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set on every judge that asks a model.

    Attributes:
        samples: Answers drawn per verdict, which vote. More than one is only worth its price
            with a temperature above 0.
        panel: Further judges that vote on every verdict, in the ``judge`` setting's form.
        vote: How the levels of samples and of a panel are joined: ``median`` (the lower one of
            two), ``majority`` (ties fall to the median) or ``mean`` of the values, which tells
            apart what levels alone do not.
        temperature: 0 for the most repeatable answers.
        max_tokens: Longest answer; a longer one is the fault ``truncated``.
        concurrency: Calls in flight at the same time in this process.
        requests_per_minute: Most calls in any 60 s in this process; ``None`` for no limit.
        tokens_per_minute: Most tokens (sent, plus the longest answer) in any 60 s.
        call_timeout_s: Longest that one call may take, where more time is left.
        prices: Model to USD per million input and output tokens; goes before the table.
        api_key_env: Environment variable that holds the key of an ``openai:`` endpoint.
        levels_first: Which end of a criterion's levels is listed first, ``worst`` or ``best``.
            A judge whose verdicts depend on it goes by position.
        thinking_marks: Pairs of marks between which the judge thinks, beside those that are known.
        record: File to which every verdict is added, for ``recorded:<file>`` to replay.
    """

    samples: Annotated[int, msgspec.Meta(ge=1, le=15)] = 1
    panel: list[str] = []
    vote: Vote = "median"
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.0
    max_tokens: Annotated[int, msgspec.Meta(ge=64, le=32_768)] = 1024
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=256)] = 32
    requests_per_minute: PositiveInt | None = None
    tokens_per_minute: PositiveInt | None = None
    call_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=900)] = 60.0
    prices: dict[str, tuple[float, float]] = {}
    api_key_env: str = "OPENAI_API_KEY"
    levels_first: Literal["worst", "best"] = "worst"
    thinking_marks: ThinkingMarks = []
    record: str | None = None
