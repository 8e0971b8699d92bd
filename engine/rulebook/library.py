"""Finding packs by id or folder and making a rulebook of them."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib.resources
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
from hege.engine.rulebook.layering import compile_rulebook
from hege.engine.rulebook.migration import OLDER, RULES
from hege.engine.rulebook.model import Rulebook
from hege.engine.rulebook.reading import Pack, read_pack
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary, load_vocabulary
from hege.engine.yamlnodes import MAX_BYTES, Node, Reading, read_yaml


def shipped_rules() -> Path:
    """The folder of the packs that come with hege."""
    return Path(str(importlib.resources.files("hege"))) / "rules"


def pack_folders(root: Path) -> dict[str, Path]:
    """Every folder below a root that holds rule files, by its id (the path below the root)."""
    found = {p.parent for p in root.rglob("*.yaml") if _is_rules(p)}
    return {p.relative_to(root).as_posix(): p for p in sorted(found)}


def list_packs(search: Sequence[Path] = ()) -> tuple[str, ...]:
    """The ids of all packs that come with hege or stand below the `search` roots."""
    return _ids([shipped_rules(), *search])


def _ids(roots: Sequence[Path]) -> tuple[str, ...]:
    return tuple(sorted({id for root in roots for id in pack_folders(root)}))


def pack_of(place: str, search: Sequence[Path] = ()) -> str:
    """The id of the pack of a place: its id, the end of its id, or a word of its title; raises InputError.

    Of several that fit, the one the others stand below (a province before its cities) would be a guess: all are named.
    """
    known = list_packs(search)
    titles = {}
    for id in known:
        book, _ = read_rulebook([id], search)
        titles[id] = book.packs[-1].title if book else ""
    for fits in (lambda id: id == place, lambda id: id.split("/")[-1] == place, lambda id: place in titles[id]):
        found = [id for id in known if fits(id)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    reading = Reading()
    what = Text(zh="地方指标", en="pack of a place")
    reading.unknown_word(Place(file=place), what, place, found or [f"{id}（{titles[id]}）" for id in known])
    raise InputError(reading.problems)


def _is_rules(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            head = lines.read(4096)
    except OSError:
        return False
    return any(f"schema: {name}" in head for name in (*RULES, *OLDER))


def load_rulebook(packs: Sequence[str | Path], search: Sequence[Path] = ()) -> Rulebook:
    """The rulebook of one pack (with all it is built on), or of several; raises InputError with every fault.

    A pack is an id among the shipped ones (and the `search` roots), or a folder.
    """
    return load_from([shipped_rules(), *search], packs, load_vocabulary())[0]


def load_from(
    roots: Sequence[Path], packs: Sequence[str | Path], vocabulary: Vocabulary
) -> tuple[Rulebook, dict[str, Path]]:
    """The rulebook of packs found below the given roots alone, and the folder of every pack in it by id."""
    reading = Reading()
    shelf = _Shelf(reading, vocabulary, roots)
    with keeping_everything():
        book = _load(reading, packs, shelf)
    if book is None:
        raise InputError(reading.problems)
    return book, shelf.folders


def read_rulebook(
    packs: Sequence[str | Path], search: Sequence[Path] = (), opened: Opened | None = None
) -> tuple[Rulebook | None, Reading]:
    """The rulebook if it can be had, and every fault and warning met on the way (for lint).

    With `opened`, folders that several rulebooks stand on are read once.
    """
    reading = Reading()
    shelf = _Shelf(reading, load_vocabulary(), [shipped_rules(), *search], {} if opened is None else opened)
    with keeping_everything():
        return _load(reading, packs, shelf), reading


@contextlib.contextmanager
def keeping_everything() -> Iterator[None]:
    """No collection of garbage meanwhile: whatever is read stays, and looking it all over again takes half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(reading: Reading, packs: Sequence[str | Path], shelf: _Shelf) -> Rulebook | None:
    """The compiled rulebook; None when there are errors, which `reading` holds."""
    if not packs:
        known = _ids(shelf.roots)
        reading.problem("no-pack", Place(file="rules"), "没有指定指标包", "no pack is named",
                        Text(zh=f"可用：{'、'.join(known)}", en=f"one of {', '.join(known)}"))  # fmt: skip
    heights = [shelf.height(name, None, ()) for name in packs]
    if None in heights or not shelf.levels:
        return None
    bases = shelf.levels[0]
    for extra in bases[1:]:
        reading.problem(
            "two-bases", extra.place, f"一套指标只能有一个基础指标，已有{bases[0].id}", f"a rulebook has exactly one base pack, here {bases[0].id}",
            Text(zh="只保留一个", en="keep one of them"),
        )  # fmt: skip
    if len(bases) > 1:
        return None
    return compile_rulebook(reading, [shelf.levels[n] for n in sorted(shelf.levels)], shelf.vocabulary)


Opened = dict[Path, tuple[Pack | None, tuple[Problem, ...]]]
"""Folders read so far, each with its faults."""


@dataclass(slots=True)
class _Shelf:
    """The packs taken out so far, by level: 0 is the base, each overlay one above what it is `on`."""

    reading: Reading
    vocabulary: Vocabulary
    roots: Sequence[Path]
    opened: Opened = field(default_factory=dict)
    levels: dict[int, list[Pack]] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    _heights: dict[Path, int | None] = field(default_factory=dict)

    def height(self, name: str | Path, asked_at: Place | None, above: tuple[Pack, ...]) -> int | None:
        """Takes out a pack and what it is built on; gives its level, None when something on the way is unusable."""
        folder = self._folder(name, asked_at)
        if folder is None:
            return None
        folder = folder.resolve()
        if folder not in self._heights:
            self._heights[folder] = None  # while on the way: whoever comes back here goes round in a circle
            self._heights[folder] = self._taken_out(folder, above)
        elif self._heights[folder] is None and asked_at is not None:
            way = " → ".join([*(p.id for p in above), str(name)])
            self.reading.problem(
                "circle", asked_at, f"on形成循环：{way}", f"`on` goes round in a circle: {way}",
                Text(zh="on应指向更下一级的指标包", en="let `on` name a pack further down"),
            )  # fmt: skip
        return self._heights[folder]

    def _taken_out(self, folder: Path, above: tuple[Pack, ...]) -> int | None:
        if folder not in self.opened:
            own = Reading()
            self.opened[folder] = read_folder(own, folder, self.vocabulary), tuple(own.problems)
        pack, problems = self.opened[folder]
        self.reading.problems.extend(problems)
        if pack is None:
            return None
        pack = self._succeeding(pack)
        level: int | None = 0
        if pack.on:
            below = self.height(pack.on, pack.places["on"], (*above, pack))
            level = None if below is None else below + 1
        twin = next((p for ps in self.levels.values() for p in ps if p.id == pack.id), None)
        if twin is not None:
            self.reading.problem(
                "duplicate-pack", pack.place, f"指标包“{pack.id}”已由{twin.place.file}给出", f"the pack “{pack.id}” is also given by {twin.place.file}",
                Text(zh="换一个pack，或只用其中一个文件夹", en="name one of them differently, or use only one of the folders"),
            )  # fmt: skip
            return None
        if level is not None:
            self.levels.setdefault(level, []).append(pack)
            self.folders[pack.id] = folder
        return level

    def _succeeding(self, pack: Pack) -> Pack:
        """The pack with the indicators of the one it succeeds, each ending on the day it begins."""
        if not pack.succeeds or pack.succeeds_from is None:
            return pack
        folder = self._folder(pack.succeeds, pack.places["succeeds"])
        before = read_folder(self.reading, folder, self.vocabulary) if folder is not None else None
        if before is None or folder is None:
            return pack
        self.folders[before.id] = folder.resolve()
        if before.succeeds or before.on:
            self.reading.problem(
                "succession", pack.places["succeeds"],
                f"“{before.id}”本身接续或依托另一指标包，不能被接续", f"“{before.id}” itself succeeds or stands on another pack",
                Text(zh="只能接续独立的基础指标", en="succeed a base pack that stands alone"),
            )  # fmt: skip
        return replace(pack, before=tuple(replace(i, ends=pack.succeeds_from) for i in before.indicators))

    def _folder(self, name: str | Path, asked_at: Place | None) -> Path | None:
        own = isinstance(name, Path) or Path(name).is_absolute()
        for path in [Path(name)] if own else [root / name for root in self.roots]:
            if path.is_dir() and any(path.glob("*.yaml")):
                return path
        what = Text(zh="指标包", en="pack")
        self.reading.unknown_word(asked_at or Place(file=str(name)), what, str(name), _ids(self.roots))
        return None


def read_folder(reading: Reading, folder: Path, vocabulary: Vocabulary) -> Pack | None:
    """The pack of a folder: every rule file directly inside."""
    parts: list[Pack] = []
    for file in sorted(folder.glob("*.yaml")):
        node = read_file(reading, file)
        pack = read_pack(reading, node, vocabulary) if node is not None else None
        if pack is not None:
            parts.append(pack)
    if not parts:
        if not any(folder.glob("*.yaml")):
            reading.problem("no-rules", Place(file=str(folder)), "文件夹里没有指标文件", "no rule file in this folder")
        return None
    return functools.reduce(lambda a, b: _joined(reading, a, b), parts)


def read_file(reading: Reading, file: Path) -> Node | None:
    """A YAML file's document; its faults are recorded."""
    try:
        if file.stat().st_size > MAX_BYTES + 3:  # and a byte order mark
            reading.problem("too-large", Place(file=str(file)), "文件超过1 MiB，不予读取", "the file is over 1 MiB and is not read",
                            Text(zh="请拆分为多个文件", en="split it into several files"))  # fmt: skip
            return None
        return read_yaml(file.read_text(encoding="utf-8-sig"), str(file))
    except InputError as error:
        reading.problems.extend(error.problems)
    except UnicodeDecodeError:
        reading.problem("encoding", Place(file=str(file)), "文件不是UTF-8编码", "the file is not UTF-8",
                        Text(zh="另存为UTF-8", en="save it as UTF-8"))  # fmt: skip
    except OSError as error:
        reading.problem(
            "unreadable", Place(file=str(file)), f"读不了：{error.strerror}", f"cannot be read: {error.strerror}",
            Text(zh="检查文件是否存在、是否有权读取", en="see that the file is there and may be read"),
        )  # fmt: skip
    return None


def _joined(reading: Reading, one: Pack, other: Pack) -> Pack:
    if one.id != other.id or one.on != other.on:
        reading.problem(
            "two-packs", other.place, f"同一文件夹的文件应属同一指标包：{one.id}、{other.id}", f"files of one folder must belong to one pack: {one.id}, {other.id}",
            Text(zh="改成相同的pack和on，或移到自己的文件夹", en="give them the same `pack` and `on`, or a folder of their own"),
        )  # fmt: skip
    if one.conventions and other.conventions:
        reading.problem(
            "two-conventions", other.places["conventions"], f"conventions已在{one.places['conventions']}写过", f"`conventions` are already given at {one.places['conventions']}",
            Text(zh="一个指标包只写一处", en="give them once in a pack"),
        )  # fmt: skip
    return Pack(
        id=one.id, title=one.title, on=one.on, place=one.place,
        succeeds=one.succeeds or other.succeeds, succeeds_from=one.succeeds_from or other.succeeds_from,
        indicators=one.indicators + other.indicators, changes=one.changes + other.changes,
        waivers=one.waivers + other.waivers, conventions=one.conventions or other.conventions,
        presentation=one.presentation | other.presentation, unread=one.unread | other.unread,
        places=other.places | one.places,
    )  # fmt: skip
