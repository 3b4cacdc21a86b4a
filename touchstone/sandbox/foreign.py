"""What the tests have Python make of bytes and texts that are not theirs: made over there.

``pickle.loads(dump(x))`` and ``eval(repr(point))`` run code that the candidate chose. In the tests'
cage that code could make what equals anything. So what the tests did not pickle or write out
themselves is read in the candidate's cage, from where a value or a handle comes back.
"""

from __future__ import annotations

import ast
import builtins
import io
import sys
import types
from collections.abc import Callable
from typing import Any

import _touchstone_library as library  # type: ignore[import-not-found]

REMOTE = "_touchstone_remote"  # of a module that is the candidate
_ask: Callable[..., Any]


def share(peer: Any, *sources: str) -> dict[str, Any]:
    """Has the tests unpickle, evaluate and run what is not theirs where the candidate is.

    Args:
        peer: The tests' side.
        sources: Their own code.

    Returns:
        What they find in the place of builtins.
    """
    global _ask
    _ask = peer.ask
    if any("pickle" in source or "shelve" in source or "load" in source for source in sources):
        _share_pickles()
    if any(name in source for source in sources for name in ("eval(", "exec(", "compile(")):
        return _Texts(peer, sources).builtins()
    return {}


def reduced(proxies: Any, thing: Any, protocol: int) -> Any:
    """Returns how a stand-in is pickled: as what its object is pickled to where it lives.

    Raises:
        TypeError: It is one of the tests', which nobody pickles over there.
    """
    if not proxies.peer.author:
        raise TypeError("an object of the other process cannot be pickled")
    return _restored, (proxies.peer.ask("library", "pickle", "dumps", (thing, protocol)),)


def _restored(data: bytes) -> Any:
    return _ask("library", "pickle", "loads", (data,))


# --- pickles


def _share_pickles() -> None:
    import pickle

    own: set[bytes] = set()
    dumps, loads = pickle.dumps, pickle.loads

    def dumped(thing: Any, *args: Any, **kwargs: Any) -> bytes:
        data = dumps(thing, *args, **kwargs)
        own.add(data)
        return data

    def dump(thing: Any, file: Any, *args: Any, **kwargs: Any) -> None:
        file.write(dumped(thing, *args, **kwargs))

    def loaded(data: Any, **kwargs: Any) -> Any:
        given = bytes(data)
        return loads(given, **kwargs) if given in own else _restored(given)

    def load(file: Any, **kwargs: Any) -> Any:
        import pickletools

        rest = file.read()
        stream = io.BytesIO(rest)
        for _step in pickletools.genops(stream):
            pass
        file.seek(stream.tell() - len(rest), io.SEEK_CUR)
        return loaded(rest[: stream.tell()], **kwargs)

    class Pickler:
        def __init__(self, file: Any, *args: Any, **kwargs: Any) -> None:
            self._given = file, args, kwargs

        def dump(self, thing: Any) -> None:
            file, args, kwargs = self._given
            dump(thing, file, *args, **kwargs)

    class Unpickler:
        def __init__(self, file: Any, **kwargs: Any) -> None:
            self._given = file, kwargs

        def load(self) -> Any:
            return load(self._given[0], **self._given[1])

    # A pickle names what restores a stand-in, and is read where only Python's modules are found.
    _restored.__module__ = pickle.__name__
    module: Any = pickle
    module.dumps, module.dump, module.loads, module.load = dumped, dump, loaded, load
    module.Pickler, module.Unpickler, module._restored = Pickler, Unpickler, _restored


# --- texts


class _Texts:
    """``eval`` and its like as the tests find them."""

    def __init__(self, peer: Any, sources: tuple[str, ...]) -> None:
        self._peer = peer
        self._own = {
            node.value
            for source in sources
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        self._compiled: dict[types.CodeType, str] = {}

    def builtins(self) -> dict[str, Any]:
        return {"eval": self._evaluate, "exec": self._execute, "compile": self._compile}

    def _text(self, source: Any) -> str | None:
        """Returns the text of what is not the tests' own."""
        if isinstance(source, types.CodeType):
            return self._compiled.get(source)
        text = ast.unparse(source) if isinstance(source, ast.AST) else source
        text = text if isinstance(text, str) else bytes(text).decode()
        return None if isinstance(source, str) and source in self._own else text

    def _compile(self, source: Any, *args: Any, **kwargs: Any) -> Any:
        made, text = compile(source, *args, **kwargs), self._text(source)
        if text is not None and isinstance(made, types.CodeType):
            self._compiled[made] = text
        return made

    def _evaluate(self, source: Any, space: Any = None, local: Any = None) -> Any:
        frame = sys._getframe(1)
        inner = local if local is not None else frame.f_locals if space is None else space
        outer = frame.f_globals if space is None else space
        text = self._text(source)
        if text is None:
            return eval(source, outer, inner)  # noqa: S307 - the tests' own text
        return self._peer.ask("evaluate", text.strip(), self._known(text, outer, inner))

    def _execute(self, source: Any, space: Any = None, local: Any = None) -> None:
        text = self._text(source)
        frame = sys._getframe(1)
        outer = frame.f_globals if space is None else space
        inner = local if local is not None else frame.f_locals if space is None else space
        if text is None:
            exec(source, outer, inner)  # noqa: S102 - the tests' own text
            return
        if space is None:
            raise library.Refusal("a text of the program's run among the tests' own names")
        made = self._peer.ask("execute", text, self._known(text, outer, inner))
        inner.update({name: made[name] for name in made if name not in inner})

    def _known(self, text: str, outer: Any, inner: Any) -> dict[str, Any]:
        """Returns what of the candidate's a text may name: nothing of the tests' own is told."""
        names = {n.id for n in ast.walk(ast.parse(text.strip())) if isinstance(n, ast.Name)}
        known: dict[str, Any] = {}
        for name in names:
            value = inner.get(name, outer.get(name)) if name not in vars(builtins) else None
            if isinstance(value, types.ModuleType) and hasattr(type(value), REMOTE):
                known[name] = getattr(type(value), REMOTE)
            elif self._peer.proxies.number(value) is not None:
                known[name] = value
        return known


def evaluate(text: str, names: dict[str, Any]) -> Any:
    """Returns the value of a text, in the candidate's cage."""
    return eval(text, {**names})  # noqa: S307 - it is the candidate's


def execute(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """Runs a text in the candidate's cage; returns what it has bound."""
    space = {**names}
    exec(text, space)  # noqa: S102 - it is the candidate's
    return {name: value for name, value in space.items() if name != "__builtins__"}
