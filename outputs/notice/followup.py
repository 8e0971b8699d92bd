"""What became of what was to be rectified: the facts of kind `rectification`, each returned in time or not, as of a day.

What nobody has looked at since is unknown: "not yet returned" of last week does not speak for today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

import polars as pl

from hege.engine.dates import SHANGHAI
from hege.engine.facts import Facts
from hege.engine.text import Language, Text
from hege.outputs.characters import one_line
from hege.outputs.tables import to_csv
from hege.outputs.terminal import aligned


class Standing(Enum):
    """How an item stands on a day."""

    OVERDUE = "overdue"
    UNKNOWN = "unknown"
    LATE = "late"
    RUNNING = "running"
    IN_TIME = "in_time"


STANDING = {
    Standing.OVERDUE: Text(zh="逾期未反馈", en="overdue"),
    Standing.UNKNOWN: Text(zh="待核", en="unknown"),
    Standing.LATE: Text(zh="逾期反馈", en="returned late"),
    Standing.RUNNING: Text(zh="未到期", en="not yet due"),
    Standing.IN_TIME: Text(zh="按期反馈", en="returned in time"),
}
HEADER = ("编号", "名称", "责任单位", "辖区", "整改事项", "整改期限", "反馈日期", "情况", "说明")


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """One item and how it stands; `why` says what is not known."""

    asset: str
    name: str
    owner: str
    district: str
    subject: str
    due: date | None
    returned: date | None
    standing: Standing
    why: Text


_NOTHING = Text(zh="", en="")


def followed(facts: Facts, day: date) -> tuple[Followed, ...]:
    """Every item known on the day, the newest observation of each, overdue ones first."""
    seen = facts.tables["rectification"].filter(pl.col("observed_at").dt.date() <= day)
    newest = seen.sort("observed_at").unique(["asset", "part"], keep="last", maintain_order=True)
    rows = newest.join(facts.assets, left_on="asset", right_on="id", how="left").sort("asset", "part")
    found = [_followed(row, day) for row in rows.iter_rows(named=True)]
    order = list(Standing)
    return tuple(sorted(found, key=lambda item: order.index(item.standing)))


def _followed(row: dict[str, object], day: date) -> Followed:
    due, returned = row["due"], row["returned"]
    assert due is None or isinstance(due, date)
    assert returned is None or isinstance(returned, date)
    standing, why = _standing(row, due, returned, day)
    return Followed(
        asset=str(row["asset"]), name=str(row["name"]), owner=str(row["owner"]), district=str(row["district"]),
        subject=str(row["subject"] or row["part"]), due=due, returned=returned, standing=standing, why=why,
    )  # fmt: skip


def _standing(row: dict[str, object], due: date | None, returned: date | None, day: date) -> tuple[Standing, Text]:
    looked = row["observed_at"].astimezone(SHANGHAI).date()  # type: ignore[attr-defined]
    if row["state"] != "known":
        return Standing.UNKNOWN, Text(zh=f"未能查看（{row['reason']}）", en=f"could not be seen ({row['reason']})")
    if due is None:
        return Standing.UNKNOWN, Text(zh="没有整改期限", en="no deadline is known")
    if returned is not None:
        return (Standing.IN_TIME if returned <= due else Standing.LATE), _NOTHING
    if day <= due:
        return Standing.RUNNING, _NOTHING
    if looked <= due or looked < day:
        return Standing.UNKNOWN, Text(
            zh=f"最近一次查看在{looked}，不能说明此后的情况", en=f"last looked at on {looked}"
        )
    return Standing.OVERDUE, _NOTHING


def to_text(found: Sequence[Followed], day: date, language: Language) -> str:
    """How many stand how, then each that is not settled."""
    head = Text(zh=f"整改跟踪（截至{day}）：共{len(found)}项", en=f"Rectification as of {day}: {len(found)} items")
    by_standing = {s: [f for f in found if f.standing is s] for s in Standing}
    counts = "    ".join(f"{STANDING[s].shown(language)} {len(items)}" for s, items in by_standing.items())
    lines = [head.shown(language), f"    {counts}"]
    for standing, items in by_standing.items():
        if items and standing is not Standing.IN_TIME:
            lines += ["", f"  {STANDING[standing].shown(language)} {len(items)}"]
            lines += [f"    {line}" for line in aligned([*_shown(items, language)], to_right=(0,))]
    return "\n".join(lines) + "\n"


def _shown(items: Iterable[Followed], language: Language) -> Iterator[tuple[str, ...]]:
    for number, item in enumerate(items, 1):
        due = Text(zh=f"期限{item.due or '—'}", en=f"due {item.due or '—'}").shown(language)
        back = Text(zh=f"反馈{item.returned}", en=f"returned {item.returned}").shown(language) if item.returned else ""
        told = (item.name or item.asset, item.owner or item.district, item.subject, due, back, item.why.shown(language))
        yield str(number), *map(one_line, told)


def as_csv(found: Iterable[Followed]) -> str:
    """One row an item, for spreadsheets."""
    rows = (
        (
            f.asset, f.name, f.owner, f.district, f.subject, f.due.isoformat() if f.due else "",
            f.returned.isoformat() if f.returned else "", STANDING[f.standing].zh, f.why.zh,
        )
        for f in found
    )  # fmt: skip
    return to_csv(HEADER, rows)
