"""Which judges a deployed function can ask, as far as their settings tell."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

# What names of one network end in. Source: RFC 6761, 6762 and 8375, ICANN's .internal, and what
# routers give.
_PRIVATE = (
    ".local", ".internal", ".localhost", ".localdomain", ".lan", ".home", ".home.arpa",
    ".intranet", ".corp", ".test", ".invalid",
)  # fmt: skip


def unreachable(judges: Iterable[str]) -> str:
    """Returns the first judge that a deployed function cannot ask, and why; ``""`` if it can all.

    Args:
        judges: As settings write them.
    """
    for judge in judges:
        kind, _, rest = judge.strip().partition(":")
        if kind == "recorded":
            return f"{judge!r} is a file of answers, which no function is shipped with"
        if kind == "openai" and _is_private(urlsplit(rest).hostname or ""):
            return f"{judge!r} is on a network that no function is in"
    return ""


def _is_private(host: str) -> bool:
    """Tells whether a host is of one machine or one network, as far as its name says."""
    host = host.rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    try:  # an address in fewer parts, as in 127.1
        return not ipaddress.ip_address(socket.inet_aton(host)).is_global
    except OSError:
        return "." not in host or host.endswith(_PRIVATE)
