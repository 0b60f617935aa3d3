"""A page of a made-up document as PDF, and a made-up photo. Pure."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from PIL import Image, ImageDraw

RESOURCES = b"<< /Font << /F1 5 0 R >> >>"
CARTON, SHADE, FLOOR, WALL = (196, 154, 108), (160, 122, 82), (206, 208, 204), (238, 240, 238)


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """One page of A4 with a headline and lines, in letters of Western Europe."""
    rows = [_shown(title, 18, 770), *(_shown(f"- {line}", 12, 725 - 22 * n) for n, line in enumerate(lines))]
    rows.append(_shown("Ningbo Paperboat Homeware Co., Ltd. - made up for the demo", 9, 60))
    page = "\n".join(rows).encode("cp1252", "replace")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources " + RESOURCES + b" >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        font,
    ]
    return _bound(objects)


def _shown(text: str, size: int, height: int) -> str:
    safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {size} Tf 60 {height} Td ({safe}) Tj ET"


def _bound(objects: Sequence[bytes]) -> bytes:
    """The objects with their table of places."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def photo(stacks: Sequence[int]) -> bytes:
    """Stacks of cartons in a hall, so many high each."""
    picture = Image.new("RGB", (960, 640), WALL)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 470, 960, 640), fill=FLOOR)
    for place, height in enumerate(stacks):
        for level in range(height):
            left, top = 70 + place * 170, 470 - level * 78
            draw.rectangle((left, top, left + 140, top + 72), fill=CARTON, outline=SHADE, width=3)
            draw.rectangle((left + 58, top, left + 82, top + 72), fill=SHADE)
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    raw, stride = picture.tobytes(), 3 * picture.width
    rows = b"".join(b"\0" + raw[at : at + stride] for at in range(0, len(raw), stride))
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
