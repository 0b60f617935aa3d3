"""The page behind the booking link of a mail: a GET shows it and changes nothing, a POST books (RS-31, J-01.3)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.culture import formats
from guanxi.firm.queries import the_firm
from guanxi.kernel import clock, signing
from guanxi.ledger.models import Contact
from guanxi.outbox.facts import place_of
from guanxi.papers import booking
from guanxi.papers.queries import BOOKING
from guanxi.public.pages import asked, firm_name, missing, page, public_form, words_of
from guanxi.public.words import Words

OFFICE_OPENS = "10:00"


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, token: str) -> HttpResponse:
    """Day and hour in the reader's own time zone; a new choice takes the place of the one before."""
    contact = _contact_of(token)
    if contact is None:
        return missing(request)
    words, now, zone = words_of(contact), clock.utc_now(), _zone_of(contact)
    is_wrong = False
    if request.method == "POST":
        at = _moment(asked(request, "day"), asked(request, "hour"), zone)
        try:
            booking.book(contact=contact, at=at or now, topic=asked(request, "topic"), now=now)
        except booking.NotBookable:
            is_wrong = True
    booked = booking.booked_by(contact=contact, now=now)
    return page(
        "booking.html", words, status=422 if is_wrong else 200, is_wrong=is_wrong,
        text=words.say("booking_text", firm=firm_name(), zone=zone.key),
        taken=words.say("booking_taken", when=_written(booked.astimezone(zone), words)) if booked else "",
        first=(now + booking.SOONEST).astimezone(zone).date().isoformat(),
        last=(now + booking.LATEST).astimezone(zone).date().isoformat(),
        day=asked(request, "day"), hour=asked(request, "hour") or OFFICE_OPENS, topic=asked(request, "topic"),
    )  # fmt: skip


def _contact_of(token: str) -> Contact | None:
    try:
        number, _ = signing.unsign(settings.SECRET_KEY, BOOKING, token).split("|", 1)
        return Contact.objects.select_related("customer").filter(pk=int(number)).first()
    except (signing.BadToken, ValueError):
        return None


def _zone_of(contact: Contact) -> ZoneInfo:
    return ZoneInfo(place_of(contact, fallback=the_firm().time_zone).name)


def _moment(day: str, hour: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{day[:10]}T{hour[:5]}").replace(tzinfo=zone)
    except ValueError:
        return None


def _written(moment: datetime, words: Words) -> str:
    return f"{formats.format_date(moment.date(), words.language)}, {moment:%H:%M}"
