"""The server's asynchronous interface, RSGI, as far as it is spoken here."""

from __future__ import annotations

from typing import Any, Protocol


class Application(Protocol):
    """What the server asks for every request."""

    async def __rsgi__(self, scope: Any, protocol: Any) -> None: ...
