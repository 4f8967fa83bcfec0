from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from .generations.connections import WorkerHeartbeat


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and a worker was alive within 20 s, else 503."""
    try:
        alive = WorkerHeartbeat.any_alive()
    except DatabaseError:
        return JsonResponse({"database": "down", "worker": "unknown"}, status=503)
    return JsonResponse({"database": "ok", "worker": "ok" if alive else "none"}, status=200 if alive else 503)
