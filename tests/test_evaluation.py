"""What single checks say of single facts: bounds, unknowns, windows, periods, waivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from hege.engine.calendar import load_working_days
from hege.engine.errors import Place
from hege.engine.evaluation import evaluate
from hege.engine.facts import asset_table, facts, table
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Rulebook, Waiver
from hege.engine.vocabulary import load_vocabulary

DAY = date(2023, 7, 30)
Rows = Sequence[Mapping[str, object]]


def rulebook(folder: Path, fail_when: str, kind: str = "account", more: str = "") -> Rulebook:
    """A rulebook of one indicator."""
    text = f"""\
schema: indicators/1
pack: test
title: test
conventions: {{observation: 7d, law: {{document: d}}}}
indicators:
- id: x
  title: x
  applies_to: {{kind: {kind}}}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {{document: d, quote: q}}
    fail_when: {fail_when}
{more}"""
    (folder / "indicators.yaml").write_text(text, encoding="utf-8")
    return load_rulebook([folder])


def outcome(book: Rulebook, given: Mapping[str, Rows], kind: AssetKind = AssetKind.ACCOUNT, day: date = DAY) -> str:
    """What indicator x says of asset a."""
    vocabulary = load_vocabulary()
    tables = {
        name: table(vocabulary.kinds[name], [{"asset": "a", "observed_at": day, **row} for row in rows])
        for name, rows in given.items()
    }
    assets = asset_table([{"id": "a", "kind": kind.value}])
    rows = evaluate(book, facts(assets, tables, vocabulary), kind, day, vocabulary, load_working_days())
    (row,) = rows.filter(rows["indicator"] == "x").iter_rows(named=True)
    return str(row["outcome"])


def weeks(newest: Mapping[int, str]) -> Rows:
    """Sunday observations of July 2023: day of the month -> newest date, or blocked."""
    return [
        {"observed_at": date(2023, 7, day), "state": "blocked"}
        if seen == "blocked"
        else {"observed_at": date(2023, 7, day), "newest": date.fromisoformat(seen)}
        for day, seen in newest.items()
    ]


THREE_IN_A_ROW = (
    "{periods: {every: week, within: month, that: {not_updated: {what: feed.newest, within: 7d}}, in_a_row: 3%s}}"
)


@pytest.mark.parametrize(
    ("newest", "mode", "said"),
    [
        ({2: "2023-07-02", 9: "2023-07-02", 16: "2023-07-02", 23: "2023-07-02", 30: "2023-07-30"}, "", "fail"),
        ({2: "2023-07-02", 9: "2023-07-02", 16: "2023-07-02", 23: "2023-07-23", 30: "2023-07-30"}, "", "pass"),
        ({2: "2023-07-02", 9: "2023-07-02", 16: "blocked", 23: "2023-07-02", 30: "2023-07-30"}, "", "unknown"),
        ({2: "2023-07-02", 9: "2023-07-02", 16: "blocked", 23: "2023-07-02", 30: "2023-07-02"}, ", unknown_period: hold", "fail"),
        ({2: "2023-07-02", 9: "2023-07-02", 16: "blocked", 23: "2023-07-02", 30: "2023-07-02"}, ", unknown_period: break", "pass"),
    ],
)  # fmt: skip
def test_three_weeks_in_a_row(tmp_path: Path, newest: Mapping[int, str], mode: str, said: str) -> None:
    """A run counts successive failed weeks; an undecided week is unknown, held or a break as the rule says."""
    assert outcome(rulebook(tmp_path, THREE_IN_A_ROW % mode), {"feed": weeks(newest)}) == said


@pytest.mark.parametrize(("answered", "said"), [("2021-08-24", "pass"), ("2021-08-25", "fail"), (None, "fail")])
def test_one_working_day_to_answer(tmp_path: Path, answered: str | None, said: str) -> None:
    """Issued on Monday 08-23, an answer on Tuesday is in time; no answer by September is late."""
    book = rulebook(
        tmp_path, "{present: {each: ticket, that: {elapsed: {from: issued, to: answered, more_than: 1 workday}}}}"
    )
    row = {"part": "t", "issued": date(2021, 8, 23), "answered": answered and date.fromisoformat(answered)}
    assert outcome(book, {"ticket": [row]}, day=date(2021, 9, 10)) == said


def test_working_days_of_an_unpublished_year_are_unknown(tmp_path: Path) -> None:
    """No calendar, no verdict."""
    book = rulebook(tmp_path, "{not_updated: {what: feed.newest, within: 1 workday}}")
    day = date(2027, 3, 1)
    assert outcome(book, {"feed": [{"newest": date(2027, 2, 1)}]}, day=day) == "unknown"


@pytest.mark.parametrize(("hours", "said"), [((8, 13), "pass"), ((8, 14), "fail")])
def test_hours_are_compared_to_the_second(tmp_path: Path, hours: tuple[int, int], said: str) -> None:
    """Five hours exactly are not more than five hours."""
    book = rulebook(tmp_path, "{present: {each: outage, that: {elapsed: {from: from, to: to, more_than: 5h}}}}", "site")
    begin, end = (datetime(2023, 7, 3, h, 0, 0) for h in hours)  # noqa: DTZ001 - read as Shanghai time
    assert outcome(book, {"outage": [{"part": "1", "from": begin, "to": end}]}, AssetKind.SITE) == said


@pytest.mark.parametrize(("left", "right", "said"), [("甲 乙", "甲乙", "pass"), ("ＡＢ", "AB", "pass"), ("甲", "乙", "fail"), ("甲", "none", "fail")])  # fmt: skip
def test_differ_ignores_what_it_is_told(tmp_path: Path, left: str, right: str, said: str) -> None:
    """Blanks and widths do not make names differ; a name and none do."""
    book = rulebook(tmp_path, "{differ: {what: [registration.name, profile.name], ignore: [space, width]}}")
    assert outcome(book, {"registration": [{"name": left}], "profile": [{"name": right}]}) == said


@pytest.mark.parametrize(("complete", "said"), [(True, "pass"), (False, "unknown")])
def test_coverage_overrides_what_absence_means(tmp_path: Path, complete: bool, said: str) -> None:
    """Complete: nothing recorded is nothing there; incomplete: there may be more."""
    book = rulebook(tmp_path, "{present: {each: wording, where: {severity: severe}}}")
    assert outcome(book, {"coverage": [{"part": "wording", "complete": complete}]}) == said


def test_missing_field_means_what_the_cited_law_says(tmp_path: Path) -> None:
    """未注明信息发布时间的视为不更新: only with if_missing is an open date a failure."""
    with_law = "{not_updated: {what: feed.newest, within: 14d, if_missing: {then: fail, law: {document: d}}}}"
    assert outcome(rulebook(tmp_path, with_law), {"feed": [{}]}) == "fail"
    assert outcome(rulebook(tmp_path, "{not_updated: {what: feed.newest, within: 14d}}"), {"feed": [{}]}) == "unknown"


def test_waived_finding_keeps_what_it_would_have_been(tmp_path: Path) -> None:
    """The last day of a waiver counts; the day after it does not."""
    book = rulebook(tmp_path, "{not_updated: {what: feed.newest, within: 14d}}")
    waiver = Waiver(
        id="w", asset="a", indicator="x", start=DAY, until=DAY, reason="r", approved_by="b", place=Place(file="f")
    )  # fmt: skip
    waived = replace(book, waivers=(waiver,))
    stale = {"feed": [{"newest": date(2023, 1, 1)}]}
    assert outcome(waived, stale) == "exempt"
    assert outcome(waived, stale, day=date(2023, 7, 31)) == "fail"


@pytest.mark.parametrize(("stale", "open", "said"), [(5, 3, "fail"), (4, 3, "unknown"), (1, 3, "pass")])
def test_counts_decide_by_bounds(tmp_path: Path, stale: int, open: int, said: str) -> None:
    """5 stale + 3 unreadable is at least 5; 4 + 3 is unknown; 1 + 3 is not."""
    book = rulebook(
        tmp_path, "{count: {of: {each: column, that: {not_updated: {what: newest, within: 14d}}}, at_least: 5}}", "site"
    )
    rows = [{"part": f"s{n}", "newest": date(2023, 1, 1)} for n in range(stale)]
    rows += [{"part": f"o{n}", "state": "blocked"} for n in range(open)]
    assert outcome(book, {"column": rows}, AssetKind.SITE) == said


@pytest.mark.parametrize(
    ("newest", "seen", "failed", "said"),
    [
        ("2023-07-20", 29, [30], "pass"),  # an update that was seen stays seen
        ("2023-07-10", 29, [28, 30], "fail"),  # blocking the look on the day takes nothing back
        ("2023-07-10", 23, [24, 30], "unknown"),  # seen too long ago to speak for today
        ("2023-07-10", 31, [30], "unknown"),  # seen after the day
    ],
)
def test_a_look_that_saw_nothing_replaces_none_that_did(
    tmp_path: Path, newest: str, seen: int, failed: list[int], said: str
) -> None:
    """Who could not look again has not seen otherwise; what was seen wears off as it would without the second look."""
    rows: list[Mapping[str, object]] = [
        {"observed_at": date(2023, 7, seen), "newest": date.fromisoformat(newest)},
        *({"observed_at": date(2023, 7, day), "state": "blocked"} for day in failed),
    ]
    book = rulebook(tmp_path, "{not_updated: {what: feed.newest, within: 14d}}")
    assert outcome(book, {"feed": rows}) == said
    assert outcome(book, {"feed": rows[:1]}) == said


def test_that_a_list_is_complete_is_said_anew(tmp_path: Path) -> None:
    """Whoever could not look at the whole list later does not know that it is still complete."""
    book = rulebook(tmp_path, "{count: {of: [{each: channel, where: {works: true}}], less_than: 1}}")
    complete = {"observed_at": date(2023, 7, 20), "part": "channel", "complete": True}
    assert outcome(book, {"coverage": [complete]}) == "fail"
    later = {"observed_at": date(2023, 7, 29), "part": "channel", "state": "blocked"}
    assert outcome(book, {"coverage": [complete, later]}) == "unknown"


def test_order_and_split_of_facts_do_not_matter() -> None:
    """The same rows in another order make the same table."""
    kind = load_vocabulary().kinds["feed"]
    rows = [{"asset": a, "observed_at": date(2023, 7, d), "newest": date(2023, 7, 1)} for a in "ab" for d in (3, 2, 3)]
    assert table(kind, rows).equals(table(kind, rows[::-1]))
    assert table(kind, rows).height == 4


def test_columns_that_evaluation_adds_are_no_fields() -> None:
    """A field of such a name would be overwritten on the way."""
    fields = {f.name for kind in load_vocabulary().kinds.values() for f in kind.fields}
    assert fields.isdisjoint({"day", "in_view", "there", "id"})
