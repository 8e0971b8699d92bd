"""durable-rules is run safely: what it would get wrong is refused or noticed."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from hege.engine import durable
from hege.engine.durable import Fact, Fired, ProductionRule, Ruleset
from hege.engine.errors import JudgementError

pytestmark = pytest.mark.skipif(not durable.is_available(), reason="durable-rules is not installed here")

RED = ProductionRule("red", {"colour": "red", "size": "big"})
BLUE = ProductionRule("blue", {"colour": "blue"})


def ruleset(ids: Iterable[str] = ("a", "b", "c")) -> Ruleset:
    return Ruleset([RED, BLUE], ids)


def test_a_rule_fires_for_every_fact_that_has_all_its_words() -> None:
    facts = [
        Fact("a", {"colour": "red", "size": "big"}),
        Fact("b", {"colour": "red", "size": "small"}),
        Fact("c", {"colour": "blue", "size": "big"}),
    ]
    assert ruleset().run(facts) == {Fired("red", "a"), Fired("blue", "c")}


def test_no_facts_are_a_run_like_any_other() -> None:
    assert ruleset().run([]) == frozenset()


def test_facts_that_fit_no_rule_do_not_keep_others_from_firing() -> None:
    """Left to itself durable-rules loses the actions of the whole batch."""
    facts = [Fact("a", {"colour": "green"}), Fact("b", {"colour": "blue"}), Fact("c", {})]
    assert ruleset().run(facts) == {Fired("blue", "b")}


def test_one_run_leaves_nothing_behind_for_the_next() -> None:
    rules = ruleset()
    assert rules.run([Fact("a", {"colour": "blue"})]) == {Fired("blue", "a")}
    assert rules.run([Fact("b", {"colour": "blue"})]) == {Fired("blue", "b")}


def test_thousands_of_facts_are_one_run() -> None:
    """More than one action takes at once."""
    ids = [f"i{n}" for n in range(2500)]
    assert ruleset(ids).run([Fact(i, {"colour": "blue"}) for i in ids]) == {Fired("blue", i) for i in ids}


def test_the_same_id_twice_in_one_run_is_refused_and_the_next_run_is_sound() -> None:
    rules = ruleset()
    with pytest.raises(JudgementError, match="status 2"):
        rules.run([Fact("a", {"colour": "blue"}), Fact("a", {"colour": "red"})])
    assert rules.run([Fact("a", {"colour": "blue"})]) == {Fired("blue", "a")}


def test_an_id_that_was_not_compiled_is_refused() -> None:
    with pytest.raises(JudgementError, match=r"\['d'\]"):
        ruleset().run([Fact("d", {})])


def test_ids_of_one_hash_are_refused_when_the_rules_are_compiled() -> None:
    """durable-rules would take these two for one fact."""
    with pytest.raises(JudgementError, match="'asset-0049599' and 'asset-0212382'"):
        ruleset(["a", "asset-0049599", "asset-0212382"])


def test_an_id_of_the_hash_of_a_reserved_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_RESERVED_IDS", ("asset-0212382",))
    with pytest.raises(JudgementError, match="'asset-0049599' and 'asset-0212382'"):
        ruleset(["asset-0049599"])


def test_the_hash_is_the_one_durable_rules_uses() -> None:
    """Its source fixes the hashes of `id` and `sid` as numbers."""
    assert (durable.fnv32("id"), durable.fnv32("sid")) == (926444256, 3593476751)


@pytest.mark.parametrize("text", ["栏目", "$s", "", 'a"b', "a b"])
@pytest.mark.parametrize(
    "build",
    [
        lambda text: ruleset([text]),
        lambda text: Ruleset([ProductionRule(text, {"colour": "red"})], []),
        lambda text: Ruleset([ProductionRule("red", {text: "red"})], []),
        lambda text: Ruleset([ProductionRule("red", {"colour": text})], []),
    ],
    ids=["id", "rule", "property", "word"],
)
def test_only_plain_words_are_given_to_durable_rules(build: Callable[[str], Ruleset], text: str) -> None:
    with pytest.raises(JudgementError, match="plain ASCII words"):
        build(text)


def test_a_reserved_property_is_refused() -> None:
    with pytest.raises(JudgementError, match="'sid' and 'sid'"):
        Ruleset([ProductionRule("red", {"sid": "1"})], [])


def test_more_rules_than_one_fact_may_match_are_refused() -> None:
    sixty = [ProductionRule(f"r{n}", {"colour": "red"}) for n in range(60)]
    all_fire = Ruleset(sixty, ["a"]).run([Fact("a", {"colour": "red"})])
    assert all_fire == {Fired(rule.name, "a") for rule in sixty}
    with pytest.raises(JudgementError, match="61 production rules"):
        Ruleset([*sixty, RED], ["a"])


def test_threads_share_a_ruleset() -> None:
    rules = ruleset([f"i{n}" for n in range(40)])

    def own(thread: int) -> bool:
        facts = [Fact(f"i{thread * 10 + n}", {"colour": "blue"}) for n in range(10)]
        return all(rules.run(facts) == {Fired("blue", f.id) for f in facts} for _ in range(100))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(own, range(4))) == [True] * 4


def test_no_thread_is_started() -> None:
    before = threading.active_count()
    ruleset().run([Fact("a", {"colour": "blue"})])
    assert threading.active_count() == before


def test_a_fork_judges_on_its_own_although_the_parent_was_in_the_middle_of_a_run() -> None:
    rules = ruleset()
    with rules._lock:
        child = os.fork()
        if not child:
            fired = rules.run([Fact("a", {"colour": "blue"})])
            os._exit(0 if fired == {Fired("blue", "a")} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_ruleset_can_be_sent_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(ruleset()))
    assert copy.run([Fact("a", {"colour": "blue"})]) == {Fired("blue", "a")}
