"""`hege import`: a sheet of the filing systems, of an account's owner, or of a survey becomes facts of a case."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from hege.engine.text import Text
from hege.service.arguments import Day
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.collecting import EVIDENCE, case_argument, journal_of
from hege.service.endings import DONE, say

if TYPE_CHECKING:
    from datetime import date

    from hege.collectors.evidence.warc import WarcFile
    from hege.collectors.importing import Imported
    from hege.collectors.journal import Journal
    from hege.collectors.recording import Kept

PURPOSE = "import"
_TYPES = {".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".csv": "text/csv", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}  # fmt: skip


@click.command(
    "import",
    cls=Command,
    about=Text(
        zh="把导出表、登记表（CSV、XLSX）按字段映射导入案例。\n\n有一处错误就全部不导入；表格和截图留作依据。",
        en="Import a sheet (CSV, XLSX) into a case by a map of its columns.\n\n"
        "One fault and nothing is imported; the sheet and its screenshots are kept as evidence.",
    ),
)
@case_argument
@argument("sheet", about=Text(zh="CSV或XLSX文件。", en="A CSV or XLSX file."))
@option("--map", "map_name", required=True, metavar="NAME", about=Text(
    zh="字段映射：registry、sites、posts、survey，或案例文件夹里的YAML文件。",
    en="The map: registry, sites, posts, survey, or a YAML file of the case folder."))  # fmt: skip
@option(
    "--at",
    type=Day(),
    metavar="DATE",
    about=Text(
        zh="表格反映的日期，默认今天；表内有观测时间列的从表。",
        en="The day the sheet speaks of; today unless given or a column says it.",
    ),
)
@language_option()
@click.pass_context
def import_command(context: click.Context, case: str, sheet: str, map_name: str, at: date | None) -> int:
    """Imports."""
    from hege.collectors.accounts.maps import SheetMap, read_map
    from hege.collectors.casefolder import read_case
    from hege.collectors.export import export, replace_file
    from hege.collectors.importing import read_import, renamed, with_assets
    from hege.engine.dates import SHANGHAI
    from hege.engine.errors import InputError, Place, Problem
    from hege.engine.vocabulary import load_vocabulary

    folder, file, vocabulary = Path(case), Path(sheet), load_vocabulary()
    read = read_case(folder, vocabulary)
    map = read_map(map_name, folder, vocabulary)
    if not isinstance(map, SheetMap):
        message = Text(
            zh=f"“{map_name}”是订阅源的映射，不能用于表格", en=f"“{map_name}” is a map of a feed, not of a sheet"
        )
        raise InputError([Problem(code="wrong-map", place=Place(file=case), message=message)])
    assets = {row["id"]: row for row in read.facts.assets.to_dicts()}
    imported = read_import(file, map, assets, vocabulary)
    moment = datetime.now(SHANGHAI)
    observed = (
        datetime(at.year, at.month, at.day, tzinfo=SHANGHAI)
        if at
        else moment.replace(hour=0, minute=0, second=0, microsecond=0)
    )
    before = {id: str(row["name"]) for id, row in assets.items()}
    with journal_of(folder) as journal:
        if imported.new_assets:  # before the facts about them
            list_of_assets = folder / "assets.csv"
            replace_file(list_of_assets, with_assets(_text_of(list_of_assets), imported.new_assets))
        again = not _record(journal, folder, file, imported, observed, moment)
        export(journal, folder, vocabulary)
    language = chosen_language(context)
    if again:
        say(
            Text(zh="这份表格已经导入过，未重复导入", en="this sheet was imported before; nothing was added").shown(
                language
            )
            + "\n"
        )
        return DONE
    said = Text(
        zh=f"{map.title}：导入{len(imported.rows)}条{vocabulary.kinds[map.kind].zh}，新增资产{len(imported.new_assets)}个",
        en=f"{map.title}: {len(imported.rows)} facts of {map.kind} imported, {len(imported.new_assets)} new assets",
    )
    say(said.shown(language) + "\n")
    for id, old, now in renamed(before, imported.rows):
        say(Text(zh=f"  改名：{id} “{old}”→“{now}”", en=f"  renamed: {id} “{old}” → “{now}”").shown(language) + "\n")
    return DONE


def _text_of(file: Path) -> str:
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _record(
    journal: Journal, folder: Path, file: Path, imported: Imported, observed: datetime, moment: datetime
) -> bool:
    """Keeps the sheet and its facts; false where the same sheet was imported for the same day before."""
    from hege.collectors.evidence.warc import WarcFile
    from hege.collectors.recording import Finished, Sourced

    content = file.read_bytes()
    settings = {"sha256": hashlib.sha256(content).hexdigest(), "observed": observed.isoformat()}
    if journal.has_done(PURPOSE, settings):
        return False
    journal.begin(PURPOSE, [(file.name, "")], moment, settings)
    name = f"run-{journal.run:04}.warc.gz"
    warc = WarcFile.open(folder / EVIDENCE / name, moment)
    sheet = _kept(warc, file, content, moment)
    files = {
        row.screenshot: _kept(warc, row.screenshot, row.screenshot.read_bytes(), moment)
        for row in imported.rows
        if row.screenshot
    }
    facts = tuple(
        Sourced(
            observation=row.observation, observed_at=row.observed_at or observed, asset=row.asset,
            record=kept.place.record, url=kept.capture.url,
        )
        for row in imported.rows
        for kept in [files[row.screenshot] if row.screenshot else sheet]
    )  # fmt: skip
    journal.good_until(name, warc.sync())
    journal.record(Finished(task=file.name, asset="", captures=(sheet, *files.values()), facts=facts))
    journal.seal(name, warc.close())
    return True


def _kept(warc: WarcFile, file: Path, content: bytes, moment: datetime) -> Kept:
    """A file that was handed in, as evidence."""
    from hege.collectors.capture import Capture, Outcome
    from hege.collectors.recording import Kept

    url = f"file:{quote(file.name)}"
    place = warc.add_file(url, content, _TYPES.get(file.suffix.lower(), "application/octet-stream"), moment)
    return Kept(
        capture=Capture(url=url, fetched_at=moment, outcome=Outcome.OK, body=content), place=place, purpose="file"
    )
