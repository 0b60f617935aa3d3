"""Whether the installation is well, for a monitor: database and worker, without a word about customers."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from guanxi.kernel import clock
from guanxi.pipeline import queries as pipeline_queries
from guanxi.pipeline import soundness

WORKER_IS_SILENT_AFTER = timedelta(minutes=2)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and was whole when last looked at, else 503.

    `worker` is running, silent or never_seen.
    """
    try:
        connection.ensure_connection()
        seen_at, is_damaged = pipeline_queries.worker_seen_at(), soundness.is_damaged()
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": "unreachable"}, status=503)
    if is_damaged:
        return JsonResponse({"status": "failing", "database": "damaged"}, status=503)
    worker = "never_seen"
    if seen_at:
        worker = "running" if clock.utc_now() - seen_at < WORKER_IS_SILENT_AFTER else "silent"
    return JsonResponse({"status": "ok", "database": "ok", "worker": worker})
