"""Which facts are seen on a monitoring day.

Kinds that keep the latest observation show the newest one per (asset, part), where a look that saw nothing replaces none
that saw something; kinds that keep all show every fact observed by the end of that day (Asia/Shanghai). Owns nothing
else: what the facts mean is `leaves` and `rows`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from hege.engine.dates import SHANGHAI
from hege.engine.facts import Facts
from hege.engine.vocabulary import SEEN, Keep, Kind, Vocabulary


class View:
    """The facts in view at the end of one day, ordered by asset, part and time, with the `day` (Date) of each."""

    def __init__(self, facts: Facts, vocabulary: Vocabulary, day: date) -> None:
        self.facts = facts
        self.vocabulary = vocabulary
        self.day = day
        self._before = pl.col("observed_at") < datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
        self._frames: dict[str, pl.DataFrame] = {}

    def rows(self, kind: str) -> pl.DataFrame:
        """The facts of a kind in view, with all its columns and `day`; computed once and kept."""
        if kind not in self._frames:
            self._frames[kind] = self.scan(kind).collect()
        return self._frames[kind]

    def scan(self, kind: str) -> pl.LazyFrame:
        """The same, to be computed as far as it is asked for."""
        return (
            self._frames[kind].lazy() if kind in self._frames else self.marked(kind).filter("in_view").drop("in_view")
        )

    def marked(self, kind: str) -> pl.LazyFrame:
        """The facts of a kind up to the day, replaced ones among them: `in_view` (Boolean) says which count."""
        day = pl.col("observed_at").map_batches(local_days, return_dtype=pl.Date(), is_elementwise=True)
        in_view = pl.lit(True)
        rows = standing(self.facts.scan(kind).filter(self._before), self.vocabulary.kinds[kind])
        if self.vocabulary.kinds[kind].keep is Keep.LATEST:
            # In normal form the observations of one asset and part stand together, the newest last.
            last = (pl.col("part") != pl.col("part").shift(-1)) | (pl.col("asset") != pl.col("asset").shift(-1))
            in_view = last.fill_null(True)
        return rows.with_columns(day.alias("day"), in_view.alias("in_view"))


def standing(rows: pl.LazyFrame, kind: Kind) -> pl.LazyFrame:
    """The facts of a kind, in normal form, without the looks that saw nothing of what had been seen before.

    What was seen speaks on for as long as it may (conventions); who could not look again has not seen otherwise. Whether a
    list is complete (`coverage`) is said anew each time.
    """
    if not kind.outlasts_failed_looks:
        return rows
    seen = pl.col("state").is_in(SEEN)
    begins = (pl.col("part") != pl.col("part").shift(1)) | (pl.col("asset") != pl.col("asset").shift(1))
    run = begins.fill_null(True).cum_sum()
    before = pl.when(seen).then(run).forward_fill()
    return rows.filter(seen | (before != run).fill_null(True))


_FIXED_SINCE = datetime(1992, 1, 1, tzinfo=UTC)  # Shanghai has kept to UTC+8 since the last summer time, in 1991
_HOURS_8, _HOURS_24 = 8 * 3_600_000_000, 24 * 3_600_000_000


def local_days(moments: pl.Series) -> pl.Series:
    """The day in Shanghai of each moment (Datetime in microseconds), as `dt.date` gives it, in a twentieth of the time."""
    if moments.dt.epoch("us").lt(int(_FIXED_SINCE.timestamp()) * 1_000_000).any():
        return moments.dt.date()
    return ((moments.to_physical() + _HOURS_8) // _HOURS_24).cast(pl.Int32).cast(pl.Date)
