"""A score as it is shown: sheet, groups, items and lines, each with the least and the most it can come to.

The one model that every rendering of a score sheet reads. Points are exact: `Fraction` because a scaled score can have
thirds. What the figures come from is `hege.engine.scoring`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

from hege.engine.rulebook.model import Effect, Law

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hege.engine.result import FactSeen, Outcome, Reason
    from hege.engine.rulebook.model import Ask


@dataclass(frozen=True, slots=True)
class Range:
    """From the least to the most; `high` is None where nothing limits it."""

    low: Fraction
    high: Fraction | None

    @property
    def is_known(self) -> bool:
        """Whether there is only one value left."""
        return self.low == self.high

    @property
    def width(self) -> Fraction | None:
        """How far apart the two ends are."""
        return None if self.high is None else self.high - self.low

    def __str__(self) -> str:
        if self.high is None:
            return f"{points(self.low)}+"
        return points(self.low) if self.is_known else f"{points(self.low)}–{points(self.high)}"


def points(value: Fraction) -> str:
    """Points as printed: half up to two decimals, without trailing zeros."""
    exact = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{exact:f}".rstrip("0").rstrip(".") if exact % 1 else f"{exact:.0f}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LineScore:
    """What one line of an item comes to for an asset. `points` is what each occurrence is worth."""

    id: str
    law: Law
    points: Fraction
    scored: Range
    applies: bool | None
    says: str  # the line as a Chinese sentence
    facts: tuple[FactSeen, ...]
    arithmetic: Mapping[str, int | str]
    reasons: tuple[Reason, ...]
    needs: tuple[str, ...]  # what someone has to look at before it is known, such as survey[解读比例] or column
    ask: Ask | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemScore:
    """An item. `cap` is None where the table sets no limit; `is_capped` says that the lines add up to more than it."""

    indicator: str
    title: str
    effect: Effect
    law: Law
    cap: Range | None
    scored: Range
    outcome: Outcome
    lines: tuple[LineScore, ...]
    is_capped: bool
    waiver: str = ""


class Place(Enum):
    """Whether a group counts for the asset."""

    COUNTS = "counts"
    LEFT_OUT = "left_out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupScore:
    """A group with its items; `points` is what the sheet prints for it."""

    title: str
    effect: Effect
    points: Fraction | None
    scored: Range
    items: tuple[ItemScore, ...]
    place: Place = Place.COUNTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """The sheet of one asset.

    `score` is base less deductions (scaled by `factor` where a group is left out), `total` has the bonuses that count;
    both are None where the table prints no base. `stopped_by` names the failed vetoes for which there is no scoring:
    the figures then show what the table would have made, and decide nothing.
    """

    indicator: str
    title: str
    law: Law
    groups: tuple[GroupScore, ...]
    deducted: Range
    earned: Range
    base: Fraction | None
    fails_below: Fraction | None
    bonus_above: Fraction | None
    score: Range | None
    total: Range | None
    factor: Fraction
    outcome: Outcome
    stopped_by: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[ItemScore, ...]:
        """All items, in the order of the sheet."""
        return tuple(item for group in self.groups for item in group.items)

    def item(self, indicator: str) -> ItemScore | None:
        """The item of that indicator."""
        return next((i for i in self.items if i.indicator == indicator), None)

    @property
    def bonus_counts(self) -> bool | None:
        """Whether bonuses count; None while that is not known."""
        if self.score is None or self.bonus_above is None:
            return False
        if self.score.low > self.bonus_above:
            return True
        return False if self.score.high is not None and self.score.high <= self.bonus_above else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Something to look at next, and which lines wait for it.

    `narrows` is how much the interval of the total shrinks at most once it is known (None: without limit); `decides`
    says that it alone can settle whether the score reaches the line.
    """

    look_at: str
    zh: str
    narrows: Fraction | None
    decides: bool
    lines: tuple[tuple[ItemScore, LineScore], ...]


Waiting = tuple[GroupScore, ItemScore, LineScore]


def next_steps(score: Score) -> tuple[Step, ...]:
    """What is still unknown, by what it waits for; what narrows the interval most first."""
    waiting: dict[str, list[Waiting]] = {}
    for group, item, line in _unknown(score):
        for need in line.needs:
            waiting.setdefault(need, []).append((group, item, line))
    steps = [_step(score, need, found) for need, found in waiting.items()]
    order = {need: place for place, need in enumerate(waiting)}
    return tuple(sorted(steps, key=lambda s: (s.narrows is not None, -(s.narrows or 0), order[s.look_at])))


def _unknown(score: Score) -> Iterator[Waiting]:
    for group in score.groups:
        if group.place is Place.LEFT_OUT or (group.effect is Effect.BONUS and score.bonus_counts is False):
            continue
        for item in group.items:
            if not item.scored.is_known:
                yield from ((group, item, line) for line in item.lines)


def _step(score: Score, need: str, found: list[Waiting]) -> Step:
    reasons = [r.text.zh for _, _, line in found for r in line.reasons]
    worse, better = _moves(score, [w for w in found if w[0].effect is Effect.DEDUCT])
    fewer, more = _moves(score, [w for w in found if w[0].effect is Effect.BONUS])
    one_end, other_end = _added(worse, more), _added(better, fewer)
    decides = False
    if score.score is not None and score.fails_below is not None and score.outcome.value == "unknown":
        low, high = score.score.low, score.score.high
        assert high is not None
        below = worse is None or high - worse < score.fails_below
        decides = below or (better is not None and low + better >= score.fails_below)
    return Step(
        look_at=need,
        zh=next(iter(reasons), need),
        narrows=None if one_end is None or other_end is None else max(one_end, other_end),
        decides=decides,
        lines=tuple((item, line) for _, item, line in found),
    )


def _added(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other


def _moves(score: Score, found: list[Waiting]) -> tuple[Fraction | None, Fraction | None]:
    """By how much the least rises when these lines come to their most, and the most falls when they come to their least."""
    rise, fall = Fraction(0), Fraction(0)
    unlimited = False
    by_item: dict[str, tuple[GroupScore, ItemScore, set[str]]] = {}
    for group, item, line in found:
        by_item.setdefault(item.indicator, (group, item, set()))[2].add(line.id)
    for group, item, lines in by_item.values():
        factor = score.factor if group.effect is Effect.DEDUCT else Fraction(1)
        rise += (_ends(item, lines, at_most=True).low - item.scored.low) * factor
        least = _ends(item, lines, at_most=False).high
        if item.scored.high is not None and least is not None:
            fall += (item.scored.high - least) * factor
        else:
            unlimited = unlimited or (item.scored.high is None and least is not None)
    return rise, None if unlimited else fall


def _ends(item: ItemScore, lines: set[str], *, at_most: bool) -> Range:
    """What the item comes to once these lines are at their most, or at their least."""
    cap = None if item.cap is None else item.cap.high
    low, high = Fraction(0), Fraction(0)
    unlimited = False
    for line in item.lines:
        ends = line.scored
        if line.id in lines:
            most = ends.high if ends.high is not None else cap if cap is not None else ends.low
            ends = Range(most, most) if at_most else Range(ends.low, ends.low)
        low += ends.low
        unlimited = unlimited or ends.high is None
        high += ends.high or 0
    if cap is None:
        return Range(low, None if unlimited else high)
    return Range(min(low, cap), cap if unlimited else min(high, cap))
