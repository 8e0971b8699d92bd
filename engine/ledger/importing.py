"""Recording what a case folder or a collector says: assets and facts, each once, contradictions only as corrections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from hege.engine.errors import Place, Problem
from hege.engine.facts import ASSET_COLUMNS, Facts
from hege.engine.ledger import database, schema
from hege.engine.ledger.records import Record, corrected, fact_records, record
from hege.engine.ledger.store import Ledger, Receipt, Writing
from hege.engine.text import Text
from hege.engine.vocabulary import Keep, Vocabulary

SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What an import came to; the receipt is None when everything was known already."""

    assets: int
    facts: int
    known: int
    corrections: int
    receipt: Receipt | None


def import_facts(
    ledger: Ledger, register: str, given: Facts, vocabulary: Vocabulary, *,
    entered_by: str, at: datetime, correct: str = "", complete: bool = False, note: str = "",
) -> Imported:  # fmt: skip
    """Records assets and facts of a register in one batch.

    What is known already is not recorded again. A fact that contradicts a recorded one of the same asset, part and
    time is refused, unless `correct` gives the reason why it supersedes. With `complete`, recorded assets that are not
    given have left the register.
    """
    _check_text(ledger.where, given)
    with ledger.writing(entered_by=entered_by, action="import", at=at, note=note) as batch:
        batch.add(_assets(batch, register, given.assets, complete))
        assets = len(batch.records)
        known = corrections = 0
        clashes: list[Problem] = []
        for name, rows in given.tables.items():
            if rows.height:
                added = _Kind(batch, register, vocabulary, name, correct)
                added.add(rows)
                known, corrections = known + added.known, corrections + added.corrections
                clashes += added.clashes
        if clashes:
            raise database.LedgerRefused(clashes[:SHOWN])
    return Imported(
        assets=assets, facts=len(batch.records) - assets, known=known, corrections=corrections, receipt=batch.receipt
    )


def _assets(batch: Writing, register: str, given: pl.DataFrame, complete: bool) -> Iterable[Record]:
    """Records for the assets that are new or have changed, and for those that left."""
    if not given.height and not complete:
        return
    a = schema.assets.c
    columns = [a[c] for c in (*ASSET_COLUMNS, "standing")]
    recorded: dict[str, dict[str, object]] = {}
    for there in batch.connection.execute(sa.select(*columns).where(a.register == register).order_by(a.seq)).mappings():
        recorded[there["id"]] = dict(there)
    for row in given.iter_rows(named=True):
        asset = row | {"synthetic": int(row["synthetic"]), "standing": "listed"}
        if recorded.pop(row["id"], None) != asset:
            yield record(schema.assets, register=register, **asset)
    for asset in recorded.values() if complete else ():
        if asset["standing"] == "listed":
            yield record(schema.assets, register=register, **asset | {"standing": "left"})


class _Kind:
    """The facts of one kind on their way into a batch."""

    def __init__(self, batch: Writing, register: str, vocabulary: Vocabulary, name: str, correct: str) -> None:
        self.batch, self.register, self.kind, self.correct = batch, register, vocabulary.kinds[name], correct
        self.known = self.corrections = 0
        self.clashes: list[Problem] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Puts what is new into the batch."""
        records = list(fact_records(self.register, self.kind, rows))
        recorded = self._recorded(records)
        for fact in records:
            there = recorded.get(_place(fact))
            counts = there.get(_digest(fact)) if there else None
            if not there:
                self.batch.records.append(fact)
            elif counts or (counts is False and not self.correct):  # an old case read again undoes no correction
                self.known += 1
            else:
                self._beside(fact, there)

    def _recorded(self, records: list[Record]) -> Mapping[tuple[object, ...], dict[bytes, bool]]:
        """For each place the facts recorded there, and whether each still counts."""
        places = [(str(a), str(p), str(o)) for a, p, o in map(_place, records)]
        found: dict[tuple[object, ...], dict[bytes, bool]] = {}
        rows = database.facts_of(self.batch.connection, self.register, self.kind.name, places)
        for asset, part, observed_at, fact, supersedes, _, _ in rows:
            there = found.setdefault((asset, part, observed_at), {})
            if supersedes:
                there[bytes.fromhex(supersedes)] = False
            there[bytes(fact)] = True
        return found

    def _beside(self, fact: Record, there: dict[bytes, bool]) -> None:
        """A fact where others are: an event of its own, a correction, or a contradiction."""
        counting = [digest for digest, counts in there.items() if counts]
        if self.kind.keep is Keep.ALL or not counting:
            self.batch.records.append(fact)
        elif self.correct:
            self.corrections += 1
            self.batch.records.append(corrected(fact, counting[-1].hex(), self.correct))
        else:
            self.clashes.append(self._clash(fact, counting[-1]))

    def _clash(self, fact: Record, other: bytes) -> Problem:
        asset, part, at = _place(fact)
        where = f"{self.register} {asset} {self.kind.name}{f'[{part}]' if part else ''} {at}"
        source = str(fact.values[schema.content(schema.facts).index("source")])
        file, _, line = source.rpartition(":")
        place = Place(file=file, line=int(line)) if line.isdigit() and file else Place(file=source or where)
        return Problem(
            code="contradiction", place=place,
            message=Text(zh=f"台账中同一资产、部分、时间已有不同的记录#{other.hex()[:16]}（{where}）",
                         en=f"the ledger has a different fact of that asset, part and time, #{other.hex()[:16]} ({where})"),
            hint=Text(zh="确属更正的，用--correct写明理由；否则写不同的observed_at",
                      en="give the reason with --correct if this corrects it; else give another observed_at"),
        )  # fmt: skip


def _place(fact: Record) -> tuple[object, ...]:
    return fact.values[2:5]


def _digest(fact: Record) -> bytes:
    found = fact.values[10]
    assert isinstance(found, bytes)
    return found


def _check_text(where: str, given: Facts) -> None:
    """Refuses the one character that text in a database cannot hold."""
    for name, rows in {"assets": given.assets, **given.tables}.items():
        for column, kind in rows.schema.items():
            if kind == pl.String and "\0" in "".join(filter(None, rows[column].to_list())):
                raise database.refusal(where, "nul-character", f"“{name}”的“{column}”含有空字符", f"“{column}” of “{name}” holds a NUL character",
                                       Text(zh="从来源中删去", en="remove it at the source"))  # fmt: skip
