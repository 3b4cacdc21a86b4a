"""One guard for what text cannot carry: images, sound, video, documents, by name and by content.

A record's fields, the keys of a turn and the blocks of its content are all asked here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from touchstone.workbench.data.names import words

# Blocks that hold what an RFT row cannot: their vendor's name to the kind that is counted.
BLOCKS = {
    "image": "image", "image_url": "image", "input_image": "image",
    "document": "document", "file": "document", "input_file": "document",
    "searchResult": "document", "search_result": "document",
    "audio": "audio", "input_audio": "audio",
    "video": "video", "video_url": "video",
}  # fmt: skip
_KINDS = {
    "image": "image", "images": "image", "img": "image", "imgs": "image", "picture": "image",
    "pictures": "image", "photo": "image", "photos": "image", "screenshot": "image",
    "screenshots": "image", "audio": "audio", "audios": "audio", "video": "video",
    "videos": "video",
}  # fmt: skip
# What may follow such a word where the field still is the thing, and not words about it.
_HOLDERS = {
    "path", "paths", "url", "urls", "uri", "uris", "file", "files", "filename", "filenames",
    "name", "names", "id", "ids", "data", "bytes", "base", "b", "src", "link", "links", "list",
    "input", "inputs", "content", "part", "parts",
}  # fmt: skip
# Of these a field may hold text or code as well; what it holds decides.
_ATTACHED = {"document", "documents", "attachment", "attachments", "file", "files", "pdf", "pdfs"}
# A picture of the source is not a part of the question.
_BESIDE = {"source", "avatar", "icon", "logo", "thumbnail", "homepage", "id", "license", "expected"}
_ENDINGS = {
    "image": "png jpg jpeg gif webp bmp tif tiff svg heic avif",
    "audio": "mp3 wav flac ogg opus m4a aac",
    "video": "mp4 mov avi mkv webm mpeg mpg m4v",
    "document": "pdf doc docx ppt pptx xls xlsx odt epub rtf",
}
_KIND_OF_ENDING = {end: kind for kind, ends in _ENDINGS.items() for end in ends.split()}
_PLACES = {"path", "url", "src", "filename", "file_name"}
# A whole value that is a path or an address; text has spaces between words.
_PATH = re.compile(r"[^\s<>{}\"']{1,2000}\.(\w{2,4})(?:[?#]\S*)?")
_DATA = re.compile(r"data:(image|audio|video|application/pdf)\b[^,\s]{0,80},")
# Where a picture stood: tokens that models use, and marks at the edge of a text or line.
_TOKENS = re.compile(
    r"<\|?(image|audio|video)(?:_pad|_placeholder|_soft_token|_\d{1,3}|\d{1,3})\|?>"
    r"|<\|(image|audio|video)\|>|<start_of_(image|audio)>|<\|vision_(?:start|end)\|>"
)
_EDGE = re.compile(r"^[ \t]*<(image|audio|video)>|<(image|audio|video)>[ \t]*$", re.MULTILINE)
# A picture alone on a line that a text begins or ends with, as Markdown, HTML and chats show one.
_SHOWN = re.compile(
    r"!\[[^\]]{0,200}\](?:\([^()]{1,2000}\)|\[\w{1,9}\])|<img\b[^<>]{1,2000}>"
    r"|\[(?:image|img)\]",
    re.IGNORECASE,
)


def kind_of_field(name: str, value: Any) -> str:
    """Returns what a field holds that text cannot carry, ``""`` for nothing.

    Args:
        name: The field's name; one of an image is taken at its word.
        value: What it holds; where the name leaves it open, this decides.
    """
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return ""
    parts = words(name)
    for index, word in enumerate(parts):
        if word in _KINDS and set(parts[index + 1 :]) <= _HOLDERS | set("0123456789") | {"64"}:
            counted = isinstance(value, int | float) and parts[-1] not in ("id", "ids")
            return "" if counted or _BESIDE & set(parts[:index]) else _KINDS[word]
    if _BESIDE & set(parts):
        return ""
    found = _kind_of_value(value)
    return found or ("document" if _ATTACHED & set(parts) and _is_data(value) else "")


def kind_in_text(text: str) -> str:
    """Returns what a text only points to: a mark that an image stood here, or its bytes."""
    if "<" in text and (mark := _TOKENS.search(text) or _edge(text)):
        return next(filter(None, mark.groups()), "image")
    if ("![" in text or "<img" in text or "[im" in text.lower()) and _shown(text):
        return "image"
    if "data:" in text and (data := _DATA.search(text)):
        return "document" if data[1].startswith("app") else data[1]
    return ""


def _edge(text: str) -> re.Match[str] | None:
    mark = _EDGE.search(text)
    # A page's code closes what it opens.
    return None if mark is None or f"</{mark[1] or mark[2]}>" in text else mark


def _shown(text: str) -> bool:
    lines = [line.strip() for line in text.strip().split("\n")]
    return len(lines) > 1 and any(map(_SHOWN.fullmatch, (lines[0], lines[-1])))


def _kind_of_value(value: Any) -> str:
    if isinstance(value, list):
        kinds = {_kind_of_value(each) for each in value[:50]}
        return next(iter(kinds)) if len(kinds) == 1 else ""
    if isinstance(value, Mapping):  # as datasets keep a file: its place, or what it sounds like
        if "sampling_rate" in value:
            return "audio"
        kinds = {_kind_of_value(value[key]) for key in _PLACES & value.keys()}
        return next(iter(kinds - {""}), "")
    if not isinstance(value, str):
        return ""
    if data := _DATA.match(value):
        return "document" if data[1].startswith("app") else data[1]
    path = _PATH.fullmatch(value.strip())
    return _KIND_OF_ENDING.get(path[1].lower(), "") if path else ""


def _is_data(value: Any) -> bool:
    """Tells a file in an object from a text: its bytes, its path, its name or its id."""
    if isinstance(value, list):
        return bool(value) and all(map(_is_data, value))
    marks = {"bytes", "path", "url", "filename", "file_id", "mime_type", "mimeType", "fileId"}
    return isinstance(value, Mapping) and bool(marks & value.keys())
