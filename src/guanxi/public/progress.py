"""Where an order stands, for the buyer: the page that the first mail of J-04 links to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from guanxi.content.words import document_word
from guanxi.culture.formats import format_date
from guanxi.culture.zones import zone_for
from guanxi.journeys.values import after_sales_contact, customs_list
from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger.models import Contact, Event, Order
from guanxi.ledger.stages import STAGES
from guanxi.papers import files
from guanxi.papers import queries as papers_queries
from guanxi.public.documents import attachment
from guanxi.public.pages import missing, page, payload_of, private, words_of
from guanxi.public.visits import note_visit
from guanxi.public.words import Words
from guanxi.supply import queries as supply_queries

OVER = ("delivered", "completed", "cancelled")
OPEN_AFTERWARDS = timedelta(days=365)
SHOWN = ("confirmed", "in_production", "packed", "shipped", "in_transit", "arrived", "delivered")


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage of the line: `state` is done, now or ahead; `day` is when it was reached, as the reader writes it."""

    name: str
    state: str
    day: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A key point of production as the reader sees it."""

    id: int
    node: str
    caption: str
    day: str


@require_safe
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """The stages of one order, in the reader's language and days."""
    found = _order_of(token)
    if found is None:
        return missing(request)
    order, contact = found
    words = words_of(contact)
    note_visit(request, contact, page="order", object_id=order.pk, about={"number": order.number})
    carrier = words.say("progress_carrier", carrier=order.carrier, number=order.tracking_number)
    return page(
        "progress.html", words,
        title=words.say("progress_title", number=order.number),
        placed=words.say("progress_placed", date=_day(order.placed_at, contact, words)),
        ship_by=words.say("progress_ship_by", date=_written(order.ship_by, words)) if order.ship_by else "",
        is_cancelled=order.stage == "cancelled",
        stages=_stages(order, contact, words),
        carrier=carrier if order.carrier and order.tracking_number else order.carrier,
        photos=[
            Photo(each.pk, words[f"node_{each.node}"], each.caption, _day(each.taken_at, contact, words))
            for each in supply_queries.pictures_of(order)
        ],
        token=token,
        papers=_papers(order, words),
        local_help=after_sales_contact(order) or papers_queries.local_lines(_market(contact)),
        tracking_url=order.tracking_url if order.tracking_url.startswith(("https://", "http://")) else "",
    )  # fmt: skip


@require_safe
def photo(request: HttpRequest, token: str, photo_id: int) -> HttpResponse:
    """A photo of the production of the token's order (L-22)."""
    found = _order_of(token)
    shown = (
        next((each for each in supply_queries.pictures_of(found[0]) if each.pk == photo_id), None) if found else None
    )
    if shown is None:
        return private(HttpResponse(status=404, content_type="text/plain; charset=utf-8"))
    content, kind = supply_queries.picture_bytes(shown), supply_queries.picture_type(shown)
    response = private(HttpResponse(content, content_type=kind))
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def paper(request: HttpRequest, token: str, paper_id: int) -> HttpResponse:
    """The file of a paper for customs of the token's order (J-04.3)."""
    found = _order_of(token)
    listed = papers_queries.customs_papers(found[0]) if found else []
    wanted = next((each for each in listed if each.pk == paper_id and each.name), None)
    content = files.read(wanted.name) if wanted else None
    if found is None or wanted is None or content is None:
        return missing(request)
    title = wanted.title or document_word(wanted.kind, words_of(found[1]).language)
    return attachment(content, wanted.name, f"{found[0].number} {title}")


def _papers(order: Order, words: Words) -> list[tuple[str, int | None]]:
    """The list for customs, each with the paper's id when its file can be taken."""
    if listed := papers_queries.customs_papers(order):
        return [
            (each.title or document_word(each.kind, words.language), each.pk if each.name else None) for each in listed
        ]
    return [(document_word(code, words.language), None) for code in customs_list(order)]


def _market(contact: Contact) -> str:
    return contact.country or contact.customer.country


def _order_of(token: str) -> tuple[Order, Contact] | None:
    """Order and reader of a token, as long as both belong to the same customer and the order is not long over."""
    try:
        order_id, contact_id = payload_of("progress", token)
    except (BadToken, ValueError):
        return None
    order = Order.objects.filter(pk=order_id).first()
    contact = Contact.objects.select_related("customer").filter(pk=contact_id).first()
    if order is None or contact is None or order.customer_id != contact.customer_id or _is_long_over(order):
        return None
    return order, contact


def _is_long_over(order: Order) -> bool:
    """The link of a mail that was passed on must not open an order's papers for ever."""
    return order.stage in OVER and (order.stage_at or order.placed_at) < clock.utc_now() - OPEN_AFTERWARDS


def _stages(order: Order, contact: Contact, words: Words) -> list[StageLine]:
    days = _reached(order)
    position = STAGES.index(order.stage) if order.stage in STAGES else -1
    lines = []
    for stage in SHOWN:
        here = STAGES.index(stage)
        is_over = order.stage in ("delivered", "completed")
        state = "done" if here < position or (is_over and here <= position) else "now" if here == position else "ahead"
        moment = days.get(stage) if state != "ahead" else None
        lines.append(StageLine(words[f"stage_{stage}"], state, _day(moment, contact, words) if moment else ""))
    return lines


def _reached(order: Order) -> dict[str, datetime]:
    """When each stage was reached, as far as the ledger knows; the latest report of a stage counts."""
    events = Event.objects.filter(
        customer_id=order.customer_id, name="order.stage_changed", object_kind="order", object_id=str(order.pk)
    ).order_by("occurred_at")
    reached = {"confirmed": order.placed_at}
    reached.update({str(event.properties.get("stage")): event.occurred_at for event in events})
    if order.stage_at:
        reached[order.stage] = order.stage_at
    return reached


def _day(moment: datetime, contact: Contact, words: Words) -> str:
    zone = zone_for(
        contact_zone=contact.time_zone, city=contact.city, region="", phone=contact.phone,
        country=contact.country or contact.customer.country, fallback="UTC",
    )  # fmt: skip
    return _written(moment.astimezone(ZoneInfo(zone.name)).date(), words)


def _written(day: date, words: Words) -> str:
    return format_date(day, words.language)
