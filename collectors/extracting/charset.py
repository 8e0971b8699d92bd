"""From bytes to text. The ladder ends in GB18030; what was declared, what was used and what was replaced is kept."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_HEAD = 4096
_TORN = 5  # so many good characters for each lost one
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Charset:
    """What the server or page declared, what the bytes turned out to be, how many characters were lost."""

    declared: str
    used: str
    replaced: int


def decoded(body: bytes, content_type: str = "") -> tuple[str, Charset]:
    """The text of a body.

    BOM → UTF-8, also with a few bytes lost → Big5 where declared → GB18030, in the end with replacement. gb2312 and gbk are always read as GB18030: real pages that declare them hold four-byte
    characters. A declared charset never wins over bytes that are valid UTF-8: half the wrong headers say ISO-8859-1.
    """
    declared = _declared(body, content_type)
    for mark, name in _MARKS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(name, "replace")
            return text, Charset(declared, name, text.count("\ufffd"))
    text = body.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    # A torn or cut page is still UTF-8, though GB18030 would take nearly any of its bytes without complaint.
    if not lost or lost * _TORN <= sum(c > "\x7f" for c in text) - lost:
        return text, Charset(declared, "utf-8", lost)
    for name in _ladder(declared):
        try:
            return body.decode(name), Charset(declared, name, 0)
        except UnicodeDecodeError:
            continue
    text = body.decode("gb18030", "replace")
    return text, Charset(declared, "gb18030", text.count("\ufffd"))


def _ladder(declared: str) -> tuple[str, ...]:
    if declared.startswith("big5"):
        return ("big5hkscs", "gb18030")
    return ("gb18030",)


def _declared(body: bytes, content_type: str) -> str:
    found = _HEADER.search(content_type)
    if found:
        return found[1].lower()
    meta = _XML.search(body[:_HEAD]) or _META.search(body[:_HEAD])
    return meta[1].decode("ascii").lower() if meta else ""
