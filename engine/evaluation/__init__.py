"""Evaluation: what each indicator says of each asset on a day, as a pure function of rulebook, facts and calendar."""

from __future__ import annotations

from datetime import date

import polars as pl

from hege.engine.calendar import WorkingDays
from hege.engine.evaluation.conditions import Conditions
from hege.engine.facts import Facts
from hege.engine.rulebook.model import AssetKind, Indicator, Rulebook, Status, Version
from hege.engine.vocabulary import Vocabulary

OUTCOMES = ("pass", "fail", "unknown", "exempt", "not_applicable", "not_in_force")


def evaluated(rulebook: Rulebook, kind: AssetKind, day: date) -> list[tuple[Indicator, Version | None]]:
    """The indicators about a kind of asset that are to be evaluated, with the version in force.

    Drafts are not, nor those of a table that another has succeeded by then.
    """
    asked = [
        i for i in rulebook.indicators
        if i.applies_to.kind is kind and i.status is not Status.DRAFT and not i.has_ended(day)
    ]  # fmt: skip
    return [(i, None if i.status is Status.REPEALED else i.at(day)) for i in asked]


def evaluate(
    rulebook: Rulebook, facts: Facts, kind: AssetKind, as_of: date, vocabulary: Vocabulary, working_days: WorkingDays
) -> pl.DataFrame:
    """One row per asset (by id) and indicator (in rulebook order).

    Columns: asset String, indicator String, version Date (null: not in force), outcome Enum, would_be Enum (what a
    waiver set aside, else null); for items and sheets low, high, per Int64: the points lie from low/per to high/per
    (a high of UNBOUNDED has no limit), null for all others.
    """
    conditions = Conditions(
        rulebook=rulebook, facts=facts, vocabulary=vocabulary, working_days=working_days, kind=kind, day=as_of
    )
    return findings(conditions)


def findings(conditions: Conditions) -> pl.DataFrame:
    """The rows of `evaluate`, from conditions that may be read again for an explanation."""
    asked = evaluated(conditions.rulebook, conditions.kind, conditions.day)
    enum = pl.Enum(OUTCOMES)
    answers = [pl.lit("not_in_force") if v is None else conditions.outcome(i, v) for i, v in asked]
    points = [c.alias(f"{n}.{name}") for n, (i, v) in enumerate(asked) for name, c in _points(conditions, i, v).items()]
    wide = conditions.frame().select("id", *[a.alias(str(n)) for n, a in enumerate(answers)], *points)
    parts = [
        wide.select(
            pl.col("id").alias("asset"),
            pl.lit(indicator.id).alias("indicator"),
            pl.lit(version.start if version else None, dtype=pl.Date).alias("version"),
            pl.col(str(n)).cast(enum).alias("outcome"),
            *(pl.col(f"{n}.{name}").cast(pl.Int64).alias(name) for name in ("low", "high", "per")),
            pl.lit(n).alias("order"),
        )
        for n, (indicator, version) in enumerate(asked)
    ]
    if not parts:
        return pl.DataFrame(schema={
            "asset": pl.String, "indicator": pl.String, "version": pl.Date, "outcome": enum, "would_be": enum,
            "low": pl.Int64, "high": pl.Int64, "per": pl.Int64,
        })  # fmt: skip
    rows = _waived(pl.concat(parts), conditions)
    return rows.sort("asset", "order").drop("order")


def _points(conditions: Conditions, indicator: Indicator, version: Version | None) -> dict[str, pl.Expr]:
    nothing = pl.lit(None, dtype=pl.Int64)
    if version is None or (version.sheet is None and not version.lines):
        return {"low": nothing, "high": nothing, "per": nothing}
    if version.sheet is None:
        points, per = conditions.item(indicator).points, 100
    else:
        sheet = conditions.sheet(indicator)
        points, per = sheet.total, sheet.per
    return {"low": points.low, "high": points.high, "per": pl.lit(per, dtype=pl.Int64)}


def _waived(rows: pl.DataFrame, conditions: Conditions) -> pl.DataFrame:
    """Sets a waived outcome to exempt and keeps what it would have been."""
    day = conditions.day
    pairs = {(w.asset, w.indicator) for w in conditions.rulebook.waivers if w.start <= day <= w.until}
    waived = pl.lit(False)
    for asset, indicator in sorted(pairs):
        waived = waived | ((pl.col("asset") == asset) & (pl.col("indicator") == indicator))
    waived = waived & pl.col("outcome").cast(pl.String).is_in(["pass", "fail", "unknown"])
    enum = pl.Enum(OUTCOMES)
    return rows.with_columns(
        pl.when(waived).then(pl.col("outcome")).otherwise(pl.lit(None, dtype=enum)).alias("would_be"),
        pl.when(waived).then(pl.lit("exempt", dtype=enum)).otherwise(pl.col("outcome")).alias("outcome"),
    )
