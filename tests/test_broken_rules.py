"""Rule files broken the way beginners break them, each with the whole message that its writer reads."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hege.engine.errors import Problem
from hege.engine.rulebook.lint import lint
from hege.engine.text import Language
from hege.outputs import problems

from .golden import Golden

BROKEN = sorted((Path(__file__).parent / "broken_rules").glob("*.yaml"))


def found(file: Path, folder: Path) -> list[Problem]:
    """What lint says of a file that is a pack of its own."""
    shutil.copy(file, folder / file.name)
    return problems.beside(lint([folder]), folder)


@pytest.mark.parametrize("file", BROKEN, ids=lambda f: f.stem)
def test_the_message_is_what_a_beginner_can_act_on(file: Path, tmp_path: Path, golden: Golden) -> None:
    """Where, what, the line with a caret, what to do, in Chinese and in English; nothing else."""
    told = found(file, tmp_path)
    golden(
        f"broken_rules/{file.stem}.txt",
        "\n".join(problems.text(told, language) for language in (Language.ZH, Language.EN)),
    )


@pytest.mark.parametrize("file", BROKEN, ids=lambda f: f.stem)
def test_one_slip_is_one_error_with_place_and_hint(file: Path, tmp_path: Path) -> None:
    """No second error follows from the first, and none leaves its reader without something to do."""
    (problem,) = found(file, tmp_path)
    assert problem.place.line and problem.place.column and problem.place.text
    assert problem.hint and problem.hint.zh and problem.hint.en


def test_there_are_at_least_thirty() -> None:
    """Of the kinds that beginners write: marks, indentation, words, dates, values, structure, overlays, waivers."""
    assert len(BROKEN) >= 30
