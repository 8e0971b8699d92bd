"""What every page has: layout, language, navigation by rights, the session's word for forms."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hege.engine.text import Language, Text
from hege.outputs.words import OUTCOME, VERDICT
from hege.service.web.accounts import csrf_of
from hege.service.web.problems import language_of
from hege.service.web.rights import Right, Visitor

LANGUAGE_COOKIE = "hege_lang"
NAVIGATION = (
    ("/", Text(zh="概况", en="Overview"), Right.READ),
    ("/assets", Text(zh="资产", en="Assets"), Right.READ),
)


@functools.cache
def _environment() -> jinja2.Environment:
    """Every value is escaped; a name that is not there is a fault."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def shown_in(request: Request) -> Language:
    """`?lang=`, which is kept for the next pages, else what was kept, else what the browser asks for."""
    kept = request.cookies.get(LANGUAGE_COOKIE)
    asked = request.query_params.get("lang", kept)
    return next((language for language in Language if language.value == asked), None) or language_of(request)


def page(
    request: Request, visitor: Visitor, template: str, title: Text, status: int = 200, **content: Any
) -> HTMLResponse:
    """A page of the visitor's."""
    language = shown_in(request)

    def t(zh: str, en: str) -> str:
        return zh if language is Language.ZH else en

    def here(**changed: str) -> str:
        """This page's address with some of its query changed."""
        return f"{request.url.path}?{urlencode({**request.query_params, **changed})}"

    words = {"verdict": {v.value: w.shown(language) for v, w in VERDICT.items()},
             "outcome": {o.value: w.shown(language) for o, w in OUTCOME.items()},
             "kind": {"site": t("政府网站", "sites"), "account": t("政务新媒体", "accounts")}}  # fmt: skip
    body = _environment().get_template(template).render(
        t=t, here=here, words=words, language=language.value, title=title.shown(language), visitor=visitor,
        csrf=csrf_of(visitor.session) if visitor.session else "", path=request.url.path,
        navigation=[(path, text.shown(language)) for path, text, right in NAVIGATION if visitor.name and visitor.may(right)],
        **content,
    )  # fmt: skip
    response = HTMLResponse(body, status, headers={"content-language": language.value})
    if request.query_params.get("lang") in ("zh", "en"):
        response.set_cookie(LANGUAGE_COOKIE, language.value, max_age=31_536_000, samesite="lax", httponly=True)
    return response


def wants_page(request: Request) -> bool:
    """Whether it is a person with a browser who asks, and for a page."""
    return not request.url.path.startswith(("/api/", "/health/")) and "text/html" in request.headers.get("accept", "")


def trouble(request: Request, status: int, what: Text, hint: Text | None) -> HTMLResponse:
    """The page that says why there is no other."""
    visitor = getattr(request.state, "visitor", Visitor())
    language = shown_in(request)
    return page(
        request, visitor, "trouble.html", what, status, code=status, hint=hint.shown(language) if hint else "",
        request_id=getattr(request.state, "request_id", ""),
    )  # fmt: skip
