"""The text of a cell as a typed value of the vocabulary: the one place that says what a cell may hold.

Whole columns of cells are `columns`.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime

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


def parsed(field: Field, cell: str) -> object:
    """The value a cell writes: None for open, NONE for known nothing; raises CellFault."""
    if cell == "":
        return None
    if cell in NONE_WORDS and not (field.type is FieldType.WORD and cell in field.words):
        return NONE
    try:
        return _value(field, cell)
    except (ValueError, OverflowError):
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
            return _whole(cell)
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


def _whole(cell: str) -> int:
    value = int(cell)
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(cell)
    return value


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
