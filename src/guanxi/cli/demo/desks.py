"""What people at the made-up exporter do with their tasks: most of them in time, some of them not at all."""

from __future__ import annotations

from datetime import datetime
from random import Random

from guanxi.cli.demo.books import SEED
from guanxi.desk import actions as desk_actions
from guanxi.desk.models import Task

DONE_IN_TIME = 0.8
# One works on what is due before the next time one looks.
AHEAD = 0.5


class Desks:
    """Decides of each task once, when more than half of its time is over, whether it is done."""

    def __init__(self) -> None:
        self.dice = Random(SEED)  # noqa: S311
        self.seen: set[int] = set()

    def work(self, now: datetime) -> None:
        for task in Task.objects.open().exclude(pk__in=self.seen).select_related("owner").order_by("pk"):
            if now < task.opened_at + (task.due_at - task.opened_at) * AHEAD:
                continue
            self.seen.add(task.pk)
            if self.dice.random() < DONE_IN_TIME:
                desk_actions.finish_task(task=task, now=now, by=task.owner)
