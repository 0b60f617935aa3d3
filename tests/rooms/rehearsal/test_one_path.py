"""A dry run of one contact's way: the engine's own walk, the outbox's own holds, nothing written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guanxi.content.models import Letter, Template
from guanxi.journeys.graph import read_graph
from guanxi.ledger.models import Contact
from guanxi.rehearsal.one_path import dry_run
from tests import cast

pytestmark = pytest.mark.django_db
OWN = """\
key: own
title: Own
trigger: {event: standing.changed, where: {in_default_scheme: true, to: dormant}}
entry: once
exits: [{reason: awake, when: {tier: {not: dormant}}}]
steps:
  - {id: first, send: own.1, not_after: 2d}
  - {id: rest, wait: 20d, until: {event: order.placed}}
  - {id: which, branch: [{when: {tier: dormant}, go: second}], go: end}
  - {id: second, send: own.2, not_after: 30d}
  - {id: missing, send: own.3, not_after: 3d}
"""


@pytest.fixture
def letters(db: None, now: datetime) -> None:
    for key, kind in (("own.1", "marketing"), ("own.2", "service")):
        template = Template.objects.create(key=key, title=key, kind=kind, created_at=now)
        Letter.objects.create(
            template=template, language="en", version=1, subject="Good morning", html="<p>Hi</p>", text="Hi",
            published_at=now,
        )  # fmt: skip


class TestDryRun:
    def test_follows_the_way_to_its_end_with_holds(self, letters: None, fatima: Contact) -> None:
        """The day before Eid al-Fitr 2026: the first letter waits for its end, which is past its window."""
        now = datetime(2026, 3, 19, 18, tzinfo=UTC)
        cast.permit(fatima, at=now - timedelta(days=30))

        path = dry_run(graph=read_graph(OWN), contact=fatima, now=now)

        assert [stop.step for stop in path.stops] == ["first", "rest", "which", "second", "missing"]
        first, second = path.stop_at("first"), path.stop_at("second")
        assert first is not None
        assert first.preview is not None
        assert (first.preview.leaves_at or now) > now + timedelta(days=2)
        assert first.trouble == "hold_outlasts_expiry"
        assert second is not None
        assert second.preview is not None
        assert (second.at, second.trouble, second.preview.language) == (now + timedelta(days=20), "", "en")
        assert path.stops[-1].trouble == "no_template"
        assert path.ends == "finished"
