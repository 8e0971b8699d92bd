"""Long work of requests, as functions that another process can run: each opens the ledger it is told of.

What they do is the engine's; what they give can be sent back: bytes, texts, JSON data.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hege.engine.errors import InputError, Place, Problem
from hege.engine.ledger import importing, inspections, publishing
from hege.engine.ledger.planned import newest_plan
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.replay import compiled_of, explained, replay
from hege.engine.ledger.store import Ledger, size_of
from hege.engine.result import Inspection
from hege.engine.rulebook.library import load_rulebook, pack_folders, shipped_rules
from hege.engine.rulebook.sources import Compiled, Sources, compiled, sources_of
from hege.engine.text import Language, Text
from hege.engine.vocabulary import load_vocabulary

Data = dict[str, Any]


@functools.lru_cache(maxsize=2)
def opened(given: str) -> Ledger:
    """A ledger, opened once in a process."""
    return Ledger.open(given)


# ---- facts ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What is to be recorded, by whom, and how."""

    register: str
    by: str
    at: datetime
    correct: str = ""
    complete: bool = False
    note: str = ""


def take_in(given: str, how: Delivery, assets: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> Data:
    """Records assets and facts that were sent as JSON."""
    from hege.collectors.sent import from_rows

    ledger = opened(given)
    facts = from_rows(assets, list(enumerate(rows, 1)), _kinds(ledger, how.register), load_vocabulary(), "facts")
    return _taken_in(ledger, how, facts)


def take_in_file(given: str, how: Delivery, file: str, kind: str | None) -> Data:
    """Records facts of a file of lines of JSON, or of a CSV of one kind."""
    from hege.collectors.sent import from_csv, from_lines

    ledger = opened(given)
    known = _kinds(ledger, how.register)
    if kind is not None:
        return _taken_in(ledger, how, from_csv(Path(file).read_bytes(), kind, known, load_vocabulary(), "facts.csv"))
    with Path(file).open("rb") as lines:
        return _taken_in(ledger, how, from_lines(lines, known, load_vocabulary(), "facts.ndjson"))


def _kinds(ledger: Ledger, register: str) -> dict[str, str]:
    import sqlalchemy as sa

    from hege.engine.ledger import schema

    a = schema.assets.c
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(a.id, a.kind).where(a.register == register).order_by(a.seq)).all()
    return {row.id: row.kind for row in rows}


def _taken_in(ledger: Ledger, how: Delivery, facts: Any) -> Data:
    done = importing.import_facts(
        ledger, how.register, facts, load_vocabulary(), entered_by=how.by, at=how.at, correct=how.correct,
        complete=how.complete, note=how.note,
    )  # fmt: skip
    receipt = done.receipt and {"batch": done.receipt.batch, "size": done.receipt.size, "root": done.receipt.root.hex()}
    return {
        "register": how.register, "assets": done.assets, "facts": done.facts, "known": done.known,
        "corrections": done.corrections, "receipt": receipt,
    }  # fmt: skip


def export(given: str, register: str, known_at: int | None, month: str | None, form: str) -> bytes:
    """The tables of a register as files in one ZIP."""
    from hege.service.saving import save_tables

    ledger = opened(given)
    with ledger.reading() as connection:
        history = read_history(connection, ledger.where, register, load_vocabulary())
        known = history.at(size_of(connection) if known_at is None else known_at)
    out = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="hege-export-") as place:
        save_tables(known, Path(place), form, month)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(place).rglob(f"*.{form}")):
                archive.write(file, file.relative_to(place).as_posix())
    return out.getvalue()


# ---- inspections ---------------------------------------------------------------------------------------------------


def explanation(given: str, inspection: str, asset: str) -> list[Data]:
    """One asset of an inspection, each batch as in the inspection's document."""
    from hege.outputs import document

    found = explained(opened(given), inspection, asset)
    return [document.asset(result, batch) for batch in found.batches for result in batch.assets]


def explanation_text(given: str, inspection: str, asset: str, language: Language) -> str:
    """The same for a reader."""
    from hege.outputs import explanation as told

    found = explained(opened(given), inspection, asset)
    return "\n".join(told.render(result, language) for batch in found.batches for result in batch.assets)


def notice(given: str, inspection: str, form: str, day: date | None) -> bytes:
    """The notice of a recorded inspection, from the shipped template."""
    from hege.outputs.notice.template import shipped_template
    from hege.outputs.notice.writing import write
    from hege.service.noticeforms import in_form, known_of

    ledger = opened(given)
    found, facts = _whole(ledger, inspection)
    return in_form(form, found, write(found, shipped_template(), known_of(facts), day))


def _whole(ledger: Ledger, inspection: str) -> tuple[Inspection, Any]:
    """A recorded inspection run again, with the facts it was run on."""
    with ledger.reading() as connection:
        stored = inspections.find(connection, ledger.where, inspection)
        sources = inspections.stored_sources(connection, ledger.where, stored.rulebook)
        rules = compiled_of(stored.rulebook, sources)
        history = read_history(connection, ledger.where, stored.register, rules.vocabulary)
    found = inspections.run(history, stored.head, stored.assets, stored.known_at, rules)
    return found, history.at(stored.known_at, None if stored.assets is None else frozenset(stored.assets))


def replayed(
    given: str, inspection: str, as_of: date | None, known_at: int | None, rules: Sequence[str]
) -> tuple[Data, bytes]:
    """A replay as JSON data, and the canonical bytes of what came out."""
    from hege.outputs.comparison import replay_document

    ledger = opened(given)
    sources = named_sources(ledger, rules) if rules else None
    done = replay(ledger, inspection, as_of=as_of, known_at=known_at, sources=sources)
    return replay_document(done), inspections.result_bytes(done.inspection)


def bundle(given: str, inspection: str) -> bytes:
    """The audit bundle of an inspection."""
    from hege.engine.ledger.bundle import bundle as packed

    return packed(opened(given), inspection)


# ---- rules ---------------------------------------------------------------------------------------------------------


def named_sources(ledger: Ledger, names: Sequence[str]) -> Sources:
    """The texts of packs that came with hege, by their ids, or of one rulebook of the ledger, by its digest.

    Never of a folder: what lies on the service's disk is not for whoever asks.
    """
    shipped = pack_folders(shipped_rules())
    if len(names) == 1 and names[0] not in shipped:
        with ledger.reading() as connection:
            return inspections.stored_sources(connection, ledger.where, names[0])
    unknown = [n for n in names if n not in shipped]
    if unknown or not names:
        what = unknown[0] if unknown else ""
        raise InputError([
            Problem(code="no-rulebook", place=Place(file="rules"), message=Text(zh=f"没有指标包“{what}”", en=f"there is no pack “{what}”"),
                    hint=Text(zh=f"可用：{'、'.join(shipped)}，或一套指标的摘要", en=f"one of {', '.join(shipped)}, or the digest of one rulebook"))
        ])  # fmt: skip
    return sources_of(names)


def impact(given: str, register: str, new: Sequence[str], against: Sequence[str], days: Sequence[date]) -> Data:
    """Who would come out otherwise by other rules, on what is known by now."""
    from hege.engine.impact import impact as compared
    from hege.outputs.comparison import impact_document

    ledger = opened(given)
    with ledger.reading() as connection:
        case, stored = newest_plan(connection, ledger.where, register, load_vocabulary())
    old = compiled(named_sources(ledger, list(against) or [stored.rulebook]))
    return impact_document(compared(case, old, compiled(named_sources(ledger, new)), days))


def linted(pack: str, files: Mapping[str, str]) -> list[Problem]:
    """What is wrong or doubtful in the texts of a pack that was sent."""
    from hege.engine.rulebook.lint import lint
    from hege.outputs.problems import beside

    with tempfile.TemporaryDirectory(prefix="hege-lint-") as place:
        root = Path(place).resolve()
        return beside(lint([laid_out(root, pack, files)]), root)


def compiled_texts(pack: str, files: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The digest of the rulebook that sent texts give, and its titles; raises InputError with every fault of them."""
    from hege.outputs.problems import beside

    with tempfile.TemporaryDirectory(prefix="hege-pack-") as place:
        root = Path(place).resolve()
        try:
            book = load_rulebook([laid_out(root, pack, files)])
        except InputError as error:
            raise InputError(beside(error.problems, root)) from error
        return book.digest, tuple(p.title for p in book.packs)


def laid_out(root: Path, pack: str, files: Mapping[str, str]) -> Path:
    """The folder of a pack whose texts were sent; their names were checked at the door."""
    folder = root / pack
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    return folder


def difference(given: str, old: str, new: str) -> list[Data]:
    """What differs between two rulebooks, in sentences."""
    from hege.engine.rulebook.difference import differences
    from hege.outputs.rulediff import to_json

    ledger = opened(given)
    before, after = (_book(ledger, name) for name in (old, new))
    found: list[Data] = json.loads(to_json(differences(before.rulebook, after.rulebook)))
    return found


def _book(ledger: Ledger, name: str) -> Compiled:
    return compiled(named_sources(ledger, [name]))


def shown_indicator(given: str, rulebook: str, indicator: str, day: date | None, language: Language) -> str:
    """An indicator of a rulebook as `hege rules show` prints it."""
    from hege.outputs.indicator import render

    return render(_book(opened(given), rulebook).rulebook, indicator, day, language)


def tested(pack: str, files: Mapping[str, str]) -> Data:
    """What the tests beside a sent pack say."""
    with tempfile.TemporaryDirectory(prefix="hege-pack-") as place:
        return dataclasses.asdict(publishing.test([laid_out(Path(place).resolve(), pack, files)]))
