"""Reading whole columns gives what reading cell by cell gives: the same facts, the same faults at the same places."""

from __future__ import annotations

import csv
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any as Anything

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hege.collectors import columns, faults
from hege.collectors.cells import CellFault, parsed
from hege.collectors.facttables import read_tables
from hege.engine.facts import NONE
from hege.engine.text import Language
from hege.engine.vocabulary import STATES, Absence, Empty, Field, FieldType, Keep, Kind, Vocabulary
from hege.engine.yamlnodes import Reading

KIND = Kind(
    name="thing", zh="事项", about="site", keep=Keep.ALL, absence=Absence.NONE, part="序号",
    fields=(
        Field(name="text", zh="文字", type=FieldType.TEXT),
        Field(name="word", zh="词", type=FieldType.WORD, words=("动态要闻", "通知公告", "其他")),
        Field(name="whole", zh="整数", type=FieldType.INTEGER, empty=Empty.NONE),
        Field(name="number", zh="数", type=FieldType.NUMBER, least=0),
        Field(name="truth", zh="真假", type=FieldType.TRUTH, describes=True),
        Field(name="day", zh="日", type=FieldType.DAY, empty=Empty.NONE),
        Field(name="time", zh="时刻", type=FieldType.TIME),
        Field(name="list", zh="列表", type=FieldType.LIST, words=("甲", "乙"), empty=Empty.NONE, describes=True),
    ),
)  # fmt: skip
HEADER = ["asset", "part", "observed_at", "state", "reason", *(f.name for f in KIND.fields)]
ASSETS = {"s1": "site", "s2": "site", "a1": "account"}
TIME = Field(name="observed_at", zh="观测时间", type=FieldType.TIME)

texts = st.text(alphabet='甲乙a1０ \t\n\r,"；、\u3000\x1c\ufeff√', max_size=6)
days = st.sampled_from(
    ["2024-02-23", "2024/2/3", "2024年2月23日", "2024-2-3日", "２０２４-02-23", "2024-02-30", "24-2-3", "2024.2.3", "0001-01-01", "9999-12-31",
     "2024-02-23T10:05", "2024-02-23 10:05:59", "2024-02-23T10:05:00.123456", "2024-02-23T23:30+00:00", "2024-02-23T10:05Z", "2024-02-23T25:00",
     "0001-01-01T00:00+23:00", "1988-07-01T12:00", "1900-01-01T00:00", "2024-02-23T10", "20240223"]
)  # fmt: skip
numbers = st.sampled_from(
    ["0", "-0", "7", "+7", "007", "１２", "1_000", "1,000", "1e3", "1E400", "nan", "inf", "-1.5", ".5", "5.", "0x10", "٣", "1" * 30, str(1 << 63),
     str(-(1 << 63)), "0.1", "0.30000000000000004", "１.５"]
)  # fmt: skip
words = st.sampled_from(
    [
        "动态要闻",
        "其他",
        "动态新闻",
        "是",
        "否",
        "YES",
        "no",
        "True",
        "1",
        "对",
        "甲;乙",
        "甲、 乙；",
        ";",
        "丙",
        "甲;丙",
        "乙;甲",
        "甲;甲",
    ]
)
nothing = st.sampled_from(["", "none", "无", "None", "NONE", " 无 "])
blanked = st.sampled_from(["{}", " {}", "{}\t", "\u3000{}\xa0", "{}\n"])
cells = st.builds(lambda form, cell: form.format(cell), blanked, st.one_of(texts, days, numbers, words, nothing))
spelled = {
    FieldType.TEXT: texts, FieldType.INTEGER: numbers, FieldType.NUMBER: numbers, FieldType.DAY: days, FieldType.TIME: days,
}  # fmt: skip
usual = {
    FieldType.TEXT: texts, FieldType.WORD: st.sampled_from(["动态要闻", "其他 ", ""]), FieldType.INTEGER: st.sampled_from(["7", "+7", "１２", "1_000", ""]),
    FieldType.NUMBER: st.sampled_from(["1e3", ".5", "0.30000000000000004", "无"]), FieldType.TRUTH: st.sampled_from(["是", "No", "1", "none"]),
    FieldType.DAY: st.sampled_from(["2024-02-23", "2024/2/3", "２０２４-02-23", "2024-02-23T10:05", "2024-02-23T23:30+00:00", "9999-12-31"]), FieldType.TIME: st.just("2024-02-23 10:05:59"),
    FieldType.LIST: st.sampled_from(["甲;乙", "甲、 乙；", ";", ""]),
}  # fmt: skip


def row(some: st.SearchStrategy[str], *fields: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """A row of the usual width."""
    return st.tuples(
        st.sampled_from(["s1", " s2 "]), texts, some, st.sampled_from(["", "known", "blocked"]), texts, *fields
    ).map(list)


rows = st.one_of(
    row(st.sampled_from(["2024-02-23", "2024年2月3日"]), *(usual[f.type] for f in KIND.fields)),
    row(st.one_of(days, cells), *(st.one_of(spelled.get(f.type, words), nothing, cells) for f in KIND.fields)),
    st.tuples(st.sampled_from(["s3", "a1", ""]), st.just("unknwon")).map(lambda t: [t[0], "", "2024-02-23", t[1], *[""] * 9]),
    st.lists(cells, max_size=len(HEADER) + 1),
    st.just([""] * len(HEADER)),
    st.just([]),
)  # fmt: skip
endings = st.sampled_from(["\n", "\r\n", "\r"])
tails = st.sampled_from(["", "", "", 's1,"2024', 's1,"a"b,c\n'])


def written(rows: Sequence[Sequence[str]], ending: str, encoding: str, tail: str) -> bytes:
    """A CSV as a spreadsheet program writes it, with something at the end."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=ending).writerows([HEADER, *rows])
    return (text.getvalue() + tail).encode(encoding)


sheets = st.builds(
    written, st.lists(rows, max_size=9), endings, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), tails
)


def one_by_one(raw: bytes, file: str) -> tuple[list[dict[str, Anything]], list[tuple[str, int, int]]]:
    """The facts and the faults (sort, row, column) of a sheet, read as docs/facts.md says, cell by cell."""
    found: list[dict[str, Anything]] = []
    wrong: list[tuple[str, int, int]] = []
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert next(reader) == HEADER
    line = 1
    try:
        for given in reader:
            line = reader.line_num
            if not any(given):
                continue
            if len(given) != len(HEADER):
                wrong.append(("ragged-row", line, 1))
                continue
            found.append(row_by_itself(given, f"{file}:{line}", line, wrong))
    except csv.Error:
        wrong.append(("csv", line + 1, 1))
    return found, sorted(wrong)


def row_by_itself(given: list[str], source: str, line: int, wrong: list[tuple[str, int, int]]) -> dict[str, Anything]:
    cell = {name: c.strip() for name, c in zip(HEADER, given, strict=True)}
    if cell["asset"] not in ASSETS:
        wrong.append(("unknown-asset", line, 1))
    elif ASSETS[cell["asset"]] == "account":
        wrong.append(("wrong-kind", line, 1))
    state = cell["state"] or "known"
    if state not in STATES:
        wrong.append(("unknown-word", line, 4))
    values: dict[str, Anything] = {}
    nones = 0
    for field in (TIME, *KIND.fields):
        try:
            value = parsed(field, cell[field.name])
        except CellFault as fault:
            wrong.append((fault.code, line, HEADER.index(field.name) + 1))
            value = "wrong"
        seen = state not in STATES or state == "known" or field is TIME or field.describes
        if not seen and value not in (None, "wrong"):
            wrong.append(("not-known", line, HEADER.index(field.name) + 1))
        values[field.name] = None if value in (NONE, "wrong") else value
        if field is TIME and value in (None, NONE):
            wrong.append(("missing-value", line, 3))
        elif (
            field is not TIME
            and (state == "known" or field.describes)
            and (value == NONE or (value is None and field.empty is Empty.NONE))
        ):
            nones |= 1 << KIND.bit(field.name)
    return {"asset": cell["asset"], "part": cell["part"], "observed_at": values.pop("observed_at"),
            "state": state if state in STATES else None, "reason": cell["reason"], "source": source, "nones": nones} | values  # fmt: skip


def read_whole(raw: bytes) -> tuple[list[dict[str, Anything]], list[tuple[str, int, int]], str]:
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "facts" / "thing.csv"
        file.parent.mkdir()
        file.write_bytes(raw)
        reading = Reading()
        table = read_tables(reading, Path(temporary), Vocabulary({"thing": KIND}), ASSETS)["thing"]
    return table.to_dicts(), sorted((p.code, p.place.line, p.place.column) for p in reading.problems), str(file)


@settings(max_examples=150, deadline=None)
@given(sheets)
def test_columns_and_cells_agree(raw: bytes) -> None:
    """Dates in all spellings, none and empty, numbers of every script, quotes, embedded line breaks, ragged and blank
    rows, encodings, broken ends: every fact and every fault is the same, also where a sheet is read in many pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "ROWS_AT_ONCE", 4)
        patch.setattr(faults, "SHOWN_OF_ONE_FAULT", 1000)
        facts, wrong, file = read_whole(raw)
    expected, expected_wrong = one_by_one(raw, file)
    assert wrong == expected_wrong
    broken = {f"{file}:{line}" for _, line, _ in wrong}
    assert [f for f in facts if f["source"] not in broken] == [f for f in expected if f["source"] not in broken]


def test_blanks_are_those_of_python() -> None:
    """What is taken away around a cell is what str.strip takes away."""
    assert set(columns.BLANKS) == {c for c in map(chr, range(sys.maxunicode + 1)) if c.isspace()}


def test_first_faults_of_many_are_shown_and_the_rest_counted() -> None:
    """Of a sort, the first in the order of the file, whichever columns they stand in and however it is read."""
    rows = [["s1", "1", "2024-02-23", "", "", "", "x" if n % 2 else "", "y"] + [""] * 5 for n in range(100)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "ROWS_AT_ONCE", 7)
        _, wrong, _ = read_whole(written(rows, "\n", "utf-8", ""))
    places = sorted((line, column) for code, line, column in wrong if line)
    assert places == [p for n in range(14) for p in ([(n + 2, 7)] if n % 2 else []) + [(n + 2, 8)]][:20]
    assert [code for code, line, _ in wrong if not line] == ["bad-value"]


def test_message_of_the_last_is_a_number() -> None:
    """A file with 150 faults prints 21 lines."""
    rows = [["s1", "1", "2024-02-23", "", "", "", "x" if n % 2 else "", "y"] + [""] * 5 for n in range(100)]
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "facts" / "thing.csv"
        file.parent.mkdir()
        file.write_bytes(written(rows, "\n", "utf-8", ""))
        reading = Reading()
        read_tables(reading, Path(temporary), Vocabulary({"thing": KIND}), ASSETS)
    assert [p.shown(Language.EN) for p in reading.problems if not p.place.line] == [
        f"{file}: error[bad-value]: 130 more faults of this sort are not listed"
    ]
