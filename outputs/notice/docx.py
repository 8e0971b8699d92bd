"""A notice as DOCX in the layout of GB/T 9704-2012: A4, 22 lines of 28 characters, 仿宋 of size 3, numbered pages.

Fonts that a machine lacks are replaced by the nearest it has (the font table says by which). What the standard asks of the
head of a document (版头: the red name, the number of the document) is the office's own paper and is not written here.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from hege.outputs.characters import lines
from hege.outputs.notice.content import Annex, Notice, Table, split_heading
from hege.outputs.notice.titles import in_shape
from hege.outputs.notice.typefaces import BODY, DIGITS, HEAD, INSTEAD, SUBHEAD, TITLE
from hege.outputs.terminal import width

SIZE_2, SIZE_3, SIZE_4 = Pt(22), Pt(16), Pt(14)
TABLE_SIZE, TABLE_LINE = Pt(11), Pt(16)
LINE = Pt(28.95)
CHARACTER = 16.0  # points: the width of a character of the text
SPACING = -5  # twentieths of a point between characters, so that 28 of them stand on a line of 156 mm
TEXT_WIDTH = Mm(156)
_WORD = re.compile(r"[0-9A-Za-z]{6,24}")  # a code stands on one line
_LATIN = 1.3  # columns: fonts that stand in for 仿宋 have wider digits and capitals
TITLE_LINE = 38  # columns of a terminal: 19 characters of size 2
_MADE = datetime(
    2000, 1, 1, tzinfo=UTC
)  # a document says nothing of when it was made, so that equal notices are equal bytes


def to_docx(notice: Notice) -> bytes:
    """The whole document."""
    document = Document()
    _set_up(document, notice)
    _paragraph(
        document, in_shape(notice.title, TITLE_LINE), TITLE, SIZE_2, WD_ALIGN_PARAGRAPH.CENTER, after=LINE, line=Pt(34)
    )
    _paragraph(document, f"{notice.addressees}：", indent=0)
    for text in notice.opening:
        _body(document, text)
    for heading, section in zip(notice.headings, notice.sections, strict=True):
        _paragraph(document, heading, HEAD, keep_with_next=True)
        for text in section.paragraphs:
            _body(document, text)
    for text in notice.closing:
        _body(document, text)
    last = document.paragraphs[-1].paragraph_format
    last.keep_with_next = last.keep_together = True  # no page has the signature and nothing of the text
    _annex_list(document, notice)
    _signed(document, notice)
    for name, annex in zip(notice.annex_names, notice.annexes, strict=True):
        _annex(document, name, annex)
    return _bytes(document)


# ---- page ----------------------------------------------------------------------------------------------------------


def _set_up(document: DocumentObject, notice: Notice) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "579")
    style = document.styles["Normal"]
    style.font.size = SIZE_3
    properties = style.element.get_or_add_rPr()
    _fonts(properties, BODY)
    properties.append(parse_xml(f'<w:spacing {nsdecls("w")} w:val="{SPACING}"/>'))
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    about = document.core_properties
    about.title, about.author, about.comments = lines(notice.title), lines(notice.signature), ""
    about.language = "zh-CN"
    about.created = about.modified = _MADE
    _replacements(document)


def _page_number(paragraph: Paragraph, alignment: WD_ALIGN_PARAGRAPH) -> None:
    """— 1 — at the outer edge, one character in."""
    paragraph.alignment = alignment
    edge = Pt(CHARACTER)
    if alignment is WD_ALIGN_PARAGRAPH.RIGHT:
        paragraph.paragraph_format.right_indent = edge
    else:
        paragraph.paragraph_format.left_indent = edge
    _run(paragraph, "— ", DIGITS, SIZE_4)
    number = _run(paragraph, "", DIGITS, SIZE_4)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        number._r.append(mark)
    _run(paragraph, " —", DIGITS, SIZE_4)


def _replacements(document: DocumentObject) -> None:
    """The font table: which font stands in for one that is not installed."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/><w:charset w:val="86"/></w:font>'
        for name, others in INSTEAD.items()
    )
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()


# ---- text ----------------------------------------------------------------------------------------------------------


def _body(document: DocumentObject, text: str) -> None:
    """A paragraph of the text, its own heading set off."""
    heading, rest = split_heading(text)
    paragraph = _paragraph(document, "")
    if heading:
        _run(paragraph, heading, SUBHEAD, SIZE_3)
    _run(paragraph, rest, BODY, SIZE_3)


def _paragraph(
    document: DocumentObject | _Cell,
    text: str,
    font: str = BODY,
    size: Pt = SIZE_3,
    alignment: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    *,
    indent: float | None = None,
    after: Pt | None = None,
    line: Pt = LINE,
    keep_with_next: bool = False,
) -> Paragraph:
    """A paragraph of exact lines; two characters in unless centred or told otherwise."""
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    if line is not LINE:
        _off_the_grid(paragraph)
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, line
    form.space_before, form.space_after = Pt(0), after or Pt(0)
    form.keep_with_next = keep_with_next or None
    if indent is None:
        indent = 2 if alignment is WD_ALIGN_PARAGRAPH.JUSTIFY else 0
    if indent:
        form.first_line_indent = Pt(indent * CHARACTER)
    if text:
        _run(paragraph, text, font, size)
    return paragraph


def _off_the_grid(paragraph: Paragraph) -> None:
    """Lines of their own height, not that of the page's 22 lines."""
    paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:snapToGrid {nsdecls("w")} w:val="0"/>'))


def _run(paragraph: Paragraph, text: str, font: str, size: Pt) -> Any:
    run = paragraph.add_run(lines(text))
    run.font.size = size
    _fonts(run._r.get_or_add_rPr(), font)
    return run


def _fonts(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _annex_list(document: DocumentObject, notice: Notice) -> None:
    """附件 below the text: a line free, two characters in, names under names."""
    for number, text in enumerate(notice.annex_list):
        paragraph = _paragraph(document, text)
        form = paragraph.paragraph_format
        several = len(notice.annex_list) > 1
        hang = (5 if several else 3) + (0.8 if several else 0)
        form.left_indent = Pt((2 + hang) * CHARACTER)
        form.first_line_indent = Pt(-hang * CHARACTER if number == 0 else -(hang - 3) * CHARACTER)
        form.keep_with_next = True
        if number == 0:
            form.space_before = LINE


def _signed(document: DocumentObject, notice: Notice) -> None:
    """The office centred over the day, the day four characters from the right."""
    wide = {text: width(text) / 2 for text in (notice.signature, notice.dated)}
    day_from_right = 4.0
    sign_from_right = max(0.0, day_from_right + (wide[notice.dated] - wide[notice.signature]) / 2)
    for text, edge, before in ((notice.signature, sign_from_right, LINE), (notice.dated, day_from_right, Pt(0))):
        paragraph = _paragraph(document, text, alignment=WD_ALIGN_PARAGRAPH.RIGHT)
        paragraph.paragraph_format.right_indent = Pt(edge * CHARACTER)
        paragraph.paragraph_format.space_before = before
        paragraph.paragraph_format.keep_with_next = text == notice.signature


# ---- annexes -------------------------------------------------------------------------------------------------------


def _annex(document: DocumentObject, name: str, annex: Annex) -> None:
    """On a page of its own: its name at the left, its title in the middle, the table."""
    first = _paragraph(document, name, HEAD, indent=0)
    first.paragraph_format.page_break_before = True
    _paragraph(
        document, in_shape(annex.title, TITLE_LINE), TITLE, SIZE_2, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(8), line=Pt(34)
    )
    if annex.note:
        _paragraph(document, annex.note, BODY, SIZE_4, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(4))
    _table(document, annex.table)


def _table(document: DocumentObject, table: Table) -> None:
    made = document.add_table(rows=0, cols=len(table.header), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    widths = _widths(table)
    for column, wide in zip(made.columns, widths, strict=True):
        column.width = wide
    for n, cells in enumerate((table.header, *table.rows)):
        row = made.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        if n == 0:
            properties.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
        for i, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = widths[i]
            _fill(cell, text, is_head=n == 0, in_middle=n == 0 or i in table.figures)


def _fill(cell: _Cell, text: str, is_head: bool, in_middle: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if in_middle else WD_ALIGN_PARAGRAPH.LEFT
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, TABLE_LINE
    form.space_before = form.space_after = Pt(2)
    _off_the_grid(paragraph)
    cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:vAlign {nsdecls("w")} w:val="center"/>'))
    _run(paragraph, text, HEAD if is_head else BODY, TABLE_SIZE)


def _widths(table: Table) -> list[Pt]:
    """Column widths that fill the page: figures and short columns get what they need, the long ones share what is left."""
    character, edges = TABLE_SIZE.pt, 14
    needed, least = [], []
    for i, (head, *cells) in enumerate(zip(table.header, *table.rows, strict=True)):
        unbroken = _LATIN * max((len(word) for cell in cells for word in _WORD.findall(cell)), default=0)
        own = max(width(head), unbroken, *(min(width(cell), 80) for cell in cells)) / 2 * character + edges
        needed.append(own)
        least.append(own if i in table.figures else min(own, max(width(head), unbroken, 10) / 2 * character + edges))
    room = TEXT_WIDTH.pt
    wanted = sum(needed) - sum(least)
    share = max(0.0, room - sum(least)) / wanted if wanted else 0.0
    found = [m + (n - m) * share for n, m in zip(needed, least, strict=True)]
    return [Pt(w * room / sum(found)) for w in found]


# ---- bytes ---------------------------------------------------------------------------------------------------------


def _bytes(document: DocumentObject) -> bytes:
    """The file, without the time at which it was packed."""
    packed = io.BytesIO()
    document.save(packed)
    even = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(even, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            out.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), source.read(name), zipfile.ZIP_DEFLATED)
    return even.getvalue()
