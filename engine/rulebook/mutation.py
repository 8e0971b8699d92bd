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
from typing import cast

from hege.engine.calendar import load_working_days
from hege.engine.dates import Duration
from hege.engine.errors import Place
from hege.engine.evaluation import evaluate
from hege.engine.rulebook import model
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Indicator, Relation, Rulebook, Version
from hege.engine.rulebook.provenance import decides, is_of, said_at
from hege.engine.rulebook.references import about
from hege.engine.rulebook.testfiles import TestCase, read_tests
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One nudge: of which version (empty: the conventions of the pack), what became what, and where it is written."""

    indicator: str
    version: date | None
    change: str
    place: Place

    def __str__(self) -> str:
        return f"{self.place}: {self.indicator or 'conventions'} @ {self.version or ''} {self.change}"


def survivors(pack: str | Path) -> list[Mutant]:
    """The mutants of what a pack itself says that none of its tests notices; raises InputError."""
    return [mutant for mutant, _, _ in unnoticed(pack)]


def unnoticed(pack: str | Path, only: str = "") -> list[tuple[Mutant, Rulebook, Rulebook]]:
    """The survivors (of indicators whose id has a text), each with the rules it was made from and those it is."""
    book = load_rulebook([pack])
    cases = [case for case in read_tests(pack, book) if not case.todo]
    found = [] if only else _surviving_conventions(book, cases)
    for indicator in book.indicators:
        if only in indicator.id:
            own = [case for case in cases if case.indicator == indicator.id]
            part = about(book, [indicator.id])
            mutants = _mutants(indicator, book.packs[-1].id)
            found += [(mutant, part, _with(part, made)) for mutant, made in _surviving(part, mutants, own)]
    return found


def _surviving(
    book: Rulebook, mutants: list[tuple[Mutant, Indicator]], cases: Sequence[TestCase]
) -> list[tuple[Mutant, Indicator]]:
    """Those that change no outcome of a case, and then no text, reason or verdict either."""
    told = [case for case in cases if set(case.expect) != {"outcome"}]
    return [
        (mutant, indicator)
        for (mutant, indicator), noticed in zip(mutants, _change_outcomes(book, mutants, cases), strict=True)
        if not noticed and not (told and _changes_a_result(_with(book, indicator), told))
    ]


def _change_outcomes(
    book: Rulebook, mutants: Sequence[tuple[Mutant, Indicator]], cases: Sequence[TestCase]
) -> list[bool]:
    """For each mutant whether a case comes out otherwise; all mutants are evaluated side by side."""
    if not mutants:
        return []
    names = [f"{indicator.id}.mutant-{n}" for n, (_, indicator) in enumerate(mutants)]
    beside = tuple(replace(m, id=name) for name, (_, m) in zip(names, mutants, strict=True))
    outcomes = outcomes_of(replace(book, indicators=book.indicators + beside), cases)
    expected = {n: case.expect["outcome"] for n, case in enumerate(cases) if "outcome" in case.expect}
    return [any(outcomes[n, name] != outcome for n, outcome in expected.items()) for name in names]


def outcomes_of(book: Rulebook, cases: Sequence[TestCase]) -> dict[tuple[int, str], str]:
    """By number of the case and indicator."""
    vocabulary, working_days = load_vocabulary(), load_working_days()
    found: dict[tuple[int, str], str] = {}
    for group in together(cases, vocabulary):
        rows = evaluate(book, group.facts, group.kind, group.day, vocabulary, working_days)
        numbers = {asset: number for number, asset in group.assets.items()}
        for asset, indicator, outcome in rows.select("asset", "indicator", "outcome").iter_rows():
            found[numbers[asset], indicator] = outcome
    return found


def _changes_a_result(book: Rulebook, cases: Sequence[TestCase]) -> bool:
    return not all(result.passed for result in run_cases(cases, book))


def _surviving_conventions(book: Rulebook, cases: Sequence[TestCase]) -> list[tuple[Mutant, Rulebook, Rulebook]]:
    """How long an observation speaks, where the pack itself says it."""
    if len(book.packs) != 1:
        return []
    said = book.conventions.observation
    expected = {(n, c.indicator): c.expect["outcome"] for n, c in enumerate(cases) if "outcome" in c.expect}
    found = []
    for change, nudged in _neighbours(said):
        assert isinstance(nudged, Duration)
        changed = replace(book, conventions=replace(book.conventions, observation=nudged))
        outcomes = outcomes_of(changed, cases)
        if all(outcomes[key] == outcome for key, outcome in expected.items()):
            place = Place(file=book.packs[0].id)
            mutant = Mutant(indicator="", version=None, change=f"observation: {change}", place=place)
            found.append((mutant, book, changed))
    return found


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
    return found


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
    elif dataclasses.is_dataclass(item) and not isinstance(item, type | model.Law | model.Path):
        # A run of periods is always that many or more: its relation is not used.
        unused = "relation" if isinstance(item, model.Periods) and item.in_a_row is not None else ""
        for f in (f for f in dataclasses.fields(item) if f.name != unused):
            for change, mutant in _neighbours(getattr(item, f.name)):
                yield f"{type(item).__name__}.{f.name} {change}", replace(item, **{f.name: mutant})


def _word(value: object) -> str:
    if isinstance(value, Relation | bool):
        return str(getattr(value, "value", value))
    return shown(value) if isinstance(value, Fraction) else str(value)
