"""Where customers stand and have moved, what the reviews propose, and a person's decisions about both."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake
from guanxi.api.records import After, Limit, customer_of
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.tiering import deciding, documents, review_queries
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Proposal, Review, Standing, StandingChange

router = Router(tags=["Tiers"])


class StandingOut(Schema):
    customer_id: int
    scheme: str
    tier: str
    since_at: AwareDatetime
    basis: Annotated[str, Field(description="rule, promoted, moved or person")]
    rule: str
    reason: str
    protected_until: AwareDatetime | None
    scheme_version: int

    @staticmethod
    def resolve_scheme(row: Standing) -> str:
        return row.scheme.name


class ChangeOut(Schema):
    id: int
    customer_id: int
    scheme: str
    from_tier: str
    to_tier: str
    at: AwareDatetime
    cause: str
    rule: str
    reason: str
    figures: dict[str, Any]
    scheme_version: int
    decided_by: str

    @staticmethod
    def resolve_scheme(row: StandingChange) -> str:
        return row.scheme.name

    @staticmethod
    def resolve_decided_by(row: StandingChange) -> str:
        return row.decided_by.email if row.decided_by else ""


class ReviewOut(Schema):
    id: int
    kind: str
    period_from_on: date
    period_until_on: date
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None


class ProposalOut(Schema):
    id: int
    review_id: int
    customer_id: int
    scheme: str
    kind: str
    rule: str
    cause: str
    from_tier: str
    to_tier: str
    reason: str
    figures: dict[str, Any]
    quarters: list[Decimal]
    state: str
    proposed_at: AwareDatetime
    keep_until: date | None
    decided_at: AwareDatetime | None
    decided_by: str
    decision_reason: str

    @staticmethod
    def resolve_scheme(row: Proposal) -> str:
        return row.scheme.name

    @staticmethod
    def resolve_decided_by(row: Proposal) -> str:
        return row.decided_by.email if row.decided_by else ""


class DecisionIn(shapes.Incoming):
    """`reason` may be left out when accepting; `keep_until` belongs to `kept`."""

    answer: Literal["accepted", "kept", "declined"]
    reason: shapes.Text = ""
    keep_until: date | None = None


class StandingIn(shapes.Incoming):
    """A tier given by hand: until which day, and why."""

    tier: shapes.Short
    reason: Annotated[shapes.Text, Field(min_length=1)]
    keep_until: date


@router.get("/standings", response=list[StandingOut], summary="Where customers stand")
def list_standings(
    request: HttpRequest, scheme: shapes.Label = "", tier: shapes.Short = "", after: After = 0, limit: Limit = 50
) -> Any:
    """By customer; `after` is the id of the last customer you have. Without `scheme` it is the default one."""
    customers = ledger_queries.customers_for(caller_with(request, Right.SEE))
    rows = Standing.objects.filter(customer__in=customers, customer__gt=after).select_related("scheme")
    rows = rows.filter(scheme__name=scheme) if scheme else rows.filter(scheme__is_default=True)
    return (rows.filter(tier=tier) if tier else rows).order_by("customer_id")[:limit]


@router.post(
    "/customers/{customer_id}/standings/{scheme}", response=StandingOut, summary="Put a customer into a tier by hand"
)
def set_standing(request: HttpRequest, customer_id: shapes.Id, scheme: shapes.Label, body: StandingIn) -> Any:
    caller = caller_with(request, Right.EDIT_TIERS)
    customer = customer_of(caller, customer_id)
    rows = Standing.objects.select_related("scheme")
    standing = get_object_or_404(rows, customer=customer, scheme__name=scheme)
    if body.tier not in documents.read_scheme(standing.scheme.document).tiers:
        tiers = ", ".join(tier for tier, _ in tiering_queries.tiers_of(standing.scheme))
        raise FieldMistake("tier", f"is no tier of {scheme}; write one of {tiers}")
    try:
        deciding.set_standing(
            standing=standing, tier=body.tier, by=_person(caller), reason=body.reason, keep_until=body.keep_until,
            now=clock.utc_now(),
        )  # fmt: skip
    except deciding.NoKeepUntil as error:
        raise FieldMistake("keep_until", str(error)) from None
    return rows.get(pk=standing.pk)


@router.get("/standing-changes", response=list[ChangeOut], summary="Moves between tiers, oldest first")
def list_standing_changes(
    request: HttpRequest,
    customer_id: int | None = None,
    scheme: shapes.Label = "",
    since: AwareDatetime | None = None,
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    customers = ledger_queries.customers_for(caller_with(request, Right.SEE))
    wanted = {"customer": customer_id, "scheme__name": scheme, "at__gte": since}
    rows = StandingChange.objects.filter(customer__in=customers, pk__gt=after)
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    return rows.select_related("scheme", "decided_by").order_by("pk")[:limit]


@router.get("/reviews", response=list[ReviewOut], summary="Quarterly reviews and half-yearly screens, newest first")
def list_reviews(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE)
    return review_queries.all_reviews()[:100]


@router.get("/reviews/{review_id}/proposals", response=list[ProposalOut], summary="What a review proposes")
def list_proposals(
    request: HttpRequest,
    review_id: shapes.Id,
    state: Literal["open", "accepted", "kept", "declined", "outdated", ""] = "open",
    kind: shapes.Short = "",
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    caller = caller_with(request, Right.SEE)
    review = get_object_or_404(Review, pk=review_id)
    rows = review_queries.proposals_for(caller, review).filter(pk__gt=after)
    wanted = {"state": state, "kind": kind}
    return rows.filter(**{name: value for name, value in wanted.items() if value}).order_by("pk")[:limit]


@router.post("/proposals/{proposal_id}/decision", response=ProposalOut, summary="Accept, keep or decline a proposal")
def decide_proposal(request: HttpRequest, proposal_id: shapes.Id, body: DecisionIn) -> Any:
    """Whoever made the key counts as who decided. A proposal that is no longer open stays as it is: look at `state`."""
    caller = caller_with(request, Right.EDIT_TIERS)
    rows = Proposal.objects.filter(customer__in=ledger_queries.customers_for(caller))
    proposal = get_object_or_404(rows, pk=proposal_id)
    try:
        deciding.decide(
            proposal_ids=[proposal.pk], answer=body.answer, by=_person(caller), now=clock.utc_now(),
            reason=body.reason, keep_until=body.keep_until,
        )  # fmt: skip
    except deciding.NoReason as error:
        raise FieldMistake("reason", str(error)) from None
    except deciding.NoKeepUntil as error:
        raise FieldMistake("keep_until", str(error)) from None
    return Proposal.objects.select_related("scheme", "decided_by").get(pk=proposal.pk)


def _person(caller: User) -> User:
    """Who made the key, as he is kept; the caller carries the rights of the key instead of his own."""
    return User.objects.get(pk=caller.pk)
