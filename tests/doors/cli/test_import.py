"""`guanxi import`: what it prints, and how it gives up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ORDERS = "Customer,Order ID,Date,Amount,Currency\nElbwerk,1,2026-01-01,5,USD\nElbwerk,2,soon,5,USD\n"
KEYS = {
    "run", "kind", "rows", "accepted", "rejected", "updated", "conflicts", "customers_created", "contacts_created",
    "orders_created", "rejects",
}  # fmt: skip


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


class TestUndo:
    def test_takes_an_import_back_whole(self, guanxi: Any, orders: Path) -> None:
        """Intake: an import can be undone whole, from the command line too; what it would do first."""
        number = json.loads(guanxi("import", str(orders), "--json").stdout)["run"]

        tried = guanxi("import", "--undo", str(number), "--dry-run")
        done = json.loads(guanxi("import", "--undo", str(number), "--json").stdout)
        again = guanxi("import", "--undo", str(number))

        assert tried.stdout.startswith(f"Import {number} would be taken back: 1 customers, 0 contacts, 1 orders")
        assert (done["customers"], done["orders"]) == (1, 1)
        assert "only an import that is done can be taken back" in again.stderr
        assert again.returncode == 1

    def test_needs_files_or_an_import(self, guanxi: Any) -> None:
        assert "name the files to import" in guanxi("import").stderr
        assert "there is no import 99999" in guanxi("import", "--undo", "99999").stderr


class TestImport:
    def test_answers_with_one_document(self, guanxi: Any, orders: Path, data_folder: Path) -> None:
        done = guanxi("import", str(orders), "--json")

        answer = json.loads(done.stdout)
        assert (done.returncode, done.stderr) == (0, "")
        assert set(answer) >= KEYS
        assert (answer["orders_created"], answer["rejected"]) == (1, 1)
        assert Path(answer["rejects_file"]).parent == data_folder / "rejects"
        again = json.loads(guanxi("import", str(orders), str(orders), "--json").stdout)
        assert [each["orders_created"] for each in again] == [0, 0]

    def test_says_in_words_what_it_did(self, guanxi: Any, orders: Path) -> None:
        done = guanxi("import", str(orders), "--dry-run")

        assert "1 would be accepted, 1 rejected" in done.stdout
        assert "row 3: Date: 'soon' is no date" in done.stdout

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["nowhere.csv"], "nowhere.csv is no file and no folder; check the path."),
            (["{orders}", "--currency", "shells"], "--currency shells is no currency"),
            (["{orders}", "--mapping", "nowhere.yaml"], "--mapping nowhere.yaml"),
            (["{orders}", "--kind", "products"], "its columns do not make products"),
        ],
    )
    def test_fails_with_one_sentence(self, guanxi: Any, orders: Path, arguments: list[str], sentence: str) -> None:
        done = guanxi("import", *(each.format(orders=orders) for each in arguments), "--json")

        assert (done.returncode, done.stdout) == (1, "")
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
