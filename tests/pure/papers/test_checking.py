"""Which files readers may be given (RS-13)."""

from __future__ import annotations

import io
import zipfile

import pytest

from guanxi.papers import checking
from guanxi.papers.checking import BadFile, ending_of
from guanxi.papers.files import shown_name

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


def office(*names: str, mimetype: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


class TestEndingOf:
    @pytest.mark.parametrize(
        ("raw", "ending"),
        [
            (PDF, "pdf"),
            (office("[Content_Types].xml", "word/document.xml"), "docx"),
            (office("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
            (office("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
            (office("content.xml", mimetype=checking.TYPES["odt"]), "odt"),
            (office("content.xml", mimetype=checking.TYPES["ods"]), "ods"),
        ],
    )
    def test_is_told_by_what_the_file_holds(self, raw: bytes, ending: str) -> None:
        assert ending_of(raw) == ending

    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b"<!doctype html><script>alert(1)</script>", id="html"),
            pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
            pytest.param(b"<?xml version='1.0'?><svg/>", id="svg with a head"),
            pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", id="old office, which hides macros"),
            pytest.param(b"MZ\x90\x00", id="program"),
            pytest.param(b"", id="nothing"),
            pytest.param(b"%PDF-1.7 and no end", id="half a pdf"),
            pytest.param(b"PK\x03\x04broken", id="broken zip"),
            pytest.param(office("readme.txt"), id="plain zip"),
            pytest.param(office("index.html", mimetype="text/html"), id="zip that says html"),
            pytest.param(office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), id="macros"),
            pytest.param(office("content.xml", "Basic/M.xml", mimetype=checking.TYPES["odt"]), id="odt macros"),
        ],
    )
    def test_refuses_what_could_run_or_cannot_be_read(self, raw: bytes) -> None:
        """RS-13."""
        with pytest.raises(BadFile):
            ending_of(raw)

    def test_refuses_what_is_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(checking, "MOST_BYTES", 10)

        with pytest.raises(BadFile, match="larger"):
            ending_of(PDF)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Price list 2026", "Price list 2026.pdf"),
        ("../../etc/passwd", "etc passwd.pdf"),
        ('a"b\r\nX: y', "a b X y.pdf"),
        ("价格表", "价格表.pdf"),
        ("...", "document.pdf"),
    ],
)
def test_a_file_is_saved_under_its_title(title: str, shown: str) -> None:
    assert shown_name(title, "invented.pdf") == shown
