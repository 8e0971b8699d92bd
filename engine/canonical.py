"""One form of any of hege's values as JSON text: keys sorted, no blanks, types told apart, nothing of the machine in it.

What JSON has no type for keeps the name of its own, so that the percentage 5% and a word `1/20` stay apart. What counts
as content is the caller's choice (`without`).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from json.encoder import encode_basestring as _quoted

from hege.engine.dates import SHANGHAI, Duration

NOTHING: frozenset[str] = frozenset()
dumps = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(item: object, without: frozenset[str] = NOTHING) -> object:
    """JSON data of a value; fields of dataclasses that `without` names are left out."""
    if item is None or isinstance(item, str | int | float):
        return item
    if isinstance(item, Enum):
        return item.value
    if isinstance(item, tuple):
        return [canonical(i, without) for i in item]
    if isinstance(item, Mapping):
        return {str(k): canonical(v, without) for k, v in sorted(item.items())}
    if isinstance(item, datetime):
        return {"moment": moment(item)}
    if isinstance(item, date):
        return {"day": item.isoformat()}
    if isinstance(item, Duration):
        return {"duration": str(item)}
    if isinstance(item, Decimal):
        exact = Fraction(item)  # 5.0 and 5.00 are one number; no context rounds it
        return {"decimal": f"{exact.numerator}/{exact.denominator}"}
    if isinstance(item, Fraction):
        return {"share": f"{item.numerator}/{item.denominator}"}
    assert dataclasses.is_dataclass(item) and not isinstance(item, type), item
    name, fields = _content(type(item), without)
    return {"": name} | {f: canonical(getattr(item, f), without) for f in fields}


@functools.cache
def _content(kind: type, without: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    return kind.__name__, tuple(f.name for f in dataclasses.fields(kind) if f.name not in without)


def moment(at: datetime) -> str:
    """A moment as text, in the time of Shanghai."""
    return at.astimezone(SHANGHAI).isoformat()


def canonical_text(item: object, without: frozenset[str] = NOTHING) -> str:
    """The canonical JSON of a value: what `dumps` makes of `canonical`, written at once, because results are large."""
    if type(item) is str:
        return _quoted(item)
    if item is None:
        return "null"
    if isinstance(item, tuple):
        return f"[{','.join([canonical_text(i, without) for i in item])}]"
    if isinstance(item, Mapping):
        pairs = [f"{_quoted(str(k))}:{canonical_text(v, without)}" for k, v in sorted(item.items())]
        return f"{{{','.join(pairs)}}}"
    kind: type = type(item)
    fields = _written(kind, without)
    if fields is None:
        return dumps(canonical(item, without))
    return "".join([f"{before}{canonical_text(getattr(item, f), without)}" for before, f in fields]) + "}"


@functools.cache
def _written(kind: type, without: frozenset[str]) -> tuple[tuple[str, str], ...] | None:
    """The fields of a dataclass in the order of their names, each with what stands before it; None for other values."""
    if not dataclasses.is_dataclass(kind) or issubclass(kind, Duration | Enum | date | Decimal | Fraction):
        return None
    name, fields = _content(kind, without)
    ordered = sorted(fields)
    if not ordered:
        return None
    first = f'{{"":{_quoted(name)},'
    return tuple((f"{first if n == 0 else ','}{_quoted(f)}:", f) for n, f in enumerate(ordered))


def digest(item: object, without: frozenset[str] = NOTHING) -> str:
    """SHA-256 (hex) of the canonical JSON in UTF-8."""
    return hashlib.sha256(canonical_text(item, without).encode()).hexdigest()
