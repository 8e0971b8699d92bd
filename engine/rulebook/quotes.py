"""What an official wording says of numbers: bounds (超过（含）5个, 不少于20次) and windows (前2周内).

Reads the usual phrases only; a number without a bound word says nothing here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hege.engine.dates import Duration, Unit

_UNITS = {
    "个工作日": Unit.WORKDAY, "工作日": Unit.WORKDAY, "小时": Unit.HOUR, "个月": Unit.MONTH, "天": Unit.DAY, "日": Unit.DAY,
    "周": Unit.WEEK, "年": Unit.YEAR,
}  # fmt: skip
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER = r"(?P<number>\d+(?:\.\d+)?|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_UNIT = r"(?P<unit>%|" + "|".join(_UNITS) + r"|[个次条项件类秒家份])?"
_BEFORE = re.compile(
    r"(?P<word>不超过|不多于|超过|多于|高于|不少于|不低于|不足|少于|低于|达到|至少)\s*(?P<also>\(含\))?\s*"
    + _NUMBER + r"\s*" + _UNIT + r"(?P<after>\(含\))?"
)  # fmt: skip
_AFTER = re.compile(_NUMBER + r"\s*" + _UNIT + r"(?:\(含\))?及?(?P<word>以上|以下)")
_WINDOW = re.compile(_NUMBER + r"\s*(?P<unit>" + "|".join(_UNITS) + ")内")
_POINTS = re.compile(r"[扣得加](?P<number>\d+(?:\.\d+)?)分")
_SPLIT_BELOW = {"不少于", "不低于", "不足", "少于", "低于", "达到", "至少", "以上"}


@dataclass(frozen=True, slots=True)
class Stated:
    """A bound as quoted. It parts N from N-1 (`reaches`: 超过（含）N, 不足N) or N from N+1 (超过N, 不超过N)."""

    number: Fraction
    unit: Unit | str  # a unit of time, "%", or "" for anything that is counted
    reaches: bool
    phrase: str


def stated_bounds(quote: str) -> Iterator[Stated]:
    """Every bound that a quote states, as it writes it."""
    plain = unicodedata.normalize("NFKC", quote)
    source = quote if len(quote) == len(plain) else plain
    for found in (*_BEFORE.finditer(plain), *_AFTER.finditer(plain)):
        groups = found.groupdict()
        inclusive = bool(groups.get("also") or groups.get("after"))
        written = found["unit"] or ""
        whole = groups.get("after") or found["word"] in ("以上", "以下") or written == "%" or written in _UNITS
        end = found.end() if whole else found.end("number")
        yield Stated(
            number=_number(found["number"]),
            unit=_UNITS.get(written, "%" if written == "%" else ""),
            reaches=inclusive or found["word"] in _SPLIT_BELOW,
            phrase=source[found.start() : end],
        )


def stated_windows(quote: str) -> Iterator[tuple[Duration, str]]:
    """Every window of time that a quote states (前2周内), as it writes it."""
    plain = unicodedata.normalize("NFKC", quote)
    for found in _WINDOW.finditer(plain):
        number = _number(found["number"])
        if number.denominator == 1:
            yield Duration(int(number), _UNITS[found["unit"]]), found[0]


def stated_points(quote: str) -> Iterator[tuple[Decimal, str]]:
    """Every number of points that a quote takes or gives (扣0.5分, 得2分), as it writes it."""
    for found in _POINTS.finditer(unicodedata.normalize("NFKC", quote)):
        yield Decimal(found["number"]), found[0]


def same_length(one: Duration, other: Duration) -> bool:
    """Whether two durations are one length of time in two writings: 2周 and 14天, 1年 and 12个月."""
    return _length(one) == _length(other)


def _length(duration: Duration) -> tuple[int, Unit]:
    factor, unit = {Unit.WEEK: (7, Unit.DAY), Unit.YEAR: (12, Unit.MONTH)}.get(duration.unit, (1, duration.unit))
    return duration.number * factor, unit


def _number(text: str) -> Fraction:
    """Arabic figures, or Chinese ones up to 99."""
    if text[0].isdigit():
        return Fraction(Decimal(text))
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return Fraction(_DIGITS[text])
    return Fraction(10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0))
