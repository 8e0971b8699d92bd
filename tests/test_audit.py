"""Bundles: one file, checked and run again without the ledger; whatever is wrong with it is said."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hege import __version__
from hege.engine.errors import InputError
from hege.engine.ledger import audit as auditing
from hege.engine.ledger import proofs, signing
from hege.engine.ledger import replay as replaying
from hege.engine.ledger.audit import Audited, audit
from hege.engine.ledger.bundle import bundle, read_bundle
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.notes import MalformedNote, Signer, read_proof
from hege.engine.ledger.store import Ledger
from hege.engine.rulebook.sources import Compiled, Sources, compiled, sources_of
from tests.ledgers import AT, PLAN, SIGNER, feeds, give, look_at, new_ledger, take_in

Members = dict[str, bytes]


@dataclasses.dataclass(frozen=True)
class Given:
    """A bundle with the checkpoints made before, with, and after it."""

    ledger: Ledger
    data: bytes
    earlier: str
    own: str
    later: str


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    """A register with a correction, beside another one, inspected and signed."""
    ledger = new_ledger(str(tmp_path_factory.mktemp("audit") / "a.db"))
    give(ledger, feeds({"a1": date(2024, 2, 20), "a2": "none"}))
    earlier = signing.checkpoint(ledger, SIGNER)
    give(ledger, feeds({"x9": date(2024, 2, 20)}), register="别处")
    give(ledger, feeds({"a1": date(2024, 1, 2)}), minutes=5, correct="填错")
    inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    own = signing.checkpoint(ledger, SIGNER)
    data = bundle(ledger, "last")
    give(ledger, feeds({"a1": date(2024, 2, 22)}), minutes=9, correct="又填错")
    later = signing.checkpoint(ledger, SIGNER)
    return Given(ledger, data, earlier, own, later)


def look(data: bytes, held: tuple[str, ...] = (), key: Signer = SIGNER) -> Audited:
    return audit(read_bundle(data, "b.hege"), [key.verifier], held)


def test_a_bundle_is_checked_and_run_again(given: Given) -> None:
    """Without the ledger: same bytes, signed with the key, continuing the checkpoints that were handed out."""
    done = look(given.data, (given.earlier, given.own))
    assert (done.faults, done.key) == ((), SIGNER.verifier)
    assert done.replayed is not None and done.replayed.same
    with zipfile.ZipFile(io.BytesIO(given.data)) as archive:
        assert "x9" not in archive.read("facts.jsonl").decode() + archive.read("assets.jsonl").decode()


def test_the_same_inspection_and_checkpoint_make_the_same_bundle(tmp_path: Path) -> None:
    """Byte for byte."""
    ledger = new_ledger(str(tmp_path / "a.db"))
    take_in(ledger, "zhuzhou-2022-4")
    look_at(ledger, "zhuzhou-2022-4")
    signing.checkpoint(ledger, SIGNER)
    assert bundle(ledger, "last") == bundle(Ledger.open(str(tmp_path / "a.db")), "last")


def test_no_bundle_before_a_checkpoint(tmp_path: Path) -> None:
    """What is not signed cannot be handed out as evidence."""
    ledger = new_ledger(str(tmp_path / "a.db"))
    give(ledger, feeds({"a1": date(2024, 2, 20)}))
    signing.checkpoint(ledger, SIGNER)
    inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    with pytest.raises(InputError) as raised:
        bundle(ledger, "last")
    assert [p.code for p in raised.value.problems] == ["not-signed"]


def test_a_later_bundle_holds_what_was_known_then(given: Given) -> None:
    """Made again after more was recorded, it continues the newer checkpoint and gives the same result."""
    done = look(bundle(given.ledger, "last"), (given.earlier, given.own, given.later))
    assert done.faults == () and done.replayed is not None and done.replayed.same


def test_a_foreign_key_and_newer_checkpoints_are_said(given: Given) -> None:
    """Signed by somebody else; older than what the auditor holds; a checkpoint of another ledger; none at all."""
    assert [f.code for f in look(given.data, key=Signer.new("hege/test")).faults] == ["foreign-key"]
    assert [f.code for f in look(given.data, (given.later,)).faults] == ["checkpoint-root"]
    other = given.own.replace("hege/test", "hege/other")
    assert [f.code for f in look(given.data, (other,)).faults] == ["checkpoint-root"]
    assert [f.code for f in look(given.data, ("nothing",)).faults] == ["checkpoint"]


# ---- changed bundles -----------------------------------------------------------------------------------------------


def with_members(data: bytes, change: Callable[[Members], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def replaced(name: str, old: str, new: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        text = members[name].decode()
        assert old in text
        members[name] = text.replace(old, new, 1).encode()

    return change


def lines(name: str, change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Members], None]:
    def apply(members: Members) -> None:
        rows = [json.loads(line) for line in members[name].decode().splitlines()]
        change(rows)
        members[name] = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode()

    return apply


CHANGED: dict[str, tuple[Callable[[Members], None], list[str]]] = {
    "a fact": (replaced("facts.jsonl", "2024-02-20", "2024-02-21"), ["fact-changed"]),
    "the source of a fact": (replaced("facts.jsonl", "feed.csv:2", "feed.csv:3"), ["record-changed"]),
    "a fact left out": (lines("facts.jsonl", lambda rows: rows.pop()), []),  # see below
    "an asset": (replaced("assets.jsonl", "账号a1", "账号b1"), ["record-changed"]),
    "a verdict": (replaced("verdicts.jsonl", '"fail"', '"pass"'), ["record-changed"]),
    "a rule": (replaced("texts.jsonl", "account.stale", "account.fresh"), ["record-changed"]),
    "the result": (
        lines("inspections.jsonl", lambda rows: rows[0].update(result="0" * 64)), ["record-changed", "manifest"],
    ),
    "who recorded it": (replaced("batches.jsonl", "李四", "王五"), ["batch-proof"]),
    "the way up": (lines("batches.jsonl", lambda rows: rows[0]["path"].pop()), ["batch-proof"]),
    "a digest": (
        lines("batches.jsonl", lambda rows: rows[0].update(digests="A" + rows[0]["digests"][1:])),
        ["batch-records", "record-changed"],
    ),
    "a batch left out": (
        lines("batches.jsonl", lambda rows: rows.pop(0)), ["record-changed"],
    ),
    "the checkpoint": (replaced("checkpoint", "\n5\n", "\n6\n"), ["checkpoint-signature"]),
    "the manifest": (replaced("manifest.json", '"engine":"', '"engine":"9'), ["manifest"]),
    "no key": (lines("keys.jsonl", lambda rows: rows.clear()), ["foreign-key"]),
    "a column left out": (lines("assets.jsonl", lambda rows: rows[0].pop("district")), ["form"]),
    "no inspection": (lambda members: members.update({"inspections.jsonl": b""}), ["form"]),
    "a strange path": (
        lines("rulebooks.jsonl", lambda rows: rows[0].update(files=rows[0]["files"].replace("calendar/", "../../"))),
        ["record-changed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", [w for w in CHANGED if CHANGED[w][1]])
def test_a_changed_bundle_is_refused(what: str, given: Given) -> None:
    """The fault is named, and nothing is run again."""
    change, expected = CHANGED[what]
    done = look(with_members(given.data, change))
    assert ([f.code for f in done.faults], done.replayed) == (expected, None)


def test_a_fact_left_out_shows_in_the_result(given: Given) -> None:
    """Every record that is there is proven, but the bytes are no longer those that were recorded."""
    done = look(with_members(given.data, CHANGED["a fact left out"][0]))
    assert done.faults == () and done.replayed is not None
    assert not done.replayed.same and done.replayed.changed == ()


@pytest.mark.parametrize("size", [0, 10, 0.5, -1])
def test_a_truncated_bundle_is_refused(size: float, given: Given) -> None:
    """Cut anywhere, or no archive at all."""
    cut = given.data[: int(len(given.data) * size) if isinstance(size, float) else size]
    with pytest.raises(InputError) as raised:
        read_bundle(cut, "b.hege")
    assert [p.code for p in raised.value.problems] == ["not-a-bundle"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (replaced("manifest.json", "hege/bundle/1", "hege/bundle/2"), "newer-bundle"),
        (lambda members: members.update({"more.txt": b"x"}), "not-a-bundle"),
        (lambda members: members.pop("checkpoint"), "not-a-bundle"),
        (lambda members: members.update({"facts.jsonl": b"{"}), "not-a-bundle"),
        (lambda members: members.update({"facts.jsonl": b"\xff"}), "not-a-bundle"),
    ],
)
def test_files_that_are_no_bundle_of_this_form(change: Callable[[Members], None], code: str, given: Given) -> None:
    """Refused before anything is looked at."""
    with pytest.raises(InputError) as raised:
        read_bundle(with_members(given.data, change), "b.hege")
    assert [p.code for p in raised.value.problems] == [code]


def test_a_bundle_of_another_version_says_so(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that checks is named beside the one that recorded."""
    monkeypatch.setattr(replaying, "__version__", "9.9")
    done = look(given.data)
    assert done.replayed is not None
    assert (done.replayed.engine, done.replayed.same) == ("9.9", True)


@pytest.mark.parametrize(("version", "faults"), [(__version__, ["rulebook"]), ("9.9", [])])
def test_texts_that_give_another_rulebook(
    version: str, faults: list[str], given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault, unless another version reads them: then the inspection is run again, and the reason is there to be told."""

    def otherwise(sources: Sources) -> Compiled:
        found = compiled(sources)
        return dataclasses.replace(found, rulebook=dataclasses.replace(found.rulebook, digest="0" * 64))

    monkeypatch.setattr(replaying, "__version__", version)
    monkeypatch.setattr(auditing, "compiled", otherwise)
    done = look(given.data)
    assert [f.code for f in done.faults] == faults
    assert (done.replayed is not None and done.replayed.compiled_otherwise) == (not faults)


# ---- proofs of single facts ----------------------------------------------------------------------------------------


def test_a_fact_is_proven_by_a_file(given: Given) -> None:
    """With the public key alone; the first checkpoint that covers it is enough."""
    with given.ledger.reading() as connection:
        (found,) = proofs.find_facts(connection, "l", _id(given))
        text = proofs.proof_of(connection, "l", found.seq).text()
    assert read_proof(text).checkpoint == given.earlier
    fact = proofs.check_proof(text, [SIGNER.verifier])
    assert (fact["asset"], fact["fields"], fact["entered_by"]) == ("a1", '{"newest":"2024-02-20"}', "李四")
    assert found.corrected_by and "更正" in found.lines()[-1].zh


def _id(given: Given) -> str:
    with given.ledger.reading() as connection:
        rows = proofs.facts_of_asset(connection, "l", "某市", "a1", "feed")
    assert [bool(r.corrected_by) for r in rows] == [True, True, False]
    return rows[0].id


def test_a_changed_proof_does_not_hold(given: Given) -> None:
    """The fact, its way, its batch, the signature."""
    with given.ledger.reading() as connection:
        (found,) = proofs.find_facts(connection, "l", _id(given)[:12])
        proof = proofs.proof_of(connection, "l", found.seq)
    good = proof.extra.decode()
    broken = [
        dataclasses.replace(proof, extra=good.replace("2024-02-20", "2024-02-21").encode()),
        dataclasses.replace(proof, extra=good.replace("feed.csv:2", "feed.csv:3").encode()),
        dataclasses.replace(proof, extra=good.replace("李四", "王五").encode()),
        dataclasses.replace(proof, extra=b"{}"),
        dataclasses.replace(proof, path=(b"\0" * 32,)),
        dataclasses.replace(proof, index=0),
        dataclasses.replace(proof, checkpoint=proof.checkpoint.replace("\n2\n", "\n3\n")),
    ]
    for other in broken:
        with pytest.raises(MalformedNote):
            proofs.check_proof(other.text(), [SIGNER.verifier])
    with pytest.raises(MalformedNote):
        proofs.check_proof(proof.text(), [Signer.new("hege/test").verifier])


@pytest.mark.parametrize("wanted", ["", "zz", "0000000000000000", "f" * 65])
def test_facts_that_are_not_there(wanted: str, given: Given) -> None:
    """Ids that no fact has, or that are none."""
    with given.ledger.reading() as connection, pytest.raises(InputError) as raised:
        proofs.find_facts(connection, "l", wanted)
    assert [p.code for p in raised.value.problems] == ["no-fact"]


def test_a_fact_that_no_checkpoint_covers(given: Given) -> None:
    """It has no proof yet."""
    give(given.ledger, feeds({"b1": date(2024, 2, 20)}), register="未签")
    with given.ledger.reading() as connection, pytest.raises(InputError) as raised:
        (found,) = proofs.facts_of_asset(connection, "l", "未签", "b1", None)
        proofs.proof_of(connection, "l", found.seq)
    assert [p.code for p in raised.value.problems] == ["not-signed"]
