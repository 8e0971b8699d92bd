"""Score sheets: the worked portals as their hand check says, caps and gates as the table prints them, what is asked next."""

from __future__ import annotations

import functools
import io
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
import yaml

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.case import Case, PlannedBatch
from hege.engine.facts import asset_table, facts, table
from hege.engine.inspection import inspect
from hege.engine.ranking import ranking
from hege.engine.result import AssetResult, Batch, Inspection, Outcome, Verdict
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Effect, Law
from hege.engine.score import GroupScore, ItemScore, LineScore, Range, Score, next_steps
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.outputs import score_book, score_page, score_table
from hege.outputs.score_sheet import record

from .golden import Golden

EXAMPLES = Path(__file__).parent.parent / "examples"
VOCABULARY = load_vocabulary()
PORTAL = "政府门户网站"


@functools.cache
def inspected(name: str) -> Inspection:
    case = read_case(EXAMPLES / name, VOCABULARY)
    return inspect(case, load_rulebook(case.rules), VOCABULARY, load_working_days())


def judged(day: date, rows: dict[str, list[dict[str, object]]], category: str = PORTAL) -> AssetResult:
    """What the national rulebook says of one website with these facts."""
    asset = {"id": "a", "kind": "site", "name": "甲", "category": category}
    tables = {
        k: table(VOCABULARY.kinds[k], [{"asset": "a", "observed_at": day} | r for r in rs]) for k, rs in rows.items()
    }
    case = Case(
        title="", jurisdiction="", issuer="", rules=(), facts=facts(asset_table([asset]), tables, VOCABULARY),
        batches=(PlannedBatch(name="", kind=AssetKind.SITE, as_of=day),),
    )  # fmt: skip
    return inspect(case, load_rulebook(["cn/2019-19"]), VOCABULARY, load_working_days()).batches[0].assets[0]


def score_of(result: AssetResult) -> Score:
    assert result.score is not None
    return result.score


def portal(id: str) -> tuple[Batch, AssetResult]:
    (batch,) = inspected("portal-scored").batches
    return batch, next(r for r in batch.assets if r.asset.id == id)


# ---- the table as it is printed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "sums", "number"),
    [
        (Effect.DEDUCT, {"发布解读": 31, "办事服务": 25, "互动交流": 23, "功能设计": 21}, 29),
        (Effect.BONUS, {"信息发布": 7, "办事服务": 6, "互动交流": 8, "功能设计": 6, "创新发展": 3}, 10),
    ],
)
def test_caps_sum_up_to_the_groups_of_the_table(effect: Effect, sums: dict[str, int], number: int) -> None:
    """Read from the pack: 31/25/23/21 over 29 items, 7/6/8/6/3 over 10."""
    items = [i for i in load_rulebook(["cn/2019-19"]).indicators if i.effect is effect and i.ends is None]
    found: dict[str, Decimal] = {}
    for item in items:
        found[item.group] = found.get(item.group, Decimal(0)) + item.points
    assert found == sums
    assert len(items) == number


def test_every_line_says_how_well_its_text_is_known_and_quotes_it() -> None:
    """No line of the national tables without a quote."""
    lines = [n for i in load_rulebook(["cn/2019-19"]).indicators for v in i.versions for n in v.lines]
    assert [n.id for n in lines if not n.law.quote or not n.law.document] == []


def test_every_survey_line_asks_a_person_something() -> None:
    """Whatever only a person can see comes with its question and where to look."""
    lines = [
        (i.id, n)
        for i in load_rulebook(["cn/2019-19"]).indicators if i.ends is None
        for v in i.versions for n in v.lines
        if "survey" in str(n.times) or "survey" in str(n.when)
    ]  # fmt: skip
    unasked = [(id, n.id) for id, n in lines if n.ask is None or not n.ask.question or not n.ask.look]
    assert unasked == [("plus.service-themes", "one")]  # the same count as the line before it


# ---- the worked example --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["p1", "p2", "p3", "p4"])
def test_the_worked_portals_are_what_the_hand_check_says(id: str) -> None:
    """Verdict, totals, rank, and every item that is not nothing."""
    said = yaml.safe_load((EXAMPLES / "portal-scored" / "expected.yaml").read_text(encoding="utf-8"))[id]
    batch, result = portal(id)
    score = score_of(result)
    found: dict[str, object] = {
        "verdict": result.verdict.value, "problem": result.problem, "deducted": str(score.deducted),
        "score": str(score.score), "total": str(score.total), "stopped_by": list(score.stopped_by),
        "rank": next(r.rank for r in ranking(batch.assets) if r.result is result),
        "items": {i.indicator: str(i.scored) for i in score.items if i.scored != Range(Fraction(0), Fraction(0))},
        "capped": [i.indicator for i in score.items if i.is_capped],
    }  # fmt: skip
    assert {key: found[key] for key in said} == said
    assert all(i.scored.is_known for i in score.items)


def test_every_item_of_the_tables_is_decided_in_the_worked_example() -> None:
    """29 + 10 items, none not applicable, each with a fact behind it or known to be missing."""
    score = score_of(portal("p1")[1])
    assert len(score.items) == 39
    assert {i.outcome for i in score.items} == {Outcome.PASS, Outcome.FAIL}


def test_every_deduction_of_a_bad_portal_is_at_its_cap() -> None:
    """100 off, and the score alone fails it."""
    result = portal("p2")[1]
    assert all(i.scored == i.cap for i in score_of(result).items if i.effect is Effect.DEDUCT)
    assert [f.indicator for f in result.findings if f.outcome is Outcome.FAIL] == ["score.portal"]


def test_a_veto_stops_scoring() -> None:
    """The sheet is still shown, its finding decides nothing and its text says why."""
    result = portal("p4")[1]
    finding = next(f for f in result.findings if f.indicator == "score.portal")
    assert (finding.outcome, finding.text) == (Outcome.NOT_APPLICABLE, "已单项否决，不再评分")
    assert result.problem == "存在严重表述错误"


# ---- nothing surveyed ----------------------------------------------------------------------------------------------


def test_an_unsurveyed_portal_is_an_interval_with_a_list_of_what_to_do() -> None:
    """24.7 to 99.7 as worked by hand: undetermined; the steps narrow less and less."""
    (batch,) = inspected("portal-unsurveyed").batches
    (result,) = batch.assets
    score = score_of(result)
    assert (str(score.score), str(score.total), str(score.earned)) == ("24.7–99.7", "24.7–129.7", "2–30")
    assert result.verdict is Verdict.UNDETERMINED
    finding = next(f for f in result.findings if f.indicator == "score.portal")
    assert finding.text.startswith("待核：评分在24.7–99.7之间，60分为及格线，取决于survey[事项无办事指南]")
    narrows = [s.narrows for s in next_steps(score)]
    assert narrows[:2] == [8, 8]
    assert narrows == sorted(narrows, key=lambda n: -(n or 0))
    assert {n.id for s in next_steps(score) for _, n in s.lines if s.look_at == "activity"} == {"often", "feedback"}


def open_item(id: str, most: int, effect: Effect = Effect.DEDUCT) -> ItemScore:
    line = LineScore(
        id="l", law=Law(document="d"), points=Fraction(most), scored=Range(Fraction(0), Fraction(most)), applies=True,
        says="", facts=(), arithmetic={}, reasons=(), needs=(id,),
    )  # fmt: skip
    return ItemScore(
        indicator=id, title=id, effect=effect, law=Law(document="d"), cap=Range(Fraction(most), Fraction(most)),
        scored=line.scored, outcome=Outcome.UNKNOWN, lines=(line,), is_capped=False,
    )  # fmt: skip


def test_a_step_that_alone_settles_the_line_is_marked() -> None:
    """55 to 63 with 60 to pass: the item of 5 can settle it either way, that of 3 only for good; together they are 8."""
    items = (open_item("three", 3), open_item("five", 5))
    group = GroupScore(
        title="g", effect=Effect.DEDUCT, points=None, scored=Range(Fraction(0), Fraction(8)), items=items
    )
    low, high = Fraction(55), Fraction(63)
    score = Score(
        indicator="s", title="s", law=Law(document="d"), groups=(group,), deducted=Range(Fraction(37), Fraction(45)),
        earned=Range(Fraction(0), Fraction(0)), base=Fraction(100), fails_below=Fraction(60), bonus_above=Fraction(80),
        score=Range(low, high), total=Range(low, high), factor=Fraction(1), outcome=Outcome.UNKNOWN,
    )  # fmt: skip
    assert [(s.look_at, s.narrows, s.decides) for s in next_steps(score)] == [
        ("five", Fraction(5), True),
        ("three", Fraction(3), False),
    ]


# ---- two tables ----------------------------------------------------------------------------------------------------

STALE_2015: dict[str, list[dict[str, object]]] = {
    "home": [{"newest": date(2016, 1, 1), "items": 5, "nav_only": False}],
}


def test_each_day_is_judged_by_the_table_of_that_day() -> None:
    """2016-03-01 by the table of 2015, 2020-03-01 by that of 2019; what has ended is not among the findings."""
    before = judged(date(2016, 3, 1), STALE_2015)
    after = judged(date(2020, 3, 1), {"home": [{"newest": date(2020, 1, 1), "nav_only": False}]})
    assert [f.indicator for f in before.findings if f.outcome is Outcome.FAIL] == ["2015.home-stale"]
    assert [f.indicator for f in after.findings if f.outcome is Outcome.FAIL] == ["site.home-stale"]
    assert [f.indicator for f in after.findings if f.indicator.startswith("2015.")] == []
    assert {f.outcome for f in before.findings if not f.indicator.startswith("2015.")} == {Outcome.NOT_IN_FORCE}
    assert (score_of(before).indicator, score_of(after).indicator) == ("2015.score", "score.portal")


def test_a_replay_across_the_change_shows_both() -> None:
    """The last day of one table and the first of the other."""
    days = [date(2019, 3, 31), date(2019, 4, 1)]
    found = [
        [f.indicator for f in judged(d, {"home": [{"newest": date(2019, 1, 1), "nav_only": False}]}).findings if f.outcome is Outcome.FAIL]
        for d in days
    ]  # fmt: skip
    assert found == [["2015.home-stale"], ["site.home-stale"]]


def test_the_table_of_2015_vetoes_and_shows_what_it_would_have_deducted_line_by_line() -> None:
    """3% failed home probes, 7 dead inner links, two stale news columns, no interview column, an unanswered message."""
    day = date(2016, 3, 1)
    probes: list[dict[str, object]] = [
        {"part": f"{d}-{n}", "observed_at": date(2016, 3, 1 - d) if d < 1 else date(2016, 2, 30 - d), "outcome": "timeout" if n < 3 else "ok", "seconds": 1.0}
        for d in range(7) for n in range(100)
    ]  # fmt: skip
    result = judged(day, {
        "probe": probes,
        "home": [{"newest": date(2016, 2, 29), "items": 12}],
        "link": [{"part": str(n), "scope": "other", "outcome": "dead"} for n in range(7)],
        "column": [
            {"part": "要闻", "class": "动态要闻", "newest": date(2016, 2, 10), "items": 9},
            {"part": "动态", "class": "动态要闻", "newest": date(2016, 2, 1), "items": 9},
            {"part": "征集", "class": "调查征集", "newest": date(2016, 2, 20), "items": 9},
        ],
        "channel": [{"part": "咨询", "kind": "网上咨询", "works": True}],
        "message": [{"part": "m", "submitted": date(2015, 11, 1), "valid": True}],
        "activity": [{"part": str(n), "class": "调查征集", "started": date(2015, 6, 1)} for n in range(6)],
        "survey": [{"part": p, "answer": "ok"} for p in (
            "虚假伪造或反动暴力色情内容", "基本信息不准确", "调查征集栏目可用", "办事指南要素类别缺失", "办事指南要素不准确",
            "附件未提供", "附件无法下载", "在线系统不能访问",
        )],
    })  # fmt: skip
    score = score_of(result)
    assert (result.verdict, result.problem) == (Verdict.FAIL, "存在超过3个月未回应的有效留言")
    assert score.stopped_by == ("2015.no-reply",)
    lines = {f"{i.indicator}/{n.id}": str(n.scored) for i in score.items for n in i.lines if n.scored.low}
    assert lines == {
        "2015.home-opens/share": "15", "2015.links/other": "0.7", "2015.basics/news": "6", "2015.interviews/idle": "5",
    }  # fmt: skip
    assert (str(score.deducted), score.base, score.total) == ("26.7", None, None)


# ---- ranking -------------------------------------------------------------------------------------------------------


def test_ranks_are_intervals_where_scores_are() -> None:
    """An unsurveyed portal can stand anywhere among those it may be above or below."""
    known = portal("p1")[0].assets
    (unsurveyed,) = inspected("portal-unsurveyed").batches[0].assets
    ranks = {r.result.asset.id: r.rank for r in ranking([*known, unsurveyed])}
    assert ranks == {"p1": "1–2", "p3": "2–3", "p2": "4", "q1": "1–3", "p4": ""}


# ---- renderings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("name", "id"), [("portal-scored", "p1"), ("portal-unsurveyed", "q1")])
def test_a_sheet_on_a_terminal(golden: Golden, name: str, id: str, language: Language) -> None:
    """Every group, item and line, the totals and the next steps."""
    (batch,) = inspected(name).batches
    result = next(r for r in batch.assets if r.asset.id == id)
    golden(f"{name}.score.{language.value}.txt", score_table.sheet(result, score_of(result), language))


def test_a_ranking_on_a_terminal(golden: Golden) -> None:
    (batch,) = inspected("portal-scored").batches
    golden("portal-scored.ranking.zh.txt", score_table.ranking(batch, ranking(batch.assets), Language.ZH))


def test_a_sheet_as_json_is_exact(golden: Golden) -> None:
    """Thirds stay fractions, no limit is null."""
    golden(
        "portal-scored.score.json", json.dumps(record(score_of(portal("p3")[1])), ensure_ascii=False, indent=1) + "\n"
    )


def test_the_page_and_the_workbook_have_every_line() -> None:
    """What the sheet says stands in both, and names from outside become no markup and no formula."""
    (batch,) = inspected("portal-scored").batches
    ranked = ranking(batch.assets)
    page = score_page.to_html("<评分>", ranked)
    assert "<h1>&lt;评分&gt;</h1>" in page
    quotes = {n.law.quote for i in score_of(ranked[0].result).items for n in i.lines}
    assert [q for q in quotes if q not in page and "每缺一项" not in q] == []
    book = openpyxl.load_workbook(io.BytesIO(score_book.to_xlsx("评分", ranked)))
    assert book.sheetnames == ["排名", "甲市人民政府", "国务院某部门", "乙县人民政府", "丙区人民政府"]
    rows = [[c or "" for c in row] for row in book["甲市人民政府"].iter_rows(values_only=True)]
    assert ["总分", "", "99.2", "", "", "", ""] in rows
    assert score_book.to_xlsx("评分", ranked) == score_book.to_xlsx("评分", ranked)
