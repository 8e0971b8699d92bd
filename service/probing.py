"""`hege probe`: a week of availability probes, planned, run and seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hege.engine.text import Text
from hege.service.arguments import Moment
from hege.service.bilingual import Command, Group, chosen_language, language_option, option
from hege.service.collecting import EVIDENCE, JOURNAL, address, allow_option, case_argument, journal_of, known_of
from hege.service.delivering import Target, delivery
from hege.service.endings import DONE, say
from hege.service.evidence import opened
from hege.service.ledgers import by_option, into_ledger_option, register_option

if TYPE_CHECKING:
    from hege.collectors.fetching.addresses import Family, Network
    from hege.collectors.journal import Journal
    from hege.collectors.probing import Prober, Standing
    from hege.engine.errors import InputError

PURPOSE, LOCK = "probes", ".probing"
_NAP_SECONDS = 5.0
_WRITE_EVERY_SECONDS = 600.0  # so that an inspection in mid-week finds the facts so far


@click.group(
    "probe",
    cls=Group,
    about=Text(zh="站点可访问性监测：计划、执行、查看。", en="Availability of sites: plan, run and see probes."),
)
@language_option()
def probe_group() -> None:
    """The commands about probes."""


@probe_group.command(
    "plan",
    cls=Command,
    about=Text(
        zh="排定一周的监测时点并存入案例，之后用probe run执行。",
        en="Plan the slots of a week and store them in the case; probe run carries them out.",
    ),
)
@case_argument
@option(
    "--per-day",
    type=click.IntRange(min=20, max=1440),
    metavar="N",
    default=24,
    about=Text(zh="每天次数，至少20，默认24。", en="Times a day, 20 at least; 24 unless given."),
)
@option(
    "--days",
    type=click.IntRange(min=1, max=60),
    metavar="N",
    default=7,
    about=Text(zh="天数，默认7。", en="Days; 7 unless given."),
)
@option(
    "--from",
    "start",
    type=Moment(),
    metavar="TIME",
    about=Text(zh="开始时间，默认次日零时。", en="When to begin; the coming midnight unless given."),
)
@option("--control", multiple=True, metavar="URL", about=Text(
    zh="对照目标：站点打不开时同时访问，全部打不开即为本方故障；可重复。",
    en="A control target, asked when a site fails; if all fail the fault is ours. May be repeated."))  # fmt: skip
@option(
    "--family",
    type=click.Choice(["v4", "v6"]),
    default="v4",
    about=Text(zh="经IPv4（默认）或IPv6访问。", en="Ask over IPv4 (unless given) or IPv6."),
)
@option(
    "--vantage",
    default="本机",
    metavar="NAME",
    about=Text(zh="监测点名称，默认“本机”。", en="Name of the place the probes leave from; 本机 unless given."),
)
@option(
    "--asset",
    multiple=True,
    metavar="ID",
    about=Text(zh="只监测这个资产；可重复。", en="Only this asset; may be repeated."),
)
@language_option()
@click.pass_context
def plan_command(
    context: click.Context, case: str, per_day: int, days: int, start: datetime | None, control: tuple[str, ...], family: str,
    vantage: str, asset: tuple[str, ...],
) -> int:  # fmt: skip
    """Plans."""
    from hege.collectors.fetching.fetcher import now
    from hege.collectors.probing import plan
    from hege.engine.dates import SHANGHAI

    folder = Path(case)
    urls = {a: address(u) for a, u in _sites(folder, asset).items() if u}
    midnight = (now().astimezone(SHANGHAI) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    slots = plan(urls, start or midnight, per_day, days)
    settings = {
        "per_day": per_day,
        "days": days,
        "control": list(control),
        "family": family,
        "vantage": vantage,
        "urls": urls,
    }
    with journal_of(folder, LOCK) as journal:
        journal.begin(PURPOSE, [(s.name, s.asset) for s in slots], now(), settings)
    said = Text(
        zh=f"已排定{len(urls)}个网站{len(slots)}次监测，{slots[0].due:%Y-%m-%d %H:%M}至{slots[-1].due:%Y-%m-%d %H:%M}" if slots else "没有可监测的网站",
        en=f"{len(slots)} probes of {len(urls)} sites planned, {slots[0].due:%Y-%m-%d %H:%M} to {slots[-1].due:%Y-%m-%d %H:%M}" if slots else "there are no sites to probe",
    )  # fmt: skip
    say(said.shown(chosen_language(context)) + "\n")
    return DONE


@probe_group.command(
    "run",
    cls=Command,
    about=Text(
        zh="按计划执行监测，直到计划结束；中断期间的时点记为错过，不补。",
        en="Carry out the plan until its end. Slots that pass while it does not run are missed, and not made up for.",
    ),
)
@case_argument
@allow_option
@option(
    "--once", is_flag=True, about=Text(zh="只执行此刻到期的时点，然后停止。", en="Only what is due now, then stop.")
)
@into_ledger_option
@register_option
@by_option
@language_option()
@click.pass_context
def run_command(
    context: click.Context, case: str, allow: tuple[Network, ...], once: bool, ledger: str | None, register: str | None, by: str | None
) -> int:  # fmt: skip
    """Runs."""
    import asyncio

    from hege.collectors.export import export
    from hege.engine.vocabulary import load_vocabulary

    folder = Path(case)
    _require_journal(folder)
    known = known_of(folder)
    target = None if ledger is None else Target(ledger=ledger, register=register or known.register, by=by)
    with journal_of(folder, LOCK) as journal, delivery(journal, folder, known.facts.assets, target) as delivered:
        _require_plan(journal, folder)

        def write() -> None:
            export(journal, folder, load_vocabulary())
            if delivered:
                delivered.deliver()

        try:
            asyncio.run(_run(journal, folder, allow, write, once=once))
        except KeyboardInterrupt:
            pass
        finally:
            write()
        _show_standings(journal, context)
    return DONE


async def _run(
    journal: Journal, folder: Path, allow: tuple[Network, ...], write: Callable[[], object], *, once: bool
) -> None:
    import asyncio
    import time

    from hege.collectors.fetching.fetcher import now
    from hege.collectors.probing import due, grace, slot_of

    late, written = grace(journal.settings()["per_day"]), time.monotonic()
    with _prober(journal, folder, allow) as prober:
        while True:
            standing = due((slot_of(name) for name, _ in journal.open_tasks()), now(), late)
            if standing.now:
                await prober.round(standing.now)
                if time.monotonic() - written > _WRITE_EVERY_SECONDS:
                    write()
                    written = time.monotonic()
            if once or not standing.ahead:
                return
            wait = (min(s.due for s in standing.ahead) - now()).total_seconds()
            await asyncio.sleep(max(0.0, min(wait, _NAP_SECONDS)))


@contextmanager
def _prober(journal: Journal, folder: Path, allow: tuple[Network, ...]) -> Iterator[Prober]:
    from hege.collectors.evidence.warc import WarcFile
    from hege.collectors.fetching.addresses import Family
    from hege.collectors.fetching.fetcher import now
    from hege.collectors.probing import Prober

    settings = journal.settings()
    name = f"run-{journal.run:04}.warc.gz"
    warc = WarcFile.open(folder / EVIDENCE / name, now(), good_until=journal.size_of(name))
    family = Family.V6 if settings["family"] == "v6" else Family.V4
    vantage = settings["vantage"] + ("·IPv6" if family is Family.V6 else "")
    yield Prober(
        urls=settings["urls"], controls=tuple(settings["control"]), vantage=vantage, ask=_Fresh(family, allow), keep=warc.add,
        synced=lambda: journal.good_until(name, warc.sync()), sink=journal,
    )  # fmt: skip
    journal.good_until(name, warc.sync())
    digest = warc.close()
    if not journal.open_tasks():
        journal.seal(name, digest)


class _Fresh:
    """A fetcher with a connection of its own for each asking: a kept one would hide that nobody else can connect."""

    def __init__(self, family: Family, allowed: tuple[Network, ...]) -> None:
        self._family, self._allowed = family, allowed

    async def fetch(self, asking: Any) -> Any:
        """Asks."""
        from hege.collectors.fetching.client import Client
        from hege.collectors.fetching.fetcher import NetworkFetcher
        from hege.collectors.probing import PROBE_LIMITS

        async with Client(family=self._family, allowed=self._allowed, keep=False) as client:
            return await NetworkFetcher(client=client, limits=PROBE_LIMITS).fetch(asking)


@probe_group.command(
    "status",
    cls=Command,
    about=Text(
        zh="查看监测进展：计划、完成、错过、打不开、本方故障。",
        en="See how the probes stand: planned, done, missed, failed, faults of ours.",
    ),
)
@case_argument
@language_option()
@click.pass_context
def status_command(context: click.Context, case: str) -> int:
    """Shows."""
    folder = Path(case)
    _require_journal(folder)
    with opened(folder) as journal:
        _require_plan(journal, folder)
        _show_standings(journal, context)
    return DONE


def _show_standings(journal: Journal, context: click.Context) -> None:
    from hege.collectors.fetching.fetcher import now
    from hege.collectors.probing import grace, standings

    outcomes = (
        (f.asset, str(f.fields.get("outcome", "")), float(str(f.fields.get("seconds", 0))))
        for f in journal.facts(journal.run)
    )
    found = standings(journal.tasks(), outcomes, now(), grace(journal.settings()["per_day"]))
    for standing in found:
        say(_line(standing).shown(chosen_language(context)) + "\n")


def _line(s: Standing) -> Text:
    share = f"{s.failed}/{s.counted}"
    percent = f"{s.failed * 100 / s.counted:.2f}%" if s.counted else "—"
    return Text(
        zh=f"{s.asset}：计划{s.planned}，完成{s.done}，错过{s.missed}，打不开{share}（{percent}），被拦截{s.blocked}，本方故障{s.faults}",
        en=f"{s.asset}: {s.planned} planned, {s.done} done, {s.missed} missed, {share} failed ({percent}), {s.blocked} blocked, {s.faults} our own fault",
    )


def _require_journal(folder: Path) -> None:
    if not (folder / JOURNAL).is_file():
        raise _no_plan(folder)


def _require_plan(journal: Journal, folder: Path) -> None:
    journal.run = journal.newest_run(PURPOSE)
    if not journal.run:
        raise _no_plan(folder)


def _no_plan(folder: Path) -> InputError:
    from hege.engine.errors import InputError, Place, Problem

    message = Text(zh="这个案例还没有监测计划", en="this case has no plan of probes yet")
    hint = Text(zh=f"先运行hege probe plan {folder}", en=f"run hege probe plan {folder} first")
    return InputError([Problem(code="no-plan", place=Place(file=str(folder)), message=message, hint=hint)])


def _sites(folder: Path, chosen: tuple[str, ...]) -> Mapping[str, str]:
    from hege.service.collecting import require_assets

    rows = {row["id"]: row for row in known_of(folder).facts.assets.to_dicts()}
    require_assets(folder, rows, chosen)
    return {id: row["url"] for id, row in rows.items() if row["kind"] == "site" and (not chosen or id in chosen)}
