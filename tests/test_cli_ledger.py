"""The commands on a ledger, as a person types them: what they say, in which language, with which exit code."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from hege.engine.rulebook.library import shipped_rules
from hege.service.cli import cli
from tests.golden import Golden
from tests.ledgers import EXAMPLES

ZHUZHOU = str(EXAMPLES / "zhuzhou-2022-4")
Run = Callable[..., Result]

CASE = {
    "case.yaml": "schema: case/1\ntitle: 某县检查\njurisdiction: 某县\nrules: cn/2019-19\nas_of: 2024-02-23\n",
    "assets.csv": "id,kind,name\na1,account,某县发布\na2,account,某县文旅\n",
    "facts/feed.csv": "asset,observed_at,newest\na1,2024-02-23,2024-02-20\na2,2024-02-23,2024-01-02\n",
}


def case(folder: Path, **changed: str) -> str:
    for name, text in (CASE | changed).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return str(folder)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs commands on a ledger of their own."""
    environment = {
        "HEGE_LANG": "en",
        "HEGE_LEDGER": str(tmp_path / "city.db"),
        "HEGE_BY": "Zhang San",
        "HEGE_KEY": None,
    }

    def command(*arguments: str, code: int = 0, lang: str = "en") -> Result:
        done = CliRunner().invoke(cli, list(arguments), env=environment | {"HEGE_LANG": lang})
        assert done.exit_code == code, done.output
        return done

    return command


@pytest.fixture
def made(run: Run, tmp_path: Path) -> Run:
    """The same, with a ledger in which a small case was inspected and signed."""
    run("ledger", "init")
    run("inspect", case(tmp_path / "case"), "--ledger")
    run("ledger", "checkpoint")
    return run


def test_a_ledger_from_init_to_audit(run: Run, tmp_path: Path) -> None:
    """The steps of docs/ledger.md: made, inspected on, signed, replayed, verified, bundled, checked elsewhere."""
    key = re.search(r"public key   (\S+)", run("ledger", "init").output)
    assert key is not None
    done = run("inspect", ZHUZHOU, "--ledger", "--format", "json")
    assert re.search(r"recorded: inspection \w{12}, on 2 batches, as batch 2", done.stderr)
    assert json.loads(done.stdout)["title"].startswith("株洲市")
    checkpoint = tmp_path / "a.checkpoint"
    checkpoint.write_text(run("ledger", "checkpoint").stdout, encoding="utf-8")
    assert "the same bytes" in run("replay", "last").output
    assert "3 batches with" in run("ledger", "verify", "--checkpoint", str(checkpoint), "--public-key", key[1]).output
    bundle = tmp_path / "2022-4.hege"
    run("audit", "bundle", "last", str(bundle))
    done = run("audit", "verify", str(bundle), "--public-key", key[1], "--checkpoint", str(checkpoint))
    assert "which was given" in done.output and "the same bytes" in done.output
    assert "the two bundles say the same" in run("audit", "diff", str(bundle), str(bundle)).output


def test_inspecting_on_the_ledger_prints_what_inspecting_prints(made: Run, tmp_path: Path) -> None:
    """The same document; the second time it is not recorded again."""
    plain = made("inspect", case(tmp_path / "case"), "--format", "json").stdout
    again = made("inspect", case(tmp_path / "case"), "--ledger", "--format", "json")
    assert again.stdout == plain
    assert "recorded: inspection" in again.stderr  # more is known: the first inspection itself was recorded since


def test_a_register_is_inspected_by_its_name(made: Run) -> None:
    """With rules and a day; without them, or with another name, it is refused."""
    done = made("inspect", "某县", "--ledger", "--rules", "cn/2019-19", "--as-of", "2024-02-23", "--format", "csv")
    assert "某县文旅" in done.stdout
    assert "no-plan" in made("inspect", "某县", "--ledger", code=2).stderr
    assert "no-register" in made("inspect", "某省", "--ledger", code=2).stderr


def test_a_recorded_inspection_is_told_of_as_the_case_was(made: Run, tmp_path: Path) -> None:
    """Notice, orders and explanation of an inspection on record are those of its case folder."""
    folder = case(tmp_path / "case")
    assert made("notice", "last", "--ledger").stdout == made("notice", folder).stdout
    for form in ("text", "json"):
        recorded = made("explain", "last", "a2", "--ledger", "--format", form).stdout
        assert recorded == made("explain", folder, "a2", "--format", form).stdout
    assert json.loads(recorded)[0]["turning"]["verdict"] == "undetermined"
    places = {}
    for name, given in (("of-record", ["last", "--ledger"]), ("of-case", [folder])):
        made("notice", "rectify", *given, "--due", "2024-03-10", "--format", "md", "--out", str(tmp_path / name))
        places[name] = {f.name: f.read_text(encoding="utf-8") for f in (tmp_path / name).iterdir()}
    assert places["of-record"] == places["of-case"] != {}


def test_of_a_recorded_inspection_only_what_is_on_record_is_told(made: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another day or other rules are refused; so is one that does not come out as it was recorded, but not its other assets."""
    assert "error[as-recorded]" in made("notice", "last", "--ledger", "--as-of", "2024-02-24", code=2).stderr
    assert "error[as-recorded]" in made("explain", "last", "a1", "--ledger", "--rules", "cn/2019-19", code=2).stderr
    assert "error[unknown-asset]" in made("explain", "last", "a3", "--ledger", code=2).stderr
    monkeypatch.setattr(
        "hege.engine.inspection._joined", lambda presentation, told: "".join(f.text + "！" for f in told)
    )
    refused = made("notice", "last", "--ledger", code=2).stderr
    assert "error[otherwise]: made again it differs from what was recorded in 1 places" in refused
    assert "某县文旅" not in made("explain", "last", "a1", "--ledger").stdout
    assert "error[otherwise]" in made("explain", "last", "a2", "--ledger", code=2).stderr


def test_what_status_shows(made: Run) -> None:
    """Batches, how far it is signed, registers, counts."""
    text = made("ledger", "status").output
    assert "batches      3" in text and "up to 3 batches, 0 after that are not" in text
    assert "registers    某县" in text and "facts 2  assets 2" in text
    assert "名册　　　　某县" in made("ledger", "status", lang="zh").output


def test_importing_twice_and_correcting(made: Run, tmp_path: Path) -> None:
    """Known facts are counted; a contradiction names file and line; a correction shows in the history."""
    assert (
        "0 assets and 0 facts recorded (0 corrections), 2 known"
        in made("facts", "import", case(tmp_path / "case")).output
    )
    other = case(tmp_path / "other", **{"facts/feed.csv": "asset,observed_at,newest\na2,2024-02-23,2024-02-22\n"})
    refused = made("facts", "import", other, code=2).stderr
    assert "other/facts/feed.csv:2: error[contradiction]" in refused and "nothing was done" in refused
    assert "1 corrections" in made("facts", "import", other, "--correct", "read the wrong page").output
    history = made("facts", "history", "a2", "--kind", "feed").output.splitlines()
    assert "corrected by #" in history[1] and "read the wrong page" in history[2] and "Zhang San" in history[2]
    assert "更正#" in made("facts", "history", "a2", lang="zh").output


def test_what_could_be_known_then(made: Run, tmp_path: Path) -> None:
    """A number of batches, a day, a time; what is none of them is refused."""
    other = case(tmp_path / "other", **{"facts/feed.csv": "asset,observed_at,newest\na2,2024-02-23,2024-02-22\n"})
    made("facts", "import", other, "--correct", "again")
    assert "known-at changed: 2 places" in made("replay", "last", "--known-at", "4").output
    assert "the same bytes" in made("replay", "last", "--known-at", "2").output
    assert "known-at changed" in made("replay", "last", "--known-at", "2999-01-01").output
    assert "known-at changed" in made("replay", "last", "--known-at", "1999-01-01T10:00").output
    assert "no number of batches, day or time" in made("replay", "last", "--known-at", "soon", code=2).stderr
    assert "no-such-size" in made("replay", "last", "--known-at", "99", code=2).stderr


def test_replay_as_json_and_bytes(made: Run) -> None:
    """A document for machines, and the bytes whose digest is recorded."""
    document = json.loads(made("replay", "last", "--format", "json").stdout)
    raw = made("replay", "last", "--format", "bytes").stdout_bytes
    assert document["same"] is True
    assert document["recorded"]["result"] == hashlib.sha256(raw).hexdigest()
    other = json.loads(made("replay", "last", "--as-of", "2024-01-10", "--format", "json").stdout)
    assert (other["changed"], other["same"]) == (["as-of"], False)
    assert {d["asset"] for d in other["differences"]} == {"a1", "a2"}


def test_replay_by_another_version(made: Run, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which findings differ, with both texts; that the program is why; what differs in form only is counted."""
    import dataclasses

    from hege.engine.inspection import inspect
    from hege.engine.ledger import inspections, replay
    from hege.engine.result import Inspection, Outcome

    def otherwise(*arguments: object) -> Inspection:
        found = inspect(*arguments)  # type: ignore[arg-type]
        (batch,) = [b for b in found.batches if b.assets]
        first, second = batch.assets
        one, two, three, *others = first.findings
        findings = (
            dataclasses.replace(one, outcome=Outcome.FAIL, text="新的判法"), dataclasses.replace(two, text="新的说法"),
            dataclasses.replace(three, version=None), *others,
        )  # fmt: skip
        assets = (dataclasses.replace(first, findings=findings), second)
        changed = dataclasses.replace(batch, assets=assets)
        return dataclasses.replace(found, batches=tuple(changed if b is batch else b for b in found.batches))

    recorded = made("replay", "last", "--format", "json").stdout
    monkeypatch.setattr(inspections, "inspect", otherwise)
    assert "differs though nothing should: 3 places" in made("replay", "last", code=1).output
    monkeypatch.setattr(replay, "__version__", "9.9")
    then = json.loads(recorded)["recorded"]["engine"]
    told = [made("replay", "last", code=1, lang=lang).output.splitlines()[3:] for lang in ("zh", "en")]
    golden("replay-by-another-version.txt", "\n".join([*told[0], "", *told[1], ""]).replace(then, "THEN"))


def test_facts_shown_proven_and_exported(made: Run, tmp_path: Path) -> None:
    """An id from explain; a proof checked with the public key; files typed by the vocabulary."""
    id = re.findall(r"#(\w{16})", made("facts", "history", "a1", "--kind", "feed").output)[0]
    proof = tmp_path / "a1.tlog-proof"
    shown = made("facts", "show", id[:8], "--proof", str(proof)).output
    assert "newest=2024-02-20" in shown and "case/facts/feed.csv:2" in shown and str(tmp_path) not in shown
    key = re.search(r"public key   (\S+)", made("ledger", "status").output)
    assert key is not None
    assert made("audit", "verify", str(proof), "--public-key", key[1]).output.startswith("holds: 某县 a1 feed")
    assert "no-key" in made("audit", "verify", str(proof), code=2).stderr
    proof.write_text(proof.read_text(encoding="utf-8").replace("index 1", "index 0"), encoding="utf-8")
    assert "bad-proof" in made("audit", "verify", str(proof), "--public-key", key[1], code=2).stderr
    assert "2 assets, 2 facts" in made("facts", "export", str(tmp_path / "out")).output
    feed = pl.read_parquet(tmp_path / "out" / "facts" / "feed.parquet")
    assert feed["newest"].dtype == pl.Date and feed.height == 2
    made("facts", "export", str(tmp_path / "csv"), "--format", "csv", "--month", "2024-02")
    assert (
        (tmp_path / "csv" / "facts" / "feed.csv").read_text(encoding="utf-8-sig").startswith("asset,part,observed_at")
    )
    assert "2 assets, 0 facts" in made("facts", "export", str(tmp_path / "none"), "--month", "2024-03").output


def test_reviews_and_waivers(made: Run, tmp_path: Path) -> None:
    """An undetermined account is decided by a person; a waiver counts for the next inspection, not for the last."""
    paper = tmp_path / "letter.pdf"
    paper.write_bytes(b"%PDF")
    done = made("review", "last", "a1", "--decision", "pass", "--reason", "seen", "--attachment", str(paper))
    assert "a1 reviewed as pass" in done.output
    span = ("--from", "2024-02-01", "--until", "2024-03-01", "--reason", "reform", "--approved-by", "office")
    assert "a2 of 某县 is exempt from account.stale" in made("waive", "a2", "account.stale", *span).output
    assert "did you mean “account.stale”" in made("waive", "a2", "account.stall", *span, code=2).stderr
    assert "the same bytes" in made("replay", "last").output
    assert "exempt" in made("inspect", case(tmp_path / "case"), "--ledger", "--format", "json").output
    assert (
        "unreadable"
        in made("review", "last", "a1", "--decision", "pass", "--reason", "x", "--attachment", "none", code=2).stderr
    )


def collected(folder: Path) -> str:
    """A case with one page that was collected, and a fact that quotes it."""
    from hege.collectors.evidence.warc import WarcFile
    from hege.collectors.export import export
    from hege.collectors.journal import Journal
    from hege.collectors.observation import Observation
    from hege.collectors.recording import Finished, Kept, Sourced
    from hege.engine.vocabulary import load_vocabulary
    from tests.test_evidence import AT, capture, exchange

    case(folder)
    taken = capture(exchange("http://a1.test/list", "联系人身份证11010119900101001X".encode() * 9))
    warc = WarcFile.open(folder / "warc" / "run-0001.warc.gz", AT)
    place = warc.add(taken)
    seen = Observation(kind="wording", part="1", fields={"severity": "privacy"}, quote="身份证11010119900101001X")
    fact = Sourced(observation=seen, observed_at=AT, asset="a1", record=place.record, url=taken.url)
    journal = Journal(folder / "collection.sqlite")
    journal.begin("sites", [("a1", "a1")], AT, {})
    journal.good_until("run-0001.warc.gz", warc.sync())
    kept = Kept(capture=taken, place=place, purpose="home")
    journal.record(Finished(task="a1", asset="a1", captures=(kept,), facts=(fact,)))
    journal.seal("run-0001.warc.gz", warc.close())
    export(journal, folder, load_vocabulary())
    journal.close()
    return str(folder)


def test_kept_pages_recorded_checked_and_removed_on_order(made: Run, tmp_path: Path) -> None:
    """A page removed on order is gone with what was quoted of it; the ledger verifies as before, and nothing is missing."""
    folder = tmp_path / "collected"
    there = collected(folder)
    assert "某县: 2 kept bodies recorded, 0 known; batch 3" in made("evidence", "record", there).output
    assert "某县：新记留存内容0件，已有2件" in made("evidence", "record", there, lang="zh").output
    assert (
        "2 kept bodies in the ledger, 0 removed on order, 0 not as recorded" in made("evidence", "check", there).output
    )
    held = tmp_path / "held"
    held.write_text(made("ledger", "checkpoint").stdout, encoding="utf-8")
    fact, *_ = (folder / "evidence.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    order = ("--ordered-by", "office", "--reason", "personal data")
    assert "1 kept bodies removed" in made("evidence", "remove", there, fact, *order).output
    assert "the order was recorded before" in made("evidence", "remove", there, "http://a1.test/list", *order).output
    assert "1 removed on order, 0 not as recorded" in made("evidence", "check", there).output
    assert "11010119900101001X" not in (folder / "evidence.csv").read_text(encoding="utf-8")
    assert "2 held checkpoints agree" in made("ledger", "verify", "--checkpoint", str(held)).output
    assert "nothing-kept" in made("evidence", "remove", there, "http://elsewhere.test/", *order, code=2).stderr


def test_pages_that_were_changed_or_lost_are_named(made: Run, tmp_path: Path) -> None:
    """Each with its record, asset and place, and exit code 2; of a case that is not in the ledger nothing is asked."""
    import gzip

    folder = tmp_path / "collected"
    there = collected(folder)
    made("evidence", "record", there)
    file = folder / "warc" / "run-0001.warc.gz"
    whole = file.read_bytes()
    file.write_bytes(gzip.compress(gzip.decompress(whole).replace("联系人".encode(), "负责人".encode())))
    refused = made("evidence", "check", there, code=2)
    assert "a1 http://a1.test/list (warc/run-0001.warc.gz <urn:uuid:" in refused.stderr
    file.unlink()
    assert made("evidence", "check", there, code=2, lang="zh").stderr.count("不在留存文件里") == 2
    assert "2 not as recorded" in made("evidence", "check", there, code=2).stderr
    assert "0 kept bodies" in made("evidence", "check", there, "--register", "另一县").output


def test_the_same_page_kept_with_two_cases(made: Run, tmp_path: Path) -> None:
    """Removing it from one says that it is to be removed from the other too."""
    one, other = collected(tmp_path / "one"), collected(tmp_path / "other")
    for there in (one, other):
        made("evidence", "record", there)
    assert "4 kept bodies in the ledger, 0 removed" in made("evidence", "check", one, other).output
    order = ("http://a1.test/list", "--ordered-by", "office", "--reason", "personal data")
    assert "kept with another case" in made("evidence", "remove", one, *order).stderr
    assert made("evidence", "remove", other, *order).exit_code == 0
    assert "2 removed on order, 0 not as recorded" in made("evidence", "check", one, other).output


def test_a_published_notice_is_recorded_once(made: Run, tmp_path: Path) -> None:
    """With its digest; the title is the inspection's unless another is given."""
    file = tmp_path / "notice.docx"
    file.write_bytes(b"PK")
    done = made("notice", "record", "last", str(file), "--date", "2024-03-01").output
    assert "recorded: the notice of inspection" in done and f"{hashlib.sha256(b'PK').hexdigest()}, batch 3" in done
    assert "was recorded before" in made("notice", "record", "last", str(file), "--date", "2024-03-01").output
    assert "此前已记录" in made("notice", "record", "last", str(file), "--date", "2024-03-01", lang="zh").output
    assert "unreadable" in made("notice", "record", "last", "none.docx", "--date", "2024-03-01", code=2).stderr
    bundle = str(tmp_path / "b.hege")
    assert "not-signed" in made("audit", "bundle", "last", bundle, code=2).stderr
    made("ledger", "checkpoint")
    made("audit", "bundle", "last", bundle)
    assert "the same bytes" in made("audit", "verify", bundle).output


def test_impact_of_other_rules(made: Run, tmp_path: Path) -> None:
    """On a folder, on a register, over a series, against a recorded rulebook; the guard has its exit code."""
    rules = tmp_path / "pack"
    rules.mkdir()
    (rules / "a.yaml").write_text(
        "schema: overlay/2\npack: cn/x\ntitle: 某县\non: cn/2019-19\nchanges:\n- indicator: account.stale\n"
        "  from: 2024-01-01\n  direction: loosen\n  params: {window: 90d}\n"
        "  law: {document: 某文, clause: 一, quote: 90天, verified: local-notice}\n",
        encoding="utf-8",
    )
    folder, new = case(tmp_path / "case"), ("--rules", str(rules))
    text = made("impact", folder, *new).output
    assert "fail → undetermined  1" in text and "account.stale" in text and "a2  某县文旅" in text
    digest = json.loads(made("impact", "某县", *new, "--format", "json").stdout)
    assert [b["flipped"] for b in digest["batches"]] == [0, 1]
    assert "more than 49.0%" in made("impact", folder, *new, "--max-flips", "49%", code=1).stderr
    made("impact", folder, *new, "--max-flips", "50%", "--against", digest["old"][:10])
    series = made(
        "impact", folder, *new, "--from", "2024-02-23", "--to", "2024-03-08", "--every", "2w", lang="zh"
    ).output
    assert series.count("监测时间点2024-03-08") == 2 and "不合格 → 待核  1" in series
    for wrong in (
        ["--from", "2024-01-01"],
        ["--from", "2024-02-02", "--to", "2024-01-01"],
        ["--max-flips", "5"],
        ["--every", "x"],
    ):
        made("impact", folder, *new, *wrong, code=2)
    assert "no-register" in made("impact", "某省", *new, code=2).stderr


def test_publishing_is_refused_or_forced(made: Run, tmp_path: Path) -> None:
    """Exit code 1 with the reason; forced, it is recorded."""
    assert "published, batch" in made("rules", "publish", "cn/2019-19", "--why", "first").output
    copy = tmp_path / "bare"
    copy.mkdir()
    text = (shipped_rules() / "cn" / "2019-19" / "indicators.yaml").read_text(encoding="utf-8")
    before, after = text.split("- id: account.stale\n")
    text = f"{before}- id: account.stale\n{after.replace('window: 2w', 'window: 99d', 1)}"
    (copy / "indicators.yaml").write_text(text, encoding="utf-8")
    refused = made("rules", "publish", str(copy), "--why", "looser", "--max-flips", "10%", code=1)
    assert (
        "coverage falls" in refused.stderr and "more than 10.0%" in refused.stderr and "not published" in refused.stderr
    )
    assert (
        "未发布" in made("rules", "publish", str(copy), "--why", "放宽", "--max-flips", "10%", code=1, lang="zh").stderr
    )
    forced = made("rules", "publish", str(copy), "--why", "x", "--force", "ordered").output
    assert "published all the same, batch 4; the reason is recorded: ordered" in forced


def test_backup_restore_and_a_new_key(made: Run, tmp_path: Path) -> None:
    """A copy restores to the same root; the changed key signs; init on a ledger says that nothing is to be done."""
    root = re.search(r"root (\w{64})", made("ledger", "verify").output)
    assert root is not None
    made("ledger", "backup", str(tmp_path / "b.db"))
    assert root[1] in made("ledger", "restore", str(tmp_path / "b.db"), "--ledger", str(tmp_path / "c.db")).output
    new = str(tmp_path / "new.key")
    assert "hege/city\n4\n" in made("ledger", "checkpoint", "--new-key", new, "--reason", "moved").output
    assert "foreign-key" in made("ledger", "checkpoint", code=2).stderr
    made("ledger", "checkpoint", "--key", new)
    assert "nothing to do" in made("ledger", "init").output


def test_a_tampered_ledger_and_bundle_have_exit_code_two(made: Run, tmp_path: Path) -> None:
    """What and where, on standard error, in either language."""
    import sqlite3

    bundle = tmp_path / "b.hege"
    made("audit", "bundle", "last", str(bundle))
    bundle.write_bytes(bundle.read_bytes()[:-100])
    assert "not-a-bundle" in made("audit", "verify", str(bundle), code=2).stderr
    with sqlite3.connect(tmp_path / "city.db") as connection:
        connection.execute("DROP TRIGGER facts_no_update")
        connection.execute("UPDATE facts SET fields = '{}'")
    assert "facts 3: fault[fact-changed]" in made("ledger", "verify", code=2).stderr
    assert "facts 3: 不符[fact-changed]：" in made("ledger", "verify", code=2, lang="zh").stderr.replace("]: ", "]：")
    made("audit", "bundle", "last", str(bundle))
    assert "it was not run again" in made("audit", "verify", str(bundle), code=2).stderr


def test_without_a_ledger(run: Run, tmp_path: Path) -> None:
    """No name, no file, no ledger in it."""
    assert "no-ledger" in run("ledger", "status", code=2).stderr
    done = CliRunner().invoke(cli, ["ledger", "status"], env={"HEGE_LANG": "zh", "HEGE_LEDGER": None})
    assert done.exit_code == 2 and "没有指明台账" in done.stderr
    assert "which-register" in _two_registers(run, tmp_path)("facts", "history", "a1", code=2).stderr


def _two_registers(run: Run, tmp_path: Path) -> Run:
    run("ledger", "init")
    for name in ("甲", "乙"):
        run("facts", "import", case(tmp_path / "case"), "--register", name)
    return run


def test_a_bundle_needs_neither_checkout_nor_ledger(made: Run, tmp_path: Path) -> None:
    """In another process without the ledger's name, from another folder, after the ledger is gone."""
    bundle = tmp_path / "elsewhere" / "b.hege"
    made("audit", "bundle", "last", str(bundle))
    for file in tmp_path.glob("city.db*"):
        file.unlink()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEGE_")} | {"HEGE_LANG": "en"}
    done = subprocess.run(
        [sys.executable, "-m", "hege.service", "audit", "verify", "b.hege"],
        cwd=bundle.parent, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, "the same bytes" in done.stdout) == (0, True)
