"""`guanxi message`: of one mail or many, why they left or did not, when, and on whose permission."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanxi.cli.answers import AsJson
from guanxi.cli.failure import fail

if TYPE_CHECKING:
    from guanxi.outbox.models import Message

AT_ONCE = 500


def message(
    number: Annotated[int | None, typer.Argument(metavar="ID", help="Number of a mail; without it, many.")] = None,
    campaign: Annotated[int | None, typer.Option("--campaign", help="The mails of this campaign.")] = None,
    contact: Annotated[str, typer.Option("--contact", help="The mails to this id or e-mail address.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Say of mails why each left or did not, when by its reader's clock, and on whose permission. Changes nothing.

    With ID everything about one mail: every verdict of every gate, every hand-over.
    """
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.insights import message_reasons
    from guanxi.outbox.models import Message

    rows = Message.objects.select_related("contact", "customer", "template")
    if number is not None:
        found = rows.filter(pk=number).first()
        if found is None:
            fail(f"There is no mail {number}; `guanxi message` lists the newest.")
        told = asdict(message_reasons.told_of(found))
        _say([told["reasons"]], whole=told if as_json else None, as_json=as_json)
        for verdict in told["verdicts"] if not as_json else ():
            typer.echo(f"  {verdict['at']:%Y-%m-%d %H:%M} {verdict['gate']}: {verdict['outcome']}, {verdict['reason']}")
        return
    if campaign is not None:
        rows = rows.filter(origin_kind="campaign", origin_id=str(campaign))
    if contact:
        from guanxi.privacy.people import NobodyFound, contact_of

        try:
            rows = rows.filter(contact=contact_of(contact))
        except NobodyFound:
            fail(f"No contact has the id or address {contact}.")
    _say([asdict(each) for each in _reasons(list(rows.order_by("-pk")[:limit]))], whole=None, as_json=as_json)


def _reasons(messages: list[Message]) -> Iterator[Any]:
    from guanxi.insights import message_reasons

    for start in range(0, len(messages), AT_ONCE):
        yield from message_reasons.reasons_of(messages[start : start + AT_ONCE])


def _say(rows: list[dict[str, Any]], *, whole: dict[str, Any] | None, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(whole or rows, ensure_ascii=False, default=_as_text))
        return
    for row in rows:
        rests_on = row["permission"] or {}
        given = f" ({rests_on['source']}, {rests_on['obtained_at']:%Y-%m-%d})" if rests_on.get("obtained_at") else ""
        typer.echo(
            f"{row['id']}  {row['state']:<10} {row['there']:%Y-%m-%d %H:%M} {row['zone']:<20} {row['to']}  "
            f"{row['why']}; {rests_on.get('reason', 'not asked yet')}{given}"
        )


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
