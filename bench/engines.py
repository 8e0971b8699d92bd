"""Two rule engines on the same eight vetoes: durable-rules in the pattern that is safe, and zen-engine.

Both get what they cannot do themselves: the measures of each asset, already counted. They look at one asset at a time and
know two values, so that only assets of which everything is known are given to them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from hege.engine.dates import months_before

Measures = Mapping[str, int]

# veto: (alternatives of (measure, relation, number)); a veto fails when all of one alternative hold
CONDITIONS: dict[str, tuple[tuple[tuple[str, str, int], ...], ...]] = {
    "site.unreachable": ((("down", ">=", 0),),),
    "site.home-stale": ((("home_age", ">=", 14), ("nav_only", "<=", 0)), (("home_age", ">=", 14), ("fresh", "<=", 0))),
    "site.columns-stale": ((("late", ">=", 5),), (("long", ">=", 10),), (("blank", ">=", 5),)),
    "site.no-reply": ((("channels", "<=", 0),), (("unanswered", ">=", 1),)),
    "site.services-useless": (
        (("outward", ">=", 1), ("poor", ">=", 5)), (("outward", ">=", 1), ("guides", "<=", 4), ("fair", "<=", 0)),
    ),
    "account.stale": ((("age", ">=", 14),),),
    "account.no-interaction": ((("works", "<=", 0),),),
    "account.faked": ((("faked", ">=", 1),),),
}  # fmt: skip


def measures(
    folder: Path, day: date, outcomes: pl.DataFrame, number: int
) -> list[tuple[str, Measures, frozenset[str]]]:
    """Id, measures and failed vetoes of so many assets of each kind of which everything is known."""
    decided = outcomes.filter(pl.all_horizontal(pl.col(v).is_null() | (pl.col(v) != "unknown") for v in CONDITIONS))
    failed = {row["id"]: frozenset(v for v in CONDITIONS if row[v] == "fail") for row in decided.iter_rows(named=True)}
    found = []
    for kind, table in (("s", _of_sites(folder, day)), ("a", _of_accounts(folder, day))):
        ids = decided.filter(pl.col("id").str.starts_with(kind))["id"].head(number)
        chosen = table.filter(pl.col("asset").is_in(ids.implode())).sort("asset")
        whole = chosen.select("asset", pl.exclude("asset").cast(pl.Int64).fill_null(0)).collect()
        for row in whole.iter_rows(named=True):
            id = row.pop("asset")
            found.append((id, row, failed[id]))
    return found


def _of_sites(folder: Path, day: date) -> pl.LazyFrame:
    def scan(kind: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"{kind}.parquet")

    def age(column: str) -> pl.Expr:
        return (pl.lit(day) - pl.col(column)).dt.total_days()

    down = pl.col("outcome").is_in(["timeout", "dns_error", "refused", "reset", "tls_error", "http_error"]) | (
        pl.col("seconds") >= 15
    )
    two_weeks = day - timedelta(days=13)
    tables = [
        scan("home").select("asset", home_age=age("newest"), nav_only=pl.col("nav_only")),
        scan("probe").group_by("asset").agg(down=down.sum().cast(pl.Int64) * 20 - pl.len().cast(pl.Int64)),
        scan("column").group_by("asset").agg(
            late=((pl.col("items") >= 1) & (pl.col("class") == "动态要闻") & (pl.col("newest") < two_weeks)).sum()
            + ((pl.col("items") >= 1) & pl.col("class").is_in(["通知公告", "政策文件"]) & (pl.col("level") == 1) & (pl.col("newest") < months_before(day, 6))).sum(),
            long=((pl.col("items") >= 1) & pl.col("should_update") & (pl.col("newest") < months_before(day, 12))).sum(),
            blank=(pl.col("items") < 1).sum(), fresh=(pl.col("newest") >= two_weeks).sum(),
        ),
        scan("channel").group_by("asset").agg(channels=(pl.col("works") & ~pl.col("kind").is_in(["网上信访", "纪检举报"])).sum()),
        scan("message").group_by("asset").agg(
            unanswered=(
                pl.col("valid") & (pl.col("submitted") >= months_before(day, 12))
                & (pl.min_horizontal(pl.col("replied").fill_null(day), pl.lit(day)) > pl.col("submitted").dt.offset_by("3mo"))
            ).sum()
        ),
        scan("guide").group_by("asset").agg(
            guides=(pl.col("state") == "known").sum(), poor=(pl.col("missing").list.len() >= 4).sum(),
            fair=(pl.col("missing").list.len() < 4).sum(),
        ),
        scan("registration").select("asset", outward=pl.col("outward_service")),
    ]  # fmt: skip
    return _joined(tables)


def _of_accounts(folder: Path, day: date) -> pl.LazyFrame:
    age = (pl.lit(day) - pl.col("newest")).dt.total_days()
    survey = pl.scan_parquet(folder / "survey.parquet").filter(pl.col("part") == "购买粉丝强制点赞")
    return _joined([
        pl.scan_parquet(folder / "feed.parquet").select("asset", age=age),
        pl.scan_parquet(folder / "channel.parquet").group_by("asset").agg(works=pl.col("works").sum()),
        survey.select("asset", faked=pl.col("answer") == "problem"),
    ])  # fmt: skip


def _joined(tables: list[pl.LazyFrame]) -> pl.LazyFrame:
    frame = tables[0]
    for table in tables[1:]:
        frame = frame.join(table, on="asset", how="left")
    return frame


def by_durable_rules(assets: Iterable[tuple[str, Measures, frozenset[str]]]) -> dict[str, frozenset[str]]:
    """The vetoes that fire: one session for each asset, deleted after; a rule that always fires keeps it safe."""
    import durable_rules_engine as engine

    def condition(alternative: tuple[tuple[str, str, int], ...]) -> dict[str, object]:
        return {"$and": [{"$gte" if r == ">=" else "$lte": {name: number}} for name, r, number in alternative]}

    rules = {
        f"{veto}/{n}": {"all": [{"m": condition(alternative)}]}
        for veto, alternatives in CONDITIONS.items()
        for n, alternative in enumerate(alternatives)
    }
    rules["$end"] = {"all": [{"m": {"mark": "$end"}}]}
    handle = engine.create_ruleset("vetoes", json.dumps(rules))
    found = {}
    for id, measured, _ in assets:
        facts = [{"id": "1", "sid": "0", "mark": "$fact", **measured}, {"id": "2", "sid": "0", "mark": "$end"}]
        try:
            _, state = engine.assert_facts(handle, json.dumps(facts))
            fired = set()
            first = engine.start_action_for_state(handle, state)
            action = first[1] if first else None
            while action:
                ((rule, _),) = json.loads(action).items()
                fired.add(rule.split("/")[0])
                action = engine.complete_and_start_action(handle, state)
        finally:
            engine.delete_state(handle, "0")
        found[id] = frozenset(fired - {"$end"})
    engine.delete_ruleset(handle)
    return found


def by_zen_engine(assets: Iterable[tuple[str, Measures, frozenset[str]]]) -> dict[str, frozenset[str]]:
    """The vetoes that hold, by a decision of one expression a veto; one document for sites, one for accounts."""
    import zen

    decisions = {kind: zen.ZenEngine().create_decision(_decision(kind)) for kind in ("site", "account")}
    found = {}
    for id, measured, _ in assets:
        kind = "site" if id.startswith("s") else "account"
        result = decisions[kind].evaluate(dict(measured))["result"]
        found[id] = frozenset(f"{kind}.{name.replace('_', '-')}" for name, fails in result.items() if fails)
    return found


def _decision(kind: str) -> str:
    def written(alternatives: tuple[tuple[tuple[str, str, int], ...], ...]) -> str:
        return " or ".join("(" + " and ".join(f"{n} {r} {x}" for n, r, x in a) + ")" for a in alternatives)

    vetoes = {v.split(".")[1].replace("-", "_"): written(c) for v, c in CONDITIONS.items() if v.startswith(kind)}
    expressions = [{"id": name, "key": name, "value": value} for name, value in vetoes.items()]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {"id": "vetoes", "name": "vetoes", "type": "expressionNode", "position": {"x": 1, "y": 0}, "content": {"expressions": expressions}},
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]  # fmt: skip
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "vetoes", "type": "edge"},
        {"id": "2", "sourceId": "vetoes", "targetId": "out", "type": "edge"},
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})
