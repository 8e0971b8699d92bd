"""One city, one province, the country: how long an evaluation takes, beside its peers, and how it grows.

Every figure is the median of several rounds, and the peers run in the same rounds, so that ratios hold on a busy machine;
results are compared before times are. Writes out/bench/national.json and plots, prints a table.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
from engines import by_durable_rules, by_zen_engine, measures
from estate import DAY, SIZES, written
from peers import VETOES, by_duckdb, by_polars
from plot import chart, exponent

from hege.engine.calendar import load_working_days
from hege.engine.evaluation import evaluated, outcomes
from hege.engine.evaluation.conditions import Conditions
from hege.engine.facts import Facts, stored
from hege.engine.judgement import make_judge
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Rulebook
from hege.engine.verdicts import judged, verdicts
from hege.engine.vocabulary import load_vocabulary

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "bench"
VOCABULARY, WORKING_DAYS = load_vocabulary(), load_working_days()
SAMPLE = 2_000  # assets of each kind that the engines which look at one at a time are given


def conditions(rulebook: Rulebook, facts: Facts, kind: AssetKind) -> Conditions:
    return Conditions(
        rulebook=rulebook, facts=facts, vocabulary=VOCABULARY, working_days=WORKING_DAYS, kind=kind, day=DAY
    )


def by_hege(rulebook: Rulebook, facts: Facts) -> list[pl.DataFrame]:
    """The outcomes of both kinds of asset."""
    return [outcomes(conditions(rulebook, facts, kind)) for kind in AssetKind]


def rounds(tasks: Mapping[str, Callable[[], object]], number: int) -> dict[str, dict[str, float]]:
    """Median wall and processor seconds of each task, all tasks in every round."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for _ in range(number):
        for name, task in tasks.items():
            wall, processor = time.perf_counter(), time.process_time()
            task()
            took[name].append((time.perf_counter() - wall, time.process_time() - processor))
    return {
        name: {"wall": statistics.median(w for w, _ in runs), "processor": statistics.median(p for _, p in runs)}
        for name, runs in took.items()
    }


def side_by_side(folder: Path, number: int) -> dict[str, object]:
    """The eight vetoes by hege, by hand in Polars and in DuckDB; the answers must be the same."""
    national = load_rulebook(["cn/2019-19"])
    eight = replace(national, indicators=tuple(i for i in national.indicators if i.id in VETOES))
    facts = stored(folder, VOCABULARY)
    answers = pl.concat(by_hege(eight, facts), how="diagonal").select("id", pl.col(*VETOES).cast(pl.String)).sort("id")
    for peer in (by_polars, by_duckdb):
        if not answers.equals(peer(folder, DAY).with_columns(pl.col(*VETOES).cast(pl.String))):
            raise SystemExit(f"{peer.__name__} and hege do not agree")
    took = rounds(
        {"hege": lambda: by_hege(eight, facts), "polars": lambda: by_polars(folder, DAY), "duckdb": lambda: by_duckdb(folder, DAY)},
        number,
    )  # fmt: skip
    return {"seconds": took, "ratios": {
        peer: {clock: took["hege"][clock] / took[peer][clock] for clock in ("wall", "processor")} for peer in ("polars", "duckdb")
    }}  # fmt: skip


def one_at_a_time(folder: Path) -> dict[str, object]:
    """durable-rules and zen-engine on ready measures, hege on ready measures and from the facts: microseconds an asset."""
    answers = by_polars(folder, DAY)
    assets = measures(folder, DAY, answers, SAMPLE)
    expected = {id: failed for id, _, failed in assets}
    found = {}
    for name, engine in (("durable-rules", by_durable_rules), ("zen-engine", by_zen_engine)):
        start = time.perf_counter()
        if engine(assets) != expected:
            raise SystemExit(f"{name} and hege do not agree")
        found[name] = (time.perf_counter() - start) / len(assets) * 1e6
    national = load_rulebook(["cn/2019-19"])
    eight = replace(national, indicators=tuple(i for i in national.indicators if i.id in VETOES))
    facts = stored(folder, VOCABULARY)
    measured, whole, number = 0.0, 0.0, 0
    for kind in AssetKind:
        asked = conditions(eight, facts, kind)
        start = time.perf_counter()
        outcomes(conditions(eight, facts, kind))
        whole += time.perf_counter() - start
        answers_of = [asked.outcome(i, v).alias(i.id) for i, v in evaluated(eight, kind, DAY) if v]
        frame = asked.frame().drop(*asked.staged).collect()
        start = time.perf_counter()
        staged = frame.lazy()
        for name, value in asked.staged.items():
            staged = staged.with_columns(value.alias(name))
        judged(asked, staged.select("id", *answers_of, *(pl.lit(None, dtype=pl.String).alias(f"{a.meta.output_name()}|would_be") for a in answers_of))
               .collect(), make_judge(i.id for i in eight.indicators))  # fmt: skip
        measured += time.perf_counter() - start
        number += frame.height
    found["hege, from measures"] = measured / number * 1e6
    found["hege, from facts"] = whole / number * 1e6
    return {"microseconds_an_asset": found}


def once(folder: Path, out: Path) -> dict[str, float]:
    """From Parquet files to verdicts on disk, by the national rules and a city's: what one process does."""
    start = time.perf_counter()
    rulebook = load_rulebook([HERE / "city"])
    facts = stored(folder, VOCABULARY)
    judge = make_judge(i.id for i in rulebook.indicators)
    loaded = time.perf_counter()
    found = [verdicts(rulebook, facts, kind, DAY, VOCABULARY, WORKING_DAYS, judge) for kind in AssetKind]
    evaluated_at = time.perf_counter()
    for kind, frame in zip(AssetKind, found, strict=True):
        frame.write_parquet(out / f"{kind.value}.parquet")
    end = time.perf_counter()
    return {
        "assets": sum(f.height for f in found), "loading": loaded - start, "evaluation": evaluated_at - loaded,
        "writing": end - evaluated_at, "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
    }  # fmt: skip


def processes(folder: Path, number: int) -> dict[str, float]:
    """`once` as a process of its own, several times; medians."""
    runs = []
    with tempfile.TemporaryDirectory() as out:
        for _ in range(number):
            start = time.perf_counter()
            command = [sys.executable, __file__, "--once", str(folder), "--out", out]
            run = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            runs.append(run | {"process": time.perf_counter() - start})
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    """Measures, prints, writes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--estates", type=Path, default=OUT / "estates", help="where the generated facts are kept")
    arguments.add_argument("--sizes", default="S,M,L")
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.once:
        print(json.dumps(once(given.once, given.out)))
        return
    OUT.mkdir(parents=True, exist_ok=True)
    sizes = given.sizes.split(",")
    report: dict[str, dict[str, object]] = {}
    for size in sizes:
        folder = written(given.estates, size, VOCABULARY)
        report[size] = {
            "assets": sum(SIZES[size]),
            "eight_vetoes": side_by_side(folder, given.rounds),
            "one_at_a_time": one_at_a_time(folder),
            "whole_rulebook": processes(folder, given.rounds),
        }
        _print(size, report[size])
    if len(sizes) > 1:
        _growth(report)
    (OUT / "national.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"→ {OUT}")


def _print(size: str, found: Mapping[str, object]) -> None:
    eight, whole, singly = found["eight_vetoes"], found["whole_rulebook"], found["one_at_a_time"]
    assert isinstance(eight, dict) and isinstance(whole, dict) and isinstance(singly, dict)
    print(f"\n{size}: {found['assets']:,} assets")
    print(f"  {'eight vetoes, from Parquet':34} {'wall s':>8} {'processor s':>12}")
    for name, took in eight["seconds"].items():
        ratio = eight["ratios"].get(name)
        told = (
            f"   hege takes {ratio['wall']:.2f} times as long, {ratio['processor']:.2f} of the processor"
            if ratio
            else ""
        )
        print(f"  {name:34} {took['wall']:8.3f} {took['processor']:12.3f}{told}")
    print("  the same, microseconds an asset")
    for name, took in singly["microseconds_an_asset"].items():
        print(f"  {name:34} {took:8.2f}")
    print("  national and city rules, verdicts on disk, as a process")
    rate = whole["assets"] / whole["evaluation"]
    print(
        f"  evaluation {whole['evaluation']:.2f} s ({rate:,.0f} assets/s), process {whole['process']:.2f} s, peak {whole['peak_gib']:.2f} GiB"
    )


def _growth(report: Mapping[str, Mapping[str, object]]) -> None:
    def line(*path: str) -> list[tuple[float, float]]:
        points = []
        for found in report.values():
            value: object = found
            for key in path:
                assert isinstance(value, dict)
                value = value[key]
            assert isinstance(value, float) and isinstance(found["assets"], int)
            points.append((float(found["assets"]), value))
        return points

    times = {n: line("eight_vetoes", "seconds", n, "processor") for n in ("hege", "polars", "duckdb")}
    times["hege, all rules"] = line("whole_rulebook", "evaluation")
    memory = {"hege, all rules": line("whole_rulebook", "peak_gib")}
    print("\ngrowth with the number of assets (exponent):")
    for name, points in [*times.items(), *((f"{n}, memory", p) for n, p in memory.items())]:
        print(f"  {name:34} {exponent(points):8.2f}")
    (OUT / "time.svg").write_text(chart("Evaluation", "assets", "seconds", times), encoding="utf-8")
    (OUT / "memory.svg").write_text(chart("Peak memory", "assets", "GiB", memory), encoding="utf-8")


if __name__ == "__main__":
    main()
