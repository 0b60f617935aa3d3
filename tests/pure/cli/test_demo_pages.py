"""What the demo hands out is what the product takes: a whole PDF, a picture."""

from __future__ import annotations

from guanxi.cli.demo.pages import pdf, photo
from guanxi.papers.checking import ending_of


def test_a_page_of_the_demo_is_a_whole_pdf() -> None:
    raw = pdf("Größen (Maße)", ["Karton", "Palette"])

    assert ending_of(raw) == "pdf"
    assert "Größen".encode("cp1252") in raw


def test_a_photo_of_the_demo_is_a_picture() -> None:
    assert photo([2, 3, 4]).startswith(b"\xff\xd8")
