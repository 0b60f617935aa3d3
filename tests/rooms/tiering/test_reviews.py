"""Reviews: they open by themselves, propose, and a person decides (M-04, J-38, J-39, CN-51)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Customer, Event, Invoice, Trait
from guanxi.scoring.actions import run_scores
from guanxi.scoring.models import RhythmAlert
from guanxi.tiering import actions, deciding, documents, review_actions, review_queries, treatment
from guanxi.tiering.models import Proposal, Review, Scheme, Standing, StandingChange
from guanxi.tiering.review_queries import Asked
from guanxi.tiering.writing import Step, write_steps
from tests import cast

pytestmark = pytest.mark.django_db


def buy(customer: Customer, amount: int, on: date, *, number: str = "") -> None:
    at = datetime(on.year, on.month, on.day, 8, tzinfo=cast.NOW.tzinfo)
    ledger_actions.record_order(
        customer=customer, number=number or f"{customer.pk}-{on}-{amount}", placed_at=at, currency="USD", now=at,
        historical=True, stage="completed",
        lines=[LineFacts(product_code="A", quantity=Decimal(1), unit_price=Decimal(amount))],
    )  # fmt: skip


def mark(customer: Customer, name: str) -> None:
    Trait.objects.create(customer=customer, name=name, reason="said so", since_on=date(2026, 1, 1), set_at=cast.NOW)


def bill(customer: Customer, due_on: date, paid_on: date | None) -> None:
    Invoice.objects.create(
        customer=customer, source="test", number=f"{customer.pk}-{due_on}", issued_on=date(2026, 1, 1), due_on=due_on,
        paid_on=paid_on, currency="USD", amount=Decimal(100),
    )  # fmt: skip


def double_twice(customer: Customer) -> None:
    """1,000 in two orders, then 2,000, then 4,000, in the three quarters that closed last."""
    for on, amount in [((2025, 7, 2), 500), ((2025, 8, 2), 500), ((2025, 11, 2), 2000), ((2026, 2, 2), 4000)]:
        buy(customer, amount, date(*on))


def stand(customer: Customer, scheme: str, tier: str) -> None:
    assert Standing.objects.filter(customer=customer, scheme__name=scheme).update(tier=tier) == 1


def standing(customer: Customer, scheme: str) -> Standing:
    return Standing.objects.get(customer=customer, scheme__name=scheme)


def sit(at: datetime) -> Any:
    """A night without its other rooms."""
    run = run_scores(as_of=at, now=at)
    review_actions.open_reviews(as_of=at, now=at)
    actions.apply_scores(run=run, now=at)
    review_actions.propose(run=run, now=at)
    return run


@pytest.fixture
def presets(now: datetime) -> None:
    actions.install_presets(now=now)


@pytest.fixture
def house(presets: None, now: datetime) -> dict[str, Customer]:
    """A customer for every kind of proposal, as of the fixed day; the first standings are written."""
    names = ("giant", "growing", "late", "custom", "sleeper", "talker", "promising", "mature", "slowing")
    found = {name: cast.a_customer(name=name, country="DE") for name in names}
    for on in (date(2025, 6, 1), date(2025, 9, 1), date(2026, 1, 1), date(2026, 4, 1)):
        buy(found["giant"], 900_000, on)
        buy(found["late"], 400_000, on)
    double_twice(found["growing"])
    bill(found["late"], date(2026, 2, 1), date(2026, 2, 20))
    bill(found["late"], date(2026, 3, 1), date(2026, 3, 20))
    buy(found["sleeper"], 100, date(2025, 4, 1))
    for name in ("custom", "talker", "promising", "slowing"):
        buy(found[name], 100, date(2026, 5, 1))
    for month in (1, 3, 5, 7, 9, 11):
        buy(found["mature"], 50, date(2025, month, 10))
    buy(found["mature"], 50, date(2026, 1, 10))
    buy(found["mature"], 50, date(2026, 4, 10))
    for name, trait in {"custom": "wants_custom", "talker": "inefficient_talks", "promising": "growth_plan"}.items():
        mark(found[name], trait)
    RhythmAlert.objects.create(
        customer=found["slowing"], kind="slowed", found_at=now - timedelta(days=3), currency="USD", stake=900,
        figures={"days_since_last_order": 50, "cycle_days": 20.0},
    )  # fmt: skip
    actions.apply_scores(run=run_scores(as_of=now, now=now), now=now)
    stand(found["late"], "abc-cumulative", "A")
    stand(found["custom"], "need", "standard")
    return found


class TestWhatAReviewProposes:
    def test_every_kind_with_its_rule_and_figures(self, house: dict[str, Customer], now: datetime) -> None:
        """J-38.1, J-39.1, T-55: at the end of a quarter and of a half year, by itself.

        M-04 opens it; M-05, M-06, M-07, M-09 with M-11 (found before he is lost), M-10 and M-13 propose. Talks that
        lead nowhere are a person's mark with a reason (CN-10).
        """
        sit(now)

        found = {
            (each.customer.name, each.kind): (each.rule, each.from_tier, each.to_tier, each.cause)
            for each in Proposal.objects.select_related("customer")
        }
        assert found["growing", "raise"] == ("M-05", "C", "B", "growth")
        assert found["late", "lower"] == ("M-06", "A", "B", "risk")
        assert found["custom", "need"] == ("M-07", "standard", "custom", "need")
        assert found["talker", "dormant"] == ("M-08-talks", "C", "dormant", "risk")
        assert found["promising", "candidate"] == ("M-13", "C", "B", "growth")
        assert found["mature", "member"][0] == "M-10"
        assert found["slowing", "win_back"][0] == "M-09"
        growing = Proposal.objects.get(customer=house["growing"], kind="raise")
        assert growing.quarters[-3:] == ["1000.00", "2000.00", "4000.00"]
        assert (growing.state, growing.decided_by) == ("open", None)
        assert growing.words["zh-Hans"] != growing.reason
        late = Proposal.objects.get(customer=house["late"], kind="lower")
        assert late.figures["badly_late_invoice_count_year"] == 2
        assert standing(house["growing"], "abc-cumulative").tier == "C"
        assert "no rule fits" not in standing(house["giant"], "service-level").reason
        assert Event.objects.filter(name="review.due").count() == 2

    def test_the_screen_marks_a_year_of_silence_by_itself(self, house: dict[str, Customer], now: datetime) -> None:
        """M-08, J-38.1, M-14: the fact is written down, the judgement proposed; costly treatment ends."""
        sit(now)

        sleeper = standing(house["sleeper"], "abc-cumulative")
        assert (sleeper.tier, sleeper.rule) == ("dormant", "M-08")
        assert not treatment.costly_treatment(house["sleeper"].pk)
        assert treatment.costly_treatment(house["promising"].pk)

    def test_the_same_night_again_changes_nothing(self, house: dict[str, Customer], now: datetime) -> None:
        """M-12: and a screened customer who orders again is awake."""
        run = sit(now)
        before = (
            list(Proposal.objects.order_by("id").values_list("id", "state", "reason")),
            StandingChange.objects.count(),
            Event.objects.count(),
        )

        review_actions.open_reviews(as_of=now, now=now)
        actions.apply_scores(run=run, now=now)
        review_actions.propose(run=run, now=now)

        assert before == (
            list(Proposal.objects.order_by("id").values_list("id", "state", "reason")),
            StandingChange.objects.count(),
            Event.objects.count(),
        )
        buy(house["sleeper"], 100, date(2026, 5, 14))
        sit(now + timedelta(days=2))
        assert standing(house["sleeper"], "abc-cumulative").tier == "C"
        assert treatment.costly_treatment(house["sleeper"].pk)


class TestDoubling:
    """M-05, CN-16, DP-06: each of two closed quarters at least twice the one before, from a base worth the name."""

    @pytest.fixture
    def move(self) -> Any:
        from guanxi.tiering import moves

        return moves.named_move(documents.read_preset("abc-cumulative"), "M-05")

    @pytest.mark.parametrize(
        ("quarters", "orders", "doubled"),
        [
            ([4000, 2000, 1000], 2, True),
            ([9000, 2000, 1000], 2, True),
            ([3999, 2000, 1000], 2, False),  # the second is not twice
            ([4000, 1999, 1000], 2, False),  # the first is not
            ([4000, 2000, 999], 2, False),  # the base is too small
            ([4000, 2000, 1000], 1, False),  # one order is no base
            ([4000, 2000, 0], 0, False),  # from nothing
            ([1000, 2000, 4000], 2, False),  # falling
        ],
    )
    def test_counts_amounts_of_closed_quarters(
        self, move: Any, quarters: list[int], orders: int, doubled: bool
    ) -> None:
        from guanxi.tiering import rules

        figures = {f"spend_quarter_{place}": Decimal(amount) for place, amount in enumerate(quarters, 1)}

        assert bool(rules.holds(move.terms, {**figures, "order_count_quarter_3": orders}, 365)) is doubled

    def test_may_be_told_against_the_year_before(self) -> None:
        """CN-16: the switch for seasonal trades is two words of the scheme."""
        from guanxi.tiering import moves, rules

        text = documents.preset_text("abc-cumulative")
        seasonal = text.replace("{figure: spend_quarter_2, times: 2}", "{figure: spend_quarter_5, times: 2}").replace(
            "{figure: spend_quarter_3, times: 2}", "{figure: spend_quarter_6, times: 2}"
        )
        move = moves.named_move(documents.read_scheme(seasonal), "M-05")
        assert move is not None
        autumn = {"spend_quarter_1": 8000, "spend_quarter_2": 4000, "spend_quarter_3": 2000, "order_count_quarter_3": 5,
                  "spend_quarter_5": 7500, "spend_quarter_6": 3900}  # fmt: skip
        figures = {name: Decimal(amount) for name, amount in autumn.items()}

        assert not rules.holds(move.terms, figures, 365)
        assert rules.holds(
            move.terms, figures | {"spend_quarter_5": Decimal(4000), "spend_quarter_6": Decimal(2000)}, 365
        )

    def test_may_be_decided_by_the_scheme_alone(self, presets: None, lena: Any, now: datetime) -> None:
        """CN-51: a switch makes C → B automatic; DP-07 protects it, although the share says C."""
        by_hand, by_itself = "at: review\n    cause: growth", "at: review\n    decides: automatic\n    cause: growth"
        text = documents.preset_text("abc-cumulative").replace(by_hand, by_itself)
        actions.save_scheme(text=text, now=now)
        Scheme.objects.exclude(name="abc-cumulative").update(is_active=False)
        giant = cast.a_customer(name="giant")
        buy(giant, 900_000, date(2026, 4, 1))
        double_twice(lena.customer)
        run = run_scores(as_of=now, now=now)
        actions.apply_scores(run=run, now=now)

        actions.apply_scores(run=run, now=now)

        found = standing(lena.customer, "abc-cumulative")
        assert (found.tier, found.basis, found.rule) == ("B", "promoted", "M-05")
        assert found.protected_until == now + timedelta(days=180)


class TestOpening:
    def test_waits_for_the_first_standing(self, now: datetime) -> None:
        assert review_actions.open_reviews(as_of=now, now=now) == []

    def test_once_per_quarter_and_half_year(self, standing_of_lena: Standing, now: datetime) -> None:
        """M-04, CN-17: each clock its own."""
        opened = review_actions.open_reviews(as_of=now, now=now)

        assert [(each.kind, str(each.period_from_on), str(each.period_until_on)) for each in opened] == [
            ("quarter", "2026-01-01", "2026-04-01"),
            ("half_year", "2025-07-01", "2026-01-01"),
        ]
        assert review_actions.open_reviews(as_of=now, now=now) == []
        later = now + timedelta(days=60)
        assert [each.kind for each in review_actions.open_reviews(as_of=later, now=later)] == ["quarter", "half_year"]
        assert (
            list(Review.objects.filter(closed_at=None).values_list("period_until_on", flat=True))
            == [date(2026, 7, 1)] * 2
        )
        assert review_actions.open_reviews(as_of=now, now=later) == []

    def test_the_next_one_outdates_what_nobody_decided(self, proposal: Proposal, now: datetime) -> None:
        later = now + timedelta(days=60)
        review_actions.open_reviews(as_of=later, now=later)

        proposal.refresh_from_db()
        assert proposal.state == "outdated"


@pytest.fixture
def standing_of_lena(presets: None, lena: Any, now: datetime) -> Standing:
    scheme = Scheme.objects.get(name="abc-cumulative")
    step = Step(customer_id=lena.customer_id, from_tier=None, to_tier="C", cause="first", rule="C", reason="bought")
    write_steps([step], scheme=scheme, at=now - timedelta(days=9), now=now)
    return Standing.objects.get(customer=lena.customer)


@pytest.fixture
def proposal(standing_of_lena: Standing, now: datetime) -> Proposal:
    review = review_actions.open_reviews(as_of=now, now=now)[0]
    return Proposal.objects.create(
        review=review, customer=standing_of_lena.customer, scheme=standing_of_lena.scheme, kind="raise", rule="M-05",
        cause="growth", from_tier="C", to_tier="B", reason="doubled twice", figures={"currency": "USD"},
        proposed_at=now,
    )  # fmt: skip


class TestDeciding:
    """CN-51, J-39.1: a person decides, with a reason, and it is kept."""

    def test_accepting_moves_the_customer_and_names_who_decided(
        self, proposal: Proposal, ada: Any, now: datetime
    ) -> None:
        """M-15, CN-09, DP-07: cause, rule, figures, policy version, who; protected like any promotion."""
        done = deciding.decide(
            proposal_ids=[proposal.pk], answer="accepted", by=ada, now=now, reason="I know their plans"
        )

        assert (done.done, done.too_late) == (1, 0)
        found = Standing.objects.get(customer=proposal.customer)
        assert (found.tier, found.basis, found.protected_until) == ("B", "promoted", now + timedelta(days=180))
        change = StandingChange.objects.latest("id")
        assert (change.cause, change.rule, change.decided_by, change.scheme_version) == ("growth", "M-05", ada, 1)
        assert change.reason == "I know their plans (doubled twice)"
        told = Event.objects.filter(customer=proposal.customer).order_by("id")
        assert [each.name for each in told][-2:] == ["standing.changed", "proposal.accepted"]
        proposal.refresh_from_db()
        assert (proposal.state, proposal.decided_by, proposal.decision_reason) == (
            "accepted",
            ada,
            "I know their plans",
        )

    @pytest.mark.parametrize("answer", ["kept", "declined"])
    def test_a_refusal_needs_a_reason(self, proposal: Proposal, ada: Any, now: datetime, answer: Any) -> None:
        with pytest.raises(deciding.NoReason):
            deciding.decide(proposal_ids=[proposal.pk], answer=answer, by=ada, now=now, keep_until=date(2027, 1, 1))

    @pytest.mark.parametrize("day", [None, date(2026, 5, 13)])
    def test_keeping_needs_a_later_day(self, proposal: Proposal, ada: Any, now: datetime, day: date | None) -> None:
        with pytest.raises(deciding.NoKeepUntil):
            deciding.decide(proposal_ids=[proposal.pk], answer="kept", by=ada, now=now, reason="wait", keep_until=day)

    def test_keeping_lets_nothing_move_him_until_that_day(self, proposal: Proposal, ada: Any, now: datetime) -> None:
        """J-39: keep until a day, with a reason."""
        deciding.decide(
            proposal_ids=[proposal.pk], answer="kept", by=ada, now=now, reason="wait for autumn",
            keep_until=date(2026, 9, 1),
        )  # fmt: skip

        found = Standing.objects.get(customer=proposal.customer)
        assert (found.tier, found.basis, found.reason) == ("C", "person", "wait for autumn")
        assert found.protected_until is not None
        assert found.protected_until.isoformat() == "2026-08-31T16:00:00+00:00"  # midnight in Shanghai

    def test_a_decided_proposal_is_not_decided_again(
        self, proposal: Proposal, ada: Any, bo: Any, now: datetime
    ) -> None:
        deciding.decide(proposal_ids=[proposal.pk], answer="declined", by=ada, now=now, reason="no")

        again = deciding.decide(proposal_ids=[proposal.pk], answer="accepted", by=bo, now=now)

        assert (again.done, again.too_late) == (0, 1)
        assert Standing.objects.get(customer=proposal.customer).tier == "C"

    def test_a_customer_who_moved_meanwhile_is_left_alone(self, proposal: Proposal, ada: Any, now: datetime) -> None:
        Standing.objects.update(tier="A")

        done = deciding.decide(proposal_ids=[proposal.pk], answer="accepted", by=ada, now=now)

        proposal.refresh_from_db()
        assert (done.done, done.too_late, proposal.state) == (0, 1, "outdated")

    def test_two_workers_never_move_a_customer_twice(self, standing_of_lena: Standing, now: datetime) -> None:
        """Whoever is faster wins; the other one finds the customer elsewhere."""
        step = Step(
            customer_id=standing_of_lena.customer_id,
            from_tier="C",
            to_tier="B",
            cause="growth",
            rule="B",
            reason="more",
        )

        assert write_steps([step], scheme=standing_of_lena.scheme, at=now, now=now) == [step]
        assert write_steps([step], scheme=standing_of_lena.scheme, at=now, now=now) == []
        assert StandingChange.objects.filter(to_tier="B").count() == 1


class TestUndoing:
    def test_an_automatic_move_can_be_undone_with_a_reason(
        self, standing_of_lena: Standing, ada: Any, now: datetime
    ) -> None:
        """CN-51: automatic with undo; the person's word holds until a day."""
        step = Step(standing_of_lena.customer_id, "C", "B", "growth", "B", "more")
        write_steps([step], scheme=standing_of_lena.scheme, at=now, now=now)
        found = Standing.objects.get(customer=standing_of_lena.customer)

        assert deciding.undo_move(
            standing=found, by=ada, reason="one big order only", keep_until=date(2026, 12, 1), now=now
        )

        found.refresh_from_db()
        assert (found.tier, found.basis) == ("C", "person")
        change = StandingChange.objects.latest("id")
        assert (change.cause, change.decided_by, change.reason) == ("person", ada, "one big order only")

    def test_a_first_standing_has_nothing_to_go_back_to(
        self, standing_of_lena: Standing, ada: Any, now: datetime
    ) -> None:
        assert not deciding.undo_move(
            standing=standing_of_lena, by=ada, reason="x", keep_until=date(2026, 12, 1), now=now
        )


class TestTheWorklist:
    def test_sales_see_their_own_customers(self, proposal: Proposal, staff: dict[str, Any]) -> None:
        """J-39, RS-15: scope."""
        assert review_queries.waiting_for(staff["manager"])[0] == 1
        assert review_queries.waiting_for(staff["sales"])[0] == 0

        Customer.objects.update(owner=staff["sales"])
        assert review_queries.waiting_for(staff["sales"])[0] == 1

    @pytest.mark.parametrize(
        ("asked", "count"),
        [
            (Asked(), 1), (Asked(kind="raise"), 1), (Asked(kind="lower"), 0), (Asked(tier="C"), 1),
            (Asked(tier="A"), 0), (Asked(country="DE"), 1), (Asked(country="FR"), 0), (Asked(owner="none"), 1),
            (Asked(owner="1"), 0), (Asked(state="decided"), 0), (Asked(scheme="abc-cumulative"), 1),
            (Asked(scheme="need"), 0),
        ],
    )  # fmt: skip
    def test_is_narrowed(self, proposal: Proposal, ada: Any, asked: Asked, count: int) -> None:
        """J-39, R-17: by owner, country, tier, kind."""
        rows = review_queries.narrowed(review_queries.proposals_for(ada, proposal.review), asked)

        assert rows.count() == count
