"""The moments of a job: what its cron expression names in Asia/Shanghai, on working days alone where it says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cronsim import CronSim

from hege.engine.calendar import WorkingDays
from hege.engine.dates import SHANGHAI
from hege.engine.errors import CalendarError
from hege.service.schedule.plan import On, Task

LATE = timedelta(minutes=5)
"""A slot begun within so long is on time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One moment; `unpublished` says why nobody knows whether it is one: the year's working days are not published."""

    at: datetime
    unpublished: str = ""


def slots(task: Task, after: datetime, working_days: WorkingDays) -> Iterator[Slot]:
    """The moments of a job after one, for ever (fifty years)."""
    naive = after.astimezone(SHANGHAI).replace(tzinfo=None)  # Shanghai has one time all the year
    for found in CronSim(task.at, naive):
        at = found.replace(tzinfo=SHANGHAI)
        if task.on is On.WORKDAY:
            try:
                if not working_days.is_workday(at.date()):
                    continue
            except CalendarError as error:
                yield Slot(at=at, unpublished=str(error))
                continue
        yield Slot(at=at)


def due(task: Task, after: datetime, now: datetime, working_days: WorkingDays) -> list[Slot]:
    """The moments after one and not after now."""
    found = []
    for slot in slots(task, after, working_days):
        if slot.at > now:
            break
        found.append(slot)
    return found
