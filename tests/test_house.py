"""The house: imports go one way, templates are complete, files stay readable."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("lambdas", "workbench", "templates", "touchstone", "infra", "rewards")
MAY_IMPORT = {
    "touchstone": {"touchstone"},
    "templates": {"touchstone", "templates"},
    "lambdas": {"touchstone", "templates", "lambdas"},
    "workbench": {"touchstone", "templates", "lambdas", "workbench"},
    "infra": {"touchstone", "templates", "infra"},
    "rewards": {"touchstone", "templates"},
}
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TEMPLATES = sorted(path.parent for path in (ROOT / "templates").glob("*/grader.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    room = path.relative_to(ROOT).parts[0]
    for name in imported(path):
        if name.split(".")[0] in ROOMS:
            assert name.split(".")[0] in MAY_IMPORT[room], f"{path} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 420


@pytest.mark.parametrize("folder", TEMPLATES, ids=lambda folder: folder.name)
def test_a_template_is_complete_and_reaches_nothing_outside(folder):
    assert (folder / "README.md").exists()
    assert (folder / "cases.jsonl").exists()
    for path in folder.glob("*.py"):
        for name in imported(path):
            assert name.split(".")[0] not in ("boto3", "botocore", "os"), f"{path} imports {name}"
            other = name.split(".")[1:2] if name.startswith("templates.") else []
            assert other in ([], [folder.name]), f"{path} imports another template: {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "touchstone" / "scoring").glob("*.py")), ids=str)
def test_scoring_knows_neither_contract_nor_logging(path):
    assert not {"touchstone.contract", "logging", "boto3"} & set(imported(path))


def test_handlers_stay_thin():
    for path in (ROOT / "lambdas").rglob("handler.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 50
