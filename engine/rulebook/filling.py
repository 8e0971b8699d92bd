"""Parameters replaced by their values, so that a compiled version holds nothing but values.

Only here is a parameter's value held against the place it is used at: a window, a number, a word of a field.
Problem texts keep their placeholders; what these name is checked.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

from hege.engine.dates import Duration
from hege.engine.errors import Place, Severity
from hege.engine.rulebook import model
from hege.engine.rulebook.checks import PATH, path_field, timed, typed
from hege.engine.rulebook.model import Param, Path, Version
from hege.engine.rulebook.tree import inside
from hege.engine.rulebook.values import Slot, require, written
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import Reading

T = TypeVar("T")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SLOTS: dict[tuple[type, str], tuple[str, str, str]] = {
    (model.NotUpdated, "within"): Slot.WINDOW,
    (model.Selection, "within"): Slot.WINDOW,
    (model.Elapsed, "duration"): Slot.DURATION,
    (model.Count, "number"): Slot.NUMBER,
    (model.Periods, "number"): Slot.NUMBER,
    (model.Periods, "in_a_row"): Slot.NUMBER,
    (model.Enough, "per_day"): Slot.NUMBER,
    (model.Enough, "days"): Slot.NUMBER,
    (model.Ratio, "share"): Slot.SHARE,
    (model.Switch, "value"): Slot.TRUTH,
    (model.Share, "step"): Slot.SHARE,
    (model.Line, "points"): Slot.POINTS,
    (model.OtherCap, "points"): Slot.POINTS,
    (model.Sheet, "base"): Slot.POINTS,
    (model.Sheet, "fails_below"): Slot.POINTS,
    (model.Sheet, "bonus_above"): Slot.POINTS,
}
_LISTED = (model.Relation.ONE_OF, model.Relation.NONE_OF)


def filled(reading: Reading, vocabulary: Vocabulary, version: Version) -> Version:
    """The version with `$name` replaced by its value in all its checks; faults are recorded."""
    filling = _Filling(reading, vocabulary, version)
    done = replace(
        version,
        fail_when=filling.fill(version.fail_when, "fail_when"),
        lines=filling.fill(version.lines, "lines"),
        other_cap=filling.fill(version.other_cap, "other_cap"),
        sheet=filling.fill(version.sheet, "sheet"),
        applies_when=filling.fill(version.applies_when, "applies_when"),
        problems=filling.fill(version.problems, "problem"),
    )
    for problem in version.problems:
        filling.check_placeholders(problem.text, version.fail_when)
    return done


def warn_of_unused(reading: Reading, version: Version, names: Iterator[str] | list[str]) -> None:
    """A warning for each of the parameters that nothing in the version uses."""
    used = used_parameters(version)
    if version.repealed or used - set(version.params):
        return  # a mistyped `$name` is told as such, not once more as the parameter it was meant to be
    for name in names:
        if name not in used:
            reading.problem(
                "unused-parameter", _origin(version, f"params.{name}"),
                f"参数“{name}”没有用到", f"the parameter “{name}” is not used",
                Text(zh=f"删去，或在检查块中用${name}", en=f"remove it, or use ${name} in a check"), Severity.WARNING,
            )  # fmt: skip


def used_parameters(version: Version) -> set[str]:
    """The names of all parameters in checks and texts."""
    said = (version.fail_when, version.lines, version.other_cap, version.sheet, version.applies_when, version.problems)
    names = {p.name for p in _parameters(said)}
    texts = (n for p in version.problems for n in _PLACEHOLDER.findall(p.text))
    return names | {n.removeprefix("$") for n in texts if n.startswith("$")}


def _parameters(item: object) -> Iterator[Param]:
    return (part for part in inside(item) if isinstance(part, Param))


def selections(item: object) -> Iterator[model.Selection]:
    """Every selection in a part of a rule."""
    return (part for part in inside(item) if isinstance(part, model.Selection))


def _origin(version: Version, key: str) -> Place:
    return (version.origins.get(key) or version.origins["from"]).place


@dataclass(slots=True)
class _Filling:
    reading: Reading
    vocabulary: Vocabulary
    version: Version
    key: str = field(default="fail_when")  # the field of the version that is being filled in

    def fill(self, item: T, key: str) -> T:
        self.key = key
        return cast(T, self._fill(item, None, ""))

    def _fill(self, item: object, slot: tuple[str, str, str] | None, row: str) -> object:
        """`row` is the kind of the fact in hand."""
        match item:
            case Param():
                return self._value(item, slot)
            case tuple():
                return tuple(self._fill(i, None, row) for i in item)
            case model.Selection():
                row = item.kind
            case model.Compare():
                return self._compare(item, row)
            case Duration() | model.Law() | Path():
                return item
        if not dataclasses.is_dataclass(item) or isinstance(item, type):
            return item
        parts = {f.name: getattr(item, f.name) for f in dataclasses.fields(item)}
        done = replace(item, **{n: self._fill(p, _SLOTS.get((type(item), n)), row) for n, p in parts.items()})
        if isinstance(item, model.Elapsed) and isinstance(done, model.Elapsed) and isinstance(item.duration, Param):
            found = [path_field(self.vocabulary, p, row) for p in (item.since, item.until) if p is not None]
            timed(self.reading, done.duration, [f for f in found if f], self._place(item.duration))
        return done

    def _place(self, param: Param) -> Place:
        key = f"params.{param.name}"
        return _origin(self.version, key if key in self.version.origins else self.key)

    def _value(self, param: Param, slot: tuple[str, str, str] | None) -> object:
        params = self.version.params
        if param.name not in params:
            at = param.place or _origin(self.version, self.key)
            self.reading.unknown_word(at, Text(zh="参数", en="parameter"), param.name, params)
            return param
        if slot is not None:
            require(self.reading, self._place(param), slot, params[param.name], param.name)
        return params[param.name]

    def _compare(self, check: model.Compare, row: str) -> model.Compare:
        """The comparison with its value, which must be one the field can have; a list in a list is part of it."""
        if isinstance(check.value, tuple):
            values: list[object] = []
            for part in check.value:
                value = self._compared(part, check, row)
                values.extend(value if isinstance(value, tuple) else [value])
            return replace(check, value=cast("tuple[model.Value, ...]", tuple(values)))
        value = self._compared(check.value, check, row)
        if isinstance(check.value, Param) and not isinstance(value, Param):
            listed = check.relation in _LISTED
            if listed is not isinstance(value, tuple):
                self.reading.problem(
                    "wrong-value", self._place(check.value),
                    f"“{check.value.name}”应为{'列表' if listed else '单个值'}，这里是“{written(value)}”",
                    f"“{check.value.name}” must be {'a list' if listed else 'one value'}, not “{written(value)}”",
                    Text(zh=f"{check.relation.value}后面{'写成列表' if listed else '只写一个值'}", en=f"{check.relation.value} takes {'a list' if listed else 'one value'}"),
                )  # fmt: skip
        return replace(check, value=cast("model.Value", value))

    def _compared(self, given: object, check: model.Compare, row: str) -> object:
        if not isinstance(given, Param):
            return given
        value = self._value(given, None)
        found = path_field(self.vocabulary, check.what, row)
        for part in value if isinstance(value, tuple) else (value,):
            if found is not None:
                typed(self.reading, part, found, check.relation, self._place(given))
        return value

    # ---- problem texts ---------------------------------------------------------------------------------------------

    def check_placeholders(self, text: str, fail_when: model.Check | None) -> None:
        """A placeholder that can never be filled would keep its text from ever being used."""
        place = _origin(self.version, "problem")
        for name in _PLACEHOLDER.findall(text):
            if name.startswith("$"):
                if name[1:] not in self.version.params:
                    self.reading.unknown_word(place, Text(zh="参数", en="parameter"), name[1:], self.version.params)
            elif name.startswith("each."):
                self._check_each(name, fail_when, place)
            elif name != "count" and not self._is_field(name):
                self.reading.problem(
                    "unknown-placeholder", place, f"问题文字中的“{{{name}}}”无法填写", f"“{{{name}}}” in the problem text cannot be filled in",
                    Text(zh="可用：{$参数}、{种类.字段}、{each.字段}、{count}", en="one of {$parameter}, {kind.field}, {each.field}, {count}"),
                )  # fmt: skip

    def _is_field(self, name: str) -> bool:
        match = PATH.fullmatch(name)
        if match is None:
            return False
        return path_field(self.vocabulary, Path(match[1], match[3], match[2]), "") is not None

    def _check_each(self, name: str, fail_when: model.Check | None, place: Place) -> None:
        wanted, bar, how = name.removeprefix("each.").partition("|")
        told = (fail_when, *(p.when for p in self.version.problems))
        kinds = sorted({s.kind for s in selections(told)})
        fields = {f.name for k in kinds for f in self.vocabulary.kinds[k].fields} | {"part", "observed_at"}
        if not kinds:
            self.reading.problem(
                "unknown-placeholder", place, f"条件中没有选取（each），“{{{name}}}”无从填写", f"nothing is selected, so “{{{name}}}” has no facts to name",
                Text(zh="改用{种类.字段}", en="use {kind.field}"),
            )  # fmt: skip
        elif wanted not in fields:
            self.reading.unknown_word(
                place, Text(zh="所选事实的字段", en="field of the selected facts"), wanted, sorted(fields)
            )
        elif bar and how != "quoted":
            self.reading.unknown_word(place, Text(zh="写法", en="way of writing"), how, ["quoted"])
