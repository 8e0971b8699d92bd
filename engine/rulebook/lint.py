"""Everything wrong or doubtful in rule files: what reading and layering find, and what a careful reader would.

Reads files; judges nothing about facts. Each pack answers for what it says itself, not for the packs below it.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place, Problem, Severity
from hege.engine.rulebook import model
from hege.engine.rulebook.library import Opened, pack_folders, read_rulebook, shipped_rules
from hege.engine.rulebook.model import Indicator, Relation, Rulebook, Status, Verified, Version
from hege.engine.rulebook.provenance import is_of, place_of
from hege.engine.rulebook.quotes import same_length, stated_bounds, stated_points, stated_windows
from hege.engine.rulebook.reach import is_switched_off, settled
from hege.engine.rulebook.reading import Pack
from hege.engine.rulebook.scaffold import FILL_IN
from hege.engine.rulebook.tree import inside, parts
from hege.engine.text import Text


def lint(packs: Sequence[str | Path] = (), search: Sequence[Path] = ()) -> list[Problem]:
    """Every problem of the packs (default: all shipped), each once, by place; `search` as for `load_rulebook`."""
    found: dict[tuple[str, str, str], Problem] = {}
    opened: Opened = {}
    for pack in packs or list(pack_folders(shipped_rules())):
        book, reading = read_rulebook([pack], search, opened)
        for problem in (*reading.problems, *(_doubts(book) if book else ())):
            found[problem.code, str(problem.place), problem.message.zh] = problem
    for problem in (p for read, _ in opened.values() if read for p in _order(read)):
        found[problem.code, str(problem.place), problem.message.zh] = problem
    return sorted(found.values(), key=lambda p: (p.place.file, p.place.line, p.place.column, p.code))


def _doubts(book: Rulebook) -> Iterator[Problem]:
    pack = book.packs[-1].id
    known = {i.id: i for i in book.indicators}
    for indicator in book.indicators:
        own = [v for v in indicator.versions if is_of(v, pack)]
        for version in (v for v in own if not v.repealed):
            yield from _bounds_against_quote(version)
            yield from _numbers_against_quote(version)
            yield from _windows_against_quote(version)
            yield from _citation(indicator, version)
            yield from _settled(version)
            yield from _texts_never_used(version)
            yield from _repeated(version)
            yield from _dead_references(version, known)
            for line in version.lines:
                yield from _line(indicator, version, line)
        if own:
            yield from _versions(indicator)
    yield from _same_titles(book, pack)
    for waiver in book.waivers:
        yield from _waiver(waiver, known)


def _warning(code: str, place: Place, zh: str, en: str, hint: Text) -> Problem:
    return Problem(code=code, place=place, message=Text(zh=zh, en=en), hint=hint, severity=Severity.WARNING)


# ---- the quote and the check ---------------------------------------------------------------------------------------


def _line(indicator: Indicator, version: Version, line: model.Line) -> Iterator[Problem]:
    """A line against its own quote: as if it were a version of one check, and its points as the quote says them."""
    said = (line.when, line.each, line.share, line.applies_when)
    where = version.origins.get(f"lines.{line.id}", version.origins["from"])
    alone = dataclasses.replace(version, law=line.law, fail_when=said, lines=(), origins={"from": where})  # type: ignore[arg-type]
    yield from _bounds_against_quote(alone)
    yield from _numbers_against_quote(alone)
    yield from _windows_against_quote(alone)
    stated = list(stated_points(line.law.quote))
    if stated and line.points not in [number for number, _ in stated]:
        phrases = "、".join(phrase for _, phrase in stated)
        yield Problem(
            code="points-against-quote", place=where.place,
            message=Text(
                zh=f"“{indicator.title}”引文写“{phrases}”，规则为{line.points}分",
                en=f"the quote of “{indicator.title}” says “{phrases}”, the line {line.points} points",
            ),
            hint=Text(zh="改正分值或引文", en="correct the points or the quote"),
        )  # fmt: skip


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
            place=place_of(version, "fail_when"),
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
    for part in parts(item):
        yield from _bounds(part)


def _numbers_against_quote(version: Version) -> Iterator[Problem]:
    """A bound that the quote states and the check knows no such number of: one of the two was changed alone."""
    used = set(_numbers(version.fail_when)) | set(_numbers(version.applies_when))
    counted = {number for number, unit in used if unit == ""}
    for stated in stated_bounds(version.law.quote):
        alike = counted if stated.unit == "" else {number for number, unit in used if unit == stated.unit}
        if alike and stated.number not in alike and not isinstance(stated.unit, Unit):
            written = "、".join(str(n) for n in sorted(alike))
            yield _warning(
                "number-against-quote", place_of(version, "fail_when"),
                f"引文写“{stated.phrase}”，检查只用到{written}{stated.unit}",
                f"the quote says “{stated.phrase}”, the check uses {written}{stated.unit} only",
                Text(zh="改正数值或引文；数值不出自引文的，在note中说明", en="correct the number or the quote"),
            )  # fmt: skip


def _numbers(item: object) -> Iterator[tuple[Fraction, str]]:
    """Every whole or decimal number ("") and every percentage ("%") of a check."""
    match item:
        case bool() | Duration():
            return
        case int() | Decimal():
            yield Fraction(item), ""
        case Fraction():
            yield item * 100, "%"
    for part in parts(item):
        yield from _numbers(part)


def _windows_against_quote(version: Version) -> Iterator[Problem]:
    """A window that the quote names and the check looks at none of: a mistyped number or a quote of another rule."""
    used = list(dict.fromkeys(_durations((version.fail_when, version.applies_when))))
    for stated, phrase in stated_windows(version.law.quote) if used else ():
        if not any(same_length(stated, duration) for duration in used):
            lengths = "、".join(duration.zh for duration in used)
            yield Problem(
                code="window-against-quote",
                place=place_of(version, "fail_when"),
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
    for part in parts(item):
        yield from _durations(part)


# ---- what can never matter -----------------------------------------------------------------------------------------


def _settled(version: Version) -> Iterator[Problem]:
    """A condition that comes out the same whatever the facts say."""
    fails, applies = settled(version.fail_when), settled(version.applies_when)
    if fails is not None and not is_switched_off(version.fail_when):
        always = Text(zh="总是成立，任何资产都不合格", en="always holds: every asset fails")
        never = Text(zh="不可能成立，任何资产都不会不合格", en="can never hold: no asset ever fails")
        found = always if fails else never
        yield _warning(
            "always-fails" if fails else "never-fails", place_of(version, "fail_when"),
            f"条件{found.zh}", f"the condition {found.en}",
            Text(zh="检查数值、比较词和not", en="check numbers, bound words and `not`"),
        )  # fmt: skip
    if applies is False:
        yield _warning(
            "never-applies", place_of(version, "applies_when"),
            "applies_when不可能成立，该指标永不适用", "`applies_when` can never hold: the indicator applies to nothing",
            Text(zh="检查数值、比较词和not", en="check numbers, bound words and `not`"),
        )  # fmt: skip


def _texts_never_used(version: Version) -> Iterator[Problem]:
    """The first fitting text is used: what comes after one that always fits is never seen."""
    for number, problem in enumerate(version.problems[:-1], 1):
        if problem.when is None and "{" not in problem.text:
            yield _warning(
                "text-never-used", place_of(version, "problem"),
                f"第{number}条问题文字总是适用，其后的不会用到：{problem.text}", f"text {number} always fits, so none after it is used: {problem.text}",
                Text(zh="把没有when的文字放在最后", en="put the text without `when` last"),
            )  # fmt: skip
            return


def _repeated(version: Version) -> Iterator[Problem]:
    """The same condition twice in one list: the second was meant to be another."""
    for key in ("fail_when", "applies_when"):
        for joined in inside(getattr(version, key)):
            if isinstance(joined, model.Any | model.All) and len(set(joined.of)) < len(joined.of):
                yield _warning(
                    "repeated-check", place_of(version, key), "同一列表中有两个相同的条件", "one list holds the same check twice",
                    Text(zh="改正或删去其中一个", en="correct or remove one of them"),
                )  # fmt: skip


def _dead_references(version: Version, known: dict[str, Indicator]) -> Iterator[Problem]:
    """A reference to an indicator that cannot fail on the day the version begins."""
    for key in ("fail_when", "applies_when"):
        for check in inside(getattr(version, key)):
            if not isinstance(check, model.Fails):
                continue
            named = known[check.indicator]
            if named.status in (Status.DRAFT, Status.REPEALED) or named.at(version.start) is None:
                yield _warning(
                    "dead-reference", place_of(version, key),
                    f"所引用的指标“{named.id}”在{version.start}没有施行，这一条件不会成立", f"“{named.id}” is not in force on {version.start}, so this never holds",
                    Text(zh="改用施行中的指标，或改正日期", en="refer to an indicator in force, or correct the date"),
                )  # fmt: skip


def _versions(indicator: Indicator) -> Iterator[Problem]:
    for earlier, later in itertools.pairwise(indicator.versions):
        if earlier.repealed and not later.repealed:
            yield _warning(
                "version-gap", place_of(later, "from"),
                f"“{indicator.id}”自{earlier.start}至{later.start}前没有施行中的版本", f"from {earlier.start} until {later.start} no version of “{indicator.id}” is in force",
                Text(zh="确认这段时间确实不检查；否则去掉repealed", en="make sure that this is meant; else remove `repealed`"),
            )  # fmt: skip
        elif dataclasses.replace(earlier, start=later.start) == later:
            yield _warning(
                "same-version", place_of(later, "from"),
                f"“{indicator.id}”{later.start}的版本与前一版本完全相同", f"the version of {later.start} says what the one before it says",
                Text(zh="写明改动，或删去这一版本", en="say what changes, or remove the version"),
            )  # fmt: skip


def _order(pack: Pack) -> Iterator[Problem]:
    """An indicator that is to come both first and last: its place in a notice would be unclear."""
    places = pack.places
    for name in (key.removeprefix("last.") for key in places if key.startswith("last.")):
        if f"first.{name}" in places:
            yield _warning(
                "ambiguous-order", places[f"last.{name}"],
                f"“{name}”既在first又在last中，先后不明", f"“{name}” is both in `first` and in `last`, so its place is unclear",
                Text(zh="只列在其中一处", en="list it in one of them"),
            )  # fmt: skip


def _waiver(waiver: model.Waiver, known: dict[str, Indicator]) -> Iterator[Problem]:
    if waiver.until - waiver.start > timedelta(days=366):
        yield _warning(
            "long-waiver", waiver.place, f"豁免“{waiver.id}”超过一年", f"the waiver “{waiver.id}” lasts over a year",
            Text(zh="确认until；长期不检查的应停用指标", en="check `until`; what is never inspected is better switched off"),
        )  # fmt: skip
    indicator = known.get(waiver.indicator)
    days = (
        {waiver.start, *(v.start for v in indicator.versions if waiver.start <= v.start <= waiver.until)}
        if indicator
        else ()
    )
    if indicator and not any(indicator.at(day) for day in days):
        yield _warning(
            "idle-waiver", waiver.place,
            f"豁免“{waiver.id}”期间指标“{indicator.id}”没有施行，豁免不起作用", f"“{indicator.id}” is not in force during the waiver “{waiver.id}”, which does nothing",
            Text(zh="改正indicator或日期，或删去豁免", en="correct the indicator or the dates, or remove the waiver"),
        )  # fmt: skip


# ---- titles and citations ------------------------------------------------------------------------------------------


def _same_titles(book: Rulebook, pack: str) -> Iterator[Problem]:
    """Two indicators of one kind of asset with one title could not be told apart in a notice."""
    first: dict[tuple[object, ...], Indicator] = {}
    for indicator in book.indicators:
        # A table never stands beside the one it succeeds; items stand on the sheet, deductions and bonuses apart.
        together = indicator.applies_to.kind, indicator.ends, indicator.effect if indicator.is_item else None
        other = first.setdefault((*together, indicator.title), indicator)
        title = indicator.versions[0].origins["title"]
        if other is not indicator and title.pack == pack:
            yield _warning(
                "same-title", title.place,
                f"“{indicator.id}”与“{other.id}”标题相同：{indicator.title}", f"“{indicator.id}” and “{other.id}” have the same title: {indicator.title}",
                Text(zh="改一个标题，使通报中能够区分", en="change one of them, so that a notice can tell them apart"),
            )  # fmt: skip


def _citation(indicator: Indicator, version: Version) -> Iterator[Problem]:
    if any(FILL_IN in text for text in (version.law.document, version.law.clause, version.law.quote)):
        yield _warning(
            "to-fill-in", place_of(version, "law"), f"“{indicator.id}”的依据还待填写", f"the law of “{indicator.id}” is still to be filled in",
            Text(zh="写上文件、条款和原文", en="give document, clause and quote"),
        )  # fmt: skip
    if not version.law.quote and not version.law.note:
        yield _warning(
            "no-quote", place_of(version, "law"), f"“{indicator.id}”没有引文", f"“{indicator.id}” quotes no law",
            Text(zh="写明quote，或在note中说明为何没有", en="give the quote, or say in `note` why there is none"),
        )  # fmt: skip
    doubtful = version.law.verified in (Verified.DAMAGED, Verified.VENDOR_TRANSCRIPTION)
    if doubtful and indicator.status is Status.IN_FORCE and not version.law.note:
        yield _warning(
            "unverified", place_of(version, "law"),
            f"“{indicator.id}”已施行，依据的文字（{version.law.verified.value}）尚未与原文核对", f"“{indicator.id}” is in force, but its law ({version.law.verified.value}) was never compared with the original",
            Text(zh="核对后改verified，或在note中说明还差什么", en="compare and correct `verified`, or say in `note` what is open"),
        )  # fmt: skip
