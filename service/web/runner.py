"""Whoever sees to it that jobs are done: claims them, starts a process for each, renews claims, stops what is cancelled."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from hege.engine.errors import InputError
from hege.engine.ledger.store import Ledger
from hege.service.web import jobs

LOOK_SECONDS = 0.5
log = structlog.get_logger("hege.service")


@dataclass(kw_only=True)
class Runner:
    """One thread of the service; `ledger_name` is how its processes open the ledger."""

    ledger: Ledger
    ledger_name: str
    clock: Callable[[], datetime]
    most: int
    _running: dict[str, tuple[str, subprocess.Popen[bytes]]] = field(default_factory=dict)  # claim -> job, process
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to look for jobs."""
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops what runs; it waits to be taken up again."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        for claim, (_, process) in self._running.items():
            process.terminate()
            process.wait()
            jobs.put_back(self.ledger, claim)
        self._running.clear()

    def _run(self) -> None:
        renewed = time.monotonic()
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._look_after()
                if self._running and time.monotonic() - renewed > jobs.LEASE.total_seconds() / 4:
                    jobs.renew(self.ledger, list(self._running), self.clock())
                    renewed = time.monotonic()
                while len(self._running) < self.most and (job := jobs.claim(self.ledger, self.clock())):
                    self._begin(job)
            except InputError as error:  # the database is busy or away: what runs goes on, the next look tries again
                log.warning("jobs", error=str(error))

    def _begin(self, job: jobs.Row) -> None:
        environment = {**os.environ, "HEGE_LEDGER": self.ledger_name}
        command = [sys.executable, "-m", "hege.service.web.worker", job["id"], job["claim"]]
        self._running[job["claim"]] = job["id"], subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        log.info("job", job=job["id"], kind=job["kind"], register=job["register"], state="running")

    def _look_after(self) -> None:
        for claim, (id, process) in list(self._running.items()):
            with self.ledger.reading() as connection:
                job = jobs.find(connection, id)
            wanted = job is not None and job["claim"] == claim and job["state"] != jobs.State.CANCELLING.value
            if process.poll() is None and not wanted:
                process.terminate()
                process.wait()
            if process.poll() is not None:
                if job is not None and job["claim"] == claim:
                    cancelled = job["state"] == jobs.State.CANCELLING.value
                    state = jobs.State.CANCELLED if cancelled else jobs.State.FAILED
                    error = None if cancelled else {"error": f"the process ended with code {process.returncode}"}
                    jobs.end(self.ledger, claim, state, error, self.clock())
                del self._running[claim]
                log.info("job", job=id, state=(job or {}).get("state"), code=process.returncode)
