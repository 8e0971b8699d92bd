"""The commands about the tests beside rules: `hege rules test`, `coverage`, `mutate`.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.errors import InputError
from hege.engine.text import Language, Text
from hege.service.arguments import packs, packs_argument
from hege.service.bilingual import Command, chosen_language, language_option, option
from hege.service.endings import DONE, SOMETHING_FAILED, refusal, say
from hege.service.writing import write_whole

if TYPE_CHECKING:
    from hege.engine.rulebook.testing import TestResult

_EVERY_SECONDS = 0.5


@click.command(
    "test",
    cls=Command,
    about=Text(
        zh="运行指标包自带的测试。\n\n有不符的退出码为1。todo的用例在改正之前应当不符。",
        en="Run the tests beside the packs.\n\nExit code 1 when a case fails. A case marked todo has to fail until it is put right.",
    ),
)
@packs_argument
@option(
    "-k",
    "only",
    default="",
    metavar="TEXT",
    about=Text(zh="只运行名称或指标含此文字的用例。", en="Only cases whose name or indicator contains this."),
)
@option("--junit", metavar="FILE", about=Text(zh="另存一份JUnit XML。", en="Also keep the results as JUnit XML."))
@option(
    "--watch",
    is_flag=True,
    about=Text(zh="文件一改就重新运行，按Ctrl-C结束。", en="Run again whenever a file changes, until Ctrl-C."),
)
@language_option()
@click.pass_context
def test_command(context: click.Context, pack: tuple[str, ...], only: str, junit: str | None, watch: bool) -> int:
    """Runs the cases of each pack and shows those that fail."""
    chosen, language = _chosen(pack), chosen_language(context)
    if not watch:
        return _run(chosen, only, junit, language)
    for _ in changes(_folders(chosen)):
        try:
            _run(chosen, only, junit, language)
        except InputError as error:
            say(refusal(error, language) + "\n")
        say(Text(zh="……等待改动，按Ctrl-C结束\n", en="... waiting for a change; Ctrl-C ends\n").shown(language))
    return DONE


def _chosen(pack: Sequence[str]) -> list[str | Path]:
    from hege.engine.rulebook.library import pack_folders, shipped_rules

    return packs(pack or pack_folders(shipped_rules()))


def _run(chosen: Sequence[str | Path], only: str, junit: str | None, language: Language) -> int:
    from hege.engine.rulebook.testing import run_tests
    from hege.outputs import casereport

    here = f"{Path.cwd()}/"
    results: dict[str, list[TestResult]] = {}
    for name in chosen:
        told = str(name).removeprefix(here)
        found = [r for r in run_tests(name) if only in r.case.name or only in r.case.indicator]
        results[told] = found
        for result in found:
            if not result.as_agreed:
                say(casereport.failure(result, language).replace(here, "") + "\n")
        say(casereport.counted(told, found).shown(language) + "\n")
    if junit:
        write_whole(Path(junit), casereport.to_junit(results, language).replace(here, ""))
    return SOMETHING_FAILED if any(not r.as_agreed for found in results.values() for r in found) else DONE


def _folders(chosen: Sequence[str | Path]) -> list[Path]:
    from hege.engine.rulebook.library import shipped_rules

    return [name if isinstance(name, Path) else shipped_rules() / name for name in chosen]


def changes(folders: Sequence[Path]) -> Iterator[None]:
    """Once at once, then once each time that a YAML file in the folders is written, made or removed."""

    def seen() -> dict[Path, int]:
        return {f: f.stat().st_mtime_ns for folder in folders for f in folder.rglob("*.yaml") if f.exists()}

    before = None
    while True:
        now = seen()
        if now != before:
            before = now
            yield
        time.sleep(_EVERY_SECONDS)


@click.command(
    "coverage",
    cls=Command,
    about=Text(
        zh="测试覆盖了什么：每项指标每个版本的各种结论，每个界限、日期的两侧。\n\n有缺口的退出码为1。",
        en="What the tests cover: each version of an indicator in every outcome, both sides of each threshold and date.\n\n"
        "Exit code 1 when something is missing.",
    ),
)
@packs_argument
@language_option()
@click.pass_context
def coverage_command(context: click.Context, pack: tuple[str, ...]) -> int:
    """Shows a table of each pack."""
    from hege.outputs.rulecoverage import coverage, render

    language, missing = chosen_language(context), 0
    for name in _chosen(pack):
        found = coverage(name)
        missing += sum(bool(row.missing or row.sides) for row in found)
        say(render(str(name).removeprefix(f"{Path.cwd()}/"), found, language))
    return SOMETHING_FAILED if missing else DONE


@click.command(
    "mutate",
    cls=Command,
    about=Text(
        zh="把每个界限、时间窗口、比较词、日期略改一点，列出没有测试发现的改动，各附一个能发现它的用例。\n\n有这样的改动时退出码为1。",
        en="Nudge every threshold, window, bound word and date; list what no test notices, each with a case that would.\n\n"
        "Exit code 1 when there is such a change.",
    ),
)
@packs_argument
@option(
    "-k",
    "only",
    default="",
    metavar="TEXT",
    about=Text(zh="只看编号含此文字的指标。", en="Only indicators whose id contains this."),
)
@language_option()
@click.pass_context
def mutate_command(context: click.Context, pack: tuple[str, ...], only: str) -> int:
    """Shows the survivors."""
    from hege.engine.rulebook.killing import killing_case
    from hege.engine.rulebook.library import load_rulebook
    from hege.engine.rulebook.mutation import mutation
    from hege.engine.rulebook.testfiles import read_tests

    language, count = chosen_language(context), 0
    here = f"{Path.cwd()}/"
    for name in _chosen(pack):
        found = mutation(name, only)
        cases = read_tests(name, load_rulebook([name])) if found.survivors else []
        count += len(found.survivors) + len(found.idle)
        for mutant, old, new in found.survivors:
            say(f"{mutant}\n".replace(here, ""))
            case = killing_case(mutant, old, new, cases)
            none = Text(
                zh="没有找到能发现它的用例；可能两种写法是一回事",
                en="no case was found that would notice; the two may be one rule",
            )
            say("".join(f"    {line}\n" for line in (case or none.shown(language)).splitlines()))
        for listed in found.idle:
            idle = Text(
                zh=f"{listed.place}: {listed.indicator} {listed.change}：列为等同，但有测试发现，或已没有这处改动",
                en=f"{listed.place}: {listed.indicator} {listed.change}: listed as no other rule, but a case notices it, or there is no such change",
            )
            say(f"{idle.shown(language)}\n".replace(here, ""))
        told = Text(
            zh=f"改动{found.made}处，测试发现{found.noticed}处，等同{len(found.equivalent)}处，没有发现{len(found.survivors)}处",
            en=f"{found.made} changes, {found.noticed} noticed, {len(found.equivalent)} no other rule, {len(found.survivors)} unnoticed",
        )
        say(f"{str(name).removeprefix(here)}{'：' if language is Language.ZH else ': '}{told.shown(language)}\n")
    return SOMETHING_FAILED if count else DONE
