"""Case folders: what is accepted, and one message for each thing that is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from hege.collectors.casefolder import read_case
from hege.engine.case import PlannedBatch
from hege.engine.errors import InputError
from hege.engine.facts import Facts
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.service.inspecting import at

CASE = "schema: case/1\ntitle: 测试\nrules: cn/2019-19\nas_of: 2024-02-23\n"
ASSETS = "id,kind,name\na1,account,甲\na2,account,乙\ns1,site,丙\n"
FEED = "asset,observed_at,newest\na1,2024-02-23,2024-02-20\na2,2024-02-23,无\n"


def folder(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A case folder of the usual three files, with some replaced or added."""
    for name, content in ({"case.yaml": CASE, "assets.csv": ASSETS, "facts/feed.csv": FEED} | dict(files)).items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, files: Mapping[str, str | bytes]) -> Facts:
    return read_case(folder(path, files), load_vocabulary()).facts


def refused(path: Path, files: Mapping[str, str | bytes]) -> list[str]:
    with pytest.raises(InputError) as error:
        read(path, files)
    return [p.shown(Language.ZH).replace(str(path) + "/", "") for p in error.value.problems]


def same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.drop("source").equals(other.drop("source"))


GOOD: dict[str, dict[str, str | bytes]] = {
    "BOM": {"facts/feed.csv": b"\xef\xbb\xbf" + FEED.encode()},
    "GB18030": {"facts/feed.csv": FEED.encode("gb18030"), "assets.csv": ASSETS.encode("gb18030")},
    "Chinese headers": {"facts/feed.csv": FEED.replace("asset,observed_at,newest", "资产,观测时间,最新更新日期")},
    "other date forms": {
        "facts/feed.csv": FEED.replace("2024-02-20", "2024年2月20日").replace("2024-02-23", "2024/2/23")
    },
    "another order": {"facts/feed.csv": "\n".join([FEED.split("\n")[0], *FEED.split("\n")[:0:-1]])},
    "split": {
        "facts/feed.csv": FEED.split("a2")[0],
        "facts/feed-2.csv": "asset,observed_at,newest\na2,2024-02-23,none\n",
    },
    "rows twice": {"facts/feed-2.csv": FEED},
}


@pytest.mark.parametrize("form", GOOD)
def test_same_facts_in_any_form(tmp_path: Path, form: str) -> None:
    """Encoding, headers, order and split over files do not change the facts."""
    plain = read(tmp_path / "plain", {}).tables["feed"]
    assert same(read(tmp_path / "other", GOOD[form]).tables["feed"], plain)


def test_workbook_serves_as_well(tmp_path: Path) -> None:
    """One sheet per kind, real dates in the cells."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "feed"
    for line in FEED.strip().split("\n"):
        sheet.append(line.split(","))
    path = folder(tmp_path / "book", {"facts/feed.csv": "asset,observed_at,newest\n"})
    book.save(path / "facts.xlsx")
    plain = read(tmp_path / "plain", {}).tables["feed"]
    assert same(read_case(path, load_vocabulary()).facts.tables["feed"], plain)


BAD: dict[str, tuple[dict[str, str | bytes], str]] = {
    "unknown header": (
        {"facts/feed.csv": "asset,observed_at,newst\na1,2024-02-23,2024-02-20\n"},
        "facts/feed.csv:1:3: 错误[unknown-header]: 没有“newst”这一列\n    办法: 是否想写“newest”？",
    ),
    "wrong date": (
        {"facts/feed.csv": FEED.replace("2024-02-20", "2024-02-30")},
        "facts/feed.csv:2:3: 错误[bad-date]: “newest”（最新更新日期）应为日期，如2024-02-23；这里写的是“2024-02-30”",
    ),
    "unknown word": (
        {"facts/column.csv": "asset,part,observed_at,class\ns1,要闻,2024-02-23,动态新闻\n"},
        ("facts/column.csv:2:4: 错误[bad-value]: “class”（栏目类别）应为概况信息、机构职能、领导信息、动态要闻、通知公告、政策文件、政策解读、人事信息、"
        "规划计划、年度报表、数据发布、业务工作、办事统计、政务咨询、调查征集、在线访谈、其他；这里写的是“动态新闻”\n    办法: 是否想写“动态要闻”？"),
    ),
    "unknown state": (
        {"facts/feed.csv": "asset,observed_at,state\na1,2024-02-23,block\n"},
        ("facts/feed.csv:2:3: 错误[unknown-word]: 没有状态“block”\n"
        "    办法: 是否想写“blocked”？可用：known（已知）、unknown（未能查看）、blocked（访问被拦截）、error（采集出错）、not_applicable（不适用）"),
    ),
    "duplicate asset": (
        {"assets.csv": ASSETS + "a1,account,丁\n"},
        "assets.csv:5:1: 错误[duplicate-asset]: 资产编号“a1”重复，前一个在第2行\n    办法: 每个资产一行",
    ),
    "missing asset": (
        {"facts/feed.csv": FEED.replace("a2", "a22")},
        "facts/feed.csv:3:1: 错误[unknown-asset]: assets.csv里没有资产“a22”\n    办法: 是否想写“a2”？",
    ),
    "fact of the other kind of asset": (
        {"facts/feed.csv": FEED.replace("a2", "s1")},
        "facts/feed.csv:3:1: 错误[wrong-kind]: “feed”（更新情况）不能记在网站“s1”上",
    ),
    "missing part": (
        {"facts/column.csv": "asset,part,observed_at,class\ns1,,2024-02-23,动态要闻\n"},
        "facts/column.csv:2:2: 错误[part]: 缺少part：是哪个栏目",
    ),
    "ragged row": (
        {"facts/feed.csv": FEED + "a1,2024-02-24\n"},
        "facts/feed.csv:4:1: 错误[ragged-row]: 这一行有2格，表头有3列",
    ),
    "unknown kind": (
        {"facts/feeds.csv": FEED},
        "facts/feeds.csv: 错误[unknown-word]: 事实种类中没有“feeds”\n    办法: 是否想写“feed”？可用：",
    ),
    "two observations of one time": (
        {"facts/feed-2.csv": "asset,observed_at,newest\na1,2024-02-23,2024-02-21\n"},
        "是同一资产、同一部分、同一时间的观测，内容却不同",
    ),
    "not text": ({"facts/feed.csv": b"asset\0"}, "facts/feed.csv: 错误[not-text]: 文件里有NUL字节，不是文本"),
    "empty file": ({"facts/feed.csv": ""}, "facts/feed.csv: 错误[empty-file]: 文件是空的"),
    "not a workbook": ({"facts.xlsx": b"PK"}, "facts.xlsx: 错误[not-a-workbook]: 不是有效的XLSX"),
    "unbalanced quote": ({"facts/feed.csv": FEED + 'a1,"2024'}, "错误[csv]: 不是有效的CSV"),
    "no date to judge at": (
        {"case.yaml": CASE.replace("as_of: 2024-02-23\n", "")},
        "case.yaml:1:1: 错误[no-date]: 缺少监测时间点as_of",
    ),
    "wrong key in the case": (
        {"case.yaml": CASE + "isuer: 某办\n"},
        "case.yaml:5:1: 错误[unknown-word]: 案例的键中没有“isuer”\n    isuer: 某办\n    ^\n    办法: 是否想写“issuer”？",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_one_message_for_each_fault(tmp_path: Path, fault: str) -> None:
    """The message names file, row and column, what was expected and the nearest word; there is no second one."""
    files, message = BAD[fault]
    (shown,) = refused(tmp_path, files)
    assert message in shown


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    """Nothing is half-imported, and nobody has to run it five times."""
    files = {"facts/feed.csv": FEED.replace("2024-02-20", "x"), "assets.csv": ASSETS + "a1,account,丁\n"}
    assert len(refused(tmp_path, files)) == 2


def test_many_faults_of_one_sort_are_counted(tmp_path: Path) -> None:
    """Twenty are shown, the rest is a number."""
    rows = "".join(f"a1,2024-02-{d:02},x\n" for d in range(1, 29))
    shown = refused(tmp_path, {"facts/feed.csv": "asset,observed_at,newest\n" + rows})
    assert len(shown) == 21
    assert "另有8处同类错误未列出" in shown[0]


def test_assets_that_cannot_be_looked_up_are_one_fault(tmp_path: Path) -> None:
    """Facts are not blamed for assets that could not be looked up."""
    (shown,) = refused(tmp_path, {"assets.csv": "id,name\na1,甲\n"})
    assert shown == "assets.csv:1:1: 错误[missing-header]: 缺少“kind”（种类）列"


def test_same_observation_written_in_two_ways_is_one(tmp_path: Path) -> None:
    """An empty state is `known`; only another content is a contradiction, also where it is empty against no."""
    files = {"facts/feed-2.csv": "asset,observed_at,state,newest\na1,2024-02-23,known,2024/2/20\n"}
    assert read(tmp_path / "same", files).tables["feed"].height == 2
    profile = "asset,observed_at,found\na1,2024-02-23,否\na1,2024-02-23,\n"
    (shown,) = refused(tmp_path / "other", {"facts/profile.csv": profile})
    assert "facts/profile.csv:3: 错误[two-observations]" in shown


def test_contradictions_are_counted_too(tmp_path: Path) -> None:
    """A file that contradicts itself in every row does not fill the screen."""
    rows = "".join(f"a1,2024-02-23,2024-02-{d:02}\n" for d in range(1, 29))
    shown = refused(tmp_path, {"facts/feed.csv": "asset,observed_at,newest\n" + rows})
    assert len(shown) == 21
    assert "另有7处同类错误未列出" in shown[0]


def test_line_is_counted_over_line_breaks_in_cells(tmp_path: Path) -> None:
    """The row number is that of the line in the file where the row ends."""
    text = 'asset,observed_at,note\ns1,2024-02-23,"一\n二\n三"\ns1,2024-02-33,\n'
    (shown,) = refused(tmp_path, {"facts/survey.csv": text.replace("asset,", "asset,part,").replace("s1,", "s1,甲,")})
    assert "facts/survey.csv:5:3: 错误[bad-date]" in shown


def test_row_with_too_many_or_too_few_cells_of_an_asset(tmp_path: Path) -> None:
    """No cell is dropped without a word."""
    shown = refused(tmp_path, {"assets.csv": ASSETS + "a3,account,丁,微信\na4,account\n"})
    assert [s.split(": ")[0] for s in shown] == ["assets.csv:5:1", "assets.csv:6:1"]


def test_cells_beside_the_header_of_a_workbook_are_a_fault(tmp_path: Path) -> None:
    """A value in a column without a header would be lost."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "feed"
    for cells in (["asset", "observed_at", "newest"], ["a1", "2024-02-22"], ["a2", "2024-02-22", None, "备注"]):
        sheet.append(cells)
    path = folder(tmp_path, {})
    book.save(path / "facts.xlsx")
    (shown,) = refused(path, {})
    assert "facts.xlsx[feed]:3:1: 错误[ragged-row]: 这一行有4格，表头有3列" in shown


def test_what_describes_a_thing_that_was_not_seen_is_kept(tmp_path: Path) -> None:
    """Which column it is, is known also where it could not be opened; that it belongs to no subsite as well."""
    text = "asset,part,observed_at,state,reason,class,level,subsite\ns1,要闻,2024-02-23,blocked,要登录,动态要闻,1,无\n"
    (row,) = read(tmp_path, {"facts/column.csv": text}).tables["column"].to_dicts()
    kind = load_vocabulary().kinds["column"]
    assert (row["state"], row["class"], row["level"], row["newest"]) == ("blocked", "动态要闻", 1, None)
    assert row["nones"] == 1 << kind.bit("subsite")


def test_lists_are_equal_in_any_order(tmp_path: Path) -> None:
    """The words of a list stand in the order of the vocabulary, so that one observation is one fact."""
    text = "asset,part,observed_at,missing\ns1,甲,2024-02-23,办理流程；设定依据\ns1,甲,2024-02-23,设定依据、办理流程\n"
    (row,) = read(tmp_path, {"facts/guide.csv": text}).tables["guide"].to_dicts()
    assert row["missing"] == ["设定依据", "办理流程"]


def test_coverage_names_a_kind_in_either_language(tmp_path: Path) -> None:
    """The part is kept as the id of the kind."""
    text = "asset,part,observed_at,complete\ns1,网民留言,2024-02-23,no\ns1,column,2024-02-23,是\n"
    rows = read(tmp_path, {"facts/coverage.csv": text}).tables["coverage"]
    assert rows.select("part", "complete").rows() == [("column", True), ("message", False)]


def test_chinese_in_gb18030_is_not_taken_for_damaged_utf8(tmp_path: Path) -> None:
    """Every character of the two levels of GB2312, and texts of a few words."""
    for number, text in enumerate(("联通", "网站", "一", "".join(map(chr, range(0x4E00, 0x9FA6))))):
        table = f"asset,part,observed_at,note\ns1,甲乙丙丁,2024-02-23,{text}\n".encode("gb18030")
        read_in = read(tmp_path / str(number), {"facts/survey.csv": table}).tables["survey"]
        assert read_in.select("part", "note").rows() == [("甲乙丙丁", text)]


def test_place_of_a_damaged_character_is_found_in_a_large_file(tmp_path: Path) -> None:
    """Also where it stands across two steps of reading, and at the very end."""
    header, row = "asset,part,observed_at,note\n", "s1,甲,2024-02-23,某市人民政府办公室\n"
    for padding in range(3):
        raw = bytearray((header + "x" * padding + "\n" + row * 40_000).encode())
        for place in ((1 << 20) - 1, 1 << 20, (1 << 20) + 1, len(raw) - 2):
            broken = bytes(raw[:place]) + b"\xff" + bytes(raw[place + 1 :])
            (shown,) = refused(tmp_path, {"facts/survey.csv": broken})
            assert shown.startswith(f"facts/survey.csv:{raw.count(10, 0, place) + 1}: 错误[encoding]: 文件是UTF-8编码")


CATEGORIES = "id,kind,category\na1,account,正常运行\na2,account,应清理\na3,account,\ns1,site,\n"
LEFT_OUT = {
    "a kind": ("as_of: 2024-02-23\nleft_out: [site]\n", [("account", ())]),
    "a kind without a day": ("as_of: {account: 2024-02-23}\nleft_out: [site]\n", [("account", ())]),
    "a category": ("as_of: 2024-02-23\nleft_out: 应清理\n", [("site", ()), ("account", ("", "正常运行"))]),
    "categories that are all of a kind": (
        'as_of: 2024-02-23\nleft_out: [正常运行, 应清理, ""]\n', [],
    ),
    "a category and a batch of the others": (
        "batches:\n- {name: 甲, kind: account, as_of: 2024-02-23}\nleft_out: [site, 应清理]\n", [("account", ("", "正常运行"))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", LEFT_OUT)
def test_what_is_left_out_is_in_no_batch(tmp_path: Path, form: str) -> None:
    """Everything else is, as if the list had been without it; another monitoring day does not bring it back."""
    plan, expected = LEFT_OUT[form]
    files = {"case.yaml": CASE.replace("as_of: 2024-02-23\n", plan), "assets.csv": CATEGORIES}
    case = read_case(folder(tmp_path, files), load_vocabulary())
    for batches in (case.batches, at(case, date(2024, 3, 1)).batches):
        assert [(b.kind.value, b.category) for b in batches] == expected


def test_another_day_joins_the_batches_of_a_kind(tmp_path: Path) -> None:
    """Two batches of some categories are one of both."""
    plan = "".join(
        f"- {{name: x, kind: account, as_of: 2024-02-23, category: {c}}}\n" for c in ("应清理", '[正常运行, ""]')
    )
    files = {
        "case.yaml": CASE.replace("as_of: 2024-02-23\n", f"batches:\n{plan}left_out: [site]\n"),
        "assets.csv": CATEGORIES,
    }
    case = at(read_case(folder(tmp_path, files), load_vocabulary()), date(2024, 3, 1))
    assert case.batches == (
        PlannedBatch(name="", kind=AssetKind.ACCOUNT, as_of=date(2024, 3, 1), category=("", "应清理", "正常运行")),
    )


def test_time_that_is_none_is_missing(tmp_path: Path) -> None:
    """Every observation has its time."""
    (shown,) = refused(tmp_path, {"facts/feed.csv": FEED.replace("a2,2024-02-23", "a2,无")})
    assert "facts/feed.csv:3:2: 错误[missing-value]: 缺少观测时间observed_at" in shown


def test_words_that_outputs_print_are_read(tmp_path: Path) -> None:
    """A case in Chinese words alone is the same case as in the words of the vocabulary, parts under their own name too."""
    english = {
        "case.yaml": "schema: case/1\ntitle: t\nrules: cn/2019-19\nas_of: 2024-02-23\n",
        "assets.csv": "id,kind,name\ns,site,某市\na,account,某市发布\n",
        "facts/survey.csv": "asset,part,observed_at,state,reason,answer\ns,甲,2024-02-23,,,ok\ns,乙,2024-02-23,known,,problem\n"
        "s,丙,2024-02-23,,,none\ns,丁,2024-02-23,blocked,验证码,\n",
        "facts/probe.csv": "asset,part,observed_at,outcome\ns,1,2024-02-23,timeout\ns,2,2024-02-23,ok\n",
        "facts/feed.csv": "asset,observed_at,state,reason\na,2024-02-23,unknown,没有查\n",
    }
    chinese = {
        "case.yaml": english["case.yaml"],
        "assets.csv": "编号,种类,名称\ns,政府网站,某市\na,政务新媒体,某市发布\n",
        "facts/人工检查.csv": "资产,检查项,观测时间,状态,原因,结论\ns,甲,2024-02-23,,,未发现问题\ns,乙,2024-02-23,已知,,有问题\n"
        "s,丙,2024-02-23,,,无此项\ns,丁,2024-02-23,访问被拦截,验证码,\n",
        "facts/访问监测.csv": "资产,监测点,观测时间,访问结果\ns,1,2024-02-23,超时\ns,2,2024-02-23,正常\n",
        "facts/更新情况.csv": "资产,观测时间,状态,原因\na,2024-02-23,未知,没有查\n",
    }
    read = []
    for folder, files in (("en", english), ("zh", chinese)):
        for name, text in files.items():
            file = tmp_path / folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        read.append(read_case(tmp_path / folder, load_vocabulary()).facts)
    for name in ("survey", "probe", "feed"):
        one, other = (f.tables[name].drop("source") for f in read)
        assert one.equals(other), name
    assert read[0].assets.equals(read[1].assets)
