"""Feeds as posts: JSON by a map, RSS and Atom as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

from hege.collectors.accounts.maps import FeedMap
from hege.collectors.extracting.dates import full_days
from hege.collectors.extracting.jsonlists import day_of
from hege.engine.dates import SHANGHAI

_RELATIVE = re.compile(r"(\d+)\s*(秒|分钟|小时|天)前")
_MONTH_DAY = re.compile(r"(\d{1,2})[-月](\d{1,2})日?")
_WEIBO = "%a %b %d %H:%M:%S %z %Y"
_DANGEROUS = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class NoFeed(Exception):
    """A document that is no feed of its kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One post. `is_original` is None where the feed does not tell."""

    day: date
    text: str
    pointer: str
    is_original: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """What a feed shows: its posts, and the account as it names itself."""

    posts: tuple[Post, ...]
    name: str = ""
    id: str = ""
    complete: bool = False
    states: tuple[str, ...] = field(default=())


def read_json(text: str, map: FeedMap, at: datetime) -> Feed:
    """The feed of a JSON document; raises NoFeed where the posts are not where the map says."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise NoFeed(f"不是有效的JSON：{error}") from error
    found = [*_at(document, map.items, "")]
    if not found and not _is_there(document, map.items):
        raise NoFeed(f"没有{map.items}")
    posts = []
    for pointer, item in found:
        day = posted(_value(item, map.published), at)
        if day:
            original = _value(item, map.repost) in (None, False, "") if map.repost else None
            posts.append(Post(day=day, text=str(_value(item, map.text) or ""), pointer=pointer, is_original=original))
    if found and not posts:
        raise NoFeed(f"没有一条的{map.published}是时间")
    names = (
        [str(v) for where in (document, *(i for _, i in found[:1])) if (v := _value(where, map.name))]
        if map.name
        else []
    )
    ids = [str(v) for where in (document, *(i for _, i in found[:1])) if (v := _value(where, map.id))] if map.id else []
    return Feed(posts=tuple(posts), name=names[0] if names else "", id=ids[0] if ids else "", complete=map.complete)


def read_xml(body: bytes) -> Feed:
    """The feed of an RSS or Atom document; raises NoFeed. Documents that declare entities are refused."""
    if _DANGEROUS.search(body[:4096]):
        raise NoFeed("订阅源含有DTD，未读取")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise NoFeed(f"不是有效的XML：{error}") from error
    posts: list[Post] = []
    name = ""
    for node in root.iter():
        tag = node.tag.rpartition("}")[2]
        if tag in ("item", "entry"):
            inner = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in node}
            written = inner.get("pubDate") or inner.get("published") or inner.get("date") or inner.get("updated") or ""
            day = _feed_day(written)
            if day:
                posts.append(Post(day=day, text=inner.get("title", ""), pointer=f"{tag}[{len(posts) + 1}]"))
        elif tag == "title" and not name:
            name = (node.text or "").strip()
    if root.tag.rpartition("}")[2] not in ("rss", "feed", "RDF"):
        raise NoFeed("不是RSS或Atom")
    return Feed(posts=tuple(posts), name=name)


def _feed_day(written: str) -> date | None:
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return day_of(written)
    return moment.astimezone(SHANGHAI).date() if moment.tzinfo else moment.date()


def posted(written: object, at: datetime) -> date | None:
    """The day a post names, seen at a moment: an epoch, an ISO or Weibo time, a printed day, 昨天, 3小时前, 11-20.

    Platforms leave the year out in the current year only.
    """
    if not isinstance(written, str):
        return day_of(written)
    written = written.strip()
    today = at.astimezone(SHANGHAI).date()
    try:
        return datetime.strptime(written, _WEIBO).astimezone(SHANGHAI).date()
    except ValueError:
        pass
    relative = _RELATIVE.search(written)
    if relative:
        unit = {"秒": "seconds", "分钟": "minutes", "小时": "hours", "天": "days"}[relative[2]]
        return (at - timedelta(**{unit: int(relative[1])})).astimezone(SHANGHAI).date()
    if written.startswith(("刚刚", "今天")):
        return today
    if written.startswith("昨天"):
        return today - timedelta(days=1)
    exact = day_of(written) or next((f.day for f in full_days(written)), None)
    if exact:
        return exact
    short = _MONTH_DAY.fullmatch(written)
    if short:
        for year in (today.year, today.year - 1):
            try:
                day = date(year, int(short[1]), int(short[2]))
            except ValueError:
                continue
            if day <= today:
                return day
    return None


def _at(value: Any, path: str, pointer: str) -> Iterator[tuple[str, Any]]:
    """The items of a path such as `data.cards[].mblog`, each with its JSON pointer."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    inner = value.get(name) if isinstance(value, dict) and name else value if not name else None
    pointer = f"{pointer}/{name}" if name else pointer
    if inner is None:
        return
    if step.endswith("[]"):
        for number, item in enumerate(inner if isinstance(inner, list) else ()):
            yield from _at(item, rest, f"{pointer}/{number}") if rest else iter([(f"{pointer}/{number}", item)])
    elif rest:
        yield from _at(inner, rest, pointer)
    else:
        yield pointer, inner


def _is_there(document: Any, path: str) -> bool:
    """Whether the list a path begins with is there, though empty."""
    value = document
    for step in path.split("[]")[0].split("."):
        if step:
            value = value.get(step) if isinstance(value, dict) else None
    return isinstance(value, list)


def _value(item: Any, path: str) -> Any:
    if not path:
        return None
    for step in path.split("."):
        item = item.get(step) if isinstance(item, dict) else None
    return item
