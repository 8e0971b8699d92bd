"""`hege demo-city serve`: a small invented city on the loopback interface, to try collecting on."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path

import click

from hege.engine.text import Text
from hege.service.arguments import Day
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option
from hege.service.collecting import Settings, collect, known_of
from hege.service.delivering import Target
from hege.service.endings import DONE, say
from hege.service.ledgers import into_ledger_option


@click.group(
    "demo-city",
    cls=Group,
    about=Text(
        zh="本机上的一座虚拟小城，用来试采集。", en="A small invented city on this machine, to try collecting on."
    ),
)
@language_option()
def demo_city_group() -> None:
    """The commands of the demo city."""


@demo_city_group.command(
    "serve",
    cls=Command,
    about=Text(
        zh="写出小城的案例文件夹，并在127.0.0.1上提供其网站，直到按Ctrl-C。",
        en="Write the city's case folder and serve its sites on 127.0.0.1 until Ctrl-C.",
    ),
)
@argument("case", about=Text(zh="要写出的案例文件夹。", en="The case folder to write."))
@option(
    "--port", type=click.IntRange(0, 65000), metavar="PORT", default=0,
    about=Text(zh="第一个网站的端口，其余顺延；不写时任取空闲端口。", en="Port of the first site, the others follow; any free ones unless given."),
)  # fmt: skip
@option(
    "--day",
    type=Day(),
    metavar="DATE",
    about=Text(zh="小城所处的日期，默认今天。", en="The day it is in the city; today unless given."),
)
@option(
    "--seconds", type=click.IntRange(min=1), metavar="N",
    about=Text(zh="N秒后自行停止。", en="Stop after N seconds."),
)  # fmt: skip
@option(
    "--collect",
    "at_once",
    is_flag=True,
    about=Text(zh="网站开放后随即采集，采完停止。", en="Collect the city as soon as it is up, then stop."),
)
@into_ledger_option
@language_option()
@click.pass_context
def serve_command(
    context: click.Context, case: str, port: int, day: date | None, seconds: int | None, at_once: bool, ledger: str | None
) -> int:  # fmt: skip
    """Serves."""
    from hege.collectors.demo_city.casefile import write_case
    from hege.collectors.demo_city.city import load_city
    from hege.collectors.demo_city.server import serving
    from hege.engine.dates import SHANGHAI

    city = load_city(day or datetime.now(SHANGHAI).date())
    with serving(city, port) as bases:
        write_case(city, bases, Path(case))
        ready = Text(
            zh=f"{city.name}：{len(city.sites)}个网站、{len(city.accounts)}个账号已开放，案例文件夹{case}\n采集：hege collect {case} --allow 127.0.0.0/8 --interval 0",
            en=f"{city.name}: {len(city.sites)} sites and {len(city.accounts)} accounts are up, case folder {case}\ncollect: hege collect {case} --allow 127.0.0.0/8 --interval 0",
        )
        say(ready.shown(chosen_language(context)) + "\n")
        if at_once:
            from hege.collectors.fetching.addresses import LOOPBACK

            settings, known = Settings(allowed=LOOPBACK, interval=0.0, robots="obey"), known_of(Path(case))
            target = None if ledger is None else Target(ledger=ledger, register=known.register, by=None)
            collect(Path(case), known, (), settings, anew=True, target=target, language=chosen_language(context))
            return DONE
        end = time.monotonic() + seconds if seconds else None
        try:
            while end is None or time.monotonic() < end:
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
    return DONE
