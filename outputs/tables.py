"""Verdicts and findings as CSV for spreadsheet programs: UTF-8 with BOM, Chinese headers.

Text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return) gets an
apostrophe in front, the form in which spreadsheet programs themselves mark text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from hege.engine.result import Finding, Inspection
from hege.engine.text import Language
from hege.outputs import overview
from hege.outputs.statements import arithmetic, label
from hege.outputs.words import ASSET_KIND, FAILED, VERDICT, VERIFIED

ASSETS = (
    "编号", "种类", "名称", "平台", "开设主体", "辖区", "类别", "网址", "监测时间点", "批次", "检查结果", "突出问题",
    "待核或豁免的原因", "提示", "处置步骤", "待核的处置步骤",
)  # fmt: skip
FINDINGS = (
    "编号", "名称", "监测时间点", "批次", "指标", "指标名称", "性质", "结果", "说明", "计算", "依据", "条款", "引文", "核实情况",
    "施行日期", "报备", "所据事实",
)  # fmt: skip


def assets_csv(inspection: Inspection) -> Iterator[str]:
    """One row an asset and batch, in pieces."""
    return csv_pieces(ASSETS, asset_rows(inspection))


def findings_csv(inspection: Inspection) -> Iterator[str]:
    """One row a finding, in pieces."""
    return csv_pieces(FINDINGS, finding_rows(inspection))


def asset_rows(inspection: Inspection) -> Iterator[tuple[str, ...]]:
    """What `ASSETS` names, as text."""
    for batch in inspection.batches:
        for r in batch.assets:
            yield (
                r.asset.id, ASSET_KIND[batch.kind].zh, r.asset.name, r.asset.platform, r.asset.owner,
                r.asset.district, r.asset.category, r.asset.url, batch.as_of.isoformat(), batch.name,
                VERDICT[r.verdict].zh, r.problem, overview.unsettled(r, Language.ZH), r.remark, "；".join(r.steps),
                "；".join(r.open_steps),
            )  # fmt: skip


def finding_rows(
    inspection: Inspection, is_wanted: Callable[[Finding], bool] = lambda _: True
) -> Iterator[tuple[str, ...]]:
    """What `FINDINGS` names, as text, of the findings that are wanted."""
    for batch in inspection.batches:
        for r in batch.assets:
            for f in filter(is_wanted, r.findings):
                law = (
                    (f.clause.document, f.clause.clause, f.clause.quote, VERIFIED[f.clause.verified].zh)
                    if f.clause
                    else ("",) * 4
                )
                yield (
                    r.asset.id, r.asset.name, batch.as_of.isoformat(), batch.name, f.indicator, f.title,
                    FAILED[f.effect].zh, label(f, Language.ZH), f.text, arithmetic(f, Language.ZH), *law,
                    f.version.isoformat() if f.version else "", f.waiver, " ".join(seen.id for seen in f.facts),
                )  # fmt: skip


def to_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV text."""
    return "".join(csv_pieces(header, rows))


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The same text a row at a time."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    yield "\ufeff"
    for row in chain([header], rows):
        writer.writerow([_as_text(c) for c in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _as_text(cell: str) -> str:
    return "'" + cell if cell.startswith(tuple("=+-@\t\r＝＋－＠")) else cell
