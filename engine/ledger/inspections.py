"""Inspections in the ledger: what one was run on, what came of it, and running it again.

The result itself is not stored but its digest, and what each finding said: the facts and the texts of the rules are
there, so that anybody can run it again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from hege import __version__
from hege.engine.canonical import canonical_text, digest, dumps
from hege.engine.case import Case
from hege.engine.inspection import Progress, inspect
from hege.engine.ledger import database, heads, schema
from hege.engine.ledger.reading import History, read_history
from hege.engine.ledger.records import Record, record
from hege.engine.ledger.store import Ledger, Receipt, size_of
from hege.engine.parts import Inspect
from hege.engine.result import AssetResult, Finding, Group, Inspection, Verdict
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.rulebook.sources import CALENDAR, VOCABULARY, Compiled, Sources, compiled
from hege.engine.text import Text

Get = Callable[[Connection, str], History]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """An inspection as recorded. `assets` is None when it was about the whole register."""

    id: str
    register: str
    head: str
    assets: tuple[str, ...] | None
    rulebook: str
    known_at: int
    engine: str
    result: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """An inspection made on the ledger; no receipt when the very same one was recorded before."""

    stored: Stored
    inspection: Inspection
    receipt: Receipt | None


def inspect_recorded(
    ledger: Ledger, case: Case, register: str, assets: Iterable[str] | None, sources: Sources, *,
    entered_by: str, at: datetime, progress: Progress = lambda done, total: None,
) -> Recorded:  # fmt: skip
    """Inspects what the ledger knows of a register, and records inputs and outcome. The case gives the plan only."""
    rules = compiled(sources)
    with ledger.reading() as connection:
        known_at = size_of(connection)
        history = read_history(connection, ledger.where, register, rules.vocabulary)
    chosen = None if assets is None else tuple(sorted(set(assets)))
    head = heads.written(case)
    inspection = run(history, head, chosen, known_at, rules, progress)
    stored = Stored(
        id="", register=register, head=head, assets=chosen, rulebook=rules.rulebook.digest, known_at=known_at,
        engine=__version__, result=result_digest(inspection),
    )  # fmt: skip
    stored = dataclasses.replace(stored, id=_id(stored))
    with ledger.writing(entered_by=entered_by, action="inspect", at=at) as batch:
        i = schema.inspections.c
        if batch.connection.execute(sa.select(i.seq).where(i.inspection == stored.id)).first() is None:
            batch.add(rulebook_records(batch.connection, sources, rules.rulebook))
            batch.add(_records(stored, inspection))
    return Recorded(stored=stored, inspection=inspection, receipt=batch.receipt)


def run(
    history: History, head: str, assets: Sequence[str] | None, known_at: int, rules: Compiled,
    progress: Progress = lambda done, total: None, by: Inspect | None = None,
) -> Inspection:  # fmt: skip
    """The inspection of what was known, by given rules: a pure function of its arguments. `by` is another way to compute it."""
    case, book = case_of(history, head, assets, known_at, rules)
    if by is not None:
        return by(case, book, rules.vocabulary, rules.working_days)
    return inspect(case, book, rules.vocabulary, rules.working_days, progress)


def case_of(
    history: History, head: str, assets: Sequence[str] | None, known_at: int, rules: Compiled
) -> tuple[Case, Rulebook]:  # fmt: skip
    """What was known as a case, and the rulebook with the waivers of then."""
    facts = history.at(known_at, None if assets is None else frozenset(assets))
    return heads.read(head, facts, ()), with_waivers(rules.rulebook, history, known_at)


def with_waivers(book: Rulebook, history: History, known_at: int) -> Rulebook:
    """The rulebook with the waivers known of a register; its digest stays that of its texts."""
    known = {i.id for i in book.indicators}
    waivers = tuple(w for w in history.waivers_at(known_at) if w.indicator in known)
    return dataclasses.replace(book, waivers=book.waivers + waivers) if waivers else book


def result_digest(inspection: Inspection) -> str:
    """SHA-256 of the canonical text of an inspection: equal for equal inspections, on any machine."""
    return hashlib.sha256(result_bytes(inspection)).hexdigest()


def result_bytes(inspection: Inspection) -> bytes:
    """The canonical text of an inspection. The calendar is recorded as a text of its own, beside the rules."""
    return canonical_text(inspection, without=frozenset({"calendar_digest"})).encode()


def _id(stored: Stored) -> str:
    """Twelve hex digits; the same for the same inputs and outcome."""
    return digest(stored)[:12]


# ---- rulebooks -----------------------------------------------------------------------------------------------------


def rulebook_records(connection: Connection, sources: Sources, book: Rulebook) -> Iterator[Record]:
    """What a ledger does not have yet of a rulebook: its texts, each once, and the list of them."""
    r, t = schema.rulebooks.c, schema.texts.c
    if connection.execute(sa.select(r.seq).where(r.rulebook == book.digest)).first() is not None:
        return
    there = set(connection.execute(sa.select(t.sha256)).scalars())
    names = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sources.files.items()}
    for name, sha in names.items():
        if sha not in there:
            there.add(sha)
            yield record(schema.texts, sha256=sha, text=sources.files[name])
    yield record(
        schema.rulebooks,
        rulebook=book.digest,
        asked=dumps(list(sources.asked)),
        packs=dumps([{"id": p.id, "title": p.title, "digest": p.digest} for p in book.packs]),
        files=dumps(names),
        vocabulary=names[VOCABULARY],
        calendar=names[CALENDAR],
        engine=__version__,
    )


def stored_sources(connection: Connection, where: str, given: str) -> Sources:
    """The texts of a recorded rulebook, named by its digest or the beginning of it."""
    r, t = schema.rulebooks.c, schema.texts.c
    rows = connection.execute(
        sa.select(r.asked, r.files, r.rulebook).where(r.rulebook.startswith(given, autoescape=True))
    ).all()  # fmt: skip
    if len(rows) != 1:
        raise database.refusal(
            where, "no-rulebook", f"台账里没有（或不止一套）摘要为“{given}”的指标", f"the ledger has no rulebook, or more than one, with the digest “{given}”",
        )  # fmt: skip
    names: Mapping[str, str] = json.loads(rows[0].files)
    stored = connection.execute(sa.select(t.sha256, t.text).where(t.sha256.in_(set(names.values()))))
    texts = {row.sha256: row.text for row in stored}
    return Sources(asked=tuple(json.loads(rows[0].asked)), files={n: texts[sha] for n, sha in names.items()})


# ---- outcome as rows -----------------------------------------------------------------------------------------------


def _records(stored: Stored, inspection: Inspection) -> Iterator[Record]:
    yield record(
        schema.inspections, inspection=stored.id, register=stored.register, head=stored.head,
        assets="" if stored.assets is None else dumps(list(stored.assets)), rulebook=stored.rulebook,
        known_at=stored.known_at, engine=stored.engine, result=stored.result,
    )  # fmt: skip
    for said in said_of(inspection):
        yield record(said.table, inspection=stored.id, **said.values)


@dataclass(frozen=True, slots=True)
class Said:
    """What an inspection says of one asset, or of one indicator of it, as a row without the inspection's id."""

    table: sa.Table
    values: dict[str, object]

    @property
    def key(self) -> tuple[object, ...]:
        """What the row is about: batch, asset, and for a finding the indicator."""
        return self.values["part"], self.values["asset"], self.values.get("indicator", "")


def said_of(inspection: Inspection) -> Iterator[Said]:
    """The verdict of every asset, each followed by its findings. `content` is the digest of all that is said."""
    for part, batch in enumerate(inspection.batches):
        for result in batch.assets:
            yield Said(schema.verdicts, {"part": part, **_verdict(result)})
            for finding in result.findings:
                yield Said(schema.findings, {"part": part, "asset": result.asset.id, **_finding(finding)})


def _verdict(result: AssetResult) -> dict[str, object]:
    alone = dataclasses.replace(result, findings=())
    return {
        "asset": result.asset.id, "verdict": result.verdict.value, "problem": result.problem,
        "remark": result.remark, "steps": dumps(list(result.steps)), "content": digest(alone),
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "indicator": finding.indicator, "outcome": finding.outcome.value,
        "would_be": finding.would_be.value if finding.would_be else "", "text": finding.text,
        "content": digest(finding),
    }  # fmt: skip


# ---- reading and running again -------------------------------------------------------------------------------------


def find(connection: Connection, where: str, given: str) -> Stored:
    """The recorded inspection of an id or the beginning of one; `last` is the newest."""
    i = schema.inspections.c
    query = sa.select(schema.inspections).order_by(i.seq.desc())
    if given != "last":
        query = query.where(i.inspection.startswith(given, autoescape=True))
    rows = connection.execute(query.limit(2)).mappings().all()
    if not rows or (len(rows) > 1 and given != "last"):
        newest = connection.execute(sa.select(i.inspection).order_by(i.seq.desc()).limit(5)).scalars().all()
        raise database.refusal(
            where, "no-inspection",
            f"没有编号为“{given}”的检查" if not rows else f"编号以“{given}”开头的检查不止一次",
            f"there is no inspection “{given}”" if not rows else f"more than one inspection begins with “{given}”",
            Text(zh=f"最近的：{'、'.join(newest) or '无'}", en=f"the newest: {', '.join(newest) or 'none'}"),
        )  # fmt: skip
    return stored_of(rows[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An inspection in a list: what it was about, when and by whom it was recorded, how many verdicts of each word."""

    id: str
    register: str
    title: str
    recorded_at: datetime
    entered_by: str
    known_at: int
    rulebook: str
    verdicts: Mapping[Verdict, int]
    reviews: int


def listed(connection: Connection, register: str | None = None, most: int | None = None) -> list[Listed]:
    """The recorded inspections, newest first: all, those of a register, at most so many."""
    i, b, v, r = schema.inspections.c, schema.batches, schema.verdicts.c, schema.reviews.c
    query = sa.select(schema.inspections, b.c.recorded_at, b.c.entered_by).join(b, b.c.number == i.batch)
    if register is not None:
        query = query.where(i.register == register)
    rows = connection.execute(query.order_by(i.seq.desc()).limit(most)).mappings().all()
    ids = [row["inspection"] for row in rows]
    counted = sa.select(v.inspection, v.verdict, sa.func.count()).where(v.inspection.in_(ids))
    counts: dict[str, dict[Verdict, int]] = {id: {} for id in ids}
    for id, verdict, count in connection.execute(counted.group_by(v.inspection, v.verdict)):
        counts[id][Verdict(verdict)] = count
    reviewed = sa.select(r.inspection, sa.func.count()).where(r.inspection.in_(ids)).group_by(r.inspection)
    reviews = {row[0]: row[1] for row in connection.execute(reviewed)}
    return [
        Listed(
            id=row["inspection"], register=row["register"], title=json.loads(row["head"])["title"],
            recorded_at=datetime.fromisoformat(row["recorded_at"]), entered_by=row["entered_by"],
            known_at=row["known_at"], rulebook=row["rulebook"], verdicts=counts[row["inspection"]],
            reviews=reviews.get(row["inspection"], 0),
        )
        for row in rows
    ]  # fmt: skip


def stored_of(row: Mapping[str, object] | sa.RowMapping) -> Stored:
    """The inspection of a row."""
    chosen = str(row["assets"])
    known_at = row["known_at"]
    assert isinstance(known_at, int)
    return Stored(
        id=str(row["inspection"]), register=str(row["register"]), head=str(row["head"]),
        assets=tuple(json.loads(chosen)) if chosen else None, rulebook=str(row["rulebook"]),
        known_at=known_at, engine=str(row["engine"]), result=str(row["result"]),
    )  # fmt: skip


def recorded_rows(connection: Connection, id: str) -> dict[tuple[object, ...], dict[str, object]]:
    """What an inspection said when it was recorded, by what each row is about."""
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for table in (schema.verdicts, schema.findings):
        columns = [c for c in table.columns if c.name not in (*schema.COMMON, "inspection")]
        for row in connection.execute(sa.select(*columns).where(table.c.inspection == id)).mappings():
            said = Said(table, dict(row))
            found[said.key] = said.values
    return found


def counted(ledger: Ledger, register: str) -> list[tuple[AssetKind, date, Group]]:
    """How the recorded inspections of a register came out, oldest first: of each kind of asset the newest batch."""
    i, v = schema.inspections.c, schema.verdicts.c
    with ledger.reading() as connection:
        heads_ = connection.execute(sa.select(i.inspection, i.head).where(i.register == register).order_by(i.seq)).all()
        query = (
            sa.select(v.inspection, v.part, v.verdict, sa.func.count())
            .where(v.inspection.in_(sa.select(i.inspection).where(i.register == register)))
            .group_by(v.inspection, v.part, v.verdict)
        )
        counts: dict[tuple[str, int], dict[str, int]] = {}
        for id, part, verdict, n in connection.execute(query):
            counts.setdefault((id, part), {})[verdict] = n
    found = []
    for id, head in heads_:
        newest: dict[str, tuple[str, int]] = {}
        for part, batch in enumerate(json.loads(head)["batches"]):
            if batch["kind"] not in newest or batch["as_of"] > newest[batch["kind"]][0]:
                newest[batch["kind"]] = batch["as_of"], part
        for kind, (day, part) in newest.items():
            found.append((AssetKind(kind), date.fromisoformat(day), _group(counts.get((id, part), {}))))
    return found


def _group(counts: Mapping[str, int]) -> Group:
    passed, failed, open_, exempt = (
        counts.get(v.value, 0) for v in (Verdict.PASS, Verdict.FAIL, Verdict.UNDETERMINED, Verdict.EXEMPT)
    )
    return Group(total=sum(counts.values()), passed=passed, failed=failed, undetermined=open_, exempt=exempt)


def on_day(head: str, day: date) -> str:
    """The plan with every batch moved to one monitoring day."""
    plan = json.loads(head)
    kinds = dict.fromkeys((b["kind"], tuple(b.get("category", ()))) for b in plan["batches"])
    batches = [{"name": "", "kind": k, "as_of": day.isoformat(), "category": list(c)} for k, c in kinds]
    return dumps(plan | {"batches": batches})
