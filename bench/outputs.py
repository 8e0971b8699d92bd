"""How long every output of an inspection takes and how much memory it needs: prints a table; compare, do not count seconds.

Repeats examples/weinan-2024-1 (521 assets) so many times, 20 unless told: `python bench/outputs.py 218` is a whole country.
"""

from __future__ import annotations

import dataclasses
import resource
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from hege.collectors.casefolder import read_case
from hege.engine.calendar import load_working_days
from hege.engine.facts import Facts, normal
from hege.engine.inspection import inspect
from hege.engine.result import Inspection
from hege.engine.rulebook.library import load_rulebook
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.service.saving import save

CASE = Path(__file__).parent.parent / "examples" / "weinan-2024-1"


def inspected(times: int) -> Inspection:
    """The inspection of the same assets so many times over."""

    def copies(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        return pl.concat([frame.with_columns(pl.col(column) + f"-{n:04}") for n in range(times)])

    vocabulary = load_vocabulary()
    case = read_case(CASE, vocabulary)
    tables = {kind: normal(copies(table, "asset")) for kind, table in case.facts.tables.items()}
    case = dataclasses.replace(case, facts=Facts(copies(case.facts.assets, "id").sort("id"), tables))
    return inspect(case, load_rulebook(case.rules), vocabulary, load_working_days())


def main(times: int) -> None:
    """Inspects, keeps every file, says what it took."""
    start, busy = time.perf_counter(), time.process_time()
    inspection = inspected(times)
    made, made_busy = time.perf_counter(), time.process_time()
    total = sum(b.group.total for b in inspection.batches)
    print(
        f"{total} assets: inspected in {made - start:.1f} s ({made_busy - busy:.1f} s of processor time), {_memory()} MB"
    )
    with tempfile.TemporaryDirectory() as folder:
        save(inspection, Path(folder), Language.ZH)
        took, busy = time.perf_counter() - made, time.process_time() - made_busy
        print(f"all outputs in {took:.1f} s ({busy:.1f} s of processor time), {_memory()} MB at most")
        for file in sorted(Path(folder).iterdir()):
            print(f"  {file.name:24} {file.stat().st_size / 1e6:8.1f} MB")


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
