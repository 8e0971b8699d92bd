"""Each example says what its notice prints: the inspection must say the same, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.inspection import inspect
from hege.engine.result import Batch, Inspection, Verdict
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind
from hege.engine.vocabulary import load_vocabulary
from hege.outputs.document import document

EXAMPLES = Path(__file__).parent.parent / "examples"


def inspected(name: str) -> Inspection:
    vocabulary = load_vocabulary()
    case = read_case(EXAMPLES / name, vocabulary)
    rules = [Path(r) if Path(r).is_absolute() else r for r in case.rules]
    return inspect(case, load_rulebook(rules), vocabulary, load_working_days())


def expected(name: str) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((EXAMPLES / name / "expected.yaml").read_text(encoding="utf-8"))
    return found


def newest(inspection: Inspection) -> list[Batch]:
    return [b for kind in AssetKind if (b := inspection.latest(kind)) is not None]


@pytest.mark.parametrize("name", sorted(p.parent.name for p in EXAMPLES.glob("*/case.yaml")))
def test_no_verdict_is_withheld(name: str) -> None:
    """The production rules and the fold agree on every asset of the example."""
    assert inspected(name).alarms == ()


def test_weinan_totals_rates_and_changes() -> None:
    """Totals, rates and changes against the previous check are those of the notice."""
    groups = document(inspected("weinan-2024-1"))["groups"]
    assert isinstance(groups, dict)
    printed = expected("weinan-2024-1")["groups"]
    assert isinstance(printed, dict)
    assert {k: {w: groups[k][w] for w in printed[k]} for k in printed} == printed


def test_weinan_annex_rows() -> None:
    """The failed assets are the annex rows: same names in the same order, same platforms, same problem texts."""
    inspection = inspected("weinan-2024-1")
    got = [
        {"name": r.asset.name, "platform": r.asset.platform, "text": r.problem}
        for b in newest(inspection)
        for r in b.assets
        if r.verdict is Verdict.FAIL
    ]
    assert got == expected("weinan-2024-1")["failed"]


def test_weinan_remarks_do_not_fail() -> None:
    """Two sites pass with the remark the annex prints."""
    got = [
        {"name": r.asset.name, "text": r.remark}
        for b in newest(inspected("weinan-2024-1"))
        for r in b.assets
        if r.remark and r.verdict is Verdict.PASS
    ]
    assert got == expected("weinan-2024-1")["remarks"]


def test_shanghai_batches_and_the_printed_rate() -> None:
    """January and March are 66 of 67; the printed 98.6% does not follow from that; 305 of 315 accounts pass."""
    inspection = inspected("shanghai-2021-1")
    printed = expected("shanghai-2021-1")
    got = [
        {
            "name": b.name,
            "kind": b.kind.value,
            "total": b.group.total,
            "passed": b.group.passed,
            "failed": b.group.failed,
            "pass_rate": b.group.pass_rate,
        }
        for b in inspection.batches
    ]
    assert got == printed["batches"]
    assert [b.printed_agrees for b in inspection.batches] == [False, False, None]
    assert [(b.printed) for b in inspection.batches[:2]] == ["98.6%", "98.6%"]


def test_shanghai_rows_and_categories() -> None:
    """The named sites and accounts fail with the words of the notice; districts are at 93.8%, the rest at 100%."""
    inspection = inspected("shanghai-2021-1")
    printed = expected("shanghai-2021-1")
    got = [
        {"batch": b.name, "name": r.asset.name, "platform": r.asset.platform, "text": r.problem}
        for b in inspection.batches
        for r in b.assets
        if r.verdict is Verdict.FAIL
    ]
    assert got == printed["failed"]
    rates = printed["breakdowns"]
    assert isinstance(rates, dict)
    for batch in inspection.batches[:2]:
        assert {k: batch.breakdowns["category"][k].pass_rate for k in rates} == rates
