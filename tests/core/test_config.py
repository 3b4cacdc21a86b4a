"""graders.toml and settings: what is refused, with its line and the nearest name."""

from pathlib import Path

import pytest

from touchstone.config import load_entries
from touchstone.settings import SettingsError, nearest
from touchstone.templates import get_template, load_grader

GOOD = """\
[defaults]
unscored = "neutral"

[graders.house-code]
template = "code_verification"

[graders.house-code.settings]
weights = {tests_passed = 0.6, compiles = 0.1, code_quality = 0.3}
gates = {code_quality = "tests_passed"}
"""


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "graders.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_an_entry_is_its_template_with_the_files_settings(toml):
    grader = load_grader("house-code", toml(GOOD))
    assert (grader.name, grader.template.name) == ("house-code", "code_verification")
    assert grader.settings.unscored == "neutral"
    assert grader.settings.weights == {"tests_passed": 0.6, "compiles": 0.1, "code_quality": 0.3}


def test_a_templates_bare_name_ignores_the_files_defaults(toml):
    assert load_grader("code_verification", toml(GOOD)).settings.unscored == "siblings"


def test_overrides_win(toml):
    grader = load_grader("house-code", toml(GOOD), {"unscored": "raise"})
    assert grader.settings.unscored == "raise"


def test_no_file_is_no_entries(tmp_path):
    assert load_entries(tmp_path / "graders.toml") == {}


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("[defaults]", "[default]"), 1, "unknown key 'default'; did you mean 'defaults'"),
        (("unscored", "unscord"), 2, "unknown key 'unscord'; did you mean 'unscored'"),
        (('"neutral"', '"nothing"'), 2, "'unscored'"),
        (("template", "tmplate"), 5, "unknown key 'tmplate'; did you mean 'template'"),
        (('"code_verification"', '"code_verifcation"'), 5, "did you mean 'code_verification'"),
        (("weights", "wieghts"), 8, "unknown setting 'wieghts'; did you mean 'weights'"),
        (("tests_passed =", "test_passed ="), 8, "did you mean 'tests_passed'"),
        (("0.6", '"much"'), 8, "setting 'weights': Expected float, got str"),
        (("{code_quality", "{quality"), 9, "did you mean 'code_quality'"),
        (('template = "code_verification"', ""), 4, 'needs template = "..."'),
        (
            ("[graders.house-code]", '[graders."no spaces"]\ntemplate="x"\n[graders.b]'),
            4,
            "is no name",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_the_nearest_name(toml, change, line, message):
    with pytest.raises(SettingsError) as caught:
        load_grader("house-code", toml(GOOD.replace(*change)))
    assert str(caught.value).startswith(f"graders.toml:{line}: ")
    assert message in str(caught.value)


def test_broken_toml_is_refused_with_its_line(toml):
    with pytest.raises(SettingsError, match=r"graders.toml: .*line 2"):
        load_grader("x", toml("[defaults]\nunscored = \n"))


def test_an_unknown_grader_is_refused_with_the_nearest_name(toml):
    with pytest.raises(SettingsError, match="did you mean 'house-code'"):
        load_grader("house-cod", toml(GOOD))
    with pytest.raises(SettingsError, match="did you mean 'code_verification'"):
        get_template("code_verificatoin")


def test_customize_refuses_an_unknown_setting():
    with pytest.raises(SettingsError, match="unknown setting 'wegihts'; did you mean 'weights'"):
        get_template("code_verification").customize(wegihts={})


def test_the_projects_own_file_is_valid():
    path = Path(__file__).parents[2] / "graders.toml"
    assert load_entries(path)
    for name in load_entries(path):
        load_grader(name, path)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("unscord", "unscored"),
        ("bad_sample", "unscored:bad_sample"),
        ("creditt", ""),  # shares letters with `unscored`, and no meaning
        ("bad", ""),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_only_what_is_near_is_suggested(name, meant):
    valid = ["unscored", "unscored:bad_sample", "judge", "weights"]
    said = f"; did you mean {meant!r}?" if meant else "; valid names: judge, unscored, unscored:bad"
    assert nearest(name, valid).startswith(said)


def test_a_file_as_windows_saves_it_is_read_as_any_other(tmp_path):
    path = tmp_path / "graders.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_grader("house-code", path).settings.unscored == "neutral"


@pytest.mark.parametrize(
    ("added", "told"),
    [
        (b"# caf\xe9\n", "graders.toml:10: not UTF-8 (byte 0xe9); save it as UTF-8"),
        (b"neutral = 1" + b"0" * 5000, "graders.toml: a number has thousands of digits"),
    ],
    ids=["latin-1", "digits"],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path, added, told):
    path = tmp_path / "graders.toml"
    path.write_bytes(GOOD.encode() + added)
    with pytest.raises(SettingsError) as caught:
        load_entries(path)
    assert str(caught.value) == told
