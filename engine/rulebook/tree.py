"""Walking what rules are made of: dataclasses in dataclasses and tuples.

Owns the walk only. Durations and the like are values, not trees; where in a file something stands is no part of it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator

from hege.engine.dates import Duration
from hege.engine.errors import Place


@functools.cache
def field_names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that is a tree; none of anything else."""
    if kind in (Duration, Place) or not dataclasses.is_dataclass(kind):
        return ()
    return tuple(f.name for f in dataclasses.fields(kind))


def parts(item: object) -> Iterator[object]:
    """What is directly in a tree."""
    if isinstance(item, tuple):
        yield from item
    else:
        for name in field_names(type(item)):  # type: ignore[arg-type]  # the type of an object is hashable
            yield getattr(item, name)


def inside(item: object) -> Iterator[object]:
    """A tree and everything in it, outermost first."""
    yield item
    for part in parts(item):
        yield from inside(part)
