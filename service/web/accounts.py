"""Accounts, their keys and sessions. Every change is recorded in the ledger in the same transaction, with who and why.

A key is `hege_<id>_<secret>`, of which only the hash is kept; a session's token likewise. Passwords are kept as argon2id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection

from hege.engine.canonical import dumps, moment
from hege.engine.ledger import database, schema
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, Writing
from hege.engine.text import Text
from hege.service.web import tables
from hege.service.web.rights import Role, Visitor

FIRST = "administrator"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
_NAME = re.compile(r"[\w][\w.@-]{0,63}")
_TOKEN = re.compile(r"hege_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)
_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(2)  # each takes 64 MiB
_NOBODY = _hasher.hash(secrets.token_hex(16))  # so that an unknown name takes as long as a wrong password


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An account as stored; `registers` None is all of them."""

    name: str
    roles: frozenset[Role]
    registers: frozenset[str] | None
    standing: str
    created_at: str
    has_password: bool
    locked_until: str

    def plain(self) -> dict[str, object]:
        """As JSON data."""
        return {
            "name": self.name, "roles": sorted(r.value for r in self.roles),
            "registers": None if self.registers is None else sorted(self.registers), "standing": self.standing,
            "created_at": self.created_at, "has_password": self.has_password, "locked_until": self.locked_until or None,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Who changes something, why, and when."""

    by: str
    why: str
    at: datetime


def first_key(ledger: Ledger, at: datetime) -> str | None:
    """The key of the first administrator; None when there are accounts already."""
    with ledger.writing(entered_by="hege serve", action="account", at=at) as batch:
        if batch.connection.execute(sa.select(tables.accounts.c.name)).first() is not None:
            return None
        change = Change(by="hege serve", why="first start", at=at)
        _insert(batch, change, FIRST, {Role.ADMINISTRATOR, Role.OPS}, None, "")
        return _new_key(batch, change, FIRST, "first key")[1]


# ---- changing ------------------------------------------------------------------------------------------------------


def create(
    ledger: Ledger, change: Change, name: str, roles: Collection[Role], registers: Collection[str] | None,
    password: str = "",
) -> Account:  # fmt: skip
    """A new account; without a password it can be used by keys alone."""
    if not _NAME.fullmatch(name):
        raise database.refusal(
            "name", "bad-name", f"账号名“{name[:80]}”不合规", f"“{name[:80]}” is no name for an account",
            Text(zh="用文字、数字、.@-_，最多64个", en="use letters, digits and .@-_, 64 at most"),
        )  # fmt: skip
    hashed = _hashed(name, password) if password else ""
    with ledger.writing(entered_by=change.by, action="account", at=change.at) as batch:
        if _row(batch.connection, name) is not None:
            raise database.refusal(
                "name", "account-exists", f"已有账号“{name}”", f"there is an account “{name}” already"
            )
        _insert(batch, change, name, roles, registers, hashed)
        return _account(batch.connection, name)


def _insert(
    batch: Writing, change: Change, name: str, roles: Collection[Role], registers: Collection[str] | None, hashed: str
) -> None:
    values = {
        "roles": dumps(sorted(r.value for r in roles)),
        "registers": dumps(None if registers is None else sorted(registers)),
        "standing": "active",
    }
    batch.connection.execute(
        sa.insert(tables.accounts).values(
            name=name, **values, password=hashed, created_at=moment(change.at), failures=0, locked_until=""
        )
    )
    _recorded(batch, "account", name, "created", {**_open(values), "password": bool(hashed)}, change.why)


def alter(
    ledger: Ledger, change: Change, name: str, *,
    roles: Collection[Role] | None = None, registers: Collection[str] | bool | None = False,
    standing: str | None = None, password: str | None = None,
) -> Account:  # fmt: skip
    """Changes what is given (`registers` False: stays). Its sessions end; a closed account's keys no longer work."""
    values: dict[str, Any] = {}
    if roles is not None:
        values["roles"] = dumps(sorted(r.value for r in roles))
    if not isinstance(registers, bool):
        values["registers"] = dumps(None if registers is None else sorted(registers))
    if standing is not None:
        values["standing"] = standing
    hashed = {"password": _hashed(name, password), "failures": 0, "locked_until": ""} if password else {}
    a = tables.accounts
    with ledger.writing(entered_by=change.by, action="account", at=change.at) as batch:
        _account(batch.connection, name)
        if values or hashed:
            batch.connection.execute(sa.update(a).where(a.c.name == name).values(**values, **hashed))
            batch.connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.account == name))
            told = {**_open(values), **({"password": True} if hashed else {})}
            _recorded(batch, "account", name, "changed", told, change.why)
        _one_administrator_stays(batch.connection)
        return _account(batch.connection, name)


def _one_administrator_stays(connection: Connection) -> None:
    if not any(Role.ADMINISTRATOR in a.roles and a.standing == "active" for a in _accounts(connection)):
        raise database.refusal(
            "roles", "last-administrator", "这样就没有管理员了", "no administrator would be left",
            Text(zh="先让另一账号担任管理员", en="make another account an administrator first"),
        )  # fmt: skip


def create_key(ledger: Ledger, change: Change, account: str, label: str) -> tuple[str, str]:
    """A new key's id and the key itself, which cannot be shown again."""
    with ledger.writing(entered_by=change.by, action="key", at=change.at) as batch:
        _account(batch.connection, account)
        return _new_key(batch, change, account, label)


def _new_key(batch: Writing, change: Change, account: str, label: str) -> tuple[str, str]:
    id, secret = secrets.token_hex(6), secrets.token_hex(32)
    values = {"id": id, "account": account, "hash": _digest(secret), "label": label, "created_at": moment(change.at)}
    batch.connection.execute(sa.insert(tables.keys).values(**values, revoked_at=""))
    _recorded(batch, "key", id, "created", {"account": account, "label": label}, change.why)
    return id, f"hege_{id}_{secret}"


def revoke_key(ledger: Ledger, change: Change, id: str) -> None:
    """From now on the key opens nothing."""
    k = tables.keys
    with ledger.writing(entered_by=change.by, action="key", at=change.at) as batch:
        row = batch.connection.execute(sa.select(k.c.account, k.c.revoked_at).where(k.c.id == id)).one_or_none()
        if row is None:
            raise database.refusal("key", "no-key-of-that-id", f"没有密钥“{id}”", f"there is no key “{id}”")
        if not row.revoked_at:
            batch.connection.execute(sa.update(k).where(k.c.id == id).values(revoked_at=moment(change.at)))
            _recorded(batch, "key", id, "revoked", {"account": row.account}, change.why)


def _recorded(batch: Writing, subject: str, name: str, action: str, content: Mapping[str, object], why: str) -> None:
    values = {"subject": subject, "name": name, "action": action, "content": dumps(dict(content)), "why": why}
    batch.add([record(schema.administration, **values)])


def _open(values: Mapping[str, str]) -> dict[str, object]:
    return {n: v if n == "standing" else json.loads(v) for n, v in values.items()}


def _hashed(name: str, password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or name.lower() in password.lower():
        raise database.refusal(
            "password", "weak-password", f"口令应有{SHORTEST_PASSWORD}至{LONGEST_PASSWORD}个字符，且不含账号名",
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters and does not hold the account's name",
            Text(zh="用几个不相干的词连成一句", en="use a few words that have nothing to do with each other"),
        )  # fmt: skip
    with _hashing:
        return _hasher.hash(password)


# ---- looking at ----------------------------------------------------------------------------------------------------


def every(connection: Connection) -> list[Account]:
    """All accounts by name."""
    return sorted(_accounts(connection), key=lambda a: a.name)


def keys_of(connection: Connection, account: str) -> list[dict[str, object]]:
    """The keys of an account, without what opens."""
    _account(connection, account)
    k = tables.keys.c
    query = (
        sa.select(k.id, k.label, k.created_at, k.revoked_at).where(k.account == account).order_by(k.created_at, k.id)
    )
    return [{**row, "revoked_at": row["revoked_at"] or None} for row in connection.execute(query).mappings()]


def _accounts(connection: Connection) -> list[Account]:
    return [_of(row) for row in connection.execute(sa.select(tables.accounts)).mappings()]


def _account(connection: Connection, name: str) -> Account:
    row = _row(connection, name)
    if row is None:
        raise database.refusal("account", "no-account", f"没有账号“{name}”", f"there is no account “{name}”")
    return _of(row)


def _row(connection: Connection, name: str) -> Mapping[str, Any] | None:
    a = tables.accounts
    found = connection.execute(sa.select(a).where(a.c.name == name)).mappings().one_or_none()
    return dict(found) if found else None


def _of(row: Mapping[str, Any] | sa.RowMapping) -> Account:
    registers = json.loads(row["registers"])
    return Account(
        name=row["name"], roles=frozenset(Role(r) for r in json.loads(row["roles"])),
        registers=None if registers is None else frozenset(registers), standing=row["standing"],
        created_at=row["created_at"], has_password=bool(row["password"]), locked_until=row["locked_until"],
    )  # fmt: skip


# ---- who is it -----------------------------------------------------------------------------------------------------


def by_key(ledger: Ledger, token: str) -> Visitor | None:
    """Whose key it is; None for none that opens."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    k, a = tables.keys, tables.accounts
    query = sa.select(a, k.c.hash.label("key_hash")).join(k, k.c.account == a.c.name)
    with ledger.reading() as connection:
        row = connection.execute(query.where(k.c.id == found[1], k.c.revoked_at == "")).mappings().one_or_none()
    if row is None or not hmac.compare_digest(row["key_hash"], _digest(found[2])):
        return None
    return _visitor(_of(row), key=found[1])


def by_session(ledger: Ledger, token: str, at: datetime) -> Visitor | None:
    """Whose session it is; None when it has ended."""
    s, a = tables.sessions, tables.accounts
    query = sa.select(a).join(s, s.c.account == a.c.name)
    with ledger.reading() as connection:
        row = (
            connection.execute(query.where(s.c.hash == _digest(token), s.c.expires_at > moment(at)))
            .mappings()
            .one_or_none()
        )
    return _visitor(_of(row), session=token) if row else None


def _visitor(account: Account, *, key: str = "", session: str = "") -> Visitor | None:
    if account.standing != "active":
        return None
    return Visitor(name=account.name, roles=account.roles, registers=account.registers, key=key, session=session)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lockout:
    """After how many wrong passwords in a row an account is locked, and for how long."""

    failures: int
    minutes: int


def login(ledger: Ledger, name: str, password: str, at: datetime, lockout: Lockout) -> Visitor | None:
    """Whose password it is; None when it is wrong or the account is closed or locked, which is not told apart."""
    a = tables.accounts
    with ledger.reading() as connection:
        row = _row(connection, name)
    right = _is_right(row["password"] if row and row["password"] else _NOBODY, password[: LONGEST_PASSWORD + 1])
    if row is None or row["locked_until"] > moment(at):
        return None
    if right and row["password"]:
        if row["failures"]:
            _alter_quietly(ledger, sa.update(a).where(a.c.name == name).values(failures=0, locked_until=""))
        return _visitor(_of(row))
    until = sa.case((a.c.failures + 1 >= lockout.failures, moment(at + timedelta(minutes=lockout.minutes))), else_="")
    again = sa.case((a.c.failures + 1 >= lockout.failures, 0), else_=a.c.failures + 1)
    _alter_quietly(ledger, sa.update(a).where(a.c.name == name).values(failures=again, locked_until=until))
    return None


def _is_right(hashed: str, password: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


def begin_session(ledger: Ledger, visitor: Visitor, at: datetime, hours: int) -> str:
    """A new session's token; ended ones are forgotten."""
    s, token = tables.sessions, secrets.token_urlsafe(32)
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(sa.delete(s).where(s.c.expires_at <= moment(at)))
        values = {"created_at": moment(at), "expires_at": moment(at + timedelta(hours=hours))}
        connection.execute(sa.insert(s).values(hash=_digest(token), account=visitor.name, **values))
    return token


def end_session(ledger: Ledger, token: str) -> None:
    """The token opens nothing any more."""
    _alter_quietly(ledger, sa.delete(tables.sessions).where(tables.sessions.c.hash == _digest(token)))


def csrf_of(session: str) -> str:
    """The word that a form of a session must give back; nobody has it who has not the session."""
    return hmac.new(session.encode(), b"csrf", hashlib.sha256).hexdigest()


def _alter_quietly(ledger: Ledger, statement: sa.Update | sa.Delete) -> None:
    """What is no decision of anybody is not recorded."""
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(statement)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
