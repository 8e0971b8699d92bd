"""Whole outputs: the terminal summary, explanations, CSV and the HTML report, held against files and read back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from hege.engine.result import AssetResult, Group, Inspection, Verdict
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Language
from hege.engine.turning import Change, Turning
from hege.outputs import explanation, overview, report, summary
from hege.outputs.background import Background, Earlier, Origin, course, earlier_in
from hege.outputs.document import to_json
from hege.outputs.report import to_html, to_pages
from hege.outputs.style import STYLE
from hege.outputs.tables import ASSETS, assets_csv, findings_csv
from hege.outputs.terminal import width

from .golden import Golden
from .inspections import DAY, FAILED, HOSTILE, result, small
from .test_examples import EXAMPLES, inspected

LANGUAGES = list(Language)


def asset(inspection: Inspection, name: str) -> AssetResult:
    return next(r for b in inspection.batches for r in b.assets if r.asset.name == name)


# ---- terminal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["weinan-2024-1", "shanghai-2021-1", "panjin-2023-07"])
def test_summary_of_an_example(name: str, language: Language, golden: Golden) -> None:
    """What a person sees who runs the example."""
    golden(f"{name}.summary.{language.value}.txt", summary.render(inspected(name), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_summary_of_everything_there_can_be(language: Language, golden: Golden) -> None:
    """Alarms, undetermined and exempt assets with their reasons, steps and steps that may be reached."""
    golden(f"small.summary.{language.value}.txt", summary.render(small(), language))


def test_summary_keeps_to_the_terminal() -> None:
    """What is said of an asset goes on below where it began; nothing is wider than the terminal."""
    text = summary.render(inspected("zhuzhou-2022-4"), Language.ZH, columns=80)
    assert max(map(width, text.splitlines())) <= 80
    whole = summary.render(inspected("zhuzhou-2022-4"), Language.ZH)
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", whole)


def test_a_long_list_is_cut_and_says_so() -> None:
    """The rest is counted, and where it is is said."""
    batch = small().batches[0]
    many = tuple(result(f"c{n:03}", f"账号{n}", Verdict.FAIL, problem="14天未更新") for n in range(summary.LISTED + 5))
    text = summary.render(replace(small(), batches=(replace(batch, assets=many),)), Language.ZH)
    assert "其余5行从略，全部见--out另存的assets.csv" in text
    assert f"账号{summary.LISTED}" not in text


def test_summary_in_colour_is_the_same_text() -> None:
    """Colour adds codes and nothing else."""
    coloured = summary.render(small(), Language.ZH, is_coloured=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == summary.render(small(), Language.ZH)


def test_nothing_undetermined_looks_like_a_fall() -> None:
    """While assets are undetermined the rate has bounds and is compared with nothing."""
    inspection = small()
    (batch,) = inspection.batches
    assert overview.change(inspection, batch) is None
    assert overview.changed(inspection, batch) is None
    assert overview.rate(batch.group) == "57.1%～71.4%"
    settled = replace(batch, group=replace(batch.group, undetermined=0, failed=2))
    text = overview.changed(replace(inspection, batches=(settled,)), settled)
    assert text is not None
    assert text.zh == "▼ 较去年第四季度检查（60%）下降2.9个百分点"


# ---- explanation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "of", "language"),
    [
        ("weinan-2024-1", "渭南地方志", Language.ZH),
        ("zhuzhou-2022-4", "天元区政府门户网站", Language.EN),
        ("panjin-2023-07", "盘锦扫黑除恶", Language.ZH),
    ],
)
def test_explanation_of_an_example(name: str, of: str, language: Language, golden: Golden) -> None:
    """Law, arithmetic and facts, findings that matter first."""
    text = explanation.render(asset(inspected(name), of), language)
    golden(f"{name}.explain.{language.value}.txt", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_explanation_of_everything_there_can_be(language: Language, golden: Golden) -> None:
    """A waiver, what is unknown and why, a trial that does not count, steps."""
    text = "\n".join(explanation.render(r, language) for r in small().batches[0].assets[:4])
    golden(f"small.explain.{language.value}.txt", text)


# ---- CSV -----------------------------------------------------------------------------------------------------------


def rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_tables_of_everything_there_can_be(golden: Golden) -> None:
    """One row an asset, one row a finding."""
    golden("small.assets.csv", "".join(assets_csv(small())))
    golden("small.findings.csv", "".join(findings_csv(small())))


def test_csv_gives_names_back_and_no_formula() -> None:
    """What would be a formula is marked as text; every other name comes back as it was."""
    header, *found = rows("".join(assets_csv(small())))
    assert tuple(header) == ASSETS
    assert [row[2] for row in found[:4]] == ["'" + HOSTILE[0], *HOSTILE[1:]]
    assert {len(row) for row in found} == {len(header)}
    assert not any(cell.startswith(tuple("=+-@＝＋－＠")) for row in found for cell in row)


# ---- HTML ----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The page's elements and text; an element that is not closed where it should be is a fault."""

    VOID = ("meta", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    def all(self, attribute: str) -> Iterator[str]:
        return (str(a[attribute]) for _, a in self.elements if attribute in a)


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_of_everything_there_can_be(language: Language, golden: Golden) -> None:
    """The whole page."""
    golden(f"small.report.{language.value}.html", to_html(small(), language))


@pytest.fixture(scope="module", params=["small", "weinan-2024-1", "sanming-2021-3"])
def page(request: pytest.FixtureRequest) -> Page:
    inspection = small() if request.param == "small" else inspected(request.param)
    return Page(to_html(inspection))


def test_the_page_is_whole_and_alone(page: Page) -> None:
    """Elements are closed, anchors are unique and reached, nothing is fetched and nothing runs."""
    assert page.open == []
    ids = list(page.all("id"))
    assert len(ids) == len(set(ids))
    links = list(page.all("href"))
    assert [link for link in links if not link.startswith(("#", "http://", "https://"))] == []
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "form"}
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []


def test_the_page_reads_aloud(page: Page) -> None:
    """Headings go down by one level at most; every table has its headers; charts are hidden from ears and told in figures."""
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(a.get("aria-hidden") == "true" for tag, a in page.elements if tag == "svg")
    assert all(a.get("scope") in ("row", "col") for tag, a in page.elements if tag == "th")
    assert next(a for tag, a in page.elements if tag == "html")["lang"] == "zh-CN"


def test_the_page_gives_hostile_names_back_as_text() -> None:
    """Markup in a name is text; an address that is no web page is no link."""
    page = Page(to_html(small()))
    for name in HOSTILE:
        assert name in page.texts
    assert "javascript:alert(1)" in page.texts
    assert not any("\x1b" in text for text in page.texts)


def many(number: int) -> Inspection:
    """The small inspection with so many failed assets."""
    batch = small().batches[0]
    failed = batch.assets[0]
    assets = tuple(replace(failed, asset=replace(failed.asset, id=f"x{n:05}", name=f"账号{n}")) for n in range(number))
    return replace(small(), batches=(replace(batch, assets=(*assets, *batch.assets)),))


def test_a_report_that_needs_one_page_has_one() -> None:
    """The same as the whole."""
    assert list(to_pages(small())) == [("report.html", to_html(small()))]


def test_names_alone_can_fill_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many assets that their names would make the page too large are counted instead."""
    monkeypatch.setattr(report, "NAMED_ON_ONE_PAGE", 6)
    pages = dict(to_pages(small()))
    assert list(pages) == ["report.html", "report-1-001.html"]
    assert "未列名账号" not in pages["report.html"]


def test_a_large_report_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """An overview whose lists are cut, and the assets on pages of their own; every link leads to an anchor of its page."""
    monkeypatch.setattr(report, "ON_ONE_PAGE", 10)
    monkeypatch.setattr(report, "A_PAGE", 4)
    monkeypatch.setattr(report, "LISTED", 5)
    pages = dict(to_pages(many(9)))
    assert list(pages) == [
        "report.html",
        "report-1-001.html",
        "report-1-002.html",
        "report-1-003.html",
        "report-1-004.html",
    ]
    read = {name: Page(text) for name, text in pages.items()}
    for name, page in read.items():
        assert page.open == []
        for link in page.all("href"):
            file, mark, anchor = link.partition("#")
            if not link.startswith("https://"):
                assert (file or name) in read
                assert not mark or anchor in set(read[file or name].all("id"))
    assert "其余5行见下面的逐个说明和assets.csv。" in pages["report.html"]
    told = "".join(text for name, text in pages.items() if name != "report.html")
    assert all(f"<b>账号{n}</b>" in told for n in range(9))
    assert "合格且无提示的3个见assets.csv" in pages["report.html"]


def test_no_page_grows_over_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where assets have much to tell fewer of them share a page, and one page is split that would be too large."""
    whole = many(9)
    assert [name for name, _ in to_pages(whole)] == ["report.html"]
    monkeypatch.setattr(report, "LARGEST", 12_000)
    pages = dict(to_pages(whole))
    assert len(pages) == 3
    assert (
        max(len(text.encode()) - len(STYLE.encode()) for name, text in pages.items() if name != "report.html") < 13_000
    )
    assert all(sum(f"<b>账号{n}</b>" in text for text in pages.values()) == 1 for n in range(9))


def test_many_facts_behind_a_finding_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is in the JSON."""
    monkeypatch.setattr(report, "FACTS_SHOWN", 2)
    batch = small().batches[0]
    finding = replace(batch.assets[0].findings[0], facts=batch.assets[0].findings[0].facts * 5)
    changed = replace(batch.assets[0], findings=(finding,))
    text = to_html(replace(small(), batches=(replace(batch, assets=(changed,)),)))
    assert text.count(finding.facts[0].id) == 2
    assert "其余3条见inspection.json。" in text


def earlier(day: int, passed: int, undetermined: int = 0) -> Earlier:
    group = Group(total=10, passed=passed, failed=10 - passed - undetermined, undetermined=undetermined)
    return Earlier(kind=AssetKind.ACCOUNT, as_of=date(2023, 11, day), group=group)


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_with_what_lies_behind_the_inspection(language: Language, golden: Golden) -> None:
    """The course of the rate, sources and pages of facts, and what would turn a verdict."""
    (fact,) = FAILED.facts
    change = Change(kind="feed", parts=("",), field="newest", before=(date(2024, 2, 8),), after=date(2024, 2, 10))
    background = Background(
        earlier=(earlier(2, 6), earlier(1, 5), earlier(3, 4, undetermined=2)),
        origins={
            fact.id: Origin(source="facts/feed.csv:2", url="https://a1.example/?a=1&b", kept="warc/1.warc.gz @12")
        },
        turnings={(1, "a1"): Turning(changes=(change,), verdict=Verdict.PASS), (1, "a3"): None},
    )
    golden(f"small.report.behind.{language.value}.html", to_html(small(), language, background))


def test_the_course_is_that_of_earlier_days_of_the_same_kind() -> None:
    """In order, one a day (the last that is given), without later ones; none where there is no earlier one."""
    site = replace(earlier(1, 1), kind=AssetKind.SITE)
    later = replace(earlier(1, 9), as_of=DAY)
    told = course(small(), AssetKind.ACCOUNT, [earlier(2, 6), site, later, earlier(1, 5), earlier(2, 7)])
    assert [(e.as_of.day, e.group.passed) for e in told] == [(1, 5), (2, 7), (23, 4)]
    assert course(small(), AssetKind.ACCOUNT, [site, later]) == ()
    assert course(small(), AssetKind.SITE, [site]) == ()


def test_what_an_earlier_document_counted() -> None:
    """Read from an inspection.json, up to its assets; what is no such document is refused."""
    group = small().batches[0].group
    text = to_json(small())
    expected = (Earlier(kind=AssetKind.ACCOUNT, as_of=DAY, group=group),)
    assert earlier_in(text.splitlines(keepends=True)) == expected
    assert earlier_in(text[: text.index('"a1"')].splitlines(keepends=True)) == expected
    for broken in ("", "[]", "{}", '{\n "schema": "x",\n "assets": []\n}\n'):
        with pytest.raises(ValueError):
            earlier_in(broken.splitlines(keepends=True))


@pytest.mark.parametrize("name", sorted(p.parent.name for p in EXAMPLES.glob("*/notice.yaml")))
def test_every_failed_asset_is_two_steps_away(name: str) -> None:
    """The list leads to the asset's own part, which has the facts by their ids."""
    inspection = inspected(name)
    html = to_html(inspection)
    for failed in (r for b in inspection.batches for r in b.assets if r.verdict is Verdict.FAIL):
        links = set(re.findall(rf'<a href="#(b\d+-\d+)">{failed.asset.name}</a>', html))
        parts = [html.split(f'<div id="{link}">')[1].split("</details>")[0] for link in links]
        needed = [word for f in overview.decisive(failed) for word in (f.title, *(seen.id for seen in f.facts))]
        assert any(all(word in part for word in needed) for part in parts), failed.asset
