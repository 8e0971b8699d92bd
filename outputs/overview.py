"""What a reader is told first of a batch: the change against the previous inspection, one line an asset, problems counted.

Content without a form: the summary and the report say the same things in their own way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hege.engine.result import AssetResult, Batch, Finding, Group, Inspection, Outcome, Previous, Verdict, percent
from hege.engine.rulebook.model import AssetKind, Effect, Status
from hege.engine.text import Language, Text
from hege.outputs.words import ASSET_KIND, SECTION


def newest(inspection: Inspection) -> tuple[Batch, ...]:
    """The newest batch of each kind of asset, which speaks for the inspection as a whole."""
    return tuple(b for kind in AssetKind if (b := inspection.latest(kind)) is not None)


def is_newest(inspection: Inspection, batch: Batch) -> bool:
    """Whether the batch is the one that speaks for its kind."""
    return inspection.latest(batch.kind) is batch


def previous(inspection: Inspection, batch: Batch) -> Previous | None:
    """What the batch is compared with; earlier and special batches of a kind are compared with nothing."""
    if not is_newest(inspection, batch):
        return None
    return next((p for p in inspection.previous if p.kind is batch.kind), None)


def change(inspection: Inspection, batch: Batch) -> str | None:
    """Percentage points against the previous inspection, exactly from the printed rates, such as `+4.0`.

    None while anything is undetermined: nothing that is open may look like a fall.
    """
    before = previous(inspection, batch)
    if before is None or batch.group.pass_rate is None or batch.group.undetermined:
        return None
    now, then = (Decimal(rate.rstrip("%")) for rate in (batch.group.pass_rate, before.pass_rate))
    return f"{now - then:+f}"


def frame(inspection: Inspection, batch: Batch) -> int | None:
    """How many the sample was drawn from; None where every asset was looked at."""
    return inspection.frames.get(batch.kind.value) if is_newest(inspection, batch) else None


def heading(batch: Batch, language: Language) -> str:
    """The batch by its kind and name."""
    kind = ASSET_KIND[batch.kind].shown(language)
    return f"{kind} · {batch.name}" if batch.name else kind


def counts(group: Group) -> dict[Verdict, int]:
    """How many of each verdict, in the order in which they are told."""
    return {
        Verdict.PASS: group.passed,
        Verdict.FAIL: group.failed,
        Verdict.UNDETERMINED: group.undetermined,
        Verdict.EXEMPT: group.exempt,
    }


def rate(group: Group) -> str:
    """The pass rate, or between which rates it lies while assets are undetermined."""
    if not group.undetermined:
        return group.pass_rate or "—"
    return f"{group.pass_rate}～{percent(group.passed + group.undetermined, group.total)}"


def rate_of(batch: Batch) -> str:
    """The rate of a batch; empty where a rate of it says nothing."""
    return rate(batch.group) if batch.rated else ""


def open_rate(group: Group) -> Text | None:
    """Why the rate has bounds; None when it has none."""
    n = group.undetermined
    return (
        Text(zh=f"合格率待{n}个待核对象查清后确定", en=f"the rate is open until {n} undetermined are settled")
        if n
        else None
    )


def changed(inspection: Inspection, batch: Batch) -> Text | None:
    """The change in words and with its direction, against what."""
    moved, before = change(inspection, batch), previous(inspection, batch)
    if moved is None or before is None:
        return None
    how = Text(zh="推算为", en="derived: ") if before.derived else Text(zh="", en="")
    label = Text(
        zh=f"{before.label or '上次检查'}（{how.zh}{before.pass_rate}）",
        en=f"{before.label or 'the previous check'} ({how.en}{before.pass_rate})",
    )
    points = moved.lstrip("+-")
    if Decimal(moved) == 0:
        return Text(zh=f"与{label.zh}持平", en=f"as in {label.en}")
    if Decimal(moved) > 0:
        return Text(zh=f"▲ 较{label.zh}提升{points}个百分点", en=f"▲ up {points} points from {label.en}")
    return Text(zh=f"▼ 较{label.zh}下降{points}个百分点", en=f"▼ down {points} points from {label.en}")


def drawn(inspection: Inspection, batch: Batch) -> Text | None:
    """What a sample was drawn from, or that everything was looked at."""
    whole, n = frame(inspection, batch), batch.group.total
    if not whole:
        return None
    if n == whole:
        return Text(zh=f"全部{whole}个均已检查，检查比例100%", en=f"all {whole} were inspected, 100%")
    share = percent(n, whole)
    return Text(zh=f"从{whole}个中抽查{n}个，占{share}", en=f"{n} drawn from {whole}, {share}")


def made_up(batch: Batch) -> Text | None:
    """How many of the assets only stand for ones that a notice counts and does not name."""
    n = sum(result.asset.synthetic for result in batch.assets)
    if not n:
        return None
    return Text(
        zh=f"其中{n}个未列名，为与总数相符而设，所记事实系推定",
        en=f"{n} of them are unnamed: entered to make up the total, with facts that are assumed",
    )


def rectify_by(inspection: Inspection) -> Text | None:
    """Until when what was found has to be put right."""
    day = inspection.rectify_by
    if day is None:
        return None
    return Text(
        zh=f"整改情况请于{day.year}年{day.month}月{day.day}日前报送", en=f"to be put right and reported by {day}"
    )


def printed_agreement(batch: Batch) -> Text | None:
    """Whether the rate a published notice prints follows from the counts."""
    if batch.printed_agrees is None:
        return None
    counts = f"{batch.group.passed}/{batch.group.total}"
    if batch.printed_agrees:
        return Text(
            zh=f"通报所载{batch.printed}与{counts}相符", en=f"the notice's {batch.printed} follows from {counts}"
        )
    return Text(
        zh=f"通报所载{batch.printed}与{counts}不符", en=f"the notice's {batch.printed} does not follow from {counts}"
    )


def unlisted(batch: Batch, name: str) -> int:
    """How many assets a breakdown leaves out because the case has no such word for them.

    Where there are any, the rates of the breakdown say nothing: often only the failed assets are named.
    """
    return batch.group.total - sum(group.total for group in batch.breakdowns.get(name, {}).values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a list: an asset and what is said of it; `count` assets that a notice only counts share a line."""

    result: AssetResult
    text: str
    count: int = 1

    def name(self, language: Language) -> str:
        """The asset's name, and how many stand behind it."""
        asset = self.result.asset
        name = asset.name or asset.id
        if self.count == 1:
            return name
        return Text(zh=f"{name}等{self.count}个", en=f"{name} and {self.count - 1} more").shown(language)


def with_verdict(batch: Batch, verdict: Verdict, language: Language) -> tuple[Line, ...]:
    """The assets with a verdict, each with what is said of it."""
    return lines((r, said(r, language)) for r in batch.assets if r.verdict is verdict)


def remarked(batch: Batch) -> tuple[Line, ...]:
    """The assets with a remark, which changes no verdict."""
    return lines((r, r.remark) for r in batch.assets if r.remark)


def stepped(batch: Batch) -> tuple[Line, ...]:
    """The assets that reached a step of escalation."""
    return lines((r, "；".join(r.steps)) for r in batch.assets if r.steps)


def maybe_stepped(batch: Batch) -> tuple[Line, ...]:
    """The assets of which it is not known whether they reached one."""
    return lines((r, "；".join(r.open_steps)) for r in batch.assets if r.open_steps)


def plain_passes(batch: Batch) -> tuple[Line, ...]:
    """The assets that pass with nothing to be said of them."""
    return lines(
        (r, "") for r in batch.assets if r.verdict is Verdict.PASS and not (r.remark or r.steps or r.open_steps)
    )


def sections(batch: Batch, language: Language) -> Iterable[tuple[Text, tuple[Line, ...], int]]:
    """The lists a reader goes through, with how many assets each holds; empty ones are left out."""
    told = {
        "fail": with_verdict(batch, Verdict.FAIL, language),
        "undetermined": with_verdict(batch, Verdict.UNDETERMINED, language),
        "exempt": with_verdict(batch, Verdict.EXEMPT, language),
        "remarks": remarked(batch),
        "steps": stepped(batch),
        "open_steps": maybe_stepped(batch),
    }
    return [(SECTION[name], lines, sum(line.count for line in lines)) for name, lines in told.items() if lines]


def lines(told: Iterable[tuple[AssetResult, str]]) -> tuple[Line, ...]:
    """One line an asset; synthetic ones with the same text share the line of the first."""
    counts: dict[tuple[str, str], int] = {}
    first: list[tuple[tuple[str, str], AssetResult]] = []
    for result, text in told:
        key = ("" if result.asset.synthetic else result.asset.id, text)
        if key not in counts:
            first.append((key, result))
        counts[key] = counts.get(key, 0) + 1
    return tuple(Line(result=result, text=key[1], count=counts[key]) for key, result in first)


def said(result: AssetResult, language: Language) -> str:
    """Why the asset has its verdict, in one line: its problem, what could not be decided, its waivers."""
    return unsettled(result, language) or result.problem


def unsettled(result: AssetResult, language: Language) -> str:
    """Why the asset is undetermined or exempt; empty for one that passes or fails."""
    mark = "；" if language is Language.ZH else "; "
    if result.verdict is Verdict.UNDETERMINED:
        return mark.join(dict.fromkeys(_open(f, language) for f in decisive(result))) or _nothing_open(result, language)
    if result.verdict is Verdict.EXEMPT:
        return mark.join(dict.fromkeys(_waived(f, language) for f in decisive(result)))
    return ""


def decisive(result: AssetResult) -> tuple[Finding, ...]:
    """The findings that gave the asset its verdict; none for one that passes or whose verdict is withheld."""
    outcome = {
        Verdict.FAIL: Outcome.FAIL,
        Verdict.UNDETERMINED: Outcome.UNKNOWN,
        Verdict.EXEMPT: Outcome.EXEMPT,
    }.get(result.verdict)
    return tuple(
        f
        for f in result.findings
        if f.outcome is outcome
        and f.would_be is not Outcome.PASS
        and f.effect in (Effect.VETO, Effect.SCORE)
        and f.status is Status.IN_FORCE
    )


def _open(finding: Finding, language: Language) -> str:
    if not finding.reasons:
        return finding.title
    reasons = [r.text.shown(language) for r in finding.reasons]
    return (
        f"{finding.title}：{'，'.join(reasons)}"
        if language is Language.ZH
        else f"{finding.title}: {', '.join(reasons)}"
    )


def _waived(finding: Finding, language: Language) -> str:
    text = finding.title if finding.would_be is Outcome.UNKNOWN else finding.text
    return Text(zh=f"{text}（{finding.waiver}）", en=f"{text} ({finding.waiver})").shown(language)


def _nothing_open(result: AssetResult, language: Language) -> str:
    """Undetermined without an open question: nothing in force was asked, or the two ways of judging differ."""
    asked = any(
        f.effect in (Effect.VETO, Effect.SCORE)
        and f.status is Status.IN_FORCE
        and f.outcome in (Outcome.PASS, Outcome.FAIL)
        for f in result.findings
    )
    if asked:
        said = Text(zh="两种判定不一致，结论暂缓", en="the two judgements differ and the verdict is withheld")
    else:
        said = Text(zh="没有已施行且适用的否决指标，不作结论", en="no veto in force applies to it: there is no verdict")
    return said.shown(language)


def problems(batch: Batch) -> tuple[tuple[str, int], ...]:
    """How many failed assets each veto counts against, the most frequent first."""
    found = Counter(f.title for r in batch.assets if r.verdict is Verdict.FAIL for f in decisive(r))
    return tuple(found.most_common())
