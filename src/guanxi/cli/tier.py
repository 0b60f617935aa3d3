"""`guanxi tier`: who is in which tier, how much money that is, and why."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanxi.cli.answers import LANGUAGES, DateOrderOption, Language, language_named
from guanxi.cli.failure import day_named, fail

if TYPE_CHECKING:
    from guanxi.cli.tier_answer import Answer
    from guanxi.cli.tier_explain import Explained
    from guanxi.cli.tier_sources import Wishes


EVERY_SCHEME = "all"


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
    scheme: Annotated[
        str | None, typer.Option(help="A scheme's name, a YAML file, or all; by default rfm-firm.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Day of the answer; by default the day after the file's last order, or today.")
    ] = None,
    date_order: DateOrderOption = None,
    invoices: Annotated[
        Path | None, typer.Option(help="Invoices of the file's customers with due and paid days: payment credit.")
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
    language: Annotated[
        Language,
        typer.Option(help="Language of the reasons, in --out files too.", parser=language_named, metavar=LANGUAGES),
    ] = "en",
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
    from guanxi.cli import tier_explain, tier_files, tier_print, tier_sources
    from guanxi.cli.tier_sources import Wishes
    from guanxi.engine.connection import open_engine

    is_every = scheme == EVERY_SCHEME
    named = None if is_every else scheme
    wishes = Wishes(
        _day(as_of), _currency(currency), dict(map(_rate, rate or [])), returns.value, date_order or "", invoices
    )
    if file is None and invoices is not None:
        fail("--invoices belongs to a FILE of orders; into the workspace they come with `guanxi import`.")
    if replay is not None:
        _replay(file, scheme, wishes, replay, every=every, mapping=mapping, out=out, as_json=as_json)
        return
    if out is not None:
        tier_files.writer_for(out)
    with open_engine() as engine:
        with _waiting("Reading the orders and measuring the customers"):
            if file is None:
                answer = tier_sources.answer_workspace(engine, named, wishes, is_every_scheme=is_every)
            else:
                chosen = tier_sources.scheme_named(named)
                answer = tier_sources.answer_file(
                    engine, file, chosen, wishes, mapping=mapping, is_every_scheme=is_every
                )  # fmt: skip
        answer = replace(answer, language=language)
        explained = [] if explain is None else tier_explain.explain(answer, explain)
        if out is not None:
            tier_files.write(answer, out)
        if as_json:
            print(json.dumps(_document(answer, explained), ensure_ascii=False, indent=2))
        else:
            tier_print.print_overview(answer, out)
            tier_explain.print_explained(explained)


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

    start, end = (day_named(text, "--replay") for text in span)
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


def _document(answer: Answer, explained: list[Explained]) -> dict[str, Any]:
    from guanxi.cli import tier_explain

    document = answer.document()
    return document | {"explain": tier_explain.document(explained)} if explained else document


def _day(text: str | None) -> date | None:
    return None if text is None else day_named(text, "--as-of")


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
