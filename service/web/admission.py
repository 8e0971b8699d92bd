"""At the door of every route: who asks, whether the table of rights lets them in, how often; then the answer's ETag.

Runs before a byte of the request's body is looked at. A route gets the visitor with `Asking`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hege.engine.text import Text
from hege.service.web import accounts
from hege.service.web.problems import Refused
from hege.service.web.rights import ROUTES, Right, Visitor
from hege.service.web.state import Service, service_of

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Guarded(APIRoute):
    """A route behind the door."""

    def get_route_handler(self) -> Handler:
        """The handler that asks first."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            request.state.route = self.path
            request.state.visitor = await admitted(request, f"{request.method} {self.path}")
            return with_etag(request, await inner(request))

        return handler


def new_router(prefix: str = "", **settings: Any) -> APIRouter:
    """A router whose routes are all behind the door."""
    return APIRouter(prefix=prefix, route_class=Guarded, **settings)


def visitor_of(request: Request) -> Visitor:
    """Who was let in."""
    found = request.state.visitor
    assert isinstance(found, Visitor)
    return found


Asking = Annotated[Visitor, Depends(visitor_of)]
Serving = Annotated[Service, Depends(service_of)]


async def admitted(request: Request, route: str) -> Visitor:
    """The visitor; refused (401, 403, 429) when the route is not for them."""
    service = service_of(request)
    visitor = await who(request, service)
    request.state.account = visitor.name
    right = ROUTES.get(route)
    if right is None:
        raise Refused(
            403,
            "no-right",
            Text(
                zh="没有规定谁可以做这件事，因此不允许", en="nobody is said to have a right to this, so it is refused"
            ),
        )
    if right is not Right.NOTHING:
        if not visitor.name:
            raise unknown()
        _within(service.requests.wait(visitor.name))
    if not visitor.may(right):
        raise Refused(
            403, "no-right", Text(zh=f"账号“{visitor.name}”没有这项权限（{right.value}）", en=f"the account “{visitor.name}” has not the right to this ({right.value})"),
            Text(zh="请管理员增加角色", en="ask an administrator for a role that has it"),
        )  # fmt: skip
    if visitor.session and request.method in UNSAFE and right is not Right.NOTHING:  # logging in has a word of its own
        await _meant(request, visitor.session)
    return visitor


async def who(request: Request, service: Service) -> Visitor:
    """Whose key or session comes with a request; nobody's if none does. A wrong key is refused, and counted."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if service.logins.is_spent(address(request)):
            _within(service.logins.wait(address(request)))
        found = await run_in_threadpool(accounts.by_key, service.ledger, token) if scheme.lower() == "bearer" else None
        if found is None:
            _within(service.logins.wait(address(request)))
            raise unknown()
        return found
    token = request.cookies.get(cookie_name(service), "")
    if token:
        found = await run_in_threadpool(accounts.by_session, service.ledger, token, service.clock())
    return found if token and found else Visitor()


def unknown() -> Refused:
    """The refusal of whoever did not say who they are."""
    return Refused(
        401, "unknown-visitor", Text(zh="请先登录，或给出有效的密钥", en="log in first, or give a valid key"),
        Text(zh="写在请求头Authorization: Bearer hege_…", en="send it as Authorization: Bearer hege_..."), www_authenticate="Bearer",
    )  # fmt: skip


def address(request: Request) -> str:
    """Where a request comes from; behind a proxy uvicorn has put the client's address there."""
    return f"address {request.client.host if request.client else ''}"


def cookie_name(service: Service) -> str:
    """With HTTPS a name that a browser accepts from this host alone."""
    return "__Host-hege" if service.settings.https else "hege"


async def _meant(request: Request, session: str) -> None:
    """A browser sends its cookie also when another site makes it ask; only our pages know the session's word."""
    given = request.headers.get("x-csrf-token", "")
    if not given and request.headers.get("content-type", "").startswith(FORMS):
        given = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest(given.encode(), accounts.csrf_of(session).encode()):
        raise Refused(
            403, "not-meant", Text(zh="请求不像是从本页面发出的", en="the request does not seem to come from our own page"),
            Text(zh="刷新页面后重试", en="load the page again and retry"),
        )  # fmt: skip


def _within(seconds: int) -> None:
    if seconds:
        raise Refused(
            429, "too-often", Text(zh=f"请求太频繁，请{seconds}秒后再试", en=f"too many requests; try again in {seconds} seconds"),
            retry_after=str(seconds),
        )  # fmt: skip


def with_etag(request: Request, response: Response) -> Response:
    """The answer with its ETag; nothing but that when the asker has it already."""
    if request.method != "GET" or response.status_code != 200 or isinstance(response, StreamingResponse):
        return response
    body = bytes(response.body)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    response.headers["etag"] = etag
    response.headers.setdefault("cache-control", "private, no-cache")
    response.headers["vary"] = "Accept-Language, Authorization, Cookie"
    if etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        kept = {k: v for k, v in response.headers.items() if k in ("etag", "cache-control", "vary", "set-cookie")}
        return Response(status_code=304, headers=kept)
    return response
