"""A score sheet as JSON data (docs/output.md): every group, item and line with its arithmetic, facts and unknown range.

Points are exact texts: decimals (`59.9`), or a fraction where a scaled score has thirds (`179/3`). No limit is null.
"""

from __future__ import annotations

from fractions import Fraction

from hege.engine.result import FactSeen
from hege.engine.score import GroupScore, ItemScore, LineScore, Range, Score, Step, next_steps

Record = dict[str, object]


def record(score: Score) -> Record:
    """The sheet of one asset, with what to look at next."""
    return {
        "indicator": score.indicator, "title": score.title, "outcome": score.outcome.value,
        "stopped_by": list(score.stopped_by), "base": _exact(score.base), "fails_below": _exact(score.fails_below),
        "bonus_above": _exact(score.bonus_above), "factor": _exact(score.factor),
        "deducted": ends(score.deducted), "earned": ends(score.earned), "score": ends(score.score),
        "total": ends(score.total), "groups": [_group(g) for g in score.groups],
        "next": [_step(s) for s in next_steps(score)],
    }  # fmt: skip


def ends(found: Range | None) -> Record | None:
    """The least and the most."""
    return None if found is None else {"low": _exact(found.low), "high": _exact(found.high)}


def _exact(value: Fraction | None) -> str | None:
    """A decimal where it has no more than four places, else a fraction."""
    if value is None:
        return None
    scaled = value * 10_000
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    whole, rest = divmod(scaled.numerator, 10_000)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".") if rest else str(whole)


def _group(group: GroupScore) -> Record:
    return {
        "title": group.title, "effect": group.effect.value, "points": _exact(group.points), "place": group.place.value,
        "scored": ends(group.scored), "items": [_item(i) for i in group.items],
    }  # fmt: skip


def _item(item: ItemScore) -> Record:
    return {
        "indicator": item.indicator, "title": item.title, "clause": item.law.clause, "cap": ends(item.cap),
        "scored": ends(item.scored), "outcome": item.outcome.value, "is_capped": item.is_capped, "waiver": item.waiver,
        "lines": [_line(n) for n in item.lines],
    }  # fmt: skip


def _line(line: LineScore) -> Record:
    return {
        "id": line.id, "points": _exact(line.points), "scored": ends(line.scored), "applies": line.applies,
        "says": line.says, "quote": line.law.quote, "verified": line.law.verified.value,
        "arithmetic": dict(sorted(line.arithmetic.items())),
        "reasons": [{"code": r.code, "zh": r.text.zh, "en": r.text.en} for r in line.reasons],
        "needs": list(line.needs), "facts": [_fact(f) for f in line.facts],
    }  # fmt: skip


def _fact(seen: FactSeen) -> Record:
    return {"id": seen.id, "kind": seen.kind, "part": seen.part, "state": seen.state}


def _step(step: Step) -> Record:
    return {
        "look_at": step.look_at, "narrows": _exact(step.narrows), "decides": step.decides, "zh": step.zh,
        "lines": [f"{item.indicator}/{line.id}" for item, line in step.lines],
    }  # fmt: skip
