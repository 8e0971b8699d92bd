"""From one asset's findings to its verdict and what follows from them.

Owns the production rules of a verdict. They are run twice: by durable-rules (`durable`) and by a plain fold below. A
disagreement withholds the verdict and raises an alarm; it is never settled in favour of either. Where durable-rules
cannot be installed the fold decides alone, and says so once in the log.

Does not own how an indicator comes to its outcome (`evaluation`), nor the wording of problems (`explanation`).

A score sheet is one more finding: whether the score, an interval while parts of it are unknown, is surely below the line
(fail), surely not (pass), or neither. After a failed veto nothing is scored: the finding is then not applicable.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

import structlog

from hege.engine import durable
from hege.engine.durable import Fact, Fired, ProductionRule
from hege.engine.errors import JudgementError
from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook.model import Effect, Status

log = structlog.get_logger(__name__)


class Found(NamedTuple):
    """What judging needs of a finding. `would_be` is what a waiver set aside; only exempt findings have it."""

    indicator: str
    effect: Effect
    status: Status
    outcome: Outcome
    would_be: Outcome | None = None


class Act(Enum):
    """What a production rule does with a finding."""

    VETO = "veto"  # 单项否决
    VETO_OPEN = "veto-open"  # it is not known whether the veto holds
    VETO_WAIVED = "veto-waived"  # it would hold, or might, but for a waiver
    SCORE = "score"  # the score is below the line
    SCORE_OPEN = "score-open"  # it is not known whether it is
    SCORE_WAIVED = "score-waived"
    PASSED = "passed"  # a veto or the score is surely passed
    REMARK = "remark"
    STEP = "step"  # 处置步骤
    STEP_OPEN = "step-open"  # it is not known whether the step is reached


class Consequence(NamedTuple):
    """What follows from the finding of one indicator."""

    act: Act
    indicator: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on an asset and its consequences, in the order of the findings.

    `withheld`: the two ways of judging disagree. The verdict is then undetermined, and nothing follows from it.
    """

    verdict: Verdict
    consequences: tuple[Consequence, ...] = ()
    withheld: bool = False

    def of(self, act: Act) -> tuple[str, ...]:
        """The indicators that had this consequence."""
        return tuple(c.indicator for c in self.consequences if c.act is act)

    @property
    def failed(self) -> tuple[str, ...]:
        """The vetoes that failed, and a score below the line."""
        return self.of(Act.VETO) + self.of(Act.SCORE)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks to be made."""
        return self.of(Act.REMARK)

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that are reached."""
        return self.of(Act.STEP)

    @property
    def open_steps(self) -> tuple[str, ...]:
        """The steps of which it is not known whether they are reached."""
        return self.of(Act.STEP_OPEN)


class Engine(Protocol):
    """A second way to run the production rules."""

    def run(self, facts: Sequence[Fact]) -> frozenset[Fired]:
        """Which rules fire for which facts; raises JudgementError when it cannot be relied on."""


# ---- the fold ------------------------------------------------------------------------------------------------------


def fold(found: Iterable[Found]) -> Judgement:
    """The judgement by reading the findings one after another. Only indicators in force count."""
    consequences = tuple(
        Consequence(act, f.indicator) for f in found if f.status is Status.IN_FORCE and (act := _act(f))
    )
    acts = {c.act for c in consequences}
    if acts & {Act.VETO, Act.SCORE}:
        verdict = Verdict.FAIL
    elif acts & {Act.VETO_OPEN, Act.SCORE_OPEN}:
        verdict = Verdict.UNDETERMINED
    elif acts & {Act.VETO_WAIVED, Act.SCORE_WAIVED}:
        verdict = Verdict.EXEMPT
    elif Act.PASSED in acts:
        verdict = Verdict.PASS
    else:
        verdict = Verdict.UNDETERMINED  # nothing in force was asked of it, and nothing is no pass
    return Judgement(verdict, consequences)


def _act(found: Found) -> Act | None:
    match found.effect, found.outcome, found.would_be:
        case Effect.VETO, Outcome.FAIL, _:
            return Act.VETO
        case Effect.VETO, Outcome.UNKNOWN, _:
            return Act.VETO_OPEN
        case Effect.VETO, Outcome.EXEMPT, Outcome.FAIL | Outcome.UNKNOWN | None:
            return Act.VETO_WAIVED
        case Effect.SCORE, Outcome.FAIL, _:
            return Act.SCORE
        case Effect.SCORE, Outcome.UNKNOWN, _:
            return Act.SCORE_OPEN
        case Effect.SCORE, Outcome.EXEMPT, Outcome.FAIL | Outcome.UNKNOWN | None:
            return Act.SCORE_WAIVED
        case (Effect.VETO | Effect.SCORE, Outcome.PASS, _) | (Effect.VETO | Effect.SCORE, Outcome.EXEMPT, Outcome.PASS):
            return Act.PASSED
        case Effect.REMARK, Outcome.FAIL, _:
            return Act.REMARK
        case Effect.ESCALATE, Outcome.FAIL, _:
            return Act.STEP
        case Effect.ESCALATE, Outcome.UNKNOWN, _:
            return Act.STEP_OPEN
    return None


# ---- the production rules ------------------------------------------------------------------------------------------


def _when(effect: Effect, outcome: str) -> dict[str, str]:
    return {"status": Status.IN_FORCE.value, "effect": effect.value, "outcome": outcome}


# Several rules may do the same: the part of the name before the dot is the act.
RULES = (
    ProductionRule("veto", _when(Effect.VETO, "fail")),
    ProductionRule("veto-open", _when(Effect.VETO, "unknown")),
    ProductionRule("veto-waived.fail", _when(Effect.VETO, "exempt-fail")),
    ProductionRule("veto-waived.unknown", _when(Effect.VETO, "exempt-unknown")),
    ProductionRule("score", _when(Effect.SCORE, "fail")),
    ProductionRule("score-open", _when(Effect.SCORE, "unknown")),
    ProductionRule("score-waived.fail", _when(Effect.SCORE, "exempt-fail")),
    ProductionRule("score-waived.unknown", _when(Effect.SCORE, "exempt-unknown")),
    ProductionRule("passed.veto", _when(Effect.VETO, "pass")),
    ProductionRule("passed.veto-waived", _when(Effect.VETO, "exempt-pass")),
    ProductionRule("passed.score", _when(Effect.SCORE, "pass")),
    ProductionRule("passed.score-waived", _when(Effect.SCORE, "exempt-pass")),
    ProductionRule("remark", _when(Effect.REMARK, "fail")),
    ProductionRule("step", _when(Effect.ESCALATE, "fail")),
    ProductionRule("step-open", _when(Effect.ESCALATE, "unknown")),
)
# The first of these acts that occurs decides; an act that is not named here never changes a verdict.
_DECIDES = {
    Act.VETO: Verdict.FAIL,
    Act.SCORE: Verdict.FAIL,
    Act.VETO_OPEN: Verdict.UNDETERMINED,
    Act.SCORE_OPEN: Verdict.UNDETERMINED,
    Act.VETO_WAIVED: Verdict.EXEMPT,
    Act.SCORE_WAIVED: Verdict.EXEMPT,
    Act.PASSED: Verdict.PASS,
}


def _fact(found: Found) -> Fact:
    outcome = found.outcome.value
    if found.outcome is Outcome.EXEMPT:
        outcome = f"exempt-{(found.would_be or Outcome.UNKNOWN).value}"
    return Fact(found.indicator, {"status": found.status.value, "effect": found.effect.value, "outcome": outcome})


def _by_rules(engine: Engine, found: Sequence[Found]) -> Judgement:
    """The judgement by the production rules."""
    fired = engine.run([_fact(f) for f in found])
    place = {f.indicator: index for index, f in enumerate(found)}
    consequences = [Consequence(Act(rule.split(".")[0]), id) for rule, id in fired]
    consequences.sort(key=lambda c: (place[c.indicator], c.act.value))
    acts = {c.act for c in consequences}
    verdict = next((_DECIDES[act] for act in _DECIDES if act in acts), Verdict.UNDETERMINED)
    return Judgement(verdict, tuple(consequences))


# ---- the judge -----------------------------------------------------------------------------------------------------


class Judge:
    """Judges combinations of findings, each distinct one once. `alarms` says which verdicts are withheld, and why."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine = engine
        self._known: dict[tuple[Found, ...], Judgement] = {}
        self.alarms: list[str] = []

    def judge(self, found: Iterable[Found]) -> Judgement:
        """The judgement of one asset's findings, at most one for each indicator."""
        combination = tuple(found)
        if combination not in self._known:
            self._known[combination] = self._judged(combination)
        return self._known[combination]

    def _judged(self, found: tuple[Found, ...]) -> Judgement:
        folded = fold(found)
        if self._engine is None:
            return folded
        try:
            ruled = _by_rules(self._engine, found)
        except JudgementError as error:
            return self._withhold(found, folded, str(error))
        return folded if ruled == folded else self._withhold(found, folded, _shown(ruled))

    def _withhold(self, found: tuple[Found, ...], folded: Judgement, engine: str) -> Judgement:
        findings = ", ".join(f"{f.indicator}={f.outcome.value}" for f in found)
        self.alarms.append(
            f"两种判定不一致，结论暂缓 / verdict withheld: durable-rules: {engine}; fold: {_shown(folded)}; of {findings}"
        )
        log.error("verdict-withheld", engine=engine, fold=_shown(folded), findings=findings)
        return Judgement(Verdict.UNDETERMINED, withheld=True)


def _shown(judgement: Judgement) -> str:
    return " ".join([judgement.verdict.value, *(f"{c.act.value}({c.indicator})" for c in judgement.consequences)])


def make_judge(indicators: Iterable[str]) -> Judge:
    """A judge for a rulebook's indicators, with durable-rules where it is installed.

    Raises JudgementError for ids that durable-rules cannot tell apart.
    """
    if not durable.is_available():
        _say_that_the_fold_decides_alone()
        return Judge(None)
    return Judge(durable.Ruleset(RULES, indicators))


@functools.cache
def _say_that_the_fold_decides_alone() -> None:
    """Once in a process: the operator should know that verdicts are not checked a second way."""
    log.warning("durable-rules-missing", consequence="verdicts come from the fold alone, unchecked")
