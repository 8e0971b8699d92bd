"""Making a ledger: its tables, its first key, its first batch; and bringing an older one up to date."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from hege.engine.ledger import database, schema
from hege.engine.ledger.notes import Signer
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger
from hege.engine.text import Text


def make(given: str, signer: Signer, *, entered_by: str, at: datetime) -> Ledger:
    """A new ledger whose first record is its public key; refused where one is already."""
    url = database.url_of(given)
    ledger = Ledger(database.connect(url, exists=False), database.shown(url))
    create_tables(ledger)
    with ledger.writing(entered_by=entered_by, action="init", at=at) as batch:
        batch.add([record(schema.keys, key=str(signer.verifier), reason="first key", endorsement="")])
    return ledger


def create_tables(ledger: Ledger) -> None:
    """The tables of an empty ledger; refused where there are any."""
    from hege.engine.ledger.migrations import upgrade

    with ledger.reading() as connection:
        _only_where_nothing_is(connection, ledger.where)
    with database.writing(ledger.engine, ledger.where) as connection:
        _only_where_nothing_is(connection, ledger.where)
        upgrade(connection, schema.VERSION)


def _only_where_nothing_is(connection: sa.Connection, where: str) -> None:
    if sa.inspect(connection).get_table_names():
        raise database.refusal(
            where, "ledger-exists", "这里已有台账或别的数据", "there is a ledger or other data here already",
            Text(zh="换一个位置", en="choose another place"),
        )  # fmt: skip


def bring_up_to_date(given: str) -> tuple[str, str]:
    """Migrates an older ledger in place, in one transaction; gives its version before and after."""
    from hege.engine.ledger.migrations import upgrade

    url = database.url_of(given)
    engine, where = database.connect(url), database.shown(url)
    with database.reading(engine, where) as connection:
        before = version_of(connection)
    if before is None:
        raise database.refusal(where, "not-a-ledger", "这个数据库里没有台账", "this database holds no ledger")
    if before < schema.VERSION:
        with database.writing(engine, where) as connection:
            upgrade(connection, schema.VERSION)
    engine.dispose()
    Ledger.open(given).close()  # refuses a newer one
    return before, schema.VERSION


def version_of(connection: sa.Connection) -> str | None:
    """The version of a ledger's tables; None where there are none."""
    if "alembic_version" not in sa.inspect(connection).get_table_names():
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
