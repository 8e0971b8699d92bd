"""The same eight vetoes written by hand, in Polars and in DuckDB, as fast as their author could.

They know no other indicator, no version, no waiver, no overlay and no explanation, and rely on what is true of this estate
alone: a fact is known with all its fields or not known with none, and nobody looked longer ago than a week. What they share
with hege is the answer: three-valued, counts decided by bounds.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from hege.engine.dates import months_before

VETOES = (
    "site.unreachable", "site.home-stale", "site.columns-stale", "site.no-reply", "site.services-useless",
    "account.stale", "account.no-interaction", "account.faked",
)  # fmt: skip
DOWN = ("timeout", "dns_error", "refused", "reset", "tls_error", "http_error")
OTHERS = ("网上信访", "纪检举报")


# ---- Polars --------------------------------------------------------------------------------------------------------


def by_polars(folder: Path, day: date) -> pl.DataFrame:
    """One row an asset: id, then the outcome of each veto, null where it is not about such an asset."""
    two_weeks, half, year = day - timedelta(days=13), months_before(day, 6), months_before(day, 12)
    today = (day - date(1970, 1, 1)).days
    end = (today + 1) * 86_400_000_000 - 28_800_000_000
    seen = (pl.col("observed_at").to_physical() + 28_800_000_000) // 86_400_000_000
    known = pl.col("state") == "known"

    def scan(kind: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"{kind}.parquet").filter(pl.col("observed_at").to_physical() < end)

    def counted(kind: str, **masks: pl.Expr) -> pl.LazyFrame:
        sums = [mask.sum().cast(pl.Int64).alias(name) for name, mask in masks.items()]
        return scan(kind).group_by("asset").agg(sums)

    def one(kind: str, **columns: pl.Expr) -> pl.LazyFrame:
        return scan(kind).select("asset", **{name: pl.when(known).then(c) for name, c in columns.items()})

    visit = pl.col("outcome") != "probe_fault"
    probes = counted(
        "probe",
        visits=visit & seen.is_between(today - 6, today),
        failed=visit & seen.is_between(today - 6, today) & (pl.col("outcome").is_in(DOWN) | (pl.col("seconds") >= 15)),
        **{f"day{n}": visit & (seen == today - n) for n in range(7)},
    )
    filled = pl.col("items") >= 1  # a blank column is counted as such, and not as out of date too
    columns = counted(
        "column",
        late=filled & (pl.col("class") == "动态要闻") & (pl.col("newest") < two_weeks),
        notices=filled
        & pl.col("class").is_in(["通知公告", "政策文件"])
        & (pl.col("level") == 1)
        & (pl.col("newest") < half),
        long=filled & pl.col("should_update") & (pl.col("newest") < year),
        blank=pl.col("items") < 1,
        fresh=pl.col("newest") >= two_weeks,
        columns_open=~known,
    )
    waiting = pl.coalesce(pl.min_horizontal("replied", pl.lit(day)), pl.lit(day))
    messages = counted(
        "message",
        unanswered=pl.col("valid")
        & pl.col("submitted").is_between(year, day)
        & (waiting > pl.col("submitted").dt.offset_by("3mo")),
    )
    guides = counted(
        "guide",
        guides=known,
        poor=pl.col("missing").list.len() >= 4,
        fair=pl.col("missing").list.len() < 4,
        guides_open=~known,
    )
    channels = counted(
        "channel", channels=pl.col("works") & ~pl.col("kind").is_in(OTHERS), works=pl.col("works"), channels_open=~known
    )
    home = one("home", newest=pl.col("newest"), nav_only=pl.col("nav_only"))
    service = one("registration", outward_service=pl.col("outward_service"))
    survey = (
        scan("survey")
        .filter(pl.col("part") == "购买粉丝强制点赞")
        .select("asset", problem=pl.when(known).then(pl.col("answer") == "problem"))
    )
    feed = one("feed", newest=pl.col("newest"))

    def reaches(number: int, low: str | pl.Expr, maybe: str | pl.Expr) -> pl.Expr:
        low = pl.col(low) if isinstance(low, str) else low
        maybe = pl.col(maybe) if isinstance(maybe, str) else maybe
        return pl.when(low >= number).then(True).when(low + maybe < number).then(False)

    def outcome(holds: pl.Expr) -> pl.Expr:
        return (
            pl.when(holds.is_null()).then(pl.lit("unknown")).when(holds).then(pl.lit("fail")).otherwise(pl.lit("pass"))
        )

    enough = pl.all_horizontal([pl.col(f"day{n}") >= 20 for n in range(7)])
    useless = outcome(
        ~reaches(1, "guides", "guides_open")
        | reaches(5, "poor", "guides_open")
        | (~reaches(5, "guides", "guides_open") & ~reaches(1, "fair", "guides_open"))
    )
    of_sites = {
        "site.unreachable": outcome(pl.when(enough & (pl.col("visits") > 0)).then(pl.col("failed") * 20 >= pl.col("visits"))),
        "site.home-stale": outcome((pl.col("newest") < two_weeks) & (~pl.col("nav_only") | ~reaches(1, "fresh", "columns_open"))),
        "site.columns-stale": outcome(
            reaches(5, pl.col("late") + pl.col("notices"), "columns_open")
            | reaches(10, "long", "columns_open") | reaches(5, "blank", "columns_open")
        ),
        "site.no-reply": outcome(~reaches(1, "channels", "channels_open") | (pl.col("unanswered").fill_null(0) > 0)),
        "site.services-useless": pl.when(pl.col("outward_service").is_null())
        .then(pl.when(useless == "pass").then(useless).otherwise(pl.lit("unknown")))
        .when("outward_service").then(useless).otherwise(pl.lit("not_applicable")),
    }  # fmt: skip
    of_accounts = {
        "account.stale": outcome(pl.col("newest") < two_weeks),
        "account.no-interaction": outcome(~reaches(1, "works", "channels_open")),
        "account.faked": outcome(pl.col("problem")),
    }
    assets = pl.scan_parquet(folder / "assets.parquet").select(pl.col("id").alias("asset"), "kind")

    def answered(kind: str, tables: list[pl.LazyFrame], answers: dict[str, pl.Expr]) -> pl.LazyFrame:
        frame = assets.filter(pl.col("kind") == kind)
        for table in tables:
            frame = frame.join(table, on="asset", how="left")
        return frame.select(pl.col("asset").alias("id"), *[a.alias(n) for n, a in answers.items()])

    done = pl.collect_all([
        answered("site", [probes, columns, messages, guides, channels, home, service], of_sites),
        answered("account", [channels, feed, survey], of_accounts),
    ])  # fmt: skip
    return pl.concat(done, how="diagonal").select("id", *VETOES).sort("id")


# ---- DuckDB --------------------------------------------------------------------------------------------------------

_SQL = """
with probes as (
  select asset, count(*) filter (visit and d between $today - 6 and $today) visits,
    count(*) filter (visit and d between $today - 6 and $today and (outcome in {down} or seconds >= 15)) failed,
    least({days}) fewest
  from (select asset, outcome, seconds, outcome <> 'probe_fault' visit, (epoch_us(observed_at) + 28800000000) // 86400000000 d
        from '{folder}/probe.parquet' where epoch_us(observed_at) < $last)
  group by asset),
columns as (
  select asset, count(*) filter (items >= 1 and class = '动态要闻' and newest < $two_weeks)
      + count(*) filter (items >= 1 and class in ('通知公告', '政策文件') and level = 1 and newest < $half) late,
    count(*) filter (items >= 1 and should_update and newest < $year) long, count(*) filter (items < 1) blank,
    count(*) filter (newest >= $two_weeks) fresh, count(*) filter (state <> 'known') open
  from '{folder}/column.parquet' where epoch_us(observed_at) < $last group by asset),
messages as (
  select asset, count(*) filter (valid and submitted between $year and $day
    and coalesce(least(replied, $day), $day) > submitted + interval 3 month) unanswered
  from '{folder}/message.parquet' where epoch_us(observed_at) < $last group by asset),
guides as (
  select asset, count(*) filter (state = 'known') guides, count(*) filter (len(missing) >= 4) poor,
    count(*) filter (len(missing) < 4) fair, count(*) filter (state <> 'known') open
  from '{folder}/guide.parquet' where epoch_us(observed_at) < $last group by asset),
channels as (
  select asset, count(*) filter (works and kind not in {others}) channels, count(*) filter (works) works,
    count(*) filter (state <> 'known') open
  from '{folder}/channel.parquet' where epoch_us(observed_at) < $last group by asset),
sites as (
  select id,
    case when fewest >= 20 and visits > 0 then failed * 20 >= visits end unreachable,
    home.newest < $two_weeks and (not nav_only or not {fresh}) home_stale,
    {late} or {long} or {blank} columns_stale,
    not {channels} or coalesce(unanswered, 0) > 0 no_reply,
    not {guides} or {poor} or (not {five_guides} and not {fair}) useless,
    outward_service
  from '{folder}/assets.parquet' assets left join probes on probes.asset = id left join columns c on c.asset = id
  left join messages on messages.asset = id left join guides g on g.asset = id left join channels h on h.asset = id
  left join '{folder}/home.parquet' home on home.asset = id left join '{folder}/registration.parquet' r on r.asset = id
  where assets.kind = 'site'),
accounts as (
  select id, feed.newest < $two_weeks stale, not {works} no_interaction, answer = 'problem' faked
  from '{folder}/assets.parquet' assets left join channels h on h.asset = id left join '{folder}/feed.parquet' feed on feed.asset = id
  left join (select * from '{folder}/survey.parquet' where part = '购买粉丝强制点赞') s on s.asset = id
  where assets.kind = 'account')
select id, {unreachable} "site.unreachable", {home_stale} "site.home-stale", {columns_stale} "site.columns-stale", {no_reply} "site.no-reply",
  case when outward_service is null then (case when useless is false then 'pass' else 'unknown' end)
    when outward_service then {useless} else 'not_applicable' end "site.services-useless",
  null "account.stale", null "account.no-interaction", null "account.faked"
from sites union all
select id, null, null, null, null, null, {stale}, {no_interaction}, {faked} from accounts order by id
"""


def by_duckdb(folder: Path, day: date) -> pl.DataFrame:
    """The same by DuckDB."""
    import duckdb

    def reaches(number: int, low: str, maybe: str) -> str:
        return f"(case when {low} >= {number} then true when {low} + {maybe} < {number} then false end)"

    def outcome(holds: str) -> str:
        return f"case when {holds} is null then 'unknown' when {holds} then 'fail' else 'pass' end"

    holds = ("unreachable", "home_stale", "columns_stale", "no_reply", "useless", "stale", "no_interaction", "faked")
    sql = _SQL.format(
        folder=folder, down=DOWN, others=OTHERS,
        days=", ".join(f"count(*) filter (visit and d = $today - {n})" for n in range(7)),
        late=reaches(5, "late", "c.open"), long=reaches(10, "long", "c.open"), blank=reaches(5, "blank", "c.open"),
        fresh=reaches(1, "fresh", "c.open"), channels=reaches(1, "channels", "h.open"), works=reaches(1, "works", "h.open"),
        guides=reaches(1, "guides", "g.open"), five_guides=reaches(5, "guides", "g.open"), poor=reaches(5, "poor", "g.open"),
        fair=reaches(1, "fair", "g.open"), **{name: outcome(name) for name in holds},
    )  # fmt: skip
    today = (day - date(1970, 1, 1)).days
    given = {
        "day": day, "today": today, "last": (today + 1) * 86_400_000_000 - 28_800_000_000,
        "two_weeks": day - timedelta(days=13), "half": months_before(day, 6), "year": months_before(day, 12),
    }  # fmt: skip
    with duckdb.connect() as connection:
        return pl.DataFrame(connection.sql(sql, params=given))
