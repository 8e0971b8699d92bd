"""Whoever sees to it that the schedule is kept: one thread of the service that takes due slots, starts a process for each
and ends them, and tells people what is wrong.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import structlog

from hege.engine.calendar import WorkingDays
from hege.engine.errors import InputError
from hege.engine.ledger.store import Ledger
from hege.service.schedule import alerts, standing
from hege.service.schedule.plan import Schedule
from hege.service.schedule.sending import Send
from hege.service.schedule.standing import State, Taken

LOOK_SECONDS = 1.0
ALERT_SECONDS = 60.0
log = structlog.get_logger("hege.schedule")


@dataclass(kw_only=True)
class Running:
    """A slot that a process is at."""

    taken: Taken
    process: subprocess.Popen[bytes]
    out: IO[bytes]


@dataclass(kw_only=True)
class Scheduler:
    """`file` and `ledger_name` are how its processes find the schedule and the ledger."""

    ledger: Ledger
    ledger_name: str
    key: str
    schedule: Schedule
    file: str
    clock: Callable[[], datetime]
    working_days: WorkingDays
    ways: Mapping[str, Send]
    running: dict[str, Running] = field(default_factory=dict)  # by job
    _stopping: threading.Event = field(default_factory=threading.Event)
    _fault: str = ""
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to keep the schedule."""
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops what runs; its slots are taken up again by whoever comes next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        for running in list(self.running.values()):
            try:
                self._stopped(running)
            except InputError as error:  # the database is away: the claim lapses, and the slot is taken up again
                log.warning("schedule", error=str(error))
        self.running.clear()

    def _stopped(self, running: Running) -> None:
        if running.process.poll() is not None:
            self._ended(running)
            return
        os.killpg(running.process.pid, signal.SIGTERM)
        running.process.wait()
        running.out.close()
        standing.end(self.ledger, running.taken, State.STOPPED, {}, self.clock(), "the service was stopped")

    def fault(self) -> str:
        """What is wrong with the keeping of the schedule; empty when nothing is."""
        if self._thread is None or not self._thread.is_alive():
            return "the thread is not running"
        return self._fault

    def _run(self) -> None:
        began = False
        renewed = alerted = time.monotonic()
        while not self._stopping.is_set():
            try:
                if not began:
                    standing.begin(self.ledger, self.schedule, self.clock())
                    began = True
                self.look()
                if self.running and time.monotonic() - renewed > standing.LEASE.total_seconds() / 4:
                    standing.renew(self.ledger, [r.taken.claim for r in self.running.values()], self.clock())
                    renewed = time.monotonic()
                if time.monotonic() - alerted > ALERT_SECONDS:
                    alerted = time.monotonic()
                    alerts.tell(self.ledger, self.schedule, self.clock(), self.ways)
            except InputError as error:  # the database is busy or away: the next look tries again
                self._fault = error.problems[0].code
                log.warning("schedule", error=str(error))
            except Exception as error:  # a fault of hege itself must not end the keeping of the schedule
                self._fault = f"own fault: {type(error).__name__}"
                log.error("schedule", exc_info=error)
            else:
                self._fault = ""
            self._stopping.wait(LOOK_SECONDS)

    def look(self) -> None:
        """Ends what is over, begins what is due."""
        self.end_what_is_over()
        for task in self.schedule.tasks:
            if task.name not in self.running and not self._stopping.is_set():
                taken = standing.take(self.ledger, task, self.clock(), self.working_days)
                if taken is not None:
                    self._begin(taken)

    def end_what_is_over(self) -> None:
        """Notes what came of the processes that have ended."""
        for running in list(self.running.values()):
            if running.process.poll() is not None:
                self._ended(running)

    def _begin(self, taken: Taken) -> None:
        environment = {**os.environ, "HEGE_LEDGER": self.ledger_name, "HEGE_KEY": self.key, "HEGE_BY": standing.BY}
        words = [self.file, taken.task.name, taken.slot.isoformat()]
        out = tempfile.TemporaryFile()  # noqa: SIM115  # no pipe: it takes as much as comes
        process = subprocess.Popen(
            [sys.executable, "-m", "hege.service.schedule.worker", *words],
            env=environment, stdin=subprocess.DEVNULL, stdout=out, start_new_session=True,
        )  # fmt: skip
        self.running[taken.task.name] = Running(taken=taken, process=process, out=out)
        log.info("slot", job=taken.task.name, slot=taken.slot.isoformat(), state="begun", late=taken.is_late)

    def _ended(self, running: Running) -> None:
        code = running.process.returncode
        told = _told(running.out, code)
        state = State.DONE if code == 0 else State.FAILED
        kept = standing.end(self.ledger, running.taken, state, told, self.clock(), str(told.get("error", "")))
        running.out.close()
        del self.running[running.taken.task.name]
        log.info(
            "slot", job=running.taken.task.name, slot=running.taken.slot.isoformat(), state=state.value, ours=kept,
            error=told.get("error"),
        )  # fmt: skip


def _told(out: IO[bytes], code: int) -> dict[str, Any]:
    out.seek(0)
    try:
        found = json.loads(out.read())
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"error": f"the process ended with code {code}"}
