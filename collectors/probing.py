"""Availability probes: a plan of slots stored before the first of them, each asked once, without retries, at its time.

The indicator is exact arithmetic (a week, at least 20 times a day, 15 seconds, 5 %), so the plan is evidence: a slot
nobody asked at its time stays open and is seen as missed; it is never made up for later. When a site fails and so do
all control targets, the fault is ours (`probe_fault`) and leaves the denominator.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hege.collectors.capture import Capture, Outcome
from hege.collectors.evidence.warc import Place
from hege.collectors.fetching.fetcher import Asking, Fetcher, Limits
from hege.collectors.observation import Observation, quoted
from hege.collectors.recording import FactSink, Finished, Kept, Sourced

LEAST_PER_DAY = 20
PROBE_LIMITS = Limits(deadline=15.0, slow=15.0, wire=2 * 1024 * 1024, unpacked=4 * 1024 * 1024)
AT_ONCE = 50
FAILURES = (
    Outcome.TIMEOUT, Outcome.DNS_ERROR, Outcome.REFUSED, Outcome.RESET, Outcome.TLS_ERROR, Outcome.HTTP_ERROR,
)  # fmt: skip
_SEPARATOR = "@"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One planned look at one site."""

    asset: str
    due: datetime

    @property
    def name(self) -> str:
        """The slot's name in the plan."""
        return f"{self.asset}{_SEPARATOR}{self.due.isoformat()}"


def slot_of(name: str) -> Slot:
    """The slot of a name."""
    asset, _, due = name.rpartition(_SEPARATOR)
    return Slot(asset=asset, due=datetime.fromisoformat(due))


def plan(assets: Iterable[str], start: datetime, per_day: int, days: int) -> list[Slot]:
    """Evenly spaced slots, `per_day` in each day from the start; each site's lie at a place of its own in between."""
    if per_day < LEAST_PER_DAY:
        raise ValueError(f"{per_day} < {LEAST_PER_DAY}")
    gap = spacing(per_day)
    slots = [
        Slot(asset=asset, due=start + timedelta(days=day) + gap * number + _offset(asset, gap))
        for asset in assets
        for day in range(days)
        for number in range(per_day)
    ]
    return sorted(slots, key=lambda s: (s.due, s.asset))


def spacing(per_day: int) -> timedelta:
    """The time between two slots of a site."""
    return timedelta(seconds=86400 // per_day)


def grace(per_day: int) -> timedelta:
    """How late a slot may still be asked: half the time to the next one."""
    return spacing(per_day) / 2


def _offset(asset: str, gap: timedelta) -> timedelta:
    """Where in the gap a site's slots lie: spread over the sites, the same for one site each time."""
    share = int.from_bytes(hashlib.sha256(asset.encode()).digest()[:4]) / 2**32
    return timedelta(seconds=int(gap.total_seconds() * share))


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """How open slots stand at a moment."""

    now: tuple[Slot, ...]
    missed: tuple[Slot, ...]
    ahead: tuple[Slot, ...]


def due(slots: Iterable[Slot], at: datetime, late: timedelta) -> Due:
    """Open slots that may be asked now, that are past, and that lie ahead."""
    now: list[Slot] = []
    missed: list[Slot] = []
    ahead: list[Slot] = []
    for slot in slots:
        (ahead if slot.due > at else missed if at - slot.due > late else now).append(slot)
    return Due(now=tuple(now), missed=tuple(missed), ahead=tuple(ahead))


@dataclass(frozen=True, kw_only=True, slots=True)
class Prober:
    """Asks due slots and records them. `ask` opens a connection of its own for each asking."""

    urls: dict[str, str]
    controls: tuple[str, ...]
    vantage: str
    ask: Fetcher
    keep: Callable[[Capture], Place]
    synced: Callable[[], None]
    sink: FactSink

    async def round(self, slots: Sequence[Slot]) -> dict[Outcome, int]:
        """Asks slots, then the controls if any of them failed; how often each outcome was met."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def look(url: str) -> Capture:
            async with turns:
                return await self.ask.fetch(Asking(url=url))

        captures = await asyncio.gather(*(look(self.urls[slot.asset]) for slot in slots))
        ours = any(c.outcome in FAILURES for c in captures) and await self._is_ours(look)
        counts: dict[Outcome, int] = {}
        for slot, capture in zip(slots, captures, strict=True):
            place = self.keep(capture) if capture.outcome is not Outcome.SKIPPED else None
            observation = self._observation(capture, ours=ours)
            outcome = Outcome(observation.fields["outcome"]) if "outcome" in observation.fields else Outcome.SKIPPED
            counts[outcome] = counts.get(outcome, 0) + 1
            self._record(slot, capture, place, observation)
        return counts

    async def _is_ours(self, look: Callable[[str], Awaitable[Capture]]) -> bool:
        """Whether every control target fails as well; without controls nobody can say so."""
        answers = await asyncio.gather(*(look(url) for url in self.controls))
        for capture in answers:
            self.keep(capture)
        return bool(answers) and all(c.outcome in FAILURES or c.outcome is Outcome.PROBE_FAULT for c in answers)

    def _observation(self, capture: Capture, *, ours: bool) -> Observation:
        if capture.outcome is Outcome.SKIPPED:
            return Observation(kind="probe", part=self.vantage, state="unknown", reason=capture.reason)
        outcome, reason = capture.outcome, capture.reason
        if ours and outcome in FAILURES:
            outcome, reason = Outcome.PROBE_FAULT, f"对照目标同时打不开；{reason}"
        fields = {"outcome": outcome.value, "seconds": capture.seconds}
        quote = f"HTTP {capture.status} {reason}".strip() if capture.status else reason
        return Observation(kind="probe", part=self.vantage, fields=fields, quote=quoted(quote))

    def _record(self, slot: Slot, capture: Capture, place: Place | None, observation: Observation) -> None:
        self.synced()
        kept = (Kept(capture=capture, place=place, purpose="probe"),) if place else ()
        record = place.record if place else ""
        fact = Sourced(observation=observation, observed_at=capture.fetched_at, record=record, url=capture.final_url)
        self.sink.record(Finished(task=slot.name, asset=slot.asset, captures=kept, facts=(fact,)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How the probes of one site stand."""

    asset: str
    planned: int
    done: int
    missed: int
    failed: int
    faults: int
    blocked: int

    @property
    def counted(self) -> int:
        """The denominator: done, less what was our own fault."""
        return self.done - self.faults


def standings(
    tasks: Iterable[tuple[str, str, bool]], outcomes: Iterable[tuple[str, str, float]], at: datetime, late: timedelta
) -> list[Standing]:
    """How each site stands: tasks are name, asset, done; outcomes are asset, outcome, seconds of what was done."""
    planned: dict[str, list[int]] = {}
    for name, asset, done in tasks:
        counts = planned.setdefault(asset, [0, 0, 0])
        counts[0] += 1
        counts[1] += done
        counts[2] += not done and at - slot_of(name).due > late
    seen: dict[str, list[tuple[str, float]]] = {}
    for asset, outcome, seconds in outcomes:
        seen.setdefault(asset, []).append((outcome, seconds))
    failing = {o.value for o in FAILURES}
    return [
        Standing(
            asset=asset, planned=total, done=done, missed=missed,
            failed=sum(o in failing or (o == "slow" and s >= PROBE_LIMITS.slow) for o, s in seen.get(asset, [])),
            faults=sum(o == Outcome.PROBE_FAULT.value for o, _ in seen.get(asset, [])),
            blocked=sum(o == Outcome.BLOCKED.value for o, _ in seen.get(asset, [])),
        )
        for asset, (total, done, missed) in sorted(planned.items())
    ]  # fmt: skip
