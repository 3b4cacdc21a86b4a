"""A grader whose libraries are missing is refused when it is loaded, not row by row."""

import importlib.util
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from touchstone.settings import SettingsError
from touchstone.templates import get_template, load_grader, template_names
from touchstone.toolbox import Toolbox

EXTRAS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"][
    "optional-dependencies"
]
OWN = '[graders.mine]\ncode = "mine.py"\n'


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture
def without(monkeypatch):
    """Hides modules, as where they are not installed."""

    def hide(*names):
        real = importlib.util.find_spec
        hidden = dict.fromkeys(names)
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda n, *a: hidden[n] if n in hidden else real(n, *a)
        )

    return hide


@pytest.mark.parametrize("name", template_names())
def test_a_templates_libraries_are_those_of_its_extra(name):
    installed = packages_distributions()
    libraries = {canonical(installed[module][0]) for module in get_template(name).libraries}
    wanted = {canonical(re.split(r"[\[><=]", each)[0]) for each in EXTRAS.get(name, [])}
    assert libraries == wanted


@pytest.mark.parametrize("name", [name for name in template_names() if name in EXTRAS])
def test_a_template_without_its_libraries_names_them_and_the_extra(name, without):
    without(*get_template(name).libraries)
    said = re.escape(f"pip install 'touchstone[{name.replace('_', '-')}]'")
    with pytest.raises(SettingsError, match=f"{get_template(name).libraries[0]}.*{said}"):
        load_grader(name)
    with pytest.raises(SettingsError, match=said):
        Toolbox.of(get_template(name).customize())


@pytest.mark.parametrize("policy", ["restricted", "full"])
def test_a_users_own_code_needs_only_what_reads_it(policy, without, tmp_path):
    (tmp_path / "mine.py").write_text("def reward(sample):\n    return 1.0\n")
    (tmp_path / "graders.toml").write_text(f'{OWN}policy = "{policy}"\n')
    without("RestrictedPython")
    if policy == "full":
        assert load_grader("mine", tmp_path / "graders.toml").name == "mine"
        return
    with pytest.raises(SettingsError, match=r"mine needs RestrictedPython.*touchstone\[usercode\]"):
        load_grader("mine", tmp_path / "graders.toml")
