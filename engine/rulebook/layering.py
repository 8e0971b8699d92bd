"""Packs compiled to one flat rulebook: layers from the bottom up, parameters filled in, provenance kept per field."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar, cast

from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place, Severity
from hege.engine.rulebook import model
from hege.engine.rulebook.canonical import digest
from hege.engine.rulebook.model import Direction, Indicator, Origin, PackId, Param, Rulebook, Scalar, Version
from hege.engine.rulebook.reading import Change, Pack
from hege.engine.rulebook.values import Slot, require
from hege.engine.text import Text
from hege.engine.yamlnodes import Reading

T = TypeVar("T")
_NOWHERE = Place(file="")


def compile_rulebook(reading: Reading, levels: Sequence[Sequence[Pack]]) -> Rulebook | None:
    """The rulebook of packs given level by level, base first; faults are recorded and give None."""
    packs = [p for level in levels for p in level]
    _one_change_a_field(reading, levels)
    indicators = {i.id: i for p in packs for i in p.indicators}
    _unique(reading, packs)
    for level in levels:
        for change in (c for p in level for c in p.changes):
            if change.indicator not in indicators:
                reading.unknown_word(change.place, Text(zh="指标", en="indicator"), change.indicator, indicators)
    compiled = [_compile(reading, i, levels) for i in indicators.values()]
    _references(reading, compiled, packs)
    base = packs[0]
    if base.conventions is None:
        reading.problem("no-conventions", base.place, "基础指标缺少conventions", "the base pack lacks conventions")
    reading.done()
    assert base.conventions is not None
    conventions = next((p.conventions for p in reversed(packs) if p.conventions), base.conventions)
    shown: dict[str, object] = {}
    for pack in packs:
        shown |= pack.presentation
    book = Rulebook(
        packs=tuple(PackId(id=p.id, title=p.title, digest=digest(p)) for p in packs),
        indicators=tuple(compiled),
        conventions=conventions,
        presentation=model.Presentation(**shown),  # type: ignore[arg-type]
        waivers=tuple(w for p in packs for w in p.waivers),
    )
    return replace(book, digest=digest(book))


def _unique(reading: Reading, packs: Sequence[Pack]) -> None:
    seen: dict[str, Place] = {}
    for pack in packs:
        for indicator in pack.indicators:
            place = indicator.versions[0].origins["from"].place if indicator.versions else pack.place
            if indicator.id in seen:
                reading.problem(
                    "duplicate-id", place,
                    f"指标编号“{indicator.id}”已在{seen[indicator.id]}使用", f"the id “{indicator.id}” is used at {seen[indicator.id]}",
                    Text(zh="换一个编号；要修改已有指标请用changes", en="choose another id; to modify an indicator use changes"),
                )  # fmt: skip
            seen.setdefault(indicator.id, place)


def _one_change_a_field(reading: Reading, levels: Sequence[Sequence[Pack]]) -> None:
    """Two packs of one level must not touch one field: nothing says which goes first."""
    for level in levels:
        owners: dict[tuple[str, str], tuple[str, Place]] = {}
        for pack in level:
            for change in pack.changes:
                for name in _touched(change):
                    owner = owners.setdefault((change.indicator, name), (pack.id, change.place))
                    if owner[0] != pack.id:
                        reading.problem(
                            "layer-conflict", change.place,
                            f"“{change.indicator}”的{name}已由同级的{owner[0]}（{owner[1]}）修改", f"{name} of “{change.indicator}” is changed by {owner[0]} of the same level ({owner[1]})",
                            Text(zh="只保留一处，或让一个建立在另一个之上（on）", en="keep one, or put one `on` the other"),
                        )  # fmt: skip


def _touched(change: Change) -> list[str]:
    return ["status"] if change.off else [*change.params, *change.fields]


def _compile(reading: Reading, indicator: Indicator, levels: Sequence[Sequence[Pack]]) -> Indicator:
    changes = [[(p.id, c) for p in level for c in p.changes if c.indicator == indicator.id] for level in levels]
    days = sorted({v.start for v in indicator.versions} | {c.start for layer in changes for _, c in layer})
    first = indicator.versions[0].start if indicator.versions else date.max
    versions = [_at(reading, indicator, changes, day) for day in days if day >= first]
    for layer in changes:
        for _, change in layer:
            if change.start < first:
                reading.problem("too-early", change.place, f"变更早于指标生效日{first}",
                                f"the change comes before the indicator, of {first}")  # fmt: skip
    return replace(indicator, versions=tuple(versions))


def _at(reading: Reading, indicator: Indicator, layers: Sequence[Sequence[tuple[str, Change]]], day: date) -> Version:
    """The indicator as it stands on a day, all layers applied and the parameters filled in."""
    version = [v for v in indicator.versions if v.start <= day][-1]
    for layer in layers:
        for pack, change in sorted((p for p in layer if p[1].start <= day), key=lambda p: p[1].start):
            version = _changed(reading, version, pack, change, check_direction=change.start == day)
    return replace(_filled(reading, version, report=_introduces(indicator, layers, day)), start=day)


def _introduces(indicator: Indicator, layers: Sequence[Sequence[tuple[str, Change]]], day: date) -> bool:
    """Every version is filled in once for its own day, so that a fault of it is reported once."""
    return any(v.start == day for v in indicator.versions) or any(c.start == day for la in layers for _, c in la)


def _changed(reading: Reading, version: Version, pack: str, change: Change, check_direction: bool) -> Version:
    origin = {k: Origin(pack=pack, place=p) for k, p in change.places.items()}
    if change.off:
        return replace(version, repealed=True, law=change.law,
                       origins=version.origins | {"status": Origin(pack=pack, place=change.place)})  # fmt: skip
    for name in change.params:
        if name not in version.params and check_direction:
            place = change.places[f"params.{name}"]
            reading.unknown_word(place, Text(zh="参数", en="parameter"), name, version.params)
    if check_direction and version.fail_when is not None and "fail_when" not in change.fields:
        for name, new in change.params.items():
            _check_direction(reading, version, name, new, change)
    renamed = {f"params.{k}" if f"params.{k}" in origin else k: v for k, v in origin.items()}
    return replace(
        version,
        law=change.law,
        params=version.params | change.params,
        origins=version.origins | renamed | {"law": Origin(pack=pack, place=change.place)},
        **change.fields,  # type: ignore[arg-type]
    )


def _check_direction(reading: Reading, version: Version, name: str, new: Scalar, change: Change) -> None:
    """A declared tightening must not loosen: follow the sign of the parameter through the check."""
    old = version.params.get(name)
    assert version.fail_when is not None
    signs = _signs(version.fail_when, name, 1)
    sizes = _size(old), _size(new)
    if len(signs) != 1 or sizes[0] is None or sizes[1] is None:
        return
    moved = (sizes[1] > sizes[0]) - (sizes[1] < sizes[0])
    real = {0: Direction.SAME, 1: Direction.TIGHTEN, -1: Direction.LOOSEN}[moved * next(iter(signs))]
    if real is not change.direction:
        words = {Direction.SAME: "不变", Direction.TIGHTEN: "收紧", Direction.LOOSEN: "放宽"}
        reading.problem(
            "direction", change.places[f"params.{name}"],
            f"“{name}”从{old}改为{new}是{words[real]}，这里写的是{words[change.direction]}", f"changing “{name}” from {old} to {new} is “{real.value}”, not “{change.direction.value}”",
            Text(zh=f"写成direction: {real.value}，或改正数值", en=f"write direction: {real.value}, or correct the value"),
        )  # fmt: skip


_HIGHER_FAILS_LESS = {model.Relation.AT_LEAST: -1, model.Relation.MORE_THAN: -1}


def _signs(check: object, name: str, sign: int) -> set[int]:
    """Whether a larger value of the parameter makes failing more likely (1), less (-1), both or neither."""
    found: set[int] = set()
    if isinstance(check, Param):
        return found
    if isinstance(check, model.Not):
        return _signs(check.of, name, -sign)
    if isinstance(check, model.NotUpdated) and check.within == Param(name):
        found.add(-sign)
    bounds = {
        "value": model.Compare,
        "number": model.Count | model.Periods,
        "share": model.Ratio,
        "duration": model.Elapsed,
    }
    for slot, type in bounds.items():
        if isinstance(check, type) and getattr(check, slot) == Param(name):
            found.add(sign * _HIGHER_FAILS_LESS.get(check.relation, 1))
    if isinstance(check, model.Periods) and check.in_a_row == Param(name):
        found.add(-sign)
    if isinstance(check, model.Count | model.Periods) and check.relation not in _HIGHER_FAILS_LESS:
        sign = -sign
    if isinstance(check, model.Selection) and Param(name) in (check.within,):
        found.add(sign)
    if isinstance(check, model.Ratio):
        return found | ({0, 1, -1} if _mentions(check.of, name) else set())
    if dataclasses.is_dataclass(check):
        for f in dataclasses.fields(check):
            inner = getattr(check, f.name)
            for part in inner if isinstance(inner, tuple) else (inner,):
                if dataclasses.is_dataclass(part):
                    found |= _signs(part, name, sign)
    return found


def _mentions(item: object, name: str) -> bool:
    if item == Param(name):
        return True
    if isinstance(item, tuple):
        return any(_mentions(i, name) for i in item)
    if dataclasses.is_dataclass(item):
        return any(_mentions(getattr(item, f.name), name) for f in dataclasses.fields(item))
    return False


def _size(given: Scalar | None) -> float | None:
    if isinstance(given, Duration):
        days = {Unit.HOUR: 1 / 24, Unit.DAY: 1.0, Unit.WEEK: 7.0, Unit.MONTH: 30.4, Unit.YEAR: 365.0, Unit.WORKDAY: 1.4}
        return given.number * days[given.unit]
    if isinstance(given, bool) or given is None or isinstance(given, str | date):
        return None
    return float(given)


_SLOTS: dict[tuple[type, str], tuple[str, str, str]] = {
    (model.NotUpdated, "within"): Slot.WINDOW,
    (model.Selection, "within"): Slot.WINDOW,
    (model.Elapsed, "duration"): Slot.DURATION,
    (model.Count, "number"): Slot.NUMBER,
    (model.Periods, "number"): Slot.NUMBER,
    (model.Periods, "in_a_row"): Slot.NUMBER,
    (model.Enough, "per_day"): Slot.NUMBER,
    (model.Enough, "days"): Slot.NUMBER,
    (model.Ratio, "share"): Slot.SHARE,
    (model.Switch, "value"): Slot.TRUTH,
}


def _filled(reading: Reading, version: Version, report: bool) -> Version:
    """The version with `$name` replaced by its value everywhere in its checks."""
    place = version.origins.get("fail_when", version.origins["from"]).place
    used: set[str] = set()

    def fill(item: T, slot: tuple[str, str, str] | None = None) -> T:
        if isinstance(item, Param):
            used.add(item.name)
            if item.name not in version.params:
                if report:
                    reading.unknown_word(place, Text(zh="参数", en="parameter"), item.name, version.params)
                return item
            given = version.params[item.name]
            if slot is not None and report:
                origin = version.origins.get(f"params.{item.name}")
                require(reading, origin.place if origin else place, slot, given, item.name)
            return cast(T, given)
        if isinstance(item, tuple):
            return cast(T, tuple(fill(i) for i in item))
        if dataclasses.is_dataclass(item) and not isinstance(item, type | Duration | model.Law):
            names = [f.name for f in dataclasses.fields(item)]
            return cast(T, replace(item, **{n: fill(getattr(item, n), _SLOTS.get((type(item), n))) for n in names}))
        return item

    filled = replace(
        version,
        fail_when=fill(version.fail_when),
        applies_when=fill(version.applies_when),
        problems=fill(version.problems),
    )
    texts = " ".join(p.text for p in version.problems)
    for name in version.params:
        if report and name not in used and f"{{${name}}}" not in texts and not version.repealed:
            origin = version.origins.get(f"params.{name}")
            reading.problem(
                "unused-parameter", origin.place if origin else place, f"参数“{name}”没有用到", f"the parameter “{name}” is not used",
                Text(zh="删去，或在检查块中用$" + name, en=f"remove it, or use ${name} in a check"), Severity.WARNING,
            )  # fmt: skip
    return filled


def _references(reading: Reading, indicators: Sequence[Indicator], packs: Sequence[Pack]) -> None:
    """Names of indicators that are mentioned must exist, and must not lead round in a circle."""
    known = {i.id: i for i in indicators}
    what = Text(zh="指标", en="indicator")
    for pack in packs:
        for waiver in pack.waivers:
            if waiver.indicator not in known:
                reading.unknown_word(waiver.place, what, waiver.indicator, known)
        for key in ("first", "last"):
            for name in cast("tuple[str, ...]", pack.presentation.get(key, ())):
                if name not in known:
                    reading.unknown_word(pack.place, what, name, known)
    mentions = {
        i.id: {n for v in i.versions for n in _mentioned(v.fail_when) | _mentioned(v.applies_when)} for i in indicators
    }
    for indicator in indicators:
        place = indicator.versions[0].origins["from"].place if indicator.versions else _NOWHERE
        for name in sorted(mentions[indicator.id] - set(known)):
            reading.unknown_word(place, what, name, known)
        if _reaches(indicator.id, indicator.id, mentions, set()):
            reading.problem(
                "circle", place, f"“{indicator.id}”经indicator引用到自身", f"“{indicator.id}” refers to itself"
            )


def _mentioned(item: object) -> set[str]:
    if isinstance(item, model.Fails):
        return {item.indicator}
    if isinstance(item, tuple):
        return {n for i in item for n in _mentioned(i)}
    if dataclasses.is_dataclass(item):
        return {n for f in dataclasses.fields(item) for n in _mentioned(getattr(item, f.name))}
    return set()


def _reaches(start: str, goal: str, mentions: dict[str, set[str]], seen: set[str]) -> bool:
    for name in mentions.get(start, set()):
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            if _reaches(name, goal, mentions, seen):
                return True
    return False
