"""Checks and indicators in plain English; facts and fields keep the names they have in the rule files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from hege.engine.dates import Duration, Unit
from hege.engine.rulebook import model
from hege.engine.rulebook.model import (
    AssetKind,
    Check,
    Compare,
    Effect,
    Every,
    Indicator,
    Line,
    Missing,
    Relation,
    Selection,
    Status,
    UnknownPeriod,
    Version,
)
from hege.engine.rulebook.values import shown

_UNITS = {
    Unit.HOUR: "hour",
    Unit.DAY: "day",
    Unit.WEEK: "week",
    Unit.MONTH: "month",
    Unit.YEAR: "year",
    Unit.WORKDAY: "working day",
}
_RELATIONS = {
    Relation.AT_LEAST: "is at least",
    Relation.MORE_THAN: "is more than",
    Relation.AT_MOST: "is at most",
    Relation.LESS_THAN: "is less than",
    Relation.IS: "is",
    Relation.IS_NOT: "is not",
    Relation.ONE_OF: "is one of",
    Relation.NONE_OF: "is none of",
    Relation.INCLUDES: "includes",
}
_BOUNDS = {
    Relation.AT_LEAST: "at least",
    Relation.MORE_THAN: "more than",
    Relation.AT_MOST: "at most",
    Relation.LESS_THAN: "fewer than",
}
_MISSING = {Missing.TRUE: "counts against it", Missing.FALSE: "does not count against it", Missing.UNKNOWN: "is open"}
# What a period is called, and the day that stands for it.
_PERIODS = {
    Every.DAY: ("day", "that day"),
    Every.WORKDAY: ("working day", "that day"),
    Every.WEEK: ("week", "its Sunday"),
    Every.MONTH: ("month", "its last day"),
}
_UNKNOWN_PERIODS = {
    UnknownPeriod.UNKNOWN: "",
    UnknownPeriod.HOLD: " (an undecided one neither counts nor breaks)",
    UnknownPeriod.BREAK: " (an undecided one breaks)",
}


def indicator(indicator: Indicator, version: Version, english: English) -> str:
    """What a version of an indicator says."""
    if version.repealed:
        return f"Repealed from {version.start.isoformat()} on."
    subject = {AssetKind.SITE: "A government website", AssetKind.ACCOUNT: "A government account"}[
        indicator.applies_to.kind
    ] + "".join(f" whose {name} is {' or '.join(words)}" for name, words in indicator.applies_to.where)
    if version.lines:
        return _item(indicator, version, subject, english)
    if version.sheet is not None:
        return _sheet(version, version.sheet, subject, english)
    assert version.fail_when is not None
    follows = {
        Effect.VETO: "fails outright",
        Effect.REMARK: "gets a remark, which changes no verdict",
        Effect.ESCALATE: f"is due for the step {indicator.consequence}",
    }[indicator.effect]
    if indicator.status is Status.TRIAL:
        follows += " (on trial: not counted)"
    if version.applies_when is not None:
        subject += f", if {english.say(version.applies_when)},"
    if isinstance(version.fail_when, model.Any):
        cases = "; ".join(f"({n}) {english.say(c)}" for n, c in enumerate(version.fail_when.of, 1))
        return f"{subject} {follows} when any of these holds: {cases}."
    return f"{subject} {follows} when {english.say(version.fail_when)}."


def _item(indicator: Indicator, version: Version, subject: str, english: English) -> str:
    if version.applies_when is not None:
        subject += f", if {english.say(version.applies_when)},"
    verb = "loses" if indicator.effect is Effect.DEDUCT else "gains"
    lines = "; ".join(f"({n}) {line(one, indicator.effect, english)}" for n, one in enumerate(version.lines, 1))
    most = f"at most {shown(indicator.points)}" if indicator.points else "without limit"
    if version.other_cap is not None:
        most += f" ({_value(version.other_cap.points)} if {english.say(version.other_cap.when)})"
    return f"{subject} {verb}, under {indicator.group}: {lines}; all together {most}."


def line(line: Line, effect: Effect, english: English) -> str:
    """What a line of an item says."""
    points = f"{_value(line.points)} point{'' if line.points == 1 else 's'}"
    if line.when is not None:
        says = f"{points} when {english.say(line.when)}"
    elif line.times is not None:
        says = f"{points} for each of {line.times}"
    elif line.share is not None:
        says = f"{points} for each full {_value(line.share.step)}, {english.share(line.share)}"
    else:
        says = f"{points} for each {' or '.join(english.noun(s) for s in line.each)}"
    return f"if {english.say(line.applies_when)}, {says}" if line.applies_when is not None else says


def _sheet(version: Version, sheet: model.Sheet, subject: str, english: English) -> str:
    if version.applies_when is not None:
        subject += f", if {english.say(version.applies_when)},"
    deduct, bonus = (
        ", ".join(f"{g.title}{f' ({g.points})' if g.points is not None else ''}" for g in groups)
        for groups in (sheet.deduct, sheet.bonus)
    )
    told = [f"is scored by deductions for {deduct}"]
    if sheet.base is not None:
        told = [f"is scored from {_value(sheet.base)} points down, by deductions for {deduct}"]
    if sheet.left_out is not None:
        told.append(f"{sheet.left_out.group} is left out and the rest scaled up if {english.say(sheet.left_out.when)}")
    if sheet.fails_below is not None:
        told.append(f"below {_value(sheet.fails_below)} it fails")
    if sheet.bonus_above is not None:
        told.append(f"above {_value(sheet.bonus_above)} it earns bonuses for {bonus}")
    return f"{subject} {'; '.join(told)}."


@dataclass(frozen=True, slots=True)
class English:
    """Says checks in English. `point` is the day they are judged at."""

    titles: Mapping[str, str]
    point: str = "the monitoring day"

    def say(self, check: Check) -> str:
        """The check as a clause."""
        match check:
            case model.NotUpdated():
                return f"{check.what} is not {self._within(check.within)}{_if_missing(check.if_missing)}"
            case Compare():
                return f"{check.what} {_RELATIONS[check.relation]} {_value(check.value)}{_if_missing(check.if_missing)}"
            case model.Differ(left=left, right=right, ignore=ignore):
                aside = f" (ignoring {', '.join(i.value for i in ignore)})" if ignore else ""
                return f"{left} and {right} differ{aside}"
            case model.Absent(what=what):
                return f"there is no {what}"
            case model.Present(what=what):
                return f"there is a {what}"
            case model.Elapsed():
                until = self.point if check.until is None else f"{check.until} (or {self.point} while there is none)"
                return f"from {check.since} to {until} it is {_BOUNDS[check.relation]} {_value(check.duration)}"
            case model.Some(of=of):
                return f"there is a {self._noun(of)}"
            case model.Count():
                listed = " or ".join(self._noun(s) for s in check.of)
                return f"there are {_BOUNDS[check.relation]} {_value(check.number)} {listed}"
            case model.Ratio():
                return self._ratio(check)
            case model.Any(of):
                return " or ".join(self._part(c) for c in of)
            case model.All(of):
                return " and ".join(self._part(c) for c in of)
            case model.Not(model.Some(of=of)):
                return f"there is no {self._noun(of)}"
            case model.Not(of):
                return f"it is not so that {self._part(of)}"
            case model.Switch(value=value):
                return (
                    f"this clause is {'on' if value else 'off'}"
                    if isinstance(value, bool)
                    else f"{_value(value)} is on"
                )
            case model.Fails(indicator):
                return f"the indicator “{self.titles.get(indicator, indicator)}” fails"
            case model.Periods():
                return self._periods(check)

    def _part(self, check: Check) -> str:
        return f"({self.say(check)})" if isinstance(check, model.Any | model.All) else self.say(check)

    def _within(self, within: object) -> str:
        return f"within the {_value(within)} up to {self.point}"

    def _noun(self, selection: Selection, *, with_that: bool = True) -> str:
        clauses = [self.say(c) for c in selection.where]
        if selection.within is not None:
            clauses.append(f"{selection.by or 'observed_at'} is {self._within(selection.within)}")
        if selection.during is not None:
            clauses.append(f"{selection.by or 'observed_at'} is in the {selection.during.value} of {self.point}")
        if with_that and selection.that is not None:
            clauses.append(self._part(selection.that))
        return f"[{selection.kind} where {' and '.join(clauses)}]" if clauses else f"[{selection.kind}]"

    def noun(self, selection: Selection) -> str:
        """The facts selected."""
        return self._noun(selection)

    def share(self, share: model.Share) -> str:
        """The share of the selected facts for which a check holds."""
        return self._share(share.of) + self._enough(share.enough)

    def _share(self, of: Selection) -> str:
        assert of.that is not None
        return f"of every {self._noun(of, with_that=False)}, the share for which {self._part(of.that)}"

    def _enough(self, enough: model.Enough | None) -> str:
        if enough is None:
            return ""
        return (
            f" (open unless there are at least {_value(enough.per_day)} on each of the "
            f"{_value(enough.days)} days up to {self.point})"
        )

    def _ratio(self, check: model.Ratio) -> str:
        told = self._share(check.of)
        return f"{told} {_RELATIONS[check.relation]} {_value(check.share)}{self._enough(check.enough)}"

    def _periods(self, check: model.Periods) -> str:
        period, day = _PERIODS[check.every]
        that = replace(self, point=day).say(check.that)
        if check.in_a_row is not None:
            many = f"at least {_value(check.in_a_row)} in a row{_UNKNOWN_PERIODS[check.unknown_period]}"
        else:
            many = f"{_BOUNDS[check.relation]} {_value(check.number)}"
        return f"in the {check.within.value} of {self.point}, the {period}s for which {that} are {many}"


def _if_missing(given: model.IfMissing | None) -> str:
    return f" (left open, it {_MISSING[given.then]})" if given else ""


def _value(given: object) -> str:
    if isinstance(given, model.Param):
        return f"${given.name}"
    if isinstance(given, Duration):
        return f"{given.number} {_UNITS[given.unit]}{'s' if given.number != 1 else ''}"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, tuple):
        return ", ".join(_value(g) for g in given)
    return f"“{given}”" if isinstance(given, str) else shown(given) if isinstance(given, Fraction) else str(given)
