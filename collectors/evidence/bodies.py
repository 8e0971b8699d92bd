"""The bodies that evidence files hold: their digests, and taking one out on order, as when it holds personal data.

A body taken out leaves its record with head and digest, in exactly the room it had: whatever points into the file still
does, and other tools still read it. That it was taken out on order, by whom and why is for the ledger to say.

Records are found by their gzip members, so that one that is damaged hides no other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from hege.collectors.evidence.warc import sha256

_BLANK_LINE, _MAGIC = b"\r\n\r\n", b"\x1f\x8b\x08"
_PIECE = 1 << 16
_REMOVED = "X-Removed-Payload-Digest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What one record holds. `digest` is the SHA-256 (hex) of the bytes as received, `kept` that of the bytes now there.

    `capture` is the record that the journal knows the capture by. A revisit has the body of the record it refers to.
    What is no page is the story of how the asking went.
    """

    record: str
    capture: str
    url: str
    taken_at: datetime
    media_type: str
    digest: str
    kept: str
    length: int
    is_page: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Record:
    """A record as it lies in its file."""

    offset: int
    room: int  # of its gzip member
    headers: dict[str, str]
    block: bytes

    @property
    def answer(self) -> tuple[bytes, bytes]:
        """The head of an answer, with the blank line after it, and its body."""
        head, parted, body = self.block.partition(_BLANK_LINE)
        return head + parted, body


def bodies(path: Path) -> Iterator[Body]:
    """The bodies of a file, those of one capture together: answers, then the story of how the asking went; files."""
    earlier: dict[str, tuple[str, int]] = {}  # record -> digest and length of what it holds
    waiting: list[tuple[dict[str, str], str, str, int]] = []
    for record in _records(path):
        headers, kind = record.headers, record.headers["WARC-Type"]
        name = headers["WARC-Record-ID"]
        if kind in ("response", "revisit"):
            http, content = record.answer
            holds = earlier.get(headers["WARC-Refers-To"], ("", 0)) if kind == "revisit" else _held(content)
            earlier[name] = holds
            waiting.append((headers, _media_type(http), *holds))
        elif kind in ("metadata", "resource"):
            told = json.loads(record.block)["records"] if kind == "metadata" else []
            own = (headers, headers.get("Content-Type", ""), *_held(record.block))
            yield from (_body(*one, told) for one in (*waiting, own))
            waiting = []
    yield from (_body(*one, ()) for one in waiting)  # their story is damaged, or was never written


def _records(path: Path) -> Iterator[_Record]:
    """The records that can be read; what lies between them is damaged."""
    with path.open("rb") as file:
        offset, size = 0, path.stat().st_size
        while 0 <= offset < size:
            text, room = _unpacked(file, offset)
            if text.startswith(b"WARC/1."):
                head, _, rest = text.partition(_BLANK_LINE)
                pairs = (line.partition(": ") for line in head.decode("utf-8", "replace").split("\r\n")[1:])
                headers = {name: value for name, _, value in pairs}
                block = rest[: int(headers["Content-Length"])]
                yield _Record(offset=offset, room=room, headers=headers, block=block)
                offset += room
            else:
                offset = _next_member(file, offset + 1)


def _unpacked(file: IO[bytes], offset: int) -> tuple[bytes, int]:
    """What the gzip member at a place holds, and how long it is; nothing where it is damaged."""
    unpacker, found, taken = zlib.decompressobj(31), [], 0
    file.seek(offset)
    try:
        while not unpacker.eof and (piece := file.read(_PIECE)):
            found.append(unpacker.decompress(piece))
            taken += len(piece)
    except zlib.error:
        return b"", 0
    return (b"".join(found), taken - len(unpacker.unused_data)) if unpacker.eof else (b"", 0)


def _next_member(file: IO[bytes], offset: int) -> int:
    """Where the next gzip member may begin; -1 for nowhere."""
    file.seek(offset)
    before = b""
    while piece := file.read(_PIECE):
        found = (before + piece).find(_MAGIC)
        if found >= 0:
            return offset + found - len(before)
        offset, before = offset + len(piece), piece[1 - len(_MAGIC) :]
    return -1


def _held(content: bytes) -> tuple[str, int]:
    return hashlib.sha256(content).hexdigest(), len(content)


def _body(headers: dict[str, str], media_type: str, kept: str, length: int, told: Sequence[str]) -> Body:
    name = headers["WARC-Record-ID"]
    of_this = bool(told) and (name in told or headers["WARC-Type"] == "metadata")
    return Body(
        record=name, capture=told[-1] if of_this else name, url=headers.get("WARC-Target-URI", ""),
        taken_at=datetime.fromisoformat(headers["WARC-Date"]), media_type=media_type,
        digest=_hex(headers.get("WARC-Payload-Digest") or headers.get(_REMOVED) or "") or kept, kept=kept, length=length,
        is_page=headers["WARC-Type"] != "metadata",
    )  # fmt: skip


def _hex(digest: str) -> str:
    return base64.b32decode(digest.removeprefix("sha256:")).hex() if digest else ""


def _media_type(http: bytes) -> str:
    """What an answer says it is; empty where it says nothing."""
    for line in http.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-type":
            return value.strip().decode("latin-1")
    return ""


# ---- taking out ----------------------------------------------------------------------------------------------------


def take_out(path: Path, digest: str) -> int:
    """Takes a body (its SHA-256, hex) out of every record of a file that holds it; gives how many did."""
    members = list(_emptied(path, digest))
    if members:
        waiting = path.with_name(f".{path.name}.writing")
        content = bytearray(path.read_bytes())
        for offset, member in members:
            content[offset : offset + len(member)] = member
        with waiting.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        waiting.replace(path)
    return len(members)


def _emptied(path: Path, digest: str) -> Iterator[tuple[int, bytes]]:
    """The records that hold a body, without it: where each lies and its new bytes, as many as it had."""
    for record in _records(path):
        is_answer = record.headers["WARC-Type"] == "response"
        if is_answer or record.headers["WARC-Type"] == "resource":
            http, content = record.answer if is_answer else (b"", record.block)
            if content and _held(content)[0] == digest:
                yield record.offset, _member(record.headers, http, record.room)


def _member(headers: dict[str, str], block: bytes, room: int) -> bytes:
    """A gzip member of a record in exactly the room there is: what is left over is blanks in its comment."""
    changed = {"Content-Length": str(len(block)), "WARC-Block-Digest": sha256(block)}
    names = {"WARC-Payload-Digest": _REMOVED}  # no longer that of the payload, which other tools would check
    lines = [(names.get(k, k), changed.get(k, v)) for k, v in headers.items() if k != "WARC-Truncated"]
    short = [(k, v) for k, v in lines if k != "WARC-Block-Digest"]
    mark = [("WARC-Truncated", "unspecified")]
    for tried in (lines + mark, short + mark, short):  # a tiny body leaves little room
        text = "\r\n".join(["WARC/1.1", *(f"{k}: {v}" for k, v in tried)]).encode() + _BLANK_LINE + block + _BLANK_LINE
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(text) + packer.flush() + struct.pack("<II", zlib.crc32(text), len(text))
        spare = room - len(packed) - 11
        if spare >= 0:
            return b"\x1f\x8b\x08\x10\0\0\0\0\x02\xff" + b" " * spare + b"\0" + packed
    raise AssertionError("a record without its body takes no more room than with it")
