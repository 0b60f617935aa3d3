"""One million order lines from CSV into SQLite and frames, against DuckDB reading the CSV and a bare bulk insert.

Both sides begin with the same migrated workspace, so tables, indexes and pragmas are the same. The bare side also finds
the customers there already and writes no frames; it checks, decides and remembers nothing.
"""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from guanxi.cli.benches.pairs import SIDES, Answer, Found, Say, alternate, answer_one, measure_alone, peak_mb, summary
from guanxi.cli.failure import fail
from guanxi.engine import connection

LEAST_PAIRS = 3
FILE = "orders.csv"
NOW = "2026-01-02 03:04:05"
AT_ONCE = 50_000

ORDER_COLUMNS = (
    "id", "customer_id", "source", "number", "kind", "placed_at", "currency", "amount", "amount_reporting", "rate",
    "rate_on", "stage", "stage_at", "is_trial", "carrier", "tracking_number", "tracking_url", "fields", "batch",
    "created_at", "updated_at",
)  # fmt: skip
LINE_COLUMNS = (
    "order_id", "position", "product_code", "product_name", "category", "quantity", "unit_price", "amount",
)  # fmt: skip
EVENT_COLUMNS = (
    "name", "customer_id", "object_kind", "object_id", "anonymous_id", "properties", "occurred_at", "recorded_at",
    "source", "is_historical", "is_unread", "batch",
)  # fmt: skip
TABLES = (("orders", "ledger_order", ORDER_COLUMNS), ("lines", "ledger_orderline", LINE_COLUMNS),
          ("events", "ledger_event", EVENT_COLUMNS))  # fmt: skip


def measure(*, rows: int, pairs: int, say: Say, least: int = LEAST_PAIRS) -> Answer:
    """Medians of alternating pairs; stops the command when the two sides have not written the same."""
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        folder = Path(name)
        say(f"Making {rows:,} order lines")
        make_data(folder, rows=rows)
        # What is set for another workspace must not reach the ones made here.
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("GUANXI_", "DJANGO_"))}
        measure_alone(__name__, "template", folder, environ=environ)
        found = alternate(__name__, folder, pairs=max(pairs, least), say=say, environ=environ, after=compare)
    return {"rows": rows, "orders": int(found["product"][0]["orders"]), **summary(found)}


def make_data(folder: Path, *, rows: int) -> None:
    """Lines of three years, four to an order, fifty to a customer on average; few customers buy much, most little."""
    customers = max(rows // 50, 10)
    with connection.open_engine() as engine:
        engine.execute(f"""
COPY (
    SELECT
        'O' || o AS "Order ID",
        strftime(TIMESTAMP '2023-01-01' + INTERVAL 1 MINUTE * CAST(HASH(o + 7) % 1576800 AS INTEGER), '%Y-%m-%d %H:%M')
            AS "Order Date",
        'C' || c AS "Customer ID",
        'Customer ' || c || ' Ltd' AS "Customer Name",
        ['Germany', 'Japan', 'Mexico', 'Saudi Arabia'][1 + c % 4] AS Country,
        'SKU-' || p AS SKU,
        'Product number ' || p AS Product,
        'Category ' || p % 20 AS Category,
        1 + HASH(i + 3) % 50 AS Quantity,
        CAST(0.25 + p % 97 AS DECIMAL(18, 2)) AS "Unit Price",
        'USD' AS Currency
    FROM (
        SELECT
            i, i // 4 AS o, HASH(i + 11) % 3000 AS p,
            CAST(FLOOR(POW(HASH(i // 4) % 1000003 / 1000003.0, 1.6) * {customers}) AS BIGINT) AS c
        FROM range({rows}) AS numbers (i)
    )
    ORDER BY i
) TO {connection.quoted(folder / FILE)} (HEADER)
""")


def template(folder: Path) -> float:
    """An empty workspace from which every measurement starts."""
    _open(folder / "template")
    return 0


def product(folder: Path) -> Answer:
    """`guanxi import` and the frames after it."""
    _open(folder / "product")
    from guanxi.intake import actions as intake_actions
    from guanxi.intake.importing import Wishes
    from guanxi.kernel.clock import utc_now
    from guanxi.ledger import frames

    start = perf_counter()
    intake_actions.import_file(path=folder / FILE, wishes=Wishes(), now=utc_now())
    frames.refresh(folder=folder / "product" / "frames", now=utc_now())
    return _told(perf_counter() - start)


def baseline(folder: Path) -> Answer:
    """The same orders, lines and events in one transaction, by the driver alone."""
    _open(folder / "baseline")
    from django.db import connection as database

    database.ensure_connection()
    driver = database.connection
    _known_customers(driver, folder)
    script = (files("guanxi.cli.benches") / "import_baseline.sql").read_text(encoding="utf-8")
    script = script.replace(":csv", connection.quoted(folder / FILE)).replace(":now", f"'{NOW}'")
    with connection.open_plain_engine() as engine:
        start = perf_counter()
        engine.execute(script)
        driver.execute("BEGIN IMMEDIATE")
        for view, table, columns in TABLES:
            names = ", ".join(f'"{name}"' for name in columns)
            statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
            result = engine.execute(f"SELECT * FROM {view}")
            while rows := result.fetchmany(AT_ONCE):
                driver.executemany(statement, rows)
        driver.execute("COMMIT")
        return _told(perf_counter() - start)


def _known_customers(driver: object, folder: Path) -> None:
    """The customers of the file, whom the orders of the bare side point to."""
    from guanxi.kernel.bulk import insert_rows
    from guanxi.ledger.models import Customer

    with connection.open_plain_engine() as engine:
        found = engine.execute(
            'SELECT DISTINCT CAST(SUBSTR("Customer ID", 2) AS BIGINT) + 1 FROM read_csv(?)', [str(folder / FILE)]
        ).fetchall()
    empty = ("kind", "country", "country_as_given", "region", "city", "address", "domain", "trade", "source")
    columns = ("id", "name", *empty, "tags", "fields", "is_blocked", "created_at", "updated_at")
    from guanxi.kernel.clock import parse_moment

    now = parse_moment(NOW)
    insert_rows(Customer, columns, (
        (key, f"Customer {key - 1} Ltd", *[""] * len(empty), [], {}, False, now, now) for (key,) in sorted(found)
    ))  # fmt: skip


def _open(workspace: Path) -> None:
    os.environ["GUANXI_DATA"] = str(workspace)
    os.environ.pop("GUANXI_DATABASE_URL", None)
    template_folder = workspace.with_name("template")
    if workspace != template_folder:
        shutil.rmtree(workspace, ignore_errors=True)
        shutil.copytree(template_folder, workspace)
    from guanxi.cli.workspace import open_workspace

    open_workspace()


def _told(seconds: float) -> Answer:
    return {"seconds": seconds, "peak_mb": peak_mb(), **written()}


def written() -> dict[str, float]:
    """What lies in the ledger now, for the comparison of the sides."""
    from django.db.models import Count, Sum

    from guanxi.ledger.models import Event, Order, OrderLine

    orders = Order.objects.aggregate(orders=Count("id"), amount=Sum("amount"), reporting=Sum("amount_reporting"))
    lines = OrderLine.objects.aggregate(lines=Count("id"), quantity=Sum("quantity"), of_lines=Sum("amount"))
    events = Event.objects.filter(name="order.placed").aggregate(events=Count("id"))
    return {name: round(float(value or 0), 2) for name, value in (orders | lines | events).items()}


def compare(found: Found) -> None:
    """Stops the command when the sides have written different orders, lines or events."""
    own = ("seconds", "peak_mb")
    sides = [{name: value for name, value in found[side][-1].items() if name not in own} for side in SIDES]
    if sides[0] != sides[1]:
        fail(f"the sides have written different rows ({sides[0]} and {sides[1]}); the bench says nothing.")


if __name__ == "__main__":
    answer_one(template=template, product=product, baseline=baseline)
