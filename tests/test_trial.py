"""Indicators on trial: told and recorded beside the others, never counted; and what they would have done."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from hege.collectors.casefolder import read_case
from hege.engine.case import Case, PlannedBatch
from hege.engine.inspection import inspect
from hege.engine.ledger import schema
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.trials import tried
from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook.model import AssetKind, Effect
from hege.engine.rulebook.sources import compiled, sources_of
from hege.engine.trial import Trial, TrialBatch, Tried, Turned, Undecided, tried_on
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli
from tests.golden import Golden
from tests.ledgers import AT, EXAMPLES, feeds, give, new_ledger

DAY = date(2024, 2, 23)
FEEDS = feeds({"a1": date(2024, 2, 22), "a2": date(2024, 2, 15), "a3": date(2024, 1, 2)})
PLAN = Case(
    title="某市检查", jurisdiction="某市", issuer="", rules=(), facts=FEEDS,
    batches=(PlannedBatch(name="", kind=AssetKind.ACCOUNT, as_of=DAY),),
)  # fmt: skip
LAW = "law: {document: 试行方案, clause: 一, quote: 监测时间点前7天内无更新, verified: local-notice}"
WEEK = f"""\
- id: city.week
  title: 一周不更新
  applies_to: {{kind: account}}
  effect: veto
  status: STATUS
  versions:
  - from: 2024-01-01
    {LAW}
    params: {{window: 7d}}
    fail_when: {{not_updated: {{what: feed.newest, within: $window}}}}
    problem: 一周未更新
"""
STALE = """\
- id: city.fortnight
  title: 两周不更新
  applies_to: {kind: account}
  effect: veto
  versions:
  - from: 2024-01-01
    law: {document: 某市检查办法, clause: 一, quote: 监测时间点前2周内无更新, verified: local-notice}
    params: {window: 2w}
    fail_when: {not_updated: {what: feed.newest, within: $window}}
"""
HEAD = """\
schema: indicators/1
pack: city
title: 某市检查指标
conventions: {observation: 7d, law: {document: 某市检查办法, clause: 二, quote: 一周查看一次, verified: local-notice}}
indicators:
"""
ITEM = """\
- id: city.more
  title: 信息提交再扣
  applies_to: {kind: site}
  effect: {deduct: 40}
  group: 互动交流
  status: trial
  versions:
  - from: 2019-04-01
    law: {document: 某市检查办法, clause: 三, quote: 无法提交信息的，扣40分, verified: local-notice}
    lines:
    - id: fails
      points: 40
      when: {compare: {what: "survey[互动信息提交].answer", is: problem}}
"""


def pack(folder: Path, status: str = "trial") -> Path:
    """A city with a veto in force and one of the given status."""
    folder.mkdir()
    (folder / "rules.yaml").write_text(HEAD + STALE + WEEK.replace("STATUS", status), encoding="utf-8")
    return folder


def known() -> Case:
    """Three accounts that were looked at and one that nobody looked at."""
    unseen = FEEDS.assets.head(1).with_columns(id=pl.lit("a4"), name=pl.lit("账号a4"))
    return dataclasses.replace(PLAN, facts=dataclasses.replace(FEEDS, assets=pl.concat([FEEDS.assets, unseen])))


BATCH = TrialBatch(
    name="",
    kind=AssetKind.ACCOUNT,
    as_of=DAY,
    outcomes={Outcome.PASS: 1, Outcome.FAIL: 2, Outcome.UNKNOWN: 1},
    undecided=(Undecided(code="no-fact", assets=("a4",)),),
    turned=(
        Turned(asset="a2", name="账号a2", platform="", old=Verdict.PASS, new=Verdict.FAIL, text="一周未更新"),
    ),
)  # fmt: skip
TRIAL = Trial(indicator="city.week", title="一周不更新", effect=Effect.VETO, batches=(BATCH,))


def test_what_it_would_have_done(tmp_path: Path) -> None:
    """a2 passes and would fail; a3 fails already and does not turn; a4 was not seen."""
    found = tried_on(known(), compiled(sources_of([pack(tmp_path / "city")])), "某市")
    assert found == Tried(inspection="某市", title="某市检查", trials=(TRIAL,))


def test_it_never_counts(tmp_path: Path) -> None:
    """Every verdict and every other word of the inspection is the same with the indicator as with a draft of it."""
    rules = [compiled(sources_of([pack(tmp_path / s, s)])) for s in ("trial", "draft")]
    on_trial, draft = (
        inspect(known(), r.rulebook, r.vocabulary, r.working_days).batches[0].assets for r in rules
    )  # fmt: skip
    told = [[f.outcome.value for f in r.findings if f.indicator == "city.week"] for r in on_trial]
    assert told == [["pass"], ["fail"], ["fail"], ["unknown"]]
    without = [
        dataclasses.replace(r, findings=tuple(f for f in r.findings if f.indicator != "city.week")) for r in on_trial
    ]
    assert tuple(without) == draft


def test_an_item_of_a_score_sheet(tmp_path: Path) -> None:
    """40 more points off turn whoever has that problem and stays above the line; the sheet as it counts has no such item."""
    (tmp_path / "city").mkdir()
    head = "schema: overlay/2\npack: city\ntitle: 某市\non: cn/2019-19\nindicators:\n"
    (tmp_path / "city" / "rules.yaml").write_text(head + ITEM, encoding="utf-8")
    case = read_case(EXAMPLES / "portal-scored", load_vocabulary())
    (trial,) = tried_on(case, compiled(sources_of([tmp_path / "city"])), "门户").trials
    (batch,) = trial.batches
    assert (trial.effect, batch.outcomes) == (Effect.DEDUCT, {Outcome.PASS: 2, Outcome.FAIL: 2})
    assert [(c.asset, c.old, c.new, c.text) for c in batch.turned] == [("p3", Verdict.PASS, Verdict.FAIL, "扣40分")]


def test_inspections_of_a_ledger(tmp_path: Path) -> None:
    """What was on trial is recorded, and held against what was known at each inspection; the newest are asked for last."""
    ledger = new_ledger(str(tmp_path / "city.db"))
    sources = sources_of([pack(tmp_path / "city")])
    give(ledger, known().facts)
    first = inspect_recorded(ledger, PLAN, "某市", None, sources, entered_by="李四", at=AT).stored.id
    give(ledger, feeds({"a4": date(2024, 2, 20)}), 1)
    second = inspect_recorded(ledger, PLAN, "某市", None, sources, entered_by="李四", at=AT).stored.id
    f = schema.findings.c
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(f.inspection, f.asset, f.outcome).where(f.indicator == "city.week"))
        recorded = {(i, a): o for i, a, o in rows}
    assert recorded == {
        (id, asset): outcome
        for id, outcomes in ((first, "pass fail fail unknown"), (second, "pass fail fail pass"))
        for asset, outcome in zip(("a1", "a2", "a3", "a4"), outcomes.split(), strict=True)
    }
    seen = dataclasses.replace(BATCH, outcomes={Outcome.PASS: 2, Outcome.FAIL: 2}, undecided=())
    expected = [
        Tried(inspection=id, title="某市检查", trials=(dataclasses.replace(TRIAL, batches=(b,)),), as_recorded=True)
        for id, b in ((first, BATCH), (second, seen))
    ]
    assert list(tried(ledger, "某市", 12)) == expected
    assert list(tried(ledger, "某市", 1)) == expected[1:]


def test_a_new_pack_on_inspections_it_was_not_in(tmp_path: Path) -> None:
    """By its own rules the inspection had nothing on trial; by others it has, and there is no recorded outcome to compare."""
    ledger = new_ledger(str(tmp_path / "city.db"))
    give(ledger, known().facts)
    draft, trial = (sources_of([pack(tmp_path / s, s)]) for s in ("draft", "trial"))
    id = inspect_recorded(ledger, PLAN, "某市", None, draft, entered_by="李四", at=AT).stored.id
    assert list(tried(ledger, "某市", 12)) == [Tried(inspection=id, title="某市检查", trials=())]
    assert list(tried(ledger, "某市", 12, sources=trial)) == [
        Tried(inspection=id, title="某市检查", trials=(TRIAL,))
    ]  # fmt: skip
    assert list(tried(ledger, "某市", 12, sources=trial, only=["another"])) == [
        Tried(inspection=id, title="某市检查", trials=())
    ]


CASE = {
    "case.yaml": "schema: case/1\ntitle: 某市检查\njurisdiction: 某市\nrules: ./city\nas_of: 2024-02-23\n",
    "assets.csv": "id,kind,name\na1,account,甲\na2,account,乙\na3,account,丙\na4,account,丁\na5,account,戊\n",
    "facts/feed.csv": "asset,observed_at,state,reason,newest\na1,2024-02-23,,,2024-02-22\na2,2024-02-23,,,2024-02-15\n"
    "a3,2024-02-23,,,2024-01-02\na4,2024-02-23,blocked,需要登录,\n",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_told_to_a_reader(language: str, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two case folders, one of which has nothing on trial."""
    monkeypatch.chdir(tmp_path)
    for folder, status in (("one", "trial"), ("two", "draft")):
        for name, text in CASE.items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_text(text, encoding="utf-8")
        pack(Path(folder, "city"), status)
    done = CliRunner().invoke(cli, ["--lang", language, "rules", "trial", "one", "two"])
    assert done.exit_code == 0, done.output
    golden(f"trial.{language}.txt", done.output)
    if language == "en":
        golden("trial.json", CliRunner().invoke(cli, ["rules", "trial", "one", "two", "--format", "json"]).output)


def test_nothing_on_trial(tmp_path: Path) -> None:
    """Said with what to do; exit code 2."""
    case = str(EXAMPLES / "zhuzhou-2022-4")
    done = CliRunner().invoke(cli, ["--lang", "zh", "rules", "trial", case, "-k", "account.stale"])
    assert done.exit_code == 2
    assert "1次检查中没有试行的指标“account.stale”\n    办法: 把指标的status写为trial" in done.output
