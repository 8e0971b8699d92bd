"""How long the rule workbench takes as a pack grows: lint, test, coverage and mutation of 50, 500 and 5,000 indicators.

Makes packs of made-up indicators with two cases each, and prints seconds of the processor and of the clock, and how the former
grow per indicator: ratios count.
`python bench/rules.py 50 500` measures other sizes; mutation is left out above 500 unless --all.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.lint import lint
from hege.engine.rulebook.mutation import survivors
from hege.engine.rulebook.testing import run_tests

HEAD = """\
schema: indicators/1
pack: bench
title: 测量
"""
CONVENTIONS = "conventions: {observation: 7d, law: {document: 文件, note: 注}}\n"
INDICATOR = """\
- id: site.columns-{n}
  title: 栏目不更新{n}
  applies_to: {{kind: site}}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {{document: 文件, clause: 第{n}条, quote: 前{days}天内超过（含）{limit}个栏目未更新, verified: verbatim}}
    params: {{window: {days}d, limit: {limit}}}
    fail_when:
      count:
        of: {{each: column, where: {{class: 动态要闻}}, that: {{not_updated: {{what: newest, within: $window}}}}}}
        at_least: $limit
    problem: "{{count}}个栏目未更新"
"""
CASES = """\
- name: 栏目{n}
  of: site.columns-{n}
  at: 2021-03-21
  table:
  - {{facts: {{column: {{class: 动态要闻, newest: 2020-01-01, times: {limit}}}}}, expect: fail}}
  - {{facts: {{column: {{class: 动态要闻, newest: 2021-03-21}}}}, expect: pass}}
"""
A_FILE = 500


def made(folder: Path, size: int) -> Path:
    """A pack of so many indicators, in files of 500."""
    (folder / "tests").mkdir(parents=True)
    for begin in range(0, size, A_FILE):
        numbers = [(n, 7 + n % 20, 2 + n % 5) for n in range(begin, min(begin + A_FILE, size))]
        rules = "".join(INDICATOR.format(n=n, days=d, limit=k) for n, d, k in numbers)
        head = HEAD + (CONVENTIONS if not begin else "")
        (folder / f"rules-{begin:05}.yaml").write_text(f"{head}indicators:\n{rules}", encoding="utf-8")
        cases = "".join(CASES.format(n=n, limit=k) for n, _, k in numbers)
        (folder / "tests" / f"cases-{begin:05}.yaml").write_text(
            f"schema: tests/1\npack: bench\ncases:\n{cases}", encoding="utf-8"
        )
    return folder


MEASURED: dict[str, Callable[[Path], object]] = {
    "lint": lambda folder: lint([folder]),
    "test": run_tests,
    "coverage": gaps,
    "mutate": survivors,
}


def main(*given: str) -> None:
    """Prints a line for each size and each part."""
    sizes = [int(g) for g in given if g.isdigit()] or [50, 500, 5000]
    first: dict[str, float] = {}
    print(f"{'indicators':>10} {'part':>10} {'processor':>10} {'clock':>8} {'ms each':>9} {'each, first = 1':>16}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as temporary:
            folder = made(Path(temporary).resolve() / "bench", size)
            for name, run in MEASURED.items():
                if name == "mutate" and size > 500 and "--all" not in given:
                    continue
                start, clock = time.process_time(), time.perf_counter()
                run(folder)
                seconds, waited = time.process_time() - start, time.perf_counter() - clock
                each = seconds / size
                grown = each / first.setdefault(name, each)
                print(
                    f"{size:>10} {name:>10} {seconds:>10.2f} {waited:>8.2f} {each * 1000:>9.2f} {grown:>16.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main(*sys.argv[1:])
