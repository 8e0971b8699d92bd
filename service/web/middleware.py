"""Around every request: its id, its line in the log, the headers that keep browsers strict, the largest body."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hege.engine.text import Text
from hege.service.web.metrics import Requests
from hege.service.web.problems import Refused

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_ABOUT = re.compile(
    r"(?:/api/v1)?/(?:inspections/(?P<inspection>[0-9a-z]{1,64})(?:/explanation/(?P<explained>[^/]{1,200}))?"
    r"|assets/(?P<register>[^/]{1,200})/(?P<asset>[^/]{1,200}))(?:/|$)"
)
log = structlog.get_logger("hege.service")


class Around:
    """The request's id (as given, if it is fit to be written down), its headers, its line in the log; faults of hege itself."""

    def __init__(
        self, app: ASGIApp, *, https: bool, fault: Callable[[Request, Exception], Response], requests: Requests
    ) -> None:
        self.app, self.fault, self.requests = app, fault, requests
        self.headers = HEADERS | ({"strict-transport-security": "max-age=31536000"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["request_id"] = id
        began, status, started = time.monotonic(), 500, False

        async def sending(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = id
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=id, **about(scope["path"]))
        try:
            await self.app(scope, receive, sending)
        except Exception as error:  # a fault of hege itself: said once, in the log and to the asker
            if started:
                raise
            await self.fault(Request(scope), error)(scope, receive, sending)
        finally:
            seconds = time.monotonic() - began
            self.requests.answered(scope["method"], state.get("route", "none"), status, seconds)
            if not scope["path"].startswith(("/health/", "/metrics")):
                log.info(
                    "request", method=scope["method"], path=scope["path"], status=status, account=state.get("account", ""),
                    ms=round(seconds * 1000, 1),
                )  # fmt: skip


def about(path: str) -> dict[str, str]:
    """The inspection, register and asset that a path names, for the log."""
    found = _ABOUT.match(path)
    named = {n: v for n, v in (found.groupdict() if found else {}).items() if v}
    return {"asset" if n == "explained" else n: v for n, v in named.items()}


class Bounded:
    """Refuses bodies that are too large, whether they say so beforehand or not."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on; reading too much of it raises."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        said = Headers(scope=scope).get("content-length", "0")
        announced, taken = int(said) if said.isdigit() and len(said) < 19 else 0, 0

        async def receiving() -> Message:
            nonlocal taken
            if announced > self.most:
                raise self.too_large()
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                raise self.too_large()
            return message

        return await self.app(scope, receiving, send)

    def too_large(self) -> Refused:
        """The refusal."""
        mib = self.most >> 20
        return Refused(
            413, "too-large", Text(zh=f"请求正文超过{mib}MiB", en=f"the body is larger than {mib} MiB"),
            Text(zh="分几次提交，或用/facts/stream", en="send it in parts, or use /facts/stream"), connection="close",
        )  # fmt: skip
