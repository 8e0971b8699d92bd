"""The command `hege rules trial`: what indicators on trial would have done, on case folders or on a ledger.

What it needs is imported when it runs, so that help answers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service.arguments import packs, rules_option
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.endings import DONE, say
from hege.service.ledgers import ledger_option, opened, register_for, register_option

if TYPE_CHECKING:
    from hege.engine.errors import InputError
    from hege.engine.rulebook.sources import Sources
    from hege.engine.trial import Tried


@click.command(
    "trial",
    cls=Command,
    about=Text(
        zh="试行指标假如施行会怎样：每次检查有多少合格、不合格、待核，哪些网站或账号的结论会改变，为何待核。\n\n"
        "写案例文件夹的，检查这些案例；不写的，重做台账中最近的检查。什么都不记录。",
        en="What indicators on trial would have done: in each inspection how many pass, fail or stay unknown, whose verdict "
        "would turn, why some are undecided.\n\n"
        "With case folders, on these; without, on the newest inspections of a ledger. Nothing is recorded.",
    ),
)
@argument("case", nargs=-1, about=Text(zh="案例文件夹。", en="Case folders."))
@rules_option
@option(
    "-k",
    "only",
    multiple=True,
    metavar="ID",
    about=Text(zh="只看这项指标；可重复。", en="Only this indicator; may be repeated."),
)
@ledger_option
@register_option
@option(
    "--last",
    type=click.IntRange(1),
    default=12,
    metavar="N",
    about=Text(zh="台账中最近几次检查，默认12。", en="How many of the newest inspections; 12 unless given."),
)
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    about=Text(zh="打印的形式，默认text。", en="What is printed; text unless given."),
)
@language_option()
@click.pass_context
def trial_command(
    context: click.Context,
    case: tuple[str, ...],
    rules: tuple[str, ...],
    only: tuple[str, ...],
    ledger: str | None,
    register: str | None,
    last: int,
    form: str,
) -> int:
    """Inspects with each indicator on trial made to count, and tells what differs."""
    from hege.engine.rulebook.sources import sources_of
    from hege.outputs import trials

    sources = sources_of(packs(rules)) if rules else None
    found = _on_cases(case, sources, only) if case else _on_ledger(ledger, register, last, sources, only)
    if not any(one.trials for one in found):
        raise _nothing(rules or case or ("--ledger",), only, len(found))
    say(trials.to_json(found) if form == "json" else trials.render(found, chosen_language(context)), as_bytes=True)
    return DONE


def _on_cases(folders: Sequence[str], sources: Sources | None, only: Sequence[str]) -> list[Tried]:
    from hege.collectors.casefolder import read_case
    from hege.engine.rulebook.sources import compiled, sources_of
    from hege.engine.trial import tried_on
    from hege.engine.vocabulary import load_vocabulary

    found = []
    for folder in folders:
        case = read_case(Path(folder), load_vocabulary())
        found.append(tried_on(case, compiled(sources or sources_of(packs(case.rules))), folder, only))
    return found


def _on_ledger(
    ledger: str | None, register: str | None, last: int, sources: Sources | None, only: Sequence[str]
) -> list[Tried]:
    from hege.engine.ledger.trials import tried

    with opened(ledger) as book:
        with book.reading() as connection:
            name = register_for(connection, book, register)
        return list(tried(book, name, last, sources=sources, only=only))


def _nothing(named: Sequence[str], only: Sequence[str], inspections: int) -> InputError:
    from hege.engine.errors import InputError, Place, Problem

    asked = f"“{'、'.join(only)}”" if only else ""
    message = Text(
        zh=f"{inspections}次检查中没有试行的指标{asked}",
        en=f"no indicator{f' {asked}' if asked else ''} was on trial in {inspections} inspection{'s'[: inspections != 1]}",
    )
    hint = Text(
        zh="把指标的status写为trial；要在以往的检查上试新的指标包，用--rules指明它",
        en="give the indicator `status: trial`; to try a new pack on past inspections name it with --rules",
    )
    return InputError([Problem(code="nothing-on-trial", place=Place(file=named[0]), message=message, hint=hint)])
