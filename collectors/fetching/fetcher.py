"""From an address to a capture: redirects, deadline, limits, blocks. What became of it is always a capture, never an error.

The robots file and the pace are `robots` and `politeness`; one request is `client`.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote, quote_from_bytes, urljoin, urlsplit, urlunsplit

from hege import __version__
from hege.collectors.capture import Capture, Exchange, Outcome
from hege.collectors.fetching.blocking import block
from hege.collectors.fetching.client import Client, Failure, host_and_port
from hege.collectors.fetching.decoding import unpacked

AGENT = f"hege/{__version__} (government website inspection)"
_SAFE = "/%:@!$&'()*+,;=~-._"
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Seconds and bytes of one asking; an answer that took `slow` seconds or more is slow."""

    deadline: float = 30.0
    slow: float = 15.0
    redirects: int = 10
    wire: int = 4 * 1024 * 1024
    unpacked: int = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """What is asked for: the address, what an earlier answer said of itself, and where the visitor seems to come from."""

    url: str
    etag: str = ""
    modified: str = ""
    referer: str = ""


class Fetcher(Protocol):
    """Whatever turns an asking into a capture: the network, or stored evidence."""

    async def fetch(self, asking: Asking) -> Capture:
        """The capture; never raises for what a server or a network does."""
        ...


def now() -> datetime:
    """The clock of collectors."""
    return datetime.now(UTC)


@dataclass(kw_only=True, slots=True)
class NetworkFetcher:
    """Asks over the network."""

    client: Client
    limits: Limits = field(default_factory=Limits)
    agent: str = AGENT
    clock: Callable[[], datetime] = now

    async def fetch(self, asking: Asking) -> Capture:
        """Follows redirects until an answer, the deadline or a limit."""
        started, clock = time.monotonic(), self.clock()
        chain: list[Exchange] = []
        phases: dict[str, float] = {}
        try:
            async with asyncio.timeout(self.limits.deadline):
                outcome, reason = await self._chain(asking, chain, phases)
        except TimeoutError:
            outcome, reason = Outcome.TIMEOUT, f"{self.limits.deadline:g}秒内没有打开"
        except Failure as failure:
            outcome, reason = failure.outcome, failure.reason
            if failure.partial is not None:
                chain.append(failure.partial)
        seconds = time.monotonic() - started
        body = b""
        if chain:
            body, odd, whole = unpacked(chain[-1].body, chain[-1].header("content-encoding"), self.limits.unpacked)
            if not whole:
                chain[-1] = replace(chain[-1], truncated=True)
            if outcome is Outcome.OK:
                outcome, why = judged(chain[-1], body)
                reason = "；".join(r for r in (why, reason, odd) if r)
                if outcome is Outcome.OK and seconds >= self.limits.slow:
                    outcome = Outcome.SLOW
        return Capture(
            url=asking.url, fetched_at=clock, outcome=outcome, reason=reason, seconds=round(seconds, 3),
            exchanges=tuple(chain), body=body, phases=phases,
        )  # fmt: skip

    async def _chain(self, asking: Asking, chain: list[Exchange], phases: dict[str, float]) -> tuple[Outcome, str]:
        url = requestable(asking.url)
        cookies: dict[str, dict[str, str]] = {}
        for _ in range(self.limits.redirects + 1):
            headers = self._headers(url, asking, cookies)
            exchange = await self.client.exchange(url, headers, self.limits.wire, phases)
            chain.append(exchange)
            target = redirect_target(exchange)
            if not target:
                cut = f"正文超过{self.limits.wire}字节，已截断" if exchange.truncated else ""
                return Outcome.OK, cut
            if target.partition("#")[0] == url and not _new_cookies(exchange, cookies):
                return Outcome.HTTP_ERROR, "重定向到自身"
            _new_cookies(exchange, cookies)
            if urlsplit(target).scheme not in ("http", "https"):
                return Outcome.HTTP_ERROR, f"重定向到{target}"
            url = target.partition("#")[0]
        return Outcome.HTTP_ERROR, f"重定向超过{self.limits.redirects}次"

    def _headers(self, url: str, asking: Asking, cookies: Mapping[str, Mapping[str, str]]) -> list[tuple[bytes, bytes]]:
        host = host_and_port(url)
        pairs = {
            "Host": host, "User-Agent": self.agent, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9", "Accept-Encoding": "gzip, deflate", "If-None-Match": asking.etag,
            "If-Modified-Since": asking.modified, "Referer": asking.referer,
            "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.get(host, {}).items()),
        }  # fmt: skip
        return [(k.encode(), v.encode("utf-8")) for k, v in pairs.items() if v]


def judged(exchange: Exchange, body: bytes) -> tuple[Outcome, str]:
    """What an answer means: open, blocked, or an error of the server."""
    blocked = block(exchange, body)
    if blocked:
        return Outcome.BLOCKED, blocked
    if exchange.status == 304 or 200 <= exchange.status < 300:
        return Outcome.OK, ""
    return Outcome.HTTP_ERROR, f"HTTP {exchange.status}"


def requestable(url: str) -> str:
    """An address as it goes over the wire: host in IDNA, everything else escaped that is not ASCII; raises Failure."""
    try:
        pieces = urlsplit(url)
        host, port = pieces.hostname or "", pieces.port
        name = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise Failure(Outcome.SKIPPED, f"地址无效：{error}") from error
    if not name:
        raise Failure(Outcome.SKIPPED, "地址无效：没有主机名")
    netloc = name if port is None else f"{name}:{port}"
    path = quote(pieces.path, safe=_SAFE) or "/"
    return urlunsplit(
        (pieces.scheme, netloc, path, quote(pieces.query, safe=_SAFE + "?[]"), quote(pieces.fragment, safe=_SAFE))
    )


def redirect_target(exchange: Exchange) -> str:
    """Where an answer sends its visitor; empty where it does not.

    Bytes outside ASCII are escaped as they are, as browsers do: a server that names a path in GB18030 knows it only so.
    """
    if exchange.status not in _REDIRECTS:
        return ""
    raw = next((v for k, v in exchange.headers if k.lower() == b"location"), b"").strip()
    if not raw:
        return ""
    escaped = re.sub(rb"[^\x21-\x7e]+", lambda m: quote_from_bytes(m[0]).encode(), raw).decode("ascii")
    try:
        return requestable(urljoin(exchange.url, escaped))
    except (Failure, ValueError):
        return ""


def _new_cookies(exchange: Exchange, cookies: dict[str, dict[str, str]]) -> bool:
    """Takes over cookies set on the way, for the same host: sites that set one and send the visitor back exist."""
    host = host_and_port(exchange.url)
    known = cookies.setdefault(host, {})
    before = dict(known)
    for name, value in exchange.headers:
        if name.lower() == b"set-cookie":
            key, _, rest = value.decode("latin-1").partition("=")
            known[key.strip()] = rest.partition(";")[0].strip()
    return known != before


def skipped(url: str, at: datetime, reason: str) -> Capture:
    """The capture of something that was not asked for."""
    return Capture(url=url, fetched_at=at, outcome=Outcome.SKIPPED, reason=reason)
