"""What several commands take alike: a day, a pack, and the folder of either."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from hege.engine.text import Text
from hege.service.bilingual import argument, option, refused


class Day(click.ParamType[date]):
    """A day written as 2024-02-23."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; anything else is refused."""
        from hege.engine.dates import BETWEEN, is_meant

        if isinstance(value, date):
            return value
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                day = date.fromisoformat(value)
                if is_meant(day):
                    return day
                raise refused(Text(zh=f"{value}应{BETWEEN.zh}", en=f"{value} must be {BETWEEN.en}"), param, ctx)
        except ValueError:
            pass
        raise refused(
            Text(zh=f"“{value}”不是日期，应写成2024-02-23", en=f"“{value}” is no day; write it as 2024-02-23"),
            param,
            ctx,
        )


class Moment(click.ParamType[datetime]):
    """A moment written as 2024-02-23 or 2024-02-23T10:05, in Shanghai unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment; anything else is refused."""
        from hege.engine.dates import SHANGHAI

        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            said = Text(
                zh=f"“{value}”不是时间，应写成2024-02-23T10:05",
                en=f"“{value}” is no time; write it as 2024-02-23T10:05",
            )
            raise refused(said, param, ctx) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


as_of_option = option(
    "--as-of",
    type=Day(),
    metavar="DATE",
    about=Text(
        zh="监测时间点，如2024-02-23；代替案例中每个批次的日期。",
        en="Monitoring day such as 2024-02-23, in place of the days of every batch of the case.",
    ),
)
rules_option = option(
    "--rules",
    multiple=True,
    metavar="PACK",
    about=Text(
        zh="指标包编号或文件夹，代替案例所写的；可重复。",
        en="Pack id or folder, in place of the case's rules; may be repeated.",
    ),
)

packs_argument = argument(
    "pack",
    nargs=-1,
    about=Text(
        zh="指标包编号或文件夹；不写时为随hege发布的全部指标包。",
        en="Pack ids or folders; else all that come with hege.",
    ),
)


def packs(given: Iterable[str]) -> list[str | Path]:
    """Ids and folders told apart: the id of a shipped pack is that pack, else an existing folder is a folder."""
    from hege.engine.rulebook.library import pack_folders, shipped_rules

    shipped = pack_folders(shipped_rules())
    return [p if p in shipped or not Path(p).is_dir() else Path(p).resolve() for p in given]
