"""D-01: one profile per customer; two that are one are merged with their history and can be split again."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.journeys.models import Enrolment
from guanxi.ledger import actions, duplicates, merging
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer, Event, Identity, Merge, Order, Referral, StockLevel
from guanxi.pipeline.pulse import pulse
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing
from tests import cast

pytestmark = pytest.mark.django_db


def ordered(customer: Customer, number: str, now: datetime, historical: bool = True) -> Order:
    return actions.record_order(
        customer=customer, number=number, placed_at=now, currency="USD", now=now, historical=historical,
        lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(5))],
    )  # fmt: skip


@pytest.fixture
def pair(now: datetime) -> tuple[Customer, Customer]:
    """Elbwerk twice, each with a contact, an order and a note."""
    kept = cast.a_customer(name="Elbwerk GmbH", country="DE", domain="elbwerk.example", tags=["fair"])
    gone = cast.a_customer(
        name="Elbwerk", city="Hamburg", domain="elbwerk.example", tags=["fair", "web"], fields={"Notiz": "1"},
        cooperation_since=date(2020, 1, 1),
    )  # fmt: skip
    for customer, local in ((kept, "lena"), (gone, "lena+shop")):
        cast.a_contact(customer=customer, email=f"{local}@elbwerk.example", is_primary=True)
        ordered(customer, f"order of {local}", now)
        Identity.objects.create(source="shop", kind="customer", value=local, customer=customer)
    actions.write_note(customer=gone, author=None, kind="call", text="…", happened_at=now, now=now, historical=True)
    return kept, gone


def rows() -> dict[str, list[dict[str, Any]]]:
    """Everything that hangs on customers, and the customers."""
    own = {"updated_at"}
    found = {}
    for each in {relation.model for relation in merging.relations()} | {Customer}:
        if each is Event:
            continue
        found[each._meta.db_table] = [
            {name: value for name, value in row.items() if name not in own}
            for row in each._base_manager.order_by("pk").values()
        ]
    return found


class TestMerge:
    """D-01."""

    def test_moves_everything_that_hangs_on_the_customer(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair
        left = {each.name: each.rows(**{each.field: gone}).count() for each in merging.relations()}

        merge = merging.merge_customers(kept=kept, gone=gone, now=now, user=None, reason="same e-mail")

        assert sum(left.values()) > 5
        assert {name: len(ids) for name, ids in merge.moved.items()} == {k: n for k, n in left.items() if n}
        assert not any(each.rows(**{each.field: gone}).exists() for each in merging.relations())
        gone.refresh_from_db()
        assert gone.merged_into == kept
        assert kept.orders.count() == 2

    def test_completes_what_the_kept_one_lacks(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair

        merging.merge_customers(kept=kept, gone=gone, now=now, user=None)

        kept.refresh_from_db()
        assert (kept.name, kept.city, kept.country) == ("Elbwerk GmbH", "Hamburg", "DE")
        assert (kept.tags, kept.fields, kept.cooperation_since) == (["fair", "web"], {"Notiz": "1"}, date(2020, 1, 1))
        assert kept.contacts.filter(is_primary=True).count() == 1

    def test_is_told_and_starts_nothing_from_history(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        """RD-13: the history that moves stays history."""
        kept, gone = pair

        merging.merge_customers(kept=kept, gone=gone, now=now, user=None)
        pulse(at=now)

        event = Event.objects.get(name="customer.merged")
        assert (event.customer, event.properties["from"]) == (kept, gone.pk)
        assert not Enrolment.objects.exists()

    def test_leaves_what_would_stand_twice_with_the_one_that_went(
        self, pair: tuple[Customer, Customer], now: datetime
    ) -> None:
        kept, gone = pair
        tiering_actions.install_presets(now=now)
        first, second = Scheme.objects.order_by("id")[:2]
        for customer, schemes in ((kept, [first]), (gone, [first, second])):
            for scheme in schemes:
                Standing.objects.create(
                    customer=customer, scheme=scheme, tier="A", since_at=now, basis="rule", rule="r", figures={}
                )

        merging.merge_customers(kept=kept, gone=gone, now=now, user=None)

        assert set(Standing.objects.values_list("customer", "scheme")) == {
            (kept.pk, first.pk), (kept.pk, second.pk), (gone.pk, first.pk),
        }  # fmt: skip

    def test_never_lets_a_customer_introduce_himself(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair
        Referral.objects.create(referrer=gone, referred=kept, introduced_on=now.date(), created_at=now)

        merging.merge_customers(kept=kept, gone=gone, now=now, user=None)

        referral = Referral.objects.get()
        assert (referral.referrer, referral.referred) == (gone, kept)

    def test_is_refused_for_one_that_was_merged(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair
        merging.merge_customers(kept=kept, gone=gone, now=now, user=None)

        with pytest.raises(merging.NotToBeMerged):
            merging.merge_customers(kept=kept, gone=gone, now=now, user=None)
        with pytest.raises(merging.NotToBeMerged):
            merging.merge_customers(kept=kept, gone=kept, now=now, user=None)

    def test_sends_later_imports_to_the_kept_one(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair
        merging.merge_customers(kept=kept, gone=gone, now=now, user=None)
        late = ordered(gone, "late", now)  # an import that looked the customer up before the merge

        assert merging.sweep() == 2  # the order and its event
        late.refresh_from_db()
        assert late.customer == kept
        assert merging.sweep() == 0


class TestSplit:
    def test_gives_back_exactly_what_was_moved(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair
        StockLevel.objects.create(customer=gone, product_code="X", quantity=1, safety_quantity=2, as_of_at=now)
        before = rows()
        merge = merging.merge_customers(kept=kept, gone=gone, now=now, user=None)
        assert rows() != before

        merging.split_customers(merge=merge, now=now)

        assert rows() == before
        assert Event.objects.filter(name="customer.split", customer=kept).exists()

    def test_leaves_what_came_later_with_the_kept_one(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair
        merge = merging.merge_customers(kept=kept, gone=gone, now=now, user=None)
        kept.refresh_from_db()
        later = ordered(kept, "later", now)
        actions.update_customer(customer=kept, changes={"city": "Bremen"}, now=now)

        merging.split_customers(merge=merge, now=now)

        later.refresh_from_db()
        kept.refresh_from_db()
        assert (later.customer, kept.city, kept.tags) == (kept, "Bremen", ["fair"])
        assert gone.orders.count() == 1

    def test_goes_from_the_latest_merge_to_the_first(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair
        third = cast.a_customer(name="Elbwerk Holding")
        first = merging.merge_customers(kept=kept, gone=gone, now=now, user=None)
        second = merging.merge_customers(kept=third, gone=kept, now=now, user=None)
        gone.refresh_from_db()
        assert gone.merged_into == third

        with pytest.raises(merging.NotToBeSplit):
            merging.split_customers(merge=first, now=now)
        merging.split_customers(merge=second, now=now)
        merging.split_customers(merge=first, now=now)

        assert gone.orders.count() == kept.orders.count() == 1
        with pytest.raises(merging.NotToBeSplit):
            merging.split_customers(merge=first, now=now)
        assert Merge.objects.filter(split_at__isnull=True).count() == 0


class TestProposals:
    """RP-10."""

    def test_name_the_pair_with_its_reasons(self, pair: tuple[Customer, Customer]) -> None:
        kept, gone = pair
        cast.a_customer(name="Somebody else", domain="other.example")

        (found,) = duplicates.proposals(Customer.objects.current())

        assert (found.first, found.second) == (kept.pk, gone.pk)
        assert [code for code, _ in found.likeness.reasons] == ["same_email", "same_domain", "similar_name"]
        assert found.likeness.score > 90

    def test_see_equal_phones_however_they_are_written(self) -> None:
        for name, phone in (("Nord", "+49 (0)40 3008-5100"), ("Kiel", "040 30085100")):
            customer = cast.a_customer(name=name, country="DE")
            Contact.objects.create(customer=customer, phone=phone, created_at=cast.NOW, updated_at=cast.NOW)

        (found,) = duplicates.proposals(Customer.objects.current())

        assert found.likeness.reasons == (("same_phone", "+494030085100"),)

    def test_leave_out_those_told_apart(self, pair: tuple[Customer, Customer], now: datetime) -> None:
        kept, gone = pair

        duplicates.tell_apart(one=gone, other=kept, now=now)
        duplicates.tell_apart(one=kept, other=gone, now=now)

        assert duplicates.proposals(Customer.objects.current()) == []

    def test_say_nothing_of_a_shared_mail_host(self) -> None:
        for name in ("Nord", "Nord"):
            cast.a_customer(name=name, domain="gmail.com")

        assert duplicates.proposals(Customer.objects.current()) == []
