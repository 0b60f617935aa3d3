"""What somebody builds before it is published: one sitting per journey, with everything that can be undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from guanxi.content import queries as content_queries
from guanxi.journeys import actions
from guanxi.journeys.editing import History
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Draft, Journey, Version
from guanxi.journeys.reading import LONGEST_TEXT, GraphError
from guanxi.journeys.steps.send import Send

Change = Callable[[History], History]


class Overtaken(Exception):
    """Somebody else has changed the draft meanwhile."""


def begin(*, key: str, text: str, base: Version | None, now: datetime) -> Draft:
    """The draft of that journey; one that is under way stays as it is."""
    draft, _ = Draft.objects.get_or_create(
        key=key, defaults={"base": base, "texts": [text], "place": 0, "changed_at": now}
    )
    return draft


def begin_from(*, journey: Journey, now: datetime) -> Draft:
    """A draft that begins with the live version."""
    version = journey.live_version
    return begin(key=journey.key, text=version.text if version else "", base=version, now=now)


def history_of(draft: Draft) -> History:
    return History(tuple(draft.texts), draft.place)


def change(*, key: str, revision: int, by: Change, now: datetime) -> Draft:
    """Take one change, an undo or a redo. Raises GraphError, Overtaken; then nothing is changed."""
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(key=key)
        if draft.revision != revision:
            raise Overtaken
        was = history_of(draft)
        history = by(was)
        if history == was:
            return draft
        if len(history.text) > LONGEST_TEXT:
            raise GraphError(1, "", "the text is longer than 64 KB; split the journey.")
        draft.texts, draft.place = list(history.texts), history.place
        draft.revision, draft.changed_at = draft.revision + 1, now
        draft.save()
    return draft


def publish(*, draft: Draft, now: datetime) -> Version:
    """Freeze the draft as the next version; a journey that is new waits as a draft until it is switched on.

    Raises GraphError, also for a letter that nobody has published, or approved, yet.
    """
    text = history_of(draft).text
    _check_letters(text)
    with transaction.atomic():
        version = actions.publish(text=text, now=now, state="draft")
        draft.delete()
    return version


def _check_letters(text: str) -> None:
    letters = {step_id: step.template_key for step_id, step in read_graph(text).steps.items() if isinstance(step, Send)}
    published = content_queries.published_among(letters.values())
    for step_id, key in letters.items():
        if key not in published:
            named = (number for number, line in enumerate(text.splitlines(), 1) if f"send: {key}" in line)
            mistake = f"no letter {key!r} is published; publish it first, or choose another one."
            raise GraphError(next(named, 1), f"step {step_id}", mistake)


def throw_away(*, draft: Draft) -> None:
    draft.delete()
