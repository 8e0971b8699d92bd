"""The commands about putting things right: `hege notice rectify` writes the orders, `hege notice followup` what became of them.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service.arguments import Day, as_of_option, rules_option
from hege.service.bilingual import Command, chosen_language, language_option, option, refused
from hege.service.endings import DONE, say
from hege.service.inspecting import case_argument
from hege.service.stored import made, stored_option, subject_argument

if TYPE_CHECKING:
    from collections.abc import Callable

    from hege.outputs.notice.content import Notice


@click.command(
    "rectify",
    cls=Command,
    about=Text(
        zh="生成督办单：每个责任单位一份，附问题清单，并生成整改台账。\n\n"
        "台账rectification.csv填好后放入下次案例的facts文件夹，hege notice followup据此跟踪。",
        en="Write the orders to rectify (督办单), one for each responsible unit, and the register of their items.\n\n"
        "The register, filled in, is facts/rectification.csv of the next case; `hege notice followup` follows it.",
    ),
)
@subject_argument
@stored_option
@option("--out", required=True, metavar="DIR", about=Text(zh="写入的文件夹。", en="Folder to write to."))
@option(
    "--format",
    "form",
    type=click.Choice(["docx", "html", "md"]),
    default="docx",
    about=Text(zh="形式，默认docx。", en="Form; docx unless given."),
)
@option(
    "--by",
    type=click.Choice(["owner", "district"]),
    default="owner",
    about=Text(
        zh="责任单位：owner开设主体（默认），district辖区。", en="The unit: the owner (default) or the district."
    ),
)
@option(
    "--due",
    type=Day(),
    metavar="DATE",
    about=Text(zh="整改期限；不写时用案例的rectify_by。", en="The deadline; the case's rectify_by unless given."),
)
@option(
    "--date",
    "day",
    type=Day(),
    metavar="DATE",
    about=Text(zh="成文日期；不写时留空待填。", en="Day of the orders; left open to be written in if not given."),
)
@as_of_option
@rules_option
@language_option()
@click.pass_context
def rectify_command(
    context: click.Context,
    case: str,
    ledger: str | None,
    out: str,
    form: str,
    by: str,
    due: date | None,
    day: date | None,
    as_of: date | None,
    rules: tuple[str, ...],
) -> int:
    """Inspects, writes an order a unit and the register, says how many."""
    from hege.outputs.notice.rectification import Unit, orders, register
    from hege.service.noticeforms import known_of
    from hege.service.saving import write_files

    language = chosen_language(context)
    of = made(case, ledger, as_of, rules, language)
    inspection = of.inspection
    until = due or inspection.rectify_by
    if until is None:
        asked = next(p for p in context.command.params if p.name == "due")
        text = Text(zh="案例没有写rectify_by，请给出整改期限", en="the case has no rectify_by; give the deadline")
        raise refused(text, asked, context)
    by_unit = orders(inspection, Unit(by), known_of(of.case.facts).codes, until, day)
    write = _writer(form)
    files = {f"{n:03} {_file_name(unit)}.{form}": write(order) for n, (unit, order) in enumerate(by_unit.items(), 1)}
    write_files(Path(out), files | {"rectification.csv": register(inspection, until).encode()})
    told = Text(
        zh=f"{len(files)}份督办单，整改台账rectification.csv → {out}",
        en=f"{len(files)} orders and the register rectification.csv → {out}",
    )
    say(told.shown(language) + "\n")
    return DONE


def _writer(form: str) -> Callable[[Notice], bytes]:
    if form == "docx":
        from hege.outputs.notice.docx import to_docx

        return to_docx
    if form == "html":
        from hege.outputs.notice.html import to_html

        return lambda notice: to_html(notice).encode()
    from hege.outputs.notice.markdown import to_markdown

    return lambda notice: to_markdown(notice).encode()


def _file_name(unit: str) -> str:
    """A unit's name as every file system takes it."""
    return re.sub(r'[\x00-\x1f\x7f\\/:*?"<>|]', "_", unit)[:60].strip(". ") or "_"


@click.command(
    "followup",
    cls=Command,
    about=Text(
        zh="整改跟踪：哪些按期反馈、逾期反馈、逾期未反馈、未到期、待核。",
        en="What became of what was to be rectified: returned in time or late, overdue, not yet due, unknown.",
    ),
)
@case_argument
@option(
    "--as-of",
    type=Day(),
    metavar="DATE",
    about=Text(
        zh="截至哪一天；不写时为案例最晚的监测时间点。",
        en="As of which day; the case's latest monitoring day unless given.",
    ),
)
@option(
    "--format",
    "form",
    type=click.Choice(["text", "csv"]),
    default="text",
    about=Text(zh="打印的形式，默认text。", en="What is printed; text unless given."),
)
@language_option()
@click.pass_context
def followup_command(context: click.Context, case: str, as_of: date | None, form: str) -> int:
    """Reads the case's facts and shows how each item stands."""
    from hege.collectors.casefolder import read_case
    from hege.engine.vocabulary import load_vocabulary
    from hege.outputs.notice.followup import as_csv, followed, to_text

    known = read_case(Path(case), load_vocabulary())
    day = as_of or max(batch.as_of for batch in known.batches)
    found = followed(known.facts, day)
    if form == "csv":
        say(as_csv(found), as_bytes=True)
    else:
        say(to_text(found, day, chosen_language(context)))
    return DONE
