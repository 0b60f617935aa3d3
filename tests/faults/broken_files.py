"""Files that are broken in every way files break: cut short, bent, mixed, packed to burst.

Run as `python -m tests.faults.broken_files FOLDER` to read each file of a folder as orders and to print, one JSON
object a line, how that ended, how long it took and the most memory the process ever had until then, in megabytes.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROWS = 400
HEADING = "客户名称,客户编号,下单日期,订单号,金额,邮箱\n"


def _csv() -> bytes:
    rows = (f"客户{i % 40},K{i % 40},2024-{i % 12 + 1:02}-03,A{i},{i}.50,k{i % 40}@example.com\n" for i in range(ROWS))
    return (HEADING + "".join(rows)).encode()


def _xlsx() -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for place, line in enumerate(_csv().decode().splitlines()):
            sheet.write_row(place, 0, line.split(","))
    return file.getvalue()


def _zip(name: str = "orders.csv", content: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content or _csv())
    return file.getvalue()


def _json() -> bytes:
    names = ["客户名称", "客户编号", "下单日期", "订单号", "金额", "邮箱"]
    rows = [dict(zip(names, line.split(","), strict=True)) for line in _csv().decode().splitlines()[1:]]
    return json.dumps({"data": {"list": rows}}, ensure_ascii=False).encode()


def _parquet() -> bytes:
    import pyarrow.csv
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(io.BytesIO(_csv())), file)
    return file.getvalue()


WHOLE: dict[str, Callable[[], bytes]] = {
    "csv": _csv, "gb.csv": lambda: _csv().decode().encode("gb18030"),
    "wide.csv": lambda: _csv().decode().encode("utf-16"),
    "xlsx": _xlsx, "zip": _zip, "json": _json, "parquet": _parquet, "csv.gz": lambda: gzip.compress(_csv()),
}  # fmt: skip


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def _flipped(data: bytes, dice: random.Random) -> bytes:
    bent = bytearray(data)
    for _ in range(dice.randrange(1, 60)):
        bent[dice.randrange(len(bent))] = dice.randrange(256)
    return bytes(bent)


def _shuffled(data: bytes, dice: random.Random) -> bytes:
    a, b = sorted(dice.sample(range(len(data)), 2))
    return data[b:] + data[a:b] + data[:a]


def _mixed(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + "海天，五百".encode(dice.choice(["gbk", "utf-16", "big5", "utf-8"])) + data[place:]


def _quoted(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + b'"' * dice.randrange(1, 5_000) + data[place:]


def _nulled(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + b"\x00" * dice.randrange(1, 5_000) + data[place:]


WAYS = (_cut, _flipped, _shuffled, _mixed, _quoted, _nulled)


def bent(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`count` files, each a whole one bent in one or two ways; the same seed bends the same way."""
    dice = random.Random(seed)
    whole = {ending: make() for ending, make in WHOLE.items()}
    for number in range(count):
        ending = list(whole)[number % len(whole)]
        ways = dice.sample(WAYS, dice.choice([1, 1, 2]))
        data = whole[ending]
        for way in ways:
            data = way(data, dice) or b" "
        yield f"{number:04}-{'-'.join(way.__name__.strip('_') for way in ways)}.{ending}", data


def bombs(size: int) -> Iterator[tuple[str, bytes]]:
    """Files that are small and want much; `size` in bytes is about what they unpack or spread to."""
    columns = size // 8
    row = b"A,2024-01-01,5\n"
    yield "columns.csv", b",".join(b"c%d" % i for i in range(columns)) + b"\n" + b"," * columns
    yield "columns-of-data.csv", b"Customer,Date,Amount\n" + row + b"1," * columns + b"\n"
    yield "quotes.csv", b"Customer,Date,Amount\n" + b'"' * size
    yield "quote-never-closed.csv", b'Customer,Date,Amount\n"' + row * (size // 16 // len(row))
    yield "one-line.csv", b"Customer,Date,Amount\n" + b"x" * size
    yield "zeros.csv", b"\x00" * size
    yield "blank.csv", b" " * size
    yield "line-ends.csv", b"Customer,Date,Amount\n" + b"\n" * size
    yield "deep.json", b"[" * (size // 16) + b"]" * (size // 16)
    yield "wide.json", json.dumps([{f"c{i}": i for i in range(columns // 4)}]).encode()
    yield "bomb.csv.gz", gzip.compress(b"Customer,Date,Amount\n" + b"x" * size)
    yield "bomb.zip", _zip(content=b"\x00" * size)
    yield "archive-in-archive.zip", _zip("inner.zip", _zip(content=b"\x00" * size))
    yield "sheet-bomb.xlsx", _with_sheet(b"<row><c><v>1</v></c></row>" * (size // 26))
    yield "entities.xlsx", _with_sheet(b"&lol9;" * 10, entities=True)


def _with_sheet(rows: bytes, *, entities: bool = False) -> bytes:
    """A workbook whose sheet holds `rows`, with entities that name each other nine times over."""
    names = "".join(f'<!ENTITY lol{i} "{f"&lol{i - 1};" * 10}">' for i in range(1, 10))
    document = f'<!DOCTYPE x [<!ENTITY lol0 "lol">{names}]>' if entities else ""
    sheet = (
        b'<?xml version="1.0"?>' + document.encode() + b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_xlsx())) as whole, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else whole.read(name))
    return file.getvalue()


def read_all(folder: Path) -> None:
    # getrusage would count the process that started this one too.
    from guanxi.cli.benches.pairs import peak_mb
    from guanxi.intake.rows import UnusableFile
    from guanxi.intake.tables import order_table

    for path in sorted(folder.iterdir()):
        began = time.monotonic()
        try:
            found = order_table(path)
            told = f"{len(found.table)} orders, {len(found.rejects)} rejects"
        except UnusableFile as problem:
            told = f"unusable: {problem}"
        except Exception as problem:  # what a user would see as a crash
            told = f"crash: {type(problem).__name__}: {problem}"
        print(json.dumps({"name": path.name, "told": told, "seconds": time.monotonic() - began, "memory": peak_mb()}))


if __name__ == "__main__":
    read_all(Path(sys.argv[1]))
