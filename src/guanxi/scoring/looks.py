"""What both nightly looks at the customers ask: what was known the time before, and whose change is only history."""

from __future__ import annotations

from collections.abc import Iterable

from guanxi.ledger.models import Event

PURCHASES = ("order.placed", "order.credited")


def historical(customer_ids: Iterable[int], *, known_before: set[int], since_event_id: int) -> set[int]:
    """Those whose change must start no journey, since all that stands behind it is imported history (RD-13).

    That is everybody who was not measured the time before, and whoever has come by imported orders alone since then;
    what time alone has brought is live. Told by ids: an import writes at its own time, a run's moment may be handed in.
    """
    wanted = set(customer_ids)
    live: dict[int, bool] = {}
    rows = Event.objects.filter(name__in=PURCHASES, id__gt=since_event_id, customer_id__in=wanted)
    for customer_id, is_historical in rows.values_list("customer_id", "is_historical"):
        if customer_id is not None:
            live[customer_id] = live.get(customer_id, False) or not is_historical
    return (wanted - known_before) | {customer_id for customer_id, is_live in live.items() if not is_live}
