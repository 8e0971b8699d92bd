"""The commands that run the service: `hege serve` and `hege config check`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service.bilingual import Command, Group, chosen_language, language_option, option
from hege.service.endings import DONE, say

if TYPE_CHECKING:
    from types import FrameType

    from hege.engine.ledger.store import Ledger
    from hege.service.web.config import Settings

config_option = option(
    "--config",
    envvar="HEGE_CONFIG",
    metavar="FILE",
    about=Text(
        zh="配置文件（TOML）；不写时按HEGE_CONFIG，再按当前文件夹的hege.toml（可以没有）。",
        en="Settings (TOML); else HEGE_CONFIG, else hege.toml of this folder, which need not be there.",
    ),
)


@click.command(
    "serve",
    cls=Command,
    about=Text(
        zh="运行服务：网页和HTTP接口。台账不存在则建立；首次运行打印管理员密钥，只此一次。",
        en="Run the service: pages and HTTP API. Makes the ledger if there is none; prints the administrator's key on the "
        "first run, and never again.",
    ),
)
@config_option
@language_option()
@click.pass_context
def serve_command(context: click.Context, config: str | None) -> int:
    """Opens, says where, serves until it is stopped."""
    import uvicorn

    from hege.service.ledgers import now
    from hege.service.schedule.plan import read_schedule
    from hege.service.scheduling import scheduler_of
    from hege.service.web import accounts
    from hege.service.web import config as settings_of
    from hege.service.web.app import build
    from hege.service.web.log import configure_service_log

    language = chosen_language(context)
    settings = settings_of.read(config).settings
    schedule = read_schedule(settings.schedule) if settings.schedule else None
    ledger = _ledger(settings)
    configure_service_log()
    scheduler = scheduler_of(ledger, settings, schedule, settings.schedule) if schedule else None
    app = build(ledger, settings, now, scheduler=scheduler)
    key = accounts.first_key(ledger, now())
    where = settings.public_url or f"http://{settings.host}:{settings.port}"
    if key:
        say(
            Text(
                zh=f"管理员密钥（只显示这一次，请妥善保管）：\n    {key}\n在{where}/login粘贴它登录\n",
                en=f"the administrator's key (shown this once; keep it safe):\n    {key}\npaste it at {where}/login\n",
            ).shown(language)
        )
    say(Text(zh=f"{where}，按Ctrl+C停止\n", en=f"{where}; Ctrl+C stops it\n").shown(language))
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
            proxy_headers=bool(settings.public_url), timeout_graceful_shutdown=settings.stop_seconds,
        )
    )  # fmt: skip
    stop = server.handle_exit

    def stopping(sig: int, frame: FrameType | None) -> None:
        """Streams that would go on for ever are told to end first."""
        app.state.service.stopping = True
        stop(sig, frame)

    server.handle_exit = stopping  # type: ignore[method-assign]
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises again what it was stopped by, after it has stopped
        server.run()
    ledger.close()
    return DONE


def _ledger(settings: Settings) -> Ledger:
    """The ledger that is served; made with its key where there is nothing yet."""
    from hege.engine.ledger import making, signing
    from hege.engine.ledger.database import connect, file_of, reading, shown, url_of
    from hege.engine.ledger.store import Ledger
    from hege.service.ledgering import key_beside
    from hege.service.ledgers import now, who

    url = url_of(settings.ledger)
    file = file_of(url)
    if file is not None:
        empty = not file.exists() or not file.stat().st_size
    else:
        engine = connect(url)
        with reading(engine, shown(url)) as connection:
            empty = making.version_of(connection) is None
        engine.dispose()
    if not empty:
        return Ledger.open(settings.ledger)
    from pathlib import Path

    key = Path(settings.key) if settings.key else key_beside(settings.ledger)
    signer = signing.new_key(key, f"hege/{file.stem if file else url.database or 'ledger'}")
    try:
        return making.make(settings.ledger, signer, entered_by=who(None), at=now())
    except BaseException:
        key.unlink()  # it has signed nothing
        raise


@click.group("config", cls=Group, about=Text(zh="服务的配置。", en="The settings of the service."))
@language_option()
def config_group() -> None:
    """The commands about settings."""


@config_group.command(
    "check",
    cls=Command,
    about=Text(
        zh="检查配置：列出每项的值和出处；有误则指出文件和行，退出码为2。",
        en="Check the settings: each with its value and where it came from; faults with file and line, exit code 2.",
    ),
)
@config_option
@language_option()
@click.pass_context
def check_command(context: click.Context, config: str | None) -> int:
    """Reads and lists."""
    import dataclasses

    from hege.engine.ledger.database import shown, url_of
    from hege.service.web import config as settings_of

    language = chosen_language(context)
    found = settings_of.read(config)
    rows = []
    for setting in dataclasses.fields(found.settings):
        value = getattr(found.settings, setting.name)
        if setting.name == "ledger":
            value = shown(url_of(value)) if "://" in value else value  # a password is not for the screen
        written = str(value).lower() if isinstance(value, bool) else str(value)
        origin = found.origins.get(setting.name) or Text(zh="默认", en="default").shown(language)
        rows.append((setting.name, written or '""', origin, settings_of.ABOUT[setting.name].shown(language)))
    widths = [max(len(row[n]) for row in rows) for n in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        say("  ".join([*cells, row[3]]) + "\n")
    return DONE
