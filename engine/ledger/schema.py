"""The tables of a ledger. How they come into being is `migrations`; what a row commits to is `records`.

Every record has a running number over all tables (`seq`), the batch it came with, and the digest that the batch's tree
holds. A batch is one committed transaction and one leaf of the ledger's tree; batches count from 0.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

VERSION = "0002"
"""The migration that brings a ledger to these tables."""

metadata = MetaData()

# Text compares byte by byte in both databases.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, TEXT, nullable=False) for name in names]


batches = Table(
    "batches",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("first_seq", NUMBER, nullable=False),
    Column("records", NUMBER, nullable=False),
    *_text("recorded_at", "entered_by", "action", "note"),
    Column("records_root", LargeBinary, nullable=False),  # root over the digests of the records, in order of seq
    Column("leaf", LargeBinary, nullable=False),  # the hash of this row's header, which holds records_root
    Column("root", LargeBinary, nullable=False),  # root over the leaves of all batches up to this one
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", NUMBER, primary_key=True, autoincrement=False),
    *_text("note"),
)


def _records(name: str, *columns: Column[str] | Column[int] | Column[bytes]) -> Table:
    return Table(
        name,
        metadata,
        Column("seq", NUMBER, primary_key=True, autoincrement=False),
        Column("batch", NUMBER, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        *columns,
    )


facts = _records(
    "facts",
    *_text("register", "kind", "asset", "part", "observed_at", "state", "reason", "fields", "nones", "source"),
    Column("fact", LargeBinary, nullable=False),  # SHA-256 of the canonical text of the fact
    *_text("supersedes", "why"),  # hex of the fact it corrects, and the reason
)
Index("facts_by_asset", facts.c.register, facts.c.kind, facts.c.asset, facts.c.part, facts.c.observed_at)

assets = _records(
    "assets",
    *_text("register", "id", "kind", "name", "platform", "owner", "district", "category", "parent", "url"),
    Column("synthetic", Integer, nullable=False),
    *_text("standing"),  # listed | left
)
Index("assets_by_id", assets.c.register, assets.c.id, assets.c.seq)

captures = _records(
    "captures",
    *_text("register", "asset", "url", "taken_at", "media_type", "body", "place"),  # body: SHA-256 of the bytes, hex
    Column("length", NUMBER, nullable=False),
)
removals = _records("removals", *_text("body", "ordered_by", "reason"))  # the bytes are gone, the record stays

texts = _records("texts", *_text("sha256", "text"))
rulebooks = _records("rulebooks", *_text("rulebook", "asked", "packs", "files", "vocabulary", "calendar", "engine"))
publications = _records("publications", *_text("rulebook", "published_by", "why", "tests", "impact", "forced"))

inspections = _records(
    "inspections",
    *_text("inspection", "register", "head", "assets", "rulebook"),
    Column("known_at", NUMBER, nullable=False),
    *_text("engine", "result"),  # result: SHA-256 of the canonical text of what came of it, hex
)
verdicts = _records(
    "verdicts",
    *_text("inspection"),
    Column("part", Integer, nullable=False),  # which batch of the inspection
    *_text("asset", "verdict", "problem", "remark", "steps", "content"),
)
Index("verdicts_by_asset", verdicts.c.asset, verdicts.c.seq)
findings = _records(
    "findings",
    *_text("inspection"),
    Column("part", Integer, nullable=False),
    *_text("asset", "indicator", "outcome", "would_be", "text", "content"),
)

waivers = _records(
    "waivers", *_text("register", "waiver", "asset", "indicator", "start", "until", "reason", "approved_by")
)
reviews = _records(
    "reviews",
    *_text("inspection", "asset", "decision", "reviewer", "reason", "attachment", "attachment_name"),
)
notices = _records("notices", *_text("inspection", "title", "published_on", "name", "body"))
keys = _records("keys", *_text("key", "reason", "endorsement"))  # endorsement: by the key before it, base64
administration = _records(
    "administration",
    *_text(
        "subject", "name", "action", "content", "why"
    ),  # subject: account | key | proposal | schedule | slot; who is the batch's
)

RECORDS: tuple[Table, ...] = (
    facts, assets, captures, removals, texts, rulebooks, publications, inspections, verdicts, findings, waivers,
    reviews, notices, keys, administration,
)  # fmt: skip
COMMON = ("seq", "batch", "digest")
NOT_COMMITTED = {"facts": frozenset({"kind", "asset", "part", "observed_at", "state", "reason", "fields", "nones"})}
"""Columns of a record that its digest does not hold itself, because another of its columns is their digest."""


def content(table: Table) -> tuple[str, ...]:
    """The columns of a record but its number, batch and digest."""
    return tuple(c.name for c in table.columns if c.name not in COMMON)
