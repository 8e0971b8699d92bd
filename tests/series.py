"""The same question asked of a series of days: what the optimised path says must be what one day alone says."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from hege.engine.calendar import load_working_days
from hege.engine.evaluation import would_be
from hege.engine.evaluation.series import Series, Sightings
from hege.engine.facts import Facts
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.vocabulary import load_vocabulary


def assert_series_agrees(book: Rulebook, facts: Facts, kind: AssetKind, day: date, alone: pl.DataFrame) -> None:
    """After an earlier and a later day the series says of this one what `evaluate` does, points and all."""
    series = Series(book, Sightings(facts, kind, load_vocabulary()), load_working_days())
    for other in (day - timedelta(days=9), day + timedelta(days=14), day):
        found = series.outcomes(series.on(other), points=True)
    assert _rows(found) == _rows_of(alone)


def _rows(wide: pl.DataFrame) -> list[tuple[object, ...]]:
    indicators = [c.removesuffix("|per") for c in wide.columns if c.endswith("|per")]
    return [
        (row["id"], i, row[i], row[would_be(i)], *(row[f"{i}|{c}"] for c in ("low", "high", "per")))
        for row in wide.iter_rows(named=True)
        for i in indicators
    ]


def _rows_of(long: pl.DataFrame) -> list[tuple[object, ...]]:
    return long.select("asset", "indicator", "outcome", "would_be", "low", "high", "per").rows()
