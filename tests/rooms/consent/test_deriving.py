"""Sales and inquiries give, renew and end what the law lets them stand for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from guanxi.consent import actions, deriving, queries
from guanxi.consent.models import Permission
from guanxi.consent.rules import may_send
from guanxi.consent.statements import Proof
from guanxi.ledger.models import Contact, Event
from tests import cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def maple(db: None) -> Contact:
    """A buyer in Canada."""
    customer = cast.a_customer(name="Maple Hardware Ltd.", country="CA")
    return cast.a_contact(customer=customer, email="erin@maple.example", full_name="Erin Roy", is_primary=True)


def happens(contact: Contact, now: datetime, name: str = "order.placed", **fields: object) -> int:
    columns = {"is_historical": False, "is_unread": False, "object_kind": "order", "object_id": "1"} | fields
    event = Event.objects.create(
        name=name,
        customer=contact.customer,
        contact=contact,
        occurred_at=now,
        recorded_at=now,
        source="test",
        **columns,
    )
    return deriving.react_to(events=[event], now=now)


def newest(contact: Contact) -> Permission:
    found = queries.permission_of(contact.pk, "marketing")
    assert found is not None
    return found


class TestCanada:
    def test_lets_a_purchase_imply_a_permission_for_two_years(self, maple: Contact, now: datetime) -> None:
        """RL-15."""
        happens(maple, now)

        said = newest(maple)
        assert (said.state, said.basis, said.jurisdiction) == ("granted", "implied", "CA")
        assert said.expires_at == now.replace(year=now.year + 2)

    def test_stops_on_the_day_it_runs_out(self, maple: Contact, now: datetime) -> None:
        """RL-15: the job writes `expired`, and no mail leaves from that moment on, also before the job ran."""
        happens(maple, now, "inquiry.received")
        ends = newest(maple).expires_at
        assert ends is not None
        stand = queries.stand_of(maple.pk, "marketing")
        assert may_send(kind="marketing", permission=stand, suppressions=(), now=ends - timedelta(seconds=1)).allowed
        assert not may_send(kind="marketing", permission=stand, suppressions=(), now=ends).allowed

        assert actions.expire_due(now=ends) == 1
        assert actions.expire_due(now=ends + DAY) == 0

        assert newest(maple).state == "expired"
        assert Event.objects.filter(name="consent.expired").count() == 1
        assert list(queries.broken_chains()) == []

    def test_is_renewed_by_a_new_purchase(self, maple: Contact, now: datetime) -> None:
        """RL-15: also after it ran out."""
        happens(maple, now)
        actions.expire_due(now=now + 800 * DAY)
        assert newest(maple).state == "expired"

        happens(maple, now + 801 * DAY)

        assert newest(maple).state == "granted"

    def test_is_not_shortened_by_an_inquiry(self, maple: Contact, now: datetime) -> None:
        happens(maple, now)

        assert happens(maple, now + DAY, "inquiry.received") == 0


class TestWhatASaleNeverDoes:
    def test_touch_a_readers_own_word(self, maple: Contact, lena: Contact, now: datetime) -> None:
        """RL-03: no purchase brings back who withdrew or objected, none replaces a consent."""
        actions.object_to_marketing(contact=maple, proof=Proof(method="form"), now=now)
        cast.permit(lena)

        assert happens(maple, now + DAY) == happens(lena, now + DAY) == 0
        assert newest(maple).state == "withdrawn"
        assert newest(lena).basis == "consent"

    def test_start_from_history(self, maple: Contact, now: datetime) -> None:
        assert happens(maple, now, is_historical=True) == 0

    def test_stand_for_a_permission_where_nobody_could_object(self, lena: Contact, now: datetime) -> None:
        """RL-04: Germany; none until the firm says that it offers an opt-out and advertises its own goods."""
        assert happens(lena, now) == 0

        deriving.set_policy(offers_opt_out_at_sale=True, advertises_similar_goods=True, now=now)
        assert happens(lena, now + DAY) == 1
        assert newest(lena).basis == "soft_opt_in"

    def test_stand_for_a_permission_in_china(self, lena: Contact, now: datetime) -> None:
        """RL-16."""
        lena.customer.country = "CN"
        lena.customer.save()
        deriving.set_policy(offers_opt_out_at_sale=True, advertises_similar_goods=True, now=now)

        assert happens(lena, now) == 0
