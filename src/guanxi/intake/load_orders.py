"""Orders with their lines, customers and contacts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake import load_bills
from guanxi.intake.articles import Catalogue
from guanxi.intake.deriving import KEPT
from guanxi.intake.grouping import orders_of, with_refunds
from guanxi.intake.load_parties import load_contacts, load_customers
from guanxi.intake.loading import Loading, day
from guanxi.intake.stages import stage_of
from guanxi.ledger import bulk_money, bulk_orders, currencies
from guanxi.ledger.bulk_money import InvoiceRecord
from guanxi.ledger.bulk_orders import LineRecord, OrderRecord, Pricing
from guanxi.offers import redeeming

LINE_CELLS = (
    "product_code", "product_name", "category", "quantity", "unit_price", "line_amount", "cost", "is_custom",
)  # fmt: skip
MOMENTS = ("ship_by", "delivered_at", "paid_at")
CARRIED = (
    "status", "discount_code", "carrier", "tracking_number", "due_on", *MOMENTS, "ordered_at_offset",
    *(f"{each}_offset" for each in MOMENTS),
)  # fmt: skip
ORDERS_AT_ONCE = 2_000
LONGEST_CODES = 200
NO_LINE = LineRecord("", "", "", Decimal(1), Decimal(0), Decimal(0), None)
PRICE = Decimal("0.000001")


def load_orders(loading: Loading, table: pa.Table) -> None:
    """A file of orders, one row per order or per line."""
    table = _numbered(table)
    alike = [name for name in table.column_names if name.startswith(KEPT)]
    orders = with_refunds(orders_of(table, _carried(table), alike))
    loading.progress("customers", 0, len(orders))
    customer_ids = load_customers(loading, table, update=False)
    contact_ids = load_contacts(loading, table, customer_ids, update=False)
    orders, table = _one_buyer_each(loading, orders, table)
    pricing = Pricing(_currencies(loading, orders))
    bills: list[InvoiceRecord] = []
    done = 0
    for chunk, lines in _with_lines(loading, orders, table):
        records = [
            _record(loading, order, each, customer_ids, contact_ids) for order, each in zip(chunk, lines, strict=True)
        ]
        outcome = bulk_orders.record_orders(loading.batch, records, pricing)
        loading.tally.count(outcome, "orders_created")
        _redeem(loading, chunk, outcome.ids)
        bills += load_bills.bills_of(chunk, records, outcome.ids)
        done += len(chunk)
        loading.progress("orders", done, len(orders))
    if accepted := loading.codes["accepted"]:
        loading.note(f"Codes of offers accepted: {accepted}.")
    if refused := loading.codes["refused"]:
        loading.note(f"Codes of offers refused: {refused}.")
    if bills:
        loading.tally.count(bulk_money.record_invoices(loading.batch, bills))
    if loading.unknown_words:
        words = ", ".join(sorted(loading.unknown_words)[:10])
        loading.note(f"Status not known: {words}; `stages:` in a mapping says what it means.")
    loading.note_rates(pricing)


def _redeem(loading: Loading, orders: Sequence[Mapping[str, Any]], ids: Mapping[str, int]) -> None:
    """Offers' own codes among those that the orders state are used up, or refused with a reason."""
    stated = {ids[each["order_number"]]: each["discount_code"] for each in orders if each.get("discount_code")}
    counts = redeeming.redeem_stated(
        stated, told_by=redeeming.IMPORT, now=loading.batch.now, historical=loading.batch.is_historical
    )
    loading.codes += counts


def _currencies(loading: Loading, orders: pa.Table) -> set[str]:
    """Those of the orders. The very first orders decide what is reported in, while nobody has chosen that."""
    named = _distinct(orders, "currency") or {loading.currency}
    adopted = currencies.adopt_first_currency(currencies=named, now=loading.batch.now)
    if adopted:
        loading.note(f"Amounts are reported in {adopted}, the currency of these first orders.")
    return named | {loading.currency}


def _carried(table: pa.Table) -> list[str]:
    return [name for name in (*CARRIED, "email") if name in table.column_names]


def _distinct(table: pa.Table, name: str) -> set[str]:
    return {each for each in table[name].unique().to_pylist() if each}


def _numbered(table: pa.Table) -> pa.Table:
    """`table` with a number on every row; a row without one gets a number made of its content.

    The same row in the same file gets the same number again, so a second import finds it; equal rows are counted.
    """
    present = table["order_number"] if "order_number" in table.column_names else pa.nulls(len(table), pa.string())
    if not present.null_count:
        return table
    seen: Counter[str] = Counter()
    made: list[str | None] = []
    columns = (table[name].to_pylist() for name in ("buyer", "ordered_at", "line_amount"))
    names = table["product_name"].to_pylist() if "product_name" in table.column_names else [""] * len(table)
    for number, *content in zip(present.to_pylist(), *columns, names, strict=True):
        if number is not None:
            made.append(None)
            continue
        digest = hashlib.sha256("\x1f".join(map(str, content)).encode()).hexdigest()[:16]
        seen[digest] += 1
        made.append(f"row-{digest}" if seen[digest] == 1 else f"row-{digest}-{seen[digest]}")
    numbers = pc.coalesce(present, pa.array(made, pa.string()))
    if "order_number" in table.column_names:
        return table.set_column(table.schema.get_field_index("order_number"), "order_number", numbers)
    return table.append_column("order_number", numbers)


def _one_buyer_each(loading: Loading, orders: pa.Table, table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Without the orders whose number another customer in the file has already; their rows are refused."""
    if len(pc.unique(orders["order_number"])) == len(orders):
        return orders, table
    owner: dict[str, str] = {}
    keep = [owner.setdefault(number, buyer) == buyer for number, buyer in _pairs(orders)]
    is_kept = pa.array([owner.get(number, buyer) == buyer for number, buyer in _pairs(table)])
    for row in table.filter(pc.invert(is_kept))["row"].to_pylist():
        loading.reject(row, "order_number", "another customer has an order of this number in the file")
    return orders.filter(pa.array(keep)), table.filter(is_kept)


def _pairs(table: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(table["order_number"].to_pylist(), table["buyer"].to_pylist(), strict=True)


def _with_lines(
    loading: Loading, orders: pa.Table, table: pa.Table
) -> Iterator[tuple[list[dict[str, Any]], Sequence[list[LineRecord] | None]]]:
    """Orders some thousand at a time, each with its lines; None where the file has no lines."""
    articles = [name for name in ("product_code", "product_name", "quantity") if name in table.column_names]
    if articles and loading.plan.options.summary_rows:
        table = table.filter(pc.is_valid(table["quantity"]))
    if not articles:
        for start in range(0, len(orders), ORDERS_AT_ONCE):
            chunk = orders.slice(start, ORDERS_AT_ONCE).to_pylist()
            yield chunk, [None] * len(chunk)
        return
    places = pc.index_in(table["order_number"].combine_chunks(), orders["order_number"].combine_chunks())
    if not _is_rising(places):
        order = pc.sort_indices(places)  # stable: lines keep their order
        places, table = places.take(order), table.select(_line_columns(table)).take(order)
    counts, catalogue = Counter(places.to_pylist()), _catalogue(loading, table)
    at = 0
    for start in range(0, len(orders), ORDERS_AT_ONCE):
        chunk = orders.slice(start, ORDERS_AT_ONCE).to_pylist()
        sizes = [counts[start + i] for i in range(len(chunk))]
        records = _line_records(table.slice(at, sum(sizes)), catalogue)
        at += sum(sizes)
        yield chunk, [list(islice(records, size)) for size in sizes]


def _catalogue(loading: Loading, table: pa.Table) -> Catalogue:
    codes = _distinct(table, "product_code") if "product_code" in table.column_names else set()
    return Catalogue(codes, currency=loading.currency)


def _is_rising(places: pa.Array) -> bool:
    return len(places) < 2 or bool(pc.all(pc.less_equal(places[:-1], places[1:])).as_py())


def _line_columns(table: pa.Table) -> list[str]:
    return [name for name in LINE_CELLS if name in table.column_names]


def _line_records(table: pa.Table, catalogue: Catalogue | None = None) -> Iterator[LineRecord]:
    """The rows of `table` as lines; a missing quantity is one piece, a missing price follows from the amount, a missing
    name, category and cost from the `catalogue`.
    """
    size = len(table)

    def column(name: str, otherwise: Any, longest: int = 0) -> list[Any]:
        if name not in table.column_names:
            return [otherwise] * size
        # Some thousand values stand in half a million rows: each is made once.
        encoded = table[name].combine_chunks().dictionary_encode()
        distinct = [each[:longest] if longest else each for each in encoded.dictionary.to_pylist()] + [otherwise]
        return [distinct[place] for place in pc.fill_null(encoded.indices, len(distinct) - 1).to_pylist()]

    texts = [column(name, "", longest) for name, longest in bulk_orders.LINE_TEXTS.items()]
    quantities, amounts = column("quantity", Decimal(1)), column("line_amount", Decimal(0))
    prices = column("unit_price", None)
    if None in prices:
        prices = [
            (amount / quantity).quantize(PRICE, ROUND_HALF_UP) if price is None and quantity else price or Decimal(0)
            for price, amount, quantity in zip(prices, amounts, quantities, strict=True)
        ]
    costs, is_custom = column("cost", None), column("is_custom", False)
    lines = map(LineRecord._make, zip(*texts, quantities, prices, amounts, costs, is_custom, strict=True))
    return map(catalogue.completed, lines) if catalogue else lines


def _record(
    loading: Loading,
    order: dict[str, Any],
    lines: list[LineRecord] | None,
    customer_ids: Mapping[str, int],
    contact_ids: Mapping[str, int],
) -> OrderRecord:
    amount: Decimal = order["amount"]
    if lines is not None:
        lines = _matching(lines, amount)
    placed_at = loading.moment(order, "ordered_at")
    assert placed_at is not None  # a row without a date was refused
    return OrderRecord(
        number=order["order_number"],
        customer_id=customer_ids[order["buyer"]],
        contact_id=contact_ids.get(order.get("email") or ""),
        placed_at=placed_at,
        currency=loading.currency_of(order),
        amount=None if loading.plan.options.amounts_follow else amount,
        kind="credit" if order["is_credit"] else "order",
        stage=_stage(loading, order),
        lines=lines,
        fields=_way_of(loading, order),
        kept=_kept(order),
    )


def _kept(order: Mapping[str, Any]) -> dict[str, str]:
    """What the order carries beside its columns: cells nobody asked for, and the codes it states."""
    cells = {name.removeprefix(KEPT): cell for name, cell in order.items() if cell and name.startswith(KEPT)}
    if code := order.get("discount_code"):
        cells[redeeming.STATED_IN] = code[:LONGEST_CODES]
    return cells


def _way_of(loading: Loading, order: dict[str, Any]) -> dict[str, Any]:
    """What the order says of its way to the customer."""
    said: dict[str, Any] = {name: order.get(name) for name in ("carrier", "tracking_number")}
    said |= {"ship_by": day(order, "ship_by")}
    said |= {name: loading.moment(order, name) for name in ("delivered_at", "paid_at") if name in order}
    return {name: each for name, each in said.items() if each}


def _matching(lines: list[LineRecord], amount: Decimal) -> list[LineRecord]:
    """`lines` with the sign of the order, and a line more when the order's own amount is another."""
    total = sum((line.amount for line in lines), Decimal(0))
    if amount < 0 < total:
        lines = [line._replace(quantity=-line.quantity, amount=-line.amount) for line in lines]
        total = -total
    difference = amount - total
    if not difference:
        return lines
    name = "Refund" if not lines else "Discount" if difference < 0 else bulk_orders.DIFFERENCE
    return [*lines, NO_LINE._replace(product_name=name, unit_price=difference, amount=difference)]


def _stage(loading: Loading, order: dict[str, Any]) -> str:
    if order["is_cancelled"]:
        return "cancelled"
    word = order.get("status")
    if not word:
        return ""
    stage = stage_of(word, loading.plan.options.stages)
    if not stage:
        loading.unknown_words.add(word)
    return stage


def load_lines(loading: Loading, table: pa.Table) -> None:
    """Lines for orders that this source has recorded before."""
    lines: dict[str, list[LineRecord]] = {}
    numbers = table["order_number"].to_pylist()
    catalogue = _catalogue(loading, table)
    for number, line in zip(numbers, _line_records(table.select(_line_columns(table)), catalogue), strict=True):
        lines.setdefault(number, []).append(line)
    pricing = Pricing({loading.currency, *bulk_orders.currencies_of(loading.batch.source)})
    changed, unknown = bulk_orders.record_lines(loading.batch, lines, pricing)
    loading.tally.updated += changed
    loading.progress("lines", len(table), len(table))
    for row, number in zip(table["row"].to_pylist(), numbers, strict=True):
        if number in unknown:
            loading.reject(row, "order_number", f"no order {number} of source {loading.batch.source} is known")
