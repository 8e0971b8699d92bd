"""What one inspection is run on: its plan and the facts it was given. Reading it from files is `collectors.casefolder`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hege.engine.facts import Facts
from hege.engine.result import Previous
from hege.engine.rulebook.model import AssetKind


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedBatch:
    """The assets of one kind (and of some categories), to be judged as of one monitoring day (监测时间点)."""

    name: str
    kind: AssetKind
    as_of: date
    printed: str = ""  # the pass rate a published notice prints, such as 98.6%, to be held against the counts
    category: tuple[str, ...] = ()  # empty: whatever their category
    rated: bool = True  # whether its pass rate says anything: not of accounts that are to be cleared away


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An inspection to be made. `rules` are pack ids or absolute folders; `frames` says how many a sample was drawn from."""

    title: str
    jurisdiction: str
    issuer: str
    rules: tuple[str, ...]
    batches: tuple[PlannedBatch, ...]
    facts: Facts
    previous: tuple[Previous, ...] = ()
    rectify_by: date | None = None
    frames: Mapping[str, int] = field(default_factory=dict)
