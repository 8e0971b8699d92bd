"""Surveys: what is asked of whom, samples that are drawn again, forms out and back, and no fault of a form let through."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hege.collectors.survey_form import read_forms
from hege.engine.errors import InputError
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind
from hege.engine.survey import Drawn, Question, draw, questions
from hege.engine.text import Language

from .test_cli import run

EXAMPLES = Path(__file__).parent.parent / "examples"
DAY = date(2024, 2, 23)


def asked(kind: AssetKind = AssetKind.SITE) -> dict[str, Question]:
    return {q.item: q for q in questions(load_rulebook(["cn/2019-19"]), kind, DAY)}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A copy of the portal nobody has surveyed."""
    return Path(shutil.copytree(EXAMPLES / "portal-unsurveyed", tmp_path / "case"))


def form(case: Path, tmp_path: Path, *more: str) -> Path:
    assert run("survey", "new", str(case), "--seed", "2024-1", "--out", str(tmp_path / "forms"), *more).exit_code == 0
    return tmp_path / "forms" / "q1-2024-02-23.xlsx"


def filled(file: Path, change: Callable[[Any, dict[str, int], dict[str, int]], None], inspector: str = "赵某") -> Path:
    """The form with what someone wrote: `change` gets the sheet, its columns by title and its rows by item."""
    book = openpyxl.load_workbook(file)
    sheet = book["检查表"]
    columns = {str(cell.value): number for number, cell in enumerate(sheet[1], 1)}
    rows = {str(sheet.cell(n, 1).value): n for n in range(2, sheet.max_row + 1)}
    change(sheet, columns, rows)
    book["说明"]["B6"] = inspector
    book.save(file)
    return file


def answers(**given: tuple[str, object]) -> Callable[[Any, dict[str, int], dict[str, int]], None]:
    def write(sheet: Any, columns: dict[str, int], rows: dict[str, int]) -> None:
        for item, (answer, number) in given.items():
            sheet.cell(rows[item], columns["结论"]).value = answer
            sheet.cell(rows[item], columns["数量"]).value = number

    return write


def test_a_sample_is_the_same_wherever_it_is_drawn() -> None:
    """By seed and part alone: the order of the frame does not matter, another seed draws others."""
    frame = [f"事项{n}" for n in range(1, 21)]
    first = draw(frame, 5, "2024-1")
    assert draw(list(reversed(frame)), 5, "2024-1") == first
    assert first == Drawn(seed="2024-1", frame=20, sample=("事项15", "事项9", "事项1", "事项17", "事项5"))
    assert draw(frame, 5, "2024-2").sample != first.sample


def test_where_there_are_fewer_than_asked_all_are_looked_at() -> None:
    assert set(draw(["甲", "乙"], 5, "s").sample) == {"甲", "乙"}
    assert draw([], 5, "s") == Drawn(seed="s", frame=0, sample=())


def test_the_rulebook_says_what_is_asked() -> None:
    """Of an item with question, sample and whether it is counted; of a veto by its law; of an account its own."""
    assert asked()["事项无办事指南"] == Question(
        item="事项无办事指南", asked_by=("service.guides/none",), title="办事指南", clause="国办秘函〔2019〕19号 扣分指标·办事服务·办事指南",
        question="抽查的事项有几个没有办事指南？", look="办事服务事项清单", of="guide", number=5, counts=True, earns=False,
    )  # fmt: skip
    assert asked()["专题或集成服务"].asked_by == ("plus.service-themes/several", "plus.service-themes/one")
    assert asked()["安全泄密事故等严重问题"].question.startswith("安全、泄密事故等严重问题：出现严重表述错误")
    assert set(asked(AssetKind.ACCOUNT)) == {"安全泄密事故等严重问题", "购买粉丝强制点赞", "移动客户端无法正常使用"}


def test_a_form_asks_what_nobody_has_answered_with_its_sample(case: Path, tmp_path: Path) -> None:
    """50 questions of a portal whose veto is answered already; all that is asked of services is asked of the same ones."""
    sheet = openpyxl.load_workbook(form(case, tmp_path))["检查表"]
    rows = {row[0]: [c or "" for c in row] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert len(rows) == 50
    assert "安全泄密事故等严重问题" not in rows
    drawn = [rows[i][4:7] for i in ("事项无办事指南", "办事指南要素缺失", "未提供规范表格")]
    assert drawn[0] == drawn[1] == ["事项7、事项1、事项4、事项5、事项6", "8", "2024-1/q1/guide"]
    assert drawn[2] == ["事项7、事项1", "8", "2024-1/q1/guide"]
    assert rows["找错答复质量不高"][4:7] == ["自行抽取10个", "", ""]


def test_sites_that_are_not_scored_are_asked_their_vetoes_alone(case: Path, tmp_path: Path) -> None:
    text = (case / "assets.csv").read_text(encoding="utf-8").replace("政府门户网站", "部门网站")
    (case / "assets.csv").write_text(text, encoding="utf-8")
    (case / "facts" / "survey.csv").unlink()
    assert "0" in run("survey", "new", str(case), "--seed", "s", "--out", str(tmp_path / "none")).stdout
    sheet = openpyxl.load_workbook(form(case, tmp_path, "q1"))["检查表"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["安全泄密事故等严重问题"]


def test_answers_become_facts_with_inspector_seed_and_frame(case: Path, tmp_path: Path) -> None:
    """And the score knows them; what is left empty stays unknown."""
    file = filled(form(case, tmp_path), answers(事项无办事指南=("不符合", 1), 互动信息提交=("符合", None)))
    done = run("survey", "import", str(case), str(file), "--lang", "zh")
    assert done.stdout == "q1-2024-02-23.xlsx：q1，2024-02-23，赵某，2项已答，48项未答\n"
    assert (case / "facts" / "survey-q1-2024-02-23.csv").read_text(encoding="utf-8").splitlines() == [
        "asset,part,observed_at,answer,count,note,inspector,screenshot,seed,frame,sample",
        "q1,事项无办事指南,2024-02-23,problem,1,,赵某,,2024-1/q1/guide,8,事项7;事项1;事项4;事项5;事项6",
        "q1,互动信息提交,2024-02-23,ok,,,赵某,,,,",
    ]
    assert (
        "办事指南                                                                  8"
        in run("score", str(case), "q1", "--lang", "zh").stdout
    )
    assert "−4…−8" in run("score", str(case), "q1", "--lang", "zh").stdout
    assert run("survey", "import", str(case), str(file)).exit_code == 0  # the same again changes nothing


def test_a_second_form_about_the_same_day_is_refused(case: Path, tmp_path: Path) -> None:
    file = filled(form(case, tmp_path), answers(互动信息提交=("符合", None)))
    assert run("survey", "import", str(case), str(file)).exit_code == 0
    filled(file, answers(互动信息提交=("不符合", None)))
    refused = run("survey", "import", str(case), str(file), "--lang", "zh")
    assert refused.exit_code == 2
    assert "q1在2024-02-23的检查表已有" in refused.stderr
    assert ",互动信息提交,2024-02-23,ok," in (case / "facts" / "survey-q1-2024-02-23.csv").read_text(encoding="utf-8")


FAULTS = {
    "a word that is no answer": (answers(互动信息提交=("是的", None)), "结论“是的”无法识别"),
    "a number that is none": (answers(解读比例=("不符合", "两个")), "数量“两个”不是整数"),
    "a number without answer": (answers(解读比例=(None, 2)), "填了数量而没有结论"),  # type: ignore[arg-type]
    "a number against the answer": (answers(解读比例=("符合", 2)), "结论为“符合”，数量却是2"),
    "a bonus counted for what is missing": (answers(多种形式解读=("不符合", 2)), "结论为“不符合”，数量却是2"),
    "an item nobody asks": (lambda sheet, columns, rows: sheet.cell(2, 1, "别的检查项"), "检查项中没有“别的检查项”"),
    "an item twice": (lambda sheet, columns, rows: sheet.cell(3, 1, sheet.cell(2, 1).value), "在第2行已有"),
    "a column gone": (lambda sheet, columns, rows: sheet.cell(1, columns["结论"], "结果"), "检查表缺少“结论”列"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_form_is_told_and_nothing_is_written(case: Path, tmp_path: Path, fault: str) -> None:
    change, message = FAULTS[fault]
    file = filled(form(case, tmp_path), change)
    refused = run("survey", "import", str(case), str(file), "--lang", "zh")
    assert refused.exit_code == 2
    assert message in refused.stderr
    assert sorted(p.name for p in (case / "facts").glob("survey*")) == ["survey.csv"]


def test_every_fault_of_a_form_is_told_at_once(case: Path, tmp_path: Path) -> None:
    """Nobody named, no such asset, no such day, two wrong answers: five faults with their cells."""
    file = filled(form(case, tmp_path), answers(互动信息提交=("是的", None), 解读比例=("不符合", "两个")), inspector="")
    book = openpyxl.load_workbook(file)
    book["说明"]["B2"], book["说明"]["B5"] = "q9", "昨天"
    book.save(file)
    with pytest.raises(InputError) as refused:
        read_forms([file], asked(), ["q1"])
    told = [(p.code, p.place.line, p.place.column) for p in refused.value.problems]
    assert told == [
        ("unknown-word", 2, 2),
        ("bad-date", 5, 2),
        ("expected-integer", 5, 9),
        ("missing-value", 6, 2),
        ("unknown-word", 18, 8),
    ]  # fmt: skip
    assert "是否想写“q1”" in refused.value.problems[0].shown(Language.ZH)


def test_an_inspector_given_on_the_command_line_stands_in(case: Path, tmp_path: Path) -> None:
    file = filled(form(case, tmp_path), answers(互动信息提交=("符合", None)), inspector="")
    assert run("survey", "import", str(case), str(file)).exit_code == 2
    assert run("survey", "import", str(case), str(file), "--inspector", "钱某").exit_code == 0


def test_what_is_no_form_is_refused(case: Path, tmp_path: Path) -> None:
    """A file that is no workbook, and a workbook that is no form."""
    broken, other = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    broken.write_text("x", encoding="utf-8")
    openpyxl.Workbook().save(other)
    refused = run("survey", "import", str(case), str(broken), str(other), "--lang", "zh")
    assert refused.exit_code == 2
    assert "不是有效的XLSX" in refused.stderr
    assert "缺少工作表“检查表”" in refused.stderr
