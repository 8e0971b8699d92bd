"""Whole outputs held against files: `pytest --rewrite-golden` writes them anew, and the difference is read before it is kept."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


class Golden:
    """Compares texts with the files of tests/golden, or writes those."""

    def __init__(self, rewrite: bool) -> None:
        self.rewrite = rewrite

    def __call__(self, name: str, text: str) -> None:
        file = FOLDER / name
        if self.rewrite:
            file.write_text(text, encoding="utf-8", newline="")
        assert file.is_file(), f"{file} is missing: pytest --rewrite-golden writes it"
        assert text.splitlines() == file.read_bytes().decode().splitlines()
        assert text == file.read_bytes().decode()
