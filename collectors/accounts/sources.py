"""sources.csv of a case folder: from where each account's updates can be seen.

asset,url,map,id: an address; how to read it (`rss`, `article`, a map that comes with hege, a map file of the folder); the id the
platform knows the account by, where known, so that a new name is told from another account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hege.collectors.accounts.maps import FeedMap, read_map
from hege.collectors.cells import CellFault
from hege.collectors.faults import Faults
from hege.collectors.headers import read_header
from hege.collectors.sheets import read_sheet
from hege.engine.errors import InputError, nearest
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import Reading

FILE = "sources.csv"
RSS, ARTICLE = "rss", "article"
_COLUMNS = {"asset": "资产", "url": "网址", "map": "读法", "id": "平台编号"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One address. `map` is None for RSS and Atom and for article pages."""

    url: str
    way: str
    map: FeedMap | None
    id: str


def read_sources(folder: Path, assets: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, list[Source]]:
    """The sources of each account; raises InputError with every fault."""
    file = folder / FILE
    if not file.is_file():
        return {}
    reading = Reading()
    found: dict[str, list[Source]] = {}
    sheet = read_sheet(reading, file)
    if sheet is not None:
        faults = Faults(reading, str(file))
        names = read_header(faults, sheet.header, _COLUMNS, required=("asset", "url", "map"))
        try:
            for line, cells in sheet.rows:
                row = dict(zip(names, (c.strip() for c in cells), strict=False))
                asset = row.get("asset", "")
                if assets.get(asset) != "account":
                    near = nearest(asset, assets)
                    hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
                    faults.add(
                        "unknown-asset",
                        line,
                        1,
                        f"assets.csv里没有账号“{asset}”",
                        f"assets.csv has no account “{asset}”",
                        hint,
                    )
                    continue
                way = row.get("map", "")
                found.setdefault(asset, []).append(
                    Source(
                        url=row.get("url", ""),
                        way=way,
                        map=_map(reading, folder, way, vocabulary),
                        id=row.get("id", ""),
                    )
                )
        except CellFault as fault:
            faults.add(fault.code, fault.line, 1, fault.text.zh, fault.text.en, fault.hint)
        faults.close()
    reading.done()
    return found


def _map(reading: Reading, folder: Path, way: str, vocabulary: Vocabulary) -> FeedMap | None:
    if way in (RSS, ARTICLE):
        return None
    try:
        found = read_map(way, folder, vocabulary)
    except InputError as error:
        reading.problems.extend(error.problems)
        return None
    return found if isinstance(found, FeedMap) else None
