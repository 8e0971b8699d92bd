"""A published notice as paragraphs and tables, from HTML, DOCX or text, damaged copies too; every block keeps its place.

What a paragraph says is kept as it is; `plain` is how its numbers are read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Text

MAX_BYTES = 20 << 20
Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """A line of text; `line` counts lines of a text file, else paragraphs."""

    line: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table with the nearest text above it."""

    line: int
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A notice as it was found."""

    file: str
    paragraphs: tuple[Paragraph, ...]
    grids: tuple[Grid, ...]


def read_published(file: Path) -> Published:
    """The notice of a file; raises InputError where it cannot be read."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _refused(file, "too-large", "超过20 MiB，不像一份通报", "is over 20 MiB, which no notice is")
        content = file.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise _refused(file, "cannot-read", f"读不出来：{why}", f"cannot be read: {why}") from error
    if content[:2] == b"PK":
        blocks = list(_of_docx(file, content))
    else:
        text = _decoded(file, content)
        is_markup = file.suffix.lower() in (".html", ".htm") or text.lstrip()[:1] == "<"
        blocks = list(_of_html(text) if is_markup else _of_text(text))
    return _published(str(file), blocks)


def _refused(file: Path, code: str, zh: str, en: str) -> InputError:
    hint = Text(zh="通报应为HTML、DOCX或文本文件", en="a notice is read from HTML, DOCX or text")
    return InputError([Problem(code=code, place=Place(file=str(file)), message=Text(zh=zh, en=en), hint=hint)])


def _decoded(file: Path, content: bytes) -> str:
    if b"\0" in content[:1000] or content[:4] == b"%PDF":
        raise _refused(file, "not-text", "不是文本文件", "is no text")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", errors="replace")


Block = Paragraph | tuple[int, list[Row]]


def _published(file: str, blocks: Iterable[Block]) -> Published:
    paragraphs: list[Paragraph] = []
    grids: list[Grid] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            paragraphs.append(block)
        elif grids and _goes_on(grids[-1], block[1], paragraphs):
            last = grids[-1]
            grids[-1] = Grid(line=last.line, title=last.title, rows=(*last.rows, *block[1]))
        else:
            above = "\n".join(p.text for p in paragraphs[-3:])
            grids.append(Grid(line=block[0], title=above, rows=tuple(block[1])))
    return Published(file=file, paragraphs=tuple(paragraphs), grids=tuple(grids))


def _goes_on(grid: Grid, rows: list[Row], paragraphs: list[Paragraph]) -> bool:
    """Whether rows carry on the table before them: nothing was said since it."""
    return not paragraphs or (paragraphs[-1].line < grid.line and len(rows[0]) == len(grid.rows[0]))


# ---- text ----------------------------------------------------------------------------------------------------------

_HEADS = frozenset(
    [
        "序号",
        "辖区",
        "区县",
        "县市区",
        "单位",
        "平台",
        "平台类型",
        "账号平台",
        "账号类型",
        "类型",
        "账号名称",
        "名称",
        "网站名称",
        "开设主体",
        "开设主体名称",
        "认证主体",
        "主办单位",
        "存在问题",
        "存在的问题",
        "突出问题",
        "存在的突出问题",
        "问题",
        "检查结果",
        "结果",
        "备注",
        "整改结果",
        "整改情况",
        "网站标识码",
        "标识码",
        "新媒体标识码",
        "总数",
        "合格",
        "不合格",
        "合格率",
    ]
)
_ENDS = re.compile(r"附件|注[:：]|检查发现|\d+月份$|一、|分享|扫一扫|相关链接")


def _of_text(text: str) -> Iterator[Block]:
    """Lines; those with | are rows, and cells on lines of their own below a header on such lines make rows too."""
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    index = 0
    while index < len(lines):
        number, line = lines[index]
        if line.count("|") >= 2:
            rows = []
            while index < len(lines) and lines[index][1].count("|") >= 2:
                rows.append(tuple(cell.strip() for cell in lines[index][1].strip().strip("|").split("|")))
                index += 1
            yield number, rows
        elif rows := _upright(lines, index):
            yield number, rows
            index += sum(len(row) for row in rows)
        else:
            yield Paragraph(line=number, text=line)
            index += 1


def _upright(lines: list[tuple[int, str]], start: int) -> list[Row]:
    """A table one cell a line, or nothing where none begins."""
    end = start
    while end < len(lines) and plain(lines[end][1]) in _HEADS:
        end += 1
    wide = end - start
    if wide < 3:
        return []
    rows = [tuple(line for _, line in lines[start:end])]
    numbered = plain(rows[0][0]) == "序号"
    while end + wide <= len(lines):
        cells = tuple(line for _, line in lines[end : end + wide])
        if any(_ENDS.match(plain(cell)) for cell in cells) or (numbered and plain(cells[0]) != str(len(rows))):
            break
        rows.append(cells)
        end += wide
    return rows


# ---- HTML and DOCX -------------------------------------------------------------------------------------------------

_MARK = "\ufdd0"  # no character: where a table stood
_BLOCKS = "p,div,li,h1,h2,h3,h4,h5,h6,br,section,article,table,hr,title"


def _of_html(text: str) -> Iterator[Block]:
    """Paragraphs in the order of the page, and its tables; what is within a line stays on it."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(text)
    tree.strip_tags(["script", "style", "noscript", "template"])
    found: list[list[Row]] = []
    for table in tree.css("table"):
        rows = [tuple(" ".join(c.text().split()) for c in row.css("td,th")) for row in table.css("tr")]
        found.append([row for row in rows if row])
        table.replace_with(f"\n{_MARK}{len(found) - 1}\n")
    for node in tree.css(_BLOCKS):
        node.insert_before("\n")
        node.insert_after("\n")
    lines = tree.root.text() if tree.root else ""
    kept = (" ".join(line.split()) for line in lines.splitlines())
    for number, line in enumerate((line for line in kept if line), 1):
        if mark := re.fullmatch(rf"{_MARK}(\d+)", line):
            if rows := found[int(mark[1])]:
                yield number, rows
        else:
            yield Paragraph(line=number, text=line)


def _of_docx(file: Path, content: bytes) -> Iterator[Block]:
    """Paragraphs and tables in the order of the document."""
    from docx import Document
    from docx.table import Table

    try:
        document = Document(io.BytesIO(content))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise _refused(file, "not-docx", "不是DOCX文件", "is no DOCX document") from error
    for number, part in enumerate(document.iter_inner_content(), 1):
        if isinstance(part, Table):
            yield number, [tuple(" ".join(c.text.split()) for c in row.cells) for row in part.rows]
        elif text := part.text.replace("\n", "").strip():
            yield Paragraph(line=number, text=text)


# ---- how numbers are read ------------------------------------------------------------------------------------------

TRADITIONAL = "網個檢發現運體問題標較與時間號賬單縣區報務無訪長連業開關轉後內嚴錯誤規劃級門戶類欄動態聞額實際總數臺機構處進對應該為從並將據際測點錄備註銷結辦稱屬導領資產環電書證認識創參閉"
SIMPLIFIED = "网个检发现运体问题标较与时间号账单县区报务无访长连业开关转后内严错误规划级门户类栏动态闻额实际总数台机构处进对应该为从并将据际测点录备注销结办称属导领资产环电书证认识创参闭"
_READ = str.maketrans(TRADITIONAL + "，：；（）％０１２３４５６７８９．—－～至", SIMPLIFIED + ",:;()%0123456789.----")
PINYIN = re.compile(r"(?<=[\u4e00-\u9fff])\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹ]{1,6}\)")


def plain(text: str) -> str:
    """The text as its numbers are read: half width, simplified where a word matters, without blanks and pinyin."""
    return PINYIN.sub("", re.sub(r"\s+", "", text).translate(_READ))
