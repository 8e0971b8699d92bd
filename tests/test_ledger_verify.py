"""Tampering with a ledger's file: whatever is changed, verification names what and where."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from hege.engine.errors import InputError
from hege.engine.ledger import deciding, schema, signing
from hege.engine.ledger.copying import backup
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.notes import Checkpoint, Signer, signed_note
from hege.engine.ledger.publishing import publish
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger
from hege.engine.ledger.verify import Fault, verify
from hege.engine.result import Verdict
from hege.engine.rulebook.sources import sources_of
from tests.ledgers import AT, PLAN, SIGNER, feeds, give, new_ledger

TABLES = [t.name for t in (schema.batches, schema.checkpoints, *schema.RECORDS)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with rows in every table, as one file."""
    place = tmp_path_factory.mktemp("whole")
    ledger = new_ledger(str(place / "a.db"))
    give(ledger, feeds({"a1": date(2024, 2, 20), "a2": "none", "a3": date(2024, 2, 21)}))
    give(ledger, feeds({"a1": date(2024, 1, 2)}), minutes=5, correct="填错")
    rules = sources_of(["cn/2019-19"])
    id = inspect_recorded(ledger, PLAN, "某市", None, rules, entered_by="李四", at=AT).stored.id
    deciding.review(ledger, id, "a3", Verdict.PASS, reviewer="王五", reason="看过", at=AT)
    deciding.waive(
        ledger, "某市", "a2", "account.stale", start=date(2024, 2, 1), until=date(2024, 3, 1),
        reason="机构改革", approved_by="办公室", entered_by="李四", at=AT,
    )  # fmt: skip
    publish(ledger, ["cn/2019-19"], published_by="赵六", why="首次", at=AT)
    signing.checkpoint(ledger, SIGNER)
    with ledger.writing(entered_by="李四", action="collect", at=AT) as batch:
        batch.add([
            record(schema.captures, register="某市", asset="a1", url="", taken_at="2024-02-23", media_type="text/html",
                   body="00" * 32, place="x.warc", length=7),
            record(schema.removals, body="00" * 32, ordered_by="办公室", reason="个人信息"),
            record(schema.notices, inspection=id, title="通报", published_on="2024-03-01", name="t.docx", body="11" * 32),
            record(schema.administration, subject="account", name="王五", action="created", content="{}", why="新任职"),
        ])  # fmt: skip
    signing.checkpoint(ledger, SIGNER)
    backup(ledger, place / "whole.db")
    return place / "whole.db"


def changed(whole: Path, place: Path, *statements: str) -> list[Fault]:
    """The faults after somebody with the file at hand ran statements, guards taken away and put back."""
    file = place / "changed.db"
    shutil.copy(whole, file)
    with sqlite3.connect(file) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        for _, sql in guards:
            connection.execute(sql)
    ledger = Ledger.open(str(file))
    found = list(verify(ledger).faults)
    ledger.close()
    return found


def test_the_whole_ledger_verifies(whole: Path) -> None:
    """Every table has rows, and nothing is wrong with any of them."""
    with sqlite3.connect(whole) as connection:
        empty = [t for t in TABLES if connection.execute(f"SELECT count(*) FROM {t}").fetchone() == (0,)]
    assert empty == []
    checked = verify(Ledger.open(str(whole)), [SIGNER.verifier])
    assert (checked.faults, checked.checkpoints) == ((), 2)


COLUMNS = [
    pytest.param(t.name, c.name, id=f"{t.name}.{c.name}")
    for t in (schema.batches, schema.checkpoints, *schema.RECORDS)
    for c in t.columns
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_one_changed_value_is_named(table: str, column: str, whole: Path, tmp_path: Path) -> None:
    """Whichever column of whichever table: the fault names the table's row, or the batch it is the header of."""
    key = {"batches": "number", "checkpoints": "size"}.get(table, "seq")
    with sqlite3.connect(whole) as connection:
        row, value = connection.execute(f'SELECT {key}, "{column}" FROM "{table}" ORDER BY {key} DESC').fetchone()
    if isinstance(value, bytes):
        other = f"X'{bytes([value[0] ^ 1, *value[1:]]).hex()}'"
    else:
        other = f'"{column}" + 1000' if isinstance(value, int) else f"\"{column}\" || 'x'"
    found = changed(whole, tmp_path, f'UPDATE "{table}" SET "{column}" = {other} WHERE {key} = {row}')
    named = {f"{table} {row}", f"record {row}", f"{table} {row + 1000}"}
    assert named & {f.where for f in found}, found


@dataclass(frozen=True)
class Case:
    """What somebody did, and what must be said."""

    id: str
    statements: tuple[str, ...]
    expected: tuple[tuple[str, str], ...]  # code and place, in the order they are told


CASES = [
    Case(
        "a row dropped",
        ("DELETE FROM facts WHERE seq = 5",),
        (("record-missing", "record 5"), ("batch-records", "batches 1")),
    ),
    Case(
        "a row added",
        ("INSERT INTO removals VALUES (9999, 7, X'00', 'b', 'o', 'r')",),
        (("record-strange", "removals 9999"),),
    ),
    Case(
        "a fact changed and given its new digest",
        ("UPDATE facts SET state = 'unknown', fact = X'00', digest = X'00' WHERE seq = 5",),
        (("fact-changed", "facts 5"), ("record-changed", "facts 5"), ("batch-records", "batches 1")),
    ),
    Case(
        "two rows exchanged",
        (
            "UPDATE facts SET seq = -1 WHERE seq = 5",
            "UPDATE facts SET seq = 5 WHERE seq = 6",
            "UPDATE facts SET seq = 6 WHERE seq = -1",
        ),
        (("batch-records", "batches 1"),),
    ),
    Case(
        "a row moved to another batch",
        ("UPDATE facts SET batch = 2 WHERE seq = 5",),
        (("record-batch", "facts 5"),),
    ),
    Case(
        "two batches exchanged",
        (
            "UPDATE batches SET number = -1 WHERE number = 1",
            "UPDATE batches SET number = 1 WHERE number = 2",
            "UPDATE batches SET number = 2 WHERE number = -1",
        ),
        (("batch-order", "batches 1"),),
    ),
    Case(
        "the last batch dropped with its records",
        (
            "DELETE FROM captures", "DELETE FROM removals", "DELETE FROM notices", "DELETE FROM administration",
            "DELETE FROM batches WHERE number = (SELECT max(number) FROM batches)",
        ),
        (("checkpoint-ahead", "checkpoints 8"),),
    ),
    Case(
        "the middle batch dropped",
        ("DELETE FROM batches WHERE number = 2",),
        (("batch-missing", "batches 2"), ("batch-order", "batches 3")),
    ),
    Case("who recorded it", ("UPDATE batches SET entered_by = '别人' WHERE number = 1",), (("batch-header", "batches 1"),)),
    Case("when it was recorded", ("UPDATE batches SET recorded_at = '2020' WHERE number = 1",), (("batch-header", "batches 1"),)),
    Case("the tree's root", ("UPDATE batches SET root = leaf WHERE number = 3",), (("batch-root", "batches 3"),)),
    Case("all batches gone", ("DELETE FROM batches",), (("empty", "batches"),)),
    Case(
        "a checkpoint filed elsewhere",
        ("UPDATE checkpoints SET size = 4 WHERE size = 7",),
        (("checkpoint", "checkpoints 4"),),
    ),
    Case("a checkpoint that is none", ("UPDATE checkpoints SET note = 'x' WHERE size = 7",), (("checkpoint", "checkpoints 7"),)),
    Case(
        "a key of one's own",
        (f"UPDATE keys SET key = '{Signer.new('hege/test').verifier}'",),
        (("record-changed", "keys 0"), ("checkpoint-signature", "checkpoints 7"), ("checkpoint-signature", "checkpoints 8")),
    ),
    Case("no key at all", ("DELETE FROM keys",), (("record-missing", "record 0"), ("batch-records", "batches 0"))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_tampering_is_named(case: Case, whole: Path, tmp_path: Path) -> None:
    """The first faults are these, with their places."""
    found = [(f.code, f.where) for f in changed(whole, tmp_path, *case.statements)]
    assert tuple(found[: len(case.expected)]) == case.expected


def replaced(note: str) -> tuple[str, ...]:
    return (f"UPDATE checkpoints SET note = '{note}' WHERE size = 7",)


def test_replaced_checkpoints_are_named(whole: Path, tmp_path: Path) -> None:
    """By another signer, of another log, of another root, with the true key: each has its own word."""
    root = verify(Ledger.open(str(whole))).root
    foreign, other = Signer.new("hege/test"), Signer("hege/other", SIGNER.seed)
    good = Checkpoint(origin="hege/test", size=7, root=root)
    notes: list[tuple[str, Callable[[], str]]] = [
        ("checkpoint-signature", lambda: signed_note(good.text(), [foreign])),
        ("checkpoint-signature", lambda: signed_note(good.text(), [other])),
        ("checkpoint-root", lambda: signed_note(good.text(), [SIGNER])),
        ("checkpoint-origin", lambda: signed_note(Checkpoint(origin="o", size=7, root=root).text(), [SIGNER])),
    ]
    for code, note in notes:
        found = changed(whole, tmp_path, *replaced(note()))
        assert [(f.code, f.where) for f in found] == [(code, "checkpoints 7")]


def test_a_missing_guard_is_named(whole: Path, tmp_path: Path) -> None:
    """A trigger dropped, or put in place of another one under its name."""
    file = tmp_path / "unguarded.db"
    shutil.copy(whole, file)
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER facts_no_update")
        connection.execute("DROP TRIGGER keys_no_delete")
        connection.execute('CREATE TRIGGER "keys_no_delete" BEFORE DELETE ON "keys" BEGIN SELECT 1; END')
    found = [(f.code, f.where) for f in verify(Ledger.open(str(file))).faults]
    assert found == [("guard", "facts"), ("guard", "keys")]


def dump(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, byte for byte."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        connection.text_factory = bytes
        return {t: connection.execute(f'SELECT * FROM "{t}" ORDER BY 1').fetchall() for t in TABLES}


@pytest.mark.parametrize("seed", range(6))
def test_any_flipped_byte_of_the_file_is_found(seed: int, whole: Path, tmp_path: Path) -> None:
    """A ledger that verifies holds the same rows as before; one that does not, or cannot be opened, is refused."""
    before, original = dump(whole), whole.read_bytes()
    file = tmp_path / "flipped.db"
    dice = random.Random(seed)
    missed = []
    for _ in range(60):
        at, bit = dice.randrange(100, len(original)), 1 << dice.randrange(8)
        flipped = bytearray(original)
        flipped[at] ^= bit
        file.write_bytes(flipped)
        try:
            ledger = Ledger.open(str(file))
            faults = verify(ledger).faults
            ledger.close()
        except InputError:
            continue
        if not faults and dump(file) != before:
            missed.append((at, bit))
    assert missed == []


def test_every_byte_of_a_stored_text_counts(whole: Path, tmp_path: Path) -> None:
    """One fact's reason, name and date, flipped byte by byte where they lie in the file."""
    original = whole.read_bytes()
    file = tmp_path / "flipped.db"
    for value in (b"2024-02-21", "账号a3".encode(), "机构改革".encode(), b"2024-02-01"):
        for match in list(re.finditer(re.escape(value), original))[:2]:
            for at in range(match.start(), match.end()):
                flipped = bytearray(original)
                flipped[at] ^= 0x01
                file.write_bytes(flipped)
                ledger = Ledger.open(str(file))
                assert verify(ledger).faults != (), (value, at)
                ledger.close()
