"""What a template can speak of: the figures and names of an inspection, in official Chinese.

A field of these classes is a name in a template; `about` documents it, and docs/notices.md is held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hege.engine.result import AssetResult, Batch, Finding, Group, Inspection, Outcome, Verdict, percent
from hege.engine.rulebook.model import Effect, Status
from hege.engine.text import Language
from hege.outputs import overview
from hege.outputs.notice.content import official
from hege.outputs.overview import Line
from hege.outputs.words import ASSET_KIND, VERDICT

SHOWN_NAMES = 10


def about(text: str) -> Any:
    """A field with what it holds."""
    return field(metadata={"about": text})


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a notice tells beyond the inspection: registered codes by asset id, messages of 网民找错."""

    codes: Mapping[str, str] = field(default_factory=dict)
    find_errors: int = 0
    find_errors_closed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One asset in a list."""

    name: str = about("名称；只计数的资产合为一行，如“未列名网站01等45个”")
    count: int = about("本行代表几个资产")
    code: str = about("标识码")
    platform: str = about("平台")
    owner: str = about("开设主体")
    district: str = about("辖区")
    category: str = about("类别")
    url: str = about("网址")
    verdict: str = about("检查结果：合格、不合格、待核、豁免")
    text: str = about("情况：突出问题、待核或豁免的原因、提示、处置步骤")


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What several assets fail on."""

    indicator: str = about("指标编号")
    title: str = about("指标名称")
    count: int = about("涉及的资产数")
    sentence: str = about("点名的一句话：谁存在什么问题")
    items: tuple[Item, ...] = about("涉及的资产")


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """The figures of one word of a breakdown."""

    word: str = about("辖区、类别或平台的名称")
    total: int = about("总数")
    passed: int = about("合格数")
    failed: int = about("不合格数")
    undetermined: int = about("待核数")
    exempt: int = about("豁免数")
    rate: str = about("合格率")
    share: str = about("不合格所占比例")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """One batch: assets of a kind at a monitoring day."""

    name: str = about("批次名称，如“1月份”；没有时为空")
    kind: str = about("政府网站或政务新媒体")
    as_of: str = about("监测时间点，如2024年2月20日")
    total: int = about("总数")
    passed: int = about("合格数")
    failed: int = about("不合格数")
    undetermined: int = about("待核数")
    exempt: int = about("豁免数")
    rate: str = about("合格率；有待核时为上下限，案例写明不计时为空")
    change: str = about("与上次相比的一句话，没有时为空")
    sample: str = about("抽查范围的一句话，全查时为空")
    sentence: str = about("总体情况的一段话：总数、合格、不合格、待核、豁免、合格率、变化")
    categories: tuple[Count, ...] = about("按类别")
    districts: tuple[Count, ...] = about("按辖区")
    platforms: tuple[Count, ...] = about("按平台")
    problems: tuple[Problem, ...] = about("不合格项，多的在前")
    remarks: tuple[Problem, ...] = about("提示，按指标")
    steps: tuple[Problem, ...] = about("达到的处置步骤，按指标")
    failed_items: tuple[Item, ...] = about("不合格的资产")
    open_items: tuple[Item, ...] = about("待核的资产和原因")
    exempt_items: tuple[Item, ...] = about("豁免的资产和报备")
    remarked_items: tuple[Item, ...] = about("有提示的资产")
    stepped_items: tuple[Item, ...] = about("达到处置步骤的资产")
    maybe_stepped_items: tuple[Item, ...] = about("是否达到处置步骤待核的资产")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """What a template speaks of."""

    title: str = about("案例的标题")
    jurisdiction: str = about("检查的地区")
    issuer: str = about("发文机关")
    rectify_by: str = about("整改期限，如2024年3月10日；没有时为空")
    day: str = about("成文日期，没有时为空")
    rules: tuple[str, ...] = about("所用指标包的名称")
    batches: tuple[Checked, ...] = about("各批次，按案例的顺序")
    sites: tuple[Checked, ...] = about("政府网站的各批次")
    accounts: tuple[Checked, ...] = about("政务新媒体的各批次")
    find_errors: int = about("网民找错留言数")
    find_errors_closed: int = about("其中已办结数")
    alarms: tuple[str, ...] = about("结论暂缓的说明，正常时为空")


def fields(inspection: Inspection, known: Known, day: date | None, order: Sequence[str] = ()) -> Fields:
    """The fields of an inspection; words of breakdowns that `order` names come first."""
    batches = tuple(_checked(inspection, b, known.codes, order) for b in inspection.batches)
    return Fields(
        title=inspection.title,
        jurisdiction=inspection.jurisdiction,
        issuer=inspection.issuer,
        rectify_by=official(inspection.rectify_by) if inspection.rectify_by else "",
        day=official(day) if day else "",
        rules=tuple(p.title for p in inspection.packs),
        batches=batches,
        sites=tuple(b for b in batches if b.kind == "政府网站"),
        accounts=tuple(b for b in batches if b.kind == "政务新媒体"),
        find_errors=known.find_errors,
        find_errors_closed=known.find_errors_closed,
        alarms=inspection.alarms,
    )


def _checked(inspection: Inspection, batch: Batch, codes: Mapping[str, str], order: Sequence[str]) -> Checked:
    group = batch.group

    def items(lines: Iterable[Line]) -> tuple[Item, ...]:
        return tuple(item(line, codes) for line in lines)

    changed, drawn = overview.changed(inspection, batch), overview.drawn(inspection, batch)
    change = changed.zh.lstrip("▲▼ ") if changed else ""
    return Checked(
        name=batch.name,
        kind=ASSET_KIND[batch.kind].zh,
        as_of=official(batch.as_of),
        total=group.total,
        passed=group.passed,
        failed=group.failed,
        undetermined=group.undetermined,
        exempt=group.exempt,
        rate=overview.rate_of(batch),
        change=change,
        sample=drawn.zh if drawn else "",
        sentence=_sentence(batch, change, drawn.zh if drawn else ""),
        categories=breakdown(batch, "category", order),
        districts=breakdown(batch, "district", order),
        platforms=breakdown(batch, "platform", order),
        problems=_grouped(
            batch, codes, lambda r, f: r.verdict is Verdict.FAIL and f.effect in (Effect.VETO, Effect.SCORE)
        ),
        remarks=_grouped(batch, codes, lambda _, f: f.effect is Effect.REMARK),
        steps=_grouped(batch, codes, lambda _, f: f.effect is Effect.ESCALATE),
        failed_items=items(overview.with_verdict(batch, Verdict.FAIL, Language.ZH)),
        open_items=items(overview.with_verdict(batch, Verdict.UNDETERMINED, Language.ZH)),
        exempt_items=items(overview.with_verdict(batch, Verdict.EXEMPT, Language.ZH)),
        remarked_items=items(overview.remarked(batch)),
        stepped_items=items(overview.stepped(batch)),
        maybe_stepped_items=items(overview.maybe_stepped(batch)),
    )


def _sentence(batch: Batch, change: str, sample: str) -> str:
    """The whole of a batch in one paragraph; verdicts that nobody got are left out."""
    kind, group = ASSET_KIND[batch.kind].zh, batch.group
    told = [f"{batch.name}检查{kind}{group.total}个（监测时间点{official(batch.as_of)}）"]
    told += [sample] if sample else []
    told += [f"{VERDICT[v].zh}{n}个" for v, n in overview.counts(group).items() if n or v is Verdict.PASS]
    told += [f"合格率{overview.rate(group)}"] if batch.rated else []
    return "，".join([*told, *([change] if change else [])]) + "。"


def item(line: Line, codes: Mapping[str, str]) -> Item:
    """A line of a list with what is registered of its asset."""
    asset = line.result.asset
    return Item(
        name=line.name(Language.ZH), count=line.count, code=codes.get(asset.id, ""), platform=asset.platform,
        owner=asset.owner, district=asset.district, category=asset.category, url=asset.url,
        verdict=VERDICT[line.result.verdict].zh, text=line.text,
    )  # fmt: skip


def breakdown(batch: Batch, name: str, order: Sequence[str] = ()) -> tuple[Count, ...]:
    """The figures by a word; nothing where assets have none: figures that leave assets out do not belong in a notice.

    Words that `order` names come first, as it has them.
    """
    if overview.unlisted(batch, name):
        return ()
    groups = batch.breakdowns.get(name, {})
    words = sorted(groups, key=lambda word: order.index(word) if word in order else len(order))
    return tuple(count(word, groups[word]) for word in words)


def count(word: str, group: Group) -> Count:
    """One row of figures."""
    return Count(
        word=word, total=group.total, passed=group.passed, failed=group.failed, undetermined=group.undetermined,
        exempt=group.exempt, rate=overview.rate(group), share=percent(group.failed, group.total) or "—",
    )  # fmt: skip


def _grouped(
    batch: Batch, codes: Mapping[str, str], counts: Callable[[AssetResult, Finding], bool]
) -> tuple[Problem, ...]:
    """Failed findings by indicator, the most frequent first."""
    found: dict[str, list[tuple[AssetResult, Finding]]] = {}
    for result in batch.assets:
        for f in result.findings:
            if f.outcome is Outcome.FAIL and f.status is Status.IN_FORCE and counts(result, f):
                found.setdefault(f.indicator, []).append((result, f))
    return tuple(
        Problem(
            indicator=indicator,
            title=told[0][1].title,
            count=len(told),
            sentence=_named(told),
            items=tuple(item(line, codes) for line in overview.lines((r, f.text) for r, f in told)),
        )
        for indicator, told in sorted(found.items(), key=lambda entry: -len(entry[1]))
    )


def _named(told: list[tuple[AssetResult, Finding]]) -> str:
    """Who has which problem: those with the same words together, long lists cut with their number."""
    by_text: dict[str, list[Line]] = {}
    for line in overview.lines((r, f.text) for r, f in told):
        by_text.setdefault(line.text, []).append(line)
    return "；".join(f"{_names(lines)}：{text}" for text, lines in by_text.items())


def _names(lines: list[Line]) -> str:
    total = sum(line.count for line in lines)
    shown = [_called(line) for line in lines[:SHOWN_NAMES]]
    cut = "" if len(lines) <= SHOWN_NAMES else f"等{total}个"
    return "、".join(shown) + cut


def _called(line: Line) -> str:
    """An account by its name and platform, since several may share a name."""
    name, platform = line.name(Language.ZH), line.result.asset.platform
    return f"“{name}”（{platform}）" if platform else name
