"""What changes when rules change: exactly these assets, by exactly these findings; and the guard on publishing."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from hege.engine.case import Case
from hege.engine.dates import Duration
from hege.engine.errors import InputError
from hege.engine.impact import BatchImpact, Impact, _on, compared, days_between, impact
from hege.engine.ledger import deciding, schema
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.publishing import publish
from hege.engine.ledger.replay import replay
from hege.engine.ledger.store import Ledger
from hege.engine.ledger.verify import verify
from hege.engine.result import Verdict
from hege.engine.rulebook.library import shipped_rules
from hege.engine.rulebook.sources import compiled, sources_of
from tests.ledgers import AT, PLAN, example, feeds, give, new_ledger

WEINAN = shipped_rules() / "cn/shaanxi/weinan"
OLD = sources_of(["cn/shaanxi/weinan"])


def pack(folder: Path, *changes: tuple[str, str], tests: bool = False) -> Path:
    """Weinan's pack with some of its text changed."""
    folder.mkdir(parents=True)
    text = (WEINAN / "indicators.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "indicators.yaml").write_text(text, encoding="utf-8")
    if tests:
        (folder / "tests").mkdir()
        for file in (WEINAN / "tests").glob("*.yaml"):
            (folder / "tests" / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


SEVEN_DAYS = ("direction: same\n  params: {window: 14d}", "direction: tighten\n  params: {window: 7d}")
NO_INTERACTION = (
    "switched_off:\n",
    """switched_off:
- indicator: account.no-interaction
  from: 2024-01-01
  law: {document: 试验, clause: 无, quote: 无, verified: local-notice}
""",
)


def with_feeds(newest: dict[str, date]) -> Case:
    """Weinan with some accounts' newest item moved."""
    case = example("weinan-2024-1")
    moved = pl.col("asset").replace_strict(newest, default=None, return_dtype=pl.Date)
    feed = case.facts.tables["feed"].with_columns(pl.coalesce(moved, "newest").alias("newest"))
    return dataclasses.replace(case, facts=dataclasses.replace(case.facts, tables={**case.facts.tables, "feed": feed}))


def test_seven_days_in_place_of_fourteen(tmp_path: Path) -> None:
    """Of three accounts that updated a week and more ago two flip: the one on the eighth day stays, nobody else moves."""
    newest = {"a400": date(2024, 2, 16), "a401": date(2024, 2, 10), "a402": date(2024, 2, 17)}
    new = compiled(sources_of([pack(tmp_path / "new", SEVEN_DAYS)]))
    sites, accounts = impact(with_feeds(newest), compiled(OLD), new).batches
    assert (sites.changes, sites.flipped, accounts.flipped, accounts.total) == ((), 0, 2, 470)
    told = [
        (c.asset, c.old.value, c.new.value, [(f.indicator, f.old, f.new, f.text) for f in c.flips])
        for c in accounts.changes
    ]
    assert [(a, o, n, [(i, x and x.value, y and y.value, t) for i, x, y, t in fs]) for a, o, n, fs in told] == [
        ("a400", "pass", "fail", [("account.stale", "pass", "fail", "7天未更新")]),
        ("a401", "pass", "fail", [("account.stale", "pass", "fail", "7天未更新")]),
    ]
    assert accounts.matrix == {
        (Verdict.PASS, Verdict.PASS): 435, (Verdict.PASS, Verdict.FAIL): 2, (Verdict.FAIL, Verdict.FAIL): 33,
    }  # fmt: skip


@pytest.mark.parametrize("backwards", [False, True])
def test_what_is_touched_alone_is_what_all_of_it_would_say(backwards: bool, tmp_path: Path) -> None:
    """Evaluating only what the change can touch gives, over days, what two whole inspections give."""
    from hege.engine.inspection import inspect

    case = example("panjin-2023-07")
    day = case.batches[0].as_of
    old, new = compiled(OLD), compiled(sources_of([pack(tmp_path / "new", SEVEN_DAYS, NO_INTERACTION)]))
    for one, other in ((new, old),) if backwards else ((old, new),):
        days = (day, day - timedelta(days=10))
        found = impact(case, one, other, days)
        whole: list[BatchImpact] = []
        for moved in (_on(case, d) for d in days):
            before, after = (inspect(moved, c.rulebook, c.vocabulary, c.working_days) for c in (one, other))
            whole += [compared(b, a) for b, a in zip(before.batches, after.batches, strict=True)]
        assert found == Impact(old=one.rulebook.digest, new=other.rulebook.digest, batches=tuple(whole))


def test_one_indicator_switched_off(tmp_path: Path) -> None:
    """Exactly the accounts for which it was a problem change, those with no other problem flip; passing it was no change."""
    case = example("weinan-2024-1")
    new = compiled(sources_of([pack(tmp_path / "new", NO_INTERACTION)]))
    sites, accounts = impact(case, compiled(OLD), new).batches
    from hege.engine.inspection import inspect

    old = compiled(OLD)
    before = inspect(case, old.rulebook, old.vocabulary, old.working_days).batches[1].assets
    problem = ("fail", "unknown")
    failing = {r.asset.id: [f.indicator for f in r.findings if f.outcome.value in problem] for r in before}
    hit = [a for a, found in failing.items() if "account.no-interaction" in found]
    assert hit and sites.changes == ()
    assert [c.asset for c in accounts.changes] == hit
    assert [c.asset for c in accounts.changes if c.flipped] == [a for a in hit if len(failing[a]) == 1]
    assert {f.indicator for c in accounts.changes for f in c.flips} == {"account.no-interaction"}


def test_the_same_rules_change_nothing() -> None:
    """Over a series of days too."""
    days = days_between(date(2024, 2, 1), date(2024, 3, 1), Duration.parse("1mo") or pytest.fail())
    found = impact(example("weinan-2024-1"), compiled(OLD), compiled(OLD), days)
    assert (len(found.batches), found.worst) == (4, Fraction(0))
    assert all(b.changes == () for b in found.batches)


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("10d", ["2024-01-31", "2024-02-10", "2024-02-20", "2024-03-01", "2024-03-11", "2024-03-21", "2024-03-31"]),
        ("2w", ["2024-01-31", "2024-02-14", "2024-02-28", "2024-03-13", "2024-03-27"]),
        ("1mo", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("1y", ["2024-01-31"]),
    ],
)
def test_days_of_a_series(every: str, expected: list[str]) -> None:
    """Both ends included; months are counted from the first, so their ends do not creep."""
    step = Duration.parse(every)
    assert step is not None
    assert [d.isoformat() for d in days_between(date(2024, 1, 31), date(2024, 3, 31), step)] == expected


# ---- publishing ----------------------------------------------------------------------------------------------------


def inspected(place: str) -> Ledger:
    """A register of four accounts, one of them updated ten days ago, inspected by Weinan's rules."""
    ledger = new_ledger(place)
    feed: dict[str, date | str] = {f"a{n}": date(2024, 2, 22) for n in range(3)}
    feed["a3"] = date(2024, 2, 13)
    give(ledger, feeds(feed))
    inspect_recorded(ledger, PLAN, "某市", None, OLD, entered_by="李四", at=AT)
    return ledger


def stored(ledger: Ledger) -> list[tuple[str, str]]:
    p = schema.publications.c
    with ledger.reading() as connection:
        return [
            (r.published_by, r.forced) for r in connection.execute(sa.select(p.published_by, p.forced).order_by(p.seq))
        ]


def test_publishing_records_who_why_and_what_flips(place: str) -> None:
    """The first publication is compared with the rules of the newest inspection; it holds its texts."""
    ledger = inspected(place)
    done = publish(ledger, ["cn/shaanxi/weinan"], published_by="赵六", why="首次", at=AT, most_flips=Fraction(0))
    assert done.receipt is not None and (done.objections, done.tested.failed) == ((), ())
    assert (done.against, [r for r, _ in done.impacts]) == (done.rulebook, ["某市"])
    assert stored(ledger) == [("赵六", "")]
    assert verify(ledger).faults == ()


def test_failing_tests_lost_coverage_and_too_many_flips_refuse(tmp_path: Path) -> None:
    """All three are told at once, nothing is recorded; with a reason it is, and the reason too."""
    ledger = inspected(str(tmp_path / "a.db"))
    publish(ledger, ["cn/shaanxi/weinan"], published_by="赵六", why="首次", at=AT)
    tightened = pack(tmp_path / "tests", SEVEN_DAYS, tests=True)
    bare = pack(tmp_path / "bare", SEVEN_DAYS)
    tests = publish(ledger, [tightened], published_by="x", why="收紧", at=AT)
    assert ([o.code for o in tests.objections], tests.receipt) == (["tests"], None)
    both = publish(ledger, [bare], published_by="x", why="收紧", at=AT, most_flips=Fraction(1, 5))
    assert ([o.code for o in both.objections], both.receipt) == (["coverage", "flips"], None)
    assert [c.asset for _, found in both.impacts for b in found.batches for c in b.changes] == ["a3"]
    enough = publish(ledger, [bare], published_by="x", why="收紧", at=AT, most_flips=Fraction(1, 4))
    assert [o.code for o in enough.objections] == ["coverage"]
    assert stored(ledger) == [("赵六", "")]
    forced = publish(ledger, [bare], published_by="x", why="收紧", at=AT, most_flips=Fraction(0), force="省里要求")
    assert forced.receipt is not None
    assert stored(ledger) == [("赵六", ""), ("x", "省里要求")]
    again = publish(ledger, [bare], published_by="x", why="再次", at=AT, force="不需要")
    assert (again.objections, again.against) == ((), forced.rulebook)
    assert stored(ledger)[-1] == ("x", "")


def test_another_rulebook_to_compare_with(tmp_path: Path) -> None:
    """By its digest; one the ledger does not have is refused."""
    ledger = inspected(str(tmp_path / "a.db"))
    old = compiled(OLD).rulebook.digest
    publish(ledger, [pack(tmp_path / "p", SEVEN_DAYS)], published_by="x", why="收紧", at=AT)
    done = publish(ledger, ["cn/shaanxi/weinan"], published_by="x", why="放宽", at=AT, against=old[:8])
    assert done.against == old
    with pytest.raises(InputError) as raised:
        publish(ledger, ["cn/shaanxi/weinan"], published_by="x", why="", at=AT, against="00000000")
    assert [p.code for p in raised.value.problems] == ["no-rulebook"]


# ---- what people decide --------------------------------------------------------------------------------------------


def test_reviews_stand_beside_the_inspection(place: str) -> None:
    """Only for an undetermined asset that is in it; the inspection replays as before."""
    ledger = inspected(place)
    done = deciding.review(
        ledger, "last", "a0", Verdict.PASS, reviewer="王五", reason="已看页面", at=AT, attachment="ab" * 32
    )
    with ledger.reading() as connection:
        r = schema.reviews.c
        (row,) = connection.execute(sa.select(r.inspection, r.asset, r.decision, r.reviewer, r.reason)).all()
    assert tuple(row) == (done.inspection, "a0", "pass", "王五", "已看页面")
    assert replay(ledger, done.inspection).same
    give(ledger, feeds({"a9": date(2023, 1, 1)}), register="另一市")
    inspect_recorded(ledger, PLAN, "另一市", None, OLD, entered_by="李四", at=AT)
    for asset, code in (("a9", "not-undetermined"), ("a0", "unknown-asset")):
        with pytest.raises(InputError) as raised:
            deciding.review(ledger, "last", asset, Verdict.PASS, reviewer="x", reason="x", at=AT)
        assert [p.code for p in raised.value.problems] == [code]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"register": "无"}, "no-register"),
        ({"asset": "a33"}, "unknown-asset"),
        ({"indicator": "account.stal"}, "unknown-indicator"),
        ({"until": date(2024, 1, 1)}, "bad-span"),
        ({"id": "W1"}, "duplicate-waiver"),
    ],
)
def test_waivers_that_cannot_be(changed: dict[str, object], code: str, tmp_path: Path) -> None:
    """Each is refused with a word of its own, and nothing is recorded."""
    ledger = inspected(str(tmp_path / "a.db"))
    good = {"register": "某市", "asset": "a3", "indicator": "account.stale", "start": date(2024, 2, 1), "until": date(2024, 3, 1),
            "reason": "改革", "approved_by": "办公室", "entered_by": "李四", "at": AT, "id": "W1"}  # fmt: skip
    deciding.waive(ledger, **good)  # type: ignore[arg-type]
    size = verify(ledger).batches
    with pytest.raises(InputError) as raised:
        deciding.waive(ledger, **good | {"id": "W2"} | changed)  # type: ignore[arg-type]
    assert [p.code for p in raised.value.problems] == [code]
    assert verify(ledger).batches == size
