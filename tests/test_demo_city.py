"""Collecting the demo city over real HTTP: the facts are the declared truth, field by field, and so are the verdicts."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hege.collectors.casefolder import read_case
from hege.collectors.demo_city.accounts import account_of
from hege.collectors.demo_city.casefile import write_case
from hege.collectors.demo_city.city import City, load_city
from hege.collectors.demo_city.server import serving
from hege.engine.calendar import load_working_days
from hege.engine.dates import SHANGHAI
from hege.engine.facts import NONE, Facts, fact_id
from hege.engine.inspection import inspect
from hege.engine.result import Outcome
from hege.engine.rulebook.library import load_rulebook
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli
from tests.city_truth import Fact, fact, truth

BY_PEOPLE = {"registration", "survey", "probe"}


@dataclass(frozen=True, slots=True)
class Collected:
    """The city, its case folder after a collection, and what the command said."""

    city: City
    folder: Path
    bases: dict[str, str]
    said: Result


def hege(*arguments: str) -> Result:
    """A command in Chinese."""
    return CliRunner().invoke(cli, ["--lang", "zh", *arguments])


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collected]:
    """The city collected once for all tests here; its servers stay up."""
    folder = tmp_path_factory.mktemp("city")
    city = load_city(datetime.now(SHANGHAI).date())
    with serving(city) as bases:
        write_case(city, bases, folder)
        said = hege("collect", str(folder), "--allow", "127.0.0.0/8", "--interval", "0")
        yield Collected(city, folder, bases, said)


def is_collected(row: dict[str, object]) -> bool:
    """Whether a fact is of the collection and not of a person."""
    return str(row["source"]).rpartition(":")[0].endswith("-collected.csv")


def found(facts: Facts, bases: dict[str, str]) -> Counter[Fact]:
    """The collected facts in the shape of the truth; addresses by the id of their site."""

    def named(value: object) -> object:
        if isinstance(value, list):
            return ";".join(value)
        if isinstance(value, str):
            for id, base in bases.items():
                value = value.replace(base, f"{{{id}}}")
        return value

    collected: Counter[Fact] = Counter()
    for name, kind in load_vocabulary().kinds.items():
        if name in BY_PEOPLE:
            continue
        for row in facts.tables[name].to_dicts():
            if not is_collected(row):
                continue
            fields = {
                f.name: NONE if row["nones"] >> kind.bit(f.name) & 1 else named(row[f.name])
                for f in kind.fields
                if row[f.name] is not None or row["nones"] >> kind.bit(f.name) & 1
            }
            collected[fact(row["asset"], name, str(named(row["part"])), row["state"], row["reason"], fields)] += 1
    return collected


def test_the_facts_are_the_declared_truth(collected: Collected) -> None:
    """Nothing missing, nothing more, no field off."""
    assert collected.said.exit_code == 0, collected.said.output
    facts = found(read_case(collected.folder, load_vocabulary()).facts, collected.bases)
    expected = truth(collected.city)
    assert sorted(map(str, expected - facts)) == []
    assert sorted(map(str, facts - expected)) == []


def test_the_verdicts_are_the_declared_ones(collected: Collected) -> None:
    """Each site's verdict, and the indicators that failed."""
    vocabulary = load_vocabulary()
    case = read_case(collected.folder, vocabulary)
    inspection = inspect(case, load_rulebook(case.rules), vocabulary, load_working_days(), lambda done, total: None)
    said = {
        result.asset.id: (
            result.verdict.value,
            tuple(f.indicator for f in result.findings if f.outcome is Outcome.FAIL),
        )
        for batch in inspection.batches
        for result in batch.assets
    }
    accounts = [account_of(a, collected.city.day) for a in collected.city.accounts]
    declared = {site.id: (site.verdict, site.problem) for site in collected.city.sites}
    assert said == declared | {account.id: (account.verdict, account.problem) for account in accounts}


def evidence(folder: Path) -> list[dict[str, str]]:
    """The rows of evidence.csv."""
    with (folder / "evidence.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_fact_opens_its_evidence(collected: Collected) -> None:
    """Each fact's id has a row whose file and offset open the record it names, holding the address it was read from."""
    vocabulary = load_vocabulary()
    facts = read_case(collected.folder, vocabulary).facts
    ids = {
        fact_id(kind, row) for name, kind in vocabulary.kinds.items() if name not in BY_PEOPLE
        for row in facts.tables[name].to_dicts() if is_collected(row)
    }  # fmt: skip
    rows = evidence(collected.folder)
    assert {row["fact"] for row in rows} == ids
    for row in rows:
        if not row["record"]:
            continue
        with (collected.folder / "warc" / row["file"]).open("rb") as file:
            file.seek(int(row["offset"]))
            member = gzip.GzipFile(fileobj=file).readline() and gzip.decompress(_member(file, int(row["offset"])))
        assert row["record"].encode() in member
        assert row["url"].encode() in member


def _member(file: object, offset: int) -> bytes:
    """One gzip member from an offset."""
    import zlib
    from typing import IO, cast

    opened = cast("IO[bytes]", file)
    opened.seek(offset)
    data = opened.read()
    unpacker = zlib.decompressobj(31)
    unpacker.decompress(data)
    return data[: len(data) - len(unpacker.unused_data)]


def test_no_personal_data_reaches_facts_or_evidence(collected: Collected) -> None:
    """Only the captured page itself has the number."""
    for file in [*(collected.folder / "facts").glob("*-collected.csv"), collected.folder / "evidence.csv"]:
        text = file.read_text(encoding="utf-8")
        assert "11010519491231002X" not in text
        assert "13800138000" not in text


def test_the_summary_says_what_was_done(collected: Collected) -> None:
    """Sites, answers, facts, what comes next."""
    assert re.fullmatch(
        r"采集完成26/26个网站、账号\n  应答：blocked 1、http_error \d+、ok \d+、reset 1\n  事实：channel \d+、.*\n  下一步：hege inspect .*\n",
        collected.said.output,
    )


def test_the_city_is_a_mix() -> None:
    """At least six ways of building pages, two charsets and six behaviours, or it shows little."""
    city = load_city(date(2026, 11, 24))
    assert len({s.family for s in city.sites}) >= 6
    assert {s.charset for s in city.sites} == {"utf-8", "gb2312", "gb18030"}
    assert {s.serves for s in city.sites} == {"plainly", "jsl", "reset", "old-tls", "soft-404", "slow"}
    assert {s.verdict for s in city.sites} == {"pass", "fail", "undetermined"}
