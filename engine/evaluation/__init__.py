"""Evaluation: what each indicator says of each asset on a day, as a pure function of rulebook, facts and calendar."""

from __future__ import annotations

from collections.abc import Collection
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
    wide = by_asset(conditions)
    parts = [
        wide.select(
            pl.col("id").alias("asset"),
            pl.lit(indicator.id).alias("indicator"),
            pl.lit(version.start if version else None, dtype=pl.Date).alias("version"),
            pl.col(indicator.id).alias("outcome"),
            pl.col(would_be(indicator.id)).alias("would_be"),
            *(pl.col(f"{indicator.id}|{name}").alias(name) for name in _POINTS),
            pl.lit(n).alias("order"),
        )
        for n, (indicator, version) in enumerate(asked)
    ]
    if not parts:
        enum = pl.Enum(OUTCOMES)
        return pl.DataFrame(schema={
            "asset": pl.String, "indicator": pl.String, "version": pl.Date, "outcome": enum, "would_be": enum,
            "low": pl.Int64, "high": pl.Int64, "per": pl.Int64,
        })  # fmt: skip
    return pl.concat(parts).sort("asset", "order").drop("order")


def by_asset(conditions: Conditions) -> pl.DataFrame:
    """The same with one row per asset (by id).

    Columns: id String; of each indicator ID its outcome `ID` and `ID|would_be`, both Enum, and `ID|low`, `ID|high`,
    `ID|per` Int64.
    """
    asked = evaluated(conditions.rulebook, conditions.kind, conditions.day)
    answers = answered(conditions)
    points = [
        column.cast(pl.Int64).alias(f"{i.id}|{name}")
        for i, v in asked
        for name, column in points_of(conditions, i, v).items()
    ]
    return conditions.frame().select("id", *answers, *points).sort("id").collect(engine=conditions.facts.engine)


_POINTS = ("low", "high", "per")


def points_of(conditions: Conditions, indicator: Indicator, version: Version | None) -> dict[str, pl.Expr]:
    """The columns low, high and per of `evaluate`."""
    nothing = pl.lit(None, dtype=pl.Int64)
    if version is None or (version.sheet is None and not version.lines):
        return {"low": nothing, "high": nothing, "per": nothing}
    if version.sheet is None:
        points, per = conditions.item(indicator).points, 100
    else:
        sheet = conditions.sheet(indicator)
        points, per = sheet.total, sheet.per
    return {"low": points.low, "high": points.high, "per": pl.lit(per, dtype=pl.Int64)}


def outcomes(conditions: Conditions) -> pl.DataFrame:
    """One row per asset, by id.

    Columns: id String; for each indicator evaluated a column by its id with the outcome, and one by `would_be` with
    what a waiver set aside (null where none did), both Enum.
    """
    answers = answered(conditions)
    return conditions.frame().select("id", *answers).sort("id").collect(engine=conditions.facts.engine)


def answered(conditions: Conditions, only: Collection[str] | None = None) -> list[pl.Expr]:
    """The columns of `outcomes`, of all indicators evaluated or of some."""
    enum = pl.Enum(OUTCOMES)
    columns: list[pl.Expr] = []
    for indicator, version in evaluated(conditions.rulebook, conditions.kind, conditions.day):
        if only is not None and indicator.id not in only:
            continue
        plain = pl.lit("not_in_force") if version is None else conditions.outcome(indicator, version)
        answer, aside = plain.cast(enum), pl.lit(None, dtype=enum)
        if any(w.indicator == indicator.id for w in conditions.rulebook.waivers):
            waived = conditions.waived(indicator.id) & plain.is_in(["pass", "fail", "unknown"])
            answer, aside = (
                pl.when(waived).then(pl.lit("exempt", dtype=enum)).otherwise(answer),
                pl.when(waived).then(answer),
            )
        columns += [answer.alias(indicator.id), aside.alias(would_be(indicator.id))]
    return columns


def would_be(indicator: str) -> str:
    """The column of `outcomes` with what a waiver set aside."""
    return f"{indicator}|would_be"
