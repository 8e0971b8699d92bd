"""The schedule: its file, its moments, whose turn a slot is, what becomes of it, what is done."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest
from click.testing import CliRunner

from hege.engine.calendar import load_working_days
from hege.engine.dates import SHANGHAI
from hege.engine.errors import InputError
from hege.engine.ledger import signing
from hege.engine.ledger.inspections import listed
from hege.engine.ledger.making import make
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.store import Ledger, size_of
from hege.engine.ledger.verify import verify
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli
from hege.service.schedule import actions, standing
from hege.service.schedule.plan import Alerting, Do, Mail, On, Schedule, Task, Tls, parsed, read_schedule
from hege.service.schedule.slots import due, slots
from hege.service.schedule.standing import State
from hege.service.web import tables
from tests.ledgers import AT, feeds, give, new_ledger
from tests.services import OURS, new_city

DAYS = load_working_days()
TWO = Task(name="backup", do=Do.BACKUP, at="0 2 * * *", folder="backups")


def at(text: str) -> datetime:
    """A moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# ---- the file ------------------------------------------------------------------------------------------------------

WHOLE = """\
schema: schedule/1
jobs:
- {name: sites, do: collect, at: "0 2 * * *", on: workday, case: case, register: 某市, allow: [10.1.0.0/16]}
- {name: probes, do: probe, at: "*/30 * * * *", case: case, per_day: 48, control: ["http://www.example.cn/"]}
- {name: weekly, do: inspect, at: "0 6 * * MON", register: 某市, rules: [cn/2019-19]}
- {name: notice, do: notice, at: "0 7 * * MON", register: 某市, folder: notices, format: md}
- {name: nightly, do: backup, at: "0 3 * * *", folder: backups, keep: 7}
- {name: sign, do: checkpoint, at: "30 3 * * *"}
- {name: stale, do: early-warning, at: "0 8 * * *", register: 某市, rules: [cn/2019-19], share: 5/7}
alerts:
  checkpoint_days: 3
  webhook: {url: "https://hook.example.cn/x", allow: [10.1.0.0/16]}
  mail: {server: mail.example.cn, from: hege@example.cn, to: [ops@example.cn], tls: tls, port: 465, user: hege, password_from: HEGE_MAIL_PASSWORD}
"""


def test_a_whole_schedule() -> None:
    """Every kind of job and every way of telling."""
    import ipaddress

    network = (ipaddress.ip_network("10.1.0.0/16"),)
    rules = ("cn/2019-19",)
    assert parsed(WHOLE, "s.yaml") == Schedule(
        tasks=(
            Task(name="sites", do=Do.COLLECT, at="0 2 * * *", on=On.WORKDAY, case="case", register="某市", allow=network),
            Task(name="probes", do=Do.PROBE, at="*/30 * * * *", case="case", per_day=48, control=("http://www.example.cn/",)),
            Task(name="weekly", do=Do.INSPECT, at="0 6 * * MON", register="某市", rules=rules),
            Task(name="notice", do=Do.NOTICE, at="0 7 * * MON", register="某市", folder="notices", format="md"),
            Task(name="nightly", do=Do.BACKUP, at="0 3 * * *", folder="backups", keep=7),
            Task(name="sign", do=Do.CHECKPOINT, at="30 3 * * *"),
            Task(name="stale", do=Do.EARLY_WARNING, at="0 8 * * *", register="某市", rules=rules, share=Fraction(5, 7)),
        ),
        alerts=Alerting(
            checkpoint_days=3, webhook="https://hook.example.cn/x", allow=network,
            mail=Mail(server="mail.example.cn", sender="hege@example.cn", to=("ops@example.cn",), port=465, tls=Tls.TLS,
                      user="hege", password_from="HEGE_MAIL_PASSWORD"),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("job", "code", "where"),
    [
        ('{name: a, do: backup, at: "0 25 * * *", folder: f}', "bad-cron", '"0'),
        ('{name: a, do: backup, at: "0 2 * *", folder: f}', "bad-cron", '"0'),
        ('{name: a, do: backup, at: "0 2 30 2 *", folder: f}', "bad-cron", '"0'),
        ('{name: a b, do: backup, at: "0 2 * * *", folder: f}', "bad-name", "a b"),
        ('{name: a, do: back, at: "0 2 * * *"}', "unknown-word", "back,"),
        ('{name: a, do: backup, at: "0 2 * * *"}', "missing-key", "{name"),
        ('{name: a, do: backup, at: "0 2 * * *", folder: f, case: c}', "unknown-word", "case"),
        ('{name: a, do: backup, at: "0 2 * * *", folder: f, keep: 0}', "bad-value", "0}"),
        ('{name: a, do: backup, at: "0 2 * * *", folder: f, on: holiday}', "unknown-word", "holiday"),
        ('{name: a, do: collect, at: "0 2 * * *", case: c, allow: [10.1]}', "bad-network", "10.1]"),
        ('{name: a, do: early-warning, at: "0 2 * * *", register: r, rules: [x], share: 14/10}', "bad-share", "14/"),
        ('{name: a, do: inspect, at: "0 2 * * *", register: r, rules: []}', "empty", "[]"),
    ],
)  # fmt: skip
def test_faults_of_a_job(job: str, code: str, where: str) -> None:
    """Each is told with its line and column."""
    with pytest.raises(InputError) as raised:
        parsed(f"schema: schedule/1\njobs:\n- {job}\n", "s.yaml")
    told = [(p.code, str(p.place)) for p in raised.value.problems]
    assert told == [(code, f"s.yaml:3:{f'- {job}'.index(where) + 1}")]


def test_faults_are_told_together() -> None:
    """Those of jobs and of alerts; two jobs of one name."""
    job = '{name: a, do: backup, at: "0 2 * * *", folder: f}'
    alerts = "alerts:\n  webhook: {url: ftp://x}\n  mail: {server: s, from: nobody, to: []}\n"
    with pytest.raises(InputError) as raised:
        parsed(f"schema: schedule/2\njobs:\n- {job}\n- {job}\n{alerts}", "s.yaml")
    found = {(p.code, p.place.line) for p in raised.value.problems}
    assert found == {("bad-schema", 1), ("duplicate-job", 4), ("bad-url", 6), ("bad-address", 7), ("no-receiver", 7)}


def test_a_schedule_that_is_not_there(tmp_path: Path) -> None:
    """Is said."""
    with pytest.raises(InputError, match="no-schedule"):
        read_schedule(str(tmp_path / "none.yaml"))


# ---- the moments ---------------------------------------------------------------------------------------------------


def test_working_days_alone() -> None:
    """By the published calendar: the Spring Festival is left out, the Sunday that is worked is in."""
    task = Task(name="a", do=Do.CHECKPOINT, at="0 9 * * *", on=On.WORKDAY)
    found = itertools.islice(slots(task, at("2024-02-08T10:00"), DAYS), 3)
    assert [s.at for s in found] == [at("2024-02-09T09:00"), at("2024-02-18T09:00"), at("2024-02-19T09:00")]


def test_a_year_that_is_not_published() -> None:
    """Its slots are there, said to be unknown and why; without working days the year does not matter."""
    after = datetime(DAYS.last.year, 12, 31, 10, tzinfo=SHANGHAI)
    task = Task(name="a", do=Do.CHECKPOINT, at="0 9 * * *", on=On.WORKDAY)
    (slot,) = itertools.islice(slots(task, after, DAYS), 1)
    assert slot.at == after + timedelta(hours=23) and str(slot.at.year) in slot.unpublished
    (plain,) = itertools.islice(slots(TWO, after, DAYS), 1)
    assert plain.unpublished == ""


def test_what_is_due() -> None:
    """After one moment and up to another, both in whatever zone they are written."""
    found = due(TWO, at("2024-02-01T02:00"), at("2024-02-03T02:00"), DAYS)
    assert [s.at for s in found] == [at("2024-02-02T02:00"), at("2024-02-03T02:00")]


# ---- whose turn it is ----------------------------------------------------------------------------------------------


def planned(ledger: Ledger, *tasks: Task) -> None:
    """A ledger with a schedule that begins at AT (2026-01-01 09:00)."""
    tables.prepare(ledger)
    standing.begin(ledger, Schedule(tasks=tasks), AT)


def events(ledger: Ledger) -> list[tuple[str, str, str]]:
    """What the ledger says became of the slots, oldest first."""
    with ledger.reading() as connection:
        found = standing.history(connection, 100)[::-1]
    return [
        (e["name"], e["action"], e["content"].get("slot") or f"{e['content']['count']}: {e['content']['last']}")
        for e in found
    ]


def test_a_slot_is_taken_by_one_and_recorded(place: str) -> None:
    """On either database: due once, renewed, ended; the plan and what became of it are in the ledger."""
    ledger = new_ledger(place)
    planned(ledger, TWO)
    assert standing.take(ledger, TWO, at("2026-01-02T01:59"), DAYS) is None
    first = standing.take(ledger, TWO, at("2026-01-02T02:01"), DAYS)
    assert first is not None and (first.slot, first.is_late) == (at("2026-01-02T02:00"), False)
    assert standing.take(ledger, TWO, at("2026-01-02T02:02"), DAYS) is None
    standing.renew(ledger, [first.claim], at("2026-01-02T02:02"))
    assert standing.take(ledger, TWO, at("2026-01-02T02:03"), DAYS) is None
    assert standing.end(ledger, first, State.DONE, {"file": "x"}, at("2026-01-02T02:03"))
    assert standing.take(ledger, TWO, at("2026-01-02T23:00"), DAYS) is None
    slot = "2026-01-02T02:00:00.000000+08:00"
    assert [(n, a, s[:16]) for n, a, s in events(ledger)] == [
        ("backup", "begun", slot[:16]),
        ("backup", "done", slot[:16]),
    ]
    assert verify(ledger).faults == ()


def test_the_plan_is_recorded_when_it_changes(tmp_path: Path) -> None:
    """Once for each that is another; a job that is new begins with the moment it is first seen."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    planned(ledger, TWO)
    planned(ledger, TWO)
    other = Task(name="sign", do=Do.CHECKPOINT, at="0 4 * * *")
    standing.begin(ledger, Schedule(tasks=(TWO, other)), at("2026-01-05T00:00"))
    import sqlalchemy as sa

    from hege.engine.ledger import schema

    a = schema.administration.c
    with ledger.reading() as connection:
        plans = connection.execute(sa.select(a.content).where(a.subject == "schedule").order_by(a.seq)).scalars().all()
        rows = standing.standings(connection)
    assert [[job["name"] for job in json.loads(plan)] for plan in plans] == [["backup"], ["backup", "sign"]]
    assert json.loads(plans[0]) == [
        {"name": "backup", "do": "backup", "at": "0 2 * * *", "on": "day", "folder": "backups", "keep": 14}
    ]
    assert {name: row["seen_until"][:10] for name, row in rows.items()} == {
        "backup": "2026-01-01",
        "sign": "2026-01-05",
    }


def test_after_downtime_the_newest_is_caught_up(tmp_path: Path) -> None:
    """What can still be done is done once, late; the ledger says what was missed."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    planned(ledger, TWO)
    taken = standing.take(ledger, TWO, at("2026-01-05T12:00"), DAYS)
    assert taken is not None and (taken.slot, taken.is_late) == (at("2026-01-05T02:00"), True)
    assert [(n, a, s[:19]) for n, a, s in events(ledger)] == [
        ("backup", "missed", "3: 2026-01-04T02:00"), ("backup", "begun", "2026-01-05T02:00:00"),
    ]  # fmt: skip


def test_a_past_availability_slot_is_never_made_up_for(tmp_path: Path) -> None:
    """How a site answered then cannot be seen any more; the next slot is taken in its time."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    probe = Task(name="probe", do=Do.PROBE, at="0 * * * *", case="c")
    planned(ledger, probe)
    assert standing.take(ledger, probe, at("2026-01-01T12:30"), DAYS) is None
    assert standing.take(ledger, probe, at("2026-01-01T12:31"), DAYS) is None
    taken = standing.take(ledger, probe, at("2026-01-01T13:01"), DAYS)
    assert taken is not None and taken.slot == at("2026-01-01T13:00")
    assert [(n, a, s[:19]) for n, a, s in events(ledger)] == [
        ("probe", "missed", "3: 2026-01-01T12:00"), ("probe", "begun", "2026-01-01T13:00:00"),
    ]  # fmt: skip


def test_a_slot_of_an_unpublished_year_is_skipped_and_seen(tmp_path: Path) -> None:
    """It is not guessed whether people work that day."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    task = Task(name="a", do=Do.CHECKPOINT, at="0 9 * * *", on=On.WORKDAY)
    tables.prepare(ledger)
    standing.begin(ledger, Schedule(tasks=(task,)), datetime(DAYS.last.year, 12, 31, 10, tzinfo=SHANGHAI))
    new_year = datetime(DAYS.last.year + 1, 1, 1, 9, 1, tzinfo=SHANGHAI)
    assert standing.take(ledger, task, new_year, DAYS) is None
    assert standing.take(ledger, task, new_year, DAYS) is None
    assert [(n, a) for n, a, _ in events(ledger)] == [("a", "skipped")]
    with ledger.reading() as connection:
        (event,) = standing.history(connection, 1)
    assert str(new_year.year) in event["why"]


def test_a_lapsed_claim_is_taken_up_again(tmp_path: Path) -> None:
    """As after kill -9: the slot is done by the next, and the old claim ends nothing."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    planned(ledger, TWO)
    first = standing.take(ledger, TWO, at("2026-01-02T02:00"), DAYS)
    assert standing.take(ledger, TWO, at("2026-01-02T02:05"), DAYS) is None
    again = standing.take(ledger, TWO, at("2026-01-02T02:06"), DAYS)
    assert first is not None and again is not None and again.slot == first.slot and again.claim != first.claim
    assert not standing.end(ledger, first, State.DONE, {}, at("2026-01-02T02:03"))
    assert standing.end(ledger, again, State.DONE, {}, at("2026-01-02T02:03"))
    assert [a for _, a, _ in events(ledger)] == ["begun", "interrupted", "begun", "done"]


def test_a_stopped_slot_is_taken_up_again(tmp_path: Path) -> None:
    """As when the service stops in the middle of it."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    planned(ledger, TWO)
    first = standing.take(ledger, TWO, at("2026-01-02T02:00"), DAYS)
    assert first is not None
    standing.end(ledger, first, State.STOPPED, {}, at("2026-01-02T02:01"), "stop")
    again = standing.take(ledger, TWO, at("2026-01-02T09:00"), DAYS)
    assert again is not None and (again.slot, again.is_late) == (first.slot, True)
    assert [a for _, a, _ in events(ledger)] == ["begun", "stopped", "begun"]


TAKER = """
import sys
import threading
from datetime import datetime, timedelta
from hege.engine.calendar import load_working_days
from hege.engine.dates import SHANGHAI
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.store import Ledger, size_of
from hege.service.schedule import standing
from hege.service.schedule.plan import Do, Task
ledger, task = Ledger.open(sys.argv[1]), Task(name="backup", do=Do.BACKUP, at="0 2 * * *", folder="backups")
for n in range(1, 31):
    now = datetime(2026, 1, 1, 2, 1, tzinfo=SHANGHAI) + timedelta(days=n)
    taken = standing.take(ledger, task, now, load_working_days())
    if taken is not None:
        standing.end(ledger, taken, standing.State.DONE, {"by": sys.argv[2]}, now)
"""


def test_two_services_never_do_a_slot_twice(place: str) -> None:
    """Two processes ask for the same thirty slots at the same time; each slot begins and ends once."""
    ledger = new_ledger(place)
    planned(ledger, TWO)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEGE_")}
    both = [subprocess.Popen([sys.executable, "-c", TAKER, place, who], env=environment) for who in "ab"]
    assert [process.wait(120) for process in both] == [0, 0]
    found = [(action, slot) for _, action, slot in events(ledger) if action in ("begun", "done")]
    assert len(found) == len(set(found))
    done = [slot for action, slot in found if action == "done"]
    missed = sum(int(s.partition(":")[0]) for _, action, s in events(ledger) if action == "missed")
    assert len(done) + missed == 30 and max(done).startswith("2026-01-31")
    assert verify(ledger).faults == ()


def test_two_programs_on_one_postgresql_do_a_job_once(
    postgres: Callable[[], str], tmp_path: Path, configured: Callable[[str], None]
) -> None:
    """Both are started at the same moment with the same schedule and a slot that is due."""
    configured('- {name: backup, do: backup, at: "0 2 * * *", folder: backups}\n')
    place = postgres()
    ledger = new_ledger(place)
    tables.prepare(ledger)
    standing.begin(ledger, read_schedule("schedule.yaml"), datetime.now(SHANGHAI) - timedelta(hours=25))
    command = [sys.executable, "-m", "hege.service", "schedule", "run-once"]
    both = [subprocess.Popen(command, env={**os.environ, "HEGE_LEDGER": place}) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert [action for _, action, _ in events(ledger) if action != "missed"] == ["begun", "done"]
    assert len(list((tmp_path / "backups").glob("backup-*.db"))) == 1


# ---- what is done --------------------------------------------------------------------------------------------------


def test_an_inspection_and_its_notice(tmp_path: Path) -> None:
    """As of the slot's day, also when it is caught up; the notice is written once."""
    city = new_city(tmp_path)
    task = Task(name="weekly", do=Do.INSPECT, at="0 6 * * *", register=OURS, rules=("cn/2019-19",))
    actions.act(task, at("2024-02-26T06:00"), city.settings.ledger, "")
    with city.ledger.reading() as connection:
        (newest,) = listed(connection, OURS, most=1)
    assert (newest.title, newest.entered_by) == (f"{OURS} 2024-02-26", "schedule")
    notice = Task(name="notice", do=Do.NOTICE, at="0 7 * * *", register=OURS, folder=str(tmp_path / "out"), format="md")
    told = actions.act(notice, at("2024-02-26T07:00"), city.settings.ledger, "")
    file = tmp_path / "out" / f"{OURS}-2024-02-26-{newest.id}.md"
    assert told == {"file": str(file), "inspection": newest.id} and OURS in file.read_text(encoding="utf-8")


class Site(BaseHTTPRequestHandler):
    """A site of one page."""

    def do_GET(self) -> None:
        """The page, and nothing else."""
        page = "<html><head><title>某局</title></head><body><h1>某局</h1><p>2026-01-01 通知</p></body></html>".encode()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_collecting_and_probing_reach_the_ledger(tmp_path: Path) -> None:
    """Over real HTTP: a visit becomes facts of the register; a week of probes is planned when there is none, once."""
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    case = tmp_path / "case"
    case.mkdir()
    (case / "case.yaml").write_text(
        "schema: case/1\ntitle: 某市检查\njurisdiction: 某市\nissuer: 某办\nrules: cn/2019-19\nas_of: {site: 2026-01-05}\n",
        encoding="utf-8",
    )
    (case / "assets.csv").write_text(
        f"id,kind,name,url\ns1,site,某局,http://127.0.0.1:{server.server_port}/\n", encoding="utf-8"
    )
    ledger = new_ledger(str(tmp_path / "l.db"))
    loopback = (ip_network("127.0.0.0/8"),)
    try:
        collect = Task(name="c", do=Do.COLLECT, at="0 2 * * *", case=str(case), register="某市", allow=loopback)
        actions.act(collect, AT, ledger.where, "")
        probe = Task(
            name="p", do=Do.PROBE, at="*/5 * * * *", case=str(case), register="某市", allow=loopback, per_day=1440
        )
        told = [actions.act(probe, AT, ledger.where, "")["said"] for _ in range(2)]
    finally:
        server.shutdown()
        server.server_close()
    assert ["已排定" in said or "probes of" in said for said in told] == [True, False]
    with ledger.reading() as connection:
        known = read_history(connection, ledger.where, "某市", load_vocabulary()).at(size_of(connection))
    assert known.assets["id"].to_list() == ["s1"] and known.tables["home"].height == 1


def test_backups_are_verified_and_so_many_kept(tmp_path: Path) -> None:
    """While the ledger goes on; what others put into the folder is left alone, and a copy can be restored."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "mine.db").write_text("x", encoding="utf-8")
    task = Task(name="nightly", do=Do.BACKUP, at="0 2 * * *", folder=str(folder), keep=2)
    told = []
    for day in (1, 2, 3):
        give(ledger, feeds({f"a{day}": "none"}))
        told.append(actions.act(task, at(f"2026-01-0{day}T02:00"), ledger.where, ""))
    assert told[2]["removed"] == ["nightly-20260101T0200.db"]
    assert sorted(f.name for f in folder.iterdir()) == [
        "mine.db",
        "nightly-20260102T0200.db",
        "nightly-20260103T0200.db",
    ]
    restored = str(tmp_path / "restored.db")
    environment = {"HEGE_LANG": "en", "HEGE_LEDGER": restored}
    done = CliRunner().invoke(cli, ["ledger", "restore", told[2]["file"]], env=environment)
    assert done.exit_code == 0 and verify(Ledger.open(restored)).root == verify(ledger).root


def test_a_failing_job_says_why(tmp_path: Path) -> None:
    """What the command printed is what is told."""
    task = Task(name="weekly", do=Do.INSPECT, at="0 6 * * *", register="丁市", rules=("cn/2019-19",))
    ledger = new_ledger(str(tmp_path / "l.db"))
    with pytest.raises(Exception, match=r"hege inspect 丁市: exit code 2\n.*no-register"):
        actions.act(task, at("2024-02-26T06:00"), ledger.where, "")


# ---- the commands --------------------------------------------------------------------------------------------------


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A folder with a ledger and its key, and a schedule of given jobs; commands find both."""
    for name in list(os.environ):
        if name.startswith("HEGE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEGE_LANG", "en")
    make("hege.db", signing.new_key(tmp_path / "hege.db.key", "hege/test"), entered_by="li", at=AT).close()
    (tmp_path / "hege.toml").write_text('schedule = "schedule.yaml"\n', encoding="utf-8")

    def write(jobs: str) -> None:
        (tmp_path / "schedule.yaml").write_text(f"schema: schedule/1\njobs:\n{jobs}", encoding="utf-8")

    return write


def test_the_commands(configured: Callable[[str], None], tmp_path: Path) -> None:
    """check lists what is to come and refuses with a place; run-once does what is due; show tells."""
    configured(
        '- {name: sign, do: checkpoint, at: "* * * * *", folder: notes}\n- {name: x, do: inspect, at: "* * * * *", register: 某市, rules: [cn/2019-19]}\n'
    )
    checked = CliRunner().invoke(cli, ["schedule", "check", "schedule.yaml", "--slots", "2"])
    assert checked.exit_code == 0 and len(checked.output.splitlines()) == 2
    ledger = Ledger.open("hege.db")
    tables.prepare(ledger)
    standing.begin(ledger, read_schedule("schedule.yaml"), datetime.now(SHANGHAI) - timedelta(hours=2))
    ledger.close()
    ran = CliRunner().invoke(cli, ["schedule", "run-once"])
    assert ran.exit_code == 1 and "x: hege inspect" in ran.output and "no-register" in ran.output
    assert len(list((tmp_path / "notes").glob("checkpoint-*.txt"))) == 1
    shown = CliRunner().invoke(cli, ["schedule", "show"])
    assert shown.exit_code == 0, shown.output
    assert {"sign  checkpoint  done", "x  inspect  failed"} <= {
        "  ".join(line.split("  ")[:3]) for line in shown.output.splitlines()
    }
    assert "missed" in shown.output and "begun" in shown.output
    configured('- {name: sign, do: checkpoint, at: "61 * * * *"}\n')
    refused = CliRunner().invoke(cli, ["schedule", "check", "schedule.yaml"])
    assert refused.exit_code == 2 and "schedule.yaml:3:36: error[bad-cron]" in refused.output


def test_without_a_schedule(configured: Callable[[str], None], tmp_path: Path) -> None:
    """It is said where to write one."""
    (tmp_path / "hege.toml").write_text("", encoding="utf-8")
    refused = CliRunner().invoke(cli, ["schedule", "show"])
    assert refused.exit_code == 2 and "no-schedule" in refused.output
