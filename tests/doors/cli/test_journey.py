"""`guanxi journey`: schema and check."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from guanxi.cli.app import app
from guanxi.journeys.ready import library_texts
from guanxi.journeys.schema import journey_schema


def test_prints_the_schema() -> None:
    assert json.loads(CliRunner().invoke(app, ["journey", "schema"]).stdout) == journey_schema()


def test_names_the_line_of_a_mistake(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(library_texts()[0], encoding="utf-8")
    bad.write_text("key: own\ntitle: Own\npriority: 700\n", encoding="utf-8")

    answer = CliRunner().invoke(app, ["journey", "check", "--json", str(good), str(bad)])

    told = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert told[str(good)] is None
    assert told[str(bad)]["line"] == 1
