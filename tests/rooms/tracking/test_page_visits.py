"""Visits of pages that mails lead to: kept as they come, judged later, told when a person came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.content.models import Template
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.privacy import retention
from guanxi.tracking import noticing, page_visits
from guanxi.tracking.models import Hit, PageHit

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TEN_MINUTES = timedelta(minutes=10)


def visit(contact: Contact, at: datetime, **facts: Any) -> bool:
    told: dict[str, Any] = {
        "page": "document", "object_id": "7", "about": {"document": "Preise", "name": "price list"},
        "user_agent": FIREFOX, "address": "192.0.2.7",
    } | facts  # fmt: skip
    return page_visits.record_visit(contact=contact, now=at, **told)


def told() -> list[str]:
    return list(Event.objects.filter(source=page_visits.SOURCE).order_by("id").values_list("name", flat=True))


class TestSettling:
    def test_tells_of_a_view_and_a_download(self, lena: Contact, now: datetime) -> None:
        visit(lena, now)
        visit(lena, now, kind=page_visits.DOWNLOAD)
        page_visits.settle_due(now=now + TEN_MINUTES - timedelta(seconds=1))
        assert told() == []

        page_visits.settle_due(now=now + TEN_MINUTES)

        assert told() == ["page.viewed", "document.downloaded"]
        event = Event.objects.get(name="document.downloaded")
        assert (event.contact, event.object_kind, event.object_id) == (lena, "document", "7")
        assert event.properties == {
            "document": "Preise", "name": "price list", "page": "document", "verdict": "human", "rule": "reader",
        }  # fmt: skip

    @pytest.mark.parametrize(
        "facts", [{"method": "HEAD"}, {"user_agent": "Barracuda Sentinel"}, {"user_agent": ""}], ids=str
    )
    def test_tells_nothing_of_machines(self, lena: Contact, now: datetime, facts: dict[str, str]) -> None:
        """RP-41."""
        visit(lena, now, **facts)

        assert page_visits.settle_due(now=now + TEN_MINUTES) == 1
        assert told() == []
        assert PageHit.objects.get().verdict != "human"

    def test_sees_the_company_of_a_scanner(self, lena: Contact, now: datetime) -> None:
        """RP-41: what followed the links of the mail came here too."""
        template = Template.objects.create(key="news", title="News", kind="service", created_at=now)
        message = Message.objects.create(
            idempotency_key="1", contact=lena, customer=lena.customer, template=template, kind="service",
            origin_kind="person", origin_id="1", due_at=now, not_before=now, expires_at=now, proposed_at=now,
        )  # fmt: skip
        Hit.objects.create(
            message=message, kind="click", link_index=0, at=now - timedelta(seconds=3), verdict="machine",
            rule="burst", network="192.0.2.0/24",
        )  # fmt: skip
        visit(lena, now)
        visit(lena, now + timedelta(hours=1), object_id="8")

        page_visits.settle_due(now=now + timedelta(hours=2))

        assert list(PageHit.objects.order_by("at").values_list("rule", flat=True)) == ["companion", "reader"]

    def test_tells_of_one_page_once_a_day(self, lena: Contact, now: datetime) -> None:
        for hours in (0, 1, 23, 25):
            visit(lena, now + timedelta(hours=hours))
            page_visits.settle_due(now=now + timedelta(hours=hours) + TEN_MINUTES)

        assert told() == ["page.viewed", "page.viewed"]


def test_at_most_fifty_are_kept_of_one_page(lena: Contact, now: datetime) -> None:
    """RS-26."""
    assert [visit(lena, now) for _ in range(51)].count(True) == 50
    assert PageHit.objects.count() == 50


@pytest.mark.parametrize("permits", [True, False])
def test_a_price_list_is_noticed_of_who_permits_tracking(
    lena: Contact, now: datetime, permits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RP-46, B-03: nothing is drawn from a visit by the link of a mail without permission."""
    monkeypatch.setattr(
        noticing.consent_queries, "permitting", lambda ids, **_: set(ids) if permits else set()
    )  # fmt: skip
    visit(lena, now, kind=page_visits.DOWNLOAD)
    page_visits.settle_due(now=now + TEN_MINUTES)

    noticing.notice(events=list(Event.objects.filter(name="document.downloaded")), now=now)

    assert Event.objects.filter(name="price_list.clicked").exists() is permits


def test_raw_visits_go_after_thirty_days(lena: Contact, now: datetime) -> None:
    """RL-11."""
    visit(lena, now - timedelta(days=31))

    retention.run_retention(now=now)

    assert not PageHit.objects.exists()
