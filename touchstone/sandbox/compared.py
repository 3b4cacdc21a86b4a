"""Which calls of a test file may not be seen to change what their result is compared with.

``assert f(xs) == sorted(xs)`` says what is right by way of ``xs``: a candidate that empties it and
returns ``[]`` must not pass. ``k = f(xs); assert xs[:k] == [1, 2]`` asks for the very change. So a
change is seen, as in one process, unless the call's result meets what the argument became.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

HIDING = "_touchstone_hiding"
# What only looks at its arguments, and what makes something new of the same items.
_LOOK = "len sum abs str repr int float bool any all round hash ord chr deepcopy dumps"
_COPY = "sorted list tuple set frozenset dict deque Counter copy array min max"
_LOOKS, _COPIES = frozenset(_LOOK.split()), frozenset(_COPY.split())
_IDENTITY = {"assertIs", "assertIsNot", "assertIsInstance", "assertNotIsInstance"}
_APART = {"format", "gather", "wait", "as_completed"}  # they bring nothing together
_CALLING = {"map", "filter"}  # by which a function is called with what stands in the rest
_NESTED, _WHOLE = 1, 2
_BELOW = "_touchstone_below"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef)
_Bindings = list[tuple[ast.expr, ast.expr]]
_Meetings = list[list[ast.expr]]


def hiding(source: str, filename: str) -> ast.Module:
    """Returns the tests with a mark on each call whose changes must stay unseen.

    Raises:
        SyntaxError: They are not Python.
    """
    tree: ast.Module = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)  # type: ignore[assignment]
    everything = nodes(tree)
    if not any(isinstance(n, ast.Call) and _keys(n) for n in everything):
        return tree
    parts = list(_scopes(tree))
    inside = [nodes(part) for part in parts]
    bound = list(map(_bindings, inside))
    outside = [pair for pairs in bound for pair in pairs if _is_shared(pair[0])]
    outside += bound[0] + [pair for part in parts for pair in _fixtures(part)]
    theirs = _Theirs(everything)
    closures = _closures(outside, theirs)
    file = _File([
        _Scope(part, own, pairs, outside, theirs, closures)
        for part, own, pairs in zip(parts, inside, bound, strict=True)
    ])  # fmt: skip
    for scope in file.scopes:
        for call, level in scope.found(file):
            mark = ast.Call(ast.Name(HIDING, ast.Load()), [ast.Constant(level), call.func], [])
            call.func = ast.fix_missing_locations(ast.copy_location(mark, call.func))
            del vars(call)[_BELOW]
    return tree


def nodes(tree: ast.AST) -> list[ast.AST]:
    """Returns a node and all below it but their contexts, as ``ast.walk`` does, but faster."""
    found = [tree]
    for node in found:
        found += _below(node)
    return found


def _below(node: ast.AST) -> list[ast.AST]:
    """Returns the nodes right below one, but for its context; they are looked for once."""
    kept: dict[str, Any] = vars(node)
    if _BELOW not in kept:
        found: list[ast.AST] = []
        for name in node._fields:
            part = kept.get(name) if name != "ctx" else None
            if isinstance(part, ast.AST):
                found.append(part)
            elif isinstance(part, list):
                found += [inner for inner in part if isinstance(inner, ast.AST)]
        kept[_BELOW] = found
    return kept[_BELOW]


def hidden(level: int, function: Any, peer: Any) -> Callable[..., Any]:
    """Returns a function whose changes of its arguments stay unseen.

    Args:
        level: Of what: 1 of what stands in them, 2 of all that they are.
        function: Is called.
        peer: Of the tests' cage.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        for argument in (*args, *kwargs.values()):
            peer.hide(argument, inner=level == _NESTED)
        peer.hiding += level == _WHOLE
        known = len(peer.undo)
        try:
            result = function(*args, **kwargs)
        finally:
            peer.hiding -= level == _WHOLE
        if _is_plain(result):
            while len(peer.undo) > known:
                peer.undo.pop()()
        return result

    return call


def _is_plain(value: Any) -> bool:
    """Whether a value holds no object of the tests' own, which the call may have been about."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(_is_plain, value))
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return True
    return value is None or isinstance(value, bool | int | float | complex | str | bytes)


class _Theirs:
    """What the names of a test file stand for.

    Attributes:
        functions: The names of its functions.
        defined: They.
    """

    def __init__(self, everything: list[ast.AST]) -> None:
        self.functions = {n.name for n in everything if isinstance(n, _SCOPES)}
        self.defined = [n for n in everything if isinstance(n, _SCOPES)]
        self._own = self.functions | {n.name for n in everything if isinstance(n, ast.ClassDef)}
        for node in everything:
            if isinstance(node, ast.ImportFrom) and _is_library(node.module or ""):
                self._own.update(alias.asname or alias.name for alias in node.names)

    def __call__(self, function: ast.expr) -> bool:
        """Whether a function may be the candidate's own."""
        if isinstance(function, ast.Name):
            return function.id not in self._own and not hasattr(builtins, function.id)
        return False


def _is_library(module: str) -> bool:
    root = module.partition(".")[0]
    return root in sys.stdlib_module_names or root in ("pytest", "numpy")


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    """Yields the module without its functions, then each function with all that is in it."""
    functions: list[ast.AST] = []
    rest: list[ast.stmt] = []

    def sort(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, _SCOPES):
                functions.append(node)
            elif isinstance(node, ast.ClassDef):
                sort(node.body)
            else:
                rest.append(node)

    sort(tree.body)
    yield ast.Module(rest, [])
    yield from functions


def _is_shared(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute)


def _fixtures(scope: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yields a fixture's name with its parameters': it may hold what it was given."""
    if isinstance(scope, _SCOPES) and any(map(_is_fixture, scope.decorator_list)):
        for argument in scope.args.args:
            if argument.arg not in ("self", "cls"):
                yield ast.Name(scope.name), ast.Name(argument.arg)


def _is_fixture(mark: ast.expr) -> bool:
    return _name(mark.func if isinstance(mark, ast.Call) else mark) == "fixture"


def _bindings(inside: list[ast.AST]) -> _Bindings:
    """Returns the targets among nodes, each with what it is bound to or drawn from."""
    found: _Bindings = []
    for node in inside:
        match node:
            case ast.Assign(targets=targets, value=value):
                found += [pair for target in targets for pair in _paired(target, value)]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                found.append((target, value))
            case ast.AugAssign(target=target, value=value):
                found.append((target, value))
            case ast.NamedExpr(target=target, value=value):
                found.append((target, value))
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                found.append((node.target, node.iter))
            case ast.Match(subject=value):
                names = [n.name for n in nodes(node) if isinstance(n, ast.MatchAs) and n.name]
                found += [(ast.Name(name), value) for name in names]
            case ast.arguments():
                places = [*node.posonlyargs, *node.args]
                places = [*places[len(places) - len(node.defaults) :], *node.kwonlyargs]
                values = [*node.defaults, *node.kw_defaults]
                pairs = zip(places, values, strict=True)
                found += [(ast.Name(place.arg), value) for place, value in pairs if value]
            case ast.withitem(optional_vars=ast.expr() as target, context_expr=value):
                found.append((target, value))
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node is not inside[0]:
                given = [n.value for n in nodes(node) if isinstance(n, ast.Return) and n.value]
                found += [(ast.Name(node.name), value) for value in given]
    return found


def _paired(target: ast.expr, value: ast.expr) -> _Bindings:
    """Returns each target with its own value, where several are bound at once."""
    several = (ast.Tuple, ast.List)
    if isinstance(target, several) and isinstance(value, several):
        parts = [*target.elts, *value.elts]
        if len(target.elts) == len(value.elts) and not any(
            isinstance(part, ast.Starred) for part in parts
        ):
            return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _meetings(inside: list[ast.AST], theirs: _Theirs) -> _Meetings:
    """Returns the operands of all that brings two values together."""
    found: _Meetings = []
    for node in inside:
        match node:
            case ast.Compare(ops=ops):
                if not all(isinstance(op, ast.Is | ast.IsNot) for op in ops):
                    found.append([node.left, *node.comparators])
            case ast.BinOp(left=left, right=right) if not isinstance(left, ast.JoinedStr):
                if not (isinstance(left, ast.Constant) and isinstance(left.value, str)):
                    found.append([left, right])
            case ast.Call() if _name(node.func) not in theirs.functions:
                found.append(_brought(node, theirs))
    return [operands for operands in found if len(operands) > 1]


def _brought(call: ast.Call, theirs: _Theirs) -> list[ast.expr]:
    name = _name(call.func)
    if theirs(call.func) or name in _IDENTITY or name in _APART:
        return []
    if name.startswith("assert") and isinstance(call.func, ast.Attribute):
        return call.args[:2]
    owner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    return [*owner, *call.args, *(keyword.value for keyword in call.keywords)]


class _Scope:
    """One function, or the rest of the module.

    Attributes:
        names: What a function is called by.
    """

    def __init__(
        self,
        part: ast.AST,
        inside: list[ast.AST],
        own: _Bindings,
        outside: _Bindings,
        theirs: _Theirs,
        closures: set[str],
    ) -> None:
        self._inside_nodes = inside
        self._theirs = theirs
        self._own = [*own, *_parameters(part)]
        closures = closures | _closures(own, theirs)
        self._calls = [n for n in inside if isinstance(n, ast.Call) and _may_change(n, closures)]
        self._closures = closures
        self._bindings = [*outside, *self._own] if self._calls else []
        self._below: dict[int, set[int]] = {}
        self._drawn: dict[int, list[tuple[set[str], set[str], ast.expr]]] = {}
        self._name = part.name if isinstance(part, _SCOPES) else ""
        self.names = {self._name, f"self.{self._name}"} if self._name else set[str]()
        self._part = part
        self.file: _File

    @cached_property
    def _passes(self) -> list[tuple[ast.Call, ast.AST, dict[str, ast.expr] | None]]:
        """The calls of the tests' own functions, each with one such and what its parameters get."""
        own = self._theirs.functions
        calls = [n for n in self._inside_nodes if isinstance(n, ast.Call) and _name(n.func) in own]
        return [
            (call, function, _given_to(call, function))
            for call in calls
            for function in self._theirs.defined
            if function.name == _name(call.func)
        ]

    @cached_property
    def _meetings(self) -> _Meetings:
        return _meetings(self._inside_nodes, self._theirs)

    @cached_property
    def _known(self) -> set[str]:
        """What is named here."""
        return {key for node in self._inside_nodes if (key := _key(node))}

    @cached_property
    def _given(self) -> list[ast.expr]:
        """What this function returns or yields."""
        kinds = (ast.Return, ast.Yield, ast.YieldFrom)
        return [n.value for n in self._inside_nodes if isinstance(n, kinds) and n.value]

    @cached_property
    def _local(self) -> set[str]:
        """The names that nothing outside this function knows."""
        if not self._name:
            return set()
        named = {n.arg for n in self._inside_nodes if isinstance(n, ast.arg)}
        named |= {key for target, _value in self._own for key in _keys(target)}
        outer = {n for g in self._inside_nodes if isinstance(g, ast.Global) for n in g.names}
        return {key for key in named - outer - self._theirs.functions if "." not in key}

    def found(self, file: _File) -> Iterator[tuple[ast.Call, int]]:
        """Yields the calls to mark, each with its level."""
        for call in self._calls:
            given = [*call.args, *(k.value for k in call.keywords)]
            if isinstance(call.func, ast.Attribute):
                given.append(call.func.value)
            elif _key(call.func) in self._closures:
                given.append(call.func)
            for level in (_WHOLE, _NESTED):
                held = self._held(given, call, level)
                if held and self._meet(call, held, file):
                    yield call, level
                    self._drawn.clear()  # the call is marked now, and reads otherwise
                    break

    def _held(self, given: list[ast.expr], call: ast.Call, level: int) -> set[str]:
        """Returns the names that may share what a call is given."""
        found = {key for part in given for key in _aliases(part, level)}
        size = -1
        while size < len(found):
            size = len(found)
            for names, held, value in self._shared(level):
                apart = names.isdisjoint(found) and held.isdisjoint(found)
                if held and not apart and not self._inside(value, call):
                    found |= names | held
        return found

    def _shared(self, level: int) -> list[tuple[set[str], set[str], ast.expr]]:
        """Returns of each binding the names that it binds, those it draws from, and the value."""
        if level not in self._drawn:
            self._drawn[level] = [
                (_keys(target), _aliases(value, level), value) for target, value in self._bindings
            ]
        return self._drawn[level]

    def _inside(self, tree: ast.AST, node: ast.AST) -> bool:
        below = self._below.get(id(tree))
        if below is None:
            below = self._below[id(tree)] = set(map(id, nodes(tree)))
        return id(node) in below

    def _meet(self, call: ast.Call, held: set[str], file: _File) -> bool:
        made = self._derived(set(), call, call)
        became = self._derived(held - made, None, call) - made
        if self._bring(made, became, call):
            return True
        known = self._out(became, set(), None)
        if not known or len(file.scopes) == 1:
            return False
        if (givers := file.givers(known)) and self._bring(made, became | givers, call, called=True):
            return True
        said = self._out(made, became, call)
        return bool(said) and file.meet(said, known, self)

    def _bring(
        self, made: set[str], became: set[str], call: ast.Call | None, *, called: bool = False
    ) -> bool:
        """Whether an operation brings what a call has made and what became of it together."""
        for operands in self._meetings:
            if self._are_met(operands, made, became, call, called=called):
                return True
        for passed, function, given in self._passes:
            if given is None:
                operands = _brought(passed, self._theirs)
                if self._are_met(operands, made, became, call, called=called):
                    return True
                continue
            said = {name for name, v in given.items() if _mentions(v, made, call, became)}
            bound = {name for name, v in given.items() if _read(v, called=called) & became}
            if said and bound and self.file.brings(function, said, bound):
                return True
        return False

    def _are_met(
        self,
        operands: list[ast.expr],
        made: set[str],
        became: set[str],
        call: ast.Call | None,
        *,
        called: bool,
    ) -> bool:
        said = [_mentions(part, made, call, became) for part in operands]
        bound = [bool(_read(part, called=called) & became) for part in operands]
        return any(s and b for i, s in enumerate(said) for j, b in enumerate(bound) if i != j)

    def brings(self, function: ast.AST, made: set[str], became: set[str]) -> bool | None:
        """Whether this function brings parameters together; ``None`` where it is another."""
        if self._part is not function:
            return None
        here, base, size = set(made), set(became), -1
        while size < len(here) + len(base):
            size = len(here) + len(base)
            for target, value in self._own:
                if _mentions(value, here, None, base):
                    here |= _keys(target)
                if _read(value, called=True) & base:
                    base |= _keys(target)
        return self._bring(here, base, None, called=True)

    def _out(self, names: set[str], became: set[str], call: ast.Call | None) -> set[str]:
        """Returns what others know of these names, this function's own where it gives them."""
        found = names - self._local
        if not self._name:
            return found | {f"self.{name}" for name in found if "." not in name}
        if any(_mentions(value, names, call, became) for value in self._given):
            found |= self.names
        return found

    def spread(self, made: set[str], became: set[str]) -> bool:
        """Adds to what a call elsewhere has made, and to what became of its arguments.

        Returns:
            Whether they meet here.
        """
        if self._known.isdisjoint(made or became):
            return False
        here, base = made - self._local, became - self._local
        size = -1
        while size < len(here) + len(base):
            size = len(here) + len(base)
            for target, value in self._own:
                if _mentions(value, here, None, base):
                    here |= _keys(target)
                elif _read(value, called=True) & base:
                    base |= _keys(target)
        base -= here
        made |= self._out(here, base, None)
        became |= self._out(base, set(), None) - made
        return self._bring(here, base, None, called=True)

    def _derived(self, names: set[str], node: ast.Call | None, call: ast.Call) -> set[str]:
        """Returns names, and those that are computed from them or from a node by then."""
        found, size = set(names), -1
        while size < len(found):
            size = len(found)
            for target, value in self._own:
                later = node is not None or value.lineno >= call.lineno
                inside = self._inside(value, call)
                if (node is not None and inside) or (later and not inside and _read(value) & found):
                    found |= _keys(target)
        return found


class _File:
    """All of a test file's functions, and the rest of the module.

    Attributes:
        scopes: They.
    """

    def __init__(self, scopes: list[_Scope]) -> None:
        self.scopes = scopes
        for scope in scopes:
            scope.file = self
        self._asked: dict[tuple[int, frozenset[str], frozenset[str]], bool] = {}
        self._givers: dict[frozenset[str], set[str]] = {}

    def givers(self, became: set[str]) -> set[str]:
        """Returns the functions that give what is computed from what became of arguments."""
        key = frozenset(became)
        if key not in self._givers:
            found = set(became)
            self._spread(set(), found, self.scopes)
            self._givers[key] = {f for scope in self.scopes for f in scope.names if f in found}
        return self._givers[key]

    def brings(self, function: ast.AST, made: set[str], became: set[str]) -> bool:
        """Whether a function brings what two groups of its parameters hold together."""
        key = id(function), frozenset(made), frozenset(became)
        if key not in self._asked:
            self._asked[key] = False  # while it is looked at: it may call itself
            found = (scope.brings(function, made, became) for scope in self.scopes)
            self._asked[key] = any(found)
        return self._asked[key]

    def meet(self, made: set[str], became: set[str], home: _Scope) -> bool:
        """Whether what is known beyond a call's own function meets in another."""
        others = [scope for scope in self.scopes if scope is not home]
        return self._spread(made, became | self.givers(became), others)

    def _spread(self, made: set[str], became: set[str], scopes: list[_Scope]) -> bool:
        size = -1
        while size < len(made) + len(became):
            size = len(made) + len(became)
            if any(scope.spread(made, became) for scope in scopes):
                return True
        return False


def _given_to(call: ast.Call, function: Any) -> dict[str, ast.expr] | None:
    """Returns what each parameter gets in a call, ``None`` where that is not plain."""
    about, keywords = function.args, {word.arg: word.value for word in call.keywords}
    places = [place.arg for place in (*about.posonlyargs, *about.args)]
    if isinstance(call.func, ast.Attribute):
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id in ("self", "cls")):
            return None
        places = places[1:] if places[:1] in (["self"], ["cls"]) else places
    starred = any(isinstance(argument, ast.Starred) for argument in call.args) or None in keywords
    if starred or about.vararg or about.kwarg or len(call.args) > len(places):
        return None
    names = {*places, *(place.arg for place in about.kwonlyargs)}
    if not keywords.keys() <= names:
        return None
    return {**dict(zip(places, call.args, strict=False)), **keywords}  # type: ignore[dict-item]


def _parameters(part: ast.AST) -> _Bindings:
    """Returns a test's parameters, each with all of what pytest has it run with."""
    found: _Bindings = []
    for mark in part.decorator_list if isinstance(part, _SCOPES) else ():
        match mark:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, values, *_]):
                texts = [n.value for n in nodes(names) if isinstance(n, ast.Constant)]
                listed = ",".join(text for text in texts if isinstance(text, str)).split(",")
                found += [(ast.Name(name.strip()), values) for name in listed]
    return found


def _closures(bindings: _Bindings, theirs: _Theirs) -> set[str]:
    """Returns names of what a call of the tests' own has made, which may hold what it was given."""
    return {
        key
        for target, value in bindings
        if isinstance(value, ast.Call) and not theirs(value.func) and _keys(value)
        for key in _keys(target)
    }


def _may_change(call: ast.Call, closures: set[str]) -> bool:
    """Whether a call may be of the candidate's, with something that it can change."""
    if _key(call.func) in closures:
        return True
    name = _name(call.func)
    if isinstance(call.func, ast.Name) and hasattr(builtins, name):
        called = _name(call.args[0]) if name in _CALLING and call.args else name
        return not hasattr(builtins, called) and bool(_keys(call))
    return not name.startswith("assert") and bool(_keys(call))


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _key(node: ast.AST) -> str:
    """Returns what a name or an attribute of ``self`` is known by."""
    match node:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return f"self.{name}"
        case ast.Name(id=name) if name not in ("self", "cls"):
            return name
    return ""


def _keys(tree: ast.AST) -> set[str]:
    """Returns all that an expression names, but for the functions that it calls."""
    inside = nodes(tree)
    called = {id(n.func) for n in inside if isinstance(n, ast.Call)}
    return {key for n in inside if id(n) not in called and (key := _key(n))}


def _read(tree: ast.AST, *, called: bool = False) -> set[str]:
    """Returns what an expression's value is made of: not by what it is indexed, nor a text's.

    Args:
        tree: The expression.
        called: With the functions that it calls.
    """
    match tree:
        case ast.Subscript(value=value):
            return _read(value, called=called)
        case ast.JoinedStr():
            return set()
        case ast.Call(func=ast.Name()) if not called:
            parts = [*tree.args, *(keyword.value for keyword in tree.keywords)]
            return {key for part in parts for key in _read(part)}
    if key := _key(tree):
        return {key}
    return {key for child in _below(tree) for key in _read(child, called=called)}


def _mentions(tree: ast.AST, names: set[str], node: ast.AST | None, base: set[str]) -> bool:
    """Whether a value depends on names or a node; an index counts where it is into ``base``."""
    if tree is node or _key(tree) in names:
        return True
    if isinstance(tree, ast.JoinedStr):
        return False
    if isinstance(tree, ast.Subscript) and not _read(tree.value) & base:
        return _mentions(tree.value, names, node, base)
    return any(_mentions(child, names, node, base) for child in _below(tree))


def _aliases(tree: ast.AST, level: int) -> set[str]:
    """Returns the names that share a container with a value, at this level of nesting."""
    copies = level == _WHOLE
    match tree:
        case ast.Constant() | ast.JoinedStr() | ast.Compare():
            return set()
        case ast.Subscript(slice=ast.Slice()) | ast.BinOp() | ast.ListComp() | ast.SetComp():
            return set() if copies else _read(tree)
        case ast.DictComp():
            return set() if copies else _read(tree)
        case ast.Call():
            name = _name(tree.func)
            if name in _LOOKS or (copies and name in _COPIES):
                return set()
            owner = [tree.func.value] if isinstance(tree.func, ast.Attribute) else []
            parts = [*owner, *tree.args, *(keyword.value for keyword in tree.keywords)]
            return {key for part in parts for key in _aliases(part, level)}
        case ast.Subscript(value=value):
            return _aliases(value, level)
    if key := _key(tree):
        return {key}
    return {key for child in _below(tree) for key in _aliases(child, level)}
