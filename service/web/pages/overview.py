"""The first page: the last inspection of each register, and what is being inspected."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from hege.engine.ledger.reading import registers
from hege.engine.result import percent
from hege.engine.text import Text
from hege.service.web import jobs
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.inspections import recorded
from hege.service.web.pages.shell import page

router = new_router(include_in_schema=False)
MOST_REGISTERS = 50


@router.get("/")
def overview(request: Request, visitor: Asking, service: Serving) -> HTMLResponse:
    """What the newest inspections said."""
    with service.ledger.reading() as connection:
        names = [r for r in registers(connection) if visitor.sees(r)]
        newest = [i for r in names[:MOST_REGISTERS] for i in recorded(connection, visitor, r, None, 1)]
        running = [jobs.plain(row) for row in jobs.listed(connection, visitor.registers, 20)]
    for inspection in newest:
        for batch in inspection["batches"]:
            batch["rate"] = percent(batch["pass"], batch["total"])
    inspected = {i["register"] for i in newest}
    return page(
        request, visitor, "overview.html", Text(zh="概况", en="Overview"), inspections=newest,
        never=[r for r in names if r not in inspected],
        jobs=[job for job in running if not jobs.State(job["state"]).is_over],
    )  # fmt: skip
