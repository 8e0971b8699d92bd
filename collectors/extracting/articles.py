"""When one article was published: the printed 发布日期 first, the metas a CMS writes last, each with its doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from hege.collectors.extracting.dates import Found, full_days, url_day
from hege.collectors.extracting.page import Page, locator
from hege.collectors.markup import without_unseen
from hege.collectors.observation import Candidate, quoted

_LABELS = {
    "发布日期": "published", "发布时间": "published", "发文时间": "published", "信息时间": "published", "公开日期": "published",
    "更新时间": "published", "时间": "published", "日期": "published",
    "成文日期": "written", "生成日期": "written", "印发日期": "written", "发文日期": "written",
}  # fmt: skip
_LABELLED = re.compile(
    r"(?P<label>(?:(?<![\u4e00-\u9fa5])(?:时间|日期)|"
    + "|".join(w for w in _LABELS if len(w) > 2)
    + r"))\s*[:：]?\s*(?:<[^>]{1,200}>\s*){0,6}(?P<rest>[^<]{8,40})"
)
_SOURCE_LINE = re.compile(r"((?:19|20)\d{2}[^<>\n]{6,24})\s*(?:来源|作者|浏览|点击|信息来源)")
_GENERATED = re.compile(r"页面生成时间|htmlgeneratetime|maketime|生成时间", re.IGNORECASE)


def published(page: Page) -> Candidate | None:
    """The day of publication, where something reliable says it."""
    counting = [c for c in dates_of(page) if not c.why_not]
    return counting[0] if counting else None


def dates_of(page: Page) -> tuple[Candidate, ...]:
    """Every day an article shows about itself, the most reliable first."""
    visible = [*_visible(page)]
    return (*(c for c in visible if not c.why_not), *_meta(page), *_address(page), *(c for c in visible if c.why_not))


def _visible(page: Page) -> Iterator[Candidate]:
    text = without_unseen(page.text)
    text = text.replace("&nbsp;", " ")
    for match in _LABELLED.finditer(text):
        for found in _first(match["rest"]):
            written = _LABELS[match["label"]] == "written"
            yield _judged(
                page, found, "label", match["label"] + "：" + match["rest"], "成文日期，不是发布日期" if written else ""
            )
    for match in _SOURCE_LINE.finditer(text):
        for found in _first(match[1]):
            yield _judged(page, found, "label", match[0], "")


def _first(text: str) -> list[Found]:
    return [f for f in full_days(text) if f.start <= 4][:1]


def _judged(page: Page, found: Found, where: str, quote: str, why_not: str, place: str = "") -> Candidate:
    if not why_not and found.day > page.fetched_on:
        why_not = "晚于采集日"
    return Candidate(day=found.day, where=where, quote=quoted(quote), url=page.url, why_not=why_not, locator=place)


def _meta(page: Page) -> Iterator[Candidate]:
    """meta PubDate; equal to the moment of generation it only says when the page was last rendered."""
    written = page.metas.get("pubdate") or page.metas.get("publishdate") or ""
    stamps = [f"{name} {content}" for name, content in page.metas.items() if _GENERATED.search(f"{name} {content}")]
    for found in full_days(written, compact=True):
        generated = any(written.strip() in s or _same_minute(written, s) for s in stamps)
        why_not = "等于页面生成时间" if generated else ""
        node = page.tree.css_first("meta[name=PubDate i]")
        yield _judged(page, found, "meta", written, why_not, locator(node) if node is not None else "")
        return


def _same_minute(one: str, other: str) -> bool:
    """Whether a stamp names the same day and minute, whatever its separators."""
    numbers = [int(n) for n in re.findall(r"\d+", one)][:5]
    return len(numbers) == 5 and numbers == [int(n) for n in re.findall(r"\d+", other)][:5]


def _address(page: Page) -> Iterator[Candidate]:
    day: date | None = url_day(page.url)
    if day:
        why_not = "晚于采集日" if day > page.fetched_on else ""
        yield Candidate(day=day, where="url", quote=page.url, url=page.url, why_not=why_not)
