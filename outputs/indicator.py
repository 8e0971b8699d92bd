"""An indicator shown to a reader: what it says on a day, its law, its values and whence each, and how it came to be so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hege.engine.errors import InputError, Place, Problem, nearest
from hege.engine.rulebook.difference import steps
from hege.engine.rulebook.model import Fails, Indicator, Rulebook, Version
from hege.engine.rulebook.sentence import indicator_sentence
from hege.engine.rulebook.tree import inside
from hege.engine.rulebook.values import shown, written
from hege.engine.text import Language, Text
from hege.engine.vocabulary import load_vocabulary
from hege.outputs.words import FAILED, STATUS, VERIFIED


def found(book: Rulebook, id: str) -> Indicator:
    """The indicator of an id, or of a title that only one has; raises InputError with the nearest known one."""
    named = [i for i in book.indicators if i.id == id] or [i for i in book.indicators if i.title == id]
    if len(named) == 1:
        return named[0]
    known = [i.id for i in named or book.indicators]
    near = nearest(id, known)
    message = (
        Text(zh=f"有{len(named)}项指标叫“{id}”", en=f"{len(named)} indicators are called “{id}”")
        if named
        else Text(zh=f"没有指标“{id}”", en=f"there is no indicator “{id}”")
    )
    hint = Text(zh=f"可用：{'、'.join(known)}", en=f"known: {', '.join(known)}")
    if near and not named:
        hint = Text(zh=f"是否想写“{near}”？{hint.zh}", en=f"did you mean “{near}”? Known: {', '.join(known)}")
    raise InputError([Problem(code="unknown-word", place=Place(file=id), message=message, hint=hint)])


def render(book: Rulebook, id: str, day: date | None, language: Language) -> str:
    """The indicator as it stands on a day (else: its newest version), then every change of it."""
    indicator = found(book, id)
    version = indicator.versions[-1] if day is None else indicator.at(day)
    return "\n".join(line.rstrip() for line in _lines(book, indicator, version, day, language)) + "\n"


def _lines(
    book: Rulebook, indicator: Indicator, version: Version | None, day: date | None, language: Language
) -> Iterator[str]:
    titles = {i.id: i.title for i in book.indicators}
    colon = "：" if language is Language.ZH else ": "
    yield f"{indicator.title}  {indicator.id}"
    aside = [FAILED[indicator.effect], STATUS[indicator.status]]
    yield "  " + " · ".join([*(t.shown(language) for t in aside), *(f"{p.title}（{p.id}）" for p in book.packs[-1:])])
    yield ""
    if version is None:
        yield Text(zh=f"{day}：未施行", en=f"{day}: not in force").shown(language)
    else:
        since = Text(zh=f"自{version.start}起", en=f"from {version.start}").shown(language)
        yield since if day is None else f"{day}{Text(zh='施行的版本', en=', as in force').shown(language)}（{since}）"
        yield "  " + indicator_sentence(indicator, version, load_vocabulary(), language, titles)
        yield from (f"  {line}" for line in _law(version, language, colon))
        yield from (f"  {line}" for line in _origins(version, language))
    yield from _history(indicator, titles, language)
    yield from _named_by(book, indicator, language, colon)


def _law(version: Version, language: Language, colon: str) -> Iterator[str]:
    law = version.law
    cited = " ".join(p for p in (law.document, law.clause) if p) + (f" “{law.quote}”" if law.quote else "")
    yield f"{Text(zh='依据', en='law').shown(language)}{colon}{cited}（{VERIFIED[law.verified].shown(language)}）"
    if law.note:
        yield f"{Text(zh='说明', en='note').shown(language)}{colon}{law.note}"


_NAMES = {
    "fail_when": Text(zh="不合格情形", en="condition"),
    "applies_when": Text(zh="适用条件", en="applies when"),
    "problem": Text(zh="问题文字", en="problem text"),
    "law": Text(zh="依据", en="law"),
    "effect": Text(zh="后果", en="effect"),
    "status": Text(zh="状态", en="status"),
    "group": Text(zh="评分表的组", en="group"),
    "sheet": Text(zh="评分表", en="score sheet"),
    "other_cap": Text(zh="另定的最高分值", en="other cap"),
    "from": Text(zh="起始日", en="start"),
}
_NOT_SHOWN = ("id", "title", "applies_to", "repealed", "from", "effect")


def _origins(version: Version, language: Language) -> Iterator[str]:
    """Every value and part with the pack, file and line it came from."""
    rows = []
    for key, origin in sorted(version.origins.items(), key=lambda item: (not item[0].startswith("params."), item[0])):
        name = key.removeprefix("params.")
        gone = version.repealed and key not in ("law", "status")
        if key in _NOT_SHOWN or gone or (key != name and name not in version.params):
            continue
        value = version.params[name] if key != name else None
        told = (shown(value) if language is Language.ZH else written(value)) if value is not None else ""
        if key == "lines":
            continue  # each line is told by itself
        label = name if key != name else _NAMES.get(key, _line(key)).shown(language)
        rows.append((label, told, f"{origin.pack}  {origin.place.file}:{origin.place.line}"))
    if rows:
        yield Text(zh="各项出处", en="where each comes from").shown(language)
    widths = [max(map(_columns, column)) for column in list(zip(*rows, strict=True))[:2]]
    for label, told, whence in rows:
        yield f"  {label}{' ' * (widths[0] - _columns(label))}  {told}{' ' * (widths[1] - _columns(told))}  ← {whence}"


def _line(key: str) -> Text:
    id = key.removeprefix("lines.")
    return Text(zh=f"规则{id}", en=f"line {id}") if id != key else Text(zh=key, en=key)


def _history(indicator: Indicator, titles: dict[str, str], language: Language) -> Iterator[str]:
    yield ""
    yield Text(zh="历次变动", en="history").shown(language)
    first = indicator.versions[0]
    pack = first.origins["from"].pack
    yield f"  {first.start}  {Text(zh='施行', en='in force').shown(language)}（{pack}）"
    for version, changes in steps(indicator, titles):
        packs = "、".join(dict.fromkeys(o.pack for k, o in version.origins.items() if k == "law"))
        for change in changes:
            yield f"  {version.start}  {change.told.shown(language)}（{packs}）"


def _named_by(book: Rulebook, indicator: Indicator, language: Language, colon: str) -> Iterator[str]:
    """Indicators that refer to it, and waivers of it."""
    by = [
        i.id for i in book.indicators if any(Fails(indicator.id) in inside((v.fail_when, v.applies_when)) for v in i.versions)
    ]  # fmt: skip
    waivers = [w for w in book.waivers if w.indicator == indicator.id]
    if by or waivers:
        yield ""
    if by:
        yield f"{Text(zh='引用它的指标', en='named by').shown(language)}{colon}{'、'.join(by)}"
    for w in waivers:
        yield f"{Text(zh='豁免', en='waiver').shown(language)}{colon}{w.id} {w.asset} {w.start}–{w.until} {w.reason}（{w.approved_by}）"


def _columns(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)
