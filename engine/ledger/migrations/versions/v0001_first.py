"""The first version of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hege.engine.ledger.database import guard

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(*names: str) -> list[sa.Column[str]]:
    """Columns of text."""
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def table(name: str, *columns: sa.Column[str] | sa.Column[int] | sa.Column[bytes]) -> None:
    """A table that only grows."""
    op.create_table(name, *columns)
    for statement in guard(name, op.get_context().dialect.name):
        op.execute(sa.text(statement))


def record(name: str, *columns: sa.Column[str] | sa.Column[int] | sa.Column[bytes]) -> None:
    """A table of records."""
    table(
        name,
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("batch", NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        *columns,
    )


def upgrade() -> None:
    """Makes every table with its guard."""
    table(
        "batches",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("first_seq", NUMBER, nullable=False),
        sa.Column("records", NUMBER, nullable=False),
        *text("recorded_at", "entered_by", "action", "note"),
        sa.Column("records_root", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
    )
    table(
        "checkpoints",
        sa.Column("size", NUMBER, primary_key=True, autoincrement=False),
        *text("note"),
    )
    record(
        "facts",
        *text("register", "kind", "asset", "part", "observed_at", "state", "reason", "fields", "nones", "source"),
        sa.Column("fact", sa.LargeBinary(), nullable=False),
        *text("supersedes", "why"),
    )
    record(
        "assets",
        *text("register", "id", "kind", "name", "platform", "owner", "district", "category", "parent", "url"),
        sa.Column("synthetic", sa.Integer(), nullable=False),
        *text("standing"),
    )
    record(
        "captures",
        *text("register", "asset", "url", "taken_at", "media_type", "body", "place"),
        sa.Column("length", NUMBER, nullable=False),
    )
    record(
        "removals",
        *text("body", "ordered_by", "reason"),
    )
    record(
        "texts",
        *text("sha256", "text"),
    )
    record(
        "rulebooks",
        *text("rulebook", "asked", "packs", "files", "vocabulary", "calendar", "engine"),
    )
    record(
        "publications",
        *text("rulebook", "published_by", "why", "tests", "impact", "forced"),
    )
    record(
        "inspections",
        *text("inspection", "register", "head", "assets", "rulebook"),
        sa.Column("known_at", NUMBER, nullable=False),
        *text("engine", "result"),
    )
    record(
        "verdicts",
        *text("inspection"),
        sa.Column("part", sa.Integer(), nullable=False),
        *text("asset", "verdict", "problem", "remark", "steps", "content"),
    )
    record(
        "findings",
        *text("inspection"),
        sa.Column("part", sa.Integer(), nullable=False),
        *text("asset", "indicator", "outcome", "would_be", "text", "content"),
    )
    record(
        "waivers",
        *text("register", "waiver", "asset", "indicator", "start", "until", "reason", "approved_by"),
    )
    record(
        "reviews",
        *text("inspection", "asset", "decision", "reviewer", "reason", "attachment", "attachment_name"),
    )
    record(
        "notices",
        *text("inspection", "title", "published_on", "name", "body"),
    )
    record(
        "keys",
        *text("key", "reason", "endorsement"),
    )
    op.create_index("facts_by_asset", "facts", ["register", "kind", "asset", "part", "observed_at"])
