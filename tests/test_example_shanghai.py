"""Shanghai, first quarter of 2021: what the notice tells beyond its lists. The lists are in test_examples."""

from __future__ import annotations

from typing import Any

import pytest

from hege.collectors.casefolder import read_case
from hege.engine.result import Batch, Inspection, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind
from hege.engine.vocabulary import load_vocabulary

from .test_examples import EXAMPLES, expected, inspected

NAME = "shanghai-2021-1"


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return inspected(NAME)


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    return expected(NAME)


def batches(inspection: Inspection, kind: AssetKind) -> list[Batch]:
    return [b for b in inspection.batches if b.kind is kind]


def test_sites_by_category(inspection: Inspection, printed: dict[str, Any]) -> None:
    """62 sites of districts and departments, 4 sub-sites and a committee, the same in both months."""
    for batch in batches(inspection, AssetKind.SITE):
        assert {word: g.total for word, g in batch.breakdowns["category"].items()} == printed["site_categories"]


def test_each_failed_site_passes_in_the_other_month(inspection: Inspection, printed: dict[str, Any]) -> None:
    """January's site had its columns updated by March; March's was in order in January."""
    verdicts = {
        name: [r.verdict for b in batches(inspection, AssetKind.SITE) for r in b.assets if r.asset.name == name]
        for name in printed["site_codes"]
    }
    assert verdicts == {
        "嘉定区人民政府": [Verdict.FAIL, Verdict.PASS],
        "虹口区人民政府": [Verdict.PASS, Verdict.FAIL],
    }


def test_site_codes(printed: dict[str, Any]) -> None:
    """The registration of the two named sites has the codes that the list prints."""
    rows = read_case(EXAMPLES / NAME, load_vocabulary()).facts.tables["registration"].iter_rows(named=True)
    assert {row["name"]: row["code"] for row in rows if row["code"]} == printed["site_codes"]


def test_sample_and_owners(inspection: Inspection, printed: dict[str, Any]) -> None:
    """315 of 1,610 accounts; the named ones are the failed ones, each with the owner that the list prints."""
    assert inspection.frames == {"account": printed["frame"]}
    (sample,) = batches(inspection, AssetKind.ACCOUNT)
    named = {r.asset.name: (r.asset.owner, r.verdict) for r in sample.assets if not r.asset.synthetic}
    assert named == {name: (owner, Verdict.FAIL) for name, owner in printed["account_owners"].items()}


def test_window_is_that_of_the_notice(inspection: Inspection, printed: dict[str, Any]) -> None:
    """The two weeks before 2021-03-21 run from 03-08 to 03-21, as the note under the list says."""
    (sample,) = batches(inspection, AssetKind.ACCOUNT)
    (stale,) = [
        f for r in sample.assets for f in r.findings if r.asset.name == "上海戒毒" and f.outcome is Outcome.FAIL
    ]
    days = {"from": stale.arithmetic["window_start"], "to": stale.arithmetic["window_end"]}
    assert days == {key: str(day) for key, day in printed["sampled_window"].items()}
