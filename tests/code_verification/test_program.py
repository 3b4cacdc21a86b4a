"""Programs are found in completions of every form, and hostile text harms nobody."""

import ast
import re
import threading
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.code_verification.program import find_program, misplaced, parse

FENCE = "```"
DOUBLE = "def double(x):\n    return 2 * x\n"
PROMPT = 'import math\n\n\ndef double(x):\n    """Return x twice."""\n'


def value(completion, entry_point="double", prompt_code="", argument=21):
    """What the found program's function returns; these programs are ours, so exec is safe."""
    program = find_program(completion, entry_point, prompt_code)
    assert program is not None
    assert program.error == ""
    names: dict[str, Any] = {"__name__": "candidate"}
    exec(program.code, names)
    return names[entry_point](argument)


FORMS = {
    "bare": DOUBLE,
    "fenced": f"{FENCE}python\n{DOUBLE}{FENCE}",
    "fenced without a language": f"Sure:\n{FENCE}\n{DOUBLE}{FENCE}\nDone.",
    "tildes": f"~~~py\n{DOUBLE}~~~",
    "four backticks around three": f"````python\n{DOUBLE}\nNOTE = '''\n```\n'''\n````",
    "windows line ends": f"{FENCE}python\n{DOUBLE}{FENCE}".replace("\n", "\r\n"),
    "in a list": f"1.\n\n   {FENCE}python\n   def double(x):\n       return 2 * x\n   {FENCE}\n",
    "cut off after the fence": f"Here:\n{FENCE}python\n{DOUBLE}",
    "cut off in an example": f"{FENCE}python\n{DOUBLE}\nprint(double(",
    "prose around": f"You can double a number so:\n\n{DOUBLE}\nIt takes any number; it's fast.\n",
    "prose right after": f"{DOUBLE}\n\nThis works since multiplication is what doubling is.",
    "a session": f"{FENCE}\n>>> def double(x):\n...     return 2 * x\n...\n>>> 1\n1\n{FENCE}",
    "the last of two versions": f"{FENCE}python\ndef double(x):\n    return x\n{FENCE}\nNo:\n"
    f"{FENCE}python\n{DOUBLE}{FENCE}",
    "a usage block after": f"{FENCE}python\n{DOUBLE}{FENCE}\n{FENCE}python\ny = double(4)\n{FENCE}",
    "helpers in a block before": f"{FENCE}python\nimport operator\n{FENCE}\nthen\n{FENCE}python\n"
    f"def times(a, b):\n    return operator.mul(a, b)\n{FENCE}\nand\n{FENCE}python\n"
    f"def double(x):\n    return times(2, x)\n{FENCE}",
    "helpers in a block after": f"{FENCE}python\ndef double(x):\n    return twice(x)\n{FENCE}\n"
    f"{FENCE}python\ndef twice(x):\n    return x + x\n{FENCE}",
    "a shell block beside": f"{FENCE}bash\npip list\n{FENCE}\n{FENCE}python\n{DOUBLE}{FENCE}",
    "unfenced beside fenced output": f"{DOUBLE}\n{FENCE}\n42\n{FENCE}",
    "in a block without a language": f"{FENCE}\n{DOUBLE}{FENCE}\n{FENCE}python\n>>> 1\n1\n{FENCE}",
    "opened by the prompt": f"{DOUBLE}{FENCE}\nThat is all, I think.",
    "an assignment": "double = lambda x: 2 * x",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_function_is_found(form):
    assert value(FORMS[form]) == 42


CONTINUATIONS = {
    "body": "    return 2 * x\n",
    "body without its first indentation": "y = 2 * x\n    return y",
    "body without any indentation": "y = 2 * x\nreturn y",
    "branches without any indentation": "if x:\n    return 2 * x\nreturn 0",
    "fenced body": f"{FENCE}python\n    return 2 * x\n{FENCE}",
    "body and prose": "    return 2 * x\n\nThis doubles x.",
    "body and another function": "    return 2 * x\n\n\ndef other(y):\n    return y\n",
    "body and a torn function": "    return 2 * x\n\n\ndef other(y:\n    retu",
    "whole": DOUBLE,
    "whole, with the import of the prompt": "def double(x):\n    return math.ldexp(x, 1)\n",
    "whole prompt repeated": f"{PROMPT}    return 2 * x\n",
    "whole, starting with __future__": f"from __future__ import annotations\n\n{DOUBLE}",
    "tabs": "\treturn 2 * x\n",
    "nested function": "    def inner(y):\n        return y * 2\n    return inner(x)\n",
}


@pytest.mark.parametrize("form", CONTINUATIONS)
def test_a_continuation_is_found(form):
    assert value(CONTINUATIONS[form], prompt_code=PROMPT) == 42


@pytest.mark.parametrize(
    "body",
    [
        "        return 2 * x",
        "return 2 * x",
        "    def double(self, x):\n        return 2 * x",
        "def double(self, x):\n    return 2 * x",
        "class Maths:\n    def double(self, x):\n        return 2 * x",
    ],
)
def test_a_method_is_continued(body):
    prompt = "class Maths:\n    def double(self, x):\n"
    program = find_program(body, "Maths().double", prompt)
    assert program is not None
    assert program.error == ""
    names = {}
    exec(program.code, names)
    assert names["Maths"]().double(21) == 42


def test_only_the_completions_own_lines_are_its_own():
    program = find_program("    return 2 * x\n", "double", PROMPT)
    assert program is not None
    lines = program.code.split("\n")[program.own[0] - 1 : program.own[1]]
    assert [line.strip() for line in lines] == ["return 2 * x"]


@pytest.mark.parametrize(
    "text", ["", "   \n", "I cannot help with that.", "The answer is 42.", "42"]
)
def test_prose_is_no_program(text):
    program = find_program(text, "double", "")
    assert program is None or not program.defines("double")


def test_code_in_another_language_is_no_program():
    assert find_program(f"{FENCE}js\nfunction double(x) {{}}\n{FENCE}", "double") is None


def test_a_broken_function_is_not_repaired():
    program = find_program(f"{FENCE}python\ndef double(x):\n    return (2 *\n{FENCE}", "double")
    assert program is not None
    assert program.tree is None
    assert "SyntaxError" in program.error


def test_a_program_that_prints_is_preferred_to_its_output():
    text = f"{FENCE}\nprint(input())\n{FENCE}\nprints\n{FENCE}\n5\n{FENCE}"
    program = find_program(text, None, writes_output=True)
    assert program is not None
    assert "print" in program.code


HOSTILE = {
    "parentheses": "(" * 50_000,
    "brackets closed": "[" * 20_000 + "]" * 20_000,
    "unary": "-" * 45_000 + "1",
    "not": "not " * 10_000 + "1",
    "attributes": "a" + ".b" * 20_000,
    "calls": "a" + "()" * 20_000,
    "sums": "+".join(["1"] * 20_000),
    "lambdas": "lambda: " * 5_000 + "0",
    "ternaries": "1 if 1 else " * 4_000 + "0",
    "blocks": "\n".join(" " * i + "if 1:" for i in range(200)),
    "elifs": "if 0: pass\n" + "elif 0: pass\n" * 3_000,
    "digits": "x = " + "9" * 45_000,
    "power": "x = 10 ** 10 ** 10",
    "shift": "x = 1 << 10 ** 12",
    "repeat": "x = 'a' * 10 ** 12",
    "null": "x = 1\0",
    "surrogate": "x = '\ud800'",
    "bad escape": "x = '\\d'",
    "suspicious comparison": "x = 1 is 1",
    "f-strings": 'f"{' * 2_000,
    "coding": "# -*- coding: nonsense -*-\nx = 1",
    "fences": "```\n" * 10_000,
    "equals with spaces": "x" + " " * 49_000 + "!",
    "assignments amid prose": "x = (\n\nhello there you\n" * 1_500,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_only_fails_to_compile(name):
    done = []

    def work():  # in a thread, as the pipeline does, where the stack is smaller
        for prompt in ("", PROMPT):
            done.append(find_program(HOSTILE[name], "double", prompt))
            done.append(find_program(f"```python\n{HOSTILE[name]}\n```", None, writes_output=True))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(done) == 4


def test_what_is_too_long_is_not_compiled():
    program = find_program("x = 1\n" * 100, "x", max_chars=100)
    assert program is not None
    assert program.tree is None
    assert "longer than 100" in program.error


def test_nothing_of_a_completion_is_compiled_here(monkeypatch):
    def compiled(source, filename, mode, flags=0, **_options):
        assert flags & ast.PyCF_ONLY_AST
        return parsed(source, filename, mode, flags)

    parsed = compile
    monkeypatch.setattr("builtins.compile", compiled)
    for text in FORMS.values():
        assert find_program(text, "double")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("return 1", "'return' outside function"),
        ("class A:\n    return 1", "'return' outside function"),
        ("def f():\n    class A:\n        return 1", "'return' outside function"),
        ("x = yield", "'yield' outside function"),
        ("if 1:\n    break", "'break' outside loop"),
        ("for x in y:\n    pass\nelse:\n    break", "'break' outside loop"),
        ("while x:\n    def f():\n        continue", "'continue' not properly in loop"),
        ("x = 1\nfrom __future__ import annotations", "from __future__ imports must occur"),
        ("'doc'\nfrom __future__ import annotations", ""),
        ("while x:\n    for y in z:\n        pass\n    else:\n        break", ""),
        ("def f():\n    return lambda: (yield)", ""),
    ],
)
def test_what_the_parser_lets_pass_is_refused_as_the_compiler_does(code, said):
    assert misplaced(ast.parse(code)).startswith(f"SyntaxError: {said}" if said else "")
    with pytest.raises(SyntaxError, match=re.escape(said)) if said else nullcontext():
        compile(code, "", "exec")


@given(st.text(alphabet=st.sampled_from("`~\n>. \tdefx():=#import1\"'\\é"), max_size=200))
def test_any_text_is_read(text):
    for prompt in ("", PROMPT):
        program = find_program(text, "f", prompt)
        assert program is None or (program.tree is None) == bool(program.error)
        assert program is None or program.tree is None or parse(program.code) is not None
