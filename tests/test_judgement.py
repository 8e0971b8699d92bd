"""Verdicts and consequences from one asset's found, by the fold and by durable-rules alike."""

from __future__ import annotations

import itertools
import pickle
import random
import resource
import threading
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from hege.engine import durable, judgement
from hege.engine.durable import Fact, Fired
from hege.engine.errors import JudgementError
from hege.engine.judgement import RULES, Act, Consequence, Found, Judge, Judgement, fold, make_judge
from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook.model import Effect, Status

needs_engine = pytest.mark.skipif(not durable.is_available(), reason="durable-rules is not installed here")

EFFECTS, STATUSES = tuple(Effect), tuple(Status)
OUTCOMES: tuple[tuple[Outcome, Outcome | None], ...] = (
    *((outcome, None) for outcome in Outcome),
    *((Outcome.EXEMPT, would_be) for would_be in Outcome if would_be is not Outcome.EXEMPT),
)
IDS = [f"site.item-{n}" for n in range(60)]


def finding(
    outcome: Outcome,
    effect: Effect = Effect.VETO,
    *,
    id: str = "site.home-stale",
    status: Status = Status.IN_FORCE,
    would_be: Outcome | None = None,
) -> Found:
    return Found(id, effect, status, outcome, would_be)


def judge(ids: Sequence[str] = IDS) -> Judge:
    return Judge(durable.Ruleset(RULES, ids))


class Fake:
    """An engine that says what it was told to say."""

    def __init__(self, *fired: Fired, error: str = "") -> None:
        self.fired, self.error, self.runs = frozenset(fired), error, 0

    def run(self, facts: Sequence[Fact]) -> frozenset[Fired]:
        self.runs += 1
        if self.error:
            raise JudgementError(self.error)
        return self.fired


class TestFold:
    def test_nothing_to_judge_is_no_pass(self) -> None:
        assert fold([]) == Judgement(Verdict.UNDETERMINED)

    def test_a_veto_that_is_passed_passes(self) -> None:
        assert fold([finding(Outcome.PASS, id="a")]) == Judgement(Verdict.PASS, (Consequence(Act.PASSED, "a"),))

    def test_one_failed_veto_fails_whatever_is_unknown(self) -> None:
        found = [finding(Outcome.UNKNOWN, id="a"), finding(Outcome.FAIL, id="b"), finding(Outcome.PASS, id="c")]
        assert fold(found) == Judgement(
            Verdict.FAIL,
            (Consequence(Act.VETO_OPEN, "a"), Consequence(Act.VETO, "b"), Consequence(Act.PASSED, "c")),
        )

    def test_an_unknown_veto_leaves_the_asset_undetermined(self) -> None:
        found = [finding(Outcome.PASS, id="a"), finding(Outcome.UNKNOWN, id="b")]
        assert fold(found) == Judgement(
            Verdict.UNDETERMINED, (Consequence(Act.PASSED, "a"), Consequence(Act.VETO_OPEN, "b"))
        )

    @pytest.mark.parametrize("would_be", [Outcome.FAIL, Outcome.UNKNOWN])
    def test_a_waived_veto_is_not_a_pass(self, would_be: Outcome) -> None:
        assert fold([finding(Outcome.EXEMPT, would_be=would_be, id="a")]) == Judgement(
            Verdict.EXEMPT, (Consequence(Act.VETO_WAIVED, "a"),)
        )

    def test_a_waiver_that_was_not_needed_changes_nothing(self) -> None:
        assert fold([finding(Outcome.EXEMPT, would_be=Outcome.PASS, id="a")]) == Judgement(
            Verdict.PASS, (Consequence(Act.PASSED, "a"),)
        )

    def test_a_waiver_that_does_not_say_what_it_set_aside_is_not_a_pass(self) -> None:
        assert fold([finding(Outcome.EXEMPT)]).verdict is Verdict.EXEMPT

    def test_what_is_unknown_weighs_more_than_what_is_waived(self) -> None:
        found = [finding(Outcome.EXEMPT, would_be=Outcome.FAIL, id="a"), finding(Outcome.UNKNOWN, id="b")]
        assert fold(found).verdict is Verdict.UNDETERMINED

    @pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_IN_FORCE])
    @pytest.mark.parametrize("effect", EFFECTS)
    def test_what_did_not_fail_has_no_consequence_but_that_it_is_passed(self, outcome: Outcome, effect: Effect) -> None:
        found = [finding(Outcome.PASS, id="a"), finding(outcome, effect, id="b")]
        passed = outcome is Outcome.PASS and effect in (Effect.VETO, Effect.SCORE)
        more = (Consequence(Act.PASSED, "b"),) if passed else ()
        assert fold(found) == Judgement(Verdict.PASS, (Consequence(Act.PASSED, "a"), *more))

    def test_a_remark_never_changes_a_verdict(self) -> None:
        found = [
            finding(Outcome.PASS, id="v"), finding(Outcome.FAIL, Effect.REMARK, id="a"), finding(Outcome.UNKNOWN, Effect.REMARK),
        ]  # fmt: skip
        assert fold(found) == Judgement(Verdict.PASS, (Consequence(Act.PASSED, "v"), Consequence(Act.REMARK, "a")))

    def test_a_step_is_reached_or_may_be_reached(self) -> None:
        found = [finding(Outcome.FAIL, Effect.ESCALATE, id="a"), finding(Outcome.UNKNOWN, Effect.ESCALATE, id="b")]
        judged = fold(found)
        assert judged == Judgement(Verdict.UNDETERMINED, (Consequence(Act.STEP, "a"), Consequence(Act.STEP_OPEN, "b")))
        assert (judged.steps, judged.open_steps) == (("a",), ("b",))

    @pytest.mark.parametrize("status", [Status.TRIAL, Status.DRAFT, Status.REPEALED])
    @pytest.mark.parametrize("effect", EFFECTS)
    def test_only_what_is_in_force_counts(self, status: Status, effect: Effect) -> None:
        found = [
            finding(outcome, effect, status=status, id=str(n))
            for n, outcome in enumerate((Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS))
        ]
        assert fold(found) == Judgement(Verdict.UNDETERMINED)


@needs_engine
class TestBothWays:
    """durable-rules and the fold agree, so no alarm is raised and the answer is the fold's."""

    def test_on_every_combination_of_one_and_of_two_found(self) -> None:
        judged = judge()
        singles = list(itertools.product(EFFECTS, STATUSES, OUTCOMES))
        pairs = itertools.combinations_with_replacement(singles, 2)
        for words in itertools.chain(zip(singles, strict=True), pairs):
            found = [Found(IDS[i], e, s, o, w) for i, (e, s, (o, w)) in enumerate(words)]
            assert judged.judge(found) == fold(found)
        assert judged.alarms == []

    def test_on_every_combination_of_three_found_that_differ_in_what_they_do(self) -> None:
        """One answer for each thing that an answer can do, in force and not, and all that do nothing."""
        judged = judge()
        singles = [
            (effect, status, outcome)
            for effect in EFFECTS
            for status in (Status.IN_FORCE, Status.TRIAL)
            for outcome in [(o, None) for o in Outcome if o is not Outcome.EXEMPT]
            + [(Outcome.EXEMPT, w) for w in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)]
        ]
        kinds = {fold([Found("a", e, s, o, w)]): (e, s, (o, w)) for e, s, (o, w) in singles}
        assert len(kinds) == len(Act) + 1, "each act, and nothing"
        for words in itertools.product(singles, kinds.values(), kinds.values()):
            found = [Found(IDS[i], e, s, o, w) for i, (e, s, (o, w)) in enumerate(words)]
            assert judged.judge(found) == fold(found)
        assert judged.alarms == []

    def test_on_five_thousand_large_combinations_in_bounded_memory_and_without_threads(self) -> None:
        judged, chance = judge(), random.Random(20190401)
        threads, memory = threading.active_count(), 0
        for number in range(5000):
            found = [
                Found(id, chance.choice(EFFECTS), chance.choice(STATUSES), *chance.choice(OUTCOMES))
                for id in chance.sample(IDS, chance.randint(0, 60))
            ]
            # The memo is left out: it grows by design, with the number of combinations that really occur.
            assert judged._judged(tuple(found)) == fold(found)
            if number == 500:
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert judged.alarms == []
        assert threading.active_count() == threads
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 8_000, "KB"

    def test_a_judge_can_be_sent_to_another_process(self) -> None:
        copy = pickle.loads(pickle.dumps(judge()))
        assert copy.judge([finding(Outcome.FAIL, id=IDS[0])]).verdict is Verdict.FAIL


class TestDisagreement:
    FAILED = (finding(Outcome.FAIL, id="a"),)

    def test_withholds_the_verdict_and_says_so_loudly(self) -> None:
        judged = Judge(Fake())
        with capture_logs() as logs:
            assert judged.judge(self.FAILED) == Judgement(Verdict.UNDETERMINED, withheld=True)
        assert judged.alarms == [
            "两种判定不一致，结论暂缓 / verdict withheld: durable-rules: undetermined; fold: fail veto(a); of a=fail"
        ]
        assert logs == [
            {
                "event": "verdict-withheld",
                "log_level": "error",
                "engine": "undetermined",
                "fold": "fail veto(a)",
                "findings": "a=fail",
            }
        ]

    def test_is_also_one_about_consequences_alone(self) -> None:
        judged = Judge(Fake(Fired("veto", "a"), Fired("step", "a")))
        assert judged.judge(self.FAILED).withheld

    def test_an_engine_that_breaks_withholds_the_verdict_and_the_next_asset_is_judged(self) -> None:
        judged = Judge(Fake(error="refused"))
        with capture_logs() as logs:
            assert judged.judge(self.FAILED) == Judgement(Verdict.UNDETERMINED, withheld=True)
            assert judged.judge([]) == Judgement(Verdict.UNDETERMINED, withheld=True)
        assert len(judged.alarms) == 2
        assert [log["engine"] for log in logs] == ["refused", "refused"]

    def test_agreement_is_no_alarm(self) -> None:
        judged = Judge(Fake(Fired("veto", "a")))
        assert judged.judge(self.FAILED) == fold(self.FAILED)
        assert judged.alarms == []


class TestJudge:
    def test_runs_each_distinct_combination_once(self) -> None:
        engine = Fake(Fired("veto", "a"))
        judged = Judge(engine)
        for _ in range(3):
            judged.judge([finding(Outcome.FAIL, id="a")])
        assert engine.runs == 1

    def test_without_durable_rules_the_fold_decides_alone_and_says_so_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(durable, "_engine", None)
        judgement._say_that_the_fold_decides_alone.cache_clear()
        with capture_logs() as logs:
            judged = [make_judge(["a"]) for _ in range(2)]
        assert judged[0].judge([finding(Outcome.FAIL, id="a")]) == fold([finding(Outcome.FAIL, id="a")])
        assert logs == [
            {
                "event": "durable-rules-missing",
                "log_level": "warning",
                "consequence": "verdicts come from the fold alone, unchecked",
            }
        ]

    @needs_engine
    def test_of_a_rulebook_judges_both_ways(self) -> None:
        judged = make_judge(["a", "b"])
        assert judged.judge([finding(Outcome.FAIL, id="b")]) == fold([finding(Outcome.FAIL, id="b")])
        assert judged.judge([finding(Outcome.FAIL, id="not-in-the-rulebook")]).withheld

    @needs_engine
    def test_a_rulebook_whose_ids_durable_rules_cannot_tell_apart_is_refused(self) -> None:
        with pytest.raises(JudgementError, match="'asset-0049599' and 'asset-0212382'"):
            make_judge(["asset-0049599", "asset-0212382"])
