"""What people know of a site's columns (columns.csv in the case folder): it goes before anything guessed.

asset,name,url,class,level,on_home,should_update,selector — one row a column. Where an asset has rows, they are its
columns, all of them; else the navigation of its home page tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hege.collectors.cells import CellFault, parsed
from hege.collectors.extracting.columns import Column
from hege.collectors.faults import Faults
from hege.collectors.headers import read_header
from hege.collectors.sheets import read_sheet
from hege.engine.errors import nearest
from hege.engine.facts import NONE
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import Reading

FILE = "columns.csv"
_OWN = {"asset": "资产", "url": "网址", "selector": "选择器"}
_OF_THE_FACT = ("name", "class", "level", "on_home", "should_update")


def read_profiles(folder: Path, assets: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, list[Column]]:
    """The columns people wrote down, by asset; raises InputError with every fault."""
    file = folder / FILE
    if not file.is_file():
        return {}
    reading = Reading()
    sheet = read_sheet(reading, file)
    found: dict[str, list[Column]] = {}
    if sheet is not None:
        faults = Faults(reading, str(file))
        fields = {name: f for name in _OF_THE_FACT if (f := vocabulary.kinds["column"].field(name))}
        known = _OWN | {name: f.zh for name, f in fields.items()}
        names = read_header(faults, sheet.header, known, required=("asset", "name", "url"))
        try:
            for line, cells in sheet.rows:
                values: dict[str, object] = {}
                for place, (name, cell) in enumerate(zip(names, cells, strict=False), 1):
                    try:
                        values[name] = parsed(fields[name], cell.strip()) if name in fields else cell.strip()
                    except CellFault as fault:
                        faults.add(fault.code, line, place, fault.text.zh, fault.text.en, fault.hint)
                asset = str(values.get("asset", ""))
                if assets.get(asset) != "site":
                    near = nearest(asset, assets)
                    hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
                    column = names.index("asset") + 1 if "asset" in names else 1
                    faults.add(
                        "unknown-asset",
                        line,
                        column,
                        f"assets.csv里没有网站“{asset}”",
                        f"assets.csv has no site “{asset}”",
                        hint,
                    )
                found.setdefault(asset, []).append(_column(values))
        except CellFault as fault:
            faults.add(fault.code, fault.line, 1, fault.text.zh, fault.text.en, fault.hint)
        faults.close()
    reading.done()
    return found


def _column(values: Mapping[str, object]) -> Column:
    def given(name: str) -> object:
        value = values.get(name)
        return None if value == NONE else value

    level, on_home, should = given("level"), given("on_home"), given("should_update")
    return Column(
        name=str(values.get("name") or ""), url=str(values.get("url") or ""),
        column_class=str(given("class")) if given("class") else None, level=level if isinstance(level, int) else None,
        on_home=on_home if isinstance(on_home, bool) else None, should_update=should if isinstance(should, bool) else None,
        selector=str(values.get("selector") or ""), locator=FILE,
    )  # fmt: skip
