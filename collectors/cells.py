"""Sheets (CSV, XLSX) as rows of texts, and texts as typed values of the vocabulary."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from hege.engine.dates import SHANGHAI
from hege.engine.errors import nearest
from hege.engine.facts import NONE
from hege.engine.text import Text
from hege.engine.vocabulary import Field, FieldType

NONE_WORDS = ("none", "无")
_TRUTH = {"yes": True, "true": True, "是": True, "1": True, "no": False, "false": False, "否": False, "0": False}
_DAY = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?")
_LIST_MARKS = re.compile(r"[;；、]")


class CellFault(Exception):
    """A file or cell that cannot be read; `line` is 0 for the file as a whole."""

    def __init__(self, code: str, zh: str, en: str, hint: Text | None = None, line: int = 0) -> None:
        super().__init__(en)
        self.code, self.text, self.hint, self.line = code, Text(zh=zh, en=en), hint, line


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and the rows below it, each with its row number as a person counts."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read_csv_sheet(file: Path) -> Sheet:
    """A CSV in UTF-8 (with or without BOM) or GB18030; raises CellFault."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CellFault("unreadable", f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from error
    if b"\0" in raw:
        raise CellFault("not-text", "文件里有NUL字节，不是文本", "the file holds NUL bytes; it is no text",
                        Text(zh="另存为CSV（UTF-8）", en="save it as CSV (UTF-8)"))  # fmt: skip
    text = _decoded(raw)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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
                yield line, [c.strip() for c in cells]
    except csv.Error as error:
        raise _quotes(error, line + 1) from error


def _quotes(error: csv.Error, line: int) -> CellFault:
    return CellFault("csv", f"不是有效的CSV：{error}", f"not valid CSV: {error}",
                     Text(zh="检查引号是否成对", en="look for a quotation mark that is not closed"), line)  # fmt: skip


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CellFault("encoding", "文件既不是UTF-8也不是GB18030", "the file is neither UTF-8 nor GB18030",
                    Text(zh="另存为CSV（UTF-8）", en="save it as CSV (UTF-8)"))  # fmt: skip


def read_xlsx_sheets(file: Path) -> Iterator[tuple[str, Sheet]]:
    """The sheets of a workbook with their titles; formulas are read as the text they are."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise CellFault("not-a-workbook", f"不是有效的XLSX：{error}", f"not a valid XLSX: {error}",
                        Text(zh="用电子表格程序另存为XLSX", en="save it as XLSX from a spreadsheet program")) from error  # fmt: skip
    for sheet in book.worksheets:
        rows = sheet.iter_rows(values_only=True)
        header = [str(c or "").strip() for c in next(rows, ())]
        while header and not header[-1]:
            header.pop()
        yield sheet.title, Sheet(header, _cells(rows, len(header)))


def _cells(rows: Iterator[tuple[object, ...]], width: int) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(rows, 2):
        if any(c not in (None, "") for c in row):
            yield line, [_written(c) for c in row[:width]]


def _written(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell == datetime(cell.year, cell.month, cell.day) else cell.isoformat()  # noqa: DTZ001
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def header_names(header: list[str], known: Mapping[str, str]) -> list[str]:
    """The column names a header writes, in English or Chinese; unknown ones as written."""
    by_zh = {zh: name for name, zh in known.items()}
    return [h if h in known else by_zh.get(h, h) for h in header]


def parsed(field: Field, cell: str) -> object:
    """The value a cell writes: None for open, NONE for known nothing; raises CellFault."""
    if cell == "":
        return None
    if cell in NONE_WORDS and not (field.type is FieldType.WORD and cell in field.words):
        return NONE
    try:
        return _value(field, cell)
    except ValueError:
        expected = {
            FieldType.DAY: ("日期，如2024-02-23", "a date such as 2024-02-23"),
            FieldType.TIME: ("日期或时间，如2024-02-23T10:05", "a date or time such as 2024-02-23T10:05"),
            FieldType.INTEGER: ("整数", "a whole number"),
            FieldType.NUMBER: ("数字", "a number"),
            FieldType.TRUTH: ("是或否", "yes or no"),
            FieldType.WORD: ("、".join(field.words), ", ".join(field.words)),
            FieldType.LIST: ("、".join(field.words), ", ".join(field.words)),
        }[field.type]
        near = nearest(cell, field.words) if field.words else None
        raise CellFault(
            "bad-date" if field.type in (FieldType.DAY, FieldType.TIME) else "bad-value",
            f"“{field.name}”（{field.zh}）应为{expected[0]}；这里写的是“{cell}”",
            f"“{field.name}” must be {expected[1]}; this is “{cell}”",
            Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None,
        ) from None


def _value(field: Field, cell: str) -> object:
    match field.type:
        case FieldType.TEXT:
            return cell
        case FieldType.WORD:
            if cell not in field.words:
                raise ValueError(cell)
            return cell
        case FieldType.INTEGER:
            return int(cell)
        case FieldType.NUMBER:
            return _number(cell)
        case FieldType.TRUTH:
            if cell.lower() not in _TRUTH:
                raise ValueError(cell)
            return _TRUTH[cell.lower()]
        case FieldType.DAY:
            return _day(cell)
        case FieldType.TIME:
            return _moment(cell)
        case FieldType.LIST:
            words = [w.strip() for w in _LIST_MARKS.split(cell) if w.strip()]
            if field.words and not set(words) <= set(field.words):
                raise ValueError(cell)
            return words


def _number(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(cell)
    return value


def _day(cell: str) -> date:
    if match := _DAY.fullmatch(cell):
        return date(int(match[1]), int(match[2]), int(match[3]))
    return _moment(cell).date()


def _moment(cell: str) -> datetime:
    if match := _DAY.fullmatch(cell):
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=SHANGHAI)
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", cell):
        raise ValueError(cell)
    value = datetime.fromisoformat(cell)
    return value.astimezone(SHANGHAI) if value.tzinfo else value.replace(tzinfo=SHANGHAI)
