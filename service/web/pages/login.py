"""Logging in, with a password or a key, and out; the style sheet that needs neither."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hege.engine.text import Text
from hege.service.web import accounts
from hege.service.web.accounts import Lockout
from hege.service.web.admission import Asking, Serving, address, cookie_name, new_router
from hege.service.web.pages.shell import page
from hege.service.web.problems import Refused
from hege.service.web.rights import Visitor
from hege.service.web.state import Service

router = new_router(include_in_schema=False)
TITLE = Text(zh="登录", en="Log in")
FORM_COOKIE = "hege_form"  # the word of a form that no session stands behind yet


@router.get("/style.css")
def style() -> Response:
    """The one style sheet."""
    return Response((Path(__file__).parent.parent / "static" / "hege.css").read_bytes(), media_type="text/css")


@router.get("/login")
def show_login(request: Request, service: Serving) -> HTMLResponse:
    """The form."""
    return _form(request, service, None)


def _form(request: Request, service: Service, why: Text | None, status: int = 200) -> HTMLResponse:
    word = secrets.token_urlsafe(24)
    response = page(
        request,
        Visitor(),
        "login.html",
        TITLE,
        status,
        why=why,
        word=word,
        next=_local(request.query_params.get("next", "")),
    )
    response.set_cookie(FORM_COOKIE, word, httponly=True, samesite="strict", secure=service.settings.https)
    return response


@router.post("/login")
def log_in(
    request: Request, service: Serving, word: Annotated[str, Form(max_length=100)] = "",
    name: Annotated[str, Form(max_length=100)] = "", secret: Annotated[str, Form(max_length=300)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",
) -> Response:  # fmt: skip
    """Begins a session of its own, whatever cookie the browser came with."""
    seconds = service.logins.wait(address(request))
    if seconds:
        raise Refused(
            429,
            "too-often",
            Text(zh=f"登录太频繁，请{seconds}秒后再试", en=f"too many logins; try again in {seconds} seconds"),
            retry_after=str(seconds),
        )
    if not word or not hmac.compare_digest(word.encode(), request.cookies.get(FORM_COOKIE, "").encode()):
        return _form(
            request, service, Text(zh="页面已过期，请重新填写", en="the form was out of date; fill it in again"), 400
        )
    visitor = _visitor(service, name.strip(), secret.strip())
    if visitor is None:
        why = Text(
            zh="账号、口令或密钥不对，或账号暂被锁定",
            en="wrong account, password or key, or the account is locked for a while",
        )
        return _form(request, service, why, 401)
    token = accounts.begin_session(service.ledger, visitor, service.clock(), service.settings.session_hours)
    response = RedirectResponse(_local(next), 303)
    response.set_cookie(
        cookie_name(service), token, httponly=True, samesite="lax", secure=service.settings.https, path="/",
        max_age=service.settings.session_hours * 3600,
    )  # fmt: skip
    response.delete_cookie(FORM_COOKIE)
    return response


def _visitor(service: Service, name: str, secret: str) -> Visitor | None:
    if secret.startswith("hege_"):
        return accounts.by_key(service.ledger, secret)
    settings = service.settings
    lockout = Lockout(failures=settings.lockout_failures, minutes=settings.lockout_minutes)
    return accounts.login(service.ledger, name, secret, service.clock(), lockout)


def _local(next: str) -> str:
    """A place of our own, never another site's."""
    ours = next.startswith("/") and not next.startswith(("//", "/\\")) and next.isprintable()
    return next if ours and "\\" not in next else "/"


@router.post("/logout")
def log_out(visitor: Asking, service: Serving) -> Response:
    """Ends the session."""
    if visitor.session:
        accounts.end_session(service.ledger, visitor.session)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(cookie_name(service), path="/", secure=service.settings.https, httponly=True)
    return response
