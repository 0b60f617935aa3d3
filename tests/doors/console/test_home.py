"""Home: what changed, what needs a hand, within the reader's own customers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.console.access import OTHER_DOORS
from guanxi.console.frame import NAVIGATION
from guanxi.insights import today
from guanxi.ledger.models import Contact, Event, Invoice
from guanxi.staff.models import User
from guanxi.staff.roles import ROLES
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Standing, StandingChange
from tests import cast

pytestmark = pytest.mark.django_db

# In Ramadan 1447 and in no other hold: a Tuesday.
IN_RAMADAN = datetime.fromisoformat("2026-03-03T08:00+00:00")


def move(contact: Contact, *, before: str, after: str, at: datetime, cause: str = "risk") -> None:
    """`contact`'s customer went from one tier of the default scheme to another."""
    tiering_actions.install_presets(now=cast.NOW)
    scheme = tiering_queries.default_scheme()
    assert scheme
    facts: dict[str, Any] = {"customer": contact.customer, "scheme": scheme, "reason": "as the figures say"}
    StandingChange.objects.create(from_tier=before, to_tier=after, at=at, cause=cause, **facts)
    Standing.objects.update_or_create(
        customer=contact.customer, scheme=scheme, defaults={"tier": after, "since_at": at, "reason": "so"}
    )


class TestToday:
    def test_counts_rises_and_falls_since_yesterday(self, ada: User, lena: Any, yuki: Any, now: datetime) -> None:
        move(lena, before="high", after="dormant", at=now - timedelta(hours=3))
        move(yuki, before="general", after="high", at=now - timedelta(days=3), cause="growth")

        found = today.today(user=ada, now=now)

        assert (found.rises, found.falls) == (0, 1)
        assert [(each.customer, each.is_rise) for each in found.moves] == [
            (lena.customer.name, False), (yuki.customer.name, True),
        ]  # fmt: skip
        assert found.dormant == 1

    def test_leaves_out_first_standings_and_new_rules(self, ada: User, lena: Any, now: datetime) -> None:
        move(lena, before="", after="high", at=now - timedelta(hours=3), cause="first")
        move(lena, before="high", after="general", at=now - timedelta(hours=2), cause="policy")

        assert today.today(user=ada, now=now).moves == ()

    def test_names_what_waits_for_a_person(self, ada: User, lena: Any, now: datetime) -> None:
        Event.objects.create(
            name="inquiry.received", customer=lena.customer, object_kind="inquiry", object_id="7", source="test",
            occurred_at=now - timedelta(days=2), recorded_at=now,
        )  # fmt: skip
        Invoice.objects.create(
            customer=lena.customer, source="test", number="1", issued_on=now.date() - timedelta(days=40),
            due_on=now.date() - timedelta(days=10), currency="USD", amount=100,
        )  # fmt: skip

        found = today.today(user=ada, now=now)

        assert (found.inquiries.count, found.inquiries.since) == (1, now - timedelta(days=2))
        assert (found.late_invoices.count, found.late_invoices.since) == (1, now.date() - timedelta(days=10))

    def test_names_the_holds_that_run(self, ada: User, lena: Any, fatima: Any) -> None:
        (hold,) = today.today(user=ada, now=IN_RAMADAN).holdings

        assert (hold.code, hold.countries, hold.customers) == ("ramadan", ("SA",), 1)

    def test_tells_a_salesman_of_his_own_customers_only(self, lena: Any, now: datetime) -> None:
        move(lena, before="high", after="dormant", at=now - timedelta(hours=3))

        found = today.today(user=cast.a_member_of_staff("sales"), now=now)

        assert (found.falls, found.moves, found.dormant) == (0, (), 0)


class TestThePage:
    def test_invites_to_import_when_there_is_nothing(self, ada: User, signed_in: Any) -> None:
        assert "No customers yet" in signed_in(ada).get("/").content.decode()

    @pytest.mark.parametrize("role", ROLES)
    def test_opens_for_every_role(self, role: str, staff: dict[str, User], lena: Any, signed_in: Any) -> None:
        tiering_actions.install_presets(now=cast.NOW)

        assert signed_in(staff[role]).get("/").status_code == 200

    def test_shows_what_customers_are_called_as_text(self, ada: User, signed_in: Any) -> None:
        customer = cast.a_customer(name="<script>alert(1)</script>", country="DE")
        contact = cast.a_contact(customer=customer, email="x@x.example")
        move(contact, before="high", after="dormant", at=datetime.now().astimezone() - timedelta(hours=1))

        page = signed_in(ada).get("/").content.decode()

        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


class TestNavigation:
    def test_shows_what_the_role_may_open_and_nothing_else(self, staff: dict[str, User], signed_in: Any) -> None:
        from django.urls import reverse

        for role, user in staff.items():
            page = signed_in(user).get("/me/").content.decode()
            for item in (item for group in NAVIGATION for item in group.items):
                shown = f'class="nav-link" href="{reverse(item.url_name)}"' in page
                assert shown == user.may(item.right), (role, item.url_name)

    def test_every_page_in_it_is_the_consoles(self) -> None:
        from django.urls import reverse

        for item in (item for group in NAVIGATION for item in group.items):
            assert not reverse(item.url_name).startswith(OTHER_DOORS)
