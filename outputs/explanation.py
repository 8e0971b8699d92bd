"""Why an asset got its verdict: for each finding the clause, the arithmetic, the facts and what is unknown."""

from __future__ import annotations

from hege.engine.result import AssetResult, FactSeen, Finding
from hege.engine.text import Language, Text

_NAMES = {
    "newest": Text("最新日期", "newest"), "window_start": Text("窗口起", "window from"), "window_end": Text("窗口止", "window to"),
    "count": Text("计数", "count"), "unknown": Text("未定", "undecided"), "limit": Text("界限", "limit"),
    "numerator": Text("次数", "numerator"), "denominator": Text("总次数", "denominator"), "share": Text("占比界限", "share"),
    "periods": Text("周期数", "periods"), "run": Text("连续", "in a row"), "from": Text("起", "from"), "to": Text("止", "to"),
    "value": Text("值", "value"),
}  # fmt: skip
_OUTCOME = {
    "pass": Text("合格", "pass"), "fail": Text("不合格", "FAIL"), "unknown": Text("待核", "UNKNOWN"),
    "exempt": Text("豁免", "exempt"), "not_applicable": Text("不适用", "not applicable"),
    "not_in_force": Text("未施行", "not in force"),
}  # fmt: skip


def render(result: AssetResult, language: Language) -> str:
    """The explanation of one asset, findings that matter first."""
    asset = result.asset
    verdict = result.verdict.zh if language is Language.ZH else result.verdict.value
    lines = [f"{asset.name or asset.id}（{asset.id}）{' · ' + asset.platform if asset.platform else ''}：{verdict}", ""]
    rank = {"fail": 0, "unknown": 1, "exempt": 2, "pass": 3}
    for finding in sorted(result.findings, key=lambda f: rank.get(f.outcome.value, 4)):
        lines += [*_finding(finding, language), ""]
    return "\n".join(lines)


def _finding(finding: Finding, language: Language) -> list[str]:
    outcome = _OUTCOME[finding.outcome.value].shown(language)
    lines = [f"【{outcome}】{finding.title}（{finding.indicator}）：{finding.text}"]
    if finding.clause:
        quote = f"“{finding.clause.quote}”" if finding.clause.quote else ""
        label = Text("依据", "law").shown(language)
        since = Text(f"，{finding.version}起施行", f", in force since {finding.version}").shown(language)
        lines.append(f"    {label}：{finding.clause.document} {finding.clause.clause} {quote}{since}".rstrip())
    if finding.waiver:
        lines.append(f"    {Text('豁免', 'waiver').shown(language)}：{finding.waiver}")
    if finding.arithmetic:
        parts = [f"{_NAMES[k].shown(language) if k in _NAMES else k} {v}" for k, v in finding.arithmetic.items()]
        lines.append(f"    {Text('计算', 'arithmetic').shown(language)}：{'，'.join(parts)}")
    lines += [f"    {Text('事实', 'fact').shown(language)}：{_fact(s)}" for s in finding.facts]
    lines += [f"    {Text('待核', 'unknown').shown(language)}：{r.text.shown(language)}" for r in finding.reasons]
    return lines


def _fact(seen: FactSeen) -> str:
    part = f"[{seen.part}]" if seen.part else ""
    values = "，".join(f"{k}={'、'.join(v) if isinstance(v, tuple) else v}" for k, v in seen.values.items())
    state = "" if seen.state == "known" else f" ({seen.state})"
    return f"{seen.kind}{part}{state} {values} @ {seen.observed_at:%Y-%m-%d %H:%M} #{seen.id}"
