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

from guanxi.kernel import clock, hops
from guanxi.kernel.rsgi import Application
from guanxi.public import links
from guanxi.tracking import arriving, hitbook
from guanxi.tracking.arriving import Kept
from guanxi.tracking.carrier import Carrier
from guanxi.tracking.hitbook import Knock
from guanxi.tracking.notebook import Notebook
from guanxi.tracking.scribe import Scribe
from guanxi.tracking.verdicts import CLICK, OPEN

logger = logging.getLogger(__name__)

FAILURES = (DatabaseError, InterfaceError, OSError)
METHODS = ("GET", "HEAD")
PICTURE, LINK = "/p/o/", "/p/c/"
# As public.pages.private says, and what Django's own middleware would add.
HEADERS = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex, nofollow"),
    ("x-content-type-options", "nosniff"),
]
PICTURE_HEADERS = [("content-type", "image/gif"), *HEADERS]


class HitDoor:
    """`pages` with the short way before it; made once, when the server starts."""

    def __init__(self, pages: Application, *, thread: Executor | None = None, behind: Executor | None = None) -> None:
        arriving.SHELF.keeps = True
        self._pages = pages
        self._book = Notebook(hitbook.folder())
        self._scribe = Scribe(self._note, thread=thread or ThreadPoolExecutor(1, thread_name_prefix="hits"))
        self.carrier = Carrier(self._book, thread=behind or ThreadPoolExecutor(1, thread_name_prefix="carrier"))

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        path: str = scope.path
        if path.startswith(LINK) and scope.method in METHODS:
            is_answered = await self._link(path[len(LINK) :], scope, protocol)
        elif path.startswith(PICTURE) and path.endswith(".gif") and scope.method in METHODS:
            is_answered = await self._picture(path[len(PICTURE) : -4], scope, protocol)
        else:
            is_answered = False
        if not is_answered:
            await self._pages.__rsgi__(scope, protocol)

    def _note(self, knocks: Sequence[Knock]) -> list[Kept]:
        try:
            answers = arriving.note(knocks, self._book)
        except FAILURES:
            # This thread's connection may be broken; the next batch opens another one.
            logger.exception("the short way of hits failed; they go the long way")
            connection.close()
            raise
        self.carrier.call()
        return answers

    async def _picture(self, token: str, scope: Any, protocol: Any) -> bool:
        """The picture, whatever the token says."""
        knock = _knock(OPEN, token, scope)
        if knock is not None:
            try:
                await self._scribe.ask(knock)
            except FAILURES:
                return False
        protocol.response_bytes(200, PICTURE_HEADERS, b"" if scope.method == "HEAD" else links.PIXEL)
        return True

    async def _link(self, token: str, scope: Any, protocol: Any) -> bool:
        """To the target kept with the message, which holds http and https only (RS-25)."""
        knock = _knock(CLICK, token, scope)
        if knock is None:
            return False
        try:
            target = (await self._scribe.ask(knock)).target
        except FAILURES:
            return False
        if target is None or not target.startswith(("https://", "http://")):
            return False
        protocol.response_empty(302, [("location", _location(target)), *HEADERS])
        return True


@lru_cache(maxsize=4096)
def _location(target: str) -> str:
    """Most readers of a mailing are led to the same few pages."""
    return iri_to_uri(target) or ""


def _knock(kind: str, token: str, scope: Any) -> Knock | None:
    return arriving.knock_of(
        kind, token, now=clock.utc_now(), method=scope.method, user_agent=scope.headers.get("user-agent", ""),
        address=_address(scope),
    )  # fmt: skip


def _address(scope: Any) -> str:
    connects: str = scope.client.rpartition(":")[0].strip("[]")
    if not settings.SECURE_PROXY_SSL_HEADER:
        return connects
    told = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
    return hops.nearest(connects, ",".join(told), behind_proxy=True)
