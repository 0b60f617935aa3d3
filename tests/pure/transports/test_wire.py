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


class SlowTransport(BrokenTransport):
    """Keeps for later what the system does not take."""

    def write(self, data: object) -> None:
        self._wire.pause_writing()


class TestFlush:
    def test_tells_of_a_loss_that_is_not_reported_yet(self) -> None:
        """RP-18: bytes written to a lost connection were thrown away; the server cannot have the message."""

        async def write_and_flush() -> None:
            wire = Wire()
            wire.connection_made(BrokenTransport(wire))
            wire.write(b"the first block of a message")
            try:
                await wire.flush(5)
            finally:
                assert not wire.has_taken_all

        with pytest.raises(Broken) as failure:
            asyncio.run(write_and_flush())

        assert (failure.value.reason, str(failure.value)) == ("lost", "reset")

    @pytest.mark.parametrize("was_taken", [True, False])
    def test_knows_after_a_loss_whether_the_other_side_may_have_everything(self, was_taken: bool) -> None:
        """RP-18: what was taken before the loss is told in the same turn may have arrived, whatever flush says."""

        async def write_and_lose() -> bool:
            wire = Wire()
            wire.connection_made(SlowTransport(wire))
            wire.write(b"the last block of a message")
            waiting = asyncio.ensure_future(wire.flush(5))
            await asyncio.sleep(0)
            if was_taken:
                wire.resume_writing()
            wire.connection_lost(ConnectionResetError(104, "reset"))
            with pytest.raises(Broken):
                await waiting
            wire_knew = wire.has_taken_all
            wire.write(b"more")
            assert not wire.has_taken_all
            return wire_knew

        assert asyncio.run(write_and_lose()) == was_taken
