"""Workers on campaigns alone, as forked children that a test may kill; see outbox_process for how they are asked.

`fill COUNT` makes a firm, so many readers and a scheduled campaign; `work` works on it until nothing is due and writes
a byte per piece into the file `pieces`; `report` writes down what there is.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.faults import outbox_process

PIECE = 25


def fill(count: str) -> None:
    from django.db import transaction

    from guanxi.campaigns import actions
    from guanxi.firm import actions as firm_actions
    from guanxi.outbox import actions as outbox_actions
    from tests import cast
    from tests.rooms.campaigns import world

    with transaction.atomic():
        firm_actions.describe_firm(changes={"name": "Ningbo Firm Co., Ltd.", "postal_address": "Ningbo"})
        outbox_actions.set_sender(name="Ada Lin", address="sales@ningbo-firm.example")
        world.a_letter("spring", now=cast.NOW)
        world.readers(int(count))
        actions.schedule(campaign=world.a_campaign(timing="now"), by=cast.ada(), now=cast.NOW)


def work() -> None:
    from django.conf import settings

    from guanxi.campaigns import running
    from tests.cast import NOW

    running.READERS_AT_ONCE = PIECE
    with (Path(settings.GUANXI_DATA) / "pieces").open("ab", buffering=0) as pieces:
        while running.work_due(now=NOW, most=1):
            pieces.write(b".")


def report() -> None:
    from django.conf import settings

    from guanxi.campaigns.models import Campaign, Recipient
    from guanxi.ledger.models import Event
    from guanxi.outbox.models import Message

    keys = Counter(Message.objects.values_list("contact", flat=True))
    campaign = Campaign.objects.get()
    answer = {
        "state": campaign.state,
        "counted": campaign.reader_count,
        "readers": Recipient.objects.count(),
        "messages": Message.objects.count(),
        "twice": sum(count > 1 for count in keys.values()),
        "linked": Recipient.objects.filter(message__isnull=False).count(),
        "started": Event.objects.filter(name="campaign.started").count(),
    }
    (Path(settings.GUANXI_DATA) / "report.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    outbox_process.VERBS |= {"fill": fill, "work": work, "report": report}
    outbox_process.main()
