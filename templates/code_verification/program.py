"""Finds the program in a completion, as a careful person would.

A completion may be a fenced block or several, code amid prose, a whole function or only
the body that continues ``prompt_code``. What is chosen is always text that the model wrote,
in its order, together with what the prompt gave; nothing is repaired.
"""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from touchstone.scoring.code_blocks import split_blocks

_PYTHON_TAGS = {"python", "py", "python3", "py3", "ipython", "pycon", "python-repl"}
# A line that starts a statement, read strictly: prose must not look like code.
# E.g. `async def f`, `import os as o`, `for x in y:`, `x += 1`, `print(x)`; not `the sum of both`
_CODE_START = re.compile(
    r"(?:async )?def \w|class \w+.*:|@\w|import [\w.]+\s*(?:$|as |,)|from [\w.]+ import "
    r"|(?:for|while|if|elif|else|with|try|except|finally|match)\b.*:\s*(?:#.*)?$"
    r"|(?:print|main|sys[.]\w[\w.]*)\(|[A-Za-z_][\w.,\[\] ]* ?[-+*/]?= ?[^=\s]"
)
# Bounds on how often a hostile completion can make us ask the compiler.
_MAX_CUTS = 20
_MAX_RUNS = 8
_MAX_ENDS = 4
_MAX_KEPT = 10_000  # characters
_BUILTINS = frozenset(dir(builtins))
# What the parser raises besides SyntaxError, however hostile the text is.
_UNREADABLE = (ValueError, RecursionError, MemoryError, OverflowError)
_warnings_lock = threading.Lock()


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
        def_indent: White space before ``def``.
        body_indent: White space before a statement of its body.
    """

    before: str
    def_indent: str = ""
    body_indent: str = "    "


def find_program(
    completion: str,
    entry_point: str | None,
    prompt_code: str = "",
    *,
    writes_output: bool = False,
    max_chars: int = 50_000,
) -> Program | None:
    """Finds the program in a completion.

    Of several blocks the last that defines the entry point counts (models improve on a
    draft); other blocks are put before it when they define names that it lacks. Where no
    entry point is known, the last block with a definition counts, or for a program the last
    that prints. Only where no block qualifies is the code read as the continuation of
    ``prompt_code``.

    Args:
        completion: The model's text, without its thinking.
        entry_point: A name, ``Class().method``, or ``None`` where the completion decides.
        prompt_code: What the model was asked to continue; may be empty.
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
    completion = completion.replace("\r\n", "\n")
    root = root_name(entry_point) if entry_point else None
    tagged, plain, loose = _code_texts(completion, root)
    fenced = tagged or plain
    texts = [*tagged, *plain, *loose]
    prompt = split_prompt(prompt_code, entry_point) if prompt_code.strip() else None
    for group in (tagged, plain, loose):
        whole = [text for text in group if _qualifies(text, root, writes_output)]
        if whole:
            return _whole(_join(texts, whole[-1], prompt), prompt)
    if prompt is not None:
        for text in reversed(fenced or [completion]):
            if program := _continuation(text, prompt_code, prompt, entry_point):
                return program
    torn = [
        text for text in texts if root and re.search(rf"\b(def|class)\s+{re.escape(root)}\b", text)
    ]
    if not torn:
        torn = fenced or [text for text in loose if _starts_code(text)]
    return _whole(torn[-1], prompt) if torn else None


def parse(source: str) -> ast.Module | None:
    """Parses Python; ``None`` when the compiler refuses, however hostile the text is."""
    # The same few texts are asked about again and again; large trees are not worth keeping.
    return _parse_kept(source) if len(source) <= _MAX_KEPT else _parse(source)


def _parse(source: str) -> ast.Module | None:
    try:
        return _syntax_tree(source)
    except (SyntaxError, *_UNREADABLE):
        return None


_parse_kept = lru_cache(maxsize=16)(_parse)


def _syntax_tree(source: str) -> ast.Module:
    # The filter is the process's own: one thread at a time may change it.
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def misplaced(tree: ast.Module) -> str:
    """Returns what the compiler says of a statement that stands where none may, else ``""``.

    The parser accepts ``return`` outside a function and ``break`` outside a loop, and which
    reading of a completion is meant hangs on them.
    """
    late = False
    for index, node in enumerate(tree.body):
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if future and late:
            return _said("from __future__ imports must occur at the beginning of the file", node)
        docstring = (
            not index and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
        late = late or not (future or docstring)
    pending: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while pending:
        node, in_function, in_loop = pending.pop()
        match node:
            case ast.Return() if not in_function:
                return _said("'return' outside function", node)
            case ast.Yield() | ast.YieldFrom() if not in_function:
                return _said("'yield' outside function", node)
            case ast.Break() if not in_loop:
                return _said("'break' outside loop", node)
            case ast.Continue() if not in_loop:
                return _said("'continue' not properly in loop", node)
        loops = isinstance(node, ast.For | ast.AsyncFor | ast.While)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            in_function, in_loop = True, False
        elif isinstance(node, ast.ClassDef):
            in_function = in_loop = False
        children: list[tuple[ast.AST, bool, bool]] = []
        for name, value in ast.iter_fields(node):
            inside = in_loop or (loops and name == "body")
            parts = value if isinstance(value, list) else [value]
            children += [(part, in_function, inside) for part in parts if isinstance(part, ast.AST)]
        pending += reversed(children)
    return ""


def _said(what: str, node: ast.stmt | ast.expr) -> str:
    return f"SyntaxError: {what} (line {node.lineno})"


def root_name(entry_point: str) -> str:
    """Returns the name that an entry point starts from: ``Class`` of ``Class().method``."""
    return re.split(r"\W", entry_point, maxsplit=1)[0]


def bound_names(tree: ast.Module | None) -> set[str]:
    """Returns the names that running a module binds at its top level."""
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body) if tree is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue  # what is inside is not the module's
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        pending.extend(ast.iter_child_nodes(node))
    return names


def split_prompt(prompt_code: str, entry_point: str | None) -> PromptParts:
    """Splits ``prompt_code`` at the function it ends with, the entry point if it is there."""
    lines = prompt_code.split("\n")
    name = re.escape(re.split(r"\W+", entry_point)[-1]) if entry_point else r"\w+"
    at = _last_def(lines, name)
    at = _last_def(lines, r"\w+") if at is None else at
    if at is None:
        return PromptParts(prompt_code)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    body = next((line for line in lines[at + 1 :] if line.strip()), "")
    inner = body[: len(body) - len(body.lstrip())]
    while at > 0 and lines[at - 1].startswith(f"{indent}@"):
        at -= 1
    deeper = inner if len(inner) > len(indent) else f"{indent}    "
    return PromptParts("\n".join(lines[:at]), indent, deeper)


def _last_def(lines: list[str], name: str) -> int | None:
    pattern = re.compile(rf"\s*(?:async\s+)?def\s+{name}\s*[(\[]")
    return max((i for i, line in enumerate(lines) if pattern.match(line)), default=None)


def _code_texts(completion: str, root: str | None) -> tuple[list[str], list[str], list[str]]:
    """Returns what may be code: blocks tagged as Python, blocks without a tag, and others."""
    blocks, outside = split_blocks(completion)
    tagged = [block.text for block in blocks if block.language in _PYTHON_TAGS]
    plain = [block.text for block in blocks if not block.language]
    read = ((_settled(_without_prompts(text), root) for text in group) for group in (tagged, plain))
    fenced, bare = ([text for text in group if text.strip()] for group in read)
    return fenced, bare, list(_loose_code(outside, root))


def _without_prompts(text: str) -> str:
    """Returns the input of a REPL session; other text as it is."""
    lines = text.split("\n")
    if not next((line for line in lines if line.strip()), "").lstrip().startswith(">>>"):
        return text
    entered = [line.lstrip() for line in lines if line.lstrip().startswith((">>>", "..."))]
    return "".join(f"{re.sub(r'^(>>>|[.]{3}) ?', '', line)}\n" for line in entered)


def _loose_code(text: str, root: str | None) -> Iterator[str]:
    """Yields the runs of code in prose: from a line that starts code to where it stops."""
    if parse(text) is not None:
        yield from [text] if text.strip() else []
        return
    lines = text.split("\n")
    at = runs = 0
    while at < len(lines) and runs < _MAX_RUNS:
        if _starts_code(lines[at]):
            run = _up_to_prose(lines[at:])
            yield _settled(run, root)
            at += run.count("\n")
            runs += 1
        else:
            at += 1


def _up_to_prose(lines: list[str]) -> str:
    """Returns the first lines up to one at the margin that, after a blank line, is no code.

    Such a line may also stand inside a string, so the first end that parses is taken.
    """
    ends = [
        end
        for end, line in enumerate(lines)
        if end and line[:1].isalpha() and not lines[end - 1].strip() and not _starts_code(line)
        and parse(line) is None
    ]  # fmt: skip
    runs = ("\n".join(lines[:end]) + "\n" for end in [*ends, len(lines)][:_MAX_ENDS])
    first = ""
    for run in runs:
        if parse(run) is not None:
            return run
        first = first or run
    return first


def _settled(text: str, root: str | None) -> str:
    """Cuts what a model left after the asked function: a torn example, a word of prose.

    The cut is where a line starts at the margin; a definition that is torn or wrong inside
    is never cut. Where no name is known, everything may matter, so nothing is cut.
    """
    if root is None or parse(text) is not None:
        return text
    lines = text.split("\n")
    margins = [i for i, line in enumerate(lines) if i and line[:1].strip()]
    for end in margins[::-1][:_MAX_CUTS]:
        beginning = "\n".join(lines[:end]) + "\n"
        if root in bound_names(parse(beginning)):
            return beginning
    return text


def _starts_code(text: str) -> bool:
    return any(_CODE_START.match(line[:200]) for line in text.split("\n"))


def _qualifies(text: str, root: str | None, writes_output: bool) -> bool:
    tree = parse(text)
    if tree is None:
        return False
    if root is not None:
        return root in bound_names(tree)
    if writes_output:
        called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        names = {getattr(func, "id", getattr(func, "attr", "")) for func in called}
        return not names.isdisjoint(("print", "write", "writelines"))
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)


def _whole(text: str, prompt: PromptParts | None) -> Program:
    """Compiles a text that stands on its own, after what the prompt gave before it."""
    if prompt is not None and not prompt.def_indent and prompt.before.strip():
        program = _program(prompt.before, text)
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
        tree = _syntax_tree(code)
    except SyntaxError as exc:
        where = f" (line {exc.lineno})" if exc.lineno else ""
        return Program(code, lines, None, f"{type(exc).__name__}: {exc.msg}{where}")
    except _UNREADABLE as exc:
        return Program(code, lines, None, f"{type(exc).__name__}: {exc}")
    said = misplaced(tree)
    return Program(code, lines, None if said else tree, said)


def _join(texts: list[str], chosen: str, prompt: PromptParts | None) -> str:
    """Puts other blocks before the chosen one when they define names that it lacks."""
    given = bound_names(parse(prompt.before)) if prompt is not None else set[str]()
    trees = {i: tree for i, text in enumerate(texts) if (tree := parse(text)) is not None}
    home = max(i for i, text in enumerate(texts) if text is chosen)
    if home not in trees:
        return chosen
    bound = {i: bound_names(tree) for i, tree in trees.items()}
    needed: set[int] = set()
    have = given | bound[home]
    pending = [home]
    while pending:
        missing = _free_names(trees[pending.pop()]) - have
        for i in trees.keys() - needed - {home} if missing else ():
            if missing & bound[i]:
                needed.add(i)
                pending.append(i)
        have = have.union(*(bound[i] for i in needed))
    return "\n".join([*(texts[i] for i in sorted(needed)), chosen])


def _free_names(tree: ast.Module) -> set[str]:
    """Returns the names that a module reads and never binds, in whatever scope."""
    loaded: set[str] = set()
    bound: set[str] = set(_BUILTINS)
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                loaded.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                bound.add(name)
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound.update((alias.asname or alias.name).split(".")[0] for alias in names)
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
    return loaded - bound
