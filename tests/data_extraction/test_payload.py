import json

import pytest

from tests.data_extraction.grading import accuracy, grade, measured

DATA = {"name": "Ann Lee", "age": 30, "tags": ["a", "b"]}
TEXT = json.dumps(DATA)
YAML = "name: Ann Lee\nage: 30\ntags:\n  - a\n  - b"
XML = "<person><name>Ann Lee</name><age>30</age><tags><tag>a</tag><tag>b</tag></tags></person>"


@pytest.mark.parametrize(
    "completion",
    [
        TEXT,
        "\ufeff" + TEXT,
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```",
        f"~~~json\n{TEXT}\n~~~",
        f"```json\n{TEXT}",
        f"Sure! Here it is:\n{TEXT}\nUse {{}} or [1] as you like.",
        f"As asked {{in JSON}}: {TEXT}.",
        f"<answer>{TEXT}</answer>",
        f'<!-- {{"name": "Bob", "age": 3, "tags": []}} -->\n{TEXT}',
        f"{TEXT}\n<!-- {TEXT.replace('Ann', 'Bob')} -->",
        f"1. The person:\n   ```json\n   {TEXT}\n   ```",
        YAML,
        f"```yaml\n{YAML}\n```",
        f"```\n{YAML}\n```",
        f"Here is the person:\n\n{YAML}\n\nTell me if more is needed.",
        f"---\n{YAML}\n",
        XML,
        f'<?xml version="1.0"?>\n{XML}',
        f"```xml\n{XML}\n```",
        f"The person is {XML}, as asked.",
        XML.replace("<age>30</age>", "").replace("<person>", '<person age="30">'),
        XML.replace("<tags>", "").replace("</tags>", "").replace("tag>", "tags>"),
        XML.replace("<person>", '<p:person xmlns:p="urn:x">').replace("</person>", "</p:person>"),
    ],
)
def test_the_payload_is_found(completion):
    assert grade(completion, DATA).score == 1.0


@pytest.mark.parametrize(
    "completion",
    [
        f"<!-- {TEXT} -->",
        f"The person is not shown. <!-- {TEXT} -->",
        f"<!--\n{TEXT}",
        TEXT[:-1],
        TEXT[:-9],
        TEXT[:-1] + ",}",
        TEXT.replace('"', "'"),
        TEXT.replace("30", "030"),
        f"```json\n{TEXT[:-5]}\n```",
        f"// comment\n{TEXT[:-1]}",
        "I could not find a name: sorry.",
        "name, age: these are missing",
        '{"person": ' + TEXT,
        "Ann Lee",
        "```json\n```",
    ],
)
def test_what_does_not_parse_earns_nothing_and_no_fragment_counts(completion):
    result = grade(completion, DATA)
    assert result.score == 0.0
    assert result.reason.startswith("no payload")


def test_the_last_payload_of_the_expected_shape_counts():
    other = json.dumps({**DATA, "age": 31})
    assert accuracy(f"{other}\n\nNo: {TEXT}", DATA) == 1.0
    assert accuracy(f"{TEXT}\n\nNo: {other}", DATA) < 1.0
    assert accuracy(f'```json\n{TEXT}\n```\nThe shape is {{"name": "string"}}.', DATA) == 1.0
    assert accuracy(f'{TEXT}\n\nI counted {{"files": 3}} and [1, 2].', DATA) == 1.0
    assert accuracy(f"Numbers: [1, 2, 3].\n{TEXT}", DATA) == 1.0


def test_several_different_payloads_cost_and_many_are_no_answer():
    texts = [json.dumps({**DATA, "age": age}) for age in (27, 28, 29, 30)]
    assert measured(f"{TEXT}\n{TEXT}", DATA)["format_compliance"] == 1.0
    assert measured("\n".join(texts[2:]), DATA)["format_compliance"] == 0.5
    assert measured("\n".join(texts[1:]), DATA)["format_compliance"] == pytest.approx(1 / 3)
    for shotgun in ("\n".join(texts), "\n".join(f"```json\n{text}\n```" for text in texts)):
        assert grade(shotgun, DATA).score == 0.0


def test_a_broken_fence_beside_the_payload_is_a_rival():
    text = f"```json\n{TEXT}\n```\n\nCorrected:\n```json\n{TEXT[:-4]}\n```"
    found = measured(text, DATA)
    assert (found["format_compliance"], found["accuracy"]) == (0.5, 1.0)
    code = f"```json\n{TEXT}\n```\n```python\nprint({{}})\n```"
    assert measured(code, DATA)["format_compliance"] == 1.0


def test_only_the_format_that_was_set_is_read():
    for form, text in {"json": TEXT, "yaml": YAML, "xml": XML}.items():
        assert grade(text, DATA, format=form).score == 1.0
    assert grade(YAML, DATA, format="json").score == 0.0
    assert grade(f"```yaml\n{YAML}\n```", DATA, format="json").score == 0.0
    assert grade(TEXT, DATA, format="xml").score == 0.0


def test_strict_payload_allows_a_fence_and_nothing_else():
    for text in (TEXT, f"```json\n{TEXT}\n```"):
        assert measured(text, DATA, strict_payload=True)["format_compliance"] == 1.0
    for text in (f"Here: {TEXT}", f"```json\n{TEXT}\n```\nDone."):
        found = measured(text, DATA, strict_payload=True)
        assert (found["format_compliance"], found["accuracy"]) == (0.0, 1.0)


def test_yaml_means_what_a_person_reads():
    text = 'country: no\nday: 2020-01-02\nzip: "0150"\nat: 12:30:45\nn: 1_000\nnone: ~\nyes: 1'
    data = {"country": "no", "day": "2020-01-02", "zip": "0150", "at": "12:30:45", "n": "1_000"}
    assert grade(text, {**data, "none": None, "yes": 1}).score == 1.0
    assert accuracy(text.replace("no\n", "false\n"), {"country": "no", "yes": 1}) < 1.0
    assert grade("a: 'true'\nb: true", {"a": "true", "b": True}).score == 1.0


@pytest.mark.parametrize(
    "completion",
    [
        "name,qty\nApple,3\nPear,4",
        "name;qty\nApple;3\nPear;4",
        "name\tqty\nApple\t3\nPear\t4",
        "qty,name\r\n4,Pear\r\n3,Apple\r\n",
        '```csv\nname,qty\n"Apple",3\n"Pear",4\n```',
        "Here is the table:\n\nname,qty\nApple,3\nPear,4\n\nThat is all.",
    ],
)
def test_csv_is_a_list_of_rows(completion):
    assert grade(completion, [{"name": "Apple", "qty": 3}, {"name": "Pear", "qty": 4}]).score == 1.0


@pytest.mark.parametrize(
    "completion",
    [
        "| name | qty |\n|---|---|\n| Apple | 3 |\n| Pear | 4 |",
        "Here:\n\n| Name | Qty |\n|:---|---:|\n| Apple | 3 |\n| **Pear** | 4 |\n\nThat is all.",
        "```markdown\n| `name` | qty |\n| --- | --- |\n| Apple | 3 |\n| Pear | 4 |\n```",
        "name | qty\n--- | ---\nApple | 3\nPear | 4",
    ],
)
def test_a_table_of_markdown_is_a_list_of_rows(completion):
    expected = [{"name": "Apple", "qty": 3}, {"name": "Pear", "qty": 4}]
    assert grade(completion, expected).score == 1.0
    assert grade(completion, {"items": expected}).score == 1.0
    assert grade(completion, [{"name": "Apple", "qty": 3}, {"name": "Pear", "qty": 5}]).score < 1.0


@pytest.mark.parametrize(
    "completion",
    [
        "| Field | Value |\n|---|---|\n| invoice_no | A\\|7 |\n| unit_price | 1,200.50 |",
        "Invoice:\n\n| | |\n|---|---|\n| **Invoice no.** | A\\|7 |\n| Unit price | $1200.50 |\n",
        "| Invoice no | A\\|7 |\n|---|---|\n| Unit price | 1200.5 |",
        "| Invoice no | Unit price |\n|---|---|\n| A\\|7 | 1200.5 |",
    ],
)
def test_a_table_of_names_and_values_is_one_object(completion):
    assert grade(completion, {"invoice_no": "A|7", "unit_price": 1200.5}).score == 1.0
    assert grade(completion, {"invoice_no": "A|8", "unit_price": 1200.5}).score < 1.0


@pytest.mark.parametrize(
    "completion",
    [
        "| name | qty |\n|---|---|\n| Apple | 3 | 4 |",  # crooked
        "| name | qty |\n| Apple | 3 |\nand more",  # without its rule
        "| Colour | Size |\n|---|---|\n| red | 3 |",  # of something else
    ],
)
def test_what_is_no_table_of_the_data_is_no_payload(completion):
    assert grade(completion, {"name": "Apple", "qty": 3}).score == 0.0


def test_csv_takes_the_shape_that_is_expected():
    assert grade("name,qty\nApple,3", {"name": "Apple", "qty": 3}, format="csv").score == 1.0
    assert grade("name\nApple\nPear", ["Apple", "Pear"], format="csv").score == 1.0
    rows = {"rows": [{"name": "Apple", "qty": 3}]}
    assert grade("name,qty\nApple,3", rows, format="csv").score == 1.0
    assert grade('name,text\nx,"a, ""b""\nc"', {"name": "x", "text": 'a, "b" c'}).score == 1.0


@pytest.mark.parametrize("text", ["name,qty\nApple", "name,name\na,b", "name,\na,b", "name,qty"])
def test_a_crooked_table_is_no_csv(text):
    assert grade(text, [{"name": "Apple", "qty": 3}], format="csv").score == 0.0


def test_text_formats_get_the_types_that_the_schema_asks_for():
    schema = {"properties": {"age": {"type": "integer"}, "code": {"type": "string"}}}
    reference = {"expected": {"age": 30, "code": "007"}, "schema": schema}
    text = "<x><age>30</age><code>007</code></x>"
    assert grade(text, reference).score == 1.0
    assert measured(text.replace("30", "thirty"), reference)["format_compliance"] < 1.0


def test_xml_with_one_item_is_still_a_list():
    text = "<doc><items><item><sku>A</sku></item></items></doc>"
    assert grade(text, {"items": [{"sku": "A"}]}).score == 1.0
    assert grade("<doc><items/></doc>", {"items": [], "n": None}).score == 1.0
    assert grade("<note>hello</note>", {"note": "hello"}).score == 1.0
