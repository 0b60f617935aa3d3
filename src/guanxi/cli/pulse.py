"""`guanxi pulse`: the order of the minute."""

from __future__ import annotations

from guanxi.cli.answers import AsJson, At, answer, moment_of


def pulse(at: At = None, as_json: AsJson = False) -> None:
    """Do what is due: events start journeys, journeys propose, the outbox judges and sends."""
    moment = moment_of(at)
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.pipeline import pulse as minute

    answer(minute.pulse(at=moment), as_json=as_json)
