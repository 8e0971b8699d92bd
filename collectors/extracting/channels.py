"""Ways to ask or advise online (网上咨询建言): links on the home page, and whether a form really opens behind one."""

from __future__ import annotations

import re

from hege.collectors.capture import Capture, Outcome
from hege.collectors.extracting.page import Page, hidden_content, key_of, locator
from hege.collectors.observation import Observation, quoted

# The order decides: 网上信访 and 纪检举报 are channels, but none that the indicator counts.
_KINDS = (
    ("网上信访", re.compile(r"信访")),
    ("纪检举报", re.compile(r"举报|纪检|监督投诉")),
    ("领导信箱", re.compile(r"(领导|市长|区长|县长|局长|主任|书记|镇长)信箱|信箱")),
    ("12345", re.compile(r"12345|政务服务便民热线")),
    ("意见征集", re.compile(r"征集|调查")),
    ("在线访谈", re.compile(r"访谈")),
    ("咨询建言", re.compile(r"咨询|留言|建言|问政|我要写信|投诉|互动交流")),
)
_WRITE = re.compile(r"我要(写信|留言|咨询|提问|建言|投诉)|在线写信|^\s*写信\s*$")
MOST = 30
_LOGIN = re.compile(r"(请|需要?)先?登录|统一身份认证|用户登录|实名认证")


def channel_links(page: Page) -> list[tuple[str, str, str, str]]:
    """Kind, name, address and locator of every link that reads like a channel, each address once."""
    found: dict[str, tuple[str, str, str, str]] = {}
    for node in page.tree.css("a[href]"):
        name = "".join((node.text(deep=True) or "").split())
        if not name:
            image = node.css_first("img[alt]")
            name = (node.attributes.get("title") or (image.attributes.get("alt") if image else "") or "").strip()
        url = page.absolute(node.attributes.get("href") or "")
        kind = next((word for word, expression in _KINDS if expression.search(name)), None)
        if kind and url and 2 <= len(name) <= 14 and key_of(url) not in found:
            found[key_of(url)] = (kind, name, url, locator(node))
            if len(found) >= MOST:
                break
    return list(found.values())


def channel(kind: str, name: str, capture: Capture, page: Page | None) -> Observation:
    """Whether the channel behind a link works: a form to fill in opens. Behind a login or a script nobody can say."""
    fields: dict[str, object] = {"kind": kind}
    part = name
    if capture.outcome is Outcome.BLOCKED:
        return Observation(kind="channel", part=part, state="blocked", reason=capture.reason, fields=fields)
    if capture.status in (404, 410):
        return Observation(kind="channel", part=part, fields={**fields, "works": False}, quote=f"HTTP {capture.status}")
    if page is None:
        return Observation(
            kind="channel", part=part, state="error", reason=capture.reason or capture.outcome.value, fields=fields
        )
    form = page.tree.css_first("form textarea, textarea")
    if form is not None:
        return Observation(
            kind="channel",
            part=part,
            fields={**fields, "works": True},
            locator=locator(form),
            quote=quoted(form.html or ""),
        )
    login = _LOGIN.search(page.text)
    reason = "要登录后才能看到" if login else hidden_content(page) or "没有看到可填写的表单"
    return Observation(kind="channel", part=part, state="unknown", reason=reason, fields=fields)


def next_step(page: Page) -> str:
    """The address of 我要写信 on a page that is about letters but has no form of its own."""
    if page.tree.css_first("textarea") is not None:
        return ""
    nodes = [n for n in page.tree.css("a[href]") if _WRITE.search(n.text(deep=True))]
    found = [
        url for n in nodes if (url := page.absolute(n.attributes.get("href") or "")) and key_of(url) != key_of(page.url)
    ]
    return found[0] if found else ""
