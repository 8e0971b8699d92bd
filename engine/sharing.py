"""One object for all equal ones: words, dates and figures that a country's findings repeat are held in memory once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Sharing:
    """`sharing.one(value)` is the first value given that is equal to it and of the same types throughout."""

    def __init__(self) -> None:
        self._known: dict[object, Any] = {}

    def one(self, value: T) -> T:
        """The one object; a mapping given here must not be changed afterwards."""
        kept: T = self._known.setdefault(_told_apart(value), value)
        return kept

    def mapping(self, values: Mapping[str, T]) -> Mapping[str, T]:
        """A mapping and what is in it."""
        key = _told_apart(values)
        if key not in self._known:
            self._known[key] = {self.one(name): self.one(value) for name, value in values.items()}
        kept: Mapping[str, T] = self._known[key]
        return kept


def _told_apart(value: object) -> object:
    """A key under which only what is the same in type and value is equal: 1 is not True, and the order of names counts."""
    if isinstance(value, Mapping):
        return dict, tuple((name, _told_apart(v)) for name, v in value.items())
    return type(value), value
