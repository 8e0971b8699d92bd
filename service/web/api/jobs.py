"""Jobs: how far they are, as a document or as they go on (server-sent events), and cancelling them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from hege.service.web import jobs
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.shapes import faults
from hege.service.web.problems import not_found
from hege.service.web.rights import API, Visitor
from hege.service.web.state import Service

router = new_router(API, tags=["jobs"])
LOOK_SECONDS = 0.5
BEAT_LOOKS = 30  # a comment so often keeps proxies from closing a quiet stream


@router.get("/jobs", responses=faults())
def list_jobs(
    visitor: Asking, service: Serving, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[dict[str, Any]]:
    """The newest jobs on registers that the account sees."""
    with service.ledger.reading() as connection:
        return [jobs.plain(row) for row in jobs.listed(connection, visitor.registers, limit)]


@router.get("/jobs/{job}", responses=faults(404))
def show_job(visitor: Asking, service: Serving, job: str) -> dict[str, Any]:
    """A job: its state, how far it is, what came of it."""
    return seen(service, visitor, job)


@router.get("/jobs/{job}/events", responses=faults(404) | {200: {"description": "events", "content": {"text/event-stream": {}}}},
            response_class=StreamingResponse)  # fmt: skip
async def follow(visitor: Asking, service: Serving, job: str) -> StreamingResponse:
    """The job as it goes on: an event `job` with the document whenever it changes, until it is over."""
    first = await run_in_threadpool(seen, service, visitor, job)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(service, visitor, first), media_type="text/event-stream", headers=headers)


async def _events(service: Service, visitor: Visitor, told: dict[str, Any]) -> AsyncIterator[str]:
    looks = 0
    yield _event(told)
    while not jobs.State(told["state"]).is_over and not service.stopping:
        await asyncio.sleep(LOOK_SECONDS)
        now, looks = await run_in_threadpool(seen, service, visitor, told["id"]), looks + 1
        if now != told:
            told = now
            yield _event(told)
        elif looks % BEAT_LOOKS == 0:
            yield ": still there\n\n"


def _event(job: dict[str, Any]) -> str:
    return f"event: job\ndata: {json.dumps(job, ensure_ascii=False)}\n\n"


@router.post("/jobs/{job}/cancel", status_code=202, responses=faults(404))
def cancel(visitor: Asking, service: Serving, job: str) -> dict[str, Any]:
    """Cancels a job that is not over; what it has recorded stays."""
    seen(service, visitor, job)
    jobs.cancel(service.ledger, job, service.clock())
    return seen(service, visitor, job)


def seen(service: Service, visitor: Visitor, id: str) -> dict[str, Any]:
    """The job, if it is on a register that the visitor sees."""
    with service.ledger.reading() as connection:
        row = jobs.find(connection, id)
    if row is None or not visitor.sees(row["register"]):
        raise not_found()
    return jobs.plain(row)
