"""The command line: `hege`, its global options and its commands.

Only what help needs is imported here; each command imports the rest when it runs (`hege --help` stays under 0.2 s).
What a command does is in `inspecting`, `notices` and `rulebooks`, how a run ends in `endings`, the two languages in `bilingual`.
"""

from __future__ import annotations

import click

from hege import __version__
from hege.engine.text import Text
from hege.service.bilingual import language_option, option
from hege.service.endings import Program
from hege.service.inspecting import explain_command, inspect_command
from hege.service.notices import notice_group
from hege.service.rulebooks import rules_group
from hege.service.ruletesting import coverage_command, mutate_command, test_command
from hege.service.rulewriting import docs_command, fmt_command, new_command
from hege.service.scoring import score_command


@click.group(
    "hege",
    cls=Program,
    about=Text(
        zh="按带施行日期的指标文件检查政府网站和政务新媒体：合格、不合格、待核。",
        en="Inspects Chinese government websites and new-media accounts against dated indicator files: "
        "pass (合格), fail (不合格), undetermined (待核).",
    ),
)
@language_option(envvar="HEGE_LANG")
@option(
    "--verbose", is_flag=True, about=Text(zh="在标准错误上记录做了什么。", en="Log what is done on standard error.")
)
@click.version_option(__version__, prog_name="hege")
def cli(verbose: bool) -> None:
    """What holds for every command."""
    from hege.service.log import configure_log

    configure_log(verbose)


cli.add_command(inspect_command)
cli.add_command(explain_command)
cli.add_command(score_command)
cli.add_command(notice_group)
cli.add_command(rules_group)
for command in (test_command, coverage_command, mutate_command, new_command, fmt_command, docs_command):
    rules_group.add_command(command)


def main() -> None:
    """The entry point of the `hege` command."""
    cli.main(prog_name="hege")
