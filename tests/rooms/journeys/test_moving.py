"""A running contact stays on his version until he is moved by choice."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.content.models import Letter, Template
from guanxi.journeys import actions, drafts, moving
from guanxi.journeys.editing import delete_step
from guanxi.journeys.models import Draft, Enrolment, Journey
from guanxi.journeys.reading import GraphError
from guanxi.ledger.models import Contact

pytestmark = pytest.mark.django_db
OWN = """\
key: own
title: Own
trigger: {event: order.placed}
entry: once
steps:
  - {id: first, wait: 5d}
  - {id: second, send: j-17.1, not_after: 3d}
  - {id: third, wait: 30d}
"""


@pytest.fixture
def own(firm: Any, lena: Contact) -> Journey:
    """Lena waits at the first step of the first version."""
    Journey.objects.update(state="draft")
    actions.publish(text=OWN, now=firm.now)
    firm.order(lena)
    firm.turn()
    return Journey.objects.get(key="own")


def _published(text: str, firm: Any) -> Journey:
    actions.publish(text=text, now=firm.now)
    return Journey.objects.get(key="own")


class TestMoving:
    def test_nobody_moves_by_himself(self, own: Journey, firm: Any) -> None:
        _published(OWN.replace("5d", "9d"), firm)
        firm.later(days=5)

        assert firm.letters() == ["j-17.1"]

    def test_who_is_moved_waits_as_the_new_version_says(self, own: Journey, firm: Any) -> None:
        journey = _published(OWN.replace("5d", "9d"), firm)
        firm.later(days=4)

        assert moving.move(journey=journey, now=firm.now) == 1
        firm.later(days=1)
        assert firm.letters() == []
        firm.later(days=4)
        assert firm.letters() == ["j-17.1"]

    def test_says_where_each_lands_and_names_whose_step_is_gone(self, own: Journey, firm: Any, lena: Contact) -> None:
        journey = _published(delete_step(OWN, "first"), firm)

        landings = moving.preview(journey)

        assert [(each.version, each.step, each.to, each.refusal) for each in landings] == [(1, "first", "", "gone")]
        assert [each.contact for each in landings[0].named] == [lena]
        assert moving.move(journey=journey, now=firm.now) == 0
        assert moving.move(journey=journey, now=firm.now, instead={"first": "third"}) == 1
        assert Enrolment.objects.get().step == "third"

    def test_nothing_is_sent_twice_for_having_been_moved(self, own: Journey, firm: Any) -> None:
        firm.later(days=5)
        turned = OWN.replace("  - {id: first, wait: 5d}\n", "").replace(
            "steps:\n", "steps:\n  - {id: third, wait: 1d}\n"
        )
        journey = _published(turned.removesuffix("  - {id: third, wait: 30d}\n"), firm)

        assert [each.refusal for each in moving.preview(journey)] == ["taken"]
        assert moving.move(journey=journey, now=firm.now) == 0


class TestDrafts:
    def test_a_change_can_be_undone_until_it_is_published(self, own: Journey, firm: Any) -> None:
        draft = drafts.begin_from(journey=own, now=firm.now)
        draft = drafts.change(
            key="own", revision=1, by=lambda history: history.with_text(OWN + "# more\n"), now=firm.now
        )
        draft = drafts.change(key="own", revision=2, by=lambda history: history.undone(), now=firm.now)
        assert drafts.history_of(draft).text == OWN
        draft = drafts.change(key="own", revision=3, by=lambda history: history.redone(), now=firm.now)

        with pytest.raises(GraphError, match=r"line 7, step second: no letter 'j-17\.1' is published"):
            drafts.publish(draft=draft, now=firm.now)  # nobody has approved it yet
        letter = Template.objects.get(key="j-17.1")
        Letter.objects.create(template=letter, language="en", subject="x", html="x", text="x", published_at=firm.now)
        version = drafts.publish(draft=draft, now=firm.now)

        assert (version.number, version.text) == (2, OWN + "# more\n")
        assert not Draft.objects.exists()

    def test_nobody_works_on_an_old_one(self, own: Journey, firm: Any) -> None:
        drafts.begin_from(journey=own, now=firm.now)
        drafts.change(key="own", revision=1, by=lambda history: history.with_text("a: b"), now=firm.now)

        with pytest.raises(drafts.Overtaken):
            drafts.change(key="own", revision=1, by=lambda history: history.with_text("c: d"), now=firm.now)

    def test_what_cannot_run_stays_a_draft(self, own: Journey, firm: Any) -> None:
        draft = drafts.begin(key="new", text="key: new", base=None, now=firm.now)

        with pytest.raises(GraphError):
            drafts.publish(draft=draft, now=firm.now)
        assert Draft.objects.filter(key="new").exists()
