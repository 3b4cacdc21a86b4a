"""What the page says of the code is checked against the code, by parsing both."""

import pytest

from tests.rewards.grading import graded

CODE = """
def join(parts, /, sep=",", *, last=None):
    return sep.join(parts)

def log(*lines, **options):
    pass

class Box:
    def put(self, thing):
        pass

    def _hide(self):
        pass
"""
NAMES = "`join` `parts` `sep` `last` `log` `Box` `put` `thing`"


def criteria(page, **reference):
    reply = graded("technical-documentation", page, {"code": CODE, **reference})
    assert reply["outcome"] == "scored", reply["reason"]
    return reply["criteria"] | {"score": reply["aggregate_reward_score"]}


@pytest.mark.parametrize(
    ("snippet", "agrees"),
    [
        ("join(parts)", 1), ("join(parts, sep=';', last=1)", 1), ("join(parts, ';')", 1),
        ("join()", 0), ("join(sep=';')", 0), ("join(parts, ';', 1)", 0), ("join(parts, end=1)", 0),
        ("join(parts=1)", 0), ("join(parts, ';', sep=';')", 0), ("log(1, 2, level=3)", 1),
        ("Box()", 1), ("Box(3)", 0), ("box.put(1)", 1), ("box.put()", 0), ("box.put(1, 2)", 0),
        ("merge(1)", 0), ("print(join(parts))", 1), ("ValueError('x')", 0),
    ],
)  # fmt: skip
def test_calls_are_bound_as_python_binds_them(snippet, agrees):
    for page in (f"`{snippet}`", f"```python\n{snippet}\n```", f"```python\n>>> {snippet}\n```"):
        assert criteria(page)["agreement"] == agrees, page


def test_right_calls_do_not_outweigh_a_wrong_one_of_the_same_function():
    page = "\n".join(f"`join([{n}])`" for n in range(20)) + "\n`join()`"
    assert criteria(page + "\n`join(1, 2, 3)`")["agreement"] == 0.0


def test_what_a_snippet_defines_or_imports_is_known():
    page = "```python\nfrom os import getcwd\ndef mine(): ...\nbox = Box()\nmine(), getcwd()\n```"
    assert criteria(page)["agreement"] == 1.0


def test_features_count_where_words_explain_them():
    assert criteria(NAMES)["coverage"] == 0.0
    assert criteria(f"```python\n# {NAMES} are explained in these words\n```")["coverage"] == 0.0
    assert criteria(f"Each of these does what its name says: {NAMES}")["coverage"] == 1.0
    assert criteria("A box keeps the thing that you `put` into it")["coverage"] == 1 / 8


def test_sections_need_words_of_their_own():
    def share(page):
        return criteria(page, sections=["Usage", "Errors"])["sections"]

    body = "call it with all the parts that you would like to have joined"
    assert share(f"# Usage\n{body}\n## errors ##\n{body}") == 1.0
    assert share(f"# Usage\n# Errors\n{body}") == 0.5
    assert share(f"# Usage\n```\n# Errors\n{body}\n```\n") == 0.0
    assert share("# Usage\n" + "word " * 50) == 0.0


def test_terms_count_in_sentences():
    def share(page):
        return criteria(page, terms=["separator", "part list", "sink"])["terms"]

    assert share("separator, part list, sink") == 0.0
    assert share("The separator stands between two members of a Part List.") == 2 / 3
    assert share("It has one separator and one sink and one part list.") == 1 / 3
    assert share("`The separator stands between any two of them`") == 0.0


def test_a_page_about_another_module_is_paid_next_to_nothing():
    page = f"# Usage\nThe separator joins all the parts that you have, and logs what {NAMES} are.\n"
    assert criteria(page + "`merge(1)` `split(2)` `join(parts)`")["score"] <= 0.1


@pytest.mark.parametrize("page", ["", "`" * 99, "```python\n" + "(" * 5000, "#\n" * 50, "\x00`a`"])
def test_whatever_the_page_is_it_is_scored(page):
    assert criteria(page)["agreement"] == 0.0


@pytest.mark.parametrize("code", ["def broken(", "x = 1", "def _private(): ...", ""])
def test_a_row_without_public_code_is_not_scored(code):
    reply = graded("technical-documentation", "x", {"code": code})
    assert reply["outcome"] == "unscored:user_code_error"
