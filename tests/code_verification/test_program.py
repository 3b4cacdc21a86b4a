"""Programs are found in completions of every form, and hostile text harms nobody."""

import ast
import io
import re
import threading
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.templates.code_verification.entry import infer_entry_point
from touchstone.templates.code_verification.environment import around
from touchstone.templates.code_verification.program import find_program, promised
from touchstone.templates.code_verification.syntax import misplaced, parse
from touchstone.templates.code_verification.trim import guarded, without_own_tests

FENCE = "```"
PY = f"{FENCE}python\n"
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
    "a test block after": f"{PY}{DOUBLE}{FENCE}\n{PY}from solution import "
    f"double\nassert double(2) == 4\n{FENCE}",
    "its signature again": f"{PY}{DOUBLE}{FENCE}\n{FENCE}py\ndef double(x): ...\n{FENCE}",
    "its docstring again": f"{FENCE}\n{DOUBLE}{FENCE}\n{PY}def double(x):\n    'D.'\n{FENCE}",
    "a fence in a docstring": f'{PY}def double(x):\n    """D.\n{PY}1\n{FENCE}\n'
    f'    """\n    return 2 * x\n{FENCE}\nDone.',
    "Markdown in a block": f"````markdown\n# Answer\n{PY}{DOUBLE}{FENCE}\n````",
    "a block that was never closed": f"{PY}def double(x):\n    return x\n\nNo, wrong:\n"
    f"{PY}{DOUBLE}{FENCE}",
    "a version in the tag": f"{FENCE}python3.11\n{DOUBLE}{FENCE}",
    "a path in the tag": f"{FENCE}src/double.py\n{DOUBLE}{FENCE}",
    "a tag that says nothing": f"{FENCE}text\n{DOUBLE}{FENCE}",
    "a block on one line": f"{FENCE}python def double(x): return 2 * x{FENCE}",
    "inside a line": "Use `double = lambda x: 2 * x` for it.",
    "JSON": '{"why": "x", "code": "def double(x):\\n    return 2 * x"}',
    "JSON in a block": f'{FENCE}json\n{{"code": "def double(x):\\n    return 2 * x"}}\n{FENCE}',
    "HTML": "<pre><code>def double(x):\n    return x * 2 if x &gt; 0 else 2 * x\n</code></pre>",
    "tags around": f"<answer>\n{DOUBLE}</answer>",
    "LaTeX": f"\\begin{{lstlisting}}[language=Python]\n{DOUBLE}\\end{{lstlisting}}",
    "a byte order mark": f"{PY}\ufeff{DOUBLE}{FENCE}",
    "two attempts in prose": f"def double(x)\n    return x\n\nOops, forgot the colon.\n\n{DOUBLE}",
    "prose between": f"import os\nSorry, once more:\n{DOUBLE}As you can see, it doubles.\n",
    "a session in prose": ">>> def double(x):\n...     return 2 * x\n...\n>>> double(3)\n6\n",
    "a method": "class Solution:\n    def double(self, x):\n        return 2 * x\n",
    "a method, typed for a contest": "class Solution:\n    def double(self, x: List[int]):\n"
    "        return 2 * x\n",
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
    "an import of its name": "    from operator import mul as double\n    return double(2, x)\n",
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


@pytest.mark.parametrize(
    "completion",
    [
        "class Maths:\n    def double(self, x: Sequence):\n        return times(2, x)",
        "return times(2, x)",
    ],
)
def test_a_class_gets_what_the_prompt_gave_before_it(completion):
    prompt = (
        "from typing import Sequence\n\ndef times(a, b):\n    return a * b\n\n"
        "class Maths:\n    def other(self):\n        pass\n\n    def double(self, x):\n"
    )
    program = find_program(completion, "Maths().double", prompt)
    assert program is not None
    names = {}
    exec(program.code, names)
    assert names["Maths"]().double(21) == 42


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("x: List[int]", "from typing import List"),
        ("d = deque(); m = math.pi", "from collections import deque\nimport math"),
        ("def List(): pass\nx = List()", ""),
        ("x = undefined", ""),
    ],
)
def test_an_environment_gives_what_a_program_lacks(code, given):
    environment = "from typing import List\nfrom collections import *\nimport math\nimport heapq"
    assert around(environment, ast.parse(code)) == given


def test_helpers_of_an_environment_come_with_what_they_need():
    environment = "import math\nclass Node:\n    size = math.pi\n"
    assert "import math" in around(environment, ast.parse("Node()"))


AFTER = [
    "result = double('a', 'b')\nprint(result)",
    "import sys\nsys.exit(double(3))",
    "import argparse\nargs = argparse.ArgumentParser().parse_args(['--no'])",
    "with open('data.txt') as file:\n    text = '''\n'''\n    print(double(file))",
    "def test_double():\n    assert double(2) == 5\ntest_double()",
    "for a, b in [1, 2]:\n    print(double(a))\n\nTHREE = 3",
    "raise SystemExit(0)",
]


@pytest.mark.parametrize("after", AFTER)
def test_what_fails_after_the_definition_does_not_undo_it(after):
    found = find_program(f"{FENCE}python\ndef double(x):\n    return two() * x\n{after}\n"
                         f"def two():\n    return 2\n{FENCE}", "double")  # fmt: skip
    assert found is not None
    names = {}
    exec(guarded(found, "double").code, names)
    assert names["double"](21) == 42


@pytest.mark.parametrize(
    "code",
    [
        f"import pytest\n{DOUBLE}\n@pytest.mark.parametrize('x', [1])\ndef test_it(x):\n    pass\n",
        f"from hypothesis import given, strategies as st\nC = st.integers()\n{DOUBLE}\n@given(C)\n"
        "def test_it(x):\n    pass\n",
        f"import pytest\n{DOUBLE}\nif __name__ == '__main__':\n    pytest.main([__file__])\n",
    ],
)
def test_tests_of_its_own_need_no_framework(code):
    found = find_program(code, "double")
    assert found is not None
    trimmed = without_own_tests(found, "double", ["pytest", "hypothesis"])
    assert trimmed.code.count("\n") == found.code.count("\n")
    names: dict[str, Any] = {"__name__": "candidate"}
    exec(trimmed.code, names)
    assert names["double"](21) == 42


def test_a_framework_that_the_function_itself_needs_stays():
    code = "import pytest\n\ndef double(x):\n    return pytest.approx(2 * x)\n"
    found = find_program(code, "double")
    assert found is not None
    assert without_own_tests(found, "double", ["pytest"]).code == found.code


INFERRED = {
    f"{DOUBLE}\ndef main():\n    print(double(2))\n": "double",
    f"{DOUBLE}\ndef test_double():\n    assert double(2) == 4\n": "double",
    f"{DOUBLE}\ndef run():\n    return double(1)\n": "run",
    f"{DOUBLE}\ndef other():\n    pass\n": None,
    f"class Solution:\n    def go(self): pass\n\n{DOUBLE}\ndef two(): pass": None,
    "class A:\n    def _no(self): pass\n    def go(self): pass\n": "A().go",
}


@pytest.mark.parametrize("code", INFERRED)
def test_which_function_is_meant_is_inferred(code):
    assert infer_entry_point(ast.parse(code)) == INFERRED[code]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        (PROMPT, "double"),
        ("class A:\n    def f(self):\n        pass\n\n    async def g(self, x):\n", "A().g"),
        ("import math\n", None),
    ],
)
def test_a_prompt_promises_the_function_that_it_ends_with(prompt, name):
    assert promised(prompt) == name


PROGRAMS = {
    "a line of it quoted after": f"{PY}n = int(input())\nprint(2 * n)\n{FENCE}\nThe line\n"
    f"{PY}print(2 * n)\n{FENCE}\ndoes it.",
    "in two parts": f"{PY}def solve(n):\n    return 2 * n\n{FENCE}\n{PY}"
    f"print(solve(int(input())))\n{FENCE}",
    "after a draft": f"{PY}n = int(input())\nprint(3 * n)\n{FENCE}\nbetter\n{PY}"
    f"import sys\nprint(2 * int(sys.stdin.read()))\n{FENCE}",
    "in tags": "<answer>\nn = int(input())\nprint(2 * n)\n</answer>",
    "after a torn one": "n = int(input()\nprint(2 * n)\n\nNo:\n\nn = int(input())\nprint(2 * n)\n",
}


@pytest.mark.parametrize("form", PROGRAMS)
def test_a_program_is_found(form, monkeypatch, capsys):
    program = find_program(PROGRAMS[form], None, writes_output=True)
    assert program is not None
    monkeypatch.setattr("sys.stdin", io.StringIO("21\n"))
    exec(program.code, {"__name__": "__main__"})
    assert capsys.readouterr().out == "42\n"


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
