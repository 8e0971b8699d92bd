"""Whether a check can come out either way: what holds or fails whatever the facts say is a slip of the pen.

Claims only what the shape of a compiled check proves; a block it does not know, it takes to go either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hege.engine.rulebook import model
from hege.engine.rulebook.model import Check, Compare, Every, Relation, Span

# The most periods that can end inside a calendar span.
_MOST = {
    Span.WEEK: {Every.DAY: 7, Every.WORKDAY: 7, Every.WEEK: 1, Every.MONTH: 1},
    Span.MONTH: {Every.DAY: 31, Every.WORKDAY: 31, Every.WEEK: 5, Every.MONTH: 1},
    Span.QUARTER: {Every.DAY: 92, Every.WORKDAY: 92, Every.WEEK: 14, Every.MONTH: 3},
    Span.YEAR: {Every.DAY: 366, Every.WORKDAY: 366, Every.WEEK: 53, Every.MONTH: 12},
}


def settled(check: Check | None) -> bool | None:
    """True where the check holds whatever the facts, False where it never can, None where that depends on them."""
    match check:
        case model.Any(of):
            return _joined(of, decisive=True)
        case model.All(of):
            return _joined(of, decisive=False)
        case model.Not(of):
            inner = settled(of)
            return None if inner is None else not inner
        case model.Switch(bool(value)):
            return value
        case model.Some(of=of):
            return False if _empty(of) else None
        case model.Count(of=of, relation=relation, number=int(number)):
            most = 0 if all(_empty(s) for s in of) else None
            return _bounded(relation, Fraction(number), Fraction(0), None if most is None else Fraction(most))
        case model.Ratio(relation=relation, share=Fraction() as share):
            return _bounded(relation, share, Fraction(0), Fraction(1))
        case model.Periods():
            return _periods(check)
    return None


def is_switched_off(check: Check | None) -> bool:
    """Whether a switch of the pack keeps the check from holding: no slip, someone has turned it off."""
    return isinstance(check, model.All) and any(isinstance(c, model.Switch) and c.value is False for c in check.of)


def _periods(check: model.Periods) -> bool | None:
    wanted = check.number if check.in_a_row is None else check.in_a_row
    if not isinstance(wanted, int):
        return None
    most = 0 if settled(check.that) is False else _MOST[check.within][check.every]
    return _bounded(check.relation, Fraction(wanted), Fraction(0), Fraction(most))


def _bounded(relation: Relation, bound: Fraction, least: Fraction, most: Fraction | None) -> bool | None:
    """What becomes of a bound on something that lies between two numbers."""

    def of(value: Fraction) -> bool:
        return {
            Relation.AT_LEAST: value >= bound,
            Relation.MORE_THAN: value > bound,
            Relation.AT_MOST: value <= bound,
            Relation.LESS_THAN: value < bound,
        }[relation]

    rising = relation in (Relation.AT_LEAST, Relation.MORE_THAN)
    if of(least) is rising:  # the least already decides what a larger number only confirms
        return rising
    if most is not None and of(most) is not rising:
        return not rising
    return None


def _joined(of: Sequence[Check], *, decisive: bool) -> bool | None:
    """Any (decided by one that holds) and all (decided by one that does not)."""
    parts = [settled(c) for c in of]
    if decisive in parts or _opposed(of):
        return decisive
    if not decisive and _contradict(of):
        return False
    return not decisive if all(p is not None for p in parts) else None


def _opposed(of: Sequence[Check]) -> bool:
    """Whether one part is the denial of another."""
    denied = [c.of for c in of if isinstance(c, model.Not)]
    return any(c in denied for c in of)


def _empty(selection: model.Selection) -> bool:
    """Whether no fact can be selected."""
    return _contradict(selection.where) or settled(selection.that) is False


def _contradict(of: Sequence[Check]) -> bool:
    """Whether two parts ask one field to be two different things."""
    allowed: dict[model.Path, set[object]] = {}
    for part in of:
        match part:
            case Compare(what=what, relation=Relation.IS, value=value, if_missing=None):
                words: set[object] = {value}
            case Compare(what=what, relation=Relation.ONE_OF, value=tuple(values), if_missing=None):
                words = set(values)
            case _:
                continue
        if any(isinstance(w, model.Param) for w in words):
            continue
        allowed[what] = allowed.get(what, words) & words
        if not allowed[what]:
            return True
    return False
