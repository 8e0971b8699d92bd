"""What the commands on a ledger take alike: which ledger, who, when, as known at what time."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hege.engine.text import Text
from hege.service.bilingual import option, refused

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hege.engine.facts import Facts
    from hege.engine.ledger.store import Ledger

ledger_option = option(
    "--ledger",
    envvar="HEGE_LEDGER",
    metavar="LEDGER",
    about=Text(
        zh="台账：文件路径，或postgresql://…；不写时按HEGE_LEDGER。",
        en="The ledger: a file, or postgresql://...; else HEGE_LEDGER.",
    ),
)
into_ledger_option = option(
    "--ledger",
    is_flag=False,
    flag_value="",
    metavar="[LEDGER]",
    about=Text(
        zh="事实同时记入台账。写在CASE之后；不写台账时按HEGE_LEDGER。",
        en="Record the facts in a ledger too. Put it after CASE; without a value HEGE_LEDGER.",
    ),
)
by_option = option(
    "--by",
    envvar="HEGE_BY",
    metavar="NAME",
    about=Text(zh="由谁记录；不写时按HEGE_BY，再按登录名。", en="Who records it; else HEGE_BY, else the login name."),
)
register_option = option(
    "--register",
    metavar="NAME",
    about=Text(
        zh="名册，即同一批资产的台账分册；不写时为案例的地区，或仅有的一个。",
        en="The register, a set of assets kept together; else the case's jurisdiction, or the only one there is.",
    ),
)


class KnownAt(click.ParamType["int | datetime"]):
    """A size of the ledger, a day (its end) or a moment."""

    name = "known_at"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | datetime:  # fmt: skip
        """The number or the moment; anything else is refused."""
        if isinstance(value, int | datetime):
            return value
        from hege.engine.dates import SHANGHAI

        try:
            if re.fullmatch(r"\d+", value, re.ASCII):
                return int(value)
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                after = date.fromisoformat(value) + timedelta(days=1)
                return datetime(after.year, after.month, after.day, tzinfo=SHANGHAI) - timedelta(microseconds=1)
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise refused(
                Text(
                    zh=f"“{value}”不是批次数、日期或时间，应写成12、2024-02-23或2024-02-23T10:00",
                    en=f"“{value}” is no number of batches, day or time; write 12, 2024-02-23 or 2024-02-23T10:00",
                ),
                param,
                ctx,
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


known_at_option = option(
    "--known-at",
    type=KnownAt(),
    metavar="WHEN",
    about=Text(
        zh="只用当时已知的事实：日期（到当日末）、时间或批次数。",
        en="Only what was known then: a day (its end), a time, or a number of batches.",
    ),
)


@contextmanager
def opened(given: str | None) -> Iterator[Ledger]:
    """The ledger that was named."""
    from hege.engine.ledger.store import Ledger

    ledger = Ledger.open(named(given))
    try:
        yield ledger
    finally:
        ledger.close()


def named(given: str | None) -> str:
    """The name of the ledger; refused when there is none."""
    if given:
        return given
    from hege.engine.ledger.database import refusal

    raise refusal("--ledger", "no-ledger", "没有指明台账", "no ledger is named",
                  Text(zh="用--ledger或HEGE_LEDGER指明", en="name it with --ledger or HEGE_LEDGER"))  # fmt: skip


def who(given: str | None) -> str:
    """Who records: as given, else the login name."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def now() -> datetime:
    """The clock, read here and nowhere below."""
    from hege.engine.dates import SHANGHAI

    return datetime.now(SHANGHAI)


def size_for(connection: Connection, ledger: Ledger, known_at: int | datetime | None) -> int:
    """The size of the ledger that `--known-at` asks for; all of it when it does not."""
    from hege.engine.ledger.database import refusal
    from hege.engine.ledger.store import size_at, size_of

    size = size_of(connection)
    if known_at is None:
        return size
    if isinstance(known_at, datetime):
        return size_at(connection, known_at)
    if known_at > size:
        raise refusal(ledger.where, "no-such-size", f"台账只有{size}批", f"the ledger has {size} batches only")
    return known_at


def register_for(connection: Connection, ledger: Ledger, given: str | None) -> str:
    """The register that was named, else the only one there is."""
    from hege.engine.ledger.database import refusal
    from hege.engine.ledger.reading import registers

    known = registers(connection)
    if given is None and len(known) == 1:
        return known[0]
    if given in known and given is not None:
        return given
    listed = Text(zh=f"现有：{'、'.join(known) or '无'}", en=f"it has: {', '.join(known) or 'none'}")
    if given is None:
        raise refusal(
            ledger.where, "which-register", "请用--register指明名册", "name the register with --register", listed
        )
    raise refusal(
        ledger.where, "no-register", f"台账里没有名册“{given}”", f"the ledger has no register “{given}”", listed
    )


def with_short_sources(facts: Facts, folder: Path) -> Facts:
    """The facts with their sources named from the case folder on: where it lay on this machine is nobody's business."""
    import dataclasses

    import polars as pl

    above = str(folder.absolute().parent) + "/"
    given = str(folder.parent) + "/" if str(folder.parent) != "." else ""
    short = pl.col("source").str.strip_prefix(above).str.strip_prefix(given)
    return dataclasses.replace(facts, tables={k: t.with_columns(short) for k, t in facts.tables.items()})


def digest_of(file: str | None) -> tuple[str, str]:
    """SHA-256 (hex) and name of a file that is attached; empty for none."""
    import hashlib

    from hege.engine.ledger.database import refusal

    if not file:
        return "", ""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest(), Path(file).name
    except OSError as error:
        raise refusal(file, "unreadable", f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from error
