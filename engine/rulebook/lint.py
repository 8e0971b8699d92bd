"""Everything wrong or doubtful in rule files: what reading and layering find, and what a careful reader would.

Reads files; judges nothing about facts.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from hege.engine.dates import Duration
from hege.engine.errors import Place, Problem, Severity
from hege.engine.rulebook import model
from hege.engine.rulebook.library import pack_folders, read_rulebook, shipped_rules
from hege.engine.rulebook.model import Indicator, Relation, Rulebook, Verified, Version
from hege.engine.text import Text

_INCLUSIVE = re.compile(r"(?:超过\s*[（(]含[）)]|不少于|达到)\s*(\d+)")
_EXCLUSIVE = re.compile(r"超过\s*(?![（(]含)(\d+)")


def lint(packs: Sequence[str | Path] = ()) -> list[Problem]:
    """Every problem of the packs (default: all shipped), each once, by place."""
    found: dict[tuple[str, str, str], Problem] = {}
    for pack in packs or list(pack_folders(shipped_rules())):
        book, reading = read_rulebook([pack])
        problems = [*reading.problems, *(_doubts(book) if book else ())]
        for problem in problems:
            found[problem.code, str(problem.place), problem.message.zh] = problem
    return sorted(found.values(), key=lambda p: (p.place.file, p.place.line, p.place.column, p.code))


def _doubts(book: Rulebook) -> Iterator[Problem]:
    for indicator in book.indicators:
        for version in indicator.versions:
            if not version.repealed:
                yield from _bounds_against_quote(version)
                yield from _citation(indicator, version)
    for waiver in book.waivers:
        if waiver.until - waiver.start > timedelta(days=366):
            yield _warning(
                "long-waiver", waiver.place, f"豁免“{waiver.id}”超过一年", f"the waiver “{waiver.id}” lasts over a year"
            )


def _place(version: Version, field: str) -> Place:
    return (version.origins.get(field) or version.origins["from"]).place


def _warning(code: str, place: Place, zh: str, en: str) -> Problem:
    return Problem(code=code, place=place, message=Text(zh=zh, en=en), severity=Severity.WARNING)


def _bounds_against_quote(version: Version) -> Iterator[Problem]:
    """超过（含）N is at_least N, 超过N is more_than N: the word and the quote must say the same of one number."""
    quote = version.law.quote
    inclusive, exclusive = _numbers(_INCLUSIVE, quote), _numbers(_EXCLUSIVE, quote)
    used = set(_bounds(version.fail_when))
    for relation, number in sorted(used, key=lambda u: (u[1], u[0].value)):
        wrong = None
        # A quote may bound one number in one clause and the check the same number in another: only no right word is wrong.
        if relation is Relation.MORE_THAN and number in inclusive - exclusive:
            wrong = None if (Relation.AT_LEAST, number) in used else "at_least"
        if relation is Relation.AT_LEAST and number in exclusive - inclusive:
            wrong = None if (Relation.MORE_THAN, number) in used else "more_than"
        if wrong:
            said = f"超过（含）{number}" if wrong == "at_least" else f"超过{number}"
            yield Problem(
                code="bound-against-quote",
                place=_place(version, "fail_when"),
                message=Text(
                    zh=f"引文写“{said}”，检查却用{relation.value}",
                    en=f"the quote says “{said}”, the check uses {relation.value}",
                ),
                hint=Text(zh=f"改用{wrong}，或改正引文", en=f"use {wrong}, or correct the quote"),
            )


def _numbers(pattern: re.Pattern[str], quote: str) -> set[int]:
    return {int(n) for n in pattern.findall(quote)}


def _bounds(item: object) -> Iterator[tuple[Relation, int]]:
    """Bound words with the number they bound: counts, shares (in percent), seconds, months of waiting."""
    match item:
        case model.Count(relation=relation, number=int(number)):
            yield relation, number
        case model.Ratio(relation=relation, share=share) if not isinstance(share, model.Param | bool | str):
            yield relation, int(share * 100)  # type: ignore[operator]
        case model.Elapsed(relation=relation, duration=Duration(number=number)):
            yield relation, number
        case model.Compare(relation=relation, value=int(number)) if not isinstance(number, bool):
            yield relation, number
    if isinstance(item, tuple):
        for part in item:
            yield from _bounds(part)
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        for f in dataclasses.fields(item):
            yield from _bounds(getattr(item, f.name))


def _citation(indicator: Indicator, version: Version) -> Iterator[Problem]:
    if not version.law.quote and not version.law.note:
        yield _warning(
            "no-quote", _place(version, "law"), f"“{indicator.id}”没有引文", f"“{indicator.id}” quotes no law"
        )
    if version.law.verified is Verified.DAMAGED and indicator.effect is model.Effect.VETO and not version.law.note:
        yield _warning(
            "unverified", _place(version, "law"),
            f"“{indicator.id}”依据的文字有损坏，请与原文核对", f"the law of “{indicator.id}” is known from a damaged copy only",
        )  # fmt: skip
