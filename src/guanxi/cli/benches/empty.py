"""What answers nothing, for the bench of hits: an application of the server's, and a view of Django's."""

from __future__ import annotations

from typing import Any


class Bare:
    """The answer that costs nothing."""

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        protocol.response_empty(204, [])


class View:
    """Our server with one view that returns nothing, behind all of Django's middleware."""

    def __init__(self) -> None:
        self._pages: Any = None

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if self._pages is None:
            self._pages = _django()
        await self._pages.__rsgi__(scope, protocol)


def _django() -> Any:
    from guanxi.cli.workspace import prepare_django

    prepare_django()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    from guanxi.config.bridge import Bridge
    from guanxi.config.rsgi import THREADS

    settings.ROOT_URLCONF = "guanxi.cli.benches.empty_urls"
    return Bridge(get_wsgi_application(), threads=THREADS)


bare, view = Bare(), View()
