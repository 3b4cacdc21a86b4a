"""The author's cage: loads test files of every kind and runs their tests, one at a time.

Names that neither the tests nor Python bind are the candidate's, and so is a module that nobody
has. What the tests patch (``input``, ``time.time``, ``sys.stdout``, the seed of ``random``) is
patched for the candidate too.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.machinery
import io
import os
import random
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import _touchstone_compared as compared  # type: ignore[import-not-found]
import _touchstone_files as files  # type: ignore[import-not-found]
import _touchstone_foreign as foreign  # type: ignore[import-not-found]
import _touchstone_handles as handles  # type: ignore[import-not-found]
import _touchstone_library as library  # type: ignore[import-not-found]
import _touchstone_mirrors as mirrors  # type: ignore[import-not-found]
import _touchstone_mistakes as mistakes  # type: ignore[import-not-found]
import _touchstone_proxies as proxies  # type: ignore[import-not-found]
import _touchstone_serving as serving  # type: ignore[import-not-found]
import _touchstone_skipped as skipped  # type: ignore[import-not-found]

FILENAME = "<tests>"
MODULE = "tests"
SKIPPED = "skipped"
OWN = "module"  # the test that a file's own assertions are
AUTHORS_OWN = "tests: "
# Libraries that tests import: where one is missing, it is not the candidate that is meant.
_KNOWN = (
    "PIL aiohttp attr attrs boto3 bs4 click cryptography cv2 dateutil django fastapi faker flask "
    "freezegun gensim httpx hypothesis jax jinja2 joblib keras lxml matplotlib networkx nltk numpy "
    "openpyxl pandas parameterized plotly psutil psycopg2 pydantic pymongo pytz redis regex "
    "requests responses rich scipy seaborn selenium shapely skimage sklearn soundfile spacy "
    "sqlalchemy statsmodels sympy tabulate tensorflow textblob torch torchvision tornado tqdm "
    "transformers werkzeug wordcloud xlrd xlwt xmltodict yaml"
)
_LIBRARIES = frozenset(_KNOWN.split())


class NotAsked(Exception):
    """There is no test that asks anything of the candidate."""


class Names(dict[str, Any]):
    """What a name stands for that the tests do not bind: Python's own, else the candidate's."""

    def __init__(self, ask: Callable[[str], Any]) -> None:
        super().__init__(__import__=builtins.__import__, __build_class__=builtins.__build_class__)
        self._ask = ask

    def __missing__(self, name: str) -> Any:
        """Looks further than the tests."""
        own = vars(builtins)
        if name in own:
            return own[name]
        try:
            return self._ask(name)
        except AttributeError:
            raise KeyError(name) from None


class Tests:
    """The tests of one author against one candidate."""

    def __init__(self, send: Callable[[Any], None], receive: Callable[[], Any]) -> None:
        self._streams = _Streams()
        author = serving.Author(self._streams.operations())
        self.peer = handles.Peer(send, receive, author.serve, author=True)
        self.peer.proxies = proxies.Proxies(self.peer)
        self._word = self.peer.proxies.word
        author.join(self.peer)
        self.peer.on_event = self._streams.on_event
        self._module = types.ModuleType(MODULE)
        self._checks: dict[str, Callable[[], None]] = {}
        self._around: Any = None
        self._loading = 0
        self._source = ""

    def load(self, source: str, setup: str, entry_point: str) -> list[str] | str:
        """Runs the test file.

        Returns:
            The names of its tests, or why there is none that asks anything of the candidate.

        Raises:
            BaseException: What the file did after it had asked something.
        """
        try:
            return self._load(source, setup, entry_point)
        except NotAsked as exc:
            return str(exc)

    def _load(self, source: str, setup: str, entry_point: str) -> list[str]:
        self._word.salt = self._source = source
        remote = _remote_module(self.peer, MODULE)
        self._finder = _Finder(self.peer, entry_point)
        sys.meta_path.append(self._finder)  # type: ignore[arg-type]
        sys.modules.pop("candidate", None)  # this cage's own, which holds nothing
        names = vars(self._module)
        for key in (MODULE, "candidate_tests"):
            sys.modules[key] = self._module
        names.update(__package__="candidate_tests", __path__=[], __file__="test_candidate.py")
        names["__builtins__"] = Names(lambda name: self._named(remote, name, entry_point))
        _share(self.peer)
        if "mock" in source or "monkeypatch" in source:
            _share_patches(self.peer)
        if entry_point in vars(builtins):
            names[entry_point] = self._target(remote, entry_point)
        names["__builtins__"]["issubclass"] = self.peer.proxies.is_subclass
        names["__builtins__"].update(foreign.share(self.peer, setup, source))
        names[compared.HIDING] = lambda level, called: compared.hidden(level, called, self.peer)
        asked = self.peer.asked
        try:
            with self._streams.keeping():
                exec(compile(setup, "<setup>", "exec", dont_inherit=True), names)  # noqa: S102
            tree = compared.hiding(source, FILENAME)
            self._word.skips = skipped.Skipped(tree, FILENAME)
            exec(compile(tree, FILENAME, "exec", dont_inherit=True), names)  # noqa: S102
            self._raise_swallowed()
        except SystemExit:
            if not self._found(names):
                raise
        except BaseException as exc:
            if self.peer.asked == asked:
                raise NotAsked(f"{type(exc).__name__}: {exc}") from exc
            if own := self._own_mistake(exc):
                raise library.Refusal(own) from exc
            raise
        self._loading = self.peer.asked - asked
        self._hidden = dict(self.peer.hidden)
        self._checks = dict(self._collected(names, lambda: self._target(remote, entry_point)))
        if not self._checks and not self._loading:
            raise NotAsked("there is no test")
        if not self._checks:
            # The file's own assertions hold, and they are its test.
            self._checks = {OWN: lambda: None}
        return list(self._checks)

    def is_candidates(self, error: BaseException) -> bool:
        """Whether an exception came from the candidate."""
        return self.peer.proxies.came(error)

    def _raise_swallowed(self) -> None:
        """Has a test fail of which a failure was swallowed: by the candidate, or by SQLite."""
        if self.peer.breach:
            raise handles.Broken(self.peer.breach)
        if self._word.failure is not None:
            raise self._word.failure

    def _found(self, names: dict[str, Any]) -> bool:
        return any(name.startswith(("test", "Test")) for name in names)

    def _named(self, remote: Any, name: str, entry_point: str) -> Any:
        try:
            return getattr(remote, name)
        except AttributeError:
            # That it lacks a name is an answer, but for names that were never its own.
            if name in ("pytest", "unittest"):
                self.peer.asked -= 1
                return __import__(name)
            if name != "candidate" or not entry_point:
                raise
            return self._target(remote, entry_point)

    def _target(self, remote: Any, entry_point: str) -> Any:
        value = remote
        for part in entry_point.split("."):
            value = getattr(value, part.removesuffix("()"))
            if part.endswith("()"):
                value = value()
        return value

    def _collected(
        self, names: dict[str, Any], candidate: Callable[[], Any]
    ) -> Iterator[tuple[str, Callable[[], None]]]:
        import unittest

        check = names.get("check")
        if type(check) is types.FunctionType:
            given = [candidate()] if check.__code__.co_argcount else []
            # That it cannot be called is the candidate's doing, and found without asking it.
            self._loading += sum(not callable(part) for part in given)
            yield "check", lambda: check(*given)
            return
        pytest: Any = None
        around = _Around(self._module)
        found = False
        for name, value in list(names.items()):
            if isinstance(value, type) and issubclass(value, unittest.TestCase):
                for test in unittest.TestLoader().getTestCaseNames(value):
                    found = True
                    yield f"{name}.{test}", around.case(value, test)
            elif name.startswith(("test", "Test")):
                pytest = pytest or __import__("touchstone_pytest")
                for label, run in pytest.tests_of(name, value, names):
                    found = True
                    yield label, run
        if not found:
            yield from _examples(names)

    def run(self, name: str) -> list[Any]:
        """Runs one test; a failure is raised.

        Returns:
            A reply: how many comparisons an object of the candidate's decided, else why the test
            says nothing of it, where it was skipped, fails without having asked anything, or
            fails by its author's doing whatever the candidate is.
        """
        import unittest

        self.peer.events.append(["fresh"])
        self.peer.hidden = dict(self._hidden)
        self._word.failure = None
        asked, decided = self.peer.asked, 0 if name == OWN else self._word.decided
        try:
            self._checks[name]()
            self._raise_swallowed()
        except unittest.SkipTest:
            return ["v", SKIPPED]
        except BaseException as exc:
            if self.peer.breach:
                raise handles.Broken(self.peer.breach) from None
            if not self._loading and self.peer.asked == asked:
                return ["v", f"{type(exc).__name__}: {exc}"]
            if own := self._own_mistake(exc):
                return ["u", own]
            raise
        if not self._loading and self.peer.asked == asked:
            return ["v", SKIPPED]
        return ["v", (self._word.decided - decided) or None]

    def _own_mistake(self, error: BaseException) -> str:
        """Returns what the author did wrong, ``""`` where that is not why a test failed."""
        if _misspelt(error):
            return f"{AUTHORS_OWN}{error}"[:100]
        if self.is_candidates(error):
            return ""
        source = mistakes.mistake(error, self._source, vars(self._module), FILENAME)
        return f"{AUTHORS_OWN}{source}: {type(error).__name__}: {error}"[:100] if source else ""


def line_of(error: BaseException) -> int:
    """Returns the line of the test file at which an exception passed, 0 where it did not."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _misspelt(error: BaseException) -> bool:
    """Whether a test has asked a TestCase or a module for what it does not have."""
    import unittest

    owner = error.obj if isinstance(error, AttributeError) else None
    is_module = type(owner) is types.ModuleType and owner.__name__ in sys.stdlib_module_names
    return is_module or isinstance(owner, unittest.TestCase)


class _Around:
    """Runs TestCases with what goes around their classes and module."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._kind: Any = None
        self._began = False

    def case(self, kind: Any, name: str) -> Callable[[], None]:
        """Returns what runs one method of a TestCase."""

        def run() -> None:
            import unittest

            if not self._began:
                self._began = True
                getattr(self._module, "setUpModule", lambda: None)()
            case = kind(name)
            if getattr(kind, "__unittest_skip__", False):
                raise unittest.SkipTest(kind.__unittest_skip_why__)
            if self._kind is not kind:
                if self._kind is not None:
                    self._kind.tearDownClass()
                    self._kind.doClassCleanups()
                self._kind = None
                kind.setUpClass()
                self._kind = kind
            result = _result()
            case.run(result)
            if result.failure is not None:
                raise result.failure
            if result.skipped and not result.ran:
                raise unittest.SkipTest(result.skipped[0][1])

        return run


def _result() -> Any:
    import unittest

    class Result(unittest.TestResult):
        failure: BaseException | None = None
        ran = False

        def addError(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802
            self.failure = self.failure or err[1]

        addFailure = addError  # noqa: N815

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: ARG002, N802
            self.ran = True
            if err is not None:
                self.failure = self.failure or err[1]

        def addSuccess(self, test: Any) -> None:  # noqa: ARG002, N802
            self.ran = True

        def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802
            self.ran = True

        def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: ARG002, N802
            self.failure = self.failure or AssertionError("unexpected success")

    return Result()


def _examples(names: dict[str, Any]) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yields the docstrings of the test file that hold examples."""
    import doctest

    texts = [("module", names.get("__doc__"))]
    for name, value in list(names.items()):
        if isinstance(value, types.FunctionType | type) and value.__module__ == MODULE:
            texts.append((name, value.__doc__))
    texts += [
        (name, value)
        for name, value in list(names.items())
        if type(value) is str and name != "__doc__" and ">>>" in value
    ]
    tested = names.get("__test__")
    texts += list(tested.items()) if type(tested) is dict else []
    for name, text in texts:
        if not isinstance(text, str) or ">>>" not in text:
            continue
        test = doctest.DocTestParser().get_doctest(text, dict(names), name, FILENAME, 0)

        def run(test: Any = test) -> None:
            for example in test.examples:
                _try_example(example, test.globs)

        yield f"doctest {name}", run


def _try_example(example: Any, names: dict[str, Any]) -> None:
    """Runs one example of a docstring; what comes otherwise than it says is a failure."""
    import doctest
    import traceback

    flags = sum(flag for flag, on in example.options.items() if on)
    if flags & doctest.SKIP:
        return
    checker = doctest.OutputChecker()
    kept, sys.stdout = sys.stdout, io.StringIO()
    raised = ""
    try:
        exec(compile(example.source, FILENAME, "single", dont_inherit=True), names)  # noqa: S102
    except Exception as exc:
        if example.exc_msg is None:
            raise
        raised = traceback.format_exception_only(type(exc), exc)[-1]
    finally:
        out, sys.stdout = sys.stdout.getvalue(), kept
    wanted, came = example.want, out
    if example.exc_msg is not None:
        wanted, came = example.exc_msg, raised
        if flags & doctest.IGNORE_EXCEPTION_DETAIL:
            wanted, came = (text.partition(":")[0].rpartition(".")[2] for text in (wanted, came))
    if not checker.check_output(wanted, came, flags):
        raise AssertionError(f"{example.source.strip()} gave {came!r}, not {wanted!r}")


# --- the candidate as a module


def _remote_module(peer: Any, name: str) -> Any:
    number = mirrors.Theirs(peer.ask("module"))

    class Candidate(types.ModuleType):
        _touchstone_remote = number

        def __getattr__(self, key: str) -> Any:
            if key.startswith("__") and key not in ("__all__", "__doc__", "__version__"):
                raise AttributeError(key)
            return peer.proxies.word.mark(peer.ask("get", number, key))

        def __setattr__(self, key: str, value: Any) -> None:
            if key.startswith("__"):
                types.ModuleType.__setattr__(self, key, value)
            else:
                peer.ask("set", number, key, value)

        def __delattr__(self, key: str) -> None:
            peer.ask("del", number, key)

        def __dir__(self) -> Any:
            return peer.ask("dir", number)

    module = Candidate(name)
    module.__path__ = []
    return module


class _Finder:
    """Finds the candidate wherever the tests import what nobody has."""

    def __init__(self, peer: Any, entry_point: str) -> None:
        self._peer = peer
        self._entry_point = entry_point

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        """Finds the candidate under any name that is no library's."""
        root = name.partition(".")[0]
        if root in sys.stdlib_module_names or root in _LIBRARIES or root.startswith("_"):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> Any:
        """Returns the candidate."""
        self._peer.asked -= 1  # nothing of it has been used yet
        return _remote_module(self._peer, spec.name)

    def exec_module(self, module: Any) -> None:
        """Does nothing: it was run where it lives."""


# --- what both share


class _Streams:
    """What the candidate writes and reads, by way of what the tests have put in its place."""

    def __init__(self) -> None:
        self._own = sys.stdout, sys.stderr
        self._tree = files.Tree()
        files.Files(self._tree.do, own=True).install()

    @contextlib.contextmanager
    def keeping(self) -> Iterator[None]:
        """Has the files that the setup lays out meanwhile stay as they are."""
        theirs = self._tree.held()
        yield
        self._tree.keep(theirs)

    def operations(self) -> dict[str, Any]:
        """Returns what the candidate's side may ask for."""
        return {
            "input": lambda prompt: builtins.input(prompt),
            "readline": lambda size: sys.stdin.readline(size),
            "read": lambda size: sys.stdin.read(size),
            files.STEP: self._tree.do_theirs,
        }

    def on_event(self, event: list[Any]) -> None:
        """Takes what was written over there."""
        kind, *about = event
        if kind in ("out", "err"):
            stream = sys.stdout if kind == "out" else sys.stderr
            if stream not in self._own:
                for text in about:
                    stream.write(str(text))
        elif kind == "warn":
            import warnings

            name, text = about
            category = getattr(builtins, str(name), UserWarning)
            is_warning = isinstance(category, type) and issubclass(category, Warning)
            warnings.warn(str(text), category if is_warning else UserWarning, stacklevel=2)
        elif kind == "log":
            import logging

            name, level, text = about
            logger = logging.getLogger(str(name))
            if type(level) is int and logger.isEnabledFor(level):
                logger.handle(
                    logging.LogRecord(str(name), level, "candidate", 0, str(text), None, None)
                )


# Of these each side has its own, which the other reaches otherwise.
_ROUTED = {("sys", "stdout"), ("sys", "stderr"), ("sys", "stdin"), ("builtins", "input")}


def _share(peer: Any) -> None:
    """Has what the tests seed and set be seeded and set for the candidate."""
    import unittest

    seed = random.seed

    def seeded(*args: Any, **kwargs: Any) -> None:
        seed(*args, **kwargs)
        if all(type(a) in (int, float, str, bytes, type(None)) for a in args):
            peer.events.append(["seed", *map(peer.pack, args)])

    random.seed = seeded  # type: ignore[assignment]
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy_seed = numpy.seed

        def numpy_seeded(value: Any = None) -> None:
            numpy_seed(value)
            peer.events.append(["numpy seed", peer.pack(value)])

        vars(numpy)["seed"] = numpy_seeded
    peer.before = _Environment(peer).say
    _route(peer)
    unittest.main = lambda *_a, **_k: None  # type: ignore[assignment]


def _route(peer: Any) -> None:
    """Has what looks into an object look where the object lives."""
    for module, names in _LOOKING.items():
        for name in names:
            home = __import__(module)
            setattr(home, name, _routed(peer, module, name, getattr(home, name)))


def _routed(peer: Any, module: str, name: str, function: Any) -> Any:
    def look(thing: Any, *args: Any, **kwargs: Any) -> Any:
        if peer.proxies.number(thing) is None:
            return function(thing, *args, **kwargs)
        return peer.call("library", module, name, (thing, *args), kwargs=kwargs)

    look.__name__ = look.__qualname__ = name
    return look


def _share_patches(peer: Any) -> None:
    """Has what the tests patch be patched for the candidate."""
    from unittest import mock

    patch: Any = mock._patch
    enter, leave = patch.__enter__, patch.__exit__

    def entered(self: Any) -> Any:
        value = enter(self)
        place = _shared_place(self.target, self.attribute)
        if place:
            peer.ask("patch", *place, getattr(self.target, self.attribute))
        self._touchstone_place = place
        return value

    def left(self: Any, *exc_info: Any) -> Any:
        result = leave(self, *exc_info)
        if getattr(self, "_touchstone_place", None):
            peer.ask("unpatch", *self._touchstone_place)
            self._touchstone_place = None
        return result

    patch.__enter__, patch.__exit__ = entered, left


# Functions of the standard library that read an object's parts.
_LOOKING = {
    "dataclasses": ("asdict", "astuple", "fields", "replace"),
    "inspect": ("getsource", "getsourcelines"),
    "typing": ("get_type_hints",),
}


class _Environment:
    """Says what the tests have changed of the environment's variables."""

    def __init__(self, peer: Any) -> None:
        self._peer = peer
        self._seen = dict(os.environ)

    def say(self) -> None:
        """Says it with the next request."""
        now = dict(os.environ)
        if now != self._seen:
            self._seen = now
            self._peer.events.append(["environ", [[k, v] for k, v in now.items()]])


def _shared_place(target: Any, attribute: str) -> tuple[str, str] | None:
    """Returns module and path of what is patched, where the candidate has the same."""
    if isinstance(target, types.ModuleType):
        home, path = target.__name__, attribute
    elif isinstance(target, type) and type(target) is type:
        home, path = target.__module__, f"{target.__qualname__}.{attribute}"
    else:
        return None
    shared = library.is_shared(home) and home != MODULE
    return (home, path) if shared and (home, path) not in _ROUTED else None
