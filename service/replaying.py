"""The commands that run an inspection again: on a ledger as recorded (`hege replay`), or by other rules (`hege impact`)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from hege.engine.text import Language, Text
from hege.service.arguments import as_of_option, packs, rules_option
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.cluster import cluster, cluster_options
from hege.service.endings import DONE, SOMETHING_FAILED, say
from hege.service.ledgers import known_at_option, ledger_option, opened, size_for

if TYPE_CHECKING:
    from hege.engine.ledger.replay import Difference, Replayed
    from hege.engine.result import Batch

MOST_SHOWN = 50


@click.command(
    "replay",
    cls=Command,
    about=Text(
        zh="把台账里的一次检查重做一遍：同样的事实、指标、日期，应得出同样的字节。\n\n"
        "也可改变一个条件（日期、当时所知、指标）看结果如何。原样重做而结果不同的，退出码为1。",
        en="Run a recorded inspection again: the same facts, rules and day must give the same bytes.\n\n"
        "Or change one input (day, what was known, rules). Exit code 1 when nothing was changed and the result differs.",
    ),
)
@argument(
    "inspection",
    about=Text(zh="检查编号或其开头；last为最近一次。", en="Its id or the beginning; `last` is the newest."),
)
@ledger_option
@as_of_option
@known_at_option
@rules_option
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "bytes"]),
    default="text",
    about=Text(
        zh="打印的形式：text比较结果；json同上；bytes为结果的规范字节。",
        en="What is printed: the comparison as text or json, or the canonical bytes of the result.",
    ),
)
@cluster_options
@language_option()
@click.pass_context
def replay_command(
    context: click.Context,
    inspection: str,
    ledger: str | None,
    as_of: date | None,
    known_at: int | datetime | None,
    rules: tuple[str, ...],
    form: str,
    workers: int | None,
    scheduler: str | None,
) -> int:
    """Replays and compares."""
    from hege.engine.ledger.inspections import result_bytes
    from hege.engine.ledger.replay import replay
    from hege.engine.parts import inspected_in
    from hege.engine.rulebook.sources import sources_of
    from hege.outputs.comparison import replay_document

    with opened(ledger) as book, cluster(workers, scheduler) as many:
        size = None
        if known_at is not None:
            with book.reading() as connection:
                size = size_for(connection, book, known_at)
        other = sources_of(packs(rules)) if rules else None
        by = None if many is None else inspected_in(many.parts, many.run)
        done = replay(book, inspection, as_of=as_of, known_at=size, sources=other, by=by)
    if form == "bytes":
        say(result_bytes(done.inspection).decode(), as_bytes=True)
    elif form == "json":
        say(json.dumps(replay_document(done), ensure_ascii=False, indent=1) + "\n", as_bytes=True)
    else:
        say("\n".join(replay_lines(done, chosen_language(context))) + "\n")
    return DONE if done.same or done.changed else SOMETHING_FAILED


def replay_lines(done: Replayed, language: Language) -> list[str]:
    """What came of a replay, line by line."""
    lines = [
        Text(
            zh=f"检查  {done.stored.id}（{done.stored.register}）",
            en=f"inspection {done.stored.id} ({done.stored.register})",
        ),
        Text(zh=f"记录  {done.stored.result}", en=f"recorded   {done.stored.result}"),
        Text(zh=f"重放  {done.result}", en=f"replayed   {done.result}"),
    ]
    if done.same:
        lines.append(Text(zh="逐字节相同", en="the same bytes"))
    else:
        lines.append(_why(done))
    shown = [*(line.shown(language) for line in lines), *_shown(done.differences, language)]
    return [*shown, *(_counted(batch, language) for batch in done.inspection.batches)]


def _counted(batch: Batch, language: Language) -> str:
    """The verdicts of a batch as a line."""
    from hege.outputs.words import ASSET_KIND

    g = batch.group
    name = " ".join(word for word in (batch.name, ASSET_KIND[batch.kind].shown(language), str(batch.as_of)) if word)
    text = Text(
        zh=f"■ {name}：共{g.total}，合格{g.passed}，不合格{g.failed}，待核{g.undetermined}，豁免{g.exempt}",
        en=f"■ {name}: {g.total}, pass {g.passed}, fail {g.failed}, undetermined {g.undetermined}, exempt {g.exempt}",
    )
    return text.shown(language)


def _why(done: Replayed) -> Text:
    """Why the bytes differ."""
    n = len(done.differences)
    where = Text(zh=f"{n}处", en=f"{n} {'place' if n == 1 else 'places'}")
    if not n:
        where = Text(zh="各结论、各项结果均无不同，只是写法不同", en="no verdict and no finding, only the form")
    if done.changed:
        words = {"as-of": "日期", "known-at": "当时所知", "rules": "指标"}
        zh = "、".join(words[c] for c in done.changed)
        return Text(
            zh=f"改变了{zh}，结果不同：{where.zh}", en=f"differs because {', '.join(done.changed)} changed: {where.en}"
        )
    if done.by_other_program:
        then, now = done.stored.engine, done.engine
        zh = "指标文本相同，但本版读出的指标不同" if done.compiled_otherwise else "指标相同"
        en = "the same texts, but this version reads them otherwise" if done.compiled_otherwise else "the same rules"
        return Text(
            zh=f"因程序版本不同（记录时{then}，现在{now}）而不同；事实相同，{zh}。不同之处：{where.zh}",
            en=f"differs because the version of hege does ({then} then, {now} now); the same facts, {en}. It differs in {where.en}",
        )
    return Text(
        zh=f"不应有的不同：{where.zh}。请先运行hege ledger verify，再报告给维护者",
        en=f"differs though nothing should: {where.en}. Run hege ledger verify, then report it",
    )


def _shown(found: tuple[Difference, ...], language: Language) -> list[str]:
    """The differences that can be told in words, then how many cannot."""
    from hege.engine.ledger.replay import Extent

    told = [d for d in found if d.extent is not Extent.FORM]
    told = [d for d in told if d.indicator or d.extent is Extent.OUTCOME]  # what a verdict says, its findings say
    lines = [line for d in told[:MOST_SHOWN] for line in _difference(d, language)]
    rest = (
        (len(told) - MOST_SHOWN, Text(zh="另有{}处，见--format json", en="and {} more, see --format json")),
        (
            sum(d.extent is Extent.FORM for d in found),
            Text(zh="{}处结果和说明相同，所附计算、事实或条款不同", en="{} with the same outcome and text, but other arithmetic, facts or clause"),
        ),
    )  # fmt: skip
    return [*lines, *(f"  {text.shown(language).format(n)}" for n, text in rest if n > 0)]


def _difference(d: Difference, language: Language) -> list[str]:
    """A difference as a line, with both texts where they differ."""
    what = d.indicator or Text(zh="结论", en="verdict").shown(language)
    old, new = (said_word(w, bool(d.indicator), language) for w in (d.old, d.new))
    line = f"  {d.asset} {what}: {old} → {new}"
    if d.old == d.new:
        reason = Text(zh="说明不同", en="for another reason").shown(language)
        line = (
            f"  {d.asset} {what}: {new}，{reason}"
            if language is Language.ZH
            else f"  {d.asset} {what}: {new}, {reason}"
        )
    if d.old_text == d.new_text:
        return [line]
    return [line, *(f"    {mark} {text}" for mark, text in (("-", d.old_text), ("+", d.new_text)) if text)]


def said_word(word: str, of_finding: bool, language: Language) -> str:
    """A verdict or outcome in the reader's language; a word of another version stays as it is."""
    from hege.engine.result import Outcome, Verdict
    from hege.outputs.words import OUTCOME, VERDICT

    if language is not Language.ZH:
        return word or "-"
    try:
        return OUTCOME[Outcome(word)].zh if of_finding else VERDICT[Verdict(word)].zh
    except ValueError:
        return word or "无"
