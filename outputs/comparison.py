"""Two outcomes held against each other, as JSON data: a replay against what was recorded, other rules against those in force."""

from __future__ import annotations

from fractions import Fraction

from hege.engine import result
from hege.engine.impact import Impact
from hege.engine.ledger.replay import Replayed


def replay_document(done: Replayed) -> dict[str, object]:
    """A replay as JSON data."""
    return {
        "inspection": done.stored.id,
        "register": done.stored.register,
        "same": done.same,
        "recorded": {"result": done.stored.result, "engine": done.stored.engine, "rulebook": done.stored.rulebook, "known_at": done.stored.known_at},
        "replayed": {"result": done.result, "engine": done.engine, "rulebook": done.inspection.rulebook_digest},
        "changed": list(done.changed),
        "compiled_otherwise": done.compiled_otherwise,
        "differences": [
            {"batch": d.part, "asset": d.asset, "indicator": d.indicator, "extent": d.extent.value, "old": d.old, "new": d.new, "old_text": d.old_text, "new_text": d.new_text}
            for d in done.differences
        ],
    }  # fmt: skip


def impact_document(found: Impact) -> dict[str, object]:
    """The impact as JSON data."""
    return {
        "schema": "hege/impact/1",
        "old": found.old,
        "new": found.new,
        "worst": percent(found.worst),
        "batches": [
            {
                "name": b.name, "kind": b.kind, "as_of": b.as_of.isoformat(), "total": b.total, "flipped": b.flipped,
                "matrix": [
                    {"old": o.value, "new": n.value, "count": c}
                    for (o, n), c in sorted(b.matrix.items(), key=lambda i: (i[0][0].value, i[0][1].value))
                ],
                "changes": [
                    {
                        "id": c.asset, "name": c.name, "platform": c.platform, "old": c.old.value, "new": c.new.value,
                        "findings": [
                            {
                                "indicator": f.indicator, "title": f.title, "old": f.old.value if f.old else None,
                                "new": f.new.value if f.new else None, "text": f.text,
                            }
                            for f in c.flips
                        ],
                    }
                    for c in b.changes
                ],
            }
            for b in found.batches
        ],
    }  # fmt: skip


def percent(share: Fraction) -> str:
    """A share as printed, half up."""
    return result.percent(share.numerator, share.denominator) or "0.0%"
