"""The schedule as one YAML: jobs with their cron expressions, and who is told when something is wrong.

Owns the reading only; every fault is told with file, line and column.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cronsim import CronSim, CronSimError

from hege.collectors.fetching.addresses import Network
from hege.engine.earlywarning import USUAL
from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Text
from hege.engine.yamlnodes import Node, Reading, read_yaml

SCHEMA = "schedule/1"


class Do(Enum):
    """What a job does."""

    COLLECT = "collect"
    PROBE = "probe"
    INSPECT = "inspect"
    NOTICE = "notice"
    BACKUP = "backup"
    CHECKPOINT = "checkpoint"
    EARLY_WARNING = "early-warning"

    @property
    def can_be_caught_up(self) -> bool:
        """Whether it is worth doing late; how a site answered at a past moment can never be seen again."""
        return self is not Do.PROBE


class On(Enum):
    """On which of the days that the expression names."""

    DAY = "day"
    WORKDAY = "workday"


class Tls(Enum):
    """How a mail server is spoken to."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One job. Of the settings below `on` those count that its kind takes (`KEYS`)."""

    name: str
    do: Do
    at: str
    on: On = On.DAY
    case: str = ""
    register: str = ""
    rules: tuple[str, ...] = ()
    folder: str = ""
    format: str = "docx"
    keep: int = 14
    per_day: int = 24
    control: tuple[str, ...] = ()
    allow: tuple[Network, ...] = ()
    share: Fraction = USUAL

    def plain(self) -> dict[str, object]:
        """As the ledger keeps it: what the job was told to do."""
        kept = {name: getattr(self, name) for name in (*_REQUIRED[self.do], *_OPTIONAL[self.do])}
        return {
            "name": self.name, "do": self.do.value, "at": self.at, "on": self.on.value,
            **{n: v if isinstance(v, int) else [str(x) for x in v] if isinstance(v, tuple) else str(v) for n, v in kept.items()},
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail server and whom to write to. The password is in an environment variable of that name."""

    server: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    tls: Tls = Tls.STARTTLS
    user: str = ""
    password_from: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alerting:
    """Who is told, and from when on a checkpoint is too old."""

    checkpoint_days: int = 2
    webhook: str = ""
    allow: tuple[Network, ...] = ()
    mail: Mail | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The whole plan."""

    tasks: tuple[Task, ...] = ()
    alerts: Alerting = Alerting()

    def task(self, name: str) -> Task | None:
        """The job of a name."""
        return next((t for t in self.tasks if t.name == name), None)


_REQUIRED: Mapping[Do, tuple[str, ...]] = {
    Do.COLLECT: ("case",), Do.PROBE: ("case",), Do.INSPECT: ("register", "rules"), Do.NOTICE: ("register", "folder"),
    Do.BACKUP: ("folder",), Do.CHECKPOINT: (), Do.EARLY_WARNING: ("register", "rules"),
}  # fmt: skip
_OPTIONAL: Mapping[Do, tuple[str, ...]] = {
    Do.COLLECT: ("register", "allow"), Do.PROBE: ("register", "allow", "per_day", "control"), Do.INSPECT: (),
    Do.NOTICE: ("format",), Do.BACKUP: ("keep",), Do.CHECKPOINT: ("folder",), Do.EARLY_WARNING: ("share",),
}  # fmt: skip
FORMATS = ("docx", "xlsx", "pdf", "html", "md")


def read_schedule(file: str) -> Schedule:
    """The schedule of a file; raises InputError with every fault."""
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = Text(zh=f"计划读不了：{error}", en=f"the schedule cannot be read: {error}")
        hint = Text(zh="检查配置项schedule写的路径", en="check the path given as the setting schedule")
        raise InputError([Problem(code="no-schedule", place=Place(file=file), message=message, hint=hint)]) from error
    return parsed(text, file)


def parsed(text: str, file: str) -> Schedule:
    """The schedule of a text."""
    reading = Reading()
    node = read_yaml(text, file)
    top = reading.mapping(node, Text(zh="计划", en="the schedule"), ["schema", "jobs"], ["alerts"]) or {}
    schema = reading.text(top.get("schema"), Text(zh="schema", en="schema"))
    if schema is not None and schema != SCHEMA:
        hint = Text(zh=f"写成schema: {SCHEMA}", en=f"write `schema: {SCHEMA}`")
        reading.problem("bad-schema", top["schema"].place, f"不认识“{schema}”", f"“{schema}” is not known", hint)
    tasks: dict[str, Task] = {}
    for item in reading.items(top.get("jobs"), Text(zh="jobs", en="jobs")):
        task = _task(reading, item)
        if task is not None and task.name in tasks:
            reading.problem("duplicate-job", item.place, f"任务名“{task.name}”重复", f"there are two jobs “{task.name}”",
                            Text(zh="另取一个名称", en="give it a name of its own"))  # fmt: skip
        elif task is not None:
            tasks[task.name] = task
    alerts = _alerts(reading, top["alerts"]) if "alerts" in top else Alerting()
    reading.done()
    return Schedule(tasks=tuple(tasks.values()), alerts=alerts)


def _task(reading: Reading, node: Node) -> Task | None:
    what = Text(zh="任务", en="a job")
    do = _do(reading, node)
    if do is None:
        return None
    found = reading.mapping(node, what, ["name", "do", "at", *_REQUIRED[do]], ["on", *_OPTIONAL[do]]) or {}
    given: dict[str, Any] = {"do": do}
    for name, child in found.items():
        value = _TAKERS[name](reading, child, Text(zh=name, en=name)) if name != "do" else do
        if value is not None:
            given[name] = value
    return Task(**given) if {"name", "at", *_REQUIRED[do]} <= set(given) else None


def _do(reading: Reading, node: Node) -> Do | None:
    """What kind of job it is decides which keys it takes, so it is read first."""
    child = getattr(node, "get", lambda _: None)("do")
    if child is None:
        reading.mapping(node, Text(zh="任务", en="a job"), ["name", "do", "at"], ["on"])
        return None
    return reading.word(child, Text(zh="do", en="do"), Do)


# ---- single values -------------------------------------------------------------------------------------------------


def _name(reading: Reading, node: Node, what: Text) -> str | None:
    text = reading.text(node, what)
    if text is not None and not re.fullmatch(r"[\w.-]{1,60}", text):
        reading.problem("bad-name", node.place, f"任务名“{text}”含有不能用的字符", f"“{text}” is no name of a job",
                        Text(zh="只用文字、数字和. _ -，至多60个", en="use letters, digits and . _ - alone, 60 at most"))  # fmt: skip
        return None
    return text


def _cron(reading: Reading, node: Node, what: Text) -> str | None:
    text = reading.text(node, what)
    if text is None:
        return None
    try:
        if len(text.split()) != 5:
            raise CronSimError("Wrong number of fields")
        next(CronSim(text, datetime(2024, 1, 1)))  # noqa: DTZ001  # a moment of Shanghai, which has no summer time
    except (CronSimError, StopIteration) as error:
        why = str(error) or "never"
        reading.problem("bad-cron", node.place, f"“{text}”不是cron表达式（{why}）", f"“{text}” is no cron expression ({why})",
                        Text(zh="写五段：分 时 日 月 星期，如\"0 2 * * MON-FRI\"", en="five fields: minute hour day month weekday, such as \"0 2 * * MON-FRI\""))  # fmt: skip
        return None
    return text


def _text(reading: Reading, node: Node, what: Text) -> str | None:
    return reading.text(node, what)


def _texts(reading: Reading, node: Node, what: Text) -> tuple[str, ...] | None:
    found = [reading.text(item, what) for item in reading.items(node, what)]
    if not found:
        reading.problem(
            "empty",
            node.place,
            f"{what.zh}是空的",
            f"{what.en} is empty",
            Text(zh="至少写一项", en="give one at least"),
        )
    return tuple(t for t in found if t is not None) or None


def _networks(reading: Reading, node: Node, what: Text) -> tuple[Network, ...] | None:
    networks: list[Network] = []
    for item in reading.items(node, what):
        text = reading.text(item, what) or ""
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            reading.problem("bad-network", item.place, f"“{text}”不是网段", f"“{text}” is no network",
                            Text(zh="写成10.1.0.0/16", en="write it as 10.1.0.0/16"))  # fmt: skip
    return tuple(networks)


def _number(least: int, most: int) -> Any:
    def take(reading: Reading, node: Node, what: Text) -> int | None:
        found = reading.whole(node, what)
        if found is not None and not least <= found <= most:
            reading.problem(
                "bad-value",
                node.place,
                f"{what.zh}应在{least}至{most}之间",
                f"{what.en} must be between {least} and {most}",
            )
            return None
        return found

    return take


def _share(reading: Reading, node: Node, what: Text) -> Fraction | None:
    text = reading.text(node, what) or ""
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if found is None or not 0 < int(found[1]) < int(found[2]):
        reading.problem("bad-share", node.place, f"“{text}”不是比例", f"“{text}” is no share of a window",
                        Text(zh="写成10/14：期限14天的，10天不更新即预警", en="write 10/14: warn after 10 days where the rule says 14"))  # fmt: skip
        return None
    return Fraction(int(found[1]), int(found[2]))


def _format(reading: Reading, node: Node, what: Text) -> str | None:
    text = reading.text(node, what)
    if text is not None and text not in FORMATS:
        reading.unknown_word(node.place, Text(zh="格式", en="form"), text, FORMATS)
        return None
    return text


_TAKERS: Mapping[str, Any] = {
    "name": _name, "at": _cron, "on": lambda r, n, w: r.word(n, w, On), "case": _text, "register": _text, "rules": _texts,
    "folder": _text, "format": _format, "keep": _number(1, 10_000), "per_day": _number(20, 1440), "control": _texts,
    "allow": _networks, "share": _share,
}  # fmt: skip


# ---- alerts --------------------------------------------------------------------------------------------------------


def _alerts(reading: Reading, node: Node) -> Alerting:
    what = Text(zh="alerts", en="alerts")
    found = reading.mapping(node, what, [], ["checkpoint_days", "webhook", "mail"]) or {}
    given: dict[str, Any] = {}
    if "checkpoint_days" in found:
        given["checkpoint_days"] = (
            _number(1, 3650)(reading, found["checkpoint_days"], Text(zh="checkpoint_days", en="checkpoint_days")) or 2
        )
    if "webhook" in found:
        hook = reading.mapping(found["webhook"], Text(zh="webhook", en="webhook"), ["url"], ["allow"]) or {}
        if "url" in hook:
            given["webhook"] = _url(reading, hook["url"]) or ""
        if "allow" in hook:
            given["allow"] = _networks(reading, hook["allow"], Text(zh="allow", en="allow")) or ()
    if "mail" in found:
        given["mail"] = _mail(reading, found["mail"])
    return Alerting(**given)


def _url(reading: Reading, node: Node) -> str | None:
    text = reading.text(node, Text(zh="url", en="url"))
    if text is None:
        return None
    try:
        split = urlsplit(text)
        good = split.scheme in ("https", "http") and bool(split.hostname) and (split.port or 1) > 0
    except ValueError:
        good = False
    if not good or split.username is not None:
        reading.problem("bad-url", node.place, f"“{text}”不是网址", f"“{text}” is no address to send to",
                        Text(zh="写成https://主机/路径，不带用户名", en="write https://host/path, without a user name"))  # fmt: skip
        return None
    return text


def _mail(reading: Reading, node: Node) -> Mail | None:
    optional = ["port", "tls", "user", "password_from"]
    found = reading.mapping(node, Text(zh="mail", en="mail"), ["server", "from", "to"], optional) or {}
    given: dict[str, Any] = {}
    for name, child in found.items():
        what = Text(zh=name, en=name)
        match name:
            case "to":
                given["to"] = tuple(a for item in reading.items(child, what) if (a := _address(reading, item)))
            case "from":
                given["sender"] = _address(reading, child)
            case "port":
                given["port"] = _number(1, 65535)(reading, child, what)
            case "tls":
                given["tls"] = reading.word(child, what, Tls)
            case _:
                given[name] = reading.text(child, what)
    if "to" in given and not given["to"]:
        reading.problem("no-receiver", found["to"].place, "没有收件人", "there is nobody to write to")
    return None if reading.refused else Mail(**{n: v for n, v in given.items() if v is not None})


def _address(reading: Reading, node: Node) -> str | None:
    text = reading.text(node, Text(zh="邮箱", en="mail address"))
    if text is not None and not re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+", text):
        reading.problem("bad-address", node.place, f"“{text}”不是邮箱地址", f"“{text}” is no mail address")
        return None
    return text
