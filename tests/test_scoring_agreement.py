"""Points: the evaluation and the oracle agree on generated items and facts, and what is not known never misleads.

The interval of an item and of a score holds every value that completing the unknown facts can give, and completing a
fact never widens it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any as Anything

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hege.engine.calendar import load_working_days
from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place
from hege.engine.evaluation import evaluate
from hege.engine.evaluation.scoring import UNBOUNDED
from hege.engine.facts import asset_table, facts, table
from hege.engine.rulebook import model
from hege.engine.rulebook.model import AppliesTo, AssetKind, Effect, Indicator, Law, Path, Relation, Rulebook, Status
from hege.engine.vocabulary import load_vocabulary

from .oracle import Scored
from .series import assert_series_agrees

DAY = date(2024, 2, 25)
LAW = Law(document="d")
VOCABULARY = load_vocabulary()
WORKING_DAYS = load_working_days()
WEEK = Duration(7, Unit.DAY)
ASSET = {"id": "a", "kind": "site", "platform": "", "district": "", "category": "门户", "owner": ""}
EXAMPLES = settings(
    max_examples=int(os.environ.get("HEGE_EXAMPLES", "150")), deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

days = st.integers(0, 20).map(lambda n: DAY - timedelta(days=n))
Row = dict[str, Anything]


def survey(item: str, field: str = "answer") -> Path:
    return Path("survey", field, item)


# ---- rulebooks -----------------------------------------------------------------------------------------------------

checks: st.SearchStrategy[model.Check] = st.sampled_from([
    model.Compare(what=survey("甲"), relation=Relation.IS, value="problem"),
    model.Compare(what=survey("乙"), relation=Relation.IS, value="ok"),
    model.Some(of=model.Selection(kind="column", where=(model.Compare(what=Path("", "class"), relation=Relation.IS, value="动态要闻"),))),
    model.Compare(what=Path("home", "nav_only"), relation=Relation.IS, value=True),
    model.NotUpdated(what=Path("home", "newest"), within=WEEK),
])  # fmt: skip
columns: st.SearchStrategy[model.Selection] = st.sampled_from([
    model.Selection(kind="column", where=(model.Compare(what=Path("", "items"), relation=Relation.LESS_THAN, value=1),)),
    model.Selection(kind="column", that=model.NotUpdated(what=Path("", "newest"), within=WEEK)),
    model.Selection(kind="link", where=(model.Compare(what=Path("", "outcome"), relation=Relation.IS, value="dead"),)),
])  # fmt: skip
shares: st.SearchStrategy[model.Share] = st.just(
    model.Share(of=model.Selection(kind="link", that=model.Compare(what=Path("", "outcome"), relation=Relation.IS, value="dead")),
                step=Fraction(1, 4))
)  # fmt: skip
counts: st.SearchStrategy[dict[str, Anything]] = st.one_of(
    st.builds(lambda check: {"when": check}, checks),
    st.builds(lambda of: {"each": tuple(of)}, st.lists(columns, min_size=1, max_size=2)),
    st.builds(lambda item: {"times": survey(item, "count")}, st.sampled_from("甲乙")),
    st.just({"times": Path("home", "items")}),
    st.builds(lambda share: {"share": share}, shares),
)
points: st.SearchStrategy[int | Decimal] = st.sampled_from([1, 2, Decimal("0.5"), Decimal("0.1"), 4])


@st.composite
def items(draw: st.DrawFn, id: str, effect: Effect, group: str, cap: Decimal) -> Indicator:
    lines = tuple(
        model.Line(id=f"l{n}", law=LAW, points=draw(points), applies_when=draw(st.one_of(st.none(), st.none(), checks)), **draw(counts))
        for n in range(draw(st.integers(1, 3)))
    )  # fmt: skip
    version = model.Version(
        start=date(2019, 4, 1), law=LAW, lines=lines, applies_when=draw(st.one_of(st.none(), st.none(), checks)),
        other_cap=draw(st.sampled_from([None, None, model.OtherCap(points=5, when=draw(checks))])) if cap else None,
    )  # fmt: skip
    return Indicator(
        id=id, title=id, applies_to=AppliesTo(kind=AssetKind.SITE), effect=effect, status=Status.IN_FORCE,
        versions=(version,), points=cap, group=group,
    )  # fmt: skip


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """Two groups of deductions, one of bonuses, a veto, a sheet with low numbers so that both gates are met."""
    cap = draw(st.sampled_from([Decimal(2), Decimal(3), Decimal(0)]))
    deductions = [draw(items(f"d{n}", Effect.DEDUCT, "一" if n < 2 else "二", cap)) for n in range(3)]
    bonus = draw(items("b", Effect.BONUS, "三", draw(st.sampled_from([Decimal(2), Decimal(0)]))))
    left_out = model.LeftOut(group="二", when=draw(checks), law=LAW) if draw(st.booleans()) else None
    sheet = model.Sheet(
        deduct=(model.ScoreGroup(title="一", points=Decimal(6)), model.ScoreGroup(title="二", points=Decimal(4))),
        bonus=(model.ScoreGroup(title="三", points=Decimal(2)),), base=10, fails_below=draw(st.sampled_from([6, 8])), bonus_above=8,
        left_out=left_out,
    )  # fmt: skip
    site = AppliesTo(kind=AssetKind.SITE)
    veto = Indicator(
        id="veto", title="veto", applies_to=site, effect=Effect.VETO, status=Status.IN_FORCE,
        versions=(model.Version(start=date(2019, 4, 1), law=LAW, fail_when=draw(checks)),),
    )  # fmt: skip
    portal = model.Compare(
        what=Path("asset", "category"), relation=Relation.IS, value=draw(st.sampled_from(["门户", "门户", "部门"]))
    )
    score = Indicator(
        id="s", title="s", applies_to=site, effect=Effect.SCORE, status=Status.IN_FORCE,
        versions=(model.Version(start=date(2019, 4, 1), law=LAW, sheet=sheet, applies_when=draw(st.one_of(st.just(portal), checks))),),
    )  # fmt: skip
    waiver = model.Waiver(
        id="w", asset="a", indicator="d0", start=DAY, until=DAY, reason="r", approved_by="b", place=Place(file="f")
    )  # fmt: skip
    return Rulebook(
        packs=(), indicators=(veto, score, *deductions, bonus), waivers=draw(st.sampled_from([(), (), (waiver,)])),
        conventions=model.Conventions(observation=WEEK, law=LAW),
    )  # fmt: skip


# ---- facts ---------------------------------------------------------------------------------------------------------

answers = st.sampled_from(["ok", "problem", "none"])
FIELDS: dict[str, dict[str, st.SearchStrategy[Anything]]] = {
    "survey": {"answer": answers, "count": st.integers(0, 4)},
    "home": {"newest": days, "items": st.integers(0, 3), "nav_only": st.booleans()},
    "column": {"class": st.sampled_from(["动态要闻", "其他"]), "newest": days, "items": st.integers(0, 2)},
    "link": {"outcome": st.sampled_from(["ok", "dead"])},
}
PARTS = {"survey": "甲乙", "home": [""], "column": "abc", "link": "abc"}


@st.composite
def some_facts(draw: st.DrawFn) -> list[Row]:
    """Facts of the day with fields left open, states not known, and kinds of which nothing is recorded."""
    found: list[Row] = []
    for kind, fields in FIELDS.items():
        for part in draw(st.lists(st.sampled_from(PARTS[kind]), unique=True)):
            state = draw(st.sampled_from(["known"] * 4 + ["unknown", "blocked", "not_applicable"]))
            row = {name: draw(st.one_of(values, values, st.none())) for name, values in fields.items()}
            found.append({"_kind": kind, "asset": "a", "part": part, "observed_at": DAY, "state": state} | row)
    return found


@st.composite
def completed(draw: st.DrawFn, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The facts with one thing more known (an open field, a state, what nothing was recorded of), and with everything."""
    gaps: list[tuple[int, str]] = []
    for place, row in enumerate(rows):
        if row["state"] in ("unknown", "blocked"):
            gaps.append((place, "state"))
        if row["state"] != "not_applicable":
            gaps += [(place, name) for name in FIELDS[row["_kind"]] if row[name] is None]
    whole = [dict(row) for row in rows]
    for place, name in gaps:
        whole[place][name] = "known" if name == "state" else draw(FIELDS[rows[place]["_kind"]][name])
    unseen = [k for k in FIELDS if k != "survey" and not any(r["_kind"] == k for r in rows)]
    more: list[list[Row]] = []
    for kind in unseen:
        new = draw(st.lists(st.sampled_from(PARTS[kind]), unique=True, min_size=1))
        more.append([
            {"_kind": kind, "asset": "a", "part": p, "observed_at": DAY, "state": "known"}
            | {n: draw(v) for n, v in FIELDS[kind].items()}
            for p in new
        ])  # fmt: skip
    for item in PARTS["survey"]:
        if not any(r["_kind"] == "survey" and r["part"] == item for r in rows):
            row = {n: draw(v) for n, v in FIELDS["survey"].items()}
            more.append([{"_kind": "survey", "asset": "a", "part": item, "observed_at": DAY, "state": "known"} | row])
    step = [dict(row) for row in rows]
    choice = draw(st.integers(0, max(len(gaps) + len(more) - 1, 0)))
    if choice < len(gaps):
        place, name = gaps[choice]
        step[place][name] = whole[place][name]
    elif more:
        step += more[choice - len(gaps)]
    return step, whole + [row for rows in more for row in rows]


# ---- both ways -----------------------------------------------------------------------------------------------------


def evaluated(book: Rulebook, rows: Sequence[Row]) -> dict[str, tuple[Fraction, Fraction | None, str]]:
    tables = {k: table(VOCABULARY.kinds[k], [r for r in rows if r["_kind"] == k]) for k in {r["_kind"] for r in rows}}
    known = facts(asset_table([ASSET]), tables, VOCABULARY)
    frame = evaluate(book, known, AssetKind.SITE, DAY, VOCABULARY, WORKING_DAYS)
    assert_series_agrees(book, known, AssetKind.SITE, DAY, frame)
    return {
        r["indicator"]: (
            Fraction(r["low"], r["per"]), None if r["high"] >= UNBOUNDED else Fraction(r["high"], r["per"]), r["outcome"],
        )
        for r in frame.iter_rows(named=True) if r["low"] is not None
    }  # fmt: skip


@EXAMPLES
@given(rulebooks(), some_facts())
def test_points_agree_with_the_oracle(book: Rulebook, rows: list[Row]) -> None:
    """Every item, the score with its bonuses, and what the line says of it."""
    oracle = Scored(book, VOCABULARY, WORKING_DAYS, rows, ASSET, DAY)
    found = evaluated(book, rows)
    for item in (i for i in book.indicators if i.is_item):
        assert found[item.id][:2] == oracle.item(item.id)
    _, total, outcome = oracle.sheet("s")
    assert found["s"] == (*total, outcome)


def has_share(book: Rulebook) -> bool:
    return any(line.share is not None for i in book.indicators for v in i.versions for line in v.lines)


def within(inner: tuple[Anything, ...], outer: tuple[Anything, ...]) -> bool:
    return bool(inner[0] >= outer[0]) and (outer[1] is None or (inner[1] is not None and bool(inner[1] <= outer[1])))


@EXAMPLES
@given(rulebooks(), some_facts(), st.data())
def test_what_becomes_known_lies_within_what_was_said_before(
    book: Rulebook, rows: list[Row], data: st.DataObject
) -> None:
    """A fact more narrows every interval or leaves it; all facts give a value within it, and a decided outcome stays."""
    step, whole = data.draw(completed(rows))
    before, nearer, after = evaluated(book, rows), evaluated(book, step), evaluated(book, whole)
    for name, said in before.items():
        assert within(nearer[name], said)
        assert within(after[name], said)
        assert after[name][0] == after[name][1] or has_share(book)  # a share of nothing is never known
        if said[2] in ("pass", "fail") and after[name][2] in ("pass", "fail"):
            assert after[name][2] == said[2]
