"""`guanxi calendar`: weekend, public holidays and holds of a country in a year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from guanxi.cli.answers import AsJson
from guanxi.cli.failure import fail


def calendar(
    country: Annotated[str, typer.Argument(help="ISO code or name, e.g. SA or Japan.")],
    year: Annotated[int | None, typer.Option("--year", help="By default the present one.")] = None,
    region: Annotated[str, typer.Option("--region", help="A part that keeps days of its own, e.g. Bavaria.")] = "",
    as_json: AsJson = False,
) -> None:
    """List weekend, public holidays and holds of a country, each hold with its class."""
    from guanxi.culture import calendars, parts
    from guanxi.kernel import places

    code = places.country_code(country)
    if not code:
        fail(f"{country[:60]!r} is no country; give an ISO code such as SA, or a name such as Japan.")
    if year is not None and not calendars.FIRST_YEAR <= year <= calendars.LAST_YEAR:
        fail(f"--year {year}: the calendars reach from {calendars.FIRST_YEAR} to {calendars.LAST_YEAR}.")
    if region and not parts.part_of(code, region):
        known = ", ".join(parts.parts_of(code).values()) or "none"
        fail(f"--region {region[:60]!r}: no part of {code} that keeps days of its own; there are {known}.")

    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.firm import queries as firm_queries
    from guanxi.kernel.clock import utc_now
    from guanxi.outbox import queries as outbox_queries

    firm = firm_queries.the_firm()
    found = calendars.year_of(
        code, year or utc_now().year, region=region, overrides=firm.culture,
        shift_days=outbox_queries.policy().ramadan_shift_days,
    )  # fmt: skip
    answer = calendars.as_answer(found, name=places.country_name(code), is_own=firm.country == code)
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else _page(answer))


def _page(answer: Mapping[str, Any]) -> str:
    lines = [
        f"{answer['name']} ({answer['country']}), {answer['year']}",
        f"weekend        {', '.join(answer['weekend'])}",
        f"working hours  {answer['working_hours']}",
        "",
        "Holds",
    ]
    lines += [
        f"  {each['from']} – {each['until']}  {each['class']:<18} {each['name']}" for each in answer["holds"]
    ] or ["  none"]
    lines += ["", "Public holidays"]
    lines += [f"  {each['date']}  {_both(each)}" for each in answer["holidays"]] or ["  none known"]
    if answer["working_weekend_days"]:
        lines += ["", "Days of the weekend that are worked in place of others"]
        lines += [f"  {each['date']}  {each['weekday']}" for each in answer["working_weekend_days"]]
    if answer["regional_holidays"]:
        lines += ["", f"Public holidays of {answer['part']} beside them"]
        lines += [f"  {each['date']}  {_both(each)}" for each in answer["regional_holidays"]]
    return "\n".join(lines)


def _both(day: Mapping[str, str]) -> str:
    """The English name, and what the day is called there."""
    local = day["local_name"]
    return f"{day['name']} · {local}" if local and local != day["name"] else day["name"]
