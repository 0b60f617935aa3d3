"""The mark a link of a mail carries into the firm's own shop, so that the visit there is the reader's.

It is put on at the click, only towards the firm's own pages and only while the reader permits tracking; it counts for
an hour. It is weaker than an address told by the visitor: a mail may have been passed on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from guanxi.consent import queries as consent_queries
from guanxi.consent.rules import is_in_force
from guanxi.kernel import signing
from guanxi.ledger.models import Contact

VISIT = "visit"
COUNTS_FOR = timedelta(hours=1)
PARAMETER = "gx"


def leads_home(target: str, origins: frozenset[str]) -> bool:
    """Whether the link leads to one of the firm's own pages."""
    return bool(origins) and _leads_to(target, origins)


@lru_cache(maxsize=4096)
def _leads_to(target: str, origins: frozenset[str]) -> bool:
    """Most readers of a mailing follow the same few links."""
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.netloc}" in origins


def with_mark(target: str, *, contact_id: int, now: datetime) -> str:
    """`target` with the reader's mark; for links that lead home, while he permits tracking."""
    parts = urlsplit(target)
    mark = signing.sign(settings.SECRET_KEY, VISIT, f"{contact_id}:{int(now.timestamp())}")
    query = f"{parts.query}&{PARAMETER}={mark}" if parts.query else f"{PARAMETER}={mark}"
    return urlunsplit(parts._replace(query=query))


def contact_of_link(mark: str, *, now: datetime) -> Contact | None:
    """Whose mark it is; None when it was not made here, is older than an hour, or he permits tracking no more."""
    try:
        number, _, stamp = signing.unsign(settings.SECRET_KEY, VISIT, mark).partition(":")
    except signing.BadToken:
        return None
    if not timedelta() <= now - datetime.fromtimestamp(int(stamp), now.tzinfo) <= COUNTS_FOR:
        return None
    if not is_in_force(consent_queries.stand_of(int(number), "tracking"), now):
        return None
    return Contact.objects.select_related("customer").filter(pk=int(number)).first()
