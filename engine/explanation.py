"""Findings with their arithmetic, facts, reasons and official wording, read off the evaluation that decided them.

Nothing is decided here: the truth of each part of a condition comes from the same expressions that gave the outcome.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any as Anything

import polars as pl

from hege.engine.byasset import ByAsset
from hege.engine.dates import Duration, Unit
from hege.engine.evaluation import evaluated
from hege.engine.evaluation.conditions import Compiled, Conditions, Counted, paths_of
from hege.engine.facts import NONE, fact_id
from hege.engine.result import FactSeen, Finding, Outcome, Reason
from hege.engine.rulebook import model
from hege.engine.rulebook.model import Indicator, Path, Version
from hege.engine.rulebook.values import shown
from hege.engine.sharing import Sharing
from hege.engine.text import Text
from hege.engine.vocabulary import ASSET, Kind

Row = Mapping[str, Anything]
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_PATH = re.compile(r"([a-z_]+)(?:\[([^\]]+)\])?\.([a-z_]+)")
_STATE_ZH = {"unknown": "未能查看", "blocked": "访问被拦截", "error": "采集出错"}


@dataclass(slots=True)
class Explainer:
    """Explains findings of one batch, asset by asset.

    What many findings have in common (figures, values, moments) is held once: that is most of what a country's say.
    """

    conditions: Conditions
    _frame: ByAsset = field(init=False)
    _facts: dict[tuple[str, bool | None], ByAsset] = field(default_factory=dict)
    _sharing: Sharing = field(default_factory=Sharing)
    _seen_of: tuple[str, dict[str, FactSeen]] = ("", {})

    def __post_init__(self) -> None:
        for indicator, version in evaluated(self.conditions.rulebook, self.conditions.kind, self.conditions.day):
            if version is not None:
                self._compile(indicator, version)
        frame = (
            self.conditions.frame()
            .with_columns(
                *(c.value.alias(c.column) for c in self.conditions.compiled),
                *(c for item in self.conditions.items.values() for c in item.columns()),
                *(c for sheet in self.conditions.sheets.values() for c in sheet.columns()),
            )
            .collect(engine=self.conditions.facts.engine)
        )
        self._frame = ByAsset(frame, "id")

    def _compile(self, indicator: Indicator, version: Version) -> None:
        self.conditions.outcome(indicator, version)
        for problem in version.problems:
            if problem.when is not None:
                self.conditions.compile(problem.when)
            for name in _PLACEHOLDER.findall(problem.text):
                if (path := _path(name)) is not None and path.kind in self.conditions.vocabulary.kinds:
                    self.conditions.compile(model.Present(what=path))

    # ---- one finding -----------------------------------------------------------------------------------------------

    def finding(
        self, asset: str, indicator: Indicator, version: Version | None, outcome: Outcome, would_be: Outcome | None
    ) -> Finding:
        """The finding with everything that stands behind it."""
        leaves: list[Compiled] = []
        if version is not None and version.fail_when is not None and outcome is not Outcome.NOT_APPLICABLE:
            leaves = list(self._decisive(self.conditions.compile(version.fail_when), asset))
            if version.applies_when is not None and Outcome.UNKNOWN in (outcome, would_be):
                leaves += self._decisive(self.conditions.compile(version.applies_when), asset)
        decided = would_be or outcome
        reasons = tuple(r for c in leaves for r in self._reasons(c, asset)) if decided is Outcome.UNKNOWN else ()
        reasons = self._sharing.one(tuple(dict.fromkeys(reasons)))
        waiver = self.waiver(asset, indicator)
        return Finding(
            indicator=indicator.id,
            title=indicator.title,
            effect=indicator.effect,
            status=indicator.status,
            outcome=outcome,
            text=self._sharing.one(self._text(asset, indicator, version, decided, reasons, leaves)),
            clause=version.law if version else _ended(indicator, self.conditions.day),
            version=version.start if version else None,
            facts=self._seen(leaves, asset, decided),
            arithmetic=self._figures(leaves, asset),
            reasons=reasons,
            would_be=would_be,
            waiver=waived_by(waiver) if waiver and outcome is Outcome.EXEMPT else "",
            consequence=indicator.consequence,
        )

    # ---- what else may be asked ------------------------------------------------------------------------------------

    def row(self, asset: str) -> Row:
        """Everything evaluated for an asset, by column of the frame."""
        return self._frame[asset][0]

    def truth(self, asset: str, check: model.Check) -> bool | None:
        """Whether a check holds that was compiled for some indicator."""
        found: bool | None = self.row(asset)[self.conditions.compile(check).column]
        return found

    def waiver(self, asset: str, indicator: Indicator) -> model.Waiver | None:
        """The waiver that sets the indicator aside for the asset."""
        day = self.conditions.day
        return next((w for w in self.conditions.rulebook.waivers if _waives(w, asset, indicator, day)), None)

    def seen(
        self, compiled: Compiled, asset: str, outcome: Outcome
    ) -> tuple[tuple[FactSeen, ...], Mapping[str, int | str]]:
        """The facts that count, or may, for a check, and the arithmetic behind it."""
        leaves = list(self._decisive(compiled, asset))
        return self._seen(leaves, asset, outcome, counting_only=True), self._figures(leaves, asset)

    def missing(self, compiled: Compiled, asset: str) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
        """Why a check, or how often it holds, is not known; and which facts someone would have to look for."""
        reasons: list[Reason] = []
        needs: list[str] = []
        row = self.row(asset)
        for leaf in self._decisive(compiled, asset):
            if leaf.selections and not isinstance(leaf.check, model.Periods):
                reasons += self._counted_reasons(leaf, row)
                needs += [
                    n for n, all in self.conditions.counted.items() if {c.prefix for c in all} & {*leaf.selections}
                ]
            elif leaf.sources:
                reasons += [
                    r for p in paths_of(leaf.check) if p.kind != ASSET.name for r in self._own_reason(p, leaf, row)
                ]
                needs += [f"{p.kind}[{p.part}]" if p.part else p.kind for p in paths_of(leaf.check)]
            else:
                reasons += self._reasons(leaf, asset)
        return tuple(dict.fromkeys(reasons)), tuple(dict.fromkeys(needs))

    def _decisive(self, compiled: Compiled, asset: str) -> Iterator[Compiled]:
        """The leaves that made the condition what it is for this asset."""
        truth = self.row(asset)[compiled.column]
        if isinstance(compiled.check, model.Any | model.All):
            every = truth is isinstance(compiled.check, model.All)
            for part in compiled.parts:
                if every or self.row(asset)[part.column] is truth:
                    yield from self._decisive(part, asset)
        elif isinstance(compiled.check, model.Not):
            yield from self._decisive(compiled.parts[0], asset)
        else:
            yield compiled

    # ---- arithmetic ------------------------------------------------------------------------------------------------

    def _figures(self, leaves: list[Compiled], asset: str) -> Mapping[str, int | str]:
        """The figures of each check; those of the second and later ones are marked #2, #3, so that none mix."""
        told = [figures for leaf in leaves if (figures := self._arithmetic(leaf, asset))]
        told = [figures for n, figures in enumerate(told) if figures not in told[:n]]
        return self._sharing.mapping(
            {
                name if n == 1 else f"{name}#{n}": value
                for n, figures in enumerate(told, 1)
                for name, value in figures.items()
            }
        )

    def _arithmetic(self, leaf: Compiled, asset: str) -> dict[str, int | str]:
        """The figures of one check, with what it is about (`of`) and how it compares (`relation`)."""
        figures = self._compared(leaf, asset)
        return {**_about(leaf.check), **figures} if figures else {}

    def _compared(self, leaf: Compiled, asset: str) -> dict[str, int | str]:
        row, check, day = self.row(asset), leaf.check, self.conditions.day
        match check:
            case model.NotUpdated(what=what, within=within):
                assert isinstance(within, Duration)
                start = self.conditions.today.window(within)
                found: dict[str, int | str] = {"window_end": day.isoformat(), "window_start": str(start or "")}
                return found | self._value("newest", what, leaf, row)
            case model.Some():
                return self._counts(leaf, row) | {"limit": 1}
            case model.Count(number=number):
                return self._counts(leaf, row) | {"limit": _number(number)}
            case model.Ratio(share=share):
                prefix = leaf.selections[0]
                return {
                    "numerator": row[f"{prefix}yes"], "denominator": row[f"{prefix}of"],
                    "unknown": row[f"{prefix}maybe"], "share": shown(share),
                }  # fmt: skip
            case model.Periods(number=number, in_a_row=in_a_row) if leaf.selections:
                prefix = leaf.selections[0]
                found = {
                    "count": row[f"{prefix}yes"],
                    "unknown": row[f"{prefix}maybe"],
                    "periods": row[f"{prefix}periods"],
                } | ({"which": which} if (which := row[f"{prefix}which"]) else {})
                if in_a_row is not None:
                    return found | {"run": row[f"{prefix}sure"], "limit": _number(in_a_row)}
                return found | {"limit": _number(number)}
            case model.Elapsed(since=since, until=until, duration=duration):
                found = self._value("from", since, leaf, row) | {"limit": shown(duration)}
                return found | (self._value("to", until, leaf, row) if until is not None else {})
            case model.Compare(what=what):
                return self._value("value", what, leaf, row)
        return {}

    def _counts(self, leaf: Compiled, row: Row) -> dict[str, int | str]:
        return {
            "count": sum(row[f"{p}yes"] for p in leaf.selections),
            "unknown": sum(row[f"{p}maybe"] for p in leaf.selections),
        }

    def _value(self, name: str, path: Path, leaf: Compiled, row: Row) -> dict[str, int | str]:
        prefix = "" if path.kind == ASSET.name else self.conditions.own[path.kind, path.part]
        value = row[f"{prefix}{path.field}"]
        return {} if value is None else {name: value if isinstance(value, int) else _plain(value)}

    # ---- facts -----------------------------------------------------------------------------------------------------

    def _seen(
        self, leaves: list[Compiled], asset: str, outcome: Outcome, *, counting_only: bool = False
    ) -> tuple[FactSeen, ...]:
        found: dict[str, FactSeen] = {}
        for leaf in leaves:
            for prefix in leaf.sources:
                name = next(k for k, p in self.conditions.own.items() if p == prefix)[0]
                row = self.row(asset)
                if row[f"{prefix}state"] is not None:
                    kind = self.conditions.vocabulary.kinds[name]
                    own = {c: row[f"{prefix}{c}"] for c in kind.columns if c not in ("asset", "source")}
                    self._add(found, kind, own | {"asset": asset})
            for kind, fact, _ in self._counted(leaf, asset, others=outcome is not Outcome.PASS and not counting_only):
                self._add(found, kind, fact)
        return tuple(
            found[k] for k in sorted(found, key=lambda k: (found[k].kind, found[k].part, found[k].observed_at, k))
        )

    def _add(self, found: dict[str, FactSeen], kind: Kind, fact: Row) -> None:
        """Puts a fact among those found; the findings of one asset hold it once."""
        if self._seen_of[0] != fact["asset"]:
            self._seen_of = fact["asset"], {}
        id, known = fact_id(kind, fact), self._seen_of[1]
        if id not in known:
            known[id] = self._fact(id, kind, fact)
        found[id] = known[id]

    def _fact(self, id: str, kind: Kind, fact: Row) -> FactSeen:
        values = {
            f.name: NONE if (fact["nones"] >> kind.bit(f.name)) & 1 else _given(fact[f.name])
            for f in kind.fields
            if fact[f.name] is not None or (fact["nones"] >> kind.bit(f.name)) & 1
        }
        return FactSeen(
            id=id,
            kind=kind.name,
            part=self._sharing.one(fact["part"]),
            observed_at=self._sharing.one(fact["observed_at"]),
            state=self._sharing.one(fact["state"]),
            values=self._sharing.mapping(values),
        )

    def _counted(self, leaf: Compiled, asset: str, *, others: bool) -> Iterator[tuple[Kind, Row, bool]]:
        """The counted facts that matter, and whether that is sure: those that count or may; where nothing counts, the `others`."""
        for name, counted in self._behind(leaf):
            kind = self.conditions.vocabulary.kinds[name]
            sure, open_ = (self._matching(name, counted, m, asset) for m in (True, None))
            if others and not sure and not open_:
                sure = self._matching(name, counted, False, asset)
            yield from ((kind, row, True) for row in sure)
            yield from ((kind, row, False) for row in open_)

    def _behind(self, leaf: Compiled) -> Iterator[tuple[str, Counted]]:
        for name, registered in self.conditions.counted.items():
            for counted in registered:
                if counted.prefix in leaf.selections:
                    yield name, counted

    def _matching(self, name: str, counted: Counted, counts: bool | None, asset: str) -> list[Row]:
        """An asset's facts that count, may count (None) or do not."""
        key = (counted.prefix, counts)
        if key not in self._facts:
            rows = self.conditions.view.rows(name).filter(pl.col("state") != "not_applicable")
            match = counted.matches.is_null() if counts is None else counted.matches.eq_missing(counts)
            self._facts[key] = ByAsset(rows.filter(match), "asset")
        return self._facts[key][asset]

    # ---- why unknown -----------------------------------------------------------------------------------------------

    def _reasons(self, leaf: Compiled, asset: str) -> Iterator[Reason]:
        row = self.row(asset)
        if row[leaf.column] is not None:
            return
        if self._lacks_calendar(leaf):
            yield Reason(
                code="calendar", text=Text(zh="工作日历未发布", en="the working-day calendar is not published")
            )
        elif leaf.sources:
            for path in (p for p in paths_of(leaf.check) if p.kind != ASSET.name):
                yield from self._own_reason(path, leaf, row)
        elif isinstance(leaf.check, model.Periods):
            n = row[f"{leaf.selections[0]}maybe"]
            yield Reason(code="periods-open", text=Text(zh=f"有{n}个周期未能判定", en=f"{n} periods are undecided"))
        elif isinstance(leaf.check, model.Fails):
            yield Reason(
                code="indicator-open",
                text=Text(zh=f"指标{leaf.check.indicator}待核", en=f"indicator {leaf.check.indicator} is undecided"),
            )
        else:
            yield from self._counted_reasons(leaf, row)

    def _lacks_calendar(self, leaf: Compiled) -> bool:
        """Whether the check needs working days of a year for which none are published."""
        if isinstance(leaf.check, model.Periods):
            return not leaf.selections
        today = self.conditions.today
        return any(d.unit is Unit.WORKDAY and today.window(d) is None for d in _durations(leaf.check))

    def _own_reason(self, path: Path, leaf: Compiled, row: Row) -> Iterator[Reason]:
        kind = self.conditions.vocabulary.kinds[path.kind]
        prefix = self.conditions.own[path.kind, path.part]
        name = f"{kind.zh}“{path.part}”" if path.part else kind.zh
        label = f"{path.kind}[{path.part}]" if path.part else path.kind
        state, value = row[f"{prefix}state"], row[f"{prefix}{path.field}"] if path.field in kind.columns else None
        field = kind.field(path.field)
        nothing = field is not None and ((row[f"{prefix}nones"] or 0) >> kind.bit(path.field)) & 1
        if state is None:
            if row[f"{prefix}open"]:
                yield Reason(code="no-fact", text=Text(zh=f"没有{name}的记录", en=f"there is no fact of {label}"))
        elif state != "known":
            why = row[f"{prefix}reason"]
            zh = f"{name}{_STATE_ZH.get(state, state)}" + (f"（{why}）" if why else "")
            yield Reason(code=state, text=Text(zh=zh, en=f"{label} is {state}" + (f" ({why})" if why else "")))
        elif value is None and not nothing:
            zh = f"{name}的“{field.zh if field else path.field}”未填"
            yield Reason(code="field-open", text=Text(zh=zh, en=f"{label}.{path.field} is open"))
        elif isinstance(value, date) and value > row[f"{prefix}observed_at"].date():
            zh = f"{name}的日期{value}晚于观测日"
            yield Reason(
                code="future-date", text=Text(zh=zh, en=f"the date {value} of {label} lies after the observation")
            )
        else:
            seen = row[f"{prefix}observed_at"].date()
            zh = f"{name}最近一次观测在{seen}，不能说明此后的情况"
            en = f"{label} was last observed on {seen}, which does not speak for the days since"
            yield Reason(code="old-observation", text=Text(zh=zh, en=en))

    def _counted_reasons(self, leaf: Compiled, row: Row) -> Iterator[Reason]:
        for name, registered in self.conditions.counted.items():
            kind = self.conditions.vocabulary.kinds[name]
            for counted in registered:
                prefix = counted.prefix
                if prefix not in leaf.selections:
                    continue
                if row[f"{prefix}open"]:
                    text = Text(zh=f"{kind.zh}的记录缺失或不完整", en=f"facts of {name} are missing or incomplete")
                    yield Reason(code="no-fact", text=text)
                if n := row[f"{prefix}maybe"]:
                    text = Text(zh=f"{kind.zh}有{n}项未能判定", en=f"{n} facts of {name} are undecided")
                    yield Reason(code="facts-undecided", text=text)
                elif isinstance(leaf.check, model.Ratio) and not row[f"{prefix}open"]:
                    text = Text(zh=f"{kind.zh}的样本不足", en=f"the sample of {name} is too small")
                    yield Reason(code="sample-too-small", text=text)

    # ---- wording ---------------------------------------------------------------------------------------------------

    def _text(
        self, asset: str, indicator: Indicator, version: Version | None, outcome: Outcome,
        reasons: tuple[Reason, ...], leaves: list[Compiled],
    ) -> str:  # fmt: skip
        if outcome is Outcome.FAIL and version is not None:
            for problem in version.problems:
                if problem.when is not None:
                    when = self.conditions.compile(problem.when)
                    if self.row(asset)[when.column] is not True:
                        continue
                    told = list(self._decisive(when, asset))
                else:
                    told = leaves
                text = self._filled(problem.text, asset, version, told)
                if text is not None:
                    return text
            return indicator.title
        if outcome is Outcome.UNKNOWN:
            return f"待核：{'；'.join(r.text.zh for r in reasons)}"
        return {
            Outcome.PASS: "未发现问题", Outcome.NOT_APPLICABLE: "不适用", Outcome.NOT_IN_FORCE: "监测时间点未施行",
        }.get(outcome, "")  # fmt: skip

    def _filled(self, text: str, asset: str, version: Version, leaves: list[Compiled]) -> str | None:
        """The text with its placeholders filled in; None when one of them is not known."""
        missing = False

        def fill(match: re.Match[str]) -> str:
            nonlocal missing
            found = self._placeholder(match[1], asset, version, leaves)
            missing = missing or found is None
            return found or ""

        filled = _PLACEHOLDER.sub(fill, text)
        return None if missing else filled

    def _placeholder(self, name: str, asset: str, version: Version, leaves: list[Compiled]) -> str | None:
        if name.startswith("$"):
            given = version.params.get(name[1:])
            return None if given is None else shown(given)
        if name == "count":
            counts = [a["count"] for c in leaves if "count" in (a := self._arithmetic(c, asset))]
            return str(counts[0]) if counts else None
        if name.startswith("each."):
            field, _, quoted = name.removeprefix("each.").partition("|")
            return self._each(field, bool(quoted), asset, leaves)
        path = _path(name)
        prefix = self.conditions.own.get((path.kind, path.part)) if path else None
        value = self.row(asset).get(f"{prefix}{path.field}") if path and prefix else None
        return None if value is None else _official(value)

    def _each(self, field: str, quoted: bool, asset: str, leaves: list[Compiled]) -> str | None:
        """The words of the facts that surely count; None when one of them has no such word."""
        rows = [row for leaf in leaves for _, row, surely in self._counted(leaf, asset, others=True) if surely]
        values = [row.get(field) for row in rows]
        if any(v in (None, "") for v in values):
            return None
        words = list(dict.fromkeys(_official(v) for v in values))
        return "、".join(f"“{w}”" if quoted else w for w in words) or None


def _ended(indicator: Indicator, day: date) -> model.Law | None:
    """By what an indicator is no longer in force on a day; None where it has not begun."""
    begun = [v for v in indicator.versions if v.start <= day]
    return begun[-1].law if begun and begun[-1].repealed else None


def _about(check: model.Check) -> dict[str, int | str]:
    """What a check is about: a field, or the kind of fact that is counted; and its relation to the limit."""
    match check:
        case model.NotUpdated(what=what):
            return {"of": str(what)}
        case model.Compare(what=what, relation=relation):
            return {"of": str(what), "relation": relation.value}
        case model.Elapsed(since=since, relation=relation):
            return {"of": str(since), "relation": relation.value}
        case model.Some(of=of):
            return {"of": of.kind, "relation": model.Relation.AT_LEAST.value}
        case model.Count(of=of, relation=relation):
            return {"of": "、".join(dict.fromkeys(s.kind for s in of)), "relation": relation.value}
        case model.Ratio(of=of, relation=relation):
            return {"of": of.kind, "relation": relation.value}
        case model.Periods(relation=relation):
            return {"of": "periods", "relation": relation.value}
    return {}


def _durations(item: object) -> Iterator[Duration]:
    """Every length of time in a check."""
    if isinstance(item, Duration):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from _durations(part)
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        for f in dataclasses.fields(item):
            yield from _durations(getattr(item, f.name))


def waived_by(waiver: model.Waiver) -> str:
    """The waiver as it is cited."""
    return f"{waiver.id}：{waiver.reason}（{waiver.approved_by}）"


def _waives(waiver: model.Waiver, asset: str, indicator: Indicator, day: date) -> bool:
    return waiver.asset == asset and waiver.indicator == indicator.id and waiver.start <= day <= waiver.until


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _path(name: str) -> Path | None:
    match = _PATH.fullmatch(name)
    return Path(match[1], match[3], match[2]) if match and match[1] != "each" else None


def _given(value: Anything) -> Anything:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Anything) -> str:
    if isinstance(value, list):
        return "、".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _official(value: Anything) -> str:
    """A value in official Chinese."""
    if isinstance(value, datetime):
        return f"{value.year}年{value.month}月{value.day}日{value.hour}时{value.minute:02}分"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return shown(tuple(value) if isinstance(value, list) else value)
