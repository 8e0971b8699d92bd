"""Every sort of bad input, met as a user meets it: the whole message in both languages, exit code 2, nothing else done.

The messages stand in tests/golden/bad_input, a file for each fault.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from hege.service.cli import cli

from .golden import FOLDER, Golden

CASE = "schema: case/1\ntitle: 测试\nrules: cn/2019-19\nas_of: 2024-02-23\n"
ASSETS = "id,kind,name\na1,account,甲\na2,account,乙\ns1,site,丙\n"
FEED = "asset,observed_at,newest\na1,2024-02-23,2024-02-20\na2,2024-02-23,无\n"
COLUMN = "asset,part,observed_at,class,level,newest\ns1,要闻,2024-02-23,动态要闻,1,2024-02-20\n"
RULES = """\
schema: indicators/1
pack: test
title: 测试
conventions: {observation: 7d, law: {document: d}}
indicators:
- id: account.stale
  title: 内容不更新
  applies_to: {kind: account}
  effect: veto
  status: in_force
  versions:
  - from: 2019-04-01
    law: {document: d, quote: 前2周内无更新}
    params: {window: 14d}
    fail_when: {not_updated: {what: feed.newest, within: $window}}
"""
FILES: dict[str, str] = {
    "case.yaml": CASE, "assets.csv": ASSETS, "facts/feed.csv": FEED, "facts/column.csv": COLUMN, "rules/indicators.yaml": RULES,
}  # fmt: skip
LARGE = 200 << 20

Content = str | bytes | int  # a number: a file of so many NUL bytes, which takes no room


def changed(name: str, old: str, new: str) -> dict[str, Content]:
    """One of the files with a text replaced."""
    assert FILES[name].count(old) == 1, old
    return {name: FILES[name].replace(old, new)}


def counting(relation: str) -> dict[str, Content]:
    """An indicator whose law says 超过（含）5个."""
    text = RULES.replace("前2周内无更新", "超过（含）5个菜单无法打开").replace("    params: {window: 14d}\n", "")
    check = f"{{count: {{of: {{each: menu, where: {{opens: false}}}}, {relation}: 5}}}}"
    return {"rules/indicators.yaml": text.replace("{not_updated: {what: feed.newest, within: $window}}", check)}


GUIDE = "asset,part,observed_at,missing\n"


def guides(missing: str) -> dict[str, Content]:
    """One guide for a matter, with what it lacks."""
    return {"facts/guide.csv": f"{GUIDE}s1,甲,2024-02-23,{missing}\n"}


def damaged(before: str) -> bytes:
    """Columns in UTF-8 of which the word in row 3 lost two bytes; what is left is a text of GB18030 as well."""
    rows = [f"s1,要闻{n},2024-02-23,{word}\n" for n, word in enumerate(("其他", "政策文件", "通知公告"))]
    raw = f"{before}asset,part,observed_at,class\n{''.join(rows)}".encode().replace(
        "文件".encode(), "文件".encode()[:-2]
    )
    assert raw.decode("gb18030")
    return raw


def batches(batch: str, more: str = "") -> dict[str, Content]:
    """A case of two sorts of accounts and a site, with one batch."""
    case = CASE.replace("as_of: 2024-02-23\n", f"batches:\n- {batch}\n{more}")
    return {"case.yaml": case, "assets.csv": "id,kind,category\na1,account,正常运行\na2,account,应清理\ns1,site,\n"}


RULE = "rules/indicators.yaml"
BOMB = "schema: indicators/1\na: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + below] * 9)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)

INSPECT: dict[str, Mapping[str, Content]] = {
    "wrong header": changed("facts/feed.csv", "newest\n", "newst\n"),
    "wrong header in Chinese": {"facts/feed.csv": FEED.replace("asset,observed_at,newest", "资产,观测时间,最新更新日")},
    "header that means nothing": changed("facts/feed.csv", "newest\n", "qqq\n"),
    "header twice": {"facts/feed.csv": "asset,observed_at,newest,最新更新日期\na1,2024-02-23,2024-02-20,2024-02-20\n"},
    "header missing": {"facts/column.csv": "asset,class\ns1,动态要闻\n"},
    "wrong date": changed("facts/feed.csv", "2024-02-20", "2024-02-30"),
    "wrong time": changed("facts/feed.csv", "a1,2024-02-23", "a1,2024-02-23T25:00"),
    "unknown class": changed("facts/column.csv", "动态要闻", "动态新闻"),
    "wrong number": changed("facts/column.csv", ",1,", ",一级,"),
    "unknown state": {"facts/feed.csv": "asset,observed_at,state,newest\na1,2024-02-23,block,\n"},
    "duplicate id": {"assets.csv": ASSETS + "a1,account,丁\n"},
    "id left out": {"assets.csv": ASSETS + ",account,丁\n"},
    "unknown kind of asset": changed("assets.csv", "s1,site", "s1,sites"),
    "missing asset": changed("facts/feed.csv", "a2,", "a22,"),
    "fact of the other kind of asset": changed("facts/feed.csv", "a2,", "s1,"),
    "missing part": changed("facts/column.csv", "s1,要闻,", "s1,,"),
    "part where there are none": {"facts/feed.csv": "asset,part,observed_at\na1,甲,2024-02-23\n"},
    "two observations of one time": {"facts/feed-2.csv": "asset,observed_at,newest\na1,2024-02-23,2024-02-21\n"},
    "ragged row": {"facts/feed.csv": FEED + "a1,2024-02-24\n"},
    "quote that is not closed": {"facts/feed.csv": FEED + 'a1,"2024-02-24,\n'},
    "quote inside a text": {"facts/feed.csv": FEED + 'a1,"2024"-02-24,\n'},
    "cell without end": {"facts/feed.csv": FEED + "a1," + "2" * 200_000 + ",\n"},
    "file of no kind": {"facts/feeds.csv": FEED},
    "neither UTF-8 nor GB18030": {"facts/feed.csv": FEED.encode() + b"\xff\xff\xff\n"},
    "GB18030 with a fault": {"facts/column.csv": COLUMN.replace("动态要闻", "动态新闻").encode("gb18030")},
    "case.yaml in GB18030": {"case.yaml": CASE.encode("gb18030")},
    "empty file": {"facts/feed.csv": ""},
    "200 MB that are no text": {"facts/feed.csv": LARGE},
    "200 MB of case.yaml": {"case.yaml": LARGE},
    "not a workbook": {"facts.xlsx": b"PK"},
    "many faults of one sort": {"facts/feed.csv": FEED + "a1,2024-13-01,\n" * 5000},
    "faults of several files": {**changed("facts/feed.csv", "2024-02-20", "昨天"), **changed("assets.csv", "s1,site", "s1,")},
    "no monitoring day": changed("case.yaml", "as_of: 2024-02-23\n", ""),
    "unknown pack": changed("case.yaml", "cn/2019-19", "cn/2019-91"),
    "value that was not seen": {
        "facts/column.csv": "asset,part,observed_at,state,reason,class,newest\ns1,要闻,2024-02-23,blocked,要登录,动态要闻,2024-02-20\n",
        "facts/feed.csv": "asset,observed_at,state,newest\na1,2024-02-23,not_applicable,无\na2,2024-02-23,error,昨天\n",
    },
    "coverage of no kind": {"facts/coverage.csv": "asset,part,observed_at,complete\ns1,mesage,2024-02-23,no\ns1,网民流言,2024-02-23,no\n"},
    "list with a word twice": guides("联系电话;办理流程;联系电话"),
    "list with an unknown word": guides("联系电话;办理流程图"),
    "list of nothing": guides("；"),
    "negative count": changed("facts/column.csv", ",1,", ",-1,"),
    "number with an underscore": changed("facts/column.csv", ",1,", ",1_000,"),
    "number too large": changed("facts/column.csv", ",1,", f",{1 << 63},"),
    "negative seconds": {"facts/probe.csv": "asset,part,observed_at,outcome,seconds\ns1,北京,2024-02-23,ok,-0.5\n"},
    "day of another age": changed("facts/feed.csv", "2024-02-20", "2204-02-20"),
    "times that overflow": {
        "facts/feed.csv": "asset,observed_at,newest\na1,9999-12-31T23:59:00-12:00,\na2,0001-01-01T00:00+14:00,\n"
    },
    "monitoring day of another age": changed("case.yaml", "2024-02-23", "9999-12-31"),
    "asset row too long": {"assets.csv": ASSETS + "a3,account,丁,微信\n"},
    "asset row too short": {"assets.csv": ASSETS + "a3,account\n"},
    "synthetic maybe": {"assets.csv": "id,kind,synthetic\na1,account,maybe\na2,account,\ns1,site,no\n"},
    "two lists of one time": {
        "facts/guide.csv": GUIDE + "s1,甲,2024-02-23,联系电话;办理流程\ns1,甲,2024-02-23,办理流程;联系电话\ns1,甲,2024-02-23,联系电话\n"
    },
    "open against none": {"facts/feed-2.csv": "asset,observed_at,newest\na2,2024-02-23,\n"},
    "open against no": {"facts/profile.csv": "asset,observed_at,found\na1,2024-02-23,no\na1,2024-02-23,\n"},
    "open against 0": {"facts/home.csv": "asset,observed_at,items\ns1,2024-02-23,0\ns1,2024-02-23,\n"},
    "damaged UTF-8": {"facts/column.csv": damaged("")},
    "damaged UTF-8 with a mark": {"facts/column.csv": damaged("\ufeff")},
    "another schema": changed("case.yaml", "case/1", "case/2"),
    "pass rate that is none": {"case.yaml": CASE + "previous: {site: {pass_rate: 880.2%}, account: {pass_rate: 0.882}}\nprinted: {site: 九成}\n"},
    "frames that are none": {"case.yaml": CASE + "frames: {site: 0, account: 1}\n"},
    "kind of asset without a day": changed("case.yaml", "as_of: 2024-02-23", "as_of: {site: 2024-02-23}"),
    "kind of asset without a batch": batches("{name: 甲, kind: account, as_of: 2024-02-23}"),
    "category of no asset": batches("{name: 甲, kind: account, as_of: 2024-02-23, category: [正常运作, 应清理]}"),
    "category without a batch": batches("{name: 甲, kind: account, as_of: 2024-02-23, category: 正常运行}", "left_out: [site]\n"),
    "batch of what is left out": batches(
        "{name: 甲, kind: account, as_of: 2024-02-23, category: [正常运行, 应清理]}", "left_out: [site, 应清理, 应清里]\n"
    ),
    "printed rate beside batches": batches("{name: 甲, kind: account, as_of: 2024-02-23}", "left_out: [site]\nprinted: {account: 98%}\n"),
}  # fmt: skip
LINT: dict[str, Mapping[str, Content]] = {
    "duplicate key": changed(RULE, "  title: 内容不更新\n", "  title: 内容不更新\n  title: 再写一次\n"),
    "alias bomb": {RULE: BOMB},
    "alias": changed(RULE, "within: $window", "within: *window"),
    "tag": changed(RULE, "window: 14d", "window: !!str 14d"),
    "tag that would run code": changed(RULE, "window: 14d", "window: !!python/object/apply:os.system [ls]"),
    "tab indentation": changed(RULE, "  effect: veto", "\teffect: veto"),
    "unknown block": changed(RULE, "not_updated:", "not_update:"),
    "wrong unit": changed(RULE, "window: 14d", "window: 14days"),
    "hours where days are meant": changed(RULE, "window: 14d", "window: 14h"),
    "overlapping versions": {RULE: RULES + RULES[RULES.index("  - from") :]},
    "超过（含） with more_than": counting("more_than"),
    "unknown effect": changed(RULE, "effect: veto", "effect: vetto"),
    "unknown fact": changed(RULE, "feed.newest", "fed.newest"),
    "unknown parameter": changed(RULE, "within: $window", "within: $windw"),
    "missing law": changed(RULE, "    law: {document: d, quote: 前2周内无更新}\n", ""),
    "date of another age": {RULE: RULES.replace("from: 2019-04-01", "from: 0001-01-01")},
    "wrong date of a version": changed(RULE, "from: 2019-04-01", "from: 2019-04-31"),
    "rules in GB18030": {RULE: RULES.encode("gb18030")},
    "200 MB of rules": {RULE: LARGE},
}  # fmt: skip


def folder(path: Path, files: Mapping[str, Content]) -> Path:
    """A case folder with its own rules, with some files replaced or added."""
    for name, content in ({**FILES, **files}).items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, int):
            with file.open("wb") as empty:
                empty.truncate(content)
        else:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def said(path: Path, *arguments: str) -> str:
    """What the command says, with paths below the folder; it must refuse."""
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code == 2, result.output
    return result.output.replace(f"{path}{os.sep}", "")


def told(path: Path, command: str, files: Mapping[str, Content]) -> str:
    """The messages in both languages."""
    where = folder(path, files)
    arguments = ["inspect", str(where)] if command == "inspect" else ["rules", "lint", str(where / "rules")]
    return "".join(said(where, "--lang", language, *arguments) for language in ("zh", "en"))


CASES = {**{f"inspect: {n}": f for n, f in INSPECT.items()}, **{f"rules lint: {n}": f for n, f in LINT.items()}}


def file_of(name: str) -> str:
    """The golden file of a fault: `inspect: wrong header` is bad_input/inspect-wrong-header.txt."""
    return f"bad_input/{re.sub('[^A-Za-z0-9]+', '-', name)}.txt"


@pytest.mark.parametrize("name", CASES)
def test_one_readable_message(tmp_path: Path, golden: Golden, name: str) -> None:
    """What, where, why and what to do, in Chinese and in English."""
    golden(file_of(name), told(tmp_path, name.split(": ")[0], CASES[name]))


def test_no_message_is_left_over() -> None:
    """Each file belongs to a fault."""
    assert {f.name for f in (FOLDER / "bad_input").iterdir()} == {Path(file_of(name)).name for name in CASES}


def test_files_with_nothing_replaced_are_good(tmp_path: Path) -> None:
    """The faults above are the only ones."""
    where = folder(tmp_path, {})
    for arguments in (["inspect", str(where), "--format", "json"], ["rules", "lint", str(where / "rules")]):
        result = CliRunner().invoke(cli, arguments)
        assert (result.exit_code, result.stderr) == (0, "")


def test_bound_that_the_quote_asks_for_is_good(tmp_path: Path) -> None:
    """超过（含） is at_least."""
    where = folder(tmp_path, counting("at_least"))
    assert CliRunner().invoke(cli, ["rules", "lint", str(where / "rules")]).exit_code == 0


@pytest.mark.parametrize("encode", [lambda t: t.encode("gb18030"), lambda t: b"\xef\xbb\xbf" + t.encode()])
def test_encodings_of_spreadsheet_programs_are_good(tmp_path: Path, encode: Callable[[str], bytes]) -> None:
    """GB18030 and UTF-8 with a byte order mark give the same inspection as plain UTF-8."""

    def inspected(files: Mapping[str, Content], into: str) -> str:
        return CliRunner().invoke(cli, ["inspect", str(folder(tmp_path / into, files)), "--format", "json"]).stdout

    plain = inspected({}, "plain")
    assert plain
    assert inspected({n: encode(t) for n, t in FILES.items() if n.endswith(".csv")}, "encoded") == plain


def test_pipe_is_refused_and_not_read(tmp_path: Path) -> None:
    """Whoever opened it would wait for ever."""
    where = folder(tmp_path, {})
    (where / "facts" / "feed.csv").unlink()
    os.mkfifo(where / "facts" / "feed.csv")
    (where / "facts" / "home.csv").symlink_to("/dev/zero")
    assert said(where, "--lang", "en", "inspect", str(where)) == (
        "facts/feed.csv: error[not-a-file]: no regular file (a pipe, a device or a broken link); it is not read\n"
        "    to do: put the file itself here, or move this away\n"
        "facts/home.csv: error[not-a-file]: no regular file (a pipe, a device or a broken link); it is not read\n"
        "    to do: put the file itself here, or move this away\n"
        "2 problems; nothing was done\n"
    )


@pytest.mark.parametrize("name", ["case.yaml", "assets.csv", "facts/feed.csv", "facts.xlsx"])
def test_folder_in_place_of_a_file(tmp_path: Path, name: str) -> None:
    """It is told as that, not as missing."""
    where = folder(tmp_path, {})
    (where / name).unlink(missing_ok=True)
    (where / name).mkdir()
    assert said(where, "--lang", "zh", "inspect", str(where)) == (
        f"{name}: 错误[not-a-file]: 这是文件夹，应为文件\n    办法: 把文件放在这个位置，文件夹移走\n共1处问题，未做任何改动\n"
    )


@pytest.mark.parametrize("facts", ["none", "empty", "a file"])
def test_case_without_facts(tmp_path: Path, facts: str) -> None:
    """Nobody looked yet: everything is undetermined. A file is no folder of facts."""
    where = folder(tmp_path, {})
    shutil.rmtree(where / "facts")
    if facts == "empty":
        (where / "facts").mkdir()
    if facts == "a file":
        (where / "facts").write_text(FEED, encoding="utf-8")
        assert said(where, "--lang", "en", "inspect", str(where)) == (
            "facts: error[no-folder]: facts must be a folder with a CSV for each kind of fact\n1 problem; nothing was done\n"
        )
        return
    result = CliRunner().invoke(cli, ["inspect", str(where), "--format", "json"])
    assert (result.exit_code, result.stderr) == (0, "")
    groups = json.loads(result.stdout)["groups"]
    assert {kind: (g["total"], g["undetermined"]) for kind, g in groups.items()} == {"site": (1, 1), "account": (2, 2)}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1949-12-31", "2101-01-01"])
def test_day_of_another_age_is_no_argument(tmp_path: Path, day: str) -> None:
    """Windows around it would leave the calendar."""
    where = folder(tmp_path, {})
    assert said(where, "--lang", "en", "inspect", str(where), "--as-of", day).endswith(
        f"error: --as-of: {day} must be between 1950-01-01 and 2100-12-31\nFor help: hege inspect --help\n"
    )


def test_refused_input_writes_nothing(tmp_path: Path) -> None:
    """No output folder appears."""
    where = folder(tmp_path / "case", INSPECT["wrong date"])
    assert CliRunner().invoke(cli, ["inspect", str(where), "--out", str(tmp_path / "out")]).exit_code == 2
    assert not (tmp_path / "out").exists()
