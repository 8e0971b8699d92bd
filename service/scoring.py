"""The command that shows scores: `hege score`.

What it needs is imported when it runs, so that help answers at once.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Language, Text
from hege.service.arguments import as_of_option, rules_option
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.endings import DONE, say
from hege.service.inspecting import case_argument, inspected, no_such_asset

if TYPE_CHECKING:
    from hege.engine.errors import InputError
    from hege.engine.ranking import Ranked
    from hege.engine.result import Batch, Inspection


@click.command(
    "score",
    cls=Command,
    about=Text(
        zh="网站评分：一张评分表，或一次检查中各门户网站的排名。\n\n"
        "ASSET给出编号或名称时，逐组、逐项、逐条列出分值、扣分、计算、事实、文本核对程度和未定范围，并列出下一步先查什么；不写时列出排名。",
        en="Scores of websites: one score sheet, or the ranking of an inspection's portals.\n\n"
        "With ASSET (its id or name) every group, item and rule: points, deduction, arithmetic, facts, how well the text "
        "is known and what is unknown, and what to look at next; without it the ranking.",
    ),
)
@case_argument
@argument(
    "asset", required=False, about=Text(zh="编号或名称；不写时为排名。", en="Its id or its name; else the ranking.")
)
@as_of_option
@rules_option
@option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    about=Text(zh="打印的形式，默认table。", en="What is printed; table unless given."),
)
@option(
    "--out",
    metavar="DIR",
    about=Text(
        zh="另存scores.json、scores.xlsx、scores.html的文件夹。",
        en="Folder to keep scores.json, scores.xlsx and scores.html in.",
    ),
)
@language_option()
@click.pass_context
def score_command(
    context: click.Context,
    case: str,
    asset: str | None,
    as_of: date | None,
    rules: tuple[str, ...],
    form: str,
    out: str | None,
) -> int:
    """Inspects, ranks, keeps, prints."""
    from hege.outputs import score_page

    language = chosen_language(context)
    inspection = inspected(case, as_of, rules, language)
    found = [(batch, _ranked(batch, asset)) for batch in inspection.batches]
    found = [(batch, ranked) for batch, ranked in found if ranked]
    if not found:
        raise _nothing(case, asset, inspection)
    listed = [r for _, ranked in found for r in ranked]
    if out:
        _keep(Path(out), inspection, listed, language)
    if form == "json":
        say(_json(found), as_bytes=True)
    elif form == "html":
        say(score_page.to_html(inspection.title, listed, language), as_bytes=True)
    else:
        say(_table(found, asset, language))
    return DONE


def _ranked(batch: Batch, asset: str | None) -> tuple[Ranked, ...]:
    from hege.engine.ranking import ranking

    ranked = ranking(batch.assets)
    if asset is None:
        return ranked
    exact = tuple(r for r in ranked if r.result.asset.id == asset)
    return exact or tuple(r for r in ranked if r.result.asset.name == asset)


def _table(found: list[tuple[Batch, tuple[Ranked, ...]]], asset: str | None, language: Language) -> str:
    from hege.outputs import score_table

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    if asset is None:
        return "\n".join(score_table.ranking(batch, ranked, language) for batch, ranked in found)
    return "\n".join(score_table.sheet(r.result, r.score, language, colour) for _, ranked in found for r in ranked)


def _json(found: list[tuple[Batch, tuple[Ranked, ...]]]) -> str:
    from hege.outputs import score_sheet

    content = [
        {
            "batch": batch.name, "as_of": batch.as_of.isoformat(),
            "assets": [
                {"rank": [r.best, r.worst], "id": r.result.asset.id, "name": r.result.asset.name,
                 "verdict": r.result.verdict.value, "score": score_sheet.record(r.score)}
                for r in ranked
            ],
        }
        for batch, ranked in found
    ]  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _keep(folder: Path, inspection: Inspection, listed: list[Ranked], language: Language) -> None:
    from hege.engine.ranking import ranking
    from hege.outputs import score_book, score_page
    from hege.service.saving import write_files

    by_batch = [
        (b, tuple(r for r in ranking(b.assets) if any(r.result is o.result for o in listed)))
        for b in inspection.batches
    ]
    write_files(folder, {
        "scores.json": _json([(b, r) for b, r in by_batch if r]).encode(),
        "scores.xlsx": score_book.to_xlsx(inspection.title, listed),
        "scores.html": score_page.to_html(inspection.title, listed, language).encode(),
    })  # fmt: skip


def _nothing(case: str, asset: str | None, inspection: Inspection) -> InputError:
    """Why there is no score to show."""
    from hege.engine.errors import InputError, Place, Problem

    known = [n for b in inspection.batches for r in b.assets for n in (r.asset.id, r.asset.name) if n]
    if asset is not None and asset not in known:
        return no_such_asset(case, asset, known)
    what = Text(
        zh=f"“{asset}”" if asset else "这次检查的资产", en=f"“{asset}”" if asset else "any asset of this inspection"
    )
    return InputError([
        Problem(
            code="no-score", place=Place(file=case),
            message=Text(zh=f"{what.zh}不评分", en=f"no score sheet is about {what.en}"),
            hint=Text(
                zh="评分只用于类别（category）为政府门户网站的网站；本地指标可能已停用评分",
                en="scores are for sites whose category is 政府门户网站; a local pack may have switched them off",
            ),
        )
    ])  # fmt: skip
