"""One job in a process of its own: `python -m hege.service.web.worker JOB CLAIM`, with HEGE_LEDGER in the environment.

It ends by itself when its parent is gone, so that two never work at the same job for long.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import date
from typing import Any

from hege.engine.errors import HegeError, InputError
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.planned import register_plan
from hege.engine.ledger.store import Ledger
from hege.service.ledgers import now
from hege.service.web import jobs, problems
from hege.service.web.work import named_sources


def main(id: str, claim: str) -> int:
    """Does the job and notes what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the service, which stops its processes itself
    _end_with_parent()
    ledger = Ledger.open(os.environ["HEGE_LEDGER"])
    with ledger.reading() as connection:
        job = jobs.find(connection, id)
    if job is None or job["claim"] != claim:
        return 1
    try:
        outcome = _inspected(ledger, job, claim)
    except InputError as error:
        told = [problems.plain(p, ledger.where) for p in error.problems]
        jobs.end(ledger, claim, jobs.State.FAILED, {"problems": told}, now())
    except HegeError as error:
        jobs.end(ledger, claim, jobs.State.FAILED, {"error": str(error)}, now())
    else:
        jobs.end(ledger, claim, jobs.State.DONE, outcome, now())
    return 0


def _inspected(ledger: Ledger, job: jobs.Row, claim: str) -> dict[str, Any]:
    asked = json.loads(job["asked"])
    plan = register_plan(job["register"], date.fromisoformat(asked["as_of"]), asked["rules"])

    def progress(done: int, total: int) -> None:
        if not jobs.progress(ledger, claim, done, total):
            sys.exit(1)  # somebody else's, or not wanted any more

    done = inspect_recorded(
        ledger, plan, job["register"], None, named_sources(ledger, asked["rules"]), entered_by=job["asked_by"], at=now(),
        progress=progress,
    )  # fmt: skip
    return {"inspection": done.stored.id, "batch": done.receipt.batch if done.receipt else None}


def _end_with_parent() -> None:
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
