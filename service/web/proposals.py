"""Publishing takes two: one account proposes the texts of a pack, another approves. Both steps are recorded in the ledger."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.canonical import dumps, moment
from hege.engine.errors import InputError
from hege.engine.ledger import database, schema
from hege.engine.ledger.publishing import Publication, publish
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, Writing
from hege.engine.text import Text
from hege.service.web.accounts import Change
from hege.service.web.tables import proposals
from hege.service.web.work import compiled_texts, laid_out

OPEN, APPROVED, REJECTED = "open", "approved", "rejected"
Row = Mapping[str, Any]


def propose(ledger: Ledger, change: Change, pack: str, files: Mapping[str, str]) -> Row:
    """A proposal to publish a pack; refused when its texts cannot be compiled."""
    rulebook, _ = compiled_texts(pack, files)
    id = secrets.token_hex(6)
    values = {"id": id, "pack": pack, "files": dumps(dict(files)), "rulebook": rulebook, "why": change.why}
    who = {"proposed_by": change.by, "proposed_at": moment(change.at)}
    with ledger.writing(entered_by=change.by, action="propose", at=change.at) as batch:
        undecided = {"state": OPEN, "decided_by": "", "decided_at": "", "reason": ""}
        batch.connection.execute(sa.insert(proposals).values(**values, **who, **undecided))
        _recorded(batch, id, "proposed", {"pack": pack, "rulebook": rulebook}, change.why)
        return found(batch.connection, id)


def approve(
    ledger_name: str, id: str, by: str, why: str, at: datetime, most_flips: Fraction | None, force: str
) -> Publication:
    """Publishes what somebody else proposed, with the guard of `hege rules publish`; the proposal stays open when it refuses.

    Runs where long work runs: it inspects every register by both rulebooks.
    """
    ledger = Ledger.open(ledger_name)
    with ledger.reading() as connection:
        proposal = found(connection, id)
    _may_be_decided(proposal, by)

    def decided(batch: Writing) -> None:
        _decide(batch, id, APPROVED, Change(by=by, why=why, at=at))
        content = {"pack": proposal["pack"], "rulebook": proposal["rulebook"], "proposed_by": proposal["proposed_by"]}
        _recorded(batch, id, "approved", content, why)

    try:
        with tempfile.TemporaryDirectory(prefix="hege-pack-") as place:
            folder = laid_out(Path(place).resolve(), proposal["pack"], json.loads(proposal["files"]))
            return publish(
                ledger, [folder], published_by=by, why=proposal["why"], at=at, most_flips=most_flips, force=force,
                along=decided,
            )  # fmt: skip
    finally:
        ledger.close()


def reject(ledger: Ledger, change: Change, id: str) -> Row:
    """Closes a proposal without publishing; whoever proposed it may withdraw it so."""
    with ledger.writing(entered_by=change.by, action="reject", at=change.at) as batch:
        proposal = found(batch.connection, id)
        _decide(batch, id, REJECTED, change)
        _recorded(batch, id, "rejected", {"pack": proposal["pack"], "rulebook": proposal["rulebook"]}, change.why)
        return found(batch.connection, id)


def found(connection: Connection, id: str) -> Row:
    """The proposal of an id; refused when there is none."""
    row = connection.execute(sa.select(proposals).where(proposals.c.id == id)).mappings().one_or_none()
    if row is None:
        raise database.refusal("proposal", "no-proposal", f"没有提案“{id}”", f"there is no proposal “{id}”")
    return dict(row)


def listed(connection: Connection) -> list[Row]:
    """All proposals, newest first."""
    query = sa.select(proposals).order_by(proposals.c.proposed_at.desc(), proposals.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def plain(row: Row, *, whole: bool) -> dict[str, Any]:
    """A proposal as JSON data, with its texts if it is to be whole."""
    data = {name: value or None for name, value in row.items() if name != "files"}
    return data | ({"files": json.loads(row["files"])} if whole else {})


def _may_be_decided(proposal: Row, by: str) -> None:
    if proposal["state"] != OPEN:
        raise _decided_already(proposal["id"])
    if proposal["proposed_by"] == by:
        raise database.refusal(
            "proposal", "own-proposal", "自己提出的不能自己批准", "nobody approves what they proposed themselves",
            Text(zh="请另一位有权限的人批准", en="ask somebody else who has the right"),
        )  # fmt: skip


def _decide(batch: Writing, id: str, state: str, change: Change) -> None:
    p = proposals
    values = {"state": state, "decided_by": change.by, "decided_at": moment(change.at), "reason": change.why}
    open_ = (p.c.id == id) & (p.c.state == OPEN)
    if batch.connection.execute(sa.update(p).where(open_).values(**values)).rowcount != 1:
        raise _decided_already(id)


def _decided_already(id: str) -> InputError:
    return database.refusal("proposal", "decided", f"提案“{id}”已有结论", f"the proposal “{id}” was decided already")


def _recorded(batch: Writing, id: str, action: str, content: Mapping[str, object], why: str) -> None:
    values = {"subject": "proposal", "name": id, "action": action, "content": dumps(dict(content)), "why": why}
    batch.add([record(schema.administration, **values)])
