"""The two databases behind a ledger: SQLite (one file) and PostgreSQL. Whatever they do differently is here.

SQLite: write-ahead log, every commit forced to disk, one writer by BEGIN IMMEDIATE. PostgreSQL: one writer by an
advisory lock, rows by COPY. In both, triggers refuse to change or delete a row.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Text

WAIT_SECONDS = 60
_LOCK = 0x68656765  # "hege"
_WRITING = "hege_writing"
Rows = Sequence[Sequence[Any]]


class LedgerRefused(InputError):
    """The database cannot do what was asked of it; nothing was changed."""


def refusal(where: str, code: str, zh: str, en: str, hint: Text | None = None) -> LedgerRefused:
    """The error for one fault of a ledger."""
    return LedgerRefused([Problem(code=code, place=Place(file=where), message=Text(zh=zh, en=en), hint=hint)])


# ---- opening -------------------------------------------------------------------------------------------------------


def url_of(given: str) -> URL:
    """The URL of a ledger named by a path or a URL."""
    if "://" not in given:
        return URL.create("sqlite+pysqlite", database=str(Path(given).absolute()))
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise _no_database(given) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        return url.set(drivername="sqlite+pysqlite", database=str(Path(url.database).absolute()))
    raise _no_database(given)


def _no_database(given: str) -> LedgerRefused:
    return refusal(
        given.partition("@")[2] or given, "bad-ledger", "台账地址写得不对", "this names no ledger",
        Text(zh="写文件路径，或postgresql://…", en="give the path of a file, or postgresql://…"),
    )  # fmt: skip


def file_of(url: URL) -> Path | None:
    """The file of an SQLite ledger; None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def shown(url: URL) -> str:
    """A ledger's name in messages, without a password."""
    file = file_of(url)
    return str(file) if file else url.render_as_string(hide_password=True)


def connect(url: URL, *, exists: bool = True) -> Engine:
    """An engine for a ledger; an SQLite file must be there already unless told otherwise."""
    file = file_of(url)
    if file is None:
        try:
            engine = sa.create_engine(url, isolation_level="REPEATABLE READ", connect_args={"connect_timeout": 10})
        except ModuleNotFoundError as error:
            raise refusal(shown(url), "no-psycopg", "没有安装PostgreSQL的驱动", "the driver for PostgreSQL is not installed",
                          Text(zh="pip install 'hege[postgresql]'", en="pip install 'hege[postgresql]'")) from error  # fmt: skip
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    _look_at(file, exists)
    frozen = exists and _cannot_write_beside(file)
    query = "?mode=ro&immutable=1" if frozen else "?mode=rw" if exists else ""

    def opened() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{file.as_uri()}{query}", uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )

    engine = sa.create_engine(url, creator=opened, poolclass=QueuePool)
    event.listen(engine, "connect", _prepare_frozen if frozen else _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _look_at(file: Path, exists: bool) -> None:
    """Refuses what is plainly no ledger, before SQLite would make a file or give a riddle."""
    where = str(file)
    if exists and not file.is_file():
        raise refusal(where, "no-ledger", "没有这个台账", "there is no such ledger",
                      Text(zh="先运行hege ledger init", en="make one with hege ledger init"))  # fmt: skip
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except FileNotFoundError:
        return
    except OSError as error:
        raise refusal(where, "unreadable", f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from error
    if head and head != b"SQLite format 3\x00":
        raise refusal(where, "not-a-ledger", "这个文件不是台账", "this file is no ledger")


def _cannot_write_beside(file: Path) -> bool:
    """Whether a finished file lies where SQLite cannot put its helper files, as on a read-only disk."""
    with suppress(OSError):
        waiting = Path(f"{file}-wal")
        return not os.access(file.parent, os.W_OK) and not (waiting.exists() and waiting.stat().st_size)
    return False


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    for setting in ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA cache_size=-65536")  # KiB
    connection.execute("PRAGMA wal_autocheckpoint=8000")  # pages: fewer, larger moves from the log into the file


def _prepare_frozen(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA query_only=ON")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITING):
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # only a writer may change the file, a look must not
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITING):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        # A plan made while the table was small, or before its statistics are, would read all of it for every batch.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    else:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


@contextmanager
def reading(engine: Engine, where: str) -> Iterator[Connection]:
    """One snapshot: what others commit meanwhile is not seen."""
    with _worded(where), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, where: str) -> Iterator[Connection]:
    """The one writer's transaction; on disk when the block has ended, undone if it raises."""
    with _worded(where), engine.connect() as plain:
        options: dict[str, Any] = {_WRITING: True}
        if engine.dialect.name == "postgresql":
            options["isolation_level"] = "READ COMMITTED"  # the lock comes first, then everything committed is seen
        connection = plain.execution_options(**options)
        with connection.begin():
            yield connection


def settle(engine: Engine, where: str) -> None:
    """Leaves an SQLite ledger as one file without helper files."""
    with _worded(where), engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        driver.execute("PRAGMA journal_mode=DELETE")


# ---- rows ----------------------------------------------------------------------------------------------------------


def insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Writes many rows, whole, in the order of the table's columns."""
    columns = ", ".join(f'"{c.name}"' for c in table.columns)
    if connection.dialect.name == "sqlite":
        marks = ",".join("?" * len(table.columns))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', list(map(tuple, rows)))
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


_SAME_PLACE = {
    "sqlite": (
        "SELECT f.asset, f.part, f.observed_at, f.fact, f.supersedes, f.seq, f.source "
        "FROM json_each(?) k CROSS JOIN facts f WHERE f.register = ? AND f.kind = ? AND f.asset = k.value->>0 "
        "AND f.part = k.value->>1 AND f.observed_at = k.value->>2 ORDER BY f.seq"
    ),
    "postgresql": (
        "SELECT f.asset, f.part, f.observed_at, f.fact, f.supersedes, f.seq, f.source "
        "FROM json_array_elements(%s::json) k CROSS JOIN LATERAL (SELECT * FROM facts WHERE register = %s AND kind = %s "
        "AND asset = k.value->>0 AND part = k.value->>1 AND observed_at = k.value->>2 OFFSET 0) f ORDER BY f.seq"
    ),
}


def facts_of(connection: Connection, register: str, kind: str, places: Sequence[tuple[str, str, str]]) -> Sequence[Any]:
    """The facts of a kind recorded for (asset, part, observed_at), oldest first, with what tells them apart."""
    asked = json.dumps(list(dict.fromkeys(places)), ensure_ascii=False)
    return connection.exec_driver_sql(_SAME_PLACE[connection.dialect.name], (asked, register, kind)).all()


# ---- what is made with the tables ----------------------------------------------------------------------------------


def guard(table: str, dialect: str) -> list[str]:
    """The statements that let nobody change or delete a row of a table."""
    if dialect == "sqlite":
        return [
            f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    refuse = "EXECUTE FUNCTION hege_append_only()"
    return [
        """CREATE OR REPLACE FUNCTION hege_append_only() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$""",
        f'CREATE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW {refuse}',
        f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT {refuse}',
    ]


def unguarded(connection: Connection, tables: Sequence[str]) -> list[str]:
    """The tables whose guard is not in force."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        found = {(t, sql) for t, sql in rows}
        return [t for t in tables if any((t, sql) not in found for sql in guard(t, "sqlite"))]
    rows = connection.exec_driver_sql(
        "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace "
        "GROUP BY c.relname"
    ).all()
    counts = {str(t): n for t, n in rows}
    return [t for t in tables if counts.get(t, 0) < 2]


def bytes_of(connection: Connection) -> int:
    """How much room the database takes."""
    sqlite = connection.dialect.name == "sqlite"
    asked = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if sqlite
        else "SELECT pg_database_size(current_database())"
    )
    return int(connection.exec_driver_sql(asked).scalar() or 0)


def damage(connection: Connection) -> list[str]:
    """What the database itself finds wrong with its file; nothing for PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)").all()]
    return [] if found == ["ok"] else found


def as_it_stands(connection: Connection) -> None:
    """From here on text that is no valid UTF-8 is read as it is, so that verification can name it."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


# ---- faults --------------------------------------------------------------------------------------------------------


@contextmanager
def _worded(where: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, UnicodeDecodeError) as error:
        raise worded(where, error) from error


def worded(where: str, error: Exception) -> LedgerRefused:
    """A fault of the database as a message for a person."""
    said = str(getattr(error, "orig", None) or error).strip()
    low = said.lower()
    for marks, code, zh, en, hint in _KNOWN:
        if any(mark in low for mark in marks):
            return refusal(where, code, f"{zh}（{said}）", f"{en} ({said})", hint)
    return refusal(where, "database", f"数据库出错：{said}", f"the database refused: {said}")


_KNOWN: tuple[tuple[tuple[str, ...], str, str, str, Text], ...] = (
    (("locked", "lock timeout"), "ledger-locked", "台账正被占用", "the ledger is in use by another writer",
     Text(zh="等对方写完再试", en="try again when it is done")),
    (("disk is full", "no space left", "disk i/o error"), "disk-full", "磁盘写不进去，可能已满", "the disk takes no more",
     Text(zh="腾出空间后重试；已确认的记录都在", en="make room and try again; all that was acknowledged is there")),
    (("readonly", "read-only", "unable to open"), "read-only", "台账所在位置只读", "the ledger lies where nothing can be written",
     Text(zh="换到可写的位置，或只做查询", en="put it where it can be written, or only read")),
    (("not a database", "malformed", "no such table", "does not exist", "no such column", "codec can't decode", "could not decode"), "not-a-ledger",
     "台账已损坏，或这不是台账", "the ledger is damaged, or this is none",
     Text(zh="用hege ledger verify查明，从备份恢复", en="see hege ledger verify, and restore a backup")),
    (("append-only",), "append-only", "台账只增不改", "the ledger is append-only", Text(zh="用更正代替修改", en="record a correction")),
    (("connection failed", "could not connect", "connection refused", "timeout expired", "could not translate"), "no-server",
     "连不上数据库", "the database cannot be reached", Text(zh="检查HEGE_LEDGER与服务器", en="check HEGE_LEDGER and the server")),
)  # fmt: skip
