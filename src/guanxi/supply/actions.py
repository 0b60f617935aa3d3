"""What is agreed, promised, checked and shown about a customer's goods."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from guanxi.firm.queries import the_firm
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Customer, Order
from guanxi.staff.models import User
from guanxi.supply import quotations
from guanxi.supply.clocks import DRAWING_DAYS, SAMPLE_DAYS
from guanxi.supply.models import (
    AGREEMENT_KINDS,
    CHECK_POINTS,
    NODES,
    Agreement,
    JointShipment,
    ProductionPicture,
    Project,
    QualityCheck,
    Quotation,
)
from guanxi.supply.quotations import Item

SOURCE = "supply"


class NotPossible(Exception):
    """That cannot be recorded; the text says what to change."""


class NotAnArticle(NotPossible):
    """A line that does not name an article and a number."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"Line {line}: write an article and a number above zero, such as lamp 9.50.")


def read_articles(text: str) -> dict[str, str]:
    """Numbers by article from lines such as `lamp 9.50`; the article is all before the number. Raises NotAnArticle."""
    found: dict[str, str] = {}
    for line, written in enumerate(text.splitlines(), start=1):
        if written.strip():
            code, _, number = written.strip().rpartition(" ")
            if not code.strip(" ;,:\t") or not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", number) or not Decimal(number):
                raise NotAnArticle(line)
            found[code.strip(" ;,:\t")] = number
    return found


def agree(
    *, customer: Customer, kind: str, title: str, starts_on: date, now: datetime, by: User | None = None,
    ends_on: date | None = None, terms: Mapping[str, Any] | None = None, note: str = "",
) -> Agreement:  # fmt: skip
    """Record an agreement; `kind` is a key of AGREEMENT_KINDS. Raises NotPossible."""
    if kind not in AGREEMENT_KINDS:
        raise NotPossible(f"{kind!r} is no kind of agreement; use one of {', '.join(AGREEMENT_KINDS)}.")
    if ends_on is not None and ends_on < starts_on:
        raise NotPossible(f"The agreement would end on {ends_on}, before it begins on {starts_on}.")
    return Agreement.objects.create(
        customer=customer, kind=kind, title=title, starts_on=starts_on, ends_on=ends_on, terms=dict(terms or {}),
        note=note, set_by=by, created_at=now,
    )  # fmt: skip


@transaction.atomic
def accept_project(
    *, customer: Customer, title: str, now: datetime, specification: str = "", technician: User | None = None,
    order: Order | None = None,
) -> Project:  # fmt: skip
    """Accept a custom request: from `now` the drawing is due in three days, the sample in ten (CN-45)."""
    project = Project.objects.create(
        customer=customer, order=order, title=title, specification=specification, technician=technician,
        accepted_at=now, created_at=now,
    )  # fmt: skip
    day = the_firm().day_of(now)
    _tell(
        project, "project.accepted", now, title=title, drawing_by=(day + timedelta(days=DRAWING_DAYS)).isoformat(),
        sample_by=(day + timedelta(days=SAMPLE_DAYS)).isoformat(),
    )  # fmt: skip
    return project


@transaction.atomic
def finish_drawing(*, project: Project, now: datetime) -> None:
    """The drawing is with the customer; a second call keeps the first moment."""
    if Project.objects.filter(pk=project.pk, drawing_at__isnull=True).update(drawing_at=now):
        _tell(project, "project.drawn", now)
    project.refresh_from_db()


@transaction.atomic
def finish_sample(*, project: Project, now: datetime) -> None:
    """The sample is made; a second call keeps the first moment."""
    if Project.objects.filter(pk=project.pk, sample_at__isnull=True).update(sample_at=now):
        _tell(project, "project.sampled", now)
    project.refresh_from_db()


def _tell(project: Project, name: str, now: datetime, **properties: Any) -> None:
    ledger_actions.record_event(
        name=name, occurred_at=now, now=now, source=SOURCE, customer=project.customer, object_kind="project",
        object_id=str(project.pk), properties=properties,
    )  # fmt: skip


@transaction.atomic
def wait_for_customer(*, project: Project, now: datetime) -> None:
    """Stop the clock until the customer has answered."""
    kept = Project.objects.select_for_update().get(pk=project.pk)
    if not kept.pauses or kept.pauses[-1][1]:
        kept.pauses = [*kept.pauses, [now.isoformat(), ""]]
        kept.save(update_fields=["pauses"])
    project.pauses = kept.pauses


@transaction.atomic
def go_on(*, project: Project, now: datetime) -> None:
    """The customer has answered: the clock runs again."""
    kept = Project.objects.select_for_update().get(pk=project.pk)
    if kept.pauses and not kept.pauses[-1][1]:
        kept.pauses = [*kept.pauses[:-1], [kept.pauses[-1][0], now.isoformat()]]
        kept.save(update_fields=["pauses"])
    project.pauses = kept.pauses


@transaction.atomic
def record_check(
    *, project: Project, point: str, is_passed: bool, now: datetime, by: User | None = None, note: str = ""
) -> QualityCheck:
    """Keep the outcome of a check; a failed one may be repeated. Raises NotPossible for an unknown point."""
    if point not in CHECK_POINTS:
        raise NotPossible(f"{point!r} is no check; use one of {', '.join(CHECK_POINTS)}.")
    check = QualityCheck.objects.create(
        project=project, point=point, is_passed=is_passed, note=note, checked_by=by, checked_at=now
    )
    _tell(project, "project.checked", now, point=point, passed=is_passed)
    return check


def quote(
    *, customer: Customer, number: str, currency: str, items: Sequence[Item], valid_until: date, now: datetime,
    by: User | None = None, project: Project | None = None,
) -> Quotation:  # fmt: skip
    """Keep a quotation; goods made to specification must show their cost parts (P-11). Raises BadQuotation."""
    if not items:
        raise quotations.BadQuotation("A quotation needs at least one item.")
    for item in items:
        quotations.check_item(item, currency)
        if project is not None and not item.parts:
            raise quotations.BadQuotation(f"{item.product}: a custom price shows its parts, such as material.")
    rows = [
        {
            "product": item.product, "quantity": str(item.quantity), "unit_price": str(item.unit_price),
            "parts": [{"name": part.name, "amount": str(part.amount)} for part in item.parts],
        }
        for item in items
    ]  # fmt: skip
    return Quotation.objects.create(
        customer=customer, project=project, number=number, currency=currency, items=rows, valid_until=valid_until,
        made_by=by, made_at=now,
    )  # fmt: skip


@transaction.atomic
def ship_together(*, orders: Sequence[Order], now: datetime, declaration_number: str = "") -> JointShipment:
    """One shipment and one customs declaration for several orders of one customer. Raises NotPossible."""
    customers = {order.customer_id for order in orders}
    if len(orders) < 2 or len(customers) != 1:
        raise NotPossible("A joint shipment takes two or more orders of one customer.")
    taken = JointShipment.objects.filter(orders__in=orders).values_list("orders__number", flat=True).first()
    if taken:
        raise NotPossible(f"Order {taken} is in another joint shipment already; take it out there first.")
    shipment = JointShipment.objects.create(
        customer=orders[0].customer, declaration_number=declaration_number, created_at=now
    )
    links = JointShipment.orders.through
    links.objects.bulk_create([links(jointshipment=shipment, order=order) for order in orders])
    return shipment


@transaction.atomic
def dispatch(*, shipment: JointShipment, carrier: str, tracking_number: str, now: datetime) -> None:
    """Move all its orders to `shipped` with the same carrier and number."""
    shipment.carrier, shipment.tracking_number = carrier, tracking_number
    shipment.save(update_fields=["carrier", "tracking_number"])
    for order in shipment.orders.order_by("pk"):
        ledger_actions.change_stage(
            order=order, stage="shipped", now=now, source=SOURCE, carrier=carrier, tracking_number=tracking_number
        )


@transaction.atomic
def show_production(*, order: Order, node: str, picture: bytes, now: datetime, caption: str = "") -> ProductionPicture:
    """Keep a photo of a key point and tell it as news of the order, which the customer's flow sends on (L-22).

    Raises NotPossible for an unknown node or a file that is no JPEG, PNG or WebP picture.
    """
    if node not in NODES:
        raise NotPossible(f"{node!r} is no point of production; use one of {', '.join(NODES)}.")
    kind = _picture_kind(picture)
    shown = ProductionPicture(order=order, node=node, caption=caption, taken_at=now, created_at=now)
    shown.picture.save(f"{order.pk}-{node}.{kind}", ContentFile(picture), save=False)
    shown.save()
    ledger_actions.record_event(
        name="order.news", occurred_at=now, now=now, source=SOURCE, customer=order.customer, contact=order.contact,
        object_kind="order", object_id=str(order.pk), properties={"node": node, "text": caption, "picture": shown.pk},
    )  # fmt: skip
    return shown


def _picture_kind(picture: bytes) -> str:
    if picture[:3] == b"\xff\xd8\xff":
        return "jpg"
    if picture[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "webp"
    raise NotPossible("The file is no JPEG, PNG or WebP picture; save the photo as one of these.")
