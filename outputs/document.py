"""An inspection as JSON (docs/output.md, inspection.schema.json): content only, so that equal inspections are equal bytes.

What a record holds stands on its line; records it lists stand below it, one a line, so that comparing two documents line
by line names the asset, the finding or the fact that differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date

from hege.engine.result import AssetResult, Batch, FactSeen, FieldValue, Finding, Group, Inspection
from hege.engine.turning import Turning
from hege.outputs import overview, score_sheet

SCHEMA = "hege/inspection/1"
Record = dict[str, object]

# ---- the document --------------------------------------------------------------------------------------------------


def document(inspection: Inspection) -> Record:
    """The document as JSON data."""
    return {key: value if isinstance(value, str | dict | None) else list(value) for key, value in _members(inspection)}


def _members(inspection: Inspection) -> Iterator[tuple[str, str | Record | Iterable[object] | None]]:
    """The document's keys in order; its long lists one by one, so that a whole country need not be held at once."""
    newest = overview.newest(inspection)
    yield "schema", SCHEMA
    yield "title", inspection.title
    yield "jurisdiction", inspection.jurisdiction
    yield "issuer", inspection.issuer
    yield "rulebook", inspection.rulebook_digest
    yield "calendar", inspection.calendar_digest
    yield "rectify_by", inspection.rectify_by.isoformat() if inspection.rectify_by else None
    yield "alarms", list(inspection.alarms)
    yield "packs", [{"id": p.id, "title": p.title, "digest": p.digest} for p in inspection.packs]
    yield "groups", {b.kind.value: _compared(inspection, b) for b in newest}
    yield "breakdowns", {b.kind.value: _breakdowns(b) for b in newest}
    yield "assets", (asset(r, b) for b in newest for r in b.assets)
    yield "batches", (_batch(b, is_newest=overview.is_newest(inspection, b)) for b in inspection.batches)


def records(inspection: Inspection) -> Iterator[Record]:
    """The same content as records one after another: the inspection, then each batch and its assets."""
    head = {key: value for key, value in _members(inspection) if not isinstance(value, Iterator)}
    yield {"record": "inspection"} | {key: v for key, v in head.items() if key not in ("groups", "breakdowns")}
    for number, batch in enumerate(inspection.batches, 1):
        known = _compared(inspection, batch)
        yield {
            "record": "batch", "batch": number, "name": batch.name, "kind": batch.kind.value, **known,
            "breakdowns": _breakdowns(batch),
        }  # fmt: skip
        for result in batch.assets:
            yield {"record": "asset", "batch": number, **asset(result, batch)}


def group(counts: Group) -> Record:
    """Counts and rate."""
    return {
        "total": counts.total, "passed": counts.passed, "failed": counts.failed,
        "undetermined": counts.undetermined, "exempt": counts.exempt, "pass_rate": counts.pass_rate,
    }  # fmt: skip


def _compared(inspection: Inspection, batch: Batch) -> Record:
    before = overview.previous(inspection, batch)
    return _counted(batch) | {
        "as_of": batch.as_of.isoformat(),
        "printed": _printed(batch),
        "frame": overview.frame(inspection, batch),
        "previous": before and {"pass_rate": before.pass_rate, "label": before.label, "derived": before.derived},
        "change": overview.change(inspection, batch),
    }


def _counted(batch: Batch) -> Record:
    """A batch's counts; no rate where it says nothing."""
    return group(batch.group) if batch.rated else group(batch.group) | {"pass_rate": None}


def _printed(batch: Batch) -> Record | None:
    """The rate a published notice prints, and whether it follows from the counts."""
    return {"pass_rate": batch.printed, "agrees": batch.printed_agrees} if batch.printed else None


def _breakdowns(batch: Batch) -> Record:
    return {name: {word: group(g) for word, g in words.items()} for name, words in batch.breakdowns.items()}


def _batch(batch: Batch, is_newest: bool) -> Record:
    """A batch; the assets of the newest of a kind stand whole in the document's own list."""
    return {
        "name": batch.name,
        "kind": batch.kind.value,
        "as_of": batch.as_of.isoformat(),
        "group": _counted(batch),
        "printed": _printed(batch),
        "breakdowns": _breakdowns(batch),
        "assets": [_brief(r) if is_newest else asset(r, batch) for r in batch.assets],
    }


def _brief(result: AssetResult) -> Record:
    return {"id": result.asset.id, "verdict": result.verdict.value, "problem": result.problem}


def asset(result: AssetResult, batch: Batch) -> Record:
    """One asset with its findings."""
    a = result.asset
    return {
        "id": a.id, "kind": a.kind.value, "name": a.name, "platform": a.platform, "owner": a.owner,
        "district": a.district, "category": a.category, "parent": a.parent, "url": a.url, "synthetic": a.synthetic,
        "as_of": batch.as_of.isoformat(), "verdict": result.verdict.value, "problem": result.problem,
        "remark": result.remark, "steps": list(result.steps), "open_steps": list(result.open_steps),
        "findings": [finding(f) for f in result.findings],
        **({} if result.score is None else {"score": score_sheet.record(result.score)}),
    }  # fmt: skip


def finding(f: Finding) -> Record:
    """One finding."""
    clause = f.clause and {
        "document": f.clause.document, "clause": f.clause.clause, "quote": f.clause.quote,
        "verified": f.clause.verified.value, "note": f.clause.note,
    }  # fmt: skip
    return {
        "indicator": f.indicator, "outcome": f.outcome.value, "title": f.title, "effect": f.effect.value,
        "status": f.status.value, "text": f.text, "clause": clause,
        "version": f.version.isoformat() if f.version else None, "arithmetic": dict(sorted(f.arithmetic.items())),
        "would_be": f.would_be.value if f.would_be else None, "waiver": f.waiver, "consequence": f.consequence,
        "reasons": [{"code": r.code, "zh": r.text.zh, "en": r.text.en} for r in f.reasons],
        "facts": [fact(s) for s in f.facts],
    }  # fmt: skip


def fact(seen: FactSeen) -> Record:
    """One fact behind a finding."""
    return {
        "id": seen.id, "kind": seen.kind, "part": seen.part, "observed_at": seen.observed_at.isoformat(),
        "state": seen.state, "values": {name: _value(v) for name, v in seen.values.items()},
    }  # fmt: skip


def turning(turned: Turning) -> Record:
    """The changes that together turn a verdict, and into which."""
    return {
        "verdict": turned.verdict.value,
        "changes": [
            {
                "kind": c.kind, "parts": list(c.parts), "field": c.field,
                "before": [_value(v) for v in c.before], "after": _value(c.after),
            }
            for c in turned.changes
        ],
    }  # fmt: skip


def _value(value: FieldValue) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


# ---- as text -------------------------------------------------------------------------------------------------------


def to_json(inspection: Inspection) -> str:
    """The document as text, with a line feed at the end."""
    return "".join(pieces(inspection))


def pieces(inspection: Inspection) -> Iterator[str]:
    """The same text in pieces, an asset or so each."""
    mark = "{\n "
    for key, value in _members(inspection):
        yield f"{mark}{_plain(key)}: "
        if isinstance(value, Iterator):
            yield from _listed(value)
        else:
            yield _written(value, 1)
        mark = ",\n "
    yield "\n}\n"


def to_ndjson(inspection: Inspection) -> str:
    """The records, one a line (NDJSON)."""
    return "".join(f"{_plain(record)}\n" for record in records(inspection))


def assets_json(found: Iterable[tuple[AssetResult, Batch, Turning | None]]) -> str:
    """Some assets as a list, each as in the document and with what would turn its verdict."""
    told = [asset(result, batch) | {"turning": turned and turning(turned)} for result, batch, turned in found]
    return _written(told, 0) + "\n"


def _listed(records: Iterator[object]) -> Iterator[str]:
    mark = "[\n  "
    for record in records:
        yield mark + _written(record, 2)
        mark = ",\n  "
    yield "[]" if mark.startswith("[") else "\n ]"


def _written(value: object, depth: int) -> str:
    """A value from that depth on: what holds nothing but records has them on lines of their own."""
    if _holds_records(value):
        inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
        if isinstance(value, dict):
            lines = [f"{_plain(key)}: {_written(v, depth + 1)}" for key, v in value.items()]
            return "{" + inner + f",{inner}".join(lines) + outer + "}"
        assert isinstance(value, list)
        return "[" + inner + f",{inner}".join(_written(v, depth + 1) for v in value) + outer + "]"
    if isinstance(value, dict) and any(map(_holds_records, value.values())):
        members = list(value.items())
        first = next(i for i, (_, v) in enumerate(members) if _holds_records(v))
        below = (f"{_plain(key)}: {_written(v, depth)}" for key, v in members[first:])
        return ", ".join([_plain(dict(members[:first]))[:-1], *below]) + "}"
    return _plain(value)


def _holds_records(value: object) -> bool:
    # By the plain type: it is asked of every value of a document, and asking an abstract one is dear.
    if isinstance(value, dict):
        return bool(value) and all(isinstance(v, dict) for v in value.values())
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
