"""The text of a cell as a typed value of the vocabulary: the one place that says what a cell may hold.

Whole columns of cells are `columns`.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

from hege.engine.dates import BETWEEN, EARLIEST, LATEST, SHANGHAI, is_meant
from hege.engine.errors import nearest
from hege.engine.facts import NONE
from hege.engine.text import Text
from hege.engine.vocabulary import Field, FieldType
from hege.engine.wordnames import names_of, with_names

NONE_WORDS = ("none", "无")
_TRUTH = {"yes": True, "true": True, "是": True, "1": True, "no": False, "false": False, "否": False, "0": False}
_DAY = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?")
_LIST_MARKS = re.compile(r"[;；、]")
_MOST_SAID = 80  # characters of a wrong cell in a message


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
        expected = _expected(field)
        raise CellFault(
            "bad-date" if field.type in (FieldType.DAY, FieldType.TIME) else "bad-value",
            f"“{field.name}”（{field.zh}）应为{expected.zh}；这里写的是“{_shortened(cell)}”",
            f"“{field.name}” must be {expected.en}; this is “{_shortened(cell)}”",
            _hint(field, cell),
        ) from None


def _expected(field: Field) -> Text:
    """What a cell of the field may be."""
    least = field.least
    words = Text(zh=with_names(field.words, names_of(field.words)), en=", ".join(field.words))
    match field.type:
        case FieldType.DAY:
            return Text(zh="日期，如2024-02-23", en="a date such as 2024-02-23")
        case FieldType.TIME:
            return Text(zh="日期或时间，如2024-02-23T10:05", en="a date or time such as 2024-02-23T10:05")
        case FieldType.INTEGER | FieldType.NUMBER:
            number = (
                Text(zh="整数", en="a whole number")
                if field.type is FieldType.INTEGER
                else Text(zh="数字", en="a number")
            )
            if least is None:
                return number
            return Text(zh=f"不小于{least}的{number.zh}", en=f"{number.en}, at least {least}")
        case FieldType.TRUTH:
            return Text(zh="是或否", en="yes or no")
        case FieldType.LIST if words.zh:
            return Text(
                zh=f"用分号隔开、互不相同的{words.zh}", en=f"different words of {words.en}, with semicolons between"
            )
        case FieldType.LIST:
            return Text(zh="用分号隔开、互不相同的词", en="different words with semicolons between")
        case _:
            return words


def _hint(field: Field, cell: str) -> Text | None:
    if field.type is FieldType.LIST:
        words = _words(cell)
        if not words:
            return Text(zh="什么都没有的，写“无”", en="where there is nothing, write “none”")
        if again := next((w for w in words if words.count(w) > 1), None):
            return Text(zh=f"“{again}”重复，只写一次", en=f"write “{again}” once")
        cell = next((w for w in words if w not in field.words), cell)
    if field.type in (FieldType.DAY, FieldType.TIME):
        year = re.match(r"\d{4}", cell)
        meant = year is None or EARLIEST.year <= int(year[0]) <= LATEST.year
        return (
            None
            if meant
            else Text(zh=f"检查年份：日期应{BETWEEN.zh}", en=f"check the year: a date must be {BETWEEN.en}")
        )
    if field.type is FieldType.INTEGER and re.fullmatch(r"[-+]?\d{19,}", cell):
        return Text(zh="数太大，检查是否多写了几位", en="the number is too large; look for digits too many")
    near = nearest(cell, [*field.words, *names_of(field.words)]) if field.words else None
    return Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None


def _shortened(cell: str) -> str:
    return cell if len(cell) <= _MOST_SAID else cell[:_MOST_SAID] + "…"


def _value(field: Field, cell: str) -> object:
    match field.type:
        case FieldType.TEXT:
            return cell
        case FieldType.WORD:
            word = names_of(field.words).get(cell, cell)
            if word not in field.words:
                raise ValueError(cell)
            return word
        case FieldType.INTEGER:
            return _whole(field, cell)
        case FieldType.NUMBER:
            return _number(field, cell)
        case FieldType.TRUTH:
            if cell.lower() not in _TRUTH:
                raise ValueError(cell)
            return _TRUTH[cell.lower()]
        case FieldType.DAY:
            return _moment(cell).date()
        case FieldType.TIME:
            return _moment(cell)
        case FieldType.LIST:
            return _list(field, cell)


def _whole(field: Field, cell: str) -> int:
    value = int(cell)
    if "_" in cell or not -(1 << 63) <= value < 1 << 63 or (field.least is not None and value < field.least):
        raise ValueError(cell)
    return value


def _number(field: Field, cell: str) -> float:
    value = float(cell)
    if "_" in cell or not math.isfinite(value) or (field.least is not None and value < field.least):
        raise ValueError(cell)
    return value + 0.0  # -0 is 0


def _moment(cell: str) -> datetime:
    if match := _DAY.fullmatch(cell):
        value = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=SHANGHAI)
    elif re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", cell):
        value = datetime.fromisoformat(cell)
        value = value.astimezone(SHANGHAI) if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    else:
        raise ValueError(cell)
    if not is_meant(value.date()):
        raise ValueError(cell)
    return value


def _list(field: Field, cell: str) -> list[str]:
    """The words in the one order that the field or, where any word goes, the alphabet gives: equal lists are equal facts."""
    words = _words(cell)
    if not words or len(set(words)) < len(words) or not set(words) <= set(field.words or words):
        raise ValueError(cell)
    return [w for w in field.words if w in words] or sorted(words)


def _words(cell: str) -> list[str]:
    return [w.strip() for w in _LIST_MARKS.split(cell) if w.strip()]
