"""What the tests of the service share: two cities in one ledger, accounts of every role for both and for one, a client."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.planned import register_plan
from hege.engine.ledger.store import Ledger
from hege.engine.rulebook.sources import sources_of
from hege.engine.vocabulary import load_vocabulary
from hege.service.web import accounts
from hege.service.web.accounts import Change
from hege.service.web.app import build
from hege.service.web.config import Settings
from hege.service.web.rights import Role
from tests.ledgers import AT, give, new_ledger

DAY = date(2024, 2, 23)
OURS, THEIRS = "甲市", "乙市"
PASSWORD = "correct horse battery staple"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = AT

    def __call__(self) -> datetime:
        """The time."""
        return self.at

    def move(self, **by: int) -> None:
        """Time goes by."""
        self.at += timedelta(**by)


@dataclass
class City:
    """A service with its ledger, and keys by role and registers."""

    ledger: Ledger
    app: FastAPI
    settings: Settings
    clock: Clock
    keys: dict[str, str] = field(default_factory=dict)
    inspections: dict[str, str] = field(default_factory=dict)

    def key(self, *roles: Role, registers: frozenset[str] | None = None, name: str = "") -> dict[str, str]:
        """The header of an account of some roles, made when it is first asked for."""
        name = name or f"{'-'.join(r.value for r in roles)}.{'-'.join(sorted(registers)) if registers else 'all'}"
        if name not in self.keys:
            change = Change(by="test", why="for a test", at=AT)
            accounts.create(self.ledger, change, name, roles, registers)
            self.keys[name] = accounts.create_key(self.ledger, change, name, "test")[1]
        return {"authorization": f"Bearer {self.keys[name]}"}


def posts(register: str) -> Facts:
    """Three accounts of a city: one up to date, one stale, one nobody saw."""
    vocabulary = load_vocabulary()
    assets = asset_table({"id": id, "kind": "account", "name": f"{register}{id}"} for id in ("a1", "a2", "a3"))
    rows = [
        {
            "asset": "a1",
            "observed_at": DAY,
            "newest": date(2024, 2, 20 if register == OURS else 19),
            "source": "feed.csv:2",
        },
        {"asset": "a2", "observed_at": DAY, "newest": date(2024, 1, 2), "source": "feed.csv:3"},
    ]
    return facts(assets, {"feed": table(vocabulary.kinds["feed"], rows)}, vocabulary)


@cache
def _inspected() -> tuple[bytes, dict[str, str]]:
    """The bytes of a ledger with two registers that were inspected once, and the ids of the inspections; made once."""
    with tempfile.TemporaryDirectory() as place:
        ledger, inspected = new_ledger(f"{place}/city.db"), {}
        for register in (OURS, THEIRS):
            give(ledger, posts(register), register=register)
            plan, sources = register_plan(register, DAY), sources_of(["cn/2019-19"])
            done = inspect_recorded(ledger, plan, register, None, sources, entered_by="张三", at=AT)
            inspected[register] = done.stored.id
        ledger.close()
        return Path(place, "city.db").read_bytes(), inspected


def new_city(place: Path, **settings: object) -> City:
    """Two registers, each inspected once, in a ledger of their own; a service that is not running yet."""
    content, inspected = _inspected()
    file = place / "city.db"
    file.write_bytes(content)
    given: dict[str, object] = {"requests_per_minute": 1_000_000, "logins_per_minute": 1_000_000, **settings}
    made, clock, ledger = Settings(ledger=str(file), **given), Clock(), Ledger.open(str(file))  # type: ignore[arg-type]
    app = build(ledger, made, clock, processes=0, with_jobs=False)
    return City(ledger=ledger, app=app, settings=made, clock=clock, inspections=dict(inspected))


@contextmanager
def client(city: City, **headers: str) -> Iterator[TestClient]:
    """A client; faults of hege itself are answers, as they are outside."""
    with TestClient(city.app, headers=headers, raise_server_exceptions=False) as found:
        yield found
