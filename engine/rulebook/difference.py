"""What changed between two rulebooks, in sentences: 自2025-01-01起，时间窗口由14天改为7天，收紧.

Indicators are compared as they stand on each day, so that it does not matter in how many versions or packs a rule is
written. Nothing is left out: whatever changes the digest of a rulebook is told, if need be field by field. How one change is
said is `changes`, parameters are `paramdiff`.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from hege.engine.errors import Place
from hege.engine.rulebook import model
from hege.engine.rulebook.canonical import canonical
from hege.engine.rulebook.changes import Difference, change, valued
from hege.engine.rulebook.model import Direction, Effect, Indicator, Law, Rulebook, Version
from hege.engine.rulebook.paramdiff import changed_params, only_params
from hege.engine.rulebook.provenance import place_of
from hege.engine.rulebook.sentence import sentence
from hege.engine.rulebook.treediff import leaves, stricter
from hege.engine.rulebook.values import shown
from hege.engine.text import Language, Text
from hege.engine.vocabulary import load_vocabulary


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
    for one in found:
        place = one.place or place_of(new.versions[0], one.what)
        yield replace(one, indicator=new.id, title=new.title, place=place)


def _of_indicator(old: Indicator, new: Indicator) -> Iterator[Difference]:
    """What holds for all versions: title, effect, status, whom it is about, and whatever else an indicator has."""
    effects = _effect(old), _effect(new)
    if effects[0] != effects[1]:
        yield change("effect", Text(zh="后果", en="effect"), effects[0], effects[1], text=False)
    for f in dataclasses.fields(Indicator):
        one, other = getattr(old, f.name), getattr(new, f.name)
        if f.name in ("id", "versions", "effect", "consequence") or canonical(one) == canonical(other):
            continue
        if f.name == "points" and effects[0] != effects[1]:
            continue
        yield valued(f.name, _FIELDS.get(f.name, Text(zh=f.name, en=f.name)), one, other)


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
    yield from changed_params(old, new)
    for name in ("fail_when", "applies_when"):
        if not only_params(getattr(old, name), getattr(new, name), old, new):
            yield _condition(name, old, new, titles)
    yield from _law(old.law, new.law, place_of(new, "law"))
    if not only_params(old.problems, new.problems, old, new):
        yield replace(_problems(old, new), place=place_of(new, "problem"))
    known = {"start", "params", "fail_when", "applies_when", "law", "problems", "repealed"}
    for f in dataclasses.fields(Version):
        if f.name not in known and f.compare:
            for leaf in leaves(getattr(old, f.name), getattr(new, f.name), f.name):
                said = valued(leaf.path, Text(zh=leaf.path, en=leaf.path), leaf.old, leaf.new)
                yield replace(said, place=place_of(new, f.name))


def _problems(old: Version, new: Version) -> Difference:
    texts = ["；".join(p.text for p in v.problems) for v in (old, new)]
    if texts[0] != texts[1]:
        return change("problem", _FIELDS["problem"], texts[0], texts[1])
    told = Text(zh="问题文字的适用情形有改动", en="when each problem text is used is changed")
    return Difference(what="problem", told=told)


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
    said = change(name, label, _said(one, titles), _said(other, titles), way)
    if said.old == said.new:  # a difference that no sentence shows
        said = replace(said, old=str(canonical(one)), new=str(canonical(other)))
    return replace(said, place=place_of(new, name))


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
        yield replace(change("law", Text(zh="依据", en="law"), _cited(old), _cited(new), text=False), place=place)
        return
    for f in dataclasses.fields(Law):
        one, other = getattr(old, f.name), getattr(new, f.name)
        if canonical(one) != canonical(other):
            label = _LAW.get(f.name, Text(zh=f"依据的{f.name}", en=f"{f.name} of the law"))
            yield replace(valued(f"law.{f.name}", label, one, other), place=place)


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
            yield valued(leaf.path, label, leaf.old, leaf.new)


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
                yield valued(f"{what}.{id}.{leaf.path}", name, leaf.old, leaf.new)
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
