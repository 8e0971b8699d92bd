"""The working-day calendar: what it counts, and that it refuses years whose holidays nobody published."""

from __future__ import annotations

from datetime import date

import pytest

from hege.engine.calendar import WorkingDays, load_working_days, read_working_days
from hege.engine.dates import Duration, Unit, window_start
from hege.engine.errors import CalendarError, InputError
from hege.engine.text import Language

CALENDAR = """\
schema: calendar/1
years:
  2023: {off: [01-02], work: [01-28, 01-29]}
  2024: {off: [02-12, 02-13], work: [02-04]}
"""


@pytest.fixture
def calendar() -> WorkingDays:
    return read_working_days(CALENDAR, "cn.yaml")


def test_working_days_follow_the_notice(calendar: WorkingDays) -> None:
    """Weekends and holidays are off, weekends moved to make up for them are not."""
    asked = [date(2024, 2, 3), date(2024, 2, 4), date(2024, 2, 9), date(2024, 2, 12), date(2024, 2, 14)]
    assert [calendar.is_workday(day) for day in asked] == [False, True, True, False, True]
    assert calendar.is_workday(date(2023, 1, 1)) is False


def test_counting_skips_what_is_off(calendar: WorkingDays) -> None:
    """From a Friday over the holiday; the day itself is day 0, on whatever day it falls."""
    assert calendar.add(date(2024, 2, 9), 1) == date(2024, 2, 14)
    assert calendar.add(date(2024, 2, 10), 0) == date(2024, 2, 10)
    assert calendar.window_start(date(2024, 2, 14), 2) == date(2024, 2, 9)
    assert calendar.between(date(2024, 2, 9), date(2024, 2, 15)) == (
        date(2024, 2, 9),
        date(2024, 2, 14),
        date(2024, 2, 15),
    )


@pytest.mark.parametrize(
    ("asked", "year"),
    [
        (lambda c: c.is_workday(date(2025, 1, 2)), 2025),
        (lambda c: c.is_workday(date(2022, 12, 30)), 2022),
        (lambda c: c.add(date(2024, 12, 31), 1), 2025),
        (lambda c: c.window_start(date(2023, 1, 3), 3), 2022),
        (lambda c: c.between(date(2024, 12, 30), date(2025, 1, 2)), 2025),
    ],
)  # fmt: skip
def test_unpublished_years_are_refused(calendar: WorkingDays, asked: object, year: int) -> None:
    """Nothing is guessed past the ends; the message names the year and the file to complete."""
    with pytest.raises(CalendarError) as error:
        asked(calendar)  # type: ignore[operator]
    assert str(error.value) == (
        f"{year}年的工作日历尚未发布，无法推算工作日 / the working-day calendar of {year} is not published; "
        "add its holiday notice to rules/calendar/cn.yaml"
    )


FAULTS = {
    "no years": (CALENDAR[: CALENDAR.index("  2023")].replace("years:", "years: {}"), ["cn.yaml:1:1: error[no-years]: the calendar has no years"]),
    "a gap": (CALENDAR.replace("2024", "2025"), ["cn.yaml:4:3: error[bad-year]: years must follow one another"]),
    "no year": (CALENDAR.replace("2023", "今年"), ["cn.yaml:3:3: error[bad-year]: years must follow one another"]),
    "no day": (CALENDAR.replace("01-02", "02-30"), ["cn.yaml:3:16: error[bad-date]: “02-30” is no month and day"]),
    "two": (CALENDAR.replace("01-02", "1月2日").replace("2024", "2026"), [
        "cn.yaml:3:16: error[bad-date]: “1月2日” is no month and day", "cn.yaml:4:3: error[bad-year]: years must follow one another",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_a_calendar(name: str) -> None:
    """All of them, each at its place."""
    text, messages = FAULTS[name]
    with pytest.raises(InputError) as error:
        read_working_days(text, "cn.yaml")
    assert [p.shown(Language.EN).split("\n")[0] for p in error.value.problems] == messages


def test_shipped_calendar_covers_2019_to_2026() -> None:
    """With the days of the notices: 2020's long Spring Festival, the make-up Sunday before National Day 2024."""
    shipped = load_working_days()
    assert (shipped.first, shipped.last) == (date(2019, 1, 1), date(2026, 12, 31))
    assert not shipped.is_workday(date(2020, 1, 31))
    assert shipped.is_workday(date(2024, 9, 29))


def test_hours_make_no_window() -> None:
    """A window is whole days; asking otherwise is a mistake of the caller, told at once."""
    with pytest.raises(ValueError, match="window of calendar days"):
        window_start(date(2024, 2, 23), Duration(5, Unit.HOUR))
