"""Tests written beside the rules, run through the real evaluation, judgement and explanation.

Each case is one made-up asset. Cases about one kind of asset and one day are judged together. Reading the files is
`testfiles`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hege.engine.calendar import WorkingDays, load_working_days
from hege.engine.case import Case, PlannedBatch
from hege.engine.evaluation import evaluate
from hege.engine.evaluation.conditions import Conditions
from hege.engine.explanation import Explainer
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.inspection import inspect
from hege.engine.result import AssetResult, Finding, Outcome
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.rulebook.references import about
from hege.engine.rulebook.testfiles import Row, TestCase, read_tests
from hege.engine.score import ItemScore
from hege.engine.scoring import Scorer
from hege.engine.text import Language, Text
from hege.engine.vocabulary import Vocabulary, load_vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class TestResult:
    """What came of a case: `got` has outcome, points, text, reason (codes) and verdict."""

    __test__ = False

    case: TestCase
    got: Mapping[str, str]
    finding: Finding | None
    item: ItemScore | None = None

    @property
    def passed(self) -> bool:
        """Whether everything expected was got; one of several reasons is enough."""
        return all(
            word in self.got[what].split() if what == "reason" else word == self.got.get(what)
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
            lines.append(
                f"    {what}: {expected.shown(language)} {word}; {got.shown(language)} {self.got.get(what, '')}"
            )
        if self.item is not None:
            lines += [f"    {line.id} {line.scored} {dict(line.arithmetic)}" for line in self.item.lines]
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
    by_themselves = [n for n in rest if "verdict" not in cases[n].expect]
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
    items = {i.id for i in book.indicators if i.is_item}  # what is got of them is told line by line
    plain = [n for n, case in enumerate(cases) if set(case.expect) == {"outcome"} and case.indicator not in items]
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
        items = _items(book, group, vocabulary, working_days, [cases[numbers[n]] for n in group.assets])
        for index, asset in group.assets.items():
            case = cases[numbers[index]]
            results[numbers[index]] = _result(case, by_asset[asset], items.get((asset, case.indicator)))
    return results


def _items(
    book: Rulebook, group: Together, vocabulary: Vocabulary, working_days: WorkingDays, cases: Sequence[TestCase]
) -> dict[tuple[str, str], ItemScore]:
    """The items that cases are about, by asset: scored whether or not a sheet is about the asset."""
    asked = [book.indicator(case.indicator) for case in cases]
    if not any(i.is_item and i.at(group.day) is not None for i in asked):
        return {}
    scorer = Scorer(Explainer(Conditions(
        rulebook=book, facts=group.facts, vocabulary=vocabulary, working_days=working_days,
        kind=group.kind, day=group.day,
    )))  # fmt: skip
    return {
        (asset, indicator.id): scorer.item(asset, indicator)
        for asset, indicator in zip(group.assets.values(), asked, strict=True)
        if indicator.is_item and indicator.at(group.day) is not None
    }


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


def _result(case: TestCase, result: AssetResult, item: ItemScore | None) -> TestResult:
    finding = next((f for f in result.findings if f.indicator == case.indicator), None)
    if item is not None:
        reasons = [r.code for line in item.lines for r in line.reasons]
        got = {"outcome": item.outcome.value, "points": str(item.scored), "text": "", "reason": " ".join(reasons)}
        got |= {f"lines.{line.id}": str(line.scored) for line in item.lines}
        return TestResult(case=case, got=got | {"verdict": result.verdict.value}, finding=None, item=item)
    got = {
        "points": "" if result.score is None else str(result.score.total or result.score.deducted),
        # Nothing is found of an item out of force, nor of an indicator whose table another has succeeded.
        "outcome": finding.outcome.value if finding else Outcome.NOT_IN_FORCE.value,
        "text": finding.text if finding else "",
        "reason": " ".join(r.code for r in finding.reasons) if finding else "",
        "verdict": result.verdict.value,
    }
    return TestResult(case=case, got=got, finding=finding)
