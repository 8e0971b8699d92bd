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
    from hege.engine.inspection import inspect
    from hege.engine.ledger.inspections import result_bytes
    from hege.engine.ledger.replay import replay
    from hege.engine.parts import inspected_in
    from hege.engine.rulebook.sources import sources_of

    with opened(ledger) as book, cluster(workers, scheduler) as many:
        size = None
        if known_at is not None:
            with book.reading() as connection:
                size = size_for(connection, book, known_at)
        other = sources_of(packs(rules)) if rules else None
        by = inspect if many is None else inspected_in(many.parts, many.run)
        done = replay(book, inspection, as_of=as_of, known_at=size, sources=other, by=by)
    if form == "bytes":
        say(result_bytes(done.inspection).decode(), as_bytes=True)
    elif form == "json":
        say(json.dumps(_document(done), ensure_ascii=False, indent=1) + "\n", as_bytes=True)
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
    for batch in done.inspection.batches:
        g = batch.group
        zh = f"■ {batch.name} {batch.kind.value} {batch.as_of}：共{g.total}，合格{g.passed}，不合格{g.failed}，待核{g.undetermined}，豁免{g.exempt}"
        en = f"■ {batch.name} {batch.kind.value} {batch.as_of}: {g.total}, pass {g.passed}, fail {g.failed}, undetermined {g.undetermined}, exempt {g.exempt}"
        shown.append(Text(zh=zh, en=en).shown(language).replace("  ", " "))
    return shown


def _why(done: Replayed) -> Text:
    """Why the bytes differ."""
    if done.changed:
        words = {"as-of": "日期", "known-at": "当时所知", "rules": "指标"}
        zh = "、".join(words[c] for c in done.changed)
        return Text(
            zh=f"改变了{zh}，结果不同：{len(done.differences)}处",
            en=f"differs because {', '.join(done.changed)} changed: {len(done.differences)} places",
        )
    if done.engine != done.stored.engine:
        return Text(
            zh=f"程序版本不同（记录时{done.stored.engine}，现在{done.engine}）；事实与指标的摘要相同，以下{len(done.differences)}处不同",
            en=f"another version of hege ({done.stored.engine} then, {done.engine} now); facts and rules have the same digests; {len(done.differences)} places differ",
        )
    return Text(
        zh=f"不应有的不同：{len(done.differences)}处。请先hege ledger verify，再报告给维护者",
        en=f"differs though nothing should: {len(done.differences)} places. Run hege ledger verify, then report it",
    )


def _shown(found: tuple[Difference, ...], language: Language) -> list[str]:
    lines = [f"  {_difference(d, language)}" for d in found if d.indicator or d.old != d.new][:MOST_SHOWN]
    more = len([d for d in found if d.indicator or d.old != d.new]) - len(lines)
    if more > 0:
        lines.append(Text(zh=f"  另有{more}处", en=f"  and {more} more").shown(language))
    return lines


def _difference(d: Difference, language: Language) -> str:
    what = d.indicator or Text(zh="结论", en="verdict").shown(language)
    if d.details:
        same = Text(
            zh="结果相同，所附说明、计算或事实不同", en="same outcome; wording, arithmetic or facts differ"
        ).shown(language)
        return (
            f"{d.asset} {what}: {d.new}（{same}）" if language is Language.ZH else f"{d.asset} {what}: {d.new} ({same})"
        )
    text = f"  {d.new_text or d.old_text}" if d.new_text or d.old_text else ""
    return f"{d.asset} {what}: {d.old or '-'} → {d.new or '-'}{text}"


def _document(done: Replayed) -> dict[str, object]:
    return {
        "inspection": done.stored.id,
        "register": done.stored.register,
        "same": done.same,
        "recorded": {"result": done.stored.result, "engine": done.stored.engine, "rulebook": done.stored.rulebook, "known_at": done.stored.known_at},
        "replayed": {"result": done.result, "engine": done.engine, "rulebook": done.inspection.rulebook_digest},
        "changed": list(done.changed),
        "differences": [
            {"batch": d.part, "asset": d.asset, "indicator": d.indicator, "old": d.old, "new": d.new, "old_text": d.old_text, "new_text": d.new_text}
            for d in done.differences
        ],
    }  # fmt: skip
