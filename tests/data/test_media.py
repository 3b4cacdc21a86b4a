"""One guard for what text cannot carry, whatever form of record it stands in."""

import pytest

from tests.data.convert_goldens import USER
from tests.data.form_examples import EXAMPLES
from tests.data.records import converted, refusal_of, row_of

HELD = {
    "image": [
        ("images", ["1.jpg"]), ("image", {"src": "u"}), ("image_path", "a"), ("image_url", "u"),
        ("imageUrl", "u"), ("img", "data:x"), ("image_id", 458752), ("Image Path", "a.png"),
        ("image_base64", "iVBOR"), ("screenshot", "s.webp"), ("picture", "a.gif"),
        ("chart", "plots/a.png"), ("figure", "data:image/png;base64,iVBORw0KGgo="),
        ("plot", {"bytes": "iVBOR", "path": "1.png"}), ("pages", ["1.png", "2.png"]),
        ("context_img", "https://example.com/y.jpg?x=1"), ("photos", ["a", "b"]),
    ],
    "audio": [
        ("audios", ["1.mp3"]), ("audio_path", "a"), ("clip", "a.wav"),
        ("speech", {"array": [0.1, 0.2], "sampling_rate": 16000}),
    ],
    "video": [("videos", ["a.mp4"]), ("video", "a.mp4"), ("movie", "a.mkv")],
    "document": [
        ("document_path", "PMC5.pdf"), ("attachments", [{"file_id": "f"}]), ("file", "a.docx"),
        ("files", ["a.pdf", "b.pdf"]), ("pdf", {"bytes": "JVBERi0"}), ("paper", "x/y.pdf"),
    ],
}  # fmt: skip
ALL = [(kind, name, value) for kind, pairs in HELD.items() for name, value in pairs]
FORMS = {name: each.learned or each.record for name, each in EXAMPLES.items()}


@pytest.mark.parametrize(("kind", "name", "value"), ALL)
def test_media_in_a_field_are_refused_by_name(kind, name, value):
    assert refusal_of({"question": "Who?", "answer": "Me", name: value}) == (kind, name)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("kind", "name", "value"), ALL[::6])
def test_media_are_refused_beside_records_of_every_form(form, kind, name, value):
    assert refusal_of(FORMS[form] | {name: value}) == (kind, name)


@pytest.mark.parametrize(("name", "value"), [("images", ["a"]), ("attachments", [{"path": "a"}])])
@pytest.mark.parametrize("role", ["role", "from"])
def test_media_beside_the_text_of_a_turn_are_refused(role, name, value):
    turns = [{role: "user", "content": "Who?", name: value}]
    assert refusal_of({"messages": turns})[1] == f"messages[0].{name}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("image", "<image>\nWho?"), ("image", "Who?\n<image>"), ("image", "<image>Who?"),
        ("image", "In <image_1>, who?"), ("image", "<|image_1|> Who?"), ("audio", "<audio>What?"),
        ("video", "<video>\nWhat?"), ("image", "![](data:image/png;base64,iVBOR) Who?"),
        ("image", "<|vision_start|><|image_pad|><|vision_end|>Who?"),
        ("image", "<start_of_image>Who?"), ("image", "<image_placeholder>Who?"),
        ("image", "![](a.png)\nWho?"), ("image", "Who?\n\n![a man][1]\n"),
        ("image", "<img src='a.png'/>\nWho?"), ("image", "[Image]\nWho?"),
    ],
)  # fmt: skip
def test_a_text_that_points_to_media_is_refused(kind, text):
    assert refusal_of({"messages": [{"role": "user", "content": text}]}) == (
        kind,
        "messages[0].content",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("images", []), ("image", None), ("image", ""), ("num_images", 3), ("images", 2),
        ("has_image", True), ("image_caption", "a cat"), ("video_title", "Cats"),
        ("document", "Three hundred people entered."), ("file", "src/main.py"), ("url", "https://a.b/c"),
        ("source_url", "https://a.b/c.png"), ("id", "0001.jpg"), ("domain", "image"),
        ("file_path", "tests/test_a.py"), ("note", "see a.png for more"),
    ],
)  # fmt: skip
def test_words_about_media_are_a_field(name, value):
    record = {"question": "What is 6*7?", "answer": "42", name: value}
    assert row_of(record)["messages"] == [USER]


@pytest.mark.parametrize(
    "text",
    ["How does <image> differ from <img>?", "Write `<video>` tags", "<video>\n</video>?",
             "Mend it:\n![logo](logo.png)\n# Title", "<div>\n<img src='a.png'>\n</div>"],
)  # fmt: skip
def test_a_page_s_code_is_a_text(text):
    assert row_of({"prompt": text})["messages"][0]["content"] == text


def test_an_answer_may_show_where_a_picture_goes():
    said = "Put it here:\n<image>"
    assert converted({"prompt": "Where?", "completion": said}).row["reference_answer"] == said
