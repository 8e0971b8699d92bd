"""A collection: every site of a plan is visited, some side by side, and what each gave is recorded before it counts as done.

Evidence goes to disk before the facts that point into it. A run that dies is taken up where it stopped: tasks that
were done stay done, the others begin anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hege.collectors.browsing import Browser
from hege.collectors.capture import Capture, Outcome
from hege.collectors.evidence.warc import Place, WarcFile
from hege.collectors.extracting.wording import Word
from hege.collectors.fetching.fetcher import Fetcher, now
from hege.collectors.observation import Observation
from hege.collectors.recording import FactSink, Finished, Kept, Sourced
from hege.collectors.sites import Depth, Site, Visit

SITES_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How a collection stands."""

    done: int
    total: int
    requests: int
    failed: int
    blocked: int


class Task(Protocol):
    """Something to collect: a name of its own in the plan, the asset it is about, and how it is done."""

    @property
    def name(self) -> str:
        """The task's name in the plan."""
        ...

    @property
    def asset(self) -> str:
        """The asset the facts are about."""
        ...

    @property
    def kind(self) -> str:
        """The kind of fact that says so when the task itself breaks."""
        ...

    async def run(self, fetcher: Fetcher, keep: Callable[[Capture], Place]) -> tuple[list[Kept], list[Sourced]]:
        """Collects; raises only for faults of its own."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitSite:
    """The task of visiting a site."""

    site: Site
    words: tuple[Word, ...]
    depth: Depth

    @property
    def name(self) -> str:
        """One visit a site."""
        return f"site:{self.site.id}"

    @property
    def asset(self) -> str:
        """The site."""
        return self.site.id

    @property
    def kind(self) -> str:
        """The home page stands for the site."""
        return "home"

    async def run(self, fetcher: Fetcher, keep: Callable[[Capture], Place]) -> tuple[list[Kept], list[Sourced]]:
        """The visit."""
        browser = Browser(fetcher=fetcher, keep=keep, most=self.depth.requests)
        visit = Visit(site=self.site, browser=browser, words=self.words, depth=self.depth)
        await visit.run()
        return browser.captures, visit.facts


class Collection:
    """One run over a plan."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        warc: WarcFile,
        sink: FactSink,
        synced: Callable[[str, int], None],
        show: Callable[[Counts], None],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._fetcher, self._warc, self._sink, self._synced, self._show = fetcher, warc, sink, synced, show
        self._clock = clock
        self._requests = self._failed = self._blocked = self._done = self._total = 0

    async def run(self, tasks: Sequence[Task], already_done: int) -> None:
        """Does every task; one that breaks is recorded with its fault, and the others go on."""
        self._done, self._total = already_done, already_done + len(tasks)
        self._tell()
        turns = asyncio.Semaphore(SITES_AT_ONCE)

        async def one(task: Task) -> None:
            async with turns:
                await self._one(task)

        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(one(task))

    async def _one(self, task: Task) -> None:
        kept: list[Kept] = []
        facts: list[Sourced] = []
        note = ""
        try:
            kept, facts = await task.run(self._fetcher, self._keep)
        except Exception as error:  # noqa: BLE001  # a page that breaks an extractor must not end the run
            note = f"{type(error).__name__}: {error}"
            broken = Observation(kind=task.kind, state="error", reason="采集程序出错")
            facts = [Sourced(observation=broken, observed_at=self._clock())]
        self._synced(self._warc.path.name, self._warc.sync())
        finished = Finished(task=task.name, asset=task.asset, captures=tuple(kept), facts=tuple(facts), note=note)
        self._sink.record(finished)
        self._done += 1
        self._tell()

    def _keep(self, capture: Capture) -> Place:
        self._requests += 1
        self._blocked += capture.outcome is Outcome.BLOCKED
        self._failed += capture.outcome not in (Outcome.OK, Outcome.SLOW, Outcome.BLOCKED, Outcome.HTTP_ERROR)
        place = self._warc.add(capture)
        self._tell()
        return place

    def _tell(self) -> None:
        self._show(Counts(
            done=self._done, total=self._total, requests=self._requests, failed=self._failed, blocked=self._blocked
        ))  # fmt: skip
