"""Captured bytes and published notices: only digests are in the ledger, and removal leaves every proof as it was."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from hege.engine.errors import InputError
from hege.engine.ledger import evidence, schema, signing
from hege.engine.ledger.audit import audit
from hege.engine.ledger.bundle import bundle, read_bundle
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.verify import verify
from hege.engine.rulebook.sources import sources_of
from tests.ledgers import AT, PLAN, SIGNER, feeds, give, new_ledger

PAGE = "身份证号 11010119900101001X".encode()
BODY = hashlib.sha256(PAGE).hexdigest()
CAPTURE = evidence.Capture(
    register="某市", asset="a1", url="http://例.test/", taken_at=AT, media_type="text/html", body=BODY, length=len(PAGE),
    place="2024-02.warc.gz",
)  # fmt: skip


def test_a_body_removed_on_order_leaves_every_proof(place: str) -> None:
    """Before and after, the ledger verifies against the same checkpoint, and so does a bundle, which tells of the removal."""
    ledger = new_ledger(place)
    store = {BODY: PAGE}
    give(ledger, feeds({"a1": date(2024, 2, 20)}))
    assert evidence.keep(ledger, [CAPTURE], entered_by="采集", at=AT) is not None
    assert evidence.keep(ledger, [], entered_by="采集", at=AT) is None
    inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    held = signing.checkpoint(ledger, SIGNER)
    assert evidence.missing(ledger, lambda body, _: store.get(body)) == []
    done = evidence.remove(
        ledger, BODY, ordered_by="办公室", reason="含个人信息", at=AT, erase=lambda body, _: store.clear()
    )
    assert (done.records, store) == (1, {})
    assert evidence.missing(ledger, lambda body, _: store.get(body)) == []
    later = signing.checkpoint(ledger, SIGNER)
    assert verify(ledger, [SIGNER.verifier], [held, later]).faults == ()
    given = read_bundle(bundle(ledger, "last"), "b")
    assert audit(given, [SIGNER.verifier], [held, later]).faults == ()
    assert [r["reason"] for r in given.records["removals"]] == ["含个人信息"]


def test_missing_and_changed_bytes_are_found(place: str) -> None:
    """Gone, or other than recorded, without an order."""
    ledger = new_ledger(place)
    evidence.keep(ledger, [CAPTURE], entered_by="采集", at=AT)
    for held in (None, b"other"):
        assert evidence.missing(ledger, lambda *_, held=held: held) == [(BODY, "2024-02.warc.gz")]


def test_nothing_is_erased_that_was_never_captured(place: str) -> None:
    """The order is refused before anything is touched."""
    ledger = new_ledger(place)
    with pytest.raises(InputError) as raised:
        evidence.remove(ledger, BODY, ordered_by="x", reason="x", at=AT, erase=lambda *_: pytest.fail("erased"))
    assert [p.code for p in raised.value.problems] == ["no-capture"]


def test_a_published_notice_is_recorded_with_its_digest(place: str) -> None:
    """Beside the inspection it tells of, and in its bundle."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": date(2024, 2, 20)}))
    inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    evidence.noted(
        ledger,
        "last",
        title="通报",
        published_on=date(2024, 3, 1),
        name="通报.docx",
        content=b"PK",
        entered_by="李四",
        at=AT,
    )
    signing.checkpoint(ledger, SIGNER)
    (row,) = read_bundle(bundle(ledger, "last"), "b").records[schema.notices.name]
    assert (row["published_on"], row["body"]) == ("2024-03-01", hashlib.sha256(b"PK").hexdigest())
