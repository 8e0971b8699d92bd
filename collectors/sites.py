"""Visiting one site: home page, columns, letters, policies, guides, channels, links, in that order, each read as it comes.

What a page means is `extracting`; how it is asked for is `fetching`. Whatever goes wrong with one page becomes the
state of one fact.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from hege.collectors.browsing import Browser, Seen
from hege.collectors.capture import Capture, Outcome
from hege.collectors.extracting import channels, guides, links, policies
from hege.collectors.extracting.articles import published
from hege.collectors.extracting.columns import Column, columns, is_static, meta_class
from hege.collectors.extracting.footer import footer
from hege.collectors.extracting.jsonlists import json_updates
from hege.collectors.extracting.lists import looks_like_article, rows
from hege.collectors.extracting.messages import are_complete, messages
from hege.collectors.extracting.page import Page, client_redirect, frame_sources, key_of
from hege.collectors.extracting.privacy import privacy
from hege.collectors.extracting.tamper import cloaked, tamper
from hege.collectors.extracting.updates import Updates, column_of, home, updates
from hege.collectors.extracting.wording import Word, wording
from hege.collectors.observation import Observation
from hege.collectors.recording import Sourced

_JSON_LIST = re.compile(r"[\"'](/gkmlpt/api/all/\d+[^\"']*)[\"']")
_GUIDES = re.compile(r"办事指南|服务指南|办事服务|在线办事")
_INTERPRETATIONS = re.compile(r"解读")
SITE_KINDS = ("home", "column", "footer", "channel", "message", "policy", "guide", "link", "wording", "tamper")
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
    """How far a visit goes; with `only` no further than facts of these kinds need."""

    requests: int = 300
    columns: int = 60
    policies: int = 5
    guides: int = 10
    links: int = 80
    only: frozenset[str] = frozenset()

    def wants(self, *kinds: str) -> bool:
        """Whether facts of one of these kinds are looked for."""
        return not self.only or not self.only.isdisjoint(kinds)


@dataclass(slots=True)
class _Onward:
    """What the columns of a site lead to, as titles and addresses."""

    policies: list[tuple[str, str]] = field(default_factory=list)
    interpretations: list[str] = field(default_factory=list)
    guides: list[tuple[str, str]] = field(default_factory=list)
    letters_are_complete: bool = False


@dataclass(slots=True)
class Visit:
    """One visit, from first request to the last fact."""

    site: Site
    browser: Browser
    words: tuple[Word, ...]
    depth: Depth
    facts: list[Sourced] = field(default_factory=list)
    _onward: _Onward = field(default_factory=_Onward)
    _random: links.Baseline | None = None
    _home_url: str = ""

    async def run(self) -> None:
        """Visits everything."""
        seen = await self._front()
        front = seen.page()
        if front is None:
            self._say(_unreadable("home", "", seen.capture), seen)
            return
        self._home_url = front.url
        wants = self.depth.wants
        if wants("column", "link"):
            self._random = await self._nonsense(front)
        self._say(home(front), seen)
        self._say(footer(front), seen)
        self._read_for_faults(front, seen)
        if wants("tamper"):
            await self._other_visitors(front)
        if wants("column", "message", "policy", "guide", "wording", "tamper"):
            await self._columns(front)
        if not self._onward.letters_are_complete:
            self._say(_coverage("message", "没有看到留言列表"), seen)
        if wants("channel") and not await self._channels(front):
            self._say(_coverage("channel", "只看了首页上的入口"), seen)
        if wants("link"):
            await self._links(front)

    async def _columns(self, front: Page) -> None:
        """The columns, and the policies and guides they lead to."""
        for column, part in _parts(list(self.site.columns) or columns(front))[: self.depth.columns]:
            await self._column(column, part)
        for title, url in self._onward.policies if self.depth.wants("policy", "wording", "tamper") else ():
            await self._policy(title, url)
        for title, url in self._onward.guides if self.depth.wants("guide") else ():
            await self._guide(title, url)

    async def _front(self) -> Seen:
        """The home page, also behind a page that only sends its visitors on."""
        seen = await self.browser.look(self.site.url, "home")
        for _ in range(3):
            page = seen.page()
            target = client_redirect(page) if page else ""
            if not target:
                break
            seen = await self.browser.look(target, "home")
        return seen

    async def _nonsense(self, front: Page) -> links.Baseline | None:
        """What the host answers for an address that cannot exist; the same one each time, so that evidence can be replayed."""
        name = uuid.uuid5(uuid.NAMESPACE_URL, self.site.url).hex
        seen = await self.browser.look(urljoin(front.url, f"/{name}.html"), "soft404")
        return links.baseline(seen.capture, seen.page(), front)

    async def _other_visitors(self, front: Page) -> None:
        """The home page as somebody sees it who comes from a search engine."""
        seen = await self.browser.look(front.url, "cloaking", referer=_SEARCH)
        page = seen.page()
        if page:
            self._say_all(cloaked(front, page), seen)

    def _read_for_faults(self, page: Page, seen: Seen) -> None:
        self._say_all(tamper(page, self.site.names), seen)
        self._say_all(wording(page, self.words), seen)
        self._say_all(privacy(page), seen)

    # ---- columns ----------------------------------------------------------------------------------------------------

    async def _column(self, column: Column, part: str) -> None:
        seen = await self.browser.look(column.url, "column")
        known = column.known()
        page = seen.page()
        if page is None:
            self._say(_unreadable("column", part, seen.capture, known), seen)
            return
        if links.is_soft_404(page, self._random, self._home_url):
            gone = Observation(kind="column", part=part, fields={**known, "opens": False}, quote=page.title)
            self._say(gone, seen)
            return
        stated = meta_class(page)
        if stated and not self.site.columns and known.get("class") in (None, "其他") and not is_static(column.name):
            known |= {"class": stated}
        found, source = await self._updates(page, seen, column.selector)
        self._say(column_of(found, part, known), source)
        self._read_for_faults(page, seen)
        self._look_onward(column, page, seen)

    async def _updates(self, page: Page, seen: Seen, selector: str) -> tuple[Updates, Seen]:
        """The updates of a column; where its page leaves them open, of the frame, list or article that settles them."""
        found = updates(page, selector)
        if found.state == "known" or selector:
            return found, seen
        for url in frame_sources(page)[:2]:
            inner = await self.browser.look(url, "frame")
            framed = inner.page()
            if framed and (of_frame := updates(framed)).state == "known":
                return of_frame, inner
        listed = _JSON_LIST.search(page.text)
        if listed:
            inner = await self.browser.look(page.absolute(listed[1]), "list")
            of_list = json_updates(inner.text(), inner.capture.fetched_on)
            if of_list.state == "known":
                return of_list, inner
        if found.reason == "日期没有写年份":
            return await self._with_year(found), seen
        return found, seen

    async def _with_year(self, found: Updates) -> Updates:
        """The year of the newest month and day, from the article itself."""
        without = [c for c in found.candidates if c.why_not == "没有写年份"]
        newest = max(without, key=lambda c: c.day)
        article = (await self.browser.look(newest.url, "article")).page()
        day = published(article) if article else None
        if day is None or day.day != newest.day:
            return found
        best = newest._replace(why_not="")
        return replace(found, state="known", reason="", newest=newest.day, items=len(without), best=best)

    def _look_onward(self, column: Column, page: Page, seen: Seen) -> None:
        """Notes what a column leads to, and reads the letters it shows."""
        onward = self._onward
        if _INTERPRETATIONS.search(column.name):
            onward.interpretations += [row.title for row in rows(page)]
        elif column.column_class == "政策文件":
            dated = [(row.title, row.url) for row in rows(page) if row.day and page.is_own(row.url)]
            onward.policies += dated[: self.depth.policies]
        elif _GUIDES.search(column.name):
            articles = [(r.title, r.url) for r in rows(page) if looks_like_article(r.url) and page.is_own(r.url)]
            onward.guides += articles[: self.depth.guides]
        letters = messages(page)
        self._say_all(letters, seen)
        onward.letters_are_complete = onward.letters_are_complete or bool(letters and are_complete(page))

    # ---- what columns and the home page lead to ---------------------------------------------------------------------

    async def _policy(self, title: str, url: str) -> None:
        seen = await self.browser.look(url, "policy")
        page = seen.page()
        if page is None:
            self._say(_unreadable("policy", title, seen.capture, {"title": title}), seen)
            return
        pages: dict[str, Page | None] = {}
        for found in policies.interpretation_links(page)[:3]:
            pages[found] = (await self.browser.look(found, "interpretation")).page()
        self._say(policies.policy(page, title, pages, self._onward.interpretations), seen)
        self._read_for_faults(page, seen)

    async def _guide(self, title: str, url: str) -> None:
        seen = await self.browser.look(url, "guide")
        page = seen.page()
        self._say(guides.guide(page, title) if page else _unreadable("guide", title, seen.capture), seen)

    async def _channels(self, front: Page) -> bool:
        """Says of each channel whether it works; whether one does."""
        works = False
        for kind, name, url, _ in channels.channel_links(front)[:10]:
            seen = await self.browser.look(url, "channel")
            page = seen.page()
            onward = channels.next_step(page) if page else ""
            if onward:
                seen = await self.browser.look(onward, "channel")
                page = seen.page()
            said = channels.channel(kind, name, seen.capture, page)
            works = works or said.fields.get("works") is True
            self._say(said, seen)
        return works

    async def _links(self, front: Page) -> None:
        """The links of the home page."""
        for found in links.links(front, self.depth.links):
            if key_of(found.url) == key_of(front.url):
                continue
            seen = await self.browser.look(found.url, "link")
            random = self._random if not found.external else None
            self._say(links.link(found, "home", seen.capture, seen.page(), random), seen)

    # ---- saying -----------------------------------------------------------------------------------------------------

    def _say(self, observation: Observation, seen: Seen) -> None:
        if not self.depth.wants(observation.part if observation.kind == "coverage" else observation.kind):
            return
        self.facts.append(Sourced(
            observation=observation, observed_at=seen.capture.fetched_at, record=seen.record, url=seen.capture.final_url
        ))  # fmt: skip

    def _say_all(self, observations: list[Observation], seen: Seen) -> None:
        for observation in observations:
            self._say(observation, seen)


def _parts(found: list[Column]) -> list[tuple[Column, str]]:
    """Each column with the part its facts are about: its name, with the address where a name is used twice."""
    names = [column.name for column in found]
    return [(c, c.name if names.count(c.name) == 1 else f"{c.name} {c.url}") for c in found]


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
        state, reason = "error", capture.reason if capture.exchanges[-1].truncated else "不是网页"
    return Observation(kind=kind, part=part, state=state, reason=reason, fields=fields)


def _coverage(kind: str, reason: str) -> Observation:
    return Observation(kind="coverage", part=kind, reason=reason, fields={"complete": False})
