"""Score sheets as XLSX: the ranking, then a sheet for each asset. Every cell is text: points keep their exact writing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from hege.engine.ranking import Ranked
from hege.engine.score import next_steps, points
from hege.engine.text import Language
from hege.outputs.characters import lines
from hege.outputs.score_rows import HEADER, Level, figures, gate, rows
from hege.outputs.workbook import MADE, TEXT_ONLY, Sheet, SheetNames, write_sheet

_INDENT = {Level.GROUP: "", Level.ITEM: "　", Level.LINE: "　　"}


def to_xlsx(title: str, ranked: Sequence[Ranked]) -> bytes:
    """The workbook, in Chinese."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, **TEXT_ONLY}) as book:
        book.set_properties({"title": lines(title), "created": MADE})
        head = book.add_format({"bold": True, "bg_color": "#E8ECF1", "border": 1, "valign": "vcenter"})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        names = SheetNames()
        for sheet in _sheets(ranked):
            write_sheet(book, names, sheet, head, body)
    return made.getvalue()


def _sheets(ranked: Sequence[Ranked]) -> Iterable[Sheet]:
    yield Sheet(
        name="排名", header=("名次", "编号", "名称", "总分", "得分", "扣分", "及格线", "结论"),
        rows=[
            (r.rank, r.result.asset.id, r.result.asset.name, str(r.score.total or ""), str(r.score.score or ""),
             str(r.score.deducted), gate(r.score, Language.ZH), r.result.verdict.zh)
            for r in ranked
        ],
    )  # fmt: skip
    for r in ranked:
        told = [(name, "", value, "", "", "", "") for name, value in figures(r.score, Language.ZH)]
        listed = [
            (
                _INDENT[row.level] + row.name,
                row.points,
                row.scored,
                row.arithmetic,
                row.facts,
                row.verified,
                row.unknown,
            )
            for row in rows(r.score, Language.ZH)
        ]
        steps = [
            (f"下一步：{s.look_at}", "", "" if s.narrows is None else points(s.narrows),
             "可定是否及格" if s.decides else "", "、".join(dict.fromkeys(i.title for i, _ in s.lines)), "", s.zh)
            for s in next_steps(r.score)
        ]  # fmt: skip
        yield Sheet(name=r.result.asset.name, header=[h.zh for h in HEADER.values()], rows=[*listed, *told, *steps])
