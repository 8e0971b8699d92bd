"""`hege collect`: a case folder's sites are visited, and what was seen becomes facts beside those that people entered.

What a visit is, is `collectors.sites`; here are the settings, the files, the progress a person watches.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hege.engine.text import Language, Text
from hege.service.arguments import Moment
from hege.service.bilingual import Command, argument, chosen_language, language_option, option, refused
from hege.service.endings import DONE, say, tell
from hege.service.ledgers import by_option, into_ledger_option, register_option

if TYPE_CHECKING:
    from hege.collectors.collecting import Counts, Task
    from hege.collectors.delivering import Delivery
    from hege.collectors.fetching.addresses import Network
    from hege.collectors.journal import Journal
    from hege.collectors.recording import FactSink
    from hege.engine.errors import InputError
    from hege.engine.facts import Facts
    from hege.service.delivering import Target

JOURNAL, EVIDENCE, WORDS = "collection.sqlite", "warc", "wording.yaml"
KINDS = (
    "home", "column", "footer", "channel", "message", "policy", "guide", "link", "wording", "tamper", "feed", "profile",
)  # fmt: skip


class NetworkType(click.ParamType["Network"]):
    """A network such as 127.0.0.0/8."""

    name = "network"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Network:
        """The network; anything else is refused."""
        import ipaddress

        try:
            return ipaddress.ip_network(value)
        except ValueError:
            said = Text(
                zh=f"“{value}”不是网段，应写成10.1.0.0/16", en=f"“{value}” is no network; write it as 10.1.0.0/16"
            )
            raise refused(said, param, ctx) from None


allow_option = option(
    "--allow",
    type=NetworkType(),
    multiple=True,
    metavar="NETWORK",
    about=Text(
        zh="准许访问的内网网段，如10.1.0.0/16；可重复。不写时只访问公网。",
        en="A private network that may be asked, such as 10.1.0.0/16; may be repeated. Else public addresses alone.",
    ),
)
case_argument = argument("case", about=Text(zh="案例文件夹。", en="A case folder."))


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a collection asks."""

    allowed: tuple[Network, ...]
    interval: float
    robots: str
    only: tuple[str, ...] = ()  # kinds of fact; all where it is empty
    whole: bool = False  # asks for pages whole that have not changed since the last run

    def stored(self) -> dict[str, object]:
        """As the journal keeps them."""
        return {
            "allowed": [str(n) for n in self.allowed], "interval": self.interval, "robots": self.robots, "only": sorted(self.only),
            "whole": self.whole,
        }  # fmt: skip


@click.command(
    "collect",
    cls=Command,
    about=Text(
        zh="采集一个案例中的网站和账号，把看到的记成事实。\n\n事实写入facts/*-collected.csv，依据写入evidence.csv和warc/；中断后再运行即接着采集。",
        en="Visit the sites and accounts of a case and record what is seen as facts.\n\n"
        "Facts go to facts/*-collected.csv, what they rest on to evidence.csv and warc/. An interrupted run is taken up by the next.",
    ),
)
@case_argument
@option(
    "--asset",
    multiple=True,
    metavar="ID",
    about=Text(zh="只采集这个资产；可重复。", en="Only this asset; may be repeated."),
)
@allow_option
@option(
    "--interval", type=click.FloatRange(min=0), default=1.0, metavar="SECONDS",
    about=Text(zh="对同一主机两次请求的间隔秒数，默认1。", en="Seconds between two requests to a host; 1 unless given."),
)  # fmt: skip
@option(
    "--robots", type=click.Choice(["obey", "ignore"]), default="obey",
    about=Text(
        zh="遵守robots.txt（默认），或不予理会（仅限检查自己监管的网站）。",
        en="Obey robots.txt (unless given), or leave it aside where an authority inspects its own sites.",
    ),
)  # fmt: skip
@option(
    "--only", type=click.Choice(KINDS), multiple=True, metavar="KIND",
    about=Text(
        zh=f"只采集这种事实，只访问为此所需的页面；可重复。可用：{'、'.join(KINDS)}。",
        en=f"Only facts of this kind, from the pages they need; may be repeated. One of {', '.join(KINDS)}.",
    ),
)  # fmt: skip
@option(
    "--registry", metavar="FILE",
    about=Text(
        zh="资产清单（列同assets.csv，CSV或XLSX）；CASE可以是尚不存在的文件夹，不需要case.yaml。",
        en="A list of assets (columns as in assets.csv; CSV or XLSX). CASE may then be a folder yet to be made, without case.yaml.",
    ),
)  # fmt: skip
@option(
    "--at", type=Moment(), metavar="TIME",
    about=Text(zh="到这个时间才开始，如夜间2026-11-25T01:00。", en="Wait until this time before asking, such as 2026-11-25T01:00 at night."),
)  # fmt: skip
@option(
    "--whole", is_flag=True,
    about=Text(
        zh="每页都取全文；不写时，服务器说与上次相同的页面不再传送。",
        en="Ask for every page whole; else a page that its server says is as last time is not sent again.",
    ),
)  # fmt: skip
@into_ledger_option
@register_option
@by_option
@option(
    "--new", "anew", is_flag=True,
    about=Text(zh="重新开始，不接着上次未完成的采集。", en="Begin anew instead of taking up an unfinished run."),
)  # fmt: skip
@language_option()
@click.pass_context
def collect_command(
    context: click.Context,
    case: str,
    asset: tuple[str, ...],
    allow: tuple[Network, ...],
    interval: float,
    robots: str,
    only: tuple[str, ...],
    registry: str | None,
    at: datetime | None,
    whole: bool,
    ledger: str | None,
    register: str | None,
    by: str | None,
    anew: bool,
) -> int:
    """Visits and records."""
    from hege.service.delivering import Target

    language = chosen_language(context)
    settings = Settings(allowed=allow, interval=interval, robots=robots, only=only, whole=whole)
    known = known_of(Path(case), registry)
    _wait_until(at, language)
    target = None if ledger is None else Target(ledger=ledger, register=register or known.register, by=by)
    collect(Path(case), known, asset, settings, anew=anew, target=target, language=language)
    return DONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known before anything is asked: the assets with the facts of people, and the name of their register."""

    facts: Facts
    register: str


def known_of(folder: Path, registry: str | None = None) -> Known:
    """What a case folder says, or a list of assets; the list is kept in the folder as its assets.csv."""
    from hege.collectors.assetlist import read_assets
    from hege.collectors.casefolder import read_case
    from hege.collectors.export import replace_file
    from hege.engine.errors import Place
    from hege.engine.facts import facts
    from hege.engine.vocabulary import load_vocabulary
    from hege.engine.yamlnodes import Reading

    vocabulary = load_vocabulary()
    listed = folder / "assets.csv"
    if registry is None and ((folder / "case.yaml").exists() or not listed.exists()):
        case = read_case(folder, vocabulary)
        return Known(facts=case.facts, register=case.jurisdiction or folder.absolute().name)
    reading = Reading()
    file = Path(registry) if registry else listed
    if not file.is_file():
        reading.problem("no-file", Place(file=str(file)), "没有这个文件", "there is no such file")
    assets = read_assets(reading, file) if file.is_file() else None
    reading.done()
    assert assets is not None
    if registry:
        replace_file(listed, assets.write_csv())
    return Known(facts=facts(assets, {}, vocabulary), register=folder.absolute().name)


def _wait_until(at: datetime | None, language: Language) -> None:
    """Waits; a time that is past is a mistake."""
    from hege.engine.errors import InputError, Place, Problem
    from hege.service.ledgers import now

    if at is None:
        return
    left = (at - now()).total_seconds()
    if left < 0:
        message = Text(zh=f"{at:%Y-%m-%d %H:%M}已经过去", en=f"{at:%Y-%m-%d %H:%M} is past")
        hint = Text(zh="写将来的时间，或不写--at立即开始", en="give a time to come, or begin at once without --at")
        raise InputError([Problem(code="past", place=Place(file="--at"), message=message, hint=hint)])
    tell(Text(zh=f"将于{at:%Y-%m-%d %H:%M}开始", en=f"begins at {at:%Y-%m-%d %H:%M}").shown(language))
    time.sleep(left)


def collect(
    folder: Path, known: Known, chosen: tuple[str, ...], settings: Settings, *, anew: bool, target: Target | None, language: Language
) -> None:  # fmt: skip
    """Collects a case folder and says what came of it; what was recorded is exported even when the run breaks off."""
    import asyncio
    import sqlite3

    from hege.collectors.export import export
    from hege.engine.errors import InputError
    from hege.engine.vocabulary import load_vocabulary
    from hege.service.delivering import delivery

    tasks = tasks_of(known.facts, folder, chosen, frozenset(settings.only))
    if not tasks:
        raise _nothing_to_collect(folder)
    with journal_of(folder) as journal, delivery(journal, folder, known.facts.assets, target) as delivered:
        try:
            if delivered:
                delivered.deliver()
            sink = delivered or journal
            asyncio.run(_collect(journal, sink, folder, tasks, settings, anew=anew, language=language))
            if delivered:
                delivered.deliver()
        except KeyboardInterrupt:
            done, total = journal.progress()
            stopped = Text(
                zh=f"已中断，完成{done}/{total}；再运行同一命令即接着采集",
                en=f"stopped at {done} of {total}; the same command goes on from there",
            )
            tell(stopped.shown(language))
            raise
        except (OSError, sqlite3.Error) as error:
            raise _cannot_record(folder, error) from error
        except BaseExceptionGroup as several:
            refusals = several.subgroup(InputError)  # of the ledger; the journal has it all
            if refusals is not None:
                raise _first_of(refusals) from several
            unwritable = several.subgroup((OSError, sqlite3.Error))
            if unwritable is None:
                raise
            raise _cannot_record(folder, _first_of(unwritable)) from several
        finally:
            counts = export(journal, folder, load_vocabulary())
        say(_summary(journal, counts, str(folder), delivered).shown(language) + "\n")


def _nothing_to_collect(folder: Path) -> InputError:
    from hege.engine.errors import InputError, Place, Problem

    message = Text(zh="没有可采集的网站或账号", en="there is no site or account to collect")
    hint = Text(
        zh="在assets.csv的url列写网址，在sources.csv写账号的来源",
        en="give sites a url in assets.csv, and accounts their sources in sources.csv",
    )
    return InputError([Problem(code="nothing-to-collect", place=Place(file=str(folder)), message=message, hint=hint)])


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


def _cannot_record(folder: Path, why: BaseException) -> InputError:
    from hege.engine.errors import InputError, Place, Problem

    message = Text(
        zh=f"采集结果写不进去：{why}；已记录的仍在",
        en=f"what was seen cannot be written: {why}; what was recorded is safe",
    )
    hint = Text(
        zh="腾出空间或检查权限后，再运行同一命令", en="make room or check the permissions, then run the same command"
    )
    return InputError([Problem(code="cannot-write", place=Place(file=str(folder)), message=message, hint=hint)])


def tasks_of(
    known: Facts, folder: Path, chosen: tuple[str, ...] = (), only: frozenset[str] = frozenset()
) -> dict[str, Task]:
    """A task for each asset that can be visited, by name."""
    from hege.collectors.accounts.sources import read_sources
    from hege.collectors.accounts.visit import ACCOUNT_KINDS, VisitAccount
    from hege.collectors.collecting import VisitSite
    from hege.collectors.extracting.wording import read_words, shipped_words
    from hege.collectors.profiles import read_profiles
    from hege.collectors.sites import SITE_KINDS, Depth, Site
    from hege.engine.vocabulary import load_vocabulary

    rows = {row["id"]: row for row in known.assets.to_dicts()}
    require_assets(folder, rows, chosen)
    vocabulary = load_vocabulary()
    kinds = {id: str(row["kind"]) for id, row in rows.items()}
    registered = {r["asset"]: r["name"] for r in known.tables["registration"].to_dicts() if r["name"]}
    names = {id: str(registered.get(id) or row["name"] or "") for id, row in rows.items()}
    profiles = read_profiles(folder, kinds, vocabulary)
    own_words = folder / WORDS
    words = (
        read_words(own_words.read_text(encoding="utf-8-sig"), str(own_words))
        if own_words.is_file()
        else shipped_words()
    )
    tasks: dict[str, Task] = {}
    depth = Depth(only=only)
    for id, row in rows.items() if depth.wants(*SITE_KINDS) else ():
        if row["kind"] == "site" and row["url"] and (not chosen or id in chosen):
            called = tuple(n for n in (row["name"], row["owner"]) if n)
            site = Site(id=id, url=address(row["url"]), names=called, columns=tuple(profiles.get(id, ())))
            visit = VisitSite(site=site, words=words, depth=depth)
            tasks[visit.name] = visit
    for id, sources in read_sources(folder, kinds, vocabulary).items():
        if (not chosen or id in chosen) and depth.wants(*ACCOUNT_KINDS):
            account = VisitAccount(id=id, registered=names[id], sources=tuple(sources), only=only)
            tasks[account.name] = account
    return tasks


def address(written: str) -> str:
    """An address as registers write it: www.example.gov.cn means http."""
    return written if "://" in written else f"http://{written}"


def require_assets(folder: Path, known: Iterable[str], chosen: tuple[str, ...]) -> None:
    """Refuses ids that the case does not have."""
    from hege.engine.errors import InputError, Place, Problem, nearest

    problems = []
    names = list(known)
    for wanted in chosen:
        if wanted not in names:
            near = nearest(wanted, names)
            hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
            message = Text(zh=f"没有资产“{wanted}”", en=f"there is no asset “{wanted}”")
            place = Place(file=str(folder / "assets.csv"))
            problems.append(Problem(code="unknown-asset", place=place, message=message, hint=hint))
    if problems:
        raise InputError(problems)


async def _collect(
    journal: Journal,
    sink: FactSink,
    folder: Path,
    tasks: Mapping[str, Task],
    settings: Settings,
    *,
    anew: bool,
    language: Language,
) -> None:
    from hege.collectors.collecting import SITES_AT_ONCE, Collection
    from hege.collectors.evidence.warc import WarcFile
    from hege.collectors.fetching.client import Client
    from hege.collectors.fetching.fetcher import Fetcher, NetworkFetcher, now
    from hege.collectors.fetching.politeness import Politeness
    from hege.collectors.fetching.robots import Obedience, PoliteFetcher
    from hege.collectors.revisiting import RevisitingFetcher

    same = journal.resume("sites") and {name for name, _, _ in journal.tasks()} == set(tasks)
    if anew or not same or journal.settings().get("only", []) != sorted(settings.only):
        journal.begin("sites", [(t.name, t.asset) for t in tasks.values()], now(), settings.stored())
    done, _ = journal.progress()
    left = [tasks[name] for name, _ in journal.open_tasks() if name in tasks]
    name = f"run-{journal.run:04}.warc.gz"
    warc = WarcFile.open(folder / EVIDENCE / name, now(), good_until=journal.size_of(name))
    with _watched(language) as show:
        async with Client(allowed=settings.allowed, connections=SITES_AT_ONCE * 3) as client:
            politeness = Politeness(settings.interval, at_once=SITES_AT_ONCE * 3)
            fetcher: Fetcher = PoliteFetcher(NetworkFetcher(client=client), politeness, Obedience(settings.robots))
            if not settings.whole:
                fetcher = RevisitingFetcher(fetcher, journal.validator, folder / EVIDENCE)
            collection = Collection(fetcher=fetcher, warc=warc, sink=sink, synced=journal.good_until, show=show)
            await collection.run(left, done)
    journal.good_until(name, warc.sync())
    journal.seal(name, warc.close())


@contextlib.contextmanager
def journal_of(folder: Path, lock_name: str = ".collecting") -> Iterator[Journal]:
    """The case's journal; one collection (or one week of probes) at a time."""
    import fcntl

    from hege.collectors.journal import Journal
    from hege.engine.errors import InputError, Place, Problem

    with (folder / lock_name).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = Text(zh="另一个采集正在进行", en="another collection of this case is running")
            raise InputError([Problem(code="busy", place=Place(file=str(folder)), message=message)]) from error
        journal = Journal(folder / JOURNAL)
        try:
            yield journal
        finally:
            journal.close()


@contextlib.contextmanager
def _watched(language: Language) -> Iterator[Any]:
    """A line on standard error while a person watches; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda counts: None
        return
    started = shown = time.monotonic()

    def show(counts: Counts) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown < 0.1 and counts.done < counts.total:
            return
        shown = now
        click.echo("\r\x1b[K" + progress_line(counts, now - started, language), err=True, nl=False)

    yield show
    click.echo(err=True)


def progress_line(counts: Counts, elapsed: float, language: Language) -> str:
    """How a collection stands, in one line: done, requests, blocked, failed, rate, time left."""
    rate = counts.requests / elapsed if elapsed > 0 else 0.0
    left = elapsed / counts.done * (counts.total - counts.done) if counts.done else 0.0
    minutes, seconds = divmod(round(left), 60)
    return Text(
        zh=f"采集 {counts.done}/{counts.total} · 请求{counts.requests} · 被拦截{counts.blocked} · 失败{counts.failed}"
        f" · 每秒{rate:.1f}次 · 约剩{minutes}分{seconds:02}秒",
        en=f"collecting {counts.done}/{counts.total} · {counts.requests} requests · {counts.blocked} blocked · {counts.failed} failed"
        f" · {rate:.1f}/s · {minutes}:{seconds:02} left",
    ).shown(language)


def _summary(journal: Journal, counts: Mapping[str, int], case: str, delivered: Delivery | None) -> Text:
    done, total = journal.progress()
    outcomes = journal.outcomes()
    kinds = [f"{kind} {count}" for kind, count in counts.items()]
    answers = [f"{outcome} {count}" for outcome, count in outcomes.items()]
    notes = [f"{asset}: {note}" for asset, note in journal.notes()]
    into = delivered.ledger.where if delivered else ""
    step = f"hege inspect {case}" + (f" --ledger {into}" if into else "")
    if not Path(case, "case.yaml").exists():
        name = delivered.register if delivered else "REGISTER"
        step = f"hege inspect {name} --ledger {into or 'LEDGER'} --rules PACK --as-of DATE"
    new = delivered.facts if delivered else 0
    return Text(
        zh="\n".join([
            f"采集完成{done}/{total}个网站、账号", f"  应答：{'、'.join(answers)}", f"  事实：{'、'.join(kinds)}",
            *(f"  出错：{n}" for n in notes),
            *([f"  台账：{into}，名册{delivered.register}，新记事实{new}条"] if delivered else []), f"  下一步：{step}",
        ]),
        en="\n".join([
            f"{done} of {total} sites and accounts collected", f"  answers: {', '.join(answers)}", f"  facts: {', '.join(kinds)}",
            *(f"  fault: {n}" for n in notes),
            *([f"  ledger: {into}, register {delivered.register}, {new} facts new"] if delivered else []), f"  next: {step}",
        ]),
    )  # fmt: skip
