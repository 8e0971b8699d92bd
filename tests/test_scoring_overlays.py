"""What a city may do to the score sheet: score its departments too, spread 办事服务 over the other groups, move the line."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.errors import InputError
from hege.engine.inspection import inspect
from hege.engine.result import AssetResult, Outcome
from hege.engine.rulebook.library import load_rulebook
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary

EXAMPLES = Path(__file__).parent.parent / "examples"
HEAD = "schema: overlay/2\npack: city\ntitle: 某市\non: cn/2019-19\n"
LAW = "law: {document: 某市检查办法, clause: 第三条, quote: 部门网站参照执行, verified: verbatim}"
DEPARTMENTS = f"""\
changes:
- indicator: score.portal
  from: 2020-01-01
  direction: tighten
  {LAW}
  params: {{portals: [政府门户网站, 国务院部门门户网站, 部门网站]}}
"""
SPREAD = DEPARTMENTS.replace("部门网站]}", "部门网站], unserved: [国务院部门门户网站, 部门网站]}")


def department(tmp_path: Path, overlay: str) -> AssetResult:
    """p3 of the worked example (no outward service) as a department of the city, under an overlay."""
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "overlay.yaml").write_text(HEAD + overlay, encoding="utf-8")
    vocabulary = load_vocabulary()
    case = read_case(EXAMPLES / "portal-scored", vocabulary)
    assets = case.facts.assets.with_columns(
        pl.when(pl.col("id") == "p3").then(pl.lit("部门网站")).otherwise(pl.col("category")).alias("category")
    )
    case = replace(case, facts=replace(case.facts, assets=assets))
    results = inspect(case, load_rulebook([folder]), vocabulary, load_working_days()).batches[0].assets
    return next(r for r in results if r.asset.id == "p3")


def test_departments_are_not_scored_unless_the_city_says_so(tmp_path: Path) -> None:
    assert department(tmp_path, "").score is None


def test_a_city_that_scores_departments_too(tmp_path: Path) -> None:
    """The whole table: no 概况信息 (−2), 机构职能 capped at 2, 动态要闻 5, 办事统计 2, 信息提交 7."""
    score = department(tmp_path, DEPARTMENTS).score
    assert score is not None
    assert {i.indicator: str(i.scored) for i in score.items if i.scored.low and i.effect.value == "deduct"} == {
        "publish.overview": "2", "publish.institution": "2", "publish.news": "5", "service.statistics": "2", "interact.submit": "7",
    }  # fmt: skip
    assert (str(score.score), score.factor) == ("82", Fraction(1))


def test_a_city_that_spreads_services_over_the_other_groups(tmp_path: Path) -> None:
    """办事服务 is left out of the department's sheet: (75 − 16) × 4/3, exact, printed half up."""
    score = department(tmp_path, SPREAD).score
    assert score is not None
    assert score.score is not None
    assert (score.score.low * 3, str(score.score)) == (Fraction(236), "78.67")
    assert {
        i.outcome for g in score.groups for i in g.items if g.title == "办事服务" and g.effect.value == "deduct"
    } == {Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(("line", "outcome"), [(82, Outcome.PASS), ("82.01", Outcome.FAIL)])
def test_a_city_moves_the_line(tmp_path: Path, line: object, outcome: Outcome) -> None:
    """A higher line is a tightening; 82 reaches 82 and misses 82.01."""
    result = department(tmp_path, DEPARTMENTS.replace("部门网站]}", f"部门网站], pass: {line}}}"))
    assert next(f.outcome for f in result.findings if f.indicator == "score.portal") is outcome


def test_a_higher_line_is_no_loosening(tmp_path: Path) -> None:
    overlay = f"changes:\n- indicator: score.portal\n  from: 2020-01-01\n  direction: loosen\n  {LAW}\n  params: {{pass: 70}}\n"
    with pytest.raises(InputError) as refused:
        department(tmp_path, overlay)
    (problem,) = refused.value.problems
    assert "“pass”从60改为70是收紧，这里写的是放宽" in problem.shown(Language.ZH)


def test_a_local_item_needs_its_points_on_the_sheet(tmp_path: Path) -> None:
    """An item added to a group makes it sum up to more than the sheet prints."""
    overlay = f"""\
indicators:
- id: city.more
  title: 适老化
  applies_to: {{kind: site}}
  effect: {{deduct: 2}}
  group: 功能设计
  versions:
  - from: 2019-04-01
    {LAW}
    lines: [{{id: l, quote: 未完成的，扣2分, points: 2, when: {{compare: {{what: "survey[适老化].answer", is: problem}}}}}}]
"""
    with pytest.raises(InputError) as refused:
        department(tmp_path, overlay)
    assert [p.code for p in refused.value.problems] == ["group-sum"]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("points: 2, when", "points: 0.005, when", "wrong-value"),
        ("points: 2, when", "points: 2, times: home.items, when", "one-count"),
        ("points: 2, when", "points: 3, when", "points-against-quote"),
        ("group: 创新", "group: 创意", "unknown-word"),
        ("  group: 创新\n", "", "no-group"),
        ("id: l, quote", "id: l, kote", "unknown-word"),
    ],
)
def test_slips_in_an_item_are_told(tmp_path: Path, before: str, after: str, code: str) -> None:
    """Points, counting, group and keys."""
    from hege.engine.rulebook.lint import lint

    text = f"""\
schema: indicators/1
pack: base
title: 基础
conventions: {{observation: 7d, {LAW}}}
indicators:
- id: more
  title: 适老化
  applies_to: {{kind: site}}
  effect: {{deduct: 2}}
  group: 创新
  versions:
  - from: 2019-04-01
    {LAW}
    lines: [{{id: l, quote: 未完成的，扣2分, points: 2, when: {{compare: {{what: home.items, less_than: 1}}}}}}]
- id: sheet
  title: 评分
  applies_to: {{kind: site}}
  effect: score
  versions: [{{from: 2019-04-01, {LAW}, sheet: {{base: 100, deduct: [创新], fails_below: 60}}}}]
"""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "indicators.yaml").write_text(text, encoding="utf-8")
    assert [p.code for p in lint([folder])] == []
    (folder / "indicators.yaml").write_text(text.replace(before, after), encoding="utf-8")
    assert code in [p.code for p in lint([folder])]
