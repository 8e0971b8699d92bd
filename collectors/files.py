"""Files of a case folder that can be read at all: regular files, not folders, pipes or devices."""

from __future__ import annotations

from pathlib import Path

from hege.engine.errors import Place
from hege.engine.text import Text
from hege.engine.yamlnodes import Reading


def is_file(reading: Reading, file: Path) -> bool:
    """Whether the name is that of a regular file; what else it is, is a fault (a pipe would be waited for for ever)."""
    if file.is_file():
        return True
    if file.is_dir():
        reading.problem("not-a-file", Place(file=str(file)), "这是文件夹，应为文件", "this is a folder, not a file",
                        Text(zh="把文件放在这个位置，文件夹移走", en="move the folder away and put the file here"))  # fmt: skip
    else:
        reading.problem("not-a-file", Place(file=str(file)), "不是普通文件（管道、设备或失效的链接），不予读取",
                        "no regular file (a pipe, a device or a broken link); it is not read",
                        Text(zh="换成文件本身，或移走", en="put the file itself here, or move this away"))  # fmt: skip
    return False


def is_there(file: Path) -> bool:
    """Whether anything has the name, be it a broken link."""
    return file.exists() or file.is_symlink()
