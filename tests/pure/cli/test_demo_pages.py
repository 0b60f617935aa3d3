"""What the demo hands out is what the product takes: a whole PDF, a picture."""

from __future__ import annotations

import io

from PIL import Image

from guanxi.cli.demo.pages import CARTON, pdf, photo
from guanxi.papers.checking import ending_of


def test_a_page_of_the_demo_is_a_whole_pdf() -> None:
    raw = pdf("Größen (Maße)", ["Karton", "Palette"])

    assert ending_of(raw) == "pdf"
    assert "Größen".encode("cp1252") in raw


def test_a_photo_of_the_demo_is_a_picture() -> None:
    with Image.open(io.BytesIO(photo([2, 3, 4]))) as picture:
        assert (picture.format, picture.size) == ("PNG", (960, 640))
        assert picture.getpixel((100, 460)) == CARTON
