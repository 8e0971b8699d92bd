"""A second run over pages that have not changed: asked conditionally, seen anew, with the words that are kept."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from warcio.archiveiterator import ArchiveIterator

from hege.collectors.demo_city.casefile import write_case
from hege.collectors.demo_city.city import load_city
from hege.collectors.demo_city.server import serving
from hege.collectors.evidence.warc import captures
from hege.collectors.journal import Journal, StoredFact
from hege.engine.dates import SHANGHAI
from hege.service.cli import cli

ASSETS = ("--asset", "fagai", "--asset", "jiaoyu")
FIRST, SECOND = "run-0001.warc.gz", "run-0002.warc.gz"


def hege(*arguments: str) -> Result:
    """A command in Chinese."""
    return CliRunner().invoke(cli, ["--lang", "zh", *arguments])


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Path]:
    """A case folder of the city, collected once; its sites are up."""
    city = load_city(datetime.now(SHANGHAI).date())
    with serving(city) as bases:
        write_case(city, bases, tmp_path / "case")
        collect(tmp_path / "case")
        yield tmp_path / "case"


def collect(case: Path, *options: str) -> None:
    """One run."""
    done = hege("collect", str(case), *ASSETS, "--allow", "127.0.0.0/8", "--interval", "0", *options)
    assert done.exit_code == 0, done.output


def statuses(case: Path, file: str) -> list[int]:
    """Every status of the first answers of a run."""
    return [c.exchanges[0].status for _, c in captures(case / "warc" / file)]


def facts(case: Path, run: int) -> list[StoredFact]:
    """The facts of a run without what differs from run to run."""
    with closing(Journal(case / "collection.sqlite")) as journal:
        found = list(journal.facts(run))
    then = datetime(2026, 1, 1, tzinfo=SHANGHAI)
    return sorted(
        (dataclasses.replace(f, observed_at=then, record="") for f in found), key=lambda f: (f.asset, f.kind, f.part)
    )


def test_unchanged_pages_are_not_sent_again_and_give_the_same_facts(case: Path) -> None:
    """New observations with a revisit record, which refers to the answer that holds the words."""
    time.sleep(1.1)
    collect(case)
    assert 304 not in statuses(case, FIRST)
    again = statuses(case, SECOND)
    assert again.count(304) > len(again) / 2
    assert facts(case, 2) == facts(case, 1)
    with closing(Journal(case / "collection.sqlite")) as journal:
        before, now = (max(f.observed_at for f in journal.facts(run)) for run in (1, 2))
        home = next(f for f in journal.facts(2) if f.kind == "home")
    assert before < now
    whole = dict(captures(case / "warc" / FIRST))
    seen = dict(captures(case / "warc" / SECOND))[home.record]
    assert seen.earlier
    assert (seen.body, seen.status, seen.exchanges[0].status) == (whole[seen.earlier.record].body, 200, 304)
    with (case / "warc" / SECOND).open("rb") as stream:
        (revisit,) = (
            r.rec_headers for r in ArchiveIterator(stream) if r.rec_headers.get_header("WARC-Record-ID") == home.record
        )
    assert revisit.get_header("WARC-Type") == "revisit"
    assert revisit.get_header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert revisit.get_header("WARC-Refers-To") == seen.earlier.record


def test_what_was_seen_anew_shows_where_it_is_kept_and_can_be_read_again(case: Path) -> None:
    """Both from the second run's file alone, which leads to the first."""
    collect(case)
    row = next(
        line for line in (case / "evidence.csv").read_text(encoding="utf-8").splitlines() if ",home," in line and SECOND in line
    )  # fmt: skip
    assert f"页面: 服务器称未变，为此前留存的 warc/{FIRST} @" in hege("evidence", "show", str(case), row[:16]).output
    assert hege("evidence", "re-extract", str(case)).output.endswith("条事实，0条有变化\n")


def test_the_chain_of_revisits_leads_to_the_one_whole_answer(case: Path) -> None:
    """A third run refers to the first, not to the second."""
    collect(case)
    collect(case)
    files = {c.earlier.file for _, c in captures(case / "warc" / "run-0003.warc.gz") if c.earlier}
    assert files == {FIRST}


def test_every_page_whole(case: Path) -> None:
    """When asked for, and where what is kept is gone."""
    collect(case, "--whole")
    assert 304 not in statuses(case, SECOND)
    for file in (FIRST, SECOND):
        (case / "warc" / file).unlink()
    collect(case)
    assert 304 not in statuses(case, "run-0003.warc.gz")
    assert facts(case, 3) == facts(case, 1)


def test_a_visitor_from_a_search_engine_always_sees_the_page_as_it_is(case: Path) -> None:
    """Else a page made for search engines would be the one that visitors see."""
    collect(case)
    from_search = [
        c for _, c in captures(case / "warc" / SECOND)
        if any(name == b"Referer" for name, _ in c.exchanges[0].request_headers)
    ]  # fmt: skip
    assert {c.exchanges[0].status for c in from_search} == {200}
    assert len(from_search) == 2
