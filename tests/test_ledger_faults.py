"""What happens to a ledger: killed processes, full and read-only disks, several at work at once.

HEGE_KILLS says how often a process is killed (6).
"""

from __future__ import annotations

import base64
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from hege.engine.errors import InputError
from hege.engine.ledger import signing
from hege.engine.ledger.copying import backup
from hege.engine.ledger.making import make
from hege.engine.ledger.replay import replay
from hege.engine.ledger.store import Ledger, leaves, size_of
from hege.engine.ledger.tree import root
from hege.engine.ledger.verify import verify
from tests.ledgers import AT, feeds, give, look_at, new_ledger, take_in

ROOT = Path(__file__).parent.parent
KILLS = int(os.environ.get("HEGE_KILLS", "6"))
DAY = date(2024, 2, 8)


def worker(doing: str, place: str, name: str, *more: str, key: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ledger_worker", doing, place, name, str(key or "none"), *more],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def killed_somewhere(doing: str, place: str, name: str, dice: random.Random, key: Path) -> list[str]:
    """The lines a worker had said when it was killed, at a random moment after a random number of them."""
    process = worker(doing, place, name, key=key)
    assert process.stdout is not None
    lines = []
    for _ in range(dice.randint(1, 6)):
        lines.append(process.stdout.readline())
    try:
        process.wait(timeout=dice.random() * 0.05)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    rest, wrong = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, wrong
    return [*lines, *rest.splitlines()]


def test_killed_processes_lose_nothing_acknowledged(place: str, tmp_path: Path) -> None:
    """After each kill the ledger verifies, every batch and checkpoint that was acknowledged is there, and work goes on."""
    key = tmp_path / "city.key"
    make(place, signing.new_key(key, "hege/city"), entered_by="张三", at=AT).close()
    dice = random.Random(20240223)
    acknowledged: dict[int, str] = {}
    signed: dict[int, str] = {}
    for number in range(KILLS):
        doing = ("import", "inspect", "checkpoint")[number % 3]
        for line in killed_somewhere(doing, place, f"w{number:03}", dice, key):
            words = line.split()
            if words and words[0] == "batch" and len(words) > 2:
                acknowledged[int(words[1])] = words[2]
            if words and words[0] == "checkpoint" and len(words) == 3:
                signed[int(words[1])] = words[2]
        ledger = Ledger.open(place)
        kept = signing.last_of(key)
        held = [kept.read_text(encoding="utf-8")] if kept.exists() else []
        assert verify(ledger, (), held).faults == ()
        with ledger.reading() as connection:
            own = leaves(connection, size_of(connection))
            sizes = set(connection.exec_driver_sql("SELECT size FROM checkpoints").scalars())
        assert {b: root(own[: b + 1]).hex() for b in acknowledged} == acknowledged
        assert {s: base64.b64encode(root(own[:s])).decode() for s in signed} == signed
        assert set(signed) <= sizes
        ledger.close()
    assert len(acknowledged) >= KILLS // 2


def test_importers_and_readers_at_once(place: str) -> None:
    """Two importers and five readers: every batch is there, no reader sees half of one, nobody waits for ever."""
    new_ledger(place).close()
    give(Ledger.open(place), feeds({}), register="空")
    first = worker("import", place, "before", "1")
    assert first.wait(timeout=60) == 0
    importers = [worker("import", place, name, "15") for name in ("one", "other")]
    readers = [worker("read", place, f"r{n}", "12") for n in range(5)]
    said = {}
    for process in importers + readers:
        out, wrong = process.communicate(timeout=300)
        assert process.returncode == 0, wrong
        said[process] = out.splitlines()
    batches = [int(line.split()[1]) for p in importers for line in said[p] if line.startswith("batch")]
    assert sorted(batches) == list(range(2, 32))
    for process in readers:
        sizes = [int(line.split()[1]) for line in said[process] if line.startswith("read")]
        assert len(sizes) == 12 and sizes == sorted(sizes)
    checked = verify(Ledger.open(place))
    assert (checked.batches, checked.faults) == (32, ())


# ---- disks ---------------------------------------------------------------------------------------------------------


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Writing beyond a size fails, as on a full disk."""
    old, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)


def codes(raised: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [p.code for p in raised.value.problems]


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """The import that does not fit is refused whole with one message; with room again it goes through."""
    ledger = new_ledger(str(tmp_path / "a.db"))
    give(ledger, feeds({"a1": DAY}))
    before = verify(ledger).root
    for room in (100_000, 300_000, 500_000):
        with no_file_larger_than(room), pytest.raises(InputError) as raised:
            take_in(ledger, "weinan-2024-1")
        assert codes(raised) == ["disk-full"]
        checked = verify(Ledger.open(str(tmp_path / "a.db")))
        assert (checked.root, checked.faults) == (before, ())
    assert take_in(ledger, "weinan-2024-1").facts == 3472
    assert verify(ledger).faults == ()


def test_a_backup_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    """Neither a half file nor one under the backup's name."""
    ledger = new_ledger(str(tmp_path / "a.db"))
    take_in(ledger, "zhuzhou-2022-4")
    with no_file_larger_than(200_000), pytest.raises(InputError) as raised:
        backup(ledger, tmp_path / "b.db")
    assert codes(raised) == ["disk-full"]
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("a.db")) == []


@contextmanager
def small_disk(place: Path, size: str = "8m") -> Iterator[Path]:
    """A small disk mounted at a place, which can be made read-only. Skipped where nothing may be mounted."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.parametrize("share", [0.6, 1.2, 1.6, 1.9])
def test_a_backup_on_a_disk_that_becomes_full_leaves_nothing(share: float, tmp_path: Path) -> None:
    """Whether rows no longer fit, or the log no longer goes into the file; the ledger itself is as it was."""
    ledger = new_ledger(str(tmp_path / "a.db"))
    give(ledger, feeds({f"a{n:05}": DAY for n in range(3000)}))
    backup(ledger, tmp_path / "whole.db")
    room = int((tmp_path / "whole.db").stat().st_size * share)
    before = verify(ledger).root
    with small_disk(tmp_path / "disk", str(room)) as disk:
        with pytest.raises(InputError) as raised:
            backup(ledger, disk / "b.db")
        assert codes(raised) == ["disk-full"]
        assert list(disk.iterdir()) == []
    assert (verify(ledger).root, verify(ledger).faults) == (before, ())


def test_a_read_only_disk_can_be_read_but_not_written(tmp_path: Path) -> None:
    """Verifying and replaying work, as from a disc that was handed over; writing is refused with one message."""
    with small_disk(tmp_path / "disk") as disk:
        source = new_ledger(str(tmp_path / "a.db"))
        take_in(source, "zhuzhou-2022-4")
        id = look_at(source, "zhuzhou-2022-4").stored.id
        backup(source, disk / "city.db")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        before = (disk / "city.db").read_bytes()
        ledger = Ledger.open(str(disk / "city.db"))
        assert verify(ledger).faults == ()
        assert replay(ledger, id).same
        with pytest.raises(InputError) as raised:
            give(ledger, feeds({"a1": DAY}))
        assert codes(raised) == ["read-only"]
        with pytest.raises(InputError) as raised:
            new_ledger(str(disk / "new.db"))
        assert codes(raised) == ["read-only"]
        ledger.close()
        assert (disk / "city.db").read_bytes() == before
        assert [p.name for p in disk.iterdir()] == ["city.db"]


def test_a_locked_ledger_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that does not get its turn in time gives up with one message; the other is not disturbed."""
    from hege.engine.ledger import database

    monkeypatch.setattr(database, "WAIT_SECONDS", 0.2)
    one = new_ledger(str(tmp_path / "a.db"))
    other = Ledger.open(str(tmp_path / "a.db"))
    with one.writing(entered_by="x", action="x", at=AT), pytest.raises(InputError) as raised:
        give(other, feeds({"a1": DAY}))
    assert codes(raised) == ["ledger-locked"]
    give(other, feeds({"a1": DAY}))
    assert verify(one).faults == ()
