"""From the journal into a ledger: facts in batches that are durable, and the digests of what an evidence file holds once it is sealed.

The journal comes first. What it holds survives any crash, and nothing is marked as delivered: a delivery that begins hands
over all there is, and the ledger records what it does not know. So a ledger is whole again after any stop, and also
where a case was collected before it had one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

import polars as pl

from hege.collectors.evidence.bodies import bodies
from hege.collectors.export import observed
from hege.collectors.journal import Journal, StoredFact
from hege.collectors.recording import Finished
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.ledger import evidence
from hege.engine.ledger.importing import import_facts
from hege.engine.ledger.store import Ledger
from hege.engine.vocabulary import Vocabulary

FOLDER = PurePosixPath("warc")
BATCH = 500
_LARGEST = 5000  # facts of one batch of a case that was collected long since


@dataclass(slots=True)
class Delivery:
    """The FactSink of a collection with a ledger: the journal, and some tasks later the ledger."""

    journal: Journal
    ledger: Ledger
    register: str
    folder: Path
    assets: pl.DataFrame
    vocabulary: Vocabulary
    entered_by: str
    clock: Callable[[], datetime]
    facts: int = 0  # that were new to the ledger
    _waiting: int = 0
    _delivered: int = -1
    _recorded: set[str] = field(default_factory=set)
    _nothing: Facts = field(init=False)

    def __post_init__(self) -> None:
        self._nothing = facts(asset_table(()), {}, self.vocabulary)

    def record(self, finished: Finished) -> None:
        """Into the journal at once, into the ledger with some hundred others."""
        self.journal.record(finished)
        self._waiting += len(finished.facts)
        if self._waiting >= BATCH:
            self.deliver()

    def deliver(self) -> None:
        """Hands over what the ledger may not have; what it has is not recorded again."""
        if self._delivered < 0:
            self._import(replace(self._nothing, assets=self.assets))
            self._delivered = 0
        while True:
            found, last = self.journal.facts_after(self._delivered, _LARGEST)
            if not found:
                break
            self._import(replace(self._nothing, tables=self._tables(found)))
            self._delivered = last
        self._waiting = 0
        for file in sorted(f for f, digest in self.journal.seals().items() if digest and f not in self._recorded):
            self._record(file)

    def _record(self, file: str) -> None:
        """The digests of what a finished file holds, as `hege evidence record` writes them."""
        assets = self.journal.records_of()
        path = self.folder / FOLDER / file
        kept = bodies(path) if path.is_file() else ()
        captures = [
            evidence.Capture(
                register=self.register, asset=assets[b.capture], url=b.url, taken_at=b.taken_at, media_type=b.media_type, body=b.digest,
                length=b.length, place=f"{FOLDER / file} {b.record}",
            )
            for b in kept if b.capture in assets and b.kept == b.digest
        ]  # fmt: skip
        evidence.keep(self.ledger, captures, entered_by=self.entered_by, at=self.clock())
        self._recorded.add(file)

    def _import(self, given: Facts) -> None:
        done = import_facts(
            self.ledger, self.register, given, self.vocabulary, entered_by=self.entered_by, at=self.clock(), note="hege collect"
        )  # fmt: skip
        self.facts += done.facts

    def _tables(self, found: list[StoredFact]) -> dict[str, pl.DataFrame]:
        rows: dict[str, list[dict[str, object]]] = {}
        for fact in found:
            row = {
                "asset": fact.asset, "part": fact.part, "observed_at": observed(fact.observed_at), "state": fact.state,
                "reason": fact.reason, "source": self._source(fact), **fact.fields,
            }  # fmt: skip
            rows.setdefault(fact.kind, []).append(row)
        return {kind: table(self.vocabulary.kinds[kind], of_kind) for kind, of_kind in rows.items()}

    def _source(self, fact: StoredFact) -> str:
        """Where its evidence lies; the words and the place on the page stay in the journal, for they may be personal."""
        place = self.journal.capture(fact.record) if fact.record else None
        return f"{FOLDER / place.file}@{place.offset}" if place else ""
