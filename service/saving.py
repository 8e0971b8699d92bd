"""An inspection kept as files in a folder, each whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
from hege.engine.result import Inspection
from hege.engine.text import Language, Text
from hege.outputs.document import pieces
from hege.outputs.report import to_pages
from hege.outputs.tables import assets_csv, findings_csv
from hege.outputs.workbook import to_xlsx


def save(inspection: Inspection, folder: Path, language: Language) -> None:
    """Writes every file of an inspection; raises InputError where the folder cannot be written."""
    made: dict[str, bytes | Iterable[str]] = {
        "inspection.json": pieces(inspection),
        "inspection.xlsx": to_xlsx(inspection),
        "assets.csv": assets_csv(inspection),
        "findings.csv": findings_csv(inspection),
    }
    write_files(folder, made | {name: [page] for name, page in to_pages(inspection, language)})


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
