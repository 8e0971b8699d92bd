"""One change between two rulebooks, and how it is said: 个数界限（limit）由5改为6，放宽. What changed is `difference`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from hege.engine.errors import Place
from hege.engine.rulebook import model
from hege.engine.rulebook.canonical import canonical
from hege.engine.rulebook.model import Direction
from hege.engine.rulebook.values import shown
from hege.engine.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One change: of which indicator (empty: of the rulebook), from which day until before which, and the sentence.

    `what` names the field, such as `params.window`; `place` is where the new text stands, or the old one if it is gone.
    """

    indicator: str = ""
    title: str = ""
    what: str
    start: date | None = None
    end: date | None = None
    old: str = ""
    new: str = ""
    direction: Direction | None = None
    told: Text
    place: Place | None = None


_WAYS = {
    Direction.TIGHTEN: Text(zh="，收紧", en=", tightened"),
    Direction.LOOSEN: Text(zh="，放宽", en=", loosened"),
}


def change(
    what: str, label: Text, old: Text | str, new: Text | str, way: Direction | None = None, *, text: bool = True
) -> Difference:
    """A value that became another one; `text` stands in quotation marks, a number or a word of the language does not."""
    one, other = (given if isinstance(given, Text) else Text(zh=given, en=given) for given in (old, new))
    aside = _WAYS[way] if way in _WAYS else Text(zh="", en="")
    before, after = (Text(zh=f"“{t.zh}”", en=f"“{t.en}”") if text else t for t in (one, other))
    if not one.zh:
        told = Text(zh=f"增加{label.zh}{after.zh}{aside.zh}", en=f"{label.en} {after.en} added{aside.en}")
    elif not other.zh:
        told = Text(zh=f"删去{label.zh}{before.zh}{aside.zh}", en=f"{label.en} {before.en} removed{aside.en}")
    else:
        told = Text(
            zh=f"{label.zh}由{before.zh}改为{after.zh}{aside.zh}",
            en=f"{label.en} changed from {before.en} to {after.en}{aside.en}",
        )
    return Difference(what=what, old=one.zh, new=other.zh, direction=way, told=told)


def valued(what: str, label: Text, old: object, new: object) -> Difference:
    """The change of a plain value."""
    text = isinstance(old, str) or isinstance(new, str)
    return change(what, label, _plain(old), _plain(new), text=text)


def _plain(value: object) -> str:
    """A value as a person writes it; what has no such form, as its canonical data."""
    if isinstance(value, Enum):
        return str(value.value)
    if value is None:
        return ""
    if isinstance(value, model.AppliesTo):
        return "，".join([value.kind.value, *(f"{name}为{'、'.join(words)}" for name, words in value.where)])
    if isinstance(value, tuple) and all(isinstance(v, str) for v in value):
        return "、".join(value)
    if isinstance(value, Mapping | tuple) or dataclasses.is_dataclass(value):
        return str(canonical(value)) if not hasattr(value, "zh") else shown(value)
    return shown(value)
