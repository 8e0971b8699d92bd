"""A collection as a whole: taken up after a kill, one at a time, profiles of people, evidence read again, faults told."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from hege.collectors.capture import Capture
from hege.collectors.casefolder import read_case
from hege.collectors.collecting import Collection, Counts, VisitSite
from hege.collectors.delivering import Delivery
from hege.collectors.demo_city.casefile import write_case
from hege.collectors.demo_city.city import load_city
from hege.collectors.demo_city.server import serving
from hege.collectors.evidence.warc import Place, WarcFile, captures
from hege.collectors.fetching.addresses import LOOPBACK
from hege.collectors.fetching.client import Client
from hege.collectors.fetching.fetcher import Asking, Fetcher, Limits, NetworkFetcher, skipped
from hege.collectors.journal import Journal
from hege.collectors.observation import Observation
from hege.collectors.recording import Finished, Kept, Sourced
from hege.collectors.sites import Depth, Site
from hege.engine.dates import SHANGHAI
from hege.engine.facts import asset_table
from hege.engine.ledger import schema
from hege.engine.ledger.store import Ledger
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli
from hege.service.collecting import KINDS, progress_line
from tests.city_truth import truth
from tests.hostile import Server, hostile
from tests.ledgers import new_ledger
from tests.test_demo_city import found

ALLOW = ("--allow", "127.0.0.0/8")
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def hege(*arguments: str) -> Result:
    """A command in Chinese."""
    return CliRunner().invoke(cli, ["--lang", "zh", *arguments])


@pytest.fixture
def city(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A case folder of the city and the addresses of its sites, which are up."""
    with serving(load_city(datetime.now(SHANGHAI).date())) as bases:
        write_case(load_city(datetime.now(SHANGHAI).date()), bases, tmp_path / "case")
        yield tmp_path / "case", bases


def progress(folder: Path) -> tuple[int, int]:
    """How many tasks of the newest run are done, and how many there are."""
    with closing(Journal(folder / "collection.sqlite")) as journal:
        journal.run = journal.newest_run("sites")
        return journal.progress()


def in_journal(folder: Path) -> list[tuple[str, str, str]]:
    """Asset, kind and part of every fact of a journal."""
    with closing(Journal(folder / "collection.sqlite")) as journal:
        return sorted((f.asset, f.kind, f.part) for f in journal.facts())


def in_ledger(place: str) -> list[tuple[str, str, str]]:
    """Asset, kind and part of every fact of a ledger."""
    with closing(Ledger.open(place)) as ledger, ledger.reading() as connection:
        columns = schema.facts.c
        return sorted(
            (r.asset, r.kind, r.part) for r in connection.execute(sa.select(columns.asset, columns.kind, columns.part))
        )


def test_a_killed_collection_is_taken_up(city: tuple[Path, dict[str, str]]) -> None:
    """Kill -9 in the middle, several times: in the end every fact is there once, and the journal showed what was missed."""
    folder, bases = city
    ledger = str(folder.parent / "city.db")
    new_ledger(ledger).close()
    command = [
        sys.executable, "-m", "hege.service", "collect", str(folder), *ALLOW, "--interval", "0.02", "--ledger", ledger
    ]  # fmt: skip
    seen = []
    for _ in range(3):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = progress(folder)[0] if (folder / "collection.sqlite").exists() else 0
        end = time.monotonic() + 30
        while time.monotonic() < end and running.poll() is None:
            if (folder / "collection.sqlite").exists() and progress(folder)[0] > before:
                break
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        seen.append(progress(folder))
        if seen[-1][0] == seen[-1][1]:
            break
    assert seen[0][0] < seen[0][1] == 26
    last = hege("collect", str(folder), *ALLOW, "--interval", "0", "--ledger", ledger)
    assert last.exit_code == 0, last.output
    assert progress(folder) == (26, 26)
    assert in_ledger(ledger) == in_journal(folder)
    facts = found(read_case(folder, load_vocabulary()).facts, bases)
    expected = truth(load_city(datetime.now(SHANGHAI).date()))
    assert (sorted(map(str, facts - expected)), sorted(map(str, expected - facts))) == ([], [])
    with closing(Journal(folder / "collection.sqlite")) as journal:
        stored = [(f.asset, f.kind, f.part) for f in journal.facts()]
        assert len(stored) == len(set(stored))
        assert all(journal.capture(f.record) for f in journal.facts() if f.record)
        assert list(journal.seals()) == ["run-0001.warc.gz"]
    assert len(list(captures(folder / "warc" / "run-0001.warc.gz"))) > 150


def test_a_ledger_gets_what_was_collected_and_sealed(city: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """Also of the run before there was a ledger; a delivery again adds nothing; what each evidence file holds is there by its digest."""
    folder, _ = city
    ledger = str(tmp_path / "city.db")
    new_ledger(ledger).close()
    collect = ("collect", str(folder), *ALLOW, "--interval", "0")
    assert hege(*collect, "--asset", "fagai").exit_code == 0
    done = hege(*collect, "--asset", "jiaoyu", "--ledger", ledger, "--by", "采集员")
    assert done.exit_code == 0, done.output
    assert in_ledger(ledger) == in_journal(folder)
    assert (
        f"  台账：{ledger}，名册云川市，新记事实{len(in_journal(folder))}条\n  下一步：hege inspect {folder} --ledger {ledger}"
        in done.output
    )
    files = {f"warc/{f.name}" for f in (folder / "warc").iterdir()}
    with closing(Ledger.open(ledger)) as book, closing(Journal(folder / "collection.sqlite")) as journal:
        kept = {c["place"].partition(" ")[0] for c in _rows(book, schema.captures)}
        assert kept == files == {"warc/run-0001.warc.gz", "warc/run-0002.warc.gz"}
        assert {c["asset"] for c in _rows(book, schema.captures)} == {"fagai", "jiaoyu"}
        assert {f["entered_by"] for f in _rows(book, schema.batches)} == {"张三", "采集员"}
        sources = {f["source"].partition("@")[0] for f in _rows(book, schema.facts)}
        assert sources == files
        again = Delivery(
            journal=journal, ledger=book, register="云川市", folder=folder, assets=asset_table(()), vocabulary=load_vocabulary(),
            entered_by="x", clock=lambda: NOON,
        )  # fmt: skip
        before = _rows(book, schema.batches)
        again.deliver()
        assert (again.facts, _rows(book, schema.batches)) == (0, before)
    assert hege("evidence", "check", str(folder), "--ledger", ledger).exit_code == 0
    assert "新记留存内容0件" in hege("evidence", "record", str(folder), "--ledger", ledger).output
    inspected = hege("inspect", str(folder), "--ledger", ledger)
    assert inspected.exit_code == 0, inspected.output


def _rows(ledger: Ledger, table: sa.Table) -> list[dict[str, str]]:
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def test_a_ledger_that_is_not_there_is_said_before_anything_is_asked(city: tuple[Path, dict[str, str]]) -> None:
    """No journal run is begun."""
    folder, _ = city
    refused = hege("collect", str(folder), *ALLOW, "--ledger", str(folder / "none.db"))
    assert (refused.exit_code, "[no-ledger]" in refused.output) == (2, True)
    with closing(Journal(folder / "collection.sqlite")) as journal:
        assert journal.newest_run("sites") == 0


def test_a_nul_on_a_page_reaches_no_database(tmp_path: Path) -> None:
    """It is what HTML makes of it, in journal and ledger."""
    with closing(Journal(tmp_path / "j.sqlite")) as journal:
        journal.begin("sites", [("site:x", "x")], NOON, {})
        torn = Observation(kind="policy", part="关于\0的通知", fields={"title": "关于\0的通知"})
        journal.record(
            Finished(task="site:x", asset="x", captures=(), facts=(Sourced(observation=torn, observed_at=NOON),))
        )
        (fact,) = journal.facts()
        assert (fact.part, fact.fields["title"]) == ("关于\ufffd的通知", "关于\ufffd的通知")


@pytest.mark.parametrize(
    ("only", "kinds", "requests"),
    [
        (("home",), {"home"}, 2),
        (("footer", "link"), {"footer", "link"}, 20),
        (("column",), {"column"}, 12),
        (("feed",), {"feed"}, 1),
    ],
)
def test_only_some_kinds_of_fact(
    city: tuple[Path, dict[str, str]], only: tuple[str, ...], kinds: set[str], requests: int
) -> None:
    """No other fact is recorded, and no page is asked for that they do not need (robots.txt is none of them)."""
    folder, _ = city
    options = [word for kind in only for word in ("--only", kind)]
    asset = str(load_city(NOON.date()).accounts[0]["id"]) if only == ("feed",) else "fagai"
    done = hege("collect", str(folder), "--asset", asset, *options, *ALLOW, "--interval", "0")
    assert done.exit_code == 0, done.output
    with closing(Journal(folder / "collection.sqlite")) as journal:
        assert {f.kind for f in journal.facts()} == kinds
        assert len(journal.records_of(1)) <= requests


def test_the_kinds_that_can_be_asked_for(city: tuple[Path, dict[str, str]]) -> None:
    """Just those that collecting the city gives, but for what it says of its own coverage."""
    folder, _ = city
    assert hege("collect", str(folder), *ALLOW, "--interval", "0").exit_code == 0
    with closing(Journal(folder / "collection.sqlite")) as journal:
        assert {f.kind for f in journal.facts()} - {"coverage"} == set(KINDS)


def test_a_list_of_assets_is_collected_without_a_case(city: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """The folder is made; the register bears its name; the stored pages can be read again."""
    _, bases = city
    listed, folder, ledger = tmp_path / "list.csv", tmp_path / "巡查", str(tmp_path / "l.db")
    new_ledger(ledger).close()
    listed.write_text(f"编号,种类,名称,网址\nfagai,site,云川市发展和改革局,{bases['fagai']}/\n", encoding="utf-8")
    done = hege("collect", str(folder), "--registry", str(listed), *ALLOW, "--interval", "0", "--ledger", ledger)
    assert done.exit_code == 0, done.output
    assert "名册巡查" in done.output
    assert {asset for asset, _, _ in in_ledger(ledger)} == {"fagai"}
    assert hege("evidence", "re-extract", str(folder)).output.endswith("条事实，0条有变化\n")
    refused = hege("collect", str(folder), "--registry", str(tmp_path / "none.csv"))
    assert (refused.exit_code, "none.csv" in refused.output) == (2, True)


def test_a_time_that_is_past_is_a_mistake(city: tuple[Path, dict[str, str]]) -> None:
    """A time to come is waited for."""
    folder, _ = city
    refused = hege("collect", str(folder), "--at", "2020-01-01T01:00", *ALLOW)
    assert (refused.exit_code, "2020-01-01 01:00已经过去" in refused.output) == (2, True)
    soon = (datetime.now(SHANGHAI) + timedelta(seconds=1)).isoformat()
    done = hege("collect", str(folder), "--asset", "fagai", "--only", "home", "--at", soon, *ALLOW, "--interval", "0")
    assert done.exit_code == 0, done.output
    (home,) = read_case(folder, load_vocabulary()).facts.tables["home"].to_dicts()
    assert home["observed_at"] >= datetime.fromisoformat(soon).replace(microsecond=0)


def test_one_asset_then_again(city: tuple[Path, dict[str, str]]) -> None:
    """A second run is a newer observation in a file of its own; a single site can be asked for."""
    folder, _ = city
    for _ in range(2):
        assert hege("collect", str(folder), "--asset", "fagai", *ALLOW, "--interval", "0").exit_code == 0
        time.sleep(1.1)
    facts = read_case(folder, load_vocabulary()).facts
    homes = facts.tables["home"]
    assert set(homes["asset"]) == {"fagai"}
    assert homes.height == 2
    assert sorted(p.name for p in (folder / "warc").iterdir()) == ["run-0001.warc.gz", "run-0002.warc.gz"]


def test_what_people_know_of_columns_goes_before_the_navigation(city: tuple[Path, dict[str, str]]) -> None:
    """The rows of columns.csv are the site's columns, with their class, and with a selector that may stop matching."""
    folder, bases = city
    (folder / "columns.csv").write_text(
        "资产,栏目名称,网址,栏目类别,栏目级别,应更新,选择器\n"
        f"fagai,发改动态,{bases['fagai']}/c1/,业务工作,2,否,\njiaoyu,要闻,{bases['jiaoyu']}/c1/,,,,#gone\n",
        encoding="utf-8",
    )
    assert (
        hege("collect", str(folder), "--asset", "fagai", "--asset", "jiaoyu", *ALLOW, "--interval", "0").exit_code == 0
    )
    columns = read_case(folder, load_vocabulary()).facts.tables["column"].to_dicts()
    shown = [
        (c["asset"], c["part"], c["state"], c["reason"], c["class"], c["level"], c["should_update"]) for c in columns
    ]
    assert shown == [
        ("fagai", "发改动态", "known", "", "业务工作", 2, False),
        ("jiaoyu", "要闻", "unknown", "页面上没有#gone，列表可能改版", None, None, None),
    ]


def test_a_cases_own_words(city: tuple[Path, dict[str, str]]) -> None:
    """wording.yaml of the case is used in place of the list that comes with hege; its faults are told."""
    folder, _ = city
    words = "schema: wording/1\nwords:\n- {wrong: 稳步推进, right: 扎实推进, severity: general}\n"
    (folder / "wording.yaml").write_text(words, encoding="utf-8")
    assert hege("collect", str(folder), "--asset", "tongji", *ALLOW, "--interval", "0").exit_code == 0
    found = read_case(folder, load_vocabulary()).facts.tables["wording"].to_dicts()
    assert {(w["text"], w["correct"], w["severity"]) for w in found} == {("稳步推进", "扎实推进", "general")}
    (folder / "wording.yaml").write_text("schema: wording/1\nwords:\n- {wrong: 甲, right: 乙}\n", encoding="utf-8")
    assert hege("collect", str(folder)).exit_code == 2


def test_faults_of_the_profile_are_told(city: tuple[Path, dict[str, str]]) -> None:
    """File, row, column, what to do; nothing is asked of any server."""
    folder, _ = city
    (folder / "columns.csv").write_text("asset,name,url,class\nfagay,要闻,http://x/,动态新闻\n", encoding="utf-8")
    refused = hege("collect", str(folder))
    assert refused.exit_code == 2
    assert refused.output.replace(str(folder) + "/", "") == (
        "columns.csv:2:1: 错误[unknown-asset]: assets.csv里没有网站“fagay”\n    办法: 是否想写“fagai”？\n"
        "columns.csv:2:4: 错误[bad-value]: “class”（栏目类别）应为概况信息、机构职能、领导信息、动态要闻、通知公告、政策文件、政策解读、人事信息、规划计划、年度报表、"
        "数据发布、业务工作、办事统计、政务咨询、调查征集、在线访谈、其他；"
        "这里写的是“动态新闻”\n    办法: 是否想写“动态要闻”？\n共2处问题，未做任何改动\n"
    )
    assert not (folder / "collection.sqlite").exists()


def test_loopback_is_not_asked_unless_allowed(city: tuple[Path, dict[str, str]]) -> None:
    """Every site of the city then is unknown, with the reason."""
    folder, _ = city
    assert hege("collect", str(folder), "--asset", "fagai", "--interval", "0").exit_code == 0
    (home,) = read_case(folder, load_vocabulary()).facts.tables["home"].to_dicts()
    assert (home["state"], home["reason"]) == ("unknown", "127.0.0.1指向非公网地址127.0.0.1")


def test_an_address_without_a_scheme_is_http(city: tuple[Path, dict[str, str]]) -> None:
    """As the registers write it."""
    folder, bases = city
    text = (folder / "assets.csv").read_text(encoding="utf-8")
    (folder / "assets.csv").write_text(
        text.replace(bases["fagai"], bases["fagai"].removeprefix("http://")), encoding="utf-8"
    )
    assert hege("collect", str(folder), "--asset", "fagai", *ALLOW, "--interval", "0").exit_code == 0
    (home,) = read_case(folder, load_vocabulary()).facts.tables["home"].to_dicts()
    assert home["state"] == "known"


def test_evidence_is_shown_and_read_again(city: tuple[Path, dict[str, str]]) -> None:
    """From the id that explain shows to the words on the page; the stored pages give the same facts again."""
    folder, bases = city
    assert hege("collect", str(folder), "--asset", "weijian", *ALLOW, "--interval", "0").exit_code == 0
    row = next(
        line for line in (folder / "evidence.csv").read_text(encoding="utf-8").splitlines() if ",weijian,home," in line
    )
    shown = hege("evidence", "show", str(folder), row[:12])
    assert shown.exit_code == 0
    assert f"#{row[:16]} home weijian\n  内容: items=6 nav_only=False newest=" in shown.output
    assert f"应答: 200 {bases['weijian']}/ ← 127.0.0.1" in shown.output
    assert "位置: body:nth-of-type(1) > div" in shown.output
    assert "（只出现在网址中）" in shown.output
    again = hege("evidence", "re-extract", str(folder))
    assert again.output.endswith("条事实，0条有变化\n")


def test_an_extractor_that_changed_shows_in_the_stored_pages(
    city: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another word list: what it finds is listed as a change, though no server is asked."""
    folder, _ = city
    assert hege("collect", str(folder), "--asset", "tongji", *ALLOW, "--interval", "0").exit_code == 0
    monkeypatch.setattr("hege.collectors.extracting.wording.shipped_words", lambda: ())
    again = hege("evidence", "re-extract", str(folder)).output
    assert "  - correct=一带一路 severity=severe text=一路一带 url=" in again
    assert again.endswith("  + 无此事实\n" + again.splitlines()[-1] + "\n")
    assert again.endswith("1条有变化\n")


def test_evidence_of_what_was_never_collected(tmp_path: Path) -> None:
    """Said in one sentence."""
    said = hege("evidence", "show", str(tmp_path), "abc")
    assert (said.exit_code, "这个案例还没有采集过" in said.output) == (2, True)


class Broken:
    """A task that breaks."""

    name, asset, kind = "site:x", "x", "home"

    async def run(self, fetcher: Fetcher, keep: Callable[[Capture], Place]) -> tuple[list[Kept], list[Sourced]]:
        """Breaks."""
        raise ValueError("boom")


class Nobody:
    """A fetcher that is never asked."""

    async def fetch(self, asking: Asking) -> Capture:
        """Nothing."""
        return skipped(asking.url, NOON, "")


def test_a_task_that_breaks_is_an_error_of_one_asset(tmp_path: Path) -> None:
    """The run goes on; the fact says error, the journal keeps the note."""
    with closing(Journal(tmp_path / "j.sqlite")) as journal:
        journal.begin("sites", [("site:x", "x")], NOON, {})
        warc = WarcFile.open(tmp_path / "a.warc.gz", NOON)
        collection = Collection(
            fetcher=Nobody(), warc=warc, sink=journal, synced=journal.good_until, show=lambda c: None
        )
        asyncio.run(collection.run([Broken()], 0))
        (fact,) = journal.facts()
        assert (fact.asset, fact.kind, fact.state, fact.reason) == ("x", "home", "error", "采集程序出错")
        assert journal.notes() == [("x", "ValueError: boom")]
        assert journal.progress() == (1, 1)


def test_an_interrupted_collection_says_how_to_go_on(city: tuple[Path, dict[str, str]]) -> None:
    """Ctrl-C: exit code 130, what was done is in the case, one sentence."""
    folder, _ = city
    command = [
        sys.executable,
        "-m",
        "hege.service",
        "--lang",
        "zh",
        "collect",
        str(folder),
        *ALLOW,
        "--interval",
        "0.05",
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while time.monotonic() < end and not ((folder / "collection.sqlite").exists() and progress(folder)[0]):
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert f"已中断，完成{progress(folder)[0]}/26；再运行同一命令即接着采集" in said
    assert (folder / "evidence.csv").exists()


def test_another_choice_of_assets_is_another_run(city: tuple[Path, dict[str, str]]) -> None:
    """An unfinished run of two sites is not taken up by a command that asks for one."""
    folder, _ = city
    with closing(Journal(folder / "collection.sqlite")) as journal:
        journal.begin("sites", [("site:fagai", "fagai"), ("site:jiaoyu", "jiaoyu")], NOON, {})
    done = hege("collect", str(folder), "--asset", "fagai", *ALLOW, "--interval", "0")
    assert "采集完成1/1个网站、账号" in done.output


def test_a_disk_that_takes_nothing_is_said(city: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence and exit code 2, no traceback."""
    folder, _ = city

    def full(self: WarcFile) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(WarcFile, "sync", full)
    refused = hege("collect", str(folder), "--asset", "fagai", *ALLOW, "--interval", "0")
    assert refused.exit_code == 2
    assert "采集结果写不进去：[Errno 28] No space left on device；已记录的仍在" in refused.output


def test_nothing_to_collect(city: tuple[Path, dict[str, str]]) -> None:
    """A case of assets without addresses."""
    folder, _ = city
    (folder / "sources.csv").unlink()
    text = (folder / "assets.csv").read_text(encoding="utf-8")
    (folder / "assets.csv").write_text(re.sub(r"https?://[^,\n]*", "", text), encoding="utf-8")
    refused = hege("collect", str(folder))
    assert (refused.exit_code, "没有可采集的网站或账号" in refused.output) == (2, True)


HOSTILE = {
    "/": "known",
    "/drip": "error 3秒内没有打开",
    "/endless": "error 正文超过300000字节，已截断",
    "/big": "error 正文超过300000字节，已截断",
    "/bomb": "error 解压后超过1000000字节，已截断",
    "/torn-gzip": "error 压缩数据不完整",
    "/br": "error 未知的内容编码br",
    "/reset": "error 连接被重置",
    "/reset-body": "error 应答未完，收到",
    "/short": "error 正文比声明的短或格式有误",
    "/loop": "error 重定向到自身",
    "/private": "unknown 10.1.2.3指向非公网地址10.1.2.3",
    "/not-http": "error 应答不是HTTP",
    "/404": "error HTTP 404",
    "/jsl": "blocked 加速乐（521）",
    "/captcha": "blocked 验证码",
    "/lying-gzip": "known",
}


def test_a_run_over_hostile_servers_goes_on_to_the_end(tmp_path: Path) -> None:
    """Every site has its home page as a fact, in the state and with the reason that its server's behaviour deserves."""

    async def run(server: Server, journal: Journal) -> None:
        tasks = [
            VisitSite(site=Site(id=path, url=server.url(path)), words=(), depth=Depth(requests=3)) for path in HOSTILE
        ]
        journal.begin("sites", [(t.name, t.asset) for t in tasks], NOON, {})
        warc = WarcFile.open(tmp_path / "a.warc.gz", NOON)
        async with Client(allowed=LOOPBACK) as client:
            fetcher = NetworkFetcher(client=client, limits=Limits(deadline=3.0, wire=300_000, unpacked=1_000_000))
            collection = Collection(
                fetcher=fetcher, warc=warc, sink=journal, synced=journal.good_until, show=lambda c: None
            )
            await collection.run(tasks, 0)
        warc.close()

    with hostile() as server, closing(Journal(tmp_path / "j.sqlite")) as journal:
        asyncio.run(run(server, journal))
        homes = {f.asset: f"{f.state} {f.reason}".strip() for f in journal.facts() if f.kind == "home"}
        assert journal.progress() == (len(HOSTILE), len(HOSTILE))
        assert journal.notes() == []
    assert {path: said[: len(HOSTILE[path])] for path, said in homes.items()} == HOSTILE


def test_two_collections_of_one_case_do_not_mix(city: tuple[Path, dict[str, str]]) -> None:
    """The second is refused."""
    import fcntl

    folder, _ = city
    with (folder / ".collecting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = hege("collect", str(folder), *ALLOW)
    assert (refused.exit_code, "另一个采集正在进行" in refused.output) == (2, True)


def test_the_line_a_person_watches() -> None:
    """Done, requests, blocked, failed, rate, time left."""
    counts = Counts(done=4, total=16, requests=120, failed=3, blocked=2)
    assert (
        progress_line(counts, 10.0, Language.ZH) == "采集 4/16 · 请求120 · 被拦截2 · 失败3 · 每秒12.0次 · 约剩0分30秒"
    )
    assert (
        progress_line(counts, 10.0, Language.EN)
        == "collecting 4/16 · 120 requests · 2 blocked · 3 failed · 12.0/s · 0:30 left"
    )


def test_the_city_collects_itself(tmp_path: Path) -> None:
    """`make demo`: served, collected and stopped in one command."""
    done = hege("demo-city", "serve", str(tmp_path / "c"), "--collect")
    assert done.exit_code == 0, done.output
    assert "采集完成26/26个网站、账号" in done.output


@pytest.mark.parametrize(("option", "value"), [("--allow", "10.1"), ("--interval", "-1"), ("--robots", "no")])
def test_bad_options(tmp_path: Path, option: str, value: str) -> None:
    """Refused before anything is read."""
    assert hege("collect", str(tmp_path), option, value).exit_code == 2
