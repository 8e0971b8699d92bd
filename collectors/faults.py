"""The faults of one sheet: recorded with row and column, a sort of fault so often and the rest as a number."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from hege.engine.errors import Place
from hege.engine.text import Text
from hege.engine.yamlnodes import Reading

SHOWN_OF_ONE_FAULT = 20

Told = tuple[str, str, Text | None]  # the message in Chinese and English, and what to do


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspects:
    """Cells with a fault of one sort in one column: rows of `line` and `cell`, and what to say of a cell.

    There may be millions of them; only those that are shown are ever told.
    """

    code: str
    column: int
    cells: pl.DataFrame
    told: Callable[[str], Told]


@dataclass(slots=True)
class Faults:
    """Records faults of one sheet; the first of a sort are shown, the others counted."""

    reading: Reading
    file: str
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, row: int, column: int, zh: str, en: str, hint: Text | None = None) -> None:
        """One fault."""
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] <= SHOWN_OF_ONE_FAULT:
            self.reading.problem(code, Place(file=self.file, line=row, column=column), zh, en, hint)

    def add_cells(self, suspects: Iterable[Suspects]) -> None:
        """The faults of some rows that follow those recorded before; the first rows are shown first."""
        by_code = lambda s: s.code
        for code, group in itertools.groupby(sorted(suspects, key=by_code), by_code):
            found = list(group)
            room = max(0, SHOWN_OF_ONE_FAULT - self.counts.get(code, 0))
            first = sorted((cell for s in found for cell in _first(s, room)), key=lambda c: c[:2])[:room]
            for line, column, told in first:
                self.add(code, line, column, *told())
            self.counts[code] = self.counts.get(code, 0) + sum(s.cells.height for s in found) - len(first)

    def close(self) -> None:
        """Says how many faults were not shown."""
        for code, count in self.counts.items():
            if count > SHOWN_OF_ONE_FAULT:
                more = count - SHOWN_OF_ONE_FAULT
                self.reading.problem(
                    code, Place(file=self.file), f"另有{more}处同类错误未列出", f"{more} more faults of this sort are not listed"
                )  # fmt: skip


def _first(suspects: Suspects, room: int) -> Iterator[tuple[int, int, Callable[[], Told]]]:
    for line, cell in suspects.cells.head(room).select("line", "cell").iter_rows():
        yield line, suspects.column, lambda cell=cell: suspects.told(cell)  # type: ignore[misc]
