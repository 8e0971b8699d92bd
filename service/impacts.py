"""The commands about changing rules: `hege impact` and `hege rules publish`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hege.engine.text import Language, Text
from hege.service.arguments import Day, as_of_option, packs
from hege.service.bilingual import Command, argument, chosen_language, language_option, option, refused
from hege.service.cluster import cluster, cluster_options
from hege.service.endings import DONE, SOMETHING_FAILED, say, tell
from hege.service.ledgers import ledger_option, named, now, opened, who
from hege.service.replaying import said_word

if TYPE_CHECKING:
    from hege.engine.case import Case
    from hege.engine.impact import BatchImpact, Change, Impact
    from hege.engine.ledger.store import Ledger
    from hege.engine.rulebook.sources import Compiled

_DIGEST = re.compile(r"[0-9a-f]{6,64}", re.ASCII)


class Share(click.ParamType[Fraction]):
    """A percentage such as 5%."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """The share; anything else is refused."""
        if isinstance(value, Fraction):
            return value
        if re.fullmatch(r"\d{1,3}(\.\d+)?%", value, re.ASCII):
            return Fraction(value.removesuffix("%")) / 100
        raise refused(
            Text(zh=f"“{value}”不是百分比，应写成5%", en=f"“{value}” is no percentage; write it as 5%"), param, ctx
        )


class Step(click.ParamType["Any"]):
    """A step of days such as 7d."""

    name = "step"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The duration; anything else is refused."""
        from hege.engine.dates import Duration, Unit

        found = value if isinstance(value, Duration) else Duration.parse(value)
        if found is None or found.number < 1 or found.unit not in (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR):
            raise refused(
                Text(zh=f"“{value}”不是间隔，应写成7d、2w或1mo", en=f"“{value}” is no step; write it as 7d, 2w or 1mo"),
                param,
                ctx,
            )
        return found


max_flips_option = option(
    "--max-flips",
    type=Share(),
    metavar="N%",
    about=Text(zh="结论改变的资产最多占一批的百分之几。", en="Largest share of a batch whose verdict may flip."),
)


@click.command(
    "impact",
    cls=Command,
    about=Text(
        zh="换一套指标，哪些资产的结论会变、因哪项指标而变；对案例或台账中的名册，一天或多天。\n\n超过--max-flips的退出码为1。什么都不记录。",
        en="Which assets come out otherwise by other rules, and by which finding; on a case or a register, on one day or many.\n\n"
        "Exit code 1 beyond --max-flips. Nothing is recorded.",
    ),
)
@argument("case", about=Text(zh="案例文件夹，或台账中的名册。", en="A case folder, or a register of the ledger."))
@option(
    "--rules",
    "new",
    multiple=True,
    required=True,
    metavar="PACK",
    about=Text(zh="新指标包；可重复。", en="The new pack; may be repeated."),
)
@option(
    "--against",
    multiple=True,
    metavar="PACK",
    about=Text(
        zh="原指标包，或台账中一套指标的摘要；不写时为案例的，或名册最近一次检查所用的。",
        en="The old pack, or the digest of a rulebook in the ledger; else the case's, or that of the register's newest inspection.",
    ),
)
@as_of_option
@option(
    "--from",
    "first",
    type=Day(),
    metavar="DATE",
    about=Text(zh="一系列日期的第一天。", en="First of a series of days."),
)
@option("--to", "last", type=Day(), metavar="DATE", about=Text(zh="最后一天。", en="Last of them."))
@option(
    "--every",
    type=Step(),
    metavar="STEP",
    about=Text(zh="间隔，如7d、1mo；默认7d。", en="Step such as 7d or 1mo; 7d unless given."),
)
@max_flips_option
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    about=Text(zh="打印的形式，默认text。", en="What is printed; text unless given."),
)
@ledger_option
@cluster_options
@language_option()
@click.pass_context
def impact_command(
    context: click.Context,
    case: str,
    new: tuple[str, ...],
    against: tuple[str, ...],
    as_of: date | None,
    first: date | None,
    last: date | None,
    every: Any,
    max_flips: Fraction | None,
    form: str,
    ledger: str | None,
    workers: int | None,
    scheduler: str | None,
) -> int:
    """Judges by both and compares."""
    from hege.engine.dates import Duration, Unit
    from hege.engine.impact import days_between, impact
    from hege.engine.ledger.database import refusal
    from hege.engine.parts import impact_in
    from hege.engine.rulebook.sources import compiled, sources_of
    from hege.outputs.comparison import impact_document, percent

    if (first is None) != (last is None) or (as_of and first) or (every and not first):
        raise refusal(
            "--from",
            "bad-series",
            "一系列日期要同时写--from和--to，且不与--as-of同用",
            "a series takes --from and --to, without --as-of",
        )
    step = every or Duration(7, Unit.DAY)
    days = days_between(first, last, step) if first and last else (as_of,) if as_of else ()
    if first and not days:
        raise refusal("--to", "bad-series", "--to早于--from", "--to lies before --from")
    on_ledger = not Path(case).is_dir() or any(_DIGEST.fullmatch(a) for a in against)
    with opened(ledger) if on_ledger else nullcontext() as book:
        planned, old = _old(case, against, book)
    rules = compiled(sources_of(packs(new)))
    with cluster(workers, scheduler) as many:
        found = (
            impact(planned, old, rules, days) if many is None
            else impact_in(many.parts, many.run, planned, old, rules, days)
        )  # fmt: skip
    language = chosen_language(context)
    if form == "json":
        say(json.dumps(impact_document(found), ensure_ascii=False, indent=1) + "\n", as_bytes=True)
    else:
        say("\n".join(impact_lines(found, language)) + "\n")
    if max_flips is not None and found.worst > max_flips:
        text = Text(
            zh=f"{percent(found.worst)}的结论改变，超过{percent(max_flips)}",
            en=f"{percent(found.worst)} of the verdicts flip, more than {percent(max_flips)}",
        )
        tell(text.shown(language))
        return SOMETHING_FAILED
    return DONE


def _old(given: str, against: Sequence[str], book: Ledger | None) -> tuple[Case, Compiled]:
    """The facts and plan to judge, and the rules as they are."""
    from hege.engine.ledger import inspections
    from hege.engine.rulebook.sources import compiled, sources_of

    base: Compiled | None = None
    recorded = [a for a in against if _DIGEST.fullmatch(a)]
    if recorded and book is not None:
        with book.reading() as connection:
            base = compiled(inspections.stored_sources(connection, book.where, recorded[0]))
    elif against:
        base = compiled(sources_of(packs(against)))
    if Path(given).is_dir():
        from hege.collectors.casefolder import read_case
        from hege.engine.vocabulary import load_vocabulary

        case = read_case(Path(given), load_vocabulary())
        return case, base or compiled(sources_of(packs(case.rules)))
    return _of_register(given, base, book)


def _of_register(register: str, base: Compiled | None, book: Ledger | None) -> tuple[Case, Compiled]:
    from hege.engine.ledger import inspections
    from hege.engine.ledger.planned import newest_plan
    from hege.engine.rulebook.sources import compiled
    from hege.engine.vocabulary import load_vocabulary

    assert book is not None
    with book.reading() as connection:
        case, stored = newest_plan(connection, book.where, register, load_vocabulary())
        return case, base or compiled(inspections.stored_sources(connection, book.where, stored.rulebook))


# ---- how an impact is told -----------------------------------------------------------------------------------------


def impact_lines(found: Impact, language: Language) -> list[str]:
    """The matrix of each batch and every asset that changes."""
    lines = [
        Text(
            zh=f"原指标 {found.old[:16]}  新指标 {found.new[:16]}",
            en=f"old rules {found.old[:16]}  new rules {found.new[:16]}",
        ).shown(language)
    ]
    for batch in found.batches:
        lines += _batch_lines(batch, language)
    return lines


def _batch_lines(batch: BatchImpact, language: Language) -> list[str]:
    from hege.outputs.comparison import percent

    kind = {"site": Text(zh="政府网站", en="sites"), "account": Text(zh="政务新媒体", en="accounts")}[batch.kind].shown(
        language
    )
    share = percent(Fraction(batch.flipped, batch.total)) if batch.total else "-"
    head = Text(
        zh=f"■ {kind}{batch.name}（监测时间点{batch.as_of}）：共{batch.total}，结论改变{batch.flipped}（{share}）",
        en=f"■ {kind} {batch.name} ({batch.as_of}): {batch.total}, {batch.flipped} verdicts flip ({share})".replace(
            "  ", " "
        ),
    )
    lines = [head.shown(language)]
    for (old, new), count in sorted(batch.matrix.items(), key=lambda i: (i[0][0].value, i[0][1].value)):
        words = (old.zh, new.zh) if language is Language.ZH else (old.value, new.value)
        lines.append(f"    {words[0]} → {words[1]}  {count}")
    lines += [line for c in batch.changes for line in _change_lines(c, language)]
    return lines


def _change_lines(change: Change, language: Language) -> list[str]:
    words = (change.old.zh, change.new.zh) if language is Language.ZH else (change.old.value, change.new.value)
    name = "  ".join(w for w in (change.asset, change.name, change.platform) if w)
    lines = [f"  {name}：{words[0]} → {words[1]}" if language is Language.ZH else f"  {name}: {words[0]} → {words[1]}"]
    for flip in change.flips:
        old, new = (said_word(o.value if o else "", True, language) for o in (flip.old, flip.new))
        lines.append(f"      {flip.indicator} {flip.title}  {old} → {new}  {flip.text}".rstrip())
    return lines


# ---- publishing ----------------------------------------------------------------------------------------------------


@click.command(
    "publish",
    cls=Command,
    about=Text(
        zh="把一套指标登记为已发布：谁、为何、摘要、对已有检查的影响。\n\n用例不符、覆盖下降或超过--max-flips时拒绝，退出码为1；"
        "确需发布的用--force写明理由。",
        en="Record a rulebook as published: who, why, its digest, its impact on what was inspected.\n\n"
        "Refused (exit code 1) when tests fail, coverage falls or --max-flips is passed, unless --force gives a reason.",
    ),
)
@argument("pack", nargs=-1, required=True, about=Text(zh="指标包编号或文件夹。", en="Pack ids or folders."))
@option("--why", required=True, metavar="TEXT", about=Text(zh="为何发布。", en="Why it is published."))
@option(
    "--against",
    default="",
    metavar="DIGEST",
    about=Text(
        zh="与台账中哪套指标比较；不写时为上次发布的。",
        en="Rulebook of the ledger to compare with; else the one published before.",
    ),
)
@max_flips_option
@option(
    "--force", default="", metavar="REASON", about=Text(zh="仍要发布的理由。", en="Why it is published all the same.")
)
@ledger_option
@option(
    "--by",
    envvar="HEGE_BY",
    metavar="NAME",
    about=Text(zh="由谁发布；不写时按HEGE_BY，再按登录名。", en="Who publishes it; else HEGE_BY, else the login name."),
)
@language_option()
@click.pass_context
def publish_command(
    context: click.Context,
    pack: tuple[str, ...],
    why: str,
    against: str,
    max_flips: Fraction | None,
    force: str,
    ledger: str | None,
    by: str | None,
) -> int:
    """Tests, compares, records."""
    from hege.engine.ledger.publishing import publish

    language = chosen_language(context)
    named(ledger)
    with opened(ledger) as book:
        done = publish(
            book,
            packs(pack),
            published_by=who(by),
            why=why,
            at=now(),
            most_flips=max_flips,
            force=force,
            against=against,
        )
    tested = Text(
        zh=f"指标  {done.rulebook}\n用例  {done.tested.cases}例，{len(done.tested.failed)}例不符；{len(done.tested.gaps)}处没有用例",
        en=f"rulebook  {done.rulebook}\ntests     {done.tested.cases} cases, {len(done.tested.failed)} fail; {len(done.tested.gaps)} outcomes without one",
    )
    say(tested.shown(language) + "\n")
    for register, found in done.impacts:
        say("\n".join([f"【{register}】", *impact_lines(found, language)]) + "\n")
    for objection in done.objections:
        tell(objection.what.shown(language))
    if done.receipt is None:
        closing = Text(
            zh="未发布；改好再来，确需照发的用--force写明理由",
            en="not published; mend it, or give the reason to do it all the same with --force",
        )
        tell(closing.shown(language))
        return SOMETHING_FAILED
    text = Text(zh=f"已发布，第{done.receipt.batch}批", en=f"published, batch {done.receipt.batch}")
    if done.objections:
        text = Text(
            zh=f"尽管如此，已发布，第{done.receipt.batch}批；理由已记录：{force}",
            en=f"published all the same, batch {done.receipt.batch}; the reason is recorded: {force}",
        )
    say(text.shown(language) + "\n")
    return DONE
