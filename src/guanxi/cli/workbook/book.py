"""Writes the workbook: customers with formulas, rules with borders, orders, overview with charts, sheets per tier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from guanxi.cli.failure import fail
from guanxi.cli.tier_answer import COLUMNS, RFM_FIGURES, Answer
from guanxi.cli.workbook import live as live_figures
from guanxi.cli.workbook import plan as plans
from guanxi.cli.workbook.formulas import filled
from guanxi.cli.workbook.plan import FIRST_RULE_LINE, BorderLine, Plan
from guanxi.cli.workbook.words import COLUMN_TITLES, WORDS
from guanxi.engine.connection import one_row
from guanxi.kernel.money import round_money
from guanxi.kernel.titles import in_language
from guanxi.scoring.measures import FIGURES
from guanxi.tiering import rules, words
from guanxi.tiering.figure_names import title_of
from guanxi.tiering.tier_sql import column_of

LARGEST_SHEET = 1_048_575
LONGEST_FORMULA = 8_000
FIRST = 2  # the line of the first customer and of the first order, counted as people do
BATCH = 10_000
TIER_COLUMNS = ("customer", "spend_total", "spend_window", "order_count", "days_since_last_order", "reason")


def write(answer: Answer, path: Path) -> None:
    """A workbook that comes to the tiers of `answer` by formulas. Stops the command above a million customers.

    Every text cell is a string and nothing else (RS-29). Where the orders do not fit into a sheet, or are not there,
    the figures are numbers.
    """
    import xlsxwriter

    if answer.overview.customers > LARGEST_SHEET:
        fail(f"an Excel sheet holds {LARGEST_SHEET:,} customers, and here are more; write .csv or .parquet.")
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        Writer(book, answer).write()


@dataclass(frozen=True, slots=True)
class Customer:
    """One line of the sheet: figures and standings by name, and the lines of his orders (0 without any)."""

    name: str
    figures: Mapping[str, Any]
    first: int
    last: int


@dataclass(slots=True)
class Layout:
    """Which letter every column of the sheet of customers has."""

    plan: Plan
    is_live: bool
    further: Sequence[str]
    letters: dict[str, str] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)

    def add(self, key: str) -> str:
        self.letters[key] = letter(len(self.titles))
        self.titles.append(key)
        return self.letters[key]


class Writer:
    """Holds the open book while its sheets are written one after another."""

    def __init__(self, book: Any, answer: Answer) -> None:
        self.book, self.answer, self.scheme = book, answer, answer.scheme
        self.words = WORDS[answer.language]
        self.plan = plans.plan_of(self.scheme)
        self.gate_terms = {(rule.name, gate.name): gate.terms for rule in self.scheme.rules for gate in rule.gates}
        self.orders = self._order_lines()
        self.layout = self._layout()
        self.bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.money = book.add_format({"num_format": "#,##0.00"})
        # Without a format of its own a difference of days would be shown as a day.
        self.number = book.add_format({"num_format": "#,##0.####"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.share = book.add_format({"num_format": "0.0%"})
        self.input = book.add_format({"bg_color": "#FFF3BF", "num_format": "#,##0.####"})
        self.input_day = book.add_format({"bg_color": "#FFF3BF", "num_format": "yyyy-mm-dd"})
        self.quiet = book.add_format({"font_color": "#6C757D"})

    def write(self) -> None:
        sheets = {name: self.book.add_worksheet(self.words[name]) for name in ("customers", "tiers", "rules")}
        by_tier = self._customers(sheets["customers"])
        self._rules(sheets["rules"])
        self._tiers(sheets["tiers"])
        self._tier_sheets(by_tier)
        if self.layout.is_live:
            self._orders(self.book.add_worksheet(self.words["orders"]))

    # Orders

    def _order_lines(self) -> int:
        day = f"DATE '{self.answer.as_of.isoformat()}'"
        found = one_row(
            self.answer.engine,
            f"SELECT COUNT(*), COUNT(*) FILTER (WHERE amount IS NULL) FROM orders WHERE ordered_on <= {day}",
        )
        count, unpriced = found or (0, 0)
        return 0 if unpriced or count > LARGEST_SHEET else int(count)

    def _orders(self, sheet: Any) -> None:
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 3, 14)
        for place, title in enumerate(("customer", "day", "amount", "order")):
            sheet.write_string(0, place, self._title(title), self.bold)
        sheet.freeze_panes(1, 1)
        cursor = self.answer.engine.execute(
            f"SELECT name, ordered_on, amount, order_id {self._from_orders()} ORDER BY {self._order()}, ordered_on, "
            "order_id"
        )
        line = 0
        while batch := cursor.fetchmany(BATCH):
            for name, day, amount, order in batch:
                line += 1
                sheet.write_string(line, 0, name)
                sheet.write_datetime(line, 1, day, self.input_day)
                sheet.write_number(line, 2, float(amount), self.input)
                sheet.write_string(line, 3, str(order))

    def _from_orders(self) -> str:
        return (
            "FROM orders JOIN customers USING (customer_id) JOIN graded USING (customer_id) "
            f"WHERE ordered_on <= DATE '{self.answer.as_of.isoformat()}'"
        )

    @staticmethod
    def _order() -> str:
        """The order of customers on every sheet: the largest spend first."""
        return "graded.spend_total DESC, customers.name, customers.customer_id"

    # Customers

    def _layout(self) -> Layout:
        figures = self.plan.figures
        layout = Layout(self.plan, self.orders > 0, [each for each in figures if each not in COLUMNS])
        needed = [*COLUMNS, *layout.further]
        if layout.is_live and "spend_share" in needed and "spend_window" not in needed:
            needed.append("spend_window")
        for column in needed:
            layout.add(column)
        for rule in self.plan.rules:
            layout.add(f"rule:{rule}")
        for rule, gate in self.plan.gates:
            layout.add(f"gate:{rule}:{gate}")
        for figure in self.plan.percentile_figures():
            layout.add(f"counted:{figure}")
        if layout.is_live:
            layout.add("first")
            layout.add("last")
        return layout

    def _customers(self, sheet: Any) -> dict[str, list[list[Any]]]:
        """Write every customer; answers the rows of the sheets per tier."""
        self._headings(sheet)
        tier = self._tier_template()
        by_tier: dict[str, list[list[Any]]] = {name: [] for name in self.scheme.tiers}
        for line, customer in enumerate(self._rows(), FIRST):
            decision = rules.decide(customer.figures, self.scheme)
            reason = words.reason(decision, self.scheme.currency, self.answer.language)
            values = self._values(customer, decision, reason)
            self._line(sheet, line, customer, values, decision, tier)
            by_tier.setdefault(decision.tier, []).append([values[column] for column in TIER_COLUMNS])
        return by_tier

    def _headings(self, sheet: Any) -> None:
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, self.answer.overview.customers, len(COLUMNS) - 1)
        for place, key in enumerate(self.layout.titles):
            width = 70 if key == "reason" else 28 if key == "customer" else 14
            hidden = {"hidden": True} if key in {"first", "last"} or key.startswith("counted:") else {}
            sheet.set_column(place, place, width, None, hidden)
            sheet.write_string(0, place, self._title(key), self.bold)

    def _rows(self) -> Iterator[Customer]:
        figures = sorted({*self.plan.figures, *RFM_FIGURES})
        day = f"DATE '{self.answer.as_of.isoformat()}'"
        cursor = self.answer.engine.execute(
            f"SELECT name, COALESCE(lines, 0), {', '.join(f'graded.{column_of(each)}' for each in figures)} "
            "FROM graded JOIN customers USING (customer_id) LEFT JOIN ("
            f"SELECT customer_id, COUNT(*) AS lines FROM orders WHERE ordered_on <= {day} GROUP BY customer_id"
            f") AS counted USING (customer_id) ORDER BY {self._order()}"
        )
        line = FIRST
        while batch := cursor.fetchmany(BATCH):
            for name, lines, *values in batch:
                found = dict(zip(figures, values, strict=True))
                yield Customer(name, found, line if lines else 0, line + lines - 1 if lines else 0)
                line += lines

    def _values(self, customer: Customer, decision: rules.Decision, reason: str) -> dict[str, Any]:
        fixed = {
            "customer": customer.name, "tier": decision.tier, "window_days": self.scheme.window_days,
            "currency": self.scheme.currency, "reason": reason, "first": customer.first or None,
            "last": customer.last or None,
        }  # fmt: skip
        return {**customer.figures, **fixed}

    def _line(
        self, sheet: Any, line: int, customer: Customer, values: Mapping[str, Any], decision: rules.Decision, tier: str
    ) -> None:
        letters = self.layout.letters

        def cell(key: str) -> str:
            return f"${letters[key]}{line}"

        outcomes = {each.rule: each.passed for each in decision.outcomes}
        for place, key in enumerate(self.layout.titles):
            if key == "tier" and tier:
                self._formula(sheet, line, place, tier.replace("#", str(line)), decision.tier)
            elif key.startswith("rule:"):
                rule = key.removeprefix("rule:")
                self._formula(sheet, line, place, filled(self.plan.rules[rule], cell), outcomes[rule])
            elif key.startswith("gate:"):
                self._gate(sheet, line, place, key, cell, customer)
            elif key.startswith("counted:"):
                figure = key.removeprefix("counted:")
                counted = customer.figures.get(plans.counted_by(figure)) or 0
                value = values[figure] if counted > 0 else ""
                formula = f'IF({cell(plans.counted_by(figure))}>0,{cell(figure)},"")'
                self._formula(sheet, line, place, formula, value, self.number)
            elif self.layout.is_live and key in live_figures.LIVE:
                formula = live_figures.live(key, first=cell("first"), last=cell("last"))
                self._formula(sheet, line, place, filled(formula, cell), values.get(key), self._format(key))
            else:
                self._value(sheet, line, place, values.get(key), self._format(key))

    def _gate(self, sheet: Any, line: int, place: int, key: str, cell: Any, customer: Customer) -> None:
        _, rule, gate = key.split(":", 2)
        verdict = self.plan.gates[rule, gate]
        state = rules.holds(self.gate_terms[rule, gate], customer.figures, self.scheme.window_days)
        formula = f'IF({filled(verdict.failed, cell)},FALSE(),IF({filled(verdict.passed, cell)},TRUE(),"?"))'
        self._formula(sheet, line, place, formula, "?" if state is None else state)

    def _tier_template(self) -> str:
        """The formula of the tier with `#` for the line; empty when it would be longer than a cell takes."""
        columns = {rule: f"${self.layout.letters[f'rule:{rule}']}" for rule in self.plan.rules}
        gates = {(rule, gate): f"${self.layout.letters[f'gate:{rule}:{gate}']}" for rule, gate in self.plan.gates}
        formula = plans.tier_formula(self.plan, columns, gates)
        return formula if len(formula) < LONGEST_FORMULA else ""

    # Rules

    def _rules(self, sheet: Any) -> None:
        as_of, window = self.answer.as_of, self.scheme.window_days
        sheet.set_column(0, 6, 22)
        sheet.set_column(6, 6, 60)
        sheet.write_string(0, 0, in_language(self.scheme.title, self.answer.language), self.bold)
        sheet.write_string(1, 0, self.words["as_of"])
        sheet.write_datetime(1, 1, as_of, self.input_day)
        sheet.write_string(2, 0, self.words["window"])
        sheet.write_number(2, 1, window or 365_000, self.input)
        sheet.write_string(3, 0, self.words["window_from"])
        first = as_of - timedelta(days=window - 1) if window else as_of.replace(year=1900)
        sheet.write_formula(3, 1, "=MAX(0,B2-B3+1)", self.day, (first - date(1899, 12, 30)).days)
        sheet.write_string(4, 0, self.words["sales"])
        self._sales(sheet)
        sheet.write_string(5, 0, self.words["change"], self.quiet)
        sheet.write_string(5, 4, self.words["frozen"].format(day=as_of), self.quiet)
        for place, title in enumerate(("rule", "tier_given", "gate", "figure", "test", "border", "remark")):
            sheet.write_string(6, place, self.words[title], self.bold)
        for line, border in enumerate(self.plan.lines, FIRST_RULE_LINE):
            self._border(sheet, line, border)
        end = FIRST_RULE_LINE + len(self.plan.lines)
        sheet.write_string(end - 1, 0, self.words["otherwise"])
        sheet.write_string(end - 1, 1, self.scheme.otherwise)

    def _sales(self, sheet: Any) -> None:
        column = self.layout.letters.get("spend_window")
        found = one_row(self.answer.engine, "SELECT SUM(spend_window) FROM graded") if column else None
        if column:
            whole = f"{self._sheet('customers')}!{column}{FIRST}:{column}{self._last_line}"
            sheet.write_formula(4, 1, f"=ROUND(SUM({whole}),4)", self.money, float((found or (0,))[0] or 0))

    def _border(self, sheet: Any, line: int, border: BorderLine) -> None:
        language = self.answer.language
        texts = (border.rule, border.tier, border.gate, self._figure(border.figure), self.words[border.operator])
        for place, text in enumerate(texts):
            sheet.write_string(line - 1, place, text)
        remark = ""
        if border.percentile is not None:
            column = self.layout.letters[f"counted:{border.figure}"]
            whole = f"{self._sheet('customers')}!${column}${FIRST}:${column}${self._last_line}"
            formula = (
                f'=IF(COUNT({whole})=0,"",SMALL({whole},MAX(1,ROUNDUP(COUNT({whole})*{border.percentile}/100,0))))'
            )
            sheet.write_formula(line - 1, 5, formula, self.money, "" if border.value is None else float(border.value))
            remark = self.words["percentile"].format(share=f"{border.percentile.normalize():f}")
        elif border.words:
            remark = self.words["words"].format(words=", ".join(border.words))
        elif border.value is not None:
            sheet.write_number(line - 1, 5, float(border.value), self.input)
        if border.factor:
            remark = self.words["factor"].format(figure=title_of(border.factor, language))
        sheet.write_string(line - 1, 6, remark, self.quiet)

    # Overview

    def _tiers(self, sheet: Any) -> None:
        sheet.set_column(0, 5, 18)
        titles = ("tier", "customers", "customer_share", "spend", "spend_share")
        for place, column in enumerate(titles):
            sheet.write_string(0, place, column, self.bold)
        sheet.write_string(0, 5, self._title("tier"), self.bold)
        letters, last = self.layout.letters, len(self.answer.overview.tiers) + 1
        tiers, spend = (self._whole(letters[key]) for key in ("tier", "spend_total"))
        for line, row in enumerate(self.answer.overview.tiers, 2):
            sheet.write_string(line - 1, 0, row.tier)
            sheet.write_formula(line - 1, 1, f"=COUNTIF({tiers},A{line})", None, row.customers)
            sheet.write_formula(
                line - 1, 2, f"=IF(SUM(B$2:B${last})=0,0,B{line}/SUM(B$2:B${last}))", self.share, row.customer_share
            )
            sheet.write_formula(line - 1, 3, f"=SUMIF({tiers},A{line},{spend})", self.money, float(row.spend))
            sheet.write_formula(
                line - 1, 4, f"=IF(SUM(D$2:D${last})=0,0,D{line}/SUM(D$2:D${last}))", self.share, row.spend_share
            )
            sheet.write_string(line - 1, 5, in_language(self.scheme.tiers.get(row.tier, {}), self.answer.language))
        for place, (column, title) in enumerate((("B", "chart_customers"), ("D", "chart_spend"))):
            self._chart(sheet, column, title, last, place)

    def _chart(self, sheet: Any, column: str, title: str, last: int, place: int) -> None:
        chart = self.book.add_chart({"type": "bar"})
        name = self._sheet("tiers")
        chart.add_series({
            "categories": f"={name}!$F$2:$F${last}", "values": f"={name}!${column}$2:${column}${last}",
            "fill": {"color": "#206BC4"}, "data_labels": {"value": True},
        })  # fmt: skip
        chart.set_title({"name": self.words[title]})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True})
        sheet.insert_chart(last + 1 + place * 16, 0, chart)

    def _tier_sheets(self, by_tier: Mapping[str, list[list[Any]]]) -> None:
        taken = {self.words[name].lower() for name in ("customers", "tiers", "rules", "orders")}
        for tier, rows in by_tier.items():
            title = in_language(self.scheme.tiers.get(tier, {}), self.answer.language) or tier
            sheet = self.book.add_worksheet(sheet_name(title, taken))
            sheet.freeze_panes(1, 1)
            for place, column in enumerate(TIER_COLUMNS):
                sheet.set_column(place, place, 70 if column == "reason" else 18)
                sheet.write_string(0, place, self._title(column), self.bold)
            for line, row in enumerate(rows, FIRST):
                for place, (column, value) in enumerate(zip(TIER_COLUMNS, row, strict=True)):
                    self._value(sheet, line, place, value, self._format(column))

    # Cells

    @property
    def _last_line(self) -> int:
        return max(self.answer.overview.customers, 1) + FIRST - 1

    def _whole(self, column: str) -> str:
        return f"{self._sheet('customers')}!${column}${FIRST}:${column}${self._last_line}"

    def _sheet(self, name: str) -> str:
        return f"'{self.words[name]}'"

    def _formula(self, sheet: Any, line: int, place: int, formula: str, value: Any, form: Any = None) -> None:
        for name in ("rules", "orders"):
            formula = formula.replace(f"{name}!", f"{self._sheet(name)}!")
        shown = "" if value is None else float(value) if isinstance(value, Decimal) else value
        sheet.write_formula(line - 1, place, f"={formula}", form, shown)

    def _value(self, sheet: Any, line: int, place: int, value: Any, form: Any = None) -> None:
        if isinstance(value, str):
            sheet.write_string(line - 1, place, value)
        elif value is not None:
            number = round_money(value, self.scheme.currency) if form is self.money else value
            sheet.write_number(line - 1, place, float(number), form)

    def _format(self, key: str) -> Any:
        figure = FIGURES.get(key)
        return None if figure is None else self.money if figure.kind == "money" else self.number

    def _figure(self, figure: str) -> str:
        return title_of(figure, self.answer.language)

    def _title(self, key: str) -> str:
        kind, _, name = key.partition(":")
        if kind == "rule":
            return self.words["fits"].format(rule=name)
        if kind == "gate":
            return self.words["meets"].format(gate=name.partition(":")[2])
        if kind == "counted":
            return name
        if self.answer.language == "en":
            return key
        return COLUMN_TITLES.get(key) or self.words.get(key) or title_of(key, self.answer.language)


def letter(place: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    found = ""
    while place >= 0:
        found = chr(ord("A") + place % 26) + found
        place = place // 26 - 1
    return found


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel accepts and that no other sheet has: 31 characters, none of []:*?/\\ ."""
    base = re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ")[:28] or "tier"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base} {number}", number + 1
    taken.add(name.lower())
    return name
