"""Whose clock it is stands on the customer page, also when an entry was wrong."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger.models import Contact

pytestmark = pytest.mark.django_db


def page(client: Client, contact: Contact) -> str:
    return html.unescape(client.get(f"/customers/{contact.customer_id}/").content.decode())


class TestClock:
    """An unknown or wrong time zone falls back visibly and never drops a person."""

    def test_names_an_entry_that_is_no_zone(self, ada: Any, signed_in: Callable[[Any], Client], lena: Contact) -> None:
        Contact.objects.filter(pk=lena.pk).update(time_zone="Mars/Olympus")

        text = page(signed_in(ada), lena)

        assert "'Mars/Olympus' is no time zone." in text
        assert "Europe/Berlin, from the country (sure)" in text

    def test_says_nothing_of_an_entry_that_fits(
        self, ada: Any, signed_in: Callable[[Any], Client], lena: Contact
    ) -> None:
        assert "from the country" not in page(signed_in(ada), lena)
