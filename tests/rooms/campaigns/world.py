"""A firm with a newsletter in four languages, and readers by the dozen. Also used outside pytest."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from guanxi.campaigns import actions, running
from guanxi.campaigns.actions import Choice
from guanxi.campaigns.models import Campaign
from guanxi.content.models import Letter, Template
from guanxi.ledger.models import Contact
from guanxi.outbox import actions as outbox_actions
from guanxi.segments import actions as segments_actions
from guanxi.segments.models import Segment
from guanxi.staff.models import User
from tests import cast
from tests.rooms.outbox.world import Answering, set_up_firm

SUBJECTS = {"en": "Spring news", "de": "Neues im Frühling", "ja": "春の新商品", "ar": "جديد الربيع"}
HTML = (
    '<html lang="x"><body><p>{{ reader.greeting }}</p><a href="https://www.ningbo-firm.example/spring">new</a>'
    ' <a href="https://www.ningbo-firm.example/prices">prices</a> <a href="{{ links.unsubscribe }}">stop</a>'
    "</body></html>"
)
TEXT = (
    "{{ reader.greeting }}\n\nhttps://www.ningbo-firm.example/spring\n{{ links.unsubscribe }}\n{{ reader.closing }}\n"
)
# A day on which nobody of the cast rests, on every reader's own clock.
WEDNESDAY, NINE = date(2026, 5, 20), time(9, 0)


def set_up(now: datetime) -> None:
    set_up_firm(now)
    a_letter("spring", now=now)


def a_letter(key: str, *, now: datetime, kind: str = "marketing", **changes: Any) -> Template:
    """A template with published letters in four languages, or those of `subjects`."""
    template = Template.objects.create(key=key, title=key.title(), kind=kind, created_at=now)
    for language, subject in changes.get("subjects", SUBJECTS).items():
        Letter.objects.create(
            template=template, language=language, subject=subject, mjml="", html=changes.get("html", HTML),
            text=changes.get("text", TEXT), published_at=now,
        )  # fmt: skip
    return template


def a_list(*members: Contact, title: str = "Fair", level: str = "contact", now: datetime = cast.NOW) -> Segment:
    made = segments_actions.make_list(title=title, level=level, now=now)
    if level == "contact":
        segments_actions.add_members(segment=made, contact_ids=[each.pk for each in members], now=now)
    else:
        segments_actions.add_members(segment=made, customer_ids=[each.customer_id for each in members], now=now)
    return made


def readers(count: int, *, now: datetime = cast.NOW, permitted: bool = True, prefix: str = "r") -> list[Contact]:
    """So many German readers at one customer, with permission."""
    customer = cast.a_customer(now=now, name=f"Alsterkontor {prefix}", country="DE", city="Hamburg")
    contacts = [
        cast.a_contact(
            now=now, customer=customer, email=f"{prefix}{number}@alsterkontor.example", language="de",
            time_zone="Europe/Berlin", family_name=f"Petersen {number}",
        )
        for number in range(count)
    ]  # fmt: skip
    for contact in contacts if permitted else []:
        cast.permit(contact, at=now)
    return contacts


def a_campaign(
    *, by: User | None = None, now: datetime = cast.NOW, letters: list[str] | None = None, **changes: Any
) -> Campaign:
    """A draft to everyone at nine on the next Wednesday there; `letters` are keys, or key@segment for an edition."""
    choices = []
    for each in letters or ["spring"]:
        key, _, segment_key = each.partition("@")
        choices.append(Choice(Template.objects.get(key=key), segment_key))
    fields: dict[str, Any] = {
        "takes_everyone": True,
        "contact_choice": "all",
        "local_on": WEDNESDAY,
        "local_time": NINE,
    }
    return actions.draft(title="Spring", letters=choices, by=by, now=now, changes=fields | changes)


def begin(campaign: Campaign, by: User, now: datetime = cast.NOW, **arguments: Any) -> Campaign:
    """Scheduled, and worked on when its moment has come."""
    scheduled = actions.schedule(campaign=campaign, by=by, now=now, **arguments)
    running.work_due(now=scheduled.due_at or now)
    campaign.refresh_from_db()
    return campaign


def send(at: datetime, transport: Any = None) -> Answering:
    """Judge and send what is due at a standing clock, with a transport that takes everything."""
    carrier = transport or Answering()
    running.work_due(now=at)
    outbox_actions.judge_due(now=at)
    outbox_actions.send_due(clock=lambda: at, worker="test", transport=carrier)
    return carrier
