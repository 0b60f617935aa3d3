"""The quarterly review and the half-yearly screen as a worklist: proposals with their reasons, decided here (R-17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from guanxi.console import list_files
from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.parts import clean, is_part, named_countries, number_in, numbers_in, page_number, say_errors
from guanxi.console.tier_words import cause_words, in_language
from guanxi.kernel import clock
from guanxi.staff.roles import Right
from guanxi.tiering import deciding, documents, moves, review_queries
from guanxi.tiering.models import Proposal, Review, Scheme
from guanxi.tiering.review_queries import Asked
from guanxi.tiering.reviews import ANSWERS, MEASURES

PAGE_SIZE = 50
# A bulk decision goes through in one request; more are decided page by page.
MOST_AT_ONCE = 5_000
KEPT_FOR = timedelta(days=180)
KINDS: dict[str, str | Promise] = {
    "raise": gettext_lazy("Raise"),
    "lower": gettext_lazy("Lower"),
    "need": gettext_lazy("Change of need"),
    "dormant": gettext_lazy("Mark as dormant"),
    "candidate": gettext_lazy("Candidate for promotion"),
    "member": gettext_lazy("VIP membership"),
    "win_back": gettext_lazy("Win back"),
}
ADVICE: dict[str, str | Promise] = {
    "M-06": gettext_lazy("Tighten risk control: prepayment, smaller credit."),
    "need": gettext_lazy("Adjust the service: who looks after him, and with which offers."),
    "dormant": gettext_lazy("Costly treatment ends; the wake-up letters begin."),
    "member": gettext_lazy("Offer VIP membership in person."),
    "win_back": gettext_lazy("A coupon or a personal call, before he is lost."),
}
STATES: dict[str, str | Promise] = {
    "open": gettext_lazy("to decide"),
    "accepted": gettext_lazy("accepted"),
    "kept": gettext_lazy("kept until"),
    "declined": gettext_lazy("declined"),
    "outdated": gettext_lazy("no longer holds"),
}
DONE: dict[str, Any] = {
    "accepted": lambda n: ngettext("%(n)d proposal accepted.", "%(n)d proposals accepted.", n),
    "kept": lambda n: ngettext("%(n)d customer is kept.", "%(n)d customers are kept.", n),
    "declined": lambda n: ngettext("%(n)d proposal declined.", "%(n)d proposals declined.", n),
}
# Rules that no scheme names.
RULES: dict[str, str | Promise] = {"M-09": gettext_lazy("Falls out of his rhythm")}
LATE, PAID, NO_INVOICE = "late", "paid", ""


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal as a row. `bars` are left edge, top and height of eight quarters, the oldest first."""

    id: int
    customer_id: int
    customer: str
    country: str
    owner: str
    scheme: str
    kind: str
    kind_title: str
    from_tier: str
    from_title: str
    to_tier: str
    to_title: str
    is_move: bool
    rule: str
    why: str
    cause: str
    advice: str
    payment: str
    late_invoices: int
    overdue_invoices: int
    share: Decimal | None
    quarters: list[Decimal]
    bars: list[tuple[int, int, int]]
    currency: str
    state: str
    state_title: str
    decided_by: str
    decided_at: Any
    decision_reason: str
    keep_until: Any

    @property
    def latest(self) -> Decimal | None:
        """Spend in the quarter closed last."""
        return self.quarters[-1] if self.quarters else None


class DecisionForm(forms.Form):
    """What is to become of the chosen proposals."""

    answer = forms.ChoiceField(choices=[(answer, answer) for answer in ANSWERS])
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=1_000)
    keep_until = forms.DateField(label=gettext_lazy("Keep until"), required=False, widget=DAY)


@page(right=Right.SEE)
def reviews(request: HttpRequest) -> HttpResponse:
    user = member_of(request)
    found = list(review_queries.all_reviews()[:40])
    if not found:
        return render(request, "console/reviews/none.html")
    review = _chosen(found, request.GET)
    scope = review_queries.proposals_for(user, review)
    asked = asked_of(request.GET)
    listing = Paginator(review_queries.narrowed(scope, asked), PAGE_SIZE).get_page(page_number(request.GET))
    context: dict[str, Any] = {
        "review": review,
        "title": title_of(review),
        "asked": asked,
        "page_of": listing,
        "lines": lines_of(listing.object_list),
        "query": clean(request.GET, but=("page",)),
        "may_decide": user.may(Right.EDIT_TIERS),
        "may_export": user.may(Right.EXPORT),
        "keep_until": (clock.utc_now() + KEPT_FOR).date(),
        "tally": review_queries.tally_of(scope),
    }
    if is_part(request):
        part = render(request, "console/reviews/_list.html", context)
        part["HX-Push-Url"] = f"{request.path}?{clean(request.GET)}".rstrip("?")
        return part
    choices = review_queries.choices_of(scope)
    context |= {
        "reviews": [(each, title_of(each)) for each in found],
        "kinds": [(kind, KINDS[kind], context["tally"].kinds.get(kind, 0)) for kind in KINDS],
        "choices": choices,
        "countries": named_countries(choices["countries"]),
        "schemes": [(each.name, _scheme_title(each)) for each in Scheme.objects.filter(name__in=choices["schemes"])],
        "tiers": _tiers(choices["tiers"]),
        "sees_all": user.may(Right.SEE_ALL),
    }
    return render(request, "console/reviews/page.html", context)


@act(right=Right.EDIT_TIERS)
def reviews_decide(request: HttpRequest) -> HttpResponse:
    """Decide the ticked proposals, or with `all` every open one that the filters leave."""
    review = _chosen(list(review_queries.all_reviews()[:40]), request.POST)
    back = HttpResponseRedirect(f"{reverse('reviews')}?{clean(QueryDict(request.POST.get('query', '')[:2_000]))}")
    form = DecisionForm(request.POST)
    scope = review_queries.proposals_for(member_of(request), review).filter(state="open")
    if request.POST.get("all"):
        scope = review_queries.narrowed(scope, asked_of(QueryDict(request.POST.get("query", "")[:2_000])))
    else:
        ticked = numbers_in(request.POST.getlist("id"))
        scope = scope.filter(pk__in=ticked)
    chosen = list(scope.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if not form.is_valid():
        say_errors(request, form)
    elif not chosen:
        messages.error(request, _("Tick at least one proposal that is still open."))
    elif len(chosen) > MOST_AT_ONCE:
        messages.error(request, _("That are too many at once; narrow them with a filter."))
    else:
        _decide(request, chosen, form.cleaned_data)
    return back


def _decide(request: HttpRequest, chosen: list[int], asked: Mapping[str, Any]) -> None:
    try:
        done = deciding.decide(
            proposal_ids=chosen,
            answer=asked["answer"],
            by=member_of(request),
            now=clock.utc_now(),
            reason=asked["reason"],
            keep_until=asked["keep_until"],
        )
    except deciding.NoReason:
        messages.error(request, _("Say why: the reason is kept with the decision."))
        return
    except deciding.NoKeepUntil:
        messages.error(request, _("Name a day after today until which the tier is kept."))
        return
    messages.success(request, DONE[asked["answer"]](done.done) % {"n": done.done})
    if done.too_late:
        words = ngettext(
            "%(n)d was decided or moved by somebody else meanwhile.",
            "%(n)d were decided or moved by somebody else meanwhile.",
            done.too_late,
        )
        messages.warning(request, words % {"n": done.too_late})


@page(right=Right.EXPORT)
def reviews_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The proposals of the page's filters as a file, decided ones with who, when and why."""
    review = _chosen(list(review_queries.all_reviews()[:40]), request.GET)
    scope = review_queries.proposals_for(member_of(request), review)
    rows = (_cells(line) for line in lines_of(review_queries.narrowed(scope, asked_of(request.GET)).iterator(500)))
    name = f"review-{review.period_from_on}"
    if form == "csv":
        return list_files.csv_answer(f"{name}.csv", _heading(), rows)
    return list_files.xlsx_answer(f"{name}.xlsx", _heading(), rows)


def asked_of(query: QueryDict) -> Asked:
    """What the address asks for; words that mean nothing are passed over."""
    owner, state = query.get("owner", ""), query.get("state", "open")
    return Asked(
        state=state if state in (*review_queries.STATES, "decided", "") else "open",
        kind=query.get("kind", "") if query.get("kind", "") in KINDS else "",
        scheme=query.get("scheme", "")[:60],
        tier=query.get("tier", "")[:40],
        country=query.get("country", "")[:2],
        owner=owner if owner == review_queries.NOBODY or number_in(owner) else "",
    )


def title_of(review: Review) -> str:
    """`Quarter 1/2026`, `Half year 2/2025`."""
    month, year = review.period_from_on.month, review.period_from_on.year
    if review.kind == "quarter":
        return _("Quarter %(number)d of %(year)d") % {"number": (month + 2) // 3, "year": year}
    return _("Class C screen, half year %(number)d of %(year)d") % {"number": (month + 5) // 6, "year": year}


def lines_of(proposals: Any) -> list[Line]:
    read: dict[int, tuple[str, Any]] = {}
    found = []
    for proposal in proposals:
        if proposal.scheme_id not in read:
            read[proposal.scheme_id] = _scheme_title(proposal.scheme), documents.read_scheme(proposal.scheme.document)
        found.append(_line(proposal, *read[proposal.scheme_id]))
    return found


def _line(proposal: Proposal, scheme_title: str, scheme: Any) -> Line:
    figures, move = proposal.figures, moves.named_move(scheme, proposal.rule)
    quarters = [Decimal(each) for each in proposal.quarters]
    late, overdue = figures.get("late_invoice_count_year") or 0, figures.get("overdue_invoice_count") or 0
    has_invoices = figures.get("invoice_count_year") is not None
    titles = {tier: in_language(title, tier) for tier, title in scheme.tiers.items()}
    language = (get_language() or "en").lower()
    return Line(
        id=proposal.pk,
        customer_id=proposal.customer_id,
        customer=proposal.customer.name,
        country=proposal.customer.country,
        owner=str(proposal.customer.owner or ""),
        scheme=scheme_title,
        kind=proposal.kind,
        kind_title=str(KINDS.get(proposal.kind, proposal.kind)),
        from_tier=proposal.from_tier,
        from_title=titles.get(proposal.from_tier, proposal.from_tier),
        to_tier=proposal.to_tier,
        to_title=titles.get(proposal.to_tier, proposal.to_tier),
        is_move=proposal.kind not in MEASURES,
        rule=in_language(move.title, move.name) if move else str(RULES.get(proposal.rule, "")),
        why=proposal.words.get("zh-Hans", proposal.reason) if language.startswith("zh") else proposal.reason,
        cause=cause_words(proposal.cause),
        advice=str(ADVICE.get(proposal.rule) or ADVICE.get(proposal.kind, "")),
        payment=LATE if late or overdue else PAID if has_invoices else NO_INVOICE,
        late_invoices=int(late),
        overdue_invoices=int(overdue),
        share=Decimal(str(figures["spend_share"])) if figures.get("spend_share") is not None else None,
        quarters=quarters,
        bars=_bars(quarters),
        currency=str(figures.get("currency", "")),
        state=proposal.state,
        state_title=str(STATES.get(proposal.state, proposal.state)),
        decided_by=str(proposal.decided_by or ""),
        decided_at=proposal.decided_at,
        decision_reason=proposal.decision_reason,
        keep_until=proposal.keep_until,
    )


def _bars(quarters: list[Decimal]) -> list[tuple[int, int, int]]:
    """Left edge, top and height of each quarter's bar in a drawing 80 wide and 26 high."""
    most = max([*quarters, Decimal(1)])
    heights = [max(1, round(26 * max(amount, Decimal(0)) / most)) for amount in quarters]
    return [(place * 10, 26 - height, height) for place, height in enumerate(heights)]


def _scheme_title(scheme: Scheme) -> str:
    return in_language(documents.read_scheme(scheme.document).title, scheme.title)


def _tiers(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The tiers that occur, with their titles; one name in two schemes stands once."""
    texts = dict(Scheme.objects.values_list("name", "document"))
    found = {tier: in_language(documents.read_scheme(texts[name]).tiers.get(tier, {}), tier) for name, tier in pairs}
    return sorted(found.items(), key=lambda each: each[1])


def _chosen(found: list[Review], query: QueryDict) -> Review:
    """The review that the address names, else the newest open one with the quarter first. Raises Http404."""
    wanted = query.get("review", "")
    if found and not wanted:
        return next((each for each in found if each.closed_at is None and each.kind == "quarter"), found[0])
    review = next((each for each in found if each.pk == number_in(wanted)), None)
    if review is None:
        raise Http404
    return review


def _heading() -> list[str]:
    return [
        _("Customer"), _("Country"), _("Owner"), _("Scheme"), _("Kind"), _("Now"), _("Proposed"), _("Rule"), _("Why"),
        _("Late invoices in 12 months"), _("Overdue invoices"), _("Currency"),
        *(_("%(n)d quarters back") % {"n": number} for number in range(8, 0, -1)),
        _("State"), _("Decided by"), _("Decided on"), _("Reason"), _("Kept until"),
    ]  # fmt: skip


def _cells(line: Line) -> list[Any]:
    quarters: list[Any] = [*line.quarters, *([None] * (8 - len(line.quarters)))]
    return [
        line.customer, line.country, line.owner, line.scheme, line.kind_title, line.from_title, line.to_title,
        str(line.rule), line.why, line.late_invoices, line.overdue_invoices, line.currency, *quarters,
        line.state_title, line.decided_by, line.decided_at.date() if line.decided_at else None, line.decision_reason,
        line.keep_until,
    ]  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/decide/", reviews_decide, name="reviews_decide"),
    path("reviews/export/<str:form>", reviews_export, name="reviews_export"),
]
