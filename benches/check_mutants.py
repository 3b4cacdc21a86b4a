"""How many faults ``touchstone check`` notices: templates with one operator or constant changed.

    python -m benches.check_mutants --kept mutants.jsonl

A mutant counts where it can be loaded and the rewards of the bundled cases tell it from the
template. It is noticed where a probe falls short that holds for the template itself. What bundled
cases expect is not used: of them the check is given the rows, and as plainly right the completions
that a person expects to earn 0.9 or more, from a judge that finds nothing wrong where a judge
decides; everything else it makes itself.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import hashlib
import importlib
import importlib.abc
import importlib.util
import json
import multiprocessing
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import touchstone.workbench.check
from benches.usage import usage
from touchstone import templates
from touchstone.templates import template_names
from touchstone.workbench.check.cases import NEARLY_ALL, RIGHT, Case, cases_beside, read_cases
from touchstone.workbench.check.draws import rng_of
from touchstone.workbench.check.opened import local_subject
from touchstone.workbench.check.probes import PROBES
from touchstone.workbench.check.run import run
from touchstone.workbench.check.trial import Trial
from touchstone.workbench.check.verdict import Verdict
from touchstone.workbench.grading.expect import Expectation
from touchstone.workbench.stats import wilson

ROOT = Path(templates.__file__).parent
PROBE_S = 60  # of one probe
LONGEST_S = 200  # of one mutant; one that hangs for longer is noticed
Site = tuple[Path, int, int]
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


def sites(folder: Path, ran: set[tuple[str, int]]) -> list[Site]:
    """Returns every change of a template that can matter: its file, the node's number, the way's.

    Args:
        folder: The template's.
        ran: Lines that are run, by file; what stands on others changes nothing.
    """
    return [
        (path, at, way)
        for path in sorted(folder.glob("*.py"))
        for at, node in enumerate(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        for way, _ in enumerate(changed(node))
        if any((path.name, line) in ran for line in _lines(node))
    ]


def _lines(node: ast.AST) -> range:
    first = getattr(node, "lineno", 0)
    return range(first, getattr(node, "end_lineno", first) + 1)


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

    def __init__(self, name: str, path: Path, source: str) -> None:
        self.name, self.path, self.source = name, path, source

    def find_spec(self, name: str, _path: Any, _target: Any = None) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def exec_module(self, module: Any) -> None:
        exec(compile(self.source, self.name, "exec"), module.__dict__)


def neutral(cases: list[Case]) -> list[Case]:
    """Returns cases without what is expected of them, but for what is plainly right."""
    return [replace(case, **_plainly(case)) for case in cases]


def _plainly(case: Case) -> dict[str, Any]:
    expect = case.expect
    if expect is not None and expect.score is not None and expect.score[0] >= NEARLY_ALL:
        return {"expect": Expectation(score=(NEARLY_ALL, 1.0))}
    if expect is not None and expect.best is not None and expect.best[0] >= NEARLY_ALL:
        # What the stand-in makes of it is no proof of anything.
        return {"expect": Expectation(score=(RIGHT, 1.0), best=(NEARLY_ALL, 1.0))}
    return {"completion": None, "expect": None}


def rewards(name: str, cases: list[Case]) -> list[object]:
    """Returns what the bundled cases earn.

    Where a judge decides, from one that finds nothing wrong, and once more for each question of
    which it picks the lowest level: what the offline stand-in measures pays no job.
    """
    with local_subject(name, {}, cases) as subject:
        given = [Trial(c.row, c.completion, "case", "") for c in cases if c.completion is not None]
        answers = subject.ask(
            replace(one, held=None if subject.held is None else "") for one in given
        )
        for question in sorted(subject.questions):
            answers += subject.ask(replace(one, held=question) for one in given)
        return [(one.outcome, round(one.reward or 0.0, 6)) for one in answers]


class _Noticed(Exception):
    """A probe has fallen short, and no more need be asked."""


def short(name: str, cases: list[Case], known: set[str] | None = None) -> list[str]:
    """Returns the parts of probes that fall short.

    Args:
        name: The template.
        cases: What probes are made from.
        known: Those that count for nothing; with them it ends at the first that counts.
    """
    found: list[str] = []

    def noted(verdict: Verdict) -> None:
        if verdict.status == "falls_short" and verdict.probe not in (known or ()):
            found.append(verdict.probe)
            if known is not None:
                raise _Noticed

    with local_subject(name, {}, neutral(cases)) as subject:
        subject.fresh = None  # a new process would load the template, not the mutant
        for probe in sorted(
            (one for one in PROBES if one.name in ORDER), key=lambda one: ORDER.index(one.name)
        ):
            if found and known is not None:
                break
            with contextlib.suppress(_Noticed):
                run(subject, PROBE_S, [probe], noted)
    return found


def executed(name: str, cases: list[Case]) -> set[tuple[str, int]]:
    """Returns the lines of a template that grading its cases runs, importing it included."""
    folder, lines = str(ROOT / name), set[tuple[str, int]]()

    def trace(frame: Any, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(folder):
            return None
        if event == "line":
            lines.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
        return trace

    _forget(name)
    threading.settrace(trace)
    sys.settrace(trace)
    rewards(name, cases)
    sys.settrace(None)
    return lines


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
    name: str, site: Site, cases: list[Case], usual: list[object], known: set[str]
) -> str:
    """Returns what became of a mutant: ``same``, ``missed``, or what noticed it."""
    source, _ = mutated(*site)
    _forget(name)
    sys.meta_path.insert(0, _Loader(f"touchstone.templates.{name}.{site[0].stem}", site[0], source))
    if rewards(name, cases) == usual:
        return "same"
    return ", ".join(short(name, cases, known)) or "missed"


def _forget(name: str) -> None:
    """Lets a template be imported anew."""
    for loaded in [each for each in sys.modules if each.startswith(f"touchstone.templates.{name}")]:
        del sys.modules[loaded]
    for held in vars(templates).values():
        getattr(held, "cache_clear", lambda: None)()


def main() -> None:
    """Prints how many mutants of each template are noticed, and those that are not."""
    parser = usage(__doc__)
    parser.add_argument("--wanted", type=int, default=25, help="mutants of each template")
    parser.add_argument("--seconds", type=float, default=900, help="of each template, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--templates", nargs="*", default=template_names())
    parser.add_argument("--kept", type=Path, help="a file to go on from, and to add to")
    options = parser.parse_args()
    kept = Kept(options.kept, _told(Path(touchstone.workbench.check.__file__).parent))
    total, noticed = 0, 0
    for name in options.templates:
        ends = _of_template(name, options.wanted, options.seconds, options.seed, kept)
        seen = sum(count for end, count in ends.items() if end != "missed")
        total, noticed = total + ends.total(), noticed + seen
        print(json.dumps({"template": name, "noticed": seen, "of": ends.total()}), flush=True)
    share = wilson(noticed / max(1, total), max(1, total))
    print(f"{noticed} of {total} mutants noticed: {share.value:.1%} ({share.low:.1%} to "
          f"{share.high:.1%})")  # fmt: skip


class Kept:
    """What became of mutants in earlier runs, for as long as template, cases and check are."""

    def __init__(self, file: Path | None, check: str) -> None:
        self._file, self._check = file, check
        lines = file.read_text().splitlines() if file and file.exists() else []
        self._ends: dict[str, str] = dict(map(json.loads, lines))

    def end(self, site: Site, work: Callable[[], str]) -> str:
        """Returns what became of a mutant, found out by ``work`` where nobody knows."""
        path, at, way = site
        key = f"{path.parent.name}/{path.name}:{at}:{way}:{_told(path.parent)}"
        if self._ends.get(key) == "same":  # of which no check knows
            return "same"
        checked = f"{key}:{self._check}"
        if checked not in self._ends:
            end = work()
            self._put(key if end == "same" else checked, end)
            return end
        return self._ends[checked]

    def _put(self, key: str, end: str) -> None:
        self._ends[key] = end
        if self._file:
            with self._file.open("a") as out:
                out.write(json.dumps([key, end]) + "\n")


def _told(folder: Path) -> str:
    """Returns what tells the files of a folder from others."""
    files = sorted(one for one in folder.rglob("*") if one.suffix in (".py", ".toml", ".jsonl"))
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()[:8]


def _of_template(name: str, wanted: int, seconds: float, seed: int, kept: Kept) -> Counter[str]:
    until = time.monotonic() + seconds
    cases = list(read_cases(cases_beside(name)))
    usual = in_child(rewards, name, cases)
    known = set(in_child(short, name, cases))
    ran = in_child(executed, name, cases)
    every = sites(ROOT / name, ran)
    ends: Counter[str] = Counter()
    for site in rng_of(seed, name).sample(every, len(every)):
        end = kept.end(site, lambda site=site: str(
            in_child(try_mutant, name, site, cases, usual, known)
        ))  # fmt: skip
        if end == "same" or end.startswith("raises"):
            continue  # what cannot even be loaded is noticed by everybody
        ends[end] += 1
        if end == "missed":
            print(f"  missed: {mutated(*site)[1]}", flush=True)
        if ends.total() >= wanted or time.monotonic() > until:
            break
    return ends


if __name__ == "__main__":
    main()
