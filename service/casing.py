"""The commands that set a case up: `hege case new` and `hege case forms`.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service.arguments import Day, packs, rules_option
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option, refused
from hege.service.endings import DONE, say
from hege.service.inspecting import case_argument

if TYPE_CHECKING:
    from hege.engine.case import PlannedBatch
    from hege.engine.rulebook.model import Rulebook
    from hege.engine.vocabulary import Kind

_CASE = """\
schema: case/1
title: {title}
jurisdiction: {jurisdiction}
issuer: {issuer}
rules: {rules}                  # 指标包编号，或相对于本文件夹的文件夹，如./rules
as_of: {day}                    # 监测时间点；网站、账号不同日的写{{site: 2026-09-20, account: 2026-09-25}}
# rectify_by: 2026-10-15        # 整改期限，写进通报
# previous:                     # 上一次检查的合格率，用来比较
#   site: {{pass_rate: 88.2%, label: 上一次检查}}
"""
_ASSETS = "编号,种类,名称,平台,开设主体,辖区,类别,网址\n"
_ABOUT = """\
# {title}

1. 在assets.csv中填名册，一行一个网站或账号；“种类”填网站或账号。
2. 执行`hege case forms .`，得到填报表facts.xlsx：一种事实一张表，每个资产一项的已列好各行。
3. 填写facts.xlsx。看到什么记什么；没有看到的在“状态”中选原因，不填的按未知计。
4. 执行`hege inspect .`；有填错的格子会一次列全。只能由人判断的检查项用`hege survey new . --seed 种子 --out 检查表`。
"""


@click.group(
    "case",
    cls=Group,
    about=Text(
        zh="案例：新建一个，生成填报表。", en="Cases: make a new one, and the workbook in which its facts are entered."
    ),
)
@language_option()
def case_group() -> None:
    """The commands about cases."""


@case_group.command(
    "new",
    cls=Command,
    about=Text(
        zh="新建案例文件夹：case.yaml、名册assets.csv、说明。文件夹里已有案例的不动。",
        en="Make a case folder: case.yaml, the list of assets, what to do next. A folder that holds a case is left alone.",
    ),
)
@argument("folder", about=Text(zh="要新建的文件夹。", en="The folder to be made."))
@option("--title", required=True, metavar="TEXT", about=Text(zh="检查的名称。", en="Title of the inspection."))
@option(
    "--jurisdiction", required=True, metavar="TEXT", about=Text(zh="检查哪一地。", en="Whose assets are inspected.")
)
@option("--issuer", default="", metavar="TEXT", about=Text(zh="印发机关，写进通报。", en="Who issues the notice."))
@option(
    "--rules", default="cn/2019-19", metavar="PACK", show_default=True,
    about=Text(zh="指标包编号或文件夹。", en="Pack id, or a folder."),
)  # fmt: skip
@option("--as-of", "as_of", type=Day(), required=True, about=Text(zh="监测时间点。", en="The monitoring day."))
@language_option()
@click.pass_context
def new_command(
    context: click.Context, folder: str, title: str, jurisdiction: str, issuer: str, rules: str, as_of: date
) -> int:
    """Writes the folder."""
    import json
    import os

    from hege.engine.rulebook.library import load_rulebook
    from hege.service.saving import write_files

    where = Path(folder)
    if (where / "case.yaml").exists() or (where / "assets.csv").exists():
        text = Text(zh=f"“{folder}”里已有案例，不改动", en=f"{folder} holds a case already; it is left alone")
        raise refused(text, context.command.params[0], context)
    load_rulebook(packs((rules,)))
    if Path(rules).is_dir():
        rules = os.path.relpath(Path(rules).resolve(), where.resolve())
        rules = rules if rules.startswith(".") else f"./{rules}"
    told = {"title": title, "jurisdiction": jurisdiction, "issuer": issuer or jurisdiction, "rules": rules}
    case = _CASE.format(day=as_of, **{name: json.dumps(word, ensure_ascii=False) for name, word in told.items()})
    write_files(
        where, {"case.yaml": [case], "assets.csv": ["\ufeff" + _ASSETS], "说明.md": [_ABOUT.format(title=title)]}
    )
    zh = f"已建立{folder}：先填名册assets.csv，再执行hege case forms {folder}"
    say(
        Text(zh=zh, en=f"made {folder}: fill in assets.csv, then run hege case forms {folder}").shown(
            chosen_language(context)
        )
        + "\n"
    )
    return DONE


@case_group.command(
    "forms",
    cls=Command,
    about=Text(
        zh="按指标所需的事实和名册生成填报表（XLSX），默认为案例中的facts.xlsx；已有的不覆盖。\n\n"
        "一种事实一张表；每个资产只有一项的，已列好各行。没有填的行不算事实。",
        en="Make the workbook (XLSX) for the facts that the rules ask for and the assets of the case; facts.xlsx of the case "
        "unless told otherwise. What is there already is not overwritten.\n\n"
        "A sheet for each kind; where there is one fact of each asset its row is there. Rows left empty are no facts.",
    ),
)
@case_argument
@option("--out", metavar="FILE", about=Text(zh="写到哪里。", en="Where it is written."))
@rules_option
@language_option()
@click.pass_context
def forms_command(context: click.Context, case: str, out: str | None, rules: tuple[str, ...]) -> int:
    """Writes the workbook, says how many sheets and rows."""
    from hege.collectors.casefolder import read_case
    from hege.engine.result import Asset
    from hege.engine.rulebook.library import load_rulebook
    from hege.engine.rulebook.model import AssetKind
    from hege.engine.vocabulary import load_vocabulary
    from hege.outputs.case_form import to_xlsx
    from hege.service.saving import write_files

    plan = read_case(Path(case), load_vocabulary())
    file = Path(out) if out else Path(case, "facts.xlsx")
    if file.exists():
        text = Text(
            zh=f"“{file}”已经存在，不覆盖；用--out另写一个",
            en=f"{file} exists and is not overwritten; name another with --out",
        )
        raise refused(text, next(p for p in context.command.params if p.name == "out"), context)
    book = load_rulebook(packs(rules or plan.rules))
    kinds = list(_asked(book, plan.batches))
    assets = [
        Asset(id=row["id"], kind=AssetKind(row["kind"]), name=row["name"])
        for row in plan.facts.assets.iter_rows(named=True)
    ]
    days = {batch.kind: batch.as_of for batch in plan.batches}
    write_files(file.parent, {file.name: to_xlsx(kinds, [a for a in assets if a.kind in days], days)})
    zh = f"{file}：{len(kinds)}种事实，{len(assets)}个资产"
    say(
        Text(zh=zh, en=f"{file}: {len(kinds)} kinds of facts, {len(assets)} assets").shown(chosen_language(context))
        + "\n"
    )
    return DONE


def _asked(book: Rulebook, batches: tuple[PlannedBatch, ...]) -> Iterator[Kind]:
    """The kinds of facts that the indicators in force look at, in the order of the vocabulary; surveys have forms of their own."""
    from hege.engine.evaluation import evaluated
    from hege.engine.rulebook.references import fact_kinds
    from hege.engine.vocabulary import load_vocabulary

    names = {
        name
        for batch in batches
        for _, version in evaluated(book, batch.kind, batch.as_of)
        if version is not None
        for name in fact_kinds(version)
    }
    for kind in load_vocabulary().kinds.values():
        if kind.name in names and kind.name != "survey":
            yield kind
