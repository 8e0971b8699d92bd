"""How long an inspection takes as the number of assets grows: prints a table; ratios count, not seconds.

Repeats the accounts of examples/weinan-2024-1 under new ids, evaluates them, and says how the time grows.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import polars as pl

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.evaluation import evaluate
from hege.engine.facts import Facts
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind
from hege.engine.vocabulary import load_vocabulary

CASE = Path(__file__).parent.parent / "examples" / "weinan-2024-1"


def repeated(facts: Facts, times: int) -> Facts:
    """The same assets so many times over."""

    def copies(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        made = [frame.with_columns(pl.col(column) + f"-{n}") for n in range(times)]
        return pl.concat(made).sort(column)

    return Facts(copies(facts.assets, "id"), {k: copies(t, "asset") for k, t in facts.tables.items()})


def main() -> None:
    """Times the evaluation of accounts, three runs each."""
    vocabulary, working_days = load_vocabulary(), load_working_days()
    case = read_case(CASE, vocabulary)
    rulebook = load_rulebook(case.rules)
    (day,) = {b.as_of for b in case.batches if b.kind is AssetKind.ACCOUNT}
    first = None
    print(f"{'accounts':>10} {'seconds':>9} {'accounts/s':>11} {'time per account, first = 1':>28}")
    for times in (1, 10, 100, 200):
        facts = repeated(case.facts, times)
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            evaluate(rulebook, facts, AssetKind.ACCOUNT, day, vocabulary, working_days)
            runs.append(time.perf_counter() - start)
        seconds, count = statistics.median(runs), 470 * times
        first = first or seconds / count
        print(f"{count:>10} {seconds:>9.3f} {count / seconds:>11.0f} {seconds / count / first:>28.3f}")


if __name__ == "__main__":
    main()
