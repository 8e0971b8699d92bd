"""Every shipped pack: clean, tested, covered, and no threshold that could move unnoticed."""

from __future__ import annotations

import functools

import pytest

from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.library import pack_folders, shipped_rules
from hege.engine.rulebook.lint import lint
from hege.engine.rulebook.mutation import mutation
from hege.engine.rulebook.testing import run_tests
from hege.engine.text import Language

PACKS = sorted(pack_folders(shipped_rules()))

mutated = functools.cache(mutation)


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
    found = mutated(pack)
    assert [str(s.mutant) for s in found.survivors] == []
    assert found.noticed + len(found.equivalent) == found.made


@pytest.mark.parametrize("pack", PACKS)
def test_every_change_listed_as_no_other_rule_still_goes_unnoticed(pack: str) -> None:
    """The list beside the tests does not outlive its reasons."""
    assert mutated(pack).idle == ()
