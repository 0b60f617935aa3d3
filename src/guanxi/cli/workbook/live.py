"""The figures that a spreadsheet can compute from the orders itself. Pure.

`{first}` and `{last}` are the cells that say in which lines of the sheet of orders the customer's own stand: a figure
looks at these only, so that a hundred thousand customers stay computable.
"""

from __future__ import annotations

from guanxi.cli.workbook.plan import AS_OF, SALES, WINDOW_FROM

ORDERS_SHEET = "orders"
DAY_COLUMN, AMOUNT_COLUMN = "B", "C"


def _own(column: str) -> str:
    whole = f"{ORDERS_SHEET}!${column}:${column}"
    return f"INDEX({whole},{{first}}):INDEX({whole},{{last}})"


_DAYS, _AMOUNTS = _own(DAY_COLUMN), _own(AMOUNT_COLUMN)
_COUNT = f'COUNTIF({_AMOUNTS},">0")'

# `spend_share` needs the column of another figure: `«…»` as in workbook.formulas.
LIVE = {
    "days_since_last_order": f'IF({{has}},IF({_COUNT}>0,{AS_OF}-_xlfn.MAXIFS({_DAYS},{_AMOUNTS},">0"),""),"")',
    "order_count": f"IF({{has}},{_COUNT},0)",
    "spend_total": f"IF({{has}},ROUND(SUM({_AMOUNTS}),4),0)",
    "order_count_window": f'IF({{has}},COUNTIFS({_AMOUNTS},">0",{_DAYS},">="&{WINDOW_FROM}),0)',
    "spend_window": f'IF({{has}},ROUND(SUMIFS({_AMOUNTS},{_DAYS},">="&{WINDOW_FROM}),4),0)',
    "spend_share": f'IF({SALES}>0,ROUND(«spend_window»/{SALES}*100,4),"")',
}


def live(figure: str, *, first: str, last: str) -> str:
    """The formula of a figure of LIVE for the customer whose lines stand in the cells `first` and `last`."""
    return LIVE[figure].format(first=first, last=last, has=f"ISNUMBER({first})")
