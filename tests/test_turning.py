"""What would turn a verdict: every change that is told is applied to the facts here in another way, and inspected again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.case import Case, PlannedBatch
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.inspection import inspect
from hege.engine.result import Verdict
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind
from hege.engine.turning import Change, Turning, turning, turnings
from hege.engine.vocabulary import load_vocabulary
from hege.service.cli import cli

from .golden import Golden
from .test_examples import EXAMPLES

VOCABULARY, WORKING_DAYS = load_vocabulary(), load_working_days()
DAY = date(2024, 2, 23)


def changed(known: Facts, asset: str, change: Change) -> Facts:
    """The facts with a change made, row by row, through the door facts come in by."""
    kind = VOCABULARY.kinds[change.kind]
    rows = []
    for row in known.tables[change.kind].iter_rows(named=True):
        nones = [f.name for f in kind.fields if (row["nones"] >> kind.bit(f.name)) & 1]
        given = {k: v for k, v in row.items() if k != "nones"} | dict.fromkeys(nones, "none")
        if row["asset"] == asset and row["part"] in change.parts:
            if not change.field:
                continue
            given[change.field] = change.after
        rows.append(given)
    return Facts(known.assets, {**known.tables, change.kind: table(kind, rows)})


def verdict(case: Case, asset: str, planned: PlannedBatch) -> Verdict:
    """The verdict of a whole inspection."""
    book = load_rulebook([Path(r) if Path(r).is_absolute() else r for r in case.rules])
    alone = replace(case, batches=(planned,))
    (batch,) = inspect(alone, book, VOCABULARY, WORKING_DAYS).batches
    return next(r.verdict for r in batch.assets if r.asset.id == asset)


def turned(case: Case, asset: str, planned: PlannedBatch) -> Turning | None:
    return turning(case, planned, load_rulebook(case.rules), VOCABULARY, WORKING_DAYS, asset)


def of_example(name: str, asset: str) -> tuple[Case, PlannedBatch]:
    """An example cut down to one asset, and the last batch that has it."""
    case = read_case(EXAMPLES / name, VOCABULARY)
    assets = case.facts.assets.filter(pl.col("id") == asset)
    tables = {k: t.filter(pl.col("asset") == asset) for k, t in case.facts.tables.items()}
    (kind,) = assets["kind"]
    planned = next(b for b in reversed(case.batches) if b.kind.value == kind)
    return replace(case, facts=Facts(assets, tables)), replace(planned, category=())


@pytest.mark.parametrize(
    ("name", "asset", "before", "after", "facts_changed"),
    [
        ("weinan-2024-1", "s01", Verdict.FAIL, Verdict.PASS, 1),  # five stale columns of a limit of five
        ("weinan-2024-1", "s04", Verdict.FAIL, Verdict.UNDETERMINED, 1),  # reachable, but nothing else was seen of it
        ("weinan-2024-1", "s05", Verdict.PASS, Verdict.FAIL, 1),
        ("weinan-2024-1", "a002", Verdict.FAIL, Verdict.PASS, 1),
        ("weinan-2024-1", "a007", Verdict.FAIL, Verdict.PASS, 3),  # not updated, no interaction, nothing original
        ("weinan-2024-1", "a008", Verdict.FAIL, Verdict.PASS, 1),  # renamed
        ("weinan-2024-1", "a012", Verdict.FAIL, Verdict.PASS, 1),
        ("zhuzhou-2022-4", "s01", Verdict.FAIL, Verdict.PASS, 4),  # one wording, three of four blank columns
        ("zhuzhou-2022-4", "s02", Verdict.FAIL, Verdict.PASS, 2),
        ("zhuzhou-2022-4", "s03", Verdict.FAIL, Verdict.PASS, 2),  # two of three outages
        ("sanming-2021-3", "c01", Verdict.FAIL, Verdict.UNDETERMINED, 1),
        ("shanghai-2021-1", "s02", Verdict.FAIL, Verdict.PASS, 1),
    ],
)
def test_what_is_told_turns_the_verdict(
    name: str, asset: str, before: Verdict, after: Verdict, facts_changed: int
) -> None:
    """The changes together give the verdict they are said to give; leaving out any one of them does not."""
    case, planned = of_example(name, asset)
    assert verdict(case, asset, planned) is before
    found = turned(case, asset, planned)
    assert found is not None
    assert sum(len(change.parts) for change in found.changes) == facts_changed

    def with_changes(changes: tuple[Change, ...]) -> Verdict:
        known = case.facts
        for change in changes:
            known = changed(known, asset, change)
        return verdict(replace(case, facts=known), asset, planned)

    assert (with_changes(found.changes), found.verdict) == (after, after)
    for n in range(len(found.changes)):
        assert with_changes(found.changes[:n] + found.changes[n + 1 :]) is before


def account(*feeds: Mapping[str, object], rules: str = "cn/2019-19", **more: Mapping[str, object]) -> Case:
    """An account with these looks at its updates, in order otherwise."""
    rows: dict[str, list[Mapping[str, object]]] = {
        "feed": list(feeds),
        "channel": [{"part": "互动", "kind": "互动功能", "works": True}],
        "survey": [
            {"part": part, "item": part, "answer": "ok"} for part in ("安全泄密事故等严重问题", "购买粉丝强制点赞")
        ],
        **{kind: [row] for kind, row in more.items()},
    }
    tables = {
        name: table(VOCABULARY.kinds[name], [{"asset": "a", "observed_at": DAY, **row} for row in given])
        for name, given in rows.items()
    }
    known = facts(asset_table([{"id": "a", "kind": "account", "name": "甲"}]), tables, VOCABULARY)
    planned = PlannedBatch(name="", kind=AssetKind.ACCOUNT, as_of=DAY)
    return Case(title="", jurisdiction="", issuer="", rules=(rules,), batches=(planned,), facts=known)


def test_the_change_is_the_smallest_move_of_the_day() -> None:
    """A day short of the window, the first day of it is enough; a day inside, the day before it is."""
    failed = account({"newest": date(2024, 2, 9)})
    expected = Change(kind="feed", parts=("",), field="newest", before=(date(2024, 2, 9),), after=date(2024, 2, 10))
    assert turned(failed, "a", failed.batches[0]) == Turning(changes=(expected,), verdict=Verdict.PASS)


def test_only_the_newest_look_is_changed() -> None:
    """An older observation does not count and is left alone."""
    older = {"newest": date(2024, 1, 1), "observed_at": datetime(2024, 2, 20)}  # noqa: DTZ001
    case = account(older, {"newest": date(2024, 2, 9)})
    found = turned(case, "a", case.batches[0])
    assert found is not None
    assert [c.before for c in found.changes] == [(date(2024, 2, 9),)]


def test_what_is_undetermined_has_no_such_change() -> None:
    """Facts that nobody has are not made up."""
    case = account({"state": "blocked"})
    assert verdict(case, "a", case.batches[0]) is Verdict.UNDETERMINED
    assert turned(case, "a", case.batches[0]) is None


def test_explain_ends_with_it(golden: Golden) -> None:
    """In both languages, by the names of facts and fields."""
    for language in ("zh", "en"):
        result = CliRunner().invoke(cli, ["--lang", language, "explain", str(EXAMPLES / "zhuzhou-2022-4"), "s01"])
        golden(
            f"zhuzhou-2022-4.turning.{language}.txt",
            result.stdout[result.stdout.index("【怎样" if language == "zh" else "【what") :],
        )


def test_assets_searched_side_by_side_are_turned_as_each_alone() -> None:
    """What one asset is asked for changes nothing for another."""
    case = read_case(EXAMPLES / "weinan-2024-1", VOCABULARY)
    planned = next(b for b in case.batches if b.kind is AssetKind.ACCOUNT)
    book = load_rulebook(case.rules)
    (batch,) = inspect(replace(case, batches=(planned,)), book, VOCABULARY, WORKING_DAYS).batches
    ids = [r.asset.id for r in batch.assets if r.verdict is Verdict.FAIL][:4]
    together = turnings(case, planned, book, VOCABULARY, WORKING_DAYS, ids)
    assert together == {id: turned(case, id, planned) for id in ids}
    assert None not in together.values()
