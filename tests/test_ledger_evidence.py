"""Captured bytes and published notices: only digests are in the ledger, and removal leaves every proof as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

import pytest

from hege.engine.errors import InputError
from hege.engine.ledger import evidence, schema, signing
from hege.engine.ledger.audit import audit
from hege.engine.ledger.bundle import bundle, read_bundle
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.store import Ledger, Receipt
from hege.engine.ledger.verify import verify
from hege.engine.rulebook.sources import sources_of
from tests.ledgers import AT, PLAN, SIGNER, feeds, give, new_ledger

PAGE = "身份证号 11010119900101001X".encode()
BODY = hashlib.sha256(PAGE).hexdigest()
CAPTURE = evidence.Capture(
    register="某市", asset="a1", url="http://例.test/", taken_at=AT, media_type="text/html", body=BODY, length=len(PAGE),
    place="2024-02.warc.gz",
)  # fmt: skip


def removed(ledger: Ledger, body: str, erase: Callable[[str, str], None] = lambda *_: None) -> Receipt | None:
    return evidence.remove(
        ledger, body, ordered_by="办公室", reason="含个人信息", entered_by="李四", at=AT, erase=erase
    )  # fmt: skip


def test_a_body_removed_on_order_leaves_every_proof(place: str) -> None:
    """Before and after, the ledger verifies against the same checkpoint, and so does a bundle, which tells of the removal."""
    ledger = new_ledger(place)
    erased: list[tuple[str, str]] = []
    give(ledger, feeds({"a1": date(2024, 2, 20)}))
    assert evidence.keep(ledger, [CAPTURE], entered_by="采集", at=AT) is not None
    inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)
    held = signing.checkpoint(ledger, SIGNER)
    done = removed(ledger, BODY, lambda body, place: erased.append((body, place)))
    assert done is not None and (done.records, erased) == (1, [(BODY, "2024-02.warc.gz")])
    later = signing.checkpoint(ledger, SIGNER)
    assert verify(ledger, [SIGNER.verifier], [held, later]).faults == ()
    given = read_bundle(bundle(ledger, "last"), "b")
    assert audit(given, [SIGNER.verifier], [held, later]).faults == ()
    assert [(r["ordered_by"], r["reason"]) for r in given.records["removals"]] == [("办公室", "含个人信息")]


def test_captures_and_removals_are_recorded_once(place: str) -> None:
    """Said again, nothing is added; a removal that was interrupted is carried out again."""
    ledger = new_ledger(place)
    erased: list[str] = []
    assert evidence.keep(ledger, [], entered_by="采集", at=AT) is None
    assert evidence.keep(ledger, [CAPTURE], entered_by="采集", at=AT) is not None
    assert evidence.keep(ledger, [CAPTURE], entered_by="采集", at=AT) is None
    assert removed(ledger, BODY) is not None
    assert removed(ledger, BODY, lambda body, _: erased.append(body)) is None
    assert erased == [BODY]


def test_missing_and_changed_bytes_are_found(place: str) -> None:
    """Gone, or other than recorded; removed on order, neither; captures of another register are not asked about."""
    ledger = new_ledger(place)
    evidence.keep(ledger, [CAPTURE], entered_by="采集", at=AT)
    there = CAPTURE.place

    def found(kept: dict[str, str], register: str = "某市") -> tuple[int, int, list[bool]]:
        checked = evidence.check(ledger, register, kept)
        return checked.captures, checked.removed, [m.changed for m in checked.missing]

    assert found({there: BODY}) == (1, 0, [])
    assert found({}) == (1, 0, [False])
    assert found({there: "0" * 64}) == (1, 0, [True])
    assert found({}, "另一市") == (0, 0, [])
    removed(ledger, BODY)
    assert found({}) == (1, 1, [])


def test_nothing_is_erased_that_was_never_captured(place: str) -> None:
    """The order is refused before anything is touched."""
    ledger = new_ledger(place)
    with pytest.raises(InputError) as raised:
        evidence.remove(
            ledger, BODY, ordered_by="x", reason="x", entered_by="x", at=AT, erase=lambda *_: pytest.fail("erased")
        )
    assert [p.code for p in raised.value.problems] == ["no-capture"]


def test_a_published_notice_is_recorded_with_its_digest(place: str) -> None:
    """Beside the inspection it tells of, and in its bundle; once."""
    ledger = new_ledger(place)
    give(ledger, feeds({"a1": date(2024, 2, 20)}))
    inspect_recorded(ledger, PLAN, "某市", None, sources_of(["cn/2019-19"]), entered_by="李四", at=AT)

    def note() -> Receipt | None:
        return evidence.noted(
            ledger, "last", title=None, published_on=date(2024, 3, 1), name="通报.docx", body=BODY,
            entered_by="李四", at=AT,
        )[1]  # fmt: skip

    assert note() is not None
    assert note() is None
    signing.checkpoint(ledger, SIGNER)
    (row,) = read_bundle(bundle(ledger, "last"), "b").records[schema.notices.name]
    assert (row["title"], row["published_on"], row["body"]) == ("某市检查", "2024-03-01", BODY)
