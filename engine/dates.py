"""Days that can be meant, durations, windows and calendar periods, all in whole days of Asia/Shanghai.

The convention (DESIGN of the national tables): a window ends on the monitoring day and both ends count. N days or
weeks are that many days: 14 days at 2021-03-21 are 03-08 … 03-21 (Shanghai, 2021 Q1). N months or years reach back to
the same day number, clamped to the month's end: "前2个月内" at 03-01 is 01-01 … 03-01 (国办发〔2015〕15号).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from hege.engine.text import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLIEST, LATEST = date(1950, 1, 1), date(2100, 12, 31)
"""No government website, account or rule about them is older; a day outside is a slip, such as 0024 or 2204."""


BETWEEN = Text(zh=f"在{EARLIEST}至{LATEST}之间", en=f"between {EARLIEST} and {LATEST}")


def is_meant(day: date) -> bool:
    """Whether a day can be meant at all; whatever reads days refuses the others."""
    return EARLIEST <= day <= LATEST


class Unit(Enum):
    """What a duration counts."""

    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "mo"
    YEAR = "y"
    WORKDAY = "workday"


_ZH = {
    Unit.HOUR: "小时",
    Unit.DAY: "天",
    Unit.WEEK: "周",
    Unit.MONTH: "个月",
    Unit.YEAR: "年",
    Unit.WORKDAY: "个工作日",
}
_PATTERN = re.compile(r"(\d{1,4}) ?(h|d|w|mo|y|workdays?)")


@dataclass(frozen=True, slots=True)
class Duration:
    """So many of one unit: `14d`, `2w`, `6mo`, `1y`, `5h`, `1 workday`."""

    number: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Duration | None:
        """The duration a text writes, or None if it writes none."""
        found = _PATTERN.fullmatch(text.strip())
        return cls(int(found[1]), Unit(found[2].removesuffix("s"))) if found else None

    def __str__(self) -> str:
        return f"{self.number} workday" if self.unit is Unit.WORKDAY else f"{self.number}{self.unit.value}"

    @property
    def zh(self) -> str:
        """As an official writes it: 14天, 3个月, 1个工作日."""
        return f"{self.number}{_ZH[self.unit]}"


def months_before(day: date, months: int) -> date:
    """The same day number so many months earlier (later if negative), clamped to the month's last day; at most all the way back."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def window_start(day: date, duration: Duration) -> date:
    """First day of the window that ends on `day`, both counted. Working days and hours make no window here."""
    match duration.unit:
        case Unit.DAY:
            return day - timedelta(days=duration.number - 1)
        case Unit.WEEK:
            return day - timedelta(days=7 * duration.number - 1)
        case Unit.MONTH:
            return months_before(day, duration.number)
        case Unit.YEAR:
            return months_before(day, 12 * duration.number)
        case _:
            raise ValueError(f"{duration} is no window of calendar days")
