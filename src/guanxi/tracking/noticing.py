"""Writes the signals of `signals` into the ledger, each once, where journeys and segments find them as events.

`notice` looks at the events the pulse has just claimed, set-wise: one or two queries per kind of signal for the whole
batch, none for kinds it does not touch. What waits for silence (carts) or for the day (rates) has its own verb.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from guanxi.consent import queries as consent_queries
from guanxi.firm.queries import the_firm
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import profile
from guanxi.ledger.models import NOT_ORDERED, Event, Order
from guanxi.tracking import carts, page_visits, signals
from guanxi.tracking.order_reports import is_true, text_of
from guanxi.tracking.verdicts import HUMAN
from guanxi.tracking.vocabulary import is_price_list

SOURCE = "signals"
IDENTIFIED = "Identify"
PRODUCT_VIEWS = frozenset({"Product Viewed"})
VISITS = frozenset(
    {"page.viewed", "Product Viewed", "Product List Viewed", "Products Searched", "Product Added", "Cart Viewed"}
)
MAIL_ANSWERS = frozenset({"email.opened", "email.clicked", "email.replied", "inquiry.received", "order.placed"})
WORDS_OF_A_LINK = ("url", "path", "title", "name", "document")
WATCHED = frozenset({"email.opened", "email.clicked"})
PRICE_LIST_PAGES = frozenset({"email.clicked", "document.downloaded", "page.viewed"})
PRICE_LIST_AGAIN_AFTER = timedelta(days=1)


def notice(*, events: Sequence[Event], now: datetime) -> int:
    """Record what these events show of known contacts; call it in the transaction that claimed them. Returns how many.

    History shows nothing (RD-13), though it counts as what went before.
    """
    fresh = [event for event in events if event.customer_id and not event.is_historical]
    if not fresh:
        return 0
    known = _with_permission([event for event in fresh if event.contact_id], now)
    with transaction.atomic():
        found = [
            *_interests(_of(known, PRODUCT_VIEWS | {IDENTIFIED}), now),
            *_visits_without_order(_of(known, VISITS | {IDENTIFIED}), now),
            *_mails_opened(_of(known, MAIL_ANSWERS | VISITS), now),
            *_price_lists(_of(known, PRICE_LIST_PAGES), now),
        ]
        ledger_actions.record_events(found)
        _custom_wishes(_of(fresh, {"inquiry.received", "note.written"}), now)
        carts.follow(
            contact_ids={e.contact_id for e in _of(known, carts.NAMES | {IDENTIFIED}) if e.contact_id}, now=now
        )
    return len(found)


def _with_permission(events: Sequence[Event], now: datetime) -> list[Event]:
    """Without opens and clicks of mails whose readers do not permit tracking: nothing is drawn from them (RP-46)."""
    asked = {event.contact_id for event in events if _is_watched(event) and event.contact_id}
    permit = consent_queries.permitting(asked, purpose="tracking", now=now)
    return [event for event in events if not _is_watched(event) or event.contact_id in permit]


def _is_watched(event: Event) -> bool:
    """Whether it was seen by a link that a mail carried, not told by the reader himself."""
    return event.name in WATCHED or event.source == page_visits.SOURCE


def _of(events: Iterable[Event], names: Collection[str]) -> list[Event]:
    return [event for event in events if event.name in names]


def _signal(name: str, cause: Event, at: datetime, now: datetime, **properties: Any) -> Event:
    return Event(
        name=name, customer_id=cause.customer_id, contact_id=cause.contact_id, object_kind="event",
        object_id=str(cause.pk), properties=properties, occurred_at=at, recorded_at=now, source=SOURCE,
    )  # fmt: skip


def _first_by_contact(events: Iterable[Event]) -> dict[int, Event]:
    """The earliest of the events by contact."""
    found: dict[int, Event] = {}
    for event in events:
        key = event.contact_id or 0
        if key not in found or event.occurred_at < found[key].occurred_at:
            found[key] = event
    return found


def _told(name: str, contact_ids: Collection[int], since: datetime) -> list[Event]:
    return list(Event.objects.filter(contact__in=contact_ids, name=name, occurred_at__gte=since))


# B-02


def _interests(causes: Sequence[Event], now: datetime) -> list[Event]:
    first = _first_by_contact(causes)
    if not first:
        return []
    since = min(event.occurred_at for event in first.values()) - signals.VIEWS_WITHIN - signals.RELOAD
    identified = {event.contact_id for event in causes if event.name == IDENTIFIED}
    if identified:  # anonymous views have just become theirs
        since = min(since, now - 2 * signals.VIEWS_WITHIN)
    views: dict[int, list[signals.View]] = defaultdict(list)
    rows = Event.objects.filter(contact__in=first, name__in=PRODUCT_VIEWS, occurred_at__gte=since)
    for row in rows.order_by("occurred_at", "id").values_list("contact_id", "occurred_at", "properties"):
        views[row[0]].append(view_of(row[1], row[2]))
    told: dict[int, dict[str, datetime]] = defaultdict(dict)
    for event in _told("category.interest", list(first), since - signals.INTEREST_AGAIN_AFTER):
        category, held = str(event.properties.get("category")), told[event.contact_id or 0]
        held[category] = max(event.occurred_at, held.get(category, event.occurred_at))
    return [
        _signal("category.interest", cause, at, now, category=category, views=signals.VIEWS_IN_A_ROW)
        for contact_id, cause in first.items()
        for at, category in signals.told_again(
            # A row that was complete before the events at hand was told when it was.
            (each for each in signals.interests(views[contact_id])
             if contact_id in identified or each[0] >= cause.occurred_at),
            told[contact_id],
        )
    ]  # fmt: skip


def view_of(at: datetime, properties: Mapping[str, Any]) -> signals.View:
    return signals.View(
        at, text_of(properties, "category"), text_of(properties, "sku", "product_id", "product_code", "url", "path")
    )


# B-06


def _visits_without_order(causes: Sequence[Event], now: datetime) -> list[Event]:
    """Once in 30 days per customer; days in the firm's zone."""
    latest = {event.customer_id: event for event in causes if event.customer_id}
    if not latest:
        return []
    zone, span = the_firm().zone, timedelta(days=signals.VISITS_WITHIN_DAYS + 1)
    since = min(event.occurred_at for event in latest.values()) - span
    told = set(
        Event.objects.filter(
            customer__in=latest, name="visits.without_order", occurred_at__gte=since + timedelta(days=1)
        ).values_list("customer_id", flat=True)
    )
    asked = [customer_id for customer_id in latest if customer_id not in told]
    if not asked:
        return []
    visits = Event.objects.filter(customer__in=asked, name__in=VISITS, occurred_at__gte=since, contact__isnull=False)
    orders = Order.objects.filter(customer__in=asked, placed_at__gte=since, kind="order")
    orders = orders.exclude(stage__in=NOT_ORDERED)
    came = _days(visits.values_list("customer_id", "occurred_at"), zone)
    ordered = _days(orders.values_list("customer_id", "placed_at"), zone)
    found = []
    for customer_id in asked:
        cause = latest[customer_id]
        until = max(came[customer_id], default=cause.occurred_at.astimezone(zone).date())
        days = signals.comes_without_ordering(came[customer_id], ordered[customer_id], until=until)
        if days:
            found.append(_signal("visits.without_order", cause, cause.occurred_at, now, days=days))
    return found


def _days(rows: Iterable[tuple[int | None, datetime]], zone: ZoneInfo) -> dict[int, set[Any]]:
    found: dict[int, set[Any]] = defaultdict(set)
    for key, moment in rows:
        found[key or 0].add(moment.astimezone(zone).date())
    return found


# B-05


def _mails_opened(causes: Sequence[Event], now: datetime) -> list[Event]:
    """Once per contact."""
    latest = {event.contact_id: event for event in causes if not _is_by_machine(event)}
    if not latest:
        return []
    told = Event.objects.filter(contact__in=latest, name="mails.opened").values_list("contact_id", flat=True)
    asked = set(latest) - set(told)
    if not asked:
        return []
    opened, sent, answers = mail_facts([each for each in asked if each])
    return [
        _signal("mails.opened", latest[contact_id], latest[contact_id].occurred_at, now, count=len(mails))
        for contact_id in asked
        if contact_id
        and len(
            mails := signals.mails_answered(
                opened=opened[contact_id], sent=sent[contact_id], answers=answers[contact_id]
            )
        )
        >= signals.MAILS_OPENED
    ]  # fmt: skip


def mail_facts(
    contact_ids: Collection[int],
) -> tuple[dict[int, set[int]], dict[int, list[tuple[datetime, int]]], dict[int, list[datetime]]]:
    """By contact: mails opened by a person, mails sent, and the moments of other answers (CN-38)."""
    opened: dict[int, set[int]] = defaultdict(set)
    sent: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    answers: dict[int, list[datetime]] = defaultdict(list)
    mails = Event.objects.filter(contact__in=contact_ids, name="email.sent")
    for contact_id, at, mail in mails.values_list("contact_id", "occurred_at", "object_id"):
        sent[contact_id or 0].append((at, _number(mail)))
    # Who was sent fewer cannot have opened so many; his visits need not be read.
    asked = [key for key, mails in sent.items() if len(mails) >= signals.MAILS_OPENED]
    rows = Event.objects.filter(contact__in=asked, name__in=MAIL_ANSWERS | VISITS)
    for event in rows.only("name", "contact_id", "object_id", "properties", "occurred_at").iterator(chunk_size=2000):
        key = event.contact_id or 0
        if event.name not in ("email.opened", "email.clicked"):
            answers[key].append(event.occurred_at)
        elif not _is_by_machine(event):
            opened[key].add(_number(event.object_id))
    return opened, sent, answers


def _is_by_machine(event: Event) -> bool:
    return event.name in ("email.opened", "email.clicked") and event.properties.get("verdict") != HUMAN


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0


# B-03, B-16


def _price_lists(causes: Sequence[Event], now: datetime) -> list[Event]:
    """Once a day per contact: the link of a mail, a download or a page that speaks of a price list."""
    speaking = [
        event
        for event in causes
        if not _is_by_machine(event)
        and any(is_price_list(text_of(event.properties, word, longest=500)) for word in WORDS_OF_A_LINK)
    ]
    first = _first_by_contact(speaking)
    if not first:
        return []
    newest = dict(
        Event.objects.filter(contact__in=first, name="price_list.clicked")
        .values_list("contact_id")
        .annotate(newest=Max("occurred_at"))
    )
    return [
        _signal("price_list.clicked", cause, cause.occurred_at, now, via=cause.name)
        for contact_id, cause in first.items()
        if contact_id not in newest or cause.occurred_at - newest[contact_id] >= PRICE_LIST_AGAIN_AFTER
    ]


def _custom_wishes(causes: Iterable[Event], now: datetime) -> None:
    """An inquiry or note marked `custom` sets the trait wants_custom, with its reason (B-16)."""
    for event in causes:
        if event.customer and is_true(event.properties, "custom"):
            what = "Inquiry" if event.name == "inquiry.received" else "Note"
            profile.set_trait(
                customer=event.customer, name="wants_custom", now=now, source=SOURCE,
                reason=f"{what} {event.object_id}".strip(),
            )  # fmt: skip
