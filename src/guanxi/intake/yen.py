"""What ¥ alone means, yuan or yen, from everything else in the file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Columns

import pyarrow as pa

from guanxi.intake.mapping import Mapping, Options
from guanxi.intake.rows import Batch

SIGN = re.compile("^[¥￥]")
PRICED = ("amount", "order_amount", "gross_amount", "order_total", "unit_price")
BOTH = frozenset({"CNY", "JPY"})
KANA = re.compile("[\u3040-\u30ff]|円|売上|顧客|注文")
# Characters that only simplified Chinese writes so.
SIMPLIFIED = re.compile("[单号户额价币种时产总国联购销数]|元")


class Yen:
    """Decided by the option, else by what only one of the two countries writes; else yuan, and the answer says so."""

    def __init__(self, mapping: Mapping, options: Options) -> None:
        self._priced = [each for name in PRICED for each in mapping.columns.get(name, ())]
        self._countries = list(mapping.columns.get("country", ()))
        self._told = options.yen or (options.currency if options.currency in BOTH else "")
        self._is_silent = mapping.has("currency") or not self._priced
        self._seen, self._evidence = "", _by_words(mapping.columns)

    @property
    def is_open(self) -> bool:
        return bool(self._seen and not self._is_decided)

    @property
    def _is_decided(self) -> bool:
        return bool(self._told or self._is_silent or self._evidence)

    def look_at(self, batch: Batch) -> None:
        """Notice the first ¥, and decimals (no yen has them) or buyers of one country."""
        if self._is_decided:
            return
        cells = [cell for cell in _texts(batch, self._priced) if SIGN.match(cell.strip())]
        self._seen = self._seen or next(iter(cells), "")
        if any(re.search(r"[.,]\d{1,2}\s*$", cell) for cell in cells):
            self._evidence = "CNY"
        elif self._seen:
            countries = {_country(name) for name in _texts(batch, self._countries)} - {""}
            self._evidence = {"JP": "JPY", "CN": "CNY"}.get(countries.pop(), "") if len(countries) == 1 else ""

    @property
    def answer(self) -> str:
        return self._told or self._evidence or "CNY"

    @property
    def note(self) -> str:
        if not self.is_open:
            return ""
        return (
            f"Amounts such as {self._seen} may be yuan or yen; they were taken as CNY. --currency JPY says otherwise."
        )


def _by_words(columns: Columns[str, tuple[str, ...]]) -> str:
    headings = " ".join(heading for group in columns.values() for heading in group)
    return "JPY" if KANA.search(headings) else "CNY" if SIMPLIFIED.search(headings) else ""


def _country(name: str) -> str:
    from guanxi.kernel.places import country_code  # reads the names of all countries

    return country_code(name)


def _texts(batch: Batch, headings: Iterable[str]) -> Iterable[str]:
    for heading in headings:
        array = batch.cells.get(heading)
        if array is not None and pa.types.is_string(array.type):
            yield from (text for text in array.unique().to_pylist() if text)
