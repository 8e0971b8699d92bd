"""The journal of a collection: its plan, stored before the first request, what each task gave, and so what is still open.

One SQLite file beside the case. What it holds survives any crash; facts reach the case folder by `export`, a ledger by
`delivering`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hege.collectors.capture import header_of
from hege.collectors.recording import Finished, Kept

_TABLES = """
create table if not exists run (number integer primary key, purpose text not null, started text not null, settings text not null);
create table if not exists task (
  run integer not null references run, name text not null, asset text not null, done_at text, note text not null default '',
  primary key (run, name));
create table if not exists capture (
  record text primary key, run integer not null, task text not null, asset text not null, purpose text not null, url text not null,
  outcome text not null, reason text not null, status integer not null, fetched_at text not null,
  file text not null, offset integer not null, length integer not null);
create table if not exists fact (
  number integer primary key, run integer not null, asset text not null, kind text not null, part text not null, observed_at text not null,
  state text not null, reason text not null, fields text not null,
  record text not null, url text not null, locator text not null, quote text not null, candidates text not null);
create table if not exists sealed (file text primary key, size integer not null, sha256 text not null default '');
create table if not exists validator (
  url text primary key, etag text not null, modified text not null, record text not null, file text not null, offset integer not null);
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFact:
    """A fact as the journal keeps it, with its evidence."""

    asset: str
    kind: str
    part: str
    observed_at: datetime
    state: str
    reason: str
    fields: Mapping[str, object]
    record: str
    url: str
    locator: str
    quote: str
    candidates: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCapture:
    """Where a capture's evidence lies."""

    record: str
    asset: str
    purpose: str
    url: str
    outcome: str
    reason: str
    fetched_at: datetime
    file: str
    offset: int
    length: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Validator:
    """What the last whole answer of an address said of itself (ETag, Last-Modified), and where it lies."""

    etag: str
    modified: str
    record: str
    file: str
    offset: int


class Journal:
    """A journal, open."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=60)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=full")
        self._db.executescript(_TABLES)
        self.run = 0

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    # ---- the plan ---------------------------------------------------------------------------------------------------

    def begin(
        self, purpose: str, tasks: Iterable[tuple[str, str]], at: datetime, settings: Mapping[str, object]
    ) -> None:
        """Stores a new run with every task (its name and asset) before anything is asked."""
        with self._db:
            self._db.execute("begin immediate")
            cursor = self._db.execute(
                "insert into run (purpose, started, settings) values (?, ?, ?)",
                (purpose, at.isoformat(), json.dumps(settings, sort_keys=True)),
            )  # fmt: skip
            self.run = cursor.lastrowid or 0
            self._db.executemany(
                "insert into task (run, name, asset) values (?, ?, ?)", [(self.run, n, a) for n, a in tasks]
            )

    def resume(self, purpose: str) -> bool:
        """Takes up the newest run of a purpose where it has open tasks; whether there is one."""
        self.run = self.newest_run(purpose)
        return bool(self.run) and bool(self.open_tasks())

    def has_done(self, purpose: str, settings: Mapping[str, object]) -> bool:
        """Whether a run of just these settings was carried out."""
        query = "select 1 from run join task on task.run = run.number where purpose = ? and settings = ? and done_at is not null"
        return self._db.execute(query, (purpose, json.dumps(settings, sort_keys=True))).fetchone() is not None

    def open_tasks(self) -> list[tuple[str, str]]:
        """Name and asset of the tasks of the run that are not done."""
        return list(
            self._db.execute(
                "select name, asset from task where run = ? and done_at is null order by rowid", (self.run,)
            )
        )

    def progress(self) -> tuple[int, int]:
        """How many tasks of the run are done, and how many there are."""
        done, total = self._db.execute(
            "select count(done_at), count(*) from task where run = ?", (self.run,)
        ).fetchone()
        return done, total

    # ---- what tasks gave --------------------------------------------------------------------------------------------

    def record(self, finished: Finished) -> None:
        """One transaction: captures, facts, the end of the task, how far the evidence file is good."""
        with self._db:
            self._db.execute("begin immediate")
            self._db.executemany(
                "insert or ignore into capture values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        k.place.record, self.run, finished.task, finished.asset, k.purpose, k.capture.url, k.capture.outcome.value,
                        k.capture.reason, k.capture.status, k.capture.fetched_at.isoformat(), k.place.file, k.place.offset,
                        k.place.length,
                    )
                    for k in finished.captures
                ],
            )  # fmt: skip
            self._db.executemany(
                "insert into fact (run, asset, kind, part, observed_at, state, reason, fields, record, url, locator, quote, candidates)"
                " values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        self.run, s.asset or finished.asset, o.kind, _clean(o.part), s.observed_at.isoformat(), o.state, o.reason, _json({k: _clean(v) if isinstance(v, str) else v for k, v in o.fields.items()}),
                        s.record, s.url, o.locator, o.quote,
                        _json([
                            {"day": c.day.isoformat(), "where": c.where, "quote": c.quote, "url": c.url, "why_not": c.why_not}
                            for c in o.candidates
                        ]),
                    )
                    for s in finished.facts
                    for o in [s.observation]
                ],
            )  # fmt: skip
            self._validate(finished.captures)
            at = max((k.capture.fetched_at for k in finished.captures), default=None)
            self._db.execute(
                "update task set done_at = ?, note = ? where run = ? and name = ?",
                (at.isoformat() if at else "-", finished.note, self.run, finished.task),
            )

    def _validate(self, captures: Iterable[Kept]) -> None:
        """Notes what plain, whole answers said of themselves; one that says nothing voids what was said before."""
        for kept in captures:
            capture, place = kept.capture, kept.place
            if (
                len(capture.exchanges) != 1
                or capture.earlier
                or header_of(capture.exchanges[0].request_headers, "referer")
            ):
                continue
            etag, modified = capture.header("etag"), capture.header("last-modified")
            whole = capture.is_readable and capture.status == 200 and not capture.exchanges[0].truncated
            if whole and place.holds_body and (etag or modified):
                row = (capture.url, etag, modified, place.record, place.file, place.offset)
                self._db.execute("insert or replace into validator values (?,?,?,?,?,?)", row)
            else:
                self._db.execute("delete from validator where url = ?", (capture.url,))

    def validator(self, url: str) -> Validator | None:
        """What is known of an address for asking again."""
        query = "select etag, modified, record, file, offset from validator where url = ?"
        row = self._db.execute(query, (url,)).fetchone()
        if row is None:
            return None
        etag, modified, record, file, offset = row
        return Validator(etag=etag, modified=modified, record=record, file=file, offset=offset)

    def good_until(self, file: str, size: int) -> None:
        """Notes how much of an evidence file is on disk, before facts that point into it are recorded."""
        self._db.execute(
            "insert into sealed (file, size) values (?, ?) on conflict (file) do update set size = max(size, excluded.size)", (file, size)
        )  # fmt: skip

    def size_of(self, file: str) -> int:
        """How much of an evidence file is known to be good."""
        found = self._db.execute("select size from sealed where file = ?", (file,)).fetchone()
        return found[0] if found else 0

    def seal(self, file: str, digest: str) -> None:
        """Notes the digest of a finished evidence file."""
        self._db.execute("update sealed set sha256 = ? where file = ?", (digest, file))

    def seals(self) -> dict[str, str]:
        """The digest of each evidence file; empty for one that is not finished."""
        return dict(self._db.execute("select file, sha256 from sealed order by file"))

    def forget_words(self, record: str) -> None:
        """Empties what facts quote of a record, whose page was taken out on order."""
        self._db.execute("update fact set quote = '', candidates = '[]' where record = ?", (record,))

    # ---- reading ----------------------------------------------------------------------------------------------------

    def facts(self, run: int | None = None) -> Iterator[StoredFact]:
        """Every fact (of a run), in the order they were recorded."""
        query = f"select {_FACT} from fact where run = coalesce(?, run) order by number"
        return map(_fact, self._db.execute(query, (run,)))

    def facts_after(self, number: int, most: int) -> tuple[list[StoredFact], int]:
        """The next facts after the one of a number, in the order they were recorded, and the number of the last."""
        query = f"select {_FACT}, number from fact where number > ? order by number limit ?"
        rows = list(self._db.execute(query, (number, most)))
        return [_fact(row[:-1]) for row in rows], rows[-1][-1] if rows else number

    def newest_run(self, purpose: str) -> int:
        """The number of the newest run of a purpose; 0 where there is none."""
        return self._db.execute("select max(number) from run where purpose = ?", (purpose,)).fetchone()[0] or 0

    def settings(self) -> dict[str, Any]:
        """What the run was begun with."""
        found = self._db.execute("select settings from run where number = ?", (self.run,)).fetchone()
        return dict(json.loads(found[0])) if found else {}

    def tasks(self) -> list[tuple[str, str, bool]]:
        """Name and asset of every task of the run, and whether it is done."""
        query = "select name, asset, done_at is not null from task where run = ? order by rowid"
        return [(name, asset, bool(done)) for name, asset, done in self._db.execute(query, (self.run,))]

    def records_of(self, run: int | None = None) -> dict[str, str]:
        """The asset of each record (of a run)."""
        return dict(self._db.execute("select record, asset from capture where run = coalesce(?, run)", (run,)))

    def capture(self, record: str) -> StoredCapture | None:
        """Where the evidence of a record lies."""
        row = self._db.execute(
            "select record, asset, purpose, url, outcome, reason, fetched_at, file, offset, length from capture where record = ?", (record,)
        ).fetchone()  # fmt: skip
        if row is None:
            return None
        names = StoredCapture.__dataclass_fields__
        values = dict(zip(names, row, strict=True))
        return StoredCapture(**values | {"fetched_at": datetime.fromisoformat(values["fetched_at"])})

    def notes(self) -> list[tuple[str, str]]:
        """The assets of the run whose task left a note, with it."""
        query = "select asset, note from task where run = ? and note != '' order by rowid"
        return list(self._db.execute(query, (self.run,)))

    def outcomes(self) -> dict[str, int]:
        """How often each outcome was met in the run."""
        return dict(
            self._db.execute(
                "select outcome, count(*) from capture where run = ? group by outcome order by outcome", (self.run,)
            )
        )


_FACT = "asset, kind, part, observed_at, state, reason, fields, record, url, locator, quote, candidates"


def _fact(row: Sequence[Any]) -> StoredFact:
    asset, kind, part, observed_at, state, reason, fields, record, url, locator, quote, candidates = row
    return StoredFact(
        asset=asset, kind=kind, part=part, observed_at=datetime.fromisoformat(observed_at), state=state, reason=reason,
        fields=_typed(json.loads(fields)), record=record, url=url, locator=locator, quote=quote,
        candidates=tuple(json.loads(candidates)),
    )  # fmt: skip


def _clean(text: str) -> str:
    """A text without the one character that no database takes; HTML reads it as this one."""
    return text.replace("\0", "\ufffd")


def _json(value: object) -> str:
    def text(inner: object) -> Any:
        if isinstance(inner, date):
            return {"day": inner.isoformat()} if not isinstance(inner, datetime) else {"time": inner.isoformat()}
        raise TypeError(type(inner).__name__)

    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=text)


def _typed(fields: dict[str, Any]) -> dict[str, object]:
    def value(inner: Any) -> object:
        if isinstance(inner, dict):
            return date.fromisoformat(inner["day"]) if "day" in inner else datetime.fromisoformat(inner["time"])
        return inner

    return {name: value(inner) for name, inner in fields.items()}
