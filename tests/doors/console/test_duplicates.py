"""D-01: duplicates are proposed, merged from the list or from a customer's page, and split again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger.models import Customer, Merge, NotTheSame
from guanxi.staff.models import AuditEntry
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> tuple[Customer, Customer]:
    one = cast.a_customer(name="Elbwerk GmbH", domain="elbwerk.example", country="DE")
    other = cast.a_customer(name="Elbwerk", domain="elbwerk.example", city="Hamburg")
    return one, other


@pytest.fixture
def ada_in(ada: Any, signed_in: Any) -> Client:
    return signed_in(ada)


def merge(client: Client, kept: Customer, gone: Customer, **more: str) -> Any:
    return client.post("/duplicates/merge/", {"kept": kept.pk, "gone": gone.pk, **more})


class TestDuplicates:
    """D-01."""

    def test_are_shown_with_both_sides_and_the_reason(self, ada_in: Client, pair: tuple[Customer, Customer]) -> None:
        page = ada_in.get("/duplicates/").content.decode()

        assert "the same domain: elbwerk.example" in page
        assert "Hamburg" in page
        assert page.count("Merge, keep this one") == 2

    def test_are_merged_and_split_again(self, ada_in: Client, pair: tuple[Customer, Customer]) -> None:
        kept, gone = pair

        assert merge(ada_in, kept, gone)["Location"] == f"/customers/{kept.pk}/"
        assert ada_in.get(f"/customers/{gone.pk}/")["Location"] == f"/customers/{kept.pk}/"
        assert "Split" in ada_in.get(f"/customers/{kept.pk}/merge/").content.decode()
        ada_in.post(f"/merges/{Merge.objects.get().pk}/split/")

        assert ada_in.get(f"/customers/{gone.pk}/").status_code == 200
        assert set(AuditEntry.objects.values_list("act", flat=True)) >= {"customer.merged", "customer.split"}

    def test_that_are_not_the_same_are_not_proposed_again(
        self, ada_in: Client, pair: tuple[Customer, Customer]
    ) -> None:
        kept, gone = pair

        ada_in.post("/duplicates/apart/", {"kept": gone.pk, "gone": kept.pk})

        assert NotTheSame.objects.count() == 1
        assert "No duplicates in sight" in ada_in.get("/duplicates/").content.decode()

    def test_are_merged_once(self, ada_in: Client, pair: tuple[Customer, Customer]) -> None:
        kept, gone = pair
        merge(ada_in, kept, gone, back="duplicates")

        assert merge(ada_in, kept, gone).status_code == 404

    def test_are_looked_for_from_a_customer(self, ada_in: Client, pair: tuple[Customer, Customer]) -> None:
        kept, gone = pair

        found = ada_in.get(f"/customers/{kept.pk}/merge/?q=elbwerk").content.decode()
        both = ada_in.get(f"/customers/{kept.pk}/merge/?with={gone.pk}").content.decode()

        assert f"?with={gone.pk}" in found
        assert "Merge, keep this one" in both

    def test_of_a_colleague_stay_his(
        self, signed_in: Any, staff: dict[str, Any], pair: tuple[Customer, Customer], now: datetime
    ) -> None:
        kept, gone = pair
        Customer.objects.filter(pk=kept.pk).update(owner=staff["sales"])
        client = signed_in(staff["sales"])

        assert merge(client, kept, gone).status_code == 404
        assert "No duplicates" in client.get("/duplicates/").content.decode()
