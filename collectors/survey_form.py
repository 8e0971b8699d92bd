"""Reading filled-in forms (检查表) to rows of `survey` facts; every fault of a form is told with its cell.

Rows nobody answered give no fact: what was not looked at stays unknown.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hege.collectors.cells import CellFault
from hege.collectors.sheets import read_xlsx_sheets
from hege.engine.errors import Place, nearest
from hege.engine.survey import Question
from hege.engine.text import Text
from hege.engine.yamlnodes import Reading

ANSWERS = {"符合": "ok", "不符合": "problem", "无此内容": "none"}
_COLUMNS = ("检查项", "样本", "抽样总体", "抽样种子", "结论", "数量", "备注", "截图文件名")
HEADER = (
    "asset",
    "part",
    "observed_at",
    "answer",
    "count",
    "note",
    "inspector",
    "screenshot",
    "seed",
    "frame",
    "sample",
)
Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """What one form says: about which asset, on which day, by whom, and how many questions are left open."""

    file: Path
    asset: str
    day: str
    inspector: str
    rows: tuple[Row, ...]
    unanswered: int

    def to_csv(self) -> str:
        """The facts as a sheet of a case folder."""
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()


def read_forms(
    files: Iterable[Path], asked: Mapping[str, Question], assets: Iterable[str], inspector: str = ""
) -> tuple[Form, ...]:
    """The forms; raises InputError with every fault of every form. `inspector` stands in where a form names nobody."""
    reading, known = Reading(), tuple(assets)
    forms = [_form(_Faults(reading, file), file, asked, known, inspector) for file in files]
    reading.done()
    return tuple(f for f in forms if f is not None)


@dataclass(frozen=True, slots=True)
class _Faults:
    reading: Reading
    file: Path

    def add(self, code: str, line: int, column: int, zh: str, en: str, hint: Text | None = None) -> None:
        self.reading.problem(code, Place(file=str(self.file), line=line, column=column), zh, en, hint)

    def unknown(self, line: int, column: int, what: Text, word: str, words: Iterable[str]) -> None:
        self.reading.unknown_word(Place(file=str(self.file), line=line, column=column), what, word, list(words))


def _form(
    faults: _Faults, file: Path, asked: Mapping[str, Question], assets: tuple[str, ...], inspector: str
) -> Form | None:
    try:
        sheets = {title: (sheet.header, list(sheet.rows)) for title, sheet in read_xlsx_sheets(file)}
    except CellFault as fault:
        faults.add(fault.code, max(fault.line, 1), 1, fault.text.zh, fault.text.en, fault.hint)
        return None
    for title in ("检查表", "说明"):
        if title not in sheets:
            faults.add("missing-sheet", 1, 1, f"缺少工作表“{title}”", f"the sheet “{title}” is missing",
                       Text(zh="使用hege survey new生成的检查表", en="use a form made by hege survey new"))  # fmt: skip
            return None
    about = {cells[0]: (line, cells[1] if len(cells) > 1 else "") for line, cells in sheets["说明"][1]}
    asset, day, by = _about(faults, about, assets, inspector)
    header, rows = sheets["检查表"]
    missing = [c for c in _COLUMNS if c not in header]
    for name in missing:
        faults.add("missing-header", 1, 1, f"检查表缺少“{name}”列", f"the form lacks the column “{name}”")
    if missing:
        return None
    found = list(_answers(faults, header, rows, asked))
    facts = tuple(
        {"asset": asset, "part": r["检查项"], "observed_at": day, "answer": ANSWERS.get(r["结论"], ""), "count": r["数量"],
         "note": r["备注"], "inspector": by, "screenshot": r["截图文件名"], "seed": r["抽样种子"], "frame": r["抽样总体"],
         "sample": r["样本"].replace("、", ";") if r["抽样种子"] else ""}
        for r in found if r["结论"]
    )  # fmt: skip
    return Form(file=file, asset=asset, day=day, inspector=by, rows=facts, unanswered=len(found) - len(facts))


def _about(
    faults: _Faults, about: Mapping[str, tuple[int, str]], assets: tuple[str, ...], inspector: str
) -> tuple[str, str, str]:
    """Asset, day and inspector from the second sheet."""
    line, asset = about.get("资产编号", (1, ""))
    if asset not in assets:
        faults.unknown(line, 2, Text(zh="资产（说明）", en="asset (sheet 说明)"), asset, assets)
    line, day = about.get("检查日期", (1, ""))
    try:
        day = date.fromisoformat(day[:10]).isoformat()
    except ValueError:
        faults.add("bad-date", line, 2, f"检查日期“{day}”不是日期（说明）", f"“{day}” is no date (sheet 说明)",
                   Text(zh="写成2024-02-23", en="write 2024-02-23"))  # fmt: skip
    line, by = about.get("检查人", (1, ""))
    if not (by or inspector):
        faults.add("missing-value", line, 2, "没有填检查人（说明）", "nobody is named as inspector (sheet 说明)",
                   Text(zh="在“说明”里填检查人，或用--inspector", en="fill in 检查人 on the sheet 说明, or give --inspector"))  # fmt: skip
    return asset, day, by or inspector


def _answers(
    faults: _Faults, header: list[str], rows: list[tuple[int, list[str]]], asked: Mapping[str, Question]
) -> Iterator[Row]:
    seen: dict[str, int] = {}
    at = {name: column for column, name in enumerate(header, 1)}
    for line, cells in rows:
        row = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        item = row["检查项"]
        if item not in asked:
            faults.unknown(line, at["检查项"], Text(zh="检查项", en="survey item"), item, asked)
            continue
        if item in seen:
            faults.add("duplicate-row", line, at["检查项"], f"“{item}”在第{seen[item]}行已有", f"“{item}” is in row {seen[item]} already",
                       Text(zh="删去一行", en="remove one of them"))  # fmt: skip
        seen.setdefault(item, line)
        if row["结论"] and row["结论"] not in ANSWERS:
            near = nearest(row["结论"], ANSWERS)
            faults.add("unknown-word", line, at["结论"], f"结论“{row['结论']}”无法识别", f"unknown answer “{row['结论']}”",
                       Text(zh=f"填{'、'.join(ANSWERS)}之一" + (f"；是否想填“{near}”？" if near else ""), en=f"one of {', '.join(ANSWERS)}"))  # fmt: skip
        _number(faults, line, at["数量"], row, asked[item])
        yield row


def _number(faults: _Faults, line: int, column: int, row: Row, question: Question) -> None:
    number, answer = row["数量"], row["结论"]
    if not number:
        return
    if not re.fullmatch(r"\d{1,6}", number):
        faults.add("expected-integer", line, column, f"数量“{number}”不是整数", f"“{number}” is no whole number",
                   Text(zh="填整数；不知道几处的留空", en="write a whole number, or leave it empty"))  # fmt: skip
        return
    counting = "符合" if question.earns else "不符合"
    if int(number) and answer and answer != counting:
        faults.add("contradiction", line, column, f"结论为“{answer}”，数量却是{number}", f"the answer is “{answer}”, yet {number} are counted",
                   Text(zh=f"改结论为“{counting}”，或去掉数量", en=f"answer “{counting}”, or remove the number"))  # fmt: skip
    if not answer:
        faults.add("missing-value", line, column, "填了数量而没有结论", "there is a number but no answer",
                   Text(zh="补上结论", en="give the answer"))  # fmt: skip
