"""Single text files written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Text


def write_whole(file: Path, text: str) -> None:
    """Puts a text in place of a file (made with its folder if need be); raises InputError where that cannot be done."""
    import os
    import shutil
    import tempfile

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=file.parent, prefix=f".{file.name}.", delete=False) as waiting:
            waiting.write(text.encode())
            waiting.flush()
            os.fsync(waiting.fileno())
        if file.exists():
            shutil.copymode(file, waiting.name)
        else:
            Path(waiting.name).chmod(0o644)
        Path(waiting.name).replace(file)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            [
                Problem(
                    code="cannot-write",
                    place=Place(file=str(file)),
                    message=Text(zh=f"文件写不进去：{why}", en=f"the file cannot be written: {why}"),
                    hint=Text(zh="检查文件夹是否可写", en="see that the folder can be written"),
                )
            ]
        ) from error
