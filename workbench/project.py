"""A project: the folder of a graders.toml, from which graders are tried, checked and deployed."""

from __future__ import annotations

import json
from pathlib import Path

from touchstone.config import FILE_NAME
from touchstone.rooms import HOME
from touchstone.settings import SettingsError
from touchstone.workbench.graders.scaffold import new_grader

# What a first grader is called.
FIRST = "first"
# The CDK's command line, locked, and what it is told.
_OF_CDK = ("package.json", "package-lock.json")
_APP = '''"""The CDK app: `touchstone deploy --stage dev`, or `cdk deploy -c stage=dev`."""

from pathlib import Path

from touchstone.infra.app import synthesize

synthesize(Path(__file__).parent)
'''
_KEPT_OUT = ".venv/\n.touchstone/\nnode_modules/\nbuild/\ncdk.out/\njobs/\n__pycache__/\n"


def new_project(root: Path, grader: str = "") -> list[Path]:
    """Writes a project that grades, checks and synthesizes as it is.

    Args:
        root: Its folder, which is made where there is none. Where it has a graders.toml, only
            what deploys its graders is written.
        grader: What its first grader is called; ``first`` by default.

    Returns:
        What was written.

    Raises:
        SettingsError: The grader's name is none, a first grader is asked for where there are
            graders, or a file is there already. Nothing is written then.
        OSError: A file cannot be written.
    """
    begun = (root / FILE_NAME).exists()
    if begun and grader:
        raise SettingsError(f"{root / FILE_NAME} is there already: touchstone graders new {grader}")
    texts = {
        "app.py": _APP,
        "cdk.json": _cdk(),
        ".gitignore": _KEPT_OUT,
        **{name: (HOME / "infra" / name).read_text(encoding="utf-8") for name in _OF_CDK},
    }
    if (root / ".gitignore").exists():  # a repository's own
        del texts[".gitignore"]
    for name in texts:
        if (root / name).exists():
            raise SettingsError(f"{root / name} is there already")
    written = [] if begun else new_grader(grader or FIRST, root)
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    return [*written, *(root / name for name in texts)]


def _cdk() -> str:
    """Returns a cdk.json of our stages and of the CDK's switches that the stack is tested with."""
    told = json.loads((HOME / "infra" / "cdk.json").read_text(encoding="utf-8"))
    return json.dumps({**told, "app": "python3 app.py"}, indent=2) + "\n"
