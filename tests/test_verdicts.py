"""Verdicts of all assets at once are those of the inspection that explains every one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.case import Case
from hege.engine.facts import Facts, store, stored
from hege.engine.inspection import inspect
from hege.engine.judgement import make_judge
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Rulebook, Waiver
from hege.engine.verdicts import verdict_series, verdicts
from hege.engine.vocabulary import load_vocabulary

EXAMPLES = Path(__file__).parent.parent / "examples"
VOCABULARY = load_vocabulary()


def example(name: str) -> tuple[Case, Rulebook]:
    case = read_case(EXAMPLES / name, VOCABULARY)
    return case, load_rulebook(case.rules)


def at_once(facts: Facts, rulebook: Rulebook, kind: AssetKind, day: date) -> dict[str, tuple[str, dict[str, str]]]:
    """Verdict and outcomes by asset; items are not among the findings of an inspection."""
    judge = make_judge(i.id for i in rulebook.indicators)
    frame = verdicts(rulebook, facts, kind, day, VOCABULARY, load_working_days(), judge)
    return {
        row.pop("id"): (row.pop("verdict"), {n: v for n, v in row.items() if v is not None})
        for row in frame.drop(i.id for i in rulebook.indicators if i.is_item and i.id in frame.columns).iter_rows(
            named=True
        )
    }


def explained(case: Case, rulebook: Rulebook) -> list[dict[str, tuple[str, dict[str, str]]]]:
    """The same of each batch, from the inspection."""
    return [
        {
            r.asset.id: (
                r.verdict.value,
                {f.indicator: f.outcome.value for f in r.findings}
                | {f"{f.indicator}|would_be": f.would_be.value for f in r.findings if f.would_be is not None},
            )
            for r in batch.assets
        }
        for batch in inspect(case, rulebook, VOCABULARY, load_working_days()).batches
    ]


@pytest.mark.parametrize(
    "name", ["weinan-2024-1", "zhuzhou-2022-4", "shanghai-2021-1", "panjin-2023-07", "sanming-2021-3"]
)
def test_verdicts_and_outcomes_of_the_examples(name: str, tmp_path: Path) -> None:
    """Whether the facts are in memory or in files that are read as far as needed."""
    case, rulebook = example(name)
    store(case.facts, tmp_path)
    for facts in (case.facts, stored(tmp_path, VOCABULARY)):
        for batch, expected in zip(case.batches, explained(case, rulebook), strict=True):
            found = at_once(facts, rulebook, batch.kind, batch.as_of)
            assert {id: found[id] for id in expected} == expected


@pytest.mark.parametrize("name", ["weinan-2024-1", "panjin-2023-07"])
def test_a_series_of_days_says_what_each_day_says(name: str, tmp_path: Path) -> None:
    """Whatever the order of the days, and across a day on which another version comes into force."""
    case, rulebook = example(name)
    store(case.facts, tmp_path)
    facts, judge = stored(tmp_path, VOCABULARY), make_judge(i.id for i in rulebook.indicators)
    for batch in case.batches:
        days = [batch.as_of + timedelta(days=n) for n in (0, 7, -30, 200, -2000, 1)]
        series = verdict_series(rulebook, facts, batch.kind, days, VOCABULARY, load_working_days(), judge)
        for day, found in series:
            alone = verdicts(rulebook, case.facts, batch.kind, day, VOCABULARY, load_working_days(), judge)
            assert found.equals(alone), day


def test_waivers_are_kept_apart(tmp_path: Path) -> None:
    """Assets with and without a waiver have the same outcomes and different verdicts."""
    case, rulebook = example("weinan-2024-1")
    (batch,) = [b for b in case.batches if b.kind is AssetKind.ACCOUNT]
    (first,) = explained(replace(case, batches=(batch,)), rulebook)
    failed = next(
        id for id, (verdict, found) in first.items() if verdict == "fail" and found["account.stale"] == "fail"
    )
    day = batch.as_of
    waiver = Waiver(
        id="w", asset=failed, indicator="account.stale", start=day, until=day + timedelta(days=9), reason="改版", approved_by="办公室",
        place=rulebook.indicators[0].versions[0].origins["from"].place,
    )  # fmt: skip
    waived = replace(rulebook, waivers=(waiver,))
    (expected,) = explained(replace(case, batches=(batch,)), waived)
    assert expected[failed][1]["account.stale|would_be"] == "fail"
    assert at_once(case.facts, waived, batch.kind, day) == expected


def test_nothing_to_judge_by(tmp_path: Path) -> None:
    """Without indicators nothing was asked, and nobody passes."""
    case, rulebook = example("weinan-2024-1")
    found = at_once(case.facts, replace(rulebook, indicators=()), AssetKind.SITE, date(2024, 2, 20))
    assert len(found) == 51
    assert set(map(str, found.values())) == {"('undetermined', {})"}


def test_stored_facts_are_the_facts(tmp_path: Path) -> None:
    """Every table comes back as it was, with its types; another kind is no table."""
    case, _ = example("panjin-2023-07")
    store(case.facts, tmp_path)
    again = stored(tmp_path, VOCABULARY)
    assert again.assets.equals(case.facts.assets)
    assert list(again.tables) == list(case.facts.tables)
    assert len(again.tables) == len(case.facts.tables)
    for kind, table in case.facts.tables.items():
        assert again.tables[kind].schema == table.schema
        assert again.tables[kind].equals(table)
    with pytest.raises(KeyError):
        again.tables["columns"]


def test_days_before_1992_follow_the_summer_time_of_their_year() -> None:
    """The short way to a local day is taken only where the clock was never moved."""
    from hege.engine.evaluation.view import local_days

    moments = pl.Series(
        ["1988-07-01T15:30:00", "1988-12-31T15:59:59", "2024-02-22T15:59:59", "2024-02-22T16:00:00", "1900-01-01T00:00:00"],
    ).str.to_datetime(time_unit="us", time_zone="UTC").dt.convert_time_zone("Asia/Shanghai")  # fmt: skip
    days = [date(1988, 7, 2), date(1988, 12, 31), date(2024, 2, 22), date(2024, 2, 23), date(1900, 1, 1)]
    assert local_days(moments).to_list() == days
    assert local_days(moments[2:4]).to_list() == days[2:4]


def test_one_asset_alone_is_as_among_all(tmp_path: Path) -> None:
    """What is not asked for is not explained, and that changes nothing of what is."""
    case, rulebook = example("panjin-2023-07")
    whole = inspect(case, rulebook, VOCABULARY, load_working_days())
    store(case.facts, tmp_path)
    for facts in (case.facts, stored(tmp_path, VOCABULARY)):
        for batch in whole.batches:
            for result in batch.assets[::40]:
                alone = inspect(
                    replace(case, facts=facts.of([result.asset.id])), rulebook, VOCABULARY, load_working_days()
                )
                assert [
                    r for b in alone.batches if b.name == batch.name and b.kind is batch.kind for r in b.assets
                ] == [result]
