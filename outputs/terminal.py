"""Text on a terminal: how wide it is, padding, wrapping, tables and colour.

Chinese characters take two columns, combining marks none; `str.ljust` and textwrap know neither.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from enum import Enum

_NEVER_FIRST = "，。；：、！？）》”’」』】…·%"
_NEVER_LAST = "（《“‘「『【"


class Colour(Enum):
    """The few ways of setting text off; the value is the terminal's code."""

    STRONG = "1"
    SOFT = "2"
    GOOD = "32"
    BAD = "31"
    OPEN = "33"


def painted(text: str, colour: Colour, is_coloured: bool) -> str:
    """The text in a colour, or as it is."""
    return f"\033[{colour.value}m{text}\033[0m" if is_coloured and text else text


def width(text: str) -> int:
    """How many columns the text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Cc", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, columns: int, to_right: bool = False) -> str:
    """The text filled up with blanks."""
    blanks = " " * (columns - width(text))
    return blanks + text if to_right else text + blanks


def wrapped(text: str, columns: int | None) -> list[str]:
    """The text in lines no wider than asked, broken between Chinese characters or at blanks; never before a closing mark."""
    if columns is None or width(text) <= columns:
        return [text]
    lines, line, used = [], "", 0
    for word in _unbreakable(text):
        wide = width(word)
        if line and used + width(word.rstrip()) > columns:
            lines.append(line.rstrip())
            line, used = "", 0
            word = word.lstrip()
            wide = width(word)
        line, used = line + word, used + wide
    return [*lines, line.rstrip()]


def _unbreakable(text: str) -> Iterable[str]:
    """Pieces between which a line may end: Chinese characters with the marks that cling to them, words with a blank."""
    piece = ""
    for character in text:
        may_break = bool(piece) and character not in _NEVER_FIRST and piece[-1] not in _NEVER_LAST
        if may_break and (_columns(character) == 2 or _columns(piece[-1]) == 2 or piece[-1] == " "):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def aligned(rows: Sequence[Sequence[str]], to_right: Sequence[int] = (), gap: int = 2) -> list[str]:
    """Rows as lines with their columns under each other; those named `to_right` end in line."""
    if not rows:
        return []
    wide = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ((padded(cell, wide[i], i in to_right) for i, cell in enumerate(row)) for row in rows)
    return [(" " * gap).join(cells).rstrip() for cells in lines]


def beside(
    heads: Sequence[Sequence[str]], texts: Sequence[str], columns: int | None, to_right: Sequence[int] = ()
) -> list[str]:
    """Rows of short cells with a longer text beside each, which goes on below itself where it takes several lines."""
    aligned_heads = aligned(heads, to_right)
    left = max(map(width, aligned_heads), default=0) + 2
    room = None if columns is None else max(columns - left, 16)
    lines = []
    for head, text in zip(aligned_heads, texts, strict=True):
        first, *more = wrapped(text, room)
        lines += [(padded(head, left) + first).rstrip(), *(" " * left + below for below in more)]
    return lines


def shares(counts: Sequence[int], cells: int) -> list[int]:
    """Cells for each count: nothing that is there vanishes, and the largest takes what is over."""
    total = sum(counts)
    found = [max(1, n * cells // total) if n else 0 for n in counts]
    if total:
        found[max(range(len(counts)), key=lambda i: counts[i])] += cells - sum(found)
    return found
