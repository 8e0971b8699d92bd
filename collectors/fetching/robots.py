"""What a host's robots.txt allows us, and how slowly; asked once a host and run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from protego import Protego

from hege.collectors.capture import Capture
from hege.collectors.extracting.charset import decoded
from hege.collectors.fetching.client import host_and_port
from hege.collectors.fetching.fetcher import AGENT, Asking, Fetcher, now, skipped
from hege.collectors.fetching.politeness import Politeness


class Obedience(Enum):
    """Whether the robots file is obeyed, or left aside where an authority inspects its own sites."""

    OBEY = "obey"
    IGNORE = "ignore"


@dataclass(slots=True)
class PoliteFetcher:
    """A fetcher that asks in turn and heeds robots.txt."""

    inner: Fetcher
    politeness: Politeness
    obedience: Obedience = Obedience.OBEY
    agent: str = AGENT
    _rules: dict[str, asyncio.Future[tuple[Protego | None, str]]] = field(default_factory=dict)

    async def fetch(self, asking: Asking) -> Capture:
        """The capture, or a skipped one where robots.txt forbids it."""
        host = host_and_port(asking.url)
        reason = await self._forbidden(asking.url, host)
        if reason:
            return skipped(asking.url, now(), reason)
        return await self._asked(asking, host)

    async def _asked(self, asking: Asking, host: str) -> Capture:
        async with self.politeness.host(host) as turn:
            capture = await self.inner.fetch(asking)
            turn.answered(capture.status, capture.header("retry-after"))
        return capture

    async def _forbidden(self, url: str, host: str) -> str:
        if self.obedience is Obedience.IGNORE:
            return ""
        if host not in self._rules:
            self._rules[host] = asyncio.get_running_loop().create_future()
            try:
                self._rules[host].set_result(await self._read(url, host))
            except BaseException:
                self._rules.pop(host).cancel()
                raise
        rules, reason = await self._rules[host]
        if rules is None:
            return reason
        return "" if rules.can_fetch(url, self.agent) else "robots.txt不允许"

    async def _read(self, url: str, host: str) -> tuple[Protego | None, str]:
        """The rules of a host. A missing or unreachable file allows everything; a broken server forbids (RFC 9309)."""
        capture = await self._asked(Asking(url=f"{urlsplit(url).scheme}://{host}/robots.txt"), host)
        if 500 <= capture.status < 600 and capture.status != 521:
            return None, f"robots.txt返回{capture.status}"
        plain = capture.is_readable and "html" not in capture.header("content-type").lower()
        text = decoded(capture.body[: 512 * 1024])[0] if plain else ""
        rules = Protego.parse(text)
        delay = rules.crawl_delay(self.agent)
        if delay:
            self.politeness.slower(host, float(delay))
        return rules, ""
