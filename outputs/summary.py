"""An inspection for the eye at a terminal: totals, rates, change, and the assets a person must look at."""

from __future__ import annotations

import unicodedata

from hege.engine.result import AssetResult, Batch, Inspection, Verdict
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Language, Text
from hege.outputs.document import change

LISTED = 60
_KIND = {
    AssetKind.SITE: Text("政府网站", "Government websites"),
    AssetKind.ACCOUNT: Text("政务新媒体", "New-media accounts"),
}
_SECTIONS = (
    (Verdict.FAIL, Text("不合格", "Failed")),
    (Verdict.UNDETERMINED, Text("待核", "Undetermined")),
    (Verdict.EXEMPT, Text("豁免", "Exempt")),
)


def render(inspection: Inspection, language: Language, colour: bool = False) -> str:
    """The summary as lines of text."""
    lines = [_bold(inspection.title, colour), ""]
    for batch in inspection.batches:
        lines += [*_totals(inspection, batch, language, colour), *_listed(batch, language), ""]
    packs = "、".join(f"{p.id} ({p.digest[:12]})" for p in inspection.packs)
    lines.append(Text(f"依据：{packs}", f"Rules: {packs}").shown(language))
    lines += [f"!! {alarm}" for alarm in inspection.alarms]
    return "\n".join(lines) + "\n"


def _totals(inspection: Inspection, batch: Batch, language: Language, colour: bool) -> list[str]:
    g = batch.group
    name = _KIND[batch.kind].shown(language) + (f" {batch.name}" if batch.name else "")
    moved = change(inspection, batch)
    before = next((p for p in inspection.previous if p.kind is batch.kind), None)
    arrow = ""
    if moved and before:
        mark = "▲" if moved.startswith("+") else "▼"
        label = before.label or Text("上次", "the previous check").shown(language)
        arrow = Text(
            f"  {mark} {moved}个百分点（较{label}{before.pass_rate}）",
            f"  {mark} {moved} points ({label}: {before.pass_rate})",
        ).shown(language)
    frame = inspection.frames.get(batch.kind.value)
    drawn = Text(f"，抽自{frame}个", f", drawn from {frame}").shown(language) if frame else ""
    counts = Text(
        f"共{g.total}个{drawn}：合格{g.passed}，不合格{g.failed}，待核{g.undetermined}，豁免{g.exempt}",
        f"{g.total} in all{drawn}: {g.passed} passed, {g.failed} failed, {g.undetermined} undetermined, {g.exempt} exempt",
    )
    rate = Text(f"合格率{g.pass_rate or '—'}", f"pass rate {g.pass_rate or '—'}")
    day = Text(f"（监测时间点{batch.as_of}）", f" (as of {batch.as_of})")
    g_of = f"{g.passed}/{g.total}"
    check = {
        None: Text("", ""),
        True: Text(f"；通报所载{batch.printed}与{g_of}相符", f"; the notice's {batch.printed} agrees with {g_of}"),
        False: Text(
            f"；通报所载{batch.printed}与{g_of}不符", f"; the notice's {batch.printed} does not follow from {g_of}"
        ),
    }[batch.printed_agrees]
    return [
        _bold(f"■ {name}{day.shown(language)}", colour),
        f"  {_bar(g.passed, g.total)}  {rate.shown(language)}{arrow}{check.shown(language)}",
        f"  {counts.shown(language)}",
    ]


def _bar(part: int, whole: int, cells: int = 30) -> str:
    """A bar that is full only when nothing is missing."""
    full = part * cells // whole if whole else 0
    return "█" * full + "░" * (cells - full)


def _listed(batch: Batch, language: Language) -> list[str]:
    lines: list[str] = []
    for verdict, title in _SECTIONS:
        found = [r for r in batch.assets if r.verdict is verdict]
        lines += _section(title, [(r, r.problem or _open(r)) for r in found], language)
    remarked = [(r, r.remark) for r in batch.assets if r.remark]
    lines += _section(Text("提示（不影响结论）", "Remarks (no effect on the verdict)"), remarked, language)
    steps = [(r, "；".join(r.steps)) for r in batch.assets if r.steps]
    return lines + _section(Text("处置步骤", "Steps reached"), steps, language)


def _open(result: AssetResult) -> str:
    texts = [f.text for f in result.findings if f.outcome.value == "unknown" and f.effect.value == "veto"]
    return "；".join(t.removeprefix("待核：") for t in texts)


def _section(title: Text, rows: list[tuple[AssetResult, str]], language: Language) -> list[str]:
    if not rows:
        return []
    lines = [f"  {title.shown(language)} {len(rows)}"]
    width = max(_width(r.asset.name) for r, _ in rows[:LISTED])
    platforms = max(_width(r.asset.platform) for r, _ in rows[:LISTED])
    for number, (result, text) in enumerate(rows[:LISTED], 1):
        platform = f"  {_padded(result.asset.platform, platforms)}" if platforms else ""
        lines.append(f"  {number:>4}  {_padded(result.asset.name or result.asset.id, width)}{platform}  {text}")
    if len(rows) > LISTED:
        more = len(rows) - LISTED
        lines.append(
            Text(f"        另有{more}个，见assets.csv", f"        and {more} more, see assets.csv").shown(language)
        )
    return lines


def _width(text: str) -> int:
    """Columns a text takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - _width(text))


def _bold(text: str, colour: bool) -> str:
    return f"\033[1m{text}\033[0m" if colour else text
