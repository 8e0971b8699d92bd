"""Mutation of rules: every threshold, window and bound word nudged to its neighbour must break a test.

Works on the compiled model, not on files. A mutant that no test notices is a survivor: a boundary without a case.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from hege.engine.dates import Duration
from hege.engine.rulebook import model
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Check, Indicator, Relation, Rulebook, Version
from hege.engine.rulebook.testing import TestCase, read_tests, run_cases
from hege.engine.rulebook.values import shown

_NEIGHBOUR = {
    Relation.AT_LEAST: Relation.MORE_THAN, Relation.MORE_THAN: Relation.AT_LEAST,
    Relation.AT_MOST: Relation.LESS_THAN, Relation.LESS_THAN: Relation.AT_MOST,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One nudged rule."""

    indicator: str
    version: Version
    change: str


def survivors(pack: str | Path) -> list[Mutant]:
    """The mutants of the indicators a pack's tests are about that no test of the pack notices."""
    book = load_rulebook([pack])
    cases = read_tests(pack, book)
    id = book.packs[-1].id
    found = []
    for name in dict.fromkeys(c.indicator for c in cases):
        own = [c for c in cases if c.indicator == name]
        small = _about(book, name)
        for mutant, indicator in _mutants(small.indicator(name), id):
            if not _noticed(small, indicator, own):
                found.append(mutant)
    return found


def _about(book: Rulebook, name: str) -> Rulebook:
    """The rulebook of one indicator and those it refers to."""
    wanted, waiting = set[str](), [name]
    while waiting:
        id = waiting.pop()
        if id not in wanted:
            wanted.add(id)
            waiting += [n for v in book.indicator(id).versions for n in _referred(v.fail_when)]
    return replace(book, indicators=tuple(i for i in book.indicators if i.id in wanted))


def _referred(item: object) -> Iterator[str]:
    if isinstance(item, model.Fails):
        yield item.indicator
    for part in _parts(item):
        yield from _referred(part)


def _parts(item: object) -> Iterator[object]:
    if isinstance(item, tuple):
        yield from item
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        for f in dataclasses.fields(item):
            yield getattr(item, f.name)


def _noticed(book: Rulebook, mutant: Indicator, cases: Sequence[TestCase]) -> bool:
    mutated = replace(book, indicators=tuple(mutant if i.id == mutant.id else i for i in book.indicators))
    return any(not r.passed for r in run_cases(cases, mutated))


def _mutants(indicator: Indicator, pack: str) -> Iterator[tuple[Mutant, Indicator]]:
    """Mutants of what the pack itself says; what it takes over unchanged is tested beside the pack below."""
    for number, version in enumerate(indicator.versions):
        own = {name for name, origin in version.origins.items() if origin.pack == pack}
        if version.fail_when is None or version.repealed or not own:
            continue
        changed: list[tuple[str, Version]] = []
        if any(name == "fail_when" or name.startswith("params.") for name in own):
            changed += [(change, replace(version, fail_when=check)) for change, check in _nudged(version.fail_when)]
        changed += [
            (f"from {moved}", replace(version, start=moved))
            for moved in (version.start - timedelta(days=1), version.start + timedelta(days=1))
        ]
        for change, mutant in changed:
            versions = (*indicator.versions[:number], mutant, *indicator.versions[number + 1 :])
            yield Mutant(indicator.id, version, change), replace(indicator, versions=versions)


def _nudged(item: Check) -> Iterator[tuple[str, Check]]:
    """Every check that differs in one threshold, window or bound word."""
    yield from _variants(item)  # type: ignore[misc]


def _variants(item: object) -> Iterator[tuple[str, object]]:
    if isinstance(item, Relation):
        if item in _NEIGHBOUR:
            yield f"{item.value} -> {_NEIGHBOUR[item].value}", _NEIGHBOUR[item]
    elif isinstance(item, bool):
        yield f"{item} -> {not item}", not item
    elif isinstance(item, int):
        yield from ((f"{item} -> {n}", n) for n in (item - 1, item + 1) if n >= 0)
    elif isinstance(item, Fraction):
        yield from ((f"{shown(item)} -> {shown(n)}", n) for n in (item - Fraction(1, 100), item + Fraction(1, 100)))
    elif isinstance(item, Duration):
        yield from (
            (f"{item} -> {n}", n)
            for n in (Duration(item.number - 1, item.unit), Duration(item.number + 1, item.unit))
            if n.number > 0
        )
    elif isinstance(item, tuple):
        for index, part in enumerate(item):
            for change, mutant in _variants(part):
                yield change, (*item[:index], mutant, *item[index + 1 :])
    elif dataclasses.is_dataclass(item) and not isinstance(item, type | model.Law | model.Path):
        for f in dataclasses.fields(item):
            for change, mutant in _variants(getattr(item, f.name)):
                yield f"{type(item).__name__}.{f.name}: {change}", replace(item, **{f.name: mutant})
