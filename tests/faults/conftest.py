"""One nursery for all fault tests, since migrating a database takes a process many seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.nursery import Nursery, nursery_of


@pytest.fixture(scope="session")
def shared_nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery_of(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.fixture
def nursery(shared_nursery: Nursery) -> Iterator[Nursery]:
    """An installation of its own with letters and a sender, on a mail server of its own."""
    yield shared_nursery
    shared_nursery.server.calm_down()
