"""The commands about notices: `hege notice CASE` writes one, `lint` checks templates, `audit` a published notice.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service.arguments import Day, as_of_option, rules_option
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option, refused
from hege.service.endings import BAD_INPUT, DONE, SOMETHING_FAILED, say, tell
from hege.service.noticeforms import FORMS
from hege.service.rectifying import followup_command, rectify_command
from hege.service.stored import made, stored_option, subject_argument

if TYPE_CHECKING:
    from hege.engine.result import Inspection
    from hege.outputs.notice.content import Notice
    from hege.service.inspecting import Inspected


class NoticeGroup(Group):
    """`hege notice CASE` is short for `hege notice write CASE`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A first word that is no command is a case."""
        if args and args[0] not in self.commands:
            return "write", self.commands["write"], args
        return super().resolve_command(ctx, args)


@click.group(
    "notice",
    cls=NoticeGroup,
    about=Text(
        zh="生成通报、检查模板、核对已发布的通报。\n\nhege notice CASE 就是 hege notice write CASE。",
        en="Write notices, check templates, audit published notices.\n\n`hege notice CASE` is `hege notice write CASE`.",
    ),
)
@language_option()
def notice_group() -> None:
    """The commands about notices."""


@notice_group.command(
    "write",
    cls=Command,
    about=Text(
        zh="生成一个案例或一次已记录检查的通报：总体情况、主要问题、工作要求、附件。\n\n"
        "案例文件夹中有notice.yaml的，以它为模板；通报为中文公文。",
        en="Write the notice of a case or a recorded inspection: totals, problems, requirements, annexes.\n\n"
        "A notice.yaml in the case folder is its template; notices are Chinese official documents.",
    ),
)
@subject_argument
@stored_option
@option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    about=Text(zh="形式；不写时看--out的扩展名，再没有则为md。", en="Form; else that of --out's name, else md."),
)
@option(
    "--out",
    metavar="FILE",
    about=Text(
        zh="写入的文件；docx、pdf和xlsx必须给出，html和md不写时打印。",
        en="File to write; else html and md are printed.",
    ),
)
@option(
    "--template", metavar="FILE", about=Text(zh="模板，代替案例自带的。", en="Template, in place of the case's own.")
)
@option(
    "--date",
    "day",
    type=Day(),
    metavar="DATE",
    about=Text(zh="成文日期；不写时留空待填。", en="Day of the notice; left open to be written in if not given."),
)
@as_of_option
@rules_option
@language_option()
@click.pass_context
def write_command(
    context: click.Context,
    case: str,
    ledger: str | None,
    form: str | None,
    out: str | None,
    template: str | None,
    day: date | None,
    as_of: date | None,
    rules: tuple[str, ...],
) -> int:
    """Inspects, writes the notice, says where it is."""
    from hege.service.noticeforms import in_form

    form, language = form or _form_of(out) or "md", chosen_language(context)
    if out is None and form in ("docx", "pdf", "xlsx"):
        asked = next(p for p in context.command.params if p.name == "out")
        text = Text(zh=f"{form}不能打印，请给出文件名", en=f"{form} cannot be printed; name a file")
        raise refused(text, asked, context)
    content = in_form(form, *_written(made(case, ledger, as_of, rules, language), template or _own(case, ledger), day))
    if out is None:
        say(content.decode(), as_bytes=True)
        return DONE
    from hege.service.saving import write_files

    write_files(Path(out).parent, {Path(out).name: content})
    tell(Text(zh=f"→ {out}", en=f"→ {out}").shown(language))
    return DONE


def _form_of(out: str | None) -> str | None:
    suffix = Path(out).suffix.removeprefix(".").lower() if out else ""
    return suffix if suffix in FORMS else None


def _own(case: str, ledger: str | None) -> str | None:
    """The template that lies in a case folder."""
    file = Path(case, "notice.yaml")
    return str(file) if ledger is None and file.is_file() else None


def _written(of: Inspected, template: str | None, day: date | None) -> tuple[Inspection, Notice]:
    from hege.outputs.notice.template import load_template, shipped_template
    from hege.outputs.notice.writing import write
    from hege.service.noticeforms import known_of

    chosen = load_template(Path(template)) if template else shipped_template()
    return of.inspection, write(of.inspection, chosen, known_of(of.case.facts), day)


@notice_group.command(
    "lint",
    cls=Command,
    about=Text(
        zh="检查通报模板，一次列出全部问题。\n\n有错误时退出码为2。",
        en="Check templates of notices and show every fault at once.\n\nExit code 2 with errors.",
    ),
)
@argument("template", nargs=-1, required=True, about=Text(zh="模板文件，可以有多个。", en="Template files."))
@language_option()
@click.pass_context
def lint_command(context: click.Context, template: tuple[str, ...]) -> int:
    """Reads each template and shows what is wrong."""
    from hege.engine.errors import InputError
    from hege.outputs.notice.template import load_template

    language = chosen_language(context)
    faults = 0
    for file in template:
        try:
            load_template(Path(file))
        except InputError as error:
            faults += len(error.problems)
            for problem in error.problems:
                tell(problem.shown(language))
    say(
        Text(zh=f"{len(template)}个模板，{faults}处错误", en=f"{len(template)} templates, {faults} errors").shown(
            language
        )
        + "\n"
    )
    return BAD_INPUT if faults else DONE


@notice_group.command(
    "audit",
    cls=Command,
    about=Text(
        zh="核对已发布的通报：数字与自身是否相符。\n\n读HTML、DOCX和文本，损坏的副本也可以；只提示，不修改。有不符的退出码为1。",
        en="Hold a published notice against its own figures.\n\n"
        "Reads HTML, DOCX and text, damaged copies too; repairs nothing. Exit code 1 when something differs.",
    ),
)
@argument("file", about=Text(zh="通报文件。", en="The notice."))
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    about=Text(zh="打印的形式，默认text。", en="What is printed; text unless given."),
)
@language_option()
@click.pass_context
def audit_command(context: click.Context, file: str, form: str) -> int:
    """Reads, checks, shows."""
    from hege.outputs.audit.checks import Outcome, checked
    from hege.outputs.audit.published import read_published
    from hege.outputs.audit.rendering import to_json, to_text
    from hege.outputs.audit.signs import signs

    published = read_published(Path(file))
    checks, found = checked(published), signs(published)
    if form == "json":
        say(to_json(published, checks, found), as_bytes=True)
    else:
        say(to_text(published, checks, found, chosen_language(context)))
    return SOMETHING_FAILED if any(c.outcome is Outcome.DIFFERS for c in checks) else DONE


notice_group.add_command(rectify_command)
notice_group.add_command(followup_command)
