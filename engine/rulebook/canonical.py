"""The canonical form of rulebooks and packs: content only, so that a digest changes exactly when the rules do."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from hege.engine.dates import Duration
from hege.engine.errors import Place
from hege.engine.rulebook.model import Origin

_NOT_CONTENT = {"origins", "place", "places", "unread", "digest"}


def canonical(item: object) -> object:
    """JSON data of a rulebook part; places, origins and digests are left out.

    What JSON has no type for keeps the name of its own, so that the percentage 5% and a word `1/20` stay apart.
    """
    if item is None or isinstance(item, bool | int | str):
        return item
    if isinstance(item, Duration):
        return {"duration": str(item)}
    if isinstance(item, Decimal):
        exact = Fraction(item)  # 5.0 and 5.00 are one number; no context rounds it
        return {"decimal": f"{exact.numerator}/{exact.denominator}"}
    if isinstance(item, Fraction):
        return {"share": f"{item.numerator}/{item.denominator}"}
    if isinstance(item, Enum):
        return item.value
    if isinstance(item, date):
        return {"day": item.isoformat()}
    if isinstance(item, Mapping):
        return {str(k): canonical(v) for k, v in sorted(item.items())}
    if isinstance(item, tuple):
        return [canonical(i) for i in item]
    assert dataclasses.is_dataclass(item) and not isinstance(item, type | Place | Origin), item
    return {"": type(item).__name__} | {n: canonical(getattr(item, n)) for n in _content(type(item))}


@functools.cache
def _content(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind) if f.name not in _NOT_CONTENT)


def digest(item: object) -> str:
    """SHA-256 (hex) of the canonical JSON, UTF-8, keys sorted, no blanks."""
    text = json.dumps(canonical(item), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
