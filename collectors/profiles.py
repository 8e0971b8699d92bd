"""What people know of a site's columns (columns.csv in the case folder): it goes before anything guessed.

asset,name,url,class,level,on_home,should_update,selector — one row a column. Where an asset has rows, they are its
columns, all of them; else the navigation of its home page tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hege.collectors.cells import CellFault, header_names, parsed, read_csv_sheet
from hege.collectors.extracting.columns import Column
from hege.engine.errors import Place, nearest
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
    fields = {name: f for name in _OF_THE_FACT if (f := vocabulary.kinds["column"].field(name))}
    known = _OWN | {name: f.zh for name, f in fields.items()}
    found: dict[str, list[Column]] = {}
    try:
        sheet = read_csv_sheet(file)
        names = header_names(sheet.header, known)
        for name in names:
            if name not in known:
                reading.unknown_word(Place(file=str(file), line=1), Text(zh="列", en="column"), name, known)
        for name in ("asset", "name", "url"):
            if name not in names:
                reading.problem(
                    "missing-header",
                    Place(file=str(file), line=1),
                    f"缺少“{name}”列",
                    f"the column “{name}” is missing",
                )
        for line, cells in sheet.rows:
            values: dict[str, object] = {}
            for place, (name, cell) in enumerate(zip(names, cells, strict=False), 1):
                try:
                    values[name] = parsed(fields[name], cell) if name in fields else cell
                except CellFault as fault:
                    reading.problem(
                        fault.code,
                        Place(file=str(file), line=line, column=place),
                        fault.text.zh,
                        fault.text.en,
                        fault.hint,
                    )
            asset = str(values.get("asset", ""))
            if assets.get(asset) != "site":
                near = nearest(asset, assets)
                hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
                reading.problem(
                    "unknown-asset",
                    Place(file=str(file), line=line),
                    f"assets.csv里没有网站“{asset}”",
                    f"assets.csv has no site “{asset}”",
                    hint,
                )
            found.setdefault(asset, []).append(_column(values))
    except CellFault as fault:
        reading.problem(fault.code, Place(file=str(file), line=fault.line), fault.text.zh, fault.text.en, fault.hint)
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
