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
    """The indicators about a kind of asset that are to be evaluated, with the version in force; drafts are not."""
    asked = [i for i in rulebook.indicators if i.applies_to.kind is kind and i.status is not Status.DRAFT]
    return [(i, None if i.status is Status.REPEALED else i.at(day)) for i in asked]


def evaluate(
    rulebook: Rulebook, facts: Facts, kind: AssetKind, as_of: date, vocabulary: Vocabulary, working_days: WorkingDays
) -> pl.DataFrame:
    """One row per asset (by id) and indicator (in rulebook order).

    Columns: asset String, indicator String, version Date (null: not in force), outcome Enum, would_be Enum (what a
    waiver set aside, else null).
    """
    conditions = Conditions(
        rulebook=rulebook, facts=facts, vocabulary=vocabulary, working_days=working_days, kind=kind, day=as_of
    )
    return findings(conditions)


def findings(conditions: Conditions) -> pl.DataFrame:
    """The rows of `evaluate`, from conditions that may be read again for an explanation."""
    asked = evaluated(conditions.rulebook, conditions.kind, conditions.day)
    wide = outcomes(conditions)
    parts = [
        wide.select(
            pl.col("id").alias("asset"),
            pl.lit(indicator.id).alias("indicator"),
            pl.lit(version.start if version else None, dtype=pl.Date).alias("version"),
            pl.col(indicator.id).alias("outcome"),
            pl.col(would_be(indicator.id)).alias("would_be"),
            pl.lit(n).alias("order"),
        )
        for n, (indicator, version) in enumerate(asked)
    ]
    if not parts:
        enum = pl.Enum(OUTCOMES)
        return pl.DataFrame(
            schema={"asset": pl.String, "indicator": pl.String, "version": pl.Date, "outcome": enum, "would_be": enum}
        )
    return pl.concat(parts).sort("asset", "order").drop("order")


def outcomes(conditions: Conditions) -> pl.DataFrame:
    """One row per asset, by id.

    Columns: id String; for each indicator evaluated a column by its id with the outcome, and one by `would_be` with
    what a waiver set aside (null where none did), both Enum.
    """
    enum = pl.Enum(OUTCOMES)
    columns: list[pl.Expr] = []
    for indicator, version in evaluated(conditions.rulebook, conditions.kind, conditions.day):
        plain = pl.lit("not_in_force") if version is None else conditions.outcome(indicator, version)
        answer, aside = plain.cast(enum), pl.lit(None, dtype=enum)
        if any(w.indicator == indicator.id for w in conditions.rulebook.waivers):
            waived = conditions.waived(indicator.id) & plain.is_in(["pass", "fail", "unknown"])
            answer, aside = (
                pl.when(waived).then(pl.lit("exempt", dtype=enum)).otherwise(answer),
                pl.when(waived).then(answer),
            )
        columns += [answer.alias(indicator.id), aside.alias(would_be(indicator.id))]
    return conditions.frame().select("id", *columns).sort("id").collect()


def would_be(indicator: str) -> str:
    """The column of `outcomes` with what a waiver set aside."""
    return f"{indicator}|would_be"
