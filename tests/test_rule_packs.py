"""Every shipped pack: clean, tested, covered, and no threshold that could move unnoticed."""

from __future__ import annotations

import functools

import pytest

from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.library import pack_folders, shipped_rules
from hege.engine.rulebook.lint import lint
from hege.engine.rulebook.mutation import Mutant, survivors
from hege.engine.rulebook.testing import run_tests
from hege.engine.text import Language

PACKS = sorted(pack_folders(shipped_rules()))

# Mutants that are no other rule than the one they come from, each with the reason.
EQUIVALENT = {
    (
        "site.services-useless",
        change,
    ): "with 5 guides that all lack 4 kinds of elements the clause before already holds, so 5 may belong to either"
    for change in (
        "fail_when Any.of All.of Count.relation less_than -> at_most",
        "fail_when Any.of All.of Count.number 5 -> 6",
    )
}


@functools.cache
def surviving(pack: str) -> list[Mutant]:
    return survivors(pack)


@pytest.mark.parametrize("pack", PACKS)
def test_pack_has_no_problem(pack: str) -> None:
    """Lint finds neither error nor warning."""
    assert [p.shown(Language.EN) for p in lint([pack])] == []


@pytest.mark.parametrize("pack", PACKS)
def test_pack_passes_its_own_tests(pack: str) -> None:
    """Every case beside the pack gets what it expects."""
    results = run_tests(pack)
    assert results
    assert [r.shown(Language.EN) for r in results if not r.passed] == []


@pytest.mark.parametrize("pack", PACKS)
def test_every_version_that_the_pack_brings_has_a_case_for_each_outcome(pack: str) -> None:
    """Pass, fail, unknown, and not applicable or not in force where that can be."""
    assert [str(gap) for gap in gaps(pack)] == []


@pytest.mark.parametrize("pack", PACKS)
def test_no_threshold_moves_unnoticed(pack: str) -> None:
    """Every threshold, window, bound word and date replaced by its neighbour breaks a case."""
    assert [str(m) for m in surviving(pack) if (m.indicator, m.change) not in EQUIVALENT] == []


def test_every_mutant_listed_as_equivalent_still_survives() -> None:
    """The list does not outlive its reasons."""
    found = {(m.indicator, m.change) for pack in PACKS for m in surviving(pack)}
    assert set(EQUIVALENT) - found == set()
