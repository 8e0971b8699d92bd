"""How fast a large case folder is read: rows/s, MB/s, peak memory, and the time against csv.reader merely iterating.

Writes a folder of availability probes (the largest kind of fact) to a temporary place and reads it in a process of its
own, so that the memory is that of the reading.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

CASE = "schema: case/1\ntitle: 大文件\nrules: cn/2019-19\nas_of: 2024-02-23\n"
SITES = 14_000


def written(folder: Path, rows: int) -> Path:
    """A case folder of so many probes of 14,000 sites; gives the large file."""
    (folder / "facts").mkdir()
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    ids = [f"{110000 + n % 3400:06d}{n:06d}" for n in range(SITES)]
    (folder / "assets.csv").write_text("id,kind,name\n" + "".join(f"{i},site,网站{i}\n" for i in ids), encoding="utf-8")
    start = datetime(2024, 2, 20)  # noqa: DTZ001 - written without an offset, as people do
    file = folder / "facts" / "probe.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write("asset,part,observed_at,state,reason,outcome,seconds\n")
        for n in range(rows):
            at = start + timedelta(seconds=n * 37 % 345_600)
            outcome = "ok" if n % 29 else "timeout"
            out.write(f"{ids[n % SITES]},北京,{at.isoformat()},known,,{outcome},{n * 7 % 3000 / 100:.2f}\n")
    return file


def read(folder: Path) -> dict[str, float]:
    """Reads the folder; seconds and peak memory of this process."""
    from hege.collectors.casefolder import read_case
    from hege.engine.vocabulary import load_vocabulary

    start = time.perf_counter()
    case = read_case(folder, load_vocabulary())
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"rows": case.facts.tables["probe"].height, "seconds": seconds, "peak_gib": peak}


def iterated(file: Path) -> float:
    """Seconds that csv.reader takes to go through the file."""
    start = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as text:
        for _ in csv.reader(text):
            pass
    return time.perf_counter() - start


def main() -> None:
    """Writes, reads in a process of its own, prints."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=4_000_000)
    arguments.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.read:
        print(json.dumps(read(given.read)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        file = written(folder, given.rows)
        size = file.stat().st_size / 1e6
        command = [sys.executable, __file__, "--read", temporary]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        plain = iterated(file)
    seconds = found["seconds"]
    print(f"{given.rows:,} rows, {size:.0f} MB, {found['rows']:,} different facts")
    print(
        f"read in {seconds:.1f} s: {given.rows / seconds:,.0f} rows/s, {size / seconds:.1f} MB/s, peak {found['peak_gib']:.2f} GiB"
    )
    print(f"{seconds / plain:.1f} times csv.reader merely iterating ({plain:.1f} s)")


if __name__ == "__main__":
    main()
