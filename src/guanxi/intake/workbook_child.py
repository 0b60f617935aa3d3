"""Reads a workbook in a process of its own, under limits of memory and time (RS-28).

Run as `python -m guanxi.intake.workbook_child WORKBOOK FOLDER MEMORY SECONDS`. Writes each sheet to FOLDER as 0.arrow,
1.arrow … (all cells as text, dates in ISO form) and prints the sheets' names as JSON. Ends with 3 where a password is
asked for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

LOCKED = 3


def main(workbook: str, folder: str, memory: int, seconds: int) -> None:
    _limit(memory, seconds)
    import fastexcel
    import pyarrow as pa

    try:
        book = fastexcel.read_excel(workbook)
    except fastexcel.FastExcelError as error:
        if "password" in str(error):
            sys.exit(LOCKED)
        book = fastexcel.read_excel(Path(workbook).read_bytes())  # by its content, whatever its name says
    for place in range(len(book.sheet_names)):
        # skip_rows=0 keeps empty rows, so that row numbers are those the user sees.
        rows = book.load_sheet(place, header_row=None, skip_rows=0, dtypes="string").to_arrow()
        with pa.ipc.new_file(str(Path(folder) / f"{place}.arrow"), rows.schema) as out:
            out.write_table(pa.Table.from_batches([rows]), max_chunksize=65_536)
    print(json.dumps(book.sheet_names))


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
