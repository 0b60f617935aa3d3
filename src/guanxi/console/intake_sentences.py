"""The sentences of the import in the reader's language.

The import itself speaks English, since a file can be read without any page; each sentence is recognised here by its
pattern. One that is not known stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from guanxi.console.intake_words import FIELD_NAMES, KIND_NAMES

# Why a row is refused.
REASONS = (
    gettext_noop("no customer number, name or e-mail"),
    gettext_noop("no customer number"),
    gettext_noop("no legal basis: a permission without one cannot be used"),
    gettext_noop("no source: a permission needs to say where it was given"),
    gettext_noop("no amount"),
    gettext_noop("no day of the order"),
    gettext_noop("no day of the invoice"),
    gettext_noop("no day of the payment"),
    gettext_noop("no moment of the event"),
    gettext_noop("no moment at which it was said"),
    gettext_noop("no day of the rate"),
    gettext_noop("no number or name of the article"),
    gettext_noop("no quantity or no price"),
    gettext_noop("a discount is a part of the price; write it like 0.15, or call the column Discount Amount"),
    gettext_noop("no %(field)s"),
    gettext_noop("the amount is too large"),
    gettext_noop("is too large to be an amount"),
    gettext_noop("is yes or no, not a number"),
    gettext_noop("%(value)s is no number; write it like 1234.50"),
    gettext_noop("%(value)s is no date; write it like 2024-05-31"),
    gettext_noop("%(value)s is no date of the calendar; correct the day or the month"),
    gettext_noop("%(value)s lies outside the years 1900 to 2199; correct the year"),
    gettext_noop("%(value)s is neither yes nor no; write yes or no"),
    gettext_noop("%(value)s is no currency; write a code such as USD"),
    gettext_noop("the e-mail address holds invisible or control characters; type it again."),
    gettext_noop("%(value)s is no e-mail address; write name@example.com."),
    gettext_noop("the part before @ in %(value)s has characters that cannot be mailed to."),
    gettext_noop("the dots before @ in %(value)s are misplaced."),
    gettext_noop("the part before @ is longer than 64 octets (RFC 5321)."),
    gettext_noop("the e-mail address is longer than 254 octets (RFC 5321)."),
    gettext_noop("%(value)s is no domain name."),
    gettext_noop("%(value)s is no domain name; write example.com."),
    gettext_noop("%(value)s is a number, not a domain name."),
    gettext_noop("a cell is longer than 131,072 characters; is a quotation mark not closed?"),
    gettext_noop("has %(cells)s cells, the heading has %(width)s"),
    gettext_noop("has %(cells)s cells, the heading has %(width)s; is a quotation mark not closed?"),
    gettext_noop("is no record"),
    gettext_noop("%(value)s is no day of the year; write it like 05-31"),
    gettext_noop("%(value)s is an error of the spreadsheet; mend its formula"),
    gettext_noop("holds bytes that are no %(encoding)s; the row begins with %(value)s"),
    gettext_noop("another customer has an order of this number in the file"),
    gettext_noop("no order %(number)s of source %(source)s is known"),
    gettext_noop("names no customer and no known %(field)s"),
    gettext_noop("no such customer is known"),
    gettext_noop("a rate must be above zero and between two currencies"),
    gettext_noop("no contact has this address; import the contacts first"),
    gettext_noop("is none of %(words)s"),
    gettext_noop("lies in the future"),
)
# What stays with its owner although the file says another.
CONFLICTS = (
    gettext_noop("%(email)s is already a contact of another customer"),
    gettext_noop("order %(number)s belongs to another customer already"),
    gettext_noop("%(number)s belongs to another customer already"),
    gettext_noop("order %(number)s was %(ours)s and is %(theirs)s in the file"),
    gettext_noop("%(number)s was %(ours)s and is %(theirs)s in the file"),
    gettext_noop("%(name)s is in %(ours)s so far and in %(theirs)s in the file"),
)
# What stays when an import is taken back.
STAYS = (
    gettext_noop("%(name)s: %(columns)s was changed again since and stays"),
    gettext_noop("product %(name)s: %(columns)s was changed again since and stays"),
    gettext_noop("order %(number)s: its lines were changed again since and stay"),
)
# What had to be guessed or left out.
NOTES = (
    gettext_noop("Left out: %(sentence)s"),
    gettext_noop("Left out, as their columns are not known: %(files)s."),
    gettext_noop("%(count)s addresses are suppressed and get no mail."),
    gettext_noop(
        "%(count)s permissions name no source or no legal basis and were not recorded; such people get no advertising."
    ),
    gettext_noop(
        "%(count)s permissions name no time at which they were given and were not recorded; such people get no "
        "advertising."
    ),
    gettext_noop("%(field)s is missing or cannot be in rows %(rows)s; fill it in and import the file again."),
    gettext_noop(
        "The file says on what basis, but not whether anybody permits mails, so no permission was recorded; add a "
        "column Consent State with granted or withdrawn."
    ),
    gettext_noop("Rejects of the other tables: %(files)s."),
    gettext_noop("Invoices of nobody who ordered, left out: %(count)s."),
    gettext_noop("Codes of offers accepted: %(count)s."),
    gettext_noop("Codes of offers refused: %(count)s."),
    gettext_noop(
        "Dates such as %(value)s were read day first, as no date of the file decides it; --date-order mdy or dmy says "
        "otherwise."
    ),
    gettext_noop(
        "Dates such as %(value)s were read day first, as some dates put the day first and some the month; "
        "--date-order mdy or dmy says otherwise."
    ),
    gettext_noop(
        "Dates such as %(value)s were read month first, as some dates put the day first and some the month; "
        "--date-order mdy or dmy says otherwise."
    ),
    gettext_noop(
        "Numbers such as %(value)s were read as %(number)s, as no number of the file decides whether the point stands "
        "before decimals or thousands; decimal_mark in a mapping says otherwise."
    ),
    gettext_noop(
        "Amounts such as %(value)s may be yuan or yen; they were taken as CNY. --currency JPY says otherwise."
    ),
    gettext_noop("The day of an order is its scheduled delivery, as the file leaves out most days of ordering."),
    gettext_noop("The download names customers but not their addresses; two customers of one name become one."),
    gettext_noop("Amazon's report names no buyers; its orders stand under one customer for each sales channel."),
    gettext_noop("Sold For was read as the price of one piece."),
    gettext_noop("Sums by customer are no orders; they are kept as they are, and tiers are computed from orders."),
    gettext_noop("Shopify's export does not say when somebody agreed to mails; nobody gets a permission by it."),
    gettext_noop("listmonk's export does not say when and how somebody subscribed; nobody gets a permission by it."),
    gettext_noop("Amounts without a currency were taken as %(currency)s; --currency names another."),
    gettext_noop("Amounts are reported in %(currency)s, the currency of these first orders."),
    gettext_noop("Status not known: %(words)s; `stages:` in a mapping says what it means."),
    gettext_noop(
        "%(count)s orders in %(currency)s have no rate into %(into)s yet; import rates for %(currency_again)s."
    ),
    gettext_noop("%(count)s orders in %(currency)s took the last rate before their day, which has none of its own."),
    gettext_noop(
        "Orders in %(currency)s from before %(date)s are counted at the rate of that day, the first one known."
    ),
)
# Why a whole file cannot be imported, or a mapping not be used.
PROBLEMS = (
    gettext_noop("%(file)s is no file and no folder; check the path."),
    gettext_noop("%(file)s holds no invoice with a customer or order, a date and an amount%(why)s."),
    gettext_noop("%(file)s has %(most)s empty rows in a row; cut them off."),
    gettext_noop("%(file)s has records of %(count)s cells, more than %(most)s."),
    gettext_noop("%(file)s holds more than %(most)s files; import them in parts."),
    gettext_noop("%(file)s holds no tables; put CSV, Excel, JSON or Parquet files into it."),
    gettext_noop("%(file)s cannot be read (%(error)s); save or export it again."),
    gettext_noop("%(file)s is empty."),
    gettext_noop("%(file)s is empty; export it again."),
    gettext_noop("The file was deleted for data protection; upload it again."),
    gettext_noop("%(file)s is empty; export it again with its heading line."),
    gettext_noop("%(file)s is empty; save it again with its rows."),
    gettext_noop("%(file)s is no table; give a CSV, Excel, JSON or Parquet file."),
    gettext_noop("%(file)s holds an archive in an archive; unpack it first."),
    gettext_noop("%(file)s is an archive in an archive; unpack it first."),
    gettext_noop("%(file)s holds no tables; pack CSV, Excel, JSON or Parquet files into it."),
    gettext_noop("The archive unpacks to more than it promises; pack it again."),
    gettext_noop("%(file)s is no readable Parquet file; write it again."),
    gettext_noop("%(file)s is damaged; write it again."),
    gettext_noop("%(file)s is damaged (%(error)s); copy or export it again."),
    gettext_noop("%(file)s holds no list of records; give it a list of objects."),
    gettext_noop("%(file)s is too large to be one JSON document; write one record a line."),
    gettext_noop("%(file)s is no valid JSON; export it again."),
    gettext_noop("%(file)s has %(count)s columns, more than %(most)s; leave out those not needed."),
    gettext_noop("%(file)s has a heading but no rows; export it again."),
    gettext_noop("%(file)s has a line of more than %(most)s characters; it is no table."),
    gettext_noop("%(file)s is larger than %(most)s MB; save it as CSV, which has no limit."),
    gettext_noop("%(file)s holds %(count)s files, more than %(most)s; import them in parts."),
    gettext_noop("%(file)s unpacks to more than %(most)s MB; save it as CSV."),
    gettext_noop("%(file)s holds a part packed more than %(most)s:1, as a bomb is; save it as CSV."),
    gettext_noop("%(file)s is locked with a password; save it without one."),
    gettext_noop("%(file)s holds a table of more than %(most)s cells; save it as CSV."),
    gettext_noop("%(file)s has no sheet %(sheet)s; it has %(known)s."),
    gettext_noop("%(file)s takes too long to read; save it as CSV."),
    gettext_noop("%(file)s cannot be read as a workbook (damaged or too large); save it as CSV."),
    gettext_noop("%(file)s has no column %(heading)s, which the mapping names for %(field)s; it has %(known)s."),
    gettext_noop("%(file)s is a web page or XML without a table; open it in Excel and save it as .xlsx."),
    gettext_noop(
        "%(file)s lacks a column with %(missing)s; it has %(known)s. Rename it, or say which column is which with "
        "--mapping FILE.yaml (docs/reference/import-formats.md)."
    ),
    gettext_noop(
        "%(file)s: its columns are not known (%(known)s); say which column is which with --mapping FILE.yaml "
        "(docs/reference/import-formats.md)."
    ),
    gettext_noop(
        "%(file)s: its columns do not make %(kind)s (%(known)s); say which column is which with --mapping FILE.yaml "
        "(docs/reference/import-formats.md)."
    ),
    gettext_noop("A mapping needs `columns:` with our field on the left and your heading on the right."),
    gettext_noop("kind: %(value)s is unknown; use one of %(known)s."),
    gettext_noop("options: %(option)s is unknown; use %(known)s."),
    gettext_noop("options: %(option)s is %(value)s; write a value of type %(type)s."),
    gettext_noop("options: constants: %(value)s is no field of ours."),
    gettext_noop("columns: %(value)s is no field of ours; use one of %(known)s."),
    gettext_noop("%(file)s cannot be read as a mapping: %(error)s."),
)
# What a file of orders lacks, and the word between two of them.
MISSING_COLUMNS = (
    gettext_noop("the buyer (Customer Name, 客户名称)"),
    gettext_noop("the day (Order Date, 下单日期)"),
    gettext_noop("the amount (Amount, 金额)"),
)
VARIABLE = re.compile(r"%\((\w+)\)s")


def sentence_words(sentence: str) -> str:
    """A reason, note, conflict or problem of the import in the reader's language."""
    found = pattern_of(sentence)
    if found is None:
        return sentence
    pattern, values = found
    translated = _(pattern)
    return sentence if translated == pattern else translated % {name: _value(name, values[name]) for name in values}


def pattern_of(sentence: str) -> tuple[str, Mapping[str, str]] | None:
    """The pattern that the sentence follows, the most telling one, and what it says in its variable places."""
    for pattern, expression in _expressions():
        match = expression.fullmatch(sentence)
        if match and _key(match.groupdict().get("field", "amount")) in FIELD_NAMES:
            return pattern, match.groupdict()
    return None


def _value(name: str, value: str) -> str:
    if name == "sentence":
        return sentence_words(value)
    if name == "field":
        return str(FIELD_NAMES[_key(value)])
    if name == "missing":
        return _(" and ").join(map(_, value.split(" and ")))
    return str(KIND_NAMES.get(value, value)) if name == "kind" else value


def _key(field: str) -> str:
    return field.replace(" ", "_")


@cache
def _expressions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every pattern as an expression, those with most words of their own first."""
    patterns = sorted((*REASONS, *CONFLICTS, *STAYS, *NOTES, *PROBLEMS), key=lambda each: -len(VARIABLE.sub("", each)))
    return tuple((each, _expression(each)) for each in patterns)


def _expression(pattern: str) -> re.Pattern[str]:
    words = VARIABLE.split(pattern)
    parts = [f"(?P<{each}>.+?)" if place % 2 else re.escape(each) for place, each in enumerate(words)]
    return re.compile("".join(parts), re.DOTALL)
