"""What can be set of the service: one TOML file and HEGE_* in the environment, which goes first.

`SETTINGS` is the one list; docs/service.md explains each. Nothing is guessed from a misspelt name.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hege.engine.errors import InputError, Place, Problem, nearest
from hege.engine.text import Text

DEFAULT_FILE = "hege.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The service's settings, checked."""

    ledger: str = "hege.db"
    key: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    allow_plain_http: bool = False
    session_hours: int = 12
    lockout_failures: int = 5
    lockout_minutes: int = 15
    requests_per_minute: int = 1200
    logins_per_minute: int = 30
    max_body_mib: int = 64
    max_page_size: int = 1000
    inspection_workers: int = 1
    stop_seconds: int = 20
    schedule: str = ""

    @property
    def https(self) -> bool:
        """Whether people reach the service over HTTPS, so that cookies may insist on it."""
        return self.public_url.startswith("https://")


ABOUT: Mapping[str, Text] = {
    "ledger": Text(zh="台账：文件路径，或postgresql://…", en="The ledger: a file, or postgresql://..."),
    "key": Text(zh="签名私钥文件；空为台账文件名加.key", en="File of the signing key; empty: the ledger's file name with .key"),
    "host": Text(zh="监听的地址", en="Address to listen on"),
    "port": Text(zh="监听的端口", en="Port to listen on"),
    "public_url": Text(zh="用户访问的网址；以https://开头时会话只走HTTPS", en="URL people use; with https:// sessions are sent over HTTPS only"),
    "allow_plain_http": Text(zh="允许不加密地监听本机以外的地址", en="Allow listening beyond this machine without encryption"),
    "session_hours": Text(zh="登录后多少小时须重新登录", en="Hours until one has to log in again"),
    "lockout_failures": Text(zh="口令连续错多少次锁定账号", en="Wrong passwords in a row that lock an account"),
    "lockout_minutes": Text(zh="锁定多少分钟", en="Minutes an account stays locked"),
    "requests_per_minute": Text(zh="每个账号每分钟最多请求数", en="Requests a minute for each account"),
    "logins_per_minute": Text(zh="每个地址每分钟最多登录和错误密钥数", en="Logins and wrong keys a minute for each address"),
    "max_body_mib": Text(zh="一次请求正文最大多少MiB", en="Largest body of a request, in MiB"),
    "max_page_size": Text(zh="列表一次最多多少条", en="Most items of a list at once"),
    "inspection_workers": Text(zh="同时进行多少次检查", en="Inspections at a time"),
    "stop_seconds": Text(zh="停止时等进行中的请求多少秒", en="Seconds to wait for requests under way when stopping"),
    "schedule": Text(zh="定时任务的计划文件（YAML）；空为没有", en="File of the schedule (YAML); empty: none"),
}  # fmt: skip
LEAST = {"port": 0, "stop_seconds": 0}
MOST = {"port": 65535, "inspection_workers": 64, "max_body_mib": 1024, "max_page_size": 100_000}


@dataclass(frozen=True, kw_only=True, slots=True)
class Configured:
    """The settings, and where each came from: `hege.toml:3`, `HEGE_PORT`, or empty for the default."""

    settings: Settings
    origins: Mapping[str, str]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"HEGE_{name.upper()}"


def read(given: str | None, environment: Mapping[str, str] = os.environ) -> Configured:
    """The settings of a file (hege.toml of this folder if none is named) and the environment; raises InputError with all faults."""
    problems: list[Problem] = []
    file = Path(given or DEFAULT_FILE)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, value, place in _of_file(file, problems, must_be_there=given is not None):
        values[name], origins[name] = _checked(name, value, place, problems), str(place)
    for setting in dataclasses.fields(Settings):
        text = environment.get(variable(setting.name))
        if text:
            place = Place(file=variable(setting.name))
            values[setting.name] = _checked(setting.name, _of_text(setting.name, text), place, problems)
            origins[setting.name] = place.file
    if problems:
        raise InputError(problems)
    settings = Settings(**values)
    _together(settings, origins, file)
    return Configured(settings=settings, origins=origins)


def _of_file(file: Path, problems: list[Problem], *, must_be_there: bool) -> list[tuple[str, Any, Place]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError:
        if must_be_there:
            problems.append(_problem("no-file", Place(file=str(file)), "没有这个配置文件", "there is no such file"))
        return []
    except (OSError, UnicodeDecodeError) as error:
        problems.append(_problem("unreadable", Place(file=str(file)), f"读不了：{error}", f"cannot be read: {error}"))
        return []
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (0, 0)
        place = Place(file=str(file), line=line, column=column, text=_line(text, line))
        hint = Text(zh="每行写成：名称 = 值，文字加双引号", en="one line each: name = value, texts in double quotes")
        problems.append(_problem("toml", place, f"不是有效的TOML：{error}", f"not valid TOML: {error}", hint))
        return []
    found_settings = []
    for name, value in data.items():
        line = next(
            (n for n, row in enumerate(text.splitlines(), 1) if re.match(rf'\s*\[?\s*"?{re.escape(name)}\b', row)), 0
        )
        place = Place(file=str(file), line=line)
        if name not in ABOUT:
            near = nearest(name, ABOUT)
            nearby = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
            place = dataclasses.replace(place, text=_line(text, line))
            problems.append(
                _problem("unknown-setting", place, f"没有设置“{name}”", f"there is no setting “{name}”", nearby)
            )
            continue
        found_settings.append((name, value, place))
    return found_settings


def _line(text: str, number: int) -> str:
    return text.splitlines()[number - 1] if 0 < number <= len(text.splitlines()) else ""


def _of_text(name: str, text: str) -> Any:
    kind = type(getattr(Settings(), name))
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind is int and re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text)
    return text


def _checked(name: str, value: Any, place: Place, problems: list[Problem]) -> Any:
    kind = type(getattr(Settings(), name))
    words = {str: ("文字", "a text"), int: ("整数", "a whole number"), bool: ("true或false", "true or false")}[kind]
    if type(value) is not kind:
        problems.append(
            _problem(
                "bad-value",
                place,
                f"{name}应为{words[0]}，这里是{value!r}",
                f"{name} must be {words[1]}, not {value!r}",
            )
        )
    elif kind is int and not LEAST.get(name, 1) <= value <= MOST.get(name, 1_000_000):
        least, most = LEAST.get(name, 1), MOST.get(name, 1_000_000)
        problems.append(
            _problem("bad-value", place, f"{name}应在{least}至{most}之间，这里是{value}", f"{name} must be between {least} and {most}, not {value}")
        )  # fmt: skip
    elif name == "public_url" and value and not re.fullmatch(r"https?://[^/\s?#@]+", value):
        problems.append(
            _problem(
                "bad-value",
                place,
                "public_url应为https://加主机名，不带路径",
                "public_url must be https:// and a host, without a path",
            )
        )
    return value


def _together(settings: Settings, origins: Mapping[str, str], file: Path) -> None:
    """What does not go together."""
    local = settings.host in ("127.0.0.1", "::1", "localhost")
    if not local and not settings.https and not settings.allow_plain_http:
        place = Place(file=origins.get("host") or str(file))
        hint = Text(
            zh='在前面放一个HTTPS代理并写public_url = "https://…"；确要不加密的写allow_plain_http = true',
            en='put an HTTPS proxy in front and write public_url = "https://..."; or allow_plain_http = true if it must be',
        )
        raise InputError([
            _problem("plain-http", place, f"在{settings.host}上监听而没有HTTPS：口令和密钥会明文传输",
                     f"listening on {settings.host} without HTTPS: passwords and keys would travel in the open", hint)
        ])  # fmt: skip


def _problem(code: str, place: Place, zh: str, en: str, hint: Text | None = None) -> Problem:
    return Problem(code=code, place=place, message=Text(zh=zh, en=en), hint=hint)
