"""Who may ask the studio: the browser that was given its address, and no other page in it.

A page of any site can send requests to a local port. So the first address holds a secret, which
becomes a cookie that no other site's page sends; a foreign name that was made to resolve to this
machine is refused; and what changes something has to come from the studio's own page.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PARAMETER = "token"
_HOSTS = ("127.0.0.1", "localhost")
_SAFE = ("GET", "HEAD")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Under `no-referrer` browsers send `Origin: null` with our own forms too.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Lets a request through to an application, or refuses it with 403.

    Args:
        app: The application behind it.
        token: What the address has to hold once, in its parameter ``token``.
        port: The port that is listened on; browsers share cookies between ports, so that it is
            part of the cookie's name.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token, self._cookie = app, token, f"touchstone-studio-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on; every reply gets the headers of :data:`_HEADERS`."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self._answer(Request(scope)) or self._app
        await answer(scope, receive, with_headers)

    def _answer(self, request: Request) -> Response | None:
        """Returns the answer to a request that must not pass, ``None`` for one that may."""
        host = request.headers.get("host", "")
        if host.partition(":")[0].lower() not in _HOSTS:
            return _refused("this is not the host that was asked for")
        if given := request.query_params.get(_PARAMETER):
            return self._enter(request, given)
        if not self._is_ours(request.cookies.get(self._cookie, "")):
            return _refused("open the whole address that `touchstone studio` printed")
        if request.method not in _SAFE and request.headers.get("origin") != f"http://{host}":
            return _refused("this did not come from a page of the studio")
        return None

    def _enter(self, request: Request, given: str) -> Response:
        if not self._is_ours(given) or request.method not in _SAFE:
            return _refused("the token in the address is of another studio, or one that has ended")
        url = request.url.remove_query_params(_PARAMETER)
        # A path that begins with two slashes would name another host.
        place = "/" + url.path.lstrip("/") + (f"?{url.query}" if url.query else "")
        response = RedirectResponse(place, HTTPStatus.SEE_OTHER)
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
        return response

    def _is_ours(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(errors="replace"), self._token.encode())


def _refused(why: str) -> Response:
    return PlainTextResponse(f"403: {why}\n", HTTPStatus.FORBIDDEN)
