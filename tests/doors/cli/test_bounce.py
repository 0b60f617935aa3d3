"""`guanxi bounce classify`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from guanxi.cli.bounce import app

BOUNCE = b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n<lena@firm.example>:\n550 5.1.1 User unknown\n"


class TestClassify:
    def test_answers_one_entry_a_file_in_order_whatever_they_are(self, tmp_path: Path) -> None:
        """RP-26: a file that is empty, no mail, a folder or not there costs nobody his answer."""
        contents = {
            "b.eml": BOUNCE,
            "empty.eml": b"",
            "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
            "a.eml": BOUNCE,
        }
        paths = [tmp_path / name for name in [*contents, "missing.eml", "folder"]]
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
        paths[-1].mkdir()

        result = CliRunner().invoke(app, ["classify", *map(str, paths), "--json"])

        entries = json.loads(result.stdout)
        assert result.exit_code == 0
        assert [entry["file"] for entry in entries] == [str(path) for path in paths]
        assert [entry["class"] for entry in entries] == ["hard", "unknown", "unknown", "hard", "unknown", "unknown"]
        assert [entry["reason"] for entry in entries[-2:]] == ["unreadable", "unreadable"]
        assert entries[0] == {"file": str(paths[0]), "class": "hard", "reason": "user_unknown", "status": "5.1.1",
                              "recipients": ["lena@firm.example"]}  # fmt: skip
        assert "missing.eml cannot be read: No such file" in result.stderr

    def test_reads_every_mail_of_an_mbox(self, tmp_path: Path) -> None:
        """RP-26: one entry a file; what is soft beside a dead address makes its own recipient not dead."""
        above = b"From MAILER-DAEMON Mon Nov 23 07:15:00 2026\n"
        other, full = BOUNCE.replace(b"lena@", b"omar@"), BOUNCE.replace(b"550 5.1.1 User unknown", b"452 4.2.2 Full")
        returned = (
            b'From: MAILER-DAEMON@mx.example\nSubject: failure notice\nContent-Type: multipart/mixed; boundary="B"\n\n'
            b"--B\n\n<lena@firm.example>:\n550 5.1.1 User unknown\n\n--B\nContent-Type: message/rfc822\n\n"
            + above + b"Subject: Ours\n\nHello\n--B--\n"
        )  # fmt: skip
        boxes = {
            "alike": [BOUNCE, other],
            "mixed": [full.replace(b"lena@", b"full@"), other],
            "one that gives our letter back": [returned],
        }
        paths = [tmp_path / name for name in boxes]
        for path, mails in zip(paths, boxes.values(), strict=True):
            path.write_bytes(b"\n".join(above + mail for mail in mails).replace(b"\n", b"\r\n"))

        result = CliRunner().invoke(app, ["classify", *map(str, paths), "--json"])

        told = [(entry["class"], entry["recipients"]) for entry in json.loads(result.stdout)]
        lena, omar = "lena@firm.example", "omar@firm.example"
        assert told == [("hard", [lena, omar]), ("hard", [omar]), ("hard", [lena])]
        assert result.stderr == f"guanxi: {paths[1]} holds 2 mails: 1 soft, 1 hard.\n"
