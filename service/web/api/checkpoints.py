"""Checkpoints: the signed sizes of the ledger, for auditors to keep, and that one continues another."""

from __future__ import annotations

import base64
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query

from hege.engine.ledger import schema, signing, tree
from hege.engine.ledger.store import leaves, size_of
from hege.engine.ledger.verify import keys_of
from hege.engine.text import Text
from hege.service.web.admission import Serving, new_router
from hege.service.web.api.shapes import faults
from hege.service.web.paging import Page, Paged, page
from hege.service.web.problems import Refused
from hege.service.web.rights import API

router = new_router(API, tags=["proofs"])
Size = Annotated[int, Query(ge=1, le=2**62)]


@router.get("/checkpoints", responses=faults())
def list_checkpoints(service: Serving, asked: Paged) -> Page[dict[str, Any]]:
    """The checkpoints, newest first; each is a C2SP signed note."""
    c = schema.checkpoints.c
    query = sa.select(c.size, c.note).order_by(c.size.desc()).limit(asked.limit + 1)
    query = query.where(c.size < asked.after) if isinstance(asked.after, int) else query
    with service.ledger.reading() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return page(rows, asked, lambda row: row["size"])


@router.post("/checkpoints", status_code=201, responses=faults(409))
def sign(service: Serving) -> dict[str, Any]:
    """Signs the ledger as it stands, with the key that the service was given; the same note if nothing came since."""
    signer = signing.read_key(service.key_file)
    note = signing.checkpoint(service.ledger, signer, signing.last_of(service.key_file))
    return {"note": note}


@router.get("/checkpoints/consistency", responses=faults())
def prove_consistency(service: Serving, old: Size, new: Size) -> dict[str, Any]:
    """The proof (RFC 6962) that the ledger of so many batches is a beginning of the larger one, and the keys in use."""
    with service.ledger.reading() as connection:
        size = size_of(connection)
        if not old <= new <= size:
            raise Refused(422, "no-such-size", Text(zh=f"应有old≤new≤{size}", en=f"old ≤ new ≤ {size} must hold"))
        own = leaves(connection, new)
        keys = [{"from_batch": batch, "key": str(key)} for batch, key in keys_of(connection)]
    proof = [base64.b64encode(h).decode() for h in tree.consistency_proof(own, old)]
    roots = {"old_root": tree.root(own[:old]).hex(), "new_root": tree.root(own).hex()}
    return {"old": old, "new": new, **roots, "proof": proof, "keys": keys}
