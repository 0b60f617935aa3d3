"""`guanxi tier --replay FROM TO`: what a scheme would have done, day by day or month by month."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from guanxi.cli.failure import fail
from guanxi.engine.connection import Engine
from guanxi.tiering import replay
from guanxi.tiering.replay import BadSpan, Every, Replay

MOVES_SHOWN = 20


def dates_of(start: date, end: date, every: Every) -> list[date]:
    """The dates to walk; stops the command when there are none."""
    try:
        return replay.dates_between(start, end, every)
    except BadSpan as error:
        fail(f"--replay: {error}")


def run(engine: Engine, orders: Any, dates: list[date], *, every: Every, out: Path | None, as_json: bool) -> None:
    """Walk the dates over `orders` (tier_sources.Orders) and print what moved."""
    found = replay.replay(engine, orders.scheme, dates=dates, currency=orders.currency, rate=orders.rate)
    document = as_document(found, every=every, currency=orders.currency, notes=orders.notes)
    if out is not None:
        _write(document, out)
    if as_json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(found, every, orders.notes, out)


def as_document(found: Replay, *, every: Every, currency: str, notes: list[str]) -> dict[str, Any]:
    """`by_rules` is where the rules alone would have put the customer on that day; empty for a move at an order."""
    return {
        "scheme": found.scheme.name,
        "from": found.dates[0].at.isoformat(),
        "to": found.dates[-1].at.isoformat(),
        "every": every,
        "currency": currency,
        "counts": dict(found.counts),
        "dates": [
            {"at": each.at.isoformat(), "tiers": dict(each.tiers), "first": each.first, "moved": each.moved}
            for each in found.dates
        ],
        "moves": [
            {"at": move.at.isoformat(), "customer": move.customer, "from": move.from_tier, "to": move.to_tier,
             "rule": move.rule, "by_rules": move.by_rules}
            for move in found.moves
        ],
        "notes": notes,
    }  # fmt: skip


def _write(document: dict[str, Any], path: Path) -> None:
    if path.suffix.lower() not in (".json", ".csv"):
        fail(f"--out {path}: a replay is written as .json or .csv.")
    try:
        with path.open("w", encoding="utf-8-sig" if path.suffix.lower() == ".csv" else "utf-8", newline="") as file:
            if path.suffix.lower() == ".json":
                json.dump(document, file, ensure_ascii=False, indent=2)
            else:
                _write_csv(document["moves"], file)
    except OSError as error:
        fail(f"--out {path} cannot be written ({error}); choose another place.")


def _write_csv(moves: list[dict[str, Any]], file: Any) -> None:
    import csv

    from guanxi.intake.values import guarded

    writer = csv.writer(file)
    writer.writerow(["at", "customer", "from", "to", "rule", "by_rules"])
    for move in moves:
        writer.writerow([guarded(value) for value in move.values()])


def _print(found: Replay, every: Every, notes: list[str], out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    scheme, console = found.scheme, Console(highlight=False)
    console.print(
        f"{scheme.title.get('en', scheme.name)} ({scheme.name}), every {every} "
        f"from {found.dates[0].at} to {found.dates[-1].at}: {len(found.moves):,} moves"
    )
    tiers = list(found.dates[-1].tiers)
    table = Table("At", *tiers, "First", "Moved")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in found.dates:
        table.add_row(
            str(each.at), *(f"{each.tiers.get(tier, 0):,}" for tier in tiers), f"{each.first:,}", f"{each.moved:,}"
        )
    console.print(table)
    for rule, count in found.counts.items():
        console.print(f"  {rule}: {count:,}")
    for move in found.moves[:MOVES_SHOWN]:
        console.print(f"  {move.at}  {move.customer}: {move.from_tier} → {move.to_tier} ({move.rule})")
    if len(found.moves) > MOVES_SHOWN:
        console.print(f"  … and {len(found.moves) - MOVES_SHOWN:,} more; --json or --out moves.csv has them all.")
    for note in notes:
        console.print(note)
    if out is not None:
        console.print(f"Written: {out}", soft_wrap=True)
