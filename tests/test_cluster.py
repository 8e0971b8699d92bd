"""Work shared among processes comes to the same bytes, however many there are, and whichever is lost."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hege.engine.canonical import canonical_text
from hege.engine.errors import InputError
from hege.engine.impact import impact
from hege.engine.inspection import inspect
from hege.engine.parts import impact_in, inspected_in
from hege.engine.rulebook.sources import compiled, sources_of
from hege.service.cluster import cluster

from .ledgers import example, rules_of
from .test_impact import NO_INTERACTION, OLD, SEVEN_DAYS, pack

CASE = example("panjin-2023-07")
RULES = compiled(rules_of("panjin-2023-07"))
DAY = CASE.batches[0].as_of
DAYS = [DAY + timedelta(days=7 * n) for n in range(-6, 8)]


def one_after_another(function: Callable[[Any], Any], things: Sequence[Any]) -> list[Any]:
    return [function(thing) for thing in things]


def inspected(by: Any = inspect) -> str:
    return canonical_text(by(CASE, RULES.rulebook, RULES.vocabulary, RULES.working_days))


def test_parts_come_to_the_whole(tmp_path: Path) -> None:
    """Over more days than are taken at once, too."""
    assert inspected(inspected_in(3, one_after_another)) == inspected()
    new = compiled(sources_of([pack(tmp_path / "new", SEVEN_DAYS, NO_INTERACTION)]))
    whole = impact(CASE, compiled(OLD), new, DAYS)
    assert impact_in(2, one_after_another, CASE, compiled(OLD), new, DAYS) == whole
    assert len(whole.batches) == len(DAYS) * len(CASE.batches)


def test_a_part_may_be_one_asset() -> None:
    """More parts than assets are as many as there are assets."""
    few = replace(CASE, facts=CASE.facts.of(CASE.facts.assets["id"][:5].to_list()))
    alone = inspect(few, RULES.rulebook, RULES.vocabulary, RULES.working_days)
    by = inspected_in(1000, one_after_another)
    assert by(few, RULES.rulebook, RULES.vocabulary, RULES.working_days) == alone


def test_nothing_to_share() -> None:
    """A case without assets is an inspection of nothing, and an impact on nobody."""
    empty = replace(CASE, facts=CASE.facts.of([]))
    alone = inspect(empty, RULES.rulebook, RULES.vocabulary, RULES.working_days)
    by = inspected_in(4, one_after_another)
    assert by(empty, RULES.rulebook, RULES.vocabulary, RULES.working_days) == alone
    assert impact_in(4, one_after_another, empty, RULES, RULES) == impact(empty, RULES, RULES)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_processes_come_to_the_same_bytes(workers: int, tmp_path: Path) -> None:
    """With one of them killed while they work, too."""
    pytest.importorskip("distributed")
    new = compiled(sources_of([pack(tmp_path / "new", SEVEN_DAYS)]))
    with cluster(workers, None) as many:
        assert many is not None

        def killing(function: Callable[[Any], Any], things: Sequence[Any]) -> list[Any]:
            given = many.submitted(function, things)
            os.kill(many.processes()[0], signal.SIGKILL)
            return many.gathered(given)

        assert inspected(inspected_in(many.parts, killing if workers == 2 else many.run)) == inspected()
        found = impact_in(many.parts, many.run, CASE, compiled(OLD), new, [DAY])
        assert found == impact(CASE, compiled(OLD), new, [DAY])


def test_no_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing a message says what to install; without workers nobody asks for it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with cluster(None, None) as many:
        assert many is None
    with pytest.raises(InputError) as raised, cluster(2, None):
        pass
    assert [(p.code, p.hint and p.hint.en) for p in raised.value.problems] == [
        ("no-dask", "pip install 'hege[cluster]'")
    ]


def test_either_here_or_elsewhere() -> None:
    """Not both; and a scheduler that is not there is told in one message."""
    with pytest.raises(InputError) as raised, cluster(2, "tcp://127.0.0.1:1"):
        pass
    assert [p.code for p in raised.value.problems] == ["bad-cluster"]
