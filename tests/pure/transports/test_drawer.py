"""Mails as files."""

from datetime import timedelta
from pathlib import Path

import pytest

from guanxi.transports.base import Envelope
from guanxi.transports.drawer import Drawer, letters, read_letter
from tests.cast import NOW


def envelope(number: int) -> Envelope:
    return Envelope(
        mail_from="sales@ningbo-firm.example", rcpt_to="lena@alsterkontor.example", message=b"Subject: a\r\n\r\nb\r\n",
        message_id=f"<{number}/../@ningbo-firm.example>", at=NOW + timedelta(seconds=number),
    )  # fmt: skip


class TestDrawer:
    def test_keeps_each_mail_as_a_file_newest_first(self, tmp_path: Path) -> None:
        receipts = Drawer(tmp_path / "drawer").carry([envelope(1), envelope(2)])

        assert [receipt.outcome for receipt in receipts] == ["accepted", "accepted"]
        names = letters(tmp_path / "drawer")
        assert names == [
            "20260513T080002000000Z-2..@ningbo-firm.example.eml",
            "20260513T080001000000Z-1..@ningbo-firm.example.eml",
        ]
        assert read_letter(tmp_path / "drawer", names[0]) == b"Subject: a\r\n\r\nb\r\n"
        assert letters(tmp_path / "drawer", limit=1) == names[:1]

    def test_leaves_no_drafts(self, tmp_path: Path) -> None:
        Drawer(tmp_path).carry([envelope(1)])

        assert [path.suffix for path in tmp_path.iterdir()] == [".eml"]

    def test_waits_when_the_disk_refuses(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        [receipt] = Drawer(tmp_path / "file").carry([envelope(1)])

        assert (receipt.outcome, receipt.reason) == ("deferred", "local")

    def test_is_empty_before_the_first_mail(self, tmp_path: Path) -> None:
        assert letters(tmp_path / "none") == []

    @pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a.eml", "", "20260513T080002000000Z-a.txt"])
    def test_opens_nothing_else(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(FileNotFoundError):
            read_letter(tmp_path, name)
