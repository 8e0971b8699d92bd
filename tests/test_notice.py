"""Notices: what they say agrees with the verdicts, read back from the written DOCX; every form; templates and their faults."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from hege.collectors.casefolder import read_case
from hege.engine.errors import InputError
from hege.engine.result import Batch, Inspection, Verdict
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.outputs import overview
from hege.outputs.notice import pdf
from hege.outputs.notice.content import Notice, split_heading
from hege.outputs.notice.docx import to_docx
from hege.outputs.notice.fields import Fields, Known
from hege.outputs.notice.html import to_html
from hege.outputs.notice.markdown import to_markdown
from hege.outputs.notice.template import (
    FILTERS,
    Column,
    Rows,
    documented,
    load_template,
    read_template,
    shipped_template,
)
from hege.outputs.notice.titles import in_shape
from hege.outputs.notice.writing import write
from hege.service.noticeforms import known_of

from .golden import Golden
from .inspections import DAY, HOSTILE, small
from .test_examples import EXAMPLES, inspected

NAMES = sorted(p.parent.name for p in EXAMPLES.glob("*/notice.yaml"))
DOCS = (Path(__file__).parent.parent / "docs" / "notices.md").read_text(encoding="utf-8")


@functools.cache
def written(name: str, own: bool = True) -> tuple[Inspection, Notice]:
    """An example's inspection and its notice, by its own template or the shipped one."""
    inspection = inspected(name)
    template = load_template(EXAMPLES / name / "notice.yaml") if own else shipped_template()
    return inspection, write(inspection, template, known_of(read_case(EXAMPLES / name, load_vocabulary()).facts), DAY)


def small_notice() -> Notice:
    return write(small(), shipped_template(), Known(codes={"a1": "430200M029WX0004"}), DAY)


def read_back(notice: Notice) -> Document:
    return docx.Document(io.BytesIO(to_docx(notice)))


def paragraphs(document: Document) -> list[str]:
    return [p.text.replace("\n", "") for p in document.paragraphs]


def tables(document: Document) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def font(paragraph: Paragraph) -> str:
    """The font of its Chinese characters."""
    (fonts,) = paragraph.runs[0]._r.iter(qn("w:rFonts"))
    return str(fonts.get(qn("w:eastAsia")))


# ---- what is said --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_the_document_read_back_is_the_notice(name: str, own: bool) -> None:
    """Title, addressees, every paragraph in order, every table cell by cell, signature and day."""
    _, notice = written(name, own)
    document = read_back(notice)
    sections = [text for h, s in zip(notice.headings, notice.sections, strict=True) for text in (h, *s.paragraphs)]
    annexes = [
        text
        for n, a in zip(notice.annex_names, notice.annexes, strict=True)
        for text in (n, a.title, *([a.note] if a.note else []))
    ]
    assert paragraphs(document) == [
        notice.title, f"{notice.addressees}：", *notice.opening, *sections, *notice.closing, *notice.annex_list,
        notice.signature, "2024年2月23日", *annexes,
    ]  # fmt: skip
    assert tables(document) == [[list(a.table.header), *map(list, a.table.rows)] for a in notice.annexes]


def told(batch: Batch) -> Iterator[str]:
    """The figures a notice has to print of a batch."""
    if batch.group.failed:
        yield f"{batch.group.failed}"
    yield f"{batch.group.total}"
    if batch.rated and batch.name != "抽查":  # the notice of a sample prints how many it found, not a rate
        yield overview.rate(batch.group)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_the_figures_of_the_text_are_those_of_the_verdicts(name: str, own: bool) -> None:
    """Totals, failures and rates of every batch stand in the text; every rate in the text is one of the verdicts'."""
    inspection, notice = written(name, own)
    text = "".join([*notice.opening, *(p for s in notice.sections for p in s.paragraphs)])
    for batch in inspection.batches:
        if batch.name == "清理" and own:
            continue  # Sanming's accounts to be cleared are told of by their number
        for figure in told(batch):
            assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", text), (batch.name, figure)
    groups = [g for b in inspection.batches for w in b.breakdowns.values() for g in w.values()]
    rates = {overview.rate(g) for g in [*groups, *(b.group for b in inspection.batches)]}
    rates |= {p.pass_rate for p in inspection.previous} | {"19.6%"}  # 315 of 1,610
    assert set(re.findall(r"\d+(?:\.\d+)?%", text.replace("检查比例100%", ""))) <= rates


@pytest.mark.parametrize("name", NAMES)
def test_the_annexes_list_every_failed_asset_once(name: str) -> None:
    """By the shipped template: as many rows as failed, each with the asset's own problem."""
    inspection, notice = written(name, own=False)
    for kind, title in (("site", "存在突出问题的政府网站名单"), ("account", "存在突出问题的政务新媒体名单")):
        expected = [
            (line.name(Language.ZH), line.text)
            for b in inspection.batches
            if b.kind.value == kind
            for line in overview.with_verdict(b, Verdict.FAIL, Language.ZH)
        ]
        annex = next((a for a in notice.annexes if a.title == title), None)
        found = [] if annex is None else [(row[name_at(annex.table.header)], row[-1]) for row in annex.table.rows]
        assert found == expected


def name_at(header: tuple[str, ...]) -> int:
    return next(i for i, word in enumerate(header) if word in ("网站名称", "账号名称"))


def test_a_breakdown_adds_up_to_the_whole() -> None:
    """Zhuzhou's districts and the sum of them."""
    _, notice = written("zhuzhou-2022-4")
    table = next(a for a in notice.annexes if a.title == "全市政务新媒体检查情况").table
    assert table.header == ("序号", "辖区", "总数", "合格", "不合格", "不合格占比", "合格率")
    *rows, total = table.rows
    assert total == ("", "合计", "212", "209", "3", "1.4%", "98.6%")
    assert [sum(int(row[i]) for row in rows) for i in (2, 3, 4)] == [212, 209, 3]


def test_a_breakdown_that_leaves_assets_out_is_left_out() -> None:
    """Only the failed accounts of Weinan have a district: figures by district would say nothing."""
    _, notice = written("weinan-2024-1", own=False)
    assert not any("按辖区" in a.title for a in notice.annexes)


def test_sanming_has_the_four_lists_of_its_notice() -> None:
    """1, 2, 35 and 1 accounts."""
    _, notice = written("sanming-2021-3")
    assert [len(a.table.rows) for a in notice.annexes] == [1, 2, 35, 1]


def test_nothing_undetermined_or_exempt_is_passed_over() -> None:
    """Both are counted in the text and listed with their reasons."""
    notice = small_notice()
    text = "".join(p for s in notice.sections for p in s.paragraphs)
    assert "经报备豁免（1个）" in text
    assert "待核（1个）" in text
    assert "合格率57.1%～71.4%" in text
    by_title = {a.title: a.table.rows for a in notice.annexes}
    assert by_title["待核的政务新媒体名单"][0][-1] == "内容不更新：更新情况访问被拦截（需要登录）"
    assert by_title["经报备豁免的政务新媒体名单"][0][-1].startswith("14天未更新（bb-1：")


# ---- forms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_notice_of_an_example(name: str, golden: Golden) -> None:
    """The whole text, by the city's own template."""
    golden(f"{name}.notice.md", to_markdown(written(name)[1]))


def test_the_notice_of_everything_there_can_be(golden: Golden) -> None:
    """By the shipped template, in the forms that are text."""
    golden("small.notice.md", to_markdown(small_notice()))
    golden("small.notice.html", to_html(small_notice()))


def test_the_page_is_that_of_the_standard() -> None:
    """GB/T 9704-2012: A4, margins, size 3 at 22 lines, page numbers at the outer edge, headers of tables repeated."""
    document = read_back(written("weinan-2024-1")[1])
    section = document.sections[0]
    sides = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    assert [round(side.mm) for side in sides if side] == [37, 28, 26, 35]
    assert section.page_width and section.page_height
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    body = next(p for p in document.paragraphs if p.text.startswith("按照"))
    assert (body.paragraph_format.line_spacing, body.runs[0].font.size) == (Pt(28.95), Pt(16))
    assert font(body) == "仿宋_GB2312"
    heading = next(p for p in document.paragraphs if p.text.startswith("一、"))
    assert font(heading) == "黑体"
    assert document.settings.odd_and_even_pages_header_footer
    for footer, edge in ((section.footer, "RIGHT"), (section.even_page_footer, "LEFT")):
        assert footer.paragraphs[0].alignment.name == edge
        assert "PAGE" in footer._element.xml
    for table in document.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml
        assert sum(cell.width or 0 for cell in table.rows[0].cells) == pytest.approx(Mm(156), rel=0.001)


def test_equal_notices_are_equal_bytes() -> None:
    """No time of making enters the file."""
    assert to_docx(small_notice()) == to_docx(small_notice())


def test_hostile_names_come_back_from_the_document() -> None:
    """Markup, formulas, line breaks, emoji and rare characters are text; what XML cannot hold is replaced."""
    notice = small_notice()
    cells = [cell for table in tables(read_back(notice)) for row in table for cell in row]
    for name in HOSTILE:
        assert name in cells
    assert not any("\x1b" in text for text in paragraphs(read_back(notice)))


def test_hostile_names_are_text_in_markup() -> None:
    """Nothing in a name becomes an element or ends a table's cell."""
    assert "<script>" not in to_html(small_notice())
    text = to_markdown(small_notice())
    assert "<script>" not in text.replace("\\<script\\>", "")
    rows = [line for line in text.splitlines() if line.startswith("| 1 ")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) >= 4 for row in rows)


@pytest.mark.parametrize(
    ("text", "heading"),
    [("（一）栏目不更新（3个）。甲、乙。", "（一）栏目不更新（3个）。"), ("（一）没有句号", ""), ("甲（一）。乙", "")],
)
def test_a_paragraph_s_own_heading(text: str, heading: str) -> None:
    """（一） up to the first full stop."""
    assert split_heading(text)[0] == heading


def test_pdf_needs_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing the message says what to do."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(InputError, match="install LibreOffice"):
        pdf.to_pdf(b"")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('for a; do last=$a; done; d=$(dirname "$last"); cp "$last" "$d/notice.pdf"', None),
        ("echo 'source file could not be loaded' >&2", "could not be loaded"),
    ],
)
def test_pdf_is_what_libreoffice_makes(
    script: str, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is given back; where it makes none its own words are."""
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    if said is None:
        assert pdf.to_pdf(b"the document") == b"the document"
    else:
        with pytest.raises(InputError, match=said):
            pdf.to_pdf(b"the document")


# ---- templates -----------------------------------------------------------------------------------------------------

TEMPLATE = """\
schema: notice/1
title: "{{ issuer }}的通报"
addressees: 各单位
opening: |
  现将有关情况通报如下：
sections:
- heading: 情况
  text: |
    {% for b in batches %}
    # {{ b.kind }}。{{ b.sentence }}
    {% endfor %}
annexes:
- {title: 名单, kind: account, rows: failed, columns: [name, text]}
signature: "{{ issuer }}"
"""


def faults(old: str, new: str) -> list[tuple[str, int, int]]:
    """Code, line and column of what is wrong once `old` is `new`."""
    assert old in TEMPLATE
    try:
        read_template(TEMPLATE.replace(old, new), "notice.yaml")
    except InputError as error:
        return [(p.code, p.place.line, p.place.column) for p in error.problems]
    return []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("notice/1", "notice/2", [("unknown-word", 1, 9)]),
        ("title: \"{{ issuer }}", "title: \"{{ isuer }}", [("unknown-field", 2, 12)]),
        ("b.sentence", "b.sentense", [("unknown-field", 10, 25)]),
        ("b.sentence", "b.problems[0].nmae", [("unknown-field", 10, 37)]),
        ("b.sentence", "b.sentence.length", [("unknown-field", 10, 34)]),
        ("b.sentence", "b.total | upper", [("template", 10, 33)]),
        ("b.sentence", "c.sentence", [("unknown-field", 10, 23)]),
        ("{% endfor %}", "", [("template", 10, 5)]),
        ("    # {{", "    {% include 'x' %}# {{", [("template", 10, 5)]),
        ("in batches", "in batches if b.nme", [("unknown-field", 9, 30)]),
        ("in batches", "in batches if loop.index", []),
        ("{% for b in batches %}", "{% for b in batches %}{% set x = b.problems %}{{ x[0].titel }}", [("unknown-field", 9, 59)]),
        ("rows: failed", "rows: faild", [("unknown-word", 13, 36)]),
        ("rows: failed", "rows: [failed, district]", [("one-breakdown", 13, 36)]),
        ("columns: [name, text]", "columns: [nam]", [("unknown-word", 13, 54)]),
        ("addressees: 各单位\n", "", [("missing-key", 1, 1)]),
        ("kind: account", "kind: acount", [("unknown-word", 13, 21)]),
    ],
)  # fmt: skip
def test_faults_of_a_template_are_placed(old: str, new: str, expected: list[tuple[str, int, int]]) -> None:
    """Keys, words, names of fields and Jinja2 itself, each by line and column; every fault at once."""
    assert faults(old, new) == expected


def test_every_fault_is_told_at_once() -> None:
    """Two texts, two faults."""
    text = TEMPLATE.replace("b.kind", "b.kid").replace("title: 名单", 'title: "{{ x }}"')
    with pytest.raises(InputError) as error:
        read_template(text, "notice.yaml")
    assert [p.place.line for p in error.value.problems] == [10, 13]


@pytest.mark.parametrize(
    "text", ["{{ issuer.__class__ }}", "{{ issuer.format(1) }}", "{{ [].__class__ }}", "{{ cycler() }}"]
)
def test_a_template_reaches_nothing_but_the_fields(text: str) -> None:
    """Python behind the values is out of reach, when the template is read or at the latest when it is filled in."""
    with pytest.raises(InputError):
        write(small(), read_template(TEMPLATE.replace("各单位", f'"{text}"'), "notice.yaml"), Known(), None)


def test_what_cannot_be_filled_in_is_said() -> None:
    """A list that turns out empty has no first."""
    template = read_template(TEMPLATE.replace("各单位", '"{{ sites[0].total }}"'), "notice.yaml")
    with pytest.raises(InputError) as error:
        write(small(), template, Known(), None)
    assert [(p.code, p.place.line) for p in error.value.problems] == [("template", 3)]


def test_the_shipped_template_serves_any_case() -> None:
    """It has no fault, and sections with nothing to say are left out."""
    assert [s.heading for s in written("panjin-2023-07", own=False)[1].sections] == [
        "总体情况", "主要问题", "处置情况", "下一步工作要求",
    ]  # fmt: skip


def test_a_notice_without_a_day_leaves_it_to_be_written_in() -> None:
    """The office signs and dates it."""
    notice = write(small(), shipped_template(), Known(), None)
    assert notice.dated == "    年  月  日"


def test_a_template_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    """Missing, or not UTF-8."""
    (tmp_path / "gb.yaml").write_text(TEMPLATE, encoding="gb18030")
    for name, code in (("none.yaml", "cannot-read"), ("gb.yaml", "encoding")):
        with pytest.raises(InputError) as error:
            load_template(tmp_path / name)
        assert [p.code for p in error.value.problems] == [code]


def test_every_word_of_a_template_is_documented() -> None:
    """docs/notices.md has each field with what it holds, each filter, kind of rows and column."""
    rows = [f"| `{name}` | {text} |" for known in documented().values() for name, text in known.items()]
    assert [row for row in rows if row not in DOCS] == []
    words = [*FILTERS, *(r.value for r in Rows), *(c.value for c in Column)]
    assert [word for word in words if f"`{word}`" not in DOCS] == []
    assert Fields in documented()


def test_a_day_in_the_notice_is_official() -> None:
    """2024年2月5日, without zeros."""
    notice = write(small(), shipped_template(), Known(), date(2024, 2, 5))
    assert notice.dated == "2024年2月5日"


@pytest.mark.parametrize(
    "title",
    [
        "渭南市人民政府办公室关于2024年第一次|政府网站与政务新媒体全面检查情况的通报",
        "盘锦市政务公开工作领导小组办公室|关于2023年7月份全市政府网站|和政务新媒体监管情况的通报",
        "未按要求更新和未反馈|整改情况的政府网站名单",
        "全市政务新媒体检查情况",
    ],
)
def test_a_title_goes_on_between_words(title: str) -> None:
    """On lines of about equal length, none broken within a word."""
    assert in_shape(title.replace("|", ""), 38).split("\n") == title.split("|")


def test_a_title_without_words_that_are_known_is_divided_evenly() -> None:
    """Never within a number, and never with a mark at the beginning of a line."""
    assert in_shape("甲乙丙丁戊己庚辛壬癸" * 3, 38).split("\n") == [
        "甲乙丙丁戊己庚辛壬癸甲乙丙丁戊",
        "己庚辛壬癸甲乙丙丁戊己庚辛壬癸",
    ]
    assert in_shape("甲乙丙20240101，丁戊己庚", 14).split("\n") == ["甲乙丙", "20240101，", "丁戊己庚"]
