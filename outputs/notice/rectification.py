"""Orders to rectify (督办单), one for each responsible unit, and the register that is filled in as the answers come back.

An order is a `Notice` like any other, so that every form of a notice is a form of an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from hege.engine.result import Asset, AssetResult, Batch, Finding, Inspection, Outcome, Verdict
from hege.engine.rulebook.model import Effect, Status
from hege.engine.text import Language
from hege.outputs.notice.content import Annex, Notice, Table, official
from hege.outputs.statements import arithmetic
from hege.outputs.tables import to_csv
from hege.outputs.words import ASSET_KIND

REGISTER = ("asset", "part", "observed_at", "due", "returned", "subject")
"""The columns of facts/rectification.csv of a case folder."""


class Unit(Enum):
    """Who has to rectify: whoever runs the asset, or its district, which collects for its units."""

    OWNER = "owner"
    DISTRICT = "district"

    def of(self, asset: Asset) -> str:
        """The unit's name; where the registry does not say, the next that does, at last the asset itself."""
        first, second = (asset.owner, asset.district) if self is Unit.OWNER else (asset.district, asset.owner)
        return first or second or asset.name or asset.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing to be put right."""

    batch: Batch
    asset: Asset
    finding: Finding


def items(inspection: Inspection) -> Iterator[Item]:
    """What failed, of named assets: vetoes that failed the asset, and remarks. What is unknown is nobody's to rectify."""
    for batch in inspection.batches:
        for result in batch.assets:
            if not result.asset.synthetic:
                yield from (Item(batch=batch, asset=result.asset, finding=f) for f in _to_rectify(result))


def _to_rectify(result: AssetResult) -> Iterator[Finding]:
    for f in result.findings:
        counts = f.effect is Effect.REMARK or (f.effect is Effect.VETO and result.verdict is Verdict.FAIL)
        if f.outcome is Outcome.FAIL and f.status is Status.IN_FORCE and counts:
            yield f


def orders(
    inspection: Inspection, by: Unit, codes: Mapping[str, str], due: date, day: date | None
) -> dict[str, Notice]:
    """The order of each unit, in the order of its first item."""
    by_unit: dict[str, list[Item]] = {}
    for item in items(inspection):
        by_unit.setdefault(by.of(item.asset), []).append(item)
    return {unit: _order(inspection, unit, told, codes, due, day) for unit, told in by_unit.items()}


def _order(
    inspection: Inspection, unit: str, told: list[Item], codes: Mapping[str, str], due: date, day: date | None
) -> Notice:
    days = "、".join(dict.fromkeys(official(item.batch.as_of) for item in told))
    found = f"在{inspection.title}（监测时间点{days}）中，发现你单位{_counted(told)}存在{len(told)}项问题（见附件1，依据见附件2）。现予督办。"
    asked = (
        f"请逐项整改，于{official(due)}前将整改情况（填写附件1“整改情况”“完成日期”两栏，加盖公章）"
        f"反馈{inspection.issuer}。"
    )
    warned = "逾期未反馈的，列入下次检查通报。对检查结果有异议的，请在期限内书面说明并附证明材料。"
    return Notice(
        title="政府网站与政务新媒体问题督办单",
        addressees=unit,
        opening=(found, asked, warned),
        sections=(),
        closing=(),
        annexes=(
            Annex(title="问题清单", note="", table=_problems(told, codes)),
            Annex(title="问题依据", note="", table=_grounds(told)),
        ),
        signature=inspection.issuer,
        day=day,
    )


def _counted(told: list[Item]) -> str:
    """How many assets of each kind."""
    by_kind = {kind: {i.asset.id for i in told if i.asset.kind is kind} for kind in ASSET_KIND}
    return "、".join(f"{len(ids)}个{ASSET_KIND[kind].zh}" for kind, ids in by_kind.items() if ids)


def _problems(told: list[Item], codes: Mapping[str, str]) -> Table:
    """What is to be put right, with two columns for the answer."""
    rows = tuple(
        (str(n), _called(item), codes.get(item.asset.id, ""), item.finding.text, "", "")
        for n, item in enumerate(told, 1)
    )
    header = ("序号", "对象", "标识码", "存在的问题", "整改情况", "完成日期")
    return Table(header=header, rows=rows, figures=(0,))


def _grounds(told: list[Item]) -> Table:
    """By the same numbers the clause, the figures that decided, and the facts, by which the evidence is found."""
    rows = tuple(
        (
            str(n),
            _clause(item.finding),
            arithmetic(item.finding, Language.ZH),
            " ".join(f.id for f in item.finding.facts),
        )
        for n, item in enumerate(told, 1)
    )
    return Table(header=("序号", "条款", "计算", "事实编号"), rows=rows, figures=(0,))


def _called(item: Item) -> str:
    """An account by its name and platform."""
    name, platform = item.asset.name or item.asset.id, item.asset.platform
    return f"{name}（{platform}）" if platform else name


def _clause(finding: Finding) -> str:
    law = finding.clause
    return f"{law.document}{f'（{law.clause}）' if law.clause else ''}" if law else ""


def register(inspection: Inspection, due: date) -> str:
    """The register as facts/rectification.csv of the next case: `observed_at` and `returned` are filled in as answers come."""
    rows = (
        (i.asset.id, f"{i.batch.as_of.isoformat()} {i.finding.indicator}", "", due.isoformat(), "", i.finding.text)
        for i in items(inspection)
    )
    return to_csv(REGISTER, rows)
