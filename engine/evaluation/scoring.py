"""Points as Polars expressions: lines, items and the score sheet, each as an interval while facts are unknown.

All points are whole hundredths (Int64), never floats. `low` and `high` are the least and the most that the unknown can
still make of them; a `high` of UNBOUNDED or more has no limit. Decides nothing about caps or gates beyond what the
rulebook says; the words around the figures are `hege.engine.scoring`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from hege.engine.evaluation.leaves import FALSE, TRUE
from hege.engine.rulebook import model
from hege.engine.rulebook.model import Effect, Indicator, Line, Path, Relation, Sheet, Status, Version
from hege.engine.score import Range

if TYPE_CHECKING:
    from hege.engine.evaluation.conditions import Compiled, Conditions

UNBOUNDED = 10**12


@dataclass(frozen=True, slots=True)
class Points:
    """An interval of hundredths of a point."""

    low: pl.Expr
    high: pl.Expr


@dataclass(frozen=True, kw_only=True, slots=True)
class LinePoints:
    """A line ready to run: what it comes to, whether there is nothing it could be asked of, and the check behind it."""

    line: Line
    points: Points
    void: pl.Expr
    behind: Compiled
    applies: Compiled | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemPoints:
    """An item ready to run; `points` are capped and, where it is waived, nothing."""

    indicator: Indicator
    version: Version
    lines: tuple[LinePoints, ...]
    points: Points
    outcome: pl.Expr

    def columns(self) -> Iterator[pl.Expr]:
        """What an explanation reads, by item and line."""
        yield from _named(self.points, self.indicator.id)
        yield self.outcome.alias(f"{self.indicator.id}.outcome")
        for line in self.lines:
            yield from _named(line.points, f"{self.indicator.id}/{line.line.id}")
            yield line.void.alias(f"{self.indicator.id}/{line.line.id}.void")


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetPoints:
    """A score sheet ready to run. `score` (base less deductions) and `total` (with bonuses) are in parts of `per`."""

    indicator: Indicator
    sheet: Sheet
    per: int
    score: Points
    total: Points
    left_out: pl.Expr  # whether the group is left out, null when unknown
    applies: pl.Expr  # null when unknown
    outcome: pl.Expr

    def columns(self) -> Iterator[pl.Expr]:
        """What an explanation reads."""
        id = self.indicator.id
        yield from _named(self.score, f"{id}/score")
        yield from _named(self.total, f"{id}/total")
        yield self.left_out.alias(f"{id}.left_out")
        yield self.applies.alias(f"{id}.applies")


def _named(points: Points, name: str) -> Iterator[pl.Expr]:
    yield points.low.alias(f"{name}.low")
    yield points.high.alias(f"{name}.high")


def ranged(low: int, high: int, per: int) -> Range:
    """An evaluated interval as points."""
    return Range(Fraction(low, per), None if high >= UNBOUNDED else Fraction(high, per))


def hundredths(points: object) -> int:
    """Points as whole hundredths."""
    assert isinstance(points, int | Decimal)
    return int(points * 100)


# ---- lines ---------------------------------------------------------------------------------------------------------


def _line(conditions: Conditions, line: Line, effect: Effect) -> LinePoints:
    if line.when is not None:
        behind = conditions.compile(line.when)
        holds = conditions.stage(behind.column, behind.value)
        count = Points(_whole(holds.fill_null(False)), _whole(holds.fill_null(True)))
        void = behind.void
    elif line.times is not None:
        behind = conditions.compile(model.Compare(what=line.times, relation=Relation.AT_LEAST, value=1))
        count, void = _times(conditions, line.times, effect), behind.void
    elif line.share is not None:
        share = line.share
        behind = conditions.compile(
            model.Ratio(of=share.of, relation=Relation.AT_LEAST, share=share.step, enough=share.enough)
        )
        count, void = _steps(conditions, share, behind.selections[0]), FALSE
    else:
        behind = conditions.compile(model.Count(of=line.each, relation=Relation.AT_LEAST, number=1))
        count, void = _facts(behind.selections), FALSE
    points = Points(*(e * hundredths(line.points) for e in (count.low, count.high)))
    applies = conditions.compile(line.applies_when) if line.applies_when is not None else None
    if applies is not None:
        points = Points(
            pl.when(applies.value.fill_null(False)).then(points.low).otherwise(0),
            pl.when(applies.value.fill_null(True)).then(points.high).otherwise(0),
        )
        void = void | ~applies.value.fill_null(True)
    return LinePoints(line=line, points=points, void=void, behind=behind, applies=applies)


def _whole(truth: pl.Expr) -> pl.Expr:
    return truth.cast(pl.Int64)


def _facts(prefixes: Sequence[str]) -> Points:
    """How many facts count, and how many may."""
    low = pl.sum_horizontal([pl.col(f"{p}yes") for p in prefixes])
    most = low + pl.sum_horizontal([pl.col(f"{p}maybe") for p in prefixes])
    unbounded = pl.any_horizontal([pl.col(f"{p}open") for p in prefixes])
    return Points(low, pl.when(unbounded).then(UNBOUNDED).otherwise(most))


def _times(conditions: Conditions, path: Path, effect: Effect) -> Points:
    """A whole number as noted. A survey item counts only with the answer that matters: problem, for a bonus ok."""
    number = conditions.own_field(path)
    noted = pl.max_horizontal(number.value.cast(pl.Int64), pl.lit(0, dtype=pl.Int64))
    nothing = number.nothing | number.void
    low = pl.when(nothing).then(0).when(number.value.is_not_null()).then(noted).otherwise(0)
    high = pl.when(nothing).then(0).when(number.value.is_not_null()).then(noted).otherwise(UNBOUNDED)
    if path.kind != "survey":
        return Points(low, high)
    read = conditions.own_field(replace(path, field="answer"))
    answer = read.value.cast(pl.String)
    counts = "problem" if effect is Effect.DEDUCT else "ok"
    at_least_once = (answer == counts).fill_null(False)
    never = (answer != counts).fill_null(False) | read.void
    return Points(
        pl.when(never).then(0).when(at_least_once).then(pl.max_horizontal(low, 1)).otherwise(low),
        pl.when(never).then(0).when(at_least_once).then(pl.max_horizontal(high, 1)).otherwise(high),
    )


def _steps(conditions: Conditions, share: model.Share, prefix: str) -> Points:
    """How many full steps the share comes to, at the completions that make it least and most."""
    step = Fraction(share.step)  # type: ignore[arg-type]
    yes, most = pl.col(f"{prefix}yes"), pl.col(f"{prefix}yes") + pl.col(f"{prefix}maybe")
    decided = conditions.enough(prefix, share.enough)

    def steps(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
        return (part * step.denominator) // pl.max_horizontal(whole * step.numerator, 1)

    return Points(
        pl.when(decided).then(steps(yes, pl.col(f"{prefix}low"))).otherwise(0),
        pl.when(decided).then(steps(most, pl.col(f"{prefix}high"))).otherwise(math.floor(1 / step)),
    )


# ---- items ---------------------------------------------------------------------------------------------------------


def item(conditions: Conditions, indicator: Indicator, version: Version) -> ItemPoints:
    """The lines added up, then capped."""
    lines = tuple(_line(conditions, line, indicator.effect) for line in version.lines)
    low = pl.sum_horizontal([line.points.low for line in lines])
    high = pl.sum_horizontal([line.points.high for line in lines])
    void = pl.all_horizontal([line.void for line in lines])
    if indicator.points:
        least, most = _caps(conditions, indicator, version)
        low, high = pl.min_horizontal(low, least), pl.min_horizontal(high, most)
    applies = conditions.applies(indicator, version)
    low = conditions.stage(f"{indicator.id}.low", pl.when(applies.fill_null(False)).then(low).otherwise(0))
    high = conditions.stage(f"{indicator.id}.high", pl.when(applies.fill_null(True)).then(high).otherwise(0))
    some, none = ("fail", "pass") if indicator.effect is Effect.DEDUCT else ("pass", "fail")
    outcome = (
        pl.when(~applies.fill_null(True) | void).then(pl.lit("not_applicable"))
        .when(low > 0).then(pl.lit(some))
        .when(high == 0).then(pl.lit(none))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    return ItemPoints(indicator=indicator, version=version, lines=lines, points=Points(low, high), outcome=outcome)


def _caps(conditions: Conditions, indicator: Indicator, version: Version) -> tuple[pl.Expr, pl.Expr]:
    """The least and the most the cap may be."""
    cap = hundredths(indicator.points)
    if version.other_cap is None:
        return pl.lit(cap), pl.lit(cap)
    other, when = hundredths(version.other_cap.points), conditions.compile(version.other_cap.when).value
    plain = pl.when(when).then(other).otherwise(cap)
    return (
        pl.when(when.is_null()).then(min(cap, other)).otherwise(plain),
        pl.when(when.is_null()).then(max(cap, other)).otherwise(plain),
    )


# ---- sheets --------------------------------------------------------------------------------------------------------


def sheet(conditions: Conditions, indicator: Indicator, version: Version) -> SheetPoints:
    """Base less deductions, scaled where a group is left out; bonuses on top; and what the gate says of it."""
    assert version.sheet is not None
    given = version.sheet
    factor, left_out = _factor(conditions, given)
    score = _score(conditions, given, factor, left_out)
    total, fails = score, pl.lit(None, dtype=pl.Boolean)
    if given.bonus_above is not None:
        line = hundredths(given.bonus_above) * factor.denominator
        bonus = _summed(conditions, [g.title for g in given.bonus], Effect.BONUS, factor.denominator)
        total = Points(
            score.low + pl.when(score.low > line).then(bonus.low).otherwise(0),
            score.high + pl.when(score.high > line).then(bonus.high).otherwise(0),
        )
    gate = given.base is not None and given.fails_below is not None
    if gate:
        line = hundredths(given.fails_below) * factor.denominator
        fails = pl.when(score.high < line).then(TRUE).when(score.low >= line).then(FALSE)
    applies = conditions.applies(indicator, version)
    applies = applies & ~_vetoed(conditions) if gate else applies & FALSE
    outcome = (
        pl.when(~applies.fill_null(True)).then(pl.lit("not_applicable"))
        .when(~fails.fill_null(True)).then(pl.lit("pass"))
        .when(fails.is_null() | applies.is_null()).then(pl.lit("unknown"))
        .otherwise(pl.lit("fail"))
    )  # fmt: skip
    return SheetPoints(
        indicator=indicator, sheet=given, per=100 * factor.denominator, score=score, total=total, left_out=left_out,
        applies=conditions.applies(indicator, version), outcome=outcome,
    )  # fmt: skip


def _factor(conditions: Conditions, given: Sheet) -> tuple[Fraction, pl.Expr]:
    """What the rest is multiplied by where a group is left out, and whether it is."""
    if given.left_out is None or given.base is None:
        return Fraction(1), FALSE
    base, out = hundredths(given.base), _group_points(given, given.left_out.group)
    return Fraction(base, base - out), conditions.compile(given.left_out.when).value


def _group_points(given: Sheet, title: str) -> int:
    return next(hundredths(g.points) for g in given.deduct if g.title == title)


def _score(conditions: Conditions, given: Sheet, factor: Fraction, left_out: pl.Expr) -> Points:
    titles = [g.title for g in given.deduct]
    whole = _summed(conditions, titles, Effect.DEDUCT, factor.denominator)
    if given.base is None:
        return whole
    kept = _less(hundredths(given.base) * factor.denominator, whole)
    if given.left_out is None:
        return kept
    rest = [t for t in titles if t != given.left_out.group]
    deducted = _summed(conditions, rest, Effect.DEDUCT, factor.numerator)
    scaled = _less(hundredths(given.base) * factor.denominator, deducted)
    both = Points(pl.min_horizontal(kept.low, scaled.low), pl.max_horizontal(kept.high, scaled.high))
    return Points(*(
        pl.when(left_out.is_null()).then(either).when(left_out).then(out).otherwise(plain)
        for plain, out, either in ((kept.low, scaled.low, both.low), (kept.high, scaled.high, both.high))
    ))  # fmt: skip


def _less(base: int, deducted: Points) -> Points:
    """What is left of a base, never less than nothing."""
    return Points(pl.max_horizontal(base - deducted.high, 0), pl.max_horizontal(base - deducted.low, 0))


def _summed(conditions: Conditions, titles: Sequence[str], effect: Effect, factor: int) -> Points:
    """The points of all items of these groups; a waived item is not counted."""
    found = [points for title in titles for points in _of_group(conditions, title, effect)]
    if not found:
        return Points(pl.lit(0, dtype=pl.Int64), pl.lit(0, dtype=pl.Int64))
    return Points(
        pl.sum_horizontal([p.low for p in found]) * factor, pl.sum_horizontal([p.high for p in found]) * factor
    )


def _of_group(conditions: Conditions, title: str, effect: Effect) -> Iterator[Points]:
    for indicator in conditions.rulebook.items(conditions.kind, conditions.day, title, effect):
        points, waived = conditions.item(indicator).points, conditions.waived(indicator.id)
        yield Points(*(
            conditions.stage(f"{indicator.id}.counts-{end}", pl.when(waived).then(0).otherwise(value))
            for end, value in (("low", points.low), ("high", points.high))
        ))  # fmt: skip


def _vetoed(conditions: Conditions) -> pl.Expr:
    """Whether a veto in force surely fails: then there is no scoring."""
    found = FALSE
    for indicator in conditions.rulebook.indicators:
        about = indicator.effect is Effect.VETO and indicator.applies_to.kind is conditions.kind
        if about and indicator.status is Status.IN_FORCE:
            fails = conditions.fails(indicator.id).fill_null(False)
            found = found | conditions.stage(f"{indicator.id}.fails", fails)
    return found
