"""What people decide: a review of an undetermined asset, a waiver, a notice that was published."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hege.engine.errors import nearest
from hege.engine.ledger import inspections, schema
from hege.engine.ledger.database import refusal
from hege.engine.ledger.reading import registers
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, Receipt
from hege.engine.result import Verdict
from hege.engine.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """A recorded review."""

    inspection: str
    asset: str
    receipt: Receipt


def review(
    ledger: Ledger, given: str, asset: str, decision: Verdict, *,
    reviewer: str, reason: str, at: datetime, attachment: str = "", attachment_name: str = "",
) -> Reviewed:  # fmt: skip
    """Records a person's decision on an asset that an inspection left undetermined; the inspection itself stays."""
    with ledger.writing(entered_by=reviewer, action="review", at=at) as batch:
        stored = inspections.find(batch.connection, ledger.where, given)
        v = schema.verdicts.c
        rows = batch.connection.execute(
            sa.select(v.asset, v.verdict).where(v.inspection == stored.id).order_by(v.seq)
        ).all()
        found = [row.verdict for row in rows if row.asset == asset]
        if not found:
            near = nearest(asset, [row.asset for row in rows])
            raise refusal(ledger.where, "unknown-asset", f"检查{stored.id}里没有资产“{asset}”", f"inspection {stored.id} has no asset “{asset}”",
                          Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None)  # fmt: skip
        if Verdict.UNDETERMINED.value not in found:
            raise refusal(ledger.where, "not-undetermined", f"“{asset}”不是待核，无须复核（{Verdict(found[-1]).zh}）", f"“{asset}” is not undetermined ({found[-1]})",
                          Text(zh="结论有误的，更正事实后重新检查", en="if the verdict is wrong, correct the facts and inspect again"))  # fmt: skip
        batch.add([
            record(schema.reviews, inspection=stored.id, asset=asset, decision=decision.value, reviewer=reviewer,
                   reason=reason, attachment=attachment, attachment_name=attachment_name)
        ])  # fmt: skip
    assert batch.receipt is not None
    return Reviewed(inspection=stored.id, asset=asset, receipt=batch.receipt)


def waive(
    ledger: Ledger, register: str, asset: str, indicator: str, *,
    start: date, until: date, reason: str, approved_by: str, entered_by: str, at: datetime, id: str = "",
    indicators: Collection[str] = (),
) -> Receipt:  # fmt: skip
    """Records that an asset is exempt from an indicator for a time; it counts for inspections made from then on.

    `indicators` are ids one knows of; those of the ledger's own inspections are known as well.
    """
    if until < start:
        raise refusal(
            ledger.where, "bad-span", f"截止日{until}早于起始日{start}", f"it ends ({until}) before it begins ({start})"
        )
    with ledger.writing(entered_by=entered_by, action="waive", at=at) as batch:
        a, w = schema.assets.c, schema.waivers.c
        known = set(batch.connection.execute(sa.select(a.id).where(a.register == register)).scalars())
        if not known:
            names = registers(batch.connection)
            raise refusal(ledger.where, "no-register", f"台账里没有名册“{register}”", f"the ledger has no register “{register}”",
                          Text(zh=f"现有：{'、'.join(names) or '无'}", en=f"it has: {', '.join(names) or 'none'}"))  # fmt: skip
        if asset not in known:
            near = nearest(asset, known)
            raise refusal(ledger.where, "unknown-asset", f"名册“{register}”里没有资产“{asset}”", f"the register “{register}” has no asset “{asset}”",
                          Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None)  # fmt: skip
        ids = {*indicators, *batch.connection.execute(sa.select(schema.findings.c.indicator).distinct()).scalars()}
        if indicator not in ids:
            near = nearest(indicator, ids)
            raise refusal(ledger.where, "unknown-indicator", f"没有指标“{indicator}”", f"there is no indicator “{indicator}”",
                          Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None)  # fmt: skip
        own = id or f"{start:%Y%m%d}-{asset}-{indicator}"
        if batch.connection.execute(sa.select(w.seq).where(w.register == register, w.waiver == own)).first():
            raise refusal(ledger.where, "duplicate-waiver", f"豁免编号“{own}”已用过", f"the waiver “{own}” is there already",
                          Text(zh="用--id另给编号", en="give another with --id"))  # fmt: skip
        batch.add([
            record(schema.waivers, register=register, waiver=own, asset=asset, indicator=indicator,
                   start=start.isoformat(), until=until.isoformat(), reason=reason, approved_by=approved_by)
        ])  # fmt: skip
    assert batch.receipt is not None
    return batch.receipt
