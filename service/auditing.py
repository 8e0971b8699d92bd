"""The commands for auditors: `hege audit bundle|verify|diff`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Language, Text
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option
from hege.service.endings import BAD_INPUT, DONE, SOMETHING_FAILED, say, tell
from hege.service.ledgers import ledger_option, opened

if TYPE_CHECKING:
    from hege.engine.ledger.audit import Audited
    from hege.engine.ledger.bundle import Bundle
    from hege.engine.ledger.notes import Verifier

_public_key_option = option(
    "--public-key",
    multiple=True,
    metavar="KEY",
    about=Text(zh="从别处得到的公钥；可重复。", en="A public key known from elsewhere; may be repeated."),
)


@click.group(
    "audit",
    cls=Group,
    about=Text(
        zh="审计：导出证据包、离线核验、比较。", en="Audit: bundle an inspection, verify it offline, compare two."
    ),
)
@language_option()
def audit_group() -> None:
    """The commands for auditors."""


@audit_group.command(
    "bundle",
    cls=Command,
    about=Text(
        zh="把一次检查导出成一个证据包：事实、指标、日历、词表、证明、签名，离线可核验可重做。",
        en="Put an inspection into one file: facts, rules, calendar, vocabulary, proofs, signature; checked and run again offline.",
    ),
)
@argument(
    "inspection",
    about=Text(zh="检查编号或其开头；last为最近一次。", en="Its id or the beginning; `last` is the newest."),
)
@argument("file", about=Text(zh="证据包文件，如2024-1.hege。", en="The file, such as 2024-1.hege."))
@ledger_option
@language_option()
@click.pass_context
def bundle_command(context: click.Context, inspection: str, file: str, ledger: str | None) -> int:
    """Writes the bundle."""
    from hege.engine.ledger.bundle import bundle
    from hege.service.saving import write_file

    with opened(ledger) as book:
        data = bundle(book, inspection)
    write_file(Path(file), data)
    kib = (len(data) + 1023) // 1024
    say(Text(zh=f"证据包 {file}（{kib} KiB）", en=f"bundle {file} ({kib} KiB)").shown(chosen_language(context)) + "\n")
    return DONE


@audit_group.command(
    "verify",
    cls=Command,
    about=Text(
        zh="不用台账、不联网，核验证据包并把检查重做一遍；也可核验单条事实的证明（.tlog-proof）。\n\n"
        "内容不符的退出码为2；相符而重做结果不同的为1。",
        en="Check a bundle without ledger or network and run the inspection again; or check the proof of one fact.\n\n"
        "Exit code 2 when something in it is not as recorded; 1 when all is, but the result comes out otherwise.",
    ),
)
@argument("file", about=Text(zh="证据包，或.tlog-proof文件。", en="A bundle, or a .tlog-proof file."))
@_public_key_option
@option(
    "--checkpoint",
    "held",
    multiple=True,
    metavar="FILE",
    about=Text(zh="自己保存的检查点；可重复。", en="A checkpoint one has kept; may be repeated."),
)
@language_option()
@click.pass_context
def verify_command(context: click.Context, file: str, public_key: tuple[str, ...], held: tuple[str, ...]) -> int:
    """Checks, replays, tells."""
    from hege.engine.ledger.audit import audit
    from hege.engine.ledger.bundle import read_bundle
    from hege.engine.ledger.notes import is_proof
    from hege.service.ledgering import public, read

    language = chosen_language(context)
    data = _bytes(file)
    keys = [public(k) for k in public_key]
    if is_proof(data[:64].decode("utf-8", "replace")):
        return _proof(data, file, keys, language)
    done = audit(read_bundle(data, file), keys, [read(Path(f)) for f in held])
    return _told(done, file, bool(keys), language)


def _told(done: Audited, file: str, trusted: bool, language: Language) -> int:
    from hege.service.ledgering import fault_line
    from hege.service.replaying import replay_lines

    for fault in done.faults:
        tell(f"{file}: {fault_line(fault, language)}")
    if done.faults or done.replayed is None or done.checkpoint is None:
        n = len(done.faults)
        tell(
            Text(zh=f"{n}处不符，未重做", en=f"{n} {'fault' if n == 1 else 'faults'}; it was not run again").shown(
                language
            )
        )
        return BAD_INPUT
    origin, size = done.checkpoint.origin, done.checkpoint.size
    known = (
        Text(zh="与所给公钥一致", en="which was given")
        if trusted
        else Text(zh="请与从别处得到的公钥核对", en="compare it with the one you got elsewhere")
    )
    lines = [
        Text(zh=f"签名  {origin}前{size}批，公钥{done.key}（{known.zh}）", en=f"signature  {origin} at {size} batches, with {done.key} ({known.en})"),
        Text(zh=f"证明  {done.records}条记录均在已签署的树中", en=f"proofs     {done.records} records are in the signed tree"),
    ]  # fmt: skip
    say("\n".join([*(line.shown(language) for line in lines), *replay_lines(done.replayed, language)]) + "\n")
    return DONE if done.replayed.same else SOMETHING_FAILED


def _proof(data: bytes, file: str, keys: Sequence[Verifier], language: Language) -> int:
    from hege.engine.ledger.database import refusal
    from hege.engine.ledger.notes import MalformedNote
    from hege.engine.ledger.proofs import check_proof

    if not keys:
        raise refusal(
            file,
            "no-key",
            "核验证明要有公钥",
            "a proof is checked against a public key",
            Text(zh="用--public-key给出", en="give it with --public-key"),
        )
    try:
        fact = check_proof(data.decode(), keys)
    except (MalformedNote, UnicodeDecodeError) as error:
        raise refusal(file, "bad-proof", f"证明不成立：{error}", f"the proof does not hold: {error}") from error
    what = f"{fact['register']} {fact['asset']} {fact['kind']}{'[' + fact['part'] + ']' if fact['part'] else ''}"
    told = Text(
        zh=f"成立：{what} @ {fact['observed_at']} {fact['fields']}，{fact['recorded_at']}由{fact['entered_by']}记入{fact['origin']}",
        en=f"holds: {what} @ {fact['observed_at']} {fact['fields']}, recorded {fact['recorded_at']} by {fact['entered_by']} in {fact['origin']}",
    )
    say(told.shown(language) + "\n")
    return DONE


@audit_group.command(
    "diff",
    cls=Command,
    about=Text(
        zh="比较两个证据包：事实、指标、日期、程序有何不同，哪些资产、哪些指标因此不同。\n\n有不同时退出码为1。",
        en="Compare two bundles: what differs in facts, rules, days and program, and which assets and findings.\n\n"
        "Exit code 1 when something does.",
    ),
)
@argument("one", about=Text(zh="一个证据包。", en="A bundle."))
@argument("other", about=Text(zh="另一个证据包。", en="Another one."))
@language_option()
@click.pass_context
def diff_command(context: click.Context, one: str, other: str) -> int:
    """Lists what differs."""
    from hege.engine.ledger.bundle import read_bundle

    language = chosen_language(context)
    first, second = (read_bundle(_bytes(f), f) for f in (one, other))
    lines = list(_inputs(first, second, language)) + list(_outcomes(first, second, language))
    if not lines:
        say(Text(zh="两个证据包所述相同", en="the two bundles say the same").shown(language) + "\n")
        return DONE
    say("\n".join(lines) + "\n")
    return SOMETHING_FAILED


def _inputs(first: Bundle, second: Bundle, language: Language) -> Iterator[str]:
    """What went into two inspections and is not the same."""
    words = {"register": "名册", "rulebook": "指标", "known_at": "所知批次", "engine": "程序版本"}
    for name, zh in words.items():
        a, b = first.manifest[name], second.manifest[name]
        if a != b:
            yield f"{zh if language is Language.ZH else name}: {a} → {b}"
    heads = [[r["head"] for r in b.records["inspections"]] for b in (first, second)]
    if heads[0] != heads[1]:
        yield Text(zh="检查方案（日期、批次）不同", en="the plan (days, batches) differs").shown(language)
    known = [{bytes(r["fact"]): r for r in b.records["facts"]} for b in (first, second)]
    for mark, here, there in (("-", known[0], known[1]), ("+", known[1], known[0])):
        for digest, row in here.items():
            if digest not in there:
                part = f"[{row['part']}]" if row["part"] else ""
                yield f"{mark} {row['asset']} {row['kind']}{part} {row['observed_at'][:16]} {row['fields']} #{digest.hex()[:16]}"


def _outcomes(first: Bundle, second: Bundle, language: Language) -> Iterator[str]:
    """Verdicts and outcomes that are not the same."""
    from hege.engine.ledger.audit import recorded

    old, new = recorded(first), recorded(second)
    for key in dict.fromkeys([*old, *new]):
        was, now = (rows.get(key) for rows in (old, new))
        word = "verdict" if not key[2] else "outcome"
        a, b = (str(row[word]) if row else "-" for row in (was, now))
        if a != b:
            what = key[2] or Text(zh="结论", en="verdict").shown(language)
            yield f"{key[1]} {what}: {a} → {b}"


def _bytes(file: str) -> bytes:
    from hege.engine.ledger.database import refusal

    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise refusal(file, "unreadable", f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from error
