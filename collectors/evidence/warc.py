"""One WARC/1.1 file that grows: request, response or revisit, and metadata for each capture.

Read with warcio, and the only module that knows it. Records are laid out here: warcio's writer parses HTTP heads and
encodes them anew, and evidence keeps them byte for byte. Each record is a gzip member of its own; digests are SHA-256. Personal data can be on a page, so what is kept
elsewhere are digests only: a record can be taken out and every digest still holds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from hege import __version__
from hege.collectors.capture import Capture, Earlier, Exchange, Outcome, Peer
from hege.collectors.fetching.decoding import unpacked

_IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_UNCHANGED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_UNPACKED_LIMIT = 4 * 1024 * 1024
_LEVEL = 6  # 9 costs three times the processor for one part in a hundred of the size


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a record lies. `record` names the response (or, where nobody answered, the metadata) of a capture."""

    record: str
    file: str
    offset: int
    length: int
    holds_body: bool = False  # itself, rather than referring to a record that does


def sha256(data: bytes) -> str:
    """A digest as WARC writes it."""
    return f"sha256:{base64.b32encode(hashlib.sha256(data).digest()).decode()}"


@dataclass(slots=True)
class WarcFile:
    """A WARC file open for appending. Bodies it holds already are referred to, not written again."""

    path: Path
    _file: IO[bytes]
    _bodies: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, at: datetime, *, good_until: int | None = None) -> WarcFile:
        """Opens or begins a file; what lies beyond `good_until` was being written when an earlier run died."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and good_until is not None:
            os.truncate(path, good_until)
        warc = cls(path, path.open("ab"))
        if path.stat().st_size == 0:
            information = f"software: hege/{__version__}\r\nformat: WARC File Format 1.1\r\n".encode()
            warc._write("warcinfo", None, information, at, {"Content-Type": "application/warc-fields"})
        else:
            warc._remember()
        return warc

    def add(self, capture: Capture) -> Place:
        """Writes a capture; its place is that of the last answer."""
        place: Place | None = None
        names = []
        for exchange in capture.exchanges:
            place = self._answer(exchange, capture.fetched_at, capture.earlier)
            names.append(place.record)
        headers = {"Content-Type": "application/json"} | ({"WARC-Refers-To": names[-1]} if names else {})
        story = json.dumps(_story(capture, names), ensure_ascii=False, sort_keys=True).encode()
        told = self._write("metadata", capture.url, story, capture.fetched_at, headers)
        return place or told

    def add_file(self, url: str, content: bytes, content_type: str, at: datetime) -> Place:
        """Writes a file that a person handed in: a sheet, a screenshot."""
        return self._write(
            "resource", url, content, at, {"WARC-Payload-Digest": sha256(content), "Content-Type": content_type}
        )

    def sync(self) -> int:
        """Puts everything on disk and gives the size of what is there."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> str:
        """Seals the file and gives its SHA-256."""
        self.sync()
        self._file.close()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _answer(self, exchange: Exchange, at: datetime, earlier: Earlier | None) -> Place:
        head = _head(exchange)
        digest = sha256(exchange.body)
        common = {"WARC-Payload-Digest": digest}
        if exchange.peer and exchange.peer.address:
            common["WARC-IP-Address"] = exchange.peer.address
        if exchange.truncated:
            common["WARC-Truncated"] = "length"
        known = self._bodies.get(digest) if len(exchange.body) > 256 else None
        if earlier:
            common |= {
                "WARC-Profile": _UNCHANGED, "WARC-Refers-To": earlier.record, "WARC-Refers-To-Target-URI": earlier.url,
                "WARC-Refers-To-Date": earlier.given_at, "WARC-Payload-Digest": earlier.digest,
            }  # fmt: skip
            place = self._write("revisit", exchange.url, head, at, common | _RESPONSE)
        elif known:
            name, url, when = known
            common |= {
                "WARC-Profile": _IDENTICAL, "WARC-Refers-To": name, "WARC-Refers-To-Target-URI": url, "WARC-Refers-To-Date": when,
            }  # fmt: skip
            place = self._write("revisit", exchange.url, head, at, common | _RESPONSE)
        else:
            written = self._write("response", exchange.url, head + exchange.body, at, common | _RESPONSE)
            place = replace(written, holds_body=True)
            self._bodies[digest] = (place.record, exchange.url, _date(at))
        self._write("request", exchange.url, _asked(exchange), at, _REQUEST | {"WARC-Concurrent-To": place.record})
        return place

    def _write(self, kind: str, url: str | None, block: bytes, at: datetime, headers: dict[str, str]) -> Place:
        name = f"<urn:uuid:{uuid.uuid4()}>"
        content_type = headers.pop("Content-Type")
        written = {
            "WARC-Type": kind, "WARC-Record-ID": name, "WARC-Date": _date(at), "WARC-Target-URI": url,
            "WARC-Block-Digest": sha256(block), **headers, "Content-Type": content_type, "Content-Length": str(len(block)),
        }  # fmt: skip
        lines = ["WARC/1.1", *(f"{key}: {value}" for key, value in written.items() if value)]
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
        member = packer.compress("\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n") + packer.flush()
        offset = self._file.tell()
        self._file.write(member)
        return Place(record=name, file=self.path.name, offset=offset, length=len(member))

    def _remember(self) -> None:
        with self.path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response":
                    headers = record.rec_headers
                    name, url = headers.get_header("WARC-Record-ID"), headers.get_header("WARC-Target-URI")
                    self._bodies[headers.get_header("WARC-Payload-Digest")] = (
                        name,
                        url,
                        headers.get_header("WARC-Date"),
                    )


_RESPONSE = {"Content-Type": "application/http; msgtype=response"}
_REQUEST = {"Content-Type": "application/http; msgtype=request"}


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _head(exchange: Exchange) -> bytes:
    """The head as received. The chunks of a chunked body are gone, so what speaks of them is renamed."""
    lines = [f"{exchange.http_version} {exchange.status} ".encode()]
    for name, value in exchange.headers:
        chunked = name.lower() == b"transfer-encoding"
        lines.append((b"X-Archive-Orig-" if chunked else b"") + name + b": " + value)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _asked(exchange: Exchange) -> bytes:
    path = exchange.url.split("/", 3)[3] if exchange.url.count("/") > 2 else ""
    lines = [f"GET /{path} HTTP/1.1".encode(), *(name + b": " + value for name, value in exchange.request_headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _story(capture: Capture, names: list[str]) -> dict[str, Any]:
    """What the exchanges do not tell: how the asking ended, how long it took, who answered."""
    return {
        "url": capture.url, "outcome": capture.outcome.value, "reason": capture.reason, "seconds": capture.seconds,
        "phases": {k: round(v, 6) for k, v in capture.phases.items()}, "records": names, "fetched_at": capture.fetched_at.isoformat(),
        "peers": [_peer(e.peer) for e in capture.exchanges],
        "truncated": [e.truncated for e in capture.exchanges],
    } | ({"earlier": {n: getattr(capture.earlier, n) for n in ("record", "file", "offset")}} if capture.earlier else {})  # fmt: skip


def _peer(peer: Peer | None) -> dict[str, Any] | None:
    return {name: getattr(peer, name) for name in Peer.__dataclass_fields__} if peer else None


# ---- reading back ---------------------------------------------------------------------------------------------------


def captures(path: Path) -> Iterator[tuple[str, Capture]]:
    """The captures of a file with the record each is known by, in the order they were made."""
    exchanges: dict[str, Exchange] = {}
    bodies: dict[str, bytes] = {}
    with path.open("rb") as file:
        for record in ArchiveIterator(file, no_record_parse=True):
            headers = record.rec_headers
            name = headers.get_header("WARC-Record-ID")
            if record.rec_type in ("response", "revisit"):
                block = record.content_stream().read()
                exchange = _exchange(headers.get_header("WARC-Target-URI"), block)
                if record.rec_type == "revisit":
                    body = bodies.get(headers.get_header("WARC-Refers-To"), b"")
                    exchange = _with_body(exchange, body)
                bodies[name] = exchange.body
                exchanges[name] = exchange
            elif record.rec_type == "request":
                answered = headers.get_header("WARC-Concurrent-To")
                if answered in exchanges:
                    exchanges[answered] = _with_request(exchanges[answered], record.content_stream().read())
            elif record.rec_type == "metadata":
                story = json.loads(record.content_stream().read())
                told = _told(story, name, [exchanges.pop(n) for n in story["records"] if n in exchanges])
                yield (
                    told if "earlier" not in story else (told[0], _with_earlier(path.parent, story["earlier"], told[1]))
                )


def answer_at(folder: Path, file: str, offset: int, record: str) -> tuple[Earlier, bytes] | None:
    """A kept answer and its body, content-decoded; None where it is no longer there whole."""
    try:
        with (folder / file).open("rb") as stream:
            stream.seek(offset)
            found = next(iter(ArchiveIterator(stream, no_record_parse=True)), None)
            if found is None or found.rec_headers.get_header("WARC-Record-ID") != record:
                return None
            exchange = _exchange(found.rec_headers.get_header("WARC-Target-URI"), found.content_stream().read())
            given_at = found.rec_headers.get_header("WARC-Date")
            digest = found.rec_headers.get_header("WARC-Payload-Digest")
    except (OSError, ArchiveLoadFailed):
        return None
    if digest != sha256(exchange.body):  # taken out on order, or damaged
        return None
    body = unpacked(exchange.body, exchange.header("content-encoding"), _UNPACKED_LIMIT)[0]
    earlier = Earlier(
        record=record, file=file, offset=offset, url=exchange.url, given_at=given_at, digest=digest, headers=exchange.headers
    )  # fmt: skip
    return earlier, body


def _with_earlier(folder: Path, where: dict[str, Any], capture: Capture) -> Capture:
    kept = answer_at(folder, where["file"], where["offset"], where["record"])
    return replace(capture, earlier=kept[0], body=kept[1]) if kept else capture


def _told(story: dict[str, Any], name: str, chain: list[Exchange]) -> tuple[str, Capture]:
    whole = [
        Exchange(
            url=e.url, status=e.status, request_headers=e.request_headers, headers=e.headers, body=e.body,
            http_version=e.http_version, truncated=truncated,
            peer=Peer(**{**peer, "resolved": tuple(peer["resolved"])}) if peer else None,
        )
        for e, peer, truncated in zip(chain, story["peers"], story["truncated"], strict=True)
    ]  # fmt: skip
    body = unpacked(whole[-1].body, whole[-1].header("content-encoding"), _UNPACKED_LIMIT)[0] if whole else b""
    capture = Capture(
        url=story["url"], fetched_at=datetime.fromisoformat(story["fetched_at"]), outcome=Outcome(story["outcome"]),
        reason=story["reason"], seconds=story["seconds"], exchanges=tuple(whole), body=body, phases=story["phases"],
    )  # fmt: skip
    return (story["records"][-1] if story["records"] else name), capture


def _exchange(url: str, block: bytes) -> Exchange:
    head, _, body = block.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    version, status = first.split(b" ")[:2]
    pairs = (line.partition(b": ") for line in lines)
    headers = tuple((name.removeprefix(b"X-Archive-Orig-"), value) for name, _, value in pairs)
    return Exchange(url=url, status=int(status), headers=headers, body=body, http_version=version.decode())


def _with_body(exchange: Exchange, body: bytes) -> Exchange:
    return Exchange(
        url=exchange.url,
        status=exchange.status,
        headers=exchange.headers,
        body=body,
        http_version=exchange.http_version,
    )


def _with_request(exchange: Exchange, block: bytes) -> Exchange:
    lines = block.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    asked = tuple((name, value) for name, _, value in (line.partition(b": ") for line in lines))
    return Exchange(
        url=exchange.url, status=exchange.status, headers=exchange.headers, body=exchange.body,
        http_version=exchange.http_version, request_headers=asked,
    )  # fmt: skip
