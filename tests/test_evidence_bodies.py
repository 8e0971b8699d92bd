"""The bodies in evidence files: what they are, and how one is taken out without moving anything else."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pytest
from warcio.checker import Checker

from hege.collectors.capture import Capture, Outcome
from hege.collectors.evidence.bodies import Body, bodies, take_out
from hege.collectors.evidence.warc import WarcFile, captures
from tests.test_evidence import AT, PAGE, capture, exchange

OTHER = "<title>另一页</title>".encode() * 30
HTML = (b"Content-Type", b"text/html; charset=gb18030")


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def written(folder: Path, *kept: Capture) -> Path:
    warc = WarcFile.open(folder / "a.warc.gz", AT)
    for one in kept:
        warc.add(one)
    warc.close()
    return folder / "a.warc.gz"


def pages(path: Path) -> list[Body]:
    return [b for b in bodies(path) if b.is_page]


def checked(path: Path) -> int:
    """What warcio finds wrong."""
    return int(Checker(type("Asked", (), {"inputs": [str(path)], "verbose": False})()).process_all())


def test_the_bodies_of_a_file(tmp_path: Path) -> None:
    """Each answer of a chain, the same page seen again, a file handed in; the story comes after the answers."""
    moved = exchange("http://a.gov.cn/", b"", 302, (b"Location", b"/x"))
    path = written(
        tmp_path, capture(moved, exchange("http://a.gov.cn/x", PAGE, 200, HTML)), capture(exchange("http://b.gov.cn/", PAGE)),
        capture(outcome=Outcome.TIMEOUT),
    )  # fmt: skip
    warc = WarcFile.open(path, AT)
    warc.add_file("sheet.csv", b"a,b", "text/csv", AT)
    warc.close()
    found = list(bodies(path))
    assert [(b.url, b.media_type, b.digest, b.length, b.is_page) for b in found if b.is_page] == [
        ("http://a.gov.cn/", "", sha(b""), 0, True),
        ("http://a.gov.cn/x", HTML[1].decode(), sha(PAGE), len(PAGE), True),
        ("http://b.gov.cn/", "", sha(PAGE), len(PAGE), True),  # a revisit
        ("sheet.csv", "text/csv", sha(b"a,b"), 3, True),
    ]
    assert all(b.kept == b.digest and b.taken_at == AT for b in found)
    names = [name for name, _ in captures(path)]
    assert [b.capture for b in found] == [names[0]] * 3 + [names[1]] * 2 + [names[2], found[-1].record]


def test_taking_a_body_out_moves_nothing(tmp_path: Path) -> None:
    """Its records stay, empty, with its digest; every other reads as before, at the same place; warcio finds no fault."""
    path = written(tmp_path, *(capture(exchange(body=b)) for b in (PAGE, OTHER, PAGE)))
    before, size = list(bodies(path)), path.stat().st_size
    assert take_out(path, sha(PAGE)) == 1  # the second is a revisit, which holds none
    after = list(bodies(path))
    gone = {b.record for b in before if b.digest == sha(PAGE)}
    assert after == [replace(b, kept=sha(b""), length=0) if b.record in gone else b for b in before]
    assert (path.stat().st_size, checked(path)) == (size, 0)
    assert [c.body for _, c in captures(path)] == [b"", OTHER, b""]
    assert PAGE[:40] not in path.read_bytes()
    assert (take_out(path, sha(PAGE)), take_out(path, sha(b"never seen"))) == (0, 0)


def test_a_page_taken_out_is_kept_whole_when_it_is_seen_again(tmp_path: Path) -> None:
    """No later record refers to one that is empty."""
    path = written(tmp_path, capture(exchange(body=PAGE)))
    take_out(path, sha(PAGE))
    warc = WarcFile.open(path, AT, good_until=path.stat().st_size)
    warc.add(capture(exchange(body=PAGE)))
    warc.close()
    assert [c.body for _, c in captures(path)] == [b"", PAGE]


@pytest.mark.parametrize("length", [1, 2, 3, 8, 30, 100])
def test_a_small_body_leaves_room_enough(length: int, tmp_path: Path) -> None:
    """Even one byte."""
    dice = random.Random(length)
    kept = [dice.randbytes(length) + bytes([n]) for n in range(20)]
    path = written(tmp_path, *(capture(exchange(f"http://a.gov.cn/{n}", b)) for n, b in enumerate(kept)))
    for body in kept:
        assert take_out(path, sha(body)) == 1
    assert [b.length for b in pages(path)] == [0] * 20
    assert checked(path) == 0


def test_a_damaged_record_hides_no_other(tmp_path: Path) -> None:
    """A byte changed anywhere in one record: that one is not there, or not what it was; the rest is."""
    path = written(tmp_path, *(capture(exchange(f"http://a.gov.cn/{n}", b)) for n, b in enumerate((PAGE, OTHER, b"x"))))
    whole, size = path.read_bytes(), path.stat().st_size
    first = {b.record: b.kept for b in bodies(path)}
    dice = random.Random(7)
    for place in sorted(dice.sample(range(size), 40)):
        changed = bytearray(whole)
        changed[place] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        now = {b.record: b.kept for b in bodies(path)}
        assert now.keys() <= first.keys()
        assert sum(now.get(record) != kept for record, kept in first.items()) <= 1
