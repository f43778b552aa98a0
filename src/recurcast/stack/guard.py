"""Whom Prefect's server answers: programs, and its own page; not a page of somebody else's in the user's browser.

A browser tells which server it believes to ask (`Host`) and which page asks (`Origin`); a page can't change either.

    asks                                                    Host              Origin
    a program, such as the worker                           127.0.0.1:4200    none
    Prefect's own page                                      127.0.0.1:4200    http://127.0.0.1:4200
    another page, by a form, a script or a websocket        127.0.0.1:4200    https://elsewhere.example    refused
    another page, whose name was made to mean 127.0.0.1     elsewhere.example                              refused

Prefect's setting of origins alone keeps answers from other pages, but carries out what they ask for, and says nothing of
websockets.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose

from recurcast.stack.hosts import is_everywhere, names_of

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

_ANY = "*"


def guard(app: "Starlette", host: str, origins: Sequence[str]) -> None:
    """Let the server that listens on the host answer its own page and those of these origins; with `*` among them, all."""
    if _ANY in origins:
        return
    app.add_middleware(OwnPages, origins=origins)
    if not is_everywhere(host):
        named = [_host(urlsplit(origin).hostname or "") for origin in origins]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*names_of(host), *named], www_redirect=False)


class OwnPages:
    """Refuses what a page of another origin asks for, before anything is done."""

    def __init__(self, app: "ASGIApp", origins: Sequence[str]) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer 403 where a browser names another page, else let the server answer."""
        answer = self._app
        if scope["type"] in ("http", "websocket") and not self._may_ask(Headers(scope=scope)):
            blocked = PlainTextResponse("Cross-origin request blocked", status_code=403)
            answer = blocked if scope["type"] == "http" else WebSocketClose()
        await answer(scope, receive, send)

    def _may_ask(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None or origin in self._origins:
            return True
        # In front of the server a gateway may speak https.
        return origin in {f"{scheme}://{headers.get('host')}" for scheme in ("http", "https")}


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name
