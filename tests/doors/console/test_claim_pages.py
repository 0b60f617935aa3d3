"""F-01…F-17 in the console: the list, one report, and its file."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from guanxi.console.claim_pages import HEADINGS, NEED_WORDS
from guanxi.firm import actions as firm_actions
from guanxi.firm.models import Benchmark
from guanxi.insights.claims.data import THERE
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_in(ada: Any, signed_in: Any) -> Client:
    firm_actions.report_in(currency="EUR")
    now = clock.utc_now()
    for number in range(2):
        ledger_actions.record_order(
            customer=cast.a_customer(name=f"Buyer {number}"), number=f"PO-{number}",
            placed_at=now - timedelta(days=number + 1), currency="EUR", now=now,
            lines=[LineFacts(Decimal(1), Decimal(50))],
        )  # fmt: skip
    return signed_in(ada)


def test_the_list_says_which_run_and_what_the_others_need(ada_in: Client) -> None:
    page = ada_in.get("/claims/").content.decode()

    assert page.count('href="/claims/F-') == 17
    assert "runs" in page
    assert "inquiries, sign-ups or visits" in page
    assert set(NEED_WORDS) == set(THERE)


def test_a_report_shows_its_table_and_the_size_of_groups(ada_in: Client) -> None:
    assert "the best fifth" in ada_in.get("/claims/F-14/").content.decode()
    assert "needs 797 customers" in ada_in.get("/claims/F-01/").content.decode()
    assert "Still needed:" in ada_in.get("/claims/F-17/").content.decode()


@pytest.mark.parametrize("claim_id", ["F-01", "F-03", "F-04", "F-07", "F-08", "F-14", "F-15"])
def test_each_that_runs_on_orders_has_headings_and_a_file(ada_in: Client, claim_id: str) -> None:
    text = b"".join(ada_in.get(f"/claims/{claim_id}/csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    heading = text.splitlines()[0].split(",")
    assert {name.removesuffix("_of").removesuffix("_low").removesuffix("_high") for name in heading} <= set(HEADINGS)
    assert ada_in.get(f"/claims/{claim_id}/xlsx").content[:2] == b"PK"
    assert ada_in.get(f"/claims/{claim_id}/").status_code == 200


def test_what_is_no_claim_is_not_found(ada_in: Client) -> None:
    assert ada_in.get("/claims/F-99/").status_code == 404
    assert ada_in.get("/claims/F-17/csv").status_code == 404


def test_a_benchmark_is_entered_with_its_source(ada_in: Client) -> None:
    """F-13."""
    given = {"figure": "opened", "percent": "21.5"}
    assert "Name the source" in ada_in.post("/claims/F-13/", given).content.decode()
    assert not Benchmark.objects.exists()

    assert ada_in.post("/claims/F-13/", given | {"source": "A study, 2025"}).status_code == 302

    kept = Benchmark.objects.get()
    assert (kept.report, kept.figure, str(kept.percent), kept.source) == ("F-13", "opened", "21.50", "A study, 2025")
    assert ada_in.post("/claims/F-13/", {"figure": "opened"}).status_code == 302
    assert not Benchmark.objects.exists()
    assert ada_in.post("/claims/F-14/", given).status_code == 404
