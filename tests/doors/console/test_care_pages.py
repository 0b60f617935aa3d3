from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.care.models import Gift, StageCheck, TeamMember
from guanxi.desk.models import Task
from guanxi.firm import actions as firm_actions
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.actions import LineFacts
from guanxi.ledger.models import Contact, Order
from guanxi.supply.models import Agreement, Project
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(now: datetime, ada: Any, signed_in: Callable[[Any], Any]) -> Any:
    firm_actions.finish_set_up(now=now)
    tiering_actions.install_presets(now=now)
    return signed_in(ada)


def stands(contact: Contact, now: datetime, **tiers: str) -> None:
    for scheme, tier in tiers.items():
        record = Scheme.objects.get(name=scheme.replace("_", "-"))
        Standing.objects.create(customer=contact.customer, scheme=record, tier=tier, since_at=now, reason="test")


class TestTheCard:
    """T-33, T-42, T-44, L-34, D-31: the page of a customer tells how he is looked after, and the next step."""

    def test_tells_what_his_tiers_bring(self, client: Any, lena: Contact, now: datetime) -> None:
        stands(lena, now, abc_cumulative="A", rfm_firm="high", need="custom")

        page = client.get(f"/customers/{lena.customer_id}/").content.decode()

        for words in (
            "Answered within 4 h", "served first", "Service team led by a senior account manager",
            "Custom packaging and labelling", "Business review", "Technical contact for the whole project",
        ):  # fmt: skip
            assert words in page

    def test_ticks_what_a_prospect_was_shown(self, client: Any, lena: Contact, now: datetime) -> None:
        """L-16, L-17, L-18, L-19: qualification, success case, process and guarantees."""
        stands(lena, now, stage="not_yet")
        address = f"/customers/{lena.customer_id}/checklist"

        assert "Qualification shown" in client.get(f"/customers/{lena.customer_id}/").content.decode()
        client.post(address, {"item": "prospect_needs", "line": "qualification", "done": "1"})
        assert StageCheck.objects.get().line == "qualification"
        client.post(address, {"item": "prospect_needs", "line": "qualification"})
        assert not StageCheck.objects.exists()
        odd = client.post(address, {"item": "prospect_needs", "line": "moon", "done": "1"}, follow=True)
        assert "no such line" in odd.content.decode()

    def test_keeps_an_agreement(self, client: Any, lena: Contact) -> None:
        """P-04, L-28: an agreement with its dates is entered and shown."""
        address, day = f"/customers/{lena.customer_id}/agreements", clock.utc_now().date()
        wrong = {"kind": "supply", "title": "2026", "starts_on": day, "ends_on": day - timedelta(days=1)}
        client.post(address, wrong)
        assert not Agreement.objects.exists()

        client.post(address, wrong | {"ends_on": day + timedelta(days=9), "note": "400 a month"})

        assert "400 a month" in client.get(f"/customers/{lena.customer_id}/").content.decode()

    def test_gives_a_customer_an_ordering_page_with_agreed_prices(self, client: Any, lena: Contact) -> None:
        """L-27: the link stands on the card while the agreement is in force."""
        address, page = f"/customers/{lena.customer_id}/agreements", f"/customers/{lena.customer_id}/"
        said = {"title": "2026", "starts_on": clock.utc_now().date()}
        odd = client.post(address, said | {"kind": "supply", "articles": "lamp 9.50\nfuse"}, follow=True)
        assert "Articles, line 2" in odd.content.decode()
        assert not Agreement.objects.exists()
        assert "/p/ordering/" not in odd.content.decode()

        client.post(address, said | {"kind": "supply", "articles": "lamp 9.50\nfuse 0.80"})
        client.post(address, said | {"kind": "emergency_stock", "articles": "lamp 300"})
        client.post(address, said | {"kind": "own_channel"})

        assert list(Agreement.objects.order_by("pk").values_list("terms", flat=True)) == [
            {"unit_prices": {"lamp": "9.50", "fuse": "0.80"}, "currency": "USD"}, {"reserved": {"lamp": "300"}}, {},
        ]  # fmt: skip
        assert "/p/ordering/" in client.get(page).content.decode()

    def test_follows_a_custom_project(self, client: Any, lena: Contact, ada: Any) -> None:
        """P-07, P-08, P-09, P-10: technician, clocks and checks of a custom request."""
        base = f"/customers/{lena.customer_id}/projects"
        client.post(base, {"title": "Blue lamp", "technician": str(ada.pk)})
        project = Project.objects.get()
        assert set(Task.objects.values_list("kind", "owner")) == {("drawing", ada.pk), ("sample", ada.pk)}

        for step, more in (
            ("wait", {}),
            ("go_on", {}),
            ("drawing", {}),
            ("check", {"point": "raw_material", "outcome": "passed"}),
        ):
            assert client.post(f"{base}/{step}", {"project": str(project.pk), **more}).status_code == 302

        page = client.get(f"/customers/{lena.customer_id}/").content.decode()
        assert "Drawing: kept" in page
        assert "Sample: running" in page
        assert project.checks.get().is_passed
        odd = client.post(f"{base}/check", {"project": str(project.pk), "point": "smell"}, follow=True)
        assert "one of the three checks" in odd.content.decode()

    def test_registers_gifts(self, client: Any, lena: Contact) -> None:
        """T-46, CN-46: who got what."""
        client.post(
            f"/customers/{lena.customer_id}/gifts",
            {"contact": str(lena.pk), "what": "Tea", "value": "30", "currency": "USD", "given_on": "2026-05-01"},
        )

        assert Gift.objects.get().value == 30

    def test_forms_a_team(self, client: Any, lena: Contact, bo: Any) -> None:
        """T-42, P-13: a service team is assigned and visible."""
        address = f"/customers/{lena.customer_id}/team"
        client.post(address, {"user": str(bo.pk), "role": "Technical contact"})
        assert TeamMember.objects.get().user == bo
        client.post(address, {"user": str(bo.pk), "leave": "1"})
        assert not TeamMember.objects.exists()


class TestGrowthFile:
    def test_is_a_page_of_its_own(self, client: Any, lena: Contact, ada: Any, now: datetime) -> None:
        """D-15, T-48: the growth file of a customer."""
        ledger_actions.write_note(
            customer=lena.customer, author=ada, kind="note", text="plans a second shop", happened_at=now, now=now
        )

        assert "plans a second shop" in client.get(f"/customers/{lena.customer_id}/growth/").content.decode()


class TestShippingQueue:
    def test_puts_class_a_first(self, client: Any, lena: Contact, diego: Contact, now: datetime) -> None:
        """T-36, T-43: priority in shipping and capacity."""
        for contact in (diego, lena):
            line = LineFacts(product_code="lamp", quantity=Decimal(1), unit_price=Decimal(9), amount=Decimal(9))
            ledger_actions.record_order(
                customer=contact.customer, number=f"N-{contact.pk}", placed_at=now, currency="USD", now=now,
                lines=[line],
            )  # fmt: skip
        stands(lena, now, abc_cumulative="A")

        page = client.get("/orders/shipping/").content.decode()

        assert page.index(f"N-{lena.pk}") < page.index(f"N-{diego.pk}")
        assert Order.objects.count() == 2
