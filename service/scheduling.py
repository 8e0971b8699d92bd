"""The commands about the schedule: `hege schedule check|show|run-once`. The service keeps it; here people look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option
from hege.service.endings import DONE, SOMETHING_FAILED, say
from hege.service.serving import config_option

if TYPE_CHECKING:
    from datetime import datetime

    from hege.engine.ledger.store import Ledger
    from hege.service.schedule.plan import Schedule
    from hege.service.schedule.scheduler import Scheduler
    from hege.service.web.config import Settings


@click.group("schedule", cls=Group, about=Text(zh="定时任务。", en="What the service does by the clock."))
@language_option()
def schedule_group() -> None:
    """The commands about the schedule."""


@schedule_group.command(
    "check",
    cls=Command,
    about=Text(
        zh="检查计划文件，列出每项任务接下来的时点；有误则指出行和列，退出码为2。",
        en="Check the schedule and list the next slots of each job; faults with line and column, exit code 2.",
    ),
)
@argument("file", about=Text(zh="计划文件（YAML）。", en="The schedule (YAML)."))
@option(
    "--slots", "number", type=click.IntRange(min=1, max=100), default=3, metavar="N",
    about=Text(zh="每项任务列几个时点，默认3。", en="How many slots of each job; 3 unless given."),
)  # fmt: skip
@language_option()
@click.pass_context
def check_command(context: click.Context, file: str, number: int) -> int:
    """Reads and lists."""
    from itertools import islice

    from hege.engine.calendar import load_working_days
    from hege.service.ledgers import now
    from hege.service.schedule.plan import read_schedule
    from hege.service.schedule.slots import slots

    language, at = chosen_language(context), now()
    for task in read_schedule(file).tasks:
        found = list(islice(slots(task, at, load_working_days()), number))
        shown = "  ".join(f"{s.at:%Y-%m-%d %H:%M}{'?' if s.unpublished else ''}" for s in found)
        say(f"{task.name}  {task.do.value}  {task.at}  {task.on.value}  {shown}\n")
        doubtful = next((s for s in found if s.unpublished), None)
        if doubtful:
            year = doubtful.at.year
            text = Text(
                zh=f"    ？{year}年的工作日历尚未发布，这些时点到时跳过并告警",
                en=f"    ? the working days of {year} are not published; such slots are skipped, with an alert",
            )
            say(text.shown(language) + "\n")
    return DONE


@schedule_group.command(
    "show",
    cls=Command,
    about=Text(
        zh="查看每项任务的现状，和近期每个时点的结果。",
        en="Show how each job stands, and what became of the newest slots.",
    ),
)
@config_option
@option(
    "--last", type=click.IntRange(min=1, max=10_000), default=20, metavar="N",
    about=Text(zh="列出最近几条，默认20。", en="How many of the newest; 20 unless given."),
)  # fmt: skip
@language_option()
@click.pass_context
def show_command(context: click.Context, config: str | None, last: int) -> int:
    """Reads and lists."""
    from hege.service.schedule import standing

    language = chosen_language(context)
    schedule, _, ledger, _ = _configured(config)
    never = Text(zh="从未", en="never").shown(language)
    with ledger.reading() as connection:
        rows, events = standing.standings(connection), standing.history(connection, last)
    for task in schedule.tasks:
        row = rows.get(task.name)
        state = (row["state"] if row else "") or "-"
        succeeded = (row["succeeded_at"][:16] if row else "") or never
        text = Text(zh=f"上次成功{succeeded}", en=f"last success {succeeded}")
        say(f"{task.name}  {task.do.value}  {state}  {text.shown(language)}\n")
        if row and row["error"]:
            say(f"    {row['error'].splitlines()[0]}\n")
    for event in events:
        content = event["content"]
        slot = str(content.get("slot") or f"{content['first']}–{content['last']} ({content['count']})")
        why = f"  {event['why'].splitlines()[0]}" if event["why"] else ""
        say(f"{event['recorded_at'][:19]}  {event['name']}  {event['action']}  {slot}{why}\n")
    ledger.close()
    return DONE


@schedule_group.command(
    "run-once",
    cls=Command,
    about=Text(
        zh="执行此刻到期的任务，等它们做完即停；有失败的退出码为1。不运行hege serve时可由系统的定时器调用。",
        en="Do what is due now, wait until it is done, then stop; exit code 1 if something failed. For the system's own "
        "timer where hege serve does not run.",
    ),
)
@config_option
@language_option()
@click.pass_context
def run_once_command(context: click.Context, config: str | None) -> int:
    """Does what is due."""
    import time

    from hege.service.schedule import alerts, standing

    schedule, file, ledger, settings = _configured(config)
    scheduler = scheduler_of(ledger, settings, schedule, file)
    before = _now()
    standing.begin(ledger, schedule, before)
    try:
        scheduler.look()
        while scheduler.running:
            time.sleep(0.2)
            scheduler.end_what_is_over()
            standing.renew(ledger, [r.taken.claim for r in scheduler.running.values()], _now())
    finally:
        scheduler.stop()
    alerts.tell(ledger, schedule, _now(), scheduler.ways)
    with ledger.reading() as connection:
        rows = standing.standings(connection)
    failed = [t.name for t in schedule.tasks if rows[t.name]["error"]]
    for name in failed:
        say(f"{name}: {rows[name]['error']}\n")
    ledger.close()
    return SOMETHING_FAILED if failed else DONE


def scheduler_of(ledger: Ledger, settings: Settings, schedule: Schedule, file: str) -> Scheduler:
    """The scheduler of a service."""
    from hege.engine.calendar import load_working_days
    from hege.service.schedule.scheduler import Scheduler
    from hege.service.schedule.sending import ways

    return Scheduler(
        ledger=ledger, ledger_name=settings.ledger, key=settings.key, schedule=schedule, file=file, clock=_now,
        working_days=load_working_days(), ways=ways(schedule.alerts),
    )  # fmt: skip


def _configured(config: str | None) -> tuple[Schedule, str, Ledger, Settings]:
    from hege.engine.ledger.database import refusal
    from hege.engine.ledger.store import Ledger
    from hege.service.schedule.plan import read_schedule
    from hege.service.web import config as settings_of
    from hege.service.web import tables

    settings = settings_of.read(config).settings
    if not settings.schedule:
        raise refusal("schedule", "no-schedule", "没有配置计划文件", "no schedule is set",
                      Text(zh='在hege.toml里写schedule = "schedule.yaml"，或设HEGE_SCHEDULE', en='write schedule = "schedule.yaml" in hege.toml, or set HEGE_SCHEDULE'))  # fmt: skip
    schedule = read_schedule(settings.schedule)
    ledger = Ledger.open(settings.ledger)
    tables.prepare(ledger)
    return schedule, settings.schedule, ledger, settings


def _now() -> datetime:
    from hege.service.ledgers import now

    return now()
