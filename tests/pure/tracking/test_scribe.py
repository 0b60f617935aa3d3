"""Work done for many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import pytest

from guanxi.tracking import scribe as scribe_module
from guanxi.tracking.scribe import AT_ONCE, Scribe


class TestTheScribe:
    def test_answers_everybody_and_works_for_many_at_once(self) -> None:
        sizes: list[int] = []
        gate = Semaphore(0)

        def work(asked: Sequence[int]) -> list[int]:
            sizes.append(len(asked))
            gate.acquire(timeout=5)
            return [each * 2 for each in asked]

        async def ask_all() -> list[int]:
            with ThreadPoolExecutor(1) as thread:
                scribe = Scribe(work, thread=thread)
                first = scribe.ask(0)
                await asyncio.sleep(0.01)
                others = [scribe.ask(n) for n in range(1, AT_ONCE + 2)]
                gate.release(3)
                return await asyncio.gather(first, *others)

        assert asyncio.run(ask_all()) == [2 * n for n in range(AT_ONCE + 2)]
        assert sizes == [1, AT_ONCE, 1]

    def test_waits_for_as_many_as_the_last_time_had_but_not_for_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sizes: list[int] = []

        def work(asked: Sequence[int]) -> list[int]:
            sizes.append(len(asked))
            return list(asked)

        async def ask(scribe: Scribe[int, int], *some: int) -> None:
            waiting = []
            for many in some:
                waiting += [scribe.ask(n) for n in range(many)]
                await asyncio.sleep(0)
            await asyncio.gather(*waiting)

        async def ask_all() -> None:
            with ThreadPoolExecutor(1) as thread:
                scribe = Scribe(work, thread=thread)
                monkeypatch.setattr(scribe_module, "GATHERING", 600)
                scribe._expected = 6
                await ask(scribe, 3, 2, 1)
                monkeypatch.setattr(scribe_module, "GATHERING", 0)
                await ask(scribe, 1)

        asyncio.run(ask_all())
        assert sizes == [6, 1]

    def test_tells_an_error_to_those_it_concerns_and_goes_on(self) -> None:
        def work(asked: Sequence[int]) -> list[int]:
            if 13 in asked:
                raise ValueError("no")
            return list(asked)

        async def ask_two() -> int:
            with ThreadPoolExecutor(1) as thread:
                scribe = Scribe(work, thread=thread)
                with pytest.raises(ValueError, match="no"):
                    await scribe.ask(13)
                return await scribe.ask(14)

        assert asyncio.run(ask_two()) == 14

    def test_goes_on_when_somebody_hangs_up(self) -> None:
        gate = Semaphore(0)

        def work(asked: Sequence[int]) -> list[int]:
            gate.acquire(timeout=5)
            return list(asked)

        async def ask_two() -> int:
            with ThreadPoolExecutor(1) as thread:
                scribe = Scribe(work, thread=thread)
                gone, stays = scribe.ask(1), scribe.ask(2)
                await asyncio.sleep(0.01)
                gone.cancel()
                gate.release(2)
                return await stays

        assert asyncio.run(ask_two()) == 2
