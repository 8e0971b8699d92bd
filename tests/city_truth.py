"""What a collection of the demo city must find: its declared state as facts, without a look at any page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from hege.collectors.demo_city.accounts import DemoAccount, account_of
from hege.collectors.demo_city.city import City, DemoColumn, DemoSite
from hege.collectors.demo_city.pages import footer_of
from hege.engine.facts import NONE

Fact = tuple[str, str, str, str, str, tuple[tuple[str, object], ...]]  # asset, kind, part, state, reason, fields

_UPDATING = ("动态要闻", "通知公告", "政策文件", "规划计划", "年度报表", "业务工作")


def truth(city: City) -> Counter[Fact]:
    """Every fact of every site."""
    accounts = [account_of(declared, city.day) for declared in city.accounts]
    return Counter(
        [*(f for site in city.sites for f in _site(site)), *(f for account in accounts for f in _account(account))]
    )


def fact(
    asset: str,
    kind: str,
    part: str = "",
    state: str = "known",
    reason: str = "",
    fields: Mapping[str, object] | None = None,
) -> Fact:
    """A fact in one shape."""
    return asset, kind, part, state, reason, tuple(sorted((k, v) for k, v in (fields or {}).items() if v is not None))


def _site(site: DemoSite) -> Iterator[Fact]:
    if "home" in site.seen and "state" in site.seen:
        yield fact(site.id, "home", state=site.seen["state"], reason=site.seen["home"])
        return
    listed = site.listed()
    if "home" in site.seen:
        yield fact(site.id, "home", state="unknown", reason=site.seen["home"])
    elif site.nav_only:
        yield fact(site.id, "home", fields={"newest": NONE, "items": 0, "nav_only": True})
    else:
        newest = max(item.day for item in listed)
        yield fact(site.id, "home", fields={"newest": newest, "items": len(listed), "nav_only": False})
    yield _footer(site)
    for column in site.columns:
        yield _column(site, column)
    yield from _policies(site)
    for column in site.columns:
        for item in column.items:
            if item.missing is not None:
                yield fact(site.id, "guide", item.title, fields={"missing": ";".join(item.missing) or NONE})
        for letter in column.letters:
            fields = {"submitted": letter.submitted, "replied": letter.replied or NONE, "valid": True}
            yield fact(site.id, "message", f"{{{site.id}}}{letter.path}", fields=fields)
    yield from _channels(site)
    yield from _links(site)
    yield from _faults(site)


def _footer(site: DemoSite) -> Fact:
    printed = {name: NONE if value == "无" else value for name, value in footer_of(site).items()}
    code = printed.pop("find_error")
    fields = {**printed, "site_code": site.code, "emblem": True, "find_error": True, "find_error_code": code}
    return fact(site.id, "footer", fields=fields)


def _column(site: DemoSite, column: DemoColumn) -> Fact:
    should = False if column.static or "指南" in column.name else True if column.column_class in _UPDATING else None
    known = {
        "name": column.name, "class": column.column_class, "level": 1, "on_home": True, "should_update": should,
    }  # fmt: skip
    unknown = column.seen or ("没有找到带日期的列表" if column.static else "条目没有标注日期" if column.undated else "")
    if unknown:
        return fact(site.id, "column", column.name, "unknown", unknown, known)
    if column.blank:
        return fact(site.id, "column", column.name, fields=known | {"opens": True, "newest": NONE, "items": 0})
    days = [i.day for i in column.items] + [m.submitted for m in column.letters]
    return fact(site.id, "column", column.name, fields=known | {"opens": True, "newest": max(days), "items": len(days)})


def _policies(site: DemoSite) -> Iterator[Fact]:
    back = {i.interprets for c in site.columns for i in c.items if i.interprets}
    for column in site.columns:
        if column.column_class == "政策文件" and site.family != "gkmlpt":
            for item in column.items:
                linked = bool(item.interpreted_by)
                fields = {
                    "title": item.title, "published": item.day, "interpreted": True if linked else None, "links_forward": linked,
                    "links_back": item.path in back if linked else None,
                }  # fmt: skip
                yield fact(site.id, "policy", item.title, fields=fields)


def _channels(site: DemoSite) -> Iterator[Fact]:
    first = site.channels[0]["works"]
    named = [(c["name"], c["kind"], c["works"]) for c in site.channels]
    named += [(c.name, "咨询建言", first) for c in site.columns if c.letters]
    for name, kind, works in named:
        known = {"kind": kind}
        if works is True:
            yield fact(site.id, "channel", name, fields=known | {"works": True})
        else:
            yield fact(site.id, "channel", name, "unknown", "要登录后才能看到", known)
    if not any(works is True for _, _, works in named):
        yield fact(site.id, "coverage", "channel", reason="只看了首页上的入口", fields={"complete": False})


def _links(site: DemoSite) -> Iterator[Fact]:
    own = [c.path for c in site.columns] + [f"/hd{n}/" for n in range(1, len(site.channels) + 1)]
    own += [] if site.family == "script" else [i.path for i in site.listed() if site.family != "hanweb"]
    for path in own:
        yield fact(
            site.id, "link", f"{{{site.id}}}{path}", fields={"outcome": "ok", "scope": "home", "external": False}
        )
    for number, _ in enumerate(site.links, 1):
        fields = {"outcome": "dead", "scope": "home", "external": False}
        yield fact(site.id, "link", f"{{{site.id}}}/gone{number}.html", fields=fields)
    for friend in site.friends:
        yield fact(site.id, "link", f"{{{friend}}}/", fields={"outcome": "ok", "scope": "home", "external": True})
    hidden = site.tampered.get("hidden")
    if hidden:
        reason = "203.0.113.7指向非公网地址203.0.113.7"
        yield fact(site.id, "link", hidden, "unknown", reason, {"scope": "home", "external": True})


def _faults(site: DemoSite) -> Iterator[Fact]:
    home = f"{{{site.id}}}/"
    if site.tampered:
        for signal in ("标题或关键词含博彩色情字样", "隐藏的外部链接", "单位名称被替换"):
            yield fact(site.id, "tamper", f"{home}#{signal}", fields={"signal": signal, "url": home})
    for column in site.columns:
        url = f"{{{site.id}}}{column.path}"
        for part, fields in _said(column.text):
            yield fact(site.id, "wording", f"{url}#{part}", fields={**fields, "url": url})


def _said(text: str) -> Iterator[tuple[str, dict[str, object]]]:
    if "一路一带" in text:
        yield "一路一带", {"severity": "severe", "text": "一路一带", "correct": "一带一路"}
    if "身份证" in text:
        yield "身份证号-1", {"severity": "privacy", "text": "身份证号 110*************2X"}
        yield "手机号-2", {"severity": "privacy", "text": "手机号 138******00"}


def _account(account: DemoAccount) -> Iterator[Fact]:
    complete = account.way == "owner"
    if account.blocked:
        yield fact(account.id, "feed", state="blocked", reason=account.blocked)
        return
    if account.seen:
        newest = str(account.days[0]) if account.days else ""
        yield fact(account.id, "feed", state="unknown", reason=account.seen + newest)
    elif not account.days:
        yield fact(account.id, "feed", fields={"newest": NONE, "newest_original": NONE})
    else:
        original = None
        if account.way == "weibo" or complete or (account.way == "article" and account.is_original):
            original = account.days[account.reposts]
        yield fact(account.id, "feed", fields={"newest": account.days[0], "newest_original": original})
    renamed = account.registered != account.name
    note = f"同一账号已改名，报送名称为“{account.registered}”" if renamed else None
    fields = {"found": True, "name": account.name, "status": account.status or None, "note": note}
    yield fact(account.id, "profile", fields=fields)
