"""Chinese working days from the dated table rules/calendar/cn.yaml; years that are not published are refused."""

from __future__ import annotations

import bisect
import functools
import importlib.resources
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from hege.engine.canonical import digest
from hege.engine.dates import months_before
from hege.engine.errors import CalendarError
from hege.engine.rulebook.model import Every, Span
from hege.engine.text import Text
from hege.engine.yamlnodes import MapNode, Reading, read_yaml


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Every working day of the published years, ascending, and the first and last day covered."""

    days: tuple[date, ...]
    first: date
    last: date

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the table's content: which days of which span people work on."""
        return digest(self)

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day."""
        self._covered(day)
        index = bisect.bisect_left(self.days, day)
        return index < len(self.days) and self.days[index] == day

    def add(self, day: date, number: int) -> date:
        """The working day so many after a day; the day itself is day 0."""
        self._covered(day)
        index = bisect.bisect_right(self.days, day) + number - 1
        if number == 0:
            return day
        if index >= len(self.days):
            raise self._unpublished(self.last + timedelta(days=1))
        return self.days[index]

    def window_start(self, day: date, number: int) -> date:
        """First of the last so many working days up to and with a day."""
        self._covered(day)
        index = bisect.bisect_right(self.days, day) - number
        if index < 0:
            raise self._unpublished(self.first - timedelta(days=1))
        return self.days[index]

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """The working days of a span, both ends included."""
        self._covered(first)
        self._covered(last)
        return self.days[bisect.bisect_left(self.days, first) : bisect.bisect_right(self.days, last)]

    def deadlines(self, begin: pl.Expr, number: int) -> pl.Expr:
        """For each day the working day so many after it; null where no published calendar says."""
        span = [self.first + timedelta(days=i) for i in range((self.last - self.first).days + 1)]
        known = {day: due for day in span if (due := self._due(day, number)) is not None}
        return begin.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Date)

    def _due(self, day: date, number: int) -> date | None:
        try:
            return self.add(day, number)
        except CalendarError:
            return None

    def _covered(self, day: date) -> None:
        if not self.first <= day <= self.last:
            raise self._unpublished(day)

    def _unpublished(self, day: date) -> CalendarError:
        return CalendarError(
            f"{day.year}年的工作日历尚未发布，无法推算工作日 / the working-day calendar of {day.year} is not published; "
            "add its holiday notice to rules/calendar/cn.yaml"
        )


@functools.cache
def load_working_days() -> WorkingDays:
    """The shipped calendar."""
    source = importlib.resources.files("hege") / "rules" / "calendar" / "cn.yaml"
    return read_working_days(source.read_text(encoding="utf-8"), "calendar/cn.yaml")


def read_working_days(text: str, file: str) -> WorkingDays:
    """A calendar from its YAML; raises InputError. Years must follow one another without a gap."""
    reading = Reading()
    top = reading.mapping(read_yaml(text, file), Text(zh="日历", en="calendar"), ["schema", "years"]) or {}
    node = top.get("years")
    days: list[date] = []
    years: list[int] = []
    for key, value in node.entries if isinstance(node, MapNode) else ():
        what = Text(zh=f"{key.raw}年", en=f"year {key.raw}")
        entry = reading.mapping(value, what, ["off", "work"]) or {}
        if not key.raw.isdigit() or (years and int(key.raw) != years[-1] + 1):
            reading.problem("bad-year", key.place, "年份应连续递增", "years must follow one another")
            continue
        years.append(int(key.raw))
        off, on = (_days(reading, entry.get(name), int(key.raw), what) for name in ("off", "work"))
        day = date(int(key.raw), 1, 1)
        while day.year == int(key.raw):
            if day in on or (day.weekday() < 5 and day not in off):
                days.append(day)
            day += timedelta(days=1)
    if not years:
        reading.problem("no-years", read_yaml(text, file).place, "日历没有年份", "the calendar has no years")
    reading.done()
    return WorkingDays(tuple(days), date(years[0], 1, 1), date(years[-1], 12, 31))


def _days(reading: Reading, node: object, year: int, what: Text) -> set[date]:
    found = set()
    for item in reading.items(node, what):  # type: ignore[arg-type]
        raw = reading.text(item, what) or ""
        try:
            found.add(date.fromisoformat(f"{year}-{raw}"))
        except ValueError:
            reading.problem("bad-date", item.place, f"“{raw}”不是月日", f"“{raw}” is no month and day",
                            Text(zh="写成02-10", en="write it as 02-10"))  # fmt: skip
    return found


def span_of(span: Span, day: date) -> tuple[date, date]:
    """First and last day of the calendar week (Monday to Sunday), month, quarter or year that holds a day."""
    if span is Span.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    months = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}[span]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, months_before(first, -months) - timedelta(days=1)


def period_ends(every: Every, span: Span, day: date, working_days: WorkingDays) -> tuple[date, ...]:
    """Last days of the periods that end inside the span of a day and not after the day; may raise CalendarError."""
    first, last = span_of(span, day)
    last = min(last, day)
    if every is Every.WORKDAY:
        return working_days.between(first, last)
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return tuple(d for d in days if _ends(every, d))


def _ends(every: Every, day: date) -> bool:
    if every is Every.WEEK:
        return day.weekday() == 6
    return every is Every.DAY or (day + timedelta(days=1)).day == 1
