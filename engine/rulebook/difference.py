"""What changed between two rulebooks, in sentences: 自2025-01-01起，时间窗口由14天改为7天，收紧.

Indicators are compared as they stand on each day, so that it does not matter in how many versions or packs a rule is
written. Nothing is left out: whatever changes the digest of a rulebook is told, if need be field by field.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from hege.engine.errors import Place
from hege.engine.rulebook import model
from hege.engine.rulebook.canonical import canonical
from hege.engine.rulebook.model import Direction, Effect, Indicator, Law, Rulebook, Version
from hege.engine.rulebook.provenance import place_of
from hege.engine.rulebook.sentence import sentence
from hege.engine.rulebook.treediff import leaves, stricter
from hege.engine.rulebook.values import shown, written
from hege.engine.text import Language, Text
from hege.engine.vocabulary import load_vocabulary


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


def differences(old: Rulebook, new: Rulebook) -> list[Difference]:
    """Every change, indicators first, in the order of the new rulebook; none exactly when the digests are equal."""
    found = [*_indicators(old, new), *_rest(old, new)]
    if not found and canonical(old) != canonical(new):
        changed = [p.id for p in new.packs if p not in old.packs] or [p.id for p in old.packs]
        listed = "、".join(changed)
        found.append(
            Difference(
                what="packs",
                told=Text(
                    zh=f"指标包{listed}的写法有改动，合并后的指标不变",
                    en=f"the pack {', '.join(changed)} is written otherwise; the rules that come of it are the same",
                ),
            )
        )
    return found


def steps(indicator: Indicator, titles: Mapping[str, str]) -> Iterator[tuple[Version, list[Difference]]]:
    """How an indicator changed from version to version; versions that say nothing new are passed over."""
    for earlier, later in itertools.pairwise(indicator.versions):
        if found := list(_on_a_day(earlier, later, titles)):
            yield later, found


# ---- indicators ----------------------------------------------------------------------------------------------------


def _indicators(old: Rulebook, new: Rulebook) -> Iterator[Difference]:
    titles = {i.id: i.title for book in (old, new) for i in book.indicators}
    before, after = ({i.id: i for i in book.indicators} for book in (old, new))
    for id, indicator in after.items():
        if id not in before:
            yield _whole(indicator, Text(zh="新增", en="added"), "added", titles)
        elif canonical(before[id]) != canonical(indicator):
            yield from _indicator(before[id], indicator, titles)
    for id, indicator in before.items():
        if id not in after:
            yield _whole(indicator, Text(zh="删去", en="removed"), "removed", titles)
    kept = [[id for id in book if id in before and id in after] for book in (before, after)]
    if kept[0] != kept[1]:
        yield Difference(
            what="order", told=Text(zh="指标的先后次序有改动", en="the indicators stand in another order"),
            old="、".join(kept[0]), new="、".join(kept[1]),
        )  # fmt: skip


def _whole(indicator: Indicator, how: Text, what: str, titles: Mapping[str, str]) -> Difference:
    first = indicator.versions[0]
    said = _said(first.fail_when, titles)
    colon = Text(zh=f"：{said.zh}", en=f": {said.en}") if said.zh else said
    told = Text(
        zh=f"{how.zh}指标，自{first.start}起施行{colon.zh}",
        en=f"indicator {how.en}, in force from {first.start}{colon.en}",
    )
    return Difference(
        indicator=indicator.id, title=indicator.title, what=what, start=first.start, place=place_of(first, "id"), told=told
    )  # fmt: skip


def _indicator(old: Indicator, new: Indicator, titles: Mapping[str, str]) -> Iterator[Difference]:
    found = [*_of_indicator(old, new), *_over_time(old, new, titles)]
    if not found:
        told = Text(
            zh="版本的写法有改动，各日的结论不变",
            en="the versions are written otherwise; what comes out on each day is the same",
        )
        found.append(Difference(what="versions", told=told))
    for change in found:
        place = change.place or place_of(new.versions[0], change.what)
        yield replace(change, indicator=new.id, title=new.title, place=place)


def _of_indicator(old: Indicator, new: Indicator) -> Iterator[Difference]:
    """What holds for all versions: title, effect, status, whom it is about, and whatever else an indicator has."""
    effects = _effect(old), _effect(new)
    if effects[0] != effects[1]:
        yield _change("effect", Text(zh="后果", en="effect"), effects[0], effects[1], text=False)
    for f in dataclasses.fields(Indicator):
        one, other = getattr(old, f.name), getattr(new, f.name)
        if f.name in ("id", "versions", "effect", "consequence") or canonical(one) == canonical(other):
            continue
        if f.name == "points" and effects[0] != effects[1]:
            continue
        yield _valued(f.name, _FIELDS.get(f.name, Text(zh=f.name, en=f.name)), one, other)


def _effect(indicator: Indicator) -> str:
    points = shown(indicator.points) if indicator.effect in (Effect.DEDUCT, Effect.BONUS) else indicator.consequence
    return f"{indicator.effect.value} {points}".rstrip()


def _over_time(old: Indicator, new: Indicator, titles: Mapping[str, str]) -> Iterator[Difference]:
    """For each span of days in which the two say different things: what they say differently."""
    days = sorted({v.start for i in (old, new) for v in i.versions})
    told: list[tuple[date, list[Difference]]] = []
    for day in days:
        found = list(_on_a_day(_latest(old, day), _latest(new, day), titles))
        if not told or [replace(d, place=None) for d in told[-1][1]] != [replace(d, place=None) for d in found]:
            told.append((day, found))
    for (day, found), following in zip(told, [*(d for d, _ in told[1:]), None], strict=True):
        yield from (replace(d, start=day, end=following) for d in found)


def _latest(indicator: Indicator, day: date) -> Version | None:
    return next((v for v in reversed(indicator.versions) if v.start <= day), None)


def _on_a_day(old: Version | None, new: Version | None, titles: Mapping[str, str]) -> Iterator[Difference]:
    if old is None or old.repealed:
        if new is not None and not new.repealed:
            yield Difference(
                what="from",
                told=Text(zh="施行（原来不施行）", en="in force, which it was not"),
                place=place_of(new, "from"),
                direction=Direction.TIGHTEN,
            )
        elif new is not None and (old is None or canonical(old.law) != canonical(new.law)):
            yield Difference(
                what="repealed",
                told=Text(zh="写明废止及依据", en="said to be repealed, with its law"),
                place=place_of(new, "from"),
            )
        elif new is None and old is not None:
            yield Difference(what="repealed", told=Text(zh="不再写明废止", en="no longer said to be repealed"))
        return  # fmt: skip
    if new is None or new.repealed:
        place = place_of(new, "status") if new else place_of(old, "from")
        yield Difference(
            what="switched_off",
            told=Text(zh="不再施行", en="no longer in force"),
            place=place,
            direction=Direction.LOOSEN,
        )
        if new is not None:
            yield from _law(old.law, new.law, place)
        return
    yield from _version(old, new, titles)


def _version(old: Version, new: Version, titles: Mapping[str, str]) -> Iterator[Difference]:
    yield from _params(old, new)
    for name in ("fail_when", "applies_when"):
        if not _only_params(getattr(old, name), getattr(new, name), old, new):
            yield _condition(name, old, new, titles)
    yield from _law(old.law, new.law, place_of(new, "law"))
    if not _only_params(old.problems, new.problems, old, new):
        yield replace(_problems(old, new), place=place_of(new, "problem"))
    known = {"start", "params", "fail_when", "applies_when", "law", "problems", "repealed"}
    for f in dataclasses.fields(Version):
        if f.name not in known and f.compare:
            for leaf in leaves(getattr(old, f.name), getattr(new, f.name), f.name):
                change = _valued(leaf.path, Text(zh=leaf.path, en=leaf.path), leaf.old, leaf.new)
                yield replace(change, place=place_of(new, f.name))


def _problems(old: Version, new: Version) -> Difference:
    texts = ["；".join(p.text for p in v.problems) for v in (old, new)]
    if texts[0] != texts[1]:
        return _change("problem", _FIELDS["problem"], texts[0], texts[1])
    told = Text(zh="问题文字的适用情形有改动", en="when each problem text is used is changed")
    return Difference(what="problem", told=told)


def _params(old: Version, new: Version) -> Iterator[Difference]:
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
            change = _change(f"params.{name}", label, values[0], values[1], way, text=isinstance(one, str))
            yield replace(change, old=written(one), new=written(other), place=place)


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


def _only_params(one: object, other: object, old: Version, new: Version) -> bool:
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
_FIELDS = {
    "title": Text(zh="标题", en="title"),
    "applies_to": Text(zh="适用对象", en="whom it is about"),
    "status": Text(zh="状态", en="status"),
    "points": Text(zh="分值", en="points"),
    "problem": Text(zh="问题文字", en="problem text"),
}


def _condition(name: str, old: Version, new: Version, titles: Mapping[str, str]) -> Difference:
    """A condition said anew: both sentences, and which way it goes where that can be proven."""
    label = {
        "fail_when": Text(zh="不合格情形", en="the condition of failure"),
        "applies_when": Text(zh="适用条件", en="the condition of applying"),
    }[name]
    one, other = getattr(old, name), getattr(new, name)
    way = stricter(one, other) if name == "fail_when" else None
    change = _change(name, label, _said(one, titles), _said(other, titles), way)
    if change.old == change.new:  # a difference that no sentence shows
        change = replace(change, old=str(canonical(one)), new=str(canonical(other)))
    return replace(change, place=place_of(new, name))


def _said(check: model.Check | None, titles: Mapping[str, str]) -> Text:
    if check is None:
        return Text(zh="", en="")
    return Text(*(sentence(check, load_vocabulary(), language, titles) for language in (Language.ZH, Language.EN)))


_LAW = {
    "document": Text(zh="依据的文件", en="document of the law"),
    "clause": Text(zh="依据的条款", en="clause of the law"),
    "quote": Text(zh="引文", en="quote"),
    "verified": Text(zh="核对情况", en="how well the text is known"),
    "note": Text(zh="依据的说明", en="note on the law"),
}


def _law(old: Law, new: Law, place: Place) -> Iterator[Difference]:
    """Another document is told as a whole, a corrected citation part by part."""
    if old.document != new.document:
        yield replace(_change("law", Text(zh="依据", en="law"), _cited(old), _cited(new), text=False), place=place)
        return
    for f in dataclasses.fields(Law):
        one, other = getattr(old, f.name), getattr(new, f.name)
        if canonical(one) != canonical(other):
            label = _LAW.get(f.name, Text(zh=f"依据的{f.name}", en=f"{f.name} of the law"))
            yield replace(_valued(f"law.{f.name}", label, one, other), place=place)


def _cited(law: Law) -> str:
    quote = f"“{law.quote}”" if law.quote else ""
    return f"{' '.join(p for p in (law.document, law.clause) if p)}{quote}（{law.verified.value}）"


# ---- the rest of the rulebook --------------------------------------------------------------------------------------


def _rest(old: Rulebook, new: Rulebook) -> Iterator[Difference]:
    """Packs, conventions, presentation, waivers, and whatever else a rulebook has."""
    yield from _named("packs", Text(zh="指标包", en="pack"), old.packs, new.packs)
    yield from _named("waivers", Text(zh="豁免", en="waiver"), old.waivers, new.waivers)
    for f in dataclasses.fields(Rulebook):
        if f.name in ("packs", "waivers", "indicators", "digest"):
            continue
        for leaf in leaves(getattr(old, f.name), getattr(new, f.name), f.name):
            label = _REST.get(leaf.path, Text(zh=leaf.path, en=leaf.path))
            yield _valued(leaf.path, label, leaf.old, leaf.new)


_REST = {
    "conventions.observation": Text(zh="一次观测可以说明的天数", en="how long an observation speaks"),
    "conventions.law.document": Text(zh="时间约定的依据", en="document on the conventions of time"),
    "conventions.law.quote": Text(zh="时间约定的引文", en="quote on the conventions of time"),
    "conventions.law.note": Text(zh="时间约定的说明", en="note on the conventions of time"),
    "presentation.join": Text(zh="问题文字的连接号", en="mark that joins problem texts"),
    "presentation.first": Text(zh="列在最前的指标", en="indicators that come first"),
    "presentation.last": Text(zh="列在最后的指标", en="indicators that come last"),
}


def _named(
    what: str, label: Text, old: Sequence[model.PackId | model.Waiver], new: Sequence[model.PackId | model.Waiver]
) -> Iterator[Difference]:
    """Things with an id: which came, which went, which say something else."""
    before, after = ({item.id: item for item in items} for items in (old, new))
    for id, item in after.items():
        if id not in before:
            yield _present(what, label, item, gone=False)
            continue
        for leaf in leaves(before[id], item):
            if leaf.path != "digest":
                name = Text(zh=f"{label.zh}{id}的{leaf.path}", en=f"{leaf.path} of the {label.en} {id}")
                yield _valued(f"{what}.{id}.{leaf.path}", name, leaf.old, leaf.new)
    for id, item in before.items():
        if id not in after:
            yield _present(what, label, item, gone=True)
    kept = [[id for id in items if id in before and id in after] for items in (before, after)]
    if kept[0] != kept[1]:
        yield Difference(
            what=what, told=Text(zh=f"{label.zh}的先后次序有改动", en=f"the {label.en}s stand in another order")
        )


def _present(what: str, label: Text, item: model.PackId | model.Waiver, *, gone: bool) -> Difference:
    aside, aside_en = "", ""
    if isinstance(item, model.Waiver):
        aside = f"：{item.asset}，{item.indicator}，{item.start}至{item.until}，{item.reason}"
        aside_en = f": {item.asset}, {item.indicator}, {item.start} to {item.until}, {item.reason}"
    zh, en = ("删去", "removed") if gone else ("新增", "added")
    told = Text(zh=f"{zh}{label.zh}{item.id}{aside}", en=f"{label.en} {item.id} {en}{aside_en}")
    return Difference(what=f"{what}.{item.id}", told=told, place=getattr(item, "place", None))


# ---- words ---------------------------------------------------------------------------------------------------------

_WAYS = {
    Direction.TIGHTEN: Text(zh="，收紧", en=", tightened"),
    Direction.LOOSEN: Text(zh="，放宽", en=", loosened"),
}


def _change(
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


def _valued(what: str, label: Text, old: object, new: object) -> Difference:
    """The change of a plain value."""
    text = isinstance(old, str) or isinstance(new, str)
    return _change(what, label, _plain(old), _plain(new), text=text)


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
