"""Reading a case folder: case.yaml, assets.csv, facts/KIND.csv or facts.xlsx, strictly and completely.

Every fault of every file is collected with file, row and column; nothing is half-imported. case.yaml is `plan`, the list
of assets `assetlist`, the sheets of facts are `facttables`, and what the facts mean is for the engine.
"""

from __future__ import annotations

from pathlib import Path

from hege.collectors.assetlist import read_assets
from hege.collectors.facttables import read_tables
from hege.collectors.plan import read_plan
from hege.engine.case import Case
from hege.engine.errors import Place
from hege.engine.facts import facts
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import Reading


def read_case(folder: Path, vocabulary: Vocabulary) -> Case:
    """The case of a folder; raises InputError with every fault found."""
    reading = Reading()
    if not folder.is_dir():
        reading.problem("no-folder", Place(file=str(folder)), "没有这个文件夹", "there is no such folder",
                        Text(zh="给出含有case.yaml的文件夹", en="name a folder that holds case.yaml"))  # fmt: skip
        reading.done()
    assets = read_assets(reading, folder / "assets.csv")
    plan = read_plan(reading, folder, None if reading.refused else assets)
    kinds = None if assets is None else dict(assets.select("id", "kind").iter_rows())
    tables = read_tables(reading, folder, vocabulary, kinds)
    reading.done()
    assert plan is not None and assets is not None
    return Case(facts=facts(assets, tables, vocabulary), **plan)  # type: ignore[arg-type]
