"""The kinds of facts and their fields: type, unit, Chinese name, what absence and an empty cell mean.

The shipped vocabulary is rules/vocabulary.yaml; everything typed (import, tables, rule checking, docs) follows it.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from hege.engine.text import Text
from hege.engine.yamlnodes import MapNode, Reading, read_yaml

if TYPE_CHECKING:
    import polars as pl  # tables alone need it; reading rules must not wait for it

STATES = ("known", "unknown", "blocked", "error", "not_applicable")


class FieldType(Enum):
    """What a field holds."""

    TEXT = "text"
    WORD = "word"
    INTEGER = "integer"
    NUMBER = "number"
    TRUTH = "truth"
    DAY = "day"
    TIME = "time"
    LIST = "list"


class Keep(Enum):
    """Whether a later observation of the same asset and part replaces the earlier one."""

    LATEST = "latest"
    ALL = "all"


class Absence(Enum):
    """What no fact at all of a kind means."""

    UNKNOWN = "unknown"
    NONE = "none"


class Empty(Enum):
    """What a cell left empty means."""

    OPEN = "open"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field of a kind."""

    name: str
    zh: str
    type: FieldType
    words: tuple[str, ...] = ()
    unit: str = ""
    empty: Empty = Empty.OPEN

    def dtype(self) -> pl.DataType:
        """The column type of the field."""
        import polars as pl

        match self.type:
            case FieldType.WORD:
                return pl.Enum(self.words)
            case FieldType.INTEGER:
                return pl.Int64()
            case FieldType.NUMBER:
                return pl.Float64()
            case FieldType.TRUTH:
                return pl.Boolean()
            case FieldType.DAY:
                return pl.Date()
            case FieldType.TIME:
                return pl.Datetime("us", "Asia/Shanghai")
            case FieldType.LIST:
                return pl.List(pl.String)
            case FieldType.TEXT:
                return pl.String()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of fact. `part` says what a part is; empty: one fact per asset. `about`: site, account or both."""

    name: str
    zh: str
    about: str
    keep: Keep
    absence: Absence
    part: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((f for f in self.fields if f.name == name), None)

    def bit(self, name: str) -> int:
        """Which bit of `nones` says that the field is known to be none."""
        return next(i for i, f in enumerate(self.fields) if f.name == name)

    def schema(self) -> dict[str, pl.DataType]:
        """The columns of a table of this kind, in order."""
        import polars as pl

        common: dict[str, pl.DataType] = {
            "asset": pl.String(),
            "part": pl.String(),
            "observed_at": pl.Datetime("us", "Asia/Shanghai"),
            "state": pl.Enum(STATES),
            "reason": pl.String(),
            "source": pl.String(),
            "nones": pl.UInt64(),
        }
        return common | {f.name: f.dtype() for f in self.fields}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All kinds by name."""

    kinds: Mapping[str, Kind]


@functools.cache
def load_vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    source = importlib.resources.files("hege") / "rules" / "vocabulary.yaml"
    return read_vocabulary(source.read_text(encoding="utf-8"), "vocabulary.yaml")


def read_vocabulary(text: str, file: str) -> Vocabulary:
    """A vocabulary from its YAML; raises InputError."""
    reading = Reading()
    top = reading.mapping(read_yaml(text, file), Text(zh="词汇表", en="vocabulary"), ["schema", "kinds"]) or {}
    kinds: dict[str, Kind] = {}
    node = top.get("kinds")
    for key, value in node.entries if isinstance(node, MapNode) else ():
        what = Text(zh=f"种类“{key.raw}”", en=f"kind {key.raw}")
        entry = reading.mapping(value, what, ["zh", "about", "keep", "absence", "part", "fields"]) or {}
        fields = entry.get("fields")
        kinds[key.raw] = Kind(
            name=key.raw,
            zh=reading.text(entry.get("zh"), what) or "",
            about=reading.text(entry.get("about"), what) or "both",
            keep=reading.word(entry.get("keep"), what, Keep) or Keep.ALL,
            absence=reading.word(entry.get("absence"), what, Absence) or Absence.UNKNOWN,
            part=reading.text(entry.get("part"), what) or "",
            fields=tuple(
                _field(reading, name.raw, body)
                for name, body in (fields.entries if isinstance(fields, MapNode) else ())
            ),
        )
    reading.done()
    return Vocabulary(kinds)


def _field(reading: Reading, name: str, node: object) -> Field:
    what = Text(zh=f"字段“{name}”", en=f"field {name}")
    entry = reading.mapping(node, what, ["type", "zh"], ["words", "unit", "empty"]) or {}  # type: ignore[arg-type]
    return Field(
        name=name,
        zh=reading.text(entry.get("zh"), what) or "",
        type=reading.word(entry.get("type"), what, FieldType) or FieldType.TEXT,
        words=tuple(reading.text(n, what) or "" for n in reading.items(entry.get("words"), what)),
        unit=reading.text(entry.get("unit"), what) or "",
        empty=reading.word(entry.get("empty"), what, Empty) or Empty.OPEN,
    )
