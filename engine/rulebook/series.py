"""Dates in a row, written short in tests: `2023-06-05 +3d x4 +15d +7d x2` is a start, four steps of 3 days, a gap, two weeks.

In a fact that is seen as it was last observed, a date field takes the newest date of its row that had come by then; of
facts that are events each date is one. Reading test files is `testfiles`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from hege.engine.dates import Duration, Unit, months_before

_ROW = re.compile(r"(\d{4}-\d{2}-\d{2})((?: \+\d{1,3}(?:d|w|mo|y)(?: x\d{1,3})?)+)")
_STEP = re.compile(r" \+(\d{1,3}(?:d|w|mo|y))(?: x(\d{1,3}))?")


def dates(written: str) -> tuple[date, ...] | None:
    """The dates of a row; None for what is no row of dates."""
    found = _ROW.fullmatch(written)
    if found is None:
        return None
    try:
        row = [date.fromisoformat(found[1])]
    except ValueError:
        return None
    for step, times in _STEP.findall(found[2]):
        duration = Duration.parse(step)
        assert duration is not None
        for _ in range(int(times or 1)):
            row.append(_after(row[-1], duration))
    return tuple(row)


def newest(row: Sequence[date], day: date) -> date | None:
    """The last date of a row that is not after a day."""
    return max((d for d in row if d <= day), default=None)


def _after(day: date, duration: Duration) -> date:
    match duration.unit:
        case Unit.MONTH:
            return months_before(day, -duration.number)
        case Unit.YEAR:
            return months_before(day, -12 * duration.number)
        case Unit.WEEK:
            return day + timedelta(weeks=duration.number)
        case _:
            return day + timedelta(days=duration.number)
