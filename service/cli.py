"""The command line: `hege`, its global options and its commands.

Only what help needs is imported here; each command imports the rest when it runs (`hege --help` stays under 0.2 s).
What a command does is in `inspecting`, `notices` and `rulebooks`, how a run ends in `endings`, the two languages in `bilingual`.
"""

from __future__ import annotations

import click

from hege import __version__
from hege.engine.text import Text
from hege.service.auditing import audit_group
from hege.service.bilingual import language_option, option
from hege.service.casing import case_group
from hege.service.collecting import collect_command
from hege.service.deciding import record_notice_command, review_command, waive_command
from hege.service.demo_city import demo_city_group
from hege.service.endings import Program
from hege.service.evidence import evidence_group
from hege.service.evidence_recorded import check_command, record_command, remove_command
from hege.service.explaining import explain_command
from hege.service.factual import facts_group
from hege.service.impacts import impact_command, publish_command
from hege.service.importing import import_command
from hege.service.inspecting import inspect_command
from hege.service.ledgering import ledger_group
from hege.service.migrating import migrate_command
from hege.service.notices import notice_group
from hege.service.probing import probe_group
from hege.service.replaying import replay_command
from hege.service.rulebooks import rules_group
from hege.service.ruletesting import coverage_command, mutate_command, test_command
from hege.service.rulewriting import docs_command, fmt_command, new_command
from hege.service.scheduling import schedule_group
from hege.service.scoring import score_command
from hege.service.serving import config_group, serve_command
from hege.service.surveying import survey_group
from hege.service.trials import trial_command


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


cli.add_command(case_group)
cli.add_command(inspect_command)
cli.add_command(explain_command)
cli.add_command(collect_command)
cli.add_command(import_command)
cli.add_command(probe_group)
cli.add_command(evidence_group)
for command in (record_command, check_command, remove_command):
    evidence_group.add_command(command)
cli.add_command(score_command)
cli.add_command(survey_group)
cli.add_command(notice_group)
notice_group.add_command(record_notice_command)
cli.add_command(rules_group)
for command in (
    test_command,
    coverage_command,
    mutate_command,
    new_command,
    fmt_command,
    migrate_command,
    docs_command,
    trial_command,
    publish_command,
):
    rules_group.add_command(command)
cli.add_command(ledger_group)
cli.add_command(facts_group)
cli.add_command(replay_command)
cli.add_command(impact_command)
cli.add_command(review_command)
cli.add_command(waive_command)
cli.add_command(audit_group)
cli.add_command(serve_command)
cli.add_command(config_group)
cli.add_command(schedule_group)
cli.add_command(demo_city_group)


def main() -> None:
    """The entry point of the `hege` command."""
    cli.main(prog_name="hege")
