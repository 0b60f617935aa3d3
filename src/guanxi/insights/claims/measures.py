"""The measures of the claimed outcomes, each a small table; a definition names one and its wishes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import isfinite
from statistics import mean, median
from typing import Any

from django.db.models import Sum

from guanxi.budget.models import Expense
from guanxi.insights import holdouts
from guanxi.insights.claims.cells import Cell, Measure, Money, Share, Table
from guanxi.insights.claims.data import Bought, Data, months_until
from guanxi.insights.claims.leads import conversion_time, inquiries, lead_conversion
from guanxi.insights.claims.mails import inspection, letter_answers, reached_and_held_out, reactivated, replies
from guanxi.journeys.models import Enrolment, Journey
from guanxi.ledger.models import Event
from guanxi.scoring.alerts import SLOWED_CYCLES
from guanxi.scoring.measures.rhythm import LEAST_GAPS

YEAR = timedelta(days=365)


def repurchase_of_the_best(data: Data, wishes: Mapping[str, Any]) -> Table:
    """The customers who brought the most in the year before, and whether they ordered again in the days after."""
    span = timedelta(days=wishes["days"])
    rows: list[Sequence[Cell]] = []
    for back in (timedelta(), YEAR):
        end = data.as_of - back
        begin = end - span
        before = _spent(data.between(begin - YEAR, begin))
        again = {each.customer_id for each in data.between(begin, end)}
        best = set(_best(before, wishes["share"]))
        for group, some in (("best", best), ("others", before.keys() - best)):
            rows.append((begin.date(), end.date(), group, Share(len(some & again), len(some))))
    return ("from", "until", "group", "repurchase"), rows


def cost_by_tier(data: Data, _: Mapping[str, Any]) -> Table:
    """Expenses of the last 365 days and of the 365 before, in total and per order."""
    rows: list[Sequence[Cell]] = []
    currency = data.firm.reporting_currency
    for back in (timedelta(), YEAR):
        begin, end = data.as_of - back - YEAR, data.as_of - back
        spent = Expense.objects.filter(spent_on__gt=begin.date(), spent_on__lte=end.date(), currency=currency)
        sums = dict(spent.values_list("tier").annotate(Sum("amount")))
        orders = Counter(data.tiers.get(each.customer_id, "") for each in data.between(begin, end))
        for tier in sorted({*sums, *orders}):
            amount, n = float(sums.get(tier, 0)), orders[tier]
            rows.append((begin.date(), end.date(), tier, Money(amount), n, Money(amount / n) if n else None))
    return ("from", "until", "tier", "cost", "orders", "cost_per_order"), rows


def recovered(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Who was later than 1.5 times his own rhythm (DP-14), and who of them ordered within the days after; of each
    wake-up journey those it reached beside those held out of it, because some return unaided.
    """
    flags = _slowed(data)
    back = [each for each in flags if _next_within(data, each, wishes["days"])]
    return ("of", "recovered", "held_out"), [
        ("flagged", Share(len(back), len(flags)), None), *reached_and_held_out(data, wishes["sources"], wishes["days"]),
    ]  # fmt: skip


def orders_saved(data: Data, wishes: Mapping[str, Any]) -> Table:
    """What the recovered bought; per journey, what one reached customer bought more than one held out."""
    bought = [_next_within(data, each, wishes["days"]) for each in _slowed(data)]
    rows: list[Sequence[Cell]] = [("recovered", Money(sum(each.amount for each in bought if each)), None, None, None)]
    for journey in Journey.objects.filter(source__in=wishes["sources"]):
        found = holdouts.of_journey(journey, days=wishes["days"], now=data.now)
        effect = found.rows[1].effect.difference
        low, high = (None if each is None else Money(each * found.treated) for each in (effect.low, effect.high))
        total = None if effect.estimate is None else Money(effect.estimate * found.treated)
        rows.append((journey.key, total, low, high, found.held_out))
    return ("of", "value", "low", "high", "held_out"), rows


def second_orders(data: Data, wishes: Mapping[str, Any]) -> Table:
    """First orders with and without order news, and whether a second one came; what is said stands apart."""
    told = set(Enrolment.objects.filter(journey__source=wishes["source"]).values_list("customer_id", flat=True))
    groups: dict[str, list[bool]] = {"with_order_news": [], "without": []}
    span = timedelta(days=wishes["days"])
    for customer_id, mine in data.by_customer.items():
        if mine[0].at + span <= data.as_of:
            group = "with_order_news" if customer_id in told else "without"
            groups[group].append(len(mine) > 1 and mine[1].at < mine[0].at + span)
    rows: list[Sequence[Cell]] = [(group, Share(sum(some), len(some)), None) for group, some in groups.items()]
    told_of = Event.objects.filter(name="feedback.given", occurred_at__lte=data.as_of)
    said = [score for each in told_of.values_list("properties", flat=True) if (score := _score(each)) is not None]
    rows.append(("said", None, round(mean(said), 2) if said else None))
    return ("group", "second_order", "mean_score"), rows


def existing_share(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Revenue of customers with an earlier order, quarter by quarter."""
    firsts = {pk: mine[0].at for pk, mine in data.by_customer.items()}
    rows: list[Sequence[Cell]] = []
    for begin, end in _quarters(data.as_of, wishes["quarters"]):
        orders = data.between(begin, end)
        old = sum(each.amount for each in orders if firsts[each.customer_id] < each.at)
        total = sum(each.amount for each in orders)
        rows.append((begin.date(), Money(total), Money(old), round(old / total, 4) if total else None))
    return ("quarter", "revenue", "revenue_existing", "share"), rows


def pareto(data: Data, wishes: Mapping[str, Any]) -> Table:
    """The best customers of the last year and what they brought; what introduced customers brought."""
    spent = _spent(data.between(data.as_of - YEAR, data.as_of + timedelta(seconds=1)))
    best, total = _best(spent, wishes["share"]), sum(spent.values())
    introduced = set(Event.objects.filter(name="referral.made").values_list("object_id", flat=True))
    referred = [pk for pk in spent if str(pk) in introduced]
    rows: list[Sequence[Cell]] = []
    for group, some in (("best", best), ("referred", referred), ("all", list(spent))):
        money = sum(spent[pk] for pk in some)
        rows.append((group, len(some), Money(money), round(money / total, 4) if total else None))
    return ("group", "customers", "revenue", "share"), rows


def reorders(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Orders within the days after the first, of customers known for that long."""
    span = timedelta(days=wishes["days"])
    counts = [
        sum(each.at < mine[0].at + span for each in mine[1:])
        for mine in data.by_customer.values() if mine[0].at + span <= data.as_of
    ]  # fmt: skip
    twice = Share(sum(n >= 2 for n in counts), len(counts))
    return ("customers", "mean_reorders", "two_or_more"), [
        (len(counts), round(mean(counts), 3) if counts else None, twice)
    ]


def by_tier(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Per tier as it stands: repurchase in the last days, churn, mean score, revenue per expense."""
    begin = data.as_of - timedelta(days=wishes["days"])
    lately = {each.customer_id for each in data.orders if each.at >= begin}
    scores = _scores(data)
    spent = dict(Expense.objects.values_list("tier").annotate(Sum("amount")))
    revenue: Counter[str] = Counter()
    for each in data.between(data.as_of - YEAR, data.as_of + timedelta(seconds=1)):
        revenue[data.tiers.get(each.customer_id, "")] += each.amount  # type: ignore[assignment]
    members: dict[str, list[int]] = defaultdict(list)
    for customer_id, tier in data.tiers.items():
        if customer_id in data.by_customer:
            members[tier].append(customer_id)
    rows: list[Sequence[Cell]] = []
    for tier, some in sorted(members.items()):
        gone = sum(data.by_customer[pk][-1].at < data.as_of - timedelta(days=wishes["gone"]) for pk in some)
        said = [scores[pk] for pk in some if pk in scores]
        cost = float(spent.get(tier, 0))
        rows.append((
            tier, Share(sum(pk in lately for pk in some), len(some)), Share(gone, len(some)),
            round(mean(said), 2) if said else None, round(revenue[tier] / cost, 2) if cost else None,
        ))  # fmt: skip
    return ("tier", "repurchase", "churn", "mean_score", "revenue_per_expense"), rows


def satisfaction_and_cost(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Quarter by quarter: the mean score of that quarter's answers, and what was spent."""
    told = list(Event.objects.filter(name="feedback.given").values_list("occurred_at", "properties"))
    rows: list[Sequence[Cell]] = []
    for begin, end in _quarters(data.as_of, wishes["quarters"]):
        said = [score for at, each in told if begin <= at < end and (score := _score(each)) is not None]
        spent = Expense.objects.filter(spent_on__gte=begin.date(), spent_on__lt=end.date()).aggregate(sum=Sum("amount"))
        orders = len(data.between(begin, end))
        cost = float(spent["sum"] or 0)
        rows.append((
            begin.date(), len(said), round(mean(said), 2) if said else None, Money(cost),
            Money(cost / orders) if orders else None,
        ))  # fmt: skip
    return ("quarter", "answers", "mean_score", "cost", "cost_per_order"), rows


# Shared


def _spent(orders: Sequence[Bought]) -> dict[int, float]:
    found: dict[int, float] = defaultdict(float)
    for each in orders:
        found[each.customer_id] += each.amount
    return found


def _best(spent: Mapping[int, float], share: float) -> list[int]:
    """The customers who brought the most; of a fifth of eleven customers two."""
    ranked = sorted(spent, key=lambda pk: (-spent[pk], pk))
    return ranked[: round(len(ranked) * share)]


def _slowed(data: Data) -> list[tuple[int, datetime]]:
    """Each time a customer became later than his own rhythm allows, and the 90 days after are over."""
    found = []
    for customer_id, mine in data.by_customer.items():
        days = sorted({each.at.date(): each.at for each in mine}.items())
        for place in range(LEAST_GAPS, len(days)):
            gaps = [(later[0] - earlier[0]).days for earlier, later in pairwise(days[: place + 1])]
            flagged = days[place][1] + timedelta(days=int(float(SLOWED_CYCLES) * median(gaps)) + 1)
            is_over = place + 1 < len(days) and days[place + 1][1] <= flagged
            if not is_over and flagged + timedelta(days=90) <= data.as_of:
                found.append((customer_id, flagged))
    return found


def _next_within(data: Data, flag: tuple[int, datetime], days: int) -> Bought | None:
    customer_id, at = flag
    mine = data.by_customer[customer_id]
    return next((each for each in mine if at < each.at <= at + timedelta(days=days)), None)


def _score(properties: Mapping[str, Any]) -> float | None:
    """What was given, where it is a number."""
    try:
        score = float(properties["score"])
    except (KeyError, TypeError, ValueError):
        return None
    return score if isfinite(score) else None


def _scores(data: Data) -> dict[int, float]:
    """The latest of each customer."""
    rows = Event.objects.filter(name="feedback.given", occurred_at__lte=data.as_of, customer__isnull=False)
    told = rows.order_by("occurred_at").values_list("customer_id", "properties")
    return {pk: score for pk, each in told if pk is not None and (score := _score(each)) is not None}


def _quarters(until: datetime, count: int) -> list[tuple[datetime, datetime]]:
    return months_until(until, count, step=3)


MEASURES: dict[str, Measure] = {
    each.__name__: each
    for each in (
        repurchase_of_the_best, cost_by_tier, recovered, orders_saved, conversion_time, inquiries, second_orders,
        existing_share, lead_conversion, replies, inspection, reactivated, letter_answers, pareto, reorders, by_tier,
        satisfaction_and_cost,
    )
}  # fmt: skip
