"""The commands that write: `hege rules new` and `fmt` rule files, `docs` the handbook.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import click

from hege.engine.errors import InputError, Problem
from hege.engine.text import Text
from hege.service.arguments import Day, packs, packs_argument
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
    for file in files_of(path):
        try:
            before = text_of(file)
            after = formatted(before.removeprefix("\ufeff"), str(file))
        except InputError as error:
            problems += error.problems
        else:
            changed += [(file, before, after)] if after != before else []
    for file, before, after in changed:
        if not check and not diff:
            write_whole(file, after)
        say(difference(file, before, after) if diff else f"{file}\n")
    for problem in problems:
        tell(problem.shown(chosen_language(context)))
    if problems:
        return BAD_INPUT
    return SOMETHING_FAILED if check and changed else DONE


def files_of(paths: Sequence[str]) -> Iterator[Path]:
    """The rule and test files of packs, folders and files."""
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


def text_of(file: Path) -> str:
    """A file as it is, line breaks included; `read_file` says what is wrong where it is no text."""
    from hege.engine.rulebook.library import read_file
    from hege.engine.yamlnodes import Reading

    reading = Reading()
    read_file(reading, file)
    reading.done()
    return file.read_bytes().decode("utf-8")


def difference(file: Path, before: str, after: str) -> str:
    """What changes in a file, as a unified diff."""
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), str(file), str(file)
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@click.command(
    "new",
    cls=Command,
    about=Text(
        zh="新写一项指标：在文件夹里建好指标文件和测试，测试全部通过，要填的地方写着“待填写”。\n\n"
        "文件夹还不是指标包的，建成国家指标之上的地方指标。",
        en="Begin an indicator: a rule file and its tests in a folder; the tests pass, what is to be filled in says 待填写.\n\n"
        "A folder that is no pack yet becomes an overlay on the national pack.",
    ),
)
@argument("folder", about=Text(zh="指标包的文件夹。", en="The folder of the pack."))
@argument("id", about=Text(zh="指标编号，如site.blank-columns。", en="The id, such as site.blank-columns."))
@option("--title", metavar="TEXT", about=Text(zh="标题；不写为待填写。", en="The title; 待填写 unless given."))
@option(
    "--kind",
    type=click.Choice(["site", "account"]),
    default="site",
    about=Text(zh="查什么：site网站（默认），account政务新媒体。", en="site (the default) or account."),
)
@option(
    "--sort",
    type=click.Choice(["stale", "count", "found", "asked"]),
    default="stale",
    about=Text(
        zh="哪一类：stale多久没有更新（默认），count有多少个不符合，found发现了不该有的，asked由人工检查。",
        en="stale: not updated for so long (the default); count: so many that do not fit; found: something that should not be; asked: of a person.",
    ),
)
@option(
    "--from",
    "start",
    type=Day(),
    metavar="DATE",
    about=Text(zh="起始日；不写为今天。", en="In force from; today unless given."),
)
@option(
    "--on",
    default="cn/2019-19",
    metavar="PACK",
    about=Text(zh="新建指标包时的下层指标包。", en="The pack below, for a new pack."),
)
@language_option()
@click.pass_context
def new_command(
    context: click.Context, folder: str, id: str, title: str | None, kind: str, sort: str, start: date | None, on: str
) -> int:
    """Writes both files, or none."""
    from hege.engine.dates import SHANGHAI
    from hege.engine.rulebook.model import AssetKind
    from hege.engine.rulebook.scaffold import FILL_IN, Sort, Wish, scaffold

    wish = Wish(
        id=id, title=title or FILL_IN, kind=AssetKind(kind), sort=Sort(sort), pack=Path(folder).resolve().name, on=on,
        start=start or datetime.now(SHANGHAI).date(),
    )  # fmt: skip
    for file, text in scaffold(Path(folder), wish).items():
        write_whole(file, text)
        say(f"{file}\n")
    told = Text(
        zh=f"填好“待填写”之处，再运行hege rules lint {folder}和hege rules test {folder}",
        en=f"fill in what says 待填写, then run hege rules lint {folder} and hege rules test {folder}",
    )
    say(told.shown(chosen_language(context)) + "\n")
    return DONE


@click.command(
    "docs",
    cls=Command,
    about=Text(
        zh="生成指标手册：一个网页，含每项指标的表述、依据、数值、历次变动和示例。",
        en="Write the handbook: one HTML page (Chinese) with the sentence, law, values, history and examples of each indicator.",
    ),
)
@packs_argument
@option(
    "--out",
    default="handbook.html",
    metavar="FILE",
    about=Text(zh="写到哪个文件，默认handbook.html。", en="The file; handbook.html unless given."),
)
@language_option()
@click.pass_context
def docs_command(context: click.Context, pack: tuple[str, ...], out: str) -> int:
    """Writes the page whole or not at all."""
    from hege.engine.rulebook.library import pack_folders, shipped_rules
    from hege.outputs.handbook import handbook

    write_whole(Path(out), handbook(packs(pack or pack_folders(shipped_rules()))))
    say(f"{out}\n")
    return DONE
