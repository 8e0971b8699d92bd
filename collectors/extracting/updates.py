"""When a home page or column was last updated: the newest printed day, known emptiness, or why neither can be said.

The order of the rules is the order of the harm they prevent: a page that a browser would fill, or whose items show
younger days than the printed ones, is unknown before it is old; a list is blank only where the page itself shows that
it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from selectolax.lexbor import LexborHTMLParser

from hege.collectors.extracting.lists import Row, datastore_rows, located, looks_like_article, rows
from hege.collectors.extracting.page import Page, commented_lists, filled_elsewhere, hidden_content
from hege.collectors.observation import NONE, Candidate, Observation, quoted

# What a static page shows beside a list filled by script is a lower bound. So young a bound says all that is asked.
FRESH_DAYS = 7
CANDIDATES_KEPT = 40
_ENOUGH_TO_SEE_ORDER = 4
_PAGER = re.compile(
    r"下一页|下页|末页|尾页|共\s*\d+\s*页|createPageHTML\(\s*(?:'[^']*'\s*,\s*)?(?!1\b)\d+|(?:pageCount|totalPage)\W{0,6}(?!1\b)\d+",
    re.IGNORECASE,
)
_EMPTY_WORDS = re.compile(
    r"(暂无|尚无|暂未发布|没有找到|没有)(任何|相关|符合条件的)?(数据|信息|内容|记录|文章|新闻|资料)"
    r"|(栏目|内容|页面)(正在)?(建设|整理|完善)中|敬请期待"
)
_HARMLESS_SCRIPT = re.compile(
    r"jquery|jiucuo|conac|cnzz|tongji|hm\.baidu|swiper|superslide|wza|slick|bootstrap|placeholder|respond|html5shiv", re.IGNORECASE
)  # fmt: skip
# 暂无数据 may stand there only until one of these has loaded the list.
_FILLER = re.compile(
    r"app|chunk|vendor|vue|react|angular|list|data|page|ajax|api|channel|column|template", re.IGNORECASE
)
_LISTLIKE = re.compile(r"list|news|article", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Updates:
    """What a page says about its updates. `newest` is a day, NONE (known: nothing), or None (open)."""

    state: str
    reason: str = ""
    newest: date | str | None = None
    items: int | None = None
    best: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()
    nav_only: bool | None = None


def home(page: Page) -> Observation:
    """The home page: newest day, number of dated items, whether it only leads to columns."""
    found = updates(page)
    if found.reason == _NO_LIST and _only_navigation(page):
        found = Updates(state="known", newest=NONE, items=0, nav_only=True)
    fields: dict[str, object] = {"newest": found.newest, "items": found.items, "nav_only": found.nav_only}
    return _observation("home", "", found, fields)


def column_of(found: Updates, part: str, known: dict[str, object]) -> Observation:
    """A column page that opened; `known` are the fields the navigation or a person's profile gave."""
    seen = {"opens": True, "newest": found.newest, "items": found.items} if found.state == "known" else {}
    fields = {**known, **seen}
    return _observation("column", part, found, fields)


def _observation(kind: str, part: str, found: Updates, fields: dict[str, object]) -> Observation:
    best = found.best
    return Observation(
        kind=kind, part=part, state=found.state, reason=found.reason,
        fields={k: v for k, v in fields.items() if v is not None},
        locator=best.locator if best else "", quote=best.quote if best else "", candidates=found.candidates,
    )  # fmt: skip


_NO_LIST = "没有找到带日期的列表"


def updates(page: Page, selector: str = "") -> Updates:
    """The updates of a page, or of the one part of it that a person's selector names."""
    tree, part = page.tree, None
    if selector:
        part = page.tree.css_first(selector)
        if part is None:
            return Updates(state="unknown", reason=f"页面上没有{selector}，列表可能改版")
        tree = LexborHTMLParser(part.html or "")
    seen = [*datastore_rows(page), *rows(page, tree)]
    candidates = _kept(page, seen)
    dated = [row for row in seen if row.day]
    if dated:
        # A person picked the list, so only what stands in it can put its days in doubt.
        around = replace(page, text=part.html or "") if part is not None else page
        return _dated(around, seen, dated, candidates)
    return _undated(page, tree, seen, candidates)


def _dated(page: Page, seen: Sequence[Row], dated: Sequence[Row], candidates: tuple[Candidate, ...]) -> Updates:
    best = located(max((row.day for row in dated if row.day), key=lambda c: c.day))
    fresh = best.day >= page.fetched_on - timedelta(days=FRESH_DAYS)
    doubt = "" if fresh else _why_maybe_younger(page, seen, best)
    if doubt:
        return Updates(state="unknown", reason=doubt, best=best, candidates=candidates)
    return Updates(
        state="known", newest=best.day, items=len(dated), best=best, candidates=candidates, nav_only=False,
    )  # fmt: skip


def _why_maybe_younger(page: Page, seen: Sequence[Row], best: Candidate) -> str:
    filled = filled_elsewhere(page)
    if filled and best.where != "datastore":
        return filled
    days = [row.day.day for row in seen if row.day]
    if len(days) >= _ENOUGH_TO_SEE_ORDER and days == sorted(days) and days[0] < days[-1] and _PAGER.search(page.text):
        return "列表按日期升序排列且有分页"
    for row in seen:
        if row.day is None:
            for candidate in row.candidates:
                if best.day < candidate.day <= page.fetched_on and candidate.why_not in (
                    "没有写年份",
                    "只出现在网址中",
                ):
                    return f"另有条目日期不明（{candidate.why_not}：{quoted(candidate.quote)[:40]}）"
    return ""


def _undated(
    page: Page, tree: LexborHTMLParser, seen: Sequence[Row], candidates: tuple[Candidate, ...]
) -> Updates:  # fmt: skip
    reasons = {c.why_not for row in seen for c in row.candidates}
    if re.search(r"<totalrecord>\s*0\s*</totalrecord>", page.text):
        return Updates(state="known", newest=NONE, items=0, candidates=candidates, best=_note("totalrecord为0"))
    if "没有写年份" in reasons:
        return Updates(state="unknown", reason="日期没有写年份", candidates=candidates)
    hidden = hidden_content(page)
    if hidden:
        return Updates(state="unknown", reason=hidden, candidates=candidates)
    if "晚于采集日" in reasons:
        return Updates(state="unknown", reason="日期都晚于采集日", candidates=candidates)
    if any(looks_like_article(row.url) for row in seen):
        return Updates(state="unknown", reason="条目没有标注日期", candidates=candidates)
    empty = _shown_empty(page, tree)
    if empty:
        return Updates(state="known", newest=NONE, items=0, best=_note(empty), candidates=candidates)
    return Updates(state="unknown", reason=_NO_LIST, candidates=candidates)


def _note(text: str) -> Candidate:
    return Candidate(day=date.min, where="empty", quote=text)


def _shown_empty(page: Page, tree: LexborHTMLParser) -> str:
    """What shows that the list is empty: words saying so, or a list with no row where no script could fill it."""
    body = tree.body
    for node in body.css("p,div,span,li,td,dd,h3,h4") if body else ():
        text = node.text(deep=True).strip()
        if len(text) <= 40 and _EMPTY_WORDS.search(text) and not _is_hidden(node.attributes.get("style")):
            return "" if any(_FILLER.search(source) for source in page.scripts) else text
    if _may_be_filled(page):
        return ""
    for node in body.css("ul,ol,tbody,dl,div") if body else ():
        name = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
        if (
            (node.tag != "div" or _LISTLIKE.search(name))
            and not node.text(deep=True).strip()
            and not node.css_first("img,a")
        ):
            return quoted((node.html or "").split(">")[0] + ">…（空）")
    return ""


def _is_hidden(style: str | None) -> bool:
    return bool(re.search(r"display\s*:\s*none", style or "", re.IGNORECASE))


def _may_be_filled(page: Page) -> bool:
    return any(not _HARMLESS_SCRIPT.search(source) for source in page.scripts)


def _only_navigation(page: Page) -> bool:
    """Whether a home page is nothing but short links to its own columns."""
    seen = rows(page)
    own = [row for row in seen if page.is_own(row.url)]
    return len(own) >= 3 and all(len(row.title) <= 8 for row in own) and not _may_be_filled(page)


def _kept(page: Page, seen: Sequence[Row]) -> tuple[Candidate, ...]:
    found = [c for row in seen for c in row.candidates]
    for comment in commented_lists(page):
        for row in rows(page, LexborHTMLParser(comment), "comment"):
            if row.day:
                found.append(
                    Candidate(day=row.day.day, where="comment", quote=row.day.quote, url=row.url, why_not="在注释中")
                )
    found.sort(key=lambda c: (bool(c.why_not), -c.day.toordinal()))
    return tuple(c._replace(node=None) for c in found[:CANDIDATES_KEPT])
