"""The tests beside rules: read strictly, run through the real engine, and themselves measured."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hege.engine.errors import InputError
from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.mutation import survivors
from hege.engine.rulebook.testing import TestResult, run_tests
from hege.engine.text import Language

LAW = "{document: 测试通报, quote: 测试}"
RULES = f"""\
schema: indicators/1
pack: test
title: 测试指标
conventions: {{observation: 7d, law: {LAW}}}
indicators:
- id: account.stale
  title: 内容不更新
  applies_to: {{kind: account}}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {LAW}
    params: {{window: 14d}}
    fail_when: {{not_updated: {{what: feed.newest, within: $window}}}}
    problem: "{{$window}}未更新"
- id: site.columns-stale
  title: 栏目不更新
  applies_to: {{kind: site, category: [门户]}}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {LAW}
    fail_when: {{count: {{of: {{each: column, that: {{not_updated: {{what: newest, within: 14d}}}}}}, at_least: 5}}}}
    problem: "{{count}}个栏目未更新"
"""


def pack(folder: Path, cases: str, rules: str = RULES) -> Path:
    (folder / "tests").mkdir()
    (folder / "indicators.yaml").write_text(rules, encoding="utf-8")
    (folder / "tests" / "cases.yaml").write_text(f"schema: tests/1\npack: test\ncases:\n{cases}", encoding="utf-8")
    return folder


def results(folder: Path, cases: str) -> list[TestResult]:
    return run_tests(pack(folder, cases))


def outcomes(found: list[TestResult]) -> list[tuple[str, str, bool]]:
    return [(r.case.name, r.got["outcome"], r.passed) for r in found]


class TestRunning:
    def test_a_table_is_a_case_for_each_row_with_the_shared_facts_and_day_unless_it_has_its_own(
        self, tmp_path: Path
    ) -> None:
        found = results(
            tmp_path,
            """\
- name: 窗口
  of: account.stale
  at: 2021-03-21
  facts: {profile: {found: true}}
  expect: pass
  table:
  - {facts: {feed: {newest: 2021-03-08}}}
  - {facts: {feed: {newest: 2021-03-07}}, expect: fail}
  - {at: 2021-03-20, facts: {feed: {newest: 2021-03-07}}}
  - {at: 2019-03-31, expect: not_in_force}
""",
        )
        assert outcomes(found) == [
            ("窗口 1", "pass", True),
            ("窗口 2", "fail", True),
            ("窗口 3", "pass", True),
            ("窗口 4", "not_in_force", True),
        ]
        assert [list(r.case.facts) for r in found] == [["profile", "feed"]] * 3 + [["profile"]]

    def test_times_and_days_make_facts_with_parts_of_their_own(self, tmp_path: Path) -> None:
        found = results(
            tmp_path,
            """\
- name: 五个
  of: site.columns-stale
  at: 2021-03-21
  asset: {category: 门户}
  facts: {column: {part: c, newest: 2021-03-07, times: 2}, probe: {part: p, outcome: ok, times: 2, days: 2}}
  expect: pass
""",
        )
        assert [row["part"] for row in found[0].case.facts["column"]] == ["c-1", "c-2"]
        assert [(row["part"], row["observed_at"]) for row in found[0].case.facts["probe"]] == [
            ("p-1", date(2021, 3, 21)),
            ("p-2", date(2021, 3, 21)),
            ("p-3", date(2021, 3, 20)),
            ("p-4", date(2021, 3, 20)),
        ]
        assert found[0].passed

    def test_asset_columns_decide_whom_an_indicator_is_about(self, tmp_path: Path) -> None:
        found = results(
            tmp_path,
            """\
- name: 类别
  of: site.columns-stale
  at: 2021-03-21
  asset: {category: 门户}
  facts: {column: {newest: none, times: 5}}
  table:
  - {expect: fail}
  - {asset: {category: 部门}, expect: not_applicable}
""",
        )
        assert [r.passed for r in found] == [True, True]

    def test_text_reason_and_verdict_can_be_expected_as_well(self, tmp_path: Path) -> None:
        found = results(
            tmp_path,
            """\
- name: 文字
  of: account.stale
  at: 2021-03-21
  table:
  - {facts: {feed: {newest: none}}, expect: {outcome: fail, text: 14天未更新, verdict: fail}}
  - {facts: {feed: {newest: none}}, expect: {text: 15天未更新}}
  - {facts: {}, expect: {outcome: unknown, reason: no-fact, verdict: undetermined}}
  - {facts: {}, expect: {reason: fact}}
  - {facts: {}, expect: {verdict: pass}}
""",
        )
        assert [r.passed for r in found] == [True, False, True, False, False]

    def test_a_failed_case_shows_its_place_what_was_expected_and_got_the_arithmetic_and_the_facts(
        self, tmp_path: Path
    ) -> None:
        found = results(
            tmp_path,
            """\
- name: 边界
  of: account.stale
  at: 2021-03-21
  facts: {feed: {newest: 2021-03-07}}
  expect: pass
""",
        )
        place = tmp_path / "tests" / "cases.yaml"
        facts = (
            "{'of': 'feed.newest', 'window_end': '2021-03-21', 'window_start': '2021-03-08', 'newest': '2021-03-07'}"
        )
        assert found[0].shown(Language.ZH) == (
            f"{place}:4:3: account.stale “边界” @ 2021-03-21\n"
            "    outcome: 应为 pass; 实得 fail\n"
            f"    14天未更新 {facts}\n"
            "    feed[] {'newest': datetime.date(2021, 3, 7)} known"
        )
        assert "outcome: expected pass; got fail" in found[0].shown(Language.EN)

    def test_cases_do_not_see_the_facts_of_one_another(self, tmp_path: Path) -> None:
        found = results(
            tmp_path,
            """\
- {name: 甲, of: account.stale, at: 2021-03-21, facts: {feed: {newest: 2021-03-08}}, expect: pass}
- {name: 乙, of: account.stale, at: 2021-03-21, facts: {}, expect: unknown}
""",
        )
        assert outcomes(found) == [("甲", "pass", True), ("乙", "unknown", True)]


class TestReading:
    def faults(self, folder: Path, cases: str) -> list[tuple[int, int, str]]:
        with pytest.raises(InputError) as raised:
            run_tests(pack(folder, cases))
        return [(p.place.line, p.place.column, p.code) for p in raised.value.problems]

    def test_every_fault_is_reported_at_once_with_its_place(self, tmp_path: Path) -> None:
        assert self.faults(
            tmp_path,
            """\
- {name: a, of: account.stael, at: 2021-03-21, expect: pass}
- {name: b, of: account.stale, at: 2021-13-21, expect: pass}
- {name: c, of: account.stale, at: 2021-03-21, expect: passed}
- {name: d, of: account.stale, at: 2021-03-21}
- {name: e, of: account.stale, at: 2021-03-21, expect: {verdict: failed}}
- {name: f, of: account.stale, at: 2021-03-21, fact: {}, expect: pass}
- {name: g, of: account.stale, at: 2021-03-21, facts: {fead: {}}, expect: pass}
- {name: h, of: account.stale, at: 2021-03-21, facts: {feed: {newst: 2021-03-01}}, expect: pass}
- {name: i, of: account.stale, at: 2021-03-21, facts: {feed: {newest: soon}}, expect: pass}
- {name: j, of: account.stale, at: 2021-03-21, facts: {feed: {state: lost}}, expect: pass}
- {name: k, of: account.stale, at: 2021-03-21, facts: {feed: {part: a}}, expect: pass}
- {name: l, of: account.stale, at: 2021-03-21, facts: {column: {}}, expect: pass}
- {name: m, of: account.stale, at: 2021-03-21, facts: [], expect: pass}
- {name: n, of: account.stale, at: 2021-03-21, facts: {feed: {times: 0}}, expect: pass}
- {name: o, of: account.stale, at: 2021-03-21, facts: {feed: {observed_at: 早上}}, expect: pass}
- {name: p, of: account.stale, at: 2021-03-21, facts: {survey: {answer: maybe}}, expect: pass}
- {name: q, of: account.stale, at: 2021-03-21, asset: {colour: red}, expect: pass}
""",
        ) == [
            (4, 17, "unknown-word"),
            (5, 36, "bad-date"),
            (6, 56, "unknown-word"),
            (7, 3, "no-expectation"),
            (8, 66, "unknown-word"),
            (9, 48, "unknown-word"),
            (10, 56, "unknown-word"),
            (11, 63, "unknown-word"),
            (12, 71, "bad-date"),
            (13, 70, "unknown-word"),
            (14, 63, "unknown-word"),
            (15, 56, "wrong-kind"),
            (16, 55, "expected-map"),
            (17, 70, "wrong-value"),
            (18, 76, "bad-date"),
            (19, 73, "unknown-word"),
            (20, 56, "unknown-word"),
        ]

    def test_a_fault_in_what_the_rows_of_a_table_share_is_reported_once(self, tmp_path: Path) -> None:
        assert self.faults(
            tmp_path,
            """\
- name: 共用
  of: account.stale
  at: 2021-03-21
  facts: {feed: {newest: soon}}
  asset: {colour: red}
  expect: passed
  table: [{}, {at: 2021-03-20}, {facts: {fead: {}}}]
""",
        ) == [
            (7, 26, "bad-date"),
            (8, 11, "unknown-word"),
            (9, 11, "unknown-word"),
            (10, 42, "unknown-word"),
        ]

    def test_a_test_file_of_another_pack_is_refused(self, tmp_path: Path) -> None:
        folder = pack(tmp_path, "[]\n")
        file = folder / "tests" / "cases.yaml"
        file.write_text("schema: tests/1\npack: other\ncases: []\n", encoding="utf-8")
        with pytest.raises(InputError) as raised:
            run_tests(folder)
        (problem,) = raised.value.problems
        assert problem.shown(Language.ZH) == (
            f"{file}:2:7: 错误[wrong-pack]: 测试文件属于“other”，所在文件夹却是“test”的\n"
            "    pack: other\n"
            "          ^\n"
            "    办法: 改为pack: test，或移动文件"
        )

    def test_a_file_of_another_kind_among_the_tests_is_refused(self, tmp_path: Path) -> None:
        folder = pack(tmp_path, "[]\n")
        (folder / "tests" / "cases.yaml").write_text("schema: test/1\n", encoding="utf-8")
        with pytest.raises(InputError, match="tests/1"):
            run_tests(folder)

    def test_none_a_time_and_lists_are_read_as_the_field_needs(self, tmp_path: Path) -> None:
        (found,) = results(
            tmp_path,
            """\
- name: 取值
  of: site.columns-stale
  at: 2021-03-21
  facts:
    column: {newest: none, items: 3, opens: true, class: 其他}
    guide: {missing: [办理地点, 办理机构]}
    probe: {observed_at: "2021-03-21T10:05", outcome: ok, seconds: 1.5}
    survey: {answer: none}
  expect: pass
""",
        )
        facts = {kind: dict(row) for kind, (row,) in found.case.facts.items()}
        assert (facts["column"]["newest"], facts["column"]["items"], facts["column"]["opens"]) == ("none", 3, True)
        assert facts["guide"]["missing"] == ["办理地点", "办理机构"]
        assert str(facts["probe"]["observed_at"]) == "2021-03-21 10:05:00+08:00"
        assert facts["probe"]["seconds"] == 1.5
        assert facts["survey"]["answer"] == "none", "a word of the field, not the absence of one"
        assert found.passed


class TestMeasuring:
    STALE = """\
- name: 窗口
  of: account.stale
  at: 2021-03-21
  table:
  - {facts: {feed: {newest: 2021-03-08}}, expect: pass}
  - {facts: {feed: {newest: 2021-03-07}}, expect: fail}
  - {facts: {}, expect: unknown}
  - {facts: {feed: {newest: 2021-03-01, observed_at: 2021-03-15}}, expect: fail}
  - {facts: {feed: {newest: 2021-03-01, observed_at: 2021-03-14}}, expect: unknown}
  - {at: 2019-04-01, facts: {feed: {newest: none}}, expect: fail}
  - {at: 2019-03-31, facts: {feed: {newest: none}}, expect: not_in_force}
"""
    COLUMNS = """\
- name: 栏目
  of: site.columns-stale
  at: 2021-03-21
  asset: {category: 门户}
  table:
  - {facts: {column: {newest: 2021-03-07, times: 5}}, expect: fail}
  - {facts: {column: {newest: 2021-03-08, times: 5}}, expect: pass}
  - {facts: {column: {newest: 2021-03-07, times: 4}}, expect: pass}
  - {facts: {}, expect: unknown}
  - {asset: {category: 部门}, facts: {}, expect: not_applicable}
  - {at: 2019-04-01, facts: {column: {newest: none, times: 5}}, expect: fail}
  - {at: 2019-03-31, facts: {column: {newest: none, times: 5}}, expect: not_in_force}
"""

    def test_cases_on_both_sides_of_every_edge_leave_no_gap_and_no_survivor(self, tmp_path: Path) -> None:
        folder = pack(tmp_path, self.STALE + self.COLUMNS)
        assert [r for r in run_tests(folder) if not r.passed] == []
        assert gaps(folder) == []
        assert survivors(folder) == []

    def test_an_outcome_without_a_case_is_a_gap(self, tmp_path: Path) -> None:
        cases = (self.STALE + self.COLUMNS).replace("expect: not_applicable", "expect: {verdict: pass}")
        found = gaps(pack(tmp_path, cases))
        assert [(g.indicator, g.version, g.outcome) for g in found] == [
            ("site.columns-stale", date(2019, 4, 1), "not_applicable")
        ]
        assert str(found[0]) == f"{tmp_path}/indicators.yaml:21:11: site.columns-stale @ 2019-04-01 not_applicable"

    @pytest.mark.parametrize(
        ("missing", "survives"),
        [
            ("newest: 2021-03-08}}, expect: pass", "NotUpdated.within 14d -> 13d"),
            ("newest: 2021-03-07}}, expect: fail", "NotUpdated.within 14d -> 15d"),
            ("at: 2019-04-01", "from 2019-04-01 -> 2019-04-02"),
            ("at: 2019-03-31", "from 2019-04-01 -> 2019-03-31"),
            ("observed_at: 2021-03-15", "observation: 7d -> 6d"),
            ("observed_at: 2021-03-14", "observation: 7d -> 8d"),
        ],
    )
    def test_an_edge_without_a_case_lets_the_neighbour_survive(
        self, tmp_path: Path, missing: str, survives: str
    ) -> None:
        without = "".join(line for line in self.STALE.splitlines(keepends=True) if missing not in line)
        found = survivors(pack(tmp_path, without + self.COLUMNS))
        assert [m.change.removeprefix("fail_when ") for m in found] == [survives]

    def test_a_bound_word_and_its_number_need_a_case_each(self, tmp_path: Path) -> None:
        exactly_five = "newest: 2021-03-07, times: 5"
        more = self.COLUMNS.replace(exactly_five, "newest: 2021-03-07, times: 6").replace(
            "none, times: 5", "none, times: 6"
        )
        assert [(m.indicator, m.change) for m in survivors(pack(tmp_path, self.STALE + more))] == [
            ("site.columns-stale", "fail_when Count.relation at_least -> more_than"),
            ("site.columns-stale", "fail_when Count.number 5 -> 6"),
        ]

    def test_an_indicator_without_any_case_survives_in_every_way(self, tmp_path: Path) -> None:
        found = survivors(pack(tmp_path, self.STALE))
        assert [m.change for m in found] == [
            "from 2019-04-01 -> 2019-03-31",
            "from 2019-04-01 -> 2019-04-02",
            "fail_when Count.of Selection.that NotUpdated.within 14d -> 13d",
            "fail_when Count.of Selection.that NotUpdated.within 14d -> 15d",
            "fail_when Count.relation at_least -> more_than",
            "fail_when Count.number 5 -> 4",
            "fail_when Count.number 5 -> 6",
        ]
        assert str(found[-1]) == (
            f"{tmp_path}/indicators.yaml:23:16: site.columns-stale @ 2019-04-01 fail_when Count.number 5 -> 6"
        )


class TestLayers:
    """What is measured of an overlay is what it says itself."""

    OVERLAY = f"""\
schema: overlay/2
pack: city
title: 某市
on: cn/2019-19
changes:
- {{indicator: account.stale, from: 2024-01-01, direction: same, law: {LAW}, problem: 长期不更新}}
switched_off:
- {{indicator: account.faked, from: 2024-01-01, law: {LAW}}}
"""
    CASES = """\
- name: 文字
  of: account.stale
  at: 2024-01-01
  facts: {feed: {newest: none}}
  table:
  - {expect: {outcome: fail, text: 长期不更新}}
  - {at: 2023-12-31, expect: {outcome: fail, text: 监测时间点前2周不更新}}
- name: 停用
  of: account.faked
  at: 2024-01-01
  facts: {survey: {part: 购买粉丝强制点赞, answer: problem}}
  table:
  - {expect: not_in_force}
  - {at: 2023-12-31, expect: fail}
"""

    def pack(self, folder: Path, cases: str) -> Path:
        made = pack(folder, cases, self.OVERLAY)
        tests = made / "tests" / "cases.yaml"
        tests.write_text(tests.read_text(encoding="utf-8").replace("pack: test", "pack: city"), encoding="utf-8")
        return made

    def test_a_new_wording_and_a_switch_need_a_case_on_each_side_of_their_day(self, tmp_path: Path) -> None:
        folder = self.pack(tmp_path, self.CASES)
        assert [r for r in run_tests(folder) if not r.passed] == []
        assert gaps(folder) == []
        assert survivors(folder) == []

    def test_a_new_wording_that_no_case_reads_survives_on_any_day(self, tmp_path: Path) -> None:
        blind = self.CASES.replace("expect: {outcome: fail, text: 长期不更新}", "expect: fail").replace(
            "expect: {outcome: fail, text: 监测时间点前2周不更新}", "expect: fail"
        )
        assert [(m.indicator, m.change, m.place.line) for m in survivors(self.pack(tmp_path, blind))] == [
            ("account.stale", "from 2024-01-01 -> 2023-12-31", 6),
            ("account.stale", "from 2024-01-01 -> 2024-01-02", 6),
        ]

    def test_a_switch_without_a_case_is_a_gap(self, tmp_path: Path) -> None:
        folder = self.pack(tmp_path, self.CASES.replace("not_in_force", "{verdict: undetermined}"))
        assert [(g.indicator, g.outcome, g.place.line) for g in gaps(folder)] == [("account.faked", "not_in_force", 8)]


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:00-12:00", "0001-01-01T00:00+14:00", "1949-12-31", "1950-01-01T00:00+09:00"]
)
def test_times_that_cannot_be_meant_are_refused(tmp_path: Path, time: str) -> None:
    """As in case folders: outside the years 1950 to 2100, counted in Asia/Shanghai."""
    cases = (
        f"- {{name: a, of: account.stale, at: 2021-03-21, facts: {{feed: {{observed_at: '{time}'}}}}, expect: pass}}\n"
    )
    with pytest.raises(InputError) as error:
        results(tmp_path, cases)
    assert [p.code for p in error.value.problems] == ["bad-date"]
