"""The pages and feeds of the demo city's accounts, as the platforms serve them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from hege.collectors.demo_city.pages import Answer
from hege.engine.dates import SHANGHAI

_JSON, _HTML, _XML = "application/json; charset=utf-8", "text/html; charset=utf-8", "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoAccount:
    """An account as declared."""

    id: str
    name: str
    registered: str
    platform: str
    owner: str
    way: str
    days: tuple[date, ...]  # of its posts, the newest first
    reposts: int
    is_original: bool
    status: str
    blocked: str
    seen: str
    verdict: str
    problem: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where the platform shows it."""
        return f"/{self.way}/{self.id}"

    @property
    def number(self) -> str:
        """The id the platform knows it by."""
        return f"MzA{self.id.encode().hex()[:12]}"


def account_of(declared: Mapping[str, Any], day: date) -> DemoAccount:
    """An account on a day."""
    count = declared.get("items", 1)
    days = [day - timedelta(days=declared["newest"] + 2 * n) for n in range(count)] if "newest" in declared else []
    return DemoAccount(
        id=declared["id"], name=declared["name"], registered=declared.get("registered", declared["name"]), platform=declared["platform"],
        owner=declared["owner"], way=declared["way"], days=tuple(days), reposts=declared.get("reposts", 0),
        is_original=declared.get("original", False), status=declared.get("status", ""), blocked=declared.get("blocked", ""),
        seen=declared.get("seen", ""), verdict=declared["verdict"], problem=tuple(declared.get("problem", ())),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """All accounts behind one address."""

    accounts: tuple[DemoAccount, ...]

    def answer(self, path: str) -> Answer:
        """The answer to a path."""
        for account in self.accounts:
            if account.path == path:
                return _shown(account)
        status = 200 if path == "/robots.txt" else 404
        return Answer(status=status, body=b"", content_type="text/plain")


def _shown(account: DemoAccount) -> Answer:
    match account.way:
        case "article":
            return _answer(_article(account), _HTML)
        case "rss":
            return _answer(_rss(account), _XML)
        case "weibo":
            return _answer(json.dumps(_weibo(account), ensure_ascii=False), _JSON)
        case "toutiao":
            posts = [
                {"title": f"第{n}条", "publish_time": _epoch(d), "user_info": _user(account, "user_id")}
                for n, d in enumerate(account.days, 1)
            ]
            return _answer(json.dumps({"data": posts}, ensure_ascii=False), _JSON)
        case _:
            rows = [
                {"title": f"第{n}条", "published_at": f"{d}T09:00:00+08:00", "forwarded": False}
                for n, d in enumerate(account.days, 1)
            ]
            document = {"account": {"id": account.number, "name": account.name}, "posts": rows}
            return _answer(json.dumps(document, ensure_ascii=False), _JSON)


def _article(account: DemoAccount) -> str:
    if account.blocked:
        return f"<html><title>微信公众平台</title><body><p>{account.blocked}</p><p>当前环境异常，完成验证后即可继续访问。</p></body></html>"
    if account.status:
        return f'<html><body><p>该公众号已{account.status}</p><script>var nickname = "{account.name}"; var biz = "{account.number}";</script></body></html>'
    return (
        f'<html><body><h1>政务动态</h1><a id="js_name">{escape(account.name)}</a><em id="publish_time">昨天</em><p>正文。</p>'
        f'<script>var biz = "{account.number}"; var ct = "{_epoch(account.days[0])}"; var copyright_stat = "{1 if account.is_original else 0}";</script>'
        "</body></html>"
    )


def _rss(account: DemoAccount) -> str:
    items = "".join(
        f"<item><title>第{n}条</title><pubDate>{format_datetime(_at(d))}</pubDate></item>"
        for n, d in enumerate(account.days, 1)
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{account.name}</title>{items}</channel></rss>'


def _weibo(account: DemoAccount) -> dict[str, Any]:
    cards = []
    for n, day in enumerate(account.days):
        blog: dict[str, Any] = {
            "created_at": f"{_at(day):%a %b %d %H:%M:%S %z %Y}",
            "text": f"第{n + 1}条",
            "user": _user(account, "id"),
        }
        if n < account.reposts:
            blog["retweeted_status"] = {"id": "1"}
        cards.append({"mblog": blog})
    return {"ok": 1, "data": {"cards": cards}}


def _user(account: DemoAccount, key: str) -> dict[str, str]:
    return {key: account.number, "screen_name": account.name, "name": account.name}


def _at(day: date) -> datetime:
    return datetime.combine(day, time(0, 1), SHANGHAI)


def _epoch(day: date) -> str:
    return str(int(_at(day).timestamp()))


def _answer(text: str, content_type: str) -> Answer:
    return Answer(status=200, body=text.encode(), content_type=content_type)
