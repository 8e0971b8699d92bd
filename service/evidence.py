"""`hege evidence`: from a fact to the page it was read from, and stored pages read again by today's extractors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Language, Text
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option
from hege.service.collecting import EVIDENCE, JOURNAL, case_argument, known_of, tasks_of
from hege.service.endings import DONE, say

if TYPE_CHECKING:
    from hege.collectors.capture import Capture
    from hege.collectors.journal import Journal, StoredFact
    from hege.collectors.replaying import Change
    from hege.engine.errors import InputError


@click.group(
    "evidence",
    cls=Group,
    about=Text(zh="事实的依据：当时采集到的页面。", en="What facts rest on: the pages as they were captured."),
)
@language_option()
def evidence_group() -> None:
    """The commands about evidence."""


@evidence_group.command(
    "show",
    cls=Command,
    about=Text(
        zh="显示一条事实的依据：哪次请求、页面何处、原文。",
        en="Show what a fact rests on: the request, the place on the page, the words.",
    ),
)
@case_argument
@argument(
    "fact",
    about=Text(
        zh="事实编号（explain中#之后的字符），可只写前几位。",
        en="The fact's id (after # in explain), or how it begins.",
    ),
)
@language_option()
@click.pass_context
def show_command(context: click.Context, case: str, fact: str) -> int:
    """Shows the chain."""
    from hege.collectors.evidence.warc import captures
    from hege.collectors.export import id_of
    from hege.engine.vocabulary import load_vocabulary

    language, kinds = chosen_language(context), load_vocabulary().kinds
    folder = Path(case)
    with opened(folder) as journal:
        found = [(id, f) for f in journal.facts() if (id := id_of(kinds[f.kind], f)).startswith(fact.removeprefix("#"))]
        if not found:
            raise _no_such_fact(case, fact)
        for id, one in found:
            place = journal.capture(one.record)
            capture = None
            if place is not None:
                file = folder / EVIDENCE / place.file
                capture = next((c for record, c in captures(file) if record == place.record), None)
            text = "\n".join(
                _shown(id, one, capture, place.file if place else "", place.offset if place else 0, language)
            )
            say(text + "\n")
    return DONE


def _shown(
    id: str, fact: StoredFact, capture: Capture | None, file: str, offset: int, language: Language
) -> Iterator[str]:
    from hege.engine.dates import SHANGHAI

    def line(zh: str, en: str, value: object) -> str:
        return f"  {Text(zh=zh, en=en).shown(language)}: {value}"

    yield f"#{id} {fact.kind} {fact.asset} {fact.part}".rstrip()
    yield line("内容", "says", " ".join(_words(fact.state, fact.reason, fact.fields)))
    if capture is not None:
        yield line(
            "时间",
            "seen at",
            f"{capture.fetched_at.astimezone(SHANGHAI).isoformat(timespec='seconds')}，{capture.seconds:.2f}s，{capture.outcome.value} {capture.reason}".rstrip(),
        )
        for exchange in capture.exchanges:
            peer = exchange.peer
            tls = f" {peer.tls_version} {peer.tls_fault}".rstrip() if peer else ""
            yield line("应答", "answer", f"{exchange.status} {exchange.url} ← {peer.address if peer else ''}{tls}")
        if capture.earlier:
            earlier = capture.earlier
            yield line(
                "页面",
                "page",
                Text(zh="服务器称未变，为此前留存的", en="as kept before; its server said it has not changed").shown(
                    language
                )
                + f" {EVIDENCE}/{earlier.file} @{earlier.offset} {earlier.given_at}",
            )
    if file:
        yield line("来源", "from", fact.url)
        yield line("留存", "kept", f"{EVIDENCE}/{file} @{offset} {fact.record}")
    else:
        yield line("留存", "kept", Text(zh="没有留存的页面", en="no page was kept").shown(language))
    if fact.locator:
        yield line("位置", "place", fact.locator)
    if fact.quote:
        yield line("原文", "words", f"“{fact.quote}”")
    for candidate in fact.candidates:
        why = candidate.get("why_not") or Text(zh="计入", en="counts").shown(language)
        yield line("候选日期", "candidate", f"{candidate['day']} {candidate['where']}（{why}）“{candidate['quote']}”")


def _words(state: str, reason: str, fields: Mapping[str, object]) -> Iterator[str]:
    if state != "known":
        yield f"{state}（{reason}）" if reason else state
    for name, value in fields.items():
        yield f"{name}={value.isoformat() if isinstance(value, date) else value}"


@evidence_group.command(
    "re-extract",
    cls=Command,
    about=Text(
        zh="用当前的提取程序重读留存的页面，列出会变化的事实。",
        en="Read the stored pages with today's extractors and list the facts that come out otherwise.",
    ),
)
@case_argument
@language_option()
@click.pass_context
def re_extract_command(context: click.Context, case: str) -> int:
    """Reads again."""
    from hege.collectors.replaying import re_extract

    language, folder = chosen_language(context), Path(case)
    tasks = tasks_of(known_of(folder).facts, folder)
    with opened(folder) as journal:
        compared, changes = re_extract(journal, folder / EVIDENCE, tasks)
    for change in changes:
        say(_changed(change, language) + "\n")
    said = Text(
        zh=f"比对{compared}条事实，{len(changes)}条有变化", en=f"{compared} facts compared, {len(changes)} changed"
    )
    say(said.shown(language) + "\n")
    return DONE


def _changed(change: Change, language: Language) -> str:
    nothing = Text(zh="无此事实", en="no such fact").shown(language)
    old, new = change.before, change.now.observation if change.now else None
    before = " ".join(_words(old.state, old.reason, old.fields)) if old else nothing
    now = " ".join(_words(new.state, new.reason, new.fields)) if new else nothing
    return f"{change.asset} {change.kind} {change.part}\n  - {before}\n  + {now}"


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """The journal of a case that was collected."""
    from hege.collectors.journal import Journal
    from hege.engine.errors import InputError, Place, Problem

    file = folder / JOURNAL
    if not file.is_file():
        message = Text(zh="这个案例还没有采集过", en="this case has not been collected yet")
        hint = Text(zh=f"先运行hege collect {folder}", en=f"run hege collect {folder} first")
        raise InputError([Problem(code="not-collected", place=Place(file=str(file)), message=message, hint=hint)])
    journal = Journal(file)
    try:
        yield journal
    finally:
        journal.close()


def _no_such_fact(case: str, fact: str) -> InputError:
    from hege.engine.errors import InputError, Place, Problem

    message = Text(zh=f"没有采集到编号为“{fact}”的事实", en=f"no collected fact has the id “{fact}”")
    hint = Text(zh="编号见hege explain，或evidence.csv的fact列；人工填报的事实没有页面依据",
                en="ids are in hege explain and in the column fact of evidence.csv; what people entered rests on no page")  # fmt: skip
    return InputError([Problem(code="unknown-fact", place=Place(file=case), message=message, hint=hint)])
