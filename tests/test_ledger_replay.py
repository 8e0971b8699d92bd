"""Inspections in the ledger: recorded, run again to the same bytes, and with one input changed."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hege.engine.calendar import load_working_days
from hege.engine.canonical import canonical_text
from hege.engine.errors import HegeError, InputError
from hege.engine.inspection import inspect
from hege.engine.ledger import heads, inspections, schema
from hege.engine.ledger.deciding import review
from hege.engine.ledger.inspections import inspect_recorded, result_bytes, result_digest
from hege.engine.ledger.records import record
from hege.engine.ledger.replay import Difference, Extent, replay
from hege.engine.ledger.store import Ledger
from hege.engine.ledger.verify import verify
from hege.engine.result import Verdict
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.sources import Compiled, Sources, compiled, sources_of
from hege.engine.vocabulary import load_vocabulary
from tests.ledgers import AT, NAMES, PLAN, example, feeds, give, look_at, new_ledger, take_in

DAY = date(2024, 2, 23)
OTHER_ENGINE = "0.0.1"


def look(ledger: Ledger, rules: str = "cn/2019-19") -> str:
    done = inspect_recorded(ledger, PLAN, "某市", None, sources_of([rules]), entered_by="李四", at=AT)
    return done.stored.id


def direct(name: str) -> str:
    """The digest of what a case folder gives without any ledger."""
    case = example(name)
    book = load_rulebook([Path(r) if Path(r).is_absolute() else r for r in case.rules])
    return result_digest(inspect(case, book, load_vocabulary(), load_working_days()))


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    return {name: direct(name) for name in NAMES}


def test_all_examples_in_one_ledger_replay_to_the_same_bytes(place: str, expected: dict[str, str]) -> None:
    """On either database, and in another order of arrival on each, the ledger gives what the folder gives, and gives it again."""
    order = -1 if place.startswith("postgresql") else 1
    ledger = new_ledger(place)
    for name in NAMES[::order]:
        take_in(ledger, name)
    ids = {name: look_at(ledger, name).stored for name in NAMES}
    assert {name: s.result for name, s in ids.items()} == expected
    for stored in ids.values():
        again = replay(Ledger.open(place), stored.id)
        assert (again.same, again.result, again.differences) == (True, stored.result, ())
    assert verify(ledger).faults == ()


def test_the_result_is_its_canonical_bytes() -> None:
    """The digest is of UTF-8 JSON that holds every verdict and finding."""
    case = example("zhuzhou-2022-4")
    inspection = inspect(case, load_rulebook(case.rules), load_vocabulary(), load_working_days())
    text = result_bytes(inspection).decode()
    assert text == canonical_text(inspection, without=frozenset({"calendar_digest"}))
    assert text.count('"":"Finding"') == sum(len(r.findings) for b in inspection.batches for r in b.assets)


def test_the_same_inspection_is_recorded_once(place: str) -> None:
    """Nothing new is known, so the second is the first."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": DAY}))
    first = inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    assert first.receipt is not None
    known = dataclasses.replace(first.stored, known_at=first.stored.known_at)
    assert (known.engine, known.assets, known.register) == (first.stored.engine, None, "某市")
    with ledger.reading() as connection:
        rows = [connection.execute(sa.select(sa.func.count()).select_from(t)).scalar() for t in schema.RECORDS]
    counts = dict(zip([t.name for t in schema.RECORDS], rows, strict=True))
    assert (counts["inspections"], counts["verdicts"], counts["rulebooks"]) == (1, 1, 1)
    assert counts["findings"] == len(first.inspection.batches[0].assets[0].findings)


def test_what_was_recorded_later_was_not_known(place: str) -> None:
    """A late fact changes nothing of an inspection made before; asked as known now, it does, and the finding is named."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": date(2024, 2, 20)}), minutes=10)
    id = look(ledger)
    give(ledger, feeds({"a1": date(2024, 1, 2)}), minutes=20, correct="填错")
    assert replay(ledger, id).same
    later = replay(ledger, id, known_at=4)
    assert (later.same, later.changed) == (False, ("known-at",))
    stale = [d for d in later.differences if d.indicator == "account.stale"]
    assert stale == [
        Difference(part=0, asset="a1", indicator="account.stale", old="pass", new="fail",
                   old_text="未发现问题", new_text=stale[0].new_text)
    ]  # fmt: skip


def test_another_day_and_other_rules(place: str) -> None:
    """Each is named as what was changed; all of them may be asked for at once."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": date(2024, 2, 12)}))
    id = look(ledger)
    other = sources_of(["cn/shaanxi/weinan"])
    assert replay(ledger, id, as_of=DAY, sources=sources_of(["cn/2019-19"])).same
    assert replay(ledger, id, as_of=date(2024, 2, 20)).changed == ("as-of",)
    changed = replay(ledger, id, sources=other)
    assert (changed.changed, changed.inspection.rulebook_digest) == (("rules",), compiled(other).rulebook.digest)
    assert replay(ledger, id, as_of=date(2024, 2, 20), known_at=1, sources=other).changed == (
        "as-of", "known-at", "rules",
    )  # fmt: skip


def test_another_version_of_the_program_names_what_differs(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorded outcome stays; the finding that comes out otherwise is named with both words."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": date(2024, 2, 20)}))
    id = look(ledger)
    from hege.engine.ledger import replay as replaying

    monkeypatch.setattr(replaying, "__version__", OTHER_ENGINE)
    assert replay(ledger, id).same

    def otherwise(*arguments: object) -> object:
        found = inspect(*arguments)  # type: ignore[arg-type]
        (batch,) = found.batches
        (result,) = batch.assets
        first = dataclasses.replace(result.findings[0], text="换了说法")
        changed = dataclasses.replace(result, findings=(first, *result.findings[1:]))
        return dataclasses.replace(found, batches=(dataclasses.replace(batch, assets=(changed,)),))

    monkeypatch.setattr(inspections, "inspect", otherwise)
    again = replay(ledger, id)
    assert (again.same, again.changed, again.engine) == (False, (), OTHER_ENGINE)
    (difference,) = again.differences
    assert difference == Difference(
        part=0, asset="a1", indicator="account.serious", old="unknown", new="unknown", old_text=difference.old_text,
        new_text="换了说法",
    )  # fmt: skip
    assert difference.old_text.startswith("待核：")
    assert difference.extent is Extent.WORDING


def test_texts_that_another_version_reads_otherwise(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same texts give another rulebook: that is said, and no finding need differ for it."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": date(2024, 2, 20)}))
    id = look(ledger)
    from hege.engine.ledger import replay as replaying

    def otherwise(sources: Sources) -> Compiled:
        found = compiled(sources)
        return dataclasses.replace(found, rulebook=dataclasses.replace(found.rulebook, digest="0" * 64))

    assert not replay(ledger, id).compiled_otherwise
    monkeypatch.setattr(replaying, "compiled", otherwise)
    again = replay(ledger, id)
    assert (again.same, again.compiled_otherwise, again.differences) == (False, True, ())


def test_waivers_count_from_when_they_were_recorded(place: str) -> None:
    """A waiver in the ledger makes a veto exempt; an inspection from before it stays as it was."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": date(2024, 1, 2)}))
    before = look(ledger)
    with ledger.writing(entered_by="李四", action="waive", at=AT) as batch:
        batch.add([
            record(schema.waivers, register="某市", waiver="W1", asset="a1", indicator="account.stale", start="2024-02-01",
                   until="2024-03-01", reason="机构改革", approved_by="市政府办公室")
        ])  # fmt: skip
    after = inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    outcomes = {f.indicator: f.outcome.value for f in after.inspection.batches[0].assets[0].findings}
    assert outcomes["account.stale"] == "exempt"
    assert replay(ledger, before).same and replay(ledger, after.stored.id).same
    assert replay(ledger, before).inspection.batches[0].assets[0].verdict is Verdict.FAIL


def test_inspections_listed(place: str) -> None:
    """Newest first, with their verdicts and reviews; of one register, or so many."""
    ledger = new_ledger(place)
    for register, newest in (("某市", date(2024, 1, 2)), ("另一市", DAY)):
        give(ledger, feeds({"a1": newest, "a2": DAY}), register=register)
    first, second = (
        inspect_recorded(ledger, PLAN, name, None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT).stored
        for name in ("某市", "另一市")
    )
    review(ledger, first.id, "a2", Verdict.PASS, reviewer="王五", reason="看过", at=AT)
    with ledger.reading() as connection:
        found = inspections.listed(connection)
        assert [i.id for i in found] == [second.id, first.id]
        assert inspections.listed(connection, most=1) == found[:1]
        assert inspections.listed(connection, "某市") == found[1:] == [
            inspections.Listed(
                id=first.id, register="某市", title="某市检查", recorded_at=AT, entered_by="李四", known_at=3,
                rulebook=first.rulebook, verdicts={Verdict.FAIL: 1, Verdict.UNDETERMINED: 1}, reviews=1,
            )
        ]  # fmt: skip
        assert inspections.listed(connection, "某省") == []


def test_names_of_inspections(place: str) -> None:
    """The beginning of an id is enough, `last` is the newest; anything else is refused with the newest ones."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": DAY}))
    id = look(ledger)
    assert replay(ledger, id[:5]).stored.id == replay(ledger, "last").stored.id == id
    with pytest.raises(InputError) as raised:
        replay(ledger, "zz")
    assert [p.code for p in raised.value.problems] == ["no-inspection"]


@pytest.mark.parametrize("name", NAMES)
def test_plans_read_back(name: str) -> None:
    """Every field of a case's plan survives, of whatever type."""
    case = example(name)
    assert heads.read(heads.written(case), case.facts, case.rules) == case


def test_an_older_plan_takes_the_defaults_of_newer_fields() -> None:
    """A field that was not there when the plan was recorded."""
    text = heads.written(PLAN).replace('"rectify_by":null,', "")
    assert heads.read(text, PLAN.facts, PLAN.rules) == PLAN


def test_a_plan_of_a_newer_version_is_refused() -> None:
    """What a field that is not known here means cannot be guessed."""
    with pytest.raises(HegeError, match="newer hege"):
        heads.read(heads.written(PLAN).replace('"frames"', '"new_field"'), PLAN.facts, PLAN.rules)


def test_recorded_times_do_not_enter_the_result(place: str) -> None:
    """The same facts recorded at another time by another person give the same bytes."""
    one = new_ledger(place)
    give(one, feeds({"a1": date(2024, 2, 20)}), minutes=1)
    first = inspect_recorded(one, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    give(one, feeds({"a1": date(2024, 2, 20)}), minutes=99, register="另一市")
    second = inspect_recorded(
        one, PLAN, "另一市", None, sources_of(["cn/2019-19"]), entered_by="王五", at=AT + timedelta(days=9)
    )
    assert first.stored.result == second.stored.result
