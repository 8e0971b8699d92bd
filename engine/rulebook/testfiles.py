"""Reading the tests beside a pack (`tests/1`) to `TestCase`s; every fault of every file is recorded with its place.

Running them is `testing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from pathlib import Path

from hege.engine.dates import SHANGHAI, is_meant
from hege.engine.errors import Place
from hege.engine.facts import NONE
from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook.library import keeping_everything, read_file, shipped_rules
from hege.engine.rulebook.migration import TESTS, refuse_schema, schema_of
from hege.engine.rulebook.model import AssetKind, Indicator, Rulebook
from hege.engine.rulebook.reading import ASSET_WORDS
from hege.engine.rulebook.series import dates, newest
from hege.engine.score import Range
from hege.engine.text import Text
from hege.engine.vocabulary import STATES, Field, FieldType, Keep, Kind, Vocabulary, load_vocabulary
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode

MOST_COPIES = 10_000
POINTS = re.compile(r"(\d+(?:\.\d+)?)(?:(\+)|[-–](\d+(?:\.\d+)?))?")
Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class TestCase:
    """One case: facts of one asset on one day, and what an indicator (or the whole pack) must say of it.

    `expect` has one or more of outcome, points (`1.5` or `0-2`), lines.ID (points before the cap), text, reason, verdict.
    `todo` says why it is known not to be met yet.
    """

    __test__ = False

    name: str
    indicator: str
    kind: AssetKind
    at: date
    asset: Mapping[str, str]
    facts: Mapping[str, Sequence[Row]]
    expect: Mapping[str, str]
    place: Place
    todo: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Equivalent:
    """A change of an indicator (as `mutation` tells it) that makes no other rule, with the reason; no case can notice it."""

    indicator: str
    change: str
    reason: str
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Tests:
    """What the test files of a pack say, in the order of files and lines."""

    __test__ = False

    cases: list[TestCase]
    equivalent: list[Equivalent]


def read_tests(pack: str | Path, book: Rulebook, vocabulary: Vocabulary | None = None) -> list[TestCase]:
    """The cases in the `tests` folder of a pack, in the order of files and lines; raises InputError."""
    return read_test_files(pack, book, vocabulary).cases


def read_test_files(pack: str | Path, book: Rulebook, vocabulary: Vocabulary | None = None) -> Tests:
    """All that the `tests` folder of a pack says; raises InputError."""
    folder = pack if isinstance(pack, Path) else shipped_rules() / pack
    reading = Reading()
    reader = _Reader(reading, book, vocabulary or load_vocabulary())
    cases: list[TestCase] = []
    equivalent: list[Equivalent] = []
    with keeping_everything():
        for file in sorted((folder / "tests").glob("*.yaml")):
            node = read_file(reading, file)
            if node is not None:
                cases += reader.file(node)
                equivalent += reader.equivalent(node)
    reading.problems = list(dict.fromkeys(reading.problems))  # what the rows of a table share is read for each
    reading.done()
    return Tests(cases=cases, equivalent=equivalent)


class _Reader:
    """Takes test files apart; faults go to `reading`."""

    def __init__(self, reading: Reading, book: Rulebook, vocabulary: Vocabulary) -> None:
        self.reading, self.vocabulary = reading, vocabulary
        self.indicators = {i.id: i for i in book.indicators}
        self.pack = book.packs[-1].id if book.packs else ""

    def file(self, node: Node) -> Iterator[TestCase]:
        """The cases of one file."""
        if schema_of(node) != TESTS:
            refuse_schema(self.reading, node, (TESTS,))
            return
        entry = (
            self.reading.mapping(node, Text(zh="测试文件", en="test file"), ["schema", "pack"], ["cases", "equivalent"])
            or {}
        )
        pack = self.reading.text(entry.get("pack"), _w("pack"))
        if pack is not None and pack != self.pack:
            self.reading.problem(
                "wrong-pack", entry["pack"].place,
                f"测试文件属于“{pack}”，所在文件夹却是“{self.pack}”的", f"the tests are for “{pack}”, but lie beside “{self.pack}”",
                Text(zh=f"改为pack: {self.pack}，或移动文件", en=f"write pack: {self.pack}, or move the file"),
            )  # fmt: skip
        for item in self.reading.items(entry.get("cases"), _w("cases")):
            yield from self.case(item)

    def equivalent(self, node: Node) -> Iterator[Equivalent]:
        """The changes that a file lists as no other rule."""
        listed = node.get("equivalent") if isinstance(node, MapNode) else None
        for item in self.reading.items(listed, _w("equivalent")):
            entry = self.reading.mapping(item, _w("equivalent"), ["indicator", "change", "reason"]) or {}
            texts = [self.reading.text(entry.get(k), _w(k)) or "" for k in ("indicator", "change", "reason")]
            if "indicator" in entry and texts[0] not in self.indicators:
                what = Text(zh="指标", en="indicator")
                self.reading.unknown_word(entry["indicator"].place, what, texts[0], self.indicators)
            elif all(texts):
                yield Equivalent(indicator=texts[0], change=texts[1], reason=texts[2], place=item.place)

    def case(self, node: Node) -> Iterator[TestCase]:
        """One case, or one for each row of its table."""
        entry = self.reading.mapping(
            node, Text(zh="用例", en="case"), ["name", "of", "at"], ["facts", "asset", "expect", "table", "todo"]
        )
        if entry is None:
            return
        name, of = self.reading.text(entry.get("name"), _w("name")), self.reading.text(entry.get("of"), _w("of"))
        at = self.reading.day(entry.get("at"), _w("at"))
        if of is not None and of not in self.indicators:
            self.reading.unknown_word(entry["of"].place, Text(zh="指标", en="indicator"), of, self.indicators)
        if name is None or at is None or of not in self.indicators:
            return
        indicator = self.indicators[of]
        if "table" not in entry:
            yield self._case(name, indicator, at, entry, {}, {}, node)
            return
        for number, row in enumerate(self.reading.items(entry["table"], _w("table")), 1):
            given = self.reading.mapping(
                row, Text(zh="表行", en="table row"), [], ["facts", "at", "asset", "expect", "todo"]
            )  # fmt: skip
            if given is not None:
                day = self.reading.day(given["at"], _w("at")) if "at" in given else at
                shared = self._facts(entry.get("facts"), day or at, indicator) if "facts" in entry else {}
                asset = self._asset(entry.get("asset"))
                inherited = {k: entry[k] for k in ("expect", "todo") if k in entry}
                yield self._case(f"{name} {number}", indicator, day or at, inherited | given, shared, asset, row)

    def _case(
        self, name: str, indicator: Indicator, at: date, entry: Mapping[str, Node],
        shared: Mapping[str, Sequence[Row]], asset: Mapping[str, str], node: Node,
    ) -> TestCase:  # fmt: skip
        own = self._facts(entry.get("facts"), at, indicator)
        return TestCase(
            name=name,
            indicator=indicator.id,
            kind=indicator.applies_to.kind,
            at=at,
            asset={**asset, **self._asset(entry.get("asset"))},
            facts={k: [*shared.get(k, ()), *own.get(k, ())] for k in {**shared, **own}},
            expect=self._expect(entry.get("expect"), node, indicator),
            place=node.place,
            todo=self.reading.text(entry.get("todo"), _w("todo")) or "",
        )

    # ---- what is expected ------------------------------------------------------------------------------------------

    def _expect(self, node: Node | None, case: Node, indicator: Indicator) -> dict[str, str]:
        if isinstance(node, ScalarNode):
            return self._points(node) if POINTS.fullmatch(node.raw) else self._word(node, "outcome", Outcome)
        entry = self.reading.mapping(
            node, _w("expect"), [], ["outcome", "points", "lines", "text", "reason", "verdict"]
        )
        if not entry:
            self.reading.problem(
                "no-expectation", (node or case).place, "缺少预期expect", "nothing is expected",
                Text(zh="例如expect: pass", en="such as expect: pass"),
            )  # fmt: skip
            return {}
        found: dict[str, str] = {}
        for key, body in entry.items():
            if key in ("outcome", "verdict"):
                found |= self._word(body, key, Outcome if key == "outcome" else Verdict)
            elif key == "points":
                found |= self._points(body)
            elif key == "lines":
                names = [line.id for v in indicator.versions for line in v.lines]
                lines = self.reading.mapping(body, _w("lines"), [], names) or {}
                found |= {f"lines.{n}": p["points"] for n, b in lines.items() if (p := self._points(b))}
            else:
                found[key] = self.reading.text(body, _w(key)) or ""
        return found

    def _points(self, node: Node) -> dict[str, str]:
        raw = self.reading.text(node, _w("points")) or ""
        found = POINTS.fullmatch(raw)
        if not found:
            self.reading.problem(
                "bad-points", node.place, f"“{raw}”不是分值", f"“{raw}” is no number of points",
                Text(zh="写成1.5，未定的写成0-2，不设上限的写成3+", en="write 1.5, 0-2 while open, 3+ without limit"),
            )  # fmt: skip
            return {}
        return {"points": str(Range(Fraction(found[1]), _end(found)))}

    def _word(self, node: Node, name: str, words: type[Enum]) -> dict[str, str]:
        found = self.reading.word(node, _w(name), words)
        return {name: found.value} if found is not None else {}

    def _asset(self, node: Node | None) -> dict[str, str]:
        entry = self.reading.mapping(node, _w("asset"), [], ["name", *ASSET_WORDS]) if node is not None else None
        return {k: self.reading.text(n, _w(k)) or "" for k, n in (entry or {}).items()}

    # ---- facts -----------------------------------------------------------------------------------------------------

    def _facts(self, node: Node | None, at: date, indicator: Indicator) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        if node is not None and not isinstance(node, MapNode):
            self.reading.problem(
                "expected-map", node.place, "facts应为“种类: 事实”", "facts maps kinds to facts",
                Text(zh="例如facts: {feed: {newest: 2021-03-08}}", en="such as facts: {feed: {newest: 2021-03-08}}"),
            )  # fmt: skip
            return found
        for key, body in node.entries if node is not None else ():
            kind = self.vocabulary.kinds.get(key.raw)
            if kind is None:
                what = Text(zh="事实种类", en="kind of fact")
                self.reading.unknown_word(key.place, what, key.raw, self.vocabulary.kinds)
                continue
            about = indicator.applies_to.kind.value
            if kind.about not in ("both", about):
                self.reading.problem(
                    "wrong-kind", key.place, f"“{kind.name}”（{kind.zh}）不是这类资产的事实", f"“{kind.name}” is no fact about a {about}"
                )  # fmt: skip
            for item in body.items if isinstance(body, ListNode) else (body,):
                found.setdefault(kind.name, []).extend(self._rows(item, kind, at))
        return found

    def _rows(self, node: Node, kind: Kind, at: date) -> Iterator[Row]:
        """The fact of a map: `times` copies with parts of their own, on each of the last `days` days."""
        fields = {f.name: f for f in kind.fields}
        common = ["observed_at", "state", "reason", "times", "days", *(["part"] if kind.part else [])]
        what = Text(zh=f"{kind.zh}的事实", en=f"fact of {kind.name}")
        entry = self.reading.mapping(node, what, [], [*common, *fields])
        if entry is None:
            return
        rows = {n: found for n, body in entry.items() if (found := self._dates(body, fields.get(n), n))}
        row: dict[str, object] = {
            name: self._value(body, fields[name]) for name, body in entry.items() if name in fields and name not in rows
        }
        plain = {n: body for n, body in entry.items() if n not in rows}
        shared = self._common(plain, kind, at)
        times, days = self._copies(entry, "times"), self._copies(entry, "days")
        number, several = 0, bool({"times", "days"} & set(entry))
        for observed, dated in _observations(kind, rows, shared["observed_at"], at):
            for back in range(days):
                moved = observed - timedelta(days=back) if isinstance(observed, date) else observed
                for _ in range(times):
                    number += 1
                    part = (
                        f"{shared['part']}-{number}" if several or (kind.keep is Keep.ALL and rows) else shared["part"]
                    )
                    yield row | shared | dated | {"observed_at": moved, "part": part}

    def _dates(self, node: Node, field: Field | None, name: str) -> tuple[date, ...] | None:
        """A row of dates, where a date field or the time of observation is written as one."""
        dated = name == "observed_at" or (field is not None and field.type in (FieldType.DAY, FieldType.TIME))
        return dates(node.raw) if dated and isinstance(node, ScalarNode) else None

    def _common(self, entry: Mapping[str, Node], kind: Kind, at: date) -> dict[str, object]:
        state = self.reading.text(entry.get("state"), _w("state")) or "known"
        if state not in STATES:
            self.reading.unknown_word(entry["state"].place, Text(zh="状态state", en="state"), state, STATES)
            state = "known"
        observed = self._moment(entry["observed_at"]) if "observed_at" in entry else at
        part = self.reading.text(entry.get("part"), _w("part")) or ("x" if kind.part else "")
        reason = self.reading.text(entry.get("reason"), _w("reason")) or ""
        return {"observed_at": observed or at, "state": state, "part": part, "reason": reason}

    def _copies(self, entry: Mapping[str, Node], name: str) -> int:
        if name not in entry:
            return 1
        number = self.reading.whole(entry[name], _w(name))
        if number is not None and not 1 <= number <= MOST_COPIES:
            self.reading.problem(
                "wrong-value",
                entry[name].place,
                f"{name}应在1至{MOST_COPIES}之间",
                f"{name} must be 1 to {MOST_COPIES}",
            )
            return 1
        return number or 1

    def _value(self, node: Node, field: Field) -> object:
        what = Text(zh=f"“{field.name}”（{field.zh}）", en=f"`{field.name}`")
        if isinstance(node, ScalarNode) and node.raw in (NONE, "无") and node.raw not in field.words:
            return NONE
        match field.type:
            case FieldType.DAY:
                return self.reading.day(node, what)
            case FieldType.TIME:
                return self._moment(node)
            case FieldType.TRUTH:
                return self.reading.truth(node, what)
            case FieldType.INTEGER:
                return self.reading.whole(node, what)
            case FieldType.NUMBER:
                return self._number(node, what)
            case FieldType.WORD:
                return self._known(node, field, what)
            case FieldType.LIST:
                nodes = node.items if isinstance(node, ListNode) else (node,)
                return [w for n in nodes if (w := self._known(n, field, what)) is not None]
            case FieldType.TEXT:
                return self.reading.text(node, what)

    def _known(self, node: Node, field: Field, what: Text) -> str | None:
        """A word, one of the field's where it has a closed set."""
        raw = self.reading.text(node, what)
        if raw is not None and field.words and raw not in field.words:
            self.reading.unknown_word(node.place, what, raw, field.words)
            return None
        return raw

    def _number(self, node: Node, what: Text) -> float | None:
        raw = self.reading.text(node, what)
        try:
            return None if raw is None else float(raw)
        except ValueError:
            self.reading.problem(
                "expected-number", node.place, f"{what.zh}应为数字", f"{what.en} must be a number"
            )  # fmt: skip
            return None

    def _moment(self, node: Node) -> datetime | date | None:
        """A day, or a time of Asia/Shanghai unless an offset is given."""
        raw = self.reading.text(node, _w("observed_at"))
        try:
            if raw is None or len(raw) == 10:
                return self.reading.day(node, _w("observed_at"))
            moment = datetime.fromisoformat(raw)
            moment = moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
            if not is_meant(moment.date()):
                raise ValueError(raw)
            return moment
        except (ValueError, OverflowError):
            self.reading.problem(
                "bad-date", node.place, f"“{raw}”不是时间", f"“{raw}” is no time",
                Text(zh="写成2024-02-23或2024-02-23T10:05", en="write 2024-02-23 or 2024-02-23T10:05"),
            )  # fmt: skip
            return None


def _observations(
    kind: Kind, rows: Mapping[str, Sequence[date]], observed: object, at: date
) -> Iterator[tuple[object, dict[str, object]]]:
    """When a fact was observed, and its dates as they stood then: one observation, or one for each date of a row."""
    fields = {name: row for name, row in rows.items() if name != "observed_at"}
    if kind.keep is Keep.ALL and fields and "observed_at" not in rows:
        for moments in zip(*fields.values(), strict=False):
            yield moments[0], dict(zip(fields, moments, strict=True))
        return
    for moment in rows.get("observed_at", (observed,)):
        day = moment if isinstance(moment, date) and not isinstance(moment, datetime) else at
        yield moment, {name: newest(row, day) or NONE for name, row in fields.items()}


def _end(found: re.Match[str]) -> Fraction | None:
    return None if found[2] == "+" else Fraction(found[3] or found[1])


def _w(word: str) -> Text:
    return Text(zh=f"“{word}”", en=f"`{word}`")
