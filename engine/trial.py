"""What an indicator on trial (试行) would have done: an inspection held against the same one in which it counts.

An indicator on trial is evaluated and told beside the others and decides nothing. Here one after another is made to count, on the
same facts, rules and days, so that whatever follows (a verdict, a score, an indicator that refers to it) is inspected and not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from hege.engine.case import Case
from hege.engine.inspection import inspect
from hege.engine.result import AssetResult, Batch, Inspection, Outcome, Reason, Verdict
from hege.engine.rulebook.model import AssetKind, Effect, Indicator, Rulebook, Status
from hege.engine.rulebook.sources import Compiled


@dataclass(frozen=True, kw_only=True, slots=True)
class Undecided:
    """Why assets could not be decided: one of a finding's reasons, and the assets that have it. One may have several."""

    code: str
    assets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Turned:
    """An asset whose verdict would have been another; `text` is what the indicator says of it."""

    asset: str
    name: str
    platform: str
    old: Verdict
    new: Verdict
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialBatch:
    """What came out for the assets of one batch, and whose verdict would have been another."""

    name: str
    kind: AssetKind
    as_of: date
    outcomes: Mapping[Outcome, int]
    undecided: tuple[Undecided, ...]
    turned: tuple[Turned, ...]

    @property
    def total(self) -> int:
        """How many assets the batch has."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One indicator on trial in one inspection."""

    indicator: str
    title: str
    effect: Effect
    batches: tuple[TrialBatch, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One inspection: its name, and what each indicator that was on trial would have done. Empty: none was on trial.

    `as_recorded` says of an inspection of the ledger whether running it again gave the recorded bytes; None where there
    is nothing to compare with.
    """

    inspection: str
    title: str
    trials: tuple[Trial, ...]
    as_recorded: bool | None = None


def on_trial(rulebook: Rulebook, only: Sequence[str] = ()) -> tuple[Indicator, ...]:
    """The indicators on trial, or those among them with these ids."""
    return tuple(i for i in rulebook.indicators if i.status is Status.TRIAL and (not only or i.id in only))


def counting(rulebook: Rulebook, id: str) -> Rulebook:
    """The rulebook with one indicator in force that was on trial."""
    return replace(
        rulebook,
        indicators=tuple(replace(i, status=Status.IN_FORCE) if i.id == id else i for i in rulebook.indicators),
    )


def tried_on(case: Case, rules: Compiled, name: str, only: Sequence[str] = ()) -> Tried:
    """What the indicators on trial would have done in the inspection of a case."""

    def inspected(rulebook: Rulebook) -> Inspection:
        return inspect(case, rulebook, rules.vocabulary, rules.working_days)

    asked = on_trial(rules.rulebook, only)
    trials = trials_of(asked, rules.rulebook, inspected(rules.rulebook), inspected) if asked else ()
    return Tried(inspection=name, title=case.title, trials=trials)


def trials_of(
    asked: Sequence[Indicator], rulebook: Rulebook, before: Inspection, inspected: Callable[[Rulebook], Inspection]
) -> tuple[Trial, ...]:
    """Each indicator asked about made to count, one at a time. `before` is the inspection in which none does."""
    return tuple(_trial(i, before, inspected(counting(rulebook, i.id))) for i in asked)


def _trial(indicator: Indicator, before: Inspection, after: Inspection) -> Trial:
    pairs = [
        (b, a) for b, a in zip(before.batches, after.batches, strict=True) if b.kind is indicator.applies_to.kind
    ]  # fmt: skip
    return Trial(
        indicator=indicator.id,
        title=indicator.title,
        effect=indicator.effect,
        batches=tuple(_batch(indicator.id, b, a) for b, a in pairs),
    )


def _batch(indicator: str, before: Batch, after: Batch) -> TrialBatch:
    said = {r.asset.id: _said(indicator, r) for r in after.assets}
    outcomes = [s.outcome for s in said.values()]
    codes: dict[str, list[str]] = {}
    for asset, told in said.items():
        if told.outcome is Outcome.UNKNOWN:
            for code in dict.fromkeys(r.code for r in told.reasons):
                codes.setdefault(code, []).append(asset)
    return TrialBatch(
        name=after.name,
        kind=after.kind,
        as_of=after.as_of,
        outcomes={outcome: outcomes.count(outcome) for outcome in Outcome if outcome in outcomes},
        undecided=tuple(Undecided(code=c, assets=tuple(a)) for c, a in sorted(codes.items(), key=_most_first)),
        turned=tuple(_turned(indicator, before, after)),
    )


def _most_first(item: tuple[str, list[str]]) -> tuple[int, str]:
    code, assets = item
    return -len(assets), code


class _Said(NamedTuple):
    outcome: Outcome
    text: str
    reasons: tuple[Reason, ...]


def _said(indicator: str, result: AssetResult) -> _Said:
    """What the indicator says of an asset; items of a score sheet stand on the sheet, which may not be about the asset."""
    for finding in result.findings:
        if finding.indicator == indicator:
            return _Said(finding.outcome, finding.text, finding.reasons)
    item = result.score.item(indicator) if result.score else None
    if item is None:
        return _Said(Outcome.NOT_APPLICABLE, "", ())
    text = f"{'扣' if item.effect is Effect.DEDUCT else '加'}{item.scored}分"
    return _Said(item.outcome, text, tuple(reason for line in item.lines for reason in line.reasons))


def _turned(indicator: str, before: Batch, after: Batch) -> Iterator[Turned]:
    for old, new in zip(before.assets, after.assets, strict=True):
        if old.verdict is not new.verdict:
            yield Turned(
                asset=new.asset.id, name=new.asset.name, platform=new.asset.platform,
                old=old.verdict, new=new.verdict, text=_said(indicator, new).text,
            )  # fmt: skip
