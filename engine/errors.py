"""What goes wrong, and how it is said.

    HegeError
    ├── InputError          bad input: rule files, case folders, arguments; carries every Problem found
    ├── CalendarError       a working day of a year that no published calendar covers
    └── JudgementError      durable-rules and the fold disagree, or the ruleset cannot be built safely

A Problem says what, where (file:line:column), why it matters and what to do. Readers collect all problems of all
files and raise one InputError; they never stop at the first.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from hege.engine.text import Language, Text


class Severity(Enum):
    """An error refuses the input; a warning is shown and the work goes on."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in a file: lines and columns count from 1; 0 means the file as a whole.

    `text` is the source line as written (for the caret line), empty when not known.
    """

    file: str
    line: int = 0
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One fault of the input.

    `code` is stable and kebab-case (`unknown-word`, `bad-date`); `message` says what is wrong and why it matters,
    `hint` what to do.
    """

    code: str
    place: Place
    message: Text
    hint: Text | None = None
    severity: Severity = Severity.ERROR

    def shown(self, language: Language) -> str:
        """The problem as a person reads it: place, message, the source line with a caret, the hint."""
        word = {
            (Severity.ERROR, Language.ZH): "错误",
            (Severity.ERROR, Language.EN): "error",
            (Severity.WARNING, Language.ZH): "提醒",
            (Severity.WARNING, Language.EN): "warning",
        }[self.severity, language]
        lines = [f"{self.place}: {word}[{self.code}]: {self.message.shown(language)}"]
        if self.place.text:
            lines.append(f"    {self.place.text}")
            if self.place.column:
                lines.append("    " + _padding(self.place.text[: self.place.column - 1]) + "^")
        if self.hint:
            label = "办法" if language is Language.ZH else "to do"
            lines.append(f"    {label}: {self.hint.shown(language)}")
        return "\n".join(lines)


def _padding(before: str) -> str:
    """Blanks as wide as the text before the caret: full-width characters take two columns of a terminal."""
    return "".join("\t" if c == "\t" else "\u3000" if ord(c) > 0x2E7F else " " for c in before)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The known word closest to a mistyped one, if any is close enough to be worth offering."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    return found[0] if found else None


class HegeError(Exception):
    """Anything hege refuses to do, with a reason a person can act on."""


class InputError(HegeError):
    """The input is not usable as it is; nothing was done with any of it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.place.file, p.place.line, p.place.column, p.code)))
        super().__init__("\n".join(p.shown(Language.EN) for p in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """So that it comes whole out of another process."""
        return type(self), (self.problems,)


class CalendarError(HegeError):
    """A working day was asked of a year whose calendar is not published."""


class JudgementError(HegeError):
    """The two judgements differ, or the production rules cannot be run safely."""
