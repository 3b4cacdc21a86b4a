"""Finds the program in a completion, as a careful person would.

A completion may be a fenced block or several, code amid prose, a whole function or only
the body that continues ``prompt_code``. What is chosen is always text that the model wrote,
in its order, together with what the prompt gave; nothing is repaired.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass, replace

from touchstone.templates.code_verification.blocks import find_texts, starts_code
from touchstone.templates.code_verification.entry import Defined, defined, only_tests, owner_of
from touchstone.templates.code_verification.environment import LEETCODE, around
from touchstone.templates.code_verification.syntax import (
    UNREADABLE,
    bound_names,
    free_names,
    misplaced,
    parse,
    root_name,
    syntax_tree,
)

_WRITES = {"print", "pprint", "stdout", "write", "writelines"}
_READS = {"fileinput", "input", "open", "read", "readline", "stdin"}


@dataclass(frozen=True, slots=True)
class Program:
    """The program that a completion amounts to.

    Attributes:
        code: What is run: what the prompt gave, then the completion's own.
        own: First and last line of the completion's own code, counted from 1.
        tree: Its syntax tree; ``None`` when it cannot compile.
        error: What the compiler says, else empty.
    """

    code: str
    own: tuple[int, int]
    tree: ast.Module | None
    error: str = ""

    def defines(self, entry_point: str) -> bool:
        """Whether the module binds the name that the tests will look for."""
        return root_name(entry_point) in bound_names(self.tree)

    def defines_class(self, name: str) -> bool:
        """Whether the module's last definition of ``name`` is a class."""
        found: ast.stmt | None = None
        for node in self.tree.body if self.tree is not None else ():
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
                found = node
        return isinstance(found, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class PromptParts:
    """``prompt_code`` around the function to complete.

    Attributes:
        before: All that comes before its decorators and ``def`` line.
        outer: What stands at the margin before it, or before the class that it is a method of.
        def_indent: White space before ``def``.
        body_indent: White space before a statement of its body.
    """

    before: str
    outer: str
    def_indent: str = ""
    body_indent: str = "    "


def find_program(
    completion: str,
    entry_point: str | None,
    prompt_code: str = "",
    *,
    environment: str = "",
    writes_output: bool = False,
    max_chars: int = 50_000,
) -> Program | None:
    """Finds the program in a completion.

    Of several texts the one that holds most of what was asked counts, and of equals the last,
    since models improve on a draft: a function with a body comes before a name that is bound
    otherwise, and that before the continuation of ``prompt_code``; a signature without a body
    and a block that only imports the name (it holds tests) come last. Other texts are put before
    the chosen one when they define names that it lacks. Where no entry point is known, a text
    with a definition counts; for a program one that prints and lacks no name, above all if it
    reads its input.

    Args:
        completion: The model's text, without its thinking.
        entry_point: A name, ``Class().method``, or ``None`` where the completion decides.
        prompt_code: What the model was asked to continue; may be empty.
        environment: What the task gives besides: imports and helpers.
        writes_output: The tests run it as a program, from stdin to stdout.
        max_chars: Longer completions are not parsed, which bounds the parser's work.

    Returns:
        ``None`` when there is no code at all. A program that cannot compile is returned with
        its error. Nothing is compiled here: a few nested ``finally`` double the compiler's work
        each, so that a thousand characters take gigabytes. What only the compiler can refuse, as
        a second ``global``, the sandbox says.
    """
    if len(completion) > max_chars:
        return Program("", (1, 1), None, f"the completion is longer than {max_chars} characters")
    program = _find(completion.replace("\r\n", "\n"), entry_point, prompt_code, writes_output)
    if program is None or program.tree is None:
        return program
    if entry_point and not program.defines(entry_point):
        owner = owner_of(program.tree, entry_point)
        program = _with_method(program, owner, entry_point) if owner else program
        environment = environment or (LEETCODE if owner == "Solution" else "")
    assert program.tree is not None  # noqa: S101 - only a name was bound
    given = around(environment, program.tree)
    return _after(given, program) if given else program


def _find(
    completion: str, entry_point: str | None, prompt_code: str, writes_output: bool
) -> Program | None:
    root = root_name(entry_point) if entry_point else None
    found = find_texts(completion, root)
    fenced = found.tagged or found.plain
    texts = [text for group in found.groups for text in group]
    prompt = split_prompt(prompt_code, entry_point) if prompt_code.strip() else None
    ranks = [
        (_rank(text, entry_point, writes_output), -place, text)
        for place, group in enumerate(found.groups)
        for text in reversed(group)
    ]
    rank, _, best = max(ranks, key=lambda ranked: ranked[:2], default=(Defined.NOT, 0, ""))
    if rank > Defined.EMPTY:
        return _whole(_join(texts, best, prompt), prompt)
    if prompt is not None:
        for text in reversed(fenced or [completion]):
            if program := _continuation(text, prompt_code, prompt, entry_point):
                return program
    if rank > Defined.NOT:
        return _whole(_join(texts, best, prompt), prompt)
    torn = [
        text for text in texts if root and re.search(rf"\b(def|class)\s+{re.escape(root)}\b", text)
    ]
    if not torn:
        torn = fenced or [text for text in found.loose if starts_code(text)]
    return _whole(torn[-1], prompt) if torn else None


def promised(prompt_code: str) -> str | None:
    """Returns the entry point that a prompt ends with: a name, or ``Class().method``."""
    lines = prompt_code.split("\n")
    at = _last_def(lines, r"\w+")
    if at is None:
        return None
    method = re.split(r"\W", lines[at].split("def", 1)[1].strip(), maxsplit=1)[0]
    owners = (re.match(r"class\s+(\w+)", line) for line in reversed(lines[:at]))
    owner = next((match for match in owners if match), None) if lines[at][:1].isspace() else None
    return f"{owner[1]}().{method}" if owner else method


def split_prompt(prompt_code: str, entry_point: str | None) -> PromptParts:
    """Splits ``prompt_code`` at the function it ends with, the entry point if it is there."""
    lines = prompt_code.split("\n")
    name = re.escape(re.split(r"\W+", entry_point)[-1]) if entry_point else r"\w+"
    at = _last_def(lines, name)
    at = _last_def(lines, r"\w+") if at is None else at
    if at is None:
        return PromptParts(prompt_code, prompt_code)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    body = next((line for line in lines[at + 1 :] if line.strip()), "")
    inner = body[: len(body) - len(body.lstrip())]
    while at > 0 and lines[at - 1].startswith(f"{indent}@"):
        at -= 1
    deeper = inner if len(inner) > len(indent) else f"{indent}    "
    margin = at
    if indent:
        classes = [i for i in range(at) if lines[i].startswith("class ")]
        margin = classes[-1] if classes else 0
        while margin > 0 and lines[margin - 1].startswith("@"):
            margin -= 1
    before, outer = ("\n".join(lines[:end]) for end in (at, margin))
    return PromptParts(before, outer, indent, deeper)


def _last_def(lines: list[str], name: str) -> int | None:
    pattern = re.compile(rf"\s*(?:async\s+)?def\s+{name}\s*[(\[]")
    return max((i for i, line in enumerate(lines) if pattern.match(line)), default=None)


def _rank(text: str, entry_point: str | None, writes_output: bool) -> Defined:
    """Returns how much of what was asked a text holds."""
    tree = parse(text)
    if tree is None:
        return Defined.NOT
    if entry_point is not None:
        return defined(tree, entry_point)
    if writes_output:
        nodes = list(ast.walk(tree))
        names = {n.id for n in nodes if isinstance(n, ast.Name)} | bound_names(tree)
        names |= {n.attr for n in nodes if isinstance(n, ast.Attribute)}
        if not names & _WRITES:
            return Defined.NOT
        alone = not free_names(tree)
        return (Defined.WHOLE if names & _READS else Defined.ALIAS) if alone else Defined.METHOD
    if not any(
        isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for n in tree.body
    ):
        return Defined.NOT
    return Defined.IMPORTED if only_tests(tree) else Defined.WHOLE


def _with_method(program: Program, owner: str, method: str) -> Program:
    """Binds the name that is asked for to a method of a new object each time."""
    call = f"{owner}().{method}(*args, **kwargs)"
    code = f"{program.code}\n\ndef {method}(*args, **kwargs):\n    return {call}\n"
    return replace(program, code=code, tree=parse(code))


def _after(given: str, program: Program) -> Program:
    """Puts what the task gives before a program."""
    code = f"{given}\n\n{program.code}"
    tree = parse(code)
    if tree is None or misplaced(tree):
        return program  # `from __future__` must come first
    shift = given.count("\n") + 2
    return Program(code, (program.own[0] + shift, program.own[1] + shift), tree)


def _whole(text: str, prompt: PromptParts | None) -> Program:
    """Reads a text that stands on its own, after what the prompt gave before it."""
    if prompt is not None and prompt.outer.strip():
        program = _program(prompt.outer, text)
        if program.tree is not None:
            return program
    return _program("", text)  # alone too: `from __future__` must come first


def _continuation(
    text: str, prompt_code: str, prompt: PromptParts, entry_point: str | None
) -> Program | None:
    """Reads a text as the body that ``prompt_code`` waits for, or as its whole method."""
    if not text.strip():
        return None
    text = text.strip("\n")
    flat = textwrap.dedent(text)
    method = re.split(r"\W+", entry_point)[-1] if entry_point else None
    readings: list[tuple[str, str]] = []
    if prompt.def_indent and method in bound_names(parse(flat)):
        readings.append((prompt.before, textwrap.indent(flat, prompt.def_indent)))
    shifted = textwrap.indent(flat, prompt.body_indent)
    bodies = [text, f"{prompt.body_indent}{text.lstrip()}", shifted]
    # Whole before cut: what stands at the margin may be the body's own, shifted.
    bodies += [cut for body in bodies if (cut := _cut_body(body))]
    readings += [(prompt_code, body) for body in bodies]
    for before, own in readings:
        indented = own.startswith((" ", "\t")) or before is prompt.before
        program = _program(before, own) if indented else None
        if program is not None and program.tree is not None:
            return program
    return None


def _cut_body(body: str) -> str:
    """Cuts what a model wrote after the function: text at the margin that is no code."""
    lines = body.split("\n")
    margin = next((i for i, line in enumerate(lines) if i and line[:1].strip()), None)
    return "" if margin is None else "\n".join(lines[:margin])


def _program(before: str, own: str) -> Program:
    head = f"{before.rstrip()}\n\n" if before.strip() else ""
    code = f"{head}{own.rstrip()}\n"
    first = head.count("\n") + 1
    lines = (first, first + own.rstrip().count("\n"))
    try:
        tree = syntax_tree(code)
    except SyntaxError as exc:
        where = f" (line {exc.lineno})" if exc.lineno else ""
        return Program(code, lines, None, f"{type(exc).__name__}: {exc.msg}{where}")
    except UNREADABLE as exc:
        return Program(code, lines, None, f"{type(exc).__name__}: {exc}")
    said = misplaced(tree)
    return Program(code, lines, None if said else tree, said)


def _join(texts: list[str], chosen: str, prompt: PromptParts | None) -> str:
    """Puts other blocks before the chosen one when they define names that it lacks."""
    given = bound_names(parse(prompt.outer)) if prompt is not None else set[str]()
    trees = {i: tree for i, text in enumerate(texts) if (tree := parse(text)) is not None}
    home = max(i for i, text in enumerate(texts) if text is chosen)
    if home not in trees:
        return chosen
    bound = {i: bound_names(tree) for i, tree in trees.items()}
    needed: set[int] = set()
    have = given | bound[home]
    pending = [home]
    while pending:
        missing = free_names(trees[pending.pop()]) - have
        for i in trees.keys() - needed - {home} if missing else ():
            if missing & bound[i]:
                needed.add(i)
                pending.append(i)
        have = have.union(*(bound[i] for i in needed))
    return "\n".join([*(texts[i] for i in sorted(needed)), chosen])
