"""A table for changes of accounts, keys and proposals of the service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hege.engine.ledger.database import guard

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes it with its guard."""
    op.create_table(
        "administration",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("batch", NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        *[sa.Column(name, TEXT, nullable=False) for name in ("subject", "name", "action", "content", "why")],
    )
    for statement in guard("administration", op.get_context().dialect.name):
        op.execute(sa.text(statement))
