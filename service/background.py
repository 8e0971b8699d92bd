"""What the report of an inspection tells beyond it, gathered: earlier inspections, origins of facts, what would turn verdicts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hege.engine.text import Text

if TYPE_CHECKING:
    from hege.engine.ledger.store import Ledger
    from hege.engine.turning import Turning
    from hege.outputs.background import Background, Earlier, Origin
    from hege.service.inspecting import Inspected

TURNED = 200
"""Of so many failed assets of a batch the report says what would turn them; of others `hege explain` does."""


def background(of: Inspected, folder: Path | None, earlier: Sequence[Earlier]) -> Background:
    """All of it; `folder` is the case's, where it has one."""
    from hege.engine.result import Verdict
    from hege.engine.turning import turnings
    from hege.outputs.background import Background

    turned: dict[tuple[int, str], Turning | None] = {}
    told: set[str] = set()
    for number, (batch, planned) in enumerate(zip(of.inspection.batches, of.case.batches, strict=True), 1):
        told |= {r.asset.id for r in batch.assets if r.verdict is not Verdict.PASS or r.remark or r.steps}
        failed = [r.asset.id for r in batch.assets if r.verdict is Verdict.FAIL][:TURNED]
        found = turnings(of.case, planned, of.rulebook, of.vocabulary, of.working_days, failed)
        turned |= {(number, asset): turning for asset, turning in found.items()}
    origins = _entered(of, told) | (_collected(folder) if folder else {})
    return Background(earlier=tuple(earlier), origins=origins, turnings=turned)


def _entered(of: Inspected, assets: set[str]) -> dict[str, Origin]:
    """File and row in which each fact of some assets was entered."""
    from hege.engine.facts import fact_id
    from hege.outputs.background import Origin

    facts = of.case.facts.of(sorted(assets))
    return {
        fact_id(kind, row): Origin(source="/".join(row["source"].split("/")[-2:]))
        for name, kind in of.vocabulary.kinds.items()
        for row in facts.tables[name].iter_rows(named=True)
        if row["source"]
    }


def _collected(folder: Path) -> dict[str, Origin]:
    """The page from which each collected fact was read, and where that is kept (evidence.csv)."""
    from hege.outputs.background import Origin

    file = folder / "evidence.csv"
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as rows:
        return {
            row["fact"]: Origin(url=row["url"], kept=f"{row['file']} @{row['offset']}" if row["file"] else "")
            for row in csv.DictReader(rows)
        }


def earlier_files(files: Sequence[str]) -> Iterator[Earlier]:
    """What earlier inspection.json files counted; raises InputError for one that is none."""
    from hege.engine.errors import InputError, Place, Problem
    from hege.outputs.background import earlier_in

    problems = []
    for name in files:
        try:
            with Path(name).open(encoding="utf-8") as lines:
                yield from earlier_in(lines)
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            problems.append(
                Problem(
                    code="no-inspection", place=Place(file=name),
                    message=Text(
                        zh=f"读不了：{why}" if why else "不是hege inspect --out所存的inspection.json",
                        en=f"cannot be read: {why}" if why else "this is no inspection.json as `hege inspect --out` keeps it",
                    ),
                )
            )  # fmt: skip
    if problems:
        raise InputError(problems)


def earlier_recorded(ledger: Ledger, register: str) -> list[Earlier]:
    """What the inspections recorded of a register counted, the newest batch of each kind."""
    from hege.engine.ledger.inspections import counted
    from hege.outputs.background import Earlier

    return [Earlier(kind=kind, as_of=day, group=group) for kind, day, group in counted(ledger, register)]
