"""Checks as Polars expressions over one row per asset, three-valued: null is unknown.

A `Conditions` is made for one monitoring day. Compiling a check registers what it looks at (fields of the asset's own
facts, selections of facts, sub-days); `frame` then joins all of it to the assets in one pass per kind, and the
compiled expressions are evaluated on that frame. The compiled tree keeps the column each part can be read from, so
that an explanation shows the same computation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import polars as pl

from hege.engine.calendar import WorkingDays, period_ends, span_of
from hege.engine.dates import Duration, Unit, window_start
from hege.engine.errors import CalendarError
from hege.engine.evaluation import leaves, scoring
from hege.engine.evaluation.leaves import FALSE, TRUE, UNKNOWN, Read, Today
from hege.engine.evaluation.view import View
from hege.engine.facts import Facts
from hege.engine.rulebook import model
from hege.engine.rulebook.model import AssetKind, Check, Path, Relation, Rulebook, Selection, UnknownPeriod
from hege.engine.vocabulary import ASSET, Absence, Field, FieldType, Keep, Kind, Vocabulary

_OBSERVED_AT = Field(name="observed_at", zh="观测时间", type=FieldType.TIME, describes=True)
_PART = Field(name="part", zh="部分", type=FieldType.TEXT, describes=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """A check ready to run: `value` true, false or null; `void` true where every fact it looks at is not applicable.

    `column` is where the value stands in the frame; `sources` name the joined prefixes (own facts) and `selections`
    the prefixes of counted facts, in order.
    """

    check: Check
    column: str
    value: pl.Expr
    void: pl.Expr
    parts: tuple[Compiled, ...] = ()
    sources: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Registered selections of one kind: their prefix, which facts match, and which are counted under which name.

    `first` is worked out of each fact before `counts`, which ask for it more than once. `looked` names for each
    selection the count that says whether somebody looked; empty where any fact of the kind will do.
    """

    prefix: str
    matches: pl.Expr
    looked: tuple[str, ...]
    first: Mapping[str, pl.Expr]
    counts: Mapping[str, pl.Expr]


@dataclass(slots=True)
class Conditions:
    """Compiles checks about one kind of asset as of one day, and evaluates them together."""

    rulebook: Rulebook
    facts: Facts
    vocabulary: Vocabulary
    working_days: WorkingDays
    kind: AssetKind
    day: date
    view: View = field(init=False)
    today: Today = field(init=False)
    own: dict[tuple[str, str | None], str] = field(default_factory=dict)
    counted: dict[str, list[Counted]] = field(default_factory=dict)
    joined: list[pl.DataFrame] = field(default_factory=list)
    compiled: list[Compiled] = field(default_factory=list)
    items: dict[str, scoring.ItemPoints] = field(default_factory=dict)
    sheets: dict[str, scoring.SheetPoints] = field(default_factory=dict)
    staged: dict[str, pl.Expr] = field(default_factory=dict)
    _known: dict[Check, Compiled] = field(default_factory=dict)
    _prefixes: dict[tuple[object, ...], str] = field(default_factory=dict)
    _coverage: dict[str, pl.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.view = View(self.facts, self.vocabulary, self.day)
        self.today = Today(
            day=self.day, observation=self.rulebook.conventions.observation, working_days=self.working_days
        )

    # ---- compiling -------------------------------------------------------------------------------------------------

    def compile(self, check: Check) -> Compiled:
        """The check as expressions; equal checks are compiled once."""
        if check not in self._known:
            made = self._compile(check)
            self._known[check] = made
            self.compiled.append(made)
        return self._known[check]

    def _compile(self, check: Check) -> Compiled:
        match check:
            case model.Any(of) | model.All(of):
                return self._logic(check, tuple(self.compile(c) for c in of))
            case model.Not(of):
                part = self.compile(of)
                return self._made(check, ~part.value, part.void, parts=(part,))
            case model.Switch(value):
                return self._made(check, pl.lit(bool(value)), FALSE)
            case model.Fails(indicator):
                return self._made(check, self.fails(indicator), FALSE)
            case model.Some(of=of):
                prefixes = self._counted((of,))
                return self._made(check, self._bounded(prefixes, Relation.AT_LEAST, 1), FALSE, selections=prefixes)
            case model.Count(of=of, relation=relation, number=number):
                prefixes = self._counted(of)
                assert isinstance(number, int)
                return self._made(check, self._bounded(prefixes, relation, number), FALSE, selections=prefixes)
            case model.Ratio():
                prefixes = self._counted((check.of,), check)
                return self._made(check, self._ratio(check, prefixes[0]), FALSE, selections=prefixes)
            case model.Periods():
                return self._periods(check)
            case _:
                return self._leaf(check)

    def _made(self, check: Check, value: pl.Expr, void: pl.Expr, **more: object) -> Compiled:
        return Compiled(check=check, column=f"c{len(self.compiled)}", value=value, void=void, **more)  # type: ignore[arg-type]

    def _logic(self, check: Check, parts: tuple[Compiled, ...]) -> Compiled:
        value, void = parts[0].value, parts[0].void
        for part in parts[1:]:
            value = value | part.value if isinstance(check, model.Any) else value & part.value
            void = void & part.void
        return self._made(check, value, void, parts=parts)

    def _leaf(self, check: Check) -> Compiled:
        paths = paths_of(check)
        reads = [self.own_field(p) for p in paths]
        value = _leaf_value(check, lambda p: reads[paths.index(p)], self.today)
        void = reads[0].void
        for read in reads[1:]:
            void = void | read.void
        prefixes = tuple(dict.fromkeys(self.own[p.kind, p.part] for p in paths if p.kind != ASSET.name))
        return self._made(check, pl.when(void).then(False).otherwise(value), void, sources=prefixes)

    def own_field(self, path: Path) -> Read:
        """A field of the asset's own fact, as columns joined to the asset; or one of the asset itself."""
        if path.kind == ASSET.name:
            return _registered(path.field, self.day)
        kind = self.vocabulary.kinds[path.kind]
        prefix = self.own.setdefault((path.kind, path.part), f"f{len(self.own)}.")
        there = pl.col(f"{prefix}state").is_not_null()
        void = (pl.col(f"{prefix}state") == "not_applicable").fill_null(False)
        field, nothing = _field(kind, path.field, pl.col(f"{prefix}nones"))
        known = (pl.col(f"{prefix}state") == "known").fill_null(False)
        observed = pl.col(f"{prefix}day")
        return Read(
            value=pl.when(~void if field.describes else known).then(pl.col(f"{prefix}{path.field}")),
            nothing=pl.when(there)
            .then(nothing & (known | field.describes))
            .otherwise(~pl.col(f"{prefix}open"))
            .fill_null(False),
            known=known,
            observed=observed,
            void=void,
            type=field.type,
            words=field.words,
            ages=kind.keep is Keep.LATEST,
            lasts=TRUE if field.describes else self._lasts(kind, observed),
        )

    def _lasts(self, kind: Kind, observed: pl.Expr) -> pl.Expr:
        """Whether the condition in which a fact of the kind was seen may be taken to last until today."""
        condition = self.rulebook.conventions.condition
        if condition is None or not kind.grows_old:
            return TRUE
        return (observed >= window_start(self.day, condition)).fill_null(True)

    def fails(self, id: str) -> pl.Expr:
        """Whether another indicator fails on this day: waived, not applicable, on trial and out of force do not."""
        indicator = self.rulebook.indicator(id)
        version = indicator.at(self.day) if indicator.status is model.Status.IN_FORCE else None
        if version is None or indicator.applies_to.kind is not self.kind:
            return FALSE
        outcome = self.outcome(indicator, version)
        outcome = pl.when(self.waived(id)).then(pl.lit("exempt")).otherwise(outcome)
        return (
            pl.when(outcome == "fail").then(TRUE).otherwise(pl.when(outcome == "unknown").then(UNKNOWN).otherwise(FALSE))
        )  # fmt: skip

    def stage(self, name: str, value: pl.Expr) -> pl.Expr:
        """The value as a column of the frame, so that what is built on it does not work it out again."""
        self.staged.setdefault(name, value)
        return pl.col(name)

    def waived(self, id: str) -> pl.Expr:
        """Whether a waiver sets the indicator aside for the asset on this day."""
        waivers = self.rulebook.waivers
        return pl.col("id").is_in([w.asset for w in waivers if w.indicator == id and w.start <= self.day <= w.until])

    def item(self, indicator: model.Indicator) -> scoring.ItemPoints:
        """An item in force on this day, in points."""
        if indicator.id not in self.items:
            version = indicator.at(self.day)
            assert version is not None
            self.items[indicator.id] = scoring.item(self, indicator, version)
        return self.items[indicator.id]

    def sheet(self, indicator: model.Indicator) -> scoring.SheetPoints:
        """A score sheet in force on this day."""
        if indicator.id not in self.sheets:
            version = indicator.at(self.day)
            assert version is not None
            self.sheets[indicator.id] = scoring.sheet(self, indicator, version)
        return self.sheets[indicator.id]

    def applies(self, indicator: model.Indicator, version: model.Version) -> pl.Expr:
        """Whether the indicator is about the asset; null when `applies_when`, or the word it asks for, is unknown."""
        about = TRUE
        for column, words in indicator.applies_to.where:
            about = about & pl.when(pl.col(column) != "").then(pl.col(column).is_in(list(words))).otherwise(UNKNOWN)
        if version.applies_when is None:
            return about
        condition = self.compile(version.applies_when)
        return about & self.stage(condition.column, condition.value)

    def outcome(self, indicator: model.Indicator, version: model.Version) -> pl.Expr:
        """pass, fail, unknown or not_applicable, before waivers."""
        if indicator.is_item:
            return self.item(indicator).outcome
        if version.sheet is not None:
            return self.sheet(indicator).outcome
        assert version.fail_when is not None
        condition = self.compile(version.fail_when)
        holds = self.stage(condition.column, condition.value)
        answer = (
            pl.when(holds.is_null()).then(pl.lit("unknown"))
            .when(holds).then(pl.lit("fail"))
            .when(condition.void).then(pl.lit("not_applicable"))
            .otherwise(pl.lit("pass"))
        )  # fmt: skip
        applies = self.applies(indicator, version)
        undecided = pl.when(answer == "pass").then(answer).otherwise(pl.lit("unknown"))
        return (
            pl.when(applies.is_null()).then(undecided).when(applies).then(answer).otherwise(pl.lit("not_applicable"))
        )  # fmt: skip

    # ---- facts that are counted ------------------------------------------------------------------------------------

    def _counted(self, of: Sequence[Selection], ratio: model.Ratio | None = None) -> tuple[str, ...]:
        """Registers selections and gives a prefix for each kind of fact; equal ones are registered once.

        A fact that several selections of its kind match counts once. `<prefix>open` marks assets whose facts of the kind
        may be incomplete. For a share, what it is a share of is counted as well.
        """
        by_kind: dict[str, list[Selection]] = {}
        for selection in of:
            by_kind.setdefault(selection.kind, []).append(selection)
        found = []
        for name, selections in by_kind.items():
            key = (name, tuple(selections), ratio and ratio.enough, ratio is None)
            if key not in self._prefixes:
                self._prefixes[key] = self._register(name, selections, ratio)
            found.append(self._prefixes[key])
        return tuple(found)

    def _register(self, name: str, selections: Sequence[Selection], ratio: model.Ratio | None) -> str:
        registered = self.counted.setdefault(name, [])
        kind, prefix = self.vocabulary.kinds[name], f"{name}{len(registered)}."
        matches, looked = FALSE, []
        counts: dict[str, pl.Expr] = {}
        for number, selection in enumerate(selections):
            chosen, holds = self._chosen(selection, kind), self._holds(selection, kind)
            matches = matches | (chosen & holds)
            if selection.windowed_by_observation:
                looked.append(f"looked{number}")
                counts[looked[-1]] = self._dated(selection, kind)
        first = {f"{prefix}matches": matches}
        if ratio is not None:
            first |= {f"{prefix}chosen": chosen, f"{prefix}holds": holds}
            counts |= self._shared(selection, kind, prefix, ratio.enough)
        found = pl.col(f"{prefix}matches")
        counts |= {"yes": found, "maybe": found.is_null()}
        registered.append(Counted(prefix=prefix, matches=matches, looked=tuple(looked), first=first, counts=counts))
        return prefix

    def _chosen(self, selection: Selection, kind: Kind) -> pl.Expr:
        chosen = TRUE
        for condition in selection.where:
            chosen = chosen & self._row(condition, kind)
        return chosen & self._dated(selection, kind)

    def _holds(self, selection: Selection, kind: Kind) -> pl.Expr:
        there = (pl.col("state") == "known") & self._lasts(kind, pl.col("day"))
        if selection.that is None:
            return pl.when(there).then(TRUE).otherwise(UNKNOWN)
        return pl.when(pl.col("state") == "known").then(TRUE).otherwise(UNKNOWN) & self._row(selection.that, kind)

    def _shared(self, selection: Selection, kind: Kind, prefix: str, enough: model.Enough | None) -> dict[str, pl.Expr]:
        """What a share is a share of: what is chosen surely, at the least and at the most, and on each day."""
        chosen, holds = pl.col(f"{prefix}chosen"), pl.col(f"{prefix}holds")
        counts = {
            "of": chosen,
            "low": chosen.fill_null(False) | (chosen.is_null() & ~holds.fill_null(False)),
            "high": chosen.fill_null(False) | (chosen.is_null() & holds.fill_null(True)),
        }
        if enough is not None:
            assert isinstance(enough.days, int)
            day = self._by(selection, kind)
            for back in range(enough.days):
                counts[f"day{back}"] = chosen & (day == window_start(self.day, Duration(back + 1, Unit.DAY)))
        return counts

    def _row(self, check: Check, kind: Kind) -> pl.Expr:
        """A check about the fact in hand."""
        match check:
            case model.Any(of) | model.All(of):
                parts = [self._row(c, kind) for c in of]
                value = parts[0]
                for part in parts[1:]:
                    value = value | part if isinstance(check, model.Any) else value & part
                return value
            case model.Not(of):
                return ~self._row(of, kind)
            case model.Switch(value=given):
                return pl.lit(bool(given))
            case _:
                return _leaf_value(check, lambda p: self._in_hand(p.field, kind), self.today)

    def _in_hand(self, name: str, kind: Kind) -> Read:
        field, nothing = _field(kind, name, pl.col("nones"))
        known = pl.col("state") == "known"
        observed = pl.col("day")
        return Read(
            value=pl.col(name) if field.describes else pl.when(known).then(pl.col(name)),
            nothing=nothing & (known | field.describes),
            known=known,
            observed=observed,
            void=FALSE,
            type=field.type,
            words=field.words,
            ages=kind.keep is Keep.LATEST,
            lasts=TRUE if field.describes else self._lasts(kind, observed),
        )

    def _by(self, selection: Selection, kind: Kind) -> pl.Expr:
        if selection.by in ("", "observed_at"):
            return pl.col("day")
        read = self._in_hand(selection.by, kind)
        return read.value.dt.date() if read.type is FieldType.TIME else read.value

    def _dated(self, selection: Selection, kind: Kind) -> pl.Expr:
        if selection.within is None and selection.during is None:
            return TRUE
        if selection.during is not None:
            first, last = span_of(selection.during, self.day)
            last = min(last, self.day)  # what is still to come has not happened
        else:
            assert isinstance(selection.within, Duration)
            start = self.today.window(selection.within)
            if start is None:
                return UNKNOWN
            first, last = start, self.day
        inside = self._by(selection, kind).is_between(first, last)
        nothing = self._in_hand(selection.by or "observed_at", kind).nothing
        return pl.when(nothing).then(False).otherwise(inside)

    def _bounded(self, prefixes: tuple[str, ...], relation: Relation, number: int) -> pl.Expr:
        """A count against a bound, decided by how few and how many it may be."""
        low = pl.sum_horizontal([pl.col(f"{p}yes") for p in prefixes])
        high = low + pl.sum_horizontal([pl.col(f"{p}maybe") for p in prefixes])
        unbounded = pl.any_horizontal([pl.col(f"{p}open") for p in prefixes])
        if relation in (Relation.MORE_THAN, Relation.AT_MOST):
            number += 1
        reached = (
            pl.when(low >= number).then(TRUE).otherwise(pl.when((high < number) & ~unbounded).then(FALSE).otherwise(UNKNOWN))
        )  # fmt: skip
        return reached if relation in (Relation.AT_LEAST, Relation.MORE_THAN) else ~reached

    def _ratio(self, check: model.Ratio, prefix: str) -> pl.Expr:
        """A share against a bound on exact integers, at the completions of the facts that make it least and most."""
        yes, maybe = pl.col(f"{prefix}yes"), pl.col(f"{prefix}maybe")
        share = Fraction(check.share)  # type: ignore[arg-type]
        reaches = leaves.bound(
            Relation.AT_LEAST if check.relation in (Relation.AT_LEAST, Relation.LESS_THAN) else Relation.MORE_THAN
        )

        def at(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
            return reaches(part * share.denominator, whole * share.numerator)  # type: ignore[no-any-return]

        least, most = at(yes, pl.col(f"{prefix}low")), at(yes + maybe, pl.col(f"{prefix}high"))
        reached = (
            pl.when(~self.enough(prefix, check.enough)).then(UNKNOWN).when(least).then(TRUE).when(~most).then(FALSE).otherwise(UNKNOWN)
        )  # fmt: skip
        return reached if check.relation in (Relation.AT_LEAST, Relation.MORE_THAN) else ~reached

    def enough(self, prefix: str, enough: model.Enough | None) -> pl.Expr:
        """Whether a share of the selected facts can be judged at all."""
        decided = (pl.col(f"{prefix}of") > 0) & ~pl.col(f"{prefix}open")
        if enough is not None:
            assert isinstance(enough.days, int)
            for back in range(enough.days):
                decided = decided & (pl.col(f"{prefix}day{back}") >= enough.per_day)
        return decided

    # ---- sub-days --------------------------------------------------------------------------------------------------

    def _periods(self, check: model.Periods) -> Compiled:
        """The inner check at the last day of each period, then counted or followed as a run."""
        name = f"p{len(self.joined)}"
        try:
            days = period_ends(check.every, check.within, self.day, self.working_days)
        except CalendarError:
            return self._made(check, UNKNOWN, FALSE)
        if not days:
            return self._made(check, FALSE, TRUE)  # no period has ended yet: there is nothing to judge
        truths = pl.collect_all([self.on(day).truth(check.that) for day in days], engine=self.facts.engine)
        frame = self.assets().select("id").sort("id")
        frame = frame.with_columns(truth["truth"].alias(f"d{index}") for index, truth in enumerate(truths))
        columns = [pl.col(f"d{i}") for i in range(len(days))]
        frame = frame.select(
            "id",
            _number(columns, lambda c: c.fill_null(False)).alias(f"{name}.yes"),
            _number(columns, lambda c: c.is_null()).alias(f"{name}.maybe"),
            _run(columns, check.unknown_period, sure=True).alias(f"{name}.sure"),
            _run(columns, check.unknown_period, sure=False).alias(f"{name}.most"),
            pl.lit(len(days)).alias(f"{name}.periods"),
            pl.concat_str(
                [pl.when(c).then(pl.lit(day.isoformat())) for c, day in zip(columns, days, strict=True)],
                separator="、",
                ignore_nulls=True,
            ).alias(f"{name}.which"),
        )
        self.joined.append(frame)
        if check.in_a_row is not None:
            low, high, number, relation = f"{name}.sure", f"{name}.most", check.in_a_row, Relation.AT_LEAST
        else:
            frame = frame.with_columns((pl.col(f"{name}.yes") + pl.col(f"{name}.maybe")).alias(f"{name}.high"))
            self.joined[-1] = frame
            assert check.number is not None
            low, high, number, relation = f"{name}.yes", f"{name}.high", check.number, check.relation
        assert isinstance(number, int)
        if relation in (Relation.MORE_THAN, Relation.AT_MOST):
            number += 1
        reached = (
            pl.when(pl.col(low) >= number).then(TRUE).when(pl.col(high) < number).then(FALSE).otherwise(UNKNOWN)
        )  # fmt: skip
        value = reached if relation in (Relation.AT_LEAST, Relation.MORE_THAN) else ~reached
        return self._made(check, value, FALSE, selections=(f"{name}.",))

    def on(self, day: date) -> Conditions:
        """The same question on another day."""
        return Conditions(
            rulebook=self.rulebook, facts=self.facts, vocabulary=self.vocabulary,
            working_days=self.working_days, kind=self.kind, day=day,
        )  # fmt: skip

    # ---- evaluating ------------------------------------------------------------------------------------------------

    def assets(self) -> pl.DataFrame:
        """The assets asked about, one row each, by id."""
        return self.facts.assets.filter(pl.col("kind") == self.kind.value)

    def truth(self, check: Check) -> pl.LazyFrame:
        """Columns id and truth (Boolean), by id."""
        value = self.compile(check).value
        return self.frame().select("id", value.alias("truth")).sort("id")

    def frame(self, given: pl.DataFrame | None = None) -> pl.LazyFrame:
        """The assets with everything the compiled checks look at joined to them, in no order.

        It is lazy: of the facts only what is then asked for is read and computed. `given` is the assets with their own
        facts and counts as `own_facts` and `counts_of` name them, where somebody has them already.
        """
        frame = self.assets().lazy() if given is None else given.lazy()
        for name, parts in self.own_parts().items():
            frame = self._own(frame, name, parts) if given is None else frame
            for prefix in parts.values():
                frame = self._opened(frame, name, prefix, pl.col(f"{prefix}state").is_null())
        for name in self.counted:
            frame = self._summed(frame, name) if given is None else frame
            frame = self._looked(frame, name)
        for more in self.joined:
            frame = _joined(frame, more.lazy())
        return _staged(frame, self.staged)

    def own_parts(self) -> dict[str, dict[str, str]]:
        """By kind, which parts of the asset's own facts are asked for, each with its prefix."""
        found: dict[str, dict[str, str]] = {}
        for (kind, part), prefix in self.own.items():
            found.setdefault(kind, {})[part or ""] = prefix
        return found

    def own_columns(self, name: str) -> tuple[str, ...]:
        """What is joined of an own fact of a kind, each behind the prefix of its part."""
        return (*(c for c in self.vocabulary.kinds[name].columns if c not in ("asset", "source")), "day")

    def _own(self, frame: pl.LazyFrame, name: str, parts: Mapping[str, str]) -> pl.LazyFrame:
        """Joins the asset's own facts of a kind, whichever parts are asked for."""
        rows = self.view.scan(name).filter(pl.col("part").is_in(list(parts)))
        columns = self.own_columns(name)
        if self.vocabulary.kinds[name].keep is Keep.LATEST:  # one fact for each asset and part, nothing to gather
            return self._latest(frame, name, parts, rows, columns)
        newest = [
            pl.col(c).filter(pl.col("part") == part).last().alias(f"{prefix}{c}")
            for part, prefix in parts.items()
            for c in columns
        ]
        mine = rows.group_by(pl.col("asset").alias("id"), maintain_order=True).agg(newest)
        return _joined(frame, mine)

    def _latest(
        self, frame: pl.LazyFrame, name: str, parts: Mapping[str, str], rows: pl.LazyFrame, columns: Sequence[str]
    ) -> pl.LazyFrame:
        """Joins the one fact of each part; of many parts, such as survey items, most may be of no asset."""
        if len(parts) == 1:
            given = dict.fromkeys(parts, rows)
        else:
            mine = rows.join(self.assets().lazy().select("id"), left_on="asset", right_on="id", how="semi").collect()
            given = {str(part): found.lazy() for (part,), found in mine.partition_by("part", as_dict=True).items()}
        schema = {**self.vocabulary.kinds[name].schema(), "day": pl.Date()}
        for part, prefix in parts.items():
            if part in given:
                found = given[part].select(
                    pl.col("asset").alias("id"), *[pl.col(c).alias(f"{prefix}{c}") for c in columns]
                )
                frame = _joined(frame, found)
            else:
                frame = frame.with_columns(pl.lit(None, dtype=schema[c]).alias(f"{prefix}{c}") for c in columns)
        return frame

    def counts_of(self, name: str) -> tuple[dict[str, pl.Expr], dict[str, pl.Expr]]:
        """What is worked out first of each fact of a kind, and the masks that are then counted, by name."""
        there = pl.col("in_view") & (pl.col("state") != "not_applicable")
        first = {"there": there} | {n: e for c in self.counted[name] for n, e in c.first.items()}
        masks = {f"{c.prefix}{n}": pl.col("there") & e for c in self.counted[name] for n, e in c.counts.items()}
        return first, masks

    def _summed(self, frame: pl.LazyFrame, name: str) -> pl.LazyFrame:
        first, masks = self.counts_of(name)
        rows = self.view.marked(name).with_columns(e.alias(n) for n, e in first.items())
        unseen = pl.col(next(iter(masks))).is_null().alias(f"{name}.unseen")
        return _joined(frame, totals(rows, masks)).with_columns(unseen, *[pl.col(n).fill_null(0) for n in masks])

    def _looked(self, frame: pl.LazyFrame, name: str) -> pl.LazyFrame:
        """Says of each selection whether there may be more; `<kind>.unseen` marks assets of which nothing is recorded."""
        for counted in self.counted[name]:
            # Nobody looked inside the window: an older observation says nothing about it.
            nobody = pl.col(f"{name}.unseen")
            for looked in counted.looked:
                nobody = nobody | (pl.col(f"{counted.prefix}{looked}") == 0)
            frame = self._opened(frame, name, counted.prefix, nobody)
        return frame.drop(f"{name}.unseen")

    def _opened(self, frame: pl.LazyFrame, name: str, prefix: str, nothing_seen: pl.Expr) -> pl.LazyFrame:
        """Adds `<prefix>open`: whether there may be more facts of the kind than are recorded."""
        default = nothing_seen if self.vocabulary.kinds[name].absence is Absence.UNKNOWN else FALSE
        coverage = self._covered(name)
        if not coverage.height:
            return frame.with_columns(default.alias(f"{prefix}open"))
        complete = pl.when(pl.col("state") == "known").then(pl.col("complete")).otherwise(False)
        stated = coverage.select(pl.col("asset").alias("id"), complete.alias(f"{prefix}complete"))
        return (
            _joined(frame, stated.lazy())
            .with_columns((~pl.col(f"{prefix}complete")).fill_null(default).alias(f"{prefix}open"))
            .drop(f"{prefix}complete")
        )

    def _covered(self, name: str) -> pl.DataFrame:
        """What is said of how complete the facts of a kind are; asked once, however many selections there are."""
        if name not in self._coverage:
            self._coverage[name] = self.view.rows("coverage").filter(pl.col("part") == name)
        return self._coverage[name]


def paths_of(check: Check) -> list[Path]:
    """The paths a leaf check looks at, in order."""
    match check:
        case model.Differ(left=left, right=right):
            return [left, right]
        case model.Elapsed(since=since, until=until):
            return [since] if until is None else [since, until]
        case (
            model.NotUpdated(what=what) | model.Compare(what=what) | model.Absent(what=what) | model.Present(what=what)
        ):
            return [what]
    raise TypeError(f"{type(check).__name__} is no leaf")


def _leaf_value(check: Check, read: Callable[[Path], Read], today: Today) -> pl.Expr:
    match check:
        case model.NotUpdated():
            return leaves.not_updated(check, read(check.what), today)
        case model.Compare():
            return leaves.compare(check, read(check.what))
        case model.Differ():
            return leaves.differ(read(check.left), read(check.right), check.ignore)
        case model.Absent():
            return leaves.absent(read(check.what))
        case model.Present():
            return ~leaves.absent(read(check.what))
        case model.Elapsed():
            until = None if check.until is None else read(check.until)
            return leaves.elapsed(check, read(check.since), until, today)
    raise TypeError(f"{type(check).__name__} is no leaf")


def _registered(column: str, day: date) -> Read:
    """A column of the asset itself; an empty word is nothing."""
    given = pl.col(column)
    empty = (given == "").fill_null(True)
    return Read(
        value=pl.when(~empty).then(given), nothing=empty, known=TRUE, observed=pl.lit(day), void=FALSE,
        type=FieldType.TEXT, words=(), ages=False, lasts=TRUE,
    )  # fmt: skip


def _field(kind: Kind, name: str, nones: pl.Expr) -> tuple[Field, pl.Expr]:
    """A field of the kind (or of every fact) and whether it is known to be none."""
    field = kind.field(name)
    if field is None:
        return (_OBSERVED_AT if name == "observed_at" else _PART), FALSE
    bit = pl.lit(1 << kind.bit(name), dtype=pl.UInt64)
    return field, ((nones & bit) != 0).fill_null(False)


def totals(rows: pl.LazyFrame, masks: Mapping[str, pl.Expr]) -> pl.LazyFrame:
    """For each asset (`id`) how many of its rows each mask is true of (Int64)."""
    counts = [mask.sum().cast(pl.Int64).alias(name) for name, mask in masks.items()]
    return rows.group_by(pl.col("asset").alias("id")).agg(counts)


def _joined(frame: pl.LazyFrame, more: pl.LazyFrame) -> pl.LazyFrame:
    return frame.join(more, on="id", how="left")


def _staged(frame: pl.LazyFrame, values: Mapping[str, pl.Expr]) -> pl.LazyFrame:
    """The frame with the values as columns; each may ask for those before it."""
    together: dict[str, pl.Expr] = {}
    for name, value in values.items():
        if not together.keys().isdisjoint(value.meta.root_names()):
            frame = frame.with_columns(v.alias(n) for n, v in together.items())
            together = {}
        together[name] = value
    return frame.with_columns(v.alias(n) for n, v in together.items())


def _number(columns: list[pl.Expr], test: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal([test(c).cast(pl.Int64) for c in columns]) if columns else pl.lit(0, dtype=pl.Int64)


def _run(columns: list[pl.Expr], unknown: UnknownPeriod, sure: bool) -> pl.Expr:
    """The longest run of held periods: the least (`sure`) or the most it can be."""
    run, best = pl.lit(0, dtype=pl.Int64), pl.lit(0, dtype=pl.Int64)
    for column in columns:
        if unknown is UnknownPeriod.HOLD:
            undecided = run
        elif unknown is UnknownPeriod.BREAK or sure:
            undecided = pl.lit(0, dtype=pl.Int64)
        else:
            undecided = run + 1
        run = pl.when(column.is_null()).then(undecided).when(column).then(run + 1).otherwise(0)
        best = pl.max_horizontal(best, run)
    return best
