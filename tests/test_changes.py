"""What a change touches, evaluated alone, is what both rulebooks say of everything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hege.engine.changes import NO_PROBLEM, changes
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.judgement import make_judge
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.rulebook.sources import Compiled
from hege.engine.verdicts import verdicts

from .test_scoring_agreement import ASSET, DAY, VOCABULARY, WORKING_DAYS, Row, rulebooks, some_facts

DAYS = [DAY, DAY + timedelta(days=9), DAY - timedelta(days=3)]


def known(of_a: Sequence[Row], of_b: Sequence[Row]) -> Facts:
    rows = [*of_a, *({**row, "asset": "z"} for row in of_b)]
    tables = {k: table(VOCABULARY.kinds[k], [r for r in rows if r["_kind"] == k]) for k in {r["_kind"] for r in rows}}
    return facts(asset_table([ASSET, {**ASSET, "id": "z"}]), tables, VOCABULARY)


def all_of_it(old: Rulebook, new: Rulebook, of: Facts) -> list[list[tuple[object, ...]]]:
    """By evaluating everything twice."""
    found = []
    for day in DAYS:
        before, after = (
            {r["id"]: r for r in verdicts(b, of, AssetKind.SITE, day, VOCABULARY, WORKING_DAYS, make_judge(i.id for i in b.indicators)).iter_rows(named=True)}
            for b in (old, new)
        )  # fmt: skip
        ids = dict.fromkeys(i.id for b in (new, old) for i in b.indicators if not i.is_item)
        rows: list[tuple[object, ...]] = []
        for asset, was in before.items():
            now = after[asset]
            said = [{i: None if r.get(i) in NO_PROBLEM else r.get(i) for i in ids} for r in (was, now)]
            flips = [i for i in ids if said[0][i] != said[1][i]]
            if flips or was["verdict"] != now["verdict"]:
                rows.append((asset, was["verdict"], now["verdict"], flips))
        found.append(rows)
    return found


@settings(
    max_examples=int(os.environ.get("HEGE_EXAMPLES", "200")) // 5, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(rulebooks(), rulebooks(), some_facts(), some_facts(), st.booleans())
def test_what_is_touched_alone_is_what_all_of_it_would_say(
    old: Rulebook, new: Rulebook, of_a: list[Row], of_b: list[Row], before: bool
) -> None:
    """Verdicts and flips, on days one after another, whether or not all verdicts are asked for besides."""
    of = known(of_a, of_b)
    one, other = (Compiled(rulebook=b, vocabulary=VOCABULARY, working_days=WORKING_DAYS) for b in (old, new))
    found = [c.assets.rows() for c in changes(one, other, of, AssetKind.SITE, DAYS, before=before)]
    assert found == all_of_it(old, new, of)
    assert [c.assets.rows() for c in changes(one, one, of, AssetKind.SITE, DAYS)] == [[], [], []]
