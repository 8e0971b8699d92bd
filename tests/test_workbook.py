"""Workbooks and JUnit XML, read back by other programs' readers."""

from __future__ import annotations

import io
from dataclasses import replace
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from hege.engine.result import Inspection
from hege.engine.text import Language
from hege.outputs import workbook
from hege.outputs.junit import to_junit
from hege.outputs.tables import ASSETS, FINDINGS, asset_rows, finding_rows
from hege.outputs.workbook import Sheet, to_xlsx

from .golden import Golden
from .inspections import FAILED, HOSTILE, small
from .test_examples import inspected


def read(inspection: Inspection, *lists: Sheet) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(inspection, lists or None)))


def rows(book: Workbook, name: str) -> list[list[object]]:
    return [[cell or "" if not isinstance(cell, int) else cell for cell in row] for row in book[name].values]


def test_assets_and_findings_come_back_equal() -> None:
    """Names with markup, quotes, line breaks, emoji and rare characters are what they were."""
    book = read(small())
    assert rows(book, "资产") == [list(ASSETS), *map(list, asset_rows(small()))]
    assert rows(book, "检查发现") == [list(FINDINGS), *map(list, finding_rows(small()))]
    assert [row[2] for row in rows(book, "资产")[1:5]] == list(HOSTILE)


def test_nothing_is_a_formula_or_a_link() -> None:
    """Whatever it begins with."""
    book = read(small())
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert [cell.hyperlink for cell in cells if cell.hyperlink] == []
    assert all(isinstance(cell.value, int) for cell in cells if cell.data_type == "n" and cell.value is not None)


def test_sheets_have_frozen_headers_and_filters() -> None:
    """Every sheet can be sorted as it is."""
    book = read(small())
    assert book.sheetnames == [
        "汇总", "政务新媒体 · 抽查 不合格", "政务新媒体 · 抽查 待核", "政务新媒体 · 抽查 豁免", "政务新媒体 · 抽查 提示",
        "政务新媒体 · 抽查 达到的处置步骤", "政务新媒体 · 抽查 是否达到处置步骤待核", "资产", "检查发现",
    ]  # fmt: skip
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
    assert rows(book, "汇总")[1] == [
        "政务新媒体 · 抽查",
        "2024-02-23",
        7,
        4,
        1,
        1,
        1,
        "57.1%～71.4%",
        "",
        "通报所载57%与4/7相符",
    ]


def test_totals_of_an_example() -> None:
    """Each batch a row."""
    assert [row[:7] for row in rows(read(inspected("shanghai-2021-1")), "汇总")[1:]] == [
        ["政府网站 · 1月份", "2021-01-31", 67, 66, 1, 0, 0],
        ["政府网站 · 3月份", "2021-03-21", 67, 66, 1, 0, 0],
        ["政务新媒体 · 抽查", "2021-03-21", 315, 305, 10, 0, 0],
    ]


def test_more_rows_than_a_sheet_holds_go_on_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, the header stands on each."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    book = read(small(), Sheet(name="名单", header=("甲",), rows=[(n,) for n in range(7)]))
    assert [n for n in book.sheetnames if n.startswith("名单")] == ["名单", "名单 2", "名单 3"]
    assert [row for n in ("名单", "名单 2", "名单 3") for row in rows(book, n)[1:]] == [[n] for n in range(7)]
    exact = read(small(), Sheet(name="名单", header=("甲",), rows=[(n,) for n in range(3)]))
    assert "名单 2" not in exact.sheetnames


def test_of_a_whole_country_only_what_does_not_pass_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A last row counts the others and says where they are."""
    monkeypatch.setattr(workbook, "MOST_FINDINGS", 11)
    told = rows(read(small()), "检查发现")[1:]
    assert {row[7] for row in told[:-1]} == {"不合格", "试行", "待核", "豁免", "提示", "处置"}
    assert told[-1][0] == "其余5项合格、不适用或未施行，见findings.csv"


def test_names_of_sheets_are_made_to_fit() -> None:
    """Too long, with characters that are not allowed, the same twice."""
    long = "附件1 关于[2024]年：政府网站/政务新媒体检查情况*汇总?表\\一二三四五六七"
    sheets = [Sheet(name=name, header=("甲",), rows=[]) for name in (long, long, "a", "A", "''")]
    names = read(small(), *sheets).sheetnames[1:-2]
    assert names == [
        "附件1 关于－2024－年：政府网站－政务新媒体检查情况－汇总",
        "附件1 关于－2024－年：政府网站－政务新媒体检查情况－ 2",
        "a",
        "A 2",
        "－",
    ]


def test_a_text_too_long_for_a_cell_says_so() -> None:
    """Cut at what a cell holds, with a pointer."""
    batch = small().batches[0]
    long = replace(FAILED, text="长" * 40_000)
    inspection = replace(small(), batches=(replace(batch, assets=(replace(batch.assets[0], findings=(long,)),)),))
    (told,) = [row[8] for row in rows(read(inspection), "检查发现")[1:]]
    assert isinstance(told, str)
    assert (len(told), told[-12:]) == (32_767, "……（未完，见JSON）")


def test_equal_inspections_are_equal_workbooks() -> None:
    """No time of making enters the file."""
    assert to_xlsx(small()) == to_xlsx(small())


@pytest.mark.parametrize("language", list(Language))
def test_junit_of_everything_there_can_be(language: Language, golden: Golden) -> None:
    """Failure, error, skipped and what is noted."""
    golden(f"small.junit.{language.value}.xml", to_junit(small(), language))


def test_junit_counts_what_it_holds() -> None:
    """A suite a batch; its figures are those of its cases."""
    suites = ElementTree.fromstring(to_junit(inspected("shanghai-2021-1"), Language.EN).encode())
    assert [(s.get("tests"), s.get("failures"), s.get("errors")) for s in suites] == [
        ("67", "1", "0"), ("67", "1", "0"), ("315", "10", "0"),
    ]  # fmt: skip
    for suite in suites:
        assert len(suite.findall("testcase")) == int(suite.get("tests", ""))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures", ""))


def test_junit_gives_names_back() -> None:
    """As attributes, whatever they hold."""
    (suite,) = ElementTree.fromstring(to_junit(small(), Language.ZH).encode())
    names = [case.get("name", "") for case in suite]
    assert [n.split(" · ")[0] for n in names[:4]] == list(HOSTILE)
    assert suite[0][0].get("message") == "14天未更新"
