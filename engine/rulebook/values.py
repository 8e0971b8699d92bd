"""Literals of rule files: durations, numbers, percentages, days, words, and `$name` for a parameter."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hege.engine.dates import Duration, Unit, is_meant
from hege.engine.errors import Place
from hege.engine.rulebook.model import Given, Param, Scalar, Value
from hege.engine.rulebook.quotes import stated_windows
from hege.engine.text import Text
from hege.engine.yamlnodes import ListNode, Node, Reading, ScalarNode

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
            day = date.fromisoformat(raw)
        except ValueError:
            return raw
        return day if is_meant(day) else raw
    return raw


def value(reading: Reading, node: Node | None, what: Text) -> Value | None:
    """A literal or a parameter."""
    if node is None:
        return None
    if not isinstance(node, ScalarNode) or node.value is None:
        reading.problem("expected-value", node.place, f"{what.zh}应为一个值", f"{what.en} must be a value")
        return None
    if found := _PARAM.fullmatch(node.raw):
        return Param(found[1], node.place)
    return literal(node)


def setting(reading: Reading, node: Node, what: Text) -> Given | None:
    """What a parameter is set to: a literal or a list of words; a parameter cannot stand for another."""
    if isinstance(node, ListNode):
        words = [value(reading, item, what) for item in node.items]
        if not words:
            reading.problem("empty", node.place, f"{what.zh}的列表是空的", f"the list of {what.en} is empty",
                            Text(zh="至少写一个词", en="name at least one word"))  # fmt: skip
        kept = tuple(w for w in words if w is not None and not isinstance(w, Param))
        found: Given | Param | None = kept if kept and len(kept) == len(words) else None
        wrong = any(isinstance(w, Param) for w in words)
    else:
        found = value(reading, node, what)
        wrong = isinstance(found, Param)
    if wrong:
        reading.problem("parameter-of-parameter", node.place, f"{what.zh}不能取另一个参数的值", f"{what.en} cannot be another parameter",
                        Text(zh="直接写出数值", en="write the value itself"))  # fmt: skip
        return None
    return None if isinstance(found, Param) else found


class Slot:
    """What a place in a check may hold, as (Chinese, English, an example)."""

    WINDOW = ("一段时间", "a length of time", "14d、2w、6mo、1y、1 workday")
    DURATION = ("一段时间", "a length of time", "5h、14d、3mo、1 workday")
    NUMBER = ("整数", "a whole number", "5")
    SHARE = ("0%到100%的百分比", "a percentage from 0% to 100%", "5%")
    TRUTH = ("true或false", "true or false", "true")
    POINTS = ("大于0、至多两位小数的分值", "points above 0 with at most two decimals", "0.5")


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
    if slot is Slot.POINTS:
        if isinstance(given, bool) or not isinstance(given, int | Decimal):
            return False
        return given > 0 and (given * 100) % 1 == 0
    return isinstance(given, bool)


def require(reading: Reading, place: Place, slot: tuple[str, str, str], given: object, what: str) -> None:
    """Records a problem when a literal does not fit its slot; a parameter is judged once it has its value."""
    if isinstance(given, Param) or given is None or fits(slot, given):
        return
    zh, en, example = slot
    hint = Text(zh=f"例如：{example}", en=f"for example: {example.replace('、', ', ')}")
    if meant := _meant(slot, given):
        duration = Duration.parse(meant)
        unit = isinstance(given, int)  # only guessed
        hint = Text(
            zh=f"{'写明单位，如' if unit else '写成'}{meant}" + (f"（{duration.zh}）" if duration else ""),
            en=f"{'give the unit, such as' if unit else 'write'} {meant}",
        )
    reading.problem(
        "wrong-value", place,
        f"“{what}”应为{zh}，这里是“{written(given)}”", f"“{what}” must be {en}, not “{written(given)}”",
        hint,
    )  # fmt: skip


_UNITS = {
    "h": Unit.HOUR, "小时": Unit.HOUR, "d": Unit.DAY, "天": Unit.DAY, "日": Unit.DAY, "w": Unit.WEEK, "周": Unit.WEEK,
    "mo": Unit.MONTH, "个月": Unit.MONTH, "月": Unit.MONTH, "y": Unit.YEAR, "年": Unit.YEAR, "工作日": Unit.WORKDAY,
    "个工作日": Unit.WORKDAY, "workday": Unit.WORKDAY,
}  # fmt: skip


def _meant(slot: tuple[str, str, str], given: object) -> str:
    """The writing that a near miss stands for: 14days is 14d, a bare 14 is 14d, 0.05 is 5%."""
    if slot is Slot.SHARE and isinstance(given, Decimal) and 0 <= given <= 1:
        return f"{(given * 100).normalize():f}%"
    if slot not in (Slot.WINDOW, Slot.DURATION) or isinstance(given, bool):
        return ""
    if isinstance(given, int):
        return f"{given}d" if given > 0 else ""
    if isinstance(given, str) and (said := next(stated_windows(f"{given}内"), None)):
        return str(said[0])
    found = re.fullmatch(r"(\d{1,4}) ?([a-z]+|\D{1,4})", given.lower()) if isinstance(given, str) else None
    unit = found and next(
        (u for w, u in _UNITS.items() if found[2] == w or (len(w) < 3 and found[2].startswith(w))), None
    )
    return str(Duration(int(found[1]), unit)) if found and unit else ""


def written(given: object) -> str:
    """A value as a rule file writes it: 14d, 5%, true."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, tuple):
        return f"[{', '.join(written(g) for g in given)}]"
    return str(given) if isinstance(given, Duration) else shown(given)


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
