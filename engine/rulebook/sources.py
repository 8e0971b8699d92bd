"""The texts a rulebook is made of: enough to compile it again years later, wherever its packs lay and lie."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from hege.engine.calendar import WorkingDays, read_working_days
from hege.engine.rulebook.library import load_from, shipped_rules
from hege.engine.rulebook.migration import migrated
from hege.engine.rulebook.model import Rulebook
from hege.engine.vocabulary import Vocabulary, read_vocabulary

VOCABULARY = "vocabulary.yaml"
CALENDAR = "calendar/cn.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """`files` are texts by path: packs under their ids (with their tests), the vocabulary and the calendar.

    `asked` are the ids of the packs that were asked for; what they are built on is among the files.
    """

    asked: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """What the texts say."""

    rulebook: Rulebook
    vocabulary: Vocabulary
    working_days: WorkingDays


def sources_of(packs: Sequence[str | Path], search: Sequence[Path] = ()) -> Sources:
    """The texts of packs (ids or folders) and of all they are built on; raises InputError for faults in them."""
    root = shipped_rules()
    files = {name: _text(root / name) for name in (VOCABULARY, CALENDAR)}
    _, folders = load_from([root, *search], packs, read_vocabulary(files[VOCABULARY], VOCABULARY))
    for id, folder in sorted(folders.items()):
        for file in sorted([*folder.glob("*.yaml"), *(folder / "tests").glob("*.yaml")]):
            files[f"{id}/{file.relative_to(folder).as_posix()}"] = _text(file)
    by_folder = {folder: id for id, folder in folders.items()}
    asked = [by_folder[_folder(name, [root, *search])] for name in packs]
    return Sources(asked=tuple(asked), files=files)


def _folder(name: str | Path, roots: Sequence[Path]) -> Path:
    own = isinstance(name, Path) or Path(name).is_absolute()
    return next(p.resolve() for p in ([Path(name)] if own else [r / name for r in roots]) if p.is_dir())


def compiled(sources: Sources) -> Compiled:
    """The rulebook of texts, with their own vocabulary and calendar; raises InputError for faults in them."""
    vocabulary = read_vocabulary(sources.files[VOCABULARY], VOCABULARY)
    with tempfile.TemporaryDirectory(prefix="hege-rules-") as place:
        for name, text in sources.files.items():
            path = PurePosixPath(name)
            assert not path.is_absolute() and ".." not in path.parts, name
            file = Path(place, *path.parts)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
        rulebook, _ = load_from([Path(place).resolve()], sources.asked, vocabulary)
    return Compiled(
        rulebook=rulebook,
        vocabulary=vocabulary,
        working_days=read_working_days(sources.files[CALENDAR], CALENDAR),
    )


def migrated_sources(sources: Sources) -> Sources:
    """The same texts, those of older schemas brought to the newest."""
    files = {n: t if n in (VOCABULARY, CALENDAR) else migrated(t, n).text for n, t in sources.files.items()}
    return replace(sources, files=files)


def _text(file: Path) -> str:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return opened.read()
