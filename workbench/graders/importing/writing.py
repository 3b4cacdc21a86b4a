"""Writes what was read: one readable reward file, or the settings of a rubric, and the entry."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.sanitize import visible
from touchstone.usercode.policy_check import check_policy
from touchstone.usercode.source import MAX_BYTES
from touchstone.workbench.graders.entry import entry
from touchstone.workbench.graders.importing.judged import shown_as
from touchstone.workbench.graders.importing.model import WHOLE, Imported, Judged, NotImported, Piece
from touchstone.workbench.graders.importing.programs import inside, number, quoted

_WIDTH = 100
# E.g. `{{ item.reference_answer }}`; not `{{ item.answer.text }}`
_FIELD = re.compile(r"\{\{ item\.([^\W\d]\w*) \}\}")
_REFERENCE = "reference_answer"
_REFERENCE_REPLY = "reference reply"


@dataclass(frozen=True, slots=True)
class Written:
    """A grader as files hold it.

    Attributes:
        code: The reward file's text, ``""`` where a template's settings say all.
        template: The template, where they do.
        policy: Of the code.
        capabilities: Of the code.
        settings: The entry's settings.
        deploy: It may become a function as it is.
    """

    code: str = ""
    template: str = ""
    policy: str = "restricted"
    capabilities: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    deploy: bool = True

    def entry(self, name: str, code: str) -> str:
        """Returns the entry of graders.toml.

        Args:
            name: Of the grader.
            code: The reward file, relative to graders.toml.
        """
        made: dict[str, Any] = {"template": self.template} if self.template else {"code": code}
        if not self.template and self.policy != "restricted":
            made["policy"] = self.policy
        if not self.template and self.capabilities:
            made["capabilities"] = list(self.capabilities)
        if not self.deploy:
            made["deploy"] = False
        return entry(name, made, self.settings)


def write(made: Imported, origin: str) -> Written:
    """Returns a grader's files.

    Args:
        made: The grader.
        origin: The file that it was read from.

    Raises:
        NotImported: Its parts ask different judges.
    """
    if made.template:
        return Written(template=made.template, settings=dict(made.settings))
    judges = sorted({piece.judged.judge for piece in made.pieces if piece.judged})
    if len(judges) > 1:
        raise NotImported(
            f"{origin}: its graders ask {len(judges)} judges ({', '.join(judges)}), "
            "and a grader has one",
            "name it: --judge bedrock:MODEL",
        )
    settings: dict[str, Any] = {}
    if made.bounds != WHOLE:
        settings["bounds"] = list(made.bounds)
    if judges:
        settings["judge"] = judges[0]
        asked = [piece.judged for piece in made.pieces if piece.judged]
        if options := _options(asked):
            settings["judge_options"] = options
    deploy = judges != ["offline"]
    only = made.pieces[0] if len(made.pieces) == 1 else None
    if only and only.judged and (shown := _as_fields(only.judged)):
        settings |= _rubric_settings(only, only.judged, shown)
        return Written(template="rubric", settings=settings, deploy=deploy)
    if libraries := sorted({one for piece in made.pieces for one in piece.libraries}):
        settings["libraries"] = libraries
    code = _file(made, origin)
    if (size := len(code.encode())) > MAX_BYTES:
        raise NotImported(f"{origin}: is {size:,} bytes as a reward file; at most {MAX_BYTES:,}")
    _, violations = check_policy(code, origin)
    return Written(
        code,
        policy="full" if violations else "restricted",
        capabilities=("judge",) if judges else (),
        settings=settings,
        deploy=deploy,
    )


def _options(asked: list[Judged]) -> dict[str, Any]:
    """Returns how the judge is asked: where they differ, the most tokens and the least chance."""
    found: dict[str, Any] = {}
    for judged in asked:
        for key, value in judged.options.items():
            pick = min if key == "temperature" else max
            found[key] = pick(value, found.get(key, value))
    return found


def _as_fields(judged: Judged) -> dict[str, str]:
    """Returns what the judge is shown as fields of a row, by the names in the instructions.

    Empty where a rubric's settings cannot say it: where a text is more than a field, or the
    reference is not among them, which a rubric would show all the same.
    """
    found = {name: _FIELD.fullmatch(text) for name, text in judged.context.items()}
    fields = {name: match[1] for name, match in found.items() if match}
    plain = len(fields) == len(found) and not {"prompt", "messages"} & set(fields.values())
    return fields if plain and _REFERENCE in fields.values() else {}


def _rubric_settings(piece: Piece, judged: Judged, shown: Mapping[str, str]) -> dict[str, Any]:
    instructions = judged.instructions
    for name, field_name in shown.items():
        own = _REFERENCE_REPLY if field_name == _REFERENCE else field_name.replace("_", " ")
        instructions = instructions.replace(f"[{shown_as(name)}]", f"[{shown_as(own)}]")
    contexts = [one for one in shown.values() if one != _REFERENCE]
    levels = [{"label": label, "description": "", "value": v} for label, v in judged.levels]
    settings: dict[str, Any] = {
        "contexts": contexts,
        "required": [*contexts, _REFERENCE_REPLY.replace(" ", "_")],
        "instructions": instructions,
        "criteria": [{"name": piece.name, "question": judged.question, "levels": levels}],
    }
    if piece.bounds != WHOLE:
        settings["formula"] = _scaled(piece, piece.name)
    return settings


def _file(made: Imported, origin: str) -> str:
    pieces = made.pieces
    alone = pieces[0] if len(pieces) == 1 else None
    if alone and alone.source and not alone.body:
        return alone.source.rstrip() + "\n"
    uses = {name for piece in pieces for name in piece.uses} | {"scored"}
    if any(piece.judged and piece.judged.context for piece in pieces):
        uses.add("filled")
    modules = {name for piece in pieces for name in piece.modules}
    modules |= {"math"} if "math." in made.reward else set()
    head = f'"""{_title(made, origin)}"""\n\n'
    head += "".join(f"import {module}\n" for module in sorted(modules))
    head += "\n" if modules else ""
    imports = f"from touchstone.kit import {', '.join(sorted(uses))}\n"
    parts = [head + imports]
    parts += [
        f"{piece.name.upper()} = {_python(_rubric(piece, piece.judged))}\n"
        for piece in pieces
        if piece.judged
    ]
    parts += map(_function, pieces)
    return "\n\n".join([*parts, _grade(made)])


def _title(made: Imported, origin: str) -> str:
    named = f"{made.name!r}" if made.name else "a grader"
    return _safe(f"{named} of {made.service}, imported from {origin}.")


def _safe(text: str) -> str:
    """Returns a text as a docstring may hold it, in one line."""
    plain = " ".join(visible(text).split()).replace("\\", "\\\\").replace('"', "'")
    return textwrap.shorten(plain, _WIDTH - 12, placeholder=" ...").rstrip("\\")


def _function(piece: Piece) -> str:
    if piece.judged:
        return _asking(piece, piece.judged)
    program = ""
    if piece.source:
        own = f"{piece.name}_source"
        program = (
            f"def {own}():\n    # The program as it came.\n{inside(piece.source)}\n\n"
            f"    return {piece.function}\n\n\n"
        )
        if not piece.body:
            return f"{program}{piece.name} = {own}()\n"
        program += f"{piece.name}_program = {own}()\n\n\n"
    lines = "\n".join(f"    {line}" for line in piece.body)
    return f'{program}def {piece.name}(sample, item):\n    """{_safe(piece.said)}"""\n{lines}\n'


def _asking(piece: Piece, judged: Judged) -> str:
    shown = "".join(
        f"        {quoted(name)}: filled({quoted(text)}, sample, item),\n"
        for name, text in judged.context.items()
    )
    context = f"{{\n{shown}    }}" if shown else "{}"
    value = f'verdict["values"]["{piece.name}"]'
    scaled = value if piece.bounds == WHOLE else _scaled(piece, value)
    return (
        f'def {piece.name}(sample, item, judge):\n    """{_safe(piece.said)}"""\n'
        f"    context = {context}\n"
        f"    verdict = judge({piece.name.upper()}, context=context)\n"
        f"    return {scaled}\n"
    )


def _scaled(piece: Piece, value: str) -> str:
    """Returns a formula of what a value within 0..1 is within the bounds of a piece."""
    low, high = map(float, piece.bounds)
    if low.is_integer() and high.is_integer():
        return f"{number(low)} + {number(high - low)} * {value}"
    # 0.1 + 0.2 is more than 0.3, and a reward outside its bounds is no score.
    return f"{number(low)} * (1 - {value}) + {number(high)} * {value}"


def _rubric(piece: Piece, judged: Judged) -> dict[str, Any]:
    levels = [{"label": label, "value": value} for label, value in judged.levels]
    return {
        "criteria": [{"name": piece.name, "question": judged.question, "levels": levels}],
        "instructions": judged.instructions,
    }


def _grade(made: Imported) -> str:
    judged = any(piece.judged for piece in made.pieces)
    head = f"def grade(sample, item{', judge' if judged else ''}):\n"
    if not made.reward:
        (piece,) = made.pieces
        return f'{head}    """Returns its score."""\n    return {_call(piece)}\n'
    scores = "".join(f'        "{p.name}": {_call(p)},\n' for p in made.pieces)
    # Only what lies within 0..1 can be a criterion; the rest is shown as a metric.
    within = [p.name for p in made.pieces if p.bounds == WHOLE and not p.source]
    rest = [p.name for p in made.pieces if p.name not in within]
    result = ['"reward": reward']
    for key, names in (("criteria", within), ("metrics", rest)):
        if names and len(names) == len(made.pieces):
            result.append(f'"{key}": scores')
        elif names:
            chosen = [f'"{n}": scores["{n}"]' for n in names]
            result.append(f'"{key}": {{{_broken(", ", chosen, 8)}}}')
    told = ",\n        ".join(result)
    reward = _broken(" + ", made.reward.split(" + "), 4)
    reward = f"({reward})" if "\n" in reward else reward
    return (
        f'{head}    """Returns the reward, and the scores that it is made of."""\n'
        f"    scores = {{\n{scores}    }}\n"
        f"    reward = {reward}\n    return {{\n        {told},\n    }}\n"
    )


def _broken(mark: str, parts: list[str], indent: int) -> str:
    """Returns parts on one line, or on a line each where they would not fit into it."""
    if len(line := mark.join(parts)) < _WIDTH - indent - 20:
        return line
    pad = " " * indent
    inner = "".join(
        f"{pad}    {part}{mark.rstrip() if n < len(parts) or mark == ', ' else ''}\n"
        for n, part in enumerate(parts, 1)
    )
    return f"\n{inner}{pad}"


def _call(piece: Piece) -> str:
    row = "sample, item, judge" if piece.judged else "sample, item"
    lowest = f", lowest={number(piece.bounds[0])}" if piece.bounds[0] else ""
    return f"scored({piece.name}, {row}{lowest})"


def _python(value: Any, indent: int = 0) -> str:
    """Returns data as Python, a line for each part that would not fit into one."""
    pad = " " * (indent + 4)
    if isinstance(value, str) and "\n" in value:
        lines = "".join(f"{pad}{quoted(line)}\n" for line in value.splitlines(keepends=True))
        return f"(\n{lines}{' ' * indent})"
    short = quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (len(short) < _WIDTH - 30 and "\\n" not in short):
        return short
    if isinstance(value, list):
        parts = [_python(one, indent + 4) for one in value]
        left, right = "[", "]"
    else:
        parts = [f"{quoted(key)}: {_python(one, indent + 4)}" for key, one in value.items()]
        left, right = "{", "}"
    inner = "".join(f"{pad}{part},\n" for part in parts)
    return f"{left}\n{inner}{' ' * indent}{right}"
