"""`guanxi rehearse`: figures as JSON, tables and a workbook, in the language that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import fastexcel
import pytest

from guanxi.cli.app import app
from guanxi.cli.failure import CommandFailed
from guanxi.journeys import actions as journeys_actions
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("opened")]

QUIET = """\
key: quiet
title: Quiet
trigger: {silence: 60d}
entry: {again_after: 30d}
steps:
  - {id: letter, send: quiet, not_after: 20d}
"""
ASSUMED = ["--assume", "contact,consent,language"]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], now: datetime) -> Callable[..., str]:
    """What the command says of one customer without contacts who fell silent."""
    journeys_actions.publish(text=QUIET, now=now)
    customer = ledger_actions.create_customer(name="Wharf & Sons", country="GB", now=now)
    ledger_actions.record_order(
        customer=customer, number="PO-1", placed_at=datetime(2026, 1, 5, 9, tzinfo=UTC), currency="EUR", now=now,
        lines=[LineFacts(Decimal(1), Decimal(100))], historical=True,
    )  # fmt: skip

    def run(*more: str) -> str:
        words = ["rehearse", "--from", "2026-01-01", "--to", "2026-06-30", "--journeys", "quiet", *more]
        app(words, standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_answers_one_document_with_what_was_assumed(ask: Callable[..., str]) -> None:
    answer = json.loads(ask(*ASSUMED, "--json"))

    assert (answer["from"], answer["to"], answer["proposals"]) == ("2026-01-01", "2026-06-30", 1)
    assert answer["assumed"] == ["consent", "contact", "language"]
    assert answer["notes"][0] == "Contacts are assumed for customers who have none: 1."
    assert answer["noted"][0] == {"code": "contacts_assumed", "values": {"customers": 1}}


def test_writes_every_letter_into_a_workbook_of_the_readers_language(ask: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "rehearsal.xlsx"

    told = ask(*ASSUMED, "--out", str(path), "--language", "zh-Hans")

    assert "旅程" in told
    assert "为没有联系人的客户补一位读者" in told
    book = fastexcel.read_excel(path)
    letters = book.load_sheet(2, header_row=None).to_arrow().to_pylist()
    assert len(book.sheet_names) == 5
    assert list(letters[-1].values())[:4] == ["quiet", "letter", "quiet", "Wharf & Sons"]


def test_compares_a_version_that_is_tried(ask: Callable[..., str], tmp_path: Path) -> None:
    tried = tmp_path / "quiet.yaml"
    tried.write_text(QUIET.replace("60d", "300d"), encoding="utf-8")

    answer = json.loads(ask(*ASSUMED, "--try", str(tried), "--compare", "--json"))

    assert (answer["proposals"], answer["published"]["proposals"]) == (0, 1)
    assert answer["published"]["notes"] == answer["notes"]


def test_of_a_file_that_cannot_be_written_says_so(ask: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="cannot be written"):
        ask(*ASSUMED, "--out", str(tmp_path / "nowhere" / "rehearsal.xlsx"))
