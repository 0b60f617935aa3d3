"""What became of a campaign: sent, left out and why, answered by people, ordered after; by country, tier and language.

Every figure is one grouped query, whatever the number of readers. Orders after a mail are not orders because of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from guanxi.campaigns import answers
from guanxi.campaigns.models import CLICKS, REPLIES, Campaign, Recipient
from guanxi.consent.models import Permission
from guanxi.ledger.models import NOT_ORDERED, Order
from guanxi.outbox.models import Attempt, Message, Verdict
from guanxi.outbox.states import ACCEPTED, DEFERRED, EXPIRED, FAILED, HELD, SUPPRESSED
from guanxi.tracking.models import Hit
from guanxi.tracking.verdicts import CLICK, HUMAN, MACHINE, OPEN

NOT_PROPOSED = "not_proposed"
# How long replies and clicks are counted; what comes later still stands in the timeline.
LISTENED_FOR = timedelta(days=60)
CUTS = ("country", "tier", "language", "variant")
UNEXPLAINED = ""


@dataclass(slots=True)
class Figures:
    """The same figures for a whole campaign and for one slice of it.

    `machine_clicks` counts mails a link of which a machine followed; what may be either is in neither figure. `opens`
    are of the `tracked` mails alone.
    """

    readers: int = 0
    states: Counter[str] = field(default_factory=Counter)
    clicks: int = 0
    machine_clicks: int = 0
    tracked: int = 0
    opens: int = 0
    machine_opens: int = 0
    replies: int = 0
    unsubscribes: int = 0
    complaints: int = 0
    bounces: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    orders_without_rate: int = 0

    @property
    def delivered(self) -> int:
        return self.states[ACCEPTED]

    @property
    def arrived(self) -> int:
        """What the readers' servers took and did not send back since."""
        return max(0, self.delivered - self.bounces)

    def share(self, count: int) -> Decimal | None:
        """Of the delivered mails; None where there are none."""
        return Decimal(count) / self.delivered if self.delivered else None

    @property
    def open_share(self) -> Decimal | None:
        """Of the mails whose opening may be seen."""
        return Decimal(self.opens) / self.tracked if self.tracked else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why mails of one state are there; `behind` is the hold that outlasted them."""

    state: str
    reason: str
    behind: str
    readers: int


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    people: int
    machines: int


@dataclass(frozen=True, slots=True)
class Results:
    """Everything the page of results shows."""

    total: Figures
    cuts: dict[str, list[tuple[str, Figures]]]
    reasons: list[Reason]
    links: list[Link]


def results_of(campaign: Campaign) -> Results:
    """A fixed number of queries, each with an index behind it."""
    cuts = {cut: figures_by(campaign, cut) for cut in CUTS}
    return Results(figures_of(campaign), cuts, reasons_of(campaign), links_of(campaign))


def figures_of(campaign: Campaign) -> Figures:
    """The campaign as a whole."""
    return dict(figures_by(campaign, "")).get("", Figures())


def figures_by(campaign: Campaign, cut: str) -> list[tuple[str, Figures]]:
    """The figures per value of a column of the readers, the largest slice first; with an empty cut one slice."""
    found: defaultdict[str, Figures] = defaultdict(Figures)
    places = Recipient.objects.filter(campaign=campaign)
    for key, state, count in _counted(places, cut, Coalesce("message__state", Value(NOT_PROPOSED))):
        found[key].readers += count
        found[key].states[state] += count
    _add_hits(campaign, cut, found)
    delivered = answers.delivered(places)
    for name, counted in (
        ("clicks", answers.answered(delivered, CLICKS, within=LISTENED_FOR)),
        ("replies", answers.answered(delivered, REPLIES, within=LISTENED_FOR)),
        ("tracked", answers.tracked(delivered)),
        ("complaints", places.filter(Exists(answers.told_of_mail("email.complained")))),
        ("bounces", places.filter(Exists(answers.told_of_mail("email.bounced")))),
        ("unsubscribes", places.filter(pk__in=_unsubscribed(campaign))),
    ):
        for key, count in _counted(counted, cut):
            setattr(found[key], name, count)
    _add_orders(campaign, cut, found)
    return sorted(found.items(), key=lambda each: -each[1].readers)


def _counted(places: QuerySet[Recipient], cut: str, *more: Any) -> Iterable[Any]:
    rows = places.order_by().values_list(_key(cut), *more).annotate(count=Count("id"))
    return [(str(row[0] or ""), *row[1:]) for row in rows]


def _key(column: str) -> Any:
    return F(column) if column else Value("")


def _add_hits(campaign: Campaign, cut: str, found: dict[str, Figures]) -> None:
    """Opens of people and of machines, and the clicks of machines alone."""
    place = f"message__campaign_place__{cut}" if cut else ""
    hits = Hit.objects.filter(message__campaign_place__campaign=campaign)
    rows = hits.order_by().values_list(_key(place), "kind", "verdict").annotate(count=Count("message", distinct=True))
    for value, kind, verdict, count in rows:
        figures = found[str(value or "")]
        if kind == OPEN and verdict == HUMAN:
            figures.opens = count
        elif kind == OPEN and verdict == MACHINE:
            figures.machine_opens = count
        elif verdict == MACHINE:
            figures.machine_clicks = count


def _add_orders(campaign: Campaign, cut: str, found: dict[str, Figures]) -> None:
    """Each order once, in the slice of the first reader of its customer whose mail came before it."""
    if campaign.started_at is None:
        return
    within = timedelta(days=campaign.order_days)
    places = Recipient.objects.filter(
        campaign=campaign, customer=OuterRef("customer"), message__accepted_at__lte=OuterRef("placed_at"),
        message__accepted_at__gte=OuterRef("placed_at") - within,
    )  # fmt: skip
    orders = Order.objects.filter(
        Exists(places), kind="order", placed_at__gte=campaign.started_at,
        customer_id__in=Recipient.objects.filter(campaign=campaign).values("customer_id"),
    ).exclude(stage__in=NOT_ORDERED)  # fmt: skip
    key: Any = Subquery(places.order_by("id").values(cut)[:1]) if cut else Value("")
    rows = orders.order_by().annotate(slice=key).values_list("slice")
    counted = rows.annotate(
        count=Count("id"), money=Sum("amount_reporting"), unpriced=Count("id", filter=Q(amount_reporting__isnull=True))
    )
    for value, count, money, unpriced in counted:
        figures = found[str(value or "")]
        figures.orders, figures.revenue, figures.orders_without_rate = count, money or Decimal(0), unpriced


def _unsubscribed(campaign: Campaign) -> list[int]:
    """The places whose very mail was unsubscribed; these are few, so their evidence is read."""
    if campaign.started_at is None:
        return []
    said = Permission.objects.filter(
        contact__campaign_places__campaign=campaign, state="withdrawn", purpose="marketing",
        obtained_at__gte=campaign.started_at,
    ).values_list("contact__campaign_places__id", "contact__campaign_places__message_id", "evidence",
                  "contact__campaign_places__campaign_id")  # fmt: skip
    return [
        place for place, message, evidence, of in said
        if of == campaign.pk and message and evidence.get("message") == message
    ]  # fmt: skip


def reasons_of(campaign: Campaign) -> list[Reason]:
    """Why mails wait, were left out or refused, the most frequent reason first."""
    decisive = (
        Verdict.objects.filter(message=OuterRef("message"))
        .exclude(outcome="pass")
        # Of the latest judgement a drop before a hold, of holds the longest.
        .order_by("-at", "outcome", "-until_at", "id")
    )
    judged = (
        Recipient.objects.filter(campaign=campaign, message__state__in=[HELD, SUPPRESSED, EXPIRED, DEFERRED])
        .annotate(
            reason=Subquery(decisive.values("reason")[:1]),
            behind=Subquery(decisive.annotate(why=KT("detail__reason")).values("why")[:1]),
        )
        .order_by()
        .values_list("message__state", "reason", "behind")
        .annotate(count=Count("id"))
    )
    found = [Reason(state, reason or UNEXPLAINED, behind or "", count) for state, reason, behind, count in judged]
    return sorted(found + _failures_of(campaign), key=lambda each: -each.readers)


def _failures_of(campaign: Campaign) -> list[Reason]:
    """What the mail servers answered to those that failed, by the code."""
    answered = Attempt.objects.filter(message=OuterRef("message")).order_by("-id")
    rows = (
        Recipient.objects.filter(campaign=campaign, message__state=FAILED)
        .annotate(code=Subquery(answered.values("code")[:1]))
        .order_by()
        .values_list("code")
        .annotate(count=Count("id"))
    )
    return [Reason(FAILED, f"smtp_{code}" if code else "cannot_be_written", "", count) for code, count in rows]


def links_of(campaign: Campaign) -> list[Link]:
    """Per target how many readers followed it, people apart from machines; the most followed first."""
    hits = Hit.objects.filter(
        message__campaign_place__campaign=campaign, kind=CLICK, link_index__isnull=False, verdict__in=[HUMAN, MACHINE]
    )
    rows = hits.order_by().values_list("message__template", "message__language", "link_index", "verdict")
    targets: dict[tuple[int, str], list[str]] = {}
    people: Counter[str] = Counter()
    machines: Counter[str] = Counter()
    for template, language, index, verdict, count in rows.annotate(count=Count("message", distinct=True)):
        if (template, language) not in targets:
            targets[template, language] = _targets(campaign, template, language)
        known = targets[template, language]
        url = known[index] if index < len(known) else ""
        (people if verdict == HUMAN else machines)[url] += count
    urls = sorted(people | machines, key=lambda url: (-people[url], -machines[url], url))
    return [Link(url, people[url], machines[url]) for url in urls]


def _targets(campaign: Campaign, template_id: int, language: str) -> list[str]:
    """The links of that letter, as one of its mails carries them."""
    mails = Message.objects.filter(campaign_place__campaign=campaign, template=template_id, language=language)
    links = mails.exclude(links=[]).values_list("links", flat=True).first()
    return [str(each) for each in links or []]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A campaign of the overview."""

    campaign: Campaign
    delivered: int
    clicks: int
    at: datetime


def overview(campaigns: Iterable[Campaign]) -> list[ListRow]:
    """Delivered mails and human clicks of each; two queries for all of them."""
    shown = list(campaigns)
    places = answers.delivered(Recipient.objects.filter(campaign__in=shown))
    delivered = dict(places.order_by().values_list("campaign").annotate(count=Count("id")))
    clicked = answers.answered(places, CLICKS, within=LISTENED_FOR)
    clicks = dict(clicked.order_by().values_list("campaign").annotate(count=Count("id")))
    return [
        ListRow(each, delivered.get(each.pk, 0), clicks.get(each.pk, 0), each.started_at or each.updated_at)
        for each in shown
    ]
