"""`guanxi tier`: who is in which tier, how much money that is, and why."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanxi.cli.failure import fail

if TYPE_CHECKING:
    from guanxi.cli.tier_answer import Answer
    from guanxi.cli.tier_sources import Wishes
    from guanxi.tiering.rules import Check, Decision


class ReturnsChoice(StrEnum):
    NET = "net"
    IGNORE = "ignore"


class EveryChoice(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def tier(
    file: Annotated[
        Path | None, typer.Argument(help="Orders: CSV, TSV, Excel, JSON or Parquet. Without it: the workspace.")
    ] = None,
    scheme: Annotated[str | None, typer.Option(help="A scheme's name or a YAML file; by default rfm-firm.")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Day of the answer; by default the day after the file's last order, or today.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of the answer, and of amounts that name none.")] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="GBP=1.60: one GBP in the scheme's currency (in --currency for a scheme without amounts)."),
    ] = None,
    returns: Annotated[
        ReturnsChoice, typer.Option(help="net: cancellations and returns lower the spend; ignore: they are left out.")
    ] = ReturnsChoice.NET,
    mapping: Annotated[Path | None, typer.Option(help="YAML file that says which column is what.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write one row per customer: .xlsx, .csv, .parquet or .json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")] = False,
    explain: Annotated[
        str | None, typer.Option(help="A customer: every rule with his figures, passed or missed by how much.")
    ] = None,
    replay: Annotated[
        tuple[str, str] | None,
        typer.Option(help="FROM TO: walk history and report every move; the first day gives the starting tiers."),
    ] = None,
    every: Annotated[EveryChoice, typer.Option(help="How often a replay computes the tiers.")] = EveryChoice.MONTH,
) -> None:
    """Put every customer into a tier, with the money of each tier and the reasons.

    With FILE nothing but the file is read, and no database is touched. Without FILE the orders of the workspace are
    taken; the standings there are not changed, which `guanxi run-day` does.
    """  # fmt: skip
    from guanxi.cli import tier_files, tier_sources
    from guanxi.cli.tier_sources import Wishes
    from guanxi.engine.connection import open_engine

    wishes = Wishes(_day(as_of), _currency(currency), dict(map(_rate, rate or [])), returns.value)
    if replay is not None:
        _replay(file, scheme, wishes, replay, every=every, mapping=mapping, out=out, as_json=as_json)
        return
    if out is not None:
        tier_files.writer_for(out)
    with open_engine() as engine:
        with _waiting("Reading the orders and measuring the customers"):
            if file is None:
                answer = tier_sources.answer_workspace(engine, scheme, wishes)
            else:
                chosen = tier_sources.scheme_named(scheme)
                answer = tier_sources.answer_file(engine, file, chosen, wishes, mapping=mapping)
        explained = None if explain is None else answer.decision_of(explain)
        if out is not None:
            tier_files.write(answer, out)
        if as_json:
            print(json.dumps(_document(answer, explained), ensure_ascii=False, indent=2))
        else:
            _print_overview(answer, out)
            if explained:
                _print_decision(answer, *explained)


def _replay(
    file: Path | None,
    scheme: str | None,
    wishes: Wishes,
    span: tuple[str, str],
    *,
    every: EveryChoice,
    mapping: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    from guanxi.cli import tier_replay, tier_sources
    from guanxi.engine.connection import open_engine

    start, end = (_named_day(text, "--replay") for text in span)
    dates = tier_replay.dates_of(start, end, every.value)
    wishes = replace(wishes, as_of=dates[-1])
    with open_engine() as engine:
        with _waiting("Reading the orders"):
            if file is None:
                orders = tier_sources.read_workspace(engine, scheme, wishes)
            else:
                chosen = tier_sources.scheme_named(scheme)
                orders = tier_sources.read_file(engine, file, chosen, wishes, mapping=mapping)
        with _waiting("Walking history"):
            tier_replay.run(engine, orders, dates, every=every.value, out=out, as_json=as_json)


def _waiting(sentence: str) -> AbstractContextManager[object]:
    """A moving sign on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(f"{sentence} …")


def _document(answer: Answer, explained: tuple[str, Decision] | None) -> dict[str, Any]:
    document = answer.document()
    if explained is None:
        return document
    from guanxi.tiering import words

    name, decision = explained
    currency = answer.scheme.currency
    return document | {
        "explain": {
            "customer": name,
            "tier": decision.tier,
            "rule": decision.rule,
            "reason": words.reason(decision, currency),
            "rules": [
                {
                    "rule": outcome.rule,
                    "tier": outcome.tier,
                    "passed": outcome.passed,
                    "decided": outcome.decided,
                    "checks": [_check_document(check, currency) for check in outcome.checks],
                }
                for outcome in decision.outcomes
            ],
        }
    }


def _check_document(check: Check, currency: str) -> dict[str, Any]:
    from guanxi.tiering import words

    fields = check._asdict() | {"missed_by": check.missed_by, "words": words.check_words(check, currency)}
    del fields["source"]
    return {key: float(value) if isinstance(value, Decimal) else value for key, value in fields.items()}


def _print_overview(answer: Answer, out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from guanxi.tiering import words

    scheme, overview = answer.scheme, answer.overview
    console = Console(highlight=False)
    window = "whole lifetime" if scheme.window_days is None else f"last {scheme.window_days} days"
    console.print(f"{scheme.title.get('en', scheme.name)} ({scheme.name}) as of {answer.as_of}, window: {window}")
    console.print(
        f"{overview.customers:,} customers, {overview.orders:,} orders, {words.money(overview.spend, scheme.currency)}"
        f"{f', {answer.rejected:,} rows rejected' if answer.rejected else ''}"
    )
    table = Table("Tier", "Customers", "Share", f"Spend in {scheme.currency}", "Share")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in overview.tiers:
        spend = words.money(row.spend, scheme.currency).removeprefix(f"{scheme.currency} ")
        table.add_row(row.tier, f"{row.customers:,}", f"{row.customer_share:.1%}", spend, f"{row.spend_share:.1%}")
    console.print(table)
    for note in answer.notes:
        console.print(note)
    if out is not None:
        console.print(f"Written: {out}", soft_wrap=True)


def _print_decision(answer: Answer, name: str, decision: Decision) -> None:
    from guanxi.tiering import words

    currency = answer.scheme.currency
    print(f"\n{name}: {decision.tier}, because {words.reason(decision, currency)}")
    for outcome in decision.outcomes:
        verdict = (
            "decides" if outcome.decided else "would fit, but an earlier rule decides" if outcome.passed else "missed"
        )
        print(f"  {outcome.rule} → {outcome.tier}: {verdict}")
        for check in outcome.checks:
            print(f"    {'passed' if check.passed else 'missed'}  {words.check_words(check, currency)}")
    print(f"  otherwise → {answer.scheme.otherwise}{': decides' if decision.rule == 'otherwise' else ''}")


def _day(text: str | None) -> date | None:
    return None if text is None else _named_day(text, "--as-of")


def _named_day(text: str, option: str) -> date:
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        fail(f"{option} {text!r} is no day; write it as 2026-03-31.")


def _currency(text: str | None, option: str = "--currency") -> str | None:
    if text is None:
        return None
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        fail(f"{option} {text!r} is no currency; write its three letters, such as EUR.")
    return code


def _rate(text: str) -> tuple[str, Decimal]:
    name, _, number = text.partition("=")
    try:
        value = Decimal(number.strip())
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or not 0 < value < 10**8:
        fail(f"--rate {text!r} will not do; write GBP=1.60 for one GBP in the scheme's currency.")
    return _currency(name, option="--rate") or "", value
