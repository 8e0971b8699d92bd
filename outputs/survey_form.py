"""The form (检查表) that a person fills in about one asset: an XLSX with a row a question.

What is drawn, and by which seed, stands in the row and comes back with the answer. `collectors.survey_form` reads it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date

import xlsxwriter

from hege.engine.result import Asset
from hege.engine.survey import Asked
from hege.outputs.characters import lines
from hege.outputs.workbook import MADE, TEXT_ONLY

SHEET = "检查表"
COLUMNS = (
    ("检查项", 22), ("问题", 42), ("条款", 30), ("到哪里看", 28), ("样本", 36), ("抽样总体", 9), ("抽样种子", 18),
    ("结论", 10), ("数量", 8), ("备注", 24), ("截图文件名", 18),
)  # fmt: skip
ANSWERS = {"ok": "符合", "problem": "不符合", "none": "无此内容"}
_FILLED_IN = ("结论", "数量", "备注", "截图文件名")


def to_xlsx(asset: Asset, asked: Iterable[Asked], day: date) -> bytes:
    """The form of one asset."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, **TEXT_ONLY}) as book:
        book.set_properties({"title": lines(f"{asset.name}检查表"), "created": MADE})
        head = book.add_format(
            {"bold": True, "bg_color": "#E8ECF1", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )
        body = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        fill = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "bg_color": "#FFF9E5"})
        page = book.add_worksheet(SHEET)
        page.freeze_panes(1, 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        for column, (title, width) in enumerate(COLUMNS):
            page.set_column(column, column, width)
            page.write_string(0, column, title, head)
        number = 0
        for number, one in enumerate(asked, 1):
            for column, (title, text) in enumerate(_row(one).items()):
                page.write_string(number, column, lines(text), fill if title in _FILLED_IN else body)
        answer = [title for title, _ in COLUMNS].index("结论")
        page.data_validation(1, answer, max(number, 1), answer, {
            "validate": "list", "source": list(ANSWERS.values()), "error_title": "结论",
            "error_message": f"请填{'、'.join(ANSWERS.values())}之一",
        })  # fmt: skip
        _about(book, asset, day, head, body, fill)
    return made.getvalue()


def _row(asked: Asked) -> dict[str, str]:
    question, drawn = asked.question, asked.drawn
    many = "（填数量）" if question.counts else ""
    sample = (
        "、".join(drawn.sample) if drawn and drawn.sample else f"自行抽取{question.number}个" if question.number else ""
    )
    return {
        "检查项": question.item, "问题": question.question + many, "条款": question.clause, "到哪里看": question.look,
        "样本": sample, "抽样总体": str(drawn.frame) if drawn and drawn.frame else "",
        "抽样种子": drawn.seed if drawn and drawn.frame else "", "结论": "", "数量": "", "备注": "", "截图文件名": "",
    }  # fmt: skip


def _about(book: xlsxwriter.Workbook, asset: Asset, day: date, head: object, body: object, fill: object) -> None:
    """The second sheet: whom the form is about, who fills it in and when, and how."""
    page = book.add_worksheet("说明")
    page.set_column(0, 0, 14)
    page.set_column(1, 1, 80)
    told = (
        ("项目", "内容", head), ("资产编号", asset.id, body), ("名称", asset.name, body), ("网址", asset.url, body),
        ("检查日期", day.isoformat(), fill), ("检查人", "", fill),
        ("怎样填", "只填黄色格子。结论：符合、不符合、无此内容。没有查的留空，仍按未知计，不算符合也不算不符合。", body),
        ("数量", "问题带（填数量）的，扣分项结论为不符合时填发现几处，加分项结论为符合时填几个；不知道几处的可留空。", body),
        ("样本", "按抽样种子从抽样总体中抽出，换人重抽结果相同；总体不足的全部检查。样本写“自行抽取”的，请在备注写明所抽对象。", body),
    )  # fmt: skip
    for row, (name, text, form) in enumerate(told):
        page.write_string(row, 0, name, head if row == 0 else body)
        page.write_string(row, 1, lines(text), form)
