"""A text is found in whatever shape it lies (RL-10)."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import quopri
import zipfile
from email.header import Header
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from guanxi.privacy.layers import hits_in
from guanxi.privacy.shapes import sought

NAMES = ["Lena Petersen", "田中由紀", "Jürgen Müller", "فاطمة الحربي", "lena@alsterkontor.example", "+49 40 7654321"]


def as_files(text: str) -> dict[str, bytes]:
    """The text in each shape, among other things."""
    around = f"before, {text}; behind".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", around)
    table = io.BytesIO()
    pq.write_table(pa.table({"name": [text, "x"]}), table)
    mail = f"Subject: {Header(text, 'utf-8').encode()}\nContent-Transfer-Encoding: base64\n\n"
    return {
        "utf-8": around, "utf-16": around.decode().encode("utf-16"), "json": json.dumps({"x": text}).encode(),
        "html": html.escape(text).encode(), "url": quote(text).encode(), "zip": packed.getvalue(),
        "base64 0": base64.b64encode(around), "base64 1": base64.b64encode(b"x" + around),
        "base64 2": base64.b64encode(b"xx" + around), "quoted-printable": quopri.encodestring(around),
        "gzip": gzip.compress(around), "parquet": table.getvalue(),
        "a.eml": mail.encode() + base64.encodebytes(around),
    }  # fmt: skip


class TestAText:
    @pytest.mark.parametrize("text", NAMES)
    def test_is_found_in_every_shape(self, text: str, tmp_path: Path) -> None:
        """RL-10: UTF-16, base64, quoted-printable, archives, Parquet."""
        wanted, missed = sought([text]), []
        for name, content in as_files(text).items():
            path = tmp_path / name.replace(" ", "-")
            path.write_bytes(content)
            if not list(hits_in(path, wanted)):
                missed.append(name)

        assert missed == []

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("田中由紀", "gb18030"),
            ("田中由紀", "shift_jis"),
            ("张伟", "gb18030"),
            ("Jürgen Müller", "cp1252"),
            ("김민준", "euc-kr"),
        ],
    )
    def test_is_found_in_the_encodings_of_its_country(self, text: str, encoding: str) -> None:
        """RL-10: GB18030 and others."""
        assert sought([text]).is_in(f"名,{text},".encode(encoding, "replace"))

    @pytest.mark.parametrize("other", ["LENA PETERSEN", "lena petersen"])
    def test_is_found_in_any_case(self, other: str) -> None:
        assert sought(["Lena Petersen"]).is_in(other.encode())
        assert sought(["jürgen müller"]).is_in("JÜRGEN MÜLLER".encode())

    def test_is_not_found_where_it_is_not(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(b"Lena Peters, Petersen GmbH, len@a.example " * 1000)

        assert list(hits_in(path, sought(NAMES))) == []

    def test_is_found_across_the_edge_of_two_pieces(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("guanxi.privacy.layers.PIECE", 64)
        for shift in range(60, 70):
            path = tmp_path / f"{shift}.txt"
            path.write_bytes(b"x" * shift + b"Lena Petersen" + b"y" * 90)
            assert list(hits_in(path, sought(["Lena Petersen"])))
