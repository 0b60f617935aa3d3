from __future__ import annotations

import asyncio

import pytest

from guanxi.transports.wire import Broken, Wire


class BrokenTransport(asyncio.Transport):
    """Takes a write, meets a fault and tells of it in the next turn of the loop, as uvloop does."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire, self._is_closing = wire, False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, data: object) -> None:
        self._is_closing = True
        asyncio.get_running_loop().call_soon(self._wire.connection_lost, ConnectionResetError(104, "reset"))


class TestFlush:
    def test_tells_of_a_loss_that_is_not_reported_yet(self) -> None:
        """RP-18: bytes written to a lost connection were thrown away; the server cannot have the message."""

        async def write_and_flush() -> None:
            wire = Wire()
            wire.connection_made(BrokenTransport(wire))
            wire.write(b"the first block of a message")
            await wire.flush(5)

        with pytest.raises(Broken) as failure:
            asyncio.run(write_and_flush())

        assert (failure.value.reason, str(failure.value)) == ("lost", "reset")
