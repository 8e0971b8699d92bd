"""Literals of rule files: durations, numbers, percentages, days, words, and `$name` for a parameter."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place
from hege.engine.rulebook.model import Param, Scalar, Value
from hege.engine.text import Text
from hege.engine.yamlnodes import Node, Reading, ScalarNode

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%")
_PARAM = re.compile(r"\$([a-z][a-z0-9_]*)")


def literal(node: ScalarNode) -> Scalar:
    """The value a scalar writes; what is no duration, percentage or day is a word."""
    if isinstance(node.value, bool | int | Decimal):
        return node.value
    raw = node.raw
    if found := _PERCENT.fullmatch(raw):
        return Fraction(Decimal(found[1])) / 100
    if duration := Duration.parse(raw):
        return duration
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            return raw
    return raw


def value(reading: Reading, node: Node | None, what: Text) -> Value | None:
    """A literal or a parameter."""
    if node is None:
        return None
    if not isinstance(node, ScalarNode) or node.value is None:
        reading.problem("expected-value", node.place, f"{what.zh}应为一个值", f"{what.en} must be a value")
        return None
    if found := _PARAM.fullmatch(node.raw):
        return Param(found[1])
    return literal(node)


class Slot:
    """What a place in a check may hold, as (Chinese, English, an example)."""

    WINDOW = ("时间窗口", "a window", "14d、2w、6mo、1y、1 workday")
    DURATION = ("时长", "a duration", "5h、14d、3mo、1 workday")
    NUMBER = ("整数", "a whole number", "5")
    SHARE = ("百分比", "a percentage", "5%")
    TRUTH = ("true或false", "true or false", "true")


def fits(slot: tuple[str, str, str], given: object) -> bool:
    """Whether a literal is what the slot holds."""
    if slot is Slot.WINDOW:
        return isinstance(given, Duration) and given.unit is not Unit.HOUR and given.number > 0
    if slot is Slot.DURATION:
        return isinstance(given, Duration)
    if slot is Slot.NUMBER:
        return isinstance(given, int) and not isinstance(given, bool) and given >= 0
    if slot is Slot.SHARE:
        return isinstance(given, Fraction) and 0 <= given <= 1
    return isinstance(given, bool)


def require(reading: Reading, place: Place, slot: tuple[str, str, str], given: object, what: str) -> None:
    """Records a problem when a literal does not fit its slot; a parameter is judged once it has its value."""
    if isinstance(given, Param) or given is None or fits(slot, given):
        return
    zh, en, example = slot
    reading.problem(
        "wrong-value", place,
        f"“{what}”应为{zh}，这里是“{shown(given)}”", f"“{what}” must be {en}, not “{shown(given)}”",
        Text(zh=f"例如：{example}", en=f"for example: {example}"),
    )  # fmt: skip


def shown(given: object) -> str:
    """A value as an official writes it."""
    if isinstance(given, Duration):
        return given.zh
    if isinstance(given, Fraction):
        percent = Decimal(given.numerator) * 100 / given.denominator
        return f"{percent.normalize():f}%"
    if isinstance(given, bool):
        return "是" if given else "否"
    if isinstance(given, tuple):
        return "、".join(shown(g) for g in given)
    return str(given)
