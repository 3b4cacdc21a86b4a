"""A grader's `libraries`: locked and installed by one command, refused in words without it."""

import json

import pytest
from click.testing import CliRunner

from tests.sandbox.folders import write_wheel
from touchstone.libraries import read_lock
from touchstone.settings import SettingsError
from touchstone.templates import load_grader
from touchstone.workbench.cli import main

ENTRY = '[graders.mine]\n{made}\n[graders.mine.settings]\nlibraries = ["lightlib==1.*"]\n'
OF_TEMPLATE = 'template = "code_verification"'
ROW = {
    "id": "a",
    "messages": [
        {"role": "user", "content": "Double it."},
        {
            "role": "assistant",
            "content": "from lightlib import twice\n\ndef f(x):\n    return twice(x)\n",
        },
    ],
    "reference_answer": {"entry_point": "f", "test_cases": ["assert f(4) == 8"]},
}
OWN = """
from lightlib import twice

def reward(sample):
    return twice(0.25)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a graders.toml, and an index of its own that has one small wheel."""
    monkeypatch.setenv("UV_FIND_LINKS", str(write_wheel(tmp_path / "wheels")))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graders.toml").write_text(ENTRY.format(made=OF_TEMPLATE))
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROW))
    return tmp_path


def run(*arguments, given=""):
    return CliRunner().invoke(main, arguments, input=given)


def install(*options):
    return run("libraries", "install", "mine", "--yes", *options)


def test_a_grader_whose_libraries_are_not_there_names_the_command(project):
    done = run("grade", "mine", "rows.jsonl")
    assert done.exit_code == 2
    assert "graders.toml:4: mine: its libraries (lightlib==1.*) are not locked" in done.stderr
    assert "touchstone libraries install mine" in done.stderr


def test_one_command_names_what_it_installs_and_installs_nothing_else(project):
    refused = run("libraries", "install", "mine", given="n\n")
    assert "  lightlib==1.0\n" in refused.output
    assert not (project / "libraries").exists()
    assert install().exit_code == 0
    graded = run("grade", "mine", "rows.jsonl", "--json")
    assert graded.exit_code == 0, graded.output
    assert '"aggregate_reward_score": 1.0' in run("grade", "mine", "rows.jsonl").output


def test_the_lock_is_committed_and_what_is_installed_is_not(project):
    install()
    lock = read_lock(project / "libraries" / "mine.txt")
    assert lock is not None
    assert lock.packages == ("lightlib==1.0",)
    assert {"lightlib", "broken"} == lock.modules
    assert "--hash=sha256:" in lock.text
    assert (project / "libraries" / ".gitignore").read_text() == "*/\n"
    assert lock.home().is_dir()


def test_it_says_what_a_cage_cannot_import(project):
    assert "not to be imported in a cage: broken (module: tkinter_is_not_there)" in install().output


def test_done_is_done_and_another_list_is_locked_anew(project):
    install()
    assert "already installed" in install().output
    text = (project / "graders.toml").read_text().replace("==1.*", ">=1")
    (project / "graders.toml").write_text(text)
    with pytest.raises(SettingsError, match="have changed since they were locked"):
        load_grader("mine")
    assert install().exit_code == 0
    assert load_grader("mine").settings.libraries == ["lightlib>=1"]


def test_a_lock_without_its_folder_is_installed_as_it_says(project):
    install()
    lock = read_lock(project / "libraries" / "mine.txt")
    assert lock is not None
    lock.home().rename(project / "elsewhere")
    with pytest.raises(SettingsError, match="are not installed here: touchstone libraries install"):
        load_grader("mine")
    assert load_grader("mine", deployed=True).name == "mine"
    assert install().exit_code == 0
    assert load_grader("mine").name == "mine"


def test_a_wheel_that_is_another_than_was_locked_is_not_installed(project):
    install()
    path = project / "libraries" / "mine.txt"
    digest = path.read_text().partition("sha256:")[2][:64]
    path.write_text(path.read_text().replace(digest, digest[::-1]))
    assert install().exit_code == 2
    lock = read_lock(path)
    assert lock is not None
    assert not lock.home().exists()


@pytest.mark.parametrize("policy", ["full", "restricted"])
def test_a_users_own_function_has_them_too(project, policy):
    (project / "mine.py").write_text(
        OWN if policy == "full" else "def reward(sample):\n    return 0.5\n"
    )
    (project / "graders.toml").write_text(
        ENTRY.format(made=f'code = "mine.py"\npolicy = "{policy}"')
    )
    install()
    graded = run("grade", "mine", "rows.jsonl")
    assert '"aggregate_reward_score": 0.5' in graded.output


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('libraries = ["git+https://x/y"]', "'git\\+https://x/y' is no library"),
        ('libraries = ["-r other.txt"]', "is no library: a name, perhaps with versions"),
        ('libraries = ["./folder"]', "is no library"),
        ('approved_libraries = ["pandas"]', r"pandas.*libraries = \[\"pandas\"\]"),
        ('approved_libraries = ["nunpy"]', "neither Python nor `libraries` has"),
    ],
)
def test_what_nothing_provides_is_refused_with_its_line(project, setting, said):
    (project / "graders.toml").write_text(
        f"[graders.mine]\n{OF_TEMPLATE}\n[graders.mine.settings]\n{setting}\n"
    )
    with pytest.raises(SettingsError, match=f"graders.toml:4: mine: .*{said}"):
        load_grader("mine")


def test_what_is_listed_and_pythons_own_may_be_approved(project):
    settings = 'approved_libraries = ["lightlib", "numpy", "decimal"]\n'
    with (project / "graders.toml").open("a") as file:
        file.write(settings)
    install()
    assert load_grader("mine").name == "mine"


def test_a_grader_that_runs_no_code_has_no_use_for_them(project):
    (project / "graders.toml").write_text(ENTRY.format(made='template = "tone_style"'))
    with pytest.raises(SettingsError, match="it runs no code"):
        load_grader("mine")
    assert "lists no libraries" in run("libraries", "install", "tone_style").stderr


def test_a_list_without_versions_that_go_together_is_refused(project):
    text = (project / "graders.toml").read_text().replace("==1.*", "==9.*")
    (project / "graders.toml").write_text(text)
    done = install()
    assert done.exit_code == 2
    assert "lightlib" in done.stderr
