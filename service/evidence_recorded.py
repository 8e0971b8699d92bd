"""Evidence and the ledger: `hege evidence record|check|remove`. The ledger holds digests, the bytes stay in the case's warc folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service import evidence as pages
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.collecting import EVIDENCE, case_argument
from hege.service.endings import BAD_INPUT, DONE, say, tell
from hege.service.ledgers import by_option, digest_of, ledger_option, now, opened, register_option, who

if TYPE_CHECKING:
    from hege.collectors.evidence.bodies import Body
    from hege.collectors.journal import Journal


@click.command(
    "record",
    cls=Command,
    about=Text(
        zh="把案例留存页面的摘要记入台账：此后改动或丢失都能查出。\n\n页面本身不进台账，仍在案例的warc文件夹里。",
        en="Record the digests of a case's stored pages in the ledger: from then on it shows when one is changed or lost.\n\n"
        "The pages themselves stay in the case's warc folder.",
    ),
)
@case_argument
@ledger_option
@register_option
@by_option
@language_option()
@click.pass_context
def record_command(context: click.Context, case: str, ledger: str | None, register: str | None, by: str | None) -> int:
    """Records what is kept of each capture."""
    from hege.engine.ledger.evidence import Capture, keep

    folder = Path(case)
    name = register or _jurisdiction(folder)
    with pages.opened(folder) as journal:
        assets = journal.records_of()
    captures = [
        Capture(register=name, asset=assets[b.capture], url=b.url, taken_at=b.taken_at, media_type=b.media_type,
                body=b.digest, length=b.length, place=_place(file, b))
        for file, b in _kept(folder)
        if b.capture in assets and b.kept == b.digest
    ]  # fmt: skip
    with opened(ledger) as book:
        receipt = keep(book, captures, entered_by=who(by), at=now())
    new = receipt.records if receipt else 0
    zh = f"{name}：新记留存内容{new}件，已有{len(captures) - new}件"
    en = f"{name}: {new} kept bodies recorded, {len(captures) - new} known"
    if receipt:
        zh, en = f"{zh}；第{receipt.batch}批", f"{en}; batch {receipt.batch}"
    say(Text(zh=zh, en=en).shown(chosen_language(context)) + "\n")
    return DONE


@click.command(
    "check",
    cls=Command,
    about=Text(
        zh="用台账里的摘要核对留存的页面，指出哪件被改动或不在了。\n\n有不符时退出码为2；依令删除的不算。",
        en="Hold the stored pages against the digests in the ledger and name what is changed or gone.\n\n"
        "Exit code 2 when anything is; what was removed on order is not missing.",
    ),
)
@argument(
    "case", nargs=-1, required=True, about=Text(zh="案例文件夹；可多个。", en="A case folder; may be several.")
)  # fmt: skip
@ledger_option
@register_option
@language_option()
@click.pass_context
def check_command(context: click.Context, case: tuple[str, ...], ledger: str | None, register: str | None) -> int:
    """Compares and tells."""
    from hege.engine.ledger.evidence import check

    language = chosen_language(context)
    folders = [Path(c) for c in case]
    name = register or _jurisdiction(folders[0])
    kept = {_place(file, b): b.kept for folder in folders for file, b in _kept(folder)}
    with opened(ledger) as book:
        found = check(book, name, kept)
    for one in found.missing:
        what = (
            Text(zh="与台账的摘要不符", en="is not what the ledger has the digest of")
            if one.changed
            else Text(zh="不在留存文件里，或已损坏", en="is not in the files, or damaged")
        )
        tell(f"captures {one.seq} {one.asset} {one.url} ({one.place}): {what.shown(language)}")
    n, gone, wrong = found.captures, found.removed, len(found.missing)
    told = Text(
        zh=f"{name}：台账记有留存内容{n}件，依令删除{gone}件，不符{wrong}件",
        en=f"{name}: {n} kept bodies in the ledger, {gone} removed on order, {wrong} not as recorded",
    )
    (tell if wrong else say)(told.shown(language) + ("" if wrong else "\n"))
    return BAD_INPUT if wrong else DONE


@click.command(
    "remove",
    cls=Command,
    about=Text(
        zh="依令删除留存的页面（如含个人信息）：先在台账记下谁下令、为何，再删掉内容和摘录。\n\n"
        "台账里的采集记录和所有证明照旧有效。",
        en="Remove a stored page on order, as when it holds personal data: who ordered it and why is recorded first, then the "
        "bytes and what was quoted of them are erased.\n\n"
        "The capture's record in the ledger stays, and every proof holds.",
    ),
)
@case_argument
@argument(
    "what",
    about=Text(
        zh="事实编号（见hege explain）、页面地址，或内容的SHA-256摘要。",
        en="The id of a fact (see hege explain), the address of the page, or the SHA-256 of its bytes.",
    ),
)
@option("--ordered-by", required=True, metavar="NAME", about=Text(zh="下令的单位或人。", en="Who ordered it."))
@option("--reason", required=True, metavar="TEXT", about=Text(zh="事由。", en="Why."))
@ledger_option
@by_option
@language_option()
@click.pass_context
def remove_command(
    context: click.Context, case: str, what: str, ordered_by: str, reason: str, ledger: str | None, by: str | None
) -> int:
    """Records the order, then erases."""
    from hege.collectors.evidence.bodies import take_out
    from hege.collectors.export import export
    from hege.engine.ledger.evidence import remove
    from hege.engine.vocabulary import load_vocabulary

    folder, language = Path(case), chosen_language(context)
    kept = list(_kept(folder))
    files = {_place(file, b): file for file, b in kept}
    elsewhere: list[str] = []

    def erase(digest: str, place: str) -> None:
        if place in files:
            take_out(files[place], digest)
        else:
            elsewhere.append(place)

    recorded = []
    with pages.opened(folder) as journal, opened(ledger) as book:
        digests = _meant(kept, journal, what, case)
        for digest in sorted(digests):
            receipt = remove(
                book, digest, ordered_by=ordered_by, reason=reason, entered_by=who(by), at=now(), erase=erase
            )
            recorded += [str(receipt.batch)] if receipt else []
        touched = [(file, b) for file, b in kept if b.digest in digests]
        for _, b in touched:
            journal.forget_words(b.record)
        for file in {file for file, _ in touched} & {folder / EVIDENCE / name for name in journal.seals()}:
            journal.seal(file.name, digest_of(str(file))[0])
        export(journal, folder, load_vocabulary())
    order = Text(zh=f"命令记入第{'、'.join(recorded)}批", en=f"the order is batch {', '.join(recorded)}")
    if not recorded:
        order = Text(zh="命令此前已记入台账", en="the order was recorded before")
    told = Text(
        zh=f"已删除留存内容{len(digests)}件及其摘录；{order.zh}",
        en=f"{len(digests)} kept bodies removed, with what was quoted of them; {order.en}",
    )
    say(told.shown(language) + "\n")
    for place in elsewhere:
        again = Text(
            zh=f"同样的内容还留存在别的案例里，请对那个案例再运行一次：{place}",
            en=f"the same bytes are kept with another case, run this on that one too: {place}",
        )
        tell(again.shown(language))
    return DONE


def _kept(folder: Path) -> Iterator[tuple[Path, Body]]:
    """What the evidence files of a case hold."""
    from hege.collectors.evidence.bodies import bodies

    for file in sorted((folder / EVIDENCE).glob("*.warc.gz")):
        for body in bodies(file):
            yield file, body


def _place(file: Path, body: Body) -> str:
    """Where a body is kept, from the case folder on."""
    return f"{EVIDENCE}/{file.name} {body.record}"


def _jurisdiction(folder: Path) -> str:
    """The register that a case's assets go to unless it is said otherwise."""
    from hege.collectors.casefolder import read_case
    from hege.engine.vocabulary import load_vocabulary

    return read_case(folder, load_vocabulary()).jurisdiction or folder.absolute().name


def _meant(kept: Sequence[tuple[Path, Body]], journal: Journal, what: str, case: str) -> set[str]:
    """The digests of the pages that are meant: by address or digest, or those a fact was read from."""
    from hege.collectors.export import id_of
    from hege.engine.ledger.database import refusal
    from hege.engine.vocabulary import load_vocabulary

    named = {b.digest for _, b in kept if b.is_page and what in (b.url, b.digest)}
    if named:
        return named
    kinds = load_vocabulary().kinds
    records: dict[str, set[str]] = {}
    for fact in journal.facts():
        id = id_of(kinds[fact.kind], fact)
        if id.startswith(what.removeprefix("#")):
            records.setdefault(id, set()).add(fact.record)
    if len(records) > 1:
        raise refusal(
            case, "which-fact", f"编号以“{what}”开头的事实不止一条", f"more than one fact has an id that begins with “{what}”",
            Text(zh="写全编号", en="write the whole id"),
        )  # fmt: skip
    found = {b.digest for _, b in kept if b.is_page and any(b.record in r for r in records.values())}
    if not found:
        raise refusal(
            case, "nothing-kept", f"没有留存“{what}”的页面", f"no page is kept of “{what}”",
            Text(zh="可写事实编号（见evidence.csv）、页面地址或内容摘要", en="give the id of a fact (see evidence.csv), an address or a digest"),
        )  # fmt: skip
    return found
