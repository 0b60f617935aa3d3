"""Tasks, care and quotes for a machine: what lies on desks, what a customer is entitled to, what a basket comes to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import Field

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake
from guanxi.api.records import Limit, customer_of
from guanxi.care import queries as care_queries
from guanxi.desk import actions as desk_actions
from guanxi.desk.models import Task
from guanxi.kernel import clock
from guanxi.offers.rules import Basket, Line
from guanxi.staff.roles import Right

router = Router(tags=["Care"])


class TaskOut(Schema):
    """A task; `title` is what a person wrote, empty for a kind that the program opened."""

    id: int
    kind: str
    title: str
    state: str
    reason: str
    customer_id: int | None
    contact_id: int | None
    owner: str
    not_before: datetime | None
    due_at: datetime
    breached_at: datetime | None
    ended_at: datetime | None
    result: str
    outcome: str

    @staticmethod
    def resolve_owner(task: Task) -> str:
        return task.owner.email if task.owner else ""


class OutcomeIn(shapes.Incoming):
    """`result` is one of settled, reached, not_reached, declined, other, or empty."""

    outcome: shapes.Text = ""
    result: Literal["", "settled", "reached", "not_reached", "declined", "other"] = ""


class BasketLineIn(shapes.Incoming):
    product_code: shapes.Number
    quantity: Annotated[shapes.Quantity, Field(gt=0)]
    unit_price: Annotated[shapes.Price, Field(gt=0)]
    category: shapes.Line = ""


class BasketIn(shapes.Incoming):
    """What somebody is about to order; prices are the list prices, in `currency`."""

    customer_id: shapes.Id
    currency: shapes.Currency
    freight: Annotated[shapes.Amount, Field(ge=0)] = Decimal(0)
    lines: list[BasketLineIn] = Field(min_length=1, max_length=500)
    discount_codes: list[shapes.Line] = Field([], max_length=10, description="Personal codes that the customer states.")


@router.get("/tasks", response=list[TaskOut], summary="Open tasks, the most pressing first")
def list_tasks(request: HttpRequest, customer_id: shapes.Id | None = None, limit: Limit = 50) -> Any:
    tasks = Task.objects.for_user(caller_with(request, Right.SEE)).open().select_related("owner")
    return (tasks.filter(customer_id=customer_id) if customer_id else tasks).order_by("due_at", "id")[:limit]


@router.post("/tasks/{task_id}/finish", response=TaskOut, summary="Finish a task")
def finish_task(request: HttpRequest, task_id: int, body: OutcomeIn) -> Any:
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    task = get_object_or_404(Task.objects.for_user(caller).select_related("owner"), pk=min(task_id, shapes.BIGGEST_ID))
    try:
        desk_actions.finish_task(task=task, now=clock.utc_now(), by=None, outcome=body.outcome, result=body.result)
    except desk_actions.AlreadyEnded:
        raise FieldMistake("task_id", "Somebody has ended this task meanwhile.", status=409) from None
    return task


@router.get("/customers/{customer_id}/care", response=dict[str, Any], summary="How a customer is looked after")
def care(request: HttpRequest, customer_id: shapes.Id) -> Any:
    customer = customer_of(caller_with(request, Right.SEE), customer_id)
    found = care_queries.care_of(customer, now=clock.utc_now())
    return {
        "reply_hours": found.reply_hours,
        "is_first_in_line": found.is_first_in_line,
        "costly_treatment": not found.is_dormant,
        "entitlements": [{"key": item.key, "title": dict(item.title)} for item in found.entitlements],
        "contacts": [{"key": item.key, "title": dict(item.title)} for item in found.contacts],
        "checklists": {
            each.item.key: {line: line in each.done for line in each.item.lines} for each in found.checklists
        },
        "team": [{"email": member.user.email, "role": member.role} for member in found.team],
    }


@router.post("/quotes", response=dict[str, Any], summary="What a basket comes to with price breaks and offers")
def quote(request: HttpRequest, body: BasketIn) -> Any:
    """One percentage an order, the best; every refusal is explained (CN-36). Amounts are text in `currency`."""
    customer = customer_of(caller_with(request, Right.SEE), body.customer_id)
    lines = [Line(each.product_code, each.quantity, each.unit_price, each.category) for each in body.lines]
    found = care_queries.quote_for(
        customer, Basket(lines, body.currency, body.freight), now=clock.utc_now(), codes=body.discount_codes
    )
    return {
        "currency": found.currency,
        "lines": [
            {
                "product_code": line.product_code, "quantity": f"{line.quantity:f}",
                "unit_price": f"{line.unit_price.normalize():f}", "amount": f"{line.amount:f}",
                "break_from": None if line.break_from is None else f"{line.break_from.normalize():f}",
                "is_at_floor": line.is_at_floor,
            }
            for line in found.lines
        ],
        "list_amount": f"{found.list_amount:f}",
        "percent_off": f"{found.percent_off:f}",
        "amount_off": f"{found.amount_off:f}",
        "gifts": [dict(gift.title) for gift in found.gifts],
        "goods": f"{found.goods:f}",
        "freight": f"{found.freight:f}",
        "total": f"{found.total:f}",
        "saved": f"{found.saved:f}",
        "applied": list(found.applied),
        "refused": [{"offer": each.offer, "word": each.why.code, "reason": each.reason} for each in found.refused],
    }  # fmt: skip
