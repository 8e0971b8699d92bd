"""Running a recorded inspection again, as it was or with one input changed, and saying what differs and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

import sqlalchemy as sa

from hege import __version__
from hege.engine.calendar import WorkingDays
from hege.engine.case import Case
from hege.engine.errors import InputError
from hege.engine.ledger import inspections, schema
from hege.engine.ledger.database import refusal
from hege.engine.ledger.inspections import Stored, run
from hege.engine.ledger.reading import History, read_history
from hege.engine.ledger.store import Ledger
from hege.engine.parts import Inspect
from hege.engine.result import Inspection
from hege.engine.rulebook.model import Rulebook
from hege.engine.rulebook.sources import Compiled, Sources, compiled, migrated_sources
from hege.engine.vocabulary import Vocabulary

Rows = Mapping[tuple[object, ...], Mapping[str, object]]


class Extent(Enum):
    """How far a difference goes."""

    OUTCOME = "outcome"  # the word itself is another
    WORDING = "wording"  # the same word, for what is said to be another reason
    FORM = "form"  # word and text are the same; arithmetic, facts, clause or their form are not


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One verdict or finding that is not what was recorded; `old` and `new` are its word, empty where there is none."""

    part: int
    asset: str
    indicator: str  # empty for a verdict
    old: str
    new: str
    old_text: str
    new_text: str

    @property
    def extent(self) -> Extent:
        """How far it goes."""
        if self.old != self.new:
            return Extent.OUTCOME
        return Extent.WORDING if self.old_text != self.new_text else Extent.FORM


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What a recorded inspection was made of, ready to be inspected again, and what it said then."""

    stored: Stored
    case: Case
    rulebook: Rulebook
    vocabulary: Vocabulary
    working_days: WorkingDays
    said: Rows


def restored(ledger: Ledger, given: str) -> Restored:
    """A recorded inspection by its id, the beginning of it, or `last`."""
    with ledger.reading() as connection:
        stored = inspections.find(connection, ledger.where, given)
        rules = compiled(inspections.stored_sources(connection, ledger.where, stored.rulebook))
        history = read_history(connection, ledger.where, stored.register, rules.vocabulary)
        said = inspections.recorded_rows(connection, stored.id)
    case, book = inspections.case_of(history, stored.head, stored.assets, stored.known_at, rules)
    return Restored(
        stored=stored, case=case, rulebook=book, vocabulary=rules.vocabulary, working_days=rules.working_days, said=said
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """An inspection run again. `changed` names the inputs that were asked to differ (`as-of`, `known-at`, `rules`)."""

    stored: Stored
    inspection: Inspection
    result: str
    differences: tuple[Difference, ...]
    changed: tuple[str, ...]
    engine: str

    @property
    def same(self) -> bool:
        """Whether the same bytes came out."""
        return self.result == self.stored.result

    @property
    def by_other_program(self) -> bool:
        """Whether another version of hege recorded it."""
        return self.engine != self.stored.engine

    @property
    def compiled_otherwise(self) -> bool:
        """Whether the recorded texts gave another rulebook than when they were recorded."""
        return "rules" not in self.changed and self.inspection.rulebook_digest != self.stored.rulebook


def replay(
    ledger: Ledger, given: str, *, as_of: date | None = None, known_at: int | None = None, sources: Sources | None = None,
    by: Inspect | None = None,
) -> Replayed:  # fmt: skip
    """Runs a recorded inspection again on what the ledger holds; nothing is recorded."""
    with ledger.reading() as connection:
        stored = inspections.find(connection, ledger.where, given)
        rules = compiled(sources or inspections.stored_sources(connection, ledger.where, stored.rulebook))
        history = read_history(connection, ledger.where, stored.register, rules.vocabulary)
        before = inspections.recorded_rows(connection, stored.id)
    return again(stored, history, rules, before, as_of=as_of, known_at=known_at, other_rules=sources is not None, by=by)


def replay_migrated(ledger: Ledger, newest: int) -> Iterator[Replayed]:
    """The newest inspections, each by the texts recorded with it, these brought to the newest schema of rule files."""
    i = schema.inspections.c
    with ledger.reading() as connection:
        found = connection.execute(sa.select(i.inspection, i.rulebook).order_by(i.seq.desc()).limit(newest)).all()
        texts = {row.rulebook: inspections.stored_sources(connection, ledger.where, row.rulebook) for row in found}
    for row in found:
        yield replay(ledger, row.inspection, sources=migrated_sources(texts[row.rulebook]))


def again(
    stored: Stored, history: History, rules: Compiled, before: Rows, *,
    as_of: date | None = None, known_at: int | None = None, other_rules: bool = False, by: Inspect | None = None,
) -> Replayed:  # fmt: skip
    """Runs an inspection again on facts and rules that are at hand."""
    head = stored.head if as_of is None else inspections.on_day(stored.head, as_of)
    size = stored.known_at if known_at is None else known_at
    inspection = run(history, head, stored.assets, size, rules, by=by)
    changed = [
        name
        for name, is_changed in (
            ("as-of", head != stored.head),
            ("known-at", size != stored.known_at),
            ("rules", other_rules and rules.rulebook.digest != stored.rulebook),
        )
        if is_changed
    ]
    result = inspections.result_digest(inspection)
    return Replayed(
        stored=stored,
        inspection=inspection,
        result=result,
        differences=() if result == stored.result else tuple(differences(before, inspection)),
        changed=tuple(changed),
        engine=__version__,
    )


def explained(ledger: Ledger, given: str, asset: str) -> Inspection:
    """What a recorded inspection said of one asset, with all that stands behind it, run again on that asset alone.

    No finding depends on the facts of another asset; a test holds that it is what the whole inspection said.
    """
    with ledger.reading() as connection:
        stored = inspections.find(connection, ledger.where, given)
        rules = compiled_of(stored.rulebook, inspections.stored_sources(connection, ledger.where, stored.rulebook))
        history = read_history(connection, ledger.where, stored.register, rules.vocabulary, asset)
    if stored.assets is not None and asset not in stored.assets:
        raise _not_of_it(ledger.where, stored, asset)
    inspection = run(history, stored.head, None if stored.assets is None else [asset], stored.known_at, rules)
    if not any(b.assets for b in inspection.batches):
        raise _not_of_it(ledger.where, stored, asset)
    return inspection


def _not_of_it(where: str, stored: Stored, asset: str) -> InputError:
    return refusal(
        where, "unknown-asset", f"检查{stored.id}里没有资产“{asset}”", f"inspection {stored.id} has no asset “{asset}”"
    )


_COMPILED: dict[str, Compiled] = {}


def compiled_of(digest: str, sources: Sources) -> Compiled:
    """The rulebook of a digest, compiled once in a process; few are kept."""
    if digest not in _COMPILED:
        if len(_COMPILED) >= 4:
            del _COMPILED[next(iter(_COMPILED))]
        _COMPILED[digest] = compiled(sources)
    return _COMPILED[digest]


def differences(before: Rows, inspection: Inspection) -> Iterator[Difference]:
    """What an inspection says otherwise than the recorded rows, in the order of the inspection."""
    left = dict(before)
    for said in inspections.said_of(inspection):
        old = left.pop(said.key, None)
        if old is None or old["content"] != said.values["content"]:
            yield _difference(said.key, old, said.values)
    for key, old in left.items():
        yield _difference(key, old, None)


def _difference(
    key: tuple[object, ...], old: Mapping[str, object] | None, new: Mapping[str, object] | None
) -> Difference:
    part, asset, indicator = key
    assert isinstance(part, int)

    def said(row: Mapping[str, object] | None, *names: str) -> str:
        return next((str(row[n]) for n in names if n in row), "") if row else ""

    return Difference(
        part=part, asset=str(asset), indicator=str(indicator),
        old=said(old, "outcome", "verdict"), new=said(new, "outcome", "verdict"),
        old_text=said(old, "text", "problem"), new_text=said(new, "text", "problem"),
    )  # fmt: skip
