"""Assets and facts that were sent as JSON, as lines of JSON or as one CSV, held to the same checks as the sheets of a case."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hege.collectors.assetlist import assets_of
from hege.collectors.cells import CellFault
from hege.collectors.facttables import tables_of
from hege.collectors.sheets import Sheet, csv_sheet
from hege.engine.errors import Place
from hege.engine.facts import Facts, asset_table, facts
from hege.engine.text import Text
from hege.engine.vocabulary import Kind, Vocabulary
from hege.engine.yamlnodes import Reading

Row = Mapping[str, Any]
KIND = "fact"
LISTED = Text(zh="名册里", en="the register")


def from_rows(
    assets: Sequence[Row], rows: Iterable[tuple[int, Row]], known: Mapping[str, str], vocabulary: Vocabulary, file: str
) -> Facts:
    """Of JSON objects with their numbers, each fact with its kind as `fact` (some facts have a field `kind`); raises InputError with every fault.

    `known` gives the kind of each asset that the register has already.
    """
    reading = Reading()
    table = assets_of(reading, _sheet(list(enumerate(assets, 1))), f"{file}[assets]") if assets else asset_table(())
    by_kind: dict[str, list[tuple[int, Row]]] = {}
    for number, row in rows:
        by_kind.setdefault(str(row.get(KIND, "")), []).append((number, {k: v for k, v in row.items() if k != KIND}))
    sheets = []
    for name, found in by_kind.items():
        kind = _kind(reading, vocabulary, name, Place(file=file, line=found[0][0]))
        if kind:
            sheets.append((kind, _sheet(found), f"{file}[{kind.name}]"))
    every = None if table is None else {**known, **dict(table.select("id", "kind").iter_rows())}
    tables = tables_of(reading, sheets, vocabulary, every, LISTED)
    reading.done()
    assert table is not None
    return facts(table, tables, vocabulary)


def from_lines(lines: Iterable[bytes], known: Mapping[str, str], vocabulary: Vocabulary, file: str) -> Facts:
    """Of lines of JSON, a fact each; blank lines are passed over."""
    reading = Reading()
    rows = list(_parsed(reading, lines, file))
    reading.done()
    return from_rows((), rows, known, vocabulary, file)


def from_csv(raw: bytes, kind: str, known: Mapping[str, str], vocabulary: Vocabulary, file: str) -> Facts:
    """Of one CSV with facts of one kind."""
    reading = Reading()
    found = _kind(reading, vocabulary, kind, Place(file=file))
    sheets = []
    try:
        if found:
            sheets.append((found, csv_sheet(raw), file))
    except CellFault as fault:
        reading.problem(fault.code, Place(file=file, line=fault.line), fault.text.zh, fault.text.en, fault.hint)
    tables = tables_of(reading, sheets, vocabulary, known, LISTED)
    reading.done()
    return facts(asset_table(()), tables, vocabulary)


def _kind(reading: Reading, vocabulary: Vocabulary, name: str, place: Place) -> Kind | None:
    kind = vocabulary.kinds.get(name) or {k.zh: k for k in vocabulary.kinds.values()}.get(name)
    if kind is None:
        reading.unknown_word(place, Text(zh="事实种类", en="kind of fact"), name, vocabulary.kinds)
    return kind


def _parsed(reading: Reading, lines: Iterable[bytes], file: str) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield number, row
        else:
            reading.problem("not-json", Place(file=file, line=number), "这一行不是JSON对象", "this line is no JSON object",
                            Text(zh='写成{"fact":"feed","asset":"a1",…}', en='write it as {"fact":"feed","asset":"a1",...}'))  # fmt: skip
            if len(reading.problems) >= 20:
                return


def _sheet(rows: Sequence[tuple[int, Row]]) -> Sheet:
    """Objects as a sheet: a column for every name that any of them has."""
    header = list(dict.fromkeys(name for _, row in rows for name in row))
    return Sheet(header, ((number, [_cell(row.get(name)) for name in header]) for number, row in rows))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(_cell(v) for v in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
