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


def block(exchange: Exchange, body: bytes) -> str:
    """Which kind of block an answer is; empty where it is none."""
    cookies = b" ".join(v for k, v in exchange.headers if k.lower() == b"set-cookie")
    start = body[:65536].decode("utf-8", "ignore") if _is_utf8(body) else body[:65536].decode("gb18030", "ignore")
    text = " ".join(_TAG.sub(" ", without_unseen(start)).split())
    match exchange.status:
        case 521 if b"__jsluid" in cookies or exchange.header("x-via-jsl"):
            return "加速乐（521）"
        case 412:
            return "瑞数（412）"
        case 202 if "$_ts" in start and len(text) < _LITTLE_TEXT:
            return "瑞数（202）"
        case 429:
            return "访问过于频繁（429）"
        case 401 | 403:
            return f"拒绝访问（{exchange.status}）"
    if len(text) < _LITTLE_TEXT:
        if _CHALLENGE.search(start):
            return "验证码"
        if _FIREWALL.search(text):
            return "防火墙拦截"
        if exchange.status == 200 and "$_ts" in start and not text:
            return "瑞数（200）"
    return ""


def _is_utf8(body: bytes) -> bool:
    try:
        body[:65536].decode()
    except UnicodeDecodeError as error:
        return error.start > min(len(body), 65536) - 4
    return True
