"""Whole files of orders with their lines, compared with what is known: new, changed or the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from guanxi.firm.queries import the_firm
from guanxi.kernel.bulk import insert_rows, reserve_ids, update_rows
from guanxi.kernel.money import NoRate, RateTable
from guanxi.kernel.parts import in_parts
from guanxi.ledger.bulk import Batch, Cutter, Outcome, insert_events, short_key
from guanxi.ledger.changes import Conflict, changed, digest, plain
from guanxi.ledger.models import Customer, Order, OrderLine
from guanxi.ledger.queries import rate_table

ORDERS_AT_ONCE = 500
NUMBER_LENGTH = 120
KEPT_DIGITS = Decimal("0.0001")
DISCOUNT, DIFFERENCE = "Discount", "Difference to the order's amount"
LINE_COLUMNS = (
    "order_id", "position", "product_code", "product_name", "category", "quantity", "unit_price", "amount", "cost",
    "is_custom",
)  # fmt: skip


# A line that no article stands for.
DIFFERENCE = "Difference to the order's amount"
# How long the texts of a line may be.
LINE_TEXTS = {"product_code": 120, "product_name": 300, "category": 120}


class LineRecord(NamedTuple):
    """A line; its texts are no longer than LINE_TEXTS says."""

    product_code: str
    product_name: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    cost: Decimal | None
    is_custom: bool = False


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """`amount` None means that the source does not say (its lines come in a second file); `lines` None likewise.

    `stage` empty means the usual one: completed for history, confirmed for a live order. `fields` are columns of
    ORDER_COLUMNS, `kept` what the file carried beside the known columns.
    """

    number: str
    customer_id: int
    placed_at: datetime
    currency: str
    amount: Decimal | None
    kind: str = "order"
    contact_id: int | None = None
    stage: str = ""
    lines: Sequence[LineRecord] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


# What an order may say of its way to the customer; the texts among them are shown in events.
ORDER_TEXTS = ("carrier", "tracking_number")
ORDER_COLUMNS = (*ORDER_TEXTS, "ship_by", "delivered_at", "paid_at")


class Pricing:
    """Amounts in the firm's reporting currency (CN-41), by the rate of the order's day in the firm's time zone."""

    def __init__(self, currencies: Iterable[str]) -> None:
        firm = the_firm()
        self.into, self._zone = firm.reporting_currency, firm.zone
        self._rates: RateTable = rate_table(self.into, currencies)
        self.priced = 0  # how many orders were given an amount again
        self.without_rate: dict[str, int] = {}
        self.before_rates: dict[str, date] = {}  # currency to the first day with a rate, when orders are older
        self.by_earlier_rate: dict[str, int] = {}  # currency to how many orders took the last rate before their day

    def columns(
        self, amount: Decimal, currency: str, placed_at: datetime
    ) -> tuple[Decimal | None, Decimal | None, date | None]:
        """amount_reporting, rate and rate_on; empty and counted without a rate."""
        day = placed_at.astimezone(self._zone).date()
        try:
            rate = self._rates.rate_for(currency, day)
        except NoRate:
            self.without_rate[currency] = self.without_rate.get(currency, 0) + 1
            return None, None, None
        if rate.on > day:
            self.before_rates[currency] = rate.on
        elif rate.on < day:
            self.by_earlier_rate[currency] = self.by_earlier_rate.get(currency, 0) + 1
        # To four digits, as amounts are kept: rounded to cents, a thousand orders would drift.
        return (amount * rate.value).quantize(KEPT_DIGITS, ROUND_HALF_UP), rate.value, rate.on


@dataclass(slots=True)
class _Known:
    """An order as it stands."""

    id: int
    customer_id: int
    contact_id: int | None
    kind: str
    placed_at: datetime
    currency: str
    amount: Decimal
    stage: str
    carrier: str
    tracking_number: str
    ship_by: date | None
    delivered_at: datetime | None
    paid_at: datetime | None
    kept: dict[str, str]
    stage_at: datetime | None
    batch: int | None


COLUMNS_OF_KNOWN = {"fields": "kept"}


def record_orders(batch: Batch, records: Iterable[OrderRecord], pricing: Pricing) -> Outcome:
    """Create the orders this source has not given before and bring the others up to date; `ids` are by number.

    Writes order.placed or order.credited for each new order, order.stage_changed for each that moved. An order that
    the ledger has under another customer stays there and is a conflict.
    """
    outcome = Outcome()
    for chunk in in_parts(records, ORDERS_AT_ONCE):
        known = _known_orders(batch.source, [record.number for record in chunk])
        fresh = [record for record in chunk if record.number not in known]
        outcome.ids |= {number: order.id for number, order in known.items()}
        outcome.ids |= _insert_orders(batch, fresh, pricing)
        outcome.created += len(fresh)
        outcome.show(record.number for record in fresh)
        _compare(batch, [record for record in chunk if record.number in known], known, pricing, outcome)
    return outcome


def _known_orders(source: str, numbers: Sequence[str]) -> dict[str, _Known]:
    short = {short_key(number, NUMBER_LENGTH): number for number in numbers}
    rows = Order.objects.filter(source=source, number__in=list(short)).values_list(
        "number", "id", "customer_id", "contact_id", "kind", "placed_at", "currency", "amount", "stage",
        *ORDER_COLUMNS, "fields", "stage_at", "batch",
    )  # fmt: skip
    return {short[number]: _Known(*values) for number, *values in rows}


def _insert_orders(batch: Batch, records: Sequence[OrderRecord], pricing: Pricing) -> dict[str, int]:
    ids = dict(zip((record.number for record in records), reserve_ids(Order, len(records)), strict=True))
    usual = "completed" if batch.is_historical else "confirmed"
    cut = Cutter(Order)
    columns = (
        "id", "customer_id", "contact_id", "source", "number", "kind", "placed_at", "currency", "amount",
        "amount_reporting", "rate", "rate_on", "stage", "stage_at", "is_trial", *ORDER_COLUMNS, "tracking_url",
        "fields", "batch", "created_at", "updated_at",
    )  # fmt: skip
    insert_rows(Order, columns, (
        (ids[each.number], each.customer_id, each.contact_id, batch.source, short_key(each.number, NUMBER_LENGTH),
         each.kind, each.placed_at, each.currency, each.amount or 0,
         *pricing.columns(each.amount or Decimal(0), each.currency, each.placed_at),
         each.stage or usual, each.placed_at, False, *_columns(cut, each.fields), "", dict(each.kept),
         batch.id, batch.now, batch.now)
        for each in records
    ))  # fmt: skip
    insert_lines((ids[each.number], each.lines) for each in records if each.lines)
    insert_events(batch, _order_events(batch, records, ids, usual))
    return ids


def _columns(cut: Cutter, fields: Mapping[str, Any]) -> Iterable[Any]:
    return (cut(name, fields.get(name, "" if name in ORDER_TEXTS else None)) for name in ORDER_COLUMNS)


def _order_events(
    batch: Batch, records: Sequence[OrderRecord], ids: Mapping[str, int], usual: str
) -> Iterable[dict[str, Any]]:
    for record in records:
        about = {
            "customer_id": record.customer_id, "contact_id": record.contact_id, "object_kind": "order",
            "object_id": str(ids[record.number]),
        }  # fmt: skip
        stage = record.stage or usual
        properties = {"number": record.number, "currency": record.currency, "stage": stage}
        if record.amount is not None:
            properties["amount"] = str(record.amount)
        name = "order.placed" if record.kind == "order" else "order.credited"
        yield {**about, "name": name, "occurred_at": record.placed_at, "properties": properties}
        if not batch.is_historical and stage != usual:
            yield {**about, "name": "order.stage_changed", "properties": {
                "number": record.number, "from": usual, "stage": stage, **_texts(record)}}  # fmt: skip


def _texts(record: OrderRecord) -> dict[str, Any]:
    return {name: record.fields[name] for name in ORDER_TEXTS if record.fields.get(name)}


def insert_lines(orders: Iterable[tuple[int, Sequence[LineRecord]]]) -> int:
    return insert_rows(OrderLine, LINE_COLUMNS, (
        (order_id, position, *line)
        for order_id, lines in orders
        for position, line in enumerate(lines, start=1)
    ))  # fmt: skip


def _compare(
    batch: Batch, records: Sequence[OrderRecord], known: Mapping[str, _Known], pricing: Pricing, outcome: Outcome
) -> None:
    if not records:
        return
    lines = lines_of([known[record.number].id for record in records if record.lines is not None])
    for record in records:
        order = known[record.number]
        if order.customer_id != record.customer_id:
            outcome.conflicts.append(_of_another(order, record))
            continue
        standing = lines.get(order.id, [])
        if batch.adds_lines:
            record = with_lines_of(record, standing, order.amount)
        has_new_lines = record.lines is not None and standing != list(record.lines)
        changes = _changes(order, record)
        if not changes and not has_new_lines:
            continue
        outcome.updated += 1
        if not batch.adds_lines:
            outcome.conflicts += _contradictions(order, record, changes)
        if "stage" in changes:
            changes["stage_at"] = batch.now
            insert_events(batch, [_moved(order, record, changes)])
        before = {name: getattr(order, COLUMNS_OF_KNOWN.get(name, name), None) for name in changes}
        if changes:
            batch.keep(changed("order", order.id, record.number, before, changes))
        if has_new_lines and record.lines is not None:
            keep_lines(batch, order.id, record.number, standing, record.lines)
            replace_lines({order.id: record.lines})
        if changes.keys() & {"amount", "currency", "placed_at"}:
            amount = order.amount if record.amount is None else record.amount
            priced = pricing.columns(amount, record.currency, record.placed_at)
            changes |= dict(zip(("amount_reporting", "rate", "rate_on"), priced, strict=True))
        update_rows(Order, (*changes, "updated_at"), [(order.id, *changes.values(), batch.now)])


def with_lines_of(record: OrderRecord, standing: Sequence[LineRecord], amount: Decimal) -> OrderRecord:
    """`record` with the lines that the order has already, and the amount of both.

    A line that only made up for a difference gives way: the amount of the whole order was told apart from its lines.
    """
    if record.lines is None or record.amount is None:
        total = amount + (record.amount or 0)
        return replace(record, amount=total, kind="credit" if total < 0 else "order")
    known, own = _told(standing), _told(record.lines)
    if len(known) < len(standing):
        total = amount
    else:
        total = record.amount if len(own) < len(record.lines) else amount + record.amount
    difference = total - sum((line.amount for line in [*known, *own]), Decimal(0))
    lines = [*known, *own, *([difference_line(difference)] if difference else [])]
    return replace(record, amount=total, lines=lines, kind="credit" if total < 0 else "order")


def difference_line(amount: Decimal) -> LineRecord:
    """What the lines of an order lack to its amount."""
    return LineRecord("", DISCOUNT if amount < 0 else DIFFERENCE, "", Decimal(1), amount, amount, None)


def _told(lines: Sequence[LineRecord]) -> list[LineRecord]:
    return [line for line in lines if line.product_code or line.product_name not in {DISCOUNT, DIFFERENCE}]


def _of_another(order: _Known, record: OrderRecord) -> Conflict:
    names = dict(Customer.objects.filter(pk__in=[order.customer_id, record.customer_id]).values_list("id", "name"))
    return Conflict(
        f"order {record.number} belongs to another customer already", record.number, "customer",
        names.get(order.customer_id, ""), names.get(record.customer_id, ""),
    )  # fmt: skip


def _contradictions(order: _Known, record: OrderRecord, changes: Mapping[str, Any]) -> Iterable[Conflict]:
    """An order that was known with another amount or currency; what the file says is written."""
    if changes.keys() & {"amount", "currency"} and order.amount:
        ours = f"{plain(order.amount)} {order.currency}"
        theirs = f"{plain(order.amount if record.amount is None else record.amount)} {record.currency}"
        yield Conflict(
            f"order {record.number} was {ours} and is {theirs} in the file", record.number, "amount", ours, theirs,
            "taken",
        )  # fmt: skip


def _moved(order: _Known, record: OrderRecord, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": "order.stage_changed", "customer_id": order.customer_id,
        "contact_id": changes.get("contact_id", order.contact_id), "object_kind": "order", "object_id": str(order.id),
        "properties": {"number": record.number, "from": order.stage, "stage": record.stage, **_texts(record)},
    }  # fmt: skip


def keep_lines(
    batch: Batch, order_id: int, number: str, before: Sequence[LineRecord], after: Sequence[LineRecord]
) -> None:
    """Tell the batch's keeper which lines the order had."""
    batch.keep(changed("lines", order_id, number, {"lines": list(before)}, {"lines": digest(list(after))}))


def _changes(order: _Known, record: OrderRecord) -> dict[str, Any]:
    """What the record says differently; what it does not say stays."""
    wanted: dict[str, Any] = {"kind": record.kind, "placed_at": record.placed_at, "currency": record.currency}
    optional = {"amount": record.amount, "contact_id": record.contact_id, "stage": record.stage, **record.fields}
    wanted |= {name: value for name, value in optional.items() if value not in (None, "")}
    if record.amount is None:
        wanted.pop("kind")
    changes = {name: value for name, value in wanted.items() if getattr(order, name) != value}
    if not record.kept.items() <= order.kept.items():
        changes["fields"] = {**order.kept, **record.kept}
    return changes


def lines_of(order_ids: Sequence[int]) -> dict[int, list[LineRecord]]:
    """The lines of orders as records, in their order."""
    found: dict[int, list[LineRecord]] = {}
    names = ("order_id", "product_code", "product_name", "category", "quantity", "unit_price", "amount", "cost",
             "is_custom")  # fmt: skip
    rows = OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "position")
    for order_id, *values in rows.values_list(*names):
        found.setdefault(order_id, []).append(LineRecord._make(values))
    return found


def replace_lines(lines: Mapping[int, Sequence[LineRecord]]) -> None:
    """Put `lines` in the place of those the orders have."""
    OrderLine.objects.filter(order_id__in=list(lines)).delete()
    insert_lines(lines.items())


def record_lines(batch: Batch, lines: Mapping[str, Sequence[LineRecord]], pricing: Pricing) -> tuple[int, set[str]]:
    """Give orders that this source has recorded their lines, and the amount that follows from them.

    An order whose amount was given before keeps it; a line more carries the difference. Returns how many orders changed
    that `batch` did not create itself, and the numbers of orders that do not exist.
    """
    count, unknown = 0, set()
    for numbers in in_parts(lines, ORDERS_AT_ONCE):
        known = _known_orders(batch.source, numbers)
        unknown |= set(numbers) - set(known)
        standing = lines_of([order.id for order in known.values()])
        wanted = {
            number: _matching(order, standing.get(order.id, []), lines[number]) for number, order in known.items()
        }
        fresh = {number: each for number, each in wanted.items() if standing.get(known[number].id, []) != each}
        replace_lines({known[number].id: each for number, each in fresh.items()})
        rows = []
        for number, each in fresh.items():
            order = known[number]
            amount = sum((line.amount for line in each), Decimal(0))
            kind = "credit" if amount < 0 else "order"
            keep_lines(batch, order.id, number, standing.get(order.id, []), each)
            before, after = {"amount": order.amount, "kind": order.kind}, {"amount": amount, "kind": kind}
            batch.keep(changed("order", order.id, number, before, after))
            rows.append((
                order.id, amount, kind, *pricing.columns(amount, order.currency, order.placed_at), batch.now,
            ))  # fmt: skip
        update_rows(Order, ("amount", "kind", "amount_reporting", "rate", "rate_on", "updated_at"), rows)
        count += sum(known[number].batch != batch.id for number in fresh)
    return count, unknown


def _matching(order: _Known, standing: Sequence[LineRecord], lines: Sequence[LineRecord]) -> list[LineRecord]:
    """`lines`, and one more for the difference to the amount that was given without them."""
    is_given = bool(order.amount and not standing) or any(line.product_name == DIFFERENCE for line in standing)
    difference = order.amount - sum((line.amount for line in lines), Decimal(0)) if is_given else Decimal(0)
    if not difference:
        return list(lines)
    return [*lines, LineRecord("", DIFFERENCE, "", Decimal(1), difference, difference, None)]


def price_again(*, now: datetime, everything: bool = False, order_ids: Sequence[int] | None = None) -> Pricing:
    """Fill the reporting amount of orders that had no rate, of these, or of all."""
    columns = ("id", "amount", "currency", "placed_at")
    if order_ids is not None:
        everything = True
        waiting = [
            row for ids in in_parts(order_ids, ORDERS_AT_ONCE)
            for row in Order.objects.filter(pk__in=ids).values_list(*columns)
        ]  # fmt: skip
    else:
        orders = Order.objects.all() if everything else Order.objects.filter(amount_reporting__isnull=True)
        waiting = list(orders.values_list(*columns))
    pricing = Pricing({currency for _, _, currency, _ in waiting})
    rows = [(pk, *pricing.columns(amount, currency, placed_at), now) for pk, amount, currency, placed_at in waiting]
    priced = [row for row in rows if row[1] is not None]
    update_rows(Order, ("amount_reporting", "rate", "rate_on", "updated_at"), rows if everything else priced)
    pricing.priced = len(priced)
    return pricing


def currencies_of(source: str) -> set[str]:
    """The currencies in which `source` has recorded orders."""
    return set(Order.objects.filter(source=source).values_list("currency", flat=True).distinct())
