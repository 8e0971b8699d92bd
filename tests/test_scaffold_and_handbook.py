"""A new indicator is complete from the start; the handbook says what the packs say."""

from __future__ import annotations

import itertools
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hege.engine.errors import InputError
from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.formatting import formatted, rule_files
from hege.engine.rulebook.library import list_packs, load_rulebook
from hege.engine.rulebook.lint import lint
from hege.engine.rulebook.model import AssetKind
from hege.engine.rulebook.mutation import survivors
from hege.engine.rulebook.provenance import is_of
from hege.engine.rulebook.scaffold import Sort, Wish, scaffold
from hege.engine.rulebook.sentence import indicator_sentence
from hege.engine.rulebook.testing import run_tests
from hege.engine.vocabulary import load_vocabulary
from hege.outputs.handbook import handbook

from .test_cli import run
from .test_rule_testing import TestMeasuring, pack
from .test_schema import accepts


def wish(kind: AssetKind = AssetKind.SITE, sort: Sort = Sort.STALE, id: str = "new.one") -> Wish:
    return Wish(id=id, title="新指标", kind=kind, sort=sort, start=date(2024, 1, 1), pack="mycity", on="cn/2019-19")


def written(folder: Path, wanted: Wish) -> None:
    for file, text in scaffold(folder, wanted).items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("kind", "sort"), itertools.product(AssetKind, Sort))
def test_what_is_begun_is_complete(kind: AssetKind, sort: Sort, tmp_path: Path) -> None:
    """Laid out, known to editors, tested on both sides of every edge; only the law is to be filled in."""
    folder = tmp_path / "mycity"
    written(folder, wish(kind, sort))
    texts = [f.read_text(encoding="utf-8") for f in rule_files(folder)]
    assert [formatted(t, "f") for t in texts] == texts
    assert [accepts(t) for t in texts] == [True, True]
    assert [p.code for p in lint([folder])] == ["to-fill-in"]
    assert [r.case.name for r in run_tests(folder) if not r.passed] == []
    assert gaps(folder) == []
    assert survivors(folder) == []


def test_a_pack_that_is_there_takes_another_indicator(tmp_path: Path) -> None:
    """With its own id, title and pack below; what is there is not touched."""
    folder = pack(tmp_path, TestMeasuring.STALE)
    before = (folder / "indicators.yaml").read_text(encoding="utf-8")
    written(folder, wish())
    assert (folder / "new.one.yaml").read_text(encoding="utf-8").startswith("schema: indicators/1\npack: test\ntitle: 测试指标\nindicators:\n")  # fmt: skip
    assert [i.id for i in load_rulebook([folder]).indicators] == ["account.stale", "site.columns-stale", "new.one"]
    assert (folder / "indicators.yaml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("id", "code"), [("account.stale", "duplicate-id"), ("new.one", "duplicate-id"), ("Bad Id", "bad-id")]
)
def test_an_id_that_is_taken_or_none_is_refused(id: str, code: str, tmp_path: Path) -> None:
    """Nothing is overwritten."""
    folder = pack(tmp_path, TestMeasuring.STALE)
    written(folder, wish())
    with pytest.raises(InputError) as raised:
        scaffold(folder, wish(id=id))
    assert [p.code for p in raised.value.problems] == [code]


def test_the_command_begins_an_overlay(tmp_path: Path) -> None:
    """In a folder that is made; today unless another day is given."""
    folder = tmp_path / "mycity"
    done = run("rules", "new", str(folder), "account.weekly", "--kind", "account", "--title", "每周更新")
    assert done.stdout.splitlines()[:2] == [f"{folder}/account.weekly.yaml", f"{folder}/tests/account.weekly.yaml"]
    assert load_rulebook([folder]).packs[-1].id == "mycity"
    assert run("rules", "new", str(folder), "account.weekly").exit_code == 2


# ---- handbook ------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collects ids, links, text and whatever would be loaded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        self.loads += [tag] if tag in ("script", "img", "link", "iframe") else []
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_handbook_has_every_indicator_with_its_sentence_and_tests() -> None:
    """Whole and closed tags, links that lead somewhere, nothing to load."""
    packs = list_packs()
    page = Page(handbook(packs))
    assert (page.open, page.loads) == ([], [])
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    said = set(page.words)
    for name in packs:
        book = load_rulebook([name])
        titles = {i.id: i.title for i in book.indicators}
        for indicator in book.indicators:
            for version in (v for v in indicator.versions if is_of(v, name)):
                assert f"{name}:{indicator.id}" in page.ids
                assert indicator_sentence(indicator, version, load_vocabulary(), titles=titles) in said


def test_examples_are_told_in_words(tmp_path: Path) -> None:
    """Facts that say the same together; words, yes and no, nothing and days as a person says them."""
    folder = pack(
        tmp_path,
        """\
- name: 一例
  of: site.columns-stale
  at: 2021-03-21
  asset: {category: 门户}
  facts:
    column: {newest: none, times: 5, on_home: true}
    probe: {outcome: timeout, seconds: 2.0, times: 2, days: 2}
    survey: {part: 甲, state: blocked}
  expect: {outcome: fail, text: 5个栏目未更新, verdict: fail}
- {name: 空, of: account.stale, at: 2021-03-21, facts: {}, expect: unknown, todo: 以后}
""",
    )
    words = Page(handbook([folder])).words
    assert [w for w in words if "：" in w and ("栏目" in w or "访问" in w or "检查“" in w)][-3:] == [
        "栏目：在首页：是，最新更新日期无（5项）",
        "访问监测：访问结果超时，打开用时2秒（2021-03-20至2021-03-21，4项）",
        "人工检查“甲”：看不到",
    ]
    assert {"category为门户", "没有记录", "（待改：以后）", "“5个栏目未更新”", "整体不合格"} <= set(words)


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    """To the file asked for."""
    file = tmp_path / "a" / "h.html"
    assert run("rules", "docs", "cn/shanghai", "--out", str(file)).stdout == f"{file}\n"
    assert "上海市" in file.read_text(encoding="utf-8")
