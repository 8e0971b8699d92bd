"""The application put together: its routes, its middleware, how it says that something is wrong, how it starts and stops."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from hege import __version__
from hege.engine.errors import HegeError, InputError, Place, Problem
from hege.engine.ledger.store import Ledger
from hege.engine.text import Text
from hege.service.schedule.scheduler import Scheduler
from hege.service.web import problems, tables
from hege.service.web.admission import Guarded, Serving, new_router
from hege.service.web.api import accounts as accounts_api
from hege.service.web.api import assets, checkpoints, facts, health, inspections, jobs, proposals, rulebooks, waivers
from hege.service.web.config import Settings
from hege.service.web.heavy import Heavy
from hege.service.web.middleware import Around, Bounded
from hege.service.web.pages import assets as asset_pages
from hege.service.web.pages import login, overview
from hege.service.web.pages.shell import trouble, wants_page
from hege.service.web.problems import Refused
from hege.service.web.rights import ROUTES
from hege.service.web.runner import Runner
from hege.service.web.state import Service

THREADS = 14  # one less than the connections that the ledger keeps open: none waits for one
log = structlog.get_logger("hege.service")
description = new_router(include_in_schema=False)
ROUTERS = (
    health.router, health.measuring, accounts_api.router, assets.router, facts.router, rulebooks.router, proposals.router,
    inspections.router, waivers.router, jobs.router, checkpoints.router, login.router, overview.router,
    asset_pages.router, description,
)  # fmt: skip


@description.get("/openapi.json")
def openapi(request: Request, service: Serving) -> JSONResponse:
    """The description of the API."""
    return JSONResponse(request.app.openapi())


def build(
    ledger: Ledger,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    processes: int = 2,
    with_jobs: bool = True,
    scheduler: Scheduler | None = None,
) -> FastAPI:
    """The application over an open ledger; refuses to be built when a route has no right in the table, or the other way round."""
    tables.prepare(ledger)
    service = Service(ledger=ledger, settings=settings, clock=clock, heavy=Heavy(processes), scheduler=scheduler)
    app = FastAPI(
        title="hege", version=__version__, lifespan=_lifespan(service, with_jobs), openapi_url=None, docs_url=None, redoc_url=None,
        description="Inspections of government websites and new-media accounts. Send a key as `Authorization: Bearer hege_...`.",
    )  # fmt: skip
    app.state.service = service
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    _all_routes_have_rights(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    app.add_middleware(Bounded, most=settings.max_body_mib << 20)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(Around, https=settings.https, fault=_own_fault, requests=service.measures)
    for error, handler in _HANDLERS.items():
        app.add_exception_handler(error, handler)
    return app


def routes_of(app: FastAPI) -> set[str]:
    """Every route as `METHOD path`."""
    return {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def _all_routes_have_rights(app: FastAPI) -> None:
    open_ = [r for r in app.routes if not isinstance(r, Guarded)]
    assert not open_, f"not behind the door: {open_}"
    assert routes_of(app) == set(ROUTES), f"rights and routes differ: {routes_of(app) ^ set(ROUTES)}"


def _lifespan(service: Service, with_jobs: bool) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        runner = Runner(
            ledger=service.ledger, ledger_name=service.settings.ledger, clock=service.clock,
            most=service.settings.inspection_workers,
        )  # fmt: skip
        if with_jobs:
            runner.start()
        if service.scheduler is not None:
            service.scheduler.start()
        yield
        service.stopping = True
        if service.scheduler is not None:
            service.scheduler.stop()
        if with_jobs:
            runner.stop()
        service.heavy.stop()

    return lifespan


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; how one says who one is stands at every route that asks."""
    if app.openapi_schema is None:
        from fastapi.openapi.utils import get_openapi

        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        made["components"]["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "hege_<id>_<secret>"}
        }
        for path, methods in made["paths"].items():
            for method, operation in methods.items():
                right = ROUTES[f"{method.upper()} {path}"].value
                operation["x-right"] = right
                if right != "nothing":
                    operation["security"] = [{"key": []}]
        app.openapi_schema = made
    return app.openapi_schema


# ---- what goes wrong -----------------------------------------------------------------------------------------------


def _refused(request: Request, error: Exception) -> Response:
    """A request that is refused for what it is."""
    assert isinstance(error, HTTPException)
    known = {
        404: Text(zh="没有这个地址", en="there is nothing at this address"),
        405: Text(zh="这个地址不接受这种方法", en="this address does not take that method"),
    }
    text = known.get(error.status_code, Text(zh=f"请求有误（{error.detail}）", en=str(error.detail)))
    problem = (
        error.problem
        if isinstance(error, Refused)
        else Problem(code=f"http-{error.status_code}", place=Place(file=""), message=text)
    )
    if wants_page(request):
        if error.status_code == 401 and request.method == "GET":
            from urllib.parse import urlencode

            return RedirectResponse(f"/login?{urlencode({'next': request.url.path})}", 303)
        return trouble(request, error.status_code, problem.message, problem.hint)
    return problems.answer(request, error.status_code, [problem], headers=error.headers)


def _bad_input(request: Request, error: Exception) -> Response:
    """What the engine refuses."""
    service = request.app.state.service
    if isinstance(error, InputError):
        if wants_page(request):
            first = error.problems[0]
            return trouble(request, problems.status_of(error.problems), first.message, first.hint)
        return problems.of_input(request, error, service.ledger.where)
    told = Problem(code="refused", place=Place(file=""), message=Text(zh=str(error), en=str(error)))
    return problems.answer(request, 422, [told], service.ledger.where)


def _bad_shape(request: Request, error: Exception) -> Response:
    """A body or query of the wrong shape; every fault with the place where it is."""
    assert isinstance(error, RequestValidationError)
    found = [
        Problem(
            code=str(fault["type"]).replace("_", "-"), place=Place(file=".".join(map(str, fault["loc"]))),
            message=Text(zh=f"格式不对：{fault['msg']}", en=str(fault["msg"])),
        )
        for fault in error.errors()[:50]
    ]  # fmt: skip
    if wants_page(request):
        return trouble(request, 422, found[0].message, None)
    return problems.answer(request, 422, found)


def _own_fault(request: Request, error: Exception) -> Response:
    """A fault of hege itself: in the log with the request's id, to the asker the id alone."""
    log.error("fault", path=request.url.path, exc_info=error)
    text = Text(zh="hege自身出错，已记入日志", en="hege itself went wrong; it is in the log")
    hint = Text(zh="把请求编号报告给维护者", en="report the request's id")
    if wants_page(request):
        return trouble(request, 500, text, hint)
    return problems.answer(request, 500, [Problem(code="own-fault", place=Place(file=""), message=text, hint=hint)])


_HANDLERS: dict[type[Exception], Callable[[Request, Exception], Response]] = {
    HTTPException: _refused, HegeError: _bad_input, RequestValidationError: _bad_shape,
}  # fmt: skip
