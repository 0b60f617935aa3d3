"""Foreign batches become tables of our fields; a row that does not fit is refused with field and reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.convert import AMOUNT, Column, convert
from guanxi.intake.fields import FIELDS, OF_THE_ORDER
from guanxi.intake.mapping import Mapping, Options
from guanxi.intake.rows import Batch, Refused, Reject

MONEY = pa.decimal128(*AMOUNT)
TOO_LARGE = 10**13
CREDIT_WORDS = (
    "credit",
    "credit note",
    "credit memo",
    "refund",
    "return",
    "cancellation",
    "退货",
    "退款",
    "贷项",
    "红字",
)
CANCELLED_WORDS = ("cancelled", "canceled", "voided", "void", "已取消", "取消", "已关闭", "交易关闭", "キャンセル")

# Fields without which a row says nothing, by kind; a tuple means any one of them.
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (("buyer",),),
    "contacts": (("email",),),
    "orders": (("buyer",), ("ordered_at",)),
    "lines": (("order_number",),),
    "products": (("product_code", "product_name"),),
    "invoices": (("buyer", "order_number"), ("invoice_number",), ("issued_on",), ("amount",)),
    "payments": (("buyer", "invoice_number"), ("paid_on",), ("amount",)),
    "events": (("customer", "email"), ("event",), ("occurred_at",)),
    "rates": (("rate_on",), ("rate_currency",), ("rate",)),
    "consents": (("email",), ("purpose",), ("state",), ("basis",), ("obtained_at",), ("consent_source",)),
}  # fmt: skip
MISSING = {
    "buyer": "no customer number, name or e-mail",
    "basis": "no legal basis: a permission without one cannot be used",
    "consent_source": "no source: a permission needs to say where it was given",
}


class Sifter:
    """Sifts the batches of one table in order (the cells of an order may stand in the batch before)."""

    def __init__(self, mapping: Mapping, options: Options) -> None:
        self.mapping, self.options = mapping, options
        self._row_before: dict[str, pa.Array] = {}

    def sift(self, batch: Batch) -> tuple[pa.Table, Refused]:
        """The usable rows as columns of our fields, and the refused ones. `row` is the number in the file."""
        columns = {name: self._converted(name, batch) for name in self.mapping.columns}
        data = {name: column.data for name, column in columns.items()}
        data |= {f"{name}_offset": each.offsets for name, each in columns.items() if each.offsets is not None}
        if self.options.fill_down:
            data = self._filled_down(data, len(batch))
        self._derive(data, batch)
        verdict = _Verdict(len(batch))
        self._judge(verdict, columns, data)
        return verdict.divide({"row": batch.rows, **data}, batch)

    def _converted(self, name: str, batch: Batch) -> Column:
        column = convert(name, [batch.cells[each] for each in self.mapping.columns[name]], self.options)
        # A foreign order with a strange e-mail address still has its customer; a contact without one is nobody.
        if name in {"email", "cancelled_at"} and self.mapping.kind == "orders":
            return Column(column.data, None, column.offsets)
        return column

    def _filled_down(self, data: dict[str, pa.Array], length: int) -> dict[str, pa.Array]:
        """Give each row of an order the cells of the order's first row."""
        before = self._row_before
        shift = 1 if before.keys() == data.keys() else 0
        whole = {name: pa.concat_arrays([before[name], each]) if shift else each for name, each in data.items()}
        numbers = whole["order_number"]
        places = pa.array(range(length + shift), pa.int64())
        for name, array in whole.items():
            if name.removesuffix("_offset") in OF_THE_ORDER:
                origin = pc.fill_null_forward(pc.if_else(pc.is_valid(array), places, pa.scalar(None, pa.int64())))
                is_same = pc.equal(numbers.take(origin), numbers)
                whole[name] = pc.if_else(pc.fill_null(is_same, False), array.take(origin), pa.scalar(None, array.type))
        self._row_before = (
            {name: array.slice(length + shift - 1) for name, array in whole.items()} if length else before
        )
        return {name: array.slice(shift) for name, array in whole.items()}

    def _derive(self, data: dict[str, pa.Array], batch: Batch) -> None:
        keys = ("customer", "email", "customer_name") if self.options.customer_by == "email" else (
            "customer", "customer_name", "email")  # fmt: skip
        buyers = [data[name] for name in keys if name in data]
        if buyers:
            data["buyer"] = pc.coalesce(*buyers)
        if self.mapping.kind in {"orders", "lines"}:
            data["line_amount"] = _line_amount(data, len(batch))
        if self.mapping.kind == "orders":
            data["is_credit"] = self._is_credit(data, len(batch))
            data["is_cancelled"] = _is_cancelled(data, len(batch))
        if "currency" in FIELDS and self.mapping.kind in FIELDS["currency"].kinds:
            data["currency"] = self._currency(data, batch)

    def _is_credit(self, data: ReadOnly[str, pa.Array], length: int) -> pa.Array:
        is_credit = pa.array([False] * length)
        if self.options.credit_prefix and "order_number" in data:
            is_credit = pc.fill_null(pc.starts_with(data["order_number"], self.options.credit_prefix), False)
        if "order_kind" in data:
            is_credit = pc.or_(is_credit, pc.is_in(data["order_kind"], pa.array(CREDIT_WORDS)))
        return is_credit

    def _currency(self, data: ReadOnly[str, pa.Array], batch: Batch) -> pa.Array:
        """From its own column, else from the sign beside the number, else the option; empty when unknown."""
        found = [data["currency"]] if "currency" in data else []
        if not found:
            priced = [
                each for name in ("amount", "order_amount", "unit_price") for each in self.mapping.columns.get(name, ())
            ]
            found = [
                _signs(batch.cells[heading]) for heading in priced if pa.types.is_string(batch.cells[heading].type)
            ]
        return (
            pc.coalesce(*found, pa.scalar(self.options.currency))
            if found
            else _constant(self.options.currency, len(batch))
        )

    def _judge(self, verdict: _Verdict, columns: ReadOnly[str, Column], data: ReadOnly[str, pa.Array]) -> None:
        required = list(REQUIRED[self.mapping.kind])
        if self.mapping.kind == "orders" and not self.options.amounts_follow:
            required.append(("line_amount", "order_amount") if "order_amount" in data else ("line_amount",))
        for name, column in columns.items():
            if column.problems is not None:
                verdict.refuse(pc.is_valid(column.problems), self.mapping.heading_of(name), column.problems)
        for names in required:
            present = [pc.is_valid(data[name]) for name in names if name in data]
            missing = pc.invert(_any(present)) if present else _constant(True, len(verdict))
            verdict.refuse(missing, self._heading_of(names[0]), pa.scalar(self._missing(names)))
        for name in ("line_amount", "order_amount"):
            if name in data:
                far = pc.greater_equal(pc.abs(data[name].cast(pa.float64())), float(TOO_LARGE))
                verdict.refuse(pc.fill_null(far, False), self._heading_of(name), pa.scalar("the amount is too large"))
        if self.mapping.kind in {"orders", "lines"}:
            data["line_amount"].validate()

    def _heading_of(self, name: str) -> str:
        if name == "buyer":
            name = next((each for each in ("customer", "customer_name", "email") if self.mapping.has(each)), name)
        if name == "line_amount":
            name = next((each for each in ("amount", "order_amount", "quantity") if self.mapping.has(each)), "amount")
        return self.mapping.heading_of(name)

    def _missing(self, names: tuple[str, ...]) -> str:
        if names[0] == "buyer" and self.mapping.has("customer") and not self.mapping.has_any("customer_name", "email"):
            return "no customer number"
        if names[0] == "line_amount":
            return "no amount" if self.mapping.has_any("amount", "order_amount") else "no quantity or no price"
        return MISSING.get(names[0], f"no {names[0].replace('_', ' ')}")


class _Verdict:
    """The first reason against each row."""

    def __init__(self, length: int) -> None:
        self.field = self.reason = pa.nulls(length, pa.string())

    def __len__(self) -> int:
        return len(self.reason)

    def refuse(self, mask: pa.Array, heading: str, reason: Any) -> None:
        hit = pc.and_(mask, pc.is_null(self.reason))
        self.field = pc.if_else(hit, pa.scalar(heading), self.field)
        self.reason = pc.if_else(hit, reason, self.reason)

    def divide(self, data: ReadOnly[str, pa.Array], batch: Batch) -> tuple[pa.Table, Refused]:
        table = pa.table(dict(data))
        if self.reason.null_count == len(self.reason):
            return table, Refused(batch.lost)
        is_refused = pc.is_valid(self.reason)
        parts = (each.filter(is_refused).to_pylist() for each in (batch.rows, self.field, self.reason))
        rejects = tuple(map(Reject._make, zip(*parts, strict=True)))
        cells = {heading: array.filter(is_refused) for heading, array in batch.cells.items()}
        return table.filter(pc.invert(is_refused)), Refused(rejects + batch.lost, cells)


def _line_amount(data: ReadOnly[str, pa.Array], length: int) -> pa.Array:
    """The amount of the row as given, else quantity × price net of the row's discount."""
    given = [data["amount"]] if "amount" in data else []
    if "quantity" in data and "unit_price" in data:
        net = pc.multiply(data["quantity"], data["unit_price"])
        if "discount_rate" in data:
            kept = pc.subtract(pa.scalar(1, pa.decimal128(10, 6)), pc.fill_null(data["discount_rate"], 0))
            net = pc.multiply(pc.round(net, 6, "half_towards_infinity").cast(pa.decimal128(24, 6)), kept)
        net = pc.round(net, AMOUNT[1], "half_towards_infinity")
        given.append(_within(net))
        if "discount" in data:
            given[-1] = pc.subtract(given[-1], pc.abs(pc.fill_null(data["discount"], 0))).cast(MONEY)
    return pc.coalesce(*given) if given else pa.nulls(length, MONEY)


def _within(amounts: pa.Array) -> pa.Array:
    """As MONEY; an amount that is too large becomes null, and so is refused."""
    is_small = pc.less(pc.abs(amounts.cast(pa.float64())), float(TOO_LARGE))
    return pc.if_else(is_small, amounts, pa.scalar(None, amounts.type)).cast(MONEY)


def _is_cancelled(data: ReadOnly[str, pa.Array], length: int) -> pa.Array:
    is_cancelled = _constant(False, length)
    if "cancelled_at" in data:
        is_cancelled = pc.is_valid(data["cancelled_at"])
    if "status" in data:
        is_cancelled = pc.or_(is_cancelled, pc.is_in(data["status"], pa.array(CANCELLED_WORDS)))
    return is_cancelled


def _signs(array: pa.Array) -> pa.Array:
    from guanxi.intake.values import currency_sign
    from guanxi.kernel.places import currency_code

    encoded = array.dictionary_encode()
    codes = [
        currency_code(sign) or None if (sign := currency_sign(cell)) else None
        for cell in encoded.dictionary.to_pylist()
    ]
    return pa.array(codes, pa.string()).take(encoded.indices)


def _any(masks: list[pa.Array]) -> pa.Array:
    result = masks[0]
    for mask in masks[1:]:
        result = pc.or_(result, mask)
    return result


def _constant(value: Any, length: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), length)
