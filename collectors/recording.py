"""Where the work of a collection goes: one Protocol, so that a journal today and a ledger tomorrow look alike to collectors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hege.collectors.capture import Capture
from hege.collectors.evidence.warc import Place
from hege.collectors.observation import Observation


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A capture and where its evidence lies; `purpose` says what was looked for (home, column, link ...)."""

    capture: Capture
    place: Place
    purpose: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sourced:
    """An observation with the evidence it was read from; without evidence it is of a person or of the collector itself."""

    observation: Observation
    observed_at: datetime
    record: str = ""
    url: str = ""
    asset: str = ""  # where a task is about several assets, as a sheet is


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """All that one task gave: recorded whole or not at all."""

    task: str
    asset: str
    captures: tuple[Kept, ...]
    facts: tuple[Sourced, ...]
    note: str = ""


class FactSink(Protocol):
    """Takes finished tasks."""

    def record(self, finished: Finished) -> None:
        """Keeps a task's captures and facts, all or nothing; after it returns they survive any crash."""
        ...
