"""A file that customises a template: the template's grader, and nothing of the file ever runs."""

import sys
from pathlib import Path

import msgspec
import pytest

from tests.support import row
from tests.usercode.grading import SANDBOX, written
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.pipeline import answer
from touchstone.settings import SettingsError
from touchstone.templates import get_template, load_grader

ROOT = Path(__file__).parents[2]
IMPORT = "from touchstone.templates import get_template\n"
CALL = 'grader = get_template("code_verification").customize({})\n'
HOUSE = f'''"""Code as our house wants it."""
{IMPORT}
APPROVED = ["numpy", "decimal"]
NO_PRINT: dict = {{"name": "print", "must": "not_appear", "weight": 2}}

grader = get_template("code_verification").customize(
    internal_standards=[NO_PRINT, {{"pattern": r"^def f\\("}}],
    approved_libraries=APPROVED,
    test_frameworks=["pytest"],
    weights={{"tests_passed": 0.5, "code_quality": 0.5}},
    quality_weights={{"internal_standards": 1.0}},
    timeout_s=+2,
)
'''


def grader_of(folder, code, entry="", settings="", **overrides):
    return load_grader("mine", written(folder, code, entry, settings), overrides)


def test_the_file_is_the_template_with_these_settings(tmp_path):
    made = grader_of(tmp_path, HOUSE)
    template = get_template("code_verification")
    assert (made.name, made.template) == ("mine", template)
    assert (
        made.settings
        == template.customize(
            internal_standards=[
                {"name": "print", "must": "not_appear", "weight": 2},
                {"pattern": r"^def f\("},
            ],
            approved_libraries=["numpy", "decimal"],
            test_frameworks=["pytest"],
            weights={"tests_passed": 0.5, "code_quality": 0.5},
            quality_weights={"internal_standards": 1.0},
            timeout_s=2,
        ).settings
    )


def test_the_example_of_the_docs_is_a_grader(tmp_path):
    blocks = (ROOT / "docs" / "usercode.md").read_text().split("```python\n")[1:]
    (example,) = [block.split("```")[0] for block in blocks if "customize(" in block]
    assert grader_of(tmp_path, example).template.name == "code_verification"


def test_it_grades_as_the_template_does(tmp_path):
    reference = {"entry_point": "f", "test_cases": [{"input": [1], "expected": 1}]}
    programs = ["def f(x):\n    return x\n", "def f(x):\n    print(x)\n    return x\n", "x = 1\n"]
    rows = [row(f"```python\n{program}```", reference) for program in programs]
    replies = answer(rows, grader_of(tmp_path, HOUSE), Tools(Deadline(), SANDBOX))
    rewards = [reply["aggregate_reward_score"] for reply in replies]
    assert rewards == pytest.approx([1.0, 0.5 + 0.5 / 3, 0.0])


def test_nothing_of_the_file_runs(tmp_path):
    before = set(sys.modules)
    grader_of(tmp_path, HOUSE)
    assert not {name for name in set(sys.modules) - before if "mine" in name}
    marker = tmp_path / "ran"
    with pytest.raises(SettingsError, match="is computed"):
        grader_of(tmp_path, IMPORT + f"X = open({str(marker)!r}, 'w')\n" + CALL.format(""))
    assert not marker.exists()


def test_the_nearer_setting_wins(tmp_path):
    code = IMPORT + CALL.format("timeout_s=2, credit='all', memory_mb=64, max_complexity=5")
    toml = written(tmp_path, code, settings="memory_mb = 128\nmax_complexity = 6")
    toml.write_text("[defaults]\nunscored = 'raise'\n" + toml.read_text())
    settings = msgspec.to_builtins(load_grader("mine", toml, {"max_complexity": 7}).settings)
    assert (settings["credit"], settings["memory_mb"], settings["max_complexity"]) == (
        "all",
        128,
        7,
    )
    assert settings["unscored"] == "raise"
    toml.write_text(toml.read_text().replace("unscored = 'raise'", "fault_budget = 0.1"))
    (tmp_path / "mine.py").write_text(IMPORT + CALL.format("fault_budget=0.2"))
    assert load_grader("mine", toml).settings.fault_budget == 0.2


@pytest.mark.parametrize(
    ("code", "line", "why", "instead"),
    [
        ("import os\n" + CALL.format(""), 2, "`import os`", f"`{IMPORT.strip()}`"),
        ("import templates\n" + CALL.format(""), 2, "`import templates`", "nothing more"),
        ("def reward(sample):\n    return 1.0\n", 2, "`def reward(sample):`", "its own"),
        ("print('x')\n" + CALL.format(""), 2, "`print('x')`", "its own"),
        ("if True:\n    " + CALL.format(""), 2, "`if True:`", "its own"),
        ("A = ['a'] + ['b']\n" + CALL.format(""), 2, "is computed", "a literal"),
        ("A = ['a']\nB = [A]\n" + CALL.format(""), 3, "is computed", "a literal"),
        (CALL.format("approved_libraries=[LATER]") + "LATER = 'x'\n", 2, "is computed", "above"),
        (CALL.format("timeout_s=f()"), 2, "`f()` is computed", "name of a literal"),
        (CALL.format("judge=f'{1}'"), 2, "is computed", "a literal"),
        (CALL.format("credit=__import__('os').name"), 2, "is computed", "a literal"),
        (CALL.format("weights={[]: 1}"), 2, "is computed", "a literal"),
        (CALL.format("**{'timeout_s': 1}"), 2, "`**`", "by its name"),
        (CALL.format("timeout_s=1, timeout_s=2"), 2, "`timeout_s` twice", "once"),
        (CALL.format("{'timeout_s': 1}"), 2, "grader = get_template", "setting=value"),
        ("N = 'code_verification'\ngrader = get_template(N).customize()", 3, "grader", "NAME"),
        ('grader = get_template("code_verification")\n', 2, "grader = get_template", "customize"),
        (CALL.format("") * 2, 3, "a second grader", "a file of its own"),
        ("A, B = 1, 2\n" + CALL.format(""), 2, "`A, B = (1, 2)`", "its own"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_line_and_what_to_use(tmp_path, code, line, why, instead):
    with pytest.raises(SettingsError) as caught:
        grader_of(tmp_path, IMPORT + code)
    place, _, told = str(caught.value).partition("; instead: ")
    assert place.startswith(f"graders.toml:2: mine.py:{line}: ")
    assert why in place
    assert instead in told


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (IMPORT + CALL.format("\n    aproved_libraries=[]"),
         "mine.py:3: mine: unknown setting 'aproved_libraries'; did you mean 'approved_libraries'"),
        (IMPORT + CALL.format("timeout_s=-1"), "mine.py:2: mine: setting 'timeout_s'"),
        (IMPORT + CALL.format("internal_standards=[{}]"), "mine.py:2: mine: setting 'internal_st"),
        (IMPORT + CALL.format("").replace("code_", "cod_"),
         "mine.py:2: no template 'cod_verification'; did you mean 'code_verification'"),
        (CALL.format(""), "mine.py: get_template is not imported"),
        (IMPORT + "LIBRARIES = []\n", "mine.py: it assigns no `grader = "),
        (IMPORT + CALL.format("timeout_s=" + "-" * 5000 + "1"), "mine.py"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_at_its_line(tmp_path, code, why):
    with pytest.raises(SettingsError) as caught:
        grader_of(tmp_path, code)
    assert str(caught.value).startswith(f"graders.toml:2: {why}")


def test_what_is_for_reward_functions_is_refused(tmp_path):
    code = IMPORT + CALL.format("")
    for entry, key in (('policy = "full"', "policy"), ('capabilities = ["judge"]', "capabilities")):
        with pytest.raises(SettingsError, match=f"graders.toml:3: .*needs no {key}"):
            grader_of(tmp_path, code, entry)


def test_a_setting_at_fault_in_graders_toml_is_refused_there(tmp_path):
    code = IMPORT + CALL.format("timeout_s=1")
    with pytest.raises(SettingsError, match=r"graders.toml:5: mine: setting 'timeout_s'"):
        grader_of(tmp_path, code, settings="timeout_s = -1")


def test_a_reward_function_that_speaks_of_get_template_is_one(tmp_path):
    code = '"""Unlike get_template(...), this is our own."""\ndef reward(sample):\n    return 1.0\n'
    assert grader_of(tmp_path, code).template.name == "usercode"
