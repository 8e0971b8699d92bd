"""How a message reaches people: a webhook, at an address that was checked as sites are, and mail.

A webhook goes to public addresses, or to networks that the schedule names; redirects are not followed.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

import structlog

from hege.engine.canonical import moment
from hege.engine.errors import HegeError
from hege.engine.text import Text
from hege.service.schedule.plan import Alerting, Mail, Tls

SECONDS = 15.0


class NotSent(HegeError):
    """A message that did not get through; by which way and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What is new, and what is over."""

    new: tuple[Text, ...]
    over: tuple[str, ...]
    at: datetime

    def lines(self) -> list[str]:
        """The message as a person reads it: Chinese, then English; what is over as it was told."""
        return [*(t.zh for t in self.new), *(f"不再适用：{t}" for t in self.over), "", *(t.en for t in self.new)]

    @property
    def subject(self) -> str:
        """Its first line."""
        parts = [f"{len(self.new)}项告警"] if self.new else []
        return "hege：" + "，".join([*parts, *([f"{len(self.over)}项不再适用"] if self.over else [])])


Send = Callable[[Message], None]
log = structlog.get_logger("hege.schedule")


def ways(alerting: Alerting, environment: Mapping[str, str] = os.environ) -> dict[str, Send]:
    """The ways a schedule names, each of which raises NotSent when it fails; and the log, always."""
    found: dict[str, Send] = {"log": _to_log}
    if alerting.webhook:
        found["webhook"] = lambda message: _by_webhook(alerting, message)
    if alerting.mail is not None:
        mail = alerting.mail
        found["mail"] = lambda message: _by_mail(mail, message, environment)
    return found


def _to_log(message: Message) -> None:
    for text in message.new:
        log.warning("alert", text=text.zh)
    for over in message.over:
        log.info("alert over", text=over)


# ---- webhook -------------------------------------------------------------------------------------------------------


def _by_webhook(alerting: Alerting, message: Message) -> None:
    import asyncio

    import httpx

    try:
        status = asyncio.run(_posted(alerting, message))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotSent(f"webhook: {type(error).__name__} {error}") from error
    if not 200 <= status < 300:
        raise NotSent(f"webhook: answered {status}")


async def _posted(alerting: Alerting, message: Message) -> int:
    import httpx

    from hege.collectors.fetching import tls
    from hege.collectors.fetching.addresses import Family
    from hege.collectors.fetching.transport import CheckedNetwork, Trace, Transport, current

    current.set(Trace())
    transport = Transport(tls.context(tls.Profile.STRICT), CheckedNetwork(Family.ANY, alerting.allow), kept=0)
    body = {
        "at": moment(message.at), "subject": message.subject, "text": "\n".join(message.lines()),
        "new": [{"zh": t.zh, "en": t.en} for t in message.new], "over": list(message.over),
    }  # fmt: skip
    async with (
        httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
        client.stream("POST", alerting.webhook, json=body) as answer,  # of the answer only the status is of interest
    ):
        return answer.status_code


# ---- mail ----------------------------------------------------------------------------------------------------------


def _by_mail(mail: Mail, message: Message, environment: Mapping[str, str]) -> None:
    try:
        with _connected(mail) as server:
            if mail.tls is Tls.STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if mail.user:
                server.login(mail.user, environment.get(mail.password_from, ""))
            server.send_message(_letter(mail, message))
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"mail: {type(error).__name__} {error}") from error


def _connected(mail: Mail) -> smtplib.SMTP:
    if mail.tls is Tls.TLS:
        return smtplib.SMTP_SSL(mail.server, mail.port, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(mail.server, mail.port, timeout=SECONDS)


def _letter(mail: Mail, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = message.subject, mail.sender, ", ".join(mail.to)
    letter.set_content("\n".join(message.lines()))
    return letter
