"""Fails when a wheel lacks what only `make dist` puts in: the page libraries and the compiled translations.

python tools/check_wheel.py dist/guanxi-….whl
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from zipfile import ZipFile

LIBRARIES = "guanxi/console/static/vendor/"
NEEDED = (
    *(f"{LIBRARIES}{name}" for name in ("tabler.min.css", "tabler.min.js", "htmx.min.js", "echarts.min.js")),
    "guanxi/locale/zh_Hans/LC_MESSAGES/django.mo",
)


def missing_from(names: Iterable[str]) -> list[str]:
    """The needed files that are not among `names`."""
    present = set(names)
    return [each for each in NEEDED if each not in present]


def main(paths: list[str]) -> int:
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    failed = False
    for path in paths:
        with ZipFile(path) as wheel:
            missing = missing_from(wheel.namelist())
        for each in missing:
            print(f"{path}: {each} is missing; run `npm ci` and `node tools/vendor.mjs` first.", file=sys.stderr)
        failed = failed or bool(missing)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
