"""An inspection as JSON (docs/output.md): stable keys and order, content only, so that equal inspections are equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from hege.engine.result import AssetResult, Batch, FactSeen, Finding, Group, Inspection
from hege.engine.rulebook.model import AssetKind

SCHEMA = "hege/inspection/1"


def to_json(inspection: Inspection) -> str:
    """The document, UTF-8 text with a line feed at the end."""
    return json.dumps(document(inspection), ensure_ascii=False, indent=1, default=_plain) + "\n"


def document(inspection: Inspection) -> dict[str, object]:
    """The document as JSON data."""
    newest = [b for kind in AssetKind if (b := inspection.latest(kind)) is not None]
    return {
        "schema": SCHEMA,
        "title": inspection.title,
        "jurisdiction": inspection.jurisdiction,
        "issuer": inspection.issuer,
        "packs": [{"id": p.id, "title": p.title, "digest": p.digest} for p in inspection.packs],
        "rulebook": inspection.rulebook_digest,
        "rectify_by": inspection.rectify_by,
        "alarms": list(inspection.alarms),
        "groups": {b.kind.value: _group_with_change(inspection, b) for b in newest},
        "breakdowns": {b.kind.value: _breakdowns(b) for b in newest},
        "assets": [asset(r, b) for b in newest for r in b.assets],
        "batches": [
            {
                "name": b.name,
                "kind": b.kind.value,
                "as_of": b.as_of,
                "group": group(b.group),
                "printed": printed(b),
                "breakdowns": _breakdowns(b),
                "assets": [asset(r, b) if b not in newest else _brief(r) for r in b.assets],
            }
            for b in inspection.batches
        ],
    }


def group(counts: Group) -> dict[str, object]:
    """Counts and rate."""
    return {
        "total": counts.total, "passed": counts.passed, "failed": counts.failed,
        "undetermined": counts.undetermined, "exempt": counts.exempt, "pass_rate": counts.pass_rate,
    }  # fmt: skip


def change(inspection: Inspection, batch: Batch) -> str | None:
    """Percentage points against the previous inspection, from the printed rates, such as `+4.0`."""
    before = next((p for p in inspection.previous if p.kind is batch.kind), None)
    if before is None or batch.group.pass_rate is None:
        return None
    now, then = (Decimal(r.rstrip("%")) for r in (batch.group.pass_rate, before.pass_rate))
    return f"{now - then:+.1f}"


def _group_with_change(inspection: Inspection, batch: Batch) -> dict[str, object]:
    before = next((p for p in inspection.previous if p.kind is batch.kind), None)
    return group(batch.group) | {
        "as_of": batch.as_of,
        "printed": printed(batch),
        "frame": inspection.frames.get(batch.kind.value),
        "previous": {"pass_rate": before.pass_rate, "label": before.label} if before else None,
        "change": change(inspection, batch),
    }


def printed(batch: Batch) -> dict[str, object] | None:
    """The rate a published notice prints, and whether it follows from the counts."""
    return {"pass_rate": batch.printed, "agrees": batch.printed_agrees} if batch.printed else None


def _breakdowns(batch: Batch) -> dict[str, dict[str, object]]:
    return {name: {word: group(g) for word, g in words.items()} for name, words in batch.breakdowns.items()}


def _brief(result: AssetResult) -> dict[str, object]:
    return {"id": result.asset.id, "verdict": result.verdict.value, "problem": result.problem}


def asset(result: AssetResult, batch: Batch) -> dict[str, object]:
    """One asset with its findings."""
    a = result.asset
    return {
        "id": a.id, "kind": a.kind.value, "name": a.name, "platform": a.platform, "owner": a.owner,
        "district": a.district, "category": a.category, "parent": a.parent, "url": a.url, "synthetic": a.synthetic,
        "as_of": batch.as_of, "verdict": result.verdict.value, "problem": result.problem, "remark": result.remark,
        "steps": list(result.steps), "findings": [finding(f) for f in result.findings],
    }  # fmt: skip


def finding(f: Finding) -> dict[str, object]:
    """One finding."""
    clause = f.clause and {
        "document": f.clause.document, "clause": f.clause.clause, "quote": f.clause.quote,
        "verified": f.clause.verified.value, "note": f.clause.note,
    }  # fmt: skip
    return {
        "indicator": f.indicator, "title": f.title, "effect": f.effect.value, "status": f.status.value,
        "outcome": f.outcome.value, "text": f.text, "clause": clause, "version": f.version,
        "facts": [fact(s) for s in f.facts], "arithmetic": dict(sorted(f.arithmetic.items())),
        "reasons": [{"code": r.code, "zh": r.text.zh, "en": r.text.en} for r in f.reasons],
        "would_be": f.would_be.value if f.would_be else None, "waiver": f.waiver, "consequence": f.consequence,
    }  # fmt: skip


def fact(seen: FactSeen) -> dict[str, object]:
    """One fact behind a finding."""
    values: Mapping[str, object] = seen.values
    return {
        "id": seen.id, "kind": seen.kind, "part": seen.part, "observed_at": seen.observed_at, "state": seen.state,
        "values": dict(values),
    }  # fmt: skip


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the document")
