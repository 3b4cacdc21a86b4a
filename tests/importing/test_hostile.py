"""Malformed, strange and hostile definitions are refused with their place, and write nothing."""

import pytest

from tests.importing.hostile import DEFINITIONS, written


@pytest.mark.parametrize(
    ("file", "content", "said"), DEFINITIONS, ids=[f"{n}" for n in range(len(DEFINITIONS))]
)
def test_it_is_refused_with_its_place(run, tmp_path, file, content, said):
    (tmp_path / "there.py").symlink_to("/etc/hostname")
    (tmp_path / "loop.json").write_text('["file://loop.json"]')
    (tmp_path / file).write_bytes(written(content))
    before = sorted(path.name for path in tmp_path.iterdir())
    refused = run("graders", "import", file, "--name", "mine")
    assert refused.exit_code == 2, refused.output
    assert isinstance(refused.exception, SystemExit)
    assert refused.output.startswith(f"error: {file}") or said.startswith("loop.json")
    assert (f"{file}{said}" if said.startswith(":") else said) in refused.output
    assert "\x1b" not in refused.output
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_link_that_leads_out_is_not_written_through(bring, tmp_path):
    (tmp_path / "rewards").mkdir()
    (tmp_path / "rewards" / "mine.py").symlink_to(tmp_path.parent / "outside.py")
    made = bring([{"type": "equals", "value": "x"}], name="mine", file="config.json")
    assert made.exit_code == 2, made.output
    assert not (tmp_path.parent / "outside.py").exists()


@pytest.mark.parametrize("name", ["../mine", "a/b", "", "-x", "x" * 49, "évil", "a\nb", "rubric"])
def test_a_name_is_no_path(bring, tmp_path, name):
    made = bring([{"type": "equals", "value": "x"}], name=name, file="config.json")
    written = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    if name:
        assert made.exit_code == 2, made.output
        assert written == ["config.json"]
    else:
        assert made.exit_code == 0, made.output
        assert written == ["config.import.md", "config.json", "config.py", "graders.toml"]


def test_a_name_from_the_file_becomes_a_plain_one(run, tmp_path):
    (tmp_path / "c.yaml").write_text(
        'description: "../../\\u202e\\u001b[31mÉtude \\"x\\""\nassert: [{type: equals, value: x}]\n'
    )
    made = run("graders", "import", "c.yaml")
    assert made.exit_code == 0, made.output
    assert {path.parent.name for path in tmp_path.rglob("*.py")} == {"rewards"}
    assert "\x1b" not in (next((tmp_path / "rewards").glob("*.py"))).read_text()
