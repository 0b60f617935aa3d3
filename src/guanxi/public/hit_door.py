"""The short way in for pictures and links: in front of Django's middleware, which these answers need nothing of.

A mailing to a million readers asks for little else. Whatever is not plainly a picture or a working link goes the long
way: other methods, links that do not work, a database that is away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.utils.encoding import iri_to_uri

from guanxi.public import links
from guanxi.tracking.arriving import SHELF

logger = logging.getLogger(__name__)

Start = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
METHODS = ("GET", "HEAD")
PICTURE, LINK = "/p/o/", "/p/c/"
# As public.pages.private says, and what Django's own middleware would add.
HEADERS = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Content-Type-Options", "nosniff"),
]
PICTURE_HEADERS = [("Content-Type", "image/gif"), ("Content-Length", str(len(links.PIXEL))), *HEADERS]


def in_front_of(django: Application) -> Application:
    """The application with the short way before it; called once, when the server starts."""
    SHELF.keeps = True

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD") in METHODS and not environ.get("SCRIPT_NAME"):
            if path.startswith(PICTURE) and path.endswith(".gif"):
                return _picture(path[len(PICTURE) : -4], environ, start) or django(environ, start)
            if path.startswith(LINK):
                return _link(path[len(LINK) :], environ, start) or django(environ, start)
        return django(environ, start)

    return application


def _picture(token: str, environ: dict[str, Any], start: Start) -> Iterable[bytes] | None:
    try:
        links.open_picture(token, environ)
    except (DatabaseError, InterfaceError):
        _give_up()
        return None
    start("200 OK", PICTURE_HEADERS)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else links.PIXEL]


def _link(token: str, environ: dict[str, Any], start: Start) -> Iterable[bytes] | None:
    try:
        target = links.target_of(token, environ)
    except (DatabaseError, InterfaceError):
        _give_up()
        return None
    if target is None or not target.startswith(("https://", "http://")):
        return None
    start("302 Found", [("Location", iri_to_uri(target)), ("Content-Length", "0"), *HEADERS])
    return [b""]


def _give_up() -> None:
    """This thread's connection may be broken; the long way opens another one."""
    logger.exception("the short way of a hit failed; it goes the long way")
    connection.close()
