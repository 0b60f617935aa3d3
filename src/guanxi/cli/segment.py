"""`guanxi segment`: who is in a segment, or whom a rule in a file would find."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanxi.cli.answers import AsJson
from guanxi.cli.failure import fail

if TYPE_CHECKING:
    from guanxi.segments.queries import Found

COLUMNS = ("customer_id", "customer", "country", "contact_id", "contact", "email")


def segment(
    name: Annotated[str, typer.Argument(help="Key of a kept segment or list, or a JSON file with a rule.")] = "",
    count: Annotated[bool, typer.Option("--count", help="Only count.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the members as CSV, or as JSON by its ending.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List or count the members of a segment, or of a rule in a file; without a name, list the segments."""
    from guanxi.cli.workspace import open_workspace

    rule = _rule_of(Path(name)) if name.endswith(".json") else None
    open_workspace()
    if not name:
        _list_segments(as_json)
        return
    found = _found(name, rule)
    if out is not None:
        _write(found, out)
    answer: dict[str, Any] = {
        "segment": name, "level": found.level, "count": found.count, "mailable": found.mailable,
        "as_of": found.as_of_on.isoformat(),
    }  # fmt: skip
    if out is not None:
        answer["out"] = str(out)
    elif not count:
        answer["members"] = [dict(zip(COLUMNS, row, strict=True)) for row in found.rows()]
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    _print(answer)


def _rule_of(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        fail(f"{path}: {error.strerror}.")
    except (ValueError, RecursionError) as error:
        fail(f"{path} is no JSON: {error}")


def _found(name: str, rule: Any) -> Found:
    from guanxi.kernel.clock import utc_now
    from guanxi.segments import queries
    from guanxi.segments.tree import RuleMistake

    now = utc_now()
    if rule is not None:
        try:
            return queries.found_by(rule, now=now)
        except RuleMistake as mistake:
            fail(f"{name}: {mistake}")
    kept = queries.segment_named(name)
    if kept is None:
        keys = ", ".join(each.key for each in queries.all_segments()[:20]) or "none yet"
        fail(f"There is no segment {name!r}; there are: {keys}. A rule is read from a file that ends in .json.")
    return queries.found_in(kept, now=now)


def _list_segments(as_json: bool) -> None:
    from guanxi.segments import queries

    rows = [
        {"key": each.key, "title": each.title, "kind": each.kind, "level": each.level, "members": each.member_count,
         "mailable": each.mailable_count}
        for each in queries.all_segments()
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps({"segments": rows}, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['key']:<30} {row['members']:>9,} {row['level']}s  {row['title']}")
    if not rows:
        typer.echo("No segments yet; make one in the console, or hand over a rule as a JSON file.")


def _write(found: Found, out: Path) -> None:
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            if out.suffix == ".json":
                json.dump([dict(zip(COLUMNS, row, strict=True)) for row in found.rows()], file, ensure_ascii=False)
                return
            from guanxi.intake.values import guarded

            lines = csv.writer(file)
            lines.writerow(COLUMNS)
            lines.writerows([guarded(each) if isinstance(each, str) else each for each in row] for row in found.rows())
    except OSError as error:
        fail(f"{out}: {error.strerror}; choose another --out.")


def _print(answer: dict[str, Any]) -> None:
    print(
        f"{answer['count']:,} {answer['level']}s as of {answer['as_of']}; {answer['mailable']:,} may get marketing mail"
    )
    for member in answer.get("members", ()):
        who = f"{member['contact']} <{member['email']}>, " if member["contact_id"] else ""
        where = f" ({member['country']})" if member["country"] else ""
        print(f"  {who}{member['customer']}{where}")
    if "out" in answer:
        print(f"Written: {answer['out']}", file=sys.stderr)
