"""Stored evidence read again: today's extractors over the captures of an earlier run, and which facts come out otherwise.

Nothing is asked of any server. What was not captured then is not there now, and the facts it would have given are unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hege.collectors.capture import Capture
from hege.collectors.collecting import Task
from hege.collectors.evidence.warc import Place, captures
from hege.collectors.fetching.fetcher import Asking, skipped
from hege.collectors.journal import Journal, StoredFact
from hege.collectors.recording import Sourced

NOT_KEPT = "没有留存"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A fact that comes out otherwise; None on the side where it does not come out at all."""

    asset: str
    kind: str
    part: str
    before: StoredFact | None
    now: Sourced | None


@dataclass(frozen=True, slots=True)
class _Stored:
    """A fetcher whose answers were given before."""

    answers: Mapping[tuple[str, str], Capture]

    async def fetch(self, asking: Asking) -> Capture:
        found = self.answers.get((asking.url, asking.referer))
        if found is not None:
            return found
        newest = max(c.fetched_at for c in self.answers.values())
        return skipped(asking.url, newest, NOT_KEPT)


def re_extract(journal: Journal, warc_folder: Path, tasks: Mapping[str, Task]) -> tuple[int, list[Change]]:
    """How many facts were compared, and the changes, for the newest run."""
    run = journal.newest_run("sites")
    assets = journal.records_of(run)
    answers: dict[str, dict[tuple[str, str], Capture]] = {}
    places: dict[int, str] = {}
    for file in sorted(warc_folder.glob("*.warc.gz")):
        for record, capture in captures(file):
            if record in assets:
                answers.setdefault(assets[record], {})[capture.url, _referer(capture)] = capture
                places[id(capture)] = record
    before: dict[tuple[str, str, str], StoredFact] = {(f.asset, f.kind, f.part): f for f in journal.facts(run)}
    changes: list[Change] = []
    for task in tasks.values():
        if task.asset in answers:
            facts = asyncio.run(_again(task, answers[task.asset], places))
            mine = {key: fact for key, fact in before.items() if key[0] == task.asset}
            changes += _compared(task.asset, mine, facts)
    return len(before), sorted(changes, key=lambda c: (c.asset, c.kind, c.part))


async def _again(
    task: Task, answers: Mapping[tuple[str, str], Capture], places: Mapping[int, str]
) -> Sequence[Sourced]:
    def keep(capture: Capture) -> Place:
        return Place(record=places.get(id(capture), ""), file="", offset=0, length=0)

    _, facts = await task.run(_Stored(answers), keep)
    return facts


def _compared(asset: str, before: Mapping[tuple[str, str, str], StoredFact], facts: Sequence[Sourced]) -> list[Change]:
    now = {(asset, s.observation.kind, s.observation.part): s for s in facts}
    found = []
    for key in before.keys() | now.keys():
        old, new = before.get(key), now.get(key)
        if old and new and not old.record and new.observation.reason == NOT_KEPT:
            continue  # nothing was asked then either, so there is nothing to read again
        if old is None or new is None or not _same(old, new):
            found.append(Change(asset=key[0], kind=key[1], part=key[2], before=old, now=new))
    return found


def _same(old: StoredFact, new: Sourced) -> bool:
    seen = new.observation
    return (old.state, old.reason, dict(old.fields)) == (seen.state, seen.reason, dict(seen.fields))


def _referer(capture: Capture) -> str:
    headers = capture.exchanges[0].request_headers if capture.exchanges else ()
    return next((value.decode() for name, value in headers if name.lower() == b"referer"), "")
