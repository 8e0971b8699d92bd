"""Setting a case up: the folder, the workbook that inspectors fill in, and that what they did not fill in says nothing."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from hege.collectors.casefolder import read_case
from hege.engine.errors import InputError
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli

VOCABULARY = load_vocabulary()
NEW = ("--title", '乙市"第三季度"检查', "--jurisdiction", "乙市", "--as-of", "2026-09-20")
LISTED = "a1,账号,乙市发布,微信,,,,\na2,账号,=乙市税务,微博,,,,\ns1,网站,乙市人民政府,,,,,\n"


def hege(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["--lang", "zh", *map(str, arguments)])


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case of two accounts and a website, with its workbook."""
    folder = tmp_path / "乙市"
    assert hege("case", "new", folder, *NEW).exit_code == 0
    with (folder / "assets.csv").open("a", encoding="utf-8") as file:
        file.write(LISTED)
    assert hege("case", "forms", folder).exit_code == 0
    return folder


def test_the_workbook_asks_for_what_the_rules_ask(case: Path) -> None:
    """The kinds that the indicators look at; one row an asset where there is one fact of each, none for others."""
    book = openpyxl.load_workbook(case / "facts.xlsx")
    assert book.sheetnames == [
        "（说明）", "报送信息", "访问监测", "首页", "栏目", "链接", "网民留言", "办事指南", "页脚标识", "互动活动", "更新情况", "互动渠道",
        "表述问题", "网民找错",
    ]  # fmt: skip
    rows = {
        name: [[c.value for c in row[:3]] for row in book[name].iter_rows(min_row=2)]
        for name in ("更新情况", "首页", "栏目")
    }
    assert rows == {
        "更新情况": [["a1", "乙市发布", "2026-09-20"], ["a2", "=乙市税务", "2026-09-20"]],
        "首页": [["s1", "乙市人民政府", "2026-09-20"]],
        "栏目": [],
    }
    assert book["更新情况"]["B3"].data_type == "s"
    (lists,) = {v.formula1 for v in book["访问监测"].data_validations.dataValidation if "正常" in v.formula1}
    assert (
        lists == '"正常,打开缓慢,超时,域名解析失败,连接被拒绝,连接被中断,加密连接失败,返回错误页面,被拦截,监测点故障"'
    )


def test_an_empty_workbook_says_nothing(case: Path) -> None:
    """Rows with a number and a day alone are no facts."""
    assert {
        name: table.height for name, table in read_case(case, VOCABULARY).facts.tables.items() if table.height
    } == {}


def test_what_is_filled_in_is_read_as_its_words(case: Path) -> None:
    """Choices in Chinese, a state with its reason, a part under its own name."""
    book = openpyxl.load_workbook(case / "facts.xlsx")
    fill(book, "更新情况", 2, 最新更新日期="2026-09-18", 最新原创日期="无")
    fill(book, "更新情况", 3, 状态="访问被拦截", 原因="要求登录")
    fill(book, "访问监测", 2, 资产="s1", 监测点="1", 观测时间="2026-09-20T10:05", 访问结果="打开缓慢", 打开用时="12.5")
    book.save(case / "facts.xlsx")
    tables = read_case(case, VOCABULARY).facts.tables
    shown = ("asset", "state", "reason", "newest", "newest_original", "nones")
    assert [tuple(map(str, row)) for row in tables["feed"].select(shown).iter_rows()] == [
        ("a1", "known", "", "2026-09-18", "None", "2"), ("a2", "blocked", "要求登录", "None", "None", "0"),
    ]  # fmt: skip
    assert tables["probe"].select("asset", "part", "outcome", "seconds").rows() == [("s1", "1", "slow", 12.5)]


def test_a_wrong_cell_is_refused_with_its_place(case: Path) -> None:
    """Row and column as a person counts them, also where a row above was left empty."""
    book = openpyxl.load_workbook(case / "facts.xlsx")
    fill(book, "更新情况", 3, 最新更新日期="九月")
    book.save(case / "facts.xlsx")
    with pytest.raises(InputError) as refused:
        read_case(case, VOCABULARY)
    (problem,) = refused.value.problems
    assert (problem.code, problem.place.line, problem.place.column) == ("bad-date", 3, 6)


@pytest.mark.parametrize("again", [("new", *NEW), ("forms",)], ids=lambda a: a[0])
def test_nothing_is_overwritten(case: Path, again: tuple[str, ...]) -> None:
    """What inspectors wrote stays."""
    before = {f: f.read_bytes() for f in case.iterdir()}
    done = hege("case", again[0], case, *again[1:])
    assert done.exit_code == 2
    assert "不改动" in done.output or "不覆盖" in done.output
    assert {f: f.read_bytes() for f in case.iterdir()} == before


def test_unknown_rules_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A slip in the name of a pack leaves no half-made folder."""
    assert hege("case", "new", tmp_path / "a", *NEW, "--rules", "cn/nowhere").exit_code == 2
    assert not (tmp_path / "a").exists()


def test_rules_of_ones_own_are_named_from_the_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever one stands when the case is made, it can be inspected from anywhere."""
    own = tmp_path / "本市指标"
    own.mkdir()
    text = "schema: overlay/2\npack: cn/own\ntitle: 乙市\non: cn/2019-19\nchanges: []\n"
    (own / "overlay.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = hege("case", "new", "cases/乙市", *NEW, "--rules", "本市指标")
    assert (done.exit_code, done.output.splitlines()[0]) == (
        0,
        "已建立cases/乙市：先填名册assets.csv，再执行hege case forms cases/乙市",
    )
    monkeypatch.chdir("/")
    assert 'rules: "../../本市指标"' in (tmp_path / "cases/乙市/case.yaml").read_text(encoding="utf-8")


def fill(book: openpyxl.Workbook, sheet: str, row: int, **cells: str) -> None:
    titles = [c.value for c in book[sheet][1]]
    for title, value in cells.items():
        book[sheet].cell(row, titles.index(title) + 1).value = value
