"""A newcomer's first command: a made-up exporter, filled once, kept afterwards."""

from __future__ import annotations

import json
import time

import pytest

from tests.conftest import Workspace

ASK = """
from collections import Counter
import json
from guanxi.ledger.models import Contact, Customer, Event, Invoice, Note, Order
from guanxi.outbox.models import Message, Verdict
from guanxi.journeys.models import Enrolment
from guanxi.desk.models import Task
from guanxi.offers.models import Redemption
from guanxi.papers.models import Answer, Document, Given
from guanxi.tiering.models import Standing, StandingChange
print(json.dumps({
    "customers": Customer.objects.count(),
    "owned": Customer.objects.filter(owner__isnull=False).count(),
    "countries": Customer.objects.values("country").distinct().count(),
    "currencies": sorted(set(Order.objects.values_list("currency", flat=True))),
    "unconverted": Order.objects.filter(amount_reporting__isnull=True).count(),
    "standings": Counter(Standing.objects.filter(scheme__is_default=True).values_list("tier", flat=True)),
    "moved": StandingChange.objects.exclude(cause="first").count(),
    "states": Counter(Message.objects.values_list("state", flat=True)),
    "templates": Counter(Message.objects.values_list("template__key", flat=True)),
    "languages": Counter(Message.objects.filter(state="accepted").values_list("language", flat=True)),
    "reasons": Counter(Verdict.objects.exclude(outcome="pass").values_list("reason", flat=True)),
    "events": Counter(Event.objects.filter(is_historical=False).values_list("name", flat=True)),
    "orders": Order.objects.count(),
    "documents": Document.objects.count(),
    "given": Given.objects.count(),
    "uses": Redemption.objects.filter(state="accepted", amount__gt=0).count(),
    "answers": Answer.objects.count(),
    "problems": Answer.objects.filter(names_problem=True).count(),
    "tasks": Counter(Task.objects.values_list("state", flat=True)),
}))
"""


@pytest.fixture
def filled(empty_workspace: Workspace) -> Workspace:
    result = empty_workspace.run("demo", "--data", str(empty_workspace.folder), "--no-serve", timeout=900)
    assert result.returncode == 0, result.stderr
    return empty_workspace


@pytest.mark.long
class TestDemo:
    def test_fills_a_whole_exporter_and_keeps_it(self, filled: Workspace) -> None:
        found = json.loads(filled.run("manage", "shell", "--no-imports", "-c", ASK).stdout.splitlines()[-1])

        assert 600 <= found["customers"] <= 700
        assert found["owned"] > 300
        assert found["countries"] >= 15
        assert found["currencies"] == ["EUR", "GBP", "JPY", "USD"]
        assert found["unconverted"] == 0
        assert sum(found["standings"].values()) == found["customers"]
        assert len(found["standings"]) >= 4
        assert found["moved"] > 20
        assert found["states"]["accepted"] > 100
        assert found["states"]["suppressed"] > 5
        assert {"j-04.1", "j-17.1"} <= set(found["templates"])
        assert {"en", "de", "ja", "ar"} <= set(found["languages"])
        assert len(found["reasons"]) >= 3
        assert found["events"]["email.clicked"] > 5
        assert found["documents"] > 10
        assert found["given"] > 0
        assert found["uses"] >= 5
        assert found["answers"] > max(3, found["problems"])
        assert found["tasks"]["done"] > found["tasks"]["open"] > 0
        self.check_the_drawer(filled, found["states"]["accepted"])
        self.check_a_second_start(filled, found["orders"])

    @staticmethod
    def check_the_drawer(filled: Workspace, accepted: int) -> None:
        letters = list((filled.folder / "drawer").glob("*.eml"))

        assert len(letters) == accepted

    @staticmethod
    def check_a_second_start(filled: Workspace, orders: int) -> None:
        began = time.monotonic()
        result = filled.run("demo", "--data", str(filled.folder), "--no-serve")
        again = json.loads(filled.run("manage", "shell", "--no-imports", "-c", ASK).stdout.splitlines()[-1])

        assert "lin.ruoxi@paperboat.example" in result.stdout
        assert time.monotonic() - began < 240
        assert again["orders"] == orders

    def test_leaves_a_workspace_of_somebody_alone(self, workspace: Workspace) -> None:
        create = (
            "from guanxi.kernel.clock import utc_now; from guanxi.ledger.actions import create_customer;"
            "create_customer(name='Alsterkontor', now=utc_now())"
        )
        for arguments in (["migrate"], ["shell", "--no-imports", "-c", create]):
            done = workspace.run("manage", *arguments)
            assert done.returncode == 0, done.stderr

        result = workspace.run("demo", "--data", str(workspace.folder), "--no-serve")

        assert result.returncode == 1
        assert "choose another folder" in result.stderr
