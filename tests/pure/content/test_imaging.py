"""A picture is made new; what is none is refused."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from guanxi.content import imaging
from guanxi.content.imaging import BadPicture


def picture(form: str = "JPEG", size: tuple[int, int] = (1600, 800), mode: str = "RGB", **more: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, 90 if mode == "L" else (12, 85, 99, 120)[: len(mode)]).save(buffer, form, **more)
    return buffer.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is `side` dots wide and high."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


class TestEncode:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
    def test_takes_the_four_forms(self, form: str) -> None:
        encoded = imaging.encode(picture(form))

        assert (encoded.width, encoded.height) == (1200, 600)
        assert Image.open(io.BytesIO(encoded.full)).size == (1200, 600)
        assert Image.open(io.BytesIO(encoded.small)).size == (600, 300)

    @pytest.mark.parametrize(
        ("mode", "form", "ending"), [("RGB", "JPEG", "jpg"), ("RGBA", "PNG", "png"), ("L", "PNG", "png")]
    )
    def test_chooses_what_every_mail_program_shows(self, mode: str, form: str, ending: str) -> None:
        """RS-13: PNG where there are holes or few colours, JPEG otherwise; never WebP, which Outlook cannot show."""
        assert imaging.encode(picture(form, mode=mode)).ending == ending

    def test_keeps_the_greys_of_a_scanner(self) -> None:
        """16 bits a dot: a drawing must not become a white page."""
        buffer = io.BytesIO()
        Image.new("I;16", (40, 40), 128 * 256).save(buffer, "PNG")

        kept = Image.open(io.BytesIO(imaging.encode(buffer.getvalue()).full)).convert("L")

        assert kept.getpixel((20, 20)) == 128

    def test_leaves_place_and_camera_behind(self) -> None:
        """RS-13: nothing of the file survives but its dots; a picture taken upright stands upright."""
        exif = Image.Exif()
        exif[0x010F], exif[0x0112] = "Spy camera", 6
        exif.get_ifd(0x8825)[1] = "N"
        encoded = imaging.encode(picture(exif=exif.tobytes()))

        assert b"Spy camera" not in encoded.full
        assert not Image.open(io.BytesIO(encoded.full)).getexif()
        assert encoded.height > encoded.width

    def test_drops_what_hangs_behind_the_picture(self) -> None:
        assert b"<script>" not in imaging.encode(picture() + b"<script>alert(1)</script>").full

    @pytest.mark.parametrize(
        "raw",
        [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"<html><script>alert(1)</script></html>",
            b"GIF89a<script>alert(1)</script>",
            b"%PDF-1.7", b"", b"\x89PNG\r\n\x1a\n", picture()[:200], picture("BMP", (20, 20)), picture("PNG", (2, 2)),
            b"\xff\xd8\xff\xe0" + b"\x00" * 50,
        ],
    )  # fmt: skip
    def test_refuses_what_is_none_in_words(self, raw: bytes) -> None:
        """RS-13: SVG and HTML are refused, whatever they call themselves."""
        with pytest.raises(BadPicture, match="picture"):
            imaging.encode(raw)

    @pytest.mark.parametrize("side", [8_000, 30_000])
    def test_opens_no_bomb(self, side: int) -> None:
        """RS-13: up to 900 million dots in a hundred bytes."""
        with pytest.raises(BadPicture, match="50 million dots"):
            imaging.encode(bomb(side))

    def test_takes_no_giant_file(self) -> None:
        with pytest.raises(BadPicture, match="10 MB"):
            imaging.encode(b"x" * (imaging.MOST_BYTES + 1))
