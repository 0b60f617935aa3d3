"""The console's tests speak to a firm that is set up, as most pages want it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from guanxi.firm import actions as firm_actions
from guanxi.firm.models import Firm
from tests import cast


@pytest.fixture
def firm(db: None, now: datetime) -> Firm:
    """A firm in Ningbo that reports in US dollars, set up."""
    firm_actions.describe_firm(
        changes={
            "name": "Ningbo Haiyue Hardware",
            "postal_address": "88 Baizhang Road\nNingbo",
            "country": "CN",
            "language": "en",
        }
    )
    return firm_actions.finish_set_up(now=now)


@pytest.fixture(autouse=True)
def _set_up(request: pytest.FixtureRequest) -> None:
    """Every test with a database gets the firm, unless it asks for `nothing_set_up`."""
    has_database = "db" in request.fixturenames or request.node.get_closest_marker("django_db")
    if has_database and "nothing_set_up" not in request.fixturenames:
        request.getfixturevalue("firm")


@pytest.fixture
def nothing_set_up(db: None) -> None:
    """Asked for by tests of the first visit: no firm, no account."""


@pytest.fixture
def client_of(db: None) -> Any:
    """A client in which an account has signed in by its password, so that delicate pages do not ask again."""

    def sign_in(user: Any) -> Client:
        client = Client()
        answer = client.post("/account/login/", {"login": user.email, "password": cast.PASSWORD})
        assert answer.status_code == 302, "sign-in failed"
        return client

    return sign_in


@pytest.fixture(autouse=True)
def _mail_to_staff_lands_in_the_drawer(settings: Any) -> None:
    """pytest-django would keep it in memory; here it goes the product's own way."""
    settings.EMAIL_BACKEND = "guanxi.console.staff_mail.StaffMailBackend"


@pytest.fixture(autouse=True)
def _no_rate_limits_left_over() -> Any:
    """allauth counts attempts in the cache, which outlives a test's database."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()
