"""Whole columns of cells as typed columns: `cells.parsed` is asked once for each distinct text.

So there is one meaning of a cell, and a column of four million cells with a few thousand different texts costs a few
thousand calls. Texts need none.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from hege.collectors.cells import NONE_WORDS, CellFault, parsed
from hege.collectors.faults import Faults, Suspects, Told
from hege.collectors.sheets import Sheet
from hege.engine.facts import NONE
from hege.engine.text import Text
from hege.engine.vocabulary import Field, FieldType

ROWS_AT_ONCE = 50_000
# What str.strip() takes away; Polars by itself goes by another list.
BLANKS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A typed column. `values` is null where the cell is open, none or wrong; `nothing` and `wrong` are Booleans."""

    values: pl.Series
    nothing: pl.Series
    wrong: pl.Series


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Some rows of a sheet: their numbers (UInt32), one String column for each of the header, and what is wrong there."""

    lines: pl.Series
    cells: list[pl.Series]
    suspects: list[Suspects] = field(default_factory=list)

    def suspect(self, code: str, number: int, wrong: pl.Series, told: Callable[[str], Told]) -> None:
        """Notes the rows where a column is wrong; columns count from 0."""
        if wrong.any():
            cells = pl.DataFrame({"line": self.lines, "cell": self.cells[number]}).filter(wrong)
            self.suspects.append(Suspects(code=code, column=number + 1, cells=cells, told=told))


def pieces(faults: Faults, sheet: Sheet) -> Iterator[Piece]:
    """The rows of a sheet, some at once, without the blanks around the cells.

    Rows of another width than the header, and the end of a file that stops being a sheet, are faults. What was
    suspected of a piece is recorded when the next one is asked for.
    """
    rows, width = _rows(faults, sheet), len(sheet.header)
    going = True
    while going:
        going = False
        lines: list[int] = []
        flat: list[str] = []  # one list for all cells: fifty thousand small ones keep the garbage collector busy
        for line, cells in itertools.islice(rows, ROWS_AT_ONCE):
            going = True
            if len(cells) == width:
                lines.append(line)
                flat.extend(cells)
            else:
                faults.add("ragged-row", line, 1, f"这一行有{len(cells)}格，表头有{width}列",
                           f"the row has {len(cells)} cells, the header {width}",
                           Text(zh="补齐或删去格；含逗号的文字要加引号", en="add or remove cells; quote a text that has a comma"))  # fmt: skip
        if lines:
            columns = [pl.Series(flat[n::width], dtype=pl.String).str.strip_chars(BLANKS) for n in range(width)]
            piece = Piece(lines=pl.Series(lines, dtype=pl.UInt32), cells=columns)
            yield piece
            faults.add_cells(piece.suspects)


def _rows(faults: Faults, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet; a file that stops being one is a fault of its last row."""
    try:
        yield from sheet.rows
    except CellFault as fault:
        faults.add(fault.code, fault.line, 1, fault.text.zh, fault.text.en, fault.hint)


def column(of: Field, cells: pl.Series) -> Column:
    """The cells of one field."""
    if of.type is FieldType.TEXT:
        nothing = cells.is_in(NONE_WORDS)
        return Column(cells.set(nothing | (cells == ""), None), nothing, pl.repeat(False, len(cells), eager=True))
    distinct = cells.unique()
    values: list[object] = []
    nothing_at, wrong_at = [], []
    for cell in distinct.to_list():
        value, wrong = None, False
        try:
            value = parsed(of, cell)
        except CellFault:
            wrong = True
        nothing_at.append(value == NONE)
        wrong_at.append(wrong)
        values.append(None if nothing_at[-1] else value)
    meaning = pl.DataFrame(
        {"cell": distinct, "value": pl.Series(values, dtype=of.dtype()), "nothing": nothing_at, "wrong": wrong_at},
        schema_overrides={"nothing": pl.Boolean, "wrong": pl.Boolean},
    )
    told = cells.to_frame("cell").join(meaning, on="cell", how="left", maintain_order="left")
    return Column(told["value"], told["nothing"], told["wrong"])


def misread_code(of: Field) -> str:
    """What sort of fault a wrong cell of the field is."""
    return "bad-date" if of.type in (FieldType.DAY, FieldType.TIME) else "bad-value"


def misread(of: Field) -> Callable[[str], Told]:
    """What to say of a wrong cell of the field."""

    def told(cell: str) -> Told:
        try:
            value = parsed(of, cell)
        except CellFault as fault:
            return fault.text.zh, fault.text.en, fault.hint
        raise AssertionError(f"{cell!r} is {value!r}")

    return told
