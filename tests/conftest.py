"""What holds for every test: with HEGE_REQUIRE_ALL set, nothing is skipped; `golden` holds outputs against files."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from .golden import Golden

_REQUIRE_ALL = bool(os.environ.get("HEGE_REQUIRE_ALL"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """--rewrite-golden writes tests/golden anew."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the files of tests/golden anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """golden(name, text) holds a whole output against a file."""
    return Golden(request.config.getoption("--rewrite-golden"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test is a failed one where everything is required; an expected failure stays what it is."""
    report = yield
    if _REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which HEGE_REQUIRE_ALL forbids: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that would be skipped."""
    report = yield
    if _REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which HEGE_REQUIRE_ALL forbids: {report.longrepr}"
    return report
