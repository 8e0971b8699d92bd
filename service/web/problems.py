"""What goes wrong, as problem+json (RFC 9457): the same message, place and hint as on the command line, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Language, Text

MEDIA_TYPE = "application/problem+json"

_STATUS: dict[str, int] = {
    **dict.fromkeys(
        ("no-inspection", "no-register", "unknown-asset", "no-fact", "no-rulebook", "no-account", "no-key-of-that-id",
         "no-job", "no-proposal", "no-checkpoint"), 404,
    ),
    **dict.fromkeys(
        ("contradiction", "duplicate-waiver", "not-undetermined", "account-exists", "two-pasts", "not-signed", "decided",
         "last-administrator", "foreign-key", "not-published", "key-reused"), 409,
    ),
    "own-proposal": 403,
    **dict.fromkeys(("ledger-locked", "disk-full", "read-only", "no-server", "busy", "no-key", "database", "damaged"), 503),
}  # fmt: skip


class Refused(HTTPException):
    """A request that is refused for what it is, not for what it says."""

    def __init__(self, status: int, code: str, what: Text, hint: Text | None = None, **headers: str) -> None:
        super().__init__(status, what.en, {k.replace("_", "-"): v for k, v in headers.items()} or None)
        self.problem = Problem(code=code, place=Place(file=""), message=what, hint=hint)


def not_found(what: Text | None = None) -> Refused:
    """What is not there, or is not for the visitor to see: nobody learns which."""
    return Refused(404, "not-found", what or Text(zh="没有这一项", en="there is no such thing"))


def language_of(request: Request) -> Language:
    """`?lang=`, else the first of zh and en that Accept-Language names, else Chinese."""
    asked = [request.query_params.get("lang", ""), *request.headers.get("accept-language", "").split(",")]
    for word in asked:
        for language in Language:
            if word.strip().lower().startswith(language.value):
                return language
    return Language.ZH


def status_of(problems: Iterable[Problem]) -> int:
    """The status that fits the faults: what nobody could have done better goes before what is wrong with the request."""
    found = {_STATUS.get(p.code, 422) for p in problems}
    return max(found & {503}, default=max(found - {422}, default=422) if len(found) == 1 else 422)


def answer(
    request: Request,
    status: int,
    problems: Iterable[Problem],
    hidden: str = "",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response; `hidden` is where the ledger lies, which is nobody's business."""
    problems = list(problems)
    language = language_of(request)
    return JSONResponse(
        {
            "type": f"urn:hege:problem:{problems[0].code}",
            "title": problems[0].message.shown(language),
            "status": status,
            "detail": "\n".join(_sentence(p, language, hidden) for p in problems),
            "instance": f"urn:hege:request:{getattr(request.state, 'request_id', '')}",
            "problems": [plain(p, hidden) for p in problems],
        },
        status,
        headers=dict(headers or {}) | {"content-language": language.value},
        media_type=MEDIA_TYPE,
    )


def of_input(request: Request, error: InputError, hidden: str) -> JSONResponse:
    """The response to bad input."""
    status = status_of(error.problems)
    return answer(request, status, error.problems, hidden, {"retry-after": "5"} if status == 503 else None)


def plain(problem: Problem, hidden: str = "") -> dict[str, object]:
    """A problem as JSON data."""
    place = problem.place

    def both(text: Text | None) -> dict[str, str] | None:
        return {"zh": _without(text.zh, hidden), "en": _without(text.en, hidden)} if text else None

    return {
        "code": problem.code, "severity": problem.severity.value, "file": _without(place.file, hidden),
        "line": place.line, "column": place.column, "source": place.text, "message": both(problem.message),
        "hint": both(problem.hint),
    }  # fmt: skip


def _sentence(problem: Problem, language: Language, hidden: str) -> str:
    place, colon = _without(str(problem.place), hidden), "：" if language is Language.ZH else ": "
    said = [problem.message.shown(language), *([problem.hint.shown(language)] if problem.hint else [])]
    return _without(
        (f"{place}{colon}" if place else "") + ("。" if language is Language.ZH else ". ").join(said), hidden
    )


def _without(text: str, hidden: str) -> str:
    return text.replace(hidden, "ledger") if hidden else text
