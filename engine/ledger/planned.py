"""The plan to inspect a register by: a new one for a day, or that of its newest inspection on what is known by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.case import Case, PlannedBatch
from hege.engine.facts import asset_table, facts
from hege.engine.ledger import database, heads, schema
from hege.engine.ledger.inspections import Stored, stored_of
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.store import size_of
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary, load_vocabulary


def register_plan(register: str, as_of: date, rules: Sequence[str] = ()) -> Case:
    """The plan of an inspection of a whole register: one batch for each kind of asset. The ledger gives the facts."""
    return Case(
        title=f"{register} {as_of}",
        jurisdiction=register,
        issuer="",
        rules=tuple(rules),
        batches=tuple(PlannedBatch(name="", kind=kind, as_of=as_of) for kind in AssetKind),
        facts=facts(asset_table(()), {}, load_vocabulary()),
    )


def newest_plan(connection: Connection, where: str, register: str, vocabulary: Vocabulary) -> tuple[Case, Stored]:
    """The newest inspection of a register, and its plan on what is known by now; refused when there is none."""
    history = read_history(connection, where, register, vocabulary)
    i = schema.inspections.c
    query = sa.select(schema.inspections).where(i.register == register).order_by(i.seq.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise database.refusal(register, "no-inspection", "名册还没有检查过，没有方案可依", "the register was never inspected, so there is no plan",
                               Text(zh="先用hege inspect --ledger检查一次", en="inspect it once with hege inspect --ledger"))  # fmt: skip
    stored = stored_of(row)
    known = history.at(size_of(connection), None if stored.assets is None else frozenset(stored.assets))
    return heads.read(stored.head, known, ()), stored
