"""What follows from the converted columns of a row: its buyer, amount, cost, currency, and what is kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake import units
from guanxi.intake.convert import AMOUNT, convert
from guanxi.intake.fields import FIELDS, PERSONAL
from guanxi.intake.mapping import Mapping, Options
from guanxi.intake.recognise import key_of
from guanxi.intake.rows import Batch

Columns = dict[str, pa.Array]
MONEY = pa.decimal128(*AMOUNT)
TOO_LARGE = 10**13
KEPT = "kept:"  # before the heading of a column that has no field of ours
MOST_KEPT = 100
LONGEST_KEPT = 500
KINDS_THAT_KEEP = ("customers", "contacts", "orders")
CREDIT_WORDS = (
    "credit", "credit note", "credit memo", "refund", "return", "cancellation", "退货", "退款", "贷项", "红字",
    "gutschrift", "stornierung", "abono", "avoir", "返品",
)  # fmt: skip
CANCELLED_WORDS = (
    "cancelled", "canceled", "voided", "void", "已取消", "取消", "已关闭", "交易关闭", "キャンセル", "failed", "trash",
    "storniert", "cancelado", "annulé",
)  # fmt: skip
REFUNDED_WORDS = (
    "refunded", "fully refunded", "refund issued", "已退款", "全额退款", "退款成功", "返金済み", "erstattet",
    "reembolsado", "remboursé",
)  # fmt: skip
EVERYTHING = Decimal(10**12)  # more than any order is worth; no more than that is paid back


def with_constants(data: Columns, options: Options, length: int) -> None:
    """Fill in what the mapping says of every row; a cell that says otherwise wins."""
    for name, word in options.constants.items():
        column = convert(name, [pa.array([word], pa.string())], options)
        given = pa.repeat(column.data[0], length)
        data[name] = pc.coalesce(data[name], given) if name in data else given


def buyer(data: ReadOnly[str, pa.Array], options: Options) -> pa.Array | None:
    """Whose row it is: his number, else the firm's name or the address, else the person's name."""
    keys = ("customer", "email", "customer_name") if options.customer_by == "email" else (
        "customer", "customer_name", "email")  # fmt: skip
    named = [data[name] for name in (*keys, "contact_name") if name in data]
    parts = [pc.fill_null(data[name], "") for name in ("given_name", "family_name") if name in data]
    if parts and any(name in data for name in keys):
        whole = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " ") if len(parts) > 1 else parts[0])
        named.append(pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.string()), whole))
    return pc.coalesce(*named) if named else None


def line_amount(data: ReadOnly[str, pa.Array], length: int) -> pa.Array:
    """The amount of the row as given, else before its discount, else quantity × price net of the row's discount."""
    given = [data["amount"]] if "amount" in data else []
    if "gross_amount" in data:
        given.append(_less_discount(data["gross_amount"], data))
    if "quantity" in data and "unit_price" in data:
        net = pc.multiply(data["quantity"], data["unit_price"])
        if "discount_rate" in data:
            kept = pc.subtract(pa.scalar(1, pa.decimal128(10, 6)), pc.fill_null(data["discount_rate"], 0))
            net = pc.multiply(pc.round(net, 6, "half_towards_infinity").cast(pa.decimal128(24, 6)), kept)
        net = _within(pc.round(net, AMOUNT[1], "half_towards_infinity"))
        given.append(net if "gross_amount" in data else _less_discount(net, data))
    return pc.coalesce(*given) if given else pa.nulls(length, MONEY)


def _less_discount(amounts: pa.Array, data: ReadOnly[str, pa.Array]) -> pa.Array:
    if "discount" not in data:
        return amounts
    return pc.subtract(amounts, pc.abs(pc.fill_null(data["discount"], 0))).cast(MONEY)


def _within(amounts: pa.Array) -> pa.Array:
    """As MONEY; an amount that is too large becomes null, and so is refused."""
    is_small = pc.less(pc.abs(amounts.cast(pa.float64())), float(TOO_LARGE))
    return pc.if_else(is_small, amounts, pa.scalar(None, amounts.type)).cast(MONEY)


def order_amount(data: ReadOnly[str, pa.Array]) -> pa.Array | None:
    """The amount of the whole order as given, else what was paid without freight and tax (CN-41)."""
    given = [data["order_amount"]] if "order_amount" in data else []
    if "order_total" in data:
        net = data["order_total"]
        for name in ("freight", "tax"):
            if name in data:
                net = pc.subtract(net, pc.fill_null(data[name], 0)).cast(MONEY)
        given.append(net)
    return pc.coalesce(*given) if given else None


def cost(data: ReadOnly[str, pa.Array]) -> pa.Array | None:
    """What the row cost the firm, as given, else by the piece (D-12)."""
    given = [data["cost"]] if "cost" in data else []
    if "unit_cost" in data:
        pieces = pc.fill_null(data["quantity"], 1) if "quantity" in data else None
        whole = data["unit_cost"] if pieces is None else pc.multiply(data["unit_cost"], pieces)
        given.append(_within(pc.round(whole, AMOUNT[1], "half_towards_infinity")))
    return pc.coalesce(*given) if given else None


def with_summaries(data: Columns) -> None:
    """A row without article sums up the order below it: it is no line, and its sum is counted with the lines."""
    is_article = pc.or_(*(pc.is_valid(data[name]) for name in ("product_code", "product_name")))
    data["line_amount"] = pc.if_else(is_article, data["line_amount"], pa.scalar(Decimal(0), MONEY))
    data["quantity"] = pc.if_else(is_article, data["quantity"], pa.scalar(None, data["quantity"].type))


def is_credit(data: ReadOnly[str, pa.Array], options: Options, length: int) -> pa.Array:
    found = constant(False, length)
    if options.credit_prefix and "order_number" in data:
        found = pc.fill_null(pc.starts_with(data["order_number"], options.credit_prefix), False)
    if "order_kind" in data:
        found = pc.or_(found, pc.is_in(data["order_kind"], pa.array(CREDIT_WORDS)))
    return found


def refunded(data: ReadOnly[str, pa.Array]) -> pa.Array | None:
    """What was paid back, as given, else the whole order where its status says so (CN-41)."""
    given = [data["refunded"]] if "refunded" in data else []
    if "status" in data:
        is_whole = pc.is_in(data["status"], pa.array(REFUNDED_WORDS))
        given.append(pc.if_else(is_whole, pa.scalar(EVERYTHING, MONEY), pa.scalar(None, MONEY)))
    return pc.coalesce(*given) if given else None


def is_cancelled(data: ReadOnly[str, pa.Array], length: int) -> pa.Array:
    found = constant(False, length)
    if "cancelled_at" in data:
        found = pc.is_valid(data["cancelled_at"])
    if "status" in data:
        found = pc.or_(found, pc.is_in(data["status"], pa.array(CANCELLED_WORDS)))
    return found


def currency(data: ReadOnly[str, pa.Array], batch: Batch, mapping: Mapping, options: Options) -> pa.Array:
    """From its own column, else from the sign beside the number, else from the heading, else the option; empty when
    unknown."""
    names = ("amount", "order_amount", "gross_amount", "order_total", "unit_price")
    priced = [heading for name in names for heading in mapping.columns.get(name, ())]
    found = [data["currency"]] if "currency" in data else []
    found += [_signs(batch.cells[each], options.yen) for each in priced if pa.types.is_string(batch.cells[each].type)]
    named = next(filter(None, map(units.currency_of, priced)), options.currency)
    return pc.coalesce(*found, pa.scalar(named)) if found else constant(named, len(batch))


def _signs(array: pa.Array, yen: str) -> pa.Array:
    from guanxi.intake.values import currency_sign
    from guanxi.kernel.places import currency_code

    encoded = array.dictionary_encode()
    signs = (currency_sign(cell) for cell in encoded.dictionary.to_pylist())
    codes = [yen if sign == "¥" and yen else (sign and currency_code(sign)) or None for sign in signs]
    return pa.array(codes, pa.string()).take(encoded.indices)


def kept_headings(mapping: Mapping, headings: Sequence[str]) -> tuple[str, ...]:
    """The columns that no field of ours stands for and that are kept as they are, beside the record."""
    if mapping.kind not in KINDS_THAT_KEEP:
        return ()
    used = {heading for group in mapping.columns.values() for heading in group}
    left_out = set(map(key_of, mapping.options.left_out))
    beginnings = tuple(key_of(each) for each in mapping.options.left_out if each.endswith("*"))
    fitting = (
        each for each in headings
        if each not in used and key_of(each) not in left_out and not key_of(each).startswith(beginnings)
    )  # fmt: skip
    if mapping.kind == "orders":
        fitting = (each for each in fitting if not is_personal(each))
    return tuple(fitting)[:MOST_KEPT]


def is_personal(heading: str) -> bool:
    key = key_of(heading)
    return any(part in key for part in PERSONAL) or key.endswith(("ip", "tel")) or key.startswith("ip")


def kept(batch: Batch, headings: Sequence[str], options: Options) -> Columns:
    columns = {f"{KEPT}{each}": convert("customer_name", [batch.cells[each]], options).data for each in headings}
    return {name: pc.utf8_slice_codeunits(array, 0, LONGEST_KEPT) for name, array in columns.items()}


def constant(value: Any, length: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), length)


assert set(KINDS_THAT_KEEP) <= {kind for field in FIELDS.values() for kind in field.kinds}
