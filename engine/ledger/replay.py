"""Running a recorded inspection again, as it was or with one input changed, and saying what differs and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hege import __version__
from hege.engine.inspection import inspect
from hege.engine.ledger import inspections
from hege.engine.ledger.inspections import Stored, run
from hege.engine.ledger.reading import History, read_history
from hege.engine.ledger.store import Ledger
from hege.engine.parts import Inspect
from hege.engine.result import Inspection
from hege.engine.rulebook.sources import Compiled, Sources, compiled

Rows = Mapping[tuple[object, ...], Mapping[str, object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One verdict or finding that is not what was recorded; `old` and `new` are its word, empty where there is none.

    `details` when the word is the same and only what stands behind it differs (wording, arithmetic, facts, clause).
    """

    part: int
    asset: str
    indicator: str  # empty for a verdict
    old: str
    new: str
    old_text: str
    new_text: str

    @property
    def details(self) -> bool:
        """Whether the word itself is the same."""
        return self.old == self.new


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


def replay(
    ledger: Ledger, given: str, *, as_of: date | None = None, known_at: int | None = None, sources: Sources | None = None,
    by: Inspect = inspect,
) -> Replayed:  # fmt: skip
    """Runs a recorded inspection again on what the ledger holds; nothing is recorded."""
    with ledger.reading() as connection:
        stored = inspections.find(connection, ledger.where, given)
        rules = compiled(sources or inspections.stored_sources(connection, ledger.where, stored.rulebook))
        history = read_history(connection, ledger.where, stored.register, rules.vocabulary)
        before = inspections.recorded_rows(connection, stored.id)
    return again(stored, history, rules, before, as_of=as_of, known_at=known_at, other_rules=sources is not None, by=by)


def again(
    stored: Stored, history: History, rules: Compiled, before: Rows, *,
    as_of: date | None = None, known_at: int | None = None, other_rules: bool = False, by: Inspect = inspect,
) -> Replayed:  # fmt: skip
    """Runs an inspection again on facts and rules that are at hand."""
    head = stored.head if as_of is None else inspections.on_day(stored.head, as_of)
    size = stored.known_at if known_at is None else known_at
    inspection = run(history, head, stored.assets, size, rules, by)
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
