"""Stands for hypothesis, so that a program which brings such tests along can be loaded.

Its own tests do nothing here.
"""

from __future__ import annotations

from typing import Any


class _Anything:
    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __or__(self, _other: Any) -> Any:
        return self


strategies = st = note = event = target = HealthCheck = Phase = Verbosity = _Anything()


def given(*_args: Any, **_kwargs: Any) -> Any:
    """Makes a test that does nothing."""
    return lambda function: lambda *args, **kwargs: None  # noqa: ARG005


def example(*_args: Any, **_kwargs: Any) -> Any:
    """Leaves a function as it is."""
    return lambda function: function


def settings(*_args: Any, **_kwargs: Any) -> Any:
    """Leaves a function as it is."""
    return lambda function: function


def assume(condition: Any) -> bool:
    """Returns whether it holds."""
    return bool(condition)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return strategies
