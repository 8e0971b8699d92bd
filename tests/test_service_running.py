"""The service as it runs: its settings, a real server, jobs in processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from hege.engine.errors import InputError
from hege.engine.ledger.store import Ledger
from hege.engine.ledger.verify import verify
from hege.service.cli import cli
from hege.service.web import config, jobs, tables
from hege.service.web.config import Settings
from hege.service.web.runner import Runner
from tests.ledgers import AT, feeds, give, new_ledger
from tests.services import OURS, new_city

ROOT = Path(__file__).parent.parent


# ---- settings ------------------------------------------------------------------------------------------------------


def test_settings_from_file_and_environment(tmp_path: Path) -> None:
    """The environment goes first; each says where it came from."""
    file = tmp_path / "hege.toml"
    file.write_text('# ours\nport = 9000\nhost = "127.0.0.1"\nallow_plain_http = false\n', encoding="utf-8")
    found = config.read(str(file), {"HEGE_PORT": "9001", "HEGE_ALLOW_PLAIN_HTTP": "true", "HEGE_SESSION_HOURS": ""})
    assert found.settings == Settings(port=9001, allow_plain_http=True)
    assert found.origins == {"port": "HEGE_PORT", "host": f"{file}:3", "allow_plain_http": "HEGE_ALLOW_PLAIN_HTTP"}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("prot = 1\nport = '80'\n", [("unknown-setting", 1), ("bad-value", 2)]),
        ("port = 70000\nsession_hours = 0\n", [("bad-value", 1), ("bad-value", 2)]),
        ("port = true\n", [("bad-value", 1)]),
        ("[server]\nport = 1\n", [("unknown-setting", 1)]),
        ("port = \n", [("toml", 1)]),
        ("public_url = 'hege.example.cn'\n", [("bad-value", 1)]),
        ("host = '0.0.0.0'\n", [("plain-http", 1)]),
    ],
)
def test_faults_of_settings(tmp_path: Path, text: str, faults: list[tuple[str, int]]) -> None:
    """All at once, each with its line."""
    file = tmp_path / "hege.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        config.read(str(file), {})
    found = [(p.code, p.place.line or int(p.place.file.rpartition(":")[2])) for p in raised.value.problems]
    assert found == faults


def test_config_check(tmp_path: Path) -> None:
    """Lists every setting with its origin and no password; faults have exit code 2."""
    file = tmp_path / "a.toml"
    file.write_text('ledger = "postgresql://u:secret@host/db"\nport = 9000\n', encoding="utf-8")
    environment = {"HEGE_LANG": "en", "HEGE_LEDGER": None, "HEGE_CONFIG": None}
    done = CliRunner().invoke(cli, ["config", "check", "--config", str(file)], env=environment)
    assert done.exit_code == 0 and "secret" not in done.output
    assert [line.split()[0] for line in done.output.splitlines()] == list(config.ABOUT)
    assert re.search(rf"^port +9000 +{re.escape(str(file))}:2 ", done.output, re.MULTILINE)
    file.write_text("prot = 1\n", encoding="utf-8")
    refused = CliRunner().invoke(cli, ["config", "check", "--config", str(file)], env=environment)
    assert refused.exit_code == 2 and f"{file}:1: error[unknown-setting]" in refused.output
    assert "did you mean “port”" in refused.output
    missing = CliRunner().invoke(cli, ["config", "check", "--config", str(tmp_path / "none")], env=environment)
    assert missing.exit_code == 2 and "no-file" in missing.output


def test_every_setting_is_documented() -> None:
    """docs/service.md has a row for each, with its variable and its default."""
    page = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    for name in config.ABOUT:
        default = getattr(Settings(), name)
        written = json.dumps(default) if not isinstance(default, bool) else str(default).lower()
        assert f"| `{name}` | `{config.variable(name)}` | `{written}` |" in page, name


# ---- jobs ----------------------------------------------------------------------------------------------------------

ASKED = {"as_of": "2024-02-23", "rules": ["cn/2019-19"]}


def test_a_job_is_claimed_by_one(place: str) -> None:
    """On either database: taken once, renewed, taken again only when the claim has lapsed; the old claim is worth nothing then."""
    ledger = new_ledger(place)
    tables.prepare(ledger)
    jobs.ask(ledger, "one", "inspect", OURS, "li", ASKED, AT)
    jobs.ask(ledger, "one", "inspect", OURS, "li", {}, AT)
    first = jobs.claim(ledger, AT)
    assert first is not None and jobs.claim(ledger, AT + jobs.LEASE) is None
    jobs.renew(ledger, [first["claim"]], AT + jobs.LEASE)
    assert jobs.claim(ledger, AT + jobs.LEASE * 2) is None
    again = jobs.claim(ledger, AT + jobs.LEASE * 2 + timedelta(seconds=1))
    assert again is not None and again["claim"] != first["claim"]
    assert not jobs.progress(ledger, first["claim"], 1, 2) and jobs.progress(ledger, again["claim"], 1, 2)
    jobs.end(ledger, first["claim"], jobs.State.FAILED, None, AT)
    jobs.end(ledger, again["claim"], jobs.State.DONE, {"inspection": "x"}, AT)
    with ledger.reading() as connection:
        row = jobs.find(connection, "one")
    assert row is not None
    told = jobs.plain(row)
    assert (told["state"], told["outcome"], told["asked"], told["done"]) == ("done", {"inspection": "x"}, ASKED, 1)


def test_cancelling(tmp_path: Path) -> None:
    """A waiting job at once; a running one is left to who runs it; one that is over stays."""
    ledger = new_ledger(str(tmp_path / "l.db"))
    tables.prepare(ledger)

    def state(id: str) -> str:
        with ledger.reading() as connection:
            row = jobs.find(connection, id)
        assert row is not None
        return str(row["state"])

    jobs.ask(ledger, "a", "inspect", OURS, "li", ASKED, AT)
    jobs.cancel(ledger, "a", AT)
    jobs.ask(ledger, "b", "inspect", OURS, "li", ASKED, AT)
    taken = jobs.claim(ledger, AT)
    assert taken is not None
    jobs.cancel(ledger, "b", AT)
    assert (state("a"), state("b"), jobs.progress(ledger, taken["claim"], 1, 2)) == ("cancelled", "cancelling", False)
    assert jobs.claim(ledger, AT + jobs.LEASE * 2) is None
    assert state("b") == "cancelled"
    jobs.put_back(ledger, taken["claim"])
    assert state("b") == "cancelled"


def run_until_over(runner: Runner, ledger: Ledger, id: str, seconds: float = 60) -> dict[str, object]:
    """Waits for a job."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with ledger.reading() as connection:
            row = jobs.find(connection, id)
        assert row is not None
        if jobs.State(row["state"]).is_over:
            return jobs.plain(row)
        time.sleep(0.1)
    raise AssertionError(f"the job did not end in {seconds} s")


def test_a_job_is_taken_up_again_after_a_stop(tmp_path: Path) -> None:
    """Interrupted by a stop, it waits; the next runner does it, and what cannot be done fails with what and why."""
    from hege.service.ledgers import now

    city = new_city(tmp_path)
    jobs.ask(city.ledger, "one", "inspect", OURS, "li", ASKED, now())
    jobs.ask(city.ledger, "two", "inspect", "丁市", "li", ASKED, now())

    def runner() -> Runner:
        return Runner(ledger=city.ledger, ledger_name=city.settings.ledger, clock=now, most=1)

    first = runner()
    first.start()
    while not first._running:
        time.sleep(0.01)
    first.stop()
    with city.ledger.reading() as connection:
        row = jobs.find(connection, "one")
    assert row is not None and row["state"] == "waiting"
    second = runner()
    second.start()
    try:
        done, failed = (run_until_over(second, city.ledger, id) for id in ("one", "two"))
    finally:
        second.stop()
    assert done["state"] == "done" and (done["done"], done["total"]) == (3, 3)
    assert failed["state"] == "failed" and failed["outcome"]["problems"][0]["code"] == "no-register"  # type: ignore[index]
    assert verify(city.ledger).faults == ()


# ---- a real server -------------------------------------------------------------------------------------------------


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """`hege serve` in a folder: the process, its address, what it printed first."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEGE_")}
    environment |= {"HEGE_LANG": "en", "HEGE_PORT": str(port), "HEGE_STOP_SECONDS": "5"}
    process = subprocess.Popen(
        [sys.executable, "-m", "hege.service", "serve"], cwd=folder, env=environment, stdout=subprocess.PIPE,
        stderr=(folder / "log").open("a"), text=True,
    )  # fmt: skip
    try:
        printed = ""
        assert process.stdout is not None
        while "Ctrl+C" not in printed:
            line = process.stdout.readline()
            assert line, (folder / "log").read_text(encoding="utf-8")
            printed += line
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if httpx.get(f"{address}/health/ready", trust_env=False).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield process, address, printed
    finally:
        process.kill()
        process.wait()


def test_serving_from_an_empty_folder_to_an_inspection(tmp_path: Path) -> None:
    """One command: the key is printed once, facts go in, a job inspects and is followed, kill -9 loses nothing, SIGTERM ends it."""
    with served(tmp_path) as (process, address, printed):
        key = re.search(r"hege_[0-9a-f]{12}_[0-9a-f]{64}", printed)
        assert key is not None
        mine = {"authorization": f"Bearer {key[0]}"}
        with httpx.Client(base_url=f"{address}/api/v1", headers=mine, trust_env=False, timeout=60) as asker:
            row = {"fact": "feed", "asset": "a1", "observed_at": "2024-02-23", "newest": "2024-01-02"}
            body = {"register": OURS, "assets": [{"id": "a1", "kind": "account", "name": "甲"}], "facts": [row]}
            assert asker.post("/facts", json=body).json()["facts"] == 1
            job = asker.post("/inspections", json={"register": OURS, **ASKED}).json()
            with asker.stream("GET", f"/jobs/{job['id']}/events") as events:
                told = [json.loads(line[6:]) for line in events.iter_lines() if line.startswith("data: ")]
            assert told[0]["state"] in ("waiting", "running") and told[-1]["state"] == "done"
            why = asker.get(f"/inspections/{told[-1]['outcome']['inspection']}/explanation/a1").json()
            assert why[0]["verdict"] == "fail"
        process.send_signal(signal.SIGKILL)
        process.wait()
    with served(tmp_path) as (process, address, printed):
        assert "hege_" not in printed
        verdicts = httpx.get(f"{address}/api/v1/inspections/last/verdicts", headers=mine, trust_env=False).json()
        assert [v["verdict"] for v in verdicts["items"]] == ["fail"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    log = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    requests = [line for line in log if line["event"] == "request"]
    assert {"request", "method", "path", "status", "account", "ms", "at", "level"} <= set(requests[0])
    assert key[0] not in (tmp_path / "log").read_text(encoding="utf-8")
    assert verify(Ledger.open(str(tmp_path / "hege.db"))).faults == ()


def test_an_unfit_ledger_is_refused(tmp_path: Path) -> None:
    """A file that is no ledger is left as it is."""
    (tmp_path / "hege.db").write_text("something else", encoding="utf-8")
    environment = {"HEGE_LANG": "en", "HEGE_LEDGER": str(tmp_path / "hege.db"), "HEGE_CONFIG": None, "HEGE_KEY": None}
    refused = CliRunner().invoke(cli, ["serve"], env=environment)
    assert refused.exit_code == 2 and "not-a-ledger" in refused.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hege.db"]


def test_services_tables_of_another_version_are_refused(tmp_path: Path) -> None:
    """They could mean something else."""
    from hege.engine.ledger import database

    ledger = new_ledger(str(tmp_path / "l.db"))
    give(ledger, feeds({"a1": "none"}))
    tables.prepare(ledger)
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(tables.service.update().values(version=99))
    with pytest.raises(InputError, match="other-service"):
        tables.prepare(ledger)
