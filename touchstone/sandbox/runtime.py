"""The candidate's side of a cage: loads code, answers calls with values, and nothing else.

It holds no secret and no expected value; whatever a hostile candidate does to it only changes
what that candidate says. Messages are length-prefixed JSON lists, see ``codec.py``.

Requests: ``limits``, ``load``, ``call``, ``step``, ``program``, ``tests``, ``test``, ``join``;
``reply`` answers an ``h``. Replies: ``v`` value, ``r`` raised, ``u`` unsupported, ``h`` a call of
the parent, ``d`` from a tests' cage: the candidate's has died or broken its bounds.
"""

from __future__ import annotations

import contextlib
import io
import random
import struct
import sys
import types
import warnings
from collections import deque
from collections.abc import Callable
from os import _exit as leave
from resource import setrlimit
from typing import Any

import _touchstone_codec as codec  # type: ignore[import-not-found]
import _touchstone_joined as joined  # type: ignore[import-not-found]
import _touchstone_library as library  # type: ignore[import-not-found]
import _touchstone_testing as testing  # type: ignore[import-not-found]

FILENAME = "<candidate>"
MESSAGE_CHARS = 500
_HOLES = 50_000  # bytes of each size
_TURNS = 8  # after which the interpreter has adapted code to what it meets
_REHEARSED = """
import math

class A:
    def __init__(self, value):
        self.value = value

def f(items, k=1):
    total = {i: str(item) for i, item in enumerate(items)}
    try:
        return [A(k).value, sorted(total.values()), max(len(total), math.floor(1.5)), f"{k}"]
    finally:
        total.clear()
"""
warm, strip = library.warm, library.strip
_LENGTH = struct.Struct("=I")


class HostCallFailed(Exception):
    """Stands for an exception type of the other side that is no builtin."""


class Channel:
    """The cage's end of the socket."""

    def __init__(self) -> None:
        self._line: Any = None
        self._read = bytearray()
        self.encoder = codec.Encoder(_arrays())
        self.decoder = codec.Decoder(_iterable)
        self.frame_bytes = 1_000_000

    def open(self, line: Any) -> None:
        """Sends and receives by ``line`` from now on."""
        self._line = line

    def send(self, message: Any) -> None:
        """Sends one message; one too large says so instead."""
        data = codec.dump(message)
        if len(data) > self.frame_bytes:
            data = codec.dump(["v", {"o": "a value too large to send"}])
        self._line.sendall(_LENGTH.pack(len(data)) + data)

    def tell(self, message: Any) -> None:
        """Sends one message of a peer's.

        Raises:
            ValueError: It is too large.
        """
        data = codec.dump(message)
        if len(data) > self.frame_bytes:
            raise ValueError("a value too large to send")
        self._line.sendall(_LENGTH.pack(len(data)) + data)

    def request(self) -> Any:
        """Returns the next request."""
        (size,) = _LENGTH.unpack(self._take(_LENGTH.size))
        return codec.load(self._take(size))

    def _take(self, size: int) -> bytes:
        read = self._read
        while len(read) < size:
            part = self._line.recv(min(max(size - len(read), 1 << 12), 1 << 20))
            if not part:
                self._gone()
            read += part
        data = bytes(read[:size])
        del read[:size]
        return data

    def _gone(self) -> None:
        leave(0)  # to clear the interpreter would take longer than most tests do

    def host(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Has the parent call its function ``name``; copies changes of ``args`` back."""
        encode = self.encoder.encode
        self.send(
            ["h", name, [encode(arg) for arg in args], {k: encode(kwargs[k]) for k in kwargs}]
        )
        message = self.request()
        if message[1] == "r":
            raise _exception(message[2], message[3])
        for old, new in zip(args, message[3] if len(message) > 3 else (), strict=False):
            _copy_back(old, self.decoder.decode(new))
        return self.decoder.decode(message[2])


class Joint(Channel):
    """A tests' cage's end of the line to the candidate's, which it holds to its bounds.

    Args:
        home: The channel to the parent, which is told of a breach; then this process ends, since
            nothing in a test can be made to swallow that.
        line: To the candidate's cage.
        frame_bytes: The most that one message from there may have.
        total_bytes: The most that a test's may have together.
        asked: The most requests that a test may send.
    """

    def __init__(
        self, home: Channel, line: Any, frame_bytes: int, total_bytes: int, asked: int
    ) -> None:
        super().__init__()
        self.open(line)
        self.frame_bytes = home.frame_bytes
        self._home = home
        self._most = frame_bytes, total_bytes, asked
        self._total = self._asked = 0

    def begin(self) -> None:
        """Starts the counts anew."""
        self._total = self._asked = 0

    def tell(self, message: Any) -> None:
        """Sends one message, if it is not one request too many."""
        self._asked += message[0] == "q"
        if self._asked > self._most[2]:
            self._end(["r", "RuntimeError", "the candidate was asked too often", 0])
        try:
            super().tell(message)
        except OSError:
            self._gone()

    def request(self) -> Any:
        """Returns the next message."""
        (size,) = _LENGTH.unpack(self._take(_LENGTH.size))
        self._total += _LENGTH.size + size
        if size > self._most[0] or self._total > self._most[1]:
            self._end(["d", "output"])
        try:
            return codec.load(self._take(size))
        except codec.CodecError:
            self._end(["d", "protocol"])

    def _gone(self) -> None:
        self._end(["d", "the candidate's cage is gone"])

    def _end(self, message: list[Any]) -> None:
        self._home.send(message)
        leave(0)


def _iterable(name: str, items: list[Any]) -> Any:
    """Makes what the other side looped over: consumed by one loop where it was such."""
    if name == "deque":
        return deque(items)
    return items if name == "range" or name.startswith("dict_") else iter(items)


def _arrays() -> tuple[type, ...]:
    numpy = sys.modules.get("numpy")
    return (numpy.ndarray, numpy.generic) if numpy else ()


def _compiled(source: str) -> Any:
    """Compiles the candidate; whatever the compiler says against it is a SyntaxError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(source, FILENAME, "exec", dont_inherit=True)
    except (ValueError, RecursionError, MemoryError, OverflowError) as exc:
        raise SyntaxError(f"{type(exc).__name__}: {exc}") from None


def _copy_back(old: Any, new: Any) -> None:
    if type(old) is not type(new):
        return
    if isinstance(old, list) and old != new:
        old[:] = new
    elif isinstance(old, dict | set) and old != new:
        old.clear()
        old.update(new)


def _exception(name: str, message: str) -> BaseException:
    if name in ("StopIteration", "StopAsyncIteration"):
        # It would end the caller's loop without a word; PEP 479 holds for calls from afar too.
        return RuntimeError(f"the function raised {name}")
    kind = getattr(__import__("builtins"), name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(message)
        except TypeError:
            pass
    return type(name, (HostCallFailed,), {})(message)


class Sink(io.TextIOBase):
    """Where a function's prints go."""

    def write(self, text: str) -> int:
        """Forgets ``text``."""
        return len(text)


class _Kept(io.BytesIO):
    """A standard stream in memory, readable after the program closed it."""

    def __init__(self, descriptor: int, data: bytes = b"") -> None:
        super().__init__(data)
        self._descriptor = descriptor
        self.name = ("<stdin>", "<stdout>")[descriptor]

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        pass


class _Ended(BaseException):
    """The program has called ``os._exit``: what it has not flushed is lost."""


def _end(code: int) -> None:
    raise _Ended(code)


class Cage:
    """One candidate: its module, its namespace and what is asked of it.

    Attributes:
        channel: To the parent.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._arm = library.armory()
        self.code: Any = None
        self.module = types.ModuleType("candidate")
        self.held: dict[str, Any] = {}  # what the steps of a test have named
        self.author: Any = None  # the tests, where this is their cage
        self.line: Any = None  # to the cage that this one is joined to
        self.joint: Any = None  # the same, where this is the tests'

    def load(self, source: str, options: dict[str, Any]) -> Any:
        """Compiles ``source``; runs it as a module unless it is a program."""
        self.channel.frame_bytes = options["frame_bytes"]
        self.code = _compiled(source)
        if options.get("program"):
            return None
        module = self.module
        sys.modules[module.__name__] = module
        for name in options["host"]:
            module.__dict__[name] = self._stub(name)
        lines = source.splitlines(keepends=True)
        __import__("linecache").cache[FILENAME] = (len(source), None, lines, FILENAME)
        setup, stubs = options.get("setup"), options.get("stubs", {})
        if setup is not None:
            exec(compile(setup, "<setup>", "exec", dont_inherit=True), module.__dict__)  # noqa: S102
        for name, remote in stubs.items():
            module.__dict__[name] = self._stub(remote)
        exec(self.code, module.__dict__)  # noqa: S102
        return None

    def confine(self, limits: list[list[int]]) -> list[Any]:
        """Sets this process's limits where the parent was not allowed to, and its hooks: for good.

        Asked before anything else.
        """
        for name, value in limits:
            setrlimit(name, (value, value))
        self._arm()
        return ["v", None]

    def _stub(self, name: str) -> Any:
        host = self.channel.host

        def stub(*args: Any, **kwargs: Any) -> Any:
            return host(name, args, kwargs)

        stub.__name__ = stub.__qualname__ = name
        return stub

    def target(self, name: str) -> Any:
        """Returns the function called ``name``: ``f``, ``Class.method`` or ``Class().method``."""
        value: Any = None
        for index, part in enumerate(name.split(".")):
            bare = part.removesuffix("()")
            if index:
                value = getattr(value, bare)
            elif bare in self.module.__dict__:
                value = self.module.__dict__[bare]
            else:
                raise NameError(f"name {bare!r} is not defined")
            if bare != part:
                value = value()
        return value

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any], keep: bool) -> list[Any]:
        """Calls a function of the module; with ``keep``, sends its arguments back as well."""
        decode, encode = self.channel.decoder.decode, self.channel.encoder.encode
        given = [decode(arg) for arg in args]
        function = self.target(name)
        if isinstance(function, type) and function.__module__ == self.module.__name__:
            raise library.Refusal("a class as the entry point")
        result = function(*given, **{key: decode(kwargs[key]) for key in kwargs})
        if type(result) is types.CoroutineType:
            result = __import__("asyncio").run(result)
        reply = ["v", encode(result)]
        return [*reply, [encode(arg) for arg in given]] if keep else reply

    def step(self, source: str, given: dict[str, Any], asked: bool) -> list[Any]:
        """Takes one step of a test, in a namespace of its own over the module's."""
        decode = self.channel.decoder.decode
        self.held.update((name, decode(value)) for name, value in given.items())
        scope = {**self.module.__dict__, **self.held}
        code = compile(source, "<test>", "eval" if asked else "exec", dont_inherit=True)
        value = eval(code, scope, self.held)  # noqa: S307
        return ["v", self.channel.encoder.encode(value)]

    def program(self, stdin: str) -> list[Any]:
        """Runs the code as ``__main__`` over ``stdin``; the value is what it wrote."""
        out = _Kept(1)
        source = _Kept(0, stdin.encode("utf-8", "surrogatepass"))
        streams = sys.stdin, sys.stdout
        stdin_ = io.TextIOWrapper(source, "utf-8", "surrogateescape")
        stdout = io.TextIOWrapper(out, "utf-8", "surrogateescape", newline="\n")
        sys.stdin = sys.__stdin__ = stdin_  # type: ignore[misc]
        sys.stdout = sys.__stdout__ = stdout  # type: ignore[misc]
        stdin_.mode, stdout.mode = "r", "w"  # type: ignore[attr-defined]
        library.streams(stdin_, stdout, _end)
        ended = False
        module = types.ModuleType("__main__")
        module.__dict__["__builtins__"] = __builtins__
        sys.modules["__main__"] = module
        try:
            exec(self.code, module.__dict__)  # noqa: S102
        except SystemExit as exc:
            if exc.code not in (None, 0):
                raise
        except _Ended as exc:
            ended = True
            if exc.args != (0,):
                raise SystemExit(*exc.args) from None
        finally:
            if not ended:
                __import__("atexit")._run_exitfuncs()
            kept, (sys.stdin, sys.stdout) = sys.stdout, streams
            for stream in {id(kept): kept, id(stdout): stdout}.values() if not ended else ():
                stream.flush()
        return ["v", out.getvalue().decode("utf-8", "replace")]

    def tests(
        self, source: str, setup: str, entry_point: str, options: Any, allowed: list[int]
    ) -> list[Any]:
        """Loads an author's test file, whose candidate is in the other cage; lists its tests."""
        self.channel.frame_bytes = options["frame_bytes"]
        self.joint = Joint(self.channel, self.line, *allowed)
        self.author = testing.Tests(self.joint.tell, self.joint.request)
        return ["v", self.author.load(source, setup, entry_point)]

    def test(self, name: str) -> list[Any]:
        """Runs one of them to its end; an assertion that fails is an exception."""
        self.joint.begin()
        return self.author.run(name)

    def join(self) -> None:
        """Does what the tests' cage asks, and answers it, until there is no line any more."""
        joint = Channel()
        joint.open(self.line)
        joint.frame_bytes = self.channel.frame_bytes
        peer = joined.join(self.module, joint)
        while True:
            peer.answer(joint.request())

    def serve_all(self) -> None:
        """Answers requests, one after the other, until there is no line any more."""
        while True:
            request = self.channel.request()
            if request == ["join"]:
                self.join()
            try:
                self.channel.send(self.answer(request))
            except (MemoryError, RecursionError, ValueError, TypeError) as exc:
                self.channel.send(_raised(exc))

    def answer(self, request: list[Any]) -> list[Any]:
        """Does what ``request`` asks and says how it ended."""
        verb, *arguments = request
        library.refusals.clear()
        try:
            return {
                "limits": self.confine,
                "load": lambda *a: ["v", self.load(*a)],
                "call": self.call,
                "step": self.step,
                "program": self.program,
                "tests": self.tests,
                "test": self.test,
            }[verb](*arguments)
        except BaseException as exc:  # noqa: BLE001 - the outcome of the candidate's own code
            if self.author is not None and self.author.is_candidates(exc):
                return _told(exc)
            return _raised(exc)


def _raised(exc: BaseException) -> list[Any]:
    if isinstance(exc, ModuleNotFoundError) and exc.name:
        return ["u", f"module: {exc.name}"[:100]]
    if isinstance(exc, library.Refusal):
        return ["u", str(getattr(exc, "what", "files"))[:100]]
    if isinstance(exc, OSError):
        if library.refusals:
            return ["u", library.refusals[-1]]
        if exc.errno in (1, 24):
            return ["u", "files"]
    return _told(exc)


def _told(exc: BaseException) -> list[Any]:
    try:
        message = str(exc)[:MESSAGE_CHARS]
        # Text that cannot be encoded later breaks whoever logs it.
        message = message.encode("utf-8", "backslashreplace").decode()
    except BaseException:  # noqa: BLE001 - a hostile __str__
        message = ""
    return ["r", type(exc).__name__[:100], str.__str__(message), _line(exc)]


def _line(exc: BaseException) -> int:
    if (line := testing.line_of(exc)) > 0:
        return line
    if isinstance(exc, SyntaxError) and exc.filename == FILENAME:
        return exc.lineno or 0
    line, trace = 0, exc.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def ready() -> Callable[[Any, Any], None]:
    """Makes what every cage begins with; returns what answers requests until it is killed.

    Done in the zygote: whatever a cage makes and fills by itself is memory that the kernel has to
    copy for it, and that is most of what a cage costs.
    """
    holes = _fill_holes()
    _rehearse()
    random.seed(0)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(0)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), Sink(), Sink()
    cage = Cage(Channel())
    enable = __import__("gc").enable

    def serve(line: Any, joint: Any, _holes: Any = holes) -> None:
        enable()
        cage.channel.open(line)
        cage.line = joint
        cage.serve_all()

    return serve


def _fill_holes() -> list[Any]:
    """Takes what lies free among all that was imported, for good.

    So what a cage begins with, makes and lets go of lies together, on few pages.
    """
    sizes = [*range(8, 480, 16), *(500 * 2**n for n in range(8))]
    holes: list[Any] = [bytes(size) for size in sizes for _ in range(_HOLES // (size + 33))]
    return holes + [float(n) for n in range(_HOLES // 32)]  # the size below the smallest bytes


class _Played:
    """A line with the requests of a rehearsal on it."""

    class Over(Exception):
        """There is none left."""

    def __init__(self, requests: list[Any]) -> None:
        said = map(codec.dump, requests)
        self._data = b"".join(_LENGTH.pack(len(data)) + data for data in said)

    def recv(self, _size: int) -> bytes:
        data, self._data = self._data, b""
        if not data:
            raise self.Over
        return data

    def sendall(self, data: bytes) -> None:
        pass


def _rehearse() -> None:
    """Plays a candidate of our own, so that the interpreter knows the way of the next ones."""
    load = ["load", _REHEARSED, {"frame_bytes": 1_000_000, "host": []}]
    given = [[1, 2.5, "a", None, {"t": [1]}, {"d": ["k", 1]}, {"s": [3]}]]
    calls = [["call", "f", given, {}, keep] for keep in (False, True)] * _TURNS
    steps = [["step", "g = f([1])", {}, False], ["step", "g[0]", {}, True]] * _TURNS
    asked = [load, *calls, *steps, ["call", "absent", [], {}, False]]
    for _ in range(_TURNS):
        cage = Cage(Channel())
        cage.channel.open(_Played(asked))
        with contextlib.suppress(_Played.Over):
            cage.serve_all()
        del sys.modules[cage.module.__name__]
    del __import__("linecache").cache[FILENAME]
