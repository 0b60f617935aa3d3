"""Translations without GNU gettext: collects the texts of our pages, merges them into the .po files, compiles them.

python tools/messages.py          collect and merge (what `make messages` runs), then compile
python tools/messages.py compile  only compile
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "guanxi"
LOCALES = SOURCE / "locale"
PATTERNS = ("*.py", "templates/**/*.html", "templates/**/*.txt")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Lines of the heading that would change with the day or the tool, or say nothing.
IDLE_LINES = re.compile(
    rb'^"(POT-Creation-Date|PO-Revision-Date|Report-Msgid-Bugs-To|Last-Translator|Language-Team|Generated-By):[^\n]*\n',
    re.MULTILINE,
)


def collect() -> Catalog:
    """Every text of the package's Python files and templates."""
    catalog = Catalog(project="Guanxi", copyright_holder="the authors of Guanxi", charset="utf-8")
    for path in sorted(each for pattern in PATTERNS for each in SOURCE.rglob(pattern)):
        for line, message, comments, context in texts_of(path):
            place = (path.relative_to(ROOT).as_posix(), line)
            catalog.add(message, None, [place], auto_comments=comments, context=context)
    return catalog


def texts_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = python_of_template(text, path)
    yield from extract("python", BytesIO(text.encode()), KEYWORDS, ["Translators:"], {"encoding": "utf-8"})


def python_of_template(text: str, path: Path) -> str:
    """Django turns a template into calls of gettext among filler; brackets make its indentation harmless."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    return f"({templatize(text, origin=str(path))})"


def merge(catalog: Catalog, path: Path) -> None:
    """Add new texts to the file at `path`, drop those no longer used, keep every translation."""
    with path.open("rb") as file:
        known = read_po(file, locale=path.parents[1].name)
    known.update(catalog, no_fuzzy_matching=True)
    known.obsolete.clear()
    out = BytesIO()
    write_po(out, known, width=110, sort_output=True, include_lineno=False)
    path.write_bytes(IDLE_LINES.sub(b"", out.getvalue()))


def compile_all() -> None:
    for path in LOCALES.rglob("*.po"):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parents[1].name)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["compile"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not arguments:
        catalog = collect()
        for path in LOCALES.rglob("*.po"):
            merge(catalog, path)
            print(f"{path.relative_to(ROOT)}: {len(catalog)} texts")
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
