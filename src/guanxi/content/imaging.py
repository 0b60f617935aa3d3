"""A picture as it was sent, made new: decoded, turned upright, resized and encoded here (RS-13). Pure.

Nothing of the file survives but its dots: no location, no camera, no script behind the picture. Mail programs on
Windows know no WebP, so a photograph becomes JPEG and whatever has transparency or few colours PNG.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

TAKEN = ("PNG", "JPEG", "WEBP", "GIF")
MOST_BYTES = 10 * 1024 * 1024
# A small file may unfold to any size (a decompression bomb); a camera's largest picture is below this.
MOST_DOTS = 50_000_000
WIDEST, MAIL_WIDTH = 1200, 600
LOWEST_SIDE = 8
TOO_MANY_DOTS = "The picture has more than 50 million dots; save it smaller."


class BadPicture(ValueError):
    """The file is no picture that can be kept; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """`full` is at most 1200 dots wide, `small` at most the width of a mail; `ending` is png or jpg."""

    full: bytes
    small: bytes
    width: int
    height: int
    ending: str


def encode(raw: bytes) -> Encoded:
    """Raises BadPicture."""
    if len(raw) > MOST_BYTES:
        raise BadPicture("The file is larger than 10 MB; save it smaller.")
    picture = _opened(raw)
    if picture.mode.startswith("I"):  # 16 bits of grey, as scanners write them, would all become white
        picture = picture.convert("I").point(lambda grey: grey / 256).convert("L")
    has_holes = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    ending = "png" if has_holes or picture.mode in ("1", "P", "L") else "jpg"
    picture = picture.convert("RGBA" if has_holes else "RGB")
    full = _narrowed(picture, WIDEST)
    return Encoded(
        full=_written(full, ending), small=_written(_narrowed(picture, MAIL_WIDTH), ending),
        width=full.width, height=full.height, ending=ending,
    )  # fmt: skip


def _opened(raw: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(raw), formats=TAKEN)
            if picture.width * picture.height > MOST_DOTS:
                raise BadPicture(TOO_MANY_DOTS)
            if min(picture.size) < LOWEST_SIDE:
                raise BadPicture("The picture is too small to be seen.")
            picture.seek(0)
            picture.load()
            return ImageOps.exif_transpose(picture)
    except UnidentifiedImageError:
        raise BadPicture("This is no picture that mail can carry. Take a PNG, JPEG, WebP or GIF file.") from None
    except Image.DecompressionBombError:
        raise BadPicture(TOO_MANY_DOTS) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        if isinstance(error, BadPicture):
            raise
        raise BadPicture("The picture cannot be read; it may be broken. Save it again and take that file.") from None


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    return picture.resize((width, max(1, round(picture.height * width / picture.width))), Image.Resampling.LANCZOS)


def _written(picture: Image.Image, ending: str) -> bytes:
    buffer = io.BytesIO()
    if ending == "png":
        picture.save(buffer, "PNG", optimize=True)
    else:
        picture.save(buffer, "JPEG", quality=82, optimize=True, progressive=True)
    return buffer.getvalue()
