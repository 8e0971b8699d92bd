"""The rows of a list page or home page, and the newest day printed on them, with every other day and why it does not count.

A row is the largest piece of the tree around one link. Whether rows seen are all there is, and what an empty list
means, is decided in `updates`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hege.collectors.extracting.dates import (
    NOT_AN_ITEM,
    Found,
    full_days,
    only_day,
    url_day,
    url_month,
    year_from_neighbours,
)
from hege.collectors.extracting.page import Page, locator
from hege.collectors.markup import between
from hege.collectors.observation import Candidate, quoted

_NO_TITLE = re.compile(
    r"^(更多|more|详细|查看|阅读|全文|详情|进入|下载|返回|首页|上一页|下一页|尾页|末页|\W|\d)*$", re.IGNORECASE
)
_BRACKETED = re.compile(r"^\s*[\[【（(〔][^\]】）)〕]*[\]】）)〕]\s*$")
_ARTICLE = re.compile(
    r"/t\d{8}_\d+|/art/|/content[/_]|_\d{5,}\.|/\d{5,}\.s?html?|/\d{4}[-/]?\d{2}[-/]?\d{0,2}/|/post_\d+|/detail|[?&](id|docid|articleid|uuid)=|mp\.weixin\.qq\.com/s",
    re.IGNORECASE,
)
_PUBLISHED_HEADING = re.compile(r"发布|公开|发文|更新|上传|日期|时间")
_DIGIT = re.compile(r"\d")
_DATELIKE = re.compile(r"\d\s*[-/.年月—]\s*\d|\d{8}|\d\s+\d")
_ROW_TEXT_LIMIT = 600
_LABEL_LENGTH = 12
_HIGHEST = 40  # a row's box is never further above its link


class Row(NamedTuple):
    """A link with the days printed beside it, the best of them first; `day` is None where none counts."""

    title: str
    url: str
    node: LexborNode
    day: Candidate | None
    candidates: tuple[Candidate, ...]


def rows(page: Page, tree: LexborHTMLParser | None = None, where: str = "row") -> list[Row]:
    """The rows of a page (or of another tree that belongs to it), in their order."""
    tree = tree or page.tree
    anchors = _anchors(page, tree)
    counts = _counts(anchors)
    return [_row(page, node, url, title, counts, where) for node, url, title in anchors]


def located(candidate: Candidate) -> Candidate:
    """A candidate with the place of its node written out; only those that are kept are worth the walk."""
    if candidate.node is None:
        return candidate
    return candidate._replace(locator=locator(candidate.node), node=None)


def looks_like_article(url: str) -> bool:
    """Whether an address has the shape of a single item rather than of a column."""
    return bool(_ARTICLE.search(url))


def datastore_rows(page: Page) -> list[Row]:
    """The rows of a Hanweb `<datastore>`: HTML in CDATA in a script that a browser turns into the list."""
    records = between(page.text, "<record>", "</record>")
    fragments = [inner for record in records for inner in between(record, "<![CDATA[", "]]>")]
    if not fragments:
        return []
    return rows(page, LexborHTMLParser("<ul>" + "".join(fragments) + "</ul>"), "datastore")


def _anchors(page: Page, tree: LexborHTMLParser) -> list[tuple[LexborNode, str, str]]:
    """Links that can be the title of a row; the second link of a picture and its title counts once."""
    found: list[tuple[LexborNode, str, str]] = []
    last = ""
    for node in tree.css("a[href]"):
        attributes = node.attributes
        href = attributes.get("href") or ""
        text = " ".join(node.text(deep=True, separator=" ").split())
        title = text or (attributes.get("title") or "").strip()
        if _BRACKETED.match(title) or (_NO_TITLE.match(title) and not (not title and looks_like_article(href))):
            continue
        url = page.absolute(href)
        if not url:
            continue
        if url == last:
            if len(title) > len(found[-1][2]):
                found[-1] = (node, url, title)
            continue
        found.append((node, url, title))
        last = url
    return found


def _counts(anchors: list[tuple[LexborNode, str, str]]) -> dict[int, int]:
    """How many of the links lie below each node, as far up as a row can reach."""
    counts: dict[int, int] = {}
    for node, _, _ in anchors:
        above: LexborNode | None = node
        for _ in range(_HIGHEST):
            if above is None:
                break
            counts[above.mem_id] = counts.get(above.mem_id, 0) + 1
            above = above.parent
    return counts


def _row(page: Page, anchor: LexborNode, url: str, title: str, counts: dict[int, int], where: str) -> Row:
    node = anchor
    while (
        node.tag not in ("li", "tr")
        and (above := node.parent) is not None
        and counts.get(above.mem_id) == 1
        and above.tag not in ("body", "html")
    ):
        node = above
    candidates = [*_beside(page, node, anchor, url, title, where)]
    if not candidates:
        candidates = [*_in_siblings(page, node, anchor, url, counts, where)]
    candidates += _in_anchor(page, anchor, url, title, where)
    address = url_day(url)
    if address:
        candidates.append(Candidate(
            day=address, where="url", quote=url, url=url, why_not="只出现在网址中", node=anchor,
        ))  # fmt: skip
    counting = [c for c in candidates if not c.why_not]
    return Row(
        title=title, url=url, node=node, day=max(counting, key=lambda c: c.day) if counting else None,
        candidates=tuple(candidates),
    )  # fmt: skip


def _beside(page: Page, node: LexborNode, anchor: LexborNode, url: str, title: str, where: str) -> Iterator[Candidate]:
    """Days in the row but outside its link."""
    if node.mem_id == anchor.mem_id:
        return
    text = node.text(deep=True, separator=" ")
    inside = anchor.text(deep=True, separator=" ")
    beside = text.replace(inside, "  \x00  ", 1) if inside.strip() else text
    if len(beside) > _ROW_TEXT_LIMIT or not _DIGIT.search(beside):
        return
    found: Sequence[Found] = full_days(beside)
    if not found:
        found = [f for piece in _pieces(node, anchor) if (f := only_day(piece))]
    elif node.tag == "tr" and len(found) > 1:
        found = [_published_of_table_row(node, found)]
    for day in found:
        yield _candidate(page, day, beside, url, where, node)


def _pieces(node: LexborNode, anchor: LexborNode) -> Iterator[str]:
    """The texts of a row's elements outside its link, one by one."""
    for piece in node.traverse(include_text=True):
        if piece.tag == "-text":
            above = piece.parent
            while above is not None and above.mem_id not in (anchor.mem_id, node.mem_id):
                above = above.parent
            if above is None or above.mem_id != anchor.mem_id:
                yield piece.text_content or ""


def _published_of_table_row(row: LexborNode, found: Sequence[Found]) -> Found:
    """Of several days in a table row, the one under the heading of publication; else the latest.

    Registers of documents print 成文日期 beside 发布日期; where no heading tells, the later one never makes an
    updated list look stale.
    """
    table = row.parent
    while table is not None and table.tag != "table":
        table = table.parent
    head = table.css_first("tr") if table is not None else None
    if head is not None and head.mem_id != row.mem_id:
        headings = [c.text(deep=True).strip() for c in head.css("td,th")]
        cells = [c.text(deep=True, separator=" ") for c in row.css("td,th")]
        for heading, cell in zip(headings, cells, strict=False):
            day = only_day(cell)
            if day and day.has_year and _PUBLISHED_HEADING.search(heading) and not NOT_AN_ITEM.search(heading):
                return day
    return max(found, key=lambda f: f.day)


def _in_siblings(
    page: Page, node: LexborNode, anchor: LexborNode, url: str, counts: dict[int, int], where: str
) -> Iterator[Candidate]:
    """The day between the row and its neighbours: flat lists without a box per row.

    Whether a day belongs to the title before or after it cannot always be told; the later one never makes a list look
    older than it is.
    """
    found: list[Candidate] = []
    for step in ("next", "prev"):
        text, sibling = "", getattr(node, step)
        for _ in range(6):
            if sibling is None or counts.get(sibling.mem_id) or sibling.tag in ("ul", "table", "script", "style"):
                break
            piece = sibling.text_content if sibling.tag == "-text" else sibling.text(deep=True, separator=" ")
            text = f"{text} {piece or ''}" if step == "next" else f"{piece or ''} {text}"
            if len(text) > _ROW_TEXT_LIMIT:
                break
            sibling = getattr(sibling, step)
        days: Sequence[Found] = full_days(text) or [f for f in (only_day(text),) if f]
        found += [_candidate(page, day, text, url, where, anchor) for day in days[:1]]
    yield from sorted(found, key=lambda c: (bool(c.why_not), -c.day.toordinal()))[:1]


def _in_anchor(page: Page, anchor: LexborNode, url: str, title: str, where: str) -> Iterator[Candidate]:
    """Days inside the link: one with an element of its own, or at the very end, is printed by the list; others are title."""
    if not _DATELIKE.search(title):
        return
    own = [(n, f) for n in anchor.css("span,i,em,b,p,div,time,small,font") if (f := _only_day_of(n))]
    for node, day in own:
        yield _candidate(page, day, node.text(deep=True, separator=" "), url, where, node)
    if own:
        return
    text = " ".join(anchor.text(deep=True, separator=" ").split())
    for day in full_days(text):
        rest = text[day.start + len(day.text) :].strip(" 日]】)）")
        before = text[: day.start][-1:]
        if not rest and before and before in " [【(（":
            yield _candidate(page, day, text, url, where, anchor)
        else:
            yield Candidate(
                day=day.day, where="title", quote=quoted(text), url=url, why_not="在标题中", node=anchor,
            )  # fmt: skip


def _only_day_of(node: LexborNode) -> Found | None:
    text = node.text(deep=True, separator=" ")
    if len(text) > 60:
        return None
    return only_day(text) or (next(iter(full_days(text)), None) if re.fullmatch(r"[\d\s\-/.年月日]+", text) else None)


def _candidate(page: Page, found: Found, text: str, url: str, where: str, node: LexborNode) -> Candidate:
    """A printed day, with the reason if it cannot be when the item appeared."""
    day, why_not = found.day, ""
    if not found.has_year:
        known = year_from_neighbours(found.day, url_month(url), page.fetched_on)
        day, why_not = (known, "") if known else (_latest_possible(found, page), "没有写年份")
    is_item, quote = _printed(text, found.start, found.text)
    if not is_item:
        why_not = "不是发布日期"
    elif day > page.fetched_on and not why_not:
        why_not = "晚于采集日"
    return Candidate(day, where, quote, "", url, why_not, node)


@functools.lru_cache(maxsize=4096)
def _printed(text: str, start: int, written: str) -> tuple[bool, str]:
    """Whether a day in the text beside a title may be that of the item, by its label; and the words for evidence."""
    start = start if text.startswith(written, start) else text.find(written)
    label = text[max(0, start - _LABEL_LENGTH) : max(0, start)].rpartition("\x00")[2]  # of the date, not of the title
    return not NOT_AN_ITEM.search(label), quoted(text.replace("\x00", " "))


def _latest_possible(found: Found, page: Page) -> date:
    """The day of a month-day without a year if it were the most recent one."""
    for year in range(page.fetched_on.year, page.fetched_on.year - 8, -1):
        try:
            day = found.day.replace(year=year)
        except ValueError:
            continue
        if day <= page.fetched_on:
            return day
    return found.day
