"""From the journal to the case folder: facts/KIND-collected.csv for inspection, evidence.csv beside them for whoever asks why.

Files of people (facts/KIND.csv) are never touched. Each file is replaced whole.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from hege.collectors.journal import Journal, StoredFact
from hege.engine.dates import SHANGHAI
from hege.engine.facts import fact_id, table
from hege.engine.vocabulary import Kind, Vocabulary

SUFFIX = "-collected.csv"
EVIDENCE = (
    "fact",
    "asset",
    "kind",
    "part",
    "observed_at",
    "url",
    "record",
    "file",
    "offset",
    "locator",
    "quote",
    "candidates",
)


def export(journal: Journal, folder: Path, vocabulary: Vocabulary) -> dict[str, int]:
    """Writes every fact of the journal into a case folder; how many of each kind."""
    by_kind: dict[str, list[StoredFact]] = {}
    for fact in journal.facts():
        by_kind.setdefault(fact.kind, []).append(fact)
    lines = []
    for name, facts in sorted(by_kind.items()):
        kind = vocabulary.kinds[name]
        replace_file(folder / "facts" / f"{name}{SUFFIX}", _facts_csv(kind, facts))
        lines += [_evidence(journal, kind, fact) for fact in facts]
    replace_file(folder / "evidence.csv", _csv(EVIDENCE, lines))
    return {name: len(facts) for name, facts in sorted(by_kind.items())}


def id_of(kind: Kind, fact: StoredFact) -> str:
    """The id that `hege explain` shows for the fact."""
    row = {
        "asset": fact.asset, "part": fact.part, "observed_at": observed(fact.observed_at), "state": fact.state,
        "reason": fact.reason, **fact.fields,
    }  # fmt: skip
    return fact_id(kind, table(kind, [row]).to_dicts()[0])


def observed(at: datetime) -> datetime:
    """When a fact was true, to the second: what a CSV says and what a fact's id is made of."""
    return at.astimezone(SHANGHAI).replace(microsecond=0)


def _facts_csv(kind: Kind, facts: Iterable[StoredFact]) -> str:
    header = ("asset", "part", "observed_at", "state", "reason", *(f.name for f in kind.fields))
    rows = [
        [f.asset, f.part, observed(f.observed_at).isoformat(), f.state, f.reason, *(_cell(f.fields.get(n.name)) for n in kind.fields)]
        for f in facts
    ]  # fmt: skip
    return _csv(header, rows)


def _evidence(journal: Journal, kind: Kind, fact: StoredFact) -> list[str]:
    place = journal.capture(fact.record)
    candidates = json.dumps(fact.candidates, ensure_ascii=False) if fact.candidates else ""
    return [
        id_of(kind, fact), fact.asset, fact.kind, fact.part, observed(fact.observed_at).isoformat(), fact.url, fact.record,
        place.file if place else "", str(place.offset) if place else "", fact.locator, fact.quote, candidates,
    ]  # fmt: skip


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
        case list() | tuple():
            return ";".join(str(v) for v in value) or "none"
        case _:
            return str(value)


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def replace_file(file: Path, text: str) -> None:
    """Puts a text in the place of a file, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".writing-", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(file)
