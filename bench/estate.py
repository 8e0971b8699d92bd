"""A national estate of facts, the same on every machine: websites and accounts with the unevenness of the real ones.

Most sites are small and some very large, most columns are fresh and some long dead, failures come in clusters, some
looks were blocked. Written straight into typed tables, one Parquet file for each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from hege.engine.dates import SHANGHAI
from hege.engine.facts import Facts, asset_table, facts, filled, store
from hege.engine.vocabulary import Vocabulary

DAY = date(2024, 2, 25)
SIZES = {"S": (140, 1_000), "M": (1_400, 10_000), "L": (14_000, 100_000)}  # one city, one province, the country
LINKS, PROBES_A_DAY, DAYS = 200, 20, 7
COLUMNS = ((60, 40), (85, 100), (97, 250), (100, 600))  # up to this percentile, so many columns: 97 on average


@dataclass(frozen=True, slots=True)
class Draw:
    """Numbers that look random and are not: a mix (splitmix64) of a row's own number and a seed."""

    row: pl.Expr

    def of(self, seed: int, below: int) -> pl.Expr:
        """A whole number from 0 on, each as often as the next."""
        z = self.row.cast(pl.UInt64) * 0x9E3779B97F4A7C15 + pl.lit(
            seed * 0xD1B54A32D192ED03 % (1 << 64), dtype=pl.UInt64
        )
        z = (z ^ (z // (1 << 30))) * 0xBF58476D1CE4E5B9
        z = (z ^ (z // (1 << 27))) * 0x94D049BB133111EB
        return ((z ^ (z // (1 << 31))) % below).cast(pl.Int64)

    def word(self, seed: int, words: Sequence[tuple[int, str | None]]) -> pl.Expr:
        """A word by percentile: up to which, and the word."""
        number, chosen = self.of(seed, 10_000), pl.lit(words[-1][1], dtype=pl.String)
        for upto, word in reversed(words[:-1]):
            chosen = pl.when(number < upto * 100).then(pl.lit(word, dtype=pl.String)).otherwise(chosen)
        return chosen

    def days_ago(self, seed: int, spans: Sequence[tuple[int, int]]) -> pl.Expr:
        """A date: up to which percentile, within so many days before the monitoring day."""
        number, ago = self.of(seed, 10_000), self.of(seed + 1, 1 << 20) % spans[-1][1]
        for upto, days in reversed(spans[:-1]):
            ago = pl.when(number < upto * 100).then(self.of(seed + 1, 1 << 20) % days).otherwise(ago)
        return (pl.lit(DAY) - pl.duration(days=ago + 1)).cast(pl.Date)


def estate(size: str, vocabulary: Vocabulary) -> Facts:
    """The facts of a size, in normal form."""
    sites, accounts = SIZES[size]
    made = {name: _typed(vocabulary, name, rows) for name, rows in _tables(sites, accounts).items()}
    return facts(_assets(sites, accounts), made, vocabulary)


def written(folder: Path, size: str, vocabulary: Vocabulary) -> Path:
    """The estate as Parquet files in a folder, written once."""
    into = folder / size
    if not (into / "assets.parquet").exists():
        store(estate(size, vocabulary), into)
    return into


def _assets(sites: int, accounts: int) -> pl.DataFrame:
    row = pl.int_range(sites + accounts)
    site = row < sites
    number = pl.when(site).then(row).otherwise(row - sites).cast(pl.String).str.zfill(6)
    draw = Draw(row)
    return pl.select(
        id=pl.when(site).then(pl.lit("s") + number).otherwise(pl.lit("a") + number),
        kind=pl.when(site).then(pl.lit("site")).otherwise(pl.lit("account")),
        name=pl.lit("名称") + number,
        platform=pl.when(site).then(pl.lit("")).otherwise(draw.word(1, [(60, "微信"), (85, "微博"), (97, "抖音"), (100, "头条")])),
        owner=pl.lit("单位") + (row % 5000).cast(pl.String),
        district=pl.lit("区县") + (row % 340).cast(pl.String).str.zfill(3),
        category=draw.word(2, [(20, "政府门户网站"), (100, "部门网站")]),
        parent=pl.lit(""), url=pl.lit(""), synthetic=pl.lit(True),
    ).select(asset_table(()).columns).sort("id")  # fmt: skip


def _tables(sites: int, accounts: int) -> dict[str, pl.DataFrame]:
    """The kinds with their fields: one row a fact, `asset` first."""
    site = pl.DataFrame({"n": pl.int_range(sites, eager=True)}).with_columns(
        asset=pl.lit("s") + pl.col("n").cast(pl.String).str.zfill(6)
    )
    account = pl.DataFrame({"n": pl.int_range(accounts, eager=True)}).with_columns(
        asset=pl.lit("a") + pl.col("n").cast(pl.String).str.zfill(6)
    )
    both = pl.concat([site.with_columns(pl.col("n") + accounts), account])
    size = Draw(pl.col("n")).of(3, 100)
    columns = pl.lit(COLUMNS[-1][1])
    for upto, many in reversed(COLUMNS[:-1]):
        columns = pl.when(size < upto).then(pl.lit(many)).otherwise(columns)

    def several(of: pl.DataFrame, many: pl.Expr, part: str) -> pl.DataFrame:
        """So many rows of each asset: `k` counts them, `row` all of them."""
        rows = of.with_columns(k=pl.int_ranges(0, many)).explode("k").drop_nulls("k").with_row_index("row")
        return rows.with_columns(part=pl.lit(part) + pl.col("k").cast(pl.String).str.zfill(3))

    draw, own = Draw(pl.col("row")), Draw(pl.col("n"))
    seen = _at(days=-1, hour=9)
    fresh = [(93, 13), (97, 90), (100, 500)]
    neglected = own.of(5, 100) < 8  # a site that lets its columns go
    bad = own.of(6, 1000) < 12  # a site that cannot be reached time and again
    column = several(site, columns, "栏目").select(
        "asset", "part", observed_at=seen, state=draw.word(11, [(98, "known"), (99, "blocked"), (100, "error")]),
        name=pl.col("part"), **{"class": draw.word(12, [(25, "动态要闻"), (33, "通知公告"), (41, "政策文件"), (45, "规划计划"), (50, "年度报表"), (100, "业务工作")])},
        level=draw.of(13, 3) + 1, on_home=draw.of(14, 4) == 0,
        newest=pl.when(neglected).then(draw.days_ago(15, [(50, 13), (100, 600)])).otherwise(draw.days_ago(17, [(98, 13), (100, 500)])),
        items=pl.when(draw.of(19, 1000) < 4).then(0).otherwise(draw.of(20, 500) + 1),
        opens=draw.of(21, 200) != 0, should_update=draw.of(22, 3) == 0,
    )  # fmt: skip
    probe = several(site, pl.lit(PROBES_A_DAY * DAYS), "次").select(
        "asset", part=pl.lit("北京"),
        observed_at=_at(days=-DAYS + 1) + pl.duration(minutes=pl.col("k") * (24 * 60 // PROBES_A_DAY)), state=pl.lit("known"),
        outcome=pl.when(bad).then(draw.word(31, [(88, "ok"), (95, "timeout"), (100, "refused")]))
        .otherwise(draw.word(31, [(99, "ok"), (100, "timeout")])),
        seconds=draw.of(33, 900).cast(pl.Float64) / 100 + pl.when(draw.of(34, 1000) < 3).then(9.0).otherwise(0.0),
    )  # fmt: skip
    link = several(site, pl.lit(2) * columns, "链接").select(
        "asset", "part", observed_at=seen, state=pl.lit("known"),
        outcome=draw.word(41, [(98, "ok"), (99, "dead"), (100, "blocked")]), scope=draw.word(42, [(20, "home"), (100, "other")]),
        external=draw.of(43, 5) == 0,
    )  # fmt: skip
    submitted = draw.days_ago(52, [(30, 90), (100, 500)])
    message = several(site, own.of(51, 20), "留言").select(
        "asset", "part", observed_at=seen, state=pl.lit("known"), submitted=submitted,
        replied=pl.when(draw.of(54, 300) != 0).then(pl.min_horizontal(submitted + pl.duration(days=draw.of(55, 30)), pl.lit(DAY) - pl.duration(days=1))), valid=draw.of(56, 10) != 0,
    )  # fmt: skip
    guide = several(site, own.of(61, 20), "事项").select(
        "asset", "part", observed_at=seen, state=draw.word(62, [(99, "known"), (100, "blocked")]),
        missing=pl.when(draw.of(63, 40) == 0).then(pl.lit(["设定依据", "申请条件", "办理材料", "办理地点"]))
        .when(draw.of(63, 40) < 8).then(pl.lit(["联系电话"])).otherwise(pl.lit([], dtype=pl.List(pl.String))),
    )  # fmt: skip
    return {
        "column": column, "probe": probe, "link": link, "message": message, "guide": guide,
        "registration": both.select("asset", part=pl.lit(""), observed_at=seen, state=pl.lit("known"), name=pl.lit("名称") + pl.col("asset").str.slice(1),
                                    outward_service=own.word(71, [(60, "1"), (98, "0"), (100, None)]) == "1"),
        "home": site.select("asset", part=pl.lit(""), observed_at=seen, state=own.word(81, [(98, "known"), (99, "blocked"), (100, "error")]),
                            newest=own.days_ago(82, fresh), items=own.of(84, 90), nav_only=own.of(85, 50) == 0),
        "channel": both.select("asset", part=pl.lit("互动"), observed_at=seen, state=own.word(91, [(99, "known"), (100, "blocked")]),
                               kind=own.word(92, [(5, "网上信访"), (100, "咨询投诉")]), works=own.of(93, 200) != 0),
        "survey": pl.concat([_survey(both, "安全泄密事故等严重问题", 95), _survey(account, "购买粉丝强制点赞", 97)]),
        "wording": both.filter(own.of(101, 400) == 0).select(
            "asset", part=pl.lit("1"), observed_at=seen, state=pl.lit("known"),
            severity=own.word(102, [(20, "severe"), (100, "general")]), text=pl.lit("错误表述"), confirmed=own.of(103, 4) != 0),
        "feed": account.select("asset", part=pl.lit(""), observed_at=seen, state=own.word(111, [(98, "known"), (99, "blocked"), (100, "error")]),
                               newest=own.days_ago(112, fresh), newest_original=own.days_ago(112, fresh)),
        "profile": account.select("asset", part=pl.lit(""), observed_at=seen, state=own.word(121, [(99, "known"), (100, "blocked")]),
                                  found=own.of(122, 300) != 0,
                                  name=pl.when(own.of(123, 200) != 0).then(pl.lit("名称") + pl.col("asset").str.slice(1)).otherwise(pl.lit("新名称"))),
    }  # fmt: skip


def _survey(of: pl.DataFrame, item: str, seed: int) -> pl.DataFrame:
    own = Draw(pl.col("n"))
    return of.select("asset", part=pl.lit(item), observed_at=_at(days=-1, hour=9), state=own.word(seed, [(99, "known"), (100, "unknown")]),
                     answer=own.word(seed + 1, [(100, "ok")]))  # fmt: skip


def _at(days: int, hour: int = 0) -> pl.Expr:
    moment = datetime(DAY.year, DAY.month, DAY.day, hour, tzinfo=SHANGHAI) + timedelta(days=days)
    return pl.lit(moment, dtype=pl.Datetime("us", "Asia/Shanghai"))


def _typed(vocabulary: Vocabulary, name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in the kind's types; what could not be seen has no values."""
    kind = vocabulary.kinds[name]
    schema = kind.schema()
    own = [f.name for f in kind.fields if f.name in rows.columns]
    rows = rows.with_columns(pl.when(pl.col("state") == "known").then(pl.col(c)).alias(c) for c in own)
    return filled(kind, rows.with_columns(pl.col(c).cast(schema[c]) for c in rows.columns), {})
