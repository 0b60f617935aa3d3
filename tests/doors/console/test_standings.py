from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact
from guanxi.tiering import actions as tiering_actions
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def computed(ada: Any, signed_in: Any, lena: Contact, yuki: Contact) -> Client:
    """Two customers, one with orders, and their tiers as of today."""
    tiering_actions.install_presets(now=NOW)
    for number in range(3):
        ledger_actions.record_order(
            customer=lena.customer, number=f"A-{number}", placed_at=NOW - timedelta(days=number), currency="USD",
            now=NOW, lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(100))],
        )  # fmt: skip
    client: Client = signed_in(ada)
    client.post("/tiers/compute/", {"as_of": "2026-05-13"})
    return client


class TestTheTierPage:
    def test_leads_on_while_nothing_is_computed(self, ada: Any, signed_in: Any) -> None:
        tiering_actions.install_presets(now=NOW)

        assert "Not computed yet" in signed_in(ada).get("/tiers/").content.decode()

    def test_shows_counts_and_money_and_the_matrix(self, computed: Client) -> None:
        page = computed.get("/tiers/").content.decode()

        assert "Prospect" in page
        assert "$300" in page
        assert "/customers/?r=" in page

    def test_leads_to_the_customers_of_a_cell(self, computed: Client, lena: Contact, yuki: Contact) -> None:
        page = computed.get("/tiers/").content.decode()
        filled = [part for part in page.split('class="cell') if "is-empty" not in part.split(">")[0]][1]
        address = filled.split('href="')[1].split('"')[0].replace("&amp;", "&")

        found = computed.get(address).content.decode()

        assert lena.customer.name in found
        assert yuki.customer.name not in found

    def test_says_why_on_the_customer_page(self, computed: Client, lena: Contact) -> None:
        page = computed.get(f"/customers/{lena.customer_id}/").content.decode()

        assert "the first rule that fits decides" in page
        assert "in 365 days" in page

    def test_does_not_know_another_scheme(self, computed: Client) -> None:
        assert computed.get("/tiers/?scheme=nonsense").status_code == 404

    def test_lets_only_editors_compute(self, bo: Any, signed_in: Any) -> None:
        assert signed_in(bo).post("/tiers/compute/").status_code == 403
