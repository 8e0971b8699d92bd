"""The command `hege rules migrate`: rule files of older schemas brought to the newest, and the proof that nothing else changed.

What it needs is imported when it runs, so that help answers at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Language, Text
from hege.service.arguments import packs
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.endings import BAD_INPUT, DONE, SOMETHING_FAILED, say, tell
from hege.service.ledgers import ledger_option, opened
from hege.service.rulewriting import difference, files_of, text_of
from hege.service.writing import write_whole

if TYPE_CHECKING:
    from hege.engine.errors import Problem
    from hege.engine.rulebook.migration import Migrated
    from hege.engine.rulebook.sources import Compiled


@click.command(
    "migrate",
    cls=Command,
    about=Text(
        zh="把旧格式的指标文件改成新格式：只换写法变了的词，注释和版式不动。\n\n"
        "含义不变才写入：新旧两套指标的摘要必须相同；--prove再检查案例，--ledger再重放台账里的检查，结果必须逐字节相同；"
        "否则退出码为1，什么都不改。",
        en="Bring rule files of an older schema to the newest: words that are spelled otherwise now are replaced, comments and "
        "layout stay.\n\nWritten only where the meaning is the same: the digests of the rulebooks must be equal; with --prove cases are inspected "
        "and with --ledger recorded inspections replayed, to the same bytes; else the exit code is 1 and nothing is changed.",
    ),
)
@argument("pack", nargs=-1, required=True, about=Text(zh="指标包编号或文件夹。", en="Pack ids or folders."))
@option(
    "--check",
    is_flag=True,
    about=Text(
        zh="不改文件；有旧格式的文件时退出码为1。", en="Change nothing; exit code 1 when a file is of an older schema."
    ),
)
@option("--diff", is_flag=True, about=Text(zh="不改文件；显示会怎样改。", en="Change nothing; show what would change."))
@option(
    "--prove",
    multiple=True,
    metavar="CASE",
    about=Text(zh="用新旧指标各检查一次这个案例；可重复。", en="Inspect this case by both; may be repeated."),
)
@ledger_option
@option(
    "--last",
    type=click.IntRange(1),
    default=12,
    metavar="N",
    about=Text(
        zh="台账中最近几次检查用新格式重做，默认12。",
        en="How many of the newest inspections of the ledger are replayed; 12 unless given.",
    ),
)
@language_option()
@click.pass_context
def migrate_command(
    context: click.Context,
    pack: tuple[str, ...],
    check: bool,
    diff: bool,
    prove: tuple[str, ...],
    ledger: str | None,
    last: int,
) -> int:
    """Migrates in memory, proves, then writes all files or none."""
    from hege.engine.errors import InputError

    language = chosen_language(context)
    named = packs(pack)
    try:
        found = [_changed(name) for name in named]
    except InputError as error:
        for problem in error.problems:
            tell(problem.shown(language))
        return BAD_INPUT
    changed = [change for changes in found for change in changes]
    proofs = [proof for name in named for proof in _of_pack(name, prove)] if changed or prove else []
    proofs += _of_ledger(ledger, last) if ledger else []
    for proof in proofs:
        say(proof.shown(language))
    if not all(proof.equal for proof in proofs):
        tell(Text(zh="不相同，什么都没有改", en="not the same; nothing was changed").shown(language))
        return SOMETHING_FAILED
    for change in changed:
        if not check and not diff:
            write_whole(change.file, change.done.text)
        told = difference(change.file, change.before, change.done.text) if diff else _told(change, language)
        say(told.replace(f"{Path.cwd()}/", ""))
    if not changed:
        say(Text(zh="都已是最新格式\n", en="every file has the newest schema\n").shown(language))
    return SOMETHING_FAILED if check and changed else DONE


@dataclass(frozen=True, slots=True)
class _Changed:
    file: Path
    before: str
    done: Migrated


def _changed(name: str | Path) -> list[_Changed]:
    """The files of a pack that are of an older schema; raises InputError with every fault of all of them."""
    from hege.engine.errors import InputError
    from hege.engine.rulebook.migration import migrated

    found: list[_Changed] = []
    problems: list[Problem] = []
    for file in files_of([str(name)]):
        try:
            before = text_of(file)
            done = migrated(before, str(file))
        except InputError as error:
            problems += error.problems
        else:
            found += [_Changed(file, before, done)] if done.steps else []
    if problems:
        raise InputError(problems)
    return found


def _told(change: _Changed, language: Language) -> str:
    steps = [Text(zh=f"{s.old} → {s.new}：{s.why.zh}", en=f"{s.old} → {s.new}: {s.why.en}") for s in change.done.steps]
    return f"{change.file}  {'  '.join(s.shown(language) for s in steps)}\n"


# ---- the proof -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Proof:
    """One thing that was done by the older and by the newest form, and whether the same came out."""

    what: Text
    equal: bool

    def shown(self, language: Language) -> str:
        """In a line."""
        word = Text(zh="相同", en="the same") if self.equal else Text(zh="不同", en="different")
        return f"{self.what.shown(language)}{'：' if language is Language.ZH else ': '}{word.shown(language)}\n"


def _of_pack(name: str | Path, cases: Sequence[str]) -> Iterator[_Proof]:
    """The meaning of a pack, and what cases come to by it."""
    from hege.engine.rulebook.sources import compiled, migrated_sources, sources_of

    sources = sources_of([name])
    old, new = compiled(sources), compiled(migrated_sources(sources))
    told = str(name).removeprefix(f"{Path.cwd()}/")
    yield _Proof(
        Text(zh=f"{told}：指标的摘要{new.rulebook.digest[:16]}", en=f"{told}: digest of the rulebook {new.rulebook.digest[:16]}"),
        old.rulebook.digest == new.rulebook.digest,
    )  # fmt: skip
    for folder in cases:
        yield _Proof(
            Text(zh=f"{told}：案例{folder}的检查结果", en=f"{told}: inspection of {folder}"), _same(folder, old, new)
        )


def _same(folder: str, old: Compiled, new: Compiled) -> bool:
    from hege.collectors.casefolder import read_case
    from hege.engine.inspection import inspect
    from hege.engine.ledger.inspections import result_bytes
    from hege.engine.vocabulary import load_vocabulary

    case = read_case(Path(folder), load_vocabulary())
    one, other = (result_bytes(inspect(case, r.rulebook, r.vocabulary, r.working_days)) for r in (old, new))
    return one == other


def _of_ledger(ledger: str, last: int) -> Iterator[_Proof]:
    """The newest inspections, each replayed by the texts recorded with it, these brought to the newest schema."""
    from hege.engine.ledger.replay import replay_migrated

    with opened(ledger) as book:
        for done in replay_migrated(book, last):
            stored = done.stored
            what = Text(
                zh=f"台账：检查{stored.id}（{stored.register}）的结果{stored.result[:16]}",
                en=f"ledger: result {stored.result[:16]} of inspection {stored.id} ({stored.register})",
            )
            yield _Proof(what, done.same)
