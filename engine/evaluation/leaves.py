"""The leaf checks as Polars expressions over one fact: null is unknown, and Kleene logic does the rest.

The same expressions serve a fact in hand (a row of a selection) and the asset's own fact (joined to the asset): both
are described by a `Read`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any as Anything

import polars as pl

from hege.engine.calendar import WorkingDays
from hege.engine.dates import SHANGHAI, Duration, Unit, window_start
from hege.engine.errors import CalendarError
from hege.engine.rulebook import model
from hege.engine.rulebook.model import Ignore, Missing, Relation
from hege.engine.vocabulary import FieldType

UNKNOWN = pl.lit(None, dtype=pl.Boolean)
TRUE = pl.lit(True)
FALSE = pl.lit(False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A field as a check sees it. All are expressions.

    `value` is null when open or none; `nothing` is true when known to be none; `known` is true when the fact is there
    and its state is known; `observed` is the day of the observation; `void` is true when the fact says it is not
    applicable (null-free). `ages` says whether "nothing newer" wears off with the age of the observation; `lasts` is
    true while the condition that was seen may be taken to last (null-free).
    """

    value: pl.Expr
    nothing: pl.Expr
    known: pl.Expr
    observed: pl.Expr
    void: pl.Expr
    type: FieldType
    words: tuple[str, ...]
    ages: bool
    lasts: pl.Expr


@dataclass(frozen=True, kw_only=True, slots=True)
class Today:
    """The monitoring day with what turns durations into days."""

    day: date
    observation: Duration
    working_days: WorkingDays

    def window(self, duration: Duration) -> date | None:
        """First day of the window; None when it needs a working-day calendar that is not published."""
        if duration.unit is not Unit.WORKDAY:
            return window_start(self.day, duration)
        try:
            return self.working_days.window_start(self.day, duration.number)
        except CalendarError:
            return None


def not_updated(check: model.NotUpdated, read: Read, today: Today) -> pl.Expr:
    """Whether the newest date lies before the window; see docs/language.md, Time."""
    start = today.window(_duration(check.within))
    if start is None:
        return UNKNOWN
    value = _days(read)
    past = pl.when(value <= read.observed).then(value)  # a date after the observation is a slip, and says nothing
    stale = pl.when(value.is_null()).then(_open(read, check.if_missing)).otherwise(past < start)
    if not read.ages:
        return stale
    speaks = read.observed >= window_start(today.day, today.observation)
    return stale & pl.when(speaks.fill_null(True)).then(TRUE).otherwise(UNKNOWN)


def _open(read: Read, if_missing: model.IfMissing | None) -> pl.Expr:
    """What no value means for a check that holds when there is nothing."""
    return pl.when(read.nothing).then(True).otherwise(_missing(read, if_missing))


def _missing(read: Read, if_missing: model.IfMissing | None) -> pl.Expr:
    """An open field of a known fact: unknown, unless the rule cites a law that says otherwise."""
    if if_missing is None or if_missing.then is Missing.UNKNOWN:
        return UNKNOWN
    return pl.when(read.known).then(if_missing.then is Missing.TRUE).otherwise(UNKNOWN)


def compare(check: model.Compare, read: Read) -> pl.Expr:
    """Whether the field stands in the relation to the value."""
    subject = read.value
    counts_entries = read.type is FieldType.LIST and check.relation is not Relation.INCLUDES
    if counts_entries:
        subject = read.value.list.len().cast(pl.Int64)
    holds = _relation(subject, check, read.type, read.words)
    if counts_entries:
        for_none = _relation(pl.lit(0, dtype=pl.Int64), check, read.type)
    else:
        for_none = pl.lit(check.relation in (Relation.IS_NOT, Relation.NONE_OF))
    said = (
        pl.when(read.value.is_not_null())
        .then(holds)
        .otherwise(pl.when(read.nothing).then(for_none).otherwise(_missing(read, check.if_missing)))
    )
    return lasting(said, read)


def lasting(said: pl.Expr, read: Read) -> pl.Expr:
    """What was seen, unknown once the observation is too old to speak for today."""
    return pl.when(read.lasts).then(said).otherwise(UNKNOWN)


def _relation(subject: pl.Expr, check: model.Compare, type: FieldType, words: tuple[str, ...] = ()) -> pl.Expr:
    if type is FieldType.TIME and check.relation in model.BOUNDS:
        subject = subject.dt.date()
    if check.relation in model.BOUNDS:
        held: pl.Expr = bound(check.relation)(subject, _plain(check.value))
        return held
    if check.relation is Relation.INCLUDES:
        return subject.list.contains(_plain(check.value))
    given = check.value if isinstance(check.value, tuple) else (check.value,)
    among = subject.is_in([_plain(v) for v in given if type is not FieldType.WORD or v in words])
    return among if check.relation in (Relation.IS, Relation.ONE_OF) else ~among


def bound(relation: Relation) -> Callable[[Anything, Anything], Anything]:
    """The comparison that a bound word names."""
    return {
        Relation.AT_LEAST: lambda a, b: a >= b,
        Relation.MORE_THAN: lambda a, b: a > b,
        Relation.AT_MOST: lambda a, b: a <= b,
        Relation.LESS_THAN: lambda a, b: a < b,
    }[relation]


def _plain(value: object) -> Anything:
    """A literal as Polars takes it."""
    return float(value) if isinstance(value, Decimal | Fraction) else value


def differ(left: Read, right: Read, ignore: tuple[Ignore, ...]) -> pl.Expr:
    """Whether two known texts are not the same; one that is none differs from one that is not."""
    a, b = _as_written(left.value, left.type, ignore), _as_written(right.value, right.type, ignore)
    left_known = left.value.is_not_null() | left.nothing
    right_known = right.value.is_not_null() | right.nothing
    said = (
        pl.when(left_known & right_known)
        .then(pl.when(left.nothing | right.nothing).then(left.nothing != right.nothing).otherwise(a != b))
        .otherwise(UNKNOWN)
    )
    return lasting(lasting(said, left), right)


def _as_written(value: pl.Expr, type: FieldType, ignore: tuple[Ignore, ...]) -> pl.Expr:
    text = value.cast(pl.String) if type is not FieldType.LIST else value.list.join(";")
    if Ignore.WIDTH in ignore:
        text = text.str.normalize("NFKC")
    if Ignore.SPACE in ignore:
        text = text.str.replace_all(r"\s", "")
    if Ignore.PUNCTUATION in ignore:
        text = text.str.replace_all(r"[\p{P}\p{S}]", "")
    if Ignore.CASE in ignore:
        text = text.str.to_lowercase()
    return text


def absent(read: Read) -> pl.Expr:
    """Whether the field is known to be none."""
    said = pl.when(read.nothing).then(True).otherwise(pl.when(read.value.is_not_null()).then(False).otherwise(UNKNOWN))
    return lasting(said, read)


def elapsed(check: model.Elapsed, since: Read, until: Read | None, today: Today) -> pl.Expr:
    """The time between two dates against a duration; what has not come counts up to the monitoring day.

    "Not come yet" was seen on the day of the observation. While that speaks for today it counts up to today; later only
    what today and that day both say is known: a reply that was late when somebody looked stays late.
    """
    duration = _duration(check.duration)
    by_hours = duration.unit is Unit.HOUR
    now = pl.lit(_midnight_after(today.day) if by_hours else today.day)
    begin = _times(since) if by_hours else _days(since)
    deadline = _deadline(begin, duration, today)
    beyond = bound(check.relation)
    so_far = beyond(now, deadline)
    if until is None:
        held = so_far
    else:
        end = _times(until) if by_hours else _days(until)
        grows = check.relation in (Relation.AT_LEAST, Relation.MORE_THAN)
        # An end that nobody gives lies anywhere up to now: only what holds (or fails) at both ends is decided.
        undecided = pl.when(so_far != grows).then(so_far).otherwise(UNKNOWN)
        then = beyond(_midnight(until.observed) if by_hours else until.observed, deadline)
        speaks = (until.observed >= window_start(today.day, today.observation)).fill_null(True)
        not_come = pl.when(speaks | (then == so_far)).then(so_far).otherwise(UNKNOWN)
        held = (
            pl.when(end.is_not_null())
            .then(beyond(pl.min_horizontal(end, now), deadline))
            .otherwise(pl.when(until.nothing).then(not_come).otherwise(undecided))
        )
    return pl.when(since.nothing).then(False).otherwise(pl.when(begin.is_null()).then(UNKNOWN).otherwise(held))


def _deadline(begin: pl.Expr, duration: Duration, today: Today) -> pl.Expr:
    if duration.unit is Unit.WORKDAY:
        return today.working_days.deadlines(begin, duration.number)
    return begin.dt.offset_by(f"{duration.number}{duration.unit.value}")


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def _days(read: Read) -> pl.Expr:
    return read.value.dt.date() if read.type is FieldType.TIME else read.value


def _times(read: Read) -> pl.Expr:
    return read.value if read.type is FieldType.TIME else _midnight(read.value)


def _midnight(day: pl.Expr) -> pl.Expr:
    """The moment at which a day begins in Shanghai."""
    return day.cast(pl.Datetime("us")).dt.replace_time_zone("Asia/Shanghai")


def _duration(value: object) -> Duration:
    assert isinstance(value, Duration)
    return value
