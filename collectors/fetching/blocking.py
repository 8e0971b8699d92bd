"""Answers that keep machines out: told from the site being down, and never solved.

瑞数's marker `$_ts` also stands in ordinary pages, so a marker alone is no block; status and missing content are.
"""

from __future__ import annotations

import re

from hege.collectors.capture import Exchange
from hege.collectors.markup import without_unseen

_CHALLENGE = re.compile(
    r"滑动验证|拖动滑块|人机验证|访问验证|安全验证|请完成验证|请输入验证码|验证您是否|正在进行安全检(?:查|测)|captcha|verify\s+you\s+are\s+human", re.IGNORECASE
)  # fmt: skip
_FIREWALL = re.compile(
    r"(?:您的)?(?:访问|请求)(?:已?被|可能)(?:拦截|阻断|拒绝|对网站造成)|网站防火墙|web应用防火墙|安全狗|云锁|waf",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_LITTLE_TEXT = 200
_FIRST = 8192


def block(exchange: Exchange, body: bytes) -> str:
    """Which kind of block an answer is; empty where it is none."""
    cookies = b" ".join(v for k, v in exchange.headers if k.lower() == b"set-cookie")
    start = _start(body)
    match exchange.status:
        case 521 if b"__jsluid" in cookies or exchange.header("x-via-jsl"):
            return "加速乐（521）"
        case 412:
            return "瑞数（412）"
        case 202 if "$_ts" in start and _is_little(start):
            return "瑞数（202）"
        case 429:
            return "访问过于频繁（429）"
        case 401 | 403:
            return f"拒绝访问（{exchange.status}）"
    if _is_little(start):
        text = _seen(start)
        if _CHALLENGE.search(start):
            return "验证码"
        if _FIREWALL.search(text):
            return "防火墙拦截"
        if exchange.status == 200 and "$_ts" in start and not text:
            return "瑞数（200）"
    return ""


def _is_little(start: str) -> bool:
    """Whether a visitor sees next to nothing. Where the first lines show more, the rest need not be looked at."""
    first = start[:_FIRST]
    return len(_seen(first[: first.rfind("<")])) < _LITTLE_TEXT and len(_seen(start)) < _LITTLE_TEXT


def _seen(markup: str) -> str:
    return " ".join(_TAG.sub(" ", without_unseen(markup)).split())


def _start(body: bytes) -> str:
    start = body[:65536]
    try:
        return start.decode()
    except UnicodeDecodeError as error:
        is_cut = error.start > len(start) - 4  # in the middle of a character
        return start.decode("utf-8" if is_cut else "gb18030", "ignore")
