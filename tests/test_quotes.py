"""What official wordings say of numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hege.engine.dates import Duration, Unit
from hege.engine.rulebook.quotes import Stated, same_length, stated_bounds, stated_windows

BOUNDS: dict[str, list[tuple[int | Fraction, Unit | str, bool, str]]] = {
    "累计超过(含)5个未更新": [(5, "", True, "超过(含)5")],
    "累计超过（含）5个未更新": [(5, "", True, "超过（含）5")],
    "累计超过5个未更新": [(5, "", False, "超过5")],
    "累计超过5个（含）未更新": [(5, "", True, "超过5个（含）")],
    "次数占比超过（含）5%": [(5, "%", True, "超过（含）5%")],
    "占比达到２．５％": [(Fraction(5, 2), "%", True, "达到２．５％")],
    "超过（含）15秒网站仍打不开": [(15, "", True, "超过（含）15")],
    "超过3个月未回应": [(3, Unit.MONTH, False, "超过3个月")],
    "超过三个月未回应": [(3, Unit.MONTH, False, "超过三个月")],
    "超过5小时": [(5, Unit.HOUR, False, "超过5小时")],
    "缺失4类及以上": [(4, "", True, "4类及以上")],
    "每天访问20次以上": [(20, "", True, "20次以上")],
    "十二个以下": [(12, "", False, "十二个以下")],
    "二十条以上": [(20, "", True, "二十条以上")],
    "不少于1条": [(1, "", True, "不少于1")],
    "总数不足5个的": [(5, "", True, "不足5")],
    "不超过5个": [(5, "", False, "不超过5")],
    "动态栏目超过（含）5个，长期未更新的超过10个": [(5, "", True, "超过（含）5"), (10, "", False, "超过10")],
    "连续3周未更新": [],
    "一级栏目": [],
}


@pytest.mark.parametrize("quote", BOUNDS)
def test_bound_in_a_quote(quote: str) -> None:
    """The number, its unit, on which side of it the line runs, and the words as written."""
    assert list(stated_bounds(quote)) == [
        Stated(number=Fraction(number), unit=unit, reaches=reaches, phrase=phrase)
        for number, unit, reaches, phrase in BOUNDS[quote]
    ]


WINDOWS = {
    "监测时间点前2周内": [(Duration(2, Unit.WEEK), "2周内")],
    "前2周内的动态类，以及前6个月内的通知": [
        (Duration(2, Unit.WEEK), "2周内"),
        (Duration(6, Unit.MONTH), "6个月内"),
    ],
    "一年内": [(Duration(1, Unit.YEAR), "一年内")],
    "1个工作日内答复": [(Duration(1, Unit.WORKDAY), "1个工作日内")],
    "近14天未更新": [],
}


@pytest.mark.parametrize("quote", WINDOWS)
def test_window_in_a_quote(quote: str) -> None:
    """A length of time followed by 内."""
    assert list(stated_windows(quote)) == WINDOWS[quote]


def test_one_length_in_two_writings() -> None:
    """2 weeks are 14 days and a year is 12 months; a month is no number of days."""
    assert same_length(Duration(2, Unit.WEEK), Duration(14, Unit.DAY))
    assert same_length(Duration(1, Unit.YEAR), Duration(12, Unit.MONTH))
    assert not same_length(Duration(1, Unit.MONTH), Duration(30, Unit.DAY))
