"""What is kept as files, each whole or not at all: an inspection in a folder, tables of facts, proofs."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from hege.engine.errors import InputError, Place, Problem
from hege.engine.facts import Facts
from hege.engine.result import Inspection
from hege.engine.text import Language, Text
from hege.outputs.background import NOTHING, Background
from hege.outputs.document import pieces
from hege.outputs.report import to_pages
from hege.outputs.tables import assets_csv, findings_csv
from hege.outputs.workbook import to_xlsx


def write_file(file: Path, content: bytes) -> None:
    """Writes one file, whole or not at all; raises InputError where it cannot be written."""
    waiting = file.with_name(f".{file.name}.writing")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _to_disk(waiting, content)
        waiting.replace(file)
    except OSError as error:
        waiting.unlink(missing_ok=True)
        raise _cannot_write(file, error) from error


def save_tables(facts: Facts, folder: Path, form: str, month: str | None) -> int:
    """Writes the assets and every kind that has facts, typed as in the vocabulary; gives the number of facts."""
    tables = {"assets": facts.assets, **{f"facts/{k}": _of_month(t, month) for k, t in facts.tables.items()}}
    count = sum(t.height for name, t in tables.items() if name != "assets")
    for name, rows in tables.items():
        if rows.height:
            out = io.BytesIO()
            if form == "parquet":
                rows.write_parquet(out)
            else:
                _flat(rows).write_csv(out, include_bom=True)
            write_file(folder / f"{name}.{form}", out.getvalue())
    return count


def _of_month(rows: pl.DataFrame, month: str | None) -> pl.DataFrame:
    return rows.filter(pl.col("observed_at").dt.to_string("%Y-%m") == month) if month else rows


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    """Lists joined, as a cell holds them."""
    return rows.with_columns(pl.col(c).list.join(";") for c, t in rows.schema.items() if isinstance(t, pl.List))


def save(inspection: Inspection, folder: Path, language: Language, background: Background = NOTHING) -> None:
    """Writes every file of an inspection; raises InputError where the folder cannot be written."""
    made: dict[str, bytes | Iterable[str]] = {
        "inspection.json": pieces(inspection),
        "inspection.xlsx": to_xlsx(inspection),
        "assets.csv": assets_csv(inspection),
        "findings.csv": findings_csv(inspection),
    }
    write_files(folder, made | {name: [page] for name, page in to_pages(inspection, language, background)})


def write_files(folder: Path, made: Mapping[str, bytes | Iterable[str]]) -> None:
    """Writes files into a folder, made where it is missing; raises InputError where that cannot be done.

    A file is given whole, or as text in pieces that need not be held at once. All are on disk before the first is put in
    its place: a fault on the way leaves the former files as they were.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as waiting:
            for name, content in made.items():
                _to_disk(Path(waiting, name), content)
            for name in made:
                Path(waiting, name).replace(folder / name)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _to_disk(file: Path, content: bytes | Iterable[str]) -> None:
    with file.open("wb", buffering=1 << 20) as out:
        for piece in [content] if isinstance(content, bytes) else (text.encode() for text in content):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())


def _cannot_write(folder: Path, error: OSError) -> InputError:
    why = error.strerror or str(error)
    return InputError(
        [
            Problem(
                code="cannot-write",
                place=Place(file=str(folder)),
                message=Text(zh=f"结果写不进去：{why}", en=f"the results cannot be written: {why}"),
                hint=Text(zh="用--out指定一个可写的文件夹", en="give a folder that can be written with --out"),
            )
        ]
    )
