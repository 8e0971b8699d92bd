"""What those who run the service see: metrics, health, the log, alerts; what is deployed names what there is."""

from __future__ import annotations

import json
import re
import signal
import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import Message as Letter
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from hege.engine.calendar import load_working_days
from hege.engine.dates import SHANGHAI
from hege.engine.earlywarning import Warned, early_warnings
from hege.engine.errors import InputError, Place, Problem
from hege.engine.ledger.signing import checkpoint
from hege.engine.ledger.store import Ledger
from hege.engine.ledger.verify import verify
from hege.engine.rulebook.sources import compiled, sources_of
from hege.engine.text import Text
from hege.engine.vocabulary import load_vocabulary
from hege.service.schedule import actions, alerts, standing
from hege.service.schedule.plan import Alerting, Do, Mail, Schedule, Task, Tls
from hege.service.schedule.sending import Message, NotSent, Send, ways
from hege.service.schedule.standing import State
from hege.service.web import metrics, tables
from hege.service.web.middleware import about
from hege.service.web.rights import Role
from tests.ledgers import AT, SIGNER, feeds, give, new_ledger
from tests.services import OURS, THEIRS, client, new_city
from tests.test_schedule import at
from tests.test_service_running import served

DAY = date(2024, 2, 23)
RULES = ("cn/2019-19",)


def sample(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every value by its name and label values."""
    return {
        (s.name, tuple(v for _, v in sorted(s.labels.items()))): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


# ---- metrics and health --------------------------------------------------------------------------------------------


def test_metrics(tmp_path: Path) -> None:
    """Rates, queue, ledger, schedule, verdicts; of registers those that the visitor sees; the names are the closed list."""
    city = new_city(tmp_path)
    standing.begin(city.ledger, Schedule(tasks=(Task(name="sign", do=Do.CHECKPOINT, at="0 2 * * *"),)), AT)
    taken = standing.take(
        city.ledger, Task(name="sign", do=Do.CHECKPOINT, at="0 2 * * *"), at("2026-01-02T02:00"), load_working_days()
    )
    assert taken is not None
    standing.end(city.ledger, taken, State.DONE, {}, at("2026-01-02T02:01"))
    city.clock.at = at("2026-01-03T09:00")
    ops = city.key(Role.OPS)
    theirs = city.key(Role.OPS, registers=frozenset({THEIRS}))
    with client(city) as asker:
        assert asker.get("/metrics").status_code == 401
        assert asker.get("/metrics", headers=city.key(Role.READER)).status_code == 403
        asker.get("/api/v1/facts", params={"register": OURS, "asset": "a1"}, headers=ops)
        answer = asker.get("/metrics", headers=ops)
        narrow = sample(asker.get("/metrics", headers=theirs).text)
    assert answer.headers["content-type"] == metrics.MEDIA_TYPE
    found = sample(answer.text)
    assert found["hege_request_seconds_count", ("GET", "/api/v1/facts", "200")] == 1
    assert found["hege_database_up", ()] == 1
    assert found["hege_jobs", ("waiting",)] == 0
    assert found["hege_checkpoint_age_seconds", ()] == 2 * 86400
    assert found["hege_schedule_last_success_timestamp_seconds", ("sign",)] == at("2026-01-02T02:01").timestamp()
    assert found["hege_schedule_slots_total", ("sign", "done")] == 1
    assert [found["hege_verdicts", (OURS, v)] for v in ("pass", "fail", "undetermined")] == [0, 1, 2]
    assert ("hege_verdicts", (THEIRS, "pass")) in narrow and ("hege_verdicts", (OURS, "pass")) not in narrow
    with city.ledger.reading() as connection:
        from hege.engine.ledger.store import next_seq, size_of

        assert found["hege_ledger_batches", ()] <= size_of(connection) and found["hege_ledger_records", ()] <= next_seq(
            connection
        )
    assert found["hege_ledger_bytes", ()] > 4096
    families = {f.name for f in text_string_to_metric_families(answer.text)}
    assert families == metrics.NAMES


def test_metrics_of_postgresql(postgres: Callable[[], str]) -> None:
    """The size of the database is asked of the server."""
    from hege.engine.ledger import database

    with new_ledger(postgres()).reading() as connection:
        assert database.bytes_of(connection) > 1_000_000


class Away:
    """A ledger whose database is away."""

    def reading(self) -> Any:
        """Refuses."""
        raise InputError([Problem(code="no-server", place=Place(file="ledger"), message=Text(zh="连不上", en="away"))])


def test_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health says what is not ready; metrics that the database is down, and still what was counted."""
    city = new_city(tmp_path)
    from hege.service.web.rights import Visitor

    with client(city) as asker:
        assert asker.get("/health/ready").json() == {"status": "ready"}
        monkeypatch.setattr(city.app.state.service, "ledger", Away())
        answer = asker.get("/health/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "no ledger", "why": "no-server"})
        text = metrics.measured(city.app.state.service.measures, city.app.state.service, Visitor()).decode()
    found = sample(text)
    assert (
        found["hege_database_up", ()] == 0 and found["hege_request_seconds_count", ("GET", "/health/ready", "503")] == 1
    )


class Faulty:
    """A schedule that is not kept."""

    def start(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""

    def fault(self) -> str:
        """What is wrong."""
        return "ledger-locked"


def test_health_tells_of_a_schedule_that_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, and why."""
    city = new_city(tmp_path)
    monkeypatch.setattr(city.app.state.service, "scheduler", Faulty())
    with client(city) as asker:
        answer = asker.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "no schedule", "why": "ledger-locked"})


@pytest.mark.parametrize(
    ("path", "bound"),
    [
        ("/api/v1/inspections/0123abc/explanation/a1", {"inspection": "0123abc", "asset": "a1"}),
        ("/api/v1/inspections/last", {"inspection": "last"}),
        ("/assets/甲市/a1", {"register": "甲市", "asset": "a1"}),
        ("/api/v1/facts", {}),
    ],
)
def test_the_log_names_inspection_and_asset(path: str, bound: dict[str, str]) -> None:
    """What a request was about stands in its line."""
    assert about(path) == bound


# ---- early warnings ------------------------------------------------------------------------------------------------


def warned(newest: dict[str, date | str], share: Fraction = Fraction(10, 14)) -> list[tuple[str, str, int, int]]:
    """Who is warned of, of accounts with these newest items."""
    rules = compiled(sources_of(RULES))
    found = early_warnings(rules.rulebook, feeds(newest, DAY), DAY, rules.vocabulary, load_working_days(), share)
    return [(w.asset, w.indicator, w.after_days, w.window_days) for w in found]


def test_warned_before_the_veto() -> None:
    """Ten of the rule's fourteen days without an update, and not yet fourteen; what is unknown is not warned of."""
    newest: dict[str, date | str] = {
        "fresh": DAY - timedelta(days=9), "warned": DAY - timedelta(days=10), "last": DAY - timedelta(days=13),
        "struck": DAY - timedelta(days=14),
    }  # fmt: skip
    assert warned(newest) == [("last", "account.stale", 10, 14), ("warned", "account.stale", 10, 14)]
    assert warned(newest, Fraction(1, 2)) == [(a, "account.stale", 7, 14) for a in ("fresh", "last", "warned")]
    assert warned({"unseen": "unknown"}) == []


def test_the_threshold_follows_the_rule() -> None:
    """With another window in the rule, the same share of it."""
    rules = compiled(sources_of(RULES))
    text = sources_of(RULES)
    files = {
        n: t.replace(
            "params: {window: 2w}\n    fail_when: {not_updated: {what: feed.newest",
            "params: {window: 28d}\n    fail_when: {not_updated: {what: feed.newest",
        )
        for n, t in text.files.items()
    }
    assert files != text.files
    longer = compiled(replace(text, files=files))
    given = feeds({"a": DAY - timedelta(days=15), "b": DAY - timedelta(days=20)}, DAY)
    found = early_warnings(longer.rulebook, given, DAY, load_vocabulary(), load_working_days())
    assert found == (
        Warned(
            asset="b",
            name="账号b",
            indicator="account.stale",
            title=rules.rulebook.indicator("account.stale").title,
            after_days=20,
            window_days=28,
        ),
    )


def test_a_share_that_is_none() -> None:
    """Is refused."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        warned({}, Fraction(1))


# ---- alerts --------------------------------------------------------------------------------------------------------

SIGN = Task(name="sign", do=Do.CHECKPOINT, at="0 2 * * *")
STALE = Task(name="stale", do=Do.EARLY_WARNING, at="0 8 * * *", register="某市", rules=RULES)


class Receiver:
    """Whoever is told; refuses while `broken`."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.broken = False

    def __call__(self, message: Message) -> None:
        """Takes a message."""
        if self.broken:
            raise NotSent("broken")
        self.messages.append(message)

    @property
    def told(self) -> list[tuple[list[str], list[str]]]:
        """What is new and what is over, of each message, by the first letters."""
        return [([t.en.split(":")[0][:40] for t in m.new], [o[:12] for o in m.over]) for m in self.messages]


def ended(ledger: Ledger, task: Task, now: datetime, state: State, why: str = "", **told: object) -> None:
    """A slot that came out so."""
    taken = standing.take(ledger, task, now, load_working_days())
    assert taken is not None
    assert standing.end(ledger, taken, state, told, now, why)


def test_each_alert_once_until_it_changes(place: str) -> None:
    """On either database: a failure is told once, also by a second service, and when it is over; by each way apart."""
    ledger = new_ledger(place)
    tables.prepare(ledger)
    schedule = Schedule(tasks=(SIGN,), alerts=Alerting(checkpoint_days=365))
    standing.begin(ledger, schedule, AT)
    hook, mail = Receiver(), Receiver()
    both: dict[str, Send] = {"webhook": hook, "mail": mail}
    assert alerts.tell(ledger, schedule, AT, both) == []
    ended(ledger, SIGN, at("2026-01-02T02:00"), State.FAILED, "no key\nmore")
    mail.broken = True
    assert alerts.tell(ledger, schedule, at("2026-01-02T02:01"), both) == ["job-failed sign"]
    mail.broken = False
    assert alerts.tell(ledger, schedule, at("2026-01-02T02:02"), both) == ["job-failed sign"]
    ended(ledger, SIGN, at("2026-01-03T02:00"), State.FAILED, "no key")
    assert alerts.tell(Ledger.open(place) if "://" in place else ledger, schedule, at("2026-01-03T02:01"), both) == []
    ended(ledger, SIGN, at("2026-01-04T02:00"), State.DONE)
    assert alerts.tell(ledger, schedule, at("2026-01-04T02:01"), both) == ["job-failed sign"]
    assert hook.told == mail.told == [
        (["the job “sign” failed (2026-01-02T02"], []), ([], ["任务“sign”失败（2"]),
    ]  # fmt: skip


def test_a_checkpoint_that_is_too_old(tmp_path: Path) -> None:
    """Counted from the oldest batch that is not signed; the schedule's own notes do not count."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    tables.prepare(ledger)
    schedule = Schedule(tasks=(SIGN,), alerts=Alerting(checkpoint_days=2))
    standing.begin(ledger, schedule, AT)

    def names(now: datetime) -> list[str]:
        with ledger.reading() as connection:
            return [a.name for a in alerts.found(connection, schedule, now)]

    assert names(AT + timedelta(days=2)) == []
    assert names(AT + timedelta(days=2, minutes=1)) == ["checkpoint-old"]
    checkpoint(ledger, SIGNER)
    ended(ledger, SIGN, at("2026-01-02T02:00"), State.DONE)
    assert names(AT + timedelta(days=300)) == []
    give(ledger, feeds({"a": "none"}))
    assert names(AT + timedelta(days=300)) == ["checkpoint-old"]


def test_missed_slots_are_told_until_one_is_done(tmp_path: Path) -> None:
    """With how many and why."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    tables.prepare(ledger)
    probe = Task(name="probe", do=Do.PROBE, at="0 * * * *", case="c")
    schedule = Schedule(tasks=(probe,), alerts=Alerting(checkpoint_days=365))
    standing.begin(ledger, schedule, AT)
    assert standing.take(ledger, probe, at("2026-01-01T12:30"), load_working_days()) is None
    told = Receiver()
    alerts.tell(ledger, schedule, at("2026-01-01T12:31"), {"log": told})
    ended(ledger, probe, at("2026-01-01T13:00"), State.DONE)
    alerts.tell(ledger, schedule, at("2026-01-01T13:01"), {"log": told})
    assert told.told == [(["3 slots of the job “probe” were not done"], []), ([], ["任务“probe”有3个"])]


def test_early_warning_from_the_ledger_to_the_alert(tmp_path: Path) -> None:
    """The job finds who is late on what the ledger knows; each is told once; a failing job takes nothing back."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    tables.prepare(ledger)
    give(ledger, feeds({"a1": DAY - timedelta(days=11), "a2": DAY}))
    schedule = Schedule(tasks=(STALE,), alerts=Alerting(checkpoint_days=365))
    standing.begin(ledger, schedule, AT)
    told = actions.act(STALE, at("2024-02-23T08:00"), ledger.where, "")
    assert told["warned"][0] | {"title": ""} == {
        "asset": "a1", "name": "账号a1", "indicator": "account.stale", "title": "", "after_days": 10, "window_days": 14,
    }  # fmt: skip
    ended(ledger, STALE, at("2026-01-02T08:00"), State.DONE, **told)
    hook = Receiver()
    assert alerts.tell(ledger, schedule, at("2026-01-02T08:01"), {"hook": hook}) == [
        "early-warning 某市 a1 account.stale"
    ]
    ended(ledger, STALE, at("2026-01-03T08:00"), State.FAILED, "broken")
    assert alerts.tell(ledger, schedule, at("2026-01-03T08:01"), {"hook": hook}) == ["job-failed stale"]
    ended(ledger, STALE, at("2026-01-04T08:00"), State.DONE, **{**told, "warned": []})
    assert alerts.tell(ledger, schedule, at("2026-01-04T08:01"), {"hook": hook}) == [
        "early-warning 某市 a1 account.stale",
        "job-failed stale",
    ]


# ---- sending -------------------------------------------------------------------------------------------------------

MESSAGE = Message(new=(Text(zh="任务失败", en="a job failed"),), over=("另一任务失败",), at=AT)


@contextmanager
def hooked(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook on this machine: its address, what it was sent."""
    taken: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("location", "http://127.0.0.1:1/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/x", taken
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_the_message() -> None:
    """As JSON, where its network is allowed."""
    with hooked() as (url, taken):
        ways(Alerting(webhook=url, allow=(ip_network("127.0.0.0/8"),)))["webhook"](MESSAGE)
    assert taken == [
        {
            "at": "2026-01-01T09:00:00+08:00", "subject": "hege：1项告警，1项不再适用",
            "text": "任务失败\n不再适用：另一任务失败\n\na job failed", "new": [{"zh": "任务失败", "en": "a job failed"}],
            "over": ["另一任务失败"],
        }
    ]  # fmt: skip


def test_a_webhook_into_the_own_network_is_refused() -> None:
    """Nothing is sent to where it must not: by address, by name, and by a redirect."""
    with hooked() as (url, taken):
        for where in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
            with pytest.raises(NotSent):
                ways(Alerting(webhook=where))["webhook"](MESSAGE)
    assert taken == []
    with hooked(302) as (url, taken), pytest.raises(NotSent, match="answered 302"):
        ways(Alerting(webhook=url, allow=(ip_network("127.0.0.0/8"),)))["webhook"](MESSAGE)


@contextmanager
def mail_server() -> Iterator[tuple[int, list[Letter]]]:
    """A mail server on this machine: its port, the letters it took."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Message as Taking

    letters: list[Letter] = []

    class Handler(Taking):
        def handle_message(self, message: Letter) -> None:
            letters.append(message)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port, letters
    finally:
        controller.stop()


def test_mail_gets_the_message() -> None:
    """In Chinese, readable, to all receivers; a server that is not there is said."""
    with mail_server() as (port, letters):
        mail = Mail(
            server="127.0.0.1", port=port, tls=Tls.NONE, sender="hege@example.cn", to=("a@example.cn", "b@example.cn")
        )
        ways(Alerting(mail=mail))["mail"](MESSAGE)
    (letter,) = letters
    from email.header import decode_header, make_header

    assert str(make_header(decode_header(letter["subject"]))) == "hege：1项告警，1项不再适用"
    assert letter["to"] == "a@example.cn, b@example.cn"
    payload = letter.get_payload(decode=True)
    assert (
        isinstance(payload, bytes)
        and payload.decode().replace("\r", "") == "任务失败\n不再适用：另一任务失败\n\na job failed\n"
    )
    with pytest.raises(NotSent, match="mail: ConnectionRefusedError"):
        ways(Alerting(mail=mail))["mail"](MESSAGE)


def test_mail_without_encryption_is_not_sent_where_it_was_asked_for() -> None:
    """A server that offers no TLS gets no letter."""
    with mail_server() as (port, letters):
        mail = Mail(server="127.0.0.1", port=port, sender="hege@example.cn", to=("a@example.cn",))
        with pytest.raises(NotSent, match=smtplib.SMTPNotSupportedError.__name__):
            ways(Alerting(mail=mail))["mail"](MESSAGE)
    assert letters == []


def test_services_tables_of_an_older_version_are_brought_up_to_date(place: str) -> None:
    """What they hold stays; what is new is made."""
    import sqlalchemy as sa

    from hege.engine.ledger import database
    from hege.service.web import jobs

    ledger = new_ledger(place)
    tables.prepare(ledger)
    jobs.ask(ledger, "one", "inspect", OURS, "li", {}, AT)
    with database.writing(ledger.engine, ledger.where) as connection:
        for table in (tables.slots, tables.alerts):
            table.drop(connection)
        connection.execute(tables.service.update().values(version=1))
    tables.prepare(ledger)
    with ledger.reading() as connection:
        assert jobs.find(connection, "one") is not None and standing.standings(connection) == {}
        assert connection.execute(sa.select(tables.service.c.version)).scalars().all() == [tables.VERSION]


# ---- the service as it runs ----------------------------------------------------------------------------------------


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    """Waits, bounded."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"not in {seconds} s"
        time.sleep(0.1)


def test_the_service_keeps_its_schedule_and_stops_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM in the middle of a slot: the service ends, the slot waits, the next service does it; nothing is lost."""
    jobs = '- {name: sign, do: checkpoint, at: "* * * * *", folder: notes}\n'
    (tmp_path / "schedule.yaml").write_text(f"schema: schedule/1\njobs:\n{jobs}", encoding="utf-8")
    (tmp_path / "hege.toml").write_text('schedule = "schedule.yaml"\n', encoding="utf-8")
    ledger = new_ledger(str(tmp_path / "hege.db"))
    (tmp_path / "hege.db.key").write_text(SIGNER.written(), encoding="ascii")
    tables.prepare(ledger)
    from hege.service.schedule.plan import read_schedule

    standing.begin(
        ledger, read_schedule(str(tmp_path / "schedule.yaml")), datetime.now(SHANGHAI) - timedelta(minutes=30)
    )
    ledger.close()

    def log() -> list[dict[str, Any]]:
        return [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]

    def slots(state: str) -> list[dict[str, Any]]:
        return [line for line in log() if line["event"] == "slot" and line["state"] == state]

    with served(tmp_path) as (process, _, _):
        wait_for(lambda: bool(slots("begun")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    with served(tmp_path) as (process, address, _):
        wait_for(lambda: bool(slots("done")))
        assert httpx.get(f"{address}/health/ready", trust_env=False).json() == {"status": "ready"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    ledger = Ledger.open(str(tmp_path / "hege.db"))
    with ledger.reading() as connection:
        actions_ = [e["action"] for e in standing.history(connection, 100)][::-1]
    assert actions_[0] == "missed" and actions_[1] == "begun" and "done" in actions_
    assert actions_[2] in ("stopped", "done", "interrupted")
    assert list((tmp_path / "notes").glob("checkpoint-*.txt"))
    assert verify(ledger).faults == ()


# ---- what is deployed ----------------------------------------------------------------------------------------------

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"


def metric_names(text: str) -> set[str]:
    """The families that an expression names."""
    found = set(re.findall(r"\bhege_[a-z_]+", text))
    return {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in found}


def test_alert_rules_name_metrics_and_have_a_runbook() -> None:
    """Every rule: its metrics exist, its section is in the runbook with the three parts, and no section is about nothing."""
    import yaml

    rules = yaml.safe_load((DEPLOY / "prometheus-alerts.yaml").read_text(encoding="utf-8"))
    found = [rule for group in rules["groups"] for rule in group["rules"]]
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `(\w[\w -]*)`$(.*?)(?=^## |\Z)", runbook, re.MULTILINE | re.DOTALL))
    own = {"job-failed", "job-missed", "checkpoint-old", "early-warning"}
    assert {rule["alert"] for rule in found} | own == set(sections)
    for rule in found:
        assert metric_names(rule["expr"]) and metric_names(rule["expr"]) <= metrics.NAMES, rule["alert"]
        assert {"summary", "runbook"} <= set(rule["annotations"]) and rule["annotations"]["runbook"].endswith(
            f"#{rule['alert'].lower()}"
        )
        assert rule["labels"]["severity"] in ("page", "ticket")
    for name, text in sections.items():
        assert [part for part in ("**Meaning.**", "**Look here.**", "**Do this.**") if part not in text] == [], name


def test_the_dashboard_names_metrics() -> None:
    """It is JSON of a dashboard, its panels have expressions over metrics that exist, and all but the build are shown."""
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    used = set().union(*map(metric_names, expressions))
    assert used == metrics.NAMES
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert panel["title"] and place["x"] >= 0 and place["x"] + place["w"] <= 24


def test_compose_container_and_unit() -> None:
    """They name settings, commands and files that there are; the container does not run as root."""
    import configparser

    import yaml

    from hege.service.web import config

    settings = {config.variable(name) for name in config.ABOUT} | {"HEGE_CONFIG", "HEGE_LANG", "HEGE_MAIL_PASSWORD"}
    compose_text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    compose = yaml.safe_load(compose_text)
    assert set(compose["services"]) == {"hege", "postgresql"}
    assert "healthcheck" in compose["services"]["hege"] and compose["services"]["postgresql"]["image"].startswith(
        "postgres:"
    )
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "hege.service")
    assert unit["Service"]["ExecStart"].endswith("hege serve") and unit["Service"]["KillSignal"] == "SIGTERM"
    assert int(unit["Service"]["TimeoutStopSec"]) > config.Settings().stop_seconds
    for text in (compose_text, container, (DEPLOY / "hege.service").read_text(encoding="utf-8")):
        assert set(re.findall(r"\bHEGE_[A-Z_]+", text)) <= settings
    user = [line for line in container.splitlines() if line.startswith("USER ")]
    assert user and user[-1] not in ("USER root", "USER 0")
    images = re.findall(r"^FROM (\S+)", container, re.MULTILINE)
    assert images and all("/" not in image for image in images)


def test_the_schedule_that_comes_along_is_right() -> None:
    """Every kind of job is in it."""
    from hege.service.schedule.plan import read_schedule

    assert {task.do for task in read_schedule(str(DEPLOY / "schedule.yaml")).tasks} == set(Do)
