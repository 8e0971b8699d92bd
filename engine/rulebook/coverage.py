"""Coverage of rules by their tests: every version of an indicator in every outcome it can have.

Whether the cases stand on both sides of each threshold and date is what `mutation` asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hege.engine.errors import Place
from hege.engine.result import Outcome
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Indicator, Status, Version
from hege.engine.rulebook.provenance import decides, is_of, said_at
from hege.engine.rulebook.testfiles import TestCase, read_tests


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A version of an indicator for which no test of the pack expects an outcome."""

    indicator: str
    version: date
    outcome: Outcome
    place: Place

    def __str__(self) -> str:
        return f"{self.place}: {self.indicator} @ {self.version} {self.outcome.value}"


def gaps(pack: str | Path) -> list[Gap]:
    """What the tests beside a pack leave out of what the pack itself says; raises InputError."""
    book = load_rulebook([pack])
    id = book.packs[-1].id
    known = {i.id: i for i in book.indicators}
    seen = {_seen(known[case.indicator], case) for case in read_tests(pack, book) if not case.todo}
    return [
        Gap(indicator=indicator.id, version=version.start, outcome=outcome, place=said_at(version, id))
        for indicator in book.indicators
        for version in indicator.versions
        if indicator.status is not Status.DRAFT and is_of(version, id)
        for outcome in _wanted(indicator, version, id)
        if (indicator.id, version.start, outcome.value) not in seen
    ]


def _wanted(indicator: Indicator, version: Version, pack: str) -> tuple[Outcome, ...]:
    """The outcomes that need a case; where a pack changes the wording alone, a failure that shows it is enough."""
    if version.repealed:
        return (Outcome.NOT_IN_FORCE,)
    if not decides(version, pack):
        return (Outcome.FAIL,)
    narrow = version.applies_when is not None or bool(indicator.applies_to.where)
    decided = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN)
    return (*decided, Outcome.NOT_APPLICABLE) if narrow else decided


def _seen(indicator: Indicator, case: TestCase) -> tuple[str, date | None, str]:
    """The version that the day of a case falls under, and what is expected of it."""
    earlier = [version.start for version in indicator.versions if version.start <= case.at]
    return case.indicator, earlier[-1] if earlier else None, case.expect.get("outcome", "")
