"""Signs that somebody else wrote on the page: gambling or porn words in titles and links, the name of the unit replaced,
pinyin in brackets after characters, links that a visitor cannot see, another page for search engines.

A sign is for a person to confirm; none of them is a verdict.
"""

from __future__ import annotations

import re

from hege.collectors.extracting.page import Page, host_of, locator
from hege.collectors.observation import Observation, quoted

_GAMBLING = re.compile(
    r"博彩|赌(?:场|博|球|钱)|百家乐|六合彩|时时彩|北京赛车|真人(?:娱乐|视讯)|(?:线上|网上|足球|体育)投注|(?:bet|365|澳门|彩票|棋牌|电竞|体育)\s*(?:365)?\s*(?:官网|官方|平台|娱乐城|app下载)"
    r"|足球365|beat365|bet365|bat365|娱乐城|威尼斯人|老虎机|开云体育|亚博|华体会|乐鱼|皇冠体育|色情|成人(?:影片|视频)|裸聊",
    re.IGNORECASE,
)
# 站(zhan)点: copied pages dodge filters by writing the reading after a character.
_PINYIN = re.compile(r"[\u4e00-\u9fa5][(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）][\u4e00-\u9fa5]")
_READING = re.compile(r"[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）]")  # quick to rule out what is dear to search for
_PUNISHED = re.compile(r"举报|打击|禁止|严禁|整治|查处|涉赌|反赌|禁赌|惩治|治理|取缔|扫黄|案|违法|犯罪|涉嫌")
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{3,}px|height\s*:\s*0(?:px)?\s*;\s*overflow\s*:\s*hidden",
    re.IGNORECASE,
)
_PINYIN_ENOUGH = 2
_STYLED = 500  # elements with a style of their own that are looked at


def tamper(page: Page, names: tuple[str, ...] = ()) -> list[Observation]:
    """A `tamper` observation for each sign on a page; `names` are what the unit or its site may be called."""
    found = [*_words(page), *_unseen_links(page), *_readings(page)]
    if names and page.title and _GAMBLING.search(page.title) and not any(n and n in page.title for n in names):
        found.append(_sign(page, "单位名称被替换", "title", page.title))
    return found


def _words(page: Page) -> list[Observation]:
    found: list[Observation] = []
    for place, text in (
        ("title", page.title),
        *((f"meta[{n}]", page.metas.get(n, "")) for n in ("keywords", "description")),
    ):
        match = _GAMBLING.search(text)
        if match and not _PUNISHED.search(text):
            found.append(_sign(page, "标题或关键词含博彩色情字样", place, text))
    for node in page.tree.css("a[href]"):
        text = node.text(deep=True)
        if _GAMBLING.search(text) and not _PUNISHED.search(text):
            found.append(_sign(page, "链接文字含博彩色情字样", locator(node), text))
    return found[:5]


def _unseen_links(page: Page) -> list[Observation]:
    """Links to strange hosts in an element that its own style hides. Menus hide their own links, so those do not count."""
    found: list[Observation] = []
    for node in page.tree.css("[style]")[:_STYLED]:
        if len(found) >= 3:
            break
        if not _UNSEEN.search(node.attributes.get("style") or ""):
            continue
        strange = [
            url for a in node.css("a[href]")
            if (url := page.absolute(a.attributes.get("href") or "")) and not page.is_own(url) and not _is_government(url)
        ]  # fmt: skip
        if strange:
            found.append(_sign(page, "隐藏的外部链接", locator(node), " ".join(strange[:3])))
    return found


def _is_government(url: str) -> bool:
    host = host_of(url).partition(":")[0]
    return host.endswith((".gov.cn", "conac.cn", "12377.cn", ".edu.cn")) or host == "gov.cn"


def _readings(page: Page) -> list[Observation]:
    matches = _PINYIN.findall(page.squeezed) if _READING.search(page.squeezed) else []
    if len(matches) < _PINYIN_ENOUGH:
        return []
    return [_sign(page, "汉字后用括号注拼音", "body", " ".join(matches[:6]))]


def cloaked(plain: Page, from_search: Page) -> list[Observation]:
    """The same address asked plainly and as if coming from a search engine: another title or strange new hosts."""
    new = {host_of(u) for u in _outward(from_search)} - {host_of(u) for u in _outward(plain)}
    if _GAMBLING.search(from_search.title) and from_search.title != plain.title:
        return [_sign(plain, "对搜索引擎来路显示不同标题", "title", f"{plain.title} → {from_search.title}")]
    strange = sorted(h for h in new if not _is_government(f"http://{h}/"))
    if len(strange) >= 5:
        return [_sign(plain, "对搜索引擎来路多出外部链接", "a", " ".join(strange[:6]))]
    return []


def _outward(page: Page) -> list[str]:
    addresses = [page.absolute(n.attributes.get("href") or "") for n in page.tree.css("a[href]")]
    return [u for u in addresses if u and not page.is_own(u)]


def _sign(page: Page, signal: str, place: str, text: str) -> Observation:
    return Observation(
        kind="tamper",
        part=f"{page.url}#{signal}",
        fields={"signal": signal, "url": page.url},
        locator=place,
        quote=quoted(text),
    )
