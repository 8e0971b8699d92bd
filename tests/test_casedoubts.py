"""Slips that only show where facts and rules meet: told on standard error, and the inspection goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hege.service.cli import cli

FILES = {
    "case.yaml": "schema: case/1\ntitle: t\nrules: ./city\nas_of: 2024-02-23\n",
    "city/rules.yaml": "schema: overlay/2\npack: city\ntitle: 某市\non: cn/2019-19\nwaivers:\n"
    "- {id: w-1, asset: a9, indicator: account.stale, from: 2024-02-01, until: 2024-03-01, reason: 改版, approved_by: 市办}\n"
    "- {id: w-2, asset: a8, indicator: account.stale, from: 2023-02-01, until: 2023-03-01, reason: 改版, approved_by: 市办}\n"
    "- {id: w-3, asset: s1, indicator: site.home-stale, from: 2024-02-01, until: 2024-03-01, reason: 改版, approved_by: 市办}\n"
    "- {id: w-4, asset: a2, indicator: account.stale, from: 2024-02-01, until: 2024-03-01, reason: 改版, approved_by: 市办}\n",
    "assets.csv": "id,kind,name\na1,account,甲\na2,account,乙\n",
    "facts/survey.csv": "asset,part,observed_at,answer\na1,购买粉丝强制点赞,2024-02-23,ok\na1,购买粉丝强制点攒,2024-02-23,ok\n"
    "a2,购买粉丝强制点攒,2024-02-23,ok\n",
    "facts/feed.csv": "asset,observed_at,newest\na1,2024-02-23,2024-02-23\na2,2024-02-23,2024-03-22\n",
}


def test_doubts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, with its place and the nearest word; what lies outside the case's days and kinds is no slip."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path("case", name).parent.mkdir(parents=True, exist_ok=True)
        Path("case", name).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["--lang", "zh", "inspect", "case"])
    assert done.exit_code == 0, done.output
    assert done.stderr.replace(f"{tmp_path}/", "").splitlines() == [
        "case/facts/survey.csv:3: 提醒[unasked-item]: 没有指标用到检查项“购买粉丝强制点攒”，这个结论不起作用",
        "    办法: 是否想写“购买粉丝强制点赞”？",
        "case/city/rules.yaml:6:3: 提醒[waiver-of-nobody]: 豁免w-1针对的资产“a9”不在案例里",
        "    - {id: w-1, asset: a9, indicator: account.stale, from: 2024-02-01, until: 2024-03-01, reason: 改版, approved_by: 市办}",
        "      ^",
        "    办法: 是否想写“a2”？",
        "case/facts/feed.csv:3: 提醒[future-date]: “最新更新日期”2024-03-22晚于观测日，相关指标只能待核",
        "    办法: 核对日期和观测时间",
    ]


def test_nothing_doubtful_says_nothing(tmp_path: Path) -> None:
    """And an answer is no slip where any item is looked at."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    any_item = (
        "schema: overlay/2\npack: city\ntitle: 某市\non: cn/2019-19\nindicators:\n- id: city.any\n  title: 任何问题\n"
        "  applies_to: {kind: account}\n  effect: remark\n  versions:\n  - from: 2024-01-01\n"
        "    law: {document: 某市检查办法, note: 无}\n"
        "    fail_when: {present: {each: survey, where: {answer: problem}}}\n"
    )
    (tmp_path / "city/rules.yaml").write_text(any_item, encoding="utf-8")
    (tmp_path / "facts/feed.csv").write_text("asset,observed_at,newest\na1,2024-02-23,2024-02-23\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["--lang", "zh", "inspect", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (0, "")
