"""The commands on facts in a ledger: `hege facts import|show|history|export`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from hege.engine.text import Text
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option
from hege.service.endings import DONE, say
from hege.service.ledgers import (
    by_option,
    known_at_option,
    ledger_option,
    now,
    opened,
    register_for,
    register_option,
    size_for,
    who,
    with_short_sources,
)


@click.group(
    "facts",
    cls=Group,
    about=Text(zh="台账中的事实：导入、查看、历史、导出。", en="Facts in the ledger: import, show, history, export."),
)
@language_option()
def facts_group() -> None:
    """The commands about facts."""


@facts_group.command(
    "import",
    cls=Command,
    about=Text(
        zh="把案例的资产和事实记入台账：要么全部记入，要么一条不记。\n\n已有的不重复记；与已有记录矛盾的，须用--correct写明更正理由。",
        en="Record the assets and facts of a case: all of them or none.\n\n"
        "What is known already is not recorded again; what contradicts a recorded fact needs a reason with --correct.",
    ),
)
@argument("case", about=Text(zh="案例文件夹。", en="A case folder."))
@ledger_option
@register_option
@by_option
@option(
    "--correct",
    default="",
    metavar="REASON",
    about=Text(zh="更正已有事实，并写明理由。", en="Correct recorded facts, for this reason."),
)
@option(
    "--complete",
    is_flag=True,
    about=Text(
        zh="案例列出了名册的全部资产；台账中其余的记为已移出。",
        en="The case lists the whole register: recorded assets it does not list have left.",
    ),
)
@language_option()
@click.pass_context
def import_command(
    context: click.Context,
    case: str,
    ledger: str | None,
    register: str | None,
    by: str | None,
    correct: str,
    complete: bool,
) -> int:
    """Reads the case, then records."""
    from hege.collectors.casefolder import read_case
    from hege.engine.ledger.importing import import_facts
    from hege.engine.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    found = read_case(Path(case), vocabulary)
    facts = with_short_sources(found.facts, Path(case))
    name = register or found.jurisdiction or Path(case).absolute().name
    with opened(ledger) as book:
        done = import_facts(
            book, name, facts, vocabulary,
            entered_by=who(by), at=now(), correct=correct, complete=complete, note=found.title,
        )  # fmt: skip
    zh = f"{name}：新记资产{done.assets}个、事实{done.facts}条（其中更正{done.corrections}条），已有{done.known}条"
    en = f"{name}: {done.assets} assets and {done.facts} facts recorded ({done.corrections} corrections), {done.known} known"
    if done.receipt:
        zh += f"；第{done.receipt.batch}批，树根{done.receipt.root.hex()[:16]}"
        en += f"; batch {done.receipt.batch}, root {done.receipt.root.hex()[:16]}"
    say(Text(zh=zh, en=en).shown(chosen_language(context)) + "\n")
    return DONE


@facts_group.command(
    "show",
    cls=Command,
    about=Text(
        zh="查看一条事实：内容、何时由谁记录、是否已被更正。",
        en="Show a fact: its content, when and by whom it was recorded, what corrects it.",
    ),
)
@argument(
    "fact",
    about=Text(
        zh="事实编号，如a941aa4844da86d0，可只写开头。", en="Its id such as a941aa4844da86d0, or the beginning."
    ),
)
@ledger_option
@option(
    "--proof",
    metavar="FILE",
    about=Text(
        zh="另存存在证明（tlog-proof），凭公钥即可离线核验。",
        en="Also write a proof that it is in the ledger (tlog-proof), for checking offline with the public key.",
    ),
)
@language_option()
@click.pass_context
def show_command(context: click.Context, fact: str, ledger: str | None, proof: str | None) -> int:
    """Finds it by its digest."""
    from hege.engine.ledger import proofs
    from hege.service.saving import write_file

    language = chosen_language(context)
    with opened(ledger) as book, book.reading() as connection:
        for found in proofs.find_facts(connection, book.where, fact):
            say("\n".join(line.shown(language) for line in found.lines()) + "\n")
            if proof:
                write_file(Path(proof), proofs.proof_of(connection, book.where, found.seq).text().encode())
                proof = None
    return DONE


@facts_group.command(
    "history",
    cls=Command,
    about=Text(
        zh="一个资产的全部事实，按记录先后；更正了什么一目了然。",
        en="All facts of an asset in the order they were recorded, with what corrects what.",
    ),
)
@argument("asset", about=Text(zh="资产编号。", en="The asset's id."))
@ledger_option
@register_option
@option("--kind", metavar="KIND", about=Text(zh="只看这一种，如feed。", en="Only this kind, such as feed."))
@language_option()
@click.pass_context
def history_command(
    context: click.Context, asset: str, ledger: str | None, register: str | None, kind: str | None
) -> int:
    """Lists them."""
    from hege.engine.ledger import proofs

    language = chosen_language(context)
    with opened(ledger) as book, book.reading() as connection:
        name = register_for(connection, book, register)
        lines = [found.line(language) for found in proofs.facts_of_asset(connection, book.where, name, asset, kind)]
    head = Text(zh="观测时间  种类  内容  #编号  记录时间 记录人", en="observed  kind  content  #id  recorded, by whom")
    say("\n".join([head.shown(language), *lines]) + "\n")
    return DONE


@facts_group.command(
    "export",
    cls=Command,
    about=Text(
        zh="把名册当时已知的资产和事实导出成Parquet或CSV，每种一个文件。",
        en="Export the assets and facts known of a register as Parquet or CSV, a file a kind.",
    ),
)
@argument("folder", about=Text(zh="导出到的新文件夹。", en="A new folder for the files."))
@ledger_option
@register_option
@known_at_option
@option(
    "--month",
    metavar="MONTH",
    about=Text(zh="只导出某月观测的，如2024-02。", en="Only what was observed in a month such as 2024-02."),
)
@option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    about=Text(zh="文件形式，默认parquet。", en="Form of the files; parquet unless given."),
)
@language_option()
@click.pass_context
def export_command(
    context: click.Context,
    folder: str,
    ledger: str | None,
    register: str | None,
    known_at: int | datetime | None,
    month: str | None,
    form: str,
) -> int:
    """Writes the tables."""
    from hege.engine.ledger.reading import read_history
    from hege.engine.vocabulary import load_vocabulary
    from hege.service.saving import save_tables

    vocabulary = load_vocabulary()
    with opened(ledger) as book, book.reading() as connection:
        name = register_for(connection, book, register)
        known = read_history(connection, book.where, name, vocabulary).at(size_for(connection, book, known_at))
    count = save_tables(known, Path(folder), form, month)
    text = Text(
        zh=f"{name}：资产{known.assets.height}个、事实{count}条 → {folder}",
        en=f"{name}: {known.assets.height} assets, {count} facts → {folder}",
    )
    say(text.shown(chosen_language(context)) + "\n")
    return DONE
