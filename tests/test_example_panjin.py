"""Panjin, July 2023: weeks not updated, missing feedback, messages closed, and the step each asset reaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.inspection import inspect
from hege.engine.result import AssetResult, Finding, Inspection, Outcome, Verdict
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind
from hege.engine.vocabulary import load_vocabulary
from hege.service.inspecting import at

from .test_examples import EXAMPLES, expected, inspected

NAME = "panjin-2023-07"
WEEKS = ("site.news-weeks", "site.home-columns-weeks", "site.other-columns-month", "account.weeks")


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return inspected(NAME)


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    return expected(NAME)


def results(inspection: Inspection) -> Iterator[AssetResult]:
    for batch in inspection.batches:
        yield from batch.assets


def failing(inspection: Inspection, *indicators: str) -> Iterator[tuple[AssetResult, Finding]]:
    for result in results(inspection):
        for finding in result.findings:
            if finding.indicator in indicators and finding.outcome is Outcome.FAIL:
                yield result, finding


def test_totals(inspection: Inspection, printed: dict[str, Any]) -> None:
    """34 sites and 79 accounts; no veto fails and none is open, as the notice tells of none."""
    assert {b.kind.value: b.group.total for b in inspection.batches} == printed["totals"]
    assert {r.verdict for r in results(inspection)} == {Verdict.PASS}


def test_weeks_not_updated(inspection: Inspection, printed: dict[str, Any]) -> None:
    """1, 1, 1 and 3 weeks of the four sites and 1 week of the account, and nobody else."""
    rows = [{"kind": r.asset.kind.value, "name": r.asset.name, "text": f.text} for r, f in failing(inspection, *WEEKS)]
    assert rows == printed["weeks_not_updated"]


def test_five_weeks_of_july_are_counted(inspection: Inspection) -> None:
    """Weeks belong to the month in which they end: those that end on 07-02 to 07-30."""
    counted = {f.arithmetic["periods"] for _, f in failing(inspection, "site.news-weeks", "account.weeks")}
    assert counted == {5}


def test_rectification_not_returned(inspection: Inspection, printed: dict[str, Any]) -> None:
    """The three units that did not answer the notice of June."""
    found = failing(inspection, "site.rectification-unreturned")
    assert {r.asset.name: f.text for r, f in found} == printed["rectification_unreturned"]


def test_messages_of_the_public_are_closed(inspection: Inspection, printed: dict[str, Any]) -> None:
    """Two came and two were closed: no site has one open."""
    received = read_case(EXAMPLES / NAME, load_vocabulary()).facts.tables["find_error"]["asset"].to_list()
    still_open = [r.asset.id for r, _ in failing(inspection, "site.find-error-open")]
    closed = [a for a in received if a not in still_open]
    assert {"received": len(received), "closed": len(closed)} == printed["find_errors"]
    assert still_open == []


def test_steps(inspection: Inspection, printed: dict[str, Any]) -> None:
    """Two reminders in a week, or in the month for an account, lead to a notice; nobody is to be closed."""
    rows = [{"name": r.asset.name, "steps": list(r.steps)} for r in results(inspection) if r.steps]
    assert rows == printed["steps"]


def test_weeks_nobody_looked_at_leave_the_closing_open() -> None:
    """Three weeks on, with nothing seen since, nobody knows whether an account is to be closed; none is said to be."""
    vocabulary = load_vocabulary()
    case = at(read_case(EXAMPLES / NAME, vocabulary), date(2023, 8, 20))
    later = inspect(case, load_rulebook(case.rules), vocabulary, load_working_days())
    accounts = later.latest(AssetKind.ACCOUNT)
    assert accounts is not None
    assert {(r.steps, r.open_steps) for r in accounts.assets} == {((), ("关停：待核：有3个周期未能判定",))}


def test_every_finding_is_decided(inspection: Inspection) -> None:
    """The observations cover every day and week that the cadences ask for."""
    assert [
        (r.asset.id, f.indicator) for r in results(inspection) for f in r.findings if f.outcome is Outcome.UNKNOWN
    ] == []


def test_no_marks_are_taken_before_the_notice_says_so(inspection: Inspection) -> None:
    """年终考核扣分 is announced on 2023-08-01; the inspection is of July."""
    sites = inspection.latest(AssetKind.SITE)
    assert sites is not None
    outcomes = {f.outcome for r in sites.assets for f in r.findings if f.indicator == "site.rectification-marks"}
    assert outcomes == {Outcome.NOT_IN_FORCE}
