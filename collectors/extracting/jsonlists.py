"""Lists that come as JSON: the rows of any array of objects that have something like a title and something like a day."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from hege.collectors.extracting.dates import full_days
from hege.collectors.extracting.updates import Updates
from hege.collectors.observation import NONE, Candidate, quoted
from hege.engine.dates import SHANGHAI

_TITLE = re.compile(r"^(title|name|subject|doctitle|articletitle|headline|text)$", re.IGNORECASE)
# In order: when something was published goes before when it was made.
_DAYS = ("publish_time", "display_publish_time", "published_at", "pubdate", "pub_date", "publishdate", "publish_date", "docrelpubtime", "date", "time", "created_at", "create_time", "createtime")  # fmt: skip
_URL = ("url", "link", "docpuburl", "post_url", "href")


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonRow:
    """One row: its pointer (RFC 6901), title, address, day."""

    pointer: str
    title: str
    url: str
    day: date
    quote: str


def json_updates(text: str, fetched_on: date) -> Updates:
    """The updates a JSON list shows."""
    try:
        document = json.loads(text)
    except ValueError as error:
        return Updates(state="error", reason=f"不是有效的JSON：{error}")
    if _is_empty(document):
        return Updates(state="known", newest=NONE, items=0)
    found = [*json_rows(document)]
    if not found:
        return Updates(state="unknown", reason="JSON里没有带日期的条目")
    candidates = tuple(
        Candidate(day=r.day, where="json", quote=r.quote, locator=r.pointer, url=r.url, why_not="晚于采集日" if r.day > fetched_on else "")
        for r in found
    )  # fmt: skip
    counting = [c for c in candidates if not c.why_not]
    if not counting:
        return Updates(state="unknown", reason="日期都晚于采集日", candidates=candidates)
    best = max(counting, key=lambda c: c.day)
    return Updates(
        state="known", newest=best.day, items=len(counting), best=best, candidates=candidates, nav_only=False
    )


def json_rows(document: object) -> Iterator[JsonRow]:
    """The rows of a document, in its order."""
    for pointer, row in _objects(document, ""):
        title = next((v for k, v in row.items() if _TITLE.match(k) and isinstance(v, str) and v.strip()), "")
        lower = {k.lower(): v for k, v in row.items()}
        written = next((lower[name] for name in _DAYS if lower.get(name) not in (None, "")), None)
        day = day_of(written)
        if title and day:
            url = next((str(lower[name]) for name in _URL if lower.get(name)), "")
            yield JsonRow(pointer=pointer, title=title, url=url, day=day, quote=quoted(f"{title} {written}"))


def day_of(written: object) -> date | None:
    """The day in Shanghai of an epoch (seconds or milliseconds), an ISO time or a printed day."""
    if isinstance(written, str) and written.isdigit() and len(written) in (10, 13):
        written = int(written)
    if isinstance(written, int | float) and not isinstance(written, bool):
        seconds = written / 1000 if written > 1e11 else written
        return datetime.fromtimestamp(seconds, UTC).astimezone(SHANGHAI).date() if 0 < seconds < 1e11 else None
    if isinstance(written, str):
        try:
            moment = datetime.fromisoformat(written.strip())
        except ValueError:
            return next((f.day for f in full_days(written, compact=True)), None)
        return moment.astimezone(SHANGHAI).date() if moment.tzinfo else moment.date()
    return None


def _objects(value: object, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _objects(inner, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if isinstance(inner, dict):
                yield f"{pointer}/{number}", inner
            yield from _objects(inner, f"{pointer}/{number}")


def _is_empty(document: object) -> bool:
    """Whether the document says that there is nothing: an empty list, or a total of 0."""
    if isinstance(document, dict):
        total = next((v for k, v in document.items() if k.lower() in ("total", "count", "totalcount")), None)
        lists = [v for v in document.values() if isinstance(v, list)]
        return total == 0 or (bool(lists) and not any(lists) and total is None)
    return document == []
