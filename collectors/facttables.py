"""The sheets of facts of a case as typed tables, checked against the vocabulary and the assets.

Works on whole columns; only what is wrong is looked at cell by cell. What a cell may hold is `cells`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from hege.collectors.cells import CellFault
from hege.collectors.columns import Piece, column, misread, misread_code, pieces
from hege.collectors.faults import Faults, Told
from hege.collectors.files import is_file, is_there
from hege.collectors.headers import is_for_people, read_header
from hege.collectors.sheets import Sheet, read_sheet, read_xlsx_sheets
from hege.engine.errors import Place, nearest
from hege.engine.facts import filled
from hege.engine.text import Text
from hege.engine.vocabulary import STATES, Absence, Field, FieldType, Keep, Kind, Vocabulary
from hege.engine.wordnames import STATE_NAMES, with_names
from hege.engine.yamlnodes import Reading

_COMMON_ZH = {"asset": "资产", "part": "部分", "observed_at": "观测时间", "state": "状态", "reason": "原因"}
_OBSERVED = Field(name="observed_at", zh="观测时间", type=FieldType.TIME)
_KEY = ["asset", "part", "observed_at"]
LISTED = Text(zh="assets.csv里", en="assets.csv")
COVERAGE = "coverage"  # the kind whose parts are kinds


def read_tables(
    reading: Reading, folder: Path, vocabulary: Vocabulary, assets: Mapping[str, str] | None
) -> dict[str, pl.DataFrame]:
    """The tables of the kinds that have sheets, rows in the order read; incomplete when there are faults.

    `assets` gives the kind of each asset; None when the list of assets is unusable and nothing can be looked up in it.
    """
    return tables_of(reading, _sheets(reading, folder, vocabulary), vocabulary, assets)


def tables_of(
    reading: Reading, sheets: Iterable[tuple[Kind, Sheet, str]], vocabulary: Vocabulary,
    assets: Mapping[str, str] | None, listed: Text = LISTED,
) -> dict[str, pl.DataFrame]:  # fmt: skip
    """The same of sheets from anywhere, each with its kind and the name it has in messages; `listed` is where assets are."""
    faults: dict[str, Faults] = {}
    found: dict[str, list[pl.DataFrame]] = {}
    for kind, sheet, file in sheets:
        faults[file] = Faults(reading, file)
        parts = _kinds_of_fact(vocabulary) if kind.name == COVERAGE else None
        found.setdefault(kind.name, []).extend(_read(faults[file], sheet, kind, assets, parts, listed))
    tables = {}
    for name in list(found):
        kind = vocabulary.kinds[name]
        rows = pl.concat([pl.DataFrame(schema=kind.schema()), *found.pop(name)])
        if kind.keep is Keep.LATEST:
            _one_truth(faults, rows)
        tables[name] = rows
    for each in faults.values():
        each.close()
    return tables


def _sheets(reading: Reading, folder: Path, vocabulary: Vocabulary) -> Iterator[tuple[Kind, Sheet, str]]:
    files = folder / "facts"
    if is_there(files) and not files.is_dir():
        reading.problem("no-folder", Place(file=str(files)), "facts应为文件夹，里面每种事实一个CSV",
                        "facts must be a folder with a CSV for each kind of fact")  # fmt: skip
    for file in sorted(files.glob("*")):
        name = file.stem.partition("-")[0]
        kind = _kind(reading, vocabulary, name if file.suffix == ".csv" else file.name, str(file))
        sheet = read_sheet(reading, file) if kind and is_file(reading, file) else None
        if kind and sheet is not None:
            yield kind, sheet, str(file)
    workbook = folder / "facts.xlsx"
    if is_there(workbook) and is_file(reading, workbook):
        try:
            sheets = list(read_xlsx_sheets(workbook))
        except CellFault as fault:
            reading.problem(fault.code, Place(file=str(workbook)), fault.text.zh, fault.text.en, fault.hint)
            return
        for title, sheet in ((t, s) for t, s in sheets if not is_for_people(t)):
            kind = _kind(reading, vocabulary, title, f"{workbook}[{title}]")
            if kind:
                yield kind, sheet, f"{workbook}[{title}]"


def _kind(reading: Reading, vocabulary: Vocabulary, name: str, file: str) -> Kind | None:
    by_zh = {k.zh: k for k in vocabulary.kinds.values()}
    kind = vocabulary.kinds.get(name) or by_zh.get(name)
    if kind is None:
        reading.unknown_word(Place(file=file), Text(zh="事实种类", en="kind of fact"), name, vocabulary.kinds)
    return kind


# ---- one sheet -----------------------------------------------------------------------------------------------------


def _read(
    faults: Faults,
    sheet: Sheet,
    kind: Kind,
    assets: Mapping[str, str] | None,
    parts: Mapping[str, str] | None,
    listed: Text,
) -> Iterator[pl.DataFrame]:
    """The sheet in pieces with all columns of the kind, in the order written; faults are recorded on the way.

    `parts` gives the words that a part may be, each with the one that is kept; None where it may be any.
    """
    known = _COMMON_ZH | {f.name: f.zh for f in kind.fields}
    required = ("asset", "part", "observed_at") if _one_of_each_part(kind) else ("asset", "observed_at")
    names = read_header(faults, sheet.header, known, required, {kind.part: "part"} if kind.part else {})
    fields = {f.name: f for f in kind.fields} | {"observed_at": _OBSERVED}
    look_up = None if assets is None else _look_up(kind, assets, listed)
    is_form = any(is_for_people(title) for title in sheet.header)
    for whole in pieces(faults, sheet):
        piece = _filled_in(whole, names, kind) if is_form else whole
        states = _states(piece, names)
        typed: dict[str, pl.Series] = {"source": faults.file + ":" + piece.lines.cast(pl.String)}
        nothing: dict[str, pl.Series] = {}
        for number, name in enumerate(names):
            cells = piece.cells[number]
            if name in fields:
                made = column(fields[name], cells)
                piece.suspect(misread_code(fields[name]), number, made.wrong, misread(fields[name]))
                typed[name], nothing[name] = made.values, made.nothing
                if name == "observed_at":
                    piece.suspect("missing-value", number, made.values.is_null() & ~made.wrong, _no_time)
                elif states is not None and not fields[name].describes:
                    _check_nothing_seen(piece, number, fields[name], states, (cells != "") & ~made.wrong)
            elif name == "asset" and look_up is not None:
                look_up(piece, number)
            elif name == "part":
                _check_part(piece, number, kind)
                if parts is not None:
                    piece.suspect("unknown-word", number, (cells != "") & ~cells.is_in(list(parts)), _no_kind(parts))
                    cells = cells.replace(parts)
            elif name == "state" and states is not None:
                piece.suspect("unknown-word", number, states.is_null(), _no_state)
                cells = states
            if name in _COMMON_ZH and name not in typed:
                typed[name] = cells
        if typed.keys() >= {"asset", "observed_at"}:
            yield filled(kind, pl.DataFrame(typed), nothing)


def _filled_in(piece: Piece, names: list[str], kind: Kind) -> Piece:
    """The rows that say something: a form has a row for each asset, and one that nobody filled in is no observation."""
    if kind.part or kind.absence is not Absence.UNKNOWN:
        return piece
    asked = [piece.cells[n] != "" for n, name in enumerate(names) if name in ("state", "reason") or kind.field(name)]
    if not asked:
        return piece
    said = functools.reduce(operator.or_, asked)
    if said.all():
        return piece
    return Piece(lines=piece.lines.filter(said), cells=[c.filter(said) for c in piece.cells], suspects=piece.suspects)


def _one_of_each_part(kind: Kind) -> bool:
    return bool(kind.part) and kind.keep is Keep.LATEST


def _no_time(_: str) -> Told:
    return "缺少观测时间observed_at", "observed_at is missing", None


def _no_state(cell: str) -> Told:
    near = nearest(cell, [*STATES, *STATE_NAMES])
    zh, en = with_names(STATES, STATE_NAMES), ", ".join(STATES)
    hint = Text(
        zh=f"是否想写“{near}”？可用：{zh}" if near else f"可用：{zh}",
        en=f"did you mean “{near}”? Known: {en}" if near else f"Known: {en}",
    )
    return f"没有状态“{cell}”", f"unknown state “{cell}”", hint


def _one_of(cell: str, words: Iterable[str], listed: Iterable[str]) -> Text:
    """The nearest of some words, and those that are listed."""
    near = nearest(cell, words)
    known = Text(zh=f"可用：{'、'.join(listed)}", en=f"Known: {', '.join(listed)}")
    return Text(zh=f"是否想写“{near}”？{known.zh}", en=f"did you mean “{near}”? {known.en}") if near else known


def _states(piece: Piece, names: list[str]) -> pl.Series | None:
    """The states of the rows, null where the word is none; None where the sheet does not say."""
    if "state" not in names:
        return None
    cells = piece.cells[names.index("state")].replace(STATE_NAMES)
    return cells.set(cells == "", "known").cast(pl.Enum(STATES), strict=False)


def _check_nothing_seen(piece: Piece, number: int, field: Field, states: pl.Series, filled: pl.Series) -> None:
    """What is not known has no value, except to say which thing it is about."""

    def told(state: str) -> Callable[[str], Told]:
        why = ("不适用", "it does not apply") if state == "not_applicable" else ("没有看到", "nothing was seen")
        return lambda cell: (
            f"状态{with_names([state], STATE_NAMES)}：{why[0]}，“{field.name}”（{field.zh}）应为空；这里写的是“{cell}”",
            f"state {state}: {why[1]}, so “{field.name}” must be empty; this is “{cell}”",
            Text(zh="看到了的，状态写known；没有看到的，删去这个值", en="if it was seen, the state is known; if not, remove the value"),
        )  # fmt: skip

    for state in STATES[1:]:
        piece.suspect("not-known", number, filled & (states == state).fill_null(False), told(state))


def _kinds_of_fact(vocabulary: Vocabulary) -> dict[str, str]:
    """The names of the kinds of facts in both languages, each with its id."""
    about = [k for k in vocabulary.kinds.values() if k.name != COVERAGE]
    return {k.name: k.name for k in about} | {k.zh: k.name for k in about}


def _no_kind(parts: Mapping[str, str]) -> Callable[[str], Told]:
    return lambda cell: (
        f"part应为事实种类；没有“{cell}”", f"part must be a kind of fact; there is no “{cell}”",
        _one_of(cell, parts, dict.fromkeys(parts.values())),
    )  # fmt: skip


def _check_part(piece: Piece, number: int, kind: Kind) -> None:
    if not kind.part:
        piece.suspect("part", number, piece.cells[number] != "", lambda _: (
            f"“{kind.name}”（{kind.zh}）每个资产只有一项，part应为空", f"“{kind.name}” has no parts; leave part empty", None,
        ))  # fmt: skip
    elif _one_of_each_part(kind):
        piece.suspect("part", number, piece.cells[number] == "", lambda _: (
            f"缺少part：是哪个{kind.part}", f"part is missing: which one of {kind.name}?", None,
        ))  # fmt: skip


def _look_up(kind: Kind, assets: Mapping[str, str], listed: Text) -> Callable[[Piece, int], None]:
    """A check that the assets of a piece exist, and are such as the kind is about."""
    other = [id for id, of in assets.items() if of in ("site", "account") and kind.about not in ("both", of)]
    every = pl.Series(list(assets), dtype=pl.String).implode()
    wrong = pl.Series(other, dtype=pl.String).implode()

    @functools.cache
    def unknown(asset: str) -> Told:
        near = nearest(asset, assets)
        hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
        return f"{listed.zh}没有资产“{asset}”", f"{listed.en} has no asset “{asset}”", hint

    def of_other_kind(asset: str) -> Told:
        zh = f"“{kind.name}”（{kind.zh}）不能记在{'网站' if assets[asset] == 'site' else '账号'}“{asset}”上"
        return zh, f"“{kind.name}” is no fact about the {assets[asset]} “{asset}”", None

    def look_up(piece: Piece, number: int) -> None:
        cells = piece.cells[number]
        piece.suspect("unknown-asset", number, ~cells.is_in(every), unknown)
        piece.suspect("wrong-kind", number, cells.is_in(wrong), of_other_kind)

    return look_up


# ---- all sheets of a kind ------------------------------------------------------------------------------------------


def _one_truth(faults: Mapping[str, Faults], rows: pl.DataFrame) -> None:
    """One asset, part and time can have one observation only, for kinds that keep the latest."""
    content = [c for c in rows.columns if c != "source"]
    twice = rows.unique(content).filter(pl.struct(_KEY).is_duplicated()).select(_KEY).unique()
    if not twice.height:
        return
    said = rows.join(twice, on=_KEY, how="semi", maintain_order="left")
    first = said.unique(_KEY, keep="first", maintain_order=True)
    for row in said.join(first, on=content, how="anti", nulls_equal=True, maintain_order="left").join(
        first.select(*_KEY, pl.col("source").alias("before")), on=_KEY, how="left", maintain_order="left"
    ).select("source", "before").iter_rows():  # fmt: skip
        file, _, line = row[0].rpartition(":")
        faults[file].add(
            "two-observations", int(line), 0,
            f"与{row[1]}是同一资产、同一部分、同一时间的观测，内容却不同", f"differs from {row[1]}, an observation of the same asset, part and time",
            Text(zh="保留正确的一条，或写明不同的observed_at", en="keep the right one, or give different observed_at"),
        )  # fmt: skip
