"""What AWS's jobs and recipes name as their reward: a preset, an evaluator, a Lambda function.

A name is resolved without an account where that can be done; an evaluator's document and a
function's code are fetched from the account only when asked for.

Sources: Amazon SageMaker's guide, "Implementing reward functions" and "Evaluate with preset and
custom scorers"; the recipes of aws/sagemaker-hyperpod-recipes; sagemaker-python-sdk's
``ai_registry``; the presets' rules are those of verl's ``utils/reward_score``.
"""

from __future__ import annotations

import ast
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from touchstone.jsontext import strict_json
from touchstone.sanitize import one_line
from touchstone.usercode.source import MAX_BYTES
from touchstone.workbench.aws import asking, client
from touchstone.workbench.graders.importing import lambdas
from touchstone.workbench.graders.importing.model import Choices, Imported, Node, NotImported, Piece
from touchstone.workbench.graders.importing.programs import imported, quoted

# E.g. `arn:aws:lambda:us-east-1:123456789012:function:reward:live`
_LAMBDA = re.compile(r"arn:aws[\w-]*+:lambda:([\w-]*+):\d{12}:function:([\w-]++)[\w:$-]*+")
# E.g. `arn:aws:sagemaker:us-east-1:123456789012:hub-content/hub/JsonDoc/reward/0.0.1`
_EVALUATOR = re.compile(
    r"arn:aws[\w-]*+:sagemaker:([\w-]*+):\d{12}:hub-content/([\w-]++)/JsonDoc/([\w-]++)(?:/([\w.]++))?"
)
_PRESET = "preset_reward_function"
_SUBTYPE = "AWS/Evaluator"
_LARGEST = 50 << 20  # of a package; Lambda takes no larger one directly
_TIMEOUT_S = 60
_ANSWER = "{{ item.reference_answer }}"


@dataclass(frozen=True, slots=True)
class _Preset:
    """A reward of AWS's own.

    Attributes:
        said: What it is.
        notes: What is other than there.
        template: The template that is nearest to it, ``""`` where a line of code is the same.
        settings: Of the template.
        templates: What it reads of a row.
    """

    said: str
    notes: tuple[str, ...]
    template: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    templates: tuple[str, ...] = (_ANSWER,)


_MATH = {"weights": {"answer_correct": 1.0}}
_PRESETS = {
    "gsm8k": _Preset(
        "verl's gsm8k",
        (
            "there only a number behind `####` counts, equal to the reference as a text; here "
            "every statement of an answer counts, and every way of writing the same number",
            "a completion that states two different answers is wrong here",
        ),
        "math_reasoning",
        _MATH,
    ),
    "prime_math": _Preset(
        "verl's prime_math",
        (
            "there an answer is found behind words such as `answer is` or in a box, and must hold "
            "a digit; here every statement of an answer counts, in words and text too",
            "there a fraction that is not reduced is wrong and units are cut away; here equal "
            "values are equal, and units convert",
            "a completion that states two different answers is wrong here",
        ),
        "math_reasoning",
        _MATH,
    ),
    "prime_code": _Preset(
        "verl's prime_code",
        (
            "the share of tests that pass, as there; there at most the first ten count where not "
            "all pass, here all",
            "rows hold `inputs` and `outputs` (and `fn_name`) in their reference, as there",
        ),
        "code_verification",
        {"weights": {"tests_passed": 1.0}},
        (),
    ),
    "exact_match": _Preset(
        "exact_match",
        ("AWS does not say whether white space counts; here it does, --trim leaves it out",),
    ),
}


def find(node: Node) -> Node | None:
    """Returns a file of AWS's that names a reward; ``None`` for another file."""
    return node if any(True for _ in _references(node)) else None


def read(node: Node, choices: Choices) -> Imported:
    """Reads what :func:`find` found.

    Raises:
        NotImported: It names several rewards, or one that cannot be resolved.
        ServiceError: It is to be fetched, and cannot be.
    """
    named: dict[str, Node] = {}
    for one in _references(node):
        named.setdefault(str(one.value), one)
    if len(named) > 1:
        places = "".join(f"\n  {one.place}: {one_line(text, 200)}" for text, one in named.items())
        raise node.refuse(f"names {len(named)} rewards:{places}", "leave one of them in the file")
    ((text, place),) = named.items()
    if found := _EVALUATOR.fullmatch(text):
        return _evaluator(place, found, choices)
    if found := _LAMBDA.fullmatch(text):
        return _function(place, found, choices)
    return _preset(place, choices)


def _references(node: Node) -> Iterator[Node]:
    """Yields every ARN of a function or an evaluator, and every preset."""
    value: Any = node.value
    if isinstance(value, dict):
        if value.get("SubType") == _SUBTYPE or "HubContentDocument" in value:
            yield from _references(_document(node))
            return
        for key in value:
            if node.has(key):
                part = node.at(key)
                if key == _PRESET and isinstance(part.value, str):
                    yield from [part] if part.value else []
                else:
                    yield from _references(part)
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from _references(node.at(place))
    elif isinstance(value, str):
        for kind in (_LAMBDA, _EVALUATOR):
            if found := kind.search(value):
                yield node.holding(found[0])


def _document(node: Node) -> Node:
    """Returns what the document of an evaluator refers to.

    Raises:
        NotImported: It is no such document, or is a prompt.
    """
    for key in ("HubContentDocument", "JsonContent"):
        if node.has(key):
            text = node.text(key)
            try:
                data = strict_json(text)
            except (ValueError, RecursionError) as exc:
                raise node.at(key).refuse(f"not JSON: {one_line(str(exc))}") from exc
            return _document(node.at(key).holding(data))
    kind = node.text("EvaluatorType", "")
    if kind == "RewardPrompt":
        raise node.refuse(
            "is a prompt for a judge, whose form AWS does not publish",
            "write it as a rubric: templates/rubric/README.md",
        )
    if kind not in ("RewardFunction", ""):
        raise node.at("EvaluatorType").refuse(f"{one_line(kind, 60)} is not known")
    return node.at("Reference")


def _preset(node: Node, choices: Choices) -> Imported:
    name = node.value
    if name not in _PRESETS:
        raise node.refuse(f"{one_line(name, 60)!r} is none of {', '.join(_PRESETS)}")
    preset = _PRESETS[name]
    notes = (f"{name} is not run here: {preset.template or 'a comparison'} stands in its place",)
    if preset.template:
        piece = Piece("reward_value", preset.said, templates=preset.templates)
        return Imported(
            lambdas.SERVICE, name, (piece,), notes=(*notes, *preset.notes),
            template=preset.template, settings=preset.settings,
        )  # fmt: skip
    trim = ".strip()" if choices.trim else ""
    lines = (
        f'text = sample["output_text"]{trim}',
        f"wanted = filled({quoted(_ANSWER)}, sample, item){trim}",
        "return float(text == wanted)",
    )
    uses = frozenset({"filled"})
    piece = Piece("exact_match", preset.said, lines, uses=uses, templates=preset.templates)
    return Imported(lambdas.SERVICE, name, (piece,), notes=(*notes, *preset.notes))


def _evaluator(node: Node, found: re.Match[str], choices: Choices) -> Imported:
    """Reads what an evaluator in a hub of SageMaker refers to."""
    region, hub, name, version = found.groups()
    if not choices.fetch:
        raise node.refuse(
            f"names the evaluator {found[0]}, whose document is not in the file",
            "--fetch reads it from the account",
        )
    asked = {"HubName": hub, "HubContentType": "JsonDoc", "HubContentName": name}
    with asking(f"sagemaker:DescribeHubContent on {found[0]}"):
        told = client("sagemaker", region).describe_hub_content(
            **asked, **({"HubContentVersion": version} if version else {})
        )
    place = Node({"HubContentDocument": told.get("HubContentDocument")}, found[0])
    return read(place, choices)


def _function(node: Node, found: re.Match[str], choices: Choices) -> Imported:
    """Reads the code of a function."""
    arn, region, name = found[0], found[1], found[2]
    if not choices.fetch:
        raise node.refuse(
            f"names the function {arn}, whose code is not in the file",
            "--fetch takes it from the account; or import its code (FILE.py), or check it where "
            f"it is: touchstone check NAME ROWS --function {arn}",
        )
    with asking(f"lambda:GetFunction on {arn}"):
        told = client("lambda", region).get_function(FunctionName=arn)
    config = told["Configuration"]
    place = Node(config, arn, "Configuration")
    if config.get("PackageType", "Zip") != "Zip":
        raise place.at("PackageType").refuse("its code is an image, not a file")
    if not str(config.get("Runtime", "")).startswith("python"):
        raise place.at("Runtime").refuse(f"{config['Runtime']}: only Python runs here")
    module, _, function = place.text("Handler").rpartition(".")
    if function != "lambda_handler":
        raise place.at("Handler").refuse(
            f"{one_line(function, 60)}: a reward file's is called lambda_handler",
            "save its code, rename the function there and import the file",
        )
    source = _source(place, _package(place, told["Code"]["Location"]), module.replace(".", "/"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "code.py"
        path.write_text(source, encoding="utf-8")
        made = lambdas.read_file(str(path), f"{arn}:{module}.py")
    layers = [str(one.get("Arn")) for one in config.get("Layers") or []]
    notes = [f"its layers are not taken along: {', '.join(layers)}"] if layers else []
    return Imported(made.service, name, made.pieces, notes=(*made.notes, *notes))


def _package(place: Node, location: str) -> bytes:
    """Returns the package that AWS has lent an address of."""
    if not location.startswith(("https://", "http://")):
        raise place.refuse("its code has no address that can be read")
    try:
        with urlopen(location, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - looked at above
            data = reply.read(_LARGEST + 1)
    except (OSError, HTTPException) as exc:
        raise place.refuse(f"its code cannot be fetched: {one_line(str(exc))}") from exc
    if len(data) > _LARGEST:
        raise place.refuse(f"its package has more than {_LARGEST >> 20} MB")
    return data


def _source(place: Node, package: bytes, module: str) -> str:
    """Returns the file of a package that holds the handler, which has to stand alone."""
    name = f"{module}.py"
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            entries = {one.filename: one for one in archive.infolist()}
            if name not in entries:
                raise place.refuse(f"its package holds no {one_line(name, 80)}")
            if entries[name].file_size > MAX_BYTES:
                raise place.refuse(f"{one_line(name, 80)} has more than {MAX_BYTES:,} bytes")
            text = archive.read(name).decode("utf-8-sig")
    except (zipfile.BadZipFile, UnicodeDecodeError, RuntimeError, NotImplementedError) as exc:
        raise place.refuse(f"its package cannot be read: {one_line(str(exc))}") from exc
    own = {one.split("/")[0].removesuffix(".py") for one in entries} - {module.split("/")[0]}
    try:
        used = sorted(m for m in imported(ast.parse(text)) if m in own or m.startswith("."))
    except (SyntaxError, ValueError, RecursionError) as exc:
        raise NotImported(f"{place.file}: {name}: no Python: {exc}") from exc
    if used:
        raise place.refuse(
            f"{one_line(name, 80)} imports {used[0]!r} of its own package, and a reward is one file"
        )
    return text
