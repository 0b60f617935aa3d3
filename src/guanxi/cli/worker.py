"""`guanxi worker`: the order of the day and of the minute, again and again."""

from __future__ import annotations

from typing import Annotated

import typer

from guanxi.cli.answers import AsJson, answer
from guanxi.cli.keys import check_keys


def worker(
    once: Annotated[bool, typer.Option("--once", help="One turn, then end.")] = False,
    as_json: AsJson = False,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Keep the order of the day and of the minute: tiers once a night, journeys and mails every few seconds.

    SIGTERM ends it after the turn under way. On SQLite run one; on PostgreSQL as many as you like.
    """
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    check_keys()
    from guanxi.kernel.clock import utc_now
    from guanxi.pipeline.worker import Worker

    running = Worker(clock=utc_now, with_parent=with_parent)
    running.listen_to_signals()
    if once:
        answer(running.turn(), as_json=as_json)
    else:
        running.run()
