"""Accounts: feeds and article pages as others serve them, sheets as the filing systems export them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from hege.collectors.accounts.feeds import Feed, NoFeed, Post, posted, read_json, read_xml
from hege.collectors.accounts.maps import FeedMap, SheetMap, parse_map, read_map, shipped_maps
from hege.collectors.accounts.sources import ARTICLE, RSS, Source, read_sources
from hege.collectors.accounts.visit import VisitAccount
from hege.collectors.accounts.weixin import ArticlePage, read_article
from hege.collectors.capture import Capture, Exchange, Outcome
from hege.collectors.casefolder import read_case
from hege.collectors.evidence.warc import Place
from hege.collectors.fetching.fetcher import Asking
from hege.engine.errors import InputError
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # ten in the morning in Shanghai
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (1700791200, date(2023, 11, 24)),
        ("1700791200", date(2023, 11, 24)),
        (1700791200000, date(2023, 11, 24)),
        ("Tue Nov 24 00:30:00 +0800 2026", TODAY),
        ("2026-11-23T23:30:00+00:00", TODAY),
        ("2026-11-23 23:30:00", date(2026, 11, 23)),
        ("刚刚", TODAY),
        ("5分钟前", TODAY),
        ("11小时前", date(2026, 11, 23)),
        ("9小时前", TODAY),
        ("3天前", date(2026, 11, 21)),
        ("昨天 08:12", date(2026, 11, 23)),
        ("今天 08:12", TODAY),
        ("11-20", date(2026, 11, 20)),
        ("12-30", date(2025, 12, 30)),
        ("2026年11月1日", date(2026, 11, 1)),
        ("", None),
        ("soon", None),
        (None, None),
    ],
)
def test_when_a_post_was_made(written: object, day: date | None) -> None:
    """Epochs, platform times and words, as a day in Shanghai."""
    assert posted(written, NOW) == day


OWNER = FeedMap(title="", items="posts[]", published="t", text="x", name="a.n", id="a.i", repost="f", complete=True)


def test_a_json_feed_by_a_map() -> None:
    """Posts with their pointers, the account's name and id; a post without a time is left out."""
    document = {
        "a": {"n": "甲", "i": 7},
        "posts": [{"t": "2026-11-20", "x": "一", "f": False}, {"x": "二"}, {"t": "2026-11-22", "f": {"id": 1}}],
    }
    assert read_json(json.dumps(document), OWNER, NOW) == Feed(
        posts=(
            Post(day=date(2026, 11, 20), text="一", pointer="/posts/0", is_original=True),
            Post(day=date(2026, 11, 22), text="", pointer="/posts/2", is_original=False),
        ),
        name="甲", id="7", complete=True,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["<html>", "{}", '{"posts": [{"y": 1}]}'])
def test_what_is_no_feed_of_its_map(text: str) -> None:
    """Another document, the list missing, no times: never an empty feed."""
    with pytest.raises(NoFeed):
        read_json(text, OWNER, NOW)


def test_an_empty_list_is_an_empty_feed() -> None:
    """Nothing was posted."""
    assert read_json('{"posts": []}', OWNER, NOW).posts == ()


RSS_TEXT = """<?xml version="1.0"?><rss><channel><title>甲</title>
<item><title>一</title><pubDate>Mon, 23 Nov 2026 18:00:00 GMT</pubDate></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>甲</title><entry><title>一</title><updated>2026-11-24T01:00:00+08:00</updated></entry></feed>"""


@pytest.mark.parametrize(("text", "tag"), [(RSS_TEXT, "item"), (ATOM, "entry")])
def test_rss_and_atom(text: str, tag: str) -> None:
    """Days are those of Shanghai."""
    assert read_xml(text.encode()) == Feed(posts=(Post(day=TODAY, text="一", pointer=f"{tag}[1]"),), name="甲")


@pytest.mark.parametrize("text", ["<rss><chan", "<html/>", '<!DOCTYPE x [<!ENTITY a "b">]><rss/>'])
def test_what_is_no_rss(text: str) -> None:
    """Torn, another document, or one that declares entities."""
    with pytest.raises(NoFeed):
        read_xml(text.encode())


NOTHING = ArticlePage(day=None, name="", id="", owner="", status="", is_original=None, blocked="", gone="", quote="")
ARTICLES: dict[str, tuple[str, dict[str, Any]]] = {
    "an article": (
        '<em id="publish_time">昨天</em><script>var biz = "MzA5MDkwOTA="; var nickname = htmlDecode("云川&amp;发布"); var ct = "1700791200"; copyright_stat="1"</script>',
        {"day": date(2023, 11, 24), "id": "MzA5MDkwOTA=", "name": "云川&发布", "is_original": True, "quote": 'var ct = "1700791200'},
    ),
    "newer pages": ('<a id="js_name"> 云川发布 </a><script>create_time: "1700791200"</script>', {"day": date(2023, 11, 24), "name": "云川发布", "quote": 'create_time: "1700791200'}),
    "migrated": ("<p>该公众号已迁移</p>", {"status": "迁移", "quote": "迁移"}),
    "deregistered": ("<p>该帐号已自主注销</p>", {"status": "注销", "quote": "注销"}),
    "taken back": ("<p>帐号已被系统回收</p>", {"status": "注销", "quote": "注销"}),
    "frozen": ("<p>该账号已冻结</p>", {"status": "冻结", "quote": "冻结"}),
    "shut": ("<p>此帐号已被屏蔽, 内容无法查看</p>", {"status": "屏蔽", "quote": "屏蔽"}),
    "deleted article": ("<p>该内容已被发布者删除</p>", {"gone": "该内容已被发布者删除", "quote": "该内容已被发布者删除"}),
    "verification": ("<p>当前环境异常，完成验证后即可继续访问</p>", {"blocked": "环境异常", "quote": "环境异常"}),
    "only in the app": ("<p>请在微信客户端打开链接</p>", {"blocked": "请在微信客户端打开链接", "quote": "请在微信客户端打开链接"}),
    "something else": ("<p>你好</p>", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", ARTICLES)
def test_article_pages(name: str) -> None:
    """The epoch and not the word 昨天; what became of the account; what keeps us out."""
    text, expected = ARTICLES[name]
    values = {f: getattr(NOTHING, f) for f in NOTHING.__dataclass_fields__} | expected
    assert read_article(text) == ArticlePage(**values)


def said(
    *sources: tuple[Source, str | Outcome], registered: str = "甲"
) -> list[tuple[str, str, str, dict[str, object]]]:
    """Kind, state, reason and fields of what an account's sources say together."""
    answers = {source.url: answer for source, answer in sources}

    class Table:
        async def fetch(self, asking: Asking) -> Capture:
            answer = answers[asking.url]
            if isinstance(answer, Outcome):
                return Capture(url=asking.url, fetched_at=NOW, outcome=answer, reason=answer.value)
            exchange = Exchange(url=asking.url, status=200, body=answer.encode())
            return Capture(
                url=asking.url, fetched_at=NOW, outcome=Outcome.OK, exchanges=(exchange,), body=answer.encode()
            )

    task = VisitAccount(id="a", registered=registered, sources=tuple(s for s, _ in sources))
    place = Place(record="r", file="f", offset=0, length=1)
    _, facts = asyncio.run(task.run(Table(), lambda capture: place))
    return [(f.observation.kind, f.observation.state, f.observation.reason, dict(f.observation.fields)) for f in facts]


def owner(day: str, *, complete: bool = True, id: str = "", name: str = "甲") -> tuple[Source, str]:
    """A source with one post."""
    map = FeedMap(title="", items="posts[]", published="t", name="a.n", id="a.i", repost="f", complete=complete)
    document = {"a": {"n": name, "i": "7"}, "posts": [{"t": day}] if day else []}
    return Source(url=f"http://x/{day}{complete}", way="own.yaml", map=map, id=id), json.dumps(document)


def test_a_complete_source_shows_what_was_not_posted() -> None:
    """Old is old, none is none."""
    assert said(owner("2026-10-01"))[0] == (
        "feed",
        "known",
        "",
        {"newest": date(2026, 10, 1), "newest_original": date(2026, 10, 1)},
    )
    assert said(owner(""))[0] == ("feed", "known", "", {"newest": "none", "newest_original": "none"})


def test_an_incomplete_source_shows_only_what_was_posted() -> None:
    """A recent post is known; an old one leaves open what the feed does not show."""
    assert said(owner("2026-11-20", complete=False))[0] == (
        "feed", "known", "", {"newest": date(2026, 11, 20), "newest_original": date(2026, 11, 20)}
    )  # fmt: skip
    assert said(owner("2026-11-01", complete=False))[0] == (
        "feed",
        "unknown",
        "来源不一定完整，看到的最新一条为2026-11-01",
        {},
    )
    assert said(owner("", complete=False))[0] == ("feed", "unknown", "来源中没有可用的时间", {})


def test_the_newest_of_all_sources_counts() -> None:
    """A failing source does not hide another."""
    dead = (Source(url="http://y/", way=RSS, map=None, id=""), Outcome.TIMEOUT)
    assert said(dead, owner("2026-11-20"))[0][3]["newest"] == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("outcome", "state"), [(Outcome.TIMEOUT, "error"), (Outcome.BLOCKED, "blocked"), (Outcome.SKIPPED, "unknown")]
)
def test_a_source_that_cannot_be_read(outcome: Outcome, state: str) -> None:
    """Never a feed without posts."""
    source = Source(url="http://y/", way=ARTICLE, map=None, id="")
    assert said((source, outcome)) == [("feed", state, outcome.value, {})]


def test_a_renamed_account_is_told_from_another_one() -> None:
    """The same id under another name is a new name; another id is another account."""
    assert said(owner("2026-11-20", id="7", name="乙"))[1] == (
        "profile", "known", "", {"found": True, "name": "乙", "note": "同一账号已改名，报送名称为“甲”"}
    )  # fmt: skip
    assert said(owner("2026-11-20", id="8"))[1] == ("profile", "unknown", "平台编号不符：应为8，实为7", {})
    assert said(owner("2026-11-20", id="7"))[1] == ("profile", "known", "", {"found": True, "name": "甲"})


# ---- maps and sheets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_maps())
def test_shipped_maps_are_read(name: str, tmp_path: Path) -> None:
    """Each is a map of a feed or of a sheet."""
    assert isinstance(read_map(name, tmp_path, load_vocabulary()), FeedMap | SheetMap)


def test_faults_of_a_map_are_told() -> None:
    """Unknown kinds, fields and keys, at their place."""
    with pytest.raises(InputError) as error:
        parse_map(
            "schema: sheet/1\ntitle: 甲\nkind: registraton\nasset: 码\nfields: {name: 名}\ncolor: red\n",
            "m.yaml",
            load_vocabulary(),
        )
    assert [(p.code, p.place.line) for p in error.value.problems] == [("unknown-word", 3), ("unknown-word", 6)]
    with pytest.raises(InputError) as error:
        parse_map(
            "schema: sheet/1\ntitle: 甲\nkind: feed\nasset: 码\nfields: {nwest: 名}\n", "m.yaml", load_vocabulary()
        )
    assert "是否想写“newest”" in error.value.problems[0].shown(Language.ZH)


def case(folder: Path) -> Path:
    """A case with one account and one site."""
    (folder / "facts").mkdir(parents=True)
    (folder / "case.yaml").write_text(
        "schema: case/1\ntitle: 测试\nrules: cn/2019-19\nas_of: 2026-11-24\n", encoding="utf-8"
    )
    (folder / "assets.csv").write_text(
        "编号,种类,名称,平台,网址\n4300M00001WX0001,account,云川发布,微信公众号,\ns1,site,云川,,http://127.0.0.1:9/",
        encoding="utf-8",
    )
    return folder


def hege(*arguments: str) -> Result:
    """A command in Chinese."""
    return CliRunner().invoke(cli, ["--lang", "zh", *arguments])


REGISTRY: list[list[Any]] = [
    ["序号", "新媒体标识码", "账号名称", "账号类型", "账号主体", "县", "主页地址", "状态"],
    [1, "4300M00001WX0001", "云川政府发布", "微信公众号", "云川市人民政府办公室", "云川", "", "1"],
    [2, "4300M00002WB0001", "云川气象", "新浪微博", "云川市气象局", "云川", "https://weibo.example/1", "5"],
]


def registry(file: Path) -> Path:
    """The export as a workbook."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in REGISTRY:
        book.active.append(row)
    book.save(file)
    return file


def test_the_export_of_the_register_becomes_facts_and_assets(tmp_path: Path) -> None:
    """New accounts are added, states are translated, a new name is told, and importing again adds nothing."""
    folder = case(tmp_path / "case")
    sheet = registry(tmp_path / "导出.xlsx")
    done = hege("import", str(folder), str(sheet), "--map", "registry", "--at", "2026-11-20")
    assert (
        done.output
        == "全国政务新媒体信息报送系统导出表：导入2条报送信息，新增资产1个\n  改名：4300M00001WX0001 “云川发布”→“云川政府发布”\n"
    )
    read = read_case(folder, load_vocabulary()).facts
    added = [(a["id"], a["kind"], a["name"], a["platform"], a["url"]) for a in read.assets.to_dicts()]
    assert added[1] == ("4300M00002WB0001", "account", "云川气象", "新浪微博", "https://weibo.example/1")
    rows = [(r["asset"], r["name"], r["status"], str(r["observed_at"])) for r in read.tables["registration"].to_dicts()]
    assert rows == [
        ("4300M00001WX0001", "云川政府发布", "正常", "2026-11-20 00:00:00+08:00"),
        ("4300M00002WB0001", "云川气象", "冻结期", "2026-11-20 00:00:00+08:00"),
    ]
    again = hege("import", str(folder), str(sheet), "--map", "registry", "--at", "2026-11-20")
    assert again.output == "这份表格已经导入过，未重复导入\n"
    assert read_case(folder, load_vocabulary()).facts.tables["registration"].height == 2


def test_a_survey_keeps_its_screenshots_as_evidence(tmp_path: Path) -> None:
    """The fact leads to the screenshot it rests on."""
    folder = case(tmp_path / "case")
    (tmp_path / "shot.png").write_bytes(b"\x89PNG screenshot")
    sheet = tmp_path / "survey.csv"
    sheet.write_text(
        "编号,检查项,结论,问题数,备注,截图\ns1,安全泄密事故等严重问题,有问题,1,见截图,shot.png\n", encoding="gb18030"
    )
    done = hege("import", str(folder), str(sheet), "--map", "survey", "--at", "2026-11-24")
    assert done.exit_code == 0, done.output
    (row,) = read_case(folder, load_vocabulary()).facts.tables["survey"].to_dicts()
    assert (row["asset"], row["part"], row["answer"], row["count"], row["note"]) == (
        "s1",
        "安全泄密事故等严重问题",
        "problem",
        1,
        "见截图",
    )
    id = (folder / "evidence.csv").read_text(encoding="utf-8").splitlines()[1][:16]
    shown = hege("evidence", "show", str(folder), id).output
    assert "来源: file:shot.png" in shown
    assert "位置: 第2行" in shown


def test_one_fault_and_nothing_is_imported(tmp_path: Path) -> None:
    """Every fault with row, column and what to do; the case stays as it was."""
    folder = case(tmp_path / "case")
    before = (folder / "assets.csv").read_bytes()
    sheet = tmp_path / "posts.csv"
    sheet.write_text(
        "账号编号,最新更新日期,最新原创日期\n4300M00001WX0001,2026-02-30,\n4300M00001WX0002,2026-11-01,\n",
        encoding="utf-8",
    )
    refused = hege("import", str(folder), str(sheet), "--map", "posts")
    assert refused.exit_code == 2
    assert "posts.csv:2:2: 错误[bad-date]" in refused.output
    assert (
        "posts.csv:3:1: 错误[unknown-asset]: assets.csv里没有资产“4300M00001WX0002”\n    办法: 是否想写“4300M00001WX0001”？"
        in refused.output
    )
    assert (folder / "assets.csv").read_bytes() == before
    assert not (folder / "collection.sqlite").exists()


@pytest.mark.parametrize(
    ("content", "map", "message"),
    [
        (
            "编号,检查项,结论\n",
            "survey",
            "缺少“截图”列，映射survey.yaml这样写\n    办法: 表里有：编号、检查项、结论。列名不同的，把",
        ),
        ("编号,检查项,结论,问题数,备注,截图\ns1,甲,有问题,,,没有.png\n", "survey", "没有截图文件“没有.png”"),
        ("编号,检查项,结论,问题数,备注,截图\ns1,,有问题,,,\n", "survey", "缺少“检查项”"),
        ("账号编号,最新更新日期,最新原创日期\n,2026-11-01,\n", "posts", "“账号编号”应为编号，这里是“”"),
        ("账号编号\n", "weibo", "“weibo”是订阅源的映射，不能用于表格"),
        ("账号编号\n", "regstry", "没有字段映射“regstry”"),
    ],
)
def test_sheets_that_do_not_fit(tmp_path: Path, content: str, map: str, message: str) -> None:
    """Said in one sentence each."""
    folder = case(tmp_path / "case")
    sheet = tmp_path / "s.csv"
    sheet.write_text(content, encoding="utf-8")
    refused = hege("import", str(folder), str(sheet), "--map", map)
    assert (refused.exit_code, message in refused.output) == (2, True), refused.output


def test_an_export_with_other_names_needs_another_map_and_no_program(tmp_path: Path) -> None:
    """The fault names the map to copy; with the names changed there the sheet is imported; faults then name the copy."""
    folder = case(tmp_path / "case")
    sheet = tmp_path / "s.csv"
    sheet.write_text("标识,更新于\n4300M00001WX0001,2026-11-20\n", encoding="utf-8")
    refused = hege("import", str(folder), str(sheet), "--map", "posts").output
    shipped = next(line for line in refused.splitlines() if "posts.yaml复制到案例文件夹" in line)
    text = Path(shipped.partition("把")[2].partition("复制")[0]).read_text(encoding="utf-8")
    text = text.replace("账号编号", "标识").replace("最新更新日期", "更新于")
    (folder / "本市.yaml").write_text(text, encoding="utf-8")
    refused = hege("import", str(folder), str(sheet), "--map", "本市.yaml").output
    assert "缺少“最新原创日期”列，映射本市.yaml这样写" in refused
    assert f"列名不同的，在{folder / '本市.yaml'}里改" in refused
    (folder / "本市.yaml").write_text(text.replace(", newest_original: 最新原创日期", ""), encoding="utf-8")
    done = hege("import", str(folder), str(sheet), "--map", "本市.yaml")
    assert done.exit_code == 0, done.output
    (feed,) = read_case(folder, load_vocabulary()).facts.tables["feed"].to_dicts()
    assert feed["newest"] == date(2026, 11, 20)


def test_faults_of_sources_are_told(tmp_path: Path) -> None:
    """Accounts and maps that there are not."""
    folder = case(tmp_path / "case")
    (folder / "sources.csv").write_text(
        "asset,url,map\ns1,http://x/,rss\n4300M00001WX0001,http://x/,webo\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as error:
        read_sources(folder, {"s1": "site", "4300M00001WX0001": "account"}, load_vocabulary())
    assert [p.code for p in error.value.problems] == ["unknown-map", "unknown-asset"]


def test_a_sources_own_map(tmp_path: Path) -> None:
    """A new platform needs a YAML file and no program."""
    folder = case(tmp_path / "case")
    (folder / "kuaishou.yaml").write_text(
        "schema: feed/1\ntitle: 快手\nitems: list[]\npublished: ts\n", encoding="utf-8"
    )
    (folder / "sources.csv").write_text(
        "资产,网址,读法,平台编号\n4300M00001WX0001,http://x/,kuaishou.yaml,9\n", encoding="utf-8"
    )
    found = read_sources(folder, {"4300M00001WX0001": "account"}, load_vocabulary())
    map = FeedMap(title="快手", items="list[]", published="ts")
    assert found == {"4300M00001WX0001": [Source(url="http://x/", way="kuaishou.yaml", map=map, id="9")]}
