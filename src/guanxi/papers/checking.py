"""Whether an uploaded file is one that readers may be given: a PDF or an office file without programs in it. Pure.

What a file is stands in its first bytes and its table of contents; its name and what the browser says count for
nothing (RS-13). Pages of the web, pictures with scripts and office files with macros are refused. That a PDF is free
of anything harmful is not looked into: readers get it as an attachment, never as a page.
"""

from __future__ import annotations

import io
import zipfile

MOST_BYTES = 20 * 1024 * 1024
MOST_MEMBERS = 5_000
LONGEST_MARK = 100

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
MAIN_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
PROGRAMS = ("vbaproject.bin", "vbadata.xml", "activex", "basic/", "scripts/")
NOT_TAKEN = "This is neither a PDF nor an office file. Take PDF, DOCX, XLSX, PPTX, ODT, ODS or ODP."


class BadFile(ValueError):
    """The file cannot be handed to readers; the sentence says why and what to do."""


def ending_of(raw: bytes) -> str:
    """What the file is, as the ending of its name. Raises BadFile."""
    if len(raw) > MOST_BYTES:
        raise BadFile("The file is larger than 20 MB; save it smaller.")
    if raw.startswith(b"%PDF-"):
        if b"%%EOF" not in raw[-2048:]:
            raise BadFile("The PDF is cut off; save it again and take that file.")
        return "pdf"
    if raw.startswith(b"PK\x03\x04"):
        return _office(raw)
    raise BadFile(NOT_TAKEN)


def _office(raw: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
            if len(names) > MOST_MEMBERS:
                raise BadFile("The file has too many parts to be an office file; save it again and take that file.")
            mark = _mark(archive) if names and names[0] == "mimetype" else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile(
            "The file cannot be read; it may be broken or locked. Save it again and take that file."
        ) from None
    small = [name.casefold() for name in names]
    if any(part in name for name in small for part in PROGRAMS):
        raise BadFile("The file holds programs (macros). Save it without them, or as PDF.")
    for ending, kind in TYPES.items():
        if mark == kind.encode() or ("[content_types].xml" in small and MAIN_PARTS.get(ending) in small):
            return ending
    raise BadFile(NOT_TAKEN)


def _mark(archive: zipfile.ZipFile) -> bytes:
    with archive.open("mimetype") as member:
        return member.read(LONGEST_MARK).strip()
