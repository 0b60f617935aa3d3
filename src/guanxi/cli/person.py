"""`guanxi person`: what the system knows of one person, taken out or erased; and whether anything is left."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanxi.cli.answers import AsJson, answer
from guanxi.cli.failure import fail

if TYPE_CHECKING:
    from guanxi.ledger.models import Contact
    from guanxi.privacy.models import Erasure

app = typer.Typer(no_args_is_help=True, help="What the system knows of one person: export, erase, search for the rest.")

Who = Annotated[str, typer.Argument(metavar="ID|EMAIL", help="The contact's number or e-mail address.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("export")
def export(
    who: Who,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.zip", help="Where to; else person-ID.zip.")] = None,
    language: Annotated[str, typer.Option("--language", help="Of the explanations: en or zh-hans.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the document instead of writing a ZIP.")] = False,
) -> None:
    """Everything about one person: person.json and a CSV file per table, in one ZIP that only you can read."""
    contact = _found(who)
    from guanxi.kernel.clock import utc_now
    from guanxi.privacy import export as exporting

    if as_json:
        typer.echo(json.dumps(exporting.as_document(contact, utc_now()), ensure_ascii=False))
        return
    path = out or Path(f"person-{contact.pk}.zip")
    if path.exists():
        fail(f"{path} is there already; name another file with --out.")
    exporting.write_out(exporting.export_person(contact=contact, now=utc_now(), via="command", language=language), path)
    typer.echo(f"{path} holds everything about contact {contact.pk}.")


@app.command("erase")
def erase(
    who: Who,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record; without the person's name.")] = "",
    customer: Annotated[
        bool | None,
        typer.Option("--customer/--not-customer", help="The customer is the person himself; by default by its name."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Erase one person everywhere. Orders and sums stay without a name, and a fingerprint that bars the address."""
    contact = _found(who)
    from guanxi.kernel.clock import utc_now
    from guanxi.privacy import erasing

    if not reason.strip():
        fail("an erasure needs a reason: --reason 'asked by letter of 3 March'.")
    if not yes:
        _confirm(contact, customer)
    erasure = erasing.erase(contact=contact, reason=reason, now=utc_now(), via="command", takes_customer=customer)
    answer(_told(erasure), as_json=as_json)


@app.command("residue")
def residue(
    text: Annotated[list[str], typer.Argument(help="Name, address, telephone …; several are searched at once.")],
    as_json: AsJson = False,
) -> None:
    """Search every table, file and log of the database for a text, in all encodings; ends with 1 when it is found."""
    _open()
    from guanxi.privacy import residue as searching

    try:
        found = searching.search(text)
    except searching.TooShort as problem:
        fail(str(problem.__doc__))
    if as_json:
        places = [asdict(each) for each in found]
        typer.echo(json.dumps({"found": sum(each.count for each in found), "places": places}, ensure_ascii=False))
    else:
        typer.echo(f"{sum(each.count for each in found)} found.")
        for each in found:
            typer.echo(f"  {each.count:>6}  {each.kind:<9} {each.where}")
    raise typer.Exit(1 if found else 0)


def replay(
    is_replay: Annotated[
        bool, typer.Option("--replay", help="Erase again whoever the journal names and who is here again.")
    ] = False,
    journal: Annotated[
        Path | None, typer.Option("--journal", help="A newer erasures.jsonl than the one in the data folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """After restoring a backup: erase again everybody who was erased since it was made."""
    if not is_replay:
        fail("write `guanxi erase --replay`, or `guanxi person erase ID|EMAIL` for one person.")
    _open()
    from guanxi.kernel.clock import utc_now
    from guanxi.privacy import erasing

    done = erasing.replay(now=utc_now(), file=journal)
    answer({"erased_again": len(done), "contacts": [each.contact_id for each in done]}, as_json=as_json)


def evidence_pack(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="Where to.")],
    language: Annotated[str, typer.Option("--language", help="Of the record: en or zh-hans.")] = "en",
) -> None:
    """One ZIP that answers an inspection: record of processing, permissions in figures, requests, audit, settings."""
    _open()
    from guanxi.kernel.clock import utc_now
    from guanxi.privacy.evidence import evidence_pack as packed
    from guanxi.privacy.export import write_out

    if out.exists():
        fail(f"{out} is there already; name another file.")
    write_out(packed(now=utc_now(), language=language), out)
    typer.echo(f"{out} is written.")


def _confirm(contact: Contact, takes_customer: bool | None) -> None:
    from guanxi.privacy import erasing

    found = erasing.preview(contact, takes_customer=takes_customer)
    for entry, count in found["goes"]:
        typer.echo(f"  goes   {count:>6}  {entry.holds}")
    for entry, count in found["nameless"]:
        typer.echo(f"  stays  {count:>6}  {entry.holds} (without the name)")
    if found["person"].takes_customer:
        typer.echo(f"  The customer {contact.customer} is the person himself and loses name and address.")
    typer.confirm("Erase for good?", abort=True)


def _told(erasure: Erasure) -> dict[str, object]:
    return {
        "contact": erasure.contact_id, "customer": erasure.customer_id, "state": erasure.state,
        "rows": sum(count for name, count in erasure.counts.items() if ":" not in name),
        "cleansed": sum(count for name, count in erasure.counts.items() if name.startswith("cleansed:")),
        "files": sum(count for name, count in erasure.counts.items() if name.startswith("files:")),
        "left": erasure.places,
    }  # fmt: skip


def _found(who: str) -> Contact:
    _open()
    from guanxi.privacy.people import NobodyFound, contact_of

    try:
        return contact_of(who)
    except NobodyFound:
        fail(f"no contact has the number or address {who!r}.")


def _open() -> None:
    from guanxi.cli.workspace import open_workspace

    open_workspace()
