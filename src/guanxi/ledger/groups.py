"""The names that shops give to companies (`groupId`), kept as identities of the customer."""

from __future__ import annotations

from guanxi.ledger.models import Customer, Identity


def customer_of_group(*, source: str, group_id: str) -> Customer | None:
    """The customer to whom `source` gives this name."""
    known = Identity.objects.filter(source=_source(source), kind="customer", value=group_id[:200])
    found = known.select_related("customer").first()
    return found.customer if found else None


def name_group(*, source: str, group_id: str, customer: Customer) -> None:
    """From now on `source` means this customer by the name; a name that is given already stays."""
    Identity.objects.get_or_create(
        source=_source(source), kind="customer", value=group_id[:200], defaults={"customer": customer}
    )


def _source(name: str) -> str:
    return f"group:{name}"[:60]
