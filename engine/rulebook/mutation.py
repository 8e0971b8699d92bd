"""Mutation of rules: every threshold, window, bound word and date nudged to its neighbour must break a test.

Works on the compiled rulebook, not on files. A mutant that no test of the pack notices survives: there is a boundary
on which nobody has said what should be. Wordings (`problem`) are not mutated: they decide nothing.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, cast

from hege.engine.calendar import load_working_days
from hege.engine.dates import Duration
from hege.engine.errors import Place
from hege.engine.evaluation import by_asset, evaluated
from hege.engine.evaluation.conditions import Conditions
from hege.engine.evaluation.scoring import ranged
from hege.engine.rulebook import model
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Indicator, Relation, Rulebook, Version
from hege.engine.rulebook.provenance import decides, is_of, said_at
from hege.engine.rulebook.references import about
from hege.engine.rulebook.testfiles import Equivalent, TestCase, Tests, read_test_files
from hege.engine.rulebook.testing import run_cases, together
from hege.engine.rulebook.values import shown
from hege.engine.vocabulary import load_vocabulary

_NEIGHBOUR = {
    Relation.AT_LEAST: Relation.MORE_THAN,
    Relation.MORE_THAN: Relation.AT_LEAST,
    Relation.AT_MOST: Relation.LESS_THAN,
    Relation.LESS_THAN: Relation.AT_MOST,
}
_DAY = timedelta(days=1)
# Indicators whose mutants are evaluated side by side: more share their facts, but each is asked of all the cases.
_AT_ONCE = 10
# What is cited, named or asked decides nothing; what a group sums up to is held against its items when it is read.
_NOT_NUDGED = (type, model.Law, model.Path, model.Ask, model.ScoreGroup)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One nudge: of which version (empty: the conventions of the pack), what became what, and where it is written."""

    indicator: str
    version: date | None
    change: str
    place: Place

    def __str__(self) -> str:
        return f"{self.place}: {self.indicator or 'conventions'} @ {self.version or ''} {self.change}"


class Survivor(NamedTuple):
    """A mutant that no case notices, with the rules it was made from and those it is."""

    mutant: Mutant
    old: Rulebook
    new: Rulebook


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """How the tests of a pack stand against all mutants: how many there are, and which go unnoticed.

    `equivalent` go unnoticed and are listed beside the tests as no other rule; `idle` are listed so and are noticed, or
    are no mutants at all.
    """

    made: int
    survivors: tuple[Survivor, ...]
    equivalent: tuple[Equivalent, ...]
    idle: tuple[Equivalent, ...]

    @property
    def noticed(self) -> int:
        """How many mutants a case notices."""
        return self.made - len(self.survivors) - len(self.equivalent)


def survivors(pack: str | Path) -> list[Mutant]:
    """The mutants of what a pack itself says that none of its tests notices, but for those listed as no other rule."""
    return [found.mutant for found in mutation(pack).survivors]


def mutation(pack: str | Path, only: str = "") -> Mutation:
    """Every mutant of what a pack itself says (of indicators whose id has a text) against its tests; raises InputError."""
    book = load_rulebook([pack])
    return mutation_of(book, read_test_files(pack, book), only)


def mutation_of(book: Rulebook, tests: Tests, only: str = "") -> Mutation:
    """The same of the uppermost pack of a rulebook."""
    cases = [case for case in tests.cases if not case.todo]
    made, found = (0, []) if only else _surviving_conventions(book, cases)
    asked = [i for i in book.indicators if only in i.id]
    for some in (asked[n : n + _AT_ONCE] for n in range(0, len(asked), _AT_ONCE)):
        ids = [i.id for i in some]
        part = about(book, ids)
        mutants = [m for i in some for m in _mutants(i, book.packs[-1].id)]
        made += len(mutants)
        surviving = _surviving(part, mutants, [case for case in cases if case.indicator in ids])
        found += [Survivor(mutant, part, _with(part, nudged)) for mutant, nudged in surviving]
    unnoticed = {(s.mutant.indicator, s.mutant.change) for s in found}
    listed = {(e.indicator, e.change): e for e in tests.equivalent if only in e.indicator}
    return Mutation(
        made=made,
        survivors=tuple(s for s in found if (s.mutant.indicator, s.mutant.change) not in listed),
        equivalent=tuple(e for key, e in listed.items() if key in unnoticed),
        idle=tuple(e for key, e in listed.items() if key not in unnoticed),
    )


def _surviving(
    book: Rulebook, mutants: list[tuple[Mutant, Indicator]], cases: Sequence[TestCase]
) -> list[tuple[Mutant, Indicator]]:
    """Those that change no outcome of a case, and then no text, reason or verdict either."""
    told = [case for case in cases if not set(case.expect) <= {"outcome", "points"}]
    return [
        (mutant, indicator)
        for (mutant, indicator), noticed in zip(mutants, _change_outcomes(book, mutants, cases), strict=True)
        if not noticed and not _changes_a_result(book, indicator, told)
    ]


def _change_outcomes(
    book: Rulebook, mutants: Sequence[tuple[Mutant, Indicator]], cases: Sequence[TestCase]
) -> list[bool]:
    """For each mutant whether a case comes out otherwise; all mutants are evaluated side by side."""
    if not mutants:
        return []
    names = [f"{indicator.id}.mutant-{n}" for n, (_, indicator) in enumerate(mutants)]
    beside = tuple(replace(m, id=name) for name, (_, m) in zip(names, mutants, strict=True))
    found = outcomes_of(replace(book, indicators=book.indicators + beside), cases)
    expected: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for n, case in enumerate(cases):
        expected.setdefault(case.indicator, []).append((n, _expected(case)))
    return [
        any(not said.items() <= found[n, name].items() for n, said in expected.get(mutant.id, ()))
        for name, (_, mutant) in zip(names, mutants, strict=True)
    ]


def _expected(case: TestCase) -> dict[str, str]:
    return {word: said for word, said in case.expect.items() if word in ("outcome", "points")}


def outcomes_of(book: Rulebook, cases: Sequence[TestCase]) -> dict[tuple[int, str], dict[str, str]]:
    """Outcome and points by number of the case and indicator."""
    vocabulary, working_days = load_vocabulary(), load_working_days()
    found: dict[tuple[int, str], dict[str, str]] = {}
    for group in together(cases, vocabulary):
        conditions = Conditions(
            rulebook=book, facts=group.facts, vocabulary=vocabulary, working_days=working_days,
            kind=group.kind, day=group.day,
        )  # fmt: skip
        columns = by_asset(conditions).to_dict(as_series=False)
        numbers = {asset: number for number, asset in group.assets.items()}
        for indicator, _ in evaluated(book, group.kind, group.day):
            told = (columns[f"{indicator.id}{column}"] for column in ("", "|low", "|high", "|per"))
            for asset, outcome, low, high, per in zip(columns["id"], *told, strict=True):
                points = "" if low is None else str(ranged(low, high, per))
                found[numbers[asset], indicator.id] = {"outcome": outcome, "points": points}
    return found


def _changes_a_result(book: Rulebook, mutant: Indicator, cases: Sequence[TestCase]) -> bool:
    own = [case for case in cases if case.indicator == mutant.id]
    return bool(own) and not all(r.passed for r in run_cases(own, about(_with(book, mutant), [mutant.id])))


def _surviving_conventions(book: Rulebook, cases: Sequence[TestCase]) -> tuple[int, list[Survivor]]:
    """How long an observation and a condition speak, where the pack itself says it: all nudges, and which survive."""
    if len(book.packs) != 1 or all(i.status is model.Status.DRAFT for i in book.indicators):
        return 0, []
    said = book.conventions
    nudges = [("observation", n, replace(said, observation=d)) for n, d in _lengths(said.observation)]
    if said.condition is not None:
        nudges += [("condition", n, replace(said, condition=d)) for n, d in _lengths(said.condition)]
    found = []
    for name, change, conventions in nudges:
        changed = replace(book, conventions=conventions)
        if not _is_noticed(changed, cases):
            place = Place(file=book.packs[0].id)
            mutant = Mutant(indicator="", version=None, change=f"{name}: {change}", place=place)
            found.append(Survivor(mutant, book, changed))
    return len(nudges), found


def _is_noticed(book: Rulebook, cases: Sequence[TestCase]) -> bool:
    """Whether any case comes out otherwise; looked at some indicators at a time, since the first that does is enough."""
    ids = list(dict.fromkeys(case.indicator for case in cases))
    for some in (ids[n : n + _AT_ONCE] for n in range(0, len(ids), _AT_ONCE)):
        own = [case for case in cases if case.indicator in some]
        found = outcomes_of(about(book, some), own)
        if any(not _expected(case).items() <= found[n, case.indicator].items() for n, case in enumerate(own)):
            return True
    return False


def _lengths(said: Duration) -> Iterator[tuple[str, Duration]]:
    for change, nudged in _neighbours(said):
        assert isinstance(nudged, Duration)
        yield change, nudged


def _with(book: Rulebook, mutant: Indicator) -> Rulebook:
    return replace(book, indicators=tuple(mutant if i.id == mutant.id else i for i in book.indicators))


# ---- neighbours ----------------------------------------------------------------------------------------------------


def _mutants(indicator: Indicator, pack: str) -> list[tuple[Mutant, Indicator]]:
    found = []
    for number, version in enumerate(indicator.versions):
        if indicator.status is model.Status.DRAFT or not is_of(version, pack):
            continue
        nudged = [*_dates(version), *(_conditions(version) if decides(version, pack) else ())]
        for field, change, mutant in nudged:
            versions = (*indicator.versions[:number], mutant, *indicator.versions[number + 1 :])
            if all(a.start < b.start for a, b in itertools.pairwise(versions)):
                place = said_at(version, pack, field)
                told = Mutant(indicator=indicator.id, version=version.start, change=f"{field} {change}", place=place)
                found.append((told, replace(indicator, versions=versions)))
    if indicator.points and indicator.status is not model.Status.DRAFT and is_of(indicator.versions[0], pack):
        place = said_at(indicator.versions[0], pack, "effect")
        for change, points in _neighbours(indicator.points):
            if points <= 0 or (points > indicator.points and not _may_exceed(indicator)):  # type: ignore[operator]
                continue  # no limit is another kind of item; a cap that is never reached makes no difference
            told = Mutant(indicator=indicator.id, version=None, change=f"effect {change}", place=place)
            found.append((told, replace(indicator, points=cast("Decimal", points))))
    return found


def _may_exceed(indicator: Indicator) -> bool:
    """Whether the lines can add up to more than the cap."""
    return any(
        any(line.when is None for line in v.lines) or sum(Decimal(str(n.points)) for n in v.lines) > indicator.points
        for v in indicator.versions
    )


def _dates(version: Version) -> Iterator[tuple[str, str, Version]]:
    """Field, what became what, and the version so changed."""
    for start in (version.start - _DAY, version.start + _DAY):
        yield "from", f"{version.start} -> {start}", replace(version, start=start)


def _conditions(version: Version) -> Iterator[tuple[str, str, Version]]:
    if not version.repealed:
        for change, check in _neighbours(version.fail_when):
            yield "fail_when", change, replace(version, fail_when=cast("model.Check", check))
        for change, check in _neighbours(version.applies_when):
            yield "applies_when", change, replace(version, applies_when=cast("model.Check", check))
        for line, number in zip(version.lines, itertools.count(), strict=False):
            for change, nudged in _neighbours(line):
                lines = (*version.lines[:number], cast("model.Line", nudged), *version.lines[number + 1 :])
                yield f"lines.{line.id}", change, replace(version, lines=lines)
        for change, cap in _neighbours(version.other_cap):
            yield "other_cap", change, replace(version, other_cap=cast("model.OtherCap", cap))
        for change, sheet in _neighbours(version.sheet):
            yield "sheet", change, replace(version, sheet=cast("model.Sheet", sheet))


def _neighbours(item: object) -> Iterator[tuple[str, object]]:
    """Everything that differs from a value or check in one threshold, window, bound word, yes or no, or day."""
    match item:
        case Relation():
            nudged: list[object] = [_NEIGHBOUR[item]] if item in _NEIGHBOUR else []
        case bool():
            nudged = [not item]
        case int():
            nudged = [n for n in (item - 1, item + 1) if n >= 0]
        case Fraction():
            nudged = [n for n in (item - Fraction(1, 100), item + Fraction(1, 100)) if 0 <= n <= 1]
        case Decimal():
            step = Decimal(1).scaleb(int(item.as_tuple().exponent))
            nudged = [item - step, item + step]
        case Duration():
            nudged = [Duration(n, item.unit) for n in (item.number - 1, item.number + 1) if n > 0]
        case date():
            nudged = [item - _DAY, item + _DAY]
        case _:
            yield from _inside(item)
            return
    for value in nudged:
        yield f"{_word(item)} -> {_word(value)}", value


def _inside(item: object) -> Iterator[tuple[str, object]]:
    if isinstance(item, tuple):
        for index, part in enumerate(item):
            for change, mutant in _neighbours(part):
                yield change, (*item[:index], mutant, *item[index + 1 :])
    elif dataclasses.is_dataclass(item) and not isinstance(item, _NOT_NUDGED):
        # A run of periods is always that many or more: its relation is not used.
        unused = "relation" if isinstance(item, model.Periods) and item.in_a_row is not None else ""
        for f in (f for f in dataclasses.fields(item) if f.name != unused):
            for change, mutant in _neighbours(getattr(item, f.name)):
                if isinstance(item, model.Share) and f.name == "step" and not mutant:
                    continue  # no step at all is no rule
                yield f"{type(item).__name__}.{f.name} {change}", replace(item, **{f.name: mutant})


def _word(value: object) -> str:
    if isinstance(value, Relation | bool):
        return str(getattr(value, "value", value))
    return shown(value) if isinstance(value, Fraction) else str(value)
