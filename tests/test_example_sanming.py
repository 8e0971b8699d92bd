"""Sanming, third quarter of 2021: everything checked, the four annexes, and 30 of 65 accounts deregistered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hege.collectors.casefolder import read_case
from hege.engine.result import AssetResult, Group, Inspection, Outcome, Verdict, percent
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Text
from hege.engine.vocabulary import load_vocabulary
from hege.outputs.overview import drawn

from .test_examples import EXAMPLES, expected, inspected

NAME = "sanming-2021-3"
IN_OPERATION = "正常运行"
REOPENED, PENDING, LATE = "account.reopened", "account.deregistration-pending", "account.ticket-late"


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return inspected(NAME)


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    return expected(NAME)


def results(inspection: Inspection, kind: AssetKind = AssetKind.ACCOUNT) -> Iterator[AssetResult]:
    for batch in inspection.batches:
        if batch.kind is kind:
            yield from batch.assets


def failing(inspection: Inspection, indicator: str, kind: AssetKind = AssetKind.ACCOUNT) -> list[AssetResult]:
    """The assets of which an indicator fails."""
    wanted = (indicator, Outcome.FAIL)
    return [r for r in results(inspection, kind) if wanted in {(f.indicator, f.outcome) for f in r.findings}]


def text(result: AssetResult, indicator: str) -> str:
    return next(f.text for f in result.findings if f.indicator == indicator)


def row(result: AssetResult) -> dict[str, str]:
    a = result.asset
    return {"district": a.district, "platform": a.platform, "name": a.name, "owner": a.owner}


def group(g: Group) -> dict[str, int]:
    return {"total": g.total, "passed": g.passed, "failed": g.failed, "undetermined": g.undetermined}


def test_everything_in_operation_is_checked(inspection: Inspection, printed: dict[str, Any]) -> None:
    """42 sites and 135 accounts, each with a verdict: 100%."""
    accounts = [r for r in results(inspection) if r.asset.category == IN_OPERATION]
    checked = [*results(inspection, AssetKind.SITE), *accounts]
    decided = [r for r in checked if r.verdict is not Verdict.UNDETERMINED]
    assert {
        "site": len(checked) - len(accounts),
        "account": len(accounts),
        "share": percent(len(decided), len(checked)),
    } == printed["checked"]
    told = {b.name: drawn(inspection, b) for b in inspection.batches if b.kind is AssetKind.ACCOUNT}
    assert told == {"检查": Text(zh="全部135个均已检查，检查比例100%", en="all 135 were inspected, 100%"), "清理": None}


def test_all_sites_pass(inspection: Inspection) -> None:
    """The notice lists no failed site."""
    assert {r.verdict for r in results(inspection, AssetKind.SITE)} == {Verdict.PASS}


def test_accounts_by_category(inspection: Inspection, printed: dict[str, Any]) -> None:
    """The failed of annexes 1, 2 and 3 stand in the category of their own."""
    found = {
        word: group(g)
        for b in inspection.batches
        if b.kind is AssetKind.ACCOUNT
        for word, g in b.breakdowns["category"].items()
    }
    assert found == printed["categories"]


def test_30_of_65_are_deregistered(inspection: Inspection, printed: dict[str, Any]) -> None:
    """Ordered, done and pending, from the facts and from the findings."""
    orders = read_case(EXAMPLES / NAME, load_vocabulary()).facts.tables["deregistration"]
    pending = len(failing(inspection, PENDING))
    done = orders["done"].drop_nulls().len()
    assert {"ordered": orders.height, "done": done, "pending": pending} == printed["deregistered"]


def test_annex_1(inspection: Inspection, printed: dict[str, Any]) -> None:
    """The one failed account in operation, in the words of the annex; what was put right later does not undo it."""
    failed = [r for r in results(inspection) if r.asset.category == IN_OPERATION and r.verdict is Verdict.FAIL]
    returned = read_case(EXAMPLES / NAME, load_vocabulary()).facts.tables["rectification"]
    rectified = set(returned.drop_nulls("returned")["asset"])
    rows = [row(r) | {"problem": r.problem, "rectified": "已整改" if r.asset.id in rectified else ""} for r in failed]
    assert rows == printed["annex_1"]


@pytest.mark.parametrize(
    ("annex", "indicator", "verdict"),
    [("annex_2", REOPENED, Verdict.FAIL), ("annex_3", PENDING, Verdict.FAIL), ("annex_4", LATE, Verdict.PASS)],
)
def test_annexes_2_to_4(
    inspection: Inspection, printed: dict[str, Any], annex: str, indicator: str, verdict: Verdict
) -> None:
    """The rows in the order of the annex; a late ticket alone fails nobody."""
    found = failing(inspection, indicator)
    assert [row(r) for r in found] == printed[annex]
    assert {r.verdict for r in found} == {verdict}
    assert {text(r, indicator) for r in found} == {printed["texts"][indicator]}


def test_filing_numbers(inspection: Inspection, printed: dict[str, Any]) -> None:
    """The ten departments named by the notice returned theirs; every other department gets a remark."""
    departments = [r for r in results(inspection, AssetKind.SITE) if r.asset.category == "市直单位"]
    missing = failing(inspection, "site.filing-unreturned", AssetKind.SITE)
    assert [r.asset.name for r in departments if r not in missing] == printed["filing_number_returned"]


def test_site_remarks(inspection: Inspection, printed: dict[str, Any]) -> None:
    """Each kind of remark is found, in its wording, on sites that the notice does not name."""
    told = {
        name: {(text(r, name), r.asset.synthetic) for r in failing(inspection, name, AssetKind.SITE)}
        for name in printed["site_remarks"]
    }
    assert told == {name: {(words, True)} for name, words in printed["site_remarks"].items()}
