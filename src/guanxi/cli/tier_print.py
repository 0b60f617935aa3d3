"""The overview of `guanxi tier` on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from guanxi.cli.tier_answer import Answer
from guanxi.cli.tier_words import WORDS
from guanxi.intake.rows import Reject
from guanxi.kernel.titles import in_language
from guanxi.tiering import words
from guanxi.tiering.grading import Overview

REJECTS_SHOWN = 5


def print_overview(answer: Answer, out: Path | None) -> None:
    """A table per scheme, then the notes."""
    console = Console(highlight=False)
    for overview in (answer.overview, *answer.others):
        _print_scheme(console, answer, overview)
    print_rejects(console, answer.rejects)
    for note in answer.notes:
        console.print(note)
    if out is not None:
        console.print(f"Written: {out}", soft_wrap=True)


def print_rejects(console: Console, rejects: Sequence[Reject]) -> None:
    """The first rows that were refused, each with its reason."""
    for each in rejects[:REJECTS_SHOWN]:
        place = f"row {each.row}: {each.field}" if each.field else f"row {each.row}"
        console.print(f"{place}: {each.reason}", markup=False, soft_wrap=True)


def _print_scheme(console: Console, answer: Answer, overview: Overview) -> None:
    scheme, told = overview.scheme, WORDS[answer.language]
    window = told["lifetime"] if scheme.window_days is None else told["days"].format(days=scheme.window_days)
    title = in_language(scheme.title, answer.language) or scheme.name
    spend = words.money(overview.spend, scheme.currency)
    counts = told["counts"].format(customers=overview.customers, orders=overview.orders, spend=spend)
    rejected = told["rejected"].format(count=len(answer.rejects)) if answer.rejects else ""
    console.print(told["overview"].format(title=title, name=scheme.name, day=answer.as_of, window=window))
    console.print(counts + rejected)
    share = told["share"]
    table = Table(told["tier"], told["customers"], share, told["spend"].format(currency=scheme.currency), share)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in overview.tiers:
        spend = words.money(row.spend, scheme.currency).removeprefix(f"{scheme.currency} ")
        table.add_row(row.tier, f"{row.customers:,}", f"{row.customer_share:.1%}", spend, f"{row.spend_share:.1%}")
    console.print(table)
