"""The candidate's cage, once the tests' cage asks it for things.

What the candidate prints, warns of and logs is said to the tests with the next answer, and what it
reads comes from where the tests have put it.
"""

from __future__ import annotations

import builtins
import io
import os
import random
import sys
from typing import Any

import _touchstone_files as files  # type: ignore[import-not-found]
import _touchstone_handles as handles  # type: ignore[import-not-found]
import _touchstone_proxies as proxies  # type: ignore[import-not-found]
import _touchstone_serving as serving  # type: ignore[import-not-found]

MOST_WRITTEN = 200_000  # characters between two messages


def join(module: Any, channel: Any) -> Any:
    """Returns the peer of the tests' cage, for a candidate that has been loaded."""
    candidate = serving.Candidate(module)
    peer = handles.Peer(channel.tell, channel.request, candidate.serve, author=False)
    peer.proxies = proxies.Proxies(peer)
    candidate.join(peer)
    peer.on_event = _hear
    _reroute(peer)
    shared = files.Files(lambda *step: peer.ask(files.STEP, *step), turn=lambda: peer.turns)
    shared.install()
    return peer


def _hear(event: list[Any]) -> None:
    """Does what the tests have done to what both share."""
    kind, *about = event
    if kind == "seed":
        random.seed(*about)
    elif kind == "numpy seed":
        sys.modules["numpy.random"].seed(*about)
    elif kind == "environ":
        os.environ.clear()
        os.environ.update(about[0])


class _Written(io.TextIOBase):
    """A standard stream whose text is said to the tests."""

    encoding = "utf-8"

    def __init__(self, peer: Any, kind: str) -> None:
        self._peer = peer
        self._kind = kind
        self._event: list[Any] = []
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        """Keeps ``text`` for the next message."""
        events = self._peer.events
        if not any(event is self._event for event in events[-1:]):
            self._event = [self._kind]
            events.append(self._event)
        if sum(map(len, self._event)) > MOST_WRITTEN:
            raise ValueError("too much was written")
        self._event.append(str.__str__(text))
        return len(text)

    def writable(self) -> bool:
        return True


class _Bytes(io.RawIOBase):
    def __init__(self, over: _Written) -> None:
        self._over = over

    def write(self, data: Any) -> int:
        return self._over.write(bytes(data).decode("utf-8", "replace"))

    def writable(self) -> bool:
        return True


class _Read(io.TextIOBase):
    """Standard input, as the tests have it."""

    encoding = "utf-8"

    def __init__(self, peer: Any) -> None:
        self._peer = peer

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        """Returns the next line."""
        return self._peer.ask("readline", -1 if size is None else size)

    def read(self, size: int | None = -1) -> str:
        """Returns what is left."""
        return self._peer.ask("read", -1 if size is None else size)

    def readable(self) -> bool:
        return True


def _reroute(peer: Any) -> None:
    import warnings

    sys.stdout, sys.stderr, sys.stdin = _Written(peer, "out"), _Written(peer, "err"), _Read(peer)

    def ask_input(prompt: Any = "", /) -> Any:
        return peer.ask("input", str(prompt))

    ask_input.__name__ = ask_input.__qualname__ = "input"
    builtins.input = ask_input

    def warned(message: Any, category: Any, *_args: Any, **_kwargs: Any) -> None:
        peer.events.append(["warn", category.__name__, str(message)])

    warnings.simplefilter("always")
    warnings.showwarning = warned  # type: ignore[assignment]
    _log(peer)


def _log(peer: Any) -> None:
    import logging

    class Said(logging.Handler):
        def emit(self, record: Any) -> None:
            peer.events.append(["log", record.name, record.levelno, record.getMessage()])

    root = logging.getLogger()
    root.addHandler(Said())
    root.setLevel(1)
