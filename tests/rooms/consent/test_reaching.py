"""Which way leads to a person, which he permits and which he likes best (X-17, CN-55)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guanxi.consent import actions, channels, queries, reaching
from guanxi.consent.models import ContactChannel, Permission
from guanxi.consent.statements import Proof, Statement
from guanxi.ledger.models import Contact, Event
from tests import cast

pytestmark = pytest.mark.django_db
PROOF = Proof(method="card", source="Canton Fair 2026", wording="Yes, by WhatsApp.")
DAY = timedelta(days=1)


def permit(contact: Contact, channel: str) -> Permission:
    return actions.grant(contact=contact, purpose="marketing", channel=channel, proof=PROOF, now=cast.NOW)


def ways(contact: Contact) -> list[tuple[str, bool, bool]]:
    return [(way.channel, way.permits, way.is_preferred) for way in reaching.ways_of(contact, now=cast.NOW)]


class TestPermission:
    def test_of_one_way_holds_for_no_other(self, lena: Contact) -> None:
        """CN-55: no channel inherits from another."""
        permit(lena, "whatsapp")

        assert queries.stands_of([lena.pk]) == {}
        assert queries.stands_of([lena.pk], "whatsapp")[lena.pk, "marketing"].state == "granted"
        assert Event.objects.get(name="consent.granted").properties["channel"] == "whatsapp"

    def test_by_another_way_lifts_no_unsubscription(self, lena: Contact) -> None:
        actions.unsubscribe(contact=lena, proof=Proof(method="one_click"), now=cast.NOW)
        actions.grant(
            contact=lena, purpose="marketing", channel="whatsapp", proof=Proof(method="form"), now=cast.NOW + DAY
        )

        assert queries.is_suppressed(lena.email_key or "")

    def test_ends_by_an_objection_whatever_the_way(self, lena: Contact) -> None:
        """RL-03: absolute."""
        cast.permit(lena)
        permit(lena, "whatsapp")
        actions.object_to_marketing(contact=lena, proof=Proof(method="objection"), now=cast.NOW)

        newest = queries.permission_of(lena.pk, "marketing", "whatsapp")
        assert newest is not None
        assert newest.state == "withdrawn"
        assert ways(lena) == [("email", False, False), ("whatsapp", False, False)]

    def test_is_withdrawn_for_one_way_alone(self, lena: Contact) -> None:
        cast.permit(lena)
        permit(lena, "whatsapp")
        actions.withdraw(contact=lena, purpose="marketing", channel="whatsapp", proof=PROOF, now=cast.NOW)

        assert ways(lena) == [("email", True, False), ("whatsapp", False, False)]

    def test_knows_the_ways(self, lena: Contact) -> None:
        with pytest.raises(channels.BadChannel):
            permit(lena, "pigeon")


class TestWays:
    def test_are_the_preferred_then_the_permitted_ones(self, lena: Contact) -> None:
        """X-17: the channel is chosen per customer, by what he likes among what he permits."""
        cast.permit(lena)
        permit(lena, "whatsapp")
        reaching.keep_address(contact=lena, channel="whatsapp", address="+49 40 1234567", now=cast.NOW)
        reaching.keep_address(contact=lena, channel="linkedin", address="lena-petersen", now=cast.NOW)
        reaching.prefer(contact=lena, channel="whatsapp", now=cast.NOW)

        assert ways(lena) == [("whatsapp", True, True), ("email", True, False), ("linkedin", False, False)]
        best = reaching.best_way(reaching.ways_of(lena, now=cast.NOW))
        assert best is not None
        assert best.link == "https://wa.me/49401234567"

    def test_advertise_by_no_preferred_way_that_is_not_permitted(self, lena: Contact) -> None:
        cast.permit(lena)
        reaching.keep_address(contact=lena, channel="wechat", address="lena_p", now=cast.NOW)
        reaching.prefer(contact=lena, channel="wechat", now=cast.NOW)

        best = reaching.best_way(reaching.ways_of(lena, now=cast.NOW))
        assert best is not None
        assert best.channel == "email"

    def test_leave_out_mail_to_a_suppressed_address(self, lena: Contact) -> None:
        cast.permit(lena)
        actions.suppress(address=lena.email, reason="hard_bounce", scope="all", now=cast.NOW)

        assert ways(lena) == [("email", False, False)]

    def test_have_one_that_he_likes_best(self, lena: Contact) -> None:
        reaching.prefer(contact=lena, channel="phone", now=cast.NOW)
        reaching.keep_address(contact=lena, channel="whatsapp", address="+49 40 1234567", now=cast.NOW)
        reaching.prefer(contact=lena, channel="whatsapp", now=cast.NOW)
        assert list(ContactChannel.objects.values_list("channel", "is_preferred")) == [("whatsapp", True)]

        reaching.prefer(contact=lena, channel="", now=cast.NOW)
        reaching.keep_address(contact=lena, channel="whatsapp", address=" ", now=cast.NOW)
        assert not ContactChannel.objects.exists()

    def test_of_mail_and_telephone_stand_with_the_contact(self, lena: Contact) -> None:
        with pytest.raises(channels.BadChannel):
            reaching.keep_address(contact=lena, channel="phone", address="+49 40 1234567", now=cast.NOW)


class TestTheLawOfTheReadersCountry:
    """RL-04, RL-15, RL-16: counts also for what a list brings that names none."""

    def imported(self, contact: Contact, basis: str, method: str = "import") -> Permission:
        statement = Statement(
            contact_id=contact.pk, customer_id=contact.customer_id, purpose="marketing", obtained_at=cast.NOW - DAY,
            proof=Proof(method=method, basis=basis, source="Canton Fair 2025"),
        )  # fmt: skip
        actions.grant_many(rows=[statement], now=cast.NOW)
        return Permission.objects.get(contact=contact)

    @pytest.mark.parametrize(
        ("basis", "method", "months"),
        [("implied", "purchase", 24), ("implied", "inquiry", 6), ("implied", "import", 6), ("implied", "card", 6),
         ("soft_opt_in", "import", 24)],
    )  # fmt: skip
    def test_ends_what_a_purchase_or_inquiry_implies(self, basis: str, method: str, months: int) -> None:
        """RL-15: in Canada two years after a purchase, six months after an inquiry or what nobody named."""
        lena = cast.lena(country="CA")
        permission = self.imported(lena, basis, method)

        assert permission.jurisdiction == "CA"
        assert permission.expires_at is not None
        assert (
            permission.expires_at.date()
            == {24: cast.NOW.replace(year=2028), 6: cast.NOW.replace(month=11)}[months].date() - DAY
        )

    @pytest.mark.parametrize(
        ("country", "basis", "ends"), [("CA", "consent", False), ("DE", "implied", False), ("DE", "soft_opt_in", False)]
    )
    def test_ends_nothing_else(self, country: str, basis: str, ends: bool) -> None:
        assert (self.imported(cast.lena(country=country), basis).expires_at is not None) == ends
