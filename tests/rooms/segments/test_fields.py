"""What a rule may ask, against rows of the ledger."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Customer, StockLevel, Trait
from guanxi.scoring import actions as scoring_actions
from guanxi.segments import frames, queries
from guanxi.segments.grammar import read_rule
from guanxi.segments.registry import FIELDS
from guanxi.segments.tables import MEASURED, TABLES
from guanxi.segments.testing import load_facts, members_among
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing
from tests import cast
from tests.cast import NOW
from tests.rooms.segments.conftest import happen, names_in, order, saved

pytestmark = pytest.mark.django_db
Buyers = tuple[Contact, Contact, Contact]


def found(*conditions: dict[str, Any], level: str = "customer") -> set[str]:
    """Who fulfils all conditions, by the engine; checked against the test of each one alone."""
    document = {"level": level, "where": {"all": list(conditions)}}
    preview = queries.preview(document, now=NOW, samples=100)
    ids = list(Customer.objects.values_list("pk", flat=True))
    rule = read_rule(document)
    alone = members_among(rule, load_facts([rule], ids, now=NOW), ids)
    assert len(alone) == preview.count
    names = {sample.contact or sample.customer for sample in preview.samples}
    assert len(names) == preview.count
    return names


@pytest.fixture(autouse=True)
def _fresh_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written between two questions of a test; in life a preview may be minutes old."""
    monkeypatch.setattr(frames, "FRESH_FOR", timedelta(0))


def trait(customer: Customer, name: str, *, value: bool = True, until_on: date | None = None) -> None:
    Trait.objects.create(
        customer=customer, name=name, value=value, since_on=date(2026, 1, 1), until_on=until_on, set_at=NOW
    )


class TestCustomers:
    def test_are_found_by_country_size_and_need(self, buyers: Buyers) -> None:
        """D-27: country, size and need are filters, alone and together."""
        lena, yuki, _ = buyers
        for number in range(3):
            order(lena.customer, f"L-{number}", amount=5_000)
        order(yuki.customer, "Y-1", amount=50)
        tiering_actions.install_presets(now=NOW)
        scoring_actions.run_scores(as_of=NOW, now=NOW)
        need = Scheme.objects.get(name="need")
        Standing.objects.create(customer=lena.customer, scheme=need, tier="standard", since_at=NOW, reason="")

        assert found({"field": "country", "op": "any_of", "value": ["DE", "JP"]}) == {
            lena.customer.name, yuki.customer.name,
        }  # fmt: skip
        assert found({"field": "spend_total", "op": "at_least", "value": 10_000}) == {lena.customer.name}
        assert found({"standing": "need", "op": "is_known"}) == {lena.customer.name}
        assert found(
            {"field": "country", "op": "any_of", "value": ["DE"]},
            {"orders": "sum", "op": "at_least", "value": 10_000},
            {"standing": "need", "op": "is_known"},
        ) == {lena.customer.name}

    def test_are_found_by_tag_attribute_and_kind(self, buyers: Buyers) -> None:
        lena, _, diego = buyers
        Customer.objects.filter(pk=lena.customer_id).update(tags=["fair"], fields={"employees": "1,200"})

        assert found({"field": "tag", "op": "any_of", "value": ["fair"]}) == {lena.customer.name}
        assert found({"field": "custom.employees", "op": "at_least", "value": 500}) == {lena.customer.name}
        assert found({"field": "kind", "op": "any_of", "value": ["b2c"]}) == {diego.customer.name}

    def test_are_found_by_what_they_bought_and_when(self, buyers: Buyers) -> None:
        lena, yuki, _ = buyers
        order(lena.customer, "L-1", days_ago=40, category="Brass")
        order(yuki.customer, "Y-1", days_ago=5)

        assert found({"orders": "count", "op": "at_least", "value": 1, "window": {"last_days": 30}}) == {
            yuki.customer.name
        }
        assert found(
            {"orders": "count", "op": "at_least", "value": 1,
             "where": [{"property": "category", "op": "any_of", "value": ["Brass"]}]}
        ) == {lena.customer.name}  # fmt: skip
        assert found({"field": "latest_order_on", "op": "more_than_days_ago", "value": 30}) == {lena.customer.name}

    def test_are_found_by_traits_and_stock(self, buyers: Buyers) -> None:
        """P-05, L-31: stock below the safety line and readiness for the next stage are fields."""
        lena, yuki, diego = buyers
        trait(lena.customer, "ready_for_next_stage")
        trait(yuki.customer, "ready_for_next_stage", until_on=date(2026, 2, 1))
        StockLevel.objects.create(
            customer=diego.customer, product_code="A", quantity=Decimal(2), safety_quantity=Decimal(5), as_of_at=NOW
        )

        assert found({"field": "trait.ready_for_next_stage", "op": "is_true"}) == {lena.customer.name}
        assert found({"field": "stock_below_safety", "op": "is_true"}) == {diego.customer.name}

    def test_are_found_by_standing_and_for_how_long(self, buyers: Buyers) -> None:
        """L-10, L-11: where a buyer stands in his lifecycle, since how long, and VIP as service level, are fields."""
        lena, yuki, _ = buyers
        tiering_actions.install_presets(now=NOW)
        lifecycle, service = (Scheme.objects.get(name=name) for name in ("lifecycle", "service-level"))
        for contact, days in ((lena, 40), (yuki, 3)):
            Standing.objects.create(
                customer=contact.customer, scheme=lifecycle, tier="growing", since_at=NOW - timedelta(days=days),
                reason="",
            )  # fmt: skip
        Standing.objects.create(customer=yuki.customer, scheme=service, tier="vip", since_at=NOW, reason="")

        grown = {"standing": "lifecycle", "op": "any_of", "value": ["growing"]}
        assert found(grown) == {lena.customer.name, yuki.customer.name}
        assert found(grown | {"for_days": 30}) == {lena.customer.name}
        assert found({"standing": "service-level", "op": "any_of", "value": ["vip"]}) == {yuki.customer.name}


class TestBehaviour:
    def test_tells_which_categories_interest_whom(self, buyers: Buyers) -> None:
        """D-05: categories of interest are a field."""
        lena, yuki, _ = buyers
        for day in range(3):
            happen("Product Viewed", lena, days_ago=day, category="Lamps")
        happen("Product Viewed", yuki, category="Lamps")

        assert found({"field": "category_interest", "op": "any_of", "value": ["Lamps"]}) == {lena.customer.name}

    def test_tells_who_came_several_times_and_ordered_nothing(self, buyers: Buyers) -> None:
        """D-05, B-06: three days of visits without an order (DP-03); an order ends it."""
        lena, yuki, _ = buyers
        for contact in (lena, yuki):
            for day in (2, 5, 9):
                happen("page.viewed", contact, days_ago=day)
        order(yuki.customer, "Y-1", days_ago=1)

        assert found({"field": "visit_days_without_order", "op": "at_least", "value": 3}) == {lena.customer.name}

    def test_tells_who_takes_part_in_mail_and_in_social_media(self, buyers: Buyers) -> None:
        """D-06: a machine's open is no part taken; social media is a trait that a person records."""
        lena, yuki, diego = buyers
        happen("email.clicked", lena, days_ago=20, verdict="human")
        happen("email.opened", yuki, days_ago=20, verdict="machine")
        trait(diego.customer, "social_media")

        assert found({"field": "takes_part_in_mail", "op": "is_true"}) == {lena.customer.name}
        assert found({"field": "trait.social_media", "op": "is_true"}) == {diego.customer.name}

    def test_tells_who_opened_the_price_list_and_did_not_ask(self, buyers: Buyers) -> None:
        """B-03: clicked the price list but made no inquiry."""
        lena, yuki, _ = buyers
        for contact in (lena, yuki):
            happen("price_list.clicked", contact, days_ago=4)
        happen("inquiry.received", yuki, days_ago=3)

        assert found(
            {"event": "price_list.clicked", "op": "at_least", "value": 1, "window": {"days_ago": [3, 30]}},
            {"event": "inquiry.received", "op": "never", "window": {"last_days": 30}},
        ) == {lena.customer.name}

    def test_tells_who_opened_three_mails(self, buyers: Buyers) -> None:
        """B-05: three mails opened in all, by a person."""
        lena, yuki, _ = buyers
        for contact, verdict in ((lena, "human"), (yuki, "machine")):
            for day in (1, 50, 400):
                happen("email.opened", contact, days_ago=day, verdict=verdict)

        assert found(
            {"event": "email.opened", "op": "at_least", "value": 3,
             "where": [{"property": "verdict", "op": "any_of", "value": ["human"]}]}
        ) == {lena.customer.name}  # fmt: skip


class TestContacts:
    def test_are_found_by_birthday_language_and_consent(self, buyers: Buyers) -> None:
        lena, yuki, _ = buyers
        Contact.objects.filter(pk=lena.pk).update(birthday=date(1980, 5, 20))
        cast.permit(yuki)

        assert found({"field": "contact.birthday", "op": "anniversary_in_days", "value": 14}, level="contact") == {
            "Lena Petersen"
        }
        assert found({"field": "contact.is_mailable", "op": "is_true"}, level="contact") == {str(yuki)}
        assert found({"field": "contact.marketing_consent", "op": "any_of", "value": ["none"]}, level="contact") == {
            "Lena Petersen", "Diego Garza",
        }  # fmt: skip
        assert found({"field": "contact.language", "op": "any_of", "value": ["ja"]}) == {yuki.customer.name}

    def test_tell_sex_and_age_of_persons_who_permit_it_only(self, buyers: Buyers) -> None:
        """D-25, CN-28: volunteered sex and age band are usable of b2c customers with a profiling permission."""
        lena, _, diego = buyers
        Contact.objects.filter(pk__in=[lena.pk, diego.pk]).update(
            fields={"sex": "m", "age_band": "35_44", "style": "plain brass"}
        )
        cast.permit(lena, "profiling")
        asked = {"field": "contact.age_band", "op": "any_of", "value": ["35_44"]}

        before = found(asked, level="contact")
        cast.permit(diego, "profiling")

        assert before == set()
        assert found(asked, level="contact") == {"Diego Garza"}
        assert found({"field": "contact.sex", "op": "any_of", "value": ["m"]}, level="contact") == {"Diego Garza"}
        assert found({"field": "contact.style", "op": "contains", "value": "Brass"}, level="contact") == {"Diego Garza"}


class TestTheFrames:
    def test_hold_every_column_of_every_field(self, buyers: Buyers) -> None:
        found_frames = frames.refresh(now=NOW)

        with frames.open_frames(found_frames, now=NOW) as engine:
            for field in FIELDS.values():
                if field.table in (*TABLES, *MEASURED) and field.table not in ("labels", "traits"):
                    engine.execute(f"SELECT {field.column} FROM {field.table} LIMIT 0")

    def test_are_written_anew_only_when_rows_have_changed(self, buyers: Buyers) -> None:
        first = frames.refresh(now=NOW)
        path = Path(first.files["customers"][0])
        before = path.read_bytes()
        later = NOW + timedelta(hours=1)

        frames.refresh(now=later)

        assert path.read_bytes() == before
        lena = buyers[0]
        Customer.objects.filter(pk=lena.customer_id).update(city="Bremen", updated_at=later)
        frames.refresh(now=later)
        assert path.read_bytes() != before


class TestASavedSegment:
    def test_is_refreshed_by_its_rule(self, buyers: Buyers) -> None:
        segment = saved({"field": "country", "op": "any_of", "value": ["DE"]})

        assert names_in(segment) == {buyers[0].customer.name}
        assert (segment.member_count, segment.reads) == (1, ["customers"])
