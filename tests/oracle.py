"""The oracle: a slow, obvious evaluator of single facts in plain Python, written from docs/language.md.

It shares no code with hege.engine.evaluation beyond the types of the rulebook and the calendar. Truth is True, False or
None (unknown). Facts are dictionaries: _kind, asset, part, observed_at (date), state, and fields; "none" is known nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import Any as Anything

from hege.engine.calendar import WorkingDays, period_ends, span_of
from hege.engine.dates import Duration, Unit, months_before, window_start
from hege.engine.rulebook import model
from hege.engine.rulebook.model import Relation, Rulebook, UnknownPeriod
from hege.engine.vocabulary import Absence, Empty, FieldType, Keep, Vocabulary

Fact = Mapping[str, Anything]
Truth = bool | None
NOTHING = object()


def negated(a: Truth) -> Truth:
    return None if a is None else not a


def either(values: Sequence[Truth]) -> Truth:
    return True if True in values else None if None in values else False


def both(values: Sequence[Truth]) -> Truth:
    return negated(either([negated(v) for v in values]))


@dataclass
class Oracle:
    """What a rulebook says of one asset on one day."""

    rulebook: Rulebook
    vocabulary: Vocabulary
    working_days: WorkingDays
    facts: Sequence[Fact]
    asset: Mapping[str, str]
    day: date

    def outcome(self, id: str) -> tuple[str, str | None]:
        """The outcome, and what it would be without a waiver."""
        indicator = self.rulebook.indicator(id)
        version = indicator.at(self.day)
        if version is None or version.fail_when is None or indicator.status is model.Status.REPEALED:
            return "not_in_force", None
        plain = self.plain(indicator, version)
        waived = any(
            w.asset == self.asset["id"] and w.indicator == id and w.start <= self.day <= w.until
            for w in self.rulebook.waivers
        )
        return ("exempt", plain) if waived and plain in ("pass", "fail", "unknown") else (plain, None)

    def plain(self, indicator: model.Indicator, version: model.Version) -> str:
        words = [(self.asset[column], given) for column, given in indicator.applies_to.where]
        if any(word and word not in given for word, given in words):
            return "not_applicable"
        assert version.fail_when is not None
        failed = self.truth(version.fail_when)
        said = {True: "fail", False: "pass", None: "unknown"}[failed]
        if failed is False and self.void(version.fail_when):
            said = "not_applicable"
        applies = True if version.applies_when is None else self.truth(version.applies_when)
        applies = both([applies, *(True if word else None for word, _ in words)])
        if applies is False:
            return "not_applicable"
        return "unknown" if applies is None and said != "pass" else said

    # ---- facts in view ---------------------------------------------------------------------------------------------

    def view(self, kind: str) -> list[Fact]:
        mine = [f for f in self.facts if f["_kind"] == kind and f["observed_at"] <= self.day]
        if self.vocabulary.kinds[kind].keep is Keep.ALL:
            return mine
        latest: dict[str, Fact] = {}
        for fact in sorted(mine, key=lambda f: f["observed_at"]):
            earlier = latest.get(fact["part"])
            saw_nothing = fact["state"] in ("unknown", "blocked", "error")
            if saw_nothing and kind != "coverage" and earlier and earlier["state"] in ("known", "not_applicable"):
                continue  # who could not look again has not seen otherwise
            latest[fact["part"]] = fact
        return list(latest.values())

    def may_be_more(self, kind: str, nothing_seen: bool) -> bool:
        for fact in self.view("coverage"):
            if fact["part"] == kind and fact["state"] != "known":
                return True
            if fact["part"] == kind and fact.get("complete") is not None:
                return not fact["complete"]
        return self.vocabulary.kinds[kind].absence is Absence.UNKNOWN and nothing_seen

    def open(self, selection: model.Selection) -> bool:
        """Whether there may be more such facts; in a window of observation, whether somebody looked in it at all."""
        seen = self.view(selection.kind)
        if (selection.within is not None or selection.during is not None) and selection.by in ("", "observed_at"):
            seen = [f for f in seen if f["state"] != "not_applicable" and self.dated(selection, f)]
        return self.may_be_more(selection.kind, not seen)

    def value(self, fact: Fact, kind: str, name: str) -> Anything:
        """The field: a value, NOTHING, or None for open."""
        if name in ("observed_at", "part"):
            return fact[name]
        given = fact.get(name)
        field = self.vocabulary.kinds[kind].field(name)
        assert field is not None
        if given == "none" and (field.describes or fact["state"] == "known"):
            return NOTHING
        if fact["state"] == "known" and given is None and field.empty is Empty.NONE:
            return NOTHING
        if fact["state"] == "not_applicable" or (fact["state"] != "known" and not field.describes):
            return None  # what nobody saw is not there, whatever the row says
        return None if given == "none" else given

    def too_old(self, fact: Fact | None, kind: str, name: str) -> bool:
        """Whether the condition in which the fact was seen may have changed since."""
        condition = self.rulebook.conventions.condition
        if kind == "asset":
            return False
        about, field = self.vocabulary.kinds[kind], self.vocabulary.kinds[kind].field(name)
        grows_old = about.keep is Keep.LATEST and about.absence is Absence.UNKNOWN and not about.stands
        if fact is None or condition is None or not grows_old or (name and (field is None or field.describes)):
            return False
        return bool(fact["observed_at"] < window_start(self.day, condition))

    # ---- checks about the asset ------------------------------------------------------------------------------------

    def own(self, path: model.Path) -> tuple[Fact | None, Anything, bool]:
        """The asset's fact, its field, and whether it says not applicable."""
        if path.kind == "asset":
            return None, self.asset[path.field] or NOTHING, False
        found = [f for f in self.view(path.kind) if f["part"] == (path.part or "")]
        if not found:
            return None, None if self.may_be_more(path.kind, True) else NOTHING, False
        void = found[0]["state"] == "not_applicable"
        return found[0], None if void else self.value(found[0], path.kind, path.field), void

    def void(self, check: model.Check) -> bool:
        match check:
            case model.Any(of) | model.All(of):
                return all(self.void(c) for c in of)
            case model.Not(of):
                return self.void(of)
            case model.NotUpdated(what=p) | model.Compare(what=p) | model.Absent(what=p) | model.Present(what=p):
                return self.own(p)[2]
            case model.Differ(left=left, right=right):
                return self.own(left)[2] or self.own(right)[2]
            case model.Elapsed(since=since, until=until):
                return self.own(since)[2] or (until is not None and self.own(until)[2])
        if isinstance(check, model.Periods):
            return not period_ends(check.every, check.within, self.day, self.working_days)
        return False

    def truth(self, check: model.Check) -> Truth:
        match check:
            case model.Any(of):
                return either([self.truth(c) for c in of])
            case model.All(of):
                return both([self.truth(c) for c in of])
            case model.Not(of):
                return negated(self.truth(of))
            case model.Switch(value):
                return bool(value)
            case model.Fails(id):
                counts = self.rulebook.indicator(id).status is model.Status.IN_FORCE
                return {"fail": True, "unknown": None}.get(self.outcome(id)[0], False) if counts else False
            case model.Some(of=of):
                return self.bounded([of], Relation.AT_LEAST, 1)
            case model.Count(of=of, relation=relation, number=number):
                assert isinstance(number, int)
                return self.bounded(of, relation, number)
            case model.Ratio():
                return self.ratio(check)
            case model.Periods():
                return self.periods(check)
        if self.void(check):
            return False
        return self.leaf(check, lambda p: (*self.own(p)[:2], p.kind))

    def leaf(self, check: model.Check, read: Callable[[model.Path], tuple[Fact | None, Anything, str]]) -> Truth:
        if not isinstance(check, model.NotUpdated | model.Elapsed):
            for path in [check.left, check.right] if isinstance(check, model.Differ) else [check.what]:  # type: ignore[union-attr]
                fact, _, kind = read(path)
                if self.too_old(fact, kind, path.field):
                    return None
        match check:
            case model.Absent(what=what):
                value = read(what)[1]
                return None if value is None else value is NOTHING
            case model.Present(what=what):
                value = read(what)[1]
                return None if value is None else value is not NOTHING
            case model.Differ(left=left, right=right, ignore=ignore):
                a, b = read(left)[1], read(right)[1]
                if a is None or b is None:
                    return None
                if a is NOTHING or b is NOTHING:
                    return a is not b
                return _written(a, ignore) != _written(b, ignore)
            case model.Compare(what=what):
                fact, value, kind = read(what)
                if value is None:
                    return _missing(fact, check.if_missing)
                known = self.vocabulary.kind(kind)
                assert known is not None
                field = known.field(what.field)
                return _related(value, check, field is not None and field.type is FieldType.LIST)
            case model.NotUpdated(what=what):
                return self.not_updated(check, *read(what))
            case model.Elapsed(since=since, until=until):
                fact, end = (None, NOTHING) if until is None else read(until)[:2]
                return self.elapsed(check, read(since)[1], end, fact)
        raise TypeError(check)

    def not_updated(self, check: model.NotUpdated, fact: Fact | None, value: Anything, kind: str) -> Truth:
        assert isinstance(check.within, Duration)
        if value is None:
            said = _missing(fact, check.if_missing)
        elif value is NOTHING:
            said = True
        elif fact is not None and value > fact["observed_at"]:
            return None
        else:
            said = value < window_start(self.day, check.within)
        ages = self.vocabulary.kinds[kind].keep is Keep.LATEST
        oldest = window_start(self.day, self.rulebook.conventions.observation)
        if said and ages and fact is not None and fact["observed_at"] < oldest:
            return None
        return said

    def elapsed(self, check: model.Elapsed, begin: Anything, end: Anything, fact: Fact | None) -> Truth:
        assert isinstance(check.duration, Duration)
        if begin is NOTHING or begin is None:
            return False if begin is NOTHING else None
        deadline = _later(begin, check.duration, self.working_days)

        def held(day: date) -> bool:
            return _compared(day, check.relation, deadline)

        if end is None:
            # Ended at some day nobody knows, at the latest today: decided only if every such day says the same.
            growing = check.relation in (Relation.AT_LEAST, Relation.MORE_THAN)
            return held(self.day) if held(self.day) is not growing else None
        if end is not NOTHING:
            return held(min(end, self.day))
        if fact is not None and fact["observed_at"] < window_start(self.day, self.rulebook.conventions.observation):
            # Not come when somebody looked; since then it may have come on any day.
            said = {held(fact["observed_at"]), held(self.day)}
            return said.pop() if len(said) == 1 else None
        return held(self.day)

    # ---- checks over several facts ---------------------------------------------------------------------------------

    def rows(self, selection: model.Selection) -> list[tuple[Truth, Truth]]:
        """For each fact: whether it is selected, and whether `that` holds of it."""
        found = []
        for fact in self.view(selection.kind):
            if fact["state"] == "not_applicable":
                continue
            chosen = both([self.row(c, fact, selection.kind) for c in selection.where] + [self.dated(selection, fact)])
            held: Truth = None if self.too_old(fact, selection.kind, "") else True
            if selection.that is not None:
                held = self.row(selection.that, fact, selection.kind)
            found.append((chosen, both([held, True if fact["state"] == "known" else None])))
        return found

    def row(self, check: model.Check, fact: Fact, kind: str) -> Truth:
        match check:
            case model.Any(of):
                return either([self.row(c, fact, kind) for c in of])
            case model.All(of):
                return both([self.row(c, fact, kind) for c in of])
            case model.Not(of):
                return negated(self.row(of, fact, kind))
            case model.Switch(value):
                return bool(value)
        return self.leaf(check, lambda p: (fact, self.value(fact, kind, p.field), kind))

    def dated(self, selection: model.Selection, fact: Fact) -> Truth:
        if selection.within is None and selection.during is None:
            return True
        if selection.during is not None:
            first, last = span_of(selection.during, self.day)[0], self.day
        else:
            assert isinstance(selection.within, Duration)
            first, last = window_start(self.day, selection.within), self.day
        value = self.value(fact, selection.kind, selection.by or "observed_at")
        return None if value is None else value is not NOTHING and first <= value <= last

    def matches(self, selections: Sequence[model.Selection]) -> list[Truth]:
        """For each fact whether one of the selections of its kind matches it."""
        found: list[Truth] = []
        for kind in dict.fromkeys(s.kind for s in selections):
            of_kind = [self.rows(s) for s in selections if s.kind == kind]
            found += [either([both(row) for row in rows]) for rows in zip(*of_kind, strict=True)]
        return found

    def bounded(self, selections: Sequence[model.Selection], relation: Relation, number: int) -> Truth:
        """Every completion of the unknowns is counted; they agree or the answer is unknown."""
        matches = self.matches(selections)
        more = any(self.open(s) for s in selections)
        low = matches.count(True)
        high = low + matches.count(None) + (number + 1 if more else 0)
        said = {_compared(n, relation, number) for n in range(low, high + 1)}
        return said.pop() if len(said) == 1 else None

    def ratio(self, check: model.Ratio) -> Truth:
        rows = self.rows(check.of)
        if check.enough is not None:
            assert isinstance(check.enough.days, int)
            for back in range(check.enough.days):
                day = self.day - timedelta(days=back)
                on = [
                    f
                    for f in self.view(check.of.kind)
                    if f["state"] != "not_applicable"
                    and self.value(f, check.of.kind, check.of.by or "observed_at") == day
                    and both([self.row(c, f, check.of.kind) for c in check.of.where] + [self.dated(check.of, f)])
                ]
                if len(on) < check.enough.per_day:  # type: ignore[operator]
                    return None
        if self.open(check.of) or not any(c is True for c, _ in rows):
            return None
        said = set()
        options = [
            [
                (chosen, holds)
                for chosen in ([c] if c is not None else [True, False])
                for holds in ([h] if h is not None else [True, False])
            ]
            for c, h in rows
        ]
        for completion in product(*options):
            whole = sum(c for c, _ in completion)
            part = sum(c and h for c, h in completion)
            said.add(_compared(Fraction(part, whole), check.relation, check.share))
        return said.pop() if len(said) == 1 else None

    def periods(self, check: model.Periods) -> Truth:
        days = period_ends(check.every, check.within, self.day, self.working_days)
        if not days:
            return False
        truths = [self.on(d).truth(check.that) for d in days]
        if check.in_a_row is not None:
            if check.unknown_period is UnknownPeriod.HOLD:
                truths = [t for t in truths if t is not None]
            elif check.unknown_period is UnknownPeriod.BREAK:
                truths = [bool(t) for t in truths]
        said = set()
        for completion in product(*[[t] if t is not None else [True, False] for t in truths]):
            if check.in_a_row is not None:
                said.add(_longest(completion) >= check.in_a_row)  # type: ignore[operator]
            else:
                said.add(_compared(sum(completion), check.relation, check.number))
        return said.pop() if len(said) == 1 else None

    def on(self, day: date) -> Oracle:
        return Oracle(self.rulebook, self.vocabulary, self.working_days, self.facts, self.asset, day)


def _longest(truths: Sequence[bool]) -> int:
    best = run = 0
    for truth in truths:
        run = run + 1 if truth else 0
        best = max(best, run)
    return best


def _missing(fact: Fact | None, if_missing: model.IfMissing | None) -> Truth:
    if if_missing is None or fact is None or fact["state"] != "known":
        return None
    return {model.Missing.TRUE: True, model.Missing.FALSE: False, model.Missing.UNKNOWN: None}[if_missing.then]


def _related(value: Anything, check: model.Compare, is_list: bool) -> Truth:
    if check.relation is Relation.INCLUDES:
        return value is not NOTHING and check.value in value
    if is_list:
        return _compared(0 if value is NOTHING else len(value), check.relation, check.value)
    if value is NOTHING:
        return check.relation in (Relation.IS_NOT, Relation.NONE_OF)
    return _compared(value, check.relation, check.value)


def _compared(a: Anything, relation: Relation, b: Anything) -> bool:
    match relation:
        case Relation.AT_LEAST:
            return bool(a >= b)
        case Relation.MORE_THAN:
            return bool(a > b)
        case Relation.AT_MOST:
            return bool(a <= b)
        case Relation.LESS_THAN:
            return bool(a < b)
        case Relation.IS:
            return bool(a == b)
        case Relation.IS_NOT:
            return bool(a != b)
        case Relation.ONE_OF:
            return a in b
        case Relation.NONE_OF:
            return a not in b
    raise ValueError(relation)


def _written(text: str, ignore: Sequence[model.Ignore]) -> str:
    if model.Ignore.WIDTH in ignore:
        text = unicodedata.normalize("NFKC", text)
    if model.Ignore.SPACE in ignore:
        text = "".join(text.split())
    if model.Ignore.PUNCTUATION in ignore:
        text = "".join(c for c in text if unicodedata.category(c)[0] not in "PS")
    return text.lower() if model.Ignore.CASE in ignore else text


def _later(day: date, duration: Duration, working_days: WorkingDays) -> date:
    match duration.unit:
        case Unit.DAY:
            return day + timedelta(days=duration.number)
        case Unit.WEEK:
            return day + timedelta(weeks=duration.number)
        case Unit.MONTH:
            return months_before(day, -duration.number)
        case Unit.YEAR:
            return months_before(day, -12 * duration.number)
        case Unit.WORKDAY:
            return working_days.add(day, duration.number)
    raise ValueError(duration)


# ---- points --------------------------------------------------------------------------------------------------------

Ends = tuple[Fraction, Fraction | None]
NO_POINTS: Ends = (Fraction(0), Fraction(0))


class Scored(Oracle):
    """What a rulebook's items and score sheets come to for one asset on one day, in exact fractions.

    An end is None where nothing limits it.
    """

    def exact(self, points: Anything) -> Fraction:
        return Fraction(points)

    def counted(self, line: model.Line, effect: model.Effect) -> tuple[int, int | None]:
        """How often a line counts, least and most."""
        if line.when is not None:
            return {True: (1, 1), False: (0, 0), None: (0, 1)}[self.truth(line.when)]
        if line.times is not None:
            return self.noted(line.times, effect)
        if line.share is not None:
            return self.steps(line.share)
        matches = self.matches(line.each)
        low = matches.count(True)
        more = any(self.open(s) for s in line.each)
        return low, None if more else low + matches.count(None)

    def noted(self, path: model.Path, effect: model.Effect) -> tuple[int, int | None]:
        _, value, void = self.own(path)
        number = None if value is None or value is NOTHING else max(int(value), 0)
        if value is NOTHING or void:
            low, high = 0, 0
        else:
            low, high = (0, None) if number is None else (number, number)  # type: ignore[assignment]
        if path.kind != "survey":
            return low, high
        _, answer, void = self.own(model.Path("survey", "answer", path.part))
        counts = "problem" if effect is model.Effect.DEDUCT else "ok"
        if void or (answer is not None and answer is not NOTHING and answer != counts):
            return 0, 0
        if answer == counts:
            return max(low, 1), None if high is None else max(high, 1)
        return low, high

    def steps(self, share: model.Share) -> tuple[int, int | None]:
        step = Fraction(share.step)  # type: ignore[arg-type]
        check = model.Ratio(of=share.of, relation=Relation.AT_LEAST, share=Fraction(0), enough=share.enough)
        if self.ratio(check) is None:
            return 0, int(1 / step)
        options = [
            [
                (chosen, holds)
                for chosen in ([c] if c is not None else [True, False])
                for holds in ([h] if h is not None else [True, False])
            ]
            for c, h in self.rows(share.of)
        ]
        shares = [
            Fraction(sum(bool(c and h) for c, h in done), sum(bool(c) for c, _ in done)) for done in product(*options)
        ]
        return min(shares) // step, max(shares) // step

    def line(self, line: model.Line, effect: model.Effect) -> Ends:
        low, high = self.counted(line, effect)
        worth = self.exact(line.points)
        applies = True if line.applies_when is None else self.truth(line.applies_when)
        if applies is False:
            return NO_POINTS
        return worth * low if applies else Fraction(0), None if high is None else worth * high

    def about(self, indicator: model.Indicator, version: model.Version) -> Truth:
        if any(self.asset[column] not in words for column, words in indicator.applies_to.where):
            return False
        return True if version.applies_when is None else self.truth(version.applies_when)

    def item(self, id: str) -> Ends:
        """An item, capped."""
        indicator = self.rulebook.indicator(id)
        version = indicator.at(self.day)
        if version is None:
            return NO_POINTS
        applies = self.about(indicator, version)
        if applies is False:
            return NO_POINTS
        low, high = added([self.line(line, indicator.effect) for line in version.lines])
        if indicator.points:
            caps = [self.exact(indicator.points)]
            if version.other_cap is not None:
                other = self.exact(version.other_cap.points)
                held = self.truth(version.other_cap.when)
                caps = [other] if held else caps if held is False else [*caps, other]
            low, high = min(low, *caps), max(caps) if high is None else min(high, max(caps))
        return low if applies else Fraction(0), high

    def group(self, titles: Sequence[str], effect: model.Effect) -> Ends:
        """The items of these groups; a waived one is not counted."""
        found = []
        for indicator in self.rulebook.indicators:
            waived = any(w.indicator == indicator.id and w.asset == self.asset["id"] and w.start <= self.day <= w.until
                         for w in self.rulebook.waivers)  # fmt: skip
            if indicator.effect is effect and indicator.group in titles and not waived:
                found.append(self.item(indicator.id))
        return added(found)

    def sheet(self, id: str) -> tuple[Ends, Ends, str]:
        """Score, total with bonuses, and what the line says of it."""
        indicator = self.rulebook.indicator(id)
        version = indicator.at(self.day)
        assert version is not None and version.sheet is not None and version.sheet.base is not None
        sheet, base = version.sheet, self.exact(version.sheet.base)
        variants = []
        left_out: Truth = False if sheet.left_out is None else self.truth(sheet.left_out.when)
        for out in [left_out] if left_out is not None else [True, False]:
            titles = [g.title for g in sheet.deduct if not (out and sheet.left_out and g.title == sheet.left_out.group)]
            rest = sum(g.points for g in sheet.deduct if g.title in titles and g.points is not None)
            low, high = self.group(titles, model.Effect.DEDUCT)
            whole = Fraction(rest) if out else base
            scale = base / whole
            variants.append((max(Fraction(0), whole - high) * scale if high is not None else Fraction(0),
                             max(Fraction(0), whole - low) * scale))  # fmt: skip
        score = min(v[0] for v in variants), max(v[1] for v in variants)
        total: Ends = score
        if sheet.bonus_above is not None:
            above = self.exact(sheet.bonus_above)
            low, high = self.group([g.title for g in sheet.bonus], model.Effect.BONUS)
            most = score[1] if score[1] <= above else None if high is None else score[1] + high
            total = score[0] + (low if score[0] > above else 0), most
        applies = self.about(indicator, version)
        vetoed = any(
            i.effect is model.Effect.VETO and self.outcome(i.id)[0] == "fail" for i in self.rulebook.indicators
        )  # fmt: skip
        if applies is False or vetoed or sheet.fails_below is None:
            return score, total, "not_applicable"
        line = self.exact(sheet.fails_below)
        if score[0] >= line:
            return score, total, "pass"
        return score, total, "fail" if score[1] < line and applies else "unknown"


def added(ends: Sequence[Ends]) -> Ends:
    low = sum((a for a, _ in ends), Fraction(0))
    return low, None if any(b is None for _, b in ends) else sum((b for _, b in ends if b is not None), Fraction(0))
