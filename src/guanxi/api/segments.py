"""Segments and lists: what there is, who is in, new ones, and what a rule would find."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake
from guanxi.api.records import After, Limit, contact_of, customer_of
from guanxi.kernel import clock
from guanxi.segments import actions, queries
from guanxi.segments.actions import NotAList, SegmentMistake
from guanxi.segments.json_schema import rule_schema
from guanxi.segments.models import Membership, Segment
from guanxi.segments.registry import FIELDS
from guanxi.segments.tree import RuleMistake
from guanxi.staff.roles import Right

router = Router(tags=["Segments"])
Key = Annotated[str, Field(max_length=60, pattern="^[a-z0-9_-]+$")]


class SegmentOut(Schema):
    key: str
    title: str
    note: str
    kind: str
    level: str
    rule: dict[str, Any]
    version: int
    problem: str
    member_count: int
    mailable_count: int
    refreshed_at: AwareDatetime | None


class SegmentIn(shapes.Incoming):
    """A rule (`rule`), or a list kept by hand (`level`)."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    key: Annotated[str, Field(max_length=60)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""
    rule: dict[str, Any] | None = None
    level: Annotated[str, Field(description="customer or contact; of a list only")] = ""


class RuleIn(shapes.Incoming):
    rule: dict[str, Any]


class MembersIn(shapes.Incoming):
    """At most a thousand of each at once."""

    customer_ids: Annotated[list[shapes.Id], Field(max_length=1000)] = []
    contact_ids: Annotated[list[shapes.Id], Field(max_length=1000)] = []
    historical_import: bool = False


class MemberOut(Schema):
    id: int
    customer_id: int
    contact_id: int | None
    since_at: AwareDatetime


class CountOut(Schema):
    count: int
    population: int
    mailable: int


class MembershipOut(Schema):
    segment: str
    title: str
    level: str
    contact_id: int | None
    since_at: AwareDatetime


class AddedOut(Schema):
    added: int


class AudienceOut(Schema):
    """Whom a marketing mail would reach now; `refused` counts the others by reason."""

    mailable: int
    refused: dict[str, int]
    customers_without_contact: int


class FieldOut(Schema):
    name: str
    kind: str
    sentence: str
    operators: list[str]
    choices: list[str]


@router.get("/segments", response=list[SegmentOut], summary="Segments and lists, by title")
def list_segments(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE_ALL)
    return queries.all_segments()


@router.post("/segments", response={201: SegmentOut}, summary="A new segment with a rule, or a new list")
def create_segment(request: HttpRequest, body: SegmentIn) -> Any:
    caller_with(request, Right.EDIT_JOURNEYS)
    now = clock.utc_now()
    try:
        if body.rule is None:
            made = actions.make_list(
                title=body.title, level=body.level or "customer", key=body.key, note=body.note, now=now
            )
        else:
            made = actions.save_segment(title=body.title, document=body.rule, key=body.key, note=body.note, now=now)
            actions.refresh(segment=made, now=now)
    except (RuleMistake, SegmentMistake) as mistake:
        raise _refusal(mistake) from None
    return Status(201, made)


@router.post("/segments/count", response=CountOut, summary="What a rule would find")
def count_rule(request: HttpRequest, body: RuleIn) -> Any:
    caller_with(request, Right.SEE_ALL)
    try:
        return queries.preview(body.rule, now=clock.utc_now(), samples=0)
    except RuleMistake as mistake:
        raise _refusal(mistake) from None


@router.get("/segment-fields", response=list[FieldOut], summary="What a rule may ask")
def list_segment_fields(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE_ALL)
    return list(FIELDS.values())


@router.get("/segment-schema", response=dict[str, Any], summary="The JSON Schema of a rule")
def segment_schema(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE_ALL)
    return rule_schema()


@router.get("/segments/{key}", response=SegmentOut, summary="One segment")
def get_segment(request: HttpRequest, key: Key) -> Any:
    caller_with(request, Right.SEE_ALL)
    return _segment(key)


@router.get("/segments/{key}/members", response=list[MemberOut], summary="Who is in it, oldest row first")
def list_members(request: HttpRequest, key: Key, after: After = 0, limit: Limit = 50) -> Any:
    caller_with(request, Right.SEE_ALL)
    return Membership.objects.filter(segment=_segment(key), pk__gt=after).order_by("pk")[:limit]


@router.post("/segments/{key}/members", response=AddedOut, summary="Put customers or contacts on a list")
def add_members(request: HttpRequest, key: Key, body: MembersIn) -> Any:
    caller_with(request, Right.EDIT_JOURNEYS)
    try:
        added = actions.add_members(
            segment=_segment(key), customer_ids=body.customer_ids, contact_ids=body.contact_ids, source="api",
            historical=body.historical_import, now=clock.utc_now(),
        )  # fmt: skip
    except NotAList as mistake:
        raise FieldMistake("key", str(mistake), status=409) from None
    return {"added": added}


@router.get("/segments/{key}/audience", response=AudienceOut, summary="Whom a marketing mail to it would reach now")
def get_audience(request: HttpRequest, key: Key) -> Any:
    caller_with(request, Right.SEE_ALL)
    audience = queries.audience_of(_segment(key), now=clock.utc_now())
    return {
        "mailable": len(audience.contact_ids),
        "refused": audience.refused,
        "customers_without_contact": audience.customers_without_contact,
    }


@router.get("/customers/{customer_id}/segments", response=list[MembershipOut], summary="The segments of a customer")
def list_customer_segments(request: HttpRequest, customer_id: shapes.Id) -> Any:
    customer = customer_of(caller_with(request, Right.SEE), customer_id)
    return _memberships(queries.segments_of(customer_id=customer.pk))


@router.get("/contacts/{contact_id}/segments", response=list[MembershipOut], summary="The segments of a contact")
def list_contact_segments(request: HttpRequest, contact_id: shapes.Id) -> Any:
    contact = contact_of(caller_with(request, Right.SEE), contact_id)
    return _memberships(queries.segments_of(customer_id=contact.customer_id, contact_id=contact.pk))


def _segment(key: str) -> Segment:
    found = queries.segment_named(key)
    if found is None:
        raise FieldMistake("key", f"There is no segment or list {key!r}; GET /api/segments lists them.", status=404)
    return found


def _memberships(rows: list[Membership]) -> list[dict[str, Any]]:
    return [
        {"segment": row.segment.key, "title": row.segment.title, "level": row.segment.level,
         "contact_id": row.contact_id, "since_at": row.since_at}
        for row in rows
    ]  # fmt: skip


def _refusal(mistake: RuleMistake | SegmentMistake) -> FieldMistake:
    """The place in the tree is the field of the answer."""
    if isinstance(mistake, RuleMistake):
        place = mistake.place if mistake.place == "rule" else f"rule.{mistake.place}"
        return FieldMistake(place, mistake.message)
    field, _, words = str(mistake).partition(": ")
    return (
        FieldMistake(field, str(mistake))
        if words and field in ("title", "key", "level")
        else FieldMistake("key", str(mistake))
    )
