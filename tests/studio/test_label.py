"""Marks given on the page: in turn, blind, taken back, by several people, and their agreement."""

import json
import re
from html import unescape

import pytest

from tests.studio.support import keep, result, row, studio

ROWS = [
    (row(f"r{n}", f"It is {n}. <img src=x onerror=alert(1)>", f"{n}+0?"),
     result(f"r{n}", n / 11, f"because of {n}", answers=n / 11))
    for n in range(12)
]  # fmt: skip


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".touchstone" / "runs"
    name = keep(folder, ROWS)
    with studio(folder) as client:
        client.enter()
        yield client, f"/label/{name}", folder


def opened(client, address):
    """Follows redirects, and returns the page with where it is."""
    reply = client.ask(address)
    while reply.status == 303:
        address = reply.headers["location"]
        reply = client.ask(address)
    return reply.text, address


def say(client, page, address, status=303, /, **fields):
    """Presses a button of a page's form."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    reply = client.post(address.partition("?")[0], {**hidden, **fields})
    assert reply.status == status, reply.text
    return opened(client, reply.headers["location"]) if status == 303 else (reply.text, address)


def shown_row(page):
    (number,) = re.findall(r"It is (\d+)\.", page)
    return int(number)


def label_all(client, base, labeller, mark):
    page, address = opened(client, f"{base}?by={labeller}&blind=1")
    seen = []
    while "How good is it?" in page:
        seen.append(shown_row(page))
        page, address = say(client, page, address, mark=mark(seen[-1]))
    return page, seen


def labels(folder):
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]


def test_what_the_grader_said_is_hidden_until_the_row_has_a_mark(place):
    client, base, _ = place
    page, address = opened(client, f"{base}?by=ana&blind=1")
    first = shown_row(page)
    assert "because of" not in page
    assert "<img src=x" not in page
    page, _ = say(client, page, address, mark="4")
    assert "because of" not in page
    assert "1 of 12 marked by ana" in page
    marked, _ = opened(client, f"{base}?by=ana&blind=1&at=0")
    assert f"because of {first}" in marked
    assert re.search(r'value="4"[^>]*aria-pressed="true"', marked)
    seen, _ = opened(client, f"{base}?by=ben&blind=0")
    assert f"because of {first}" in seen


def test_a_mark_is_kept_as_it_is_given_and_can_be_taken_back(place):
    client, base, folder = place
    page, address = opened(client, f"{base}?by=ana&blind=1")
    first = shown_row(page)
    page, address = say(client, page, address, mark="2", note="half <b>\nright")
    kept = labels(folder)[0]
    assert (kept["id"], kept["labeller"], kept["mark"]) == (f"r{first}", "ana", 0.25)
    assert kept["note"] == "half <b>\nright"
    page, _ = say(client, page, address, undo="1")
    assert shown_row(page) == first
    assert "0 of 12 marked" in page
    assert labels(folder)[1]["mark"] is None


def test_two_labellers_see_the_same_rows_and_their_agreement_is_told(place):
    client, base, _ = place
    page, seen = label_all(client, base, "ana", lambda n: 5 if n > 5 else 1)
    assert "ana has marked 12 rows." in " ".join(page.split())
    assert sorted(seen) == list(range(12))
    # One of each fifth of the range of rewards comes before any comes twice.
    assert len({min(4, int(n / 11 * 5)) for n in seen[:5]}) == 5
    page, again = label_all(client, base, "ben", lambda n: 5 if n > 6 else 1)
    assert again == seen
    told = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "ana has marked 12 rows, ben has marked 12 rows." in told
    assert "ana and ben agree with a kappa of 0.83" in told
    assert re.search(r"ana and the grader 12 12 0\.\d\d \(0\.\d\d to ", told)
    assert "touchstone check support marked.jsonl --labels mark" in told


def test_who_comes_back_goes_on_where_they_stopped(place):
    client, base, _ = place
    page, address = opened(client, f"{base}?by=ana&rows=3&blind=1")
    page, address = say(client, page, address, mark="1")
    again, _ = opened(client, f"{base}?by=ana&rows=3&blind=1")
    assert shown_row(again) == shown_row(page)
    assert "1 of 3 marked" in again


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mark": "6"}, "mark: '6' is no whole number from 1 to 5"),
        ({"mark": ""}, "mark: is missing"),
        ({"mark": "1", "row": "00"}, "row: is not among those to label any more"),
        ({"mark": "1", "note": "x" * 2001}, "note: 2001 characters, more than 2000"),
    ],
)
def test_a_mark_that_cannot_be_kept_is_said_and_the_note_stays(place, fields, said):
    client, base, folder = place
    page, address = opened(client, f"{base}?by=ana&blind=1")
    note = fields.get("note", "why not")
    page, _ = say(client, page, address, 400, **{"note": note, **fields})
    assert said in unescape(page)
    assert note in page
    assert not (folder / "labels.jsonl").exists()


def test_a_name_or_a_number_that_is_none_is_said_beside_the_form(place):
    client, base, _ = place
    for query, said in (
        ("by=", "labeller: "),
        ("by=ana&rows=x", "rows: 'x' is no whole number"),
        (f"by=ana&rows={'1'.zfill(12)}{'9' * 30}", "is no whole number"),
    ):
        reply = client.ask(f"{base}?{query}")
        assert reply.status == 400
        assert said in unescape(reply.text)
    assert client.ask("/label/nosuchrun").status == 404


def test_a_last_line_that_lacks_its_end_counts_and_half_a_line_goes(place):
    client, base, folder = place
    page, address = opened(client, f"{base}?by=ana&blind=1")
    page, address = say(client, page, address, mark="1")
    file = folder / "labels.jsonl"
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    assert "1 of 12 marked" in opened(client, address)[0]
    page, address = say(client, page, address, mark="2")
    with file.open("ab") as half:
        half.write(b'{"row": "00')
    say(client, page, address, mark="3")
    assert [one["mark"] for one in labels(folder)] == [0.0, 0.25, 0.5]


def test_labels_that_cannot_be_read_are_said(place):
    client, base, folder = place
    (folder / "labels.jsonl").mkdir()
    reply = client.ask(base)
    assert reply.status == 500
    assert "labels.jsonl: Is a directory" in reply.text


def test_a_row_without_an_id_is_named_by_its_place(tmp_path):
    name = keep(tmp_path, [(row(None, "It is 4."), result(None, 0.2))])
    with studio(tmp_path) as client:
        client.enter()
        page, address = opened(client, f"/label/{name}?by=Ann")
        page, _ = say(client, page, address, mark="5")
    assert f'<a href="/rollouts/{name}/0">rows.jsonl:1</a>' in page
