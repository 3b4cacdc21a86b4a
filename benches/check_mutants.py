"""How many faults ``touchstone check`` notices: templates with one operator or constant changed.

    python -m benches.check_mutants --wanted 200

A mutant counts where it can be loaded and the rewards of the bundled cases tell it from the
template. It is noticed
where a probe falls short that holds for the template itself. What bundled cases expect is not
used: of them the check is given the rows, and the completions that a person expects to earn 0.9
or more, as plainly right; everything else it makes itself.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.util
import json
import multiprocessing
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import templates
from templates import template_names
from workbench.check.cases import Case, cases_beside, read_cases
from workbench.check.draws import rng_of
from workbench.check.opened import local_subject
from workbench.check.probes import PROBES
from workbench.check.run import run
from workbench.check.trial import Trial
from workbench.grading.expect import Expectation
from workbench.stats import wilson

ROOT = Path(templates.__file__).parent
LONGEST_S = 90  # of one mutant; one that hangs for longer is noticed
ORDER = ("gold", "attack", "metamorphic", "variants")

_SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add,
    ast.Div: ast.Mult,
}  # fmt: skip


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """Yields the ways to change one node of a program: an operator, a constant or a branch."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _SWAPS:
            yield ast.Compare(node.left, [_SWAPS[type(op)]()], node.comparators)
        case ast.BoolOp() | ast.BinOp() if type(node.op) in _SWAPS:
            other = copy.copy(node)
            other.op = _SWAPS[type(node.op)]()
            yield other
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.If() | ast.IfExp():
            other = copy.copy(node)
            other.test = ast.UnaryOp(ast.Not(), node.test)
            yield other


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def sites(folder: Path) -> list[tuple[Path, int, int]]:
    """Returns every change of a template: its file, the node's number and the way's."""
    return [
        (path, at, way)
        for path in sorted(folder.glob("*.py"))
        for at, node in enumerate(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        for way, _ in enumerate(changed(node))
    ]


def mutated(path: Path, at: int, way: int) -> tuple[str, str]:
    """Returns a program with one change, and the change for a person."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    node = list(ast.walk(tree))[at]
    new = list(changed(node))[way]
    said = f"{path.parent.name}/{path.name}:{getattr(node, 'lineno', 0)}"
    before = ast.unparse(node).split("\n")[0][:60]
    after = _Swap(node, new).visit(tree)
    return ast.unparse(ast.fix_missing_locations(after)), f"{said} {before}"


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another source."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(self, name: str, _path: Any, _target: Any = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: Any) -> None:
        exec(compile(self.source, self.name, "exec"), module.__dict__)


def neutral(cases: list[Case]) -> list[Case]:
    """Returns cases without what is expected of them, but for what is plainly right."""
    bare = []
    for case in cases:
        score = case.expect.score if case.expect else None
        right = score is not None and score[0] >= 0.9
        plainly = Expectation(score=(0.9, 1.0)) if right else None
        bare.append(replace(case, completion=case.completion if right else None, expect=plainly))
    return bare


def rewards(name: str, cases: list[Case]) -> list[object]:
    """Returns what the bundled cases earn."""
    with local_subject(name, {}, cases) as subject:
        given = [Trial(c.row, c.completion, "case", "") for c in cases if c.completion is not None]
        return [(one.outcome, round(one.reward or 0.0, 6)) for one in subject.ask(given)]


def short(name: str, cases: list[Case], known: set[str]) -> list[str]:
    """Returns the probes that fall short and are not known to; stops after the first of them."""
    found: list[str] = []
    with local_subject(name, {}, neutral(cases)) as subject:
        for probe in sorted(
            (one for one in PROBES if one.name in ORDER), key=lambda one: ORDER.index(one.name)
        ):
            found += [
                v.probe for v in run(subject, 40, [probe])
                if v.status == "falls_short" and v.probe not in known
                and v.probe != "metamorphic:cold"
            ]  # fmt: skip
            if found and known is not _NONE:
                break
    return found


_NONE: set[str] = set()


def in_child(work: Any, *args: Any) -> Any:
    """Runs a function in a process of its own; ``"hangs"`` where it takes too long."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_send, args=(theirs, work, args))
    child.start()
    theirs.close()
    try:
        answer = ours.recv() if ours.poll(LONGEST_S + 20) else "hangs"
    except EOFError:  # its alarm ended it
        answer = "hangs"
    child.kill()
    child.join()
    return answer


def _send(pipe: Any, work: Any, args: tuple[Any, ...]) -> None:
    signal.alarm(LONGEST_S)
    try:
        pipe.send(work(*args))
    except BaseException as exc:  # noqa: BLE001 - a mutant may raise anything
        pipe.send(f"raises {type(exc).__name__}: {traceback.format_exc()[-200:]}")


def try_mutant(
    name: str, site: tuple[Path, int, int], cases: list[Case], usual: list[object], known: set[str]
) -> tuple[str, str]:
    """Returns what became of a mutant, ``same``, ``missed`` or what noticed it, and the change."""
    source, said = mutated(*site)
    module = f"templates.{name}.{site[0].stem}"
    for loaded in [each for each in sys.modules if each.startswith(f"templates.{name}")]:
        del sys.modules[loaded]
    for held in vars(templates).values():
        getattr(held, "cache_clear", lambda: None)()
    sys.meta_path.insert(0, _Loader(module, source))
    if rewards(name, cases) == usual:
        return "same", said
    return ", ".join(short(name, cases, known)) or "missed", said


def main() -> None:
    """Prints how many mutants of each template are noticed, and those that are not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--wanted", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--templates", nargs="*", default=template_names())
    options = parser.parse_args()
    total, noticed = 0, 0
    for name in options.templates:
        ends = _of_template(name, options.wanted // len(options.templates), options.seed)
        seen = sum(count for end, count in ends.items() if end != "missed")
        total, noticed = total + ends.total(), noticed + seen
        print(json.dumps({"template": name, "noticed": seen, "of": ends.total()}), flush=True)
    share = wilson(noticed / max(1, total), max(1, total))
    print(f"{noticed} of {total} mutants noticed: {share.value:.1%} ({share.low:.1%} to "
          f"{share.high:.1%})")  # fmt: skip


def _of_template(name: str, wanted: int, seed: int) -> Counter[str]:
    cases = list(read_cases(cases_beside(name)))
    usual = in_child(rewards, name, cases)
    known = set(in_child(short, name, cases, _NONE))
    every = sites(ROOT / name)
    ends: Counter[str] = Counter()
    for site in rng_of(seed, name).sample(every, len(every)):
        answer = in_child(try_mutant, name, site, cases, usual, known)
        end, said = answer if isinstance(answer, tuple) else (str(answer), "")
        if end == "same" or end.startswith("raises"):
            continue  # what cannot even be loaded is noticed by everybody
        ends[end] += 1
        if end == "missed":
            print(f"  missed: {said}", flush=True)
        if ends.total() >= wanted:
            break
    return ends


if __name__ == "__main__":
    main()
