"""The workbook (填报表) in which inspectors enter the facts of a case: one sheet for each kind that the rules ask for.

What there is one of for each asset has a row for each asset, already with its number and the day; the rest is empty.
Titles and headers in brackets are for people: `collectors` pass over them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import xlsxwriter

from hege.engine.result import Asset
from hege.engine.rulebook.model import AssetKind
from hege.engine.vocabulary import Absence, Empty, Field, FieldType, Keep, Kind
from hege.engine.wordnames import STATE, names_of
from hege.outputs.characters import lines
from hege.outputs.workbook import MADE, TEXT_ONLY

NAME = "（名称）"
ABOUT = "（说明）"
_TYPED = {
    FieldType.TEXT: "文字",
    FieldType.WORD: "从下拉列表中选",
    FieldType.INTEGER: "整数",
    FieldType.NUMBER: "数",
    FieldType.TRUTH: "是或否",
    FieldType.DAY: "日期，如2026-09-20",
    FieldType.TIME: "时间，如2026-09-20T10:05",
    FieldType.LIST: "多项用分号隔开",
}
_COMMON = {
    "asset": ("资产", "名册中的编号", 14),
    "observed_at": ("观测时间", "看到的那一天，如2026-09-20", 13),
    "state": ("状态", "看到了的不填；没有看到的选一项，并写原因", 12),
    "reason": ("原因", "为什么没有看到", 18),
}
_ROWS = 1000  # so many rows have lists to choose from


def to_xlsx(kinds: Sequence[Kind], assets: Sequence[Asset], days: Mapping[AssetKind, date]) -> bytes:
    """The workbook for some kinds of facts and the assets of a case; each kind of asset has its monitoring day."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, **TEXT_ONLY}) as book:
        book.set_properties({"title": "填报表", "created": MADE})
        head = book.add_format(
            {"bold": True, "bg_color": "#E8ECF1", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )
        body = book.add_format({"num_format": "@", "valign": "top"})
        _about(book, kinds, head)
        for kind in kinds:
            _Sheet(book, kind, head, body).write([a for a in assets if _is_about(kind, a)], days)
    return made.getvalue()


def _is_about(kind: Kind, asset: Asset) -> bool:
    return kind.about in ("both", asset.kind.value)


class _Sheet:
    """One kind of fact: a header with notes, lists to choose from, and the rows that are known beforehand."""

    def __init__(self, book: xlsxwriter.Workbook, kind: Kind, head: object, body: object) -> None:
        self.kind, self.head, self.body = kind, head, body
        self.page = book.add_worksheet(kind.zh)
        self.titles: list[str] = []

    def write(self, assets: Iterable[Asset], days: Mapping[AssetKind, date]) -> None:
        """The header, then a row for each asset where there is one fact of each."""
        self._column(*_COMMON["asset"])
        self._column(NAME, "供对照，不读入", 26)
        if self.kind.part:
            self._column(self.kind.part, f"哪一个{self.kind.part}", 18)
        for name in ("observed_at", "state", "reason"):
            self._column(*_COMMON[name], words=[t.zh for t in STATE.values()] if name == "state" else ())
        for field in self.kind.fields:
            self._column(field.zh, _note(field), 16, _words(field))
        self.page.freeze_panes(1, 2)
        if self.kind.part:
            return
        for number, asset in enumerate(assets, 1):
            given = {"资产": asset.id, NAME: asset.name, "观测时间": days[asset.kind].isoformat()}
            for title, text in given.items():
                self.page.write_string(number, self.titles.index(title), lines(text), self.body)

    def _column(self, title: str, note: str, width: int, words: Sequence[str] = ()) -> None:
        column = len(self.titles)
        self.titles.append(title)
        self.page.set_column(column, column, width, self.body)
        self.page.write_string(0, column, title, self.head)
        self.page.write_comment(0, column, note)
        if words:
            self.page.data_validation(1, column, _ROWS, column, {
                "validate": "list", "source": list(words), "error_title": title, "error_message": f"请填{'、'.join(words)}之一",
            })  # fmt: skip


def _words(field: Field) -> list[str]:
    """What a cell may be chosen from, in Chinese."""
    if field.type is FieldType.TRUTH:
        return ["是", "否"]
    return list(names_of(field.words) or field.words) if field.type is FieldType.WORD else []


def _note(field: Field) -> str:
    unit = f"（{field.unit}）" if field.unit else ""
    empty = "；空着即没有" if field.empty is Empty.NONE else "；查过而没有的写“无”，没有查的空着"
    return f"{_TYPED[field.type]}{unit}{empty}"


def _about(book: xlsxwriter.Workbook, kinds: Sequence[Kind], head: object) -> None:
    """The first sheet: how to fill in, and what an empty sheet means."""
    page = book.add_worksheet(ABOUT)
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 100)
    told = [
        ("怎样填", "每行是一项事实：哪个资产、哪天看到、看到了什么。表名和表头不要改；括号里的表和列供人看，不读入。"),
        ("没有看到", "打不开、被拦截、要登录的，在“状态”选一项、在“原因”写清楚，其余各格空着。没有看到不等于没有。"),
        ("没有", "查过而确实没有的写“无”。没有查的空着，按未知计。"),
        ("日期", "写2026-09-20；月日不全的不要推算，空着并在原因中说明。"),
    ]  # fmt: skip
    for row, (name, text) in enumerate(told):
        page.write_string(row, 0, name, head)
        page.write_string(row, 1, text)
    start = len(told) + 1
    for row, kind in enumerate(kinds, start):
        page.write_string(row, 0, kind.zh, head)
        each = f"一个{kind.part}一行" if kind.part else "每个资产一行"
        kept = "，同一个再次看到的，以后看到的为准" if kind.keep is Keep.LATEST and kind.part else ""
        nothing = "不填即没有查，按未知计" if kind.absence is Absence.UNKNOWN else "只记发现的问题，不填即没有发现"
        page.write_string(row, 1, f"{each}{kept}；{nothing}。")
