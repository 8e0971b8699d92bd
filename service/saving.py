"""What is kept as files, each whole or not at all: an inspection in a folder, tables of facts, proofs."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from hege.engine.errors import InputError, Place, Problem
from hege.engine.facts import Facts
from hege.engine.result import Inspection
from hege.engine.text import Language, Text
from hege.outputs.document import to_json
from hege.outputs.report import to_html
from hege.outputs.tables import assets_csv, findings_csv
from hege.outputs.workbook import to_xlsx

FILES: dict[str, Callable[[Inspection, Language], bytes]] = {
    "inspection.json": lambda inspection, _: to_json(inspection).encode(),
    "inspection.xlsx": lambda inspection, _: to_xlsx(inspection),
    "assets.csv": lambda inspection, _: assets_csv(inspection).encode(),
    "findings.csv": lambda inspection, _: findings_csv(inspection).encode(),
    "report.html": lambda inspection, language: to_html(inspection, language).encode(),
}


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


def save(inspection: Inspection, folder: Path, language: Language) -> None:
    """Writes every file of an inspection; raises InputError where the folder cannot be written."""
    write_files(folder, {name: write(inspection, language) for name, write in FILES.items()})


def write_files(folder: Path, made: Mapping[str, bytes]) -> None:
    """Writes files into a folder, made where it is missing; raises InputError where that cannot be done.

    All are on disk before the first is put in its place: a fault on the way leaves the former files as they were.
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


def _to_disk(file: Path, content: bytes) -> None:
    with file.open("wb") as out:
        out.write(content)
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
