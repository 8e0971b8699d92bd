"""The store on both databases: batches, what is refused, versions, checkpoints, copies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hege.engine.errors import InputError
from hege.engine.ledger import database, making, schema, signing, tree
from hege.engine.ledger.copying import backup, restore
from hege.engine.ledger.migrations import upgrade
from hege.engine.ledger.notes import Signer, read_checkpoint, read_note
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.replay import replay
from hege.engine.ledger.store import Ledger, leaves, size_at, size_of
from hege.engine.ledger.verify import verify
from hege.engine.vocabulary import load_vocabulary
from tests.ledgers import AT, SIGNER, feeds, give, new_ledger, take_in

DAY = date(2024, 2, 8)


def codes(raised: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [p.code for p in raised.value.problems]


def rows(ledger: Ledger, table: sa.Table) -> int:
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0


def test_a_batch_is_a_leaf(place: str) -> None:
    """What was acknowledged is there, and the root is that of the leaves."""
    ledger = new_ledger(place)
    done = give(ledger, feeds({"a1": DAY, "a2": "none"}))
    assert done.receipt is not None
    assert (done.assets, done.facts, done.receipt.batch, done.receipt.records) == (2, 2, 1, 4)
    with ledger.reading() as connection:
        assert size_of(connection) == done.receipt.size == 2
        assert tree.root(leaves(connection, 2)) == done.receipt.root
    assert verify(ledger).faults == ()


def test_what_is_known_is_not_recorded_again(place: str) -> None:
    """A second import of the same leaves no batch, not even of other sources."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": DAY}))
    again = give(ledger, feeds({"a1": DAY}, source="other.csv:7"))
    assert (again.assets, again.facts, again.known, again.receipt) == (0, 0, 1, None)


def test_a_contradiction_is_refused_whole(place: str) -> None:
    """The message names both facts; the other row of the import is not recorded either."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": DAY}))
    with pytest.raises(InputError) as raised:
        give(ledger, feeds({"a1": date(2024, 2, 9), "a2": DAY}, source="facts/feed.csv:3"))
    (problem,) = raised.value.problems
    assert (problem.code, str(problem.place)) == ("contradiction", "facts/feed.csv:3")
    assert rows(ledger, schema.facts) == 1
    assert verify(ledger).faults == ()


def test_a_correction_supersedes_from_then_on(place: str) -> None:
    """Before it the old value is known, after it the new one, and an old case read again undoes nothing."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": DAY}))
    done = give(ledger, feeds({"a1": date(2024, 2, 9)}), correct="看错了月份")
    assert (done.facts, done.corrections) == (1, 1)
    assert give(ledger, feeds({"a1": DAY})).receipt is None
    back = give(ledger, feeds({"a1": DAY}), correct="原来没有看错")
    assert back.corrections == 1
    with ledger.reading() as connection:
        history = read_history(connection, ledger.where, "某市", load_vocabulary())
    newest = [history.at(size).tables["feed"]["newest"].to_list() for size in (1, 2, 3, 4)]
    assert newest == [[], [DAY], [date(2024, 2, 9)], [DAY]]


def test_assets_leave_only_when_it_is_said(place: str) -> None:
    """An import of some assets leaves the others; a complete one takes them out, from then on."""
    ledger = new_ledger(place)
    vocabulary = load_vocabulary()
    give(ledger, feeds({"a1": DAY, "a2": DAY}))
    give(ledger, feeds({"a1": DAY}))
    making_complete = {"entered_by": "李四", "at": AT, "complete": True}
    from hege.engine.ledger.importing import import_facts

    import_facts(ledger, "某市", feeds({"a1": DAY}), vocabulary, **making_complete)  # type: ignore[arg-type]
    with ledger.reading() as connection:
        history = read_history(connection, ledger.where, "某市", vocabulary)
    assert [history.at(size).assets["id"].to_list() for size in (2, 3)] == [["a1", "a2"], ["a1"]]


@pytest.mark.parametrize("statement", ["UPDATE facts SET reason = 'x'", "DELETE FROM facts", "TRUNCATE facts"])
def test_rows_cannot_be_changed_or_deleted(place: str, statement: str) -> None:
    """The database itself refuses; INSERT OR REPLACE too."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": DAY}))
    if ledger.engine.dialect.name == "sqlite" and statement.startswith("TRUNCATE"):
        statement = "INSERT OR REPLACE INTO facts SELECT * FROM facts"
    with pytest.raises(InputError) as raised, database.writing(ledger.engine, ledger.where) as connection:
        connection.exec_driver_sql(statement)
    assert codes(raised) == ["append-only"]
    assert verify(ledger).faults == ()


def test_known_at_a_time_is_what_was_recorded_by_then(place: str) -> None:
    """A clock that was set back does not let later batches slip in before earlier ones."""
    ledger = new_ledger(place)
    for minutes, name in ((10, "a1"), (20, "a2"), (15, "a3"), (30, "a4")):
        give(ledger, feeds({name: DAY}), minutes)
    with ledger.reading() as connection:
        sizes = [size_at(connection, AT + timedelta(minutes=m)) for m in (-1, 0, 10, 15, 20, 29, 30)]
    assert sizes == [0, 1, 2, 2, 4, 4, 5]


def test_a_reader_sees_one_state(place: str) -> None:
    """What is committed meanwhile does not show in a snapshot."""
    ledger = new_ledger(place)
    with ledger.reading() as connection:
        assert size_of(connection) == 1
        give(ledger, feeds({"a1": DAY}))
        assert (size_of(connection), connection.execute(sa.select(schema.facts)).all()) == (1, [])


def test_a_batch_that_fails_leaves_nothing(place: str) -> None:
    """Neither rows nor a leaf, and the next one is the next leaf."""
    ledger = new_ledger(place)
    with pytest.raises(ZeroDivisionError), ledger.writing(entered_by="x", action="x", at=AT) as batch:
        batch.add([])
        raise ZeroDivisionError
    assert give(ledger, feeds({"a1": DAY})).receipt.batch == 1  # type: ignore[union-attr]


def test_a_second_ledger_object_takes_in_what_the_first_wrote(place: str) -> None:
    """Each keeps the tree; what another process added is appended before the next leaf."""
    one, other = new_ledger(place), Ledger.open(place)
    for n in range(6):
        give((one, other)[n % 2], feeds({f"a{n}": DAY}))
    checked = verify(one)
    assert (checked.batches, checked.faults) == (7, ())


def test_nul_characters_are_refused(place: str) -> None:
    """No database holds them in text."""
    ledger = new_ledger(place)
    with pytest.raises(InputError) as raised:
        give(ledger, feeds({"a1": DAY}, source="a\0b"))
    assert codes(raised) == ["nul-character"]


# ---- opening and versions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("missing.db", "no-ledger"),
        ("mysql://host/db", "bad-ledger"),
        ("sqlite://", "bad-ledger"),
        ("://", "bad-ledger"),
        ("postgresql://nobody@127.0.0.1:1/none", "no-server"),
    ],
)
def test_what_names_no_ledger(given: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is refused with a word of its own."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as raised:
        Ledger.open(given)
    assert codes(raised) == [code]
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_ledger(tmp_path: Path) -> None:
    """Another file, another database, a truncated ledger: refused, and left as they are."""
    text, other, cut = tmp_path / "text", tmp_path / "other.db", tmp_path / "cut.db"
    text.write_text("这不是台账", encoding="utf-8")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    ledger = new_ledger(str(cut))
    give(ledger, feeds({"a1": DAY}))
    backup(ledger, tmp_path / "whole.db")
    cut_bytes = (tmp_path / "whole.db").read_bytes()[:9000]
    (tmp_path / "cut2.db").write_bytes(cut_bytes)
    for file in (text, other, tmp_path / "cut2.db"):
        before = file.read_bytes()
        with pytest.raises(InputError) as raised:
            Ledger.open(str(file))
        assert codes(raised) == ["not-a-ledger"]
        assert file.read_bytes() == before


def test_no_second_ledger_in_one_place(place: str) -> None:
    """Making one where there is one is refused."""
    new_ledger(place)
    with pytest.raises(InputError) as raised:
        new_ledger(place)
    assert codes(raised) == ["ledger-exists"]


def test_a_newer_ledger_is_refused(place: str) -> None:
    """Its rows could mean something else."""
    ledger = new_ledger(place)
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError) as raised:
        Ledger.open(place)
    assert codes(raised) == ["newer-ledger"]
    with pytest.raises(InputError) as raised:
        making.bring_up_to_date(place)
    assert codes(raised) == ["newer-ledger"]


def test_an_older_ledger_is_brought_up_to_date(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration to come runs in one transaction; until then the ledger is refused, and nothing recorded is lost."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": DAY}))
    scripts = tmp_path / "scripts"
    (scripts / "versions").mkdir(parents=True)
    own = Path(making.__file__).parent / "migrations"
    for name in ("env.py", "versions/v0001_first.py", "versions/v0002_administration.py"):
        (scripts / name).write_text((own / name).read_text(encoding="utf-8"), encoding="utf-8")
    (scripts / "versions" / "v0003_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nrevision = '0003'\ndown_revision = '0002'\n"
        "def upgrade():\n    op.create_table('plans', sa.Column('seq', sa.Integer, primary_key=True))\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(schema, "VERSION", "0003")
    with pytest.raises(InputError) as raised:
        Ledger.open(place)
    assert codes(raised) == ["older-ledger"]
    monkeypatch.setattr(upgrade, "__defaults__", ("head", scripts))
    assert making.bring_up_to_date(place) == ("0002", "0003")
    checked = verify(Ledger.open(place))
    assert (checked.batches, checked.faults) == (2, ())


@pytest.mark.parametrize("version", sorted(p.stem for p in (Path(__file__).parent / "ledger_versions").glob("*.sql")))
def test_ledgers_of_every_version_are_brought_up_to_date(version: str, tmp_path: Path) -> None:
    """A ledger as a released version left it: after the upgrade it verifies with its checkpoint, and replays."""
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            (Path(__file__).parent / "ledger_versions" / f"{version}.sql").read_text(encoding="utf-8")
        )
    assert making.bring_up_to_date(str(file)) == (version, schema.VERSION)
    ledger = Ledger.open(str(file))
    checked = verify(ledger, [SIGNER.verifier])
    assert (checked.faults, checked.checkpoints) == ((), 1)
    assert [d for d in replay(ledger, "last").differences if d.old != d.new] == []
    give(ledger, feeds({"b1": DAY}))
    assert verify(ledger).faults == ()


def test_the_migrations_lead_to_the_tables(place: str) -> None:
    """What the scripts make is what the code reads and writes: same columns, same kinds of value, none may be null."""
    ledger = new_ledger(place)
    with ledger.reading() as connection:
        made = sa.MetaData()
        made.reflect(connection)
    for table in schema.metadata.sorted_tables:
        there = made.tables[table.name]
        assert [c.name for c in there.columns] == [c.name for c in table.columns]
        kinds = [(c.type.python_type, c.nullable, c.primary_key) for c in there.columns]
        assert kinds == [(c.type.python_type, c.nullable, c.primary_key) for c in table.columns]
    indexes = {t.name: {i.name for i in t.indexes} for t in schema.metadata.sorted_tables}
    assert {name: {i.name for i in made.tables[name].indexes} for name in indexes} == indexes


# ---- keys and checkpoints ------------------------------------------------------------------------------------------


def test_checkpoints_are_signed_once_per_state(place: str, tmp_path: Path) -> None:
    """The note holds size and root, is kept beside the key, and is the same until something comes in."""
    ledger, last = new_ledger(place), tmp_path / "key.checkpoint"
    give(ledger, feeds({"a1": DAY}))
    note = signing.checkpoint(ledger, SIGNER, last)
    assert note == signing.checkpoint(ledger, SIGNER, last) == last.read_text(encoding="utf-8")
    found = read_checkpoint(read_note(note).text)
    assert (found.origin, found.size) == ("hege/test", 2)
    assert read_note(note).signer([SIGNER.verifier]) == SIGNER.verifier
    checked = verify(ledger, [SIGNER.verifier], [note])
    assert (checked.faults, checked.newest) == ((), found)


def test_a_foreign_key_signs_nothing(place: str) -> None:
    """Neither a checkpoint nor a change of keys."""
    ledger, foreign = new_ledger(place), Signer.new("hege/test")
    with pytest.raises(InputError) as raised:
        signing.checkpoint(ledger, foreign)
    assert codes(raised) == ["foreign-key"]
    with pytest.raises(InputError) as raised:
        signing.rotate(ledger, foreign, SIGNER, entered_by="x", at=AT, reason="")
    assert codes(raised) == ["foreign-key"]
    assert rows(ledger, schema.checkpoints) == 0


def test_a_new_key_is_endorsed_by_the_old(place: str) -> None:
    """Old checkpoints hold, new ones are signed with the new key, the old one signs no more."""
    ledger, new = new_ledger(place), Signer.new("hege/test")
    first = signing.checkpoint(ledger, SIGNER)
    signing.rotate(ledger, SIGNER, new, entered_by="张三", at=AT, reason="保管人调动")
    second = signing.checkpoint(ledger, new)
    assert verify(ledger, [SIGNER.verifier, new.verifier], [first, second]).faults == ()
    with pytest.raises(InputError):
        signing.checkpoint(ledger, SIGNER)
    assert [f.code for f in verify(ledger, [Signer.new("hege/test").verifier]).faults] == ["foreign-key"]


def test_no_checkpoint_contradicts_an_earlier_one(tmp_path: Path) -> None:
    """A ledger put back to an earlier state, or rewritten, is not signed."""
    last = tmp_path / "last"
    ledger = new_ledger(str(tmp_path / "a.db"))
    give(ledger, feeds({"a1": DAY}))
    signing.checkpoint(ledger, SIGNER, last)
    for facts in ({}, {"a1": date(2024, 2, 9)}):
        other = new_ledger(str(tmp_path / f"b{len(facts)}.db"))
        if facts:
            give(other, feeds(facts))  # type: ignore[arg-type]
        with pytest.raises(InputError) as raised:
            signing.checkpoint(other, SIGNER, last)
        assert codes(raised) == ["two-pasts"]
        held = last.read_text(encoding="utf-8")
        assert [f.code for f in verify(other, (), [held]).faults] == [
            "checkpoint-root" if facts else "checkpoint-ahead"
        ]


def test_key_files(tmp_path: Path) -> None:
    """Only the owner reads a key; none is overwritten; what is no key is refused."""
    file = tmp_path / "keys" / "city.key"
    signer = signing.new_key(file, "hege/city")
    assert (signing.read_key(file), file.stat().st_mode & 0o777) == (signer, 0o600)
    attempts: list[tuple[Callable[[], object], str]] = [
        (lambda: signing.new_key(file, "hege/city"), "key-exists"),
        (lambda: signing.new_key(tmp_path / "k", "two words"), "key-name"),
        (lambda: signing.new_key(Path("/proc/none/k"), "x"), "key-file"),
        (lambda: signing.read_key(tmp_path / "none"), "no-key"),
    ]
    for attempt, code in attempts:
        with pytest.raises(InputError) as raised:
            attempt()
        assert codes(raised) == [code]
    file.write_text("PRIVATE+KEY", encoding="ascii")
    with pytest.raises(InputError) as raised:
        signing.read_key(file)
    assert codes(raised) == ["bad-key"]


# ---- copies --------------------------------------------------------------------------------------------------------


def test_backup_and_restore(place: str, tmp_path: Path, postgres: Callable[[], str]) -> None:
    """A copy of either database in a file, and from it on either: same root, same checkpoints, nothing beside it."""
    ledger = new_ledger(place)
    take_in(ledger, "zhuzhou-2022-4")
    note = signing.checkpoint(ledger, SIGNER)
    file = tmp_path / "copies" / "backup.db"
    file.parent.mkdir()
    root = backup(ledger, file).root
    assert [p.name for p in file.parent.iterdir()] == ["backup.db"]
    for target in (str(tmp_path / "restored.db"), postgres()):
        assert restore(file, target).root == root
        checked = verify(Ledger.open(target), [SIGNER.verifier], [note])
        assert (checked.faults, checked.root) == ((), root)
    give(Ledger.open(target), feeds({"a1": DAY}))
    with pytest.raises(InputError) as raised:
        backup(ledger, file)
    assert codes(raised) == ["file-exists"]
    with pytest.raises(InputError) as raised:
        restore(file, place)
    assert codes(raised) in (["file-exists"], ["ledger-exists"])


def test_a_changed_backup_is_not_restored(tmp_path: Path) -> None:
    """It says what is wrong, and makes nothing."""
    ledger = new_ledger(str(tmp_path / "a.db"))
    give(ledger, feeds({"a1": DAY}))
    backup(ledger, tmp_path / "b.db")
    with sqlite3.connect(tmp_path / "b.db") as connection:
        connection.execute("DROP TRIGGER facts_no_update")
        connection.execute("UPDATE facts SET part = 'x'")
    with pytest.raises(InputError) as raised:
        restore(tmp_path / "b.db", str(tmp_path / "c.db"))
    assert codes(raised) == ["guard", "fact-changed"]
    assert not (tmp_path / "c.db").exists()
