"""The short way in for single calls: many to one commit, in front of Django (decision 19).

A shop sends hundreds of calls a second, one to a request, and wants each on disk before it is answered. Judged and
written they are as the views of `collect` do it; what is no plain POST of one call goes the long way to those views.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections, transaction
from django.http import HttpResponse

from guanxi.api import collect
from guanxi.api.collect import Heard, Keys, Way
from guanxi.kernel.rsgi import Application
from guanxi.tracking.scribe import Scribe

logger = logging.getLogger(__name__)
Found = TypeVar("Found")

# A batch of five hundred would keep the others waiting.
WAYS = {f"/v1/{call}": way for call, way in collect.CALLS.items() if call != "batch"}


class Asked(NamedTuple):
    """A request whose body is here."""

    request: WSGIRequest
    way: Way


class CallDoor:
    """`pages` with the short way before it; `environ_of` says of a request what WSGI would."""

    def __init__(
        self, pages: Application, environ_of: Callable[[Any], dict[str, Any]], *, thread: Executor | None = None
    ) -> None:
        self._pages = pages
        self._environ_of = environ_of
        self._scribe = Scribe(answer, thread=thread or ThreadPoolExecutor(1, thread_name_prefix="calls"))

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        way = WAYS.get(scope.path) if scope.method == "POST" else None
        if way is None or not 0 < _announced(scope) <= way.limits.octets:
            await self._pages.__rsgi__(scope, protocol)
            return
        body = io.BytesIO(await protocol())
        asked = Asked(WSGIRequest(self._environ_of(scope) | {"wsgi.input": body}), way)
        response = await self._scribe.ask(asked)
        headers = [(name.lower(), value) for name, value in response.items()]
        protocol.response_bytes(
            response.status_code, [*headers, ("x-content-type-options", "nosniff")], response.content
        )


def _announced(scope: Any) -> int:
    length = scope.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def answer(asked: Sequence[Asked]) -> list[HttpResponse]:
    """The answers, in order; what they say was done is on disk when this returns."""
    close_old_connections()
    keys = Keys()
    heard = [_guarded(partial(collect.hear, each.request, each.way, keys)) for each in asked]
    done = iter(_carry_out([each for each in heard if isinstance(each, Heard)]))
    return [next(done) if isinstance(each, Heard) else each for each in heard]


def _carry_out(heard: Sequence[Heard]) -> list[HttpResponse]:
    """All in one transaction; when that breaks, each in its own, so that one never loses the others."""
    try:
        with transaction.atomic():
            return [collect.carry_out(each) for each in heard]
    except Exception:
        logger.warning("%s calls could not be carried out at once; taking them one by one", len(heard))
    return [_guarded(partial(transaction.atomic(collect.carry_out), each)) for each in heard]


def _guarded(work: Callable[[], Found]) -> Found | HttpResponse:
    try:
        return work()
    except Exception:
        logger.exception("a call could not be carried out")
        return collect.refuse(500, "This could not be recorded; send it again later.")
