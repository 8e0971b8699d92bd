"""Many monitoring days over the same facts: what does not depend on the day is worked out once.

The expressions are those of `conditions`, on each day the same as if it were asked for alone. What is shared:

- each fact has the days between which it is in view, read and typed once;
- facts of a kind that are alike in all that is asked of them are one cell, however many assets have it: the masks
  are worked out of the cells, and between two days only the assets that have a cell with another answer are counted anew;
- the asset's own facts are joined again only when others have come into view.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from hege.engine.calendar import WorkingDays
from hege.engine.evaluation import answered, evaluated, points_of
from hege.engine.evaluation.conditions import Conditions
from hege.engine.evaluation.view import local_days
from hege.engine.facts import Facts
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.vocabulary import Keep, Vocabulary

_ALWAYS = ("state", "day", "until")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """The facts of a kind, alike ones together.

    `cells`: the columns asked for, `day` and `until` (Date, null: still in view). `held`: which asset (`row`, its place
    by id) has which cell (`cell`), `times` how often; all UInt32.
    """

    columns: frozenset[str]
    cells: pl.DataFrame
    held: pl.DataFrame


@dataclass(slots=True)
class Counting:
    """Facts of one kind counted on one day after another.

    `now`: each mask as last worked out, 0 or 1 for each cell; `counts`: the sums of it for each asset, by id.
    """

    of: Cells
    assets: int
    now: pl.DataFrame = field(default_factory=pl.DataFrame)
    counts: pl.DataFrame = field(default_factory=pl.DataFrame)

    def count(self, first: Mapping[str, pl.Expr], masks: Mapping[str, pl.Expr], day: date) -> pl.DataFrame:
        """How many facts of each asset each mask is true of on a day, and how many were `seen` by then (Int64)."""
        seen = pl.col("day") <= day
        in_view = seen & (pl.col("until").is_null() | (pl.col("until") > day))
        worked = (
            self.of.cells.lazy()
            .with_columns(in_view.alias("in_view"))
            .with_columns(e.alias(n) for n, e in first.items())
            .select(seen.cast(pl.Int64).alias("seen"), *[_truth(e).alias(n) for n, e in masks.items()])
            .collect(engine="in-memory")
        )
        if self.now.columns != worked.columns:
            self.now = worked.select(pl.zeros(pl.len(), dtype=pl.Int64).alias(c) for c in worked.columns)
            self.counts = pl.select(pl.zeros(self.assets, dtype=pl.Int64).alias(c) for c in worked.columns)
        other = [c for c in worked.columns if not worked[c].equals(self.now[c])]
        if other:
            self._add(worked.select(pl.col(c) - self.now[c] for c in other))
            self.now = worked
        return self.counts

    def _add(self, change: pl.DataFrame) -> None:
        """Adds what the cells count now more or less."""
        changed = change.select(pl.any_horizontal(pl.all() != 0)).to_series()
        some = change.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("cell")).filter(changed)
        more = (
            self.of.held.lazy()
            .filter(changed.gather(self.of.held["cell"]))
            .join(some.lazy(), on="cell")
            .group_by("row")
            .agg((pl.col(c) * pl.col("times")).sum() for c in change.columns)
            .collect()
        )
        every = pl.select(pl.int_range(self.assets, dtype=pl.UInt32).alias("row"))
        added = every.join(more, on="row", how="left", maintain_order="left").drop("row").fill_null(0)
        self.counts = self.counts.with_columns(self.counts[c] + added[c] for c in added.columns)


def _truth(mask: pl.Expr) -> pl.Expr:
    """A mask as a number; what is unknown counts in no sum."""
    return mask.fill_null(False).cast(pl.Int64)


# ---- facts, read once ----------------------------------------------------------------------------------------------


class Sightings:
    """The facts about one kind of asset with the days between which each is in view, for any number of rulebooks."""

    def __init__(self, facts: Facts, kind: AssetKind, vocabulary: Vocabulary) -> None:
        self.facts = facts
        self.kind = kind
        self.vocabulary = vocabulary
        self.assets = facts.assets.filter(pl.col("kind") == kind.value).sort("id")
        self._cells: dict[str, Cells] = {}
        self._turns: dict[str, tuple[date, ...]] = {}

    def dated(self, name: str) -> pl.LazyFrame:
        """The facts of a kind with `row`, `day`, and `until`: the day of what replaces it, null while nothing does."""
        day = pl.col("observed_at").map_batches(local_days, return_dtype=pl.Date(), is_elementwise=True)
        until = pl.lit(None, dtype=pl.Date)
        if self.vocabulary.kinds[name].keep is Keep.LATEST:
            # In normal form the observations of one asset and part stand together, the newest last.
            same = (pl.col("part") == pl.col("part").shift(-1)) & (pl.col("asset") == pl.col("asset").shift(-1))
            until = pl.when(same).then(pl.col("day").shift(-1))
        rows = self.assets.lazy().select(
            pl.col("id").alias("asset"), pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")
        )
        return (
            self.facts.scan(name)
            .with_columns(day.alias("day"))
            .with_columns(until.alias("until"))
            .join(rows, on="asset", maintain_order="left")
        )

    def turns(self, name: str) -> tuple[date, ...]:
        """The days on which facts of a kind come into view."""
        if name not in self._turns:
            self._turns[name] = tuple(self.dated(name).select("day").unique().collect()["day"].sort())
        return self._turns[name]

    def cells(self, name: str, asked: Collection[str]) -> Cells:
        """The cells of a kind by what is asked of it, and by what was asked before."""
        known = self._cells.get(name)
        columns = frozenset(asked) | frozenset(_ALWAYS) | (known.columns if known else frozenset())
        if known is None or columns != known.columns:
            known = self._cells[name] = self._gathered(name, columns)
        return known

    def _gathered(self, name: str, columns: frozenset[str]) -> Cells:
        alike = sorted(columns)
        gone = pl.col("until").is_not_null() & (pl.col("until") <= pl.col("day"))  # replaced on the day it came
        found = (
            self.dated(name).filter(~gone).select("row", *alike)
            .group_by(alike, maintain_order=True).agg("row").with_row_index("cell").collect()
        )  # fmt: skip
        held = found.lazy().select("cell", "row").explode("row").group_by("cell", "row").agg(pl.len().alias("times"))
        return Cells(columns=columns, cells=found.select(alike), held=held.collect())

    def newest(self, name: str, day: date, columns: Sequence[tuple[str, str, str]]) -> pl.DataFrame:
        """The newest own facts on a day, one row for each asset by id; a column is a part, its name here, its own name."""
        parts = list(dict.fromkeys(part for part, _, _ in columns))
        wanted = list(dict.fromkeys(c for _, _, c in columns))
        rows = (
            self.dated(name)
            .filter(pl.col("part").is_in(parts), pl.col("day") <= day)
            .filter(pl.col("until").is_null() | (pl.col("until") > day))
            .select("row", pl.col("part").alias("of"), *[pl.col(c).alias(f"{c}_") for c in wanted])
            .collect()
        )
        by_part = {str(part): found for (part,), found in rows.partition_by("of", as_dict=True).items()}
        schema = {**self.vocabulary.kinds[name].schema(), "day": pl.Date()}
        found = pl.select(pl.int_range(self.assets.height, dtype=pl.UInt32).alias("row"))
        for part in parts:
            mine = [(given, c) for p, given, c in columns if p == part]
            if part in by_part:
                newest = by_part[part].unique("row", keep="last", maintain_order=True)
                taken = newest.select("row", *[pl.col(f"{c}_").alias(given) for given, c in mine])
                found = found.join(taken, on="row", how="left", maintain_order="left")
            else:
                found = found.with_columns(pl.lit(None, dtype=schema[c]).alias(given) for given, c in mine)
        return found.drop("row")


# ---- one day after another -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Series:
    """What a rulebook says on one day after another, in any order."""

    rulebook: Rulebook
    sightings: Sightings
    working_days: WorkingDays
    _counting: dict[str, Counting] = field(default_factory=dict)
    _own: dict[str, tuple[object, pl.DataFrame]] = field(default_factory=dict)

    def on(self, day: date) -> Conditions:
        """The conditions of a day."""
        return Conditions(
            rulebook=self.rulebook, facts=self.sightings.facts, vocabulary=self.sightings.vocabulary,
            working_days=self.working_days, kind=self.sightings.kind, day=day,
        )  # fmt: skip

    def outcomes(
        self, conditions: Conditions, only: Collection[str] | None = None, *,
        assets: pl.Series | None = None, points: bool = False,
    ) -> pl.DataFrame:  # fmt: skip
        """What `evaluation.outcomes` gives: of all or some indicators, and of all or some assets.

        With `points` also `ID|low`, `ID|high` and `ID|per` of what has points.
        """
        answers = answered(conditions, only)
        if points:
            for indicator, version in evaluated(conditions.rulebook, conditions.kind, conditions.day):
                if only is None or indicator.id in only:
                    found = points_of(conditions, indicator, version)
                    answers += [e.cast(pl.Int64).alias(f"{indicator.id}|{n}") for n, e in found.items()]
        asked = frozenset(n for e in (*answers, *conditions.staged.values()) for n in e.meta.root_names())
        given = self._given(conditions, asked)
        if assets is not None:
            given = given.filter(pl.col("id").is_in(assets.implode()))
        return conditions.frame(given).select("id", *answers).sort("id").collect(engine="in-memory")

    def _given(self, conditions: Conditions, asked: frozenset[str]) -> pl.DataFrame:
        """The assets with their own facts and counts on a day, side by side."""
        frames = [self.sightings.assets]
        for name, parts in conditions.own_parts().items():
            frames.append(self._own_facts(conditions, name, parts, asked))
        for name in conditions.counted:
            first, masks = conditions.counts_of(name)
            counts = self._counted(name, first, masks).count(first, masks, conditions.day)
            frames.append(counts.select((pl.col("seen") == 0).alias(f"{name}.unseen"), *masks))
        return pl.concat(frames, how="horizontal")

    def _own_facts(
        self, conditions: Conditions, name: str, parts: Mapping[str, str], asked: frozenset[str]
    ) -> pl.DataFrame:
        columns = [
            (part, f"{prefix}{c}", c)
            for part, prefix in parts.items()
            for c in conditions.own_columns(name)
            if f"{prefix}{c}" in asked or c == "state"
        ]
        key = tuple(columns), bisect.bisect_right(self.sightings.turns(name), conditions.day)
        known = self._own.get(name)
        if known is None or known[0] != key:
            known = self._own[name] = key, self.sightings.newest(name, conditions.day, columns)
        return known[1]

    def _counted(self, name: str, first: Mapping[str, pl.Expr], masks: Mapping[str, pl.Expr]) -> Counting:
        asked = {n for e in (*first.values(), *masks.values()) for n in e.meta.root_names()}
        cells = self.sightings.cells(name, asked - {*first, "in_view"})
        known = self._counting.get(name)
        if known is None or known.of is not cells:
            known = self._counting[name] = Counting(cells, self.sightings.assets.height)
        return known
