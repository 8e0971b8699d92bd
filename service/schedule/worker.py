"""One job in a process group of its own: `python -m hege.service.schedule.worker FILE JOB SLOT`, HEGE_LEDGER in the environment.

Prints what came of it as JSON. Ends, with all that it began, when its parent is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime

from hege.engine.errors import HegeError, InputError
from hege.engine.text import Language
from hege.service.schedule.actions import act
from hege.service.schedule.plan import read_schedule


def main(file: str, job: str, slot: str) -> int:
    """Does the job; 0 done, 1 not."""
    _end_with_parent()
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        task = read_schedule(file).task(job)
        try:
            if task is None:
                raise HegeError(f"计划里没有任务“{job}”了 / there is no job “{job}” in the schedule any more")
            told, code = (
                act(task, datetime.fromisoformat(slot), os.environ["HEGE_LEDGER"], os.environ.get("HEGE_KEY", "")),
                0,
            )
        except InputError as error:
            told, code = {"error": "\n".join(p.shown(Language.ZH) for p in error.problems)}, 1
        except (HegeError, OSError) as error:
            told, code = {"error": str(error)}, 1
    json.dump(told, out, ensure_ascii=False)
    out.flush()
    return code


def _end_with_parent() -> None:
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
