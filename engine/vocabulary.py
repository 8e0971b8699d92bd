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
SEEN = ("known", "not_applicable")  # the others are looks that saw nothing


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
    """A field of a kind.

    `describes`: the field says which thing the fact is about, so that it holds also where nothing could be seen.
    `least`: the smallest number that can be.
    """

    name: str
    zh: str
    type: FieldType
    words: tuple[str, ...] = ()
    unit: str = ""
    empty: Empty = Empty.OPEN
    describes: bool = False
    least: int | None = None

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
    """A kind of fact. `part` says what a part is; empty: one fact per asset. `about`: site, account or both.

    `stands`: an entry of a register, which holds until it is changed, not an observation that grows old.
    """

    name: str
    zh: str
    about: str
    keep: Keep
    absence: Absence
    part: str
    fields: tuple[Field, ...]
    stands: bool = False

    @property
    def grows_old(self) -> bool:
        """Whether what was seen of it speaks for a time only: someone has to look again (conventions, `condition`)."""
        return self.keep is Keep.LATEST and self.absence is Absence.UNKNOWN and not self.stands

    @property
    def outlasts_failed_looks(self) -> bool:
        """Whether an observation stands on when a later look saw nothing. A list's completeness is said anew each time."""
        return self.keep is Keep.LATEST and self.name != "coverage"

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((f for f in self.fields if f.name == name), None)

    def bit(self, name: str) -> int:
        """Which bit of `nones` says that the field is known to be none."""
        return next(i for i, f in enumerate(self.fields) if f.name == name)

    def schema(self) -> Mapping[str, pl.DataType]:
        """The columns of a table of this kind, in order."""
        return _schema(self)

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        return (*_COMMON, *(f.name for f in self.fields))


_COMMON = ("asset", "part", "observed_at", "state", "reason", "source", "nones")


@functools.cache
def _schema(kind: Kind) -> Mapping[str, pl.DataType]:
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
    return common | {f.name: f.dtype() for f in kind.fields}


# The asset's own columns, looked at as if they were a fact: what is registered is known, an empty word is nothing.
ASSET = Kind(
    name="asset", zh="资产", about="both", keep=Keep.ALL, absence=Absence.UNKNOWN, part="",
    fields=tuple(
        Field(name=name, zh=zh, type=FieldType.TEXT)
        for name, zh in (("platform", "平台"), ("district", "辖区"), ("category", "类别"), ("owner", "主办单位"))
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All kinds by name."""

    kinds: Mapping[str, Kind]

    def kind(self, name: str) -> Kind | None:
        """The kind of that name; `asset` is the asset itself."""
        return ASSET if name == ASSET.name else self.kinds.get(name)


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
        entry = reading.mapping(value, what, ["zh", "about", "keep", "absence", "part", "fields"], ["stands"]) or {}
        fields = entry.get("fields")
        kinds[key.raw] = Kind(
            name=key.raw,
            zh=reading.text(entry.get("zh"), what) or "",
            about=reading.text(entry.get("about"), what) or "both",
            keep=reading.word(entry.get("keep"), what, Keep) or Keep.ALL,
            absence=reading.word(entry.get("absence"), what, Absence) or Absence.UNKNOWN,
            part=reading.text(entry.get("part"), what) or "",
            stands=reading.truth(entry.get("stands"), what) or False,
            fields=tuple(
                _field(reading, name.raw, body)
                for name, body in (fields.entries if isinstance(fields, MapNode) else ())
            ),
        )
    reading.done()
    return Vocabulary(kinds)


def _field(reading: Reading, name: str, node: object) -> Field:
    what = Text(zh=f"字段“{name}”", en=f"field {name}")
    entry = reading.mapping(node, what, ["type", "zh"], ["words", "unit", "empty", "describes", "least"]) or {}  # type: ignore[arg-type]
    return Field(
        name=name,
        zh=reading.text(entry.get("zh"), what) or "",
        type=reading.word(entry.get("type"), what, FieldType) or FieldType.TEXT,
        words=tuple(reading.text(n, what) or "" for n in reading.items(entry.get("words"), what)),
        unit=reading.text(entry.get("unit"), what) or "",
        empty=reading.word(entry.get("empty"), what, Empty) or Empty.OPEN,
        describes=reading.truth(entry.get("describes"), what) or False,
        least=reading.whole(entry.get("least"), what),
    )
