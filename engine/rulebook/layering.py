"""Packs compiled to one flat rulebook: layers from the bottom up, each change from its day on, provenance per field.

Each layer starts from what the layers below say on that day; within a layer the newest change of a field counts.
An indicator switched off by a layer stays off, whatever changes later: to have it back, its replacement gets an id
of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from hege.engine.errors import Place, Severity
from hege.engine.rulebook import model
from hege.engine.rulebook.canonical import digest
from hege.engine.rulebook.direction import direction
from hege.engine.rulebook.filling import filled, warn_of_unused
from hege.engine.rulebook.model import AssetKind, Direction, Indicator, Origin, PackId, Rulebook, Version
from hege.engine.rulebook.reading import Change, Pack
from hege.engine.rulebook.references import check_kinds, check_references
from hege.engine.rulebook.sheets import check_sheets
from hege.engine.rulebook.values import written
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import Reading

Levels = Sequence[Sequence[Pack]]
SWITCHED_OFF = "switched_off"


def compile_rulebook(reading: Reading, levels: Levels, vocabulary: Vocabulary) -> Rulebook | None:
    """The rulebook of packs given level by level, base first; faults are recorded, and errors give None."""
    levels = _without_conflicts(reading, levels)
    packs = [p for level in levels for p in level]
    _check_ids(reading, packs)
    indicators: dict[str, Indicator] = {}
    for indicator in (i for p in packs for i in (*p.before, *p.indicators)):
        indicators.setdefault(indicator.id, indicator)
    _check_changes(reading, vocabulary, packs, indicators)
    compiled = [_compile(reading, vocabulary, i, levels) for i in indicators.values()]
    check_references(reading, compiled, packs)
    check_sheets(reading, compiled)
    conventions = _conventions(reading, packs)
    if reading.refused or conventions is None:
        return None
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


def _conventions(reading: Reading, packs: Sequence[Pack]) -> model.Conventions | None:
    base = packs[0]
    if "conventions" not in base.places:
        reading.problem(
            "no-conventions", base.place, "基础指标缺少conventions", "the base pack lacks conventions",
            Text(zh="补上conventions: {observation: 7d, law: …}", en="add conventions: {observation: 7d, law: …}"),
        )  # fmt: skip
    given = [p.conventions for p in reversed(packs) if p.conventions]
    condition = next((c.condition for c in given if c.condition), None)
    return replace(given[0], condition=condition) if given else None


# ---- what packs may not do to each other ---------------------------------------------------------------------------


def _check_ids(reading: Reading, packs: Sequence[Pack]) -> None:
    seen: dict[str, Place] = {}
    waivers: dict[str, Place] = {}
    for pack in packs:
        for indicator in (*pack.before, *pack.indicators):
            place = indicator.versions[0].origins["id"].place
            first = seen.setdefault(indicator.id, place)
            if first is not place:
                reading.problem(
                    "duplicate-id", place,
                    f"指标编号“{indicator.id}”已在{first}使用", f"the id “{indicator.id}” is used at {first}",
                    Text(zh="换一个编号；要修改已有指标请用changes", en="choose another id; to modify an indicator use changes"),
                )  # fmt: skip
        for waiver in pack.waivers:
            first = waivers.setdefault(waiver.id, waiver.place)
            if first is not waiver.place:
                reading.problem(
                    "duplicate-id", waiver.place,
                    f"豁免编号“{waiver.id}”已在{first}使用", f"the waiver id “{waiver.id}” is used at {first}",
                    Text(zh="换一个编号", en="choose another id"),
                )  # fmt: skip


def _without_conflicts(reading: Reading, levels: Levels) -> Levels:
    """Two packs of one level must not touch one field, nor one pack twice on one day: nothing says which goes first.

    The later of two is told and left out, so that it is not judged any further.
    """
    refused: set[Place] = set()
    for level in levels:
        _check_settings(reading, level)
        owners: dict[str, dict[str, tuple[str, Place]]] = {}
        days: dict[tuple[str, str, str, date], Place] = {}
        for pack, change in ((p, c) for p in level for c in p.changes):
            for name in _touched(change):
                touched = owners.setdefault(change.indicator, {})
                touched.setdefault(name, (pack.id, change.place))
                owner, place = next(_others(touched, pack.id, name), (pack.id, change.place))
                if owner != pack.id:
                    refused.add(change.place)
                    reading.problem(
                        "layer-conflict", change.place,
                        f"“{change.indicator}”的{name}已由同级的{owner}（{place}）修改", f"{name} of “{change.indicator}” is changed by {owner} of the same level ({place})",
                        Text(zh="只保留一处，或让一个建立在另一个之上（on）", en="keep one, or put one `on` the other"),
                    )  # fmt: skip
                first = days.setdefault((pack.id, change.indicator, name, change.start), change.place)
                if first is not change.place:
                    refused.add(change.place)
                    reading.problem(
                        "change-overlap", change.place,
                        f"“{change.indicator}”的{name}在{change.start}已有变更（第{first.line}行）", f"{name} of “{change.indicator}” is already changed on {change.start} (line {first.line})",
                        Text(zh="合并为一处，或改正日期", en="make it one change, or correct the date"),
                    )  # fmt: skip
    return [
        [replace(p, changes=tuple(c for c in p.changes if c.place not in refused)) for p in level] for level in levels
    ]


def _others(touched: Mapping[str, tuple[str, Place]], pack: str, name: str) -> Iterator[tuple[str, Place]]:
    """What other packs do to the same: they touch the field, or one switches off what the other changes."""
    for field, (owner, place) in touched.items():
        if owner != pack and (field == name or SWITCHED_OFF in (field, name)):
            yield owner, place


def _check_settings(reading: Reading, level: Sequence[Pack]) -> None:
    """Conventions and presentation hold for the whole rulebook: two packs of one level must not give them differently."""
    given: dict[str, tuple[Pack, object]] = {}
    for pack in level:
        settings = {"presentation." + k: v for k, v in pack.presentation.items()} | {"conventions": pack.conventions}
        for name, value in settings.items():
            first, other = given.setdefault(name, (pack, value)) if value is not None else (pack, value)
            if other != value:
                word = name.partition(".")[0]
                reading.problem(
                    "layer-conflict", pack.places[word],
                    f"{name}与同级的{first.id}（{first.places[word]}）不同", f"{name} differs from that of {first.id} of the same level ({first.places[word]})",
                    Text(zh="只保留一处，或让一个建立在另一个之上（on）", en="keep one, or put one `on` the other"),
                )  # fmt: skip


def _touched(change: Change) -> list[str]:
    if change.off:
        return [SWITCHED_OFF]
    fields = ["problem" if name == "problems" else name for name in change.fields]
    return [*(f"params.{name}" for name in change.params), *fields]


def _check_changes(
    reading: Reading, vocabulary: Vocabulary, packs: Sequence[Pack], indicators: dict[str, Indicator]
) -> None:
    unread = frozenset[str]().union(*(p.unread for p in packs))
    for change in (c for p in packs for c in p.changes):
        indicator = indicators.get(change.indicator)
        if indicator is not None:
            kind: AssetKind = indicator.applies_to.kind
            for name, check in change.fields.items():
                check_kinds(reading, vocabulary, check, kind, change.places[_written_name(name)])
            first = indicator.versions[0].start
            if change.start < first:
                reading.problem(
                    "too-early", change.place, f"变更早于指标生效日{first}", f"the change comes before the indicator, of {first}",
                    Text(zh=f"from不早于{first}", en=f"let `from` be {first} or later"),
                )  # fmt: skip
        elif change.indicator not in unread and "" not in unread:
            reading.unknown_word(change.place, Text(zh="指标", en="indicator"), change.indicator, indicators)


def _written_name(field: str) -> str:
    return "problem" if field == "problems" else field


# ---- one indicator through all layers ------------------------------------------------------------------------------

Layer = Sequence[tuple[str, Change]]


def _compile(reading: Reading, vocabulary: Vocabulary, indicator: Indicator, levels: Levels) -> Indicator:
    """The indicator with a version for every day on which it or a change of it begins."""
    for version in indicator.versions:
        warn_of_unused(reading, version, list(version.params))
    layers = [
        sorted(
            ((p.id, c) for p in level for c in p.changes if c.indicator == indicator.id),
            key=lambda item: (item[1].start, item[0]),
        )
        for level in levels
    ]
    first = indicator.versions[0].start
    days = {v.start for v in indicator.versions} | {c.start for layer in layers for _, c in layer}
    versions = [_at(reading, indicator, layers, day) for day in sorted(d for d in days if d >= first)]
    return replace(indicator, versions=tuple(filled(reading, vocabulary, v) for v in versions))


def _at(reading: Reading, indicator: Indicator, layers: Sequence[Layer], day: date) -> Version:
    """The indicator as it stands on a day, all layers applied."""
    version = [v for v in indicator.versions if v.start <= day][-1]
    for pack, change in (item for layer in layers for item in layer):
        if change.start <= day:
            before, version = version, _changed(version, pack, change)
            if change.start == day and not change.off:
                _check_change(reading, before, version, change)
    return replace(version, start=day)


def _changed(version: Version, pack: str, change: Change) -> Version:
    origins = version.origins | {k: Origin(pack=pack, place=p) for k, p in change.places.items()}
    if change.off:
        off = Origin(pack=pack, place=change.place)
        return replace(version, repealed=True, law=change.law, origins=origins | {"status": off})
    known = {name: value for name, value in change.params.items() if name in version.params}
    fields = dict(change.fields)
    return replace(version, law=change.law, params=version.params | known, origins=origins, **fields)  # type: ignore[arg-type]


def _check_change(reading: Reading, before: Version, after: Version, change: Change) -> None:
    for name in change.params:
        if name not in before.params:
            place = change.places[f"params.{name}"]
            reading.unknown_word(place, Text(zh="参数", en="parameter"), name, before.params)
    warn_of_unused(reading, after, [n for n in change.params if n in before.params])
    if before.repealed:
        reading.problem(
            "idle-change", change.place,
            f"“{change.indicator}”到{change.start}已停用或废止，这处变更不起作用", f"“{change.indicator}” is no longer in force on {change.start}: the change does nothing",
            Text(zh="要恢复检查，用新编号写一条指标；否则删去这处变更", en="to inspect it again, write an indicator of a new id; else remove the change"),
            Severity.WARNING,
        )  # fmt: skip
    elif not {"fail_when", "applies_when", "lines", "sheet"} & set(change.fields):
        _check_direction(reading, before, change)


_WORDS = {Direction.SAME: "不变", Direction.TIGHTEN: "收紧", Direction.LOOSEN: "放宽"}


def _check_direction(reading: Reading, version: Version, change: Change) -> None:
    """A declared tightening must not loosen; what cannot be proven is taken at its word."""
    real = {n: direction(version, n, new) for n, new in change.params.items() if n in version.params}
    moved = {n: d for n, d in real.items() if d not in (None, Direction.SAME)}
    wrong = [n for n, d in moved.items() if d is not change.direction]
    if not moved and not change.fields and change.direction is not Direction.SAME:
        wrong = [n for n, d in real.items() if d is Direction.SAME][:1] if None not in real.values() else []
    for name in wrong:
        found, old, new = real[name], written(version.params[name]), written(change.params[name])
        assert found is not None
        mixed = len(set(moved.values())) > 1
        reading.problem(
            "direction", change.places[f"params.{name}"],
            f"“{name}”从{old}改为{new}是{_WORDS[found]}，这里写的是{_WORDS[change.direction]}", f"changing “{name}” from {old} to {new} is “{found.value}”, not “{change.direction.value}”",
            Text(zh="分成收紧与放宽两处变更", en="make it two changes, one that tightens and one that loosens") if mixed
            else Text(zh=f"写成direction: {found.value}，或改正数值", en=f"write direction: {found.value}, or correct the value"),
        )  # fmt: skip
