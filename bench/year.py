"""A year of weekly monitoring points: how cost and memory grow with the points, what a changed threshold costs, and several processes.

Every figure is a process of its own, by the national rules with a city's overlay; the first and the last point of a series are
held against the same days asked alone, and what several processes say against what one says. Writes out/bench/year.json and plots.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from estate import DAY, SIZES, written
from plot import chart, exponent

from hege.engine.calendar import load_working_days
from hege.engine.case import Case, PlannedBatch
from hege.engine.changes import changes
from hege.engine.facts import stored
from hege.engine.impact import impact
from hege.engine.judgement import make_judge
from hege.engine.parts import impact_in
from hege.engine.rulebook import model
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Rulebook, Version
from hege.engine.rulebook.sources import Compiled
from hege.engine.verdicts import verdict_series, verdicts
from hege.engine.vocabulary import load_vocabulary
from hege.outputs.comparison import impact_document
from hege.service.cluster import cluster

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "bench"
VOCABULARY, WORKING_DAYS = load_vocabulary(), load_working_days()
POINTS = (1, 4, 13, 52)
CHANGED = "site.columns-stale"
Figures = dict[str, float]


def days(points: int) -> list[date]:
    """Weekly points from the day of the estate on, so that on every one of them all of its facts are in view."""
    return [DAY + timedelta(days=7 * n) for n in range(points)]


def series(folder: Path, points: int) -> Figures:
    """From Parquet files to the verdicts of each point on disk."""
    rulebook, facts = load_rulebook([HERE / "city"]), stored(folder, VOCABULARY)
    judge = make_judge(i.id for i in rulebook.indicators)
    asked = days(points)
    wall, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as out:
        for kind in AssetKind:
            for day, found in verdict_series(rulebook, facts, kind, asked, VOCABULARY, WORKING_DAYS, judge):
                found.write_parquet(Path(out) / f"{kind.value}-{day}.parquet")
        took = _took(wall, processor)
        for kind in AssetKind:
            for day in {asked[0], asked[-1]}:
                alone = verdicts(rulebook, facts, kind, day, VOCABULARY, WORKING_DAYS, judge)
                if not pl.read_parquet(Path(out) / f"{kind.value}-{day}.parquet").equals(alone):
                    raise SystemExit(f"the series and {day} alone do not agree")
    return took | {"points": points, "assets": facts.assets.height}


def changed(folder: Path, points: int) -> Figures:
    """One threshold of one indicator about websites changed: who comes out otherwise on each point."""
    old, new = _rules()
    facts = stored(folder, VOCABULARY)
    wall, processor = time.perf_counter(), time.process_time()
    found = [c for kind in AssetKind for c in changes(old, new, facts, kind, days(points))]
    flips = sum(c.assets.filter(pl.col("old") != pl.col("new")).height for c in found)
    return _took(wall, processor) | {"points": points, "changes": sum(c.assets.height for c in found), "flips": flips}


def shared(folder: Path, workers: int) -> Figures:
    """`hege impact` as it is printed, every change explained, on four points: in one process, or by so many workers."""
    old, new = _rules()
    batches = tuple(PlannedBatch(name="", kind=kind, as_of=DAY) for kind in AssetKind)
    case = Case(title="", jurisdiction="", issuer="", rules=(), batches=batches, facts=stored(folder, VOCABULARY))
    with cluster(workers or None, None) as many:
        start = time.perf_counter()
        found = (
            impact(case, old, new, days(4))
            if many is None
            else impact_in(many.parts, many.run, case, old, new, days(4))
        )
        wall = time.perf_counter() - start
        one = found if many is None else impact(case, old, new, days(4))
    if found != one:
        raise SystemExit(f"{workers} workers and one process do not agree")
    printed = json.dumps(impact_document(found), ensure_ascii=False)
    return {"workers": workers, "wall": wall, "printed": int(hashlib.sha256(printed.encode()).hexdigest()[:12], 16)}


def _took(wall: float, processor: float) -> Figures:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor, "peak_gib": peak}


def _rules() -> tuple[Compiled, Compiled]:
    """The rules, and the same with one threshold lowered by one."""
    book = load_rulebook([HERE / "city"])
    versions = tuple(_lowered(v) for v in book.indicator(CHANGED).versions)
    other = replace(
        book, indicators=tuple(replace(i, versions=versions) if i.id == CHANGED else i for i in book.indicators)
    )
    return _compiled(book), _compiled(other)


def _compiled(book: Rulebook) -> Compiled:
    return Compiled(rulebook=book, vocabulary=VOCABULARY, working_days=WORKING_DAYS)


def _lowered(version: Version) -> Version:
    def lower(check: object) -> object:
        if isinstance(check, model.Count) and isinstance(check.number, int):
            return replace(check, number=check.number - 1)
        return replace(check, of=tuple(map(lower, check.of))) if isinstance(check, model.Any | model.All) else check

    made = replace(version, fail_when=lower(version.fail_when))
    assert made != version
    return made


# ---- measuring -----------------------------------------------------------------------------------------------------

TASKS = {"series": series, "changed": changed, "shared": shared}


def process(task: str, folder: Path, number: int) -> Figures:
    """A figure, by a process of its own."""
    command = [sys.executable, __file__, "--task", task, str(folder), str(number)]
    found: Figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return found


def main() -> None:
    """Measures, prints, writes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--estates", type=Path, default=OUT / "estates", help="where the generated facts are kept")
    arguments.add_argument("--sizes", default="S,M,L")
    arguments.add_argument("--points", default=",".join(map(str, POINTS)))
    arguments.add_argument("--workers", default="1,2,4")
    arguments.add_argument("--task", nargs=3, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.task:
        task, folder, number = given.task
        print(json.dumps(TASKS[task](Path(folder), int(number))))
        return
    OUT.mkdir(parents=True, exist_ok=True)
    points = [int(n) for n in given.points.split(",")]
    report: dict[str, dict[str, list[Figures]]] = {}
    for size in given.sizes.split(","):
        folder = written(given.estates, size, VOCABULARY)
        found = report[size] = {"series": [], "changed": [], "shared": []}
        print(f"\n{size}: {sum(SIZES[size]):,} assets", flush=True)
        for number in points:
            found["series"].append(run := process("series", folder, number))
            each = run["processor"] / number / run["assets"] * 1e6
            _print(f"series of {number}", run, f"{each:.2f} microseconds an asset and point")
        found["changed"].append(run := process("changed", folder, points[-1]))
        _print(
            f"one threshold, {points[-1]} points",
            run,
            f"{run['changes']:.0f} changes, {run['flips']:.0f} verdicts flip",
        )
        if len(points) > 1:
            _growth("points", [(f["points"], f) for f in found["series"]])
    smallest = next(iter(report))
    alone = process("shared", given.estates / smallest, 0)
    print(f"\n{smallest}, impact on four points, every change explained: one process {alone['wall']:.2f} s")
    for workers in [int(n) for n in given.workers.split(",") if n]:
        report[smallest]["shared"].append(run := process("shared", given.estates / smallest, workers))
        if run["printed"] != alone["printed"]:
            raise SystemExit(f"{workers} workers do not come to the same bytes")
        print(
            f"  {workers} workers, the same bytes {run['wall']:10.2f} s, {run['wall'] / alone['wall']:.2f} times as long"
        )
    if len(report) > 1:
        _growth("assets", [(float(sum(SIZES[size])), found["series"][-1]) for size, found in report.items()])
    _plots(report)
    (OUT / "year.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"→ {OUT}")


def _print(name: str, run: Mapping[str, float], told: str) -> None:
    print(
        f"  {name:26} {run['wall']:7.2f} s {run['processor']:7.2f} s of processor {run['peak_gib']:6.2f} GiB   {told}",
        flush=True,
    )


def _growth(of: str, runs: Sequence[tuple[float, Figures]]) -> None:
    time_, memory = (exponent([(x, run[what]) for x, run in runs]) for what in ("processor", "peak_gib"))
    print(f"  growth with the number of {of} (exponent): time {time_:.2f}, memory {memory:.2f}")


def _plots(report: Mapping[str, Mapping[str, Sequence[Figures]]]) -> None:
    for name, title, y, what in (
        ("points-time.svg", "A series of points", "processor seconds", "processor"),
        ("points-memory.svg", "Peak memory of a series", "GiB", "peak_gib"),
    ):
        lines = {size: [(run["points"], run[what]) for run in found["series"]] for size, found in report.items()}
        (OUT / name).write_text(chart(title, "monitoring points", y, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
