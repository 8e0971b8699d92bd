"""An inspection in one file that needs neither the ledger nor the network: records, texts, proofs, signed checkpoint.

A bundle is a ZIP archive of JSON lines, the same bytes for the same inspection and checkpoint:

    manifest.json      which inspection, of which ledger
    checkpoint         the signed note that covers all of it
    checkpoints.jsonl  earlier checkpoints, each with the proof that its tree is a beginning of the signed one
    batches.jsonl      headers of the batches that hold the records, each with its way up and the digests of all its records
    TABLE.jsonl        the records

Checking one is `audit`.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.canonical import dumps
from hege.engine.ledger import inspections, schema, tree
from hege.engine.ledger.database import refusal
from hege.engine.ledger.inspections import Stored
from hege.engine.ledger.notes import read_checkpoint, read_note
from hege.engine.ledger.proofs import batch_digests
from hege.engine.ledger.store import Ledger, leaves
from hege.engine.text import Text

SCHEMA = "hege/bundle/1"
MOST_BYTES = 2**31
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """What a bundle says; nothing is checked yet but its form."""

    manifest: Mapping[str, Any]
    checkpoint: str
    earlier: Sequence[Row]
    batches: Sequence[Row]
    records: Mapping[str, Sequence[Row]]


def bundle(ledger: Ledger, given: str) -> bytes:
    """The bundle of a recorded inspection; refused until a checkpoint covers it."""
    with ledger.reading() as connection:
        stored = inspections.find(connection, ledger.where, given)
        records = {t.name: list(_chosen(connection, t, stored)) for t in schema.RECORDS}
        numbers = sorted({row["batch"] for rows in records.values() for row in rows})
        note = _covering(connection, ledger.where, numbers[-1])
        size = read_checkpoint(read_note(note).text).size
        own = leaves(connection, size)
        manifest = {
            "schema": SCHEMA, "inspection": stored.id, "register": stored.register, "rulebook": stored.rulebook,
            "known_at": stored.known_at, "engine": stored.engine, "result": stored.result, "size": size,
        }  # fmt: skip
        members = {
            "manifest.json": dumps(manifest) + "\n",
            "checkpoint": note,
            "checkpoints.jsonl": _lines(_earlier(connection, own)),
            "batches.jsonl": _lines(_batches(connection, numbers, own)),
        }
    for name, rows in records.items():
        if rows:
            members[f"{name}.jsonl"] = _lines(rows)
    return _packed(members)


def _covering(connection: Connection, where: str, batch: int) -> str:
    c = schema.checkpoints.c
    query = sa.select(c.note).where(c.size > batch).order_by(c.size.desc()).limit(1)
    note = connection.execute(query).scalar()
    if note is None:
        raise refusal(where, "not-signed", "还没有检查点覆盖这次检查及其复核、通报等记录", "no checkpoint covers the inspection and what was recorded of it since",
                      Text(zh="先运行hege ledger checkpoint", en="run hege ledger checkpoint first"))  # fmt: skip
    return str(note)


def _chosen(connection: Connection, table: sa.Table, stored: Stored) -> Iterator[Row]:
    """The records of a table that an inspection rests on or that speak of it, in order."""
    c = table.c
    known = c.batch < stored.known_at
    about: dict[str, sa.ColumnElement[bool]] = {
        "keys": sa.true(),
        "inspections": c.get("inspection", sa.null()) == stored.id,
        "rulebooks": c.get("rulebook", sa.null()) == stored.rulebook,
        "publications": c.get("rulebook", sa.null()) == stored.rulebook,
    }
    if table.name in about:
        where = about[table.name]
    elif "inspection" in c:
        where = c.inspection == stored.id
    elif table.name == "texts":
        where = c.sha256.in_(_text_names(connection, stored))
    elif table.name == "removals":
        bodies = sa.select(schema.captures.c.body).where(schema.captures.c.register == stored.register)
        where = c.body.in_(bodies)
    elif "register" in c:
        where = (c.register == stored.register) & known
    else:
        return
    asset = c.get("id" if table.name == "assets" else "asset")
    chosen = None if stored.assets is None else frozenset(stored.assets)
    for row in connection.execute(sa.select(table).where(where).order_by(c.seq)).mappings():
        if chosen is None or asset is None or row[asset.name] in chosen:
            yield dict(row)


def _text_names(connection: Connection, stored: Stored) -> list[str]:
    r = schema.rulebooks.c
    files = connection.execute(sa.select(r.files).where(r.rulebook == stored.rulebook)).scalar_one()
    return sorted(set(json.loads(files).values()))


def _earlier(connection: Connection, own: list[bytes]) -> Iterator[Row]:
    c = schema.checkpoints.c
    for row in connection.execute(sa.select(c.size, c.note).where(c.size < len(own)).order_by(c.size)):
        yield {"note": row.note, "proof": [_b64(h) for h in tree.consistency_proof(own, row.size)]}


def _batches(connection: Connection, numbers: Iterable[int], own: list[bytes]) -> Iterator[Row]:
    for number in numbers:
        query = sa.select(schema.batches).where(schema.batches.c.number == number)
        header = dict(connection.execute(query).mappings().one())
        yield {
            **{k: v for k, v in header.items() if k not in ("leaf", "root")},
            "path": [_b64(h) for h in tree.inclusion_proof(own, number)],
            "digests": _b64(b"".join(batch_digests(connection, header))),
        }


# ---- the archive ---------------------------------------------------------------------------------------------------


def _packed(members: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read_bundle(data: bytes, where: str) -> Bundle:
    """The bundle of a file; refused when it is none, cut short or of a newer form."""
    try:
        members = _unpacked(data)
        manifest = json.loads(members.pop("manifest.json"))
        if manifest["schema"] != SCHEMA:
            raise refusal(where, "newer-bundle", f"不认识的证据包格式{manifest['schema']}", f"unknown form of bundle {manifest['schema']}",
                          Text(zh="升级hege后再核验", en="verify it with a newer hege"))  # fmt: skip
        checkpoint = members.pop("checkpoint")
        earlier, batches = (_rows(members.pop(f"{name}.jsonl")) for name in ("checkpoints", "batches"))
        records = {t.name: _rows(members.pop(f"{t.name}.jsonl", "")) for t in schema.RECORDS}
        if members:
            raise ValueError(f"unexpected {min(members)}")
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, NotImplementedError, OSError) as error:
        raise refusal(where, "not-a-bundle", f"不是完整的证据包（{error}）", f"is no complete bundle ({error})",
                      Text(zh="重新取得文件", en="get the file again")) from error  # fmt: skip
    return Bundle(manifest=manifest, checkpoint=checkpoint, earlier=earlier, batches=batches, records=records)


def _unpacked(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(i.file_size for i in archive.infolist()) > MOST_BYTES:
            raise ValueError("too large")
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise ValueError("a member is there twice")
        return {name: archive.read(name).decode() for name in names}


def _lines(rows: Iterable[Row]) -> str:
    return "".join(dumps({k: _json(v) for k, v in row.items()}) + "\n" for row in rows)


def _rows(text: str) -> list[Row]:
    return [{k: _value(v) for k, v in json.loads(line).items()} for line in text.split("\n") if line]


def _json(value: object) -> object:
    return {"bytes": _b64(value)} if isinstance(value, bytes) else value


def _value(value: object) -> object:
    return base64.b64decode(value["bytes"], validate=True) if isinstance(value, dict) else value


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()
