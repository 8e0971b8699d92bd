"""Zhuzhou, fourth quarter of 2022: totals, rates and the three annexes of the notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hege.collectors.casefolder import read_case
from hege.engine.result import AssetResult, Batch, Group, Inspection, Verdict, percent
from hege.engine.rulebook.model import AssetKind
from hege.engine.vocabulary import load_vocabulary

from .test_examples import EXAMPLES, expected, inspected

NAME = "zhuzhou-2022-4"


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return inspected(NAME)


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    return expected(NAME)


@pytest.fixture(scope="module")
def registered() -> Mapping[str, Mapping[str, str]]:
    """The registration of each asset, which holds the unit and the code that the annexes print."""
    rows = read_case(EXAMPLES / NAME, load_vocabulary()).facts.tables["registration"]
    return {row["asset"]: row for row in rows.iter_rows(named=True)}


def batch(inspection: Inspection, kind: AssetKind) -> Batch:
    found = inspection.latest(kind)
    assert found is not None
    return found


def failed(batch: Batch) -> list[AssetResult]:
    return [r for r in batch.assets if r.verdict is Verdict.FAIL]


def group(batch: Batch) -> dict[str, object]:
    g = batch.group
    return {
        "total": g.total,
        "passed": g.passed,
        "failed": g.failed,
        "undetermined": g.undetermined,
        "exempt": g.exempt,
        "pass_rate": g.pass_rate,
        "printed": batch.printed,
    }


def row(result: AssetResult, registration: Mapping[str, str]) -> dict[str, str]:
    unit, code = registration["district"], registration["code"]
    return {"unit": unit, "name": result.asset.name, "code": code, "problem": result.problem}


def district(name: str, group: Group) -> dict[str, object]:
    share = percent(group.failed, group.total) if group.failed else "0"
    return {"district": name, "total": group.total, "failed": group.failed, "share": share}


def test_totals_and_rates(inspection: Inspection, printed: dict[str, Any]) -> None:
    """51/48/3 sites and 212/209/3 accounts; the printed 94% and 98.6% follow from the counts."""
    batches = [batch(inspection, kind) for kind in AssetKind]
    assert {b.kind.value: group(b) for b in batches} == printed["groups"]
    assert [b.printed_agrees for b in batches] == [True, True]


def test_sites_by_category(inspection: Inspection, printed: dict[str, Any]) -> None:
    """42 sites of departments and 9 portals."""
    by_category = batch(inspection, AssetKind.SITE).breakdowns["category"]
    assert {word: g.total for word, g in by_category.items()} == printed["site_categories"]


def test_annex_1(inspection: Inspection, printed: dict[str, Any], registered: Mapping[str, Mapping[str, str]]) -> None:
    """The three failed sites with unit and code, in the words of the annex."""
    found = failed(batch(inspection, AssetKind.SITE))
    assert [row(r, registered[r.asset.id]) for r in found] == printed["annex_1"]


def test_annex_2(inspection: Inspection, printed: dict[str, Any]) -> None:
    """Accounts, failed accounts and their share in each district and in all; no district beside those of the annex."""
    accounts = batch(inspection, AssetKind.ACCOUNT)
    groups = {**accounts.breakdowns["district"], "合计": accounts.group}
    order = [line["district"] for line in printed["annex_2"]]
    assert [district(name, groups[name]) for name in order] == printed["annex_2"]
    assert set(groups) == set(order)


def test_annex_3(inspection: Inspection, printed: dict[str, Any], registered: Mapping[str, Mapping[str, str]]) -> None:
    """The three failed accounts with unit, owner, platform and code, in the words of the annex."""
    rows = [
        row(r, registered[r.asset.id]) | {"owner": r.asset.owner, "platform": r.asset.platform}
        for r in failed(batch(inspection, AssetKind.ACCOUNT))
    ]
    assert rows == printed["annex_3"]


def test_remarks(inspection: Inspection, printed: dict[str, Any]) -> None:
    """Policies without interpretation are a remark on one portal, which passes; there is no other remark."""
    remarked = [(r.asset.name, r.remark, r.verdict) for b in inspection.batches for r in b.assets if r.remark]
    assert remarked == [(line["name"], line["remark"], Verdict.PASS) for line in printed["remarks"]]
