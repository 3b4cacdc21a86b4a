"""Coroutines of two joined cages beside each other: neither side's loop waits for the other's."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

_TURNS = 3  # that a task which is cancelled may take to end


class Loops:
    """Runs awaitables to their end, also where one asks for another from afar."""

    def __init__(self) -> None:
        self._loops: list[Any] = []
        self._busy = 0

    def run(self, awaitable: Any) -> Any:
        """Returns what an awaitable gives."""
        import asyncio

        async def result() -> Any:
            return await awaitable

        running = asyncio._get_running_loop()
        if self._busy == len(self._loops):
            self._loops.append(asyncio.new_event_loop())
        loop = self._loops[self._busy]
        self._busy += 1
        asyncio._set_running_loop(None)
        try:
            asyncio.set_event_loop(loop)
            return loop.run_until_complete(result())
        finally:
            self._busy -= 1
            asyncio._set_running_loop(running)


class Tasks:
    """Runs coroutines beside each other, as far as each can get, so that the tests' own go on."""

    def __init__(self, loops: Loops) -> None:
        self._loops = loops
        self._loop: Any = None
        self._tasks: list[Any] = []
        self._steps = False

    def start(self, awaitable: Any) -> list[Any]:
        """Starts one; returns what :meth:`advance` does."""
        import asyncio

        if self._steps:  # a step of one asks the tests, which ask for another: to its end
            return [True, self._loops.run(awaitable)]

        async def result() -> Any:
            return await awaitable

        loop: Any = self._loop or asyncio.new_event_loop()
        self._loop = loop
        others = list(loop._ready)
        loop._ready.clear()  # its first step comes now, as if it were awaited here
        self._tasks.append(loop.create_task(result()))
        told = self.advance(len(self._tasks) - 1)
        loop._ready.extendleft(reversed(others))
        return told

    def advance(self, number: int) -> list[Any]:
        """Lets every task take a step.

        Returns:
            ``[True, the result]`` of the task, or ``[False, its number, seconds]`` that nothing
            will happen for, ``None`` where only the tests can end the wait.
        """
        import asyncio

        loop, task = self._loop, self._tasks[number]
        running = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        asyncio.set_event_loop(loop)
        self._steps = True
        try:
            if not task.done():
                loop.call_soon(loop.stop)
                loop.run_forever()
        finally:
            self._steps = False
            asyncio._set_running_loop(running)
        if task.done():
            return [True, task.result()]
        due = loop._scheduled[0]._when - loop.time() if loop._scheduled else None
        return [False, number, 0.0 if loop._ready else due]

    def is_stepping(self) -> bool:
        """Whether a task takes a step now, after which the tests' own go on."""
        import asyncio

        return self._steps and asyncio._get_running_loop() is self._loop

    def cancel(self, number: int) -> None:
        """Cancels one, and lets it end."""
        self._tasks[number].cancel()
        with contextlib.suppress(BaseException):
            for _turn in range(_TURNS):
                self.advance(number)


class Awaited:
    """Coroutines of the tests' that the candidate awaits while the tests' own loop goes on."""

    def __init__(self, loops: Loops) -> None:
        self._loops = loops
        self._tasks: list[Any] = []

    def begin(self, awaitable: Any) -> list[Any]:
        """Starts one, whose first step comes now; returns what :meth:`ended` does."""
        import asyncio

        running = asyncio._get_running_loop()
        if running is None:
            return [True, self._loops.run(awaitable)]

        async def result() -> Any:
            return await awaitable

        self._tasks.append(_begun(asyncio, result(), running))
        return self.ended(len(self._tasks) - 1)

    def ended(self, number: int) -> list[Any]:
        """Returns ``[True, the result]``, or ``[False, its number]`` while it goes on."""
        task = self._tasks[number]
        return [True, task.result()] if task.done() else [False, number]

    def drop(self, number: int) -> None:
        """Cancels one."""
        self._tasks[number].cancel()


def _begun(asyncio: Any, coroutine: Any, loop: Any) -> Any:
    """Returns a task that has taken its first step."""
    if sys.version_info >= (3, 12):
        return asyncio.Task(coroutine, loop=loop, eager_start=True)
    task = asyncio.tasks._PyTask(coroutine, loop=loop)
    loop._ready.pop()  # that first step
    current = asyncio.current_task(loop)
    asyncio.tasks._leave_task(loop, current)
    try:
        task._Task__step()
    finally:
        asyncio.tasks._enter_task(loop, current)
    return task
