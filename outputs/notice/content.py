"""A notice without a form: title, addressees, sections, annexes, signature. Every form renders this and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from hege.engine.text import Language
from hege.outputs.words import numbered

OPEN_DAY = "    年  月  日"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A section and its paragraphs; one that begins with （一） has its own heading up to the first full stop."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table; `figures` are the columns of numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Annex:
    """An annex: its title, what is remarked above its table (such as when was looked), the table."""

    title: str
    note: str
    table: Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What is sent out. `day` is None where the office writes it in."""

    title: str
    addressees: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    annexes: tuple[Annex, ...]
    signature: str
    day: date | None

    @property
    def headings(self) -> tuple[str, ...]:
        """The sections' headings with their numbers."""
        return tuple(f"{numbered(n, Language.ZH)}{s.heading}" for n, s in enumerate(self.sections, 1))

    @property
    def annex_names(self) -> tuple[str, ...]:
        """附件, or 附件1 and so on where there are several."""
        several = len(self.annexes) > 1
        return tuple(f"附件{n if several else ''}" for n in range(1, len(self.annexes) + 1))

    @property
    def annex_list(self) -> tuple[str, ...]:
        """The annexes as they are named below the text."""
        if len(self.annexes) == 1:
            return (f"附件：{self.annexes[0].title}",)
        return tuple(f"{'附件：' if n == 1 else ''}{n}.{a.title}" for n, a in enumerate(self.annexes, 1))

    @property
    def dated(self) -> str:
        """The day as it is signed."""
        return official(self.day) if self.day else OPEN_DAY


def official(day: date) -> str:
    """2024年3月10日."""
    return f"{day.year}年{day.month}月{day.day}日"


def split_heading(text: str) -> tuple[str, str]:
    """（一）and what follows up to the first full stop; empty where a paragraph does not begin so."""
    found = re.match(r"（[一二三四五六七八九十]+）[^。：]{1,60}。", text)
    return (found[0], text[found.end() :]) if found else ("", text)
