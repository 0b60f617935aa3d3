"""`guanxi run-day`: the order of the day."""

from __future__ import annotations

from guanxi.cli.answers import AsJson, At, answer, moment_of


def run_day(at: At = None, as_json: AsJson = False) -> None:
    """Do what is done once a day: expire permissions, measure, decide the tiers. The same moment again does nothing."""
    moment = moment_of(at)
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.pipeline import day

    answer(day.run_day(at=moment), as_json=as_json)
