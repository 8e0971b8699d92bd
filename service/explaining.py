"""`hege explain`: why an asset has its verdict, and what would turn it.

What it needs is imported when it runs, so that help answers at once.
"""

from __future__ import annotations

from datetime import date

import click

from hege.engine.text import Text
from hege.service.arguments import as_of_option, rules_option
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.endings import DONE, say
from hege.service.stored import made, stored_option, subject_argument


@click.command(
    "explain",
    cls=Command,
    about=Text(
        zh="说明一个网站或账号的结论：条款、计算、所依据的事实。\n\n分多个批次检查的，逐批说明。",
        en="Explain the verdict of an asset: clause, arithmetic, facts.\n\n"
        "An asset inspected in several batches is explained for each.",
    ),
)
@subject_argument
@argument("asset", about=Text(zh="编号或名称。", en="Its id or its name."))
@stored_option
@as_of_option
@rules_option
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    about=Text(
        zh="打印的形式，默认text；json为数组，每批一项。", en="text unless given; json is a list, a batch each."
    ),
)
@language_option()
@click.pass_context
def explain_command(
    context: click.Context,
    case: str,
    asset: str,
    ledger: str | None,
    as_of: date | None,
    rules: tuple[str, ...],
    form: str,
) -> int:
    """Inspects, then shows the one asset."""
    from hege.engine.turning import turning
    from hege.outputs import document, explanation

    language = chosen_language(context)
    of = made(case, ledger, as_of, rules, language, asset)
    found = [
        (result, batch, turning(of.case, planned, of.rulebook, of.vocabulary, of.working_days, result.asset.id))
        for batch, planned in zip(of.inspection.batches, of.case.batches, strict=True)
        for result in batch.assets
    ]
    if form == "json":
        say(document.assets_json(found), as_bytes=True)
        return DONE
    for result, batch, turned in found:
        if len(found) > 1:
            say(f"■ {batch.name} {batch.as_of}".replace("  ", " ") + "\n")
        say(explanation.render(result, language, turned) + "\n")
    return DONE
