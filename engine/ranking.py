"""Scored assets in order, with the ranks each can have while scores are intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from hege.engine.result import AssetResult
from hege.engine.score import Range, Score


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """One asset in the ranking. `best` and `worst` rank it can have; both None after a failed veto or without a score."""

    result: AssetResult
    score: Score
    best: int | None
    worst: int | None

    @property
    def rank(self) -> str:
        """`1`, `1–3`, or nothing."""
        if self.best is None:
            return ""
        return str(self.best) if self.best == self.worst else f"{self.best}–{self.worst}"


def ranking(results: Iterable[AssetResult]) -> tuple[Ranked, ...]:
    """The scored assets, the best first (by the least they have, then the most); those with a failed veto last."""
    scored = [(r, r.score) for r in results if r.score is not None]
    counting = {r.asset.id: s.total for r, s in scored if s.total is not None and not s.stopped_by}

    def order(item: tuple[AssetResult, Score]) -> tuple[bool, Fraction, Fraction, str]:
        result, score = item
        total = score.total or Range(-(score.deducted.high or score.deducted.low), -score.deducted.low)
        return bool(score.stopped_by), -total.low, -_high(total), result.asset.id

    return tuple(
        Ranked(
            result=result, score=score,
            best=1 + sum(other.low > _high(own) for other in counting.values()) if own is not None else None,
            worst=sum(_high(other) >= own.low for other in counting.values()) - _equal(own, counting) if own is not None else None,
        )
        for result, score in sorted(scored, key=order)
        for own in [counting.get(result.asset.id)]
    )  # fmt: skip


def _high(total: Range) -> Fraction:
    assert total.high is not None  # a score has a base, and bonuses have caps
    return total.high


def _equal(own: Range, counting: dict[str, Range]) -> int:
    """Others that surely have the same total share the better rank."""
    return sum(o == own for o in counting.values()) - 1 if own.is_known else 0
