"""The commands on a ledger as a whole: `hege ledger init|status|verify|checkpoint|backup|restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Language, Text
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option
from hege.service.endings import BAD_INPUT, DONE, say, tell
from hege.service.ledgers import by_option, ledger_option, named, now, opened, who

if TYPE_CHECKING:
    from hege.engine.ledger.notes import Verifier
    from hege.engine.ledger.verify import Fault, Verified

key_option = option(
    "--key",
    envvar="HEGE_KEY",
    metavar="FILE",
    about=Text(
        zh="签名私钥文件；不写时按HEGE_KEY，再按台账文件名加.key。",
        en="File of the private key; else HEGE_KEY, else the ledger's file name with .key.",
    ),
)


@click.group(
    "ledger",
    cls=Group,
    about=Text(
        zh="台账：建立、查看、核验、签署、备份、恢复。", en="The ledger: make, look at, verify, sign, back up, restore."
    ),
)
@language_option()
def ledger_group() -> None:
    """The commands about a ledger as a whole."""


@ledger_group.command(
    "init",
    cls=Command,
    about=Text(
        zh="建立台账和签名钥匙；对旧格式的台账则升级。\n\n钥匙不在台账里：请另存一处，丢失则不能再签署。",
        en="Make a ledger and its signing key; bring an older ledger up to date.\n\n"
        "The key is not in the ledger: keep it elsewhere; without it nothing can be signed.",
    ),
)
@ledger_option
@key_option
@option(
    "--name",
    metavar="NAME",
    about=Text(zh="台账的名称，写在检查点上；不含空格。", en="The ledger's name on its checkpoints; no blanks."),
)
@by_option
@language_option()
@click.pass_context
def init_command(context: click.Context, ledger: str | None, key: str | None, name: str | None, by: str | None) -> int:
    """Makes, or upgrades."""
    from hege.engine.ledger import making, signing
    from hege.engine.ledger.database import file_of, url_of

    language = chosen_language(context)
    url = url_of(named(ledger))
    file = file_of(url)
    if file is not None and file.is_file() and file.stat().st_size:
        before, after = making.bring_up_to_date(named(ledger))
        same = before == after
        text = Text(zh=f"台账格式由{before}升级到{after}", en=f"the ledger's format went from {before} to {after}")
        none = Text(
            zh=f"这里已有台账，格式{after}，无需升级",
            en=f"there is a ledger here already, format {after}; nothing to do",
        )
        say((none if same else text).shown(language) + "\n")
        return DONE
    stem = file.stem if file is not None else url.database or "ledger"
    key_file = Path(key) if key else key_beside(named(ledger))
    signer = signing.new_key(key_file, name or f"hege/{stem}")
    try:
        made = making.make(named(ledger), signer, entered_by=who(by), at=now())
    except BaseException:
        key_file.unlink()  # it has signed nothing
        raise
    told = Text(
        zh=f"台账  {made.where}\n公钥  {signer.verifier}\n私钥  {key_file}（请移到别处保管，并把公钥交给审计方）",
        en=f"ledger       {made.where}\npublic key   {signer.verifier}\n"
        f"private key  {key_file} (keep it elsewhere, and hand the public key to the auditors)",
    )
    say(told.shown(language) + "\n")
    return DONE


def key_beside(ledger: str) -> Path:
    """Where the key of a ledger lies unless it is said otherwise."""
    from hege.engine.ledger.database import file_of, url_of

    url = url_of(ledger)
    file = file_of(url)
    return Path(f"{file}.key") if file is not None else Path(f"{url.database or 'ledger'}.key")


@ledger_group.command("status", cls=Command, about=Text(zh="查看台账里有什么。", en="Show what is in a ledger."))
@ledger_option
@language_option()
@click.pass_context
def status_command(context: click.Context, ledger: str | None) -> int:
    """Counts, registers, newest batch and checkpoint."""
    import sqlalchemy as sa

    from hege.engine.ledger import schema
    from hege.engine.ledger.inspections import listed
    from hege.engine.ledger.reading import registers
    from hege.engine.ledger.verify import keys_of

    language = chosen_language(context)
    with opened(ledger) as book, book.reading() as connection:
        b, c = schema.batches, schema.checkpoints
        last = connection.execute(sa.select(b).order_by(b.c.number.desc()).limit(1)).mappings().one()
        counts = {
            t.name: connection.execute(sa.select(sa.func.count()).select_from(t)).scalar() for t in schema.RECORDS
        }
        signed = connection.execute(sa.select(sa.func.max(c.c.size))).scalar()
        recent = listed(connection, most=5)
        size = last["number"] + 1
        behind = size - (signed or 0)
        pairs = [
            (Text(zh="台账", en="ledger"), book.where),
            (Text(zh="格式", en="format"), schema.VERSION),
            (Text(zh="公钥", en="public key"), str(keys_of(connection)[-1][1])),
            (Text(zh="批次", en="batches"), str(size)),
            (Text(zh="末批", en="last"), f"{last['recorded_at']} {last['entered_by']} {last['action']}"),
            (Text(zh="树根", en="root"), last["root"].hex()),
            (
                Text(zh="已签署", en="signed"),
                Text(
                    zh=f"前{signed}批已签，其后{behind}批未签" if signed else "尚未签署",
                    en=f"up to {signed} batches, {behind} after that are not" if signed else "not yet",
                ).shown(language),
            ),
            (Text(zh="名册", en="registers"), "、".join(registers(connection)) or "-"),
            (Text(zh="近期检查", en="inspections"), "  ".join(f"{r.id} {r.register}" for r in recent) or "-"),
            (Text(zh="记录", en="records"), "  ".join(f"{name} {n}" for name, n in counts.items() if n)),
        ]
    width = 6 if language is Language.ZH else 13
    for label, value in pairs:
        word = label.shown(language)
        pad = width - len(word)
        fill = "\u3000" if language is Language.ZH else " "
        say(f"{word}{fill * pad}{value}\n")
    return DONE


@ledger_group.command(
    "verify",
    cls=Command,
    about=Text(
        zh="核验每个存储值、每一批、每个检查点，逐一指出何处不符。\n\n有不符时退出码为2。",
        en="Check every stored value, batch and checkpoint, and name what is wrong and where.\n\n"
        "Exit code 2 when anything is.",
    ),
)
@ledger_option
@option(
    "--public-key",
    multiple=True,
    metavar="KEY",
    about=Text(zh="从别处得到的公钥；可重复。", en="A public key known from elsewhere; may be repeated."),
)
@option(
    "--checkpoint",
    "held",
    multiple=True,
    metavar="FILE",
    about=Text(
        zh="自己保存的检查点；可重复。钥匙旁保存的那个会自动核对。",
        en="A checkpoint one has kept; may be repeated. The one kept beside the key is checked without asking.",
    ),
)
@key_option
@language_option()
@click.pass_context
def verify_command(
    context: click.Context, ledger: str | None, public_key: tuple[str, ...], held: tuple[str, ...], key: str | None
) -> int:
    """Verifies and tells."""
    from hege.engine.ledger.signing import last_of
    from hege.engine.ledger.verify import verify

    language = chosen_language(context)
    kept = last_of(Path(key) if key else key_beside(named(ledger)))
    files = [*(Path(f) for f in held), *([kept] if kept.is_file() else [])]
    with opened(ledger) as book:
        checked = verify(book, [public(k) for k in public_key], [read(f) for f in files])
        return told(checked, book.where, len(files), language)


def told(checked: Verified, where: str, held: int, language: Language) -> int:
    """Says what verification found; the exit code."""
    for fault in checked.faults:
        tell(fault_line(fault, language))
    if checked.faults:
        n = len(checked.faults)
        closing = Text(zh=f"{where}：{n}处不符", en=f"{where}: {n} {'fault' if n == 1 else 'faults'}")
        tell(closing.shown(language))
        return BAD_INPUT
    signed = checked.newest.size if checked.newest else 0
    closing = Text(
        zh=f"{where}：{checked.batches}批{checked.records}条记录相符；检查点{checked.checkpoints}个，前{signed}批已签；另核对所持检查点{held}个\n"
        f"树根 {checked.root.hex()}",
        en=f"{where}: {checked.batches} batches with {checked.records} records are as recorded; {checked.checkpoints} "
        f"checkpoints, signed up to {signed} batches; {held} held checkpoints agree\nroot {checked.root.hex()}",
    )
    say(closing.shown(language) + "\n")
    return DONE


def fault_line(fault: Fault, language: Language) -> str:
    """A fault as a line."""
    word = "不符" if language is Language.ZH else "fault"
    return f"{fault.where}: {word}[{fault.code}]: {fault.what.shown(language)}"


def public(text: str) -> Verifier:
    """The public key of a text."""
    from hege.engine.ledger.database import refusal
    from hege.engine.ledger.notes import MalformedNote, Verifier

    try:
        return Verifier.parse(text)
    except MalformedNote as error:
        raise refusal(text[:60], "bad-key", "不是hege的公钥", f"is no public key: {error}",
                      Text(zh="形如hege/city+b0e9868e+AWjK…，见hege ledger status", en="it looks like hege/city+b0e9868e+AWjK…, see hege ledger status")) from error  # fmt: skip


def read(file: Path) -> str:
    """The text of a file that an auditor gives."""
    from hege.engine.ledger.database import refusal

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refusal(str(file), "unreadable", f"读不了：{error}", f"cannot be read: {error}") from error


@ledger_group.command(
    "checkpoint",
    cls=Command,
    about=Text(
        zh="签署台账现状并打印检查点，交审计方保存。\n\n检查点一经交出，此前的任何改动都会被发现。",
        en="Sign the ledger as it stands and print the checkpoint, for auditors to keep.\n\n"
        "Once handed out, it reveals any change of what came before.",
    ),
)
@ledger_option
@key_option
@option(
    "--new-key",
    metavar="FILE",
    about=Text(
        zh="换一把钥匙：由现用钥匙认可，此后用它签署。",
        en="Change to a new key: endorsed by the one in use, it signs from now on.",
    ),
)
@option("--reason", default="", metavar="TEXT", about=Text(zh="换钥匙的理由。", en="Why the key is changed."))
@by_option
@language_option()
@click.pass_context
def checkpoint_command(
    context: click.Context, ledger: str | None, key: str | None, new_key: str | None, reason: str, by: str | None
) -> int:
    """Signs."""
    from hege.engine.ledger import signing

    key_file = Path(key) if key else key_beside(named(ledger))
    with opened(ledger) as book:
        signer = signing.read_key(key_file)
        if new_key:
            signing.checkpoint(book, signer, signing.last_of(key_file))
            new = signing.new_key(Path(new_key), signer.name)
            signing.rotate(book, signer, new, entered_by=who(by), at=now(), reason=reason)
            signer, key_file = new, Path(new_key)
        say(signing.checkpoint(book, signer, signing.last_of(key_file)), as_bytes=True)
    return DONE


@ledger_group.command(
    "backup",
    cls=Command,
    about=Text(
        zh="把台账备份成一个SQLite文件，核验后才算数；期间可照常写入。",
        en="Back a ledger up to one SQLite file, verified before it counts; writers may go on meanwhile.",
    ),
)
@argument("file", about=Text(zh="备份文件，不能已存在。", en="The file; it must not be there yet."))
@ledger_option
@language_option()
@click.pass_context
def backup_command(context: click.Context, file: str, ledger: str | None) -> int:
    """Copies and verifies."""
    from hege.engine.ledger.copying import backup

    with opened(ledger) as book:
        return told(backup(book, Path(file)), file, 0, chosen_language(context))


@ledger_group.command(
    "restore",
    cls=Command,
    about=Text(
        zh="从备份恢复成新台账（SQLite或PostgreSQL）；备份有不符或目的地已有数据则拒绝。",
        en="Make a new ledger (SQLite or PostgreSQL) out of a backup; refused when the backup does not verify or there "
        "is something already.",
    ),
)
@argument("file", about=Text(zh="备份文件。", en="The backup."))
@ledger_option
@language_option()
@click.pass_context
def restore_command(context: click.Context, file: str, ledger: str | None) -> int:
    """Verifies and copies."""
    from hege.engine.ledger.copying import restore

    return told(restore(Path(file), named(ledger)), named(ledger), 0, chosen_language(context))
