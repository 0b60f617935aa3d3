"""`guanxi bench`: how fast the product is, against work written by hand for one purpose."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from guanxi.cli.answers import AsJson

app = typer.Typer(help="Measure the product against a baseline written by hand.", no_args_is_help=True)

BY_HAND = "{seconds:.2f} s against {baseline_seconds:.2f} s by hand: ratio {ratio:.2f}, peak {peak_mb:.0f} MB"
WITH_LIFETIMES = (
    "{seconds:.2f} s against {baseline_seconds:.2f} s with lifetimes: {ratio:.0f} times as fast, "
    "peak {peak_mb:.0f} MB against {baseline_peak_mb:.0f}"
)
MAILS = (
    "{mails_per_second:.0f} mails a second against {baseline_mails_per_second:.0f} of {against}: ratio {ratio:.2f}, "
    "peak {peak_mb:.0f} MB"
)


@app.callback()
def bench() -> None:
    """Measure the product against a baseline written by hand."""


@app.command("tier")
def tier(
    customers: Annotated[int, typer.Option(min=100, help="Customers to make up.")] = 1_000_000,
    orders: Annotated[int, typer.Option(min=1_000, help="Orders to make up.")] = 10_000_000,
    pairs: Annotated[int, typer.Option(min=5, help="Alternating pairs of measurements.")] = 7,
    as_json: AsJson = False,
) -> None:
    """RFM with quintiles over made-up orders, against hand-written DuckDB SQL over the same files."""
    from guanxi.cli.benches import tier as tier_bench

    answer = tier_bench.measure(customers=customers, orders=orders, pairs=pairs, say=_say)
    _tell(answer, as_json, BY_HAND)


@app.command("import")
def import_(
    rows: Annotated[int, typer.Option(min=1_000, help="Order lines to make up.")] = 1_000_000,
    pairs: Annotated[int, typer.Option(min=3, help="Alternating pairs of measurements.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Order lines from CSV into SQLite and frames, against DuckDB and a bare insert of the same rows."""
    from guanxi.cli.benches import import_ as import_bench

    answer = import_bench.measure(rows=rows, pairs=pairs, say=_say)
    _tell(answer, as_json, BY_HAND)


@app.command("predict")
def predict(
    customers: Annotated[int, typer.Option(min=1_000, help="Customers to make up.")] = 1_000_000,
    pairs: Annotated[int, typer.Option(min=5, help="Alternating pairs of measurements.")] = 5,
    as_json: AsJson = False,
) -> None:
    """BG/NBD and Gamma-Gamma fitted and every customer predicted, against the package lifetimes."""
    from guanxi.cli.benches import predict as predict_bench

    answer = predict_bench.measure(customers=customers, pairs=pairs, say=_say)
    _tell(answer, as_json, WITH_LIFETIMES)


@app.command("segment")
def segment(
    customers: Annotated[int, typer.Option(min=100, help="Customers to make up.")] = 1_000_000,
    events: Annotated[int, typer.Option(min=1_000, help="Events to make up.")] = 20_000_000,
    pairs: Annotated[int, typer.Option(min=5, help="Alternating pairs of measurements.")] = 7,
    as_json: AsJson = False,
) -> None:
    """A rule of five conditions over made-up events, against hand-written DuckDB SQL over the same files."""
    from guanxi.cli.benches import segment as segment_bench

    answer = segment_bench.measure(customers=customers, events=events, pairs=pairs, say=_say)
    _tell(answer, as_json, "{members:,} members in " + BY_HAND)


@app.command("journeys")
def journeys(
    readers: Annotated[int, typer.Option(min=500, help="Readers whose step is due.")] = 20_000,
    waiting: Annotated[int, typer.Option(min=0, help="Readers who wait beside them.")] = 0,
    enrolments: Annotated[
        int,
        typer.Option(min=0, help="Compare the cost of 1,000 due steps among so many readers with that among 1,000."),
    ] = 0,
    pairs: Annotated[int, typer.Option(min=3, help="Alternating pairs of measurements.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Due steps of journeys, against the bare writes of the same rows in batches of the same size."""
    from guanxi.cli.benches import journeys as journeys_bench

    if enrolments:
        compared = journeys_bench.compare(enrolments=enrolments, pairs=pairs, say=_say)
        _tell(
            compared,
            as_json,
            "{steps_per_second:,.0f} steps a second; a step costs {cost_ratio:.2f} of one among 1,000",
        )
        return
    answer = journeys_bench.measure(readers=readers, waiting=waiting, pairs=pairs, say=_say)
    _tell(answer, as_json, "{steps_per_second:,.0f} steps a second, {ratio:.2f} of the bare writes' rate")


@app.command("reaction")
def reaction(
    seconds: Annotated[int, typer.Option(min=1, help="How long events are posted.")] = 20,
    rate: Annotated[int, typer.Option(min=1, max=1_000, help="Events a second.")] = 100,
    as_json: AsJson = False,
) -> None:
    """From an event posted to the running server until the mail that answers it is taken by smtp-sink."""
    from guanxi.cli.benches import reaction as reaction_bench

    answer = reaction_bench.measure(seconds=seconds, rate=rate, say=_say)
    _tell(
        answer, as_json,
        "{mails} mails answered {events} events at {rate} a second within {median_seconds:.2f} s, 95% of them within "
        "{p95_seconds:.2f} s",
    )  # fmt: skip


@app.command("track")
def track(
    hits: Annotated[int, typer.Option(min=1_000, help="Clicks and loads of the pixel to make.")] = 20_000,
    pairs: Annotated[int, typer.Option(min=3, help="Alternating pairs of measurements.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Clicks and pixels against the running server, every one stored, against the same server's empty answer."""
    from guanxi.cli.benches import track as track_bench

    answer = track_bench.measure(hits=hits, pairs=pairs, say=_say)
    _tell(
        answer, as_json,
        "{hits_per_second:.0f} hits a second, all stored, against {empty_per_second:.0f} empty answers: "
        "ratio {ratio:.2f}, p99 {p99_ms:.1f} ms",
    )  # fmt: skip


@app.command("send")
def send(
    mails: Annotated[int, typer.Option(min=100, help="Mails to send.")] = 20_000,
    pairs: Annotated[int, typer.Option(min=3, help="Alternating pairs of measurements.")] = 5,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Processes; more than one needs PostgreSQL.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Personalised mails through every gate into smtp-sink, against one prebuilt message as often."""
    from guanxi.cli.benches import send as send_bench

    found = send_bench.measure(mails=mails, pairs=pairs, workers=workers, say=_say)
    _tell(found, as_json, MAILS)


def _tell(answer: Mapping[str, Any], as_json: bool, sentence: str) -> None:
    print(json.dumps(answer) if as_json else sentence.format(**answer))


def _say(sentence: str) -> None:
    if sys.stderr.isatty():
        print(sentence, file=sys.stderr)
