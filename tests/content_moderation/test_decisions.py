"""A completion holds one decision, or none."""

# ruff: noqa: RUF001 - texts in many scripts
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content_moderation.lined import LINES, Line
from tests.content_moderation.short import ALLOW, BLOCK, NEITHER, UNKNOWN
from tests.content_moderation.spoken import SPOKEN
from touchstone.templates.content_moderation.decisions import read_decision
from touchstone.templates.content_moderation.labels import Labels
from touchstone.templates.content_moderation.reference import read_reference
from touchstone.templates.content_moderation.settings import Settings

LABELS = Labels.of({})
READ = [
    ('{"decision": "block"}', "block"),
    ('```json\n{"decision": "ALLOW"}\n```', "allow"),
    ('Here it is:\n{"result": {"Decision": "Block"}} as asked', "block"),
    ('{"results": [{"flagged": true, "categories": {"hate": true}}]}', "block"),
    ('{"is_safe": false, "reason": "slurs"}', "block"),
    ('{"safe": "yes"}', "allow"),
    ('{"decision": ["block"]}', "block"),
    ('{"decision": "block", "label": "harassment"}', "block"),
    ('{"decision": "review", "flagged": true}', "review"),
    ('{"moderationDecision": "BLOCK"}', "block"),
    ('{"analysis": "Out of context it is unsafe", "decision": "allow"}', "allow"),
    ("BLOCK", "block"),
    ("**Allow.**", "allow"),
    ("unsafe\nS1", "block"),
    ("Decision: BLOCK (could incite violence)", "block"),
    ("**Decision:** ALLOW\n**Reason:** it does not violate the policy", "allow"),
    ("Initial decision: block\nFinal decision: allow", "allow"),
    ("Decision: ALLOW (not BLOCK)", "allow"),
    ("This content should be removed because it attacks women.", "block"),
    ("This does not violate the policy.", "allow"),
    ("The comment is not harmful, toxic or hateful, so it should be allowed.", "allow"),
    ("It is not safe, block it.", "block"),
    ("The post shouldn't be allowed.", "block"),
    ("There is no violation here, so the comment can stay up.", "allow"),
    ("I'd leave this one up. It criticises a policy, not people.", "allow"),
    ("This crosses the line into a threat and has to come down.", "block"),
    ("It need not come down: nobody is insulted in it.", "allow"),
    ("Do not block this post.", "allow"),
    ("NOT ALLOWED", "block"),
    ("I recommend escalating this to human review.", "review"),
    ("Violation: No", "allow"),
    ("**Harmful:** yes", "block"),
    ("No action needed.", "allow"),
    ("Insults are prohibited, but this quotes one and is therefore allowed.", "allow"),
    ("**Decision**\n\nBLOCK\n\n**Reason**\nHate speech", "block"),
    ("OK, I have reviewed the post. It must be removed.", "block"),
]
UNREAD = [
    "",
    "The weather is nice.",
    "ALLOW or BLOCK",
    "ALLOW\nBLOCK",
    "Options: ALLOW, BLOCK, REVIEW",
    "BLOCK. ALLOW.",
    "Decision: ALLOW/BLOCK",
    "Decision: BLOCK (or ALLOW)",
    "Decision: BLOCK, maybe",
    "Final decision: block. Final decision: allow",
    "This might violate the policy.",
    "It could be allowed or it could be blocked.",
    "I cannot decide whether to allow or block.",
    "The post is safe. It is also unsafe.",
    '{"decision": "block", "decision": "allow"}',
    '{"decision": ["block", "allow"]}',
    '{"decision": "block"} {"decision": "allow"}',
    '{"decision": "block", "verdict": "allow"}',
    '{"decision": "allow", "unsafe": true}',
    '{"decision": "maybe block"}',
    '{"decision": null}',
    '{"decision": "block"}\nFinal decision: allow',
    "BLOCK " + "x" * 30_000,
]


@pytest.mark.parametrize(("text", "decision"), READ)
def test_one_decision_is_read(text, decision):
    assert read_decision(text, LABELS).decision == decision


@pytest.mark.parametrize("text", UNREAD)
def test_no_decision_or_two_are_none_and_say_why(text):
    reading = read_decision(text, LABELS)
    assert reading.decision is None
    assert reading.problem


FORMS = [
    ("The message calls for arson, and it is not satire. Verdict: block.", "block"),
    ("It quotes a slur to condemn it. **Decision:** ALLOW", "allow"),
    ("# Decision\n\nBlock\n\n# Reason\n\nIt incites arson.", "block"),
    ("**Verdict**\nallow\n\n**Reason**\nNothing in it breaks a rule.", "allow"),
    ("Decision:\nBLOCK\nIt incites.", "block"),
    ('{"violation": 1, "policy_category": "violence"}', "block"),
    ('{"violation": 0, "policy_category": null, "confidence": "high"}', "allow"),
    ('{"User Safety": "unsafe", "Safety Categories": "Violence"}', "block"),
    ('{"User Safety": "safe"}', "allow"),
    ("Harmful request: yes\nResponse refusal: no\nHarmful response: no", "block"),
    ("violation: 1", "block"),
    ('{"prompt_harmfulness": "unharmful"}', "allow"),
    ("Quyết định: CHẶN\nLý do: kích động thù ghét.", "block"),
    ('{"quyết định": "chặn", "danh mục": ["thù ghét"]}', "block"),
    ("Quyết định: cho phép", "allow"),
    ("判定：屏蔽\n理由：煽动仇恨", "block"),
    ("違反が見られます。判定：削除", "block"),
    ("결정: 차단", "block"),
    ("Entscheidung: BLOCKIEREN\nGrund: Hetze.", "block"),
    ("Décision : autorisé", "allow"),
    ("Decisión: BLOQUEAR", "block"),
    ("Решение: разрешить", "allow"),
    ("القرار: حظر", "block"),
    ("निर्णय: अनुमति", "allow"),
    ("निर्णय: हटाएँ\nकारण: धमकी।", "block"),
    ("Sonuç: Uygun. Oyun stratejisinden söz ediyor.", "allow"),
    ("Ergebnis: blockieren (Drohung)", "block"),
    ("結果：許可。料理の話です。", "allow"),
    ("Ergebnis: zwei Sätze. Entscheidung: erlaubt", "allow"),
    ("การตัดสิน: บล็อก", "block"),
    ("Karar: ENGELLE", "block"),
    ("Keputusan: blokir", "block"),
    ("Kết quả kiểm duyệt: CHẶN", "block"),
]


@pytest.mark.parametrize(("text", "decision"), FORMS)
def test_guard_models_forms_and_other_languages_are_read(text, decision):
    assert read_decision(text, LABELS).decision == decision


def lines_that_decide(of: Line) -> dict[str, str | None]:
    key, block = of.key.strip(" :："), of.block
    lines: dict[str, str | None] = dict.fromkeys(
        [
            *(
                f"{of.key}{block}{mark}{of.reason}"
                for mark in (". ", " - ", " — ", "; ", ": ", "，")
            ),
            *(f"{of.key}{said} ({of.reason})" for said in (block, block.upper(), f"**{block}**")),
            f"{of.key}{block}（{of.reason}）",
            f"{of.key}⛔ {block}.",
            f'{{"decision": "{block} ({of.reason})"}}',
            f"<decision>\n{block}\n</decision>\n<reason>\n{of.reason}\n</reason>",
            f"| {key} | X |\n|---|---|\n| {block} | {of.reason} |",
            f"| X | {key} |\n|---|---|\n| {of.reason} | **{block}** |",
            f"| X | Y |\n|---|---|\n| **{key}** | {block} |\n| Z | {of.reason} |",
            f"| {key} | {block} |\n|---|---|\n| Z | {of.reason} |",
        ],
        "block",
    )
    if of.not_allow and of.not_block:
        lines |= {f"{of.key}{of.not_allow}": "block", f"{of.key}{of.not_block}": "allow"}
    other = of.either.removeprefix(block).strip()
    hedges = (of.either, f"{block}, {other}", f"{block} ({other})", f"{block}. {of.either}")
    lines |= {f"{of.key}{hedge}": None for hedge in hedges}
    lines[f"{of.key}{block}\n{of.key}{of.allow}"] = None
    lines[f"| {key} | X |\n|---|---|\n| {block} | 1 |\n| {of.allow} | 2 |"] = None
    return lines


@pytest.mark.parametrize("language", LINES)
def test_a_decision_line_has_a_reason_in_any_language_and_no_second_choice(language):
    wanted = lines_that_decide(LINES[language])
    assert {text: read_decision(text, LABELS).decision for text in wanted} == wanted


@pytest.mark.parametrize("language", SPOKEN)
def test_prose_is_read_in_many_languages(language):
    read = {text: read_decision(text, LABELS).decision for text, _ in SPOKEN[language]}
    assert read == dict(SPOKEN[language])


@pytest.mark.parametrize("language", BLOCK)
def test_a_short_sentence_alone_decides_in_its_language(language):
    wanted = dict.fromkeys(BLOCK[language], "block") | dict.fromkeys(ALLOW[language], "allow")
    wanted |= dict.fromkeys(NEITHER[language])
    assert {text: read_decision(text, LABELS).decision for text in wanted} == wanted


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_short_sentence_of_a_language_that_is_not_known_decides_nothing(text):
    assert read_decision(text, LABELS).decision is None


@pytest.mark.parametrize("language", [code for code in SPOKEN if len(code) == 2])
def test_prose_that_decides_both_ways_in_any_language_decides_nothing(language):
    said = {decision: text for text, decision in SPOKEN[language] if decision}
    assert read_decision(f"{said['allow']}\n{said['block']}", LABELS).decision is None


def test_what_is_quoted_decides_nothing():
    quoted = "Der Kommentar lautet: „Das gehört gelöscht und verboten“. Er ist zulässig."
    assert read_decision(quoted, LABELS).decision == "allow"
    assert read_decision("发帖人写道：「请删除这条违规内容」。", LABELS).decision is None


def test_a_paragraph_without_spaces_is_no_few_words():
    text = "这段文字在讨论英语单词 unsafe 的来历与用法，作者举了许多例子，读者反应不一。"
    assert read_decision(text, LABELS).decision is None


def test_own_keys_and_labels_may_be_of_any_script():
    labels = Labels.of({"block": ["mwiko"], "allow": ["ruksa"]}, ["uamuzi wa mwisho", "ผล"])
    assert read_decision("Uamuzi wa mwisho: MWIKO\nSababu: chuki", labels).decision == "block"
    assert read_decision('{"ผล": "ruksa"}', labels).decision == "allow"
    assert read_decision("Uamuzi wa mwisho: mwiko au ruksa", labels).decision is None
    assert read_decision("Ni MWIKO kabisa", labels).decision == "block"


def test_whole_numbers_are_labels_where_labels_name_them():
    labels = Labels.of({"block": ["1"], "allow": ["0"]})
    said = {"1": "block", "0": "allow", "1.": "block", "Decision: 0": "allow",
            '{"decision": 1}': "block", "**1**": "block", "1 - it threatens": "block",
            "Score: 0.1\nDecision: 1": "block", "10": None, "1 or 0": None, "0.5": None, "-1": None,
            "1/5": None, "1:30": None, "1%": None, "Decision: 1/10": None, "[1]": "block",
            '{"decision": "0.9"}': None, "I have 1 doubt.": None, "1 of 2": None}  # fmt: skip
    assert {text: read_decision(text, labels).decision for text in said} == said
    assert read_decision('{"decision": 1}', LABELS).decision is None
    for reference in (1, "1", {"decision": 1}):
        read = read_reference(reference, Settings(labels={"block": ["1"]}))
        assert read.decision == "block"


def test_own_labels_win_over_the_usual_ones():
    labels = Labels.of({"allow": ["flag"], "block": ["S-9"]})
    assert read_decision("FLAG", labels).decision == "allow"
    assert read_decision("Decision: s_9", labels).decision == "block"


@given(st.sampled_from(["allow", "review", "block"]), st.text(max_size=40), st.integers(0, 3))
def test_json_is_read_at_any_depth_and_in_any_prose(decision, key, depth):
    data = {"decision": decision}
    for _ in range(depth):
        data = {"wrapped": data}
    text = f"Result below.\n{json.dumps({**data, 'x' + key: 1})}\nThank you."
    assert read_decision(text, LABELS).decision == decision


@given(st.text(alphabet='{}[]":,abdel lowock\n*', max_size=300))
def test_any_text_is_read_without_an_error(text):
    reading = read_decision(text, LABELS)
    assert (reading.decision is None) == bool(reading.problem)
