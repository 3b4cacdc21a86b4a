"""Whether the libraries of a grader are here: asked once, when it is loaded, never row by row."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from touchstone.settings import SettingsError


def check_libraries(owner: str, extra: str, modules: Iterable[str]) -> None:
    """Refuses a grader that would lose the rows which need a library that is not installed.

    Nothing is imported: each module is only looked for.

    Args:
        owner: The grader, to open the message with.
        extra: What installs them.
        modules: The top-level modules that must be there.

    Raises:
        SettingsError: Some are not; names them and the extra.
    """
    missing = [module for module in modules if not _is_here(module)]
    if missing:
        # As installers write it: some older ones know an extra by no other name.
        install = f"pip install 'touchstone[{extra.replace('_', '-')}]'"
        raise SettingsError(f"{owner} needs {', '.join(missing)}, not installed here: {install}")


def _is_here(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False
