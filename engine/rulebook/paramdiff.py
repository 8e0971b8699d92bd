"""Parameters that changed between two versions of an indicator: each under what it is used for, and which way it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hege.engine.rulebook import model
from hege.engine.rulebook.canonical import canonical
from hege.engine.rulebook.changes import Difference, change
from hege.engine.rulebook.model import Direction, Version
from hege.engine.rulebook.provenance import place_of
from hege.engine.rulebook.treediff import leaves, stricter
from hege.engine.rulebook.values import shown, written
from hege.engine.text import Text


def changed_params(old: Version, new: Version) -> Iterator[Difference]:
    """Each parameter that came, went or has another value."""
    for name in dict.fromkeys((*old.params, *new.params)):
        place = place_of(new, f"params.{name}")
        if name not in new.params or name not in old.params:
            gone = name not in new.params
            value = written((old if gone else new).params[name])
            how = Text(zh="删去" if gone else "新增", en="removed" if gone else "added")
            yield Difference(
                what=f"params.{name}", place=place, old=value if gone else "", new="" if gone else value,
                told=Text(zh=f"{how.zh}参数{name}（{value}）", en=f"parameter {name} ({value}) {how.en}"),
            )  # fmt: skip
        elif canonical(old.params[name]) != canonical(new.params[name]):
            one, other = old.params[name], new.params[name]
            label = _label(name, one, other, old, new)
            alone = [n for n in old.params if canonical(old.params[n]) != canonical(new.params.get(n))] == [name]
            way = stricter(old.fail_when, new.fail_when) if alone else _alone(name, old, new)
            values = [Text(zh=shown(v), en=written(v)) for v in (one, other)]
            said = change(f"params.{name}", label, values[0], values[1], way, text=isinstance(one, str))
            yield replace(said, old=written(one), new=written(other), place=place)


def _alone(name: str, old: Version, new: Version) -> Direction | None:
    """Which way one of several changed parameters goes: read off the places that hold just its two values."""
    if old.fail_when is None or new.fail_when is None:
        return None
    pair = (canonical(old.params[name]), canonical(new.params[name]))
    ways = {
        way
        for one, other in _parts_with(old.fail_when, new.fail_when, pair)
        if (way := stricter(one, other)) is not Direction.SAME
    }
    return ways.pop() if len(ways) == 1 else None


def _parts_with(
    old: model.Check, new: model.Check, pair: tuple[object, object]
) -> Iterator[tuple[model.Check, model.Check]]:
    """The alternatives in which the only differences are those of one pair of values."""
    if isinstance(old, model.Any | model.All) and type(old) is type(new) and len(old.of) == len(new.of):
        for one, other in zip(old.of, new.of, strict=True):
            yield from _parts_with(one, other, pair)
        return
    found = [(canonical(leaf.old), canonical(leaf.new)) for leaf in leaves(old, new)]
    if found and all(p == pair for p in found):
        yield old, new


def only_params(one: object, other: object, old: Version, new: Version) -> bool:
    """Whether two conditions differ in nothing but values of parameters that are told as such."""
    pairs = [
        (canonical(value), canonical(new.params[name])) for name, value in old.params.items() if name in new.params
    ]
    return all((canonical(leaf.old), canonical(leaf.new)) in pairs for leaf in leaves(one, other))


def _label(name: str, one: object, other: object, old: Version, new: Version) -> Text:
    """What a parameter is, by the place it is used at: 时间窗口（window）."""
    used = [
        _SLOTS.get((leaf.owner, leaf.field))
        for part in ("fail_when", "applies_when")
        for leaf in leaves(getattr(old, part), getattr(new, part))
        if (canonical(leaf.old), canonical(leaf.new)) == (canonical(one), canonical(other))
    ]
    slot = next((s for s in used if s), None)
    return (
        Text(zh=f"{slot.zh}（{name}）", en=f"{slot.en} ({name})")
        if slot
        else Text(zh=f"参数{name}", en=f"parameter {name}")
    )


_SLOTS: dict[tuple[type | None, str], Text] = {
    (model.NotUpdated, "within"): Text(zh="时间窗口", en="window"),
    (model.Selection, "within"): Text(zh="时间窗口", en="window"),
    (model.Elapsed, "duration"): Text(zh="时限", en="time limit"),
    (model.Count, "number"): Text(zh="个数界限", en="number"),
    (model.Ratio, "share"): Text(zh="占比界限", en="share"),
    (model.Enough, "per_day"): Text(zh="每天次数", en="number a day"),
    (model.Enough, "days"): Text(zh="天数", en="number of days"),
    (model.Periods, "number"): Text(zh="周期个数", en="number of periods"),
    (model.Periods, "in_a_row"): Text(zh="连续周期数", en="periods in a row"),
    (model.Compare, "value"): Text(zh="比较值", en="value compared with"),
    (model.Switch, "value"): Text(zh="开关", en="switch"),
}
