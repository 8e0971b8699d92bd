"""Finding packs by id or folder and making a rulebook of them."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Sequence
from pathlib import Path

from hege.engine.errors import InputError, Place
from hege.engine.rulebook.layering import compile_rulebook
from hege.engine.rulebook.model import Rulebook
from hege.engine.rulebook.reading import Pack, read_pack
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary, load_vocabulary
from hege.engine.yamlnodes import MapNode, Node, Reading, ScalarNode, read_yaml


def shipped_rules() -> Path:
    """The folder of the packs that come with hege."""
    return Path(str(importlib.resources.files("hege"))) / "rules"


def pack_folders(root: Path) -> dict[str, Path]:
    """Every folder below a root that holds rule files, by its id (the path below the root)."""
    found = {p.parent for p in root.rglob("*.yaml") if _is_rules(p)}
    return {p.relative_to(root).as_posix(): p for p in sorted(found)}


def _is_rules(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as lines:
        head = "".join(line for line, _ in zip(lines, range(5), strict=False))
    return "schema: indicators/1" in head or "schema: overlay/1" in head


def load_rulebook(packs: Sequence[str | Path], search: Sequence[Path] = ()) -> Rulebook:
    """The rulebook of one pack (with all it is built on), or of several; raises InputError with every fault.

    A pack is an id among the shipped ones (and the `search` roots), or a folder.
    """
    reading = Reading()
    book = _load(reading, packs, search)
    reading.done()
    assert book is not None
    return book


def read_rulebook(packs: Sequence[str | Path], search: Sequence[Path] = ()) -> tuple[Rulebook | None, Reading]:
    """The rulebook if it can be had, and every fault and warning met on the way (for lint)."""
    reading = Reading()
    try:
        return _load(reading, packs, search), reading
    except InputError:
        return None, reading


def _load(reading: Reading, packs: Sequence[str | Path], search: Sequence[Path]) -> Rulebook | None:
    vocabulary = load_vocabulary()
    levels: dict[str, int] = {}
    loaded: dict[str, Pack] = {}
    for name in packs:
        _chain(reading, name, search, vocabulary, levels, loaded, ())
    if not loaded:
        reading.done()
        return None
    by_level: dict[int, list[Pack]] = {}
    for id, level in levels.items():
        by_level.setdefault(level, []).append(loaded[id])
    if len(by_level.get(0, ())) != 1 and by_level.get(0):
        extra = by_level[0][1]
        reading.problem("two-bases", extra.place, "一套指标只能有一个基础指标", "a rulebook has exactly one base pack")
    reading.done()
    return compile_rulebook(reading, [by_level[n] for n in sorted(by_level)])


def _chain(
    reading: Reading, name: str | Path, search: Sequence[Path], vocabulary: Vocabulary,
    levels: dict[str, int], loaded: dict[str, Pack], above: tuple[str, ...],
) -> int | None:  # fmt: skip
    """Loads a pack and what it is built on; gives its level (0 for a base pack)."""
    folder = _folder(reading, name, search)
    pack = read_folder(reading, folder, vocabulary) if folder else None
    if pack is None:
        return None
    if pack.id in above:
        reading.problem(
            "circle", pack.place, f"on形成循环：{' → '.join([*above, pack.id])}", "`on` goes round in a circle"
        )
        return None
    level = 0
    if pack.on:
        below = _chain(reading, pack.on, search, vocabulary, levels, loaded, (*above, pack.id))
        if below is None:
            return None
        level = below + 1
    loaded[pack.id], levels[pack.id] = pack, level
    return level


def _folder(reading: Reading, name: str | Path, search: Sequence[Path]) -> Path | None:
    roots = [shipped_rules(), *search]
    candidates = [name] if isinstance(name, Path) or Path(name).is_absolute() else [root / name for root in roots]
    for candidate in candidates:
        path = Path(candidate)
        if path.is_dir() and any(path.glob("*.yaml")):
            return path
    known = [id for root in roots for id in pack_folders(root)]
    reading.unknown_word(Place(file=str(name)), Text(zh="指标包", en="pack"), str(name), known)
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
        return read_yaml(file.read_text(encoding="utf-8-sig"), str(file))
    except InputError as error:
        reading.problems.extend(error.problems)
    except UnicodeDecodeError:
        reading.problem("encoding", Place(file=str(file)), "文件不是UTF-8编码", "the file is not UTF-8",
                        Text(zh="另存为UTF-8", en="save it as UTF-8"))  # fmt: skip
    except OSError as error:
        reading.problem(
            "unreadable", Place(file=str(file)), f"读不了：{error.strerror}", f"cannot be read: {error.strerror}"
        )
    return None


def _joined(reading: Reading, one: Pack, other: Pack) -> Pack:
    if one.id != other.id or one.on != other.on:
        reading.problem(
            "two-packs", other.place, f"同一文件夹的文件应属同一指标包：{one.id}、{other.id}", f"files of one folder must belong to one pack: {one.id}, {other.id}"
        )  # fmt: skip
    return Pack(
        id=one.id, title=one.title, on=one.on, place=one.place,
        indicators=one.indicators + other.indicators, changes=one.changes + other.changes,
        waivers=one.waivers + other.waivers, conventions=one.conventions or other.conventions,
        presentation=one.presentation | other.presentation,
    )  # fmt: skip


def schema_of(node: Node) -> str:
    """The `schema` of a document, or nothing."""
    found = node.get("schema") if isinstance(node, MapNode) else None
    return found.raw if isinstance(found, ScalarNode) else ""
