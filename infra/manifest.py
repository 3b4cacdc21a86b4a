"""What a stack says of its graders: read by ``touchstone deploy``, of the new one and the old."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from touchstone.infra.names import output_name
from touchstone.infra.settings import Deployed, Stage, function_name


def manifest(deployed: Sequence[Deployed], stage: Stage) -> str:
    """Returns the stack's graders by name, with what a person would call a change of each.

    Of each: ``function`` and ``output`` (names), and what it is made of: ``of`` (template or
    file), ``settings`` and ``deploy``, those that are not the defaults. JSON in a text, since a
    template's own JSON has no fractions.
    """
    return json.dumps({one.grader.name: _of(one, stage) for one in deployed})


def _of(one: Deployed, stage: Stage) -> dict[str, Any]:
    return {
        "function": function_name(one, stage),
        "output": f"Grader{output_name(one.grader.name)}Arn",
        "of": one.entry.code or one.grader.template.name,
        "settings": _changed(one.grader.settings),
        "deploy": _changed(one.function),
    }


def _changed(settings: msgspec.Struct) -> dict[str, Any]:
    defaults, now = (msgspec.to_builtins(one) for one in (type(settings)(), settings))
    return {key: value for key, value in now.items() if value != defaults[key]}
