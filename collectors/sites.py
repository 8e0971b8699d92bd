"""Visiting one site: home page, columns, letters, policies, guides, channels, links, in that order, each read as it comes.

What a page means is `extracting`; how it is asked for is `fetching`. Whatever goes wrong with one page becomes the
state of one fact.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from hege.collectors.capture import Capture, Outcome
from hege.collectors.evidence.warc import Place
from hege.collectors.extracting import channels, guides, links, policies
from hege.collectors.extracting.articles import published
from hege.collectors.extracting.charset import decoded
from hege.collectors.extracting.columns import Column, columns, is_static, meta_class
from hege.collectors.extracting.footer import footer
from hege.collectors.extracting.jsonlists import json_updates
from hege.collectors.extracting.lists import Row, looks_like_article, rows
from hege.collectors.extracting.messages import are_complete, messages
from hege.collectors.extracting.page import Page, client_redirect, frame_sources, key_of, read_page
from hege.collectors.extracting.privacy import privacy
from hege.collectors.extracting.tamper import cloaked, tamper
from hege.collectors.extracting.updates import Updates, column_of, home, updates
from hege.collectors.extracting.wording import Word, wording
from hege.collectors.fetching.fetcher import Asking, Fetcher, skipped
from hege.collectors.observation import Observation
from hege.collectors.recording import Kept, Sourced

_JSON_LIST = re.compile(r"[\"'](/gkmlpt/api/all/\d+[^\"']*)[\"']")
_GUIDES = re.compile(r"办事指南|服务指南|办事服务|在线办事")
_INTERPRETATIONS = re.compile(r"解读")
_SEARCH = "https://www.baidu.com/s?wd="


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A site to visit, with what people know of it."""

    id: str
    url: str
    names: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Depth:
    """How far a visit goes."""

    requests: int = 300
    columns: int = 60
    policies: int = 5
    guides: int = 10
    links: int = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    capture: Capture
    record: str
    page: Page | None


@dataclass(slots=True)
class Visit:
    """One visit, from first request to the last fact."""

    site: Site
    fetcher: Fetcher
    keep: Callable[[Capture], Place]
    words: tuple[Word, ...]
    depth: Depth
    captures: list[Kept] = field(default_factory=list)
    facts: list[Sourced] = field(default_factory=list)
    _asked: dict[str, asyncio.Future[_Seen]] = field(default_factory=dict)
    _random: links.Baseline | None = None
    _home_url: str = ""

    async def run(self) -> None:
        """Visits everything."""
        front = await self._front()
        if front.page is None:
            self._say(_unreadable("home", "", front.capture), front)
            return
        self._home_url = front.page.url
        self._random = await self._nonsense(front.page)
        self._say(home(front.page), front)
        self._say(footer(front.page), front)
        self._read_for_faults(front)
        await self._other_visitors(front)
        found = list(self.site.columns) or columns(front.page)
        opened = [(column, await self._column(column, part)) for column, part in _parts(found)[: self.depth.columns]]
        await self._policies(opened)
        await self._guides(opened)
        self._messages(front, opened)
        await self._channels(front)
        await self._links(front)

    # ---- pages ------------------------------------------------------------------------------------------------------

    async def _look(self, url: str, purpose: str, referer: str = "") -> _Seen:
        """A page, asked for once a visit."""
        key = key_of(url) + referer
        if key not in self._asked:
            self._asked[key] = asyncio.get_running_loop().create_future()
            self._asked[key].set_result(await self._ask(url, purpose, referer))
        return await self._asked[key]

    async def _ask(self, url: str, purpose: str, referer: str) -> _Seen:
        if len(self.captures) >= self.depth.requests:
            at = self.captures[0].capture.fetched_at
            return _Seen(capture=skipped(url, at, f"每站最多请求{self.depth.requests}次"), record="", page=None)
        capture = await self.fetcher.fetch(Asking(url=url, referer=referer))
        if capture.outcome is Outcome.SKIPPED:
            return _Seen(capture=capture, record="", page=None)
        place = self.keep(capture)
        self.captures.append(Kept(capture=capture, place=place, purpose=purpose))
        whole = bool(capture.exchanges) and not capture.exchanges[-1].truncated
        page = read_page(capture) if capture.is_readable and whole and _is_text(capture) else None
        return _Seen(capture=capture, record=place.record, page=page)

    async def _front(self) -> _Seen:
        """The home page, also behind a page that only sends its visitors on."""
        seen = await self._look(self.site.url, "home")
        for _ in range(3):
            target = client_redirect(seen.page) if seen.page else ""
            if not target:
                break
            seen = await self._look(target, "home")
        return seen

    async def _nonsense(self, front: Page) -> links.Baseline | None:
        """What the host answers for an address that cannot exist; the same one each time, so that evidence can be replayed."""
        name = uuid.uuid5(uuid.NAMESPACE_URL, self.site.url).hex
        seen = await self._look(urljoin(front.url, f"/{name}.html"), "soft404")
        return links.baseline(seen.capture, front)

    async def _other_visitors(self, front: _Seen) -> None:
        """The home page as somebody sees it who comes from a search engine."""
        assert front.page
        seen = await self._look(front.page.url, "cloaking", referer=_SEARCH)
        if seen.page:
            self._say_all(cloaked(front.page, seen.page), seen)

    def _read_for_faults(self, seen: _Seen) -> None:
        if seen.page:
            self._say_all(tamper(seen.page, self.site.names), seen)
            self._say_all(wording(seen.page, self.words), seen)
            self._say_all(privacy(seen.page), seen)

    # ---- columns ----------------------------------------------------------------------------------------------------

    async def _column(self, column: Column, part: str) -> _Seen:
        seen = await self._look(column.url, "column")
        known = column.known()
        if seen.page is None:
            self._say(_unreadable("column", part, seen.capture, known), seen)
            return seen
        if links.is_soft_404(seen.page, self._random, self._home_url):
            gone = Observation(kind="column", part=part, fields={**known, "opens": False}, quote=seen.page.title)
            self._say(gone, seen)
            return replace(seen, page=None)
        stated = meta_class(seen.page)
        if stated and not self.site.columns and known.get("class") in (None, "其他") and not is_static(column.name):
            known |= {"class": stated}
        found, source = await self._updates(seen, column.selector)
        self._say(column_of(found, part, known), source)
        self._read_for_faults(seen)
        return seen

    async def _updates(self, seen: _Seen, selector: str) -> tuple[Updates, _Seen]:
        """The updates of a column; where its page leaves them open, of the frame, list or article that settles them."""
        assert seen.page
        found = updates(seen.page, selector)
        if found.state == "known" or selector:
            return found, seen
        for url in frame_sources(seen.page)[:2]:
            inner = await self._look(url, "frame")
            if inner.page and (of_frame := updates(inner.page)).state == "known":
                return of_frame, inner
        listed = _JSON_LIST.search(seen.page.text)
        if listed:
            inner = await self._look(seen.page.absolute(listed[1]), "list")
            if inner.capture.is_readable:
                text = decoded(inner.capture.body, inner.capture.header("content-type"))[0]
                of_list = json_updates(text, inner.capture.fetched_on)
                if of_list.state == "known":
                    return of_list, inner
        if found.reason == "日期没有写年份":
            return await self._with_year(found, seen)
        return found, seen

    async def _with_year(self, found: Updates, seen: _Seen) -> tuple[Updates, _Seen]:
        """The year of the newest month and day, from the article itself."""
        without = [c for c in found.candidates if c.why_not == "没有写年份"]
        newest = max(without, key=lambda c: c.day)
        article = await self._look(newest.url, "article")
        day = published(article.page) if article.page else None
        if day and day.day == newest.day:
            best = replace(newest, why_not="")
            return replace(found, state="known", reason="", newest=newest.day, items=len(without), best=best), seen
        return found, seen

    # ---- what columns lead to ---------------------------------------------------------------------------------------

    async def _policies(self, opened: list[tuple[Column, _Seen]]) -> None:
        elsewhere: list[Row] = []
        for column, seen in opened:
            if seen.page and _INTERPRETATIONS.search(column.name):
                elsewhere += rows(seen.page)
        for column, seen in opened:
            if seen.page is None or column.column_class != "政策文件":
                continue
            newest = [row for row in rows(seen.page) if row.day and seen.page.is_own(row.url)]
            for row in newest[: self.depth.policies]:
                await self._policy(row, elsewhere)

    async def _policy(self, row: Row, elsewhere: list[Row]) -> None:
        seen = await self._look(row.url, "policy")
        if seen.page is None:
            self._say(_unreadable("policy", row.title, seen.capture, {"title": row.title}), seen)
            return
        pages: dict[str, Page | None] = {}
        for url in policies.interpretation_links(seen.page)[:3]:
            pages[url] = (await self._look(url, "interpretation")).page
        self._say(policies.policy(seen.page, row.title, pages, elsewhere), seen)
        self._read_for_faults(seen)

    async def _guides(self, opened: list[tuple[Column, _Seen]]) -> None:
        for column, seen in opened:
            if seen.page is None or not _GUIDES.search(column.name):
                continue
            found = [row for row in rows(seen.page) if looks_like_article(row.url) and seen.page.is_own(row.url)]
            for row in found[: self.depth.guides]:
                inner = await self._look(row.url, "guide")
                said = (
                    guides.guide(inner.page, row.title)
                    if inner.page
                    else _unreadable("guide", row.title, inner.capture)
                )
                self._say(said, inner)

    def _messages(self, front: _Seen, opened: list[tuple[Column, _Seen]]) -> None:
        """Letters; and whether there may be more of them than were seen. Nobody having looked is no sign of none."""
        complete = False
        for _, seen in opened:
            found = messages(seen.page) if seen.page else []
            self._say_all(found, seen)
            complete = complete or bool(found and seen.page and are_complete(seen.page))
        if not complete:
            self._say(_coverage("message", "没有看到留言列表"), front)

    async def _channels(self, front: _Seen) -> None:
        assert front.page
        works = False
        for kind, name, url, _ in channels.channel_links(front.page)[:10]:
            seen = await self._look(url, "channel")
            onward = channels.next_step(seen.page) if seen.page else ""
            if onward:
                seen = await self._look(onward, "channel")
            said = channels.channel(kind, name, seen.capture)
            works = works or said.fields.get("works") is True
            self._say(said, seen)
        if not works:
            self._say(_coverage("channel", "只看了首页上的入口"), front)

    async def _links(self, front: _Seen) -> None:
        """The links of the home page that nothing else has asked for yet, and those it has."""
        assert front.page
        for found in links.links(front.page, self.depth.links):
            if key_of(found.url) == key_of(front.page.url):
                continue
            seen = await self._look(found.url, "link")
            random = self._random if not found.external else None
            self._say(links.link(found, "home", seen.capture, random), seen)

    # ---- saying -----------------------------------------------------------------------------------------------------

    def _say(self, observation: Observation, seen: _Seen) -> None:
        self.facts.append(Sourced(
            observation=observation, observed_at=seen.capture.fetched_at, record=seen.record, url=seen.capture.final_url
        ))  # fmt: skip

    def _say_all(self, observations: list[Observation], seen: _Seen) -> None:
        for observation in observations:
            self._say(observation, seen)


def _parts(found: list[Column]) -> list[tuple[Column, str]]:
    """Each column with the part its facts are about: its name, with the address where a name is used twice."""
    names = [column.name for column in found]
    return [(c, c.name if names.count(c.name) == 1 else f"{c.name} {c.url}") for c in found]


def _is_text(capture: Capture) -> bool:
    kind = capture.header("content-type").lower()
    return not kind or "html" in kind or "text" in kind or "xml" in kind


def _unreadable(kind: str, part: str, capture: Capture, known: dict[str, object] | None = None) -> Observation:
    """The fact of a page that could not be read: what is known of it stays, what was to be seen on it is open."""
    fields = known or {}
    reason = capture.reason or capture.outcome.value
    if kind == "column" and capture.status in (404, 410):
        return Observation(kind=kind, part=part, fields={**fields, "opens": False}, quote=f"HTTP {capture.status}")
    state = {Outcome.BLOCKED: "blocked", Outcome.SKIPPED: "unknown", Outcome.PROBE_FAULT: "unknown"}.get(
        capture.outcome, "error"
    )
    if capture.is_readable:
        state, reason = "error", "应答不完整" if capture.exchanges[-1].truncated else "不是网页"
    return Observation(kind=kind, part=part, state=state, reason=reason, fields=fields)


def _coverage(kind: str, reason: str) -> Observation:
    return Observation(kind="coverage", part=kind, reason=reason, fields={"complete": False})
