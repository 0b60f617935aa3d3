from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.budget import actions as budget_actions
from guanxi.ledger.models import Contact, Event, Order
from guanxi.offers import actions, granting, queries, redeeming
from guanxi.offers.granting import NotGranted
from guanxi.offers.models import Grant, Offer
from guanxi.tiering.models import Scheme, Standing

pytestmark = pytest.mark.django_db
Give = Callable[..., Grant]
MakeOffer = Callable[..., Offer]


def standing(contact: Contact, tier: str, now: datetime, scheme: str = "abc-cumulative") -> None:
    found, _ = Scheme.objects.get_or_create(name=scheme, defaults={"title": scheme, "document": "", "updated_at": now})
    Standing.objects.create(customer=contact.customer, scheme=found, tier=tier, since_at=now, reason="", figures={})


class TestGrant:
    """X-09, X-22, X-25, X-35: a personal code, one per occasion, good for its days."""

    def test_hands_out_a_code_and_tells_of_it(self, offer: MakeOffer, give: Give, lena: Contact) -> None:
        offer()

        grant = give(lena)

        assert (grant.code.startswith("TEN-"), len(grant.code)) == (True, 14)
        assert (grant.granted_on, grant.valid_until) == (date(2026, 5, 13), date(2026, 6, 12))
        event = Event.objects.get(name="offer.granted")
        assert (event.contact_id, event.properties["offer"], event.properties["origin"]) == (lena.pk, "ten", "j-17")

    def test_gives_the_same_code_for_the_same_occasion(self, offer: MakeOffer, give: Give, lena: Contact) -> None:
        offer()
        assert give(lena, key="one").code == give(lena, key="one").code != give(lena, key="two").code
        assert Grant.objects.count() == 2

    def test_keeps_what_was_promised(self, offer: MakeOffer, give: Give, lena: Contact) -> None:
        offer()
        grant = give(lena)
        offer(text="name: ten\ngives: {percent_off: 3}\ncode: {}\n")

        assert queries.promised(grant).percent_off == 10
        assert give(lena, key="later").version.number == 2

    def test_ends_with_the_offer(self, offer: MakeOffer, give: Give, lena: Contact) -> None:
        offer("when: {until: 2026-05-20}\n")

        assert give(lena).valid_until == date(2026, 5, 20)

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ("when: {until: 2026-05-12}\n", "ended"),
            ("when: {kind: b2c}\n", "kind"),
            ("when: {standing: {abc-cumulative: [A]}}\n", "standing"),
            ("when: {orders_before: 1}\n", "orders_before"),
            ("when: {in_birthday_month: true}\n", "birthday_month"),
            ("limits: {codes: 1}\n", "codes_gone"),
        ],
    )
    def test_refuses_with_the_reason(
        self, more: str, reason: str, offer: MakeOffer, give: Give, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        """CN-36: every refusal is explained."""
        lena.customer.kind = "b2b"
        lena.customer.save()
        made = offer()
        give(yuki)
        actions.save_offer(text=made.document + more, now=now)

        with pytest.raises(NotGranted) as caught:
            give(lena)

        assert caught.value.reason.code == reason
        assert Grant.objects.count() == 1

    def test_needs_an_offer_that_is_switched_on(
        self, offer: MakeOffer, give: Give, lena: Contact, now: datetime
    ) -> None:
        with pytest.raises(NotGranted, match="no offer"):
            give(lena)
        actions.switch_offer(offer=offer(), is_active=False, now=now)
        with pytest.raises(NotGranted, match="switched off"):
            give(lena)

    def test_counts_a_customers_codes(self, offer: MakeOffer, give: Give, lena: Contact, yuki: Contact) -> None:
        offer("limits: {per_customer: 1}\n")
        give(lena)

        with pytest.raises(NotGranted, match="has had his 1"):
            give(lena, key="again")
        assert give(yuki)

    def test_stops_within_a_batch_at_the_limit(
        self, offer: MakeOffer, lena: Contact, yuki: Contact, fatima: Contact, now: datetime
    ) -> None:
        offer("limits: {codes: 2}\n")
        wishes = [
            granting.Wish(key=str(each.pk), offer="ten", contact=each, origin_kind="campaign", origin="7")
            for each in (lena, yuki, fatima)
        ]

        found = granting.grant_many(wishes=wishes, now=now)

        assert [isinstance(found[wish.key], Grant) for wish in wishes] == [True, True, False]

    def test_meets_the_birthday_month(self, offer: MakeOffer, give: Give, lena: Contact, yuki: Contact) -> None:
        """X-20, X-34, CN-29: a contact's birthday, or the founding day of his firm; the code ends with the month."""
        offer(text="name: ten\ngives: {percent_off: 1}\nwhen: {in_birthday_month: true}\n")
        lena.birthday = date(1980, 5, 31)
        lena.save()
        yuki.customer.founded_on = date(1999, 5, 1)
        yuki.customer.save()

        assert give(lena).valid_until == date(2026, 5, 31)
        assert give(yuki)

    def test_respects_the_budget_of_the_tier(
        self, offer: MakeOffer, give: Give, order: Callable[..., Order], lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        """T-65: codes and expenses together; the cap of another tier is another's."""
        offer("budget: abc-cumulative\n")
        standing(lena, "B", now)
        standing(yuki, "C", now)
        for tier in ("B", "C"):
            budget_actions.set_budget(
                scheme="abc-cumulative", tier=tier, year=2026, currency="USD", cap=Decimal(40), now=now
            )
        redeeming.redeem(order=order(lena), codes=[give(lena).code], told_by="api", now=now)  # costs 35
        assert give(lena, key="second")
        budget_actions.record_expense(
            scheme="abc-cumulative", tier="B", kind="promotion", amount=Decimal(5), currency="USD",
            spent_on=now.date(), now=now,
        )  # fmt: skip

        with pytest.raises(NotGranted, match="budget of B"):
            give(lena, key="third")
        assert give(yuki)

    def test_stops_at_the_cost_of_the_offer(
        self, offer: MakeOffer, give: Give, order: Callable[..., Order], lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        offer("limits: {cost: 35}\n")
        redeeming.redeem(order=order(lena), codes=[give(lena).code], told_by="api", now=now)

        with pytest.raises(NotGranted, match="has cost USD 35, its limit is 35"):
            give(yuki)


class TestStates:
    def test_follow_use_days_and_withdrawal(
        self, offer: MakeOffer, give: Give, order: Callable[..., Order], lena: Contact, now: datetime
    ) -> None:
        offer()
        grants = {name: give(lena, key=name) for name in ("open", "used", "back")}
        redeeming.redeem(order=order(lena), codes=[grants["used"].code], told_by="api", now=now)
        granting.withdraw(grant=grants["back"], because="a mistake", now=now)

        def states(day: date) -> dict[str, str]:
            rows = queries.with_uses(Grant.objects.all())
            found = {each.key: queries.state_of(each, on=day) for each in rows}
            filtered = {each.key: state for state in queries.STATES for each in queries.in_state(rows, state, on=day)}
            assert filtered == found
            return found

        assert states(date(2026, 6, 12)) == {"open": "open", "used": "redeemed", "back": "withdrawn"}
        assert states(date(2026, 6, 13)) == {"open": "expired", "used": "redeemed", "back": "withdrawn"}
        heard = queries.states_of_contacts([lena.pk], ["ten", "other"], on=now.date() + timedelta(days=1))
        assert heard == {(lena.pk, "ten"): "withdrawn"}  # of several the newest counts

    def test_survive_the_person(self, offer: MakeOffer, give: Give, lena: Contact, **_: Any) -> None:
        """RL-08: the cost of a code stays with the customer, without the person."""
        offer()
        grant = give(lena)
        lena.delete()

        grant.refresh_from_db()
        assert grant.contact_id is None
