"""`guanxi person`, `guanxi erase --replay`, `guanxi evidence-pack`, on a real workspace with its files and log."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Workspace

PLANT = """
from guanxi.kernel.clock import utc_now
from guanxi.ledger import actions
now = utc_now()
customer = actions.create_customer(name="Alsterkontor GmbH", country="DE", now=now)
contact = actions.create_contact(
    customer=customer, email="lena@alsterkontor.example", given_name="Lena", family_name="Petersen",
    phone="+49 40 7654321", now=now)
actions.write_note(customer=customer, contact=contact, author=None, kind="call", text="Lena Petersen called.",
                   happened_at=now, now=now)
for number in range(50):
    actions.record_event(name="Viewed", occurred_at=now, now=now, source="shop", customer=customer, contact=contact,
                         properties={"who": "Lena Petersen"})
print(contact.pk)
"""
TEXTS = ("Lena Petersen", "lena@alsterkontor.example", "+49 40 7654321", "494076543")


@pytest.mark.long
def test_a_person_is_taken_out_erased_searched_for_and_erased_again(workspace: Workspace) -> None:
    """RL-08, RL-10, RT-24 in small: by commands, on both databases; database file, log and files hold nothing."""
    shell = workspace.run("manage", "shell", "--no-imports", "-v0", "-c", PLANT)
    assert shell.returncode == 0, shell.stderr
    contact, copy = shell.stdout.strip(), workspace.folder / "person.zip"

    exported = workspace.run("person", "export", "lena@alsterkontor.example", "--out", str(copy))
    assert exported.returncode == 0, exported.stderr
    with zipfile.ZipFile(copy) as archive:
        document = json.loads(archive.read("person.json"))
    assert "Lena Petersen called." in json.dumps(document)
    copy.unlink()

    found = workspace.run("person", "residue", *TEXTS, "--json")
    assert (found.returncode, json.loads(found.stdout)["found"] > 50) == (1, True)
    is_sqlite = "GUANXI_DATABASE_URL" not in workspace.environ
    backup = workspace.folder.with_name("backup.sqlite3")
    if is_sqlite:
        shutil.copy(workspace.folder / "guanxi.sqlite3", backup)

    no_reason = workspace.run("person", "erase", contact, "--yes")
    assert (no_reason.returncode, "needs a reason" in no_reason.stderr) == (1, True)
    erased = workspace.run("person", "erase", contact, "--reason", "Asked by letter.", "--yes", "--json")
    assert erased.returncode == 0, erased.stderr
    assert json.loads(erased.stdout)["left"] == []
    left = workspace.run("person", "residue", *TEXTS, "--json")
    assert (left.returncode, json.loads(left.stdout)) == (0, {"found": 0, "places": []})

    if is_sqlite:
        shutil.copy(backup, workspace.folder / "guanxi.sqlite3")
        for end in ("-wal", "-shm"):
            (workspace.folder / f"guanxi.sqlite3{end}").unlink(missing_ok=True)
        again = workspace.run("erase", "--replay", "--json")
        assert json.loads(again.stdout) == {"erased_again": 1, "contacts": [int(contact)]}
        assert json.loads(workspace.run("person", "residue", *TEXTS, "--json").stdout)["found"] == 0


@pytest.mark.parametrize("arguments", [("person", "export", "nobody@a.example"), ("person", "erase", "999999")])
def test_nobody_is_said_to_be_nobody(guanxi: Any, arguments: tuple[str, ...]) -> None:
    answer = guanxi(*arguments)

    assert answer.returncode == 1
    assert "no contact has" in answer.stderr


def test_the_evidence_pack_is_one_file(guanxi: Any, tmp_path: Path) -> None:
    """G-10."""
    path = tmp_path / "pack.zip"
    answer = guanxi("evidence-pack", "--out", str(path))

    assert answer.returncode == 0, answer.stderr
    with zipfile.ZipFile(path) as archive:
        assert "record-of-processing.xlsx" in archive.namelist()
