"""Weinan, first check of 2024: what the notice counts beyond its annexes. The annex rows are in test_examples."""

from __future__ import annotations

from typing import Any

import pytest

from hege.collectors.casefolder import read_case
from hege.engine.result import AssetResult, Inspection, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind
from hege.engine.vocabulary import load_vocabulary

from .test_examples import EXAMPLES, expected, inspected, newest

NAME = "weinan-2024-1"


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return inspected(NAME)


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    return expected(NAME)


def results(inspection: Inspection) -> list[AssetResult]:
    return [r for batch in newest(inspection) for r in batch.assets]


def test_sites_by_category(inspection: Inspection, printed: dict[str, Any]) -> None:
    """One portal of the city, 33 of its departments, 11 of the counties, 6 of county departments."""
    sites = inspection.latest(AssetKind.SITE)
    assert sites is not None
    assert {word: g.total for word, g in sites.breakdowns["category"].items()} == printed["site_categories"]


def test_the_named_assets_are_those_of_the_annexes(inspection: Inspection, printed: dict[str, Any]) -> None:
    """Six sites and 33 accounts have names; all others stand for assets that the notice only counts, and pass."""
    rows = [line["name"] for line in (*printed["failed"], *printed["remarks"])]
    assert sorted(r.asset.name for r in results(inspection) if not r.asset.synthetic) == sorted(rows)
    assert {r.verdict for r in results(inspection) if r.asset.synthetic} == {Verdict.PASS}


def test_what_cannot_be_seen_is_not_made_up(inspection: Inspection) -> None:
    """Of the site that could not be reached and the account that was not found, what needs a look stays unknown."""
    unseen = {
        r.asset.name: {f.indicator for f in r.findings if f.outcome is Outcome.UNKNOWN}
        for r in results(inspection)
        if r.asset.name in ("韩城市财政局", "澄城县道路运输管理所")
    }
    assert {"site.serious", "site.home-stale", "site.columns-stale"} <= unseen["韩城市财政局"]
    assert {"account.stale", "weinan.no-original"} <= unseen["澄城县道路运输管理所"]


def test_two_remarks_are_printed_as_the_inspector_wrote_them(printed: dict[str, Any]) -> None:
    """Rows 9 and 19 of annex 2 are worded unlike all others; only they come from a note on a fact."""
    tables = read_case(EXAMPLES / NAME, load_vocabulary()).facts.tables
    notes = [note for kind in ("profile", "channel") for note in tables[kind]["note"].drop_nulls() if note]
    texts = {line["name"]: line["text"] for line in printed["failed"]}
    assert notes == [texts["龙首渠"], texts["韩城公安"]]
