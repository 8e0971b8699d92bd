"""Coverage of rules by their tests: every version of an indicator in every outcome it can have, and every line of an
item at nothing, once and unknown, with the item at its cap and beyond.

Whether the cases stand on both sides of each threshold and date is what `mutation` asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hege.engine.errors import Place
from hege.engine.result import Outcome
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Effect, Indicator, Rulebook, Status, Version
from hege.engine.rulebook.provenance import decides, is_of, said_at
from hege.engine.rulebook.reach import is_switched_off
from hege.engine.rulebook.testfiles import TestCase, read_tests
from hege.engine.rulebook.testing import TestResult, run_cases


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A version of an indicator for which no test of the pack expects an outcome."""

    indicator: str
    version: date
    outcome: str  # an outcome, or of an item `LINE zero|once|unknown|not_applicable`, `cap`, `beyond`
    place: Place

    def __str__(self) -> str:
        return f"{self.place}: {self.indicator} @ {self.version} {self.outcome}"


def gaps(pack: str | Path) -> list[Gap]:
    """What the tests beside a pack leave out of what the pack itself says; raises InputError."""
    book = load_rulebook([pack])
    id = book.packs[-1].id
    known = {i.id: i for i in book.indicators}
    cases = [case for case in read_tests(pack, book) if not case.todo]
    seen = {_seen(known[case.indicator], case) for case in cases}
    return [
        *_of_items(book, cases, id),
        *(
            Gap(indicator=indicator.id, version=version.start, outcome=outcome.value, place=said_at(version, id))
            for indicator in book.indicators
            for version in indicator.versions
            if indicator.status is not Status.DRAFT
            and is_of(version, id)
            and not (version.lines and not version.repealed)
            for outcome in _wanted(indicator, version, id)
            if (indicator.id, version.start, outcome.value) not in seen
        ),
    ]


# ---- items ---------------------------------------------------------------------------------------------------------


def _of_items(book: Rulebook, cases: Sequence[TestCase], pack: str) -> Iterator[Gap]:
    """What no case with expected points shows of the items."""
    about = [c for c in cases if book.indicator(c.indicator).is_item and {"points", "outcome"} & set(c.expect)]
    results = run_cases(about, book)
    for indicator in (i for i in book.indicators if i.is_item and i.status is not Status.DRAFT):
        for version in (v for v in indicator.versions if is_of(v, pack) and not v.repealed):
            shown = set[str]()
            for result in results:
                if result.case.indicator == indicator.id and indicator.at(result.case.at) == version:
                    shown |= set(_shown(result))
            for outcome in _wanted_of_item(indicator, version):
                if outcome not in shown:
                    place = said_at(version, pack, "lines")
                    yield Gap(indicator=indicator.id, version=version.start, outcome=outcome, place=place)


def _wanted_of_item(indicator: Indicator, version: Version) -> Iterator[str]:
    for line in version.lines:
        yield from (f"{line.id} {word}" for word in ("zero", "once", "unknown"))
        if line.applies_when is not None:
            yield f"{line.id} not_applicable"
    counted = any(line.when is None for line in version.lines)
    if indicator.points:
        yield "cap"
        if counted:
            yield "beyond"
    if version.applies_when is not None:
        yield Outcome.NOT_APPLICABLE.value


def _shown(result: TestResult) -> Iterator[str]:
    """What a case with one result shows of the lines of its item."""
    item = result.item
    if item is None:
        return
    if item.outcome is Outcome.NOT_APPLICABLE:
        yield item.outcome.value
    if item.cap is not None and item.scored == item.cap:
        yield "cap"
        if item.is_capped:
            yield "beyond"
    for line in item.lines:
        if line.applies is False:
            yield f"{line.id} not_applicable"
        elif not line.scored.is_known:
            yield f"{line.id} unknown"
        elif line.scored.low in (0, line.points):
            yield f"{line.id} {'once' if line.scored.low else 'zero'}"


def _wanted(indicator: Indicator, version: Version, pack: str) -> tuple[Outcome, ...]:
    """The outcomes that need a case; where a pack changes the wording alone, a failure that shows it is enough."""
    if version.repealed:
        return (Outcome.NOT_IN_FORCE,)
    if not decides(version, pack):
        return (Outcome.FAIL,)
    if indicator.effect is Effect.SCORE and version.sheet is not None and version.sheet.fails_below is None:
        return (Outcome.NOT_APPLICABLE,)  # without a line it decides nothing
    narrow = version.applies_when is not None or bool(indicator.applies_to.where)
    decided = (Outcome.PASS,) if is_switched_off(version.fail_when) else (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN)
    return (*decided, Outcome.NOT_APPLICABLE) if narrow else decided


def _seen(indicator: Indicator, case: TestCase) -> tuple[str, date | None, str]:
    """The version that the day of a case falls under, and what is expected of it."""
    earlier = [version.start for version in indicator.versions if version.start <= case.at]
    return case.indicator, earlier[-1] if earlier else None, case.expect.get("outcome", "")
