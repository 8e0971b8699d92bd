"""The evaluation and the oracle agree on generated rulebooks and facts, whatever the order of the facts."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any as Anything
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hege.engine.calendar import load_working_days
from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place
from hege.engine.evaluation import evaluate
from hege.engine.facts import asset_table, facts, table
from hege.engine.rulebook import model
from hege.engine.rulebook.model import AppliesTo, AssetKind, Effect, Indicator, Law, Path, Relation, Rulebook, Status
from hege.engine.vocabulary import load_vocabulary

from .oracle import Oracle
from .series import assert_series_agrees

DAY = date(2024, 2, 25)
LAW = Law(document="d")
VOCABULARY = load_vocabulary()
WORKING_DAYS = load_working_days()

days = st.integers(0, 70).map(lambda n: DAY - timedelta(days=n))
anytime = st.integers(-4, 70).map(lambda n: DAY - timedelta(days=n))  # also what is still to come
durations = st.sampled_from(
    [Duration(1, Unit.DAY), Duration(7, Unit.DAY), Duration(2, Unit.WEEK), Duration(1, Unit.MONTH)]
)
waits = st.one_of(durations, st.just(Duration(2, Unit.WORKDAY)))
bounds = st.sampled_from(model.BOUNDS)
states = st.sampled_from(["known"] * 6 + ["unknown", "blocked", "error", "not_applicable"])
texts = st.sampled_from(["甲", "甲 ", "Ａ", "a", "乙。"])
if_missing = st.one_of(st.none(), st.sampled_from(model.Missing).map(lambda m: model.IfMissing(then=m, law=LAW)))


def optional(values: st.SearchStrategy[Anything]) -> st.SearchStrategy[Anything]:
    return st.one_of(st.none(), st.just("none"), values, values)


OWN_DAYS = [Path("feed", "newest"), Path("feed", "newest_original")]
OWN_TEXTS = [Path("profile", "name"), Path("registration", "name"), Path("channel", "note", "互动")]
OWN_TRUTHS = [Path("profile", "found"), Path("channel", "works", "互动")]


def brief(strategy: st.SearchStrategy[Anything]) -> st.SearchStrategy[Anything]:
    """The same under a short name: the full one, which hypothesis writes down again and again, is a hundred thousand letters."""

    @st.composite
    def one(draw: st.DrawFn) -> Anything:
        return draw(strategy)

    return one()


def leaves(days_of: list[Path], texts_of: list[Path], truths_of: list[Path]) -> st.SearchStrategy[model.Check]:
    """Checks about one fact."""
    return brief(st.one_of(
        st.builds(model.NotUpdated, what=st.sampled_from(days_of), within=durations, if_missing=if_missing),
        st.builds(model.Compare, what=st.sampled_from(days_of), relation=bounds, value=days, if_missing=if_missing),
        st.builds(model.Compare, what=st.sampled_from(truths_of), relation=st.sampled_from([Relation.IS, Relation.IS_NOT]),
                  value=st.booleans(), if_missing=if_missing),
        st.builds(model.Compare, what=st.sampled_from(texts_of), relation=st.sampled_from([Relation.ONE_OF, Relation.NONE_OF]),
                  value=st.tuples(texts, texts)),
        st.builds(model.Differ, left=st.sampled_from(texts_of), right=st.sampled_from(texts_of),
                  ignore=st.sets(st.sampled_from(model.Ignore)).map(lambda s: tuple(sorted(s, key=lambda i: i.value)))),
        st.builds(model.Absent, what=st.sampled_from(days_of + texts_of)),
        st.builds(model.Present, what=st.sampled_from(days_of + texts_of)),
        st.builds(model.Elapsed, since=st.sampled_from(days_of), until=st.one_of(st.none(), st.sampled_from(days_of)),
                  relation=bounds, duration=waits),
        st.builds(model.Switch, st.booleans()),
    ))  # fmt: skip


def logic(of: st.SearchStrategy[model.Check]) -> st.SearchStrategy[model.Check]:
    several = st.lists(of, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(model.Any, several), st.builds(model.All, several), st.builds(model.Not, of))


def selections(kind: str, row: st.SearchStrategy[model.Check], by: list[str]) -> st.SearchStrategy[model.Selection]:
    conditions = row.filter(lambda c: isinstance(c, model.Compare | model.Absent | model.Present))
    return st.builds(
        model.Selection,
        kind=st.just(kind),
        where=st.lists(conditions, max_size=2).map(tuple),
        within=st.one_of(st.none(), durations),
        during=st.none(),
        by=st.sampled_from(["", *by]),
        that=st.one_of(st.none(), row, logic(row)),
    ).flatmap(
        lambda s: st.sampled_from([s, replace(s, within=None, during=model.Span.MONTH)]) if s.within else st.just(s)
    )


channel_row = leaves(
    [Path("", "observed_at")], [Path("", "note"), Path("", "kind"), Path("", "part")], [Path("", "works")]
)
ticket_row = leaves([Path("", "issued"), Path("", "answered")], [Path("", "part")], [Path("", "part")]).filter(
    lambda c: not (isinstance(c, model.Compare) and isinstance(c.value, bool))
)
chosen = st.one_of(selections("channel", channel_row, []), selections("ticket", ticket_row, ["issued", "answered"]))
over_facts = brief(st.one_of(
    st.builds(model.Some, of=chosen),
    st.builds(model.Count, of=st.lists(chosen, min_size=1, max_size=2).map(tuple), relation=bounds, number=st.integers(0, 3)),
    st.builds(
        model.Ratio,
        of=chosen.filter(lambda s: s.that is not None),
        relation=bounds,
        share=st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)]),
        enough=st.one_of(st.none(), st.builds(model.Enough, per_day=st.integers(0, 1), days=st.integers(1, 2))),
    ),
))  # fmt: skip
flat = st.one_of(leaves(OWN_DAYS, OWN_TEXTS, OWN_TRUTHS), over_facts)
periods = st.builds(
    lambda that, number, run, unknown, every, relation: model.Periods(
        every=every, within=model.Span.MONTH, that=that, relation=relation, number=None if run else number,
        in_a_row=run, unknown_period=unknown,
    ),
    flat, st.integers(0, 3), st.one_of(st.none(), st.integers(1, 3)), st.sampled_from(model.UnknownPeriod),
    st.just(model.Every.WEEK), bounds,
)  # fmt: skip
checks = brief(st.recursive(st.one_of(flat, flat, brief(periods)), logic, max_leaves=4))

facts_of: dict[str, st.SearchStrategy[dict[str, Anything]]] = {
    "feed": st.fixed_dictionaries({"part": st.just(""), "newest": optional(days), "newest_original": optional(days)}),
    "profile": st.fixed_dictionaries({"part": st.just(""), "name": optional(texts), "found": optional(st.booleans())}),
    "registration": st.fixed_dictionaries({"part": st.just(""), "name": optional(texts)}),
    "channel": st.fixed_dictionaries(
        {"part": st.sampled_from(["互动", "b"]), "works": optional(st.booleans()), "note": optional(texts), "kind": optional(texts)}
    ),
    "ticket": st.fixed_dictionaries({"part": st.sampled_from("abc"), "issued": optional(anytime), "answered": optional(anytime)}),
    "coverage": st.fixed_dictionaries(
        {"part": st.sampled_from(["channel", "ticket", "feed", "profile"]), "complete": st.one_of(st.none(), st.booleans())}
    ),
}  # fmt: skip
fact = brief(st.one_of([
    st.builds(
        lambda row, observed, state, kind=kind: {"_kind": kind, "asset": "a", "observed_at": observed, "state": state} | row,
        facts_of[kind], st.integers(-1, 20).map(lambda n: DAY - timedelta(days=n)), states,
    )
    for kind in sorted(facts_of)
]))  # fmt: skip
some_facts = st.lists(fact, max_size=9, unique_by=lambda f: (f["_kind"], f["part"], f["observed_at"]))


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """Two indicators, the second of which may refer to the first, and perhaps a waiver."""
    first = draw(checks)
    second = draw(st.one_of(checks, st.just(model.Fails("one")), st.just(model.Not(model.Fails("one")))))
    starts = draw(st.sampled_from([date(2019, 4, 1), DAY, DAY + timedelta(days=1)]))
    applies = draw(st.one_of(st.none(), leaves(OWN_DAYS, OWN_TEXTS, OWN_TRUTHS)))
    platforms = draw(
        st.sampled_from([(), (("platform", ("微信",)),), (("platform", ("微博",)),), (("owner", ("甲",)),)])
    )
    status = draw(st.sampled_from([Status.IN_FORCE, Status.IN_FORCE, Status.TRIAL, Status.REPEALED]))
    condition = draw(st.sampled_from([None, Duration(5, Unit.DAY), Duration(2, Unit.WEEK)]))
    indicators = tuple(
        Indicator(
            id=id, title=id, effect=Effect.VETO, status=status if id == "one" else Status.IN_FORCE,
            applies_to=AppliesTo(kind=AssetKind.ACCOUNT, where=platforms if id == "one" else ()),
            versions=(model.Version(start=starts, law=LAW, fail_when=check, applies_when=applies if id == "two" else None),),
        )
        for id, check in (("one", first), ("two", second))
    )  # fmt: skip
    waiver = model.Waiver(
        id="w", asset="a", indicator="one", start=DAY, until=DAY, reason="r", approved_by="b", place=Place(file="f")
    )  # fmt: skip
    return Rulebook(
        packs=(), indicators=indicators, waivers=draw(st.sampled_from([(), (waiver,)])),
        conventions=model.Conventions(observation=Duration(7, Unit.DAY), law=LAW, condition=condition),
    )  # fmt: skip


@settings(
    max_examples=int(os.environ.get("HEGE_EXAMPLES", "200")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(rulebooks(), some_facts, some_facts, st.randoms(use_true_random=False))
def test_evaluation_agrees_with_the_oracle(
    book: Rulebook, of_a: list[dict[str, Anything]], of_b: list[dict[str, Anything]], shuffle: Anything
) -> None:
    """Outcome and would-be are the oracle's, whatever the order of the facts and whatever is known of a neighbour.

    Few facts and many are evaluated by different engines: both agree.
    """
    words = {"kind": "account", "platform": "微信", "district": "", "category": "", "owner": ""}
    assets = {id: {"id": id, **words} for id in ("a", "b")}
    given_facts = [*of_a, *({**fact, "asset": "b"} for fact in of_b)]

    def evaluated(rows: list[dict[str, Anything]]) -> list[tuple[str, str, str | None]]:
        tables = {
            kind: table(VOCABULARY.kinds[kind], [r for r in rows if r["_kind"] == kind])
            for kind in {r["_kind"] for r in rows}
        }
        known = facts(asset_table(assets.values()), tables, VOCABULARY)
        frame = evaluate(book, known, AssetKind.ACCOUNT, DAY, VOCABULARY, WORKING_DAYS)
        assert_series_agrees(book, known, AssetKind.ACCOUNT, DAY, frame)
        return [(r["asset"], r["outcome"], r["would_be"]) for r in frame.iter_rows(named=True)]

    oracles = {
        id: Oracle(book, VOCABULARY, WORKING_DAYS, [f for f in given_facts if f["asset"] == id], asset, DAY)
        for id, asset in assets.items()
    }
    expected = [(id, *oracle.outcome(i.id)) for id, oracle in oracles.items() for i in book.indicators]
    assert evaluated(given_facts) == expected
    shuffled = list(given_facts)
    shuffle.shuffle(shuffled)
    with patch("hege.engine.facts.MANY", -1):
        assert evaluated(shuffled) == expected
