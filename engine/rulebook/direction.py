"""Whether a new value of a parameter makes a rule stricter or laxer, read off the shape of its checks.

A claim is only made where it can be proven: a parameter that works both ways, or two values that cannot be put in
order on every day (30 days and one month), give no answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from hege.engine.dates import Duration, Unit
from hege.engine.rulebook import model
from hege.engine.rulebook.model import Direction, Param, Relation, Version

_UP, _DOWN = 1, -1
_BOUND_SIGNS = {
    Relation.AT_LEAST: _DOWN,  # a higher limit is reached less often
    Relation.MORE_THAN: _DOWN,
    Relation.AT_MOST: _UP,
    Relation.LESS_THAN: _UP,
}


def direction(version: Version, name: str, new: object) -> Direction | None:
    """What giving a parameter a new value does to the version; None where that cannot be proven."""
    old = version.params.get(name)
    if old == new and type(old) is type(new):
        return Direction.SAME
    if mentions((version.lines, version.other_cap), name):
        return None  # points: whether more of them is stricter depends on what they are given for
    ways = {
        *signs(version.fail_when, name, _UP), *signs(version.sheet, name, _UP),
        *signs(version.applies_when, name, _UP),
    }  # fmt: skip
    way = moved(old, new)
    if len(ways) != 1 or way is None:
        return None
    if way == 0:
        return Direction.SAME
    return Direction.TIGHTEN if way * ways.pop() == _UP else Direction.LOOSEN


def signs(item: object, name: str, sign: int) -> Iterator[int]:
    """For each use of the parameter: does a larger value make failing likelier (1), rarer (-1), or either (both)?"""
    here = Param(name)
    match item:
        case model.NotUpdated(within=within):
            if within == here:
                yield -sign
        case model.Compare(relation=relation, value=value):
            if mentions(value, name):
                yield from (sign * _BOUND_SIGNS[relation],) if relation in _BOUND_SIGNS else (_UP, _DOWN)
        case model.Elapsed(relation=relation, duration=duration):
            if duration == here:
                yield sign * _BOUND_SIGNS[relation]
        case model.Selection(within=within):
            if within == here:
                # A longer look back may also decide what nobody had looked at: then nothing is proven.
                yield from (_UP, _DOWN) if item.windowed_by_observation else (sign,)
            yield from _inner(item, name, sign)
        case model.Count(of=of, relation=relation, number=number):
            if number == here:
                yield sign * _BOUND_SIGNS[relation]
            yield from signs(of, name, -sign * _BOUND_SIGNS[relation])
        case model.Ratio(of=of, relation=relation, share=share, enough=enough):
            if share == here:
                yield sign * _BOUND_SIGNS[relation]
            inner = -sign * _BOUND_SIGNS[relation]
            yield from signs(of.that, name, inner)
            if mentions(dataclasses.replace(of, that=None), name) or mentions(enough, name):
                yield from (_UP, _DOWN)  # changes the whole, or what is enough to judge at all
        case model.Periods(that=that, relation=relation, number=number, in_a_row=in_a_row):
            if number == here:
                yield sign * _BOUND_SIGNS[relation]
            if in_a_row == here:
                yield -sign
            yield from signs(that, name, sign if in_a_row is not None else -sign * _BOUND_SIGNS[relation])
        case model.Not(of):
            yield from signs(of, name, -sign)
        case model.Switch(value=value):
            if value == here:
                yield sign
        case model.Sheet():
            if item.fails_below == here:
                yield sign
            if mentions(dataclasses.replace(item, fails_below=None), name):
                yield from (_UP, _DOWN)
        case _:
            yield from _inner(item, name, sign)


def _inner(item: object, name: str, sign: int) -> Iterator[int]:
    if isinstance(item, tuple):
        for part in item:
            yield from signs(part, name, sign)
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        for f in dataclasses.fields(item):
            yield from signs(getattr(item, f.name), name, sign)


def mentions(item: object, name: str) -> bool:
    """Whether a part of a check uses the parameter."""
    if isinstance(item, tuple):
        return any(mentions(i, name) for i in item)
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return item == Param(name) or any(mentions(getattr(item, f.name), name) for f in dataclasses.fields(item))
    return False


def moved(old: object, new: object) -> int | None:
    """1 where the new value is larger on every day, -1 smaller, 0 equal, None where that depends or makes no sense."""
    before, after = _range(old), _range(new)
    if before is None or after is None or isinstance(old, Duration) is not isinstance(new, Duration):
        return None
    if isinstance(old, Duration) and isinstance(new, Duration) and old.unit is new.unit:
        return (new.number > old.number) - (new.number < old.number)
    if after[0] > before[1]:
        return 1
    if after[1] < before[0]:
        return -1
    return 0 if before == after and before[0] == before[1] else None


def _range(given: object) -> tuple[Fraction, Fraction] | None:
    """The least and the most a value can come to, durations in days."""
    if isinstance(given, Duration):
        number = given.number
        least, most = {
            Unit.HOUR: (Fraction(number, 24), Fraction(number, 24)),
            Unit.DAY: (Fraction(number), Fraction(number)),
            Unit.WEEK: (Fraction(7 * number), Fraction(7 * number)),
            Unit.MONTH: (Fraction(28 * number), Fraction(31 * number + 1)),
            Unit.YEAR: (Fraction(365 * number), Fraction(366 * number + 1)),
            # A working week holds five days; the longest holidays with their weekends take twelve days.
            Unit.WORKDAY: (Fraction(number), Fraction(2 * number + 12)),
        }[given.unit]
        return least, most
    if isinstance(given, bool | int | Decimal | Fraction):
        return Fraction(given), Fraction(given)
    return None
