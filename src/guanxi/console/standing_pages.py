"""One customer's tiers: where he stands in every scheme, how he came there, and a person's word about it (CN-51)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.customers import customer_of
from guanxi.console.parts import say_errors
from guanxi.console.reviews import KEPT_FOR
from guanxi.console.tier_words import cause_words, figures_words, in_language
from guanxi.kernel import clock
from guanxi.ledger.models import Customer
from guanxi.staff.roles import Right
from guanxi.tiering import deciding, documents, moves
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Standing, StandingChange

BASES = {
    "rule": gettext_lazy("by the rules"),
    "promoted": gettext_lazy("promoted"),
    "moved": gettext_lazy("by a named move"),
    "person": gettext_lazy("decided by hand"),
}
CHANGES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A standing with what may be chosen instead; `before` is the tier an undo would go back to."""

    id: int
    scheme: str
    tier: str
    title: str
    basis: str
    reason: str
    since_at: datetime
    protected_until: datetime | None
    tiers: list[tuple[str, str]]
    before: str


@dataclass(frozen=True, slots=True)
class Change:
    """One kept move."""

    at: datetime
    scheme: str
    from_tier: str
    from_title: str
    to_tier: str
    to_title: str
    cause: str
    rule: str
    reason: str
    decided_by: str
    version: int


class ByHandForm(forms.Form):
    """A tier given by hand. An empty tier undoes the latest move."""

    tier = forms.CharField(required=False, max_length=40)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=1_000)
    keep_until = forms.DateField(label=gettext_lazy("Keep until"), widget=DAY)


@page(right=Right.SEE, scoped=True)
def customer_tiers(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    context = {
        "customer": found,
        "rows": _rows(found),
        "changes": _changes(found),
        "may_decide": member_of(request).may(Right.EDIT_TIERS),
        "keep_until": (clock.utc_now() + KEPT_FOR).date(),
    }
    return render(request, "console/reviews/customer.html", context)


@act(right=Right.EDIT_TIERS, scoped=True)
def customer_tier(request: HttpRequest, customer_id: int, standing_id: int) -> HttpResponse:
    """Put the customer into a tier, or back to the one before his latest move, until a day."""
    found = customer_of(request, customer_id)
    standing = get_object_or_404(Standing.objects.select_related("scheme"), pk=standing_id, customer=found)
    form = ByHandForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
    else:
        _carry_out(request, standing, form.cleaned_data)
    return redirect("customer_tiers", customer_id=found.pk)


def _carry_out(request: HttpRequest, standing: Standing, asked: dict[str, Any]) -> None:
    tier = asked["tier"]
    if tier and tier not in documents.read_scheme(standing.scheme.document).tiers:
        messages.error(request, _("This scheme has no such tier."))
        return
    words = {
        "by": member_of(request),
        "reason": asked["reason"],
        "keep_until": asked["keep_until"],
        "now": clock.utc_now(),
    }
    try:
        if tier:
            done = deciding.set_standing(standing=standing, tier=tier, **words)
        else:
            done = deciding.undo_move(standing=standing, **words)
    except deciding.NoKeepUntil:
        messages.error(request, _("Name a day after today until which the tier is kept."))
        return
    if done:
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("There is nothing to undo, or he has moved meanwhile."))


def _rows(customer: Customer) -> list[Row]:
    rows = []
    for standing in tiering_queries.standings_of(customer.pk):
        read = documents.read_scheme(standing.scheme.document)
        titles = {tier: in_language(words, tier) for tier, words in read.tiers.items()}
        latest = tiering_queries.changes_of(customer.pk, standing.scheme).first()
        move = moves.named_move(read, standing.rule)
        basis = in_language(move.title, move.name) if move else str(BASES.get(standing.basis, standing.basis))
        rows.append(
            Row(
                id=standing.pk,
                scheme=in_language(read.title, standing.scheme.title),
                tier=standing.tier,
                title=titles.get(standing.tier, standing.tier),
                basis=basis,
                reason=_why(standing, is_by_hand=standing.basis == "person"),
                since_at=standing.since_at,
                protected_until=standing.protected_until,
                tiers=list(titles.items()),
                before=titles.get(latest.from_tier, latest.from_tier) if latest and latest.from_tier else "",
            )
        )
    return rows


def _changes(customer: Customer) -> list[Change]:
    return [_change(each) for each in tiering_queries.changes_of(customer.pk)[:CHANGES_SHOWN]]


def _why(kept: Standing | StandingChange, *, is_by_hand: bool) -> str:
    """The kept reason is English; a reader of another language gets the figures in his own."""
    if is_by_hand or (get_language() or "en").startswith("en"):
        return kept.reason
    return figures_words(kept.figures)


def _change(each: StandingChange) -> Change:
    read = documents.read_scheme(each.scheme.document)
    move = moves.named_move(read, each.rule)
    return Change(
        at=each.at,
        scheme=in_language(read.title, each.scheme.title),
        from_tier=each.from_tier,
        from_title=in_language(read.tiers.get(each.from_tier, {}), each.from_tier),
        to_tier=each.to_tier,
        to_title=in_language(read.tiers.get(each.to_tier, {}), each.to_tier),
        cause=cause_words(each.cause),
        rule=in_language(move.title, move.name) if move else "",
        reason=_why(each, is_by_hand=each.decided_by is not None),
        decided_by=str(each.decided_by or ""),
        version=each.scheme_version,
    )


urlpatterns: list[URLPattern] = [
    path("customers/<int:customer_id>/tiers/", customer_tiers, name="customer_tiers"),
    path("customers/<int:customer_id>/tiers/<int:standing_id>/", customer_tier, name="customer_tier"),
]
