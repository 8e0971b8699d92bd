"""What a report tells beyond the inspection itself: earlier inspections, where facts come from, what would turn verdicts.

Gathered by whoever has the case, the ledger or the files; a report without any of it is whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hege.engine.result import Group, Inspection
from hege.engine.rulebook.model import AssetKind
from hege.engine.turning import Turning
from hege.outputs import overview


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """What an inspection of a day counted of one kind of asset."""

    kind: AssetKind
    as_of: date
    group: Group


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a fact comes from: file and row it was entered in, the page it was read from, and where that page is kept."""

    source: str = ""
    url: str = ""
    kept: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Background:
    """`turnings` by number of the batch (from 1) and asset; None where none was found. `origins` by fact."""

    earlier: tuple[Earlier, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    turnings: Mapping[tuple[int, str], Turning | None] = field(default_factory=dict)


NOTHING = Background()


def earlier_in(lines: Iterable[str]) -> tuple[Earlier, ...]:
    """What an inspection.json counted of the newest batch of each kind; raises ValueError where the text is none.

    Read up to its assets, which may be a country's.
    """
    head = ["{"]
    rest = iter(lines)
    if next(rest, "").strip() != "{":
        raise ValueError("not an inspection.json")
    for line in rest:
        if line.startswith(' "assets":'):
            break
        head.append(line)
    known = json.loads("".join(head).rstrip().rstrip(",") + "}")
    if not isinstance(known, dict) or known.get("schema") != "hege/inspection/1":
        raise ValueError("not an inspection.json")
    names = ("total", "passed", "failed", "undetermined", "exempt")
    return tuple(
        Earlier(
            kind=AssetKind(kind), as_of=date.fromisoformat(g["as_of"]), group=Group(**{n: int(g[n]) for n in names})
        )
        for kind, g in known["groups"].items()
    )


def course(inspection: Inspection, kind: AssetKind, earlier: Iterable[Earlier]) -> tuple[Earlier, ...]:
    """The inspections of a kind up to this one, oldest first, one a day; nothing where there is no earlier one."""
    now = inspection.latest(kind)
    if now is None or not overview.is_newest(inspection, now):
        return ()
    by_day = {e.as_of: e for e in earlier if e.kind is kind and e.as_of < now.as_of}
    if not by_day:
        return ()
    return (*(by_day[day] for day in sorted(by_day)), Earlier(kind=kind, as_of=now.as_of, group=now.group))
