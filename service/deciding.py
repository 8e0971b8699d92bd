"""The commands that record what people decided and did: `hege review`, `hege waive`, `hege notice record`."""

from __future__ import annotations

from datetime import date

import click

from hege.engine.text import Text
from hege.service.arguments import Day
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.endings import DONE, say
from hege.service.ledgers import by_option, digest_of, ledger_option, now, opened, register_for, register_option, who


@click.command(
    "review",
    cls=Command,
    about=Text(
        zh="人工复核一个待核资产：写明结论、理由、复核人，可附材料。原检查不变。",
        en="Decide on an asset that an inspection left undetermined: verdict, reason, name, attachment. The inspection stays.",
    ),
)
@argument(
    "inspection",
    about=Text(zh="检查编号或其开头；last为最近一次。", en="Its id or the beginning; `last` is the newest."),
)
@argument("asset", about=Text(zh="资产编号。", en="The asset's id."))
@option(
    "--decision",
    required=True,
    type=click.Choice(["pass", "fail"]),
    about=Text(zh="复核结论：合格pass，不合格fail。", en="The decision."),
)
@option("--reason", required=True, metavar="TEXT", about=Text(zh="理由。", en="Why."))
@option(
    "--attachment",
    metavar="FILE",
    about=Text(
        zh="所附材料；记其摘要，文件自行保存。", en="A document; its digest is recorded, the file is yours to keep."
    ),
)
@ledger_option
@by_option
@language_option()
@click.pass_context
def review_command(
    context: click.Context,
    inspection: str,
    asset: str,
    decision: str,
    reason: str,
    attachment: str | None,
    ledger: str | None,
    by: str | None,
) -> int:
    """Records it."""
    from hege.engine.ledger.deciding import review
    from hege.engine.result import Verdict

    sha, name = digest_of(attachment)
    with opened(ledger) as book:
        done = review(
            book, inspection, asset, Verdict(decision), reviewer=who(by), reason=reason, at=now(),
            attachment=sha, attachment_name=name,
        )  # fmt: skip
    zh, en = Verdict(decision).zh, decision
    text = Text(
        zh=f"已记录：检查{done.inspection}，{asset}复核为{zh}，第{done.receipt.batch}批",
        en=f"recorded: inspection {done.inspection}, {asset} reviewed as {en}, batch {done.receipt.batch}",
    )
    say(text.shown(chosen_language(context)) + "\n")
    return DONE


@click.command(
    "waive",
    cls=Command,
    about=Text(
        zh="记录报备豁免：某资产在一段时间内不按某指标判定。此后所做的检查起作用。",
        en="Record that an asset is exempt from an indicator for a time; counts for inspections made from then on.",
    ),
)
@argument("asset", about=Text(zh="资产编号。", en="The asset's id."))
@argument("indicator", about=Text(zh="指标编号，如account.stale。", en="The indicator, such as account.stale."))
@option("--from", "start", required=True, type=Day(), metavar="DATE", about=Text(zh="起始日。", en="First day."))
@option("--until", required=True, type=Day(), metavar="DATE", about=Text(zh="截止日（含）。", en="Last day, included."))
@option("--reason", required=True, metavar="TEXT", about=Text(zh="事由。", en="Why."))
@option("--approved-by", required=True, metavar="NAME", about=Text(zh="批准单位或人。", en="Who approved it."))
@option(
    "--id",
    "own",
    default="",
    metavar="ID",
    about=Text(zh="豁免编号；不写时由日期、资产、指标组成。", en="Its id; else of date, asset and indicator."),
)
@ledger_option
@register_option
@by_option
@language_option()
@click.pass_context
def waive_command(
    context: click.Context,
    asset: str,
    indicator: str,
    start: date,
    until: date,
    reason: str,
    approved_by: str,
    own: str,
    ledger: str | None,
    register: str | None,
    by: str | None,
) -> int:
    """Records it."""
    from hege.engine.ledger.deciding import waive
    from hege.engine.rulebook.library import list_packs, load_rulebook

    known = {i.id for pack in list_packs() for i in load_rulebook([pack]).indicators}
    with opened(ledger) as book:
        with book.reading() as connection:
            name = register_for(connection, book, register)
        done = waive(
            book, name, asset, indicator, start=start, until=until, reason=reason, approved_by=approved_by,
            entered_by=who(by), at=now(), id=own, indicators=known,
        )  # fmt: skip
    text = Text(
        zh=f"已记录：{name}{asset}，{start}至{until}豁免{indicator}，第{done.batch}批",
        en=f"recorded: {asset} of {name} is exempt from {indicator} from {start} to {until}, batch {done.batch}",
    )
    say(text.shown(chosen_language(context)) + "\n")
    return DONE


@click.command(
    "record",
    cls=Command,
    about=Text(
        zh="把已发布的通报记入台账：哪次检查的、何日发布、谁记的、文件摘要。此后可证明发布的就是这一份。",
        en="Record a published notice in the ledger: of which inspection, on what day, by whom, and the file's digest, which "
        "proves later that it was this one.",
    ),
)
@argument(
    "inspection",
    about=Text(zh="检查编号或其开头；last为最近一次。", en="Its id or the beginning; `last` is the newest."),
)
@argument("file", about=Text(zh="发布的文件；自行保存。", en="The file as published; it is yours to keep."))
@option(
    "--date", "day", required=True, type=Day(), metavar="DATE", about=Text(zh="发布日期。", en="Day of publication.")
)
@option("--title", metavar="TEXT", about=Text(zh="标题；不写时为检查的标题。", en="Its title; else the inspection's."))
@ledger_option
@by_option
@language_option()
@click.pass_context
def record_notice_command(
    context: click.Context, inspection: str, file: str, day: date, title: str | None, ledger: str | None, by: str | None
) -> int:
    """Records it."""
    from hege.engine.ledger.evidence import noted

    sha, name = digest_of(file)
    with opened(ledger) as book:
        stored, receipt = noted(
            book, inspection, title=title, published_on=day, name=name, body=sha, entered_by=who(by), at=now()
        )
    zh, en = (
        f"检查{stored.id}的通报，{day}发布，SHA-256 {sha}",
        f"the notice of inspection {stored.id}, published {day}, SHA-256 {sha}",
    )
    text = Text(
        zh=f"已记录：{zh}，第{receipt.batch}批" if receipt else f"此前已记录：{zh}",
        en=f"recorded: {en}, batch {receipt.batch}" if receipt else f"was recorded before: {en}",
    )
    say(text.shown(chosen_language(context)) + "\n")
    return DONE
