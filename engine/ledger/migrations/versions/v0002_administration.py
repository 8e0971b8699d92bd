"""A table for changes of accounts, keys and proposals of the service; what finds an asset and its verdicts quickly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hege.engine.ledger.database import guard

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes them, the table with its guard."""
    op.create_table(
        "administration",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("batch", NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        *[sa.Column(name, TEXT, nullable=False) for name in ("subject", "name", "action", "content", "why")],
    )
    op.create_index("assets_by_id", "assets", ["register", "id", "seq"])
    op.create_index("verdicts_by_asset", "verdicts", ["asset", "seq"])
    for statement in guard("administration", op.get_context().dialect.name):
        op.execute(sa.text(statement))
