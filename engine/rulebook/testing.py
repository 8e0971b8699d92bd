"""Tests written beside the rules (`tests/1`): read strictly, run through the real evaluation and judgement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from hege.engine.calendar import load_working_days
from hege.engine.case import Case, PlannedBatch
from hege.engine.dates import SHANGHAI
from hege.engine.errors import Place
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.inspection import inspect
from hege.engine.result import AssetResult, Finding
from hege.engine.rulebook.library import load_rulebook, read_file, schema_of, shipped_rules
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.text import Language, Text
from hege.engine.vocabulary import Field, FieldType, Kind, Vocabulary, load_vocabulary
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode


@dataclass(frozen=True, kw_only=True, slots=True)
class TestCase:
    """One case: facts of one asset on one day, and what an indicator (or the whole pack) must say."""

    __test__ = False

    name: str
    indicator: str
    kind: AssetKind
    at: date
    asset: Mapping[str, str]
    facts: Mapping[str, Sequence[Mapping[str, object]]]
    expect: Mapping[str, str]
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class TestResult:
    """What came of a case."""

    __test__ = False

    case: TestCase
    got: Mapping[str, str]
    finding: Finding | None

    @property
    def passed(self) -> bool:
        """Whether everything expected was got."""
        return all(
            word in self.got[what] if what == "reason" else self.got[what] == word
            for what, word in self.case.expect.items()
        )

    def shown(self, language: Language) -> str:
        """Expected and got, the arithmetic and the facts."""
        words = Text(zh="应为", en="expected"), Text(zh="实得", en="got")
        lines = [f"{self.case.place}: {self.case.indicator} “{self.case.name}” @ {self.case.at}"]
        for what, word in self.case.expect.items():
            lines.append(f"    {what}: {words[0].shown(language)} {word}; {words[1].shown(language)} {self.got[what]}")
        if self.finding is not None:
            lines.append(f"    {self.finding.text} {dict(self.finding.arithmetic)}")
            lines += [f"    {s.kind}[{s.part}] {dict(s.values)} {s.state}" for s in self.finding.facts]
        return "\n".join(lines)


def run_tests(pack: str | Path, rulebook: Rulebook | None = None) -> list[TestResult]:
    """The results of every case in the pack's tests folder; raises InputError for faults of rules or tests."""
    book = rulebook or load_rulebook([pack])
    return run_cases(read_tests(pack, book), book)


def run_cases(cases: Sequence[TestCase], book: Rulebook) -> list[TestResult]:
    """The results of cases under a rulebook; cases of one kind and day are evaluated together."""
    vocabulary, working_days = load_vocabulary(), load_working_days()
    results: dict[int, TestResult] = {}
    groups: dict[tuple[AssetKind, date], list[int]] = {}
    for number, case in enumerate(cases):
        groups.setdefault((case.kind, case.at), []).append(number)
    for (kind, day), numbers in groups.items():
        plan = Case(
            title="", jurisdiction="", issuer="", rules=(), batches=(PlannedBatch(name="", kind=kind, as_of=day),),
            facts=_facts([(f"t{n}", cases[n]) for n in numbers], vocabulary),
        )  # fmt: skip
        (batch,) = inspect(plan, book, vocabulary, working_days).batches
        by_id = {r.asset.id: r for r in batch.assets}
        for n in numbers:
            results[n] = _result(cases[n], by_id[f"t{n}"])
    return [results[n] for n in range(len(cases))]


def _result(case: TestCase, result: AssetResult) -> TestResult:
    finding = next((f for f in result.findings if f.indicator == case.indicator), None)
    got = {
        "outcome": finding.outcome.value if finding else "not_evaluated",
        "text": finding.text if finding else "",
        "reason": " ".join(r.code for r in finding.reasons) if finding else "",
        "verdict": result.verdict.value,
    }
    return TestResult(case=case, got=got, finding=finding)


def _facts(cases: Sequence[tuple[str, TestCase]], vocabulary: Vocabulary) -> Facts:
    rows: dict[str, list[Mapping[str, object]]] = {}
    for id, case in cases:
        for kind, given in case.facts.items():
            rows.setdefault(kind, []).extend(dict(row) | {"asset": id} for row in given)
    assets = asset_table({"id": id, "kind": case.kind.value, **case.asset} for id, case in cases)
    return facts(assets, {k: table(vocabulary.kinds[k], r) for k, r in rows.items()}, vocabulary)


# ---- reading -------------------------------------------------------------------------------------------------------


def read_tests(pack: str | Path, book: Rulebook) -> list[TestCase]:
    """The cases of a pack; raises InputError with every fault."""
    folder = pack if isinstance(pack, Path) else shipped_rules() / pack
    reading = Reading()
    cases: list[TestCase] = []
    for file in sorted((folder / "tests").glob("*.yaml")):
        node = read_file(reading, file)
        if node is None:
            continue
        if schema_of(node) != "tests/1":
            reading.unknown_word(node.place, Text(zh="文件格式schema", en="schema"), schema_of(node), ["tests/1"])
            continue
        entry = reading.mapping(node, Text(zh="测试文件", en="test file"), ["schema", "pack", "cases"]) or {}
        for item in reading.items(entry.get("cases"), _w("cases")):
            cases += _cases(reading, item, book)
    reading.done()
    return cases


def _cases(reading: Reading, node: Node, book: Rulebook) -> Iterator[TestCase]:
    entry = reading.mapping(
        node, Text(zh="用例", en="case"), ["name", "of", "at"], ["facts", "asset", "expect", "table"]
    )
    if entry is None:
        return
    name, of = reading.text(entry.get("name"), _w("name")), reading.text(entry.get("of"), _w("of"))
    at = reading.day(entry.get("at"), _w("at"))
    known = {i.id: i for i in book.indicators}
    if of is not None and of not in known:
        reading.unknown_word(entry["of"].place, Text(zh="指标", en="indicator"), of, known)
    if name is None or of not in known or at is None or of is None:
        return
    vocabulary = load_vocabulary()
    shared = _fact_rows(reading, entry.get("facts"), at, vocabulary)
    asset = _texts(reading, entry.get("asset"))
    rows = entry.get("table")
    if rows is None:
        expect = _expect(reading, entry.get("expect"), node)
        yield TestCase(name=name, indicator=of, kind=known[of].applies_to.kind, at=at, asset=asset, facts=shared,
                       expect=expect, place=node.place)  # fmt: skip
        return
    for number, row in enumerate(reading.items(rows, _w("table")), 1):
        given = reading.mapping(row, Text(zh="表行", en="table row"), ["expect"], ["facts", "at", "asset"]) or {}
        day = reading.day(given["at"], _w("at")) or at if "at" in given else at
        more = _fact_rows(reading, given.get("facts"), day, vocabulary)
        facts_of_row = {k: [*shared.get(k, ()), *more.get(k, ())] for k in {**shared, **more}}
        yield TestCase(
            name=f"{name} {number}", indicator=of, kind=known[of].applies_to.kind, at=day,
            asset=dict(asset) | dict(_texts(reading, given.get("asset"))), facts=facts_of_row,
            expect=_expect(reading, given.get("expect"), row), place=row.place,
        )  # fmt: skip


def _expect(reading: Reading, node: Node | None, at: Node) -> dict[str, str]:
    if isinstance(node, ScalarNode):
        return {"outcome": node.raw}
    entry = reading.mapping(node, _w("expect"), [], ["outcome", "text", "reason", "verdict"])
    if not entry:
        reading.problem("no-expectation", (node or at).place, "缺少预期expect", "nothing is expected",
                        Text(zh="例如expect: pass", en="such as expect: pass"))  # fmt: skip
        return {}
    return {k: reading.text(n, _w(k)) or "" for k, n in entry.items()}


def _texts(reading: Reading, node: Node | None) -> dict[str, str]:
    entry = (
        reading.mapping(node, _w("asset"), [], ["platform", "district", "category", "owner", "name"]) if node else {}
    )
    return {k: reading.text(n, _w(k)) or "" for k, n in (entry or {}).items()}


def _fact_rows(
    reading: Reading, node: Node | None, at: date, vocabulary: Vocabulary
) -> dict[str, list[Mapping[str, object]]]:
    found: dict[str, list[Mapping[str, object]]] = {}
    for key, body in node.entries if isinstance(node, MapNode) else ():
        kind = vocabulary.kinds.get(key.raw)
        if kind is None:
            reading.unknown_word(key.place, Text(zh="事实种类", en="kind of fact"), key.raw, vocabulary.kinds)
            continue
        for item in body.items if isinstance(body, ListNode) else (body,):
            found.setdefault(kind.name, []).extend(_rows(reading, item, kind, at))
    return found


def _rows(reading: Reading, node: Node, kind: Kind, at: date) -> Iterator[Mapping[str, object]]:
    common = ["part", "observed_at", "state", "reason", "times", "days"]
    fields = {f.name: f for f in kind.fields}
    entry = reading.mapping(node, Text(zh=f"{kind.zh}的事实", en=f"fact of {kind.name}"), [], [*common, *fields])
    if entry is None:
        return
    row: dict[str, object] = {"observed_at": at, "part": "x" if kind.part else ""}
    for name, body in entry.items():
        if name in fields:
            row[name] = _value(reading, body, fields[name])
        elif name == "observed_at":
            row[name] = _moment(reading, body) or at
        elif name in ("part", "state", "reason"):
            row[name] = reading.text(body, _w(name)) or ""
    times = reading.whole(entry.get("times"), _w("times")) if "times" in entry else None
    days = reading.whole(entry.get("days"), _w("days")) if "days" in entry else None
    for back in range(days or 1):
        moved = dict(row)
        if days is not None and isinstance(row["observed_at"], date):
            moved["observed_at"] = row["observed_at"] - timedelta(days=back)
        for number in range(times or 1):
            suffix = f"-{back * (times or 1) + number + 1}" if times is not None or days is not None else ""
            yield moved | {"part": f"{row['part']}{suffix}"}


def _value(reading: Reading, node: Node, field: Field) -> object:
    what = Text(zh=f"“{field.name}”（{field.zh}）", en=f"`{field.name}`")
    if isinstance(node, ListNode):
        return [reading.text(n, what) or "" for n in node.items]
    if isinstance(node, ScalarNode) and node.raw in ("none", "无") and node.raw not in field.words:
        return "none"
    match field.type:
        case FieldType.DAY:
            return reading.day(node, what)
        case FieldType.TIME:
            return _moment(reading, node)
        case FieldType.TRUTH:
            return reading.truth(node, what)
        case FieldType.INTEGER:
            return reading.whole(node, what)
        case FieldType.NUMBER:
            raw = reading.text(node, what) or ""
            try:
                return float(raw)
            except ValueError:
                reading.problem("expected-number", node.place, f"{what.zh}应为数字", f"{what.en} must be a number")
                return None
        case FieldType.WORD:
            raw = reading.text(node, what) or ""
            if raw not in field.words:
                reading.unknown_word(node.place, what, raw, field.words)
                return None
            return raw
        case _:
            return reading.text(node, what)


def _moment(reading: Reading, node: Node) -> datetime | date | None:
    raw = reading.text(node, _w("observed_at")) or ""
    try:
        if len(raw) == 10:
            return date.fromisoformat(raw)
        return datetime.fromisoformat(raw).replace(tzinfo=SHANGHAI)
    except ValueError:
        reading.problem("bad-date", node.place, f"“{raw}”不是时间", f"“{raw}” is no time",
                        Text(zh="写成2024-02-23或2024-02-23T10:05", en="write 2024-02-23 or 2024-02-23T10:05"))  # fmt: skip
        return None


def _w(word: str) -> Text:
    return Text(zh=f"“{word}”", en=f"`{word}`")
