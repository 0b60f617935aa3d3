"""No list brings back a person who was erased (RL-10)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from guanxi.consent import queries
from guanxi.consent.erased import bar, erased_among
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.ledger.models import Contact, Customer, Order

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

ORDERS = """Order No,Customer,E-mail,Contact Name,Date,Amount,Currency
1,Alsterkontor,lena@alsterkontor.example,Lena Petersen,2026-01-03,100,EUR
2,Alsterkontor,Karl@Alsterkontor.example,Karl Ohm,2026-01-04,50,EUR
"""
CUSTOMERS = """客户编号,客户名称,国家,邮箱,联系人
1,Lena Petersen,德国,LENA@alsterkontor.example,Lena Petersen
2,Elbwerk GmbH,德国,,
"""


@pytest.fixture(autouse=True)
def lena_is_erased(now: datetime) -> None:
    bar(address_keys=[queries.address_key("lena@alsterkontor.example")], now=now)


class TestReImporting:
    def test_refuses_the_row_as_suppressed_and_keeps_nothing_of_it(self, run: Run, data_folder: Path) -> None:
        """RL-10: re-import is refused as suppressed."""
        answer = run(ORDERS)

        assert (answer["accepted"], answer["rejected"]) == (1, 1)
        assert "suppressed" in answer["rejects"][0]["reason"]
        assert [contact.email_key for contact in Contact.objects.all()] == ["karl@alsterkontor.example"]
        assert Order.objects.count() == 1
        kept = json.dumps([answer, *RejectedRow.objects.values_list("content", flat=True)])
        kept += json.dumps(list(ImportRun.objects.values_list("result", flat=True)))
        kept += "".join(path.read_text() for path in (data_folder / "rejects").glob("*"))
        assert "lena" not in kept.casefold()

    def test_makes_no_customer_of_his_name(self, run: Run) -> None:
        run(CUSTOMERS)

        assert [customer.name for customer in Customer.objects.all()] == ["Elbwerk GmbH"]

    def test_tells_the_erased_among_many(self) -> None:
        many = [f"reader{number}@a.example" for number in range(1200)]

        assert erased_among([*many, "lena@alsterkontor.example"]) == {"lena@alsterkontor.example"}
