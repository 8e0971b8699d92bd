"""Tests written beside the rules, run through the real evaluation, judgement and explanation.

Each case is one made-up asset. Cases about one kind of asset and one day are judged together. Reading the files is
`testfiles`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hege.engine.calendar import load_working_days
from hege.engine.case import Case, PlannedBatch
from hege.engine.evaluation import evaluate
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.inspection import inspect
from hege.engine.result import AssetResult, Finding
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.rulebook.references import about
from hege.engine.rulebook.testfiles import Row, TestCase, read_tests
from hege.engine.text import Language, Text
from hege.engine.vocabulary import Vocabulary, load_vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class TestResult:
    """What came of a case: `got` has outcome, text, reason (codes) and verdict."""

    __test__ = False

    case: TestCase
    got: Mapping[str, str]
    finding: Finding | None

    @property
    def passed(self) -> bool:
        """Whether everything expected was got; one of several reasons is enough."""
        return all(
            word in self.got[what].split() if what == "reason" else word == self.got[what]
            for what, word in self.case.expect.items()
        )

    @property
    def as_agreed(self) -> bool:
        """Whether the case is met, or, marked `todo`, still is not: one that is met must lose its mark."""
        return self.passed is not bool(self.case.todo)

    def shown(self, language: Language) -> str:
        """Where the case stands, expected and got, the arithmetic and the facts."""
        expected, got = Text(zh="应为", en="expected"), Text(zh="实得", en="got")
        lines = [f"{self.case.place}: {self.case.indicator} “{self.case.name}” @ {self.case.at}"]
        for what, word in self.case.expect.items():
            lines.append(f"    {what}: {expected.shown(language)} {word}; {got.shown(language)} {self.got[what]}")
        if self.finding is not None:
            lines.append(f"    {self.finding.text} {dict(self.finding.arithmetic)}")
            lines += [f"    {s.kind}[{s.part}] {dict(s.values)} {s.state}" for s in self.finding.facts]
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """Cases about one kind of asset on one day: the facts of all, and by number the asset that stands for each."""

    kind: AssetKind
    day: date
    facts: Facts
    assets: Mapping[int, str]


def run_tests(pack: str | Path, rulebook: Rulebook | None = None) -> list[TestResult]:
    """The results of every case beside a pack; raises InputError for faults of rules or tests."""
    book = rulebook or load_rulebook([pack])
    return run_cases(read_tests(pack, book), book)


def run_cases(cases: Sequence[TestCase], book: Rulebook) -> list[TestResult]:
    """The results of cases under a rulebook, in their order.

    A case that expects an outcome alone and gets it is judged and not explained: its result has no finding, and nothing
    but the outcome is got.
    """
    results = dict(_met_at_once(cases, book))
    rest = [n for n in range(len(cases)) if n not in results]
    by_themselves = [n for n in rest if set(cases[n].expect) <= {"outcome", "text", "reason"}]
    for numbers, part in _batches(cases, by_themselves, book):
        results |= _explained(cases, numbers, part)
    results |= _explained(cases, [n for n in rest if n not in set(by_themselves)], book)
    return [results[number] for number in range(len(cases))]


_AT_ONCE = 60  # indicators judged side by side: each one more costs all the cases judged with it


def _batches(cases: Sequence[TestCase], numbers: Sequence[int], book: Rulebook) -> Iterator[tuple[list[int], Rulebook]]:
    """The cases of some indicators at a time, with the rules that concern these."""
    by_indicator: dict[str, list[int]] = {}
    for number in numbers:
        by_indicator.setdefault(cases[number].indicator, []).append(number)
    names = list(by_indicator)
    for begin in range(0, len(names), _AT_ONCE):
        some = names[begin : begin + _AT_ONCE]
        yield [n for name in some for n in by_indicator[name]], about(book, some)


def _met_at_once(cases: Sequence[TestCase], book: Rulebook) -> Iterator[tuple[int, TestResult]]:
    vocabulary, working_days = load_vocabulary(), load_working_days()
    plain = [n for n, case in enumerate(cases) if set(case.expect) == {"outcome"}]
    for numbers, part in _batches(cases, plain, book):
        for group in together([cases[n] for n in numbers], vocabulary):
            rows = evaluate(part, group.facts, group.kind, group.day, vocabulary, working_days)
            found = {(a, i): o for a, i, o in rows.select("asset", "indicator", "outcome").iter_rows()}
            for index, asset in group.assets.items():
                number = numbers[index]
                outcome = found.get((asset, cases[number].indicator))
                if outcome == cases[number].expect["outcome"]:
                    yield number, TestResult(case=cases[number], got={"outcome": outcome}, finding=None)


def _explained(cases: Sequence[TestCase], numbers: Sequence[int], book: Rulebook) -> dict[int, TestResult]:
    vocabulary, working_days = load_vocabulary(), load_working_days()
    results: dict[int, TestResult] = {}
    for group in together([cases[n] for n in numbers], vocabulary):
        plan = Case(
            title="", jurisdiction="", issuer="", rules=(), facts=group.facts,
            batches=(PlannedBatch(name="", kind=group.kind, as_of=group.day),),
        )  # fmt: skip
        (batch,) = inspect(plan, book, vocabulary, working_days).batches
        by_asset = {result.asset.id: result for result in batch.assets}
        for index, asset in group.assets.items():
            results[numbers[index]] = _result(cases[numbers[index]], by_asset[asset])
    return results


def together(cases: Sequence[TestCase], vocabulary: Vocabulary) -> list[Together]:
    """The cases by kind of asset and day."""
    groups: dict[tuple[AssetKind, date], dict[int, str]] = {}
    for number, case in enumerate(cases):
        groups.setdefault((case.kind, case.at), {})[number] = f"t{number}"
    return [
        Together(kind=kind, day=day, assets=assets, facts=_facts({a: cases[n] for n, a in assets.items()}, vocabulary))
        for (kind, day), assets in groups.items()
    ]


def _facts(cases: Mapping[str, TestCase], vocabulary: Vocabulary) -> Facts:
    rows: dict[str, list[Row]] = {}
    for asset, case in cases.items():
        for kind, given in case.facts.items():
            rows.setdefault(kind, []).extend({**row, "asset": asset} for row in given)
    assets = asset_table({"id": asset, "kind": case.kind.value, **case.asset} for asset, case in cases.items())
    return facts(assets, {k: table(vocabulary.kinds[k], r) for k, r in rows.items()}, vocabulary)


def _result(case: TestCase, result: AssetResult) -> TestResult:
    finding = next((f for f in result.findings if f.indicator == case.indicator), None)
    got = {
        "outcome": finding.outcome.value if finding else "",
        "text": finding.text if finding else "",
        "reason": " ".join(r.code for r in finding.reasons) if finding else "",
        "verdict": result.verdict.value,
    }
    return TestResult(case=case, got=got, finding=finding)
