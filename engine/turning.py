"""What would turn a verdict: the smallest change of an asset's facts found after which the same rules say otherwise.

Nothing here knows what a check means: facts are changed in small ways, all the changed assets are evaluated at once, and
what turned is kept. So whatever is told was evaluated. It is no proof that nothing smaller exists: only known facts are
changed, one field to one value in as few of them as will do, and missing facts are not made up.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any, TypeVar

import polars as pl

from hege.engine.calendar import WorkingDays
from hege.engine.case import Case, PlannedBatch
from hege.engine.dates import SHANGHAI, Duration, Unit, window_start
from hege.engine.evaluation import evaluate
from hege.engine.facts import NONE, Facts
from hege.engine.judgement import Found, fold
from hege.engine.result import FieldValue, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind, Effect, Rulebook, Status
from hege.engine.vocabulary import Absence, Field, FieldType, Keep, Kind, Vocabulary

MOST_CHANGES = 6
NUMBERS = 12  # whole numbers from 0, and words, that are tried
_WINDOWS = (
    Duration(1, Unit.WEEK),
    Duration(2, Unit.WEEK),
    Duration(3, Unit.MONTH),
    Duration(6, Unit.MONTH),
    Duration(1, Unit.YEAR),
)
_DESCRIBES = frozenset(
    [
        "class",
        "level",
        "on_home",
        "should_update",
        "subsite",
        "severity",
        "confirmed",
        "text",
        "correct",
        "signal",
        "scope",
        "external",
        "kind",
        "category",
        "url",
    ]
)
"""Fields that say what a thing is, not how it fares: changing them would be another thing."""
_UNITS = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR)
Row = dict[str, Any]
Rows = Mapping[str, list[Row]]
Answers = dict[str, Found]
T = TypeVar("T")
Asking = Generator[Sequence[Rows], list[Answers], T]
"""Asks for facts to be evaluated, is sent what every indicator says with each of them, and gives its end at last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change: facts of a kind (by their parts) whose field becomes `after`, or which are not there (field empty).

    `before` are the values they have now, each once; `none` is known absent.
    """

    kind: str
    parts: tuple[str, ...]
    field: str
    before: tuple[FieldValue, ...]
    after: FieldValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Turning:
    """Changes that together turn the verdict into another."""

    changes: tuple[Change, ...]
    verdict: Verdict


def turning(
    case: Case, planned: PlannedBatch, rulebook: Rulebook, vocabulary: Vocabulary, working_days: WorkingDays, asset: str
) -> Turning | None:
    """What would turn an asset that fails into one that does not, or one that passes into one that fails.

    None where the verdict is neither, or nothing was found.
    """
    return turnings(case, planned, rulebook, vocabulary, working_days, [asset])[asset]


def turnings(
    case: Case, planned: PlannedBatch, rulebook: Rulebook, vocabulary: Vocabulary, working_days: WorkingDays,
    assets: Sequence[str],
) -> dict[str, Turning | None]:  # fmt: skip
    """The same for several assets: they are searched side by side, each step of all of them in one evaluation."""
    rulebook = _deciding(rulebook, planned.kind)
    facts = case.facts.of(sorted(assets))
    rows = {kind: table.partition_by("asset", as_dict=True) for kind, table in facts.tables.items()}

    def evaluated(waiting: Mapping[str, Sequence[Rows]]) -> dict[str, list[Answers]]:
        """What every indicator says of each asset with each of the facts that are tried."""
        ids = {
            id: [id if len(tried) == 1 else f"{id}\0{n}" for n in range(len(tried))] for id, tried in waiting.items()
        }
        copies = pl.DataFrame(
            [(id, copy) for id, all_ in ids.items() for copy in all_], schema=["id", "copy"], orient="row"
        )
        tables = {
            name: pl.DataFrame(
                [
                    {**row, "asset": copy}
                    for id, tried in waiting.items()
                    for copy, known in zip(ids[id], tried, strict=True)
                    for row in known[name]
                ],
                schema=kind.schema(),
            ).sort("asset", "part", "observed_at")
            for name, kind in vocabulary.kinds.items()
        }
        listed = facts.assets.join(copies, on="id").with_columns(id=pl.col("copy")).drop("copy").sort("id")
        found: dict[str, Answers] = {copy: {} for all_ in ids.values() for copy in all_}
        answered = evaluate(rulebook, Facts(listed, tables), planned.kind, planned.as_of, vocabulary, working_days)
        for row in answered.iter_rows(named=True):
            indicator = rulebook.indicator(row["indicator"])
            would_be = Outcome(row["would_be"]) if row["would_be"] is not None else None
            found[row["asset"]][indicator.id] = Found(
                indicator.id, indicator.effect, indicator.status, Outcome(row["outcome"]), would_be
            )
        return {id: [found[copy] for copy in all_] for id, all_ in ids.items()}

    searches = {}
    for id in assets:
        own = {kind: parts[(id,)].to_dicts() if (id,) in parts else [] for kind, parts in rows.items()}
        searches[id] = _Search(own, planned.as_of, rulebook, vocabulary).turned()
    return _side_by_side(searches, evaluated)


def _deciding(rulebook: Rulebook, kind: AssetKind) -> Rulebook:
    """The rulebook without its score sheet, which takes longest, where no score decides."""
    sheets = [i for i in rulebook.indicators if i.applies_to.kind is kind and i.effect is Effect.SCORE]
    if any(i.status is Status.IN_FORCE for i in sheets):
        return rulebook
    kept = tuple(i for i in rulebook.indicators if not i.is_item and i not in sheets)
    return replace(rulebook, indicators=kept)


def _together(searches: Sequence[Asking[T]]) -> Asking[list[T]]:
    """Several searches in one: all that they ask is asked at once."""
    done: dict[int, T] = {}
    answers: list[list[Answers] | None] = [None] * len(searches)
    while len(done) < len(searches):
        asked: dict[int, Sequence[Rows]] = {}
        for n, search in enumerate(searches):
            if n not in done:
                try:
                    asked[n] = search.send(answers[n])  # type: ignore[arg-type]  # the first of them is None
                except StopIteration as ended:
                    done[n] = ended.value
        if asked:
            told = iter((yield [rows for tried in asked.values() for rows in tried]))
            answers = [list(islice(told, len(asked[n]))) if n in asked else None for n in range(len(searches))]
    return [done[n] for n in range(len(searches))]


def _side_by_side(
    searches: Mapping[str, Asking[Turning | None]],
    evaluated: Callable[[Mapping[str, Sequence[Rows]]], dict[str, list[Answers]]],
) -> dict[str, Turning | None]:
    """Every search run to its end; what they ask is answered together."""
    done: dict[str, Turning | None] = {}
    waiting = {id: next(search) for id, search in searches.items()}
    while waiting:
        answers, asked = evaluated(waiting), {}
        for id in waiting:
            try:
                asked[id] = searches[id].send(answers[id])
            except StopIteration as ended:
                done[id] = ended.value
        waiting = asked
    return {id: done[id] for id in searches}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Edit:
    """A field to a value, or (field None) the facts removed, in chosen rows of a kind."""

    kind: str
    field: Field | None
    value: FieldValue
    chosen: tuple[int, ...]


class _Search:
    """Tries edits on one asset's facts (`rows`, by kind). What it wants evaluated it asks for, and is sent the answers."""

    def __init__(self, rows: Rows, day: date, rulebook: Rulebook, vocabulary: Vocabulary) -> None:
        self.rows, self.day, self.rulebook, self.vocabulary = rows, day, rulebook, vocabulary
        self.vetoes = [i.id for i in rulebook.indicators if i.effect is Effect.VETO and i.status is Status.IN_FORCE]

    # ---- searching -------------------------------------------------------------------------------------------------

    def turned(self) -> Asking[Turning | None]:
        """What would turn the verdict."""
        verdict = yield from self._verdict(self.rows)
        if verdict is Verdict.PASS:
            return (yield from self._to_fail())
        return (yield from self._to_pass()) if verdict is Verdict.FAIL else None

    def _verdict(self, rows: Rows) -> Asking[Verdict]:
        (found,) = yield [rows]
        return fold(found.values()).verdict

    def _to_pass(self) -> Asking[Turning | None]:
        """Each failed veto turned, one after another: a change for one may settle another, or not."""
        rows, edits = self.rows, list[_Edit]()
        for _ in range(MOST_CHANGES):
            (found,) = yield [rows]
            failed = fold(found.values()).failed
            if not failed:
                return Turning(changes=tuple(self._told(e) for e in edits), verdict=fold(found.values()).verdict)
            best = yield from self._smallest(rows, failed[:1], Outcome.PASS)
            if best is None:
                return None
            edits.append(best)
            rows = self._applied(rows, best)
        return None

    def _to_fail(self) -> Asking[Turning | None]:
        """The smallest change that fails any veto."""
        best = yield from self._smallest(self.rows, self.vetoes, Outcome.FAIL)
        if best is None:
            return None
        verdict = yield from self._verdict(self._applied(self.rows, best))
        return Turning(changes=(self._told(best),), verdict=verdict)

    def _smallest(self, rows: Rows, indicators: Sequence[str], wanted: Outcome) -> Asking[_Edit | None]:
        """The edit after which one of the indicators has the outcome, with the fewest vetoes failed then, of the fewest
        facts; the first among equals."""

        def failed(edits: Sequence[_Edit]) -> Asking[list[int | None]]:
            """How many vetoes fail after each; None where the indicators have not turned."""
            answers = (yield [self._applied(rows, edit) for edit in edits]) if edits else []
            return [
                len(fold(found.values()).failed)
                if any(i in found and found[i].outcome is wanted for i in indicators)
                else None
                for found in answers
            ]

        tried = list(self._edits(rows, wanted))
        left = yield from failed(tried)
        turned = [(n, edit) for edit, n in zip(tried, left, strict=True) if n is not None]
        least = min((n for n, _ in turned), default=0)
        edits = [edit for n, edit in turned if n == least]
        shrunk = yield from _together([self._fewest(edit, lambda e: failed([e]), least) for edit in edits])
        return min(shrunk, key=lambda e: len(e.chosen), default=None)

    def _fewest(self, edit: _Edit, failed: Callable[[_Edit], Asking[list[int | None]]], least: int) -> Asking[_Edit]:
        """The edit on no more facts than it takes: from the last on, as many as can be are left as they are."""
        spans = [(0, len(edit.chosen))]
        while spans:
            start, end = spans.pop()
            fewer = replace(edit, chosen=edit.chosen[:start] + edit.chosen[end:])
            if fewer.chosen and (yield from failed(fewer)) == [least]:
                edit = fewer
            elif end - start > 1:
                middle = (start + end) // 2
                spans += [(start, middle), (middle, end)]
        return edit

    def _edits(self, rows: Rows, wanted: Outcome) -> Iterator[_Edit]:
        """Every edit worth trying, each on all facts of its kind; at last that what was found and recorded is not there."""
        removals = []
        for name, facts in rows.items():
            kind = self.vocabulary.kinds[name]
            known = self._latest(kind, facts)
            if known and kind.absence is Absence.NONE:
                removals.append(_Edit(kind=name, field=None, value=None, chosen=tuple(known)))
            for field in (f for f in kind.fields if known and f.name not in _DESCRIBES):
                is_none = any(_value(kind, facts[i], field) == NONE for i in known)
                for value in self._values(rows, field, wanted, is_none):
                    chosen = tuple(i for i in known if _value(kind, facts[i], field) != value)
                    if chosen:
                        yield _Edit(kind=name, field=field, value=value, chosen=chosen)
        yield from removals

    def _latest(self, kind: Kind, facts: list[Row]) -> list[int]:
        """The known facts that count on the day: of each part the latest, where only that counts."""
        day = self.day
        seen = [i for i, f in enumerate(facts) if f["observed_at"].astimezone(SHANGHAI).date() <= day]
        if kind.keep is Keep.LATEST:
            seen = list({facts[i]["part"]: i for i in sorted(seen, key=lambda i: facts[i]["observed_at"])}.values())
        return [i for i in seen if facts[i]["state"] == "known"]

    def _values(self, rows: Rows, field: Field, wanted: Outcome, is_none: bool) -> Iterator[FieldValue]:
        """Values a field could have instead; a day that is none yet is first of all the monitoring day."""
        match field.type:
            case FieldType.DAY:
                yield from [self.day] if is_none else []
                yield from self._days(wanted)
            case FieldType.TRUTH:
                yield from (True, False)
            case FieldType.WORD:
                yield from field.words
            case FieldType.INTEGER:
                yield from range(NUMBERS)
            case FieldType.TEXT if (
                wanted is Outcome.PASS
            ):  # another of the asset's own words: a name as it is elsewhere
                yield from self._words(rows)
        if field.type in (FieldType.DAY, FieldType.LIST):
            yield NONE

    def _days(self, wanted: Outcome) -> list[date]:
        """Where the windows of the rules begin, the day before, the monitoring day: the least move that could do first."""
        day = self.day
        windows = {d for i in self.rulebook.indicators if (v := i.at(day)) for d in v.params.values()} | set(_WINDOWS)
        starts = [window_start(day, w) for w in windows if isinstance(w, Duration) and w.unit in _UNITS]
        days = sorted({*starts, *(start - timedelta(days=1) for start in starts), day})
        return days if wanted is Outcome.PASS else days[::-1]

    def _words(self, rows: Rows) -> list[str]:
        names = {f.name for k in self.vocabulary.kinds.values() for f in k.fields if f.type is FieldType.TEXT}
        given = {v for facts in rows.values() for f in facts for n, v in f.items() if n in names and v}
        return sorted(map(str, given))[:NUMBERS]

    # ---- applying --------------------------------------------------------------------------------------------------

    def _applied(self, rows: Rows, edit: _Edit) -> Rows:
        kind = self.vocabulary.kinds[edit.kind]
        chosen = set(edit.chosen)
        if edit.field is None:
            return {**rows, edit.kind: [f for i, f in enumerate(rows[edit.kind]) if i not in chosen]}
        changed = [
            _changed(kind, fact, edit.field, edit.value) if i in chosen else fact
            for i, fact in enumerate(rows[edit.kind])
        ]
        return {**rows, edit.kind: changed}

    def _told(self, edit: _Edit) -> Change:
        kind = self.vocabulary.kinds[edit.kind]
        facts = [self.rows[edit.kind][i] for i in edit.chosen]
        before = [_value(kind, f, edit.field) for f in facts] if edit.field else []
        return Change(
            kind=edit.kind,
            parts=tuple(f["part"] for f in facts),
            field=edit.field.name if edit.field else "",
            before=tuple(dict.fromkeys(before)),
            after=edit.value,
        )


def _value(kind: Kind, fact: Row, field: Field) -> FieldValue:
    """What a field of a fact holds; `none` for known absent."""
    if (fact["nones"] >> kind.bit(field.name)) & 1:
        return NONE
    value = fact[field.name]
    return tuple(value) if isinstance(value, list) else value


def _changed(kind: Kind, fact: Row, field: Field, value: FieldValue) -> Row:
    bit = 1 << kind.bit(field.name)
    if value == NONE:
        return {**fact, field.name: None, "nones": fact["nones"] | bit}
    return {**fact, field.name: value, "nones": fact["nones"] & ~bit}
