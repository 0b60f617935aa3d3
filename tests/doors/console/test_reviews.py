"""The worklist of a review, the page of a customer's tiers, and the walk through history."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import review_actions
from guanxi.tiering.models import Proposal, Scheme, Standing, StandingChange
from guanxi.tiering.writing import Step, write_steps
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(lena: Contact) -> Proposal:
    """Lena's firm stands in C and is proposed for B, with two late invoices."""
    tiering_actions.install_presets(now=NOW)
    scheme = Scheme.objects.get(name="abc-cumulative")
    step = Step(customer_id=lena.customer_id, from_tier=None, to_tier="C", cause="first", rule="C", reason="bought")
    write_steps([step], scheme=scheme, at=NOW - timedelta(days=9), now=NOW)
    review = review_actions.open_reviews(as_of=NOW, now=NOW)[0]
    return Proposal.objects.create(
        review=review, customer=lena.customer, scheme=scheme, kind="raise", rule="M-05", cause="growth",
        from_tier="C", to_tier="B", reason="doubled twice", words={"zh-Hans": "连续翻倍"}, proposed_at=NOW,
        figures={"currency": "USD", "invoice_count_year": 3, "late_invoice_count_year": 2, "overdue_invoice_count": 0},
        quarters=["0.00"] * 5 + ["1000.00", "2000.00", "4000.00"],
    )  # fmt: skip


def text_of(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


class TestTheWorklist:
    def test_says_so_before_the_first_review(self, ada: Any, signed_in: Any) -> None:
        assert "No review yet" in text_of(signed_in(ada).get("/reviews/"))

    def test_shows_move_rule_figures_quarters_and_payment(self, proposal: Proposal, ada: Any, signed_in: Any) -> None:
        """J-39.1, R-17: now → proposed, the rule in words, the figures, eight quarters, the payment flag."""
        page = text_of(signed_in(ada).get("/reviews/"))

        assert "Alsterkontor" in page
        assert "Spend doubled in two quarters running" in page
        assert "doubled twice" in page
        assert "2 invoices late in 12 months" in page
        assert page.count("<rect ") == 8
        assert "Quarter 1 of 2026" in page

    def test_counts_on_the_home_page_and_in_the_navigation(self, proposal: Proposal, ada: Any, signed_in: Any) -> None:
        """M-04: the review needs a hand."""
        assert "Proposals to decide" in text_of(signed_in(ada).get("/"))

    def test_accepts_in_bulk_with_a_reason(self, proposal: Proposal, ada: Any, signed_in: Any) -> None:
        """CN-51, T-55: who decided what, when and why is kept and shown."""
        client: Client = signed_in(ada)

        answer = client.post(
            "/reviews/decide/",
            {"review": proposal.review_id, "id": [proposal.pk], "answer": "accepted", "reason": "good plans"},
            follow=True,
        )

        assert "1 proposal accepted." in text_of(answer)
        assert Standing.objects.get(customer=proposal.customer).tier == "B"
        decided = text_of(client.get("/reviews/?state=decided"))
        assert "good plans" in decided
        assert str(ada) in decided

    def test_all_of_a_filtered_list_at_once(self, proposal: Proposal, ada: Any, signed_in: Any) -> None:
        asked = {"review": proposal.review_id, "all": "1", "answer": "declined", "reason": "not yet"}

        signed_in(ada).post("/reviews/decide/", asked | {"query": "kind=lower"})
        proposal.refresh_from_db()
        assert proposal.state == "open"

        signed_in(ada).post("/reviews/decide/", asked | {"query": "kind=raise"})
        proposal.refresh_from_db()
        assert (proposal.state, proposal.decision_reason) == ("declined", "not yet")

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"answer": "declined"}, "Say why"),
            ({"answer": "kept", "reason": "x", "keep_until": "2020-01-01"}, "Name a day after today"),
            ({"answer": "accepted", "id": []}, "Tick at least one"),
            ({"answer": "maybe"}, "maybe"),
        ],
    )
    def test_a_wrong_decision_is_refused_whole(
        self, proposal: Proposal, ada: Any, signed_in: Any, fields: dict[str, Any], sentence: str
    ) -> None:
        answer = signed_in(ada).post(
            "/reviews/decide/", {"review": proposal.review_id, "id": [proposal.pk]} | fields, follow=True
        )

        assert sentence in text_of(answer)
        proposal.refresh_from_db()
        assert proposal.state == "open"

    def test_sales_look_at_their_own_and_decide_nothing(
        self, proposal: Proposal, staff: dict[str, Any], signed_in: Any
    ) -> None:
        """RS-15: the scope of a worklist."""
        client: Client = signed_in(staff["sales"])
        assert "Alsterkontor" not in text_of(client.get("/reviews/"))

        Customer.objects.update(owner=staff["sales"])
        page = text_of(client.get("/reviews/"))
        assert "Alsterkontor" in page
        assert "decide-reason" not in page
        assert client.post("/reviews/decide/", {"id": [proposal.pk], "answer": "accepted"}).status_code == 403

    def test_goes_out_as_csv_and_xlsx(self, proposal: Proposal, ada: Any, signed_in: Any) -> None:
        client: Client = signed_in(ada)

        lines = text_of(client.get("/reviews/export/csv")).splitlines()
        assert len(lines) == 2
        assert "doubled twice" in lines[1]
        book = ZipFile(BytesIO(client.get("/reviews/export/xlsx").content))
        assert "xl/worksheets/sheet1.xml" in book.namelist()

    @pytest.mark.parametrize("query", ["review=9999", "review=x"])
    def test_a_review_that_is_not_there(self, proposal: Proposal, ada: Any, signed_in: Any, query: str) -> None:
        assert signed_in(ada).get(f"/reviews/?{query}").status_code == 404


class TestACustomersTiers:
    def test_are_told_with_their_history_and_changed_by_hand(
        self, proposal: Proposal, ada: Any, signed_in: Any
    ) -> None:
        """CN-51, M-15: a person's word, with a reason, until a day; and back again."""
        client: Client = signed_in(ada)
        standing = Standing.objects.get(customer=proposal.customer)
        path = f"/customers/{standing.customer_id}/tiers/"
        assert "bought" in text_of(client.get(path))

        client.post(f"{path}{standing.pk}/", {"tier": "A", "reason": "strategic", "keep_until": "2199-01-01"})

        standing.refresh_from_db()
        assert (standing.tier, standing.basis) == ("A", "person")
        assert StandingChange.objects.latest("id").decided_by == ada
        client.post(f"{path}{standing.pk}/", {"tier": "", "reason": "a mistake", "keep_until": "2199-01-01"})
        standing.refresh_from_db()
        assert standing.tier == "C"

    @pytest.mark.parametrize(
        "fields",
        [{"tier": "Z", "reason": "x"}, {"tier": "A", "reason": ""}, {"tier": "A", "reason": "x", "keep_until": ""}],
    )
    def test_what_makes_no_sense_changes_nothing(
        self, proposal: Proposal, ada: Any, signed_in: Any, fields: dict[str, str]
    ) -> None:
        standing = Standing.objects.get(customer=proposal.customer)

        signed_in(ada).post(
            f"/customers/{standing.customer_id}/tiers/{standing.pk}/", {"keep_until": "2199-01-01"} | fields
        )

        standing.refresh_from_db()
        assert standing.tier == "C"


class TestTheWalkThroughHistory:
    def test_tells_moves_per_step_and_who_stood_where(self, lena: Contact, ada: Any, signed_in: Any) -> None:
        """R-17, M-01: what this scheme would have done; nothing is written."""
        tiering_actions.install_presets(now=NOW)
        for month in (1, 2, 3, 4):
            ledger_actions.record_order(
                customer=lena.customer, number=str(month), placed_at=NOW.replace(month=month), currency="USD", now=NOW,
                stage="completed", lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(100))],
            )  # fmt: skip
        client: Client = signed_in(ada)
        assert 'name="start"' in text_of(client.get("/tiers/replay/"))

        page = text_of(client.get("/tiers/replay/?scheme=lifecycle&start=2026-01-31&end=2026-05-01&every=month"))

        assert "2026-04-30" in page
        assert "Alsterkontor" in page
        assert not Standing.objects.exists()

    @pytest.mark.parametrize(
        "query", ["start=2026-01-01&end=2025-01-01", "start=x&end=y", "start=2000-01-01&end=2026-01-01"]
    )
    def test_a_span_that_cannot_be_walked_is_told(self, ada: Any, signed_in: Any, query: str) -> None:
        tiering_actions.install_presets(now=NOW)

        page = text_of(signed_in(ada).get(f"/tiers/replay/?every=day&{query}"))

        assert 'role="alert"' in page
