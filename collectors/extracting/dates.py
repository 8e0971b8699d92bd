"""Days in running text, as Chinese pages print them: our own expressions, because a general date guesser reads
generation times and titles and so calls updated pages stale.

What a day means (when something was published, or only a year in a title) is for whoever asks.
"""

from __future__ import annotations

import functools
import re
from datetime import date, timedelta
from typing import NamedTuple

# 2026- 08- 07 is printed with blanks inside; 2026年8月7日, 2026/8/7, 2026.8.7 without.
_FULL = re.compile(r"(?<![\d.])((?:19|20)\d{2})\s*([-/.—年])\s*(\d{1,2})\s*([-/.—月])\s*(\d{1,2})(?!\d|\s*[-/.]\s*\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
# A big day beside a small year and month, in either order: <b>20</b><i>2026-11</i>.
_SPLIT = re.compile(r"(?<![\d\-/.])(\d{1,2})日?\s+((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})月?(?!\s*[-/.]?\d)")
_SPLIT_BACK = re.compile(r"(?<![\d\-/.])((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})月?\s+(\d{1,2})日?(?![\d:\-/.])")
_MONTH_DAY = re.compile(r"(?<![\d\-/.:年〔\[])(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?(?![\d\-/.:%])")
_AROUND = " \t\r\n\u3000\xa0[]【】()（）〔〕|·•:：-—>»"
# Generation stamps, clocks in the page head and validity terms are days, but not days of an item.
NOT_AN_ITEM = re.compile(
    r"今天是|今日|星期|当前|现在|生成时间|生成日期|最后更新|最近更新|网站更新|页面更新|更新至|版权|copyright|截止|截至"
    r"|有效期|施行|实施日期|生效|失效|成文|发文日期|印发日期|签发|开幕|会期|出生",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """A day and how it was written. `has_year` is false for 10-11, whose year somebody else must know.

    A named tuple, as `Candidate` is: a page has hundreds, and a frozen dataclass takes three times as long to make.
    """

    day: date
    text: str
    start: int
    has_year: bool = True


@functools.lru_cache(maxsize=4096)  # what stands beside the titles of a list is the same few days on every page
def full_days(text: str, *, compact: bool = False) -> tuple[Found, ...]:
    """The days written with their year, in the order of the text; `compact` also takes 20230925.

    A list prints its days in one way, so the first that is found is the one.
    """
    found = _written(_FULL, 1, 3, 5, text) or _written(_SPLIT, 2, 3, 1, text) or _written(_SPLIT_BACK, 1, 2, 3, text)
    if compact:
        others = _written(_COMPACT, 1, 2, 3, text)
        apart = [o for o in others if not any(_overlap(o, f) for f in found)]
        found = sorted(found + apart, key=lambda f: f.start)
    return tuple(found)


def _written(expression: re.Pattern[str], year: int, month: int, day: int, text: str) -> list[Found]:
    """The days one way of writing shows; the numbers say which group is which."""
    found = []
    for match in expression.finditer(text):
        when = _day(match[year], match[month], match[day])
        if when:
            found.append(Found(when, match[0], match.start()))
    return found


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.start + len(other.text) and other.start < one.start + len(one.text)


def only_day(text: str) -> Found | None:
    """The day of a text that holds nothing else: `[2024-02-28]`, `20230925`, `08-02` (without a year)."""
    bare = text.strip(_AROUND)
    if not bare or len(bare) > 40 or not any(c.isdigit() for c in bare):
        return None
    bare = re.sub(r"^(发布|更新|公开|发表|录入|上传)?(日期|时间|于)?\s*[:：]?\s*", "", bare)
    for found in full_days(bare, compact=True):
        rest = (bare[: found.start] + bare[found.start + len(found.text) :]).strip(_AROUND + "日")
        if not rest or re.fullmatch(r"\d{1,2}[:：]\d{2}([:：]\d{2})?", rest):
            return found
        return None
    match = _MONTH_DAY.fullmatch(bare)
    when = _day("2024", match[1], match[2]) if match else None  # a leap year, so that 02-29 is a day
    return Found(when, bare, 0, has_year=False) if when else None


def year_from_neighbours(month_day: date, neighbour: date | None, fetched_on: date) -> date | None:
    """A day without a year, given the day its address shows; None where nothing shows the year.

    The address may be a day or so off the printed date (an item entered the evening before), never months.
    """
    if neighbour is None:
        return None
    for year in (neighbour.year, neighbour.year + 1, neighbour.year - 1):
        when = _day(str(year), str(month_day.month), str(month_day.day))
        if when and abs(when - neighbour) <= timedelta(days=45):
            return when
    return None


# t20171019_1234.html · /art/2016/11/22/ · /202310/t... · /2023-07/22/content_ · /20230722/
_URL_DAY = re.compile(
    r"/t((?:19|20)\d{2})(\d{2})(\d{2})_|/((?:19|20)\d{2})[-/](\d{1,2})[-/](\d{1,2})(?:/|_)|/((?:19|20)\d{2})(\d{2})(\d{2})/"
)
_URL_MONTH = re.compile(r"/((?:19|20)\d{2})[-/]?(\d{2})/")


def url_day(url: str) -> date | None:
    """The day an address shows, if it does."""
    if "20" not in url and "19" not in url:
        return None
    for match in _URL_DAY.finditer(url):
        year, month, day = [g for g in match.groups() if g]
        when = _day(year, month, day)
        if when:
            return when
    return None


def url_month(url: str) -> date | None:
    """The middle of the month an address shows, else its day."""
    exact = url_day(url)
    if exact:
        return exact
    match = _URL_MONTH.search(url)
    return _day(match[1], match[2], "15") if match else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
