"""Verdicts and findings as CSV for spreadsheet programs: UTF-8 with BOM, Chinese headers.

Text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return) gets an
apostrophe in front, the form in which spreadsheet programs themselves mark text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from hege.engine.result import Inspection

_KIND = {"site": "政府网站", "account": "政务新媒体"}
_OUTCOME = {
    "pass": "合格", "fail": "不合格", "unknown": "待核", "exempt": "豁免",
    "not_applicable": "不适用", "not_in_force": "未施行",
}  # fmt: skip


def assets_csv(inspection: Inspection) -> str:
    """One row an asset and batch."""
    header = [
        "编号",
        "种类",
        "名称",
        "平台",
        "开设主体",
        "辖区",
        "类别",
        "监测时间点",
        "批次",
        "检查结果",
        "突出问题",
        "提示",
        "处置",
    ]
    rows = (
        [r.asset.id, _KIND[b.kind.value], r.asset.name, r.asset.platform, r.asset.owner, r.asset.district,
         r.asset.category, b.as_of.isoformat(), b.name, r.verdict.zh, r.problem, r.remark, "；".join(r.steps)]
        for b in inspection.batches for r in b.assets
    )  # fmt: skip
    return _written(header, rows)


def findings_csv(inspection: Inspection) -> str:
    """One row a finding."""
    header = ["编号", "名称", "监测时间点", "指标", "指标名称", "结果", "说明", "依据", "条款", "版本", "计算"]
    rows = (
        [r.asset.id, r.asset.name, b.as_of.isoformat(), f.indicator, f.title, _OUTCOME[f.outcome.value], f.text,
         f.clause.document if f.clause else "", f.clause.clause if f.clause else "", str(f.version or ""),
         "；".join(f"{k}={v}" for k, v in sorted(f.arithmetic.items()))]
        for b in inspection.batches for r in b.assets for f in r.findings
    )  # fmt: skip
    return _written(header, rows)


def _written(header: list[str], rows: Iterable[list[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_as_text(c) for c in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _as_text(cell: str) -> str:
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
