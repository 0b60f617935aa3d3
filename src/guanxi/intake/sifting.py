"""Foreign batches become tables of our fields; a row that does not fit is refused with field and reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake import deriving, units
from guanxi.intake.convert import Column, convert
from guanxi.intake.deriving import TOO_LARGE, constant
from guanxi.intake.fields import FIELDS, OF_THE_ORDER
from guanxi.intake.mapping import Mapping, Options
from guanxi.intake.rows import Batch, Refused, Reject

# Fields without which a row says nothing, by kind; a tuple means any one of them.
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (("buyer",),),
    "contacts": (("email",),),
    "orders": (("buyer",), ("ordered_at",)),
    "lines": (("order_number",),),
    "products": (("product_code", "product_name"),),
    "invoices": (("buyer", "order_number"), ("invoice_number",), ("issued_on",), ("amount",)),
    "payments": (("buyer", "invoice_number", "order_number"), ("paid_on",), ("amount",)),
    "events": (("customer", "email"), ("event",), ("occurred_at",)),
    "rates": (("rate_on",), ("rate_currency",), ("rate",)),
    "consents": (("email",), ("purpose",), ("state",), ("basis",), ("obtained_at",), ("consent_source",)),
}  # fmt: skip
MISSING = {
    "buyer": "no customer number, name or e-mail",
    "ordered_at": "no day of the order",
    "issued_on": "no day of the invoice",
    "paid_on": "no day of the payment",
    "occurred_at": "no moment of the event",
    "obtained_at": "no moment at which it was said",
    "rate_on": "no day of the rate",
    "product_code": "no number or name of the article",
    "basis": "no legal basis: a permission without one cannot be used",
    "consent_source": "no source: a permission needs to say where it was given",
}
# A foreign order with such a cell that cannot be read is an order all the same.
FORGIVEN = frozenset({
    "email", "cancelled_at", "paid_at", "ship_by", "delivered_at", "due_on", "freight", "tax", "birthday", "is_custom",
})  # fmt: skip


# Where one of these is told, the discount is in it already.
SUMS = ("amount", "gross_amount", "order_amount", "order_total")
NO_RATE = "a discount is a part of the price; write it like 0.15, or call the column Discount Amount"


class Sifter:
    """Sifts the batches of one table in order (the cells of an order may stand in the batch before).

    `keeps` says whether columns without a field of ours are kept, as `kept:Heading`.
    """

    def __init__(self, mapping: Mapping, options: Options, *, keeps: bool = False) -> None:
        self.mapping, self.options, self._keeps = mapping, options, keeps
        self._row_before: dict[str, pa.Array] = {}

    def sift(self, batch: Batch) -> tuple[pa.Table, Refused]:
        """The usable rows as columns of our fields, and the refused ones. `row` is the number in the file."""
        columns = {name: self._converted(name, batch) for name in self.mapping.columns}
        data = {name: column.data for name, column in columns.items()}
        data |= {f"{name}_offset": each.offsets for name, each in columns.items() if each.offsets is not None}
        if self._keeps:
            data |= deriving.kept(batch, deriving.kept_headings(self.mapping, list(batch.cells)), self.options)
        if self.options.fill_down:
            data = self._filled_down(data, len(batch))
        self._derive(data, batch)
        verdict = _Verdict(len(batch))
        self._judge(verdict, columns, data)
        return verdict.divide({"row": batch.rows, **data}, batch)

    def _converted(self, name: str, batch: Batch) -> Column:
        headings = self.mapping.columns[name]
        factor = max(map(units.factor_of, headings)) if FIELDS[name].reading == "number" else 1
        return convert(name, [batch.cells[each] for each in headings], self.options, factor=factor)

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
        kind, options, length = self.mapping.kind, self.options, len(batch)
        deriving.with_constants(data, options, length)
        whose = deriving.buyer(data, options)
        if whose is not None:
            data["buyer"] = whose
        if kind in {"orders", "lines"}:
            data["line_amount"] = deriving.line_amount(data, length)
            if (cost := deriving.cost(data)) is not None:
                data["cost"] = cost
        if kind == "orders":
            if (whole := deriving.order_amount(data)) is not None:
                data["order_amount"] = whole
            if (back := deriving.refunded(data)) is not None:
                data["refunded"] = back
            if options.summary_rows:
                deriving.with_summaries(data)
            data["is_credit"] = deriving.is_credit(data, options, length)
            data["is_cancelled"] = deriving.is_cancelled(data, length)
        if kind in FIELDS["currency"].kinds:
            data["currency"] = deriving.currency(data, batch, self.mapping, options)

    def _judge(self, verdict: _Verdict, columns: ReadOnly[str, Column], data: ReadOnly[str, pa.Array]) -> None:
        required = list(REQUIRED[self.mapping.kind])
        if self.mapping.kind == "orders" and not self.options.amounts_follow:
            required.append(("line_amount", "order_amount") if "order_amount" in data else ("line_amount",))
        for name, column in columns.items():
            if column.problems is None:
                continue
            mask = pc.is_valid(column.problems)
            if self.mapping.kind == "orders" and name in FORGIVEN:
                if name != "email":
                    continue
                mask = pc.and_(mask, pc.is_null(data["buyer"]))  # nothing else says who bought
            verdict.refuse(mask, self.mapping.heading_of(name), column.problems)
        for names in required:
            present = [pc.is_valid(data[name]) for name in names if name in data]
            missing = pc.invert(_any(present)) if present else constant(True, len(verdict))
            verdict.refuse(missing, self._heading_of(names[0]), pa.scalar(self._missing(names)))
        for name in ("line_amount", "order_amount"):
            if name in data:
                far = pc.greater_equal(pc.abs(data[name].cast(pa.float64())), float(TOO_LARGE))
                verdict.refuse(pc.fill_null(far, False), self._heading_of(name), pa.scalar("the amount is too large"))
        if "discount_rate" in data and not self.mapping.has_any(*SUMS):
            odd = pc.or_(pc.greater(data["discount_rate"], 1), pc.less(data["discount_rate"], 0))
            verdict.refuse(pc.fill_null(odd, False), self.mapping.heading_of("discount_rate"), pa.scalar(NO_RATE))
        if self.mapping.kind in {"orders", "lines"}:
            data["line_amount"].validate()

    def _heading_of(self, name: str) -> str:
        if name == "buyer":
            name = next((each for each in ("customer", "customer_name", "email") if self.mapping.has(each)), name)
        if name == "line_amount":
            amounts = ("amount", "gross_amount", "order_amount", "order_total", "quantity")
            name = next((each for each in amounts if self.mapping.has(each)), "amount")
        return self.mapping.heading_of(name)

    def _missing(self, names: tuple[str, ...]) -> str:
        if names[0] == "buyer" and self.mapping.has("customer") and not self.mapping.has_any("customer_name", "email"):
            return "no customer number"
        if names[0] == "line_amount":
            is_counted = self.mapping.has_any("quantity", "unit_price")
            is_given = self.mapping.has_any("amount", "gross_amount", "order_amount", "order_total")
            return "no quantity or no price" if is_counted and not is_given else "no amount"
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
        """Usable and refused rows. Of a row of the file that became several, all are refused and one is told."""
        table = pa.table(dict(data))
        if self.reason.null_count == len(self.reason):
            return table, Refused(batch.lost)
        told = is_refused = pc.is_valid(self.reason)
        if batch.is_unfolded:
            numbers = batch.rows.filter(is_refused)
            is_refused = pc.is_in(batch.rows, numbers)
            first = pc.index_in(batch.rows, numbers)  # the place among the refused; the first of a number is told
            told = pc.and_(told, pc.equal(pc.subtract(pc.cumulative_sum(told.cast(pa.int32())), 1), first))
            told = pc.fill_null(told, False)
        parts = (each.filter(told).to_pylist() for each in (batch.rows, self.field, self.reason))
        rejects = tuple(map(Reject._make, zip(*parts, strict=True)))
        cells = {heading: array.filter(told) for heading, array in batch.cells.items()}
        return table.filter(pc.invert(is_refused)), Refused(rejects + batch.lost, cells)


def _any(masks: list[pa.Array]) -> pa.Array:
    result = masks[0]
    for mask in masks[1:]:
        result = pc.or_(result, mask)
    return result
