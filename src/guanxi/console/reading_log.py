"""Notes who of the staff looks at lists of persons or takes them out (RL-12)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from guanxi.kernel import clock
from guanxi.privacy import readings
from guanxi.staff.models import User

# URL names of pages that show or give out many persons at once.
LISTS = frozenset({
    "customers", "customers_export", "customer_feedback", "outbox", "segment", "segment_export", "permissions",
    "at_risk", "export_list", "export_file", "contact_data_export", "privacy_evidence", "campaign_readers",
    "campaign_export", "mail_in",
})  # fmt: skip


class ReadingLogMiddleware:
    """Writes a line after such a page was given; the page itself changes nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match, user = request.resolver_match, getattr(request, "user", None)
        if match and match.url_name in LISTS and response.status_code == 200 and isinstance(user, User):
            readings.note(user=user, what=match.url_name or "", now=clock.utc_now())
        return response
