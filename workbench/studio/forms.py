"""What a page's form sends, read without more than Python has."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

_MOST_BYTES = 8 << 20  # a row of a few megabytes, which a form writes longer


async def read_form(request: Request) -> dict[str, str]:
    """Returns the fields of a form that a page of the studio sent, by name.

    Args:
        request: Its body is of the type ``application/x-www-form-urlencoded``.

    Raises:
        HTTPException: It is too large (413).
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    # Browsers send every line's end as Windows writes it.
    return {name: value.replace("\r\n", "\n") for name, value in fields.items()}
