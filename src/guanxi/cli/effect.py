"""`guanxi effect`: what an experiment did, arm by arm, with intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanxi.cli.failure import fail

if TYPE_CHECKING:
    from guanxi.insights.experiments import Comparison, Experiment
    from guanxi.kernel.effect import Interval, Sample


def effect(
    file: Annotated[Path, typer.Argument(help="One row per participant: CSV, TSV, Excel, JSON or Parquet.")],
    arm: Annotated[str, typer.Option(help="The column that names what a participant got.")],
    control: Annotated[str, typer.Option(help="The value of that column for those who got nothing.")],
    outcome: Annotated[list[str], typer.Option(help="The columns measured, separated by commas.")],
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Confidence of the intervals.")] = 0.95,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")] = False,
) -> None:
    """Measure any experiment: difference and ratio to the control with their intervals, per arm and outcome.

    Differences are Welch's, ratios the delta method's on the logarithm. Reads the file only; no database is touched.
    """
    from guanxi.insights.experiments import experiment_of
    from guanxi.intake.rows import UnusableFile

    names = [each.strip() for part in outcome for each in part.split(",") if each.strip()]
    if not names:
        fail("--outcome names no column.")
    try:
        found = experiment_of(file, arm=arm, control=control, outcomes=list(dict.fromkeys(names)), level=level)
    except UnusableFile as problem:
        fail(str(problem))
    if as_json:
        print(json.dumps(document_of(found), ensure_ascii=False, indent=2))
    else:
        _print(found)


def document_of(found: Experiment) -> dict[str, Any]:
    """The JSON answer."""
    arms: dict[str, dict[str, Any]] = {}
    for each in found.comparisons:
        arms.setdefault(each.arm, {})[each.outcome] = _document(each)
    return {
        "control": found.control,
        "level": found.level,
        "rows": found.rows,
        "left_out": found.left_out,
        "unreadable": found.unreadable,
        "controls": {name: _measured(sample) for name, sample in found.controls.items()},
        "arms": [{"arm": arm, "outcomes": outcomes} for arm, outcomes in arms.items()],
    }


def _measured(sample: Sample) -> dict[str, Any]:
    mean = sample.mean if sample.count else None
    return {"count": sample.count, "mean": mean, "sum": sample.mean * sample.count}


def _document(each: Comparison) -> dict[str, Any]:
    return {
        **_measured(each.sample),
        "missing": each.missing,
        "difference": _bounds(each.effect.difference),
        "ratio": _bounds(each.effect.ratio),
        "p_value": each.effect.p_value,
        "is_clear": each.effect.is_clear,
    }


def _bounds(interval: Interval) -> dict[str, float | None]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def _print(found: Experiment) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    percent = f"{found.level * 100:g} %"
    table = Table(
        "Arm", "Outcome", "Participants", "Mean", f"Control ({found.control})", f"Difference ({percent})",
        f"Ratio ({percent})",
    )  # fmt: skip
    for each in found.comparisons:
        table.add_row(
            each.arm, each.outcome, f"{each.sample.count:,}",
            f"{each.sample.mean:.5g}" if each.sample.count else "–",
            f"{found.controls[each.outcome].mean:.5g}", _told(each.effect.difference), _told(each.effect.ratio),
            style="bold" if each.effect.is_clear else None,
        )  # fmt: skip
    console.print(table)
    if found.left_out:
        console.print(f"Rows that name no arm, left out: {found.left_out:,}.")
    if found.unreadable:
        console.print(f"Rows with too few or too many cells, left out: {found.unreadable:,}.")
    undefined = [name for name, sample in found.controls.items() if sample.count and sample.mean <= 0]
    if undefined:
        console.print(f"No ratio to a control whose mean is zero or below: {', '.join(undefined)}.")
    if len(found.comparisons) > 1:
        console.print(
            f"{len(found.comparisons)} comparisons are shown, each with an interval of its own: of twenty without any "
            "effect one would look clear at 95 %."
        )


def _told(interval: Interval) -> str:
    if interval.estimate is None:
        return "–"
    if interval.low is None or interval.high is None:
        return f"{interval.estimate:.4g} (too few data)"
    return f"{interval.estimate:.4g} ({interval.low:.4g} to {interval.high:.4g})"
