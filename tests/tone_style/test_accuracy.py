"""The accuracy tables are computed as they say."""

import json

from benches import tone_style_accuracy
from tests.tone_style.grading import LETTER, REPLY

RUDE = "You should have read it. Why didn't you? That is really stupid."
ROWS = [
    {"id": "1", "text": "Thank you! Could you please tell us more about it?", "label": "polite"},
    {"id": "2", "text": RUDE, "label": "impolite"},
    {
        "seeker_post": LETTER,
        "response_post": "I'm so sorry to hear that. I hope it gets better.",
        "level": {"emotional_reactions": 2, "interpretations": 0, "explorations": 0},
    },
    {
        "seeker_post": LETTER,
        "response_post": "Buy bread at the corner.",
        "level": {"emotional_reactions": 0, "interpretations": 0, "explorations": 0},
    },
]


def test_the_command_measures_every_form_of_row(tmp_path, capsys):
    folder = tmp_path / "tone_style"
    folder.mkdir()
    own = [
        {
            "messages": [
                {"role": "user", "content": LETTER},
                {"role": "assistant", "content": text},
            ],
            "reference_answer": "warm",
            "label": {"brand_voice": rating},
        }
        for text, rating in ((REPLY, 5), (RUDE, 1))
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, [*ROWS, *own])))
    tone_style_accuracy.main(tmp_path)
    lines = capsys.readouterr().out.splitlines()

    def cells(*start):
        (line,) = [
            line for line in lines if line.replace(" ", "").startswith("|" + "|".join(start))
        ]
        return [cell.strip() for cell in line.split("|")[1:-1]]

    assert cells("all", "2", "politeness,thegrader's")[-1].startswith("1.000")
    assert cells("emotional_reactions", "all")[2].startswith("1.000")
    assert cells("warm,caring")[-1].startswith("1.000")
    assert cells("brand_voice", "2")[-1].startswith("1.000")


def test_a_folder_without_rows_is_said_to_be_so(tmp_path, capsys):
    tone_style_accuracy.main(tmp_path)
    assert "no rated texts" in capsys.readouterr().out
