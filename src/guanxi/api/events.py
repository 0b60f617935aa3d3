"""Events in and out: what happened elsewhere, such as an inquiry or a production update."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake
from guanxi.api.records import SOURCE, After, Limit, contact_of, customer_of
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.identity import canonical_email
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.staff.models import User
from guanxi.staff.roles import Right

# Our own names that a machine may report; the others are written by the rooms that own them, and by nobody else.
REPORTABLE = frozenset(
    {"inquiry.received", "inquiry.answered", "order.news", "page.viewed", "contact.registered", "feedback.given",
     "complaint.opened", "complaint.solved", "document.downloaded", "quotation.sent", "sample.shipped",
     "payment.overdue", "webinar.registered", "webinar.attended"}
)  # fmt: skip
router = Router(tags=["Events"])


def is_reportable(name: str) -> bool:
    """Foreign names begin with a capital (`Order Completed`); of ours only the reportable ones come from outside."""
    return name in REPORTABLE or name[:1].isupper()


@router.get("/events", response=list[shapes.EventOut], summary="Events, oldest first")
def list_events(
    request: HttpRequest,
    name: shapes.Line = "",
    customer_id: shapes.Id | None = None,
    after: After = 0,
    limit: Limit = 100,
) -> Any:
    caller = caller_with(request, Right.SEE)
    events = Event.objects.filter(pk__gt=after, customer__in=ledger_queries.customers_for(caller))
    wanted = {"name": name, "customer_id": customer_id}
    return events.filter(**{field: value for field, value in wanted.items() if value}).order_by("pk")[:limit]


@router.post("/events", response={201: shapes.Recorded, 200: shapes.Recorded}, summary="Report an event")
def report_event(request: HttpRequest, body: shapes.EventIn) -> Any:
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    if not is_reportable(body.name):
        ours = ", ".join(sorted(REPORTABLE))
        raise FieldMistake("name", f"Write one of {ours}, or a name of your own such as `Quote Sent`.")
    customer, contact = _who(caller, body)
    now = clock.utc_now()
    event = ledger_actions.record_event(
        name=body.name, occurred_at=body.occurred_at or now, now=now, source=SOURCE, customer=customer,
        contact=contact, object_kind=body.object_kind, object_id=body.object_id, properties=body.properties,
        message_id=body.message_id, historical=body.historical_import,
    )  # fmt: skip
    return Status(201, {"recorded": True, "id": event.pk}) if event else Status(200, {"recorded": False})


def _who(caller: User, body: shapes.EventIn) -> tuple[Customer | None, Contact | None]:
    """Whose event it is: the contact by id or address, else the customer; one of them must be given."""
    if body.contact_id:
        contact = contact_of(caller, body.contact_id)
        return contact.customer, contact
    if body.contact_email:
        known = ledger_queries.contact_by_email(canonical_email(body.contact_email))
        if known is None:
            raise FieldMistake("contact_email", "No contact has this address; enter him first.")
        return contact_of(caller, known.pk).customer, known
    if body.customer_id:
        return customer_of(caller, body.customer_id), None
    raise FieldMistake("customer_id", "Say whose event it is by customer_id, contact_id or contact_email.")
