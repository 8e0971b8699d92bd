"""Publishing a rulebook: its own tests, its coverage, its impact on what the ledger knows; recorded, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.canonical import dumps
from hege.engine.impact import Impact, impact
from hege.engine.ledger import heads, schema
from hege.engine.ledger.inspections import rulebook_records, stored_of, stored_sources, with_waivers
from hege.engine.ledger.reading import History, read_history
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, Receipt, Writing, size_of
from hege.engine.result import Verdict
from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.library import load_from, shipped_rules
from hege.engine.rulebook.sources import Compiled, compiled, sources_of
from hege.engine.rulebook.testing import run_tests
from hege.engine.text import Text
from hege.engine.vocabulary import load_vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """A reason not to publish: `tests`, `coverage` or `flips`."""

    code: str
    what: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Tested:
    """What the tests beside the packs say; gaps are `indicator @ version outcome`."""

    cases: int
    failed: tuple[str, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """What publishing came to; no receipt when it was refused."""

    rulebook: str
    tested: Tested
    against: str  # the rulebook it was compared with; empty for a first one
    impacts: tuple[tuple[str, Impact], ...]  # by register
    objections: tuple[Objection, ...]
    receipt: Receipt | None


def publish(
    ledger: Ledger, packs: Sequence[str | Path], *,
    published_by: str, why: str, at: datetime, most_flips: Fraction | None = None, force: str = "", against: str = "",
    along: Callable[[Writing], None] = lambda batch: None,
) -> Publication:  # fmt: skip
    """Records a rulebook as published, unless something speaks against it and no reason to do it all the same is given.

    The impact is that on the newest inspection of each register made by the same packs, against the rulebook published
    before (`against`: another one, by its digest). `along` adds to the batch that records it.
    """
    sources = sources_of(packs)
    new = compiled(sources)
    tested = test(packs)
    with ledger.reading() as connection:
        before = _published(connection, list(sources.asked))
        base = against or (before["rulebook"] if before else _inspected_by(connection, list(sources.asked)))
        old = compiled(stored_sources(connection, ledger.where, base)) if base else None
        impacts = tuple(_impacts(connection, ledger.where, list(sources.asked), old, new)) if old else ()
    objections = tuple(_objections(tested, before, impacts, most_flips))
    receipt = None
    if not objections or force:
        with ledger.writing(entered_by=published_by, action="publish", at=at) as batch:
            batch.add(rulebook_records(batch.connection, sources, new.rulebook))
            batch.add([
                record(
                    schema.publications, rulebook=new.rulebook.digest, published_by=published_by, why=why,
                    tests=dumps({"cases": tested.cases, "failed": list(tested.failed), "gaps": list(tested.gaps)}),
                    impact=dumps(_told(base, impacts)), forced=force if objections else "",
                )
            ])  # fmt: skip
            along(batch)
        receipt = batch.receipt
    return Publication(
        rulebook=new.rulebook.digest, tested=tested, against=old.rulebook.digest if old else "", impacts=impacts,
        objections=objections, receipt=receipt,
    )  # fmt: skip


def test(packs: Sequence[str | Path]) -> Tested:
    """The tests and gaps of the packs and of all they are built on."""
    _, folders = load_from([shipped_rules()], packs, load_vocabulary())
    cases, failed, open_ = 0, [], []
    for id, folder in sorted(folders.items()):
        results = run_tests(folder)
        cases += len(results)
        failed += [f"{id}: {r.case.indicator} {r.case.name}" for r in results if not r.passed]
        open_ += [f"{g.indicator} @ {g.version} {g.outcome}" for g in gaps(folder)]
    return Tested(cases=cases, failed=tuple(failed), gaps=tuple(open_))


def _objections(
    tested: Tested, before: dict[str, Any] | None, impacts: Sequence[tuple[str, Impact]], most_flips: Fraction | None
) -> Iterator[Objection]:
    if tested.failed:
        n, first = len(tested.failed), tested.failed[0]
        yield Objection(code="tests", what=Text(zh=f"{n}个用例不符，如{first}", en=f"{n} tests fail, such as {first}"))
    known = json.loads(before["tests"])["gaps"] if before else list(tested.gaps)
    fresh = sorted(set(tested.gaps) - set(known))
    if fresh:
        n = len(fresh)
        yield Objection(
            code="coverage",
            what=Text(zh=f"用例覆盖下降：{n}处不再有用例，如{fresh[0]}", en=f"coverage falls: {n} outcomes lost their test, such as {fresh[0]}"),
        )  # fmt: skip
    for register, found in impacts:
        if most_flips is not None and found.worst > most_flips:
            share, most = _percent(found.worst), _percent(most_flips)
            yield Objection(
                code="flips",
                what=Text(zh=f"{register}有{share}的结论改变，超过{most}", en=f"{share} of the verdicts of {register} flip, more than {most}"),
            )  # fmt: skip


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.1f}%"


def _published(connection: Connection, asked: list[str]) -> dict[str, Any] | None:
    """The newest publication of the same packs."""
    p, r = schema.publications, schema.rulebooks
    query = sa.select(p).join(r, r.c.rulebook == p.c.rulebook).where(r.c.asked == dumps(asked))
    row = connection.execute(query.order_by(p.c.seq.desc()).limit(1)).mappings().one_or_none()
    return dict(row) if row else None


def _inspected_by(connection: Connection, asked: list[str]) -> str:
    """The rulebook of the newest inspection by the same packs; empty when there is none."""
    i, r = schema.inspections, schema.rulebooks
    query = sa.select(i.c.rulebook).join(r, r.c.rulebook == i.c.rulebook).where(r.c.asked == dumps(asked))
    return str(connection.execute(query.order_by(i.c.seq.desc()).limit(1)).scalar() or "")


def _impacts(
    connection: Connection, where: str, asked: list[str], old: Compiled, new: Compiled
) -> Iterator[tuple[str, Impact]]:
    i, r = schema.inspections, schema.rulebooks
    query = sa.select(i).join(r, r.c.rulebook == i.c.rulebook).where(r.c.asked == dumps(asked)).order_by(i.c.seq)
    newest = {row["register"]: stored_of(row) for row in connection.execute(query).mappings()}
    size = size_of(connection)
    for register, stored in sorted(newest.items()):
        history = read_history(connection, where, register, new.vocabulary)
        case = heads.read(stored.head, history.at(size, stored.assets and frozenset(stored.assets)), ())
        yield register, impact(case, _waived(old, history, size), _waived(new, history, size))


def _waived(rules: Compiled, history: History, size: int) -> Compiled:
    return Compiled(
        rulebook=with_waivers(rules.rulebook, history, size), vocabulary=rules.vocabulary,
        working_days=rules.working_days,
    )  # fmt: skip


def _told(base: str, impacts: Sequence[tuple[str, Impact]]) -> dict[str, Any]:
    """The impact as it is recorded: who flipped, and what made them."""
    return {
        "against": base,
        "registers": {
            register: [
                {
                    "as_of": b.as_of.isoformat(), "kind": b.kind, "total": b.total, "flipped": b.flipped,
                    "matrix": [[o.value, n.value, c] for (o, n), c in sorted(b.matrix.items(), key=_order)],
                    "changes": [
                        {"asset": c.asset, "name": c.name, "old": c.old.value, "new": c.new.value, "flips": [f.indicator for f in c.flips]}
                        for c in b.changes
                    ],
                }
                for b in found.batches
            ]
            for register, found in impacts
        },
    }  # fmt: skip


def _order(item: tuple[tuple[Verdict, Verdict], int]) -> tuple[str, str]:
    return item[0][0].value, item[0][1].value
