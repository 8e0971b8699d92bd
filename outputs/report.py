"""An inspection as one HTML file: no network, no script, readable on a phone, printed, dark or light, and aloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from hege.engine.result import AssetResult, Batch, Group, Inspection, Verdict
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Language
from hege.outputs.document import change
from hege.outputs.explanation import render as explained

_KIND = {AssetKind.SITE: "政府网站", AssetKind.ACCOUNT: "政务新媒体"}
_BREAKDOWN = {"district": "按辖区", "category": "按类别", "platform": "按平台"}
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2530;--soft:#5b6675;--line:#d8dee6;--page:#fff;--good:#2e7d4f;--bad:#b3261e;--open:#9a6a00}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa5b4;--line:#39424e;--page:#14181d;--good:#6fc28f;--bad:#f28b82;--open:#e0b252}}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--page);color:var(--ink);font:16px/1.6 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
.rate{font-size:2rem;font-weight:700}.soft{color:var(--soft)}.fail{color:var(--bad)}.undetermined{color:var(--open)}.pass{color:var(--good)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--soft);padding:.3rem 0}
th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}td.n,th.n{text-align:right;white-space:nowrap}
details{border-bottom:1px solid var(--line);padding:.3rem 0}summary{cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
svg{display:block;width:100%;height:.9rem}@media print{details{break-inside:avoid}body{max-width:none}}
"""


def to_html(inspection: Inspection) -> str:
    """The whole page."""
    parts = [_batch(inspection, b) for b in inspection.batches]
    packs = "、".join(f"{escape(p.title)}（{escape(p.id)}，{p.digest[:16]}）" for p in inspection.packs)
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(inspection.title)}</title><style>{_STYLE}</style></head><body><header><h1>{escape(inspection.title)}</h1>"
        f'<p class="soft">{escape(inspection.issuer)}</p></header><main>{"".join(parts)}</main>'
        f'<footer class="soft"><p>检查依据：{packs}</p></footer></body></html>\n'
    )


def _batch(inspection: Inspection, batch: Batch) -> str:
    g = batch.group
    moved = change(inspection, batch)
    arrow = f"，较上次{'提升' if not moved.startswith('-') else '下降'}{moved.lstrip('+-')}个百分点" if moved else ""
    drawn = inspection.frames.get(batch.kind.value)
    frame = f"，抽自{drawn}个" if drawn else ""
    name = f"{_KIND[batch.kind]}{' ' + batch.name if batch.name else ''}"
    return (
        f"<section><h2>{escape(name)}检查情况</h2>"
        f'<p><span class="rate">{g.pass_rate or "—"}</span> 合格率{arrow}<span class="soft">（监测时间点{batch.as_of}）</span></p>'
        f"{_bar(g)}<p>共{g.total}个{frame}：合格{g.passed}个，不合格{g.failed}个，待核{g.undetermined}个，豁免{g.exempt}个。</p>"
        f"{_assets(batch, Verdict.FAIL, '不合格')}{_assets(batch, Verdict.UNDETERMINED, '待核')}{_assets(batch, Verdict.EXEMPT, '豁免')}"
        f"{_noted(batch)}{''.join(_breakdown(_BREAKDOWN[k], v) for k, v in batch.breakdowns.items() if v)}</section>"
    )


def _bar(group: Group) -> str:
    """Shares of the verdicts as one bar."""
    x, rects = 0.0, []
    colours = (
        (group.passed, "--good", "合格"),
        (group.exempt, "--soft", "豁免"),
        (group.undetermined, "--open", "待核"),
        (group.failed, "--bad", "不合格"),
    )
    for count, colour, word in colours:
        width = 100 * count / group.total if group.total else 0
        rects.append(
            f'<rect x="{x:.3f}" y="0" width="{width:.3f}" height="10" fill="var({colour})"><title>{word}{count}</title></rect>'
        )
        x += width
    label = "，".join(f"{word}{count}个" for count, _, word in colours)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 100 10" preserveAspectRatio="none">{"".join(rects)}</svg>'
    )


def _assets(batch: Batch, verdict: Verdict, title: str) -> str:
    found = [r for r in batch.assets if r.verdict is verdict]
    if not found:
        return ""
    return f'<h3 class="{verdict.value}">{title}（{len(found)}个）</h3>' + "".join(_asset(r) for r in found)


def _asset(result: AssetResult) -> str:
    a = result.asset
    where = " · ".join(escape(w) for w in (a.platform, a.owner, a.district) if w)
    problem = escape(result.problem) or "详见各项"
    return (
        f"<details><summary><b>{escape(a.name or a.id)}</b>{f' <span class=soft>{where}</span>' if where else ''}：{problem}</summary>"
        f"<pre>{escape(explained(result, Language.ZH))}</pre></details>"
    )


def _noted(batch: Batch) -> str:
    rows = [(r, r.remark) for r in batch.assets if r.remark] + [(r, s) for r in batch.assets for s in r.steps]
    if not rows:
        return ""
    body = "".join(
        f"<tr><th scope=row>{escape(r.asset.name or r.asset.id)}</th><td>{escape(t)}</td></tr>" for r, t in rows
    )
    return f"<div class=wide><table><caption>提示与处置（不影响结论）</caption><thead><tr><th scope=col>名称</th><th scope=col>内容</th></tr></thead><tbody>{body}</tbody></table></div>"


def _breakdown(title: str, groups: Mapping[str, Group]) -> str:
    body = "".join(_row(word, g) for word, g in groups.items())
    heads = "".join(f'<th scope=col class="n">{h}</th>' for h in ("总数", "合格", "不合格", "待核", "合格率"))
    return f"<div class=wide><table><caption>{title}</caption><thead><tr><th scope=col></th>{heads}</tr></thead><tbody>{body}</tbody></table></div>"


def _row(word: str, g: Group) -> str:
    cells: Iterable[object] = (g.total, g.passed, g.failed, g.undetermined, g.pass_rate or "—")
    return f"<tr><th scope=row>{escape(word)}</th>{''.join(f'<td class=n>{c}</td>' for c in cells)}</tr>"
