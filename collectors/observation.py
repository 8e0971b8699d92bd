"""An observation: what an extractor says of a page, with the place it read it from. A fact is an observation of an asset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from hege.engine.facts import NONE

QUOTE_LENGTH = 120


class Candidate(NamedTuple):
    """A date somebody could take for the newest one. `why_not` is empty for those that count."""

    day: date
    where: str  # row, anchor, title, url, comment, meta, label ...
    quote: str
    locator: str = ""
    url: str = ""
    why_not: str = ""
    node: Any = None  # until `locator` is worked out for those that are kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One typed observation. `fields` follow the vocabulary: absent for open, NONE for known nothing."""

    kind: str
    part: str = ""
    state: str = "known"
    reason: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    locator: str = ""
    quote: str = ""
    candidates: tuple[Candidate, ...] = ()


def quoted(text: str) -> str:
    """One line of evidence: blanks folded, cut at a readable length."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTE_LENGTH else line[: QUOTE_LENGTH - 1] + "…"


__all__ = ["NONE", "QUOTE_LENGTH", "Candidate", "Observation", "quoted"]
