"""`guanxi segment` and its bench."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guanxi.cli import segment as command
from guanxi.cli.benches import segment as bench
from guanxi.cli.failure import CommandFailed
from guanxi.ledger.models import Contact
from guanxi.segments import actions
from tests.cast import NOW

GERMAN = {"level": "customer", "where": {"all": [{"field": "country", "op": "any_of", "value": ["DE"]}]}}


@pytest.fixture
def _open(monkeypatch: pytest.MonkeyPatch, lena: Contact, yuki: Contact) -> None:
    """The test's own database is the workspace."""
    monkeypatch.setattr("guanxi.cli.workspace.open_workspace", lambda: None)


@pytest.mark.django_db
@pytest.mark.usefixtures("_open")
class TestSegment:
    def test_counts_a_rule_in_a_file(self, tmp_path: Path, capsys: Any) -> None:
        file = tmp_path / "german.json"
        file.write_text(json.dumps(GERMAN))

        command.segment(str(file), count=True, as_json=True)

        answer = json.loads(capsys.readouterr().out)
        assert (answer["count"], answer["level"]) == (1, "customer")
        assert "members" not in answer

    def test_writes_the_members_of_a_kept_list(self, tmp_path: Path, capsys: Any, yuki: Contact) -> None:
        people = actions.make_list(title="Fair", level="contact", now=NOW)
        actions.add_members(segment=people, contact_ids=[yuki.pk], now=NOW)

        command.segment("fair", out=tmp_path / "fair.csv")

        assert "yuki@nambabussan.example" in (tmp_path / "fair.csv").read_text(encoding="utf-8")
        assert "1 contacts" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            ("nobody", "", "There is no segment 'nobody'"),
            ("gone.json", "", "No such file"),
            ("bad.json", "{", "is no JSON"),
            ("bad.json", '{"level": "customer", "where": {"all": []}}', "where.all: needs at least one condition"),
        ],
    )
    def test_fails_with_a_sentence(self, tmp_path: Path, name: str, text: str, sentence: str) -> None:
        if text:
            (tmp_path / name).write_text(text)

        with pytest.raises(CommandFailed, match=sentence):
            command.segment(str(tmp_path / name) if name.endswith(".json") else name)


class TestTheBench:
    def test_finds_the_same_as_the_hand_written_sql(self, tmp_path: Path) -> None:
        bench.make_data(tmp_path, customers=2_000, events=48_000)

        bench.product(tmp_path)
        bench.baseline(tmp_path)

        bench.compare(tmp_path)
