"""The commands for those who read indicators: `hege rules lint`, `show`, `diff`, `schema`; the group that holds all of `hege rules`.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from hege.engine.text import Text
from hege.service.arguments import Day, packs, packs_argument, rules_option
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option
from hege.service.endings import BAD_INPUT, DONE, say


@click.group(
    "rules", cls=Group, about=Text(zh="检查、测试、查看指标文件。", en="Check, test and read indicator files.")
)
@language_option()
def rules_group() -> None:
    """The commands about rules."""


@rules_group.command(
    "lint",
    cls=Command,
    about=Text(
        zh="检查指标文件，一次列出全部问题。\n\n有错误时退出码为2；只有提醒时为0，加--strict也为2。",
        en="Check indicator files and show every fault at once.\n\n"
        "Exit code 2 with errors, 0 with warnings alone unless --strict.",
    ),
)
@packs_argument
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    about=Text(
        zh="打印的形式：text给人看，其余给编辑器、代码托管平台用。",
        en="text for a reader, the others for editors and code hosting.",
    ),
)
@option("--strict", is_flag=True, about=Text(zh="有提醒也算不通过。", en="Warnings too make the exit code 2."))
@language_option()
@click.pass_context
def lint_command(context: click.Context, pack: tuple[str, ...], form: str, strict: bool) -> int:
    """Shows what is wrong or doubtful."""
    from hege import __version__
    from hege.engine.errors import Severity
    from hege.engine.rulebook.lint import lint
    from hege.outputs import problems

    language = chosen_language(context)
    found = problems.beside(lint(packs(pack)), Path.cwd())
    match form:
        case "json":
            say(problems.to_json(found), as_bytes=True)
        case "sarif":
            say(problems.to_sarif(found, language, __version__), as_bytes=True)
        case "github":
            say(problems.to_github(found, language))
        case _:
            say(problems.text(found, language))
    refused = [p for p in found if strict or p.severity is Severity.ERROR]
    return BAD_INPUT if refused else DONE


@rules_group.command(
    "show",
    cls=Command,
    about=Text(
        zh="查看一项指标：中文表述、依据、各项数值及出处、历次变动。",
        en="Show an indicator: sentence, law, values and whence each, history.",
    ),
)
@argument(
    "indicator", about=Text(zh="指标编号（如account.stale）或标题。", en="Its id, such as account.stale, or its title.")
)
@option(
    "--at",
    type=Day(),
    metavar="DATE",
    about=Text(zh="这一天施行的版本；不写为最新版本。", en="The version in force on that day, else the newest."),
)
@option(
    "--for",
    "city",
    metavar="CITY",
    about=Text(
        zh="某地的指标：编号、编号末段或标题中的文字，如渭南。",
        en="As in a city: its pack's id, the end of it, or a word of its title.",
    ),
)
@rules_option
@language_option()
@click.pass_context
def show_command(
    context: click.Context, indicator: str, at: date | None, city: str | None, rules: tuple[str, ...]
) -> int:
    """Shows the indicator as compiled from its packs."""
    from hege.engine.rulebook.library import load_rulebook, pack_of
    from hege.outputs.indicator import render

    chosen = packs(rules) if rules else [pack_of(city)] if city else ["cn/2019-19"]
    shown = render(load_rulebook(chosen), indicator, at, chosen_language(context))
    say(shown.replace(f"{Path.cwd()}/", ""))
    return DONE


@rules_group.command(
    "diff",
    cls=Command,
    about=Text(
        zh="逐句说明两套指标有什么不同：哪天起、哪个数值、收紧还是放宽。",
        en="Say in sentences what differs between two sets of rules: from which day, which value, tightened or loosened.",
    ),
)
@argument("old", about=Text(zh="原来的指标包编号或文件夹。", en="Pack id or folder as it was."))
@argument("new", about=Text(zh="改后的指标包编号或文件夹。", en="Pack id or folder as it is now."))
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    about=Text(zh="打印的形式，默认text。", en="text unless given."),
)
@language_option()
@click.pass_context
def diff_command(context: click.Context, old: str, new: str, form: str) -> int:
    """Compiles both and tells the differences."""
    from hege.engine.rulebook.difference import differences
    from hege.engine.rulebook.library import load_rulebook
    from hege.outputs import rulediff

    before, after = (load_rulebook(packs([given])) for given in (old, new))
    found = differences(before, after)
    if form == "json":
        say(rulediff.to_json(found), as_bytes=True)
    else:
        say(rulediff.render(found, chosen_language(context)))
    return DONE


@rules_group.command(
    "schema",
    cls=Command,
    about=Text(
        zh="打印指标文件和测试文件的JSON Schema，供编辑器补全、提示和检查。",
        en="Print the JSON Schema of rule and test files, for completion and checking in an editor.",
    ),
)
@language_option()
@click.pass_context
def schema_command(context: click.Context) -> int:
    """Prints the schema; what it says of words is in the chosen language."""
    import json

    from hege.engine.rulebook.schema import json_schema

    say(json.dumps(json_schema(chosen_language(context)), ensure_ascii=False, indent=1) + "\n", as_bytes=True)
    return DONE
