"""`guanxi doctor`: what is wrong with the installation, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from guanxi.cli.answers import AsJson

if TYPE_CHECKING:
    from guanxi.cli.check_up import Finding

SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


def doctor(as_json: AsJson = False) -> None:
    """Look at the database, the data folder, secrets, the mail server, addresses and the worker; change nothing.

    Ends with 1 when something must be mended, with 0 when there are warnings only.
    """
    from guanxi.cli.check_up import look_at_everything

    findings = look_at_everything()
    is_well = not any(finding.level == "error" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": is_well, "findings": [asdict(each) for each in findings]}, ensure_ascii=False))
    else:
        show(findings)
    raise typer.Exit(0 if is_well else 1)


def show(findings: Sequence[Finding]) -> None:
    for finding in findings:
        typer.echo(f"{SIGNS[finding.level]} {finding.check:<15} {finding.message}")
        if finding.remedy:
            typer.echo(f"  {'':<15} → {finding.remedy}")
