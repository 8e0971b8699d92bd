"""The plan of an inspection as text and back: everything a case says but its facts, its rules and its assets.

Works from the types of the dataclasses, so that a field added to a plan is stored without a word here; one that is
missing from an older text takes its default.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from hege.engine.canonical import dumps
from hege.engine.case import Case
from hege.engine.errors import HegeError
from hege.engine.facts import Facts

_ELSEWHERE = ("facts", "rules")


def written(case: Case) -> str:
    """The plan of a case as JSON."""
    names = [f.name for f in dataclasses.fields(case) if f.name not in _ELSEWHERE]
    return dumps({n: _plain(getattr(case, n)) for n in names})


def read(text: str, facts: Facts, rules: tuple[str, ...]) -> Case:
    """The case of a stored plan on given facts."""
    hints = typing.get_type_hints(Case)
    data = json.loads(text)
    if newer := sorted(set(data) - set(hints)):
        raise HegeError(
            f"检查方案由更新版本的hege记录（{newer[0]}），请升级 / the plan was recorded by a newer hege; upgrade"
        )
    return Case(facts=facts, rules=rules, **{n: _typed(hints[n], v) for n, v in data.items()})


def _plain(item: Any) -> Any:
    if item is None or isinstance(item, str | int | float):
        return item
    if isinstance(item, Enum):
        return item.value
    if isinstance(item, date):
        return item.isoformat()
    if isinstance(item, Decimal):
        return str(item)
    if isinstance(item, Mapping):
        return {str(k): _plain(v) for k, v in item.items()}
    if isinstance(item, tuple):
        return [_plain(i) for i in item]
    assert dataclasses.is_dataclass(item), item
    return {f.name: _plain(getattr(item, f.name)) for f in dataclasses.fields(item)}


def _typed(hint: Any, data: Any) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return None if data is None else _typed(next(h for h in inner if h is not type(None)), data)
    if origin is tuple:
        return tuple(_typed(inner[0], d) for d in data)
    if origin is not None and issubclass(origin, Mapping):
        return {_typed(inner[0], k): _typed(inner[1], v) for k, v in data.items()}
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        hints = typing.get_type_hints(hint)
        return hint(**{n: _typed(hints[n], v) for n, v in data.items()})
    if issubclass(hint, Enum | Decimal):
        return hint(data)
    return hint.fromisoformat(data) if issubclass(hint, date | datetime) else data
