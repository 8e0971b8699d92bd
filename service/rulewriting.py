"""The commands that write rule files: `hege rules fmt`.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from hege.engine.errors import InputError, Problem
from hege.engine.text import Text
from hege.service.arguments import packs
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.endings import BAD_INPUT, DONE, SOMETHING_FAILED, say, tell
from hege.service.writing import write_whole


@click.command(
    "fmt",
    cls=Command,
    about=Text(
        zh="把指标文件排成统一的版式；只动空格和换行，注释和内容不变。\n\n"
        "改动的文件列在标准输出。写法有错的文件不动，退出码为2。",
        en="Lay rule files out in one way; blanks and line breaks change, comments and content do not.\n\n"
        "Names the files it changes. A file with faults is left alone, with exit code 2.",
    ),
)
@argument(
    "path",
    nargs=-1,
    required=True,
    about=Text(zh="指标包编号、文件夹或文件；-为标准输入。", en="Pack ids, folders or files; - is standard input."),
)
@option(
    "--check",
    is_flag=True,
    about=Text(zh="不改文件；有文件需要排版时退出码为1。", en="Change nothing; exit code 1 when a file would change."),
)
@option("--diff", is_flag=True, about=Text(zh="不改文件；显示会怎样改。", en="Change nothing; show what would change."))
@language_option()
@click.pass_context
def fmt_command(context: click.Context, path: tuple[str, ...], check: bool, diff: bool) -> int:
    """Lays files out; all are read before the first is written."""
    from hege.engine.rulebook.formatting import formatted

    if path == ("-",):
        say(formatted(sys.stdin.read(), "-"), as_bytes=True)
        return DONE
    problems: list[Problem] = []
    changed: list[tuple[Path, str, str]] = []
    for file in _files(path):
        try:
            before = _text(file)
            after = formatted(before.removeprefix("\ufeff"), str(file))
        except InputError as error:
            problems += error.problems
        else:
            changed += [(file, before, after)] if after != before else []
    for file, before, after in changed:
        if not check and not diff:
            write_whole(file, after)
        say(_difference(file, before, after) if diff else f"{file}\n")
    for problem in problems:
        tell(problem.shown(chosen_language(context)))
    if problems:
        return BAD_INPUT
    return SOMETHING_FAILED if check and changed else DONE


def _files(paths: Sequence[str]) -> Iterator[Path]:
    from hege.engine.rulebook.formatting import rule_files
    from hege.engine.rulebook.library import load_rulebook, shipped_rules

    for given in paths:
        if Path(given).is_file():
            yield Path(given)
        elif Path(given).is_dir():
            yield from rule_files(Path(given))
        else:
            load_rulebook(packs([given]))  # refuses what is no pack, and names those there are
            yield from rule_files(shipped_rules() / given)


def _text(file: Path) -> str:
    """A file as it is, line breaks included; `read_file` says what is wrong where it is no text."""
    from hege.engine.rulebook.library import read_file
    from hege.engine.yamlnodes import Reading

    reading = Reading()
    read_file(reading, file)
    reading.done()
    return file.read_bytes().decode("utf-8")


def _difference(file: Path, before: str, after: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), str(file), str(file)
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
