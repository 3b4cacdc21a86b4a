"""Personal data and credentials: what a check confirms is named, what only looks like it is not."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.data.training import row, write
from touchstone.observe import redact
from touchstone.pii import CREDENTIALS, find
from touchstone.workbench.data.validate import validate

# Numbers made up for this file, with check digits that hold; secrets are joined here so that no
# scanner takes them for real ones.
HELD = [
    ("e-mail address", "write to Ann.Berg+shop@nordlys-papir.no, please"),
    ("e-mail address", "<mailto:ann@mail.nordlys.co.uk>"),
    ("phone number", "call +47 22 85 50 31 today"),
    ("phone number", "call (212) 867-5309 or so"),
    ("phone number", "tel. 212-867-5309."),
    ("phone number", "+49 30 1234567"),
    ("phone number", "mobil +33 6 12 34 56 78"),
    ("phone number", "+4722855031"),
    ("phone number", "+1 415 867 5309"),
    ("phone number", "(415) 867-5309"),
    ("e-mail address", "anna@firma.de, or call"),
    ("e-mail address", "anna@firma.de: she knows"),
    ("payment card", "card 4539 1488 0343 6467, thanks"),
    ("payment card", "4539148803436467"),
    ("payment card", "3712 345678 95004"),
    ("IBAN", "to NO93 8601 1117 947 at once"),
    ("IBAN", "GB33BUKB20201555555555"),
    ("IBAN", "IBAN GB33 BUKB 2020 1555 5555 55 BIC BUKBGB22"),
    ("national id", "SSN 536-22-1234"),
    ("national id", "NINO JG 10 37 59 A"),
    ("national id", "CPF 529.982.247-25"),
    ("national id", "DNI 45678912S"),
    ("national id", "codice fiscale RSSMRA85T10A562S"),
    ("national id", "numéro 1 85 05 78 006 084 91"),
    ("national id", "Aadhaar 2345 6789 0124"),
    ("IP address", "from 93.184.216.34 at noon"),
    ("IP address", "from 2a00:1450:4010:c05:0:0:0:71"),
    ("access key", "AKIA" + "Q3EGV5NJ7RT2XKWP"),
    ("access key", "aws_secret_access_key = " + "b7Fh2kQ9" * 5),
    ("private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow"),
    ("access key", "aws secret: " + "b7Fh2kQ9" * 5),
    ("private key", "-----BEGIN PRIVATE KEY-----\\nMIIEow\\n-----END PRIVATE KEY-----"),
    ("API key", "key sk-" + "proj-" + "a1B2c3D4" * 5),
    ("API key", "sk-" + "ant-" + "api03-" + "a1B2c3D4" * 5),
    ("API key", "sk_" + "live_" + "a1B2c3D4" * 3),
    ("API key", "AI" + "za" + "a1B2c3D" * 5),
    ("API key", "AB" + "SK" + "a1B2c3D4" * 5),
    ("token", "gh" + "p_" + "a1B2c3D4e5F6" * 3),
    ("token", "github" + "_pat_" + "a1B2c3D4e5F6" * 5),
    ("token", "gl" + "pat-" + "a1B2c3D4e5" * 2),
    ("token", "xo" + "xb-" + "a1B2c3D4e5" * 2),
    ("token", "hf" + "_" + "a1B2c3D4e5F6g7H8i" * 2),
    ("token", "np" + "m_" + "a1B2c3D4e5F6" * 3),
    ("token", ".".join(("ey" + "J" + "a1B2c3D4e5",) * 2 + ("a1B2c3D4e5" * 2,))),
]
KINDS = CREDENTIALS | {
    "e-mail address", "phone number", "payment card", "IBAN", "national id", "IP address",
}  # fmt: skip
# Pumped, these are the longest ways through some pattern.
PUMPED = [
    "a@", "a.", "a@a.", "+1 ", "1 ", "1-", "(212) ", "AA11", "AA11 A", "aws", "aws secret",
    "-----BEGIN ", "-----BEGIN A ", "-----BEGIN PRIVATE KEY-----\nA", "sk-ant-a-", "sk-", "ABSK/",
    "eyJaaaaaaaaaaa.", "eyJaaaaaaaaaaa-", "a:", "::", "1.", "ab:", "1:", "gh", "@", "x", " ",
]  # fmt: skip
PASSED_OVER = [
    "write to ann@example.com or bob@shop.test",
    "the decorator @app.route and x@y",
    "y = W@x.shape, a@b.transpose(), weights@inputs.to(device)",
    "git@github.com:org/repo.git, ann@build.nordlys.no:src/main",
    "root@server.local, user@host.internal",
    "x = +3.14159265358979",
    "Compute 3 +12345678, then 5 +4722855031; sum: +98765432, x= +4722855031",
    "+1 2 3 4 5 6 7 8",
    "part 331.449.2810",
    "card 4539 1488 0343 6468",  # a check digit off
    "card 4111 1111 1111 1111",  # the networks' own test number
    "order 1234567890123456",
    "0.4539148803436467",
    "NO93 8601 1117 948",
    "DE89 3704 0044 0532 0130 00",  # every manual's example
    "SSN 000-22-1234 or 123-45-6789",
    "DNI 45678912T, CPF 529.982.247-26, Aadhaar 2345 6789 0123",
    "numéro 1 85 05 78 006 084 92",
    "RSSMRA85T10A562T",
    "192.168.0.1, 127.0.0.1, 203.0.113.9 and 8.8.8.8",
    "version 93.184.216.34, section 1.2.3.4",
    "call 555-0123, 212-555-0123 or 1-800-867-5309",
    "123-456-7890",
    "on 2024-05-20 at 10:30:00, 1234567 rows, 3.14159265358979",
    "AKIAIOSFODNN7EXAMPLE",
    "a task-list sk-short, hf_model, ghp_token",
    "-----BEGIN PUBLIC KEY-----\nMIIB",
]


@pytest.mark.parametrize(("name", "text"), HELD)
def test_found(name, text):
    assert [each.kind for each in find(text)] == [name]


@pytest.mark.parametrize("text", PASSED_OVER)
def test_passed_over(text):
    assert not find(text)


def test_every_one_is_counted():
    text = "ann@nordlys.no, bob@nordlys.no; 4539 1488 0343 6467"
    found = Counter(each.kind for each in find(text))
    assert found == {"e-mail address": 2, "payment card": 1}


def test_the_place_is_what_was_found():
    text = "card 4539 1488 0343 6467, mail ann@nordlys.no."
    held = [text[start:end] for _, start, end in find(text)]
    assert held == ["4539 1488 0343 6467", "ann@nordlys.no"]


def test_every_kind_has_an_example():
    assert {kind for kind, _ in HELD} == KINDS


@pytest.mark.parametrize(("name", "text"), HELD)
def test_what_is_found_is_redacted(name, text):
    [(_, start, end)] = find(text)
    assert redact(text) == f"{text[:start]}<{name}>{text[end:]}"


_PIECES = st.sampled_from(
    [text for _, text in HELD] + PUMPED + [",", "\n", "<", ">", "=", "-", "_"]
)


@given(st.lists(_PIECES | st.text(max_size=4), max_size=12).map("".join))
@example("4539148803436467/" * 40)
def test_nothing_is_found_in_what_is_redacted(text):
    assert not find(redact(text))


def test_a_whole_private_key_is_redacted():
    body = "-----BEGIN PRIVATE KEY-----\n" + "MIIEow+/\n" * 30
    assert redact(f"a {body}-----END PRIVATE KEY----- b") == "a <private key> b"
    assert redact(f"a {body}") == "a <private key>"


@pytest.mark.parametrize("piece", PUMPED)
def test_a_long_text_takes_no_longer_than_its_length_is_worth(piece):
    # Hours, were any pattern quadratic.
    text = piece * (300_000 // len(piece))
    assert isinstance(find(text + "!"), list)


def test_a_grader_that_records_no_texts_does_not_import_the_patterns():
    code = "import sys, touchstone.observe; sys.exit('touchstone.pii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_place_is_named_and_the_value_never(tmp_path):
    mail, key = "ann.berg@nordlys.no", "AKIA" + "Q3EGV5NJ7RT2XKWP"
    bad = row(200, customer={"notes": ["none", f"mail {mail}"]}, reference_answer=key)
    path = write(tmp_path / "a.jsonl", [*(row(n) for n in range(1, 110)), bad])
    found = list(validate(str(path)))
    assert [(p.line, p.kind, p.field, p.severity) for p in found] == [
        (110, "credential", "reference_answer", "error"),
        (110, "personal_data", "customer.notes[1]", "warning"),
    ]
    assert not any(mail in p.message or key in p.message for p in found)
