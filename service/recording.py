"""An inspection made on the ledger: the case's facts go in, what the ledger knows is inspected, the outcome is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hege.engine.text import Language, Text
from hege.service.arguments import packs
from hege.service.background import earlier_recorded
from hege.service.endings import tell
from hege.service.inspecting import Inspected
from hege.service.ledgers import now, opened, who, with_short_sources

if TYPE_CHECKING:
    from hege.engine.case import Case
    from hege.engine.ledger.store import Ledger
    from hege.outputs.background import Earlier


def recorded(
    given: str, as_of: date | None, rules: Sequence[str], ledger: str | None, register: str | None, by: str | None,
    language: Language,
) -> tuple[Inspected, list[Earlier]]:  # fmt: skip
    """The inspection of a case folder, or of a register as the ledger knows it, recorded; and those recorded before."""
    from hege.engine.ledger.inspections import inspect_recorded
    from hege.engine.ledger.replay import restored
    from hege.engine.rulebook.sources import sources_of

    with opened(ledger) as book:
        if Path(given).is_dir():
            case, name, assets = _from_folder(given, as_of, book, register, by)
        else:
            case, name, assets = _from_register(given, as_of, rules, book), given, None
        sources = sources_of(packs(rules or case.rules))
        done = inspect_recorded(book, case, name, assets, sources, entered_by=who(by), at=now())
        of = restored(book, done.stored.id)
        earlier = earlier_recorded(book, name)
    known = done.stored.known_at
    if done.receipt:
        text = Text(
            zh=f"已记录：检查{done.stored.id}，依据台账前{known}批，第{done.receipt.batch}批",
            en=f"recorded: inspection {done.stored.id}, on {known} batches, as batch {done.receipt.batch}",
        )
    else:
        text = Text(zh=f"此前已记录过：检查{done.stored.id}", en=f"was recorded before: inspection {done.stored.id}")
    tell(text.shown(language))
    return Inspected(of.case, of.rulebook, done.inspection, of.vocabulary, of.working_days), earlier


def _from_folder(
    given: str, as_of: date | None, book: Ledger, register: str | None, by: str | None
) -> tuple[Case, str, list[str]]:
    from hege.collectors.casefolder import read_case
    from hege.engine.ledger.importing import import_facts
    from hege.engine.vocabulary import load_vocabulary
    from hege.service.inspecting import at

    vocabulary = load_vocabulary()
    case = read_case(Path(given), vocabulary)
    name = register or case.jurisdiction or Path(given).absolute().name
    facts = with_short_sources(case.facts, Path(given))
    import_facts(book, name, facts, vocabulary, entered_by=who(by), at=now(), note=case.title)
    return (at(case, as_of) if as_of else case), name, case.facts.assets["id"].to_list()


def _from_register(register: str, as_of: date | None, rules: Sequence[str], book: Ledger) -> Case:
    from hege.engine.ledger.database import refusal
    from hege.engine.ledger.planned import register_plan
    from hege.service.ledgers import register_for

    with book.reading() as connection:
        register_for(connection, book, register)
    if as_of is None or not rules:
        raise refusal(
            register, "no-plan", "检查名册要写明--rules和--as-of", "to inspect a register give --rules and --as-of"
        )
    return register_plan(register, as_of, rules)
