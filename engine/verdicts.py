"""Verdicts of all assets at once: each distinct combination of outcomes is judged once and the verdict joined back.

The outcomes are those of `evaluation`, the judging is that of `judgement`: the same as in an inspection, which adds the
explanation of every finding. Where nobody asks for that, this is all it takes for a hundred thousand assets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from hege.engine.calendar import WorkingDays
from hege.engine.evaluation import evaluated, outcomes, would_be
from hege.engine.evaluation.conditions import Conditions
from hege.engine.evaluation.series import Series, Sightings
from hege.engine.facts import Facts
from hege.engine.judgement import Found, Judge
from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook.model import AssetKind, Effect, Indicator, Rulebook
from hege.engine.vocabulary import Vocabulary

VERDICTS = tuple(v.value for v in Verdict)


def verdicts(
    rulebook: Rulebook, facts: Facts, kind: AssetKind, as_of: date, vocabulary: Vocabulary, working_days: WorkingDays,
    judge: Judge,
) -> pl.DataFrame:  # fmt: skip
    """One row per asset, by id: the columns of `evaluation.outcomes`, then verdict Enum."""
    conditions = Conditions(
        rulebook=rulebook, facts=facts, vocabulary=vocabulary, working_days=working_days, kind=kind, day=as_of
    )
    return judged(conditions, outcomes(conditions), judge)


def verdict_series(
    rulebook: Rulebook, facts: Facts, kind: AssetKind, days: Sequence[date], vocabulary: Vocabulary,
    working_days: WorkingDays, judge: Judge,
) -> Iterator[tuple[date, pl.DataFrame]]:  # fmt: skip
    """The verdicts on each of many days, one day after another: what does not depend on the day is worked out once."""
    series = Series(rulebook, Sightings(facts, kind, vocabulary), working_days)
    for day in days:
        conditions = series.on(day)
        yield day, judged(conditions, series.outcomes(conditions), judge)


def judged(conditions: Conditions, wide: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """The outcomes with the verdict on each asset."""
    asked = [i for i, _ in evaluated(conditions.rulebook, conditions.kind, conditions.day)]
    deciding = [i for i in asked if i.effect not in (Effect.DEDUCT, Effect.BONUS)]  # points alone decide nothing
    columns = [c for i in deciding for c in (i.id, would_be(i.id))]
    combinations = wide.select(columns).unique()
    found = [judge.judge(_found(deciding, row)).verdict.value for row in combinations.iter_rows(named=True)]
    verdict = pl.Series("verdict", found, dtype=pl.Enum(VERDICTS))
    if not columns:  # nothing decides, and a frame without columns has no rows
        return wide.with_columns(pl.lit(judge.judge(()).verdict.value, dtype=verdict.dtype).alias("verdict"))
    return wide.join(
        combinations.with_columns(verdict), on=columns, how="left", nulls_equal=True, maintain_order="left"
    )


def _found(indicators: list[Indicator], row: dict[str, str | None]) -> tuple[Found, ...]:
    """One combination of outcomes as the judge takes it."""
    return tuple(
        Found(i.id, i.effect, i.status, Outcome(row[i.id]), Outcome(aside) if (aside := row[would_be(i.id)]) else None)
        for i in indicators
    )
