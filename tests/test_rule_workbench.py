"""What helps those who test rules: rows of dates, cases that are to do, reports, coverage, and cases that kill."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hege.engine.errors import InputError
from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.killing import killing_case
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Rulebook
from hege.engine.rulebook.mutation import mutation_of, survivors
from hege.engine.rulebook.series import dates, newest
from hege.engine.rulebook.testfiles import TestCase, Tests, read_test_files
from hege.engine.rulebook.testing import run_tests
from hege.engine.text import Language
from hege.outputs import casereport
from hege.service.ruletesting import changes

from .test_cli import run
from .test_rule_testing import TestMeasuring, pack, results

STALE = """\
- name: 边界
  of: account.stale
  at: 2021-03-21
  facts: {feed: {newest: 2021-03-07}}
  expect: pass
"""


# ---- rows of dates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "row"),
    [
        ("2023-06-05 +3d x2 +15d", ["2023-06-05", "2023-06-08", "2023-06-11", "2023-06-26"]),
        ("2023-01-31 +1mo x2", ["2023-01-31", "2023-02-28", "2023-03-28"]),
        ("2023-01-31 +1w +1y", ["2023-01-31", "2023-02-07", "2024-02-07"]),
        ("2023-06-05", None),
        ("2023-06-31 +1d", None),
        ("2023-06-05 +3", None),
        ("2023-06-05+3d", None),
    ],
)
def test_a_row_of_dates(written: str, row: list[str] | None) -> None:
    """A start, then steps, each once or so many times."""
    found = dates(written)
    assert (None if found is None else [d.isoformat() for d in found]) == row


def test_the_newest_of_a_row_on_a_day() -> None:
    """None before it begins."""
    row = (date(2023, 6, 5), date(2023, 6, 8))
    assert [newest(row, date(2023, 6, d)) for d in (4, 5, 7, 9)] == [None, row[0], row[0], row[1]]


def facts(folder: Path, written: str, of: str = "account.stale") -> list[dict[str, object]]:
    case = f"- name: 行\n  of: {of}\n  at: 2023-07-20\n  asset: {{category: 门户}}\n  facts: {{{written}}}\n  expect: pass\n"
    (result,) = results(folder, case)
    (rows,) = result.case.facts.values()
    return [dict(row) for row in rows]


def test_an_account_updated_every_3_days_with_a_gap_of_15(tmp_path: Path) -> None:
    """Looked at on four Sundays: each time the newest date that had come by then."""
    rows = facts(tmp_path, "feed: {observed_at: 2023-06-11 +7d x3, newest: 2023-06-05 +3d x3 +15d +3d}")
    assert [(str(r["observed_at"]), str(r["newest"]), r["part"]) for r in rows] == [
        ("2023-06-11", "2023-06-11", ""),
        ("2023-06-18", "2023-06-14", ""),
        ("2023-06-25", "2023-06-14", ""),
        ("2023-07-02", "2023-07-02", ""),
    ]


def test_nothing_yet_is_none(tmp_path: Path) -> None:
    """An observation before the first date of the row saw nothing."""
    (row, _) = facts(tmp_path, "feed: {observed_at: 2023-06-01 +7d, newest: 2023-06-05 +3d}")
    assert row["newest"] == "none"


def test_events_in_a_row_are_facts_of_their_own_on_their_days(tmp_path: Path) -> None:
    """Each reminder is recorded when it is sent."""
    rows = facts(tmp_path, "reminder: {sent: 2023-07-03 +7d x2, indicator: 内容更新}")
    assert [(str(r["observed_at"]), str(r["sent"]), r["part"]) for r in rows] == [
        ("2023-07-03", "2023-07-03", "x-1"),
        ("2023-07-10", "2023-07-10", "x-2"),
        ("2023-07-17", "2023-07-17", "x-3"),
    ]


# ---- to do ---------------------------------------------------------------------------------------------------------


def test_a_case_to_do_has_to_fail_until_it_is_put_right(tmp_path: Path) -> None:
    """Known to be wrong is agreed; once right, the mark has to go."""
    text = """\
- name: 待改
  of: account.stale
  at: 2021-03-21
  todo: 等新办法
  table:
  - {facts: {feed: {newest: 2021-03-07}}, expect: pass}
  - {facts: {feed: {newest: 2021-03-08}}, expect: pass}
"""
    found = results(tmp_path, text)
    assert [(r.passed, r.as_agreed) for r in found] == [(False, True), (True, False)]
    assert casereport.failure(found[1], Language.ZH).splitlines()[1:] == ["    已经符合预期，请去掉todo（等新办法）"]
    assert casereport.counted("x", found).zh == "x：2例，1例不符，待改2例"


def test_what_is_to_do_neither_covers_nor_kills(tmp_path: Path) -> None:
    """Else a case that is known to be wrong would count as a test."""
    cases = TestMeasuring.STALE + TestMeasuring.COLUMNS
    folder = pack(tmp_path, cases.replace("- name: 栏目\n", "- name: 栏目\n  todo: 以后\n"))
    assert {g.indicator for g in gaps(folder)} == {"site.columns-stale"}
    assert {m.indicator for m in survivors(folder)} == {"site.columns-stale"}


# ---- reports -------------------------------------------------------------------------------------------------------


def test_a_failed_case_says_expected_got_the_arithmetic_and_the_facts(tmp_path: Path) -> None:
    """In the words of the outputs."""
    (result,) = results(tmp_path, STALE)
    told = casereport.failure(result, Language.ZH).replace(f"{tmp_path}/", "").splitlines()
    assert told[:3] == [
        "tests/cases.yaml:4:3: account.stale “边界” @ 2021-03-21",
        "    结论：应为合格（pass），实得不合格（fail）",
        "    计算：最新更新日期2021-03-07，早于监测窗口2021-03-08至2021-03-21",
    ]
    assert told[3] == "    事实：更新情况"
    assert "2021-03-07" in told[5]
    assert "    outcome: expected pass, got fail" in casereport.failure(result, Language.EN).splitlines()


def test_junit_has_a_suite_a_pack_with_failures_and_what_is_skipped(tmp_path: Path) -> None:
    """As pipelines read it."""
    text = STALE + STALE.replace("name: 边界", "name: 待改\n  todo: 以后") + STALE.replace("pass", "fail")
    root = ElementTree.fromstring(casereport.to_junit({"test": results(tmp_path, text)}, Language.EN))
    (suite,) = root
    assert suite.attrib == {"name": "test", "tests": "3", "errors": "0", "failures": "1", "skipped": "1"}
    assert [(c.get("name"), c.get("classname"), c.get("line"), [e.tag for e in c]) for c in suite] == [
        ("边界", "account.stale", "4", ["failure"]),
        ("待改", "account.stale", "9", ["skipped"]),
        ("边界", "account.stale", "15", []),
    ]
    assert suite[0][0].get("message") == "outcome: expected pass, got fail"


def test_the_command_keeps_junit_and_counts(tmp_path: Path) -> None:
    """Exit code 1 with a failed case."""
    folder = pack(tmp_path, STALE)
    done = run("--lang", "zh", "rules", "test", str(folder), "--junit", str(tmp_path / "out" / "junit.xml"))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == f"{folder}：1例，1例不符"
    assert "<failure" in (tmp_path / "out" / "junit.xml").read_text(encoding="utf-8")


def test_watching_tells_of_each_change_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, and after a file is written; nothing in between."""
    folder = pack(tmp_path, STALE)
    slept = itertools.count()

    def sleep(seconds: float) -> None:
        if next(slept) == 2:
            (folder / "tests" / "more.yaml").write_text("schema: tests/1\npack: test\ncases: []\n", encoding="utf-8")
        assert seconds < 1

    monkeypatch.setattr("time.sleep", sleep)
    seen = changes([folder])
    assert [next(seen), next(seen)] == [None, None]
    assert next(slept) == 3


# ---- coverage and cases that kill ----------------------------------------------------------------------------------

WHOLE = TestMeasuring.STALE + TestMeasuring.COLUMNS


def test_coverage_is_a_line_a_version_with_what_is_missing(tmp_path: Path) -> None:
    """Outcomes without a case, and nudges that none notices."""
    folder = pack(tmp_path, WHOLE.replace("  - {facts: {feed: {newest: 2021-03-08}}, expect: pass}\n", "", 1))
    shown = run("--lang", "zh", "rules", "coverage", str(folder))
    assert (shown.exit_code, shown.stdout.splitlines()) == (1, [
        "× account.stale       2019-04-01  5例",
        "      缺结论：pass",
        "      没有测试发现：fail_when NotUpdated.within 14d -> 13d",
        "√ site.columns-stale  2019-04-01  6例",
        f"{folder}：2个版本，1个覆盖完整",
    ])  # fmt: skip


def test_nothing_missing_is_exit_code_0(tmp_path: Path) -> None:
    """Neither coverage nor mutate has anything to say."""
    folder = str(pack(tmp_path, WHOLE))
    assert run("rules", "coverage", folder).exit_code == 0
    assert (run("rules", "mutate", folder).stdout, run("rules", "mutate", folder).exit_code) == (
        f"{folder}: 13 changes, 13 noticed, 0 no other rule, 0 unnoticed\n",
        0,
    )


def test_the_case_that_would_kill_is_ready_to_paste(tmp_path: Path) -> None:
    """Pasted, it passes, and the change is noticed."""
    lines = WHOLE.splitlines(keepends=True)
    folder = pack(
        tmp_path, "".join(line for line in lines if "expect: {outcome: pass" not in line and "times: 4" not in line)
    )
    before = run("rules", "mutate", str(folder), "-k", "columns")
    assert before.exit_code == 1
    pasted = "".join(line[4:] for line in before.stdout.splitlines(keepends=True) if line.startswith("    "))
    file = folder / "tests" / "cases.yaml"
    file.write_text(file.read_text(encoding="utf-8") + pasted, encoding="utf-8")
    assert [r for r in run_tests(folder) if not r.passed] == []
    assert run("rules", "mutate", str(folder), "-k", "columns").exit_code == 0


@functools.cache
def national() -> tuple[Rulebook, Tests]:
    """The national pack and its tests, which leave nothing unnoticed."""
    book = load_rulebook(["cn/2019-19"])
    return book, read_test_files("cn/2019-19", book)


def dropped() -> list[TestCase]:
    """Of each national indicator one case, without which something goes unnoticed or not."""
    first: dict[str, TestCase] = {}
    for case in national()[1].cases:
        first.setdefault(case.indicator, case)
    return list(first.values())


@pytest.mark.parametrize("without", dropped(), ids=lambda c: c.indicator)
def test_for_every_shipped_rule_a_missing_case_is_found_again(without: TestCase) -> None:
    """Whatever goes unnoticed without a case, other facts are found that notice it."""
    book, tests = national()
    rest = [c for c in tests.cases if c.name != without.name or c.place != without.place]
    found = mutation_of(book, replace(tests, cases=rest), without.indicator).survivors
    assert [str(mutant) for mutant, old, new in found if not killing_case(mutant, old, new, rest)] == []


# ---- changes that are no other rule --------------------------------------------------------------------------------


LISTED = """\
equivalent:
- indicator: site.columns-stale
  change: fail_when Count.number 5 -> 4
  reason: 试验
"""


def test_a_change_listed_as_no_other_rule(tmp_path: Path) -> None:
    """It is not told as unnoticed; once a case notices it, it is told as listed in vain."""
    lines = WHOLE.splitlines(keepends=True)
    folder = pack(tmp_path, "".join(line for line in lines if "times: 4" not in line))
    (folder / "tests" / "equivalent.yaml").write_text(f"schema: tests/1\npack: test\n{LISTED}", encoding="utf-8")
    quiet = run("rules", "mutate", str(folder), "-k", "columns")
    assert (quiet.exit_code, quiet.stdout) == (0, f"{folder}: 7 changes, 6 noticed, 1 no other rule, 0 unnoticed\n")
    (folder / "tests" / "cases.yaml").write_text(f"schema: tests/1\npack: test\ncases:\n{WHOLE}", encoding="utf-8")
    told = run("--lang", "zh", "rules", "mutate", str(folder), "-k", "columns")
    listed = f"{folder}/tests/equivalent.yaml:4:3: site.columns-stale fail_when Count.number 5 -> 4"
    assert (told.exit_code, told.stdout.splitlines()) == (1, [
        f"{listed}：列为等同，但有测试发现，或已没有这处改动",
        f"{folder}：改动7处，测试发现7处，等同0处，没有发现0处",
    ])  # fmt: skip


def test_what_is_listed_names_an_indicator_and_a_reason(tmp_path: Path) -> None:
    """As everything that is read, each fault with its place."""
    folder = pack(tmp_path, WHOLE)
    file = folder / "tests" / "equivalent.yaml"
    listed = LISTED.replace("site.columns-stale", "site.column-stale") + "- {indicator: account.stale, change: x}\n"
    file.write_text(f"schema: tests/1\npack: test\n{listed}", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        survivors(folder)
    assert [(p.place.line, p.code) for p in refused.value.problems] == [(4, "unknown-word"), (7, "missing-key")]
