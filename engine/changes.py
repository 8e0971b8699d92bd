"""What a changed rulebook changes, of all assets at once: only what the change can touch is evaluated again.

What is touched on a day are the indicators that say something else there, of all assets; and where one of these comes
out otherwise, of these assets alone, whatever refers to them. The rest is the same by both rulebooks. An asset is judged
again only where something differs.

Owns what differs and for whom. What is said of it, with the words of the findings, is `impact`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from hege.engine.evaluation import evaluated, would_be
from hege.engine.evaluation.series import Series, Sightings
from hege.engine.facts import Facts
from hege.engine.judgement import make_judge
from hege.engine.rulebook.model import AssetKind, Indicator, Rulebook, Version
from hege.engine.rulebook.references import about
from hege.engine.rulebook.sources import Compiled
from hege.engine.verdicts import VERDICTS, judged

NO_PROBLEM = ("pass", "not_applicable", "not_in_force")
SCHEMA = pl.Schema({
    "id": pl.String(), "old": pl.Enum(VERDICTS), "new": pl.Enum(VERDICTS), "flips": pl.List(pl.String()),
})  # fmt: skip
_WORDING = ("start", "law", "problems", "params", "origins")  # of a version: what decides no outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """The assets of a kind that come out otherwise on a day.

    `assets`: one row each by id, with SCHEMA: both verdicts, and the indicators whose finding begins or ceases to be a
    problem. `before`: the verdict on every asset by the old rules (id, verdict), where it was asked for.
    """

    kind: AssetKind
    day: date
    total: int
    assets: pl.DataFrame
    before: pl.DataFrame | None = None


def changes(
    old: Compiled, new: Compiled, facts: Facts, kind: AssetKind, days: Sequence[date], *, before: bool = False
) -> Iterator[Changes]:
    """The changes on one day after another; with `before` the verdicts by the old rules too."""
    comparison = Comparison(old, new, facts, kind)
    for day in days:
        yield comparison.on(day, before=before)


class Comparison:
    """Two rulebooks over the same facts. The facts are shared where both read them alike."""

    def __init__(self, old: Compiled, new: Compiled, facts: Facts, kind: AssetKind) -> None:
        self.old, self.new, self.kind = old, new, kind
        self.alike = (old.vocabulary, old.working_days) == (new.vocabulary, new.working_days)
        sightings = Sightings(facts, kind, old.vocabulary)
        others = sightings if self.alike else Sightings(facts, kind, new.vocabulary)
        self.total = sightings.assets.height
        # Each is asked for the same indicators day after day, so that counting goes on from the day before.
        self._direct = Series(old.rulebook, sightings, old.working_days), Series(new.rulebook, others, new.working_days)
        self._whole = Series(old.rulebook, sightings, old.working_days)
        self._touched = Series(new.rulebook, others, new.working_days)
        self._judges = [make_judge(i.id for i in c.rulebook.indicators) for c in (old, new)]
        self._reach: dict[frozenset[str], frozenset[str]] = {}

    def on(self, day: date, *, before: bool = False) -> Changes:
        """The changes on a day."""
        direct = self.directly_touched(day)
        found = self._differing(direct, day) if direct else pl.Series("id", [], dtype=pl.String)
        verdicts = None
        if before or len(found):
            conditions = self._whole.on(day)
            wide = judged(
                conditions,
                self._whole.outcomes(conditions, assets=None if before else found),
                self._judges[0],
            )
            verdicts = wide.select("id", "verdict") if before else None
        assets = pl.DataFrame(schema=SCHEMA)
        if len(found):
            assets = self._compared(wide.filter(pl.col("id").is_in(found.implode())), direct, day)
        return Changes(kind=self.kind, day=day, total=self.total, assets=assets, before=verdicts)

    def directly_touched(self, day: date) -> frozenset[str]:
        """The indicators that say something else on the day, or that only one of the rulebooks asks."""
        said = [_said(c.rulebook, self.kind, day) for c in (self.old, self.new)]
        every = {*said[0], *said[1]}
        if not self.alike or self.old.rulebook.conventions != self.new.rulebook.conventions:
            return frozenset(every)
        return frozenset(id for id in every if said[0].get(id) != said[1].get(id))

    def _differing(self, direct: frozenset[str], day: date) -> pl.Series:
        """The assets of which a directly touched indicator says, or counts, something else."""
        one, other = (s.outcomes(s.on(day), direct, points=True) for s in self._direct)
        if set(one.columns) != set(other.columns):
            return one["id"]
        differs = [one[c].ne_missing(other[c]) for c in one.columns if c != "id"]
        return one["id"].filter(pl.select(pl.any_horizontal(differs)).to_series())

    def _compared(self, before: pl.DataFrame, direct: frozenset[str], day: date) -> pl.DataFrame:
        """Verdicts and flips of some assets, all of whose outcomes by the old rules are given."""
        touched = self._reached(direct)
        conditions = self._touched.on(day)
        asked = [i for i, _ in evaluated(self.new.rulebook, self.kind, day)]
        again = self._touched.outcomes(conditions, touched, assets=before["id"])
        kept = [c for i in asked if i.id not in touched for c in (i.id, would_be(i.id))]
        after = judged(conditions, pl.concat([again, before.select(kept)], how="horizontal"), self._judges[1])
        ids = [i.id for i in asked if not i.is_item and i.id in touched]
        ids += [i.id for i, _ in evaluated(self.old.rulebook, self.kind, day)
                if not i.is_item and i.id in touched and i.id not in ids]  # fmt: skip
        found = before.select("id", old="verdict").with_columns(new=after["verdict"])
        flips = [pl.Series(id, [id] * found.height).set(~_flipped(before, after, id), None) for id in ids]
        gathered = pl.select(pl.concat_list(flips).list.drop_nulls().alias("flips")) if flips else None
        found = found.with_columns(gathered["flips"] if gathered is not None else pl.lit([], dtype=SCHEMA["flips"]))
        return found.filter((pl.col("old") != pl.col("new")) | (pl.col("flips").list.len() > 0))

    def _reached(self, direct: frozenset[str]) -> frozenset[str]:
        """These indicators and all that refer to them, by either rulebook."""
        if direct not in self._reach:
            found = set(direct)
            for book in (self.old.rulebook, self.new.rulebook):
                for indicator in book.indicators:
                    if not direct.isdisjoint(i.id for i in about(book, [indicator.id]).indicators):
                        found.add(indicator.id)
            self._reach[direct] = frozenset(found)
        return self._reach[direct]


def _said(book: Rulebook, kind: AssetKind, day: date) -> dict[str, object]:
    """By id all that the outcome of an indicator is made of on a day, waivers among it."""
    found: dict[str, object] = {}
    for indicator, version in evaluated(book, kind, day):
        waived = {w.asset for w in book.waivers if w.indicator == indicator.id and w.start <= day <= w.until}
        has_any = any(w.indicator == indicator.id for w in book.waivers)
        found[indicator.id] = _bare(indicator), version and _decisive(version), has_any and waived
    return found


def _bare(indicator: Indicator) -> Indicator:
    return dataclasses.replace(indicator, title="", consequence="", versions=(), ends=None)


def _decisive(version: Version) -> tuple[object, ...]:
    return tuple(getattr(version, f.name) for f in dataclasses.fields(version) if f.name not in _WORDING)


def _flipped(before: pl.DataFrame, after: pl.DataFrame, id: str) -> pl.Series:
    """Whether a finding began or ceased to be a problem, or is another."""
    return _problem(before, id).ne_missing(_problem(after, id))


def _problem(wide: pl.DataFrame, id: str) -> pl.Series:
    if id not in wide.columns:
        return pl.Series(id, [None] * wide.height, dtype=pl.String)
    said = wide[id].cast(pl.String)
    return said.set(said.is_in(NO_PROBLEM), None)
