"""Two parts of a rulebook side by side: where they differ, leaf by leaf, and whether the new one is stricter.

Works on any dataclass tree, so that new kinds of checks are compared without being named here. Saying the differences
in sentences is `difference`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hege.engine.rulebook import model
from hege.engine.rulebook.canonical import canonical
from hege.engine.rulebook.direction import moved, signs
from hege.engine.rulebook.model import Direction, Param, Relation
from hege.engine.rulebook.tree import field_names

_MARK = Param("?")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A place at which two trees differ: the owner's class and field, a path to it, and what stands there in each."""

    owner: type | None
    field: str
    path: str
    old: object
    new: object


def leaves(old: object, new: object, path: str = "", owner: type | None = None, field: str = "") -> Iterator[Leaf]:
    """Every place at which two trees differ, as far down as they have the same shape."""
    if canonical(old) == canonical(new):
        return
    if type(old) is type(new) and field_names(type(old)):  # type: ignore[arg-type]
        for f in dataclasses.fields(old):  # type: ignore[arg-type]
            if f.compare:
                inner = f"{path}.{f.name}" if path else f.name
                yield from leaves(getattr(old, f.name), getattr(new, f.name), inner, type(old), f.name)
    elif isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True), 1):
            yield from leaves(one, other, f"{path}[{number}]", owner, field)
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and set(old) == set(new):
        for key in old:
            yield from leaves(old[key], new[key], f"{path}.{key}", owner, field)
    else:
        yield Leaf(owner, field, path, old, new)


# ---- stricter or laxer ---------------------------------------------------------------------------------------------


def stricter(old: model.Check | None, new: model.Check | None) -> Direction | None:
    """What replacing one condition of failure by another does; None where that cannot be proven."""
    if old is None or new is None:
        return None
    found = {_step(part, other, sign) for part, other, sign in _apart(old, new, 1)}
    if not found:
        return Direction.SAME
    if len(found) != 1:
        return None
    return {1: Direction.TIGHTEN, -1: Direction.LOOSEN, 0: Direction.SAME}.get(found.pop() or 2)


def _apart(old: object, new: object, sign: int) -> Iterator[tuple[object, object, int]]:
    """The smallest differing parts of two conditions, each with its sign: 1 where its holding counts against the asset."""
    if canonical(old) == canonical(new):
        return
    match old, new:
        case (model.Not(one), model.Not(other)):
            yield from _apart(one, other, -sign)
        case (model.Any(one), model.Any(other)) | (model.All(one), model.All(other)) if len(one) == len(other):
            for part, instead in zip(one, other, strict=True):
                yield from _apart(part, instead, sign)
        case _:
            yield old, new, sign


def _step(old: object, new: object, sign: int) -> int | None:
    """1 where the new part holds whenever the old one does (times the sign), -1 the other way round, None if unproven."""
    match old, new:
        case (model.Any(one), model.Any(other)):
            return _grown(one, other, sign)
        case (model.All(one), model.All(other)):
            return _grown(one, other, -sign)
        case (_, model.Any(other)) if old in other:
            return sign
        case (model.Any(one), _) if new in one:
            return -sign
        case (_, model.All(other)) if old in other:
            return -sign
        case (model.All(one), _) if new in one:
            return sign
    found = {_moved_leaf(old, new, leaf, sign) for leaf in leaves(old, new)}
    return found.pop() if len(found) == 1 else None


def _grown(one: tuple[object, ...], other: tuple[object, ...], sign: int) -> int | None:
    """A list of alternatives that another one continues or cuts."""
    before, after = [str(canonical(p)) for p in one], [str(canonical(p)) for p in other]
    if set(before) < set(after):
        return sign
    return -sign if set(after) < set(before) else None


def _moved_leaf(old: object, new: object, leaf: Leaf, sign: int) -> int | None:
    if isinstance(leaf.old, Relation) and isinstance(leaf.new, Relation):
        return _moved_bound(old, leaf, sign)
    way = moved(leaf.old, leaf.new)
    ways = set(signs(_marked(old, leaf.path), _MARK.name, sign))
    if way is None or len(ways) != 1:
        return None
    return way * ways.pop()


# at_least N is reached where more_than N is not yet; at_most N still holds where less_than N does not.
_HARDER = {
    (Relation.AT_LEAST, Relation.MORE_THAN): 1,
    (Relation.MORE_THAN, Relation.AT_LEAST): -1,
    (Relation.AT_MOST, Relation.LESS_THAN): -1,
    (Relation.LESS_THAN, Relation.AT_MOST): 1,
}


def _moved_bound(old: object, leaf: Leaf, sign: int) -> int | None:
    """A bound word is changed as if its number were: more_than 5 is at_least 6."""
    assert isinstance(leaf.old, Relation) and isinstance(leaf.new, Relation)
    way = _HARDER.get((leaf.old, leaf.new))
    stem = leaf.path.rpartition(".")[0]
    slots = [f for f in ("number", "share", "duration", "value") if _at(old, f"{stem}.{f}".lstrip(".")) is not None]
    ways = {s for slot in slots for s in signs(_marked(old, f"{stem}.{slot}".lstrip(".")), _MARK.name, sign)}
    return way * ways.pop() if way is not None and len(ways) == 1 else None


def _marked(item: object, path: str) -> object:
    """The tree with the mark of a parameter at a path."""
    if not path:
        return _MARK
    head, rest = _split(path)
    if isinstance(head, int):
        assert isinstance(item, tuple)
        return (*item[: head - 1], _marked(item[head - 1], rest), *item[head:])
    return replace(item, **{head: _marked(getattr(item, head), rest)})  # type: ignore[type-var]


def _at(item: object, path: str) -> object:
    while path:
        head, path = _split(path)
        if isinstance(head, int):
            assert isinstance(item, tuple)
            item = item[head - 1]
        else:
            item = getattr(item, head, None)
    return item


def _split(path: str) -> tuple[str | int, str]:
    """The first step of a path (a field, or a number counted from 1) and the rest."""
    if path.startswith("["):
        number, _, rest = path[1:].partition("]")
        return int(number), rest.removeprefix(".")
    end = min((n for n in (path.find("."), path.find("[")) if n >= 0), default=len(path))
    return path[:end], path[end:].removeprefix(".")
