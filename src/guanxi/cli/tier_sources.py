"""Where the orders of `guanxi tier` come from: a file, without any database, or the workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanxi.cli.failure import fail
from guanxi.cli.tier_answer import KEPT, Answer, Worth, answer
from guanxi.engine.connection import Engine, append_columns
from guanxi.scoring import order_lines, scores
from guanxi.scoring.policies import Returns
from guanxi.tiering import documents, rules, together
from guanxi.tiering.rules import Scheme

if TYPE_CHECKING:
    from guanxi.intake.mapping import Mapping
    from guanxi.intake.rows import Reject
    from guanxi.intake.tables import OrderTable
    from guanxi.ledger.currencies import Unpriced


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for; None where he left it open."""

    as_of: date | None
    currency: str | None
    rates: Table[str, Decimal]
    returns: Returns
    date_order: str = ""
    invoices: Path | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """What the engine holds now (the tables of the measures), and what the scheme needs to grade it.

    One unit of `currency` is `rate` units of the scheme's own. `ids_of` finds customers by the number of their source.
    `kept` are the workspace's own schemes, asked before the presets.
    """

    scheme: Scheme
    as_of: date
    currency: str
    rate: Decimal
    rejects: Sequence[Reject]
    notes: list[str]
    ids_of: Callable[[str], Sequence[int]] = lambda _: ()
    kept: Table[str, Scheme] = field(default_factory=dict)
    has_kept: bool = False


def scheme_named(name: str | None) -> Scheme:
    """A preset or a YAML file; stops the command with what is wrong in it."""
    chosen = name or documents.DEFAULT_PRESET
    is_file = chosen.lower().endswith((".yaml", ".yml"))
    if not is_file and chosen not in documents.preset_names():
        fail(f"there is no scheme {chosen!r}; choose {', '.join(documents.preset_names())} or name a .yaml file.")
    try:
        return documents.read_scheme(_text_of(Path(chosen))) if is_file else documents.read_preset(chosen)
    except documents.SchemeError as error:
        fail(f"{chosen}: {error}")


def answer_file(
    engine: Engine, path: Path, scheme: Scheme, wishes: Wishes, *, mapping: Path | None, is_every_scheme: bool = False
) -> Answer:
    """Read an order file and answer. Touches no database."""
    orders = read_file(engine, path, scheme, wishes, mapping=mapping, is_every_scheme=is_every_scheme)
    return _answer(engine, orders, is_every_scheme)


def answer_workspace(
    engine: Engine, scheme_name: str | None, wishes: Wishes, *, is_every_scheme: bool = False
) -> Answer:
    """Answer from the workspace's own orders. Writes frames, but no standing: that is the order of the day's."""
    return _answer(engine, read_workspace(engine, scheme_name, wishes), is_every_scheme)


def read_file(
    engine: Engine, path: Path, scheme: Scheme, wishes: Wishes, *, mapping: Path | None, is_every_scheme: bool = False
) -> Orders:
    """Give the engine the orders of a file up to the day of the answer. Touches no database."""
    found = _read(path, wishes, mapping, with_lines=_looks_at_articles(scheme, is_every_scheme))
    latest_on = order_lines.latest_day(engine, found.table)
    if latest_on is None:
        fail(f"{path.name} holds no order with a customer, a date and an amount{_first_reject(found.rejects)}.")
    notes = list(found.notes)
    as_of = wishes.as_of or latest_on + timedelta(days=1)
    first_on = order_lines.first_day(engine, found.table)
    if first_on and as_of < first_on:
        fail(f"nobody had ordered by {as_of}: the first order of {path.name} is of {first_on}; choose a later --as-of.")
    if wishes.as_of is None:
        notes.append(f"As of {as_of}, the day after the last order; choose another day with --as-of.")
    if ahead := later_than_today(engine, found.table, path.name):
        notes.append(ahead)
    currencies = order_lines.currencies_of(engine, found.table)
    unnamed = _currency_of_unnamed(currencies, scheme, notes)
    known = {currency or unnamed for currency in currencies}
    into = wishes.currency or (next(iter(known)) if len(known) == 1 else scheme.currency)
    worth = Worth(_base_of_rates(scheme, into, wishes), wishes.rates)
    billed = sorted(set(found.invoices["currency"].to_pylist()) - {*currencies, ""})
    worth.check([*known, *billed], into)
    order_lines.name_frames(
        engine,
        found.table,
        as_of_on=as_of,
        worth={each: worth.of(each or unnamed or into, into) for each in [*currencies, *billed, ""]},
        returns=wishes.returns,
        articles=found.lines,
        invoices=found.invoices,
    )
    usable, rate = _priced(scheme, into, worth)
    return Orders(usable, as_of, into, rate, found.rejects, notes)


def _currency_of_unnamed(currencies: Sequence[str], scheme: Scheme, notes: list[str]) -> str:
    """What amounts without a currency are taken as: the only one the others name, else the scheme's; empty without any
    such amount."""
    if "" not in currencies:
        return ""
    named = [each for each in currencies if each]
    taken = named[0] if len(named) == 1 else scheme.currency
    which = "Some amounts name no currency; they" if named else "The file names no currency; its amounts"
    notes.append(f"{which} are taken as {taken}. Say --currency otherwise.")
    return taken


def later_than_today(engine: Engine, lines: Any, name: str) -> str:
    """A sentence about orders of days to come, which make everybody else look long gone; empty without any."""
    from guanxi.kernel.clock import today_utc

    count, latest_on = order_lines.later_than(engine, lines, today_utc() + timedelta(days=1))
    if not count:
        return ""
    which = f"1 order in {name} lies in the future, on" if count == 1 else (
        f"{count:,} orders in {name} lie in the future, the last on"
    )  # fmt: skip
    return f"{which} {latest_on}; correct the date, or choose the day of the answer."


def _read(path: Path, wishes: Wishes, mapping: Path | None, *, with_lines: bool) -> OrderTable:
    from guanxi.intake import invoice_tables, tables
    from guanxi.intake.rows import UnusableFile

    currency, date_order = wishes.currency or "", wishes.date_order
    try:
        found = tables.order_table(
            path, mapping=_mapping_in(mapping), currency=currency, date_order=date_order, with_lines=with_lines
        )
        if wishes.invoices is None:
            return found
        bills = invoice_tables.invoice_table(
            wishes.invoices, orders=found.table, currency=currency, date_order=date_order
        )  # fmt: skip
    except UnusableFile as error:
        fail(str(error))
    return replace(
        found, invoices=bills.table, rejects=[*found.rejects, *bills.rejects], notes=[*found.notes, *bills.notes]
    )


def _looks_at_articles(scheme: Scheme, is_every_scheme: bool) -> bool:
    """Whether the answer needs to know what was bought; reading it takes memory."""
    schemes = list(together.with_asked(scheme, {}).values())
    if is_every_scheme:
        schemes += [documents.read_preset(name) for name in documents.preset_names()]
    return any(rules.figures_of(each, and_moves=True) & order_lines.FIGURES_OF_ARTICLES for each in schemes)


def read_workspace(engine: Engine, scheme_name: str | None, wishes: Wishes) -> Orders:
    """Give the engine the workspace's own orders. Writes frames, but no standing."""
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from django.conf import settings

    from guanxi.firm.queries import the_firm
    from guanxi.kernel.clock import utc_now
    from guanxi.ledger import currencies
    from guanxi.ledger import frames as ledger_frames
    from guanxi.tiering import queries as tiering_queries

    now = utc_now()
    scheme = tiering_queries.scheme_named(scheme_name) or scheme_named(scheme_name)
    frames = ledger_frames.refresh(folder=settings.GUANXI_DATA / "frames", now=now)
    as_of, reporting = wishes.as_of or now.date(), the_firm().reporting_currency
    into = wishes.currency or reporting
    unpriced = currencies.unpriced()
    worth = Worth(_base_of_rates(scheme, into, wishes), wishes.rates)
    scores.name_frames(
        engine,
        orders=frames.orders,
        customers=frames.customers,
        others=frames.others,
        worth=worth.of(reporting, into),
        rates={each.currency: worth.of(each.currency, into) for each in unpriced if each.currency in wishes.rates},
        returns=wishes.returns,
    )
    scores.tell_customers_apart(engine)
    usable, rate = _priced(scheme, into, worth)
    notes = _without_rate(unpriced, wishes, reporting)
    kept = {each.name: documents.read_scheme(each.document) for each in tiering_queries.kept_schemes()}
    has_kept = as_of == now.date() and _name_kept(engine)
    return Orders(
        usable, as_of, into, rate, (), notes, ids_of=_numbered_by_their_source, kept=kept, has_kept=has_kept
    )  # fmt: skip


def _name_kept(engine: Engine) -> bool:
    """Make the standings that are in force known beside the answer; False when there are none."""
    from guanxi.tiering.models import Standing

    rows = list(Standing.objects.filter(scheme__is_active=True).values_list("customer_id", "scheme__name", "tier"))
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {KEPT} (customer_id BIGINT, scheme VARCHAR, tier VARCHAR)")
    append_columns(engine, KEPT, list(zip(*rows, strict=True)) or ((), (), ()))
    return bool(rows)


def _answer(engine: Engine, orders: Orders, is_every_scheme: bool) -> Answer:
    """By the chosen scheme, after those it asks for; by every preset when asked."""
    known = {**{name: documents.read_preset(name) for name in documents.preset_names()}, **orders.kept}
    schemes = together.with_asked(orders.scheme, known)
    if is_every_scheme:
        schemes |= {name: scheme for name, scheme in known.items() if name not in schemes}
    priced = {name: scheme for name, scheme in schemes.items() if _is_priced(scheme, orders)}
    notes = [
        f"{scheme.name} is left out: its amounts are in {scheme.currency}; say --rate {orders.currency}=…"
        for name, scheme in schemes.items()
        if name not in priced
    ]
    found = answer(
        engine, priced, as_of=orders.as_of, currency=orders.currency,
        rates={name: orders.rate if scheme.currency == orders.scheme.currency else Decimal(1)
               for name, scheme in priced.items()},
        rejects=orders.rejects, notes=[*orders.notes, *notes], is_several=is_every_scheme,
    )  # fmt: skip
    found = replace(found, ids_of=orders.ids_of, has_kept=orders.has_kept)
    if count := found.stand_elsewhere():
        found.notes.append(
            f"By moves, protection, hysteresis or a person's decision {count:,} of these customers stand elsewhere "
            "than the rules alone would put them today; --explain, and --out as .csv, .json or .parquet, tell where "
            "(stands_in)."
        )
    return found


def _is_priced(scheme: Scheme, orders: Orders) -> bool:
    return (
        not rules.has_amounts(scheme)
        or scheme.currency == orders.currency
        or (scheme.currency == orders.scheme.currency and (rules.has_amounts(orders.scheme) or orders.rate != 1))
    )


def _priced(scheme: Scheme, into: str, worth: Worth) -> tuple[Scheme, Decimal]:
    """The scheme and what one unit of `into` is worth in its currency; a move that names an amount is left out when
    nobody knows that."""
    if rules.has_amounts(scheme) or into == scheme.currency or into in worth.rates:
        return scheme, worth.of(into, scheme.currency)
    return rules.without_amounts_in_moves(scheme), Decimal(1)


def _base_of_rates(scheme: Scheme, into: str, wishes: Wishes) -> str:
    """The currency that --rate speaks of; whoever says what `into` itself is worth means the scheme's."""
    return scheme.currency if rules.has_amounts(scheme) or into in wishes.rates else into


def _numbered_by_their_source(number: str) -> list[int]:
    from guanxi.ledger.models import Identity

    return list(Identity.objects.filter(kind="customer", value=number).values_list("customer_id", flat=True)[:2])


def _without_rate(unpriced: Sequence[Unpriced], wishes: Wishes, reporting: str) -> list[str]:
    return [
        f"{each.orders:,} orders in {each.currency} count without money, since there is no rate into {reporting} yet; "
        f"say --rate {each.currency}=…, or import rates with `guanxi import --kind rates`."
        for each in unpriced
        if each.currency not in wishes.rates
    ]


def _mapping_in(path: Path | None) -> Mapping | None:
    if path is None:
        return None
    from guanxi.intake.mapping import BadMapping
    from guanxi.intake.planning import read_mapping

    try:
        return read_mapping(path)
    except BadMapping as error:
        fail(str(error))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path} cannot be read ({error}); name a YAML file in UTF-8.")


def _first_reject(rejects: Sequence[Reject]) -> str:
    if not rejects:
        return ""
    return f"; of {len(rejects):,} rejected rows the first, row {rejects[0].row}, says: {rejects[0].reason}"
