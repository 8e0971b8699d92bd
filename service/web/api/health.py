"""Whether the service lives, and whether it can do its work now."""

from __future__ import annotations

from fastapi import Response

from hege.engine.errors import InputError
from hege.engine.ledger.store import size_of
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.shapes import faults
from hege.service.web.metrics import MEDIA_TYPE, measured

measuring = new_router(tags=["health"])
router = new_router("/health", tags=["health"])


@router.get("/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready", responses={503: {"description": "not now"}})
def ready(service: Serving, response: Response) -> dict[str, str]:
    """The ledger can be read, the schedule is kept, and the service is not stopping; what is not, is said."""
    try:
        with service.ledger.reading() as connection:
            size_of(connection)
        found = service.scheduler.fault() if service.scheduler is not None else ""
    except InputError as error:
        response.status_code = 503
        return {"status": "no ledger", "why": error.problems[0].code}
    if service.stopping or found:
        response.status_code = 503
        return {"status": "stopping"} if service.stopping else {"status": "no schedule", "why": found}
    return {"status": "ready"}


@measuring.get("/metrics", responses=faults())
def metrics(visitor: Asking, service: Serving) -> Response:
    """How the service fares, for Prometheus; of registers only those that the visitor sees."""
    return Response(measured(service.measures, service, visitor), media_type=MEDIA_TYPE)
