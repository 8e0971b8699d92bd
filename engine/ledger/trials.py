"""Indicators on trial held against the inspections of a ledger: each run again on what was known then. Nothing is recorded."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from hege.engine.ledger import inspections, schema
from hege.engine.ledger.inspections import Stored, run
from hege.engine.ledger.reading import History, read_history
from hege.engine.ledger.store import Ledger
from hege.engine.result import Inspection
from hege.engine.rulebook.model import Rulebook
from hege.engine.rulebook.sources import Compiled, Sources, compiled
from hege.engine.trial import Tried, on_trial, trials_of


def tried(
    ledger: Ledger, register: str, newest: int, *, sources: Sources | None = None, only: Sequence[str] = ()
) -> Iterator[Tried]:
    """The newest inspections of a register, oldest first, by the rules of each or by others."""
    i = schema.inspections.c
    query = sa.select(schema.inspections).where(i.register == register).order_by(i.seq.desc()).limit(newest)
    opened: dict[str, tuple[Compiled, History]] = {}
    with ledger.reading() as connection:
        found = [inspections.stored_of(row) for row in connection.execute(query).mappings()]
        for stored in reversed(found):
            if stored.rulebook not in opened:
                texts = sources or inspections.stored_sources(connection, ledger.where, stored.rulebook)
                rules = compiled(texts)
                opened[stored.rulebook] = rules, read_history(connection, ledger.where, register, rules.vocabulary)
            yield _tried(stored, *opened[stored.rulebook], only, compare=sources is None)


def _tried(stored: Stored, rules: Compiled, history: History, only: Sequence[str], *, compare: bool) -> Tried:
    def inspected(rulebook: Rulebook) -> Inspection:
        book = dataclasses.replace(rules, rulebook=rulebook)
        return run(history, stored.head, stored.assets, stored.known_at, book)

    asked = on_trial(rules.rulebook, only)
    if not asked:
        return Tried(inspection=stored.id, title=json.loads(stored.head)["title"], trials=())
    before = inspected(rules.rulebook)
    return Tried(
        inspection=stored.id,
        title=before.title,
        trials=trials_of(asked, rules.rulebook, before, inspected),
        as_recorded=inspections.result_digest(before) == stored.result if compare else None,
    )
