"""The offline judge is for trying: whatever is deployed or trained on has to ask for it aloud."""

import pytest

from touchstone.settings import SettingsError
from touchstone.stand_in import judge_shown
from touchstone.templates import load_grader

MODEL = "bedrock:amazon.nova-lite-v1:0"
PANEL = {"judge": MODEL, "judge_options": {"panel": ["offline"]}}
OFFLINE = {"judge": "offline", "allow_offline": True}


@pytest.mark.parametrize("settings", [{}, {"judge": "offline"}, {"judge": " offline "}, PANEL])
def test_a_stand_in_is_not_deployed(settings):
    with pytest.raises(SettingsError, match=r"stand-in.*allow_offline") as refused:
        load_grader("tone_style", overrides=settings, deployed=True)
    assert refused.value.setting == "judge"
    assert load_grader("tone_style", overrides=settings).name == "tone_style"


@pytest.mark.parametrize(
    ("grader", "settings"),
    [
        ("tone_style", {"judge": MODEL}),
        ("tone_style", OFFLINE),
        ("tone_style", PANEL | {"allow_offline": True}),
        ("math_reasoning", {}),
    ],
)
def test_what_asks_a_model_or_says_so_or_asks_nobody_is_deployed(grader, settings):
    assert load_grader(grader, overrides=settings, deployed=True).name == grader


def test_who_allows_a_stand_in_names_it_too():
    with pytest.raises(SettingsError, match='beside judge = "offline"'):
        load_grader("tone_style", overrides={"allow_offline": True})


def test_a_refusal_names_the_line_of_the_entry(tmp_path):
    file = tmp_path / "graders.toml"
    file.write_text(
        '[graders.m]\ntemplate = "math_reasoning"\n[graders.t]\ntemplate = "tone_style"'
    )
    with pytest.raises(SettingsError, match=r"^graders\.toml:3: t asks a judge"):
        load_grader("t", file, deployed=True)


@pytest.mark.parametrize(
    ("grader", "settings", "shown"),
    [
        ("tone_style", {}, "offline stand-in"),
        ("tone_style", {"judge": MODEL}, MODEL),
        ("tone_style", PANEL, f"{MODEL} + offline stand-in"),
        ("math_reasoning", {"judge": MODEL}, ""),
    ],
)
def test_a_judge_is_named_for_a_person(grader, settings, shown):
    assert judge_shown(load_grader(grader, overrides=settings)) == shown
