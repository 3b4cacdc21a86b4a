"""Ends the wait for a call, whatever the call itself does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from touchstone.judge.faults import NoVerdict
from touchstone.judge.types import LOST_CALL

T = TypeVar("T")


def ended_within(timeout_s: float, call: Callable[[], T], afterwards: Callable[[], None]) -> T:
    """Returns what the call returns, or gives up on it when its time is over.

    A timeout of sockets starts anew with every byte, so that a service which answers byte by
    byte is never late for it.

    Args:
        timeout_s: How long to wait.
        call: Runs in a thread of its own, which may outlast the wait.
        afterwards: Is called when the call has really ended.

    Raises:
        NoVerdict: ``timed_out``.
    """
    ended: Future[T] = Future()

    def run() -> None:
        try:
            ended.set_result(call())
        except BaseException as exc:  # noqa: BLE001 - raised where it is awaited
            ended.set_exception(exc)
        finally:
            afterwards()

    threading.Thread(target=run, name="judge call", daemon=True).start()
    try:
        return ended.result(timeout_s)
    except TimeoutError:
        raise NoVerdict("timed_out", "the answer came too slowly", LOST_CALL) from None
