"""Availability probes: the plan is there before the first of them, missed slots stay visible, our own fault does not count."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hege.collectors.capture import Capture, Outcome
from hege.collectors.casefolder import read_case
from hege.collectors.demo_city.casefile import write_case
from hege.collectors.demo_city.city import load_city
from hege.collectors.demo_city.server import PLATFORM, serving
from hege.collectors.evidence.warc import WarcFile
from hege.collectors.fetching.fetcher import Asking
from hege.collectors.journal import Journal
from hege.collectors.probing import Prober, Slot, Standing, due, grace, plan, slot_of, standings
from hege.engine.dates import SHANGHAI
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.store import Ledger, size_of
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli
from tests.ledgers import new_ledger

START = datetime(2026, 11, 24, tzinfo=SHANGHAI)


def hege(*arguments: str) -> Result:
    """A command in Chinese."""
    return CliRunner().invoke(cli, ["--lang", "zh", *arguments])


def test_a_plan_is_a_week_of_spaced_slots() -> None:
    """At least twenty in each day, evenly spaced for a site, sites not all at once, the same plan each time."""
    slots = plan(["a", "b"], START, 20, 7)
    assert slots == plan(["b", "a"], START, 20, 7)
    mine = [s.due for s in slots if s.asset == "a"]
    assert len(mine) == 140
    assert {later - earlier for earlier, later in itertools.pairwise(mine)} == {timedelta(minutes=72)}
    assert set(Counter(d.date() for d in mine).values()) == {20}
    assert mine[0] != next(s.due for s in slots if s.asset == "b")
    assert [slot_of(s.name) for s in slots] == slots


def test_fewer_than_twenty_a_day_is_no_plan() -> None:
    """The indicator asks for twenty."""
    with pytest.raises(ValueError, match="19"):
        plan(["a"], START, 19, 7)


def test_slots_are_asked_at_their_time_or_missed() -> None:
    """Half the time to the next slot is grace; what is past is never made up for."""
    slots = [Slot(asset="a", due=START + timedelta(minutes=72 * n)) for n in range(4)]
    standing = due(slots, START + timedelta(minutes=72 * 2 + 10), grace(20))
    assert (standing.now, standing.missed, standing.ahead) == ((slots[2],), (slots[0], slots[1]), (slots[3],))


class Answers:
    """A fetcher that answers from a table; the count shows that nothing is asked twice."""

    def __init__(self, outcomes: dict[str, Outcome]) -> None:
        self.outcomes, self.asked = outcomes, Counter[str]()

    async def fetch(self, asking: Asking) -> Capture:
        """The outcome of the table."""
        self.asked[asking.url] += 1
        outcome = self.outcomes[asking.url]
        return Capture(url=asking.url, fetched_at=START, outcome=outcome, reason=outcome.value, seconds=15.0)


def probed(
    folder: Path, outcomes: dict[str, Outcome], controls: tuple[str, ...] = ("c",)
) -> tuple[list[tuple[str, object, str]], Answers]:
    """Asset, outcome and reason of the facts of one round over the sites a and b."""
    answers = Answers(outcomes)
    slots = [Slot(asset="a", due=START), Slot(asset="b", due=START)]
    with closing(Journal(folder / "j.sqlite")) as journal:
        journal.begin("probes", [(s.name, s.asset) for s in slots], START, {})
        warc = WarcFile.open(folder / "p.warc.gz", START)
        synced: Callable[[], None] = lambda: journal.good_until("p.warc.gz", warc.sync())
        prober = Prober(
            urls={"a": "a", "b": "b"}, controls=controls, vantage="甲", ask=answers, keep=warc.add, synced=synced, sink=journal
        )  # fmt: skip
        asyncio.run(prober.round(slots))
        assert journal.open_tasks() == []
        return [(f.asset, f.fields.get("outcome"), f.reason) for f in journal.facts()], answers


def test_a_failure_counts_when_a_control_answers(tmp_path: Path) -> None:
    """One asking a slot, no retry."""
    facts, answers = probed(tmp_path, {"a": Outcome.TIMEOUT, "b": Outcome.OK, "c": Outcome.OK})
    assert facts == [("a", "timeout", ""), ("b", "ok", "")]
    assert answers.asked == {"a": 1, "b": 1, "c": 1}


def test_a_failure_is_ours_when_every_control_fails(tmp_path: Path) -> None:
    """It stays in the record, outside the denominator; what opened, opened."""
    facts, _ = probed(
        tmp_path, {"a": Outcome.RESET, "b": Outcome.OK, "c": Outcome.TIMEOUT, "d": Outcome.DNS_ERROR}, ("c", "d")
    )
    assert facts == [("a", "probe_fault", ""), ("b", "ok", "")]


def test_one_control_that_answers_is_enough(tmp_path: Path) -> None:
    """The network is there."""
    facts, _ = probed(
        tmp_path, {"a": Outcome.RESET, "b": Outcome.OK, "c": Outcome.TIMEOUT, "d": Outcome.OK}, ("c", "d")
    )
    assert facts[0] == ("a", "reset", "")


def test_controls_are_left_alone_while_all_is_well(tmp_path: Path) -> None:
    """Blocked is no failure either."""
    facts, answers = probed(tmp_path, {"a": Outcome.BLOCKED, "b": Outcome.SLOW, "c": Outcome.OK})
    assert facts == [("a", "blocked", ""), ("b", "slow", "")]
    assert answers.asked["c"] == 0


def test_what_may_not_be_asked_is_unknown(tmp_path: Path) -> None:
    """A private address is no outage."""
    facts, _ = probed(tmp_path, {"a": Outcome.SKIPPED, "b": Outcome.OK, "c": Outcome.OK})
    assert facts[0] == ("a", None, "skipped")


def test_standings_are_integers() -> None:
    """Planned, done, missed; failed over done less our own faults."""
    names = [(s.name, "a", n < 3) for n, s in enumerate(plan(["a"], START, 20, 1)[:5])]
    outcomes = [("a", "timeout", 15.0), ("a", "probe_fault", 1.0), ("a", "slow", 16.0)]
    (found,) = standings(names, outcomes, START + timedelta(days=1), grace(20))
    assert found == Standing(asset="a", planned=5, done=3, missed=2, failed=2, faults=1, blocked=0)
    assert found.counted == 2


def test_plan_run_and_status(tmp_path: Path) -> None:
    """Over real HTTP: a plan whose first slots are due now, run once, and seen; the facts are in the case and the ledger."""
    ledger = str(tmp_path / "l.db")
    new_ledger(ledger).close()
    city = load_city(datetime.now(SHANGHAI).date())
    with serving(city) as bases:
        write_case(city, bases, tmp_path)
        start = (datetime.now(SHANGHAI) - timedelta(minutes=40)).replace(microsecond=0)
        chosen = [a for site in ("fagai", "shuili", "gongan", "nongye") for a in ("--asset", site)]
        planned = hege(
            "probe", "plan", str(tmp_path), "--from", start.isoformat(), "--control", bases["fagai"] + "/", *chosen
        )
        assert planned.output.startswith("已排定4个网站672次监测，")
        ran = hege("probe", "run", str(tmp_path), "--once", "--allow", "127.0.0.0/8", "--ledger", ledger)
        assert ran.exit_code == 0, ran.output
    probes = [r for r in read_case(tmp_path, load_vocabulary()).facts.tables["probe"].to_dicts() if r["part"] == "本机"]
    said = {r["asset"]: r["outcome"] for r in probes}
    expected = {"fagai": "ok", "shuili": "reset", "gongan": "blocked", "nongye": "ok"}
    assert said
    assert {a: expected[a] for a in said} == said
    with closing(Ledger.open(ledger)) as book, book.reading() as connection:
        facts = read_history(connection, ledger, city.name, load_vocabulary()).at(size_of(connection))
    assert {r["asset"]: r["outcome"] for r in facts.tables["probe"].to_dicts()} == said
    status = hege("probe", "status", str(tmp_path)).output
    assert status == ran.output
    for line in status.splitlines():
        asset = line.split("：")[0]
        assert line.startswith(f"{asset}：计划168，完成{int(asset in said)}，错过")


def test_a_case_without_a_plan(tmp_path: Path) -> None:
    """Said in one sentence."""
    for command in ("status", "run"):
        refused = hege("probe", command, str(tmp_path))
        assert (refused.exit_code, "还没有监测计划" in refused.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [("--per-day", "19"), ("--from", "soon"), ("--family", "v5"), ("--asset", "nobody")])
def test_bad_plans(tmp_path: Path, bad: tuple[str, str]) -> None:
    """Refused; nothing is stored."""
    city = load_city(START.date())
    write_case(city, dict.fromkeys([*(s.id for s in city.sites), PLATFORM], "http://127.0.0.1:9"), tmp_path)
    assert hege("probe", "plan", str(tmp_path), *bad).exit_code == 2
    assert not (tmp_path / "collection.sqlite").exists()
