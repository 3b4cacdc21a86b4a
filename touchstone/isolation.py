"""What can hold untrusted code, from the weakest to the strongest."""

from __future__ import annotations

from typing import Literal, get_args

Level = Literal["process", "rlimit", "rlimit+seccomp", "rlimit+seccomp+landlock"]
LEVELS: tuple[Level, ...] = get_args(Level)
