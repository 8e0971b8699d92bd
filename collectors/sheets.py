"""Sheets (CSV, XLSX) as a header and rows of texts, with the row numbers a person counts.

Owns encodings, quotes and workbooks; what the texts mean is for `cells` and `columns`. A sheet is read as it is asked
for, so that a large file is never in memory as Python texts.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hege.collectors.cells import CellFault
from hege.engine.errors import Place
from hege.engine.text import Text
from hege.engine.yamlnodes import Reading

_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and the rows below it, each with its row number as a person counts; blank rows are left out.

    Taking rows raises CellFault where the file stops being one. Cells may have blanks around them.
    """

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read_sheet(reading: Reading, file: Path) -> Sheet | None:
    """A CSV; None with the fault recorded when it is none."""
    try:
        return read_csv_sheet(file)
    except CellFault as fault:
        reading.problem(fault.code, Place(file=str(file), line=fault.line), fault.text.zh, fault.text.en, fault.hint)
        return None


def read_csv_sheet(file: Path) -> Sheet:
    """A CSV in UTF-8 (with or without BOM) or GB18030; raises CellFault."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CellFault("unreadable", f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from error
    return csv_sheet(raw)


def csv_sheet(raw: bytes) -> Sheet:
    """The CSV of bytes; raises CellFault."""
    if b"\0" in raw:
        raise CellFault("not-text", "文件里有NUL字节，不是文本", "the file holds NUL bytes; it is no text",
                        Text(zh="另存为CSV（UTF-8）", en="save it as CSV (UTF-8)"))  # fmt: skip
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), encoding=_encoding(raw), newline=""), strict=True)
    try:
        header = [h.strip() for h in next(reader)]
    except StopIteration:
        raise CellFault(
            "empty-file", "文件是空的", "the file is empty", Text(zh="第一行写表头", en="put a header in row 1")
        ) from None
    except csv.Error as error:
        raise _quotes(error, 1) from error
    return Sheet(header, _rows(reader))


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    line = 1
    try:
        for cells in reader:
            line = reader.line_num  # type: ignore[attr-defined]
            if any(cells):
                yield line, cells
    except csv.Error as error:
        raise _quotes(error, line + 1) from error


def _quotes(error: csv.Error, line: int) -> CellFault:
    said = str(error)
    if "field limit" in said:
        most = csv.field_size_limit()
        return CellFault("csv", f"不是有效的CSV：一格超过{most}个字", f"not valid CSV: a cell is longer than {most} characters",
                         Text(zh="检查引号是否成对", en="look for a quotation mark that is not closed"), line)  # fmt: skip
    if "expected after" in said:
        return CellFault("csv", "不是有效的CSV：引号之后应为逗号或行末", "not valid CSV: after a closing quotation mark comes a comma or the end of the line",
                         Text(zh="文字里的引号要写两遍", en="write a quotation mark inside a text twice"), line)  # fmt: skip
    return CellFault("csv", "不是有效的CSV：引号没有配对", "not valid CSV: a quotation mark is not closed",
                     Text(zh="从这一行起检查引号是否成对", en="look for the other one from this row on"), line)  # fmt: skip


def _encoding(raw: bytes) -> str:
    broken = _first_fault(raw, "utf-8")
    if broken is None:
        return "utf-8-sig"
    if _is_meant_as_utf8(raw, broken):
        line = (raw.count(b"\n", 0, broken) or raw.count(b"\r", 0, broken)) + 1
        raise CellFault("encoding", "文件是UTF-8编码，这一行有损坏的字", "the file is UTF-8, and a character of this line is damaged",
                        Text(zh="用原来的程序重新另存为CSV（UTF-8），不要截断或拼接文件", en="save it again as CSV (UTF-8) from where it came; do not cut or join files"), line)  # fmt: skip
    if _first_fault(raw, "gb18030") is None:
        return "gb18030"
    raise CellFault("encoding", "文件既不是UTF-8也不是GB18030", "the file is neither UTF-8 nor GB18030",
                    Text(zh="另存为CSV（UTF-8）", en="save it as CSV (UTF-8)"))  # fmt: skip


def _is_meant_as_utf8(raw: bytes, broken: int, around: int = 1 << 15) -> bool:
    """Whether bytes that are no UTF-8 were meant to be: they begin with its mark, or read as such have more Chinese than faults.

    Almost any bytes are some text of GB18030, and damaged UTF-8 would be read as another one (鐢 for 甲). Chinese in GB18030
    read as UTF-8 is nearly all faults; what stands around the first one tells.
    """
    if raw.startswith(codecs.BOM_UTF8):
        return True
    text = raw[max(0, broken - around) : broken + around].decode("utf-8", errors="replace")
    return text.count("\ufffd") < len(_CHINESE.findall(text))


def _first_fault(raw: bytes, encoding: str, step: int = 1 << 20) -> int | None:
    """Where the bytes stop being a text of the encoding, without holding all of the text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(raw)
    for start in [*range(0, len(raw), step), len(raw)]:
        kept = len(decoder.getstate()[0])  # bytes of a character that began in the step before
        try:
            decoder.decode(view[start : start + step], final=start == len(raw))
        except UnicodeDecodeError as error:
            found: int = start - kept + error.start
            return found
    return None


def read_xlsx_sheets(file: Path) -> Iterator[tuple[str, Sheet]]:
    """The sheets of a workbook with their titles; formulas are read as the text they are."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise CellFault("not-a-workbook", "不是有效的XLSX文件", f"not a valid XLSX: {error}",
                        Text(zh="用电子表格程序另存为XLSX", en="save it as XLSX from a spreadsheet program")) from error  # fmt: skip
    for sheet in book.worksheets:
        rows = sheet.iter_rows(values_only=True)
        header = [str(c or "").strip() for c in next(rows, ())]
        while header and not header[-1]:
            header.pop()
        yield sheet.title, Sheet(header, _cells(rows, len(header)))


def _cells(rows: Iterator[tuple[object, ...]], width: int) -> Iterator[tuple[int, list[str]]]:
    """The rows, filled up to the width of the header; what stands beyond it stays, to be found fault with."""
    for line, row in enumerate(rows, 2):
        cells = [_written(c) for c in row]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if any(cells):
            yield line, cells + [""] * (width - len(cells))


def _written(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell == datetime(cell.year, cell.month, cell.day) else cell.isoformat()  # noqa: DTZ001
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
