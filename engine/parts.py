"""Inspections and impacts in parts, by asset and by day: computed apart, put together again to the same bytes.

No finding depends on the facts of another asset, so parts can be computed in any order and anywhere. Where that is
(one process after another, or a cluster) is for the caller, who gives something like `map`.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from hege.engine.calendar import WorkingDays
from hege.engine.case import Case
from hege.engine.impact import BatchImpact, Impact, impact
from hege.engine.inspection import batch_of, inspect, made, planned_assets
from hege.engine.result import AssetResult, Inspection
from hege.engine.rulebook.model import Rulebook
from hege.engine.rulebook.sources import Compiled
from hege.engine.vocabulary import Vocabulary

DAYS_AT_ONCE = 13  # what does not depend on the day is worked out once for so many


class Inspect(Protocol):
    """A way to inspect a case."""

    def __call__(
        self, case: Case, rulebook: Rulebook, vocabulary: Vocabulary, working_days: WorkingDays, /
    ) -> Inspection:
        """The inspection."""


class Run(Protocol):
    """Computes a function of each of several things, and gives the results in the order of the things."""

    def __call__(self, function: Callable[[Any], Any], things: Sequence[Any], /) -> Iterable[Any]:
        """The results."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InspectionPart:
    """One batch of some of its assets."""

    case: Case
    rules: Compiled


@dataclass(frozen=True, kw_only=True, slots=True)
class ImpactPart:
    """Some assets, on some days."""

    case: Case
    old: Compiled
    new: Compiled
    days: tuple[date, ...]


def inspected_in(parts: int, run: Run) -> Inspect:
    """`inspect`, every batch in so many parts."""

    def inspected(case: Case, rulebook: Rulebook, vocabulary: Vocabulary, working_days: WorkingDays, /) -> Inspection:
        rules = Compiled(rulebook=rulebook, vocabulary=vocabulary, working_days=working_days)
        things, of = [], []
        for place, planned in enumerate(case.batches):
            for ids in _ranges(planned_assets(case, planned)["id"].sort().to_list(), parts):
                things.append(InspectionPart(case=_some(case, ids, (planned,)), rules=rules))
                of.append(place)
        results: list[list[AssetResult]] = [[] for _ in case.batches]
        alarms: dict[str, None] = {}
        for place, found in zip(of, run(inspect_part, things), strict=True):
            results[place] += found.batches[0].assets
            alarms |= dict.fromkeys(found.alarms)
        batches = [batch_of(planned, tuple(mine)) for planned, mine in zip(case.batches, results, strict=True)]
        return made(case, rulebook, working_days, batches, alarms)

    return inspected


def inspect_part(part: InspectionPart) -> Inspection:
    """The inspection of a part."""
    return inspect(part.case, part.rules.rulebook, part.rules.vocabulary, part.rules.working_days)


def impact_in(parts: int, run: Run, case: Case, old: Compiled, new: Compiled, days: Sequence[date] = ()) -> Impact:
    """`impact`, the assets in so many parts and the days in stretches."""
    stretches = [tuple(days[i : i + DAYS_AT_ONCE]) for i in range(0, len(days), DAYS_AT_ONCE)] or [()]
    ranges = _ranges(case.facts.assets["id"].sort().to_list(), parts)
    cases = [_some(case, ids, case.batches) for ids in ranges] or [case]
    things = [ImpactPart(case=c, old=old, new=new, days=some) for some in stretches for c in cases]
    found = list(run(impact_part, things))
    batches: list[BatchImpact] = []
    for n in range(0, len(found), len(cases)):
        of_days = zip(*(f.batches for f in found[n : n + len(cases)]), strict=True)
        batches += [_together(same) for same in of_days]
    return Impact(old=old.rulebook.digest, new=new.rulebook.digest, batches=tuple(batches))


def impact_part(part: ImpactPart) -> Impact:
    """The impact on a part."""
    return impact(part.case, part.old, part.new, part.days)


def _together(of: Sequence[BatchImpact]) -> BatchImpact:
    """One batch from its parts."""
    matrix: Counter[Any] = Counter()
    for part in of:
        matrix.update(part.matrix)
    return dataclasses.replace(
        of[0], total=sum(p.total for p in of), matrix=matrix, changes=tuple(c for p in of for c in p.changes)
    )


def _ranges(ids: Sequence[str], parts: int) -> list[Sequence[str]]:
    """The assets by id, cut into so many stretches as equal as can be."""
    ends = [len(ids) * n // parts for n in range(parts + 1)]
    return [ids[a:b] for a, b in itertools.pairwise(ends) if a < b]


def _some(case: Case, ids: Sequence[str], batches: tuple[Any, ...]) -> Case:
    return dataclasses.replace(case, facts=case.facts.of(ids), batches=batches)
