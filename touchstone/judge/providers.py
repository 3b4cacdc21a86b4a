"""Which judges there are: what a ``judge`` setting may look like, and who answers it.

Nothing that talks to a model is imported before a judge of that kind is opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.judge.options import JudgeOptions
from touchstone.judge.types import Judge
from touchstone.settings import SettingsError, near

if TYPE_CHECKING:
    from touchstone.judge.caller import Caller
    from touchstone.judge.transport import Transport


@dataclass(frozen=True, slots=True)
class Provider:
    """One kind of judge.

    Attributes:
        form: Its setting, as a message shows it.
        setting: What its setting looks like. One that names a ``model`` asks it, which takes
            time on the network and may cost money.
        open: The options, and what the setting's groups hold, to the judge.
        reach: The same to the way to its model; ``None`` of a judge that asks none.
        aws_action: What AWS must allow whoever asks, empty where AWS is not asked.
    """

    form: str
    setting: re.Pattern[str]
    open: Callable[..., Judge]
    reach: Callable[..., Transport] | None = None
    aws_action: str = ""


@dataclass(frozen=True, slots=True)
class AskedModel:
    """A model that a judge asks.

    Attributes:
        name: As its service knows it.
        aws_action: See :class:`Provider`.
    """

    name: str
    aws_action: str


def open_judge(setting: str, options: JudgeOptions) -> Judge:
    """Returns the judge of one setting.

    Raises:
        SettingsError: The setting has no known form.
    """
    provider, parts = _read(setting)
    return provider.open(options, **parts)


def open_caller(setting: str, options: JudgeOptions) -> Caller:
    """Returns the model of one setting, to be asked something else than for a verdict.

    Raises:
        SettingsError: The setting has no known form, or asks no model.
    """
    from touchstone.judge.caller import Caller

    provider, parts = _read(setting)
    if provider.reach is None:
        raise SettingsError(f"judge {setting.strip()!r} asks no model", "judge")
    return Caller(provider.reach(options, **parts), options)


def asked_models(*settings: str) -> list[AskedModel]:
    """Returns the models that judges of these settings ask; some judges ask none.

    Raises:
        SettingsError: A setting has no known form.
    """
    read = [_read(setting) for setting in settings]
    return [AskedModel(parts["model"], by.aws_action) for by, parts in read if "model" in parts]


def _read(setting: str) -> tuple[Provider, dict[str, str]]:
    for provider in PROVIDERS:
        if match := provider.setting.fullmatch(setting.strip()):
            return provider, match.groupdict()
    forms = {provider.form.partition(":")[0]: provider.form for provider in PROVIDERS}
    kind = setting.strip().partition(":")[0]
    meant = forms.get(kind) or forms.get(near(kind, forms))
    *first, last = map(repr, forms.values())
    told = f"; did you mean {meant!r}?" if meant else f"; it is {', '.join(first)} or {last}"
    raise SettingsError(f"judge {setting.strip()!r} is none{told}")


def _offline(_options: JudgeOptions) -> Judge:
    from touchstone.judge.offline import OfflineJudge

    return OfflineJudge()


def _judge_over(reach: Callable[..., Transport]) -> Callable[..., Judge]:
    def opened(options: JudgeOptions, **parts: str) -> Judge:
        from touchstone.judge.model import model_judge

        return model_judge(reach(options, **parts), options)

    return opened


def _bedrock(options: JudgeOptions, model: str) -> Transport:
    from touchstone.judge.bedrock import Bedrock

    return Bedrock(model, options)


def _openai(options: JudgeOptions, base: str, model: str) -> Transport:
    from touchstone.judge.openai import OpenAI

    return OpenAI(base.rstrip("/"), model, options)


def _recorded(_options: JudgeOptions, file: str) -> Judge:
    from touchstone.judge.recorded import RecordedJudge

    return RecordedJudge(file)


PROVIDERS = (
    Provider("offline", re.compile("offline"), _offline),
    Provider(
        "bedrock:<model>",
        re.compile("bedrock:(?P<model>.+)"),
        _judge_over(_bedrock),
        _bedrock,
        aws_action="bedrock:InvokeModel",  # Converse is authorised by it too
    ),
    Provider(
        "openai:<base url>#<model>",
        re.compile("openai:(?P<base>https?://[^#]{0,2000})#(?P<model>.+)"),
        _judge_over(_openai),
        _openai,
    ),
    Provider("recorded:<file>", re.compile("recorded:(?P<file>.+)"), _recorded),
)
