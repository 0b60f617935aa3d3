"""Opens, clicks and unsubscriptions that come back from a mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.consent import queries as consent_queries
from guanxi.content.models import Template
from guanxi.kernel import signing
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.tracking import actions, queries
from guanxi.tracking.models import Hit
from tests import cast

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TARGETS = [
    "https://www.ningbo-firm.example/a",
    "https://www.ningbo-firm.example/b",
    "https://www.ningbo-firm.example/c",
]


@pytest.fixture
def message(lena: Contact, now: datetime) -> Message:
    """A marketing mail that Lena's mail server took an hour ago."""
    template = Template.objects.create(key="j-17.1", title="Wake-up", kind="marketing", created_at=now)
    return Message.objects.create(
        idempotency_key="one", contact=lena, customer=lena.customer, template=template, kind="marketing",
        origin_kind="journey", origin_id="j-17", state="accepted", due_at=now, not_before=now, expires_at=now + DAY,
        proposed_at=now, handed_at=now - HOUR, accepted_at=now - HOUR, links=TARGETS, subject="Wieder da",
    )  # fmt: skip


def token(settings: Any, purpose: str, payload: object) -> str:
    return signing.sign(settings.SECRET_KEY, purpose, str(payload))


def click(settings: Any, message: Message, at: datetime, link: int = 0, **changes: Any) -> str | None:
    fields = {"user_agent": FIREFOX, "address": "203.0.113.77"} | changes
    return actions.record_click(token=token(settings, "click", f"{message.id}:{link}"), now=at, **fields)


def load(settings: Any, message: Message, at: datetime, **changes: Any) -> Hit | None:
    fields = {"user_agent": FIREFOX, "address": "203.0.113.77"} | changes
    return actions.record_open(token=token(settings, "open", message.id), now=at, **fields)


class TestRecordClick:
    def test_leads_to_the_target_and_tells_the_ledger(self, settings: Any, message: Message, now: datetime) -> None:
        assert click(settings, message, now, link=1) == TARGETS[1]

        hit = Hit.objects.get()
        assert (hit.verdict, hit.rule, hit.network, hit.link_index) == ("human", "reader", "203.0.113.0/24", 1)
        event = Event.objects.get(name="email.clicked")
        assert (event.object_kind, event.object_id, event.contact) == ("message", str(message.id), message.contact)
        assert (event.properties["url"], event.properties["verdict"]) == (TARGETS[1], "human")

    def test_tells_a_repeated_click_once(self, settings: Any, message: Message, now: datetime) -> None:
        for seconds in range(3):
            click(settings, message, now + timedelta(seconds=seconds))

        assert (Hit.objects.count(), Event.objects.count()) == (3, 1)

    def test_takes_back_what_a_burst_reveals(self, settings: Any, message: Message, now: datetime) -> None:
        for link in range(3):
            assert click(settings, message, now + timedelta(seconds=link), link) == TARGETS[link]

        assert set(Hit.objects.values_list("verdict", "rule")) == {("machine", "burst")}
        verdicts = list(Event.objects.order_by("id").values_list("properties__link", "properties__verdict"))
        assert verdicts == [(0, "human"), (1, "human"), (2, "machine"), (0, "machine"), (1, "machine")]
        assert not queries.was_clicked(message.id, now=now + HOUR)

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
    def test_counts_no_prefetch_as_a_reader(self, settings: Any, message: Message, now: datetime, method: str) -> None:
        click(settings, message, now, method=method)

        assert Hit.objects.get().verdict == "machine"

    def test_settles_after_ten_minutes(self, settings: Any, message: Message, now: datetime) -> None:
        click(settings, message, now)

        assert not queries.was_clicked(message.id, now=now + timedelta(minutes=9))
        assert queries.was_clicked(message.id, now=now + timedelta(minutes=10))

    def test_keeps_fifty_and_still_leads_on(self, settings: Any, message: Message, now: datetime) -> None:
        for seconds in range(55):
            assert click(settings, message, now + timedelta(seconds=5 * seconds)) == TARGETS[0]

        assert Hit.objects.count() == 50

    def test_stops_listening_after_half_a_year(self, settings: Any, message: Message, now: datetime) -> None:
        assert click(settings, message, now + 180 * DAY) == TARGETS[0]

        assert not Hit.objects.exists()

    def test_changes_no_permission(self, settings: Any, message: Message, now: datetime) -> None:
        cast.permit(message.contact)

        click(settings, message, now)

        assert consent_queries.stand_of(message.contact_id, "marketing").state == "granted"  # type: ignore[union-attr]

    @pytest.mark.parametrize("payload", ["{id}:3", "{id}:-1", "{id}:x", "{id}", "999999:0", "", ":", "x:0", "{id}:0:0"])
    def test_knows_no_other_targets(self, settings: Any, message: Message, now: datetime, payload: str) -> None:
        signed = token(settings, "click", payload.format(id=message.id))

        assert actions.record_click(token=signed, now=now, user_agent=FIREFOX, address="") is None
        assert not Hit.objects.exists()

    @pytest.mark.parametrize("forged", ["", "x", "MTox.AAAA", "MTox." + "A" * 22, "ü", "a.b.c"])
    def test_believes_no_forged_token(self, message: Message, now: datetime, forged: str) -> None:
        assert actions.record_click(token=forged, now=now, user_agent=FIREFOX, address="") is None
        assert actions.record_open(token=forged, now=now, user_agent=FIREFOX, address="") is None
        assert actions.unsubscribe(token=forged, now=now) is None
        assert not Hit.objects.exists()
        assert not Event.objects.exists()

    def test_believes_no_token_of_another_purpose(self, settings: Any, message: Message, now: datetime) -> None:
        assert actions.unsubscribe(token=token(settings, "open", message.id), now=now) is None
        assert (
            actions.record_open(
                token=token(settings, "unsubscribe", message.id), now=now, user_agent=FIREFOX, address=""
            )
            is None
        )


class TestRecordOpen:
    def test_needs_the_permission_of_the_moment(self, settings: Any, message: Message, now: datetime) -> None:
        assert load(settings, message, now) is None
        cast.permit(message.contact, "tracking", at=now)
        assert load(settings, message, now) is not None
        cast.permit(message.contact, "tracking", at=now + HOUR, state="withdrawn")
        assert load(settings, message, now + HOUR) is None

        assert (Hit.objects.count(), Event.objects.filter(name="email.opened").count()) == (1, 1)

    def test_marks_the_proxies_of_the_mailbox_providers(self, settings: Any, message: Message, now: datetime) -> None:
        cast.permit(message.contact, "tracking", at=now)

        load(settings, message, now, user_agent="Mozilla/5.0")

        assert Hit.objects.get().rule == "privacy_proxy"
        assert Event.objects.get().properties["verdict"] == "machine"


class TestUnsubscribe:
    def test_takes_effect_at_once_and_as_often_as_one_likes(
        self, settings: Any, message: Message, now: datetime
    ) -> None:
        cast.permit(message.contact)

        for _ in range(3):
            assert actions.unsubscribe(token=token(settings, "unsubscribe", message.id), now=now) == message

        assert consent_queries.is_suppressed(message.contact.email)
        permission = consent_queries.permission_of(message.contact_id, "marketing")
        assert permission is not None
        assert (permission.state, permission.method, permission.evidence) == (
            "withdrawn", "one_click", {"message": message.id},
        )  # fmt: skip
        assert Event.objects.filter(name="consent.withdrawn").count() == 1

    def test_ends_service_mail_too_when_one_was_unsubscribed(
        self, settings: Any, message: Message, now: datetime
    ) -> None:
        Message.objects.update(kind="service")

        actions.unsubscribe(token=token(settings, "unsubscribe", message.id), now=now)

        assert consent_queries.stand_of(message.contact_id, "service").state == "withdrawn"  # type: ignore[union-attr]


class TestForgetNetworks:
    def test_blanks_them_after_thirty_days(self, settings: Any, message: Message, now: datetime) -> None:
        click(settings, message, now)

        assert actions.forget_networks(now=now + 30 * DAY) == 0
        assert actions.forget_networks(now=now + 31 * DAY) == 1
        assert (Hit.objects.get().network, Hit.objects.get().user_agent) == ("", "")


class TestResponses:
    def test_counts_people_and_all(self, settings: Any, message: Message, now: datetime) -> None:
        cast.permit(message.contact, "tracking", at=now)
        load(settings, message, now, user_agent="Mozilla/5.0")
        click(settings, message, now)

        [response] = queries.responses([message.id]).values()
        assert (response.opens, response.opens_by_people, response.clicks, response.clicks_by_people) == (1, 0, 1, 1)
        assert [(line.kind, line.url) for line in queries.hits_of(message.id)] == [("click", TARGETS[0]), ("open", "")]
