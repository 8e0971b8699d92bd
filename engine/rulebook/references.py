"""What one part of a rulebook names in another: indicators by id, and facts that are about the right kind of asset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hege.engine.errors import Place
from hege.engine.rulebook import model
from hege.engine.rulebook.model import AssetKind, Effect, Indicator, Path, Rulebook, Version
from hege.engine.rulebook.reading import Pack
from hege.engine.rulebook.tree import parts
from hege.engine.text import Text
from hege.engine.vocabulary import ASSET, Vocabulary
from hege.engine.yamlnodes import Reading

_INDICATOR = Text(zh="指标", en="indicator")


def check_references(reading: Reading, indicators: Sequence[Indicator], packs: Sequence[Pack]) -> None:
    """Indicators that are named must exist, be about the same kind of asset, and not lead round in a circle."""
    known = {i.id: i for i in indicators}
    unread = frozenset[str]().union(*(p.unread for p in packs))

    def missing(name: str, place: Place) -> bool:
        if name in known:
            return False
        if name not in unread and "" not in unread:
            reading.unknown_word(place, _INDICATOR, name, known)
        return True

    for pack in packs:
        for waiver in pack.waivers:
            missing(waiver.indicator, waiver.place)
        for entry, place in pack.places.items():
            key, _, name = entry.partition(".")
            if key in ("first", "last") and name:
                missing(name, place)
    mentions = {i.id: [m for version in i.versions for m in _mentions(version)] for i in known.values()}
    for indicator in indicators:
        for name, place in mentions[indicator.id]:
            if not missing(name, place):
                _check_same_kind(reading, indicator, known[name], place)
    _check_circles(reading, known, mentions)


def about(book: Rulebook, names: Iterable[str]) -> Rulebook:
    """The rulebook of some indicators and those they refer to."""
    known = {i.id: i for i in book.indicators}
    wanted, waiting = set[str](), list(names)
    while waiting:
        id = waiting.pop()
        if id not in wanted:
            wanted.add(id)
            waiting += [n for v in known[id].versions for n in _named(_made_of(v))]
            if known[id].effect is Effect.SCORE:
                waiting += [i.id for i in book.indicators if i.is_item or i.effect is Effect.VETO]
    return replace(book, indicators=tuple(i for i in book.indicators if i.id in wanted))


def _made_of(version: Version) -> tuple[object, ...]:
    return version.fail_when, version.applies_when, version.lines, version.other_cap, version.sheet


def check_kinds(reading: Reading, vocabulary: Vocabulary, check: object, kind: AssetKind, place: Place) -> None:
    """Facts that a change looks at must be about the kind of asset its indicator is about."""
    for name in sorted(set(fact_kinds(check)) - {ASSET.name}):
        fact = vocabulary.kinds[name]
        if fact.about not in ("both", kind.value):
            reading.problem(
                "wrong-kind", place,
                f"“{name}”（{fact.zh}）不是{'网站' if kind is AssetKind.SITE else '新媒体账号'}的事实",
                f"“{name}” is no fact about a {kind.value}",
                Text(zh="换一种事实", en="use another kind of fact"),
            )  # fmt: skip


def _check_same_kind(reading: Reading, one: Indicator, other: Indicator, place: Place) -> None:
    if one.applies_to.kind is not other.applies_to.kind:
        reading.problem(
            "wrong-kind", place,
            f"“{one.id}”与“{other.id}”检查的不是同一类资产", f"“{one.id}” and “{other.id}” are about different kinds of asset",
            Text(zh="引用同类资产的指标", en="refer to an indicator of the same kind of asset"),
        )  # fmt: skip


def _check_circles(
    reading: Reading, known: Mapping[str, Indicator], mentions: Mapping[str, Sequence[tuple[str, Place]]]
) -> None:
    """Each circle is one fault, told where its first indicator refers on."""
    told: set[str] = set()
    named = {id: {name for name, _ in mentions[id] if name in known} for id in known}
    for sheet in (i for i in known.values() if i.effect is Effect.SCORE):
        named[sheet.id] |= {i.id for i in known.values() if i.is_item or i.effect is Effect.VETO}
    for id, indicator in known.items():
        circle = _way_back(id, named) if id not in told else []
        if not circle:
            continue
        told.update(circle)
        at = (place for name, place in mentions[id] if name == circle[1])
        place = next(at, indicator.versions[0].origins["from"].place)
        way = " → ".join(circle)
        reading.problem(
            "circle", place, f"indicator引用成环：{way}", f"`indicator` goes round in a circle: {way}",
            Text(zh="去掉其中一处引用", en="remove one of the references"),
        )  # fmt: skip


def _way_back(start: str, named: Mapping[str, set[str]]) -> list[str]:
    """The shortest way from an indicator over its references back to itself, or nothing."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        longer = []
        for way in ways:
            for name in sorted(named[way[-1]]):
                if name == start:
                    return [*way, start]
                if name not in seen:
                    seen.add(name)
                    longer.append([*way, name])
        ways = longer
    return []


def _mentions(version: Version) -> Iterator[tuple[str, Place]]:
    for key, part in (
        ("fail_when", version.fail_when),
        ("lines", version.lines),
        ("lines", version.other_cap),
        ("sheet", version.sheet),
        ("applies_when", version.applies_when),
        ("problem", version.problems),
    ):
        for name in _named(part):
            yield name, (version.origins.get(key) or version.origins["from"]).place


def _named(item: object) -> Iterator[str]:
    if isinstance(item, model.Fails):
        yield item.indicator
    for part in parts(item):
        yield from _named(part)


def fact_kinds(item: object) -> Iterator[str]:
    """The kinds of facts that a part of a rule looks at, as often as it does."""
    if isinstance(item, model.Selection) or (isinstance(item, Path) and item.kind):
        yield item.kind
    for part in parts(item):
        yield from fact_kinds(part)
