"""`guanxi preview`: a letter as one contact gets it, when it would leave and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from guanxi.cli.answers import AsJson, At, moment_of
from guanxi.cli.failure import fail

if TYPE_CHECKING:
    from guanxi.content.models import Template
    from guanxi.ledger.models import Contact


def preview(
    template: Annotated[str, typer.Argument(help="Key of the letter, e.g. j-17.1, or its title.")],
    contact: Annotated[str, typer.Option("--contact", help="Id or e-mail address of the contact.")],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show a letter as one contact would get it, the moment it would leave, and why. Changes nothing."""
    from guanxi.cli.workspace import open_workspace

    moment = moment_of(at)
    open_workspace()
    from django.utils import translation

    from guanxi.console import preview_words
    from guanxi.console.letter_reader import standing_of
    from guanxi.content.dialect import BadLetter
    from guanxi.content.queries import NoLetter
    from guanxi.content.render import MissingValues
    from guanxi.outbox import previews

    chosen, reader = _template(template), _contact(contact)
    try:
        found = previews.preview(template=chosen, contact=reader, at=moment, values=standing_of(reader))
    except NoLetter:
        fail(f"{template}: no letter is published for it in a language that would do; publish one first.")
    except (BadLetter, MissingValues) as error:
        fail(f"{template}: the letter cannot be written: {error}")
    with translation.override("en"):
        reasons = preview_words.sentences(found)
    leaves_at = found.leaves_at.astimezone(ZoneInfo(found.place.name)).isoformat() if found.leaves_at else None
    answer = {
        "subject": found.rendered.subject, "html": found.rendered.html, "text": found.rendered.text,
        "leaves_at": leaves_at, "reasons": reasons,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    typer.echo(f"Subject: {found.rendered.subject}\n\n{found.rendered.text}")
    typer.echo(f"Leaves: {leaves_at or 'not at all'}")
    for reason in reasons:
        typer.echo(f"  - {reason}")


def _template(text: str) -> Template:
    from guanxi.content import queries as content_queries

    known = content_queries.templates()
    name = text.strip()
    found = [each for each in known if each.key == name.casefold()]
    found = found or [each for each in known if each.title.casefold() == name.casefold()]
    if len(found) > 1:
        fail(f"{name[:60]!r} is the title of {', '.join(each.key for each in found)}; give one of these keys.")
    if not found:
        fail(f"{text[:60]!r} is no letter; there are {', '.join(each.key for each in known[:40])}.")
    return found[0]


def _contact(text: str) -> Contact:
    from guanxi.ledger.identity import comparable
    from guanxi.ledger.models import Contact

    rows = Contact.objects.select_related("customer")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    found = rows.filter(pk=number).first() if number else rows.filter(email_key=comparable(text) or None).first()
    if found is None:
        fail(f"--contact {text[:80]!r}: there is no such contact; give its id or its e-mail address.")
    return found
