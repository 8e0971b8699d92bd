"""Characters that a format cannot take or that would deceive its reader, replaced; everything else stays as it was given.

Rare and private characters, emoji and their joiners are text. Control characters are not, nor are those that make text
run backwards.
"""

from __future__ import annotations

import unicodedata

_TURNING = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A))
_NOT_TEXT = {0xFFFE, 0xFFFF}
REPLACED = "\ufffd"


def lines(text: str) -> str:
    """The text for markup and documents; line breaks and tabs stay."""
    return text if text.isprintable() else "".join(c if c in "\n\t" else _kept(c) for c in text)


def one_line(text: str) -> str:
    """The text for a terminal or a heading: what breaks lines is a blank."""
    return text if text.isprintable() else "".join(" " if c in "\n\r\t\u2028\u2029" else _kept(c) for c in text)


def _kept(character: str) -> str:
    number = ord(character)
    if unicodedata.category(character) in ("Cc", "Cs") or number in _TURNING or number in _NOT_TEXT:
        return REPLACED
    return character
