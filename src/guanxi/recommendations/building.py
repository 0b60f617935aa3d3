"""The nightly count of what goes together and what sells where."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings

from guanxi.catalogue.models import Product
from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.ledger import frames as ledger_frames
from guanxi.ledger.models import Customer
from guanxi.recommendations import counting, store
from guanxi.recommendations.models import AffinityRun

KEPT_RUNS = 3


def count_affinities(*, as_of: datetime, now: datetime) -> AffinityRun:
    """Count over all order lines until the firm's day at `as_of`, unless neither they nor the day have changed."""
    found = ledger_frames.refresh(folder=settings.GUANXI_DATA / "frames", now=now)
    day = the_firm().day_of(as_of)
    relative = f"frames/affinities/{day}-{found.fingerprint[:16]}.npz"
    path: Path = settings.GUANXI_DATA / relative
    same = AffinityRun.objects.filter(path=relative).last()
    if same and path.exists():
        return same
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "lines", found.lines)
        connection.name_parquet(engine, "customers", found.customers)
        bought = counting.purchases(engine, as_of_on=day, trades=_trades(), catalogue=_catalogue())
    counted = counting.count(bought)
    store.save(path, counted)
    run = AffinityRun.objects.create(
        as_of=as_of, customers=len(np.unique(bought["customer"])), articles=len(counted.codes),
        purchases=len(bought["customer"]), path=relative, fingerprint=found.fingerprint, created_at=now,
    )  # fmt: skip
    _forget_old_files()
    return run


def _trades() -> Any:
    rows = list(Customer.objects.current().exclude(trade="").values_list("pk", "trade"))
    ids, trades = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"customer_id": pa.array(ids, pa.int64()), "trade": pa.array(trades, pa.string())})


def _catalogue() -> Any:
    rows = list(Product.objects.values_list("code", "name", "category"))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    names = ("code", "name", "category")
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)})


def _forget_old_files() -> None:
    kept = set(AffinityRun.objects.order_by("-id").values_list("path", flat=True)[:KEPT_RUNS])
    for path in (settings.GUANXI_DATA / "frames" / "affinities").glob("*.npz"):
        if f"frames/affinities/{path.name}" not in kept:
            path.unlink(missing_ok=True)
