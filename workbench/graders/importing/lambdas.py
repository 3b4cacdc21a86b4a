"""Reward files that are a Lambda's already: taken as they are; a Lambda by its name alone is not.

Bedrock's, SageMaker's and Nova Forge's jobs name their reward function by its ARN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from touchstone.usercode.source import read_source
from touchstone.workbench.graders.importing.model import Imported, Node, Piece
from touchstone.workbench.graders.importing.programs import libraries_of

SERVICE = "AWS"
# E.g. `arn:aws:lambda:us-east-1:123456789012:function:reward:live`
_ARN = re.compile(r"arn:aws[\w-]*+:lambda:[\w-]*+:\d{12}:function:[\w:-]++")


def read_file(file: str) -> Imported:
    """Reads a reward file, in any of the forms that a grader may have.

    Raises:
        SettingsError: It is no Python, or holds no reward function.
        NotImported: It imports what is not known.
    """
    source = read_source(Path(file), file, restricted=False)
    piece = Piece(
        "reward_value", f"its own {source.function}", source=source.text,
        function=source.function, libraries=libraries_of(Node(source.text, file), source.text),
    )  # fmt: skip
    note = f"{source.function} is called once for each row; its rewards are taken to lie in 0..1"
    return Imported(SERVICE, "", (piece,), notes=(note,))


def refuse_names(node: Node) -> None:
    """Refuses a file that only names a reward function.

    Raises:
        NotImported: It does; says how to check that function.
    """
    for place, text in _texts(node):
        if found := _ARN.search(text):
            raise place.refuse(
                f"names the function {found[0]}, whose code is not in the file",
                "import its code (FILE.py), or check it where it is: touchstone check NAME ROWS "
                f"--function {found[0]}",
            )


def _texts(node: Node) -> Iterator[tuple[Node, str]]:
    value: Any = node.value
    if isinstance(value, str):
        yield node, value
    elif isinstance(value, dict):
        for key in value:
            if node.has(key):
                yield from _texts(node.at(key))
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from _texts(node.at(place))
