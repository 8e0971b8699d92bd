"""Service guides (办事指南): which of the ten elements a guide lacks."""

from __future__ import annotations

import re

from hege.collectors.extracting.page import Page, hidden_content
from hege.collectors.observation import NONE, Observation, quoted

ELEMENTS = {
    "事项名称": r"事项名称|项目名称|服务事项|办理事项",
    "设定依据": r"设定依据|法律依据|办理依据|政策依据|实施依据",
    "申请条件": r"申请条件|受理条件|办理条件|申报条件|办事条件",
    "办理材料": r"办理材料|申请材料|申报材料|所需材料|提交材料|材料清单",
    "办理地点": r"办理地点|办公地点|办事地址|办理地址|受理地点|窗口地址",
    "办理机构": r"办理机构|实施机构|受理机构|实施主体|承办机构|办理部门|责任部门",
    "收费标准": r"收费标准|收费依据|是否收费|收费情况|办理费用|收费",
    "办理时间": r"办理时间|办公时间|工作时间|受理时间|法定时限|办理时限|承诺时限|办理期限|法定期限",
    "联系电话": r"联系电话|咨询电话|咨询方式|联系方式|服务电话|投诉电话",
    "办理流程": r"办理流程|办事流程|办理程序|流程图|申请流程",
}
_ENOUGH = 2  # a page that names fewer elements is no guide that lacks eight, it is another sort of page


def guide(page: Page, part: str) -> Observation:
    """The `guide` observation of a page, unknown where it does not read like a guide or is filled by a script."""
    body = page.tree.body
    text = body.text(deep=True, separator="\n") if body else ""
    present = {name: match for name, words in ELEMENTS.items() if (match := re.search(words, text))}
    hidden = hidden_content(page)
    if len(present) < _ENOUGH:
        return Observation(kind="guide", part=part, state="unknown", reason=hidden or "页面不像办事指南")
    missing = [name for name in ELEMENTS if name not in present]
    if missing and hidden:
        return Observation(kind="guide", part=part, state="unknown", reason=hidden)
    quote = "、".join(m[0] for m in present.values())
    return Observation(
        kind="guide", part=part, fields={"missing": missing or NONE}, locator="body", quote=quoted(quote)
    )
