"""An inspection kept as files in a folder, each whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
from hege.engine.result import Inspection
from hege.engine.text import Language, Text
from hege.outputs.document import to_json
from hege.outputs.report import to_html
from hege.outputs.tables import assets_csv, findings_csv

FILES: dict[str, Callable[[Inspection, Language], str]] = {
    "inspection.json": lambda inspection, _: to_json(inspection),
    "assets.csv": lambda inspection, _: assets_csv(inspection),
    "findings.csv": lambda inspection, _: findings_csv(inspection),
    "report.html": to_html,
}


def save(inspection: Inspection, folder: Path, language: Language) -> None:
    """Writes every file of an inspection; raises InputError where the folder cannot be written.

    All are made before the first is put in its place: a fault on the way leaves the former files as they were.
    """
    made = {name: write(inspection, language).encode() for name, write in FILES.items()}
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
