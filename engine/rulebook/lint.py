"""Everything wrong or doubtful in rule files: what reading and layering find, and what a careful reader would.

Reads files; judges nothing about facts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place, Problem, Severity
from hege.engine.rulebook import model
from hege.engine.rulebook.library import pack_folders, read_rulebook, shipped_rules
from hege.engine.rulebook.model import Indicator, Relation, Rulebook, Verified, Version
from hege.engine.rulebook.quotes import same_length, stated_bounds, stated_windows
from hege.engine.text import Text


def lint(packs: Sequence[str | Path] = (), search: Sequence[Path] = ()) -> list[Problem]:
    """Every problem of the packs (default: all shipped), each once, by place; `search` as for `load_rulebook`."""
    found: dict[tuple[str, str, str], Problem] = {}
    for pack in packs or list(pack_folders(shipped_rules())):
        book, reading = read_rulebook([pack], search)
        problems = [*reading.problems, *(_doubts(book) if book else ())]
        for problem in problems:
            found[problem.code, str(problem.place), problem.message.zh] = problem
    return sorted(found.values(), key=lambda p: (p.place.file, p.place.line, p.place.column, p.code))


def _doubts(book: Rulebook) -> Iterator[Problem]:
    for indicator in book.indicators:
        for version in indicator.versions:
            if not version.repealed:
                yield from _bounds_against_quote(version)
                yield from _windows_against_quote(version)
                yield from _citation(indicator, version)
    yield from _same_titles(book)
    for waiver in book.waivers:
        if waiver.until - waiver.start > timedelta(days=366):
            yield _warning(
                "long-waiver", waiver.place, f"豁免“{waiver.id}”超过一年", f"the waiver “{waiver.id}” lasts over a year",
                Text(zh="确认until；长期不检查的应停用指标", en="check `until`; what is never inspected is better switched off"),
            )  # fmt: skip


def _place(version: Version, field: str) -> Place:
    return (version.origins.get(field) or version.origins["from"]).place


def _warning(code: str, place: Place, zh: str, en: str, hint: Text) -> Problem:
    return Problem(code=code, place=place, message=Text(zh=zh, en=en), hint=hint, severity=Severity.WARNING)


def _bounds_against_quote(version: Version) -> Iterator[Problem]:
    """超过（含）N is at_least N, 超过N is more_than N: the word and the quote must say the same of one number.

    A quote may bound one number in one clause and the check the same number in another (from the law below): only when
    no bound of the check has the right word is there a contradiction.
    """
    bounds = list(dict.fromkeys(_bounds(version.fail_when)))
    for stated in stated_bounds(version.law.quote):
        same = [relation for relation, number, unit in bounds if (number, unit) == (stated.number, stated.unit)]
        if not same or any((relation in _REACHES) is stated.reaches for relation in same):
            continue
        used, right = same[0].value, _OPPOSITE[same[0]].value
        yield Problem(
            code="bound-against-quote",
            place=_place(version, "fail_when"),
            message=Text(
                zh=f"引文写“{stated.phrase}”，检查却用{used}",
                en=f"the quote says “{stated.phrase}”, the check uses {used}",
            ),
            hint=Text(zh=f"改用{right}，或改正引文", en=f"use {right}, or correct the quote"),
        )


_REACHES = (Relation.AT_LEAST, Relation.LESS_THAN)  # these part N from N-1, the other two N from N+1
_OPPOSITE = {
    Relation.AT_LEAST: Relation.MORE_THAN,
    Relation.MORE_THAN: Relation.AT_LEAST,
    Relation.AT_MOST: Relation.LESS_THAN,
    Relation.LESS_THAN: Relation.AT_MOST,
}


def _bounds(item: object) -> Iterator[tuple[Relation, Fraction, Unit | str]]:
    """Bound words with the number they bound and its unit: "" for what is counted, "%" for a share."""
    match item:
        case model.Count(relation=relation, number=int(number)) | model.Periods(relation=relation, number=int(number)):
            yield relation, Fraction(number), ""
        case model.Ratio(relation=relation, share=Fraction() as share):
            yield relation, share * 100, "%"
        case model.Elapsed(relation=relation, duration=Duration(number=number, unit=unit)):
            yield relation, Fraction(number), unit
        case model.Compare(relation=relation, value=int() | Decimal() as value) if relation in _OPPOSITE:
            yield relation, Fraction(value), ""
        case model.Compare(relation=relation, value=Fraction() as share) if relation in _OPPOSITE:
            yield relation, share * 100, "%"
    for part in _parts(item):
        yield from _bounds(part)


def _windows_against_quote(version: Version) -> Iterator[Problem]:
    """A window that the quote names and the check looks at none of: a mistyped number or a quote of another rule."""
    used = list(dict.fromkeys(_durations((version.fail_when, version.applies_when))))
    for stated, phrase in stated_windows(version.law.quote) if used else ():
        if not any(same_length(stated, duration) for duration in used):
            lengths = "、".join(duration.zh for duration in used)
            yield Problem(
                code="window-against-quote",
                place=_place(version, "fail_when"),
                message=Text(
                    zh=f"引文写“{phrase}”，检查只用到{lengths}",
                    en=f"the quote says “{phrase}”, the check looks at {', '.join(str(d) for d in used)} only",
                ),
                hint=Text(zh="改正时间窗口或引文", en="correct the window or the quote"),
                severity=Severity.WARNING,
            )


def _durations(item: object) -> Iterator[Duration]:
    if isinstance(item, Duration):
        yield item
    for part in _parts(item):
        yield from _durations(part)


def _parts(item: object) -> Iterator[object]:
    if isinstance(item, tuple):
        yield from item
    elif dataclasses.is_dataclass(item) and not isinstance(item, type | Duration):
        yield from (getattr(item, f.name) for f in dataclasses.fields(item))


def _same_titles(book: Rulebook) -> Iterator[Problem]:
    """Two indicators of one kind of asset with one title could not be told apart in a notice."""
    first: dict[tuple[model.AssetKind, str], Indicator] = {}
    for indicator in book.indicators:
        other = first.setdefault((indicator.applies_to.kind, indicator.title), indicator)
        if other is not indicator:
            yield _warning(
                "same-title", _place(indicator.versions[0], "title"),
                f"“{indicator.id}”与“{other.id}”标题相同：{indicator.title}", f"“{indicator.id}” and “{other.id}” have the same title: {indicator.title}",
                Text(zh="改一个标题，使通报中能够区分", en="change one of them, so that a notice can tell them apart"),
            )  # fmt: skip


def _citation(indicator: Indicator, version: Version) -> Iterator[Problem]:
    if not version.law.quote and not version.law.note:
        yield _warning(
            "no-quote", _place(version, "law"), f"“{indicator.id}”没有引文", f"“{indicator.id}” quotes no law",
            Text(zh="写明quote，或在note中说明为何没有", en="give the quote, or say in `note` why there is none"),
        )  # fmt: skip
    if version.law.verified is Verified.DAMAGED and indicator.effect is model.Effect.VETO and not version.law.note:
        yield _warning(
            "unverified", _place(version, "law"),
            f"“{indicator.id}”依据的文字有损坏，请与原文核对", f"the law of “{indicator.id}” is known from a damaged copy only",
            Text(zh="核对后改verified，或在note中说明还差什么", en="compare and correct `verified`, or say in `note` what is open"),
        )  # fmt: skip
