"""An inspection kept as files in a folder, each whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
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
