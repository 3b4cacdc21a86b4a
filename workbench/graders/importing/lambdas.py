"""Reward files that are a Lambda's already, or of any other form that a grader may have."""

from __future__ import annotations

from pathlib import Path

from touchstone.usercode.source import read_source
from touchstone.workbench.graders.importing.model import Imported, Node, Piece
from touchstone.workbench.graders.importing.programs import libraries_of

SERVICE = "AWS"


def read_file(file: str, origin: str = "") -> Imported:
    """Reads a reward file, in any of the forms that a grader may have.

    Args:
        file: Its path.
        origin: What messages call it, where that is other than its path.

    Raises:
        SettingsError: It is no Python, or holds no reward function.
        NotImported: It imports what is not known.
    """
    origin = origin or file
    source = read_source(Path(file), origin, restricted=False)
    node = Node(source.text, origin)
    piece = Piece(
        "reward_value", f"its own {source.function}", source=source.text,
        function=source.function, libraries=libraries_of(node, source.text),
    )  # fmt: skip
    note = f"{source.function} is called once for each row; its rewards are taken to lie in 0..1"
    return Imported(SERVICE, "", (piece,), notes=(note,))
