"""Lists in pages: so many items after a place, and the cursor of the next page. Cursors are opaque to the asker."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.requests import Request

from hege.engine.text import Text
from hege.service.web.problems import Refused
from hege.service.web.state import service_of

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Some items of a list; `next` is the cursor for those after them, null at the end."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page is asked for; `after` is the key of the item before it, None for the first page."""

    limit: int
    after: Any


def wanted(
    request: Request,
    limit: Annotated[int, Query(ge=1, description="Most items; the service has an upper bound of its own.")] = 100,
    cursor: Annotated[str | None, Query(max_length=500, description="`next` of the page before.")] = None,
) -> Wanted:
    """The page that a request asks for."""
    most = service_of(request).settings.max_page_size
    return Wanted(min(limit, most), _key(cursor) if cursor else None)


Paged = Annotated[Wanted, Depends(wanted)]


def page(found: Sequence[T], asked: Wanted, key: Callable[[T], Any]) -> Page[T]:
    """The page of one item more than asked for, if there are so many."""
    items = list(found[: asked.limit])
    more = len(found) > asked.limit
    return Page(items=items, next=_cursor(key(items[-1])) if more else None)


def _cursor(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def _key(cursor: str) -> Any:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, str) and not (isinstance(found, int) and 0 <= found < 2**62):
        raise Refused(422, "bad-cursor", Text(zh="不认识的翻页标记", en="this is no cursor"),
                      Text(zh="用上一页的next", en="use `next` of the page before"))  # fmt: skip
    return found
