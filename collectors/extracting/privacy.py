"""Personal data printed on a page: identity-card numbers whose check digit fits, mobile and bank-card numbers.

Masked numbers (110101********1234) are allowed and not reported. What is reported is masked too: a fact must not
spread what it complains of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from hege.collectors.extracting.page import Page
from hege.collectors.observation import Observation, quoted

_IDENTITY = re.compile(r"(?<![\dA-Za-z])\d{6}(?:19|20)\d{9}[\dXx](?![\dA-Za-z])")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_BANK = re.compile(r"(?<!\d)62\d{14,17}(?!\d)")
_LONG_NUMBER = re.compile(r"[0-9０-９][\d\u200b\ufeff]{10}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def is_identity_number(text: str) -> bool:
    """Whether 18 characters are an identity-card number: a real birthday and the check digit of GB 11643."""
    if not re.fullmatch(r"\d{17}[\dXx]", text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return _CHECKS[sum(int(d) * w for d, w in zip(text[:17], _WEIGHTS, strict=True)) % 11] == text[17].upper()


def is_card_number(text: str) -> bool:
    """Whether the digits pass the Luhn check."""
    digits = [int(d) for d in reversed(text)]
    return sum(d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(digits)) % 10 == 0


def privacy(page: Page) -> list[Observation]:
    """A `wording` observation for each number found, for a person to confirm."""
    if not _LONG_NUMBER.search(page.visible):
        return []
    text = re.sub(r"[\u200b\ufeff]", "", page.visible)
    return [
        Observation(
            kind="wording", part=f"{page.url}#{what}-{number}",
            fields={"severity": "privacy", "text": f"{what} {masked}", "url": page.url},
            locator="body", quote=quoted(_around(text, match, masked)),
        )
        for number, (what, match, masked) in enumerate(_found(text), 1)
    ]  # fmt: skip


def _found(text: str) -> Iterator[tuple[str, re.Match[str], str]]:
    seen: set[str] = set()
    for what, expression, holds in (
        ("身份证号", _IDENTITY, is_identity_number),
        ("银行卡号", _BANK, is_card_number),
        ("手机号", _MOBILE, lambda _: True),
    ):
        for match in expression.finditer(text):
            if match[0] not in seen and holds(match[0]):
                seen.add(match[0])
                yield what, match, match[0][:3] + "*" * (len(match[0]) - 5) + match[0][-2:]


def _around(text: str, match: re.Match[str], masked: str) -> str:
    """The words around a number, every long number in them masked."""
    before, after = text[max(0, match.start() - 20) : match.start()], text[match.end() : match.end() + 20]
    hide = re.compile(r"\d{7,}")
    return hide.sub("*******", before) + masked + hide.sub("*******", after)
