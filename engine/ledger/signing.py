"""Signing what a ledger holds: checkpoints, a new key in place of the old. The key lies outside the ledger.

Beside the key file lies the last checkpoint signed with it, so that a ledger that lost or changed its past is noticed
and no checkpoint is ever signed that contradicts an earlier one.
"""

from __future__ import annotations

import base64
import os
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from hege.engine.ledger import database, schema, tree
from hege.engine.ledger.database import refusal
from hege.engine.ledger.notes import Checkpoint, MalformedNote, Signer, read_checkpoint, read_note, signed_note
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, leaves
from hege.engine.ledger.verify import key_at, keys_of, rotation_text
from hege.engine.text import Text


def new_key(file: Path, name: str) -> Signer:
    """A fresh private key in a file of its own, which must not be there; only its owner may read it."""
    try:
        signer = Signer.new(name)
    except MalformedNote as error:
        raise refusal(name, "key-name", "钥匙名称不能含空格或加号", "a key's name has no blanks and no +") from error
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(signer.written())
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError as error:
        raise refusal(str(file), "key-exists", "已有同名的钥匙文件", "there is a key file of that name",
                      Text(zh="换一个文件名，绝不覆盖旧钥匙", en="give another name; an old key is never overwritten")) from error  # fmt: skip
    except OSError as error:
        raise refusal(
            str(file), "key-file", f"钥匙写不进去：{error.strerror}", f"the key cannot be written: {error.strerror}"
        ) from error
    return signer


def read_key(file: Path) -> Signer:
    """The private key of a file."""
    try:
        return Signer.parse(file.read_text(encoding="ascii"))
    except OSError as error:
        raise refusal(str(file), "no-key", f"读不到钥匙：{error.strerror}", f"the key cannot be read: {error.strerror}",
                      Text(zh="用--key或HEGE_KEY指明钥匙文件", en="name the key file with --key or HEGE_KEY")) from error  # fmt: skip
    except (MalformedNote, UnicodeDecodeError) as error:
        raise refusal(str(file), "bad-key", f"不是hege的钥匙文件：{error}", f"is no key file: {error}") from error


def last_of(key: Path) -> Path:
    """Where the last checkpoint signed with a key is kept."""
    return key.with_name(key.name + ".checkpoint")


def checkpoint(ledger: Ledger, signer: Signer, last: Path | None = None) -> str:
    """Signs the ledger as it stands and keeps the note; the one that is there already if nothing came since.

    Refused when the key is not the ledger's, or when the ledger contradicts the checkpoint kept beside the key.
    """
    with database.writing(ledger.engine, ledger.where) as connection:
        key = key_at(keys_of(connection), 2**62)
        if key != signer.verifier:
            raise refusal(ledger.where, "foreign-key", f"这把钥匙（{signer.verifier}）不是台账现用的（{key}）",
                          f"this key ({signer.verifier}) is not the one the ledger uses ({key})")  # fmt: skip
        c, b = schema.checkpoints.c, schema.batches.c
        size = (connection.execute(sa.select(sa.func.max(b.number))).scalar() or 0) + 1
        own = leaves(connection, size)
        _never_two_pasts(ledger.where, own, last)
        there = connection.execute(sa.select(c.note).where(c.size == size)).scalar()
        if there is not None:
            return str(there)
        note = signed_note(Checkpoint(origin=signer.name, size=size, root=tree.root(own)).text(), [signer])
        database.insert(connection, schema.checkpoints, [(size, note)])
        if last is not None:
            _keep(last, note)
    return note


def rotate(ledger: Ledger, old: Signer, new: Signer, *, entered_by: str, at: datetime, reason: str) -> None:
    """Records a new public key, endorsed by the old one; from the next batch on only the new key's signature counts."""
    endorsement = base64.b64encode(old.sign(rotation_text(old.verifier, new.verifier))).decode()
    with ledger.writing(entered_by=entered_by, action="rotate", at=at) as batch:
        if key_at(keys_of(batch.connection), 2**62) != old.verifier or new.name != old.name:
            raise refusal(
                ledger.where,
                "foreign-key",
                "换下的钥匙不是台账现用的",
                "the key to be replaced is not the one the ledger uses",
            )
        batch.add([record(schema.keys, key=str(new.verifier), reason=reason, endorsement=endorsement)])


def _never_two_pasts(where: str, own: list[bytes], last: Path | None) -> None:
    if last is None or not last.exists():
        return
    try:
        kept = read_checkpoint(read_note(last.read_text(encoding="utf-8")).text)
    except (OSError, MalformedNote, UnicodeDecodeError) as error:
        raise refusal(
            str(last), "bad-checkpoint", "上次的检查点读不出来", "the last checkpoint cannot be read"
        ) from error
    if kept.size > len(own) or tree.root(own[: kept.size]) != kept.root:
        raise refusal(
            where, "two-pasts",
            f"台账与上次签署的检查点（{kept.size}批）矛盾，拒绝签署", f"the ledger contradicts the checkpoint signed before ({kept.size} batches); nothing is signed",
            Text(zh=f"用hege ledger verify --checkpoint {last}查明", en=f"see hege ledger verify --checkpoint {last}"),
        )  # fmt: skip


def _keep(last: Path, note: str) -> None:
    waiting = last.with_name(last.name + ".new")
    try:
        with waiting.open("w", encoding="utf-8") as out:
            out.write(note)
            out.flush()
            os.fsync(out.fileno())
        waiting.replace(last)
    except OSError as error:
        raise refusal(
            str(last),
            "cannot-write",
            f"检查点写不进去：{error.strerror}",
            f"the checkpoint cannot be kept: {error.strerror}",
        ) from error
