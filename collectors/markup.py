"""Scanning markup in one pass: comments, scripts, and what stands between two marks.

Pages come from strangers, and a lazy expression over a torn page (`<!--` ten thousand times, never closed) takes minutes.
Everything here goes forward only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNSEEN = re.compile(r"<!--|<(script|style|meta)\b", re.IGNORECASE)
_CLOSINGS = {"script": re.compile(r"</script[^<>]*>", re.IGNORECASE), "style": re.compile(r"</style[^<>]*>", re.IGNORECASE), "meta": re.compile(">")}  # fmt: skip


def without_unseen(text: str) -> str:
    """Markup without comments, scripts, styles and metas; what is never closed goes on to the end, as browsers have it."""
    pieces: list[str] = []
    place = 0
    while opening := _UNSEEN.search(text, place):
        pieces += [text[place : opening.start()], " "]
        if opening[1]:
            closing = _CLOSINGS[opening[1].lower()].search(text, opening.end())
            end = closing.end() if closing else -1
        else:
            found = text.find("-->", opening.end())
            end = found + 3 if found >= 0 else -1
        if end < 0:
            return "".join(pieces)
        place = end
    pieces.append(text[place:])
    return "".join(pieces)


def between(text: str, opening: str, closing: str) -> Iterator[str]:
    """What stands between two marks, each time, forward."""
    place = 0
    while (start := text.find(opening, place)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            return
        yield text[start + len(opening) : end]
        place = end + len(closing)
