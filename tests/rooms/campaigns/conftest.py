"""A firm that is ready to send to many, and the cast as it is once it has agreed to marketing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests import cast
from tests.rooms.campaigns import world


@pytest.fixture
def firm(db: None, now: datetime) -> None:
    """Ningbo Firm with a postal address, a sender and a newsletter in English, German, Japanese and Arabic."""
    world.set_up(now)


def _agreed(contact: Any) -> Any:
    cast.permit(contact)
    return contact


@pytest.fixture
def lena(db: None) -> Any:
    return _agreed(cast.lena())


@pytest.fixture
def yuki(db: None) -> Any:
    return _agreed(cast.yuki())


@pytest.fixture
def fatima(db: None) -> Any:
    return _agreed(cast.fatima())


@pytest.fixture
def diego(db: None) -> Any:
    return _agreed(cast.diego())
