"""A span of the past, played through journeys: who would have got what and when, and nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from guanxi.catalogue.models import Product
from guanxi.consent import reaching
from guanxi.content.models import Template
from guanxi.firm import actions as firm_actions
from guanxi.firm.queries import the_firm
from guanxi.journeys import actions
from guanxi.journeys.conditions import FACTS
from guanxi.journeys.facts import gather
from guanxi.journeys.facts.asking import Subject
from guanxi.journeys.models import Journey
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer, Order
from guanxi.offers import actions as offers_actions
from guanxi.rehearsal.comparing import compare
from guanxi.rehearsal.coupons import Coupons
from guanxi.rehearsal.facts import ANSWERED, Asked, facts_of
from guanxi.rehearsal.notes import Note
from guanxi.rehearsal.papers import Papers
from guanxi.rehearsal.past import read_past
from guanxi.rehearsal.rehearsing import Rehearsal, Unrehearsable, as_published, kept_text, rehearse
from guanxi.supply.models import Project
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Proposal, Review, Scheme
from tests import cast

pytestmark = pytest.mark.django_db

THANKS = """\
key: thanks
title: Thanks
about: order
trigger: {event: order.placed, within: 3d}
entry: once per object
steps:
  - {id: code, offer: ten}
  - {id: letter, send: thanks, not_before: 2d, not_after: 9d}
  - {id: call, task: call, title: Call, due: 1d, when: {order_count: {at_least: 2}}}
"""
QUIET = """\
key: quiet
title: Quiet
trigger: {silence: 60d}
entry: {again_after: 30d}
exits: [{reason: ordered, event: order.placed}]
steps:
  - {id: letter, send: quiet, not_after: 20d}
"""
LAUNCHED = """\
key: launched
title: Launched
trigger: {launch: any, lead: 7d}
entry: each time
steps:
  - {id: letter, send: quiet, not_after: 5d, when: {event.products: Drill}}
"""
SHIPPED = """\
key: shipped
title: Shipped
about: order
trigger: {event: order.stage_changed, where: {stage: shipped}}
entry: once per object
steps:
  - {id: papers, send: thanks, not_after: 5d}
"""
CHANGING = """\
key: changing
title: Changing
trigger: {event: order.placed}
entry: {again_after: 1d}
steps:
  - {id: known, send: thanks, not_after: 5d, when: {tag: bought-before}}
  - {id: mark, set: {tag: bought-before}}
"""
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


@pytest.fixture
def shop(db: None, now: datetime) -> Callable[..., None]:
    """Two journeys and their templates; the answer imports an old order of a customer."""
    firm_actions.report_in(currency="EUR")
    for key in ("thanks", "quiet"):
        template = Template.objects.create(key=key, title=key, kind="marketing", created_at=now)
        template.letters.create(
            language="en", subject="Hello", mjml="", text="Hello", html="<p>Hello</p>", published_at=now
        )
        actions.publish(text={"thanks": THANKS, "quiet": QUIET}[key], now=now)

    offers_actions.save_offer(text="name: ten\ngives: {percent_off: 10}\ncode: {}\n", now=now)

    def order(customer: Customer, number: str, placed_at: datetime) -> None:
        ledger_actions.record_order(
            customer=customer, number=number, placed_at=placed_at, currency="EUR", now=now,
            lines=[LineFacts(Decimal(1), Decimal(100))], historical=True,
        )  # fmt: skip

    return order


def played(*keys: str, assume: tuple[str, ...] = ("contact", "consent"), **wishes: Any) -> Rehearsal:
    return rehearse(first=FIRST, last=LAST, keys=keys, assume=assume, now=cast.NOW, **wishes)


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


class TestRehearse:
    def test_plays_what_the_past_would_have_started(self, shop: Callable[..., None], lena: Contact) -> None:
        """Two letters two days after each order, a task after the second; the cost of each order's code."""
        shop(lena.customer, "PO-1", at(2, 3))
        shop(lena.customer, "PO-2", at(3, 10))

        found = played("thanks").document()

        told = found["by_journey"]["thanks"]
        assert (told["entered"], told["proposed"], told["left"], told["tasks"]) == (2, 2, 2, 1)
        assert told["discount_at_most"] == "20.00"
        assert found["per_contact"]["max_per_7_days"] == 1

    def test_hears_silence_and_what_breaks_it(self, shop: Callable[..., None], lena: Contact, diego: Contact) -> None:
        shop(lena.customer, "PO-1", at(1, 5))
        shop(diego.customer, "PO-2", at(1, 5))
        shop(diego.customer, "PO-3", at(2, 20))

        letters = played("quiet").play.letters

        assert [(each.customer_id, each.proposed_at.date()) for each in letters] == [
            (lena.customer_id, date(2026, 3, 6)), (diego.customer_id, date(2026, 4, 21)),
        ]  # fmt: skip

    def test_tells_of_a_launch_to_who_had_ordered_by_then(
        self, shop: Callable[..., None], lena: Contact, diego: Contact, now: datetime
    ) -> None:
        """J-14.1."""
        shop(lena.customer, "PO-1", at(2, 3))
        shop(diego.customer, "PO-2", at(5, 18))
        Product.objects.create(code="N-1", name="Drill", launches_on=date(2026, 5, 20))
        actions.publish(text=LAUNCHED, now=now)

        letters = played("launched").play.letters

        assert [(each.customer_id, each.proposed_at.date()) for each in letters] == [
            (lena.customer_id, date(2026, 5, 13)),
        ]  # fmt: skip

    def test_begins_a_day_where_the_reader_lives(
        self, shop: Callable[..., None], diego: Contact, now: datetime
    ) -> None:
        """CN-29: as the live journey does, for a firm in Shanghai and a birthday in Monterrey."""
        firm_actions.describe_firm(changes={"time_zone": "Asia/Shanghai"})
        Contact.objects.filter(pk=diego.pk).update(birthday=date(1980, 3, 4))
        actions.publish(text=QUIET.replace("quiet", "born", 1).replace("silence: 60d", "date: birthday"), now=now)

        [letter] = played("born").play.letters

        assert letter.proposed_at.astimezone(UTC) == at(3, 4, hour=6)

    def test_holds_by_the_readers_calendar(self, shop: Callable[..., None], fatima: Contact) -> None:
        """CN-25: two days after the order it is Ramadan in Riyadh (18 February to 19 March 2026)."""
        shop(fatima.customer, "PO-1", at(2, 16))

        told = played("thanks").document()["by_journey"]["thanks"]

        assert (told["left"], told["skipped"]) == (0, {"condition": 1, "ramadan": 1})

    def test_keeps_to_the_cap(self, shop: Callable[..., None], lena: Contact) -> None:
        """DP-09: at most three of marketing in seven days, one in a day."""
        for number in range(8):
            shop(lena.customer, f"PO-{number}", at(2, 2) + timedelta(hours=6 * number))

        found = played("thanks").document()

        assert found["per_contact"]["max_per_7_days"] <= 3
        assert found["per_contact"]["cap_hits"] > 0

    def test_says_what_is_assumed(self, shop: Callable[..., None], now: datetime) -> None:
        customer = ledger_actions.create_customer(name="No contact Ltd", now=now)
        shop(customer, "PO-1", at(2, 3))

        assumed, honest = played("thanks"), played("thanks", assume=())

        assert Note("contacts_assumed", {"customers": 1}) in assumed.notes
        assert not any(note.code.endswith("_assumed") for note in honest.notes)
        assert assumed.document()["proposals"] == 1
        assert honest.document()["by_journey"]["thanks"]["refused"] == {"no_address": 1}
        assert (assumed.document()["assumed"], honest.document()["assumed"]) == (["consent", "contact"], [])

    def test_without_permission_sends_nothing(self, shop: Callable[..., None], diego: Contact) -> None:
        shop(diego.customer, "PO-1", at(2, 3))

        told = played("thanks", assume=()).document()["by_journey"]["thanks"]

        assert (told["left"], told["skipped"]) == (0, {"condition": 1, "no_permission": 1})

    def test_tries_another_version(self, shop: Callable[..., None], lena: Contact) -> None:
        """Change a delay, watch the figures change."""
        shop(lena.customer, "PO-1", at(1, 5))
        shop(lena.customer, "PO-2", at(3, 1))

        published = played("quiet").document()["proposals"]
        tried = played("quiet", texts=[QUIET.replace("silence: 60d", "silence: 30d")]).document()["proposals"]

        assert (published, tried) == (1, 2)

    @pytest.mark.parametrize(
        ("wishes", "told"),
        [
            ({"first": LAST, "last": FIRST}, "comes before"),
            ({"first": date(2010, 1, 1)}, "More than five years"),
            ({"assume": ["luck"]}, "luck cannot be assumed; take of contact, consent, language"),
            ({"keys": ["j-99"]}, "There is no journey j-99; there are .*quiet, thanks"),
        ],
    )
    def test_names_what_is_wrong(self, shop: Callable[..., None], wishes: dict[str, Any], told: str) -> None:
        with pytest.raises(Unrehearsable, match=told):
            rehearse(**({"first": FIRST, "last": LAST, "now": cast.NOW} | wishes))


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {model._meta.label: sorted(model.objects.values_list(), key=repr) for model in apps.get_models()}


class TestTheDatabase:
    def test_is_the_same_before_and_after(self, shop: Callable[..., None], lena: Contact, diego: Contact) -> None:
        """The whole of it, row by row, whatever is assumed or tried; nothing is sent."""
        shop(lena.customer, "PO-1", at(2, 3))
        shop(diego.customer, "PO-2", at(3, 3))
        actions.publish(text=CHANGING, now=cast.NOW)
        before = everything()

        found = played("thanks", "quiet", "changing", assume=("contact", "consent", "language"))
        played("quiet", texts=[QUIET.replace("60d", "30d")])

        assert found.document()["proposals"] > 0
        assert everything() == before


class TestTheAnswer:
    def test_has_the_keys_of_the_issue_first(self, shop: Callable[..., None], lena: Contact) -> None:
        shop(lena.customer, "PO-1", at(2, 3))

        document = played("thanks").document()

        assert list(document)[:6] == ["from", "to", "assumed", "proposals", "by_journey", "per_contact"]
        assert list(document["by_journey"]["thanks"])[:5] == ["entered", "proposed", "held", "skipped", "tasks"]
        assert next(iter(document["per_contact"])) == "max_per_7_days"
        assert (document["from"], document["to"]) == ("2026-01-01", "2026-06-30")

    def test_tells_week_country_tier_and_person(self, shop: Callable[..., None], lena: Contact, ada: Any) -> None:
        lena.customer.owner = ada
        lena.customer.save()
        shop(lena.customer, "PO-1", at(2, 3))
        shop(lena.customer, "PO-2", at(3, 10))

        document = played("thanks").document()

        told = document["by_journey"]["thanks"]
        assert told["by_week"] == document["by_week"] == {"2026-W06": 1, "2026-W11": 1}
        assert told["by_country"] == {"DE": 2}
        assert sum(told["by_tier"].values()) == 2
        assert document["tasks_per_person"]["by_person"] == [{"person": "Ada Lin", "week": "2026-W11", "tasks": 1}]

    def test_counts_those_held_out_by_chance(self, shop: Callable[..., None], lena: Contact) -> None:
        Journey.objects.filter(key="thanks").update(holdout_percent=100)
        shop(lena.customer, "PO-1", at(2, 3))

        told = played("thanks").document()["by_journey"]["thanks"]

        assert (told["held_out"], told["entered"], told["proposed"]) == (1, 0, 0)

    def test_counts_documents_that_nobody_has(self, shop: Callable[..., None], lena: Contact) -> None:
        """Which flow lacks which document for which market and language."""
        shop(lena.customer, "PO-1", at(2, 3))
        text = THANKS.replace("send: thanks,", "send: thanks, document: guide,")

        document = played("thanks", texts=[text]).document()

        assert document["missing_documents"] == [
            {"journey": "thanks", "step": "letter", "document": "guide", "country": "DE", "language": "de", "times": 1}
        ]
        assert document["by_journey"]["thanks"]["skipped"]["no_document"] == 1


class TestTheCourseOfAnOrder:
    def test_is_derived_where_nobody_recorded_it(self, shop: Callable[..., None], lena: Contact) -> None:
        """Production news and shipping papers of imported orders: confirmed, shipped on day 14, delivered on day 21."""
        shop(lena.customer, "PO-1", at(2, 3))
        Order.objects.update(stage="completed")
        actions.publish(text=SHIPPED, now=cast.NOW)

        found = played("shipped")

        assert [each.proposed_at.date() for each in found.play.letters] == [date(2026, 2, 17)]
        assert Note("courses_derived", {"orders": 1, "days": 21, "is_known": False}) in found.notes

    def test_is_taken_as_it_was_recorded(self, shop: Callable[..., None], lena: Contact) -> None:
        shop(lena.customer, "PO-1", at(2, 3))
        order = Order.objects.get()
        Order.objects.update(stage="confirmed")
        ledger_actions.change_stage(
            order=order, stage="shipped", now=cast.NOW, occurred_at=at(5, 4), historical=True
        )  # fmt: skip
        actions.publish(text=SHIPPED, now=cast.NOW)

        assert [each.proposed_at.date() for each in played("shipped").play.letters] == [date(2026, 5, 4)]


def test_what_one_journey_writes_the_next_one_asks(shop: Callable[..., None], lena: Contact) -> None:
    """A tag set in the play is seen in the play, and nowhere else."""
    shop(lena.customer, "PO-1", at(2, 3))
    shop(lena.customer, "PO-2", at(4, 3))
    actions.publish(text=CHANGING, now=cast.NOW)

    found = played("changing")

    assert [each.step for each in found.play.letters] == ["known"]
    assert Customer.objects.get(pk=lena.customer_id).tags == lena.customer.tags


class TestWhatLayOnDesksThen:
    """Facts of J-32, J-33 and J-39, as they stood at the moment that is asked about."""

    @pytest.fixture
    def ask(self, shop: Callable[..., None], lena: Contact) -> Callable[..., Any]:
        def answer(name: str, now: datetime, kind: str = "", object_id: object = "") -> Any:
            past = read_past(
                firm=the_firm(), first=FIRST, last=LAST, graphs=[], assume=frozenset(), now=cast.NOW
            )  # fmt: skip
            past.tasks[lena.customer_id, "call"] = at(3, 1)
            subject = Subject(lena.customer, lena, at(1, 1), kind, str(object_id))
            asked = Asked(past, subject, None, "", now, papers=Papers([], [], now), under_way=(), coupons=Coupons(past))
            return facts_of(asked, [name])[name]

        return answer

    def test_a_proposal_lay_open_until_it_was_decided(self, ask: Callable[..., Any], lena: Contact) -> None:
        tiering_actions.install_presets(now=cast.NOW)
        review = Review.objects.create(
            kind="quarter", period_from_on=FIRST, period_until_on=LAST, opened_at=at(2, 1), closed_at=at(5, 1)
        )
        Proposal.objects.create(
            review=review, customer=lena.customer, scheme=Scheme.objects.first(), kind="raise", rule="M-01",
            cause="growth", from_tier="B", to_tier="A", reason="", proposed_at=at(2, 1), decided_at=at(3, 1),
            state="accepted",
        )  # fmt: skip

        assert [ask("proposal", at(month, 2)) for month in (1, 2, 3)] == [(), ("raise",), ()]

    def test_a_drawing_was_not_kept_before_it_was_drawn(self, ask: Callable[..., Any], lena: Contact) -> None:
        project = Project.objects.create(
            customer=lena.customer, title="Bracket", accepted_at=at(2, 2), drawing_at=at(2, 4), created_at=at(2, 2)
        )

        found = [ask("project.drawing", at(2, day), "project", project.pk) for day in (3, 5)]

        assert found == ["running", "kept"]

    def test_another_channel_is_permitted_as_it_is_today(self, ask: Callable[..., Any], lena: Contact) -> None:
        """CN-55."""
        cast.permit(lena, at=at(1, 2), channel="whatsapp")

        assert (ask("permits.whatsapp", at(2, 1)), ask("permits.linkedin", at(2, 1))) == (True, False)

    def test_the_channel_he_likes_best_is_that_of_today(self, ask: Callable[..., Any], lena: Contact) -> None:
        """X-17: in a rehearsal and live."""
        reaching.prefer(contact=lena, channel="whatsapp", now=cast.NOW)
        names = ["prefers.whatsapp", "prefers.email"]

        assert [ask(name, at(2, 1)) for name in names] == [True, False]
        [live] = gather([Subject(lena.customer, lena, cast.NOW)], names, orders={}, now=cast.NOW)
        assert live == {"prefers.whatsapp": True, "prefers.email": False}

    def test_a_task_of_the_play_waits_until_its_deadline(self, ask: Callable[..., Any]) -> None:
        assert [ask("task_waits.call", at(*day)) for day in ((2, 27), (3, 1))] == [True, False]


def test_tiers_that_were_replayed_are_taken_over(
    shop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Beside a version that is tried the published one costs no second replay."""
    tiering_actions.install_presets(now=cast.NOW)
    asked: list[str] = []
    monkeypatch.setattr(
        "guanxi.tiering.replaying.replay_several",
        lambda schemes, now: asked.extend(scheme.name for scheme, _ in schemes) or {},
    )
    wishes = {"firm": the_firm(), "first": FIRST, "last": LAST, "graphs": [], "assume": frozenset(), "now": cast.NOW}

    past = read_past(**wishes)
    past.standings[past.default_scheme] = {1: [(at(1, 1), "high")]}
    again = read_past(**wishes, like=past)

    assert asked == [past.default_scheme]
    assert again.standings == past.standings


def test_every_fact_a_condition_may_ask_is_answered_from_the_past() -> None:
    assert set(ANSWERED) == set(FACTS)


def test_two_versions_are_laid_side_by_side(shop: Callable[..., None], lena: Contact) -> None:
    shop(lena.customer, "PO-1", at(1, 5))
    shop(lena.customer, "PO-2", at(3, 1))
    tried = played("quiet", texts=[QUIET.replace("60d", "30d")])

    published = as_published(tried, now=cast.NOW)

    assert published is not None
    found = {each.figure: (each.before, each.after) for each in compare(published.document(), tried.document())}
    assert (found["entered"], found["proposed"]) == ((1, 2), (1, 2))
    assert played("quiet", texts=[kept_text("quiet@1")]).document() == published.document()
    with pytest.raises(Unrehearsable, match="There is no version quiet@9"):
        kept_text("quiet@9")


@pytest.fixture
def ada(db: None) -> Any:
    return cast.ada()
