"""Evidence: what was received reads back byte for byte, whatever it was, and other tools accept the files."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.checker import Checker

from hege.collectors.capture import Capture, Exchange, Outcome, Peer
from hege.collectors.evidence.warc import WarcFile, captures

AT = datetime(2026, 11, 24, 4, 5, 6, 789, UTC)
PEER = Peer(
    address="114.1.2.3", resolved=("114.1.2.3", "240e::1"), tls_version="TLSv1", legacy_tls=True, tls_fault="旧"
)
ASKED = ((b"Host", b"a.gov.cn"), (b"User-Agent", b"hege/0"))


def exchange(
    url: str = "http://a.gov.cn/x?y=1", body: bytes = b"", status: int = 200, *headers: tuple[bytes, bytes]
) -> Exchange:
    """An exchange with a peer."""
    return Exchange(url=url, status=status, request_headers=ASKED, headers=headers, body=body, peer=PEER)


def capture(*chain: Exchange, outcome: Outcome = Outcome.OK, reason: str = "", body: bytes | None = None) -> Capture:
    """A capture of exchanges."""
    last = body if body is not None else (chain[-1].body if chain else b"")
    url = chain[0].url if chain else "http://a.gov.cn/down"
    return Capture(
        url=url,
        fetched_at=AT,
        outcome=outcome,
        reason=reason,
        seconds=1.5,
        exchanges=chain,
        body=last,
        phases={"dns": 0.25},
    )


PAGE = "<title>某县人民政府</title>".encode("gb18030") * 40
CAPTURES = {
    "page": capture(exchange(body=PAGE)),
    "header of GB18030 bytes": capture(exchange("http://a.gov.cn/", b"", 302, (b"LoCation", "/政策".encode("gb18030"))), exchange(body=PAGE)),
    "chunked": capture(exchange("http://a.gov.cn/", PAGE, 200, (b"Transfer-Encoding", b"chunked"))),
    "packed": capture(exchange("http://a.gov.cn/", zlib.compress(PAGE, 9, 31), 200, (b"Content-Encoding", b"gzip")), body=PAGE),
    "blocked": capture(exchange(body=b"<script>", status=521), outcome=Outcome.BLOCKED, reason="加速乐（521）"),
    "nobody answered": capture(outcome=Outcome.TIMEOUT, reason="15秒内没有打开"),
    "empty body": capture(exchange(body=b"")),
    "blank line in the body": capture(exchange(body=b"a\r\n\r\nb\r\n\r\n")),
}  # fmt: skip


def written(path: Path, *many: Capture) -> list[Capture]:
    """What comes back of captures that were written to a file."""
    warc = WarcFile.open(path, AT)
    for one in many:
        warc.add(one)
    warc.close()
    return [c for _, c in captures(path)]


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_reads_back(tmp_path: Path, name: str) -> None:
    """Every byte, header, time and reason."""
    assert written(tmp_path / "a.warc.gz", CAPTURES[name]) == [CAPTURES[name]]


def test_many_captures_and_repetitions_read_back(tmp_path: Path) -> None:
    """A body that is there already is referred to, and still reads back."""
    file = tmp_path / "a.warc.gz"
    many = [*CAPTURES.values(), *CAPTURES.values()]
    assert written(file, *many) == many
    text = gzip.decompress(file.read_bytes())
    assert text.count(b"WARC-Type: revisit") >= 5
    assert text.count(PAGE) == 1


def test_other_tools_find_every_digest_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """warcio's own checker passes the file, and each record is a gzip member of its own."""
    file = tmp_path / "a.warc.gz"
    written(file, *CAPTURES.values())
    from argparse import Namespace

    assert not Checker(Namespace(inputs=[str(file)], verbose=False)).process_all()
    assert capsys.readouterr().out == ""


def test_the_place_of_a_record_opens_it(tmp_path: Path) -> None:
    """Offset and length cut out one member whose record has the name that the fact points to."""
    file = tmp_path / "a.warc.gz"
    warc = WarcFile.open(file, AT)
    warc.add(CAPTURES["page"])
    place = warc.add(CAPTURES["blocked"])
    warc.close()
    member = gzip.decompress(file.read_bytes()[place.offset : place.offset + place.length])
    assert f"WARC-Record-ID: {place.record}".encode() in member
    assert b"HTTP/1.1 521" in member


def test_a_file_that_was_being_written_when_the_run_died_is_taken_up(tmp_path: Path) -> None:
    """The torn end is cut off at the last place known to be good; what follows reads back, also by reference."""
    file = tmp_path / "a.warc.gz"
    warc = WarcFile.open(file, AT)
    warc.add(CAPTURES["page"])
    good = warc.sync()
    warc.add(CAPTURES["chunked"])
    warc.close()
    with file.open("r+b") as torn:
        torn.truncate(file.stat().st_size - 7)
    again = WarcFile.open(file, AT, good_until=good)
    again.add(CAPTURES["page"])
    again.close()
    assert [c for _, c in captures(file)] == [CAPTURES["page"], CAPTURES["page"]]
    assert gzip.decompress(file.read_bytes()).count(PAGE) == 1
