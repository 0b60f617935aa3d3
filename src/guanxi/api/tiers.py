"""Schemes, how they divide the customers, and why one customer stands where he stands (T-30, T-34)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.records import customer_of
from guanxi.kernel.titles import in_language
from guanxi.staff.roles import Right
from guanxi.tiering import documents, outlook_words, words
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Scheme
from guanxi.tiering.words import Language

router = Router(tags=["Tiers"])


class SchemeOut(Schema):
    name: str
    title: dict[str, str]
    axis: str
    version: int
    is_active: bool
    is_default: bool
    decides: Annotated[str, Field(description="automatic or review")]
    tiers: Annotated[dict[str, dict[str, str]], Field(description="Titles by language, the best tier first.")]
    labels: dict[str, dict[str, str]]
    updated_at: AwareDatetime


class TierOut(Schema):
    tier: str
    customers: int
    customer_share: float
    spend: Decimal
    spend_share: float


class TableOut(Schema):
    """`spend` is net over the lifetime in `currency`; shares lie between 0 and 1."""

    scheme: str
    as_of: AwareDatetime
    currency: str
    window_days: int | None
    customers: int
    tiers: list[TierOut]


class GateOut(Schema):
    name: str
    title: str
    state: Annotated[str, Field(description="passed, warned, failed or unknown")]


class CustomerTierOut(Schema):
    """`tier` is what is written down, `by_figures` what the latest figures alone say."""

    scheme: str
    axis: str
    tier: str
    title: str
    label: str
    since_at: AwareDatetime | None
    by_figures: str
    rule: str
    reason: str
    gates: list[GateOut]
    marks: list[str]
    outlook: Annotated[list[str], Field(description="What would change the tier, a sentence each.")]


@router.get("/schemes", response=list[SchemeOut], summary="Schemes, the default one first")
def list_schemes(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE)
    return [_scheme(record) for record in tiering_queries.kept_schemes()]


@router.get("/schemes/{scheme}/table", response=TableOut, summary="Customers and money per tier")
def get_tier_table(request: HttpRequest, scheme: shapes.Label) -> Any:
    """As of the latest run; 404 for a scheme that was not applied yet."""
    caller_with(request, Right.SEE_ALL)
    table = tiering_queries.tier_table(get_object_or_404(Scheme, name=scheme))
    if table is None:
        raise Http404
    return {
        "scheme": scheme, "as_of": table.as_of, "currency": table.currency, "window_days": table.window_days,
        "customers": table.customers, "tiers": table.rows,
    }  # fmt: skip


@router.get(
    "/customers/{customer_id}/tiers", response=list[CustomerTierOut], summary="Where a customer stands, and why"
)
def get_customer_tiers(request: HttpRequest, customer_id: shapes.Id, language: Language = "en") -> Any:
    """By every scheme that is applied, with the reasons in English or Chinese (`zh-Hans`)."""
    customer = customer_of(caller_with(request, Right.SEE), customer_id)
    return [_explained(each, language) for each in tiering_queries.explanations_of(customer.pk)]


def _scheme(record: Scheme) -> dict[str, Any]:
    read = documents.read_scheme(record.document)
    return {
        "name": record.name, "title": dict(read.title), "axis": read.axis, "version": record.version,
        "is_active": record.is_active, "is_default": record.is_default, "decides": read.decides,
        "tiers": {tier: dict(titles) for tier, titles in read.tiers.items()},
        "labels": {tier: dict(titles) for tier, titles in read.labels.items()}, "updated_at": record.updated_at,
    }  # fmt: skip


def _explained(found: tiering_queries.Explanation, language: Language) -> dict[str, Any]:
    decision, standing = found.decision, found.standing
    tier = standing.tier if standing else decision.tier
    return {
        "scheme": found.scheme.name,
        "axis": found.read.axis,
        "tier": tier,
        "title": in_language(found.read.tiers.get(tier, {}), language) or tier,
        "label": in_language(found.read.labels.get(tier, {}), language),
        "since_at": standing.since_at if standing else None,
        "by_figures": decision.tier,
        "rule": decision.rule,
        "reason": words.reason(decision, found.currency, language),
        "gates": [{"name": gate.name, "title": in_language(gate.title, language), "state": gate.state}
                  for gate in decision.gates],
        "marks": [in_language(mark.title, language) for mark in decision.marks],
        "outlook": outlook_words.outlook_words(found.outlook, found.read.tiers, found.currency, language),
    }  # fmt: skip
