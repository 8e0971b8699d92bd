"""The score sheet of one asset, read off the evaluation that made it. Nothing is decided here.

Owns how figures, facts and reasons come together to a `Score`. Does not own the arithmetic (`evaluation.scoring`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any as Anything

from hege.engine.evaluation import evaluated
from hege.engine.evaluation.scoring import ItemPoints, LinePoints, SheetPoints, hundredths, ranged
from hege.engine.explanation import Explainer, waived_by
from hege.engine.result import FactSeen, Finding, Outcome, Reason
from hege.engine.rulebook import model
from hege.engine.rulebook.model import Effect, Indicator, Status, Version
from hege.engine.rulebook.sentence import line_sentence
from hege.engine.score import GroupScore, ItemScore, LineScore, Place, Range, Score, next_steps, points
from hege.engine.text import Text

Row = Mapping[str, Anything]
_NOTHING = Range(Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class Scorer:
    """Makes the score of each asset of one batch."""

    explainer: Explainer

    def score(self, asset: str, findings: Iterable[Finding]) -> Score | None:
        """The score of an asset; None when no sheet in force is about it, or may be."""
        conditions = self.explainer.conditions
        for indicator, version in evaluated(conditions.rulebook, conditions.kind, conditions.day):
            if indicator.effect is Effect.SCORE and version is not None:
                sheet = conditions.sheet(indicator)
                if self.explainer.row(asset)[f"{indicator.id}.applies"] is not False:
                    stopped = tuple(
                        f.indicator for f in findings
                        if f.effect is Effect.VETO and f.status is Status.IN_FORCE and f.outcome is Outcome.FAIL
                    )  # fmt: skip
                    outcome = next(f.outcome for f in findings if f.indicator == indicator.id)
                    return self._sheet(asset, sheet, version, outcome, stopped)
        return None

    def _sheet(
        self, asset: str, sheet: SheetPoints, version: Version, outcome: Outcome, stopped: tuple[str, ...]
    ) -> Score:
        row, given = self.explainer.row(asset), sheet.sheet
        groups = [
            self._group(asset, sheet, g, effect)
            for effect in (Effect.DEDUCT, Effect.BONUS)
            for g in given.groups(effect)
        ]
        deducted = [g.scored for g in groups if g.effect is Effect.DEDUCT and g.place is not Place.LEFT_OUT]
        id, has_base = sheet.indicator.id, given.base is not None
        left_out = row[f"{id}.left_out"] and has_base and given.left_out is not None
        rest = hundredths(given.base) - _left_out(given) if left_out else 1
        return Score(
            indicator=id,
            title=sheet.indicator.title,
            law=version.law,
            groups=tuple(groups),
            deducted=_sum(deducted),
            earned=_sum([g.scored for g in groups if g.effect is Effect.BONUS]),
            base=_points(given.base),
            fails_below=_points(given.fails_below),
            bonus_above=_points(given.bonus_above),
            score=_range(row, f"{id}/score", sheet.per) if has_base else None,
            total=_range(row, f"{id}/total", sheet.per) if has_base else None,
            factor=Fraction(hundredths(given.base), rest) if left_out else Fraction(1),
            outcome=outcome,
            stopped_by=stopped,
        )

    def _group(self, asset: str, sheet: SheetPoints, group: model.ScoreGroup, effect: Effect) -> GroupScore:
        conditions, given = self.explainer.conditions, sheet.sheet
        found = conditions.rulebook.items(conditions.kind, conditions.day, group.title, effect)
        items = tuple(self.item(asset, indicator) for indicator in found)
        place = Place.COUNTS
        if effect is Effect.DEDUCT and given.left_out is not None and given.left_out.group == group.title:
            left_out = self.explainer.row(asset)[f"{sheet.indicator.id}.left_out"]
            place = Place.UNKNOWN if left_out is None else Place.LEFT_OUT if left_out else Place.COUNTS
        if place is Place.LEFT_OUT:
            items = tuple(replace(i, scored=_NOTHING, outcome=Outcome.NOT_APPLICABLE, is_capped=False) for i in items)
        return GroupScore(
            title=group.title, effect=effect, points=None if group.points is None else Fraction(group.points),
            scored=_sum([i.scored for i in items]), items=items, place=place,
        )  # fmt: skip

    def told(self, finding: Finding, score: Score) -> Finding:
        """The finding of a sheet with its figures, and with what would decide it."""
        figures = {n: str(r) for n, r in (("score", score.score), ("total", score.total)) if r is not None}
        line = None if score.fails_below is None else points(score.fails_below)
        more: dict[str, int | str] = {**figures, **({} if line is None else {"limit": line})}
        finding = replace(finding, arithmetic={**finding.arithmetic, **more})
        if finding.outcome is Outcome.NOT_APPLICABLE and score.stopped_by:
            return replace(finding, text="已单项否决，不再评分")
        if finding.outcome is not Outcome.UNKNOWN:
            return finding
        steps = next_steps(score)
        deciding = [s.look_at for s in steps if s.decides] or [s.look_at for s in steps]
        listed = "、".join(deciding[:3]) + ("等" if len(deciding) > 3 else "")
        reason = Reason(
            code="score-open",
            text=Text(
                zh=f"评分在{score.score}之间，{line}分为及格线" + (f"，取决于{listed}" if listed else ""),
                en=f"the score lies between {score.score}, the line is {line}" + (f"; it depends on {listed}" if listed else ""),
            ),
        )  # fmt: skip
        return replace(finding, text=f"待核：{reason.text.zh}", reasons=(*finding.reasons, reason))

    # ---- items and lines -------------------------------------------------------------------------------------------

    def item(self, asset: str, indicator: Indicator) -> ItemScore:
        """An item with its lines; a waived one counts nothing and says by which waiver."""
        item, row = self.explainer.conditions.item(indicator), self.explainer.row(asset)
        scored = _range(row, indicator.id, 100)
        outcome = Outcome(row[f"{indicator.id}.outcome"])
        waiver = self.explainer.waiver(asset, indicator)
        waived = waiver is not None and outcome is not Outcome.NOT_APPLICABLE
        lines = tuple(self._line(asset, item, line) for line in item.lines)
        cap = self._cap(asset, item)
        return ItemScore(
            indicator=indicator.id,
            title=indicator.title,
            effect=indicator.effect,
            law=item.version.law,
            cap=cap,
            scored=_NOTHING if waived else scored,
            outcome=Outcome.EXEMPT if waived else outcome,
            lines=lines,
            is_capped=cap is not None and cap.high is not None and sum(n.scored.low for n in lines) > cap.high,
            waiver=waived_by(waiver) if waived and waiver is not None else "",
        )

    def _cap(self, asset: str, item: ItemPoints) -> Range | None:
        cap, other = item.indicator.points, item.version.other_cap
        if not cap:
            return None
        if other is None:
            return Range(Fraction(cap), Fraction(cap))
        holds = self.explainer.truth(asset, other.when)
        plain, raised = Fraction(cap), Fraction(hundredths(other.points), 100)
        ends = {True: (raised, raised), False: (plain, plain), None: (min(plain, raised), max(plain, raised))}[holds]
        return Range(*ends)

    def _line(self, asset: str, item: ItemPoints, line: LinePoints) -> LineScore:
        row = self.explainer.row(asset)
        scored = _range(row, f"{item.indicator.id}/{line.line.id}", 100)
        applies = True if line.applies is None else row[line.applies.column]
        facts: tuple[FactSeen, ...] = ()
        arithmetic: Mapping[str, int | str] = {}
        reasons: tuple[Reason, ...] = ()
        needs: tuple[str, ...] = ()
        if applies is not False:
            outcome = Outcome.FAIL if scored.low else Outcome.PASS if scored.is_known else Outcome.UNKNOWN
            facts, arithmetic = self.explainer.seen(line.behind, asset, outcome)
            if not scored.is_known:
                reasons, needs = self.explainer.missing(line.behind, asset)
        return LineScore(
            id=line.line.id,
            law=line.line.law,
            points=Fraction(hundredths(line.line.points), 100),
            scored=scored,
            applies=applies,
            says=line_sentence(line.line, item.indicator.effect, self.explainer.conditions.vocabulary),
            facts=facts,
            arithmetic=arithmetic,
            reasons=reasons,
            needs=needs,
            ask=line.line.ask,
        )


def _left_out(given: model.Sheet) -> int:
    assert given.left_out is not None
    return next(hundredths(g.points) for g in given.deduct if g.title == given.left_out.group)


def _range(row: Row, name: str, per: int) -> Range:
    return ranged(row[f"{name}.low"], row[f"{name}.high"], per)


def _sum(ranges: Iterable[Range]) -> Range:
    found = list(ranges)
    unlimited = any(r.high is None for r in found)
    return Range(
        sum((r.low for r in found), Fraction(0)),
        None if unlimited else sum((r.high for r in found if r.high is not None), Fraction(0)),
    )


def _points(value: object) -> Fraction | None:
    return None if value is None else Fraction(hundredths(value), 100)
