"""What a job does: the commands that one would type, one after another, and what no command does.

Each gives what is to be told of it as JSON data; whatever goes wrong is raised.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hege.engine.dates import SHANGHAI
from hege.engine.errors import HegeError
from hege.engine.ledger.store import Ledger
from hege.service.schedule.plan import Do, Task

Told = dict[str, Any]
MOST_TOLD = 2000  # characters of what a command printed


def act(task: Task, slot: datetime, ledger: str, key: str) -> Told:
    """Does a job for a slot."""
    day = slot.astimezone(SHANGHAI).date()
    match task.do:
        case Do.COLLECT:
            return _said(_hege("collect", task.case, *_into(task, ledger)))
        case Do.PROBE:
            return _probe(task, ledger)
        case Do.INSPECT:
            rules = [word for r in task.rules for word in ("--rules", r)]
            on = ["--ledger", ledger, "--as-of", str(day), "--by", "schedule"]
            return _said(_hege("inspect", task.register, *rules, *on))
        case Do.NOTICE:
            return _notice(task, ledger, day)
        case Do.BACKUP:
            return _backup(task, slot, ledger)
        case Do.CHECKPOINT:
            return _checkpoint(task, ledger, key)
        case Do.EARLY_WARNING:
            return _early_warning(task, ledger, day)


def _hege(*words: str) -> str:
    """Runs a command as one would type it; what it printed."""
    command = [sys.executable, "-m", "hege.service", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-MOST_TOLD:]
        raise HegeError(f"hege {' '.join(words[:2])}: exit code {done.returncode}\n{said}")
    return done.stdout


def _said(*texts: str) -> Told:
    return {"said": "\n".join(t.strip() for t in texts)[-MOST_TOLD:]}


def _into(task: Task, ledger: str) -> list[str]:
    """Where the facts go, and from which networks they may come."""
    register = ["--register", task.register] if task.register else []
    networks = [word for n in task.allow for word in ("--allow", str(n))]
    return ["--ledger", ledger, "--by", "schedule", *register, *networks]


def _probe(task: Task, ledger: str) -> Told:
    """What is due of the week's plan; a new week is planned, from now on, when there is none or it is over."""
    from hege.service.ledgers import now

    said = []
    if not _has_open_slots(Path(task.case), now()):
        controls = [word for url in task.control for word in ("--control", url)]
        begin = ["--per-day", str(task.per_day), "--from", now().isoformat(timespec="seconds")]
        said.append(_hege("probe", "plan", task.case, *begin, *controls))
    said.append(_hege("probe", "run", task.case, "--once", *_into(task, ledger)))
    return _said(*said)


def _has_open_slots(folder: Path, at: datetime) -> bool:
    from hege.collectors.journal import Journal
    from hege.collectors.probing import slot_of
    from hege.service.collecting import JOURNAL
    from hege.service.probing import PURPOSE

    if not (folder / JOURNAL).is_file():
        return False
    journal = Journal(folder / JOURNAL)
    try:
        journal.run = journal.newest_run(PURPOSE)
        return any(slot_of(name).due > at for name, _ in journal.open_tasks())
    finally:
        journal.close()


def _notice(task: Task, ledger: str, day: date) -> Told:
    """The notice of the register's newest inspection, in a file of its own; one that is there already is left alone."""
    from hege.engine.ledger.inspections import listed
    from hege.service.web.work import notice

    book = Ledger.open(ledger)
    try:
        with book.reading() as connection:
            found = listed(connection, task.register, most=1)
    finally:
        book.close()
    if not found:
        raise HegeError(
            f"名册“{task.register}”还没有检查过，没有通报可写 / the register “{task.register}” was never inspected"
        )
    file = Path(task.folder) / f"{task.register}-{day}-{found[0].id}.{task.format}"
    if not file.exists():
        _write(file, notice(ledger, found[0].id, task.format, None))
    return {"file": str(file), "inspection": found[0].id}


def _backup(task: Task, slot: datetime, ledger: str) -> Told:
    """A verified copy; the newest so many are kept."""
    folder = Path(task.folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{task.name}-{slot.astimezone(SHANGHAI):%Y%m%dT%H%M}.db"
    told: Told = {"file": str(file), "said": "exists"}
    if not file.exists():
        told = {"file": str(file)} | _said(_hege("ledger", "backup", str(file), "--ledger", ledger))
    stamp = "[0-9]" * 8 + "T" + "[0-9]" * 4
    old = sorted(folder.glob(f"{task.name}-{stamp}.db"))[: -task.keep]
    for gone in old:
        gone.unlink()
    return told | {"removed": [f.name for f in old]}


def _checkpoint(task: Task, ledger: str, key: str) -> Told:
    """Signs; keeps the note where auditors fetch it."""
    note = _hege("ledger", "checkpoint", "--ledger", ledger, *(["--key", key] if key else []))
    size = note.splitlines()[1]
    told: Told = {"size": int(size)}
    if task.folder:
        file = Path(task.folder) / f"checkpoint-{size}.txt"
        if not file.exists():
            _write(file, note.encode())
        told["file"] = str(file)
    return told


def _early_warning(task: Task, ledger: str, day: date) -> Told:
    """Who will be struck by a veto unless something is published soon, on all that is known."""
    from hege.engine.calendar import load_working_days
    from hege.engine.earlywarning import early_warnings
    from hege.engine.ledger.inspections import with_waivers
    from hege.engine.ledger.reading import read_history
    from hege.engine.ledger.store import size_of
    from hege.engine.rulebook.sources import compiled
    from hege.service.web.work import named_sources

    book = Ledger.open(ledger)
    try:
        rules = compiled(named_sources(book, task.rules))
        with book.reading() as connection:
            known_at = size_of(connection)
            history = read_history(connection, book.where, task.register, rules.vocabulary)
    finally:
        book.close()
    rulebook = with_waivers(rules.rulebook, history, known_at)
    facts = history.at(known_at)
    found = early_warnings(rulebook, facts, day, rules.vocabulary, load_working_days(), task.share)
    return {"register": task.register, "day": str(day), "warned": [dataclasses.asdict(w) for w in found]}


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    waiting = file.with_name(f".{file.name}.writing")
    with waiting.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    waiting.replace(file)
