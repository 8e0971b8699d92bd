"""Tightening and loosening as proven from the check: right wherever it is claimed, silent where it depends."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any as Anything

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hege.engine.dates import Duration, Unit
from hege.engine.rulebook import model
from hege.engine.rulebook.direction import direction
from hege.engine.rulebook.model import Direction, Law, Param, Path, Relation, Rulebook, Version

from .oracle import Oracle
from .test_oracle_agreement import DAY, VOCABULARY, WORKING_DAYS, checks, fact, flat

NEWEST = Path("home", "newest")
ANY_COLUMN = model.Selection(kind="column")
P = Param("p")


def version(check: model.Check, old: Anything, applies_when: model.Check | None = None) -> Version:
    return Version(
        start=date(2019, 4, 1),
        law=Law(document="d"),
        fail_when=check,
        applies_when=applies_when,
        params={"p": old},
    )


def days(number: int) -> Duration:
    return Duration(number, Unit.DAY)


def column(that: model.Check) -> model.Selection:
    return model.Selection(kind="column", that=that)


STALE = model.NotUpdated(what=NEWEST, within=P)
ROW_STALE = model.NotUpdated(what=Path("", "newest"), within=P)
T, L, S = Direction.TIGHTEN, Direction.LOOSEN, Direction.SAME

PROVEN: dict[str, tuple[model.Check, Anything, Anything, Direction | None]] = {
    "a shorter window": (STALE, days(14), days(7), T),
    "a longer window": (STALE, days(14), days(20), L),
    "the same window in other words": (STALE, days(14), Duration(2, Unit.WEEK), S),
    "weeks against days": (STALE, Duration(2, Unit.WEEK), days(13), T),
    "a month and 30 days": (STALE, Duration(1, Unit.MONTH), days(30), None),
    "a month and 27 days": (STALE, Duration(1, Unit.MONTH), days(27), T),
    "a year and 12 months": (STALE, Duration(1, Unit.YEAR), Duration(12, Unit.MONTH), None),
    "not stale": (model.Not(STALE), days(14), days(7), L),
    "a lower limit": (model.Count(of=(ANY_COLUMN,), relation=Relation.AT_LEAST, number=P), 5, 3, T),
    "a lower limit from above": (model.Count(of=(ANY_COLUMN,), relation=Relation.AT_MOST, number=P), 5, 3, L),
    "a window counted at least": (
        model.Count(of=(column(ROW_STALE),), relation=Relation.AT_LEAST, number=5), days(14), days(7), T,
    ),
    "a window counted fewer than": (
        model.Count(of=(column(ROW_STALE),), relation=Relation.LESS_THAN, number=5), days(14), days(7), L,
    ),
    "a longer look back": (
        model.Some(of=model.Selection(kind="message", within=P, by="submitted")), days(30), days(60), T,
    ),
    "a longer look back at when it was observed": (
        model.Some(of=model.Selection(kind="message", within=P)), days(30), days(60), None,
    ),
    "a higher share": (
        model.Ratio(of=column(ROW_STALE), relation=Relation.AT_LEAST, share=P), Fraction(1, 20), Fraction(1, 10), L,
    ),
    "what a share is a share of": (
        model.Ratio(of=dataclasses.replace(column(model.Switch(True)), within=P), relation=Relation.AT_LEAST, share=Fraction(1, 2)),
        days(7), days(14), None,
    ),
    "a window inside a share": (
        model.Ratio(of=column(ROW_STALE), relation=Relation.AT_LEAST, share=Fraction(1, 2)), days(14), days(7), T,
    ),
    "a longer wait": (
        model.Elapsed(since=NEWEST, until=None, relation=Relation.MORE_THAN, duration=P), days(30), days(60), L,
    ),
    "a longer run": (
        model.Periods(every=model.Every.WEEK, within=model.Span.MONTH, that=model.Switch(True), in_a_row=P), 2, 3, L,
    ),
    "a window in at most so many periods": (
        model.Periods(every=model.Every.WEEK, within=model.Span.MONTH, that=STALE, relation=Relation.AT_MOST, number=2),
        days(14), days(7), L,
    ),
    "a window in so many periods in a row": (
        model.Periods(every=model.Every.WEEK, within=model.Span.MONTH, that=STALE, in_a_row=2), days(14), days(7), T,
    ),
    "a word for another": (model.Compare(what=Path("home", "items"), relation=Relation.IS, value=P), 1, 2, None),
    "a clause switched on": (model.Switch(P), False, True, T),
    "both ways at once": (model.Any((STALE, model.Not(STALE))), days(14), days(7), None),
    "a value of another type": (STALE, days(14), 7, None),
    "a parameter of texts only": (model.Absent(what=NEWEST), days(14), days(7), None),
}  # fmt: skip


@pytest.mark.parametrize("name", PROVEN)
def test_direction_of_a_changed_parameter(name: str) -> None:
    """From the sign of the parameter in the tree."""
    check, old, new, expected = PROVEN[name]
    assert direction(version(check, old), "p", new) is expected


def test_scope_counts_as_well() -> None:
    """A parameter that decides to whom the indicator applies: more assets is tighter."""
    scope = model.Compare(what=Path("home", "items"), relation=Relation.AT_LEAST, value=P)
    assert direction(version(model.Absent(what=NEWEST), 10, scope), "p", 5) is T
    assert (
        direction(version(model.Count(of=(ANY_COLUMN,), relation=Relation.AT_MOST, number=P), 10, scope), "p", 5)
        is None
    )


# ---- against the oracle --------------------------------------------------------------------------------------------

SLOTS = {
    (model.NotUpdated, "within"), (model.Selection, "within"), (model.Elapsed, "duration"), (model.Count, "number"),
    (model.Periods, "number"), (model.Periods, "in_a_row"), (model.Ratio, "share"), (model.Enough, "per_day"),
    (model.Enough, "days"),
}  # fmt: skip


def values(item: object) -> Iterator[object]:
    """The values that could be parameters."""
    if isinstance(item, tuple):
        for part in item:
            yield from values(part)
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        for f in dataclasses.fields(item):
            part = getattr(item, f.name)
            if (type(item), f.name) in SLOTS and part is not None:
                yield part
            else:
                yield from values(part)


def put(item: Anything, old: object, new: object) -> Anything:
    """The check with one value replaced by another wherever it stands in a slot."""
    if isinstance(item, tuple):
        return tuple(put(part, old, new) for part in item)
    if not dataclasses.is_dataclass(item) or isinstance(item, type):
        return item
    parts = {f.name: getattr(item, f.name) for f in dataclasses.fields(item)}
    done = {
        n: new if (type(item), n) in SLOTS and type(p) is type(old) and p == old else put(p, old, new)
        for n, p in parts.items()
    }
    return dataclasses.replace(item, **done)


OTHERS: dict[type, st.SearchStrategy[Anything]] = {
    int: st.integers(1, 4),
    Fraction: st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(2, 5), Fraction(3, 4), Fraction(1)]),
    Duration: st.sampled_from(
        [Duration(n, u) for n in (1, 2, 3) for u in (Unit.DAY, Unit.WEEK, Unit.MONTH)] + [Duration(20, Unit.DAY)]
    ),
}


@st.composite
def claims(draw: st.DrawFn) -> tuple[Direction, model.Check, model.Check, list[list[dict[str, Anything]]]]:
    """A check, the same with another value of one parameter, what is claimed of that, and facts to try it on."""
    check = draw(st.one_of(flat, flat, checks))
    slots = list(dict.fromkeys(values(check)))
    assume(slots)
    old = draw(st.sampled_from(slots))
    new = draw(OTHERS[type(old)])
    claim = direction(version(put(check, old, P), old), "p", new)
    assume(claim is not None)
    assert claim is not None
    return claim, check, put(check, old, new), list(some_of(draw(st.lists(fact, min_size=8, max_size=10))))


def some_of(facts: list[dict[str, Anything]]) -> Iterator[list[dict[str, Anything]]]:
    """Several collections of facts out of one, which is cheaper than to generate each: one, some, and up to nine at once."""
    for size in (1, 3, 9):
        for start in range(0, len(facts), 2):
            yield list({(f["_kind"], f["part"], f["observed_at"]): f for f in facts[start : start + size]}.values())


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(claims())
def test_what_is_claimed_holds_for_every_fact(
    claimed: tuple[Direction, model.Check, model.Check, list[list[dict[str, Anything]]]],
) -> None:
    """Tightened: whatever failed fails, whatever passes now passed before. Loosened: the other way round."""
    claim, check, changed, tries = claimed
    conventions = model.Conventions(observation=Duration(7, Unit.DAY), law=Law(document="d"))
    book = Rulebook(packs=(), indicators=(), conventions=conventions)
    asset = {"id": "a", "kind": "account", "platform": "微信", "district": "", "category": "", "owner": ""}
    for facts in tries:
        oracle = Oracle(book, VOCABULARY, WORKING_DAYS, facts, asset, DAY)
        before, after = oracle.truth(check), oracle.truth(changed)
        if claim is not Direction.LOOSEN:
            assert before is not True or after is True
            assert after is not False or before is False
        if claim is not Direction.TIGHTEN:
            assert after is not True or before is True
            assert before is not False or after is False
