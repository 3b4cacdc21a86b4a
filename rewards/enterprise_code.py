"""Enterprise code: compiles, house style, its own tests' measured coverage, approved APIs.

A row asks for a function with pytest-style tests. Its reference names the function and may hold
examples: ``{"entry_point": "total", "examples": [{"input": [[1, 2]], "expected": 3}]}``.
"""

import ast
import re

APPROVED = {"collections", "datetime", "decimal", "itertools", "json", "math", "re", "statistics"}
# What would reach the tracer, or nothing is approved for.
REFUSED = {
    "ag_frame", "breakpoint", "builtins", "codecs", "compile", "cr_frame", "delattr", "enum",
    "eval", "exec", "f_back", "f_builtins", "f_globals", "f_locals", "functools", "gc",
    "getattr", "gi_frame", "globals", "inspect", "locals", "open", "os", "setattr", "settrace",
    "sys", "tb_frame", "tb_next", "threading", "types", "vars",
}  # fmt: skip
LONGEST_LINE, MOST_FUNCTIONS = 100, 50
# Runs every test under a tracer; in further calls with the function at one line emptied.
HARNESS = """
import ast, sys

def run(source, emptied):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno == emptied:
            node.body = [ast.copy_location(ast.Return(ast.Constant(None)), node.body[0])]
    space, seen = {"__name__": "solution"}, []
    exec(compile(ast.fix_missing_locations(tree), "<solution>", "exec"), space)
    for name in [name for name in space if name.startswith("test_")]:
        lines, failed = set(), 0
        def trace(frame, event, _):
            if frame.f_code.co_filename == "<solution>":
                lines.add(frame.f_lineno)
                return trace
        sys.settrace(trace)
        try:
            space[name]()
        except BaseException as exc:
            sys.settrace(None)
            at, failed = exc.__traceback__, -1
            while at:
                failed = at.tb_lineno if at.tb_frame.f_code.co_name == name else failed
                at = at.tb_next
        sys.settrace(None)
        seen.append([name, sorted(lines), failed])
    return seen
"""


def reward(sample):
    """Returns the criteria; their weights and gates are in graders.toml."""
    asked = sample.reference
    if not isinstance(asked, dict) or not asked.get("entry_point"):
        return None  # not scored: which function was asked for is not known
    blocks = re.findall(r"```(?:python|py)?[ \t]*\n(.*?)```", sample.completion, re.DOTALL)
    code = "\n".join(blocks) or sample.completion
    names = ("compiles", "examples_pass", "style", "test_coverage", "approved_apis")
    criteria = dict.fromkeys(names, 0.0)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        return {"criteria": criteria, "reason": f"does not compile: {type(exc).__name__}"}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    inside = [*tree.body, *(node for owner in classes for node in owner.body)]
    functions = [node for node in inside if isinstance(node, ast.FunctionDef)]
    own = [function for function in functions if not function.name.startswith("test_")]
    if asked["entry_point"] not in [function.name for function in own]:
        return {"criteria": criteria, "reason": f"does not define {asked['entry_point']}"}
    criteria["compiles"], criteria["style"] = 1.0, style(code, own)
    foreign = sorted(set(unapproved(tree)))
    if foreign:
        return {"criteria": criteria, "reason": f"not approved, so not run: {', '.join(foreign)}"}
    criteria["approved_apis"] = 1.0
    criteria["examples_pass"] = agrees(sample, code, asked)
    if not criteria["examples_pass"]:  # tests of wrong code are worth nothing, nor is their time
        return {"criteria": criteria, "reason": "does not return what the row's examples say"}
    criteria["test_coverage"], told = measured(sample, code, tree, own)
    return {"criteria": criteria, "reason": told}


def unapproved(tree):
    """Yields modules, names and attributes outside the approved ones."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from (name for name in names if name.partition(".")[0] not in APPROVED)
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if node.level or node.module.partition(".")[0] not in APPROVED:
                yield node.module or "."
        elif isinstance(node, ast.Name) and node.id != "__name__":
            names = [node.id]
            if node.id.startswith("test_"):  # work hidden in a test would not be counted
                yield node.id
        elif isinstance(node, ast.Attribute) and node.attr != "__init__":
            names = [node.attr]
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr.startswith("_") and owner not in ("self", "cls"):
                yield node.attr
        elif isinstance(node, ast.MatchClass):
            names = node.kwd_attrs
        yield from (n for n in names if n in REFUSED or n == "*" or n.startswith("__"))


def agrees(sample, code, asked):
    """Returns 1.0 if the function returns what the row's examples say; the cage never sees that."""
    examples = asked.get("examples")
    if not examples:
        return 1.0
    calls = [example["input"] for example in examples]
    runs = sample.execute(code, function=asked["entry_point"], calls=calls, timeout_s=2)
    return float(all(
        run["status"] == "returned" and alike(run["value"], example["expected"])
        for run, example in zip(runs, examples, strict=True)
    ))  # fmt: skip


def alike(value, expected):
    """Tells whether a value is the expected one; a value that no comparison takes is not."""
    try:
        return plain(value) == expected
    except (ArithmeticError, RecursionError, TypeError, ValueError):
        return False


def plain(value):
    """Returns a value as JSON would hold it."""
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def measured(sample, code, tree, own):
    """Returns the share of statements reached by tests that notice their function emptied."""
    if len(own) > MOST_FUNCTIONS:
        return 0.0, f"more than {MOST_FUNCTIONS} functions"
    (whole,) = sample.execute(HARNESS, function="run", calls=[[code, 0]], timeout_s=2)
    if whole["status"] != "returned":
        return 0.0, f"running the tests ended as {whole['status']}"
    seen = whole["value"]
    if any(failed for _, _, failed in seen):
        return 0.0, "its own tests fail"
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    checked = {n for node in asserts for n in range(node.lineno, node.end_lineno + 1)}
    calls = [[code, function.lineno] for function in own]
    runs = sample.execute(HARNESS, function="run", calls=calls, timeout_s=1)
    hit = []
    for function, run in zip(own, runs, strict=True):
        noticed = {name for name, _, failed in run.get("value", []) if failed in checked}
        reached = {line for name, lines, _ in seen if name in noticed for line in lines}
        hit += [any(n in reached for n in range(*span)) for span in statements(function)]
    return sum(hit) / max(1, len(hit)), f"{sum(hit)} of {len(hit)} statements are tested"


def statements(function):
    """Yields the lines of every statement in a function; of a compound one, its head."""
    for node in ast.walk(function):
        silent = isinstance(node, (ast.Global, ast.Nonlocal)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
        if isinstance(node, ast.stmt) and node is not function and not silent:
            body = getattr(node, "body", None)
            end = body[0].lineno if body else node.end_lineno + 1
            yield node.lineno, max(end, node.lineno + 1)


def style(code, own):
    """Returns the mean of three shares: tidy lines, docstrings, annotated snake_case functions."""
    lines = code.splitlines()
    tidy = sum(len(line) <= LONGEST_LINE and line == line.rstrip() for line in lines)
    documented = sum(ast.get_docstring(function) is not None for function in own)
    annotated = sum(
        function.returns is not None
        and all(arg.annotation or arg.arg in ("self", "cls") for arg in function.args.args)
        and re.fullmatch(r"[a-z0-9_]+", function.name) is not None
        for function in own
    )
    return (tidy / len(lines) + documented / len(own) + annotated / len(own)) / 3
