"""The short way in for pictures and links: in front of Django, which these answers need nothing of (decisions 19, 20).

A mailing to a million readers asks for little else. Whatever is not plainly a picture or a working link goes the long
way, which the views of `links` are: other methods, links that do not work, a database or a disk that fails.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.encoding import iri_to_uri

from guanxi.consent.remembering import Permissions
from guanxi.kernel import clock, hops
from guanxi.kernel.rsgi import Application
from guanxi.public import links
from guanxi.tracking import arriving, hitbook
from guanxi.tracking.carrier import Carrier
from guanxi.tracking.hitbook import Knock
from guanxi.tracking.notebook import Notebook
from guanxi.tracking.scribe import Scribe
from guanxi.tracking.shelf import SHELF
from guanxi.tracking.verdicts import CLICK, OPEN, TRAP

logger = logging.getLogger(__name__)

FAILURES = (DatabaseError, InterfaceError, OSError)
METHODS = ("GET", "HEAD")
KINDS, LENGTH = {"/p/o/": OPEN, "/p/c/": CLICK, "/p/t/": TRAP}, 5
ENDING = ".gif"
# As public.pages.private says, and what Django's own middleware would add.
HEADERS = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex, nofollow"),
    ("x-content-type-options", "nosniff"),
]
PICTURE_HEADERS = [("content-type", "image/gif"), *HEADERS]
# Path, scope, protocol.
Asked = tuple[str, Any, Any]
# Status, headers, body.
Answer = tuple[int, list[tuple[str, str]], bytes]
PICTURE: Answer = (200, PICTURE_HEADERS, links.PIXEL)
NO_PICTURE: Answer = (200, PICTURE_HEADERS, b"")


class HitDoor:
    """`pages` with the short way before it; made once, when the server starts."""

    def __init__(self, pages: Application, *, thread: Executor | None = None, behind: Executor | None = None) -> None:
        SHELF.keeps = True
        self._pages = pages
        self._secret = settings.SECRET_KEY
        self._address_of = _told_by_proxy if settings.SECURE_PROXY_SSL_HEADER else _connecting
        self._permissions = Permissions("tracking")
        self._book = Notebook(hitbook.folder())
        self._scribe = Scribe(self._note_and_answer, thread=thread or ThreadPoolExecutor(1, thread_name_prefix="hits"))
        self.carrier = Carrier(self._book, thread=behind or ThreadPoolExecutor(1, thread_name_prefix="carrier"))

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        path: str = scope.path
        left = await self._scribe.ask((path, scope, protocol)) if path[:LENGTH] in KINDS else scope
        if left is not None:
            await self._pages.__rsgi__(left, protocol)

    def _note_and_answer(self, asked: Sequence[Asked]) -> list[Any]:
        """The requests that go the long way; nothing in the place of those for whom this was all.

        All is done here, in one thread and for one after the other: between other work it takes twice as long, and the
        server's own thread is not woken for each.
        """
        now = clock.utc_seconds()
        knocks = [self._knock(path, scope, now) for path, scope, _ in asked]
        try:
            good = [knock for knock in knocks if knock is not None]
            kept = iter(arriving.note(good, self._book, self._permissions.among))
        except FAILURES:
            # This thread's connection may be broken; the next batch opens another one.
            logger.exception("the short way of hits failed; they go the long way")
            connection.close()
            return [scope for _, scope, _ in asked]
        self.carrier.call()
        return [
            _answer(scope, protocol, knock, next(kept)[1]) if knock is not None else _pass_by(path, scope, protocol)
            for (path, scope, protocol), knock in zip(asked, knocks, strict=True)
        ]

    def _knock(self, path: str, scope: Any, now: float) -> Knock | None:
        kind, token = _asked_for(path)
        method: str = scope.method
        if kind is None or method not in METHODS:
            return None
        agent: str = scope.headers.get("user-agent", "")
        return arriving.knock_of(kind, token, self._secret, now, method, agent, self._address_of(scope))


def _answer(scope: Any, protocol: Any, knock: Knock, target: str | None) -> Any:
    """The picture, whatever was kept; or to the target kept with the message. The hidden link was noted only."""
    if target is not None and (answer := _leading_to(target)) is not None:
        protocol.response_bytes(*answer)
    elif knock.kind == OPEN:
        protocol.response_bytes(*_picture(knock.method))
    else:
        return _Noted(scope) if knock.kind == TRAP else scope
    return None


def _pass_by(path: str, scope: Any, protocol: Any) -> Any:
    """The picture is the same for a token that was not signed here."""
    if _asked_for(path)[0] != OPEN or scope.method not in METHODS:
        return scope
    protocol.response_bytes(*_picture(scope.method))
    return None


def _picture(method: str) -> Answer:
    return NO_PICTURE if method == "HEAD" else PICTURE


class _Noted:
    """The request for a hidden link with a token of nobody's: its view shows the page and notes it no second time."""

    path = "/p/t/-"

    def __init__(self, scope: Any) -> None:
        self._scope = scope

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scope, name)


def _asked_for(path: str) -> tuple[str | None, str]:
    """The kind of hit and the token."""
    kind = KINDS[path[:LENGTH]]
    if kind != OPEN:
        return kind, path[LENGTH:]
    return (kind, path[LENGTH : -len(ENDING)]) if path.endswith(ENDING) else (None, "")


def _told_by_proxy(scope: Any) -> str:
    """The hop that our own proxy saw (RP-45)."""
    told = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
    return hops.nearest(_connecting(scope), ",".join(told), behind_proxy=True)


def _connecting(scope: Any) -> str:
    connects: str = scope.client
    return connects[: connects.rindex(":")].strip("[]")


@lru_cache(maxsize=4096)
def _leading_to(target: str) -> Answer | None:
    """Messages hold http and https only (RS-25); most readers of a mailing are led to the same few pages."""
    if not target.startswith(("https://", "http://")):
        return None
    return 302, [("location", iri_to_uri(target) or ""), *HEADERS], b""
