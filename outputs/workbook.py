"""An inspection as XLSX: totals, lists and every finding, on sheets with a frozen header and filters.

Every cell is text or a number that hege counted: nothing a page or a name says becomes a formula or a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice

import xlsxwriter
from xlsxwriter.format import Format

from hege.engine.result import Inspection, Outcome
from hege.engine.text import Language
from hege.outputs import overview
from hege.outputs.characters import lines
from hege.outputs.tables import ASSETS, FINDINGS, asset_rows, finding_rows
from hege.outputs.terminal import width
from hege.outputs.words import VERDICT

MOST_ROWS = 1_048_575  # of a sheet, without its header
MOST_FINDINGS = 100_000  # told one by one; of more, those that pass are left to findings.csv
MOST_CHARACTERS = 32_767  # of a cell
_SAMPLE = 200  # rows looked at to choose the width of columns
TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
MADE = datetime(2000, 1, 1, tzinfo=UTC)  # equal inspections are equal bytes

Cell = str | int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A sheet: its name, header and rows."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def to_xlsx(inspection: Inspection, lists: Iterable[Sheet] | None = None) -> bytes:
    """The workbook: totals, the lists (those of the inspection unless others are given), assets, findings."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True, "in_memory": True, **TEXT_ONLY}) as book:
        book.set_properties({"title": lines(inspection.title), "author": lines(inspection.issuer), "created": MADE})
        head = book.add_format({"bold": True, "bg_color": "#E8ECF1", "border": 1, "valign": "vcenter"})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        names = SheetNames()
        for sheet in _sheets(inspection, _lists(inspection) if lists is None else lists):
            write_sheet(book, names, sheet, head, body)
    return made.getvalue()


def _sheets(inspection: Inspection, lists: Iterable[Sheet]) -> Iterator[Sheet]:
    yield Sheet(name="汇总", header=_TOTALS, rows=_totals(inspection))
    yield from lists
    yield Sheet(name="资产", header=ASSETS, rows=asset_rows(inspection))
    yield Sheet(name="检查发现", header=FINDINGS, rows=_findings(inspection))


def _findings(inspection: Inspection) -> Iterator[Sequence[Cell]]:
    """Every finding; of a whole country those that do not pass, for the others a last row points to findings.csv."""
    total = sum(len(r.findings) for b in inspection.batches for r in b.assets)
    if total <= MOST_FINDINGS:
        yield from finding_rows(inspection)
        return
    kept = finding_rows(inspection, lambda f: f.outcome in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.EXEMPT))
    shown = 0
    for row in kept:
        shown += 1
        yield row
    yield (f"其余{total - shown}项合格、不适用或未施行，见findings.csv", *[""] * (len(FINDINGS) - 1))


_TOTALS = (
    "对象",
    "监测时间点",
    "总数",
    *(word.zh for word in VERDICT.values()),
    "合格率",
    "与上次相比",
    "通报所载合格率",
)


def _totals(inspection: Inspection) -> Iterator[Sequence[Cell]]:
    for batch in inspection.batches:
        changed, agrees = overview.changed(inspection, batch), overview.printed_agreement(batch)
        yield (
            overview.heading(batch, Language.ZH), batch.as_of.isoformat(), batch.group.total,
            *(overview.counts(batch.group)[v] for v in VERDICT), overview.rate_of(batch),
            changed.zh if changed else "", agrees.zh if agrees else "",
        )  # fmt: skip


def _lists(inspection: Inspection) -> Iterator[Sheet]:
    """The lists a reader goes through, a sheet each."""
    for batch in inspection.batches:
        for title, listed, _ in overview.sections(batch, Language.ZH):
            yield Sheet(
                name=f"{overview.heading(batch, Language.ZH)} {title.zh.partition('，')[0]}",
                header=("序号", "名称", "数量", "平台", "开设主体", "辖区", "类别", "情况"),
                rows=[
                    (n, line.name(Language.ZH), line.count, a.platform, a.owner, a.district, a.category, line.text)
                    for n, line in enumerate(listed, 1)
                    for a in (line.result.asset,)
                ],
            )


# ---- sheets --------------------------------------------------------------------------------------------------------


class SheetNames:
    """Names of sheets as a spreadsheet allows them: 31 characters, none of []:*?/\\, none twice."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def allowed(self, name: str) -> str:
        """The nearest allowed name."""
        plain = re.sub(r"[\[\]:*?/\\]", "－", lines(name)).strip("'") or "－"
        found, number = plain[:31], 1
        while found.lower() in self.taken:
            number += 1
            found = f"{plain[: 31 - len(str(number)) - 1]} {number}"
        self.taken.add(found.lower())
        return found


def write_sheet(book: xlsxwriter.Workbook, names: SheetNames, sheet: Sheet, head: Format, body: Format) -> None:
    """The sheet; rows that no sheet can hold go on on another."""
    rows = iter(sheet.rows)
    while True:
        part = islice(rows, MOST_ROWS)
        sample = list(islice(part, _SAMPLE))
        page = book.add_worksheet(names.allowed(sheet.name))
        page.freeze_panes(1, 0)
        for i, title in enumerate(sheet.header):
            page.set_column(i, i, _width(title, [row[i] for row in sample]))
            page.write_string(0, i, title, head)
        last = 0
        for last, row in enumerate(chain(sample, part), 1):
            for i, cell in enumerate(row):
                if isinstance(cell, int):
                    page.write_number(last, i, cell, body)
                elif cell:
                    page.write_string(last, i, _held(cell), body)
        page.autofilter(0, 0, last, len(sheet.header) - 1)
        if (following := next(rows, None)) is None:
            return
        rows = chain([following], rows)


def _held(text: str) -> str:
    """Text of a cell; what is too long for one says so at its end."""
    kept = lines(text)
    mark = "……（未完，见JSON）"
    return kept if len(kept) <= MOST_CHARACTERS else kept[: MOST_CHARACTERS - len(mark)] + mark


def _width(title: str, cells: Sequence[Cell]) -> int:
    return min(60, max(width(title) + 4, *(width(str(cell)) + 2 for cell in cells), 6))
