"""What the tests of the ledger share: a place for a ledger on either database, made and filled in one line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from hege.collectors.casefolder import read_case
from hege.engine.case import Case, PlannedBatch
from hege.engine.dates import SHANGHAI
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.ledger.importing import Imported, import_facts
from hege.engine.ledger.inspections import Recorded, inspect_recorded
from hege.engine.ledger.making import make
from hege.engine.ledger.notes import Signer
from hege.engine.ledger.store import Ledger
from hege.engine.rulebook.model import AssetKind
from hege.engine.rulebook.sources import Sources, sources_of
from hege.engine.vocabulary import load_vocabulary

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(p.parent.name for p in EXAMPLES.glob("*/case.yaml"))
AT = datetime(2026, 1, 1, 9, tzinfo=SHANGHAI)
SIGNER = Signer("hege/test", b"a key for the tests, not for use")


def new_ledger(place: str) -> Ledger:
    """A ledger with its key and nothing else."""
    return make(place, SIGNER, entered_by="张三", at=AT)


@cache
def example(name: str) -> Case:
    """An example, read once."""
    return read_case(EXAMPLES / name, load_vocabulary())


@cache
def rules_of(name: str) -> Sources:
    """The texts of an example's rules."""
    return sources_of(example(name).rules)


def take_in(ledger: Ledger, name: str, minutes: int = 0) -> Imported:
    """Imports an example."""
    case = example(name)
    at = AT + timedelta(minutes=minutes)
    return import_facts(ledger, case.jurisdiction, case.facts, load_vocabulary(), entered_by="张三", at=at)


def look_at(ledger: Ledger, name: str, minutes: int = 0) -> Recorded:
    """Inspects an example on what the ledger knows."""
    case = example(name)
    return inspect_recorded(
        ledger, case, case.jurisdiction, case.facts.assets["id"], rules_of(name),
        entered_by="张三", at=AT + timedelta(minutes=minutes),
    )  # fmt: skip


def feeds(newest: dict[str, date | str], observed: date = date(2024, 2, 23), source: str = "feed.csv:2") -> Facts:
    """Accounts with the newest item of each."""
    vocabulary = load_vocabulary()
    rows = [{"asset": a, "observed_at": observed, "newest": n, "source": source} for a, n in newest.items()]
    assets = asset_table({"id": a, "kind": "account", "name": f"账号{a}"} for a in newest)
    return facts(assets, {"feed": table(vocabulary.kinds["feed"], rows)}, vocabulary)


def give(ledger: Ledger, given: Facts, minutes: int = 0, correct: str = "", register: str = "某市") -> Imported:
    """Records facts of a made-up register."""
    at = AT + timedelta(minutes=minutes)
    return import_facts(ledger, register, given, load_vocabulary(), entered_by="李四", at=at, correct=correct)


PLAN = Case(
    title="某市检查", jurisdiction="某市", issuer="", rules=("cn/2019-19",), facts=feeds({}),
    batches=(PlannedBatch(name="", kind=AssetKind.ACCOUNT, as_of=date(2024, 2, 23)),),
)  # fmt: skip
"""The accounts of a made-up register on one day."""
