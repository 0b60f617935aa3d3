"""Schemes and tiers through the machine door."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact
from guanxi.scoring import actions as scoring_actions
from guanxi.staff import actions as staff_actions
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import documents
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(ada: Any, lena: Contact) -> Any:
    """Asks with a key that sees everything, once Lena's tiers are computed."""
    tiering_actions.install_presets(now=NOW)
    ledger_actions.record_order(
        customer=lena.customer, number="A-1", placed_at=NOW - timedelta(days=3), currency="USD", now=NOW,
        lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(100))],
    )  # fmt: skip
    run = scoring_actions.run_scores(as_of=NOW, now=NOW)
    tiering_actions.apply_scores(run=run, now=NOW)
    _, key = staff_actions.issue_token(actor=ada, name="erp", kind="api", role="admin", now=NOW)
    return lambda path: Client().get(f"/api/{path}", headers={"Authorization": f"Bearer {key}"})


def test_a_customer_with_his_coordinates_reasons_and_label(get: Any, lena: Contact) -> None:
    """T-30, T-34, CN-07, D-29: three coordinates at once, each with why and what would change it."""
    found = {each["scheme"]: each for each in get(f"customers/{lena.customer_id}/tiers").json()}

    assert set(found) == set(documents.ACTIVE_PRESETS)
    assert (found["abc-cumulative"]["tier"], found["stage"]["tier"], found["need"]["tier"]) == (
        "A",
        "trial",
        "standard",
    )
    assert found["abc-cumulative"]["label"] == "A – core – weekly follow-up"
    assert "in 365 days" in found["abc-cumulative"]["reason"]
    assert any("Without a new order" in sentence for sentence in found["lifecycle"]["outlook"])
    assert found["abc-cumulative"]["gates"][0]["state"] == "unknown"


def test_in_chinese(get: Any, lena: Contact) -> None:
    found = get(f"customers/{lena.customer_id}/tiers?language=zh-Hans").json()

    labels = {each["scheme"]: each["label"] for each in found}
    assert labels["abc-cumulative"] == "A类-核心客户-每周跟进"


def test_schemes_and_their_tables(get: Any) -> None:
    schemes = get("schemes").json()
    table = get("schemes/rfm-firm/table").json()

    assert schemes[0]["name"] == "rfm-firm"
    assert {each["name"] for each in schemes} == set(documents.preset_names())
    assert sum(row["customers"] for row in table["tiers"]) == table["customers"] == 1
    assert get("schemes/rfm-001/table").status_code == 404
    assert get("schemes/nonsense/table").status_code == 404
