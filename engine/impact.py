"""What changes when rules change: two rulebooks over the same facts, asset by asset, on one day or many.

An asset changes when its verdict does, or when a finding begins or ceases to fail, to be unknown or to be exempt;
whether a finding that is no problem passes, does not apply or is not in force, changes nothing.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from hege.engine.case import Case, PlannedBatch
from hege.engine.changes import NO_PROBLEM, Changes, Comparison
from hege.engine.dates import Duration, Unit, months_before
from hege.engine.inspection import inspect, planned_assets
from hege.engine.result import AssetResult, Batch, Finding, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind
from hege.engine.rulebook.sources import Compiled

_NO_PROBLEM = frozenset(Outcome(o) for o in NO_PROBLEM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flip:
    """A finding that is another; an outcome is None where the rulebook has no such indicator."""

    indicator: str
    title: str
    old: Outcome | None
    new: Outcome | None
    text: str  # what the one that is a problem says


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An asset that comes out otherwise, with the findings that flipped."""

    asset: str
    name: str
    platform: str
    old: Verdict
    new: Verdict
    flips: tuple[Flip, ...]

    @property
    def flipped(self) -> bool:
        """Whether the verdict is another."""
        return self.old is not self.new


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchImpact:
    """One batch judged by both rulebooks: how many went from which verdict to which, and who."""

    name: str
    kind: str
    as_of: date
    total: int
    matrix: Mapping[tuple[Verdict, Verdict], int]
    changes: tuple[Change, ...]

    @property
    def flipped(self) -> int:
        """How many verdicts are another."""
        return sum(n for (old, new), n in self.matrix.items() if old is not new)


@dataclass(frozen=True, kw_only=True, slots=True)
class Impact:
    """The impact of one rulebook in place of another, batch by batch."""

    old: str
    new: str
    batches: tuple[BatchImpact, ...]

    @property
    def worst(self) -> Fraction:
        """The largest share of a batch whose verdict flips."""
        return max((Fraction(b.flipped, b.total) for b in self.batches if b.total), default=Fraction(0))


def impact(case: Case, old: Compiled, new: Compiled, days: Sequence[date] = ()) -> Impact:
    """Judges by both, on the case's own days or on each of the given ones; only what changes is explained."""
    compared_by = {k: Comparison(old, new, case.facts, k) for k in dict.fromkeys(b.kind for b in case.batches)}
    batches: list[BatchImpact] = []
    for planned in [case] if not days else [_on(case, day) for day in days]:
        on_day: dict[tuple[AssetKind, date], Changes] = {}
        for batch in planned.batches:
            key = batch.kind, batch.as_of
            if key not in on_day:
                on_day[key] = compared_by[batch.kind].on(batch.as_of, before=True)
            batches.append(_batch(planned, batch, on_day[key], old, new))
    return Impact(old=old.rulebook.digest, new=new.rulebook.digest, batches=tuple(batches))


def _batch(case: Case, planned: PlannedBatch, found: Changes, old: Compiled, new: Compiled) -> BatchImpact:
    """The impact on one batch, of what changes for its kind on its day."""
    ids = planned_assets(case, planned)["id"]
    changed = found.assets.filter(pl.col("id").is_in(ids.implode()))
    assert found.before is not None
    verdicts = found.before.filter(pl.col("id").is_in(ids.implode())).join(changed, on="id", how="left")
    pairs = verdicts.select("verdict", pl.coalesce("new", "verdict").alias("new")).group_by(pl.all()).len().rows()
    return BatchImpact(
        name=planned.name, kind=planned.kind.value, as_of=planned.as_of, total=ids.len(),
        matrix=Counter({(Verdict(one), Verdict(other)): number for one, other, number in pairs}),
        changes=_explained(case, planned, changed["id"].to_list(), old, new),
    )  # fmt: skip


def _explained(
    case: Case, planned: PlannedBatch, ids: Sequence[str], old: Compiled, new: Compiled
) -> tuple[Change, ...]:
    """The changes of some assets with their findings told."""
    if not ids:
        return ()
    alone = dataclasses.replace(case, facts=case.facts.of(ids), batches=(planned,))
    before, after = (inspect(alone, c.rulebook, c.vocabulary, c.working_days).batches[0] for c in (old, new))
    return compared(before, after).changes


def _on(case: Case, day: date) -> Case:
    return dataclasses.replace(case, batches=tuple(dataclasses.replace(b, as_of=day, printed="") for b in case.batches))


def compared(before: Batch, after: Batch) -> BatchImpact:
    """Two outcomes of one batch; an asset that only one of them has is left out."""
    others = {r.asset.id: r for r in after.assets}
    pairs = [(r, others[r.asset.id]) for r in before.assets if r.asset.id in others]
    return BatchImpact(
        name=after.name, kind=after.kind.value, as_of=after.as_of, total=len(pairs),
        matrix=Counter((old.verdict, new.verdict) for old, new in pairs),
        changes=tuple(c for old, new in pairs if (c := _change(old, new)) is not None),
    )  # fmt: skip


def _change(old: AssetResult, new: AssetResult) -> Change | None:
    flips = tuple(_flips(old.findings, new.findings))
    if not flips and old.verdict is new.verdict:
        return None
    return Change(
        asset=new.asset.id, name=new.asset.name, platform=new.asset.platform,
        old=old.verdict, new=new.verdict, flips=flips,
    )  # fmt: skip


def _flips(old: Iterable[Finding], new: Iterable[Finding]) -> Iterable[Flip]:
    before, after = {f.indicator: f for f in old}, {f.indicator: f for f in new}
    for id in dict.fromkeys([*after, *before]):
        was, now = before.get(id), after.get(id)
        said = [f for f in (now, was) if f is not None]
        outcomes = [None if f is None else f.outcome for f in (was, now)]
        if _problem(outcomes[0]) is not _problem(outcomes[1]):
            telling = next((f for f in said if f.outcome not in _NO_PROBLEM), said[0])
            yield Flip(indicator=id, title=said[0].title, old=outcomes[0], new=outcomes[1], text=telling.text)


def _problem(outcome: Outcome | None) -> Outcome | None:
    return None if outcome in _NO_PROBLEM else outcome


def days_between(first: date, last: date, every: Duration) -> tuple[date, ...]:
    """The days from the first to the last, so far apart; counted from the first, so that month's ends do not creep."""
    found: list[date] = []
    while (day := _later(first, every, len(found))) <= last:
        found.append(day)
    return tuple(found)


def _later(day: date, every: Duration, times: int) -> date:
    number = every.number * times
    match every.unit:
        case Unit.DAY:
            return day + timedelta(days=number)
        case Unit.WEEK:
            return day + timedelta(days=7 * number)
        case Unit.MONTH:
            return months_before(day, -number)
        case Unit.YEAR:
            return months_before(day, -12 * number)
    raise ValueError(f"{every} is no step of calendar days")
