"""One foreign cell becomes a number, a moment, a currency or clean text. Pure.

Every reader returns None for an empty cell and raises BadValue for one that cannot be read.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

NOTHING = frozenset({"", "-", "--", "—", "n/a", "#n/a", "null", "none", "nil", "nan", "nat", "\\n"})
# "NA" stands for nothing in a number or a date, but is Namibia in a country and a name elsewhere.
NO_NUMBER = NOTHING | {"na", "无", "空", "#n/a n/a", "n.a.", "tbd", "?"}
# What a spreadsheet shows where its formula failed; in a name it is nothing, in a number or a date a mistake.
SHEET_ERRORS = frozenset(
    {"#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#spill!", "#calc!", "#getting_data"}
)
WORDS_OF_SIZE = {"万": Decimal(10_000), "萬": Decimal(10_000), "亿": Decimal(10**8), "億": Decimal(10**8),
                 "千": Decimal(1_000)}  # fmt: skip
LARGEST = Decimal(10) ** 13
YEARS = range(1900, 2200)
YEAR_UNKNOWN = 1904

# What nobody sees: zero widths and directions of writing, which come along when a cell is copied.
UNSEEN = "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)))
# A leading apostrophe that spreadsheets hide, or that a careful export put before a formula (RS-29).
HIDDEN_APOSTROPHE = re.compile(r"^'(?='*\s*[=+\-@|＝＋－＠｜]|[\t\r\n]|\+?\d[\d\s().-]*$)")
FORMULA_START = ("=", "+", "-", "@", "|")
PLAIN_NUMBER = re.compile(r"^[+-]?[\d\s().,-]*\d%?$")


class BadValue(ValueError):
    """The cell cannot be read; the message says why."""


def clean(cell: object) -> str:
    """The cell's text without outer blanks and without an apostrophe that only spreadsheets need."""
    text = "" if cell is None else str(cell)
    text = text.replace("\u00a0", " ").replace("\x00", "").strip()
    return HIDDEN_APOSTROPHE.sub("", text if text.isascii() else text.strip(UNSEEN + " \t\r\n")).strip()


def _legible(cell: object) -> str:
    """The text of a number or a date: full-width signs as usual ones, and nothing that nobody sees."""
    text = clean(cell)
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_WITHOUT_UNSEEN)).strip()


_WITHOUT_UNSEEN = dict.fromkeys(map(ord, UNSEEN))


def guarded(cell: str) -> str:
    """`cell` so that a spreadsheet shows it and never computes it (RS-29); `clean` takes the guard off again."""
    if not cell or cell[0].isalnum():
        return cell
    head = unicodedata.normalize("NFKC", cell.lstrip("'\t\r\n "))[:1]
    return f"'{cell}" if head in FORMULA_START and head and not PLAIN_NUMBER.match(cell) else cell


def read_text(cell: object) -> str | None:
    text = clean(cell)
    return None if not text or text.casefold() in NOTHING or is_sheet_error(text) else text


def read_line(cell: object) -> str | None:
    """A name, whose cell may be wrapped."""
    text = read_text(cell)
    return text and " ".join(text.split())


ANGLED = re.compile(r"<\s*(?:mailto:)?([^<>\s@]+@[^<>\s]+?)\s*>", re.IGNORECASE)
BETWEEN_ADDRESSES = re.compile(r"[\s;,、，；/|]+")


def read_address(cell: object) -> str | None:
    """The e-mail address of a cell such as "Lena <lena@elbwerk.example>"; of several the first."""
    text = read_text(cell)
    if text is None or text.casefold() in NO_NUMBER:
        return None
    if found := ANGLED.search(text):
        return found[1]
    if text.count("@") < 2:
        return re.sub("^mailto:", "", text, flags=re.IGNORECASE)
    return next((part for part in BETWEEN_ADDRESSES.split(text) if "@" in part), text)


def is_sheet_error(text: str) -> bool:
    return text.startswith("#") and text.casefold() in SHEET_ERRORS


def _refuse_sheet_error(text: str) -> None:
    if is_sheet_error(text):
        raise BadValue(f"{text} is an error of the spreadsheet; mend its formula")


def read_id(cell: object) -> str | None:
    """A number or code that names a record; 17850.0, as spreadsheets write it, is 17850."""
    text = read_text(cell)
    if text is None or text.casefold() == "na":
        return None
    return re.sub(r"^(\d+)\.0+$", r"\1", text)


# Numbers


def read_number(cell: object, decimal_mark: str = "", *, is_rate: bool = False) -> Decimal | None:
    """A number with its thousands separators, currency sign, brackets for negative or 万 behind it; 15% and 8.5折
    where the column `is_rate`.

    `decimal_mark` is what the column was found to use; without it a single separator before exactly three digits
    is taken as one of thousands when it is a comma, and as a decimal point when it is a point.
    """
    if isinstance(cell, bool):
        raise BadValue("is yes or no, not a number")
    if isinstance(cell, int | Decimal):
        return _in_range(Decimal(cell))
    text = _legible(cell)
    if text.casefold() in NO_NUMBER:
        return None
    _refuse_sheet_error(text)
    if is_rate and text.endswith("折"):
        return _rate_of_zhe(text)
    bare = _with_cents(_without_currency(text))
    size = Decimal(1)
    if is_rate and bare.endswith("%"):
        size, bare = Decimal("0.01"), bare[:-1].rstrip()
    if bare[-1:] in WORDS_OF_SIZE:
        size, bare = WORDS_OF_SIZE[bare[-1]], bare[:-1]
    is_negative = (
        bare.startswith(("-", "−", "–")) or bare.endswith("-") or (bare.startswith("(") and bare.endswith(")"))
    )
    digits = bare.strip("()-−–+ ")
    if not re.fullmatch(r"\d[\d.,'’ _]*(?:[eE][+-]?\d{1,3})?|[.,]\d+", digits):
        raise BadValue(f"{text[:40]!r} is no number; write it like 1234.50")
    try:
        value = Decimal(_with_point(digits, decimal_mark)) * size
    except InvalidOperation:
        raise BadValue(f"{text[:40]!r} is no number; write it like 1234.50") from None
    return _in_range(-value if is_negative else value)


def _rate_of_zhe(text: str) -> Decimal:
    from guanxi.offers.discounts import NotADiscount, read_discount

    try:
        return read_discount(text).percent_off / 100
    except NotADiscount as error:
        raise BadValue(str(error).rstrip(".")) from None


def _in_range(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= LARGEST:
        raise BadValue("is too large to be an amount")
    return value


CURRENCY_WORD = re.compile(
    r"(?<!\w)(?:[A-Za-z]{1,3}[$¥£]|[A-Za-z]{2,3}\.?|zł|Kč)(?=[\s\d(.,-])"
    r"|(?<=[\d\s)万亿千])\s*(?:[A-Za-z]{3}|kr\.?|zł|Kč|Ft|руб\.?)$"
    r"|(?:美|欧|歐|日|港|澳|加|新加坡|韩|韓)元|美金|(?:港|台|新台)[币幣]|英[镑鎊]|日[圆圓]|卢布|人民币元?|元整?|円"
)


NO_CENTS = re.compile(r"(?<=\d)(?P<mark>[.,])[-–—]{1,2}$")  # 5.– and 5,-- for a whole sum


def _without_currency(text: str) -> str:
    bare = CURRENCY_WORD.sub("", text)
    return "".join(char for char in bare if unicodedata.category(char) != "Sc").strip()


def _with_cents(text: str) -> str:
    """1.234,00 for 1.234,- and also for 1.234.-, where the point parts the thousands already."""
    match = NO_CENTS.search(text)
    if match is None:
        return text
    head, mark = text[: match.start()], match["mark"]
    return f"{head}{OTHER_MARK[mark] if mark in head else mark}00"


OTHER_MARK = {",": ".", ".": ","}


def currency_sign(cell: object) -> str:
    """The sign or code that stands beside the number in the cell, such as ¥, US$ or EUR; nothing without one."""
    text = _legible(cell)
    sign = re.sub(r"[\d\s.,'’()+−–_-]|[万亿萬億千]", "", re.sub(r"\de[+-]?\d", "", text)).strip()
    if sign in YUAN:
        return "人民币"
    # Sign and code beside each other: $5 USD.
    return found[0] if len(sign) > 3 and (found := re.search(r"[A-Z]{3}$|^[A-Z]{3}", sign)) else sign


YUAN = frozenset({"人民币元", "¥元", "元¥", "人民币¥", "人民币¥元", "RMB¥", "CNY¥", "RMB元", "CNY元"})


def _with_point(digits: str, decimal_mark: str) -> str:
    text = re.sub(r"['’ _]", "", digits)
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        mark = "," if comma > point else "."
    elif decimal_mark:
        mark = decimal_mark
    else:
        mark = "," if text.count(",") == 1 and not _may_be_thousands(text, comma) else "."
        mark = "" if mark == "." and text.count(".") > 1 else mark
    others = OTHER_MARK.get(mark, ",.")
    kept = "".join(char for char in text if char not in others)
    return kept.replace(",", ".")


NUMERAL = re.compile(r"(?:(?<![\w.,])[.,])?\d(?:[\d.,'’ _]*\d)?")


def _numerals(cells: Iterable[object]) -> Iterable[str]:
    """The digits of each cell and the marks between them; the points of Rs. and kr. stand outside."""
    for cell in cells:
        if found := NUMERAL.search(_with_cents(_legible(cell))):
            yield re.sub(r"[^\d.,]", "", found[0])


def decimal_mark_of(cells: Iterable[object]) -> str:
    """The decimal mark that some cell of the column proves, or nothing."""
    for digits in _numerals(cells):
        comma, point = digits.rfind(","), digits.rfind(".")
        if comma >= 0 and point >= 0:
            return "," if comma > point else "."
        place = max(comma, point)
        if place >= 0 and digits.count(digits[place]) == 1 and not _may_be_thousands(digits, place):
            return digits[place]
        if digits.count(".") > 1 and len(digits) - place == 4:
            return ","  # 1.234.567
    return ""


def _may_be_thousands(digits: str, place: int) -> bool:
    """Whether the only mark, which stands at `place`, may part 1,234 as well as 1.234."""
    return len(digits) - place == 4 and 0 < place < 4 and not digits.startswith("0")


def hints_of_grouping(cells: Iterable[object]) -> dict[str, str]:
    """Hints of one column, each with an example, whether 1.200 is 1200 where nothing proves it: a `zero` behind the
    decimals is needless, and nobody writes it beside `whole` numbers.
    """
    hints: dict[str, str] = {}
    for digits in _numerals(cells):
        if digits.count(".") == 1 and "," not in digits:
            hints.setdefault("zero" if digits.endswith("0") else "other", digits)
        elif digits.isdigit() and digits != "0":
            hints.setdefault("whole", digits)
    return hints


# Moments

# The first letters of each month in English, German, Spanish, French, Italian and Portuguese, without accents.
_MONTHS = (
    "jan ene gen", "feb fev", "mar mrz mrt", "apr abr avr", "may mai mag mei", "jun juin giu", "jul juil lug",
    "aug ago aou", "sep set", "oct okt ott out", "nov", "dec dez dic",
)  # fmt: skip
MONTHS = {start: number for number, starts in enumerate(_MONTHS, start=1) for start in starts.split()}
CLOCK = (
    r"(?:(?:[T ,]+\s*|(?=[上下]午))(?P<half>上午|下午|AM|PM|am|pm)?\s*(?P<hour>\d{1,2})[:时点.h](?P<minute>\d{1,2})分?"
    r"(?:[:.]?(?P<second>\d{2})秒?(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?P<half2>AM|PM|am|pm|[ap]\.\s?m\.)?"
    r"\s*(?P<zone>[+-]\d{2}:?\d{2}|[+-]\d{2}|Z|UTC|GMT|CES?T|JST|[ECMP]DT|[EMP]ST)?)?$"
)
NUMERIC = re.compile(r"^(?P<a>\d{1,4})\s*[-/.年]\s*(?P<b>\d{1,2})\s*[-/.月]\s*(?P<c>\d{1,4})\s*[日号]?" + CLOCK)
_WORD = r"[A-Za-zÀ-ž]{3,10}"
DAY_NAMED = re.compile(
    rf"^(?:{_WORD},?\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?[-/ .]*(?:de )?(?P<month>{_WORD})\.?[-/ ,]*(?:de )?"
    r"(?P<year>\d{4}|\d{2})" + CLOCK
)
YEAR_FIRST = re.compile(rf"^(?P<year>\d{{4}})[-/ ](?P<month>{_WORD})\.?[-/ ](?P<day>\d{{1,2}})" + CLOCK)
MONTH_NAMED = re.compile(
    rf"^(?:{_WORD},\s+)?(?P<month>{_WORD})\.?"
    r"[\s-]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(?P<year>\d{4}|\d{2}(?!\d|:))" + CLOCK
)
COMPACT = re.compile(
    r"^(?P<year>(?:19|20|21)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?Z?$"
)
MONTH_ALONE = re.compile(r"^(?P<year>(?:19|20|21)\d{2})\s*[-/.年]\s*(?P<month>\d{1,2})\s*月?$")
SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
UNIX = re.compile(r"^1\d{9}(?:\d{3})?$")
# How databases and spreadsheets show that there is no day.
NO_DAY = re.compile(r"^(?:0{1,4}[-/.]0{1,2}[-/.]0{1,4}|1900[-/]0?1[-/]0?0|0?1/0?0/(?:19)?00)(?:[ T].*)?$|^0$")
WEEKDAY = re.compile(r"\s*(?:(?:星期|礼拜|周|週)[一二三四五六日天]|\([月火水木金土日]\))")
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (a wall clock)


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall clock as written, and its distance from UTC in minutes when the cell names one."""

    wall: datetime
    offset_minutes: int | None = None


def read_moment(cell: object, date_order: str = "") -> Moment | None:
    """A date or date with time in any usual writing; `date_order` is dmy or mdy for 03/04/2024."""
    if isinstance(cell, datetime):
        offset = cell.utcoffset()
        return Moment(cell.replace(tzinfo=None), None if offset is None else int(offset.total_seconds() // 60))
    if isinstance(cell, date):
        return Moment(datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001
    text = _legible(cell)
    if text.casefold() in NO_NUMBER or NO_DAY.match(text):
        return None
    _refuse_sheet_error(text)
    try:
        moment = _moment_of(WEEKDAY.sub("", text), date_order)
    except (ValueError, OverflowError):
        raise BadValue(f"{text[:40]!r} is no date of the calendar; correct the day or the month") from None
    if moment is None:
        raise BadValue(f"{text[:40]!r} is no date; write it like 2024-05-31")
    if moment.wall.year not in YEARS:
        raise BadValue(f"{text[:40]!r} lies outside the years 1900 to 2199; correct the year")
    return moment


DAY_OF_YEAR = re.compile(r"^(?:--)?(?P<a>\d{1,2})[-/.月](?P<b>\d{1,2})[日.]?$")


def read_birthday(cell: object, date_order: str = "") -> Moment | None:
    """A day that comes back each year. Without a year (05/20, which is month/day unless the column says otherwise) it
    stands in 1904, the first leap year that a date may have.
    """
    if match := DAY_OF_YEAR.match(_legible(cell)):
        month, day = int(match["a"]), int(match["b"])
        if month > 12 or (date_order == "dmy" and day <= 12):
            month, day = day, month
        try:
            return Moment(datetime(YEAR_UNKNOWN, month, day))  # noqa: DTZ001
        except ValueError:
            raise BadValue(f"{clean(cell)[:40]!r} is no day of the year; write it like 05-31") from None
    return read_moment(cell, date_order)


def _moment_of(text: str, date_order: str) -> Moment | None:
    if match := NUMERIC.match(text):
        year, month, day = _ordered(match["a"], match["b"], match["c"], date_order)
        return _with_clock(match, year, month, day)
    if match := DAY_NAMED.match(text) or MONTH_NAMED.match(text) or YEAR_FIRST.match(text):
        return _with_clock(match, _full_year(match["year"]), _month_named(match["month"]), int(match["day"]))
    if match := COMPACT.match(text):
        parts = [int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
        return Moment(datetime(*parts))  # type: ignore[arg-type]  # noqa: DTZ001
    if match := MONTH_ALONE.match(text):  # a month stands for its first day
        return Moment(datetime(int(match["year"]), int(match["month"]), 1))  # noqa: DTZ001
    if SERIAL.match(text):
        return Moment((EXCEL_EPOCH + timedelta(days=float(text)) + timedelta(milliseconds=500)).replace(microsecond=0))
    if UNIX.match(text):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        return Moment(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None), 0)
    return None


def _month_named(word: str) -> int:
    bare = unicodedata.normalize("NFD", word.lower()).encode("ascii", "ignore").decode()
    return MONTHS.get(bare[:4]) or MONTHS.get(bare[:3], 0)


def _ordered(first: str, second: str, third: str, date_order: str) -> tuple[int, int, int]:
    if len(first) == 4 or (date_order == "ymd" and len(third) <= 2):
        return _full_year(first), int(second), int(third)
    a, b, year = int(first), int(second), _full_year(third)
    month_first = (date_order == "mdy" and a <= 12) or b > 12
    return (year, a, b) if month_first else (year, b, a)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return 2000 + year if year < 69 else 1900 + year


def _with_clock(match: re.Match[str], year: int, month: int, day: int) -> Moment:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    half = (match["half"] or match["half2"] or "").replace(".", "").lower()
    if half in {"pm", "下午"} and hour < 12:
        hour += 12
    elif half in {"am", "上午"} and hour == 12:
        hour = 0
    micro = int((match["fraction"] or "").ljust(6, "0")[:6] or 0)
    wall = datetime(year, month, day, 0 if hour == 24 else hour, minute, second, micro)  # noqa: DTZ001
    return Moment(wall + timedelta(days=hour == 24), _offset_of(match["zone"]))


def _offset_of(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone in ZONES:
        return ZONES[zone] * 60
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


# Hours from UTC. CST is left out: it is noon in Chicago or midnight in Shanghai.
ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "CET": 1, "CEST": 2, "JST": 9, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7,
         "MDT": -6, "PST": -8, "PDT": -7}  # fmt: skip


def as_utc(moment: Moment, zone: timezone | object) -> datetime:
    """The moment in UTC; one without its own offset is read as the wall clock of `zone` (a tzinfo)."""
    if moment.offset_minutes is not None:
        return (moment.wall - timedelta(minutes=moment.offset_minutes)).replace(tzinfo=UTC)
    return moment.wall.replace(tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type]


def date_order_of(cells: Iterable[object]) -> str:
    """dmy, mdy or ymd when some cell of the column proves it and none the contrary, else nothing."""
    orders = set(date_orders_in(cells))
    return orders.pop() if len(orders) == 1 else ""


def date_orders_in(cells: Iterable[object]) -> Iterable[str]:
    """What each date that can be read in one way only (a part above twelve) says about the order."""
    return (order for cell in cells if (order := _order_proved_by(cell)))


def _order_proved_by(cell: object) -> str:
    match = NUMERIC.match(_legible(cell))
    if match is None or len(match["a"]) > 2:
        return ""
    if int(match["a"]) > 12:
        return "ymd" if len(match["c"]) <= 2 and int(match["a"]) > 31 else "dmy"
    return "mdy" if int(match["b"]) > 12 else ""


def is_two_sided_date(cell: object) -> bool:
    """Whether the cell is a date whose day and month could be exchanged."""
    match = NUMERIC.match(_legible(cell))
    return bool(match and len(match["a"]) <= 2 and int(match["a"]) <= 12 and int(match["b"]) <= 12)


# Yes or no

YES = frozenset({"yes", "y", "true", "1", "是", "有", "subscribed", "subscribe", "x", "✓"})
NO = frozenset({"no", "n", "false", "0", "否", "无", "unsubscribed", "never subscribed", "never_subscribed"})


def read_flag(cell: object) -> bool | None:
    if isinstance(cell, bool):
        return cell
    word = clean(cell).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    if word in NOTHING:
        return None
    raise BadValue(f"{word[:40]!r} is neither yes nor no; write yes or no")


# Lists


def read_tags(text: str) -> list[str]:
    """Tags between commas, each once; a list export may quote each of them ("VIP","Blog")."""
    plain = re.sub("[，、;；]", ",", text)
    row = next(csv.reader([plain], skipinitialspace=True), []) if '"' in plain else plain.split(",")
    return list(dict.fromkeys(tag.strip() for tag in row if tag.strip()))
