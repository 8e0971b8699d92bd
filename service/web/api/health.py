"""Whether the service lives, and whether it can do its work now."""

from __future__ import annotations

from fastapi import Response

from hege.engine.errors import InputError
from hege.engine.ledger.store import size_of
from hege.service.web.admission import Serving, new_router

router = new_router("/health", tags=["health"])


@router.get("/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready", responses={503: {"description": "not now"}})
def ready(service: Serving, response: Response) -> dict[str, str]:
    """The ledger can be read and the service is not stopping."""
    try:
        with service.ledger.reading() as connection:
            size_of(connection)
    except InputError as error:
        response.status_code = 503
        return {"status": "no ledger", "why": error.problems[0].code}
    if service.stopping:
        response.status_code = 503
        return {"status": "stopping"}
    return {"status": "ready"}
