"""Which facts are seen on a monitoring day.

Kinds that keep the latest observation show the newest one per (asset, part); kinds that keep all show every fact
observed by the end of that day (Asia/Shanghai). Owns nothing else: what the facts mean is `leaves` and `rows`.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl

from hege.engine.dates import SHANGHAI
from hege.engine.facts import Facts
from hege.engine.vocabulary import Keep, Vocabulary


class View:
    """The facts in view at the end of one day. Frames are computed once and kept."""

    def __init__(self, facts: Facts, vocabulary: Vocabulary, day: date) -> None:
        self.facts = facts
        self.vocabulary = vocabulary
        self.day = day
        self._frames: dict[str, pl.DataFrame] = {}

    def rows(self, kind: str) -> pl.DataFrame:
        """The facts of a kind in view, with the kind's columns, ordered by asset, part and time."""
        if kind not in self._frames:
            self._frames[kind] = self._seen(kind)
        return self._frames[kind]

    def _seen(self, kind: str) -> pl.DataFrame:
        end = datetime.combine(self.day + timedelta(days=1), time(), SHANGHAI)
        rows = self.facts.tables[kind].filter(pl.col("observed_at") < end)
        if self.vocabulary.kinds[kind].keep is Keep.LATEST:
            rows = rows.unique(subset=["asset", "part"], keep="last", maintain_order=True)
        return rows
