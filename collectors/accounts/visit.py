"""The task of looking at one account's sources: its newest posts, the name it goes by, what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from hege.collectors.accounts.feeds import Feed, NoFeed, Post, read_json, read_xml
from hege.collectors.accounts.sources import ARTICLE, RSS, Source
from hege.collectors.accounts.weixin import read_article
from hege.collectors.browsing import without_bodies
from hege.collectors.capture import Capture, Outcome
from hege.collectors.evidence.warc import Place
from hege.collectors.extracting.charset import decoded
from hege.collectors.extracting.updates import FRESH_DAYS
from hege.collectors.fetching.fetcher import Asking, Fetcher
from hege.collectors.observation import NONE, Candidate, Observation, quoted
from hege.collectors.recording import Kept, Sourced

ACCOUNT_KINDS = ("feed", "profile")
_STATES = {Outcome.BLOCKED: "blocked", Outcome.SKIPPED: "unknown", Outcome.PROBE_FAULT: "unknown"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Looked:
    """What one source gave: a feed, or why it gave none."""

    capture: Capture
    record: str
    feed: Feed | None
    state: str = ""
    reason: str = ""
    owner: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitAccount:
    """The task. `registered` is the name it was reported under (报送名称)."""

    id: str
    registered: str
    sources: tuple[Source, ...]
    only: frozenset[str] = frozenset()  # kinds of fact; all where it is empty

    @property
    def name(self) -> str:
        """One look an account."""
        return f"account:{self.id}"

    @property
    def asset(self) -> str:
        """The account."""
        return self.id

    @property
    def kind(self) -> str:
        """The feed stands for the account."""
        return "feed"

    async def run(self, fetcher: Fetcher, keep: Callable[[Capture], Place]) -> tuple[list[Kept], list[Sourced]]:
        """Looks at every source and says what they show together."""
        kept: list[Kept] = []
        looked: list[_Looked] = []
        for source in self.sources:
            capture = await fetcher.fetch(Asking(url=source.url))
            record = ""
            if capture.outcome is not Outcome.SKIPPED:
                place = keep(capture)
                record = place.record
                kept.append(Kept(capture=without_bodies(capture), place=place, purpose="feed"))
            looked.append(_read(source, capture, record))
        facts = [self._feed(looked), *self._profile(looked)]
        return kept, [f for f in facts if not self.only or f.observation.kind in self.only]

    def _feed(self, looked: list[_Looked]) -> Sourced:
        posts = [
            (post, one) for one in looked if one.feed for post in one.feed.posts if post.day <= one.capture.fetched_on
        ]
        complete = any(one.feed and one.feed.complete for one in looked)
        if not posts:
            if complete:
                source = next(one for one in looked if one.feed and one.feed.complete)
                return _sourced(Observation(kind="feed", fields={"newest": NONE, "newest_original": NONE}), source)
            first = next((one for one in looked if one.state), looked[0])
            state, reason = (first.state, first.reason) if first.state else ("unknown", "来源中没有可用的时间")
            return _sourced(Observation(kind="feed", state=state, reason=reason), first)
        newest, source = max(posts, key=lambda p: p[0].day)
        original = max((p.day for p, _ in posts if p.is_original), default=None)
        candidates = tuple(_candidate(p, one) for p, one in sorted(posts, key=lambda p: p[0].day, reverse=True)[:20])
        today = source.capture.fetched_on
        fields: dict[str, object] = {"newest": newest.day}
        if original and (complete or _is_fresh(original, today)):
            fields["newest_original"] = original
        if complete and original is None and all(p.is_original is not None for p, _ in posts):
            fields["newest_original"] = NONE
        observation = Observation(
            kind="feed", fields=fields, locator=newest.pointer, quote=quoted(newest.text), candidates=candidates
        )  # fmt: skip
        if not complete and not _is_fresh(newest.day, today):
            reason = f"来源不一定完整，看到的最新一条为{newest.day}"
            observation = Observation(
                kind="feed", state="unknown", reason=reason, locator=newest.pointer, quote=quoted(newest.text), candidates=candidates
            )  # fmt: skip
        return _sourced(observation, source)

    def _profile(self, looked: list[_Looked]) -> list[Sourced]:
        """The account as it shows itself, from the first source that shows it."""
        for source, one in zip(self.sources, looked, strict=True):
            if one.feed is None or not (one.feed.name or one.feed.states):
                continue
            if source.id and one.feed.id and source.id != one.feed.id:
                note = f"平台编号不符：应为{source.id}，实为{one.feed.id}"
                return [_sourced(Observation(kind="profile", state="unknown", reason=note), one)]
            fields: dict[str, object] = {"found": True}
            if one.feed.name:
                fields["name"] = one.feed.name
            if one.owner:
                fields["owner"] = one.owner
            if one.feed.states:
                fields["status"] = one.feed.states[0]
            renamed = self.registered and one.feed.name and one.feed.name != self.registered
            if renamed and source.id and source.id == one.feed.id:
                fields["note"] = f"同一账号已改名，报送名称为“{self.registered}”"
            return [_sourced(Observation(kind="profile", fields=fields, quote=one.feed.name), one)]
        return []


def _is_fresh(day: date, today: date) -> bool:
    return day >= today - timedelta(days=FRESH_DAYS)


def _candidate(post: Post, one: _Looked) -> Candidate:
    return Candidate(
        day=post.day, where="feed", quote=quoted(post.text), locator=post.pointer, url=one.capture.final_url
    )


def _sourced(observation: Observation, one: _Looked) -> Sourced:
    return Sourced(
        observation=observation, observed_at=one.capture.fetched_at, record=one.record, url=one.capture.final_url
    )


def _read(source: Source, capture: Capture, record: str) -> _Looked:
    if not capture.is_readable or capture.exchanges[-1].truncated:
        state = _STATES.get(capture.outcome, "error")
        return _Looked(
            capture=capture, record=record, feed=None, state=state, reason=capture.reason or capture.outcome.value
        )
    text = decoded(capture.body, capture.header("content-type"))[0]
    if source.way == ARTICLE:
        return _article(capture, record, text)
    try:
        feed = (
            read_xml(capture.body)
            if source.way == RSS or source.map is None
            else read_json(text, source.map, capture.fetched_at)
        )
    except NoFeed as error:
        return _Looked(capture=capture, record=record, feed=None, state="unknown", reason=str(error))
    return _Looked(capture=capture, record=record, feed=feed)


def _article(capture: Capture, record: str, text: str) -> _Looked:
    page = read_article(text)
    if page.blocked:
        return _Looked(capture=capture, record=record, feed=None, state="blocked", reason=page.blocked)
    posts = (Post(day=page.day, text=page.quote, pointer="var ct", is_original=page.is_original),) if page.day else ()
    states = (page.status,) if page.status else ()
    feed = Feed(posts=posts, name=page.name, id=page.id, states=states)
    reason = page.gone or (f"账号已{page.status}" if page.status else "")
    return _Looked(
        capture=capture,
        record=record,
        feed=feed,
        state="" if posts else "unknown",
        reason=reason or "文章页没有时间",
        owner=page.owner,
    )
