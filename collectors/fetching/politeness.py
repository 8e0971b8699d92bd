"""How often a host is asked: one request at a time, a pause with jitter between two, longer when the host says so."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

LONGEST_PAUSE = 60.0


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    pause: float = 0.0
    backoff: float = 0.0
    ready_at: float = 0.0


class Politeness:
    """The turns of every host. `interval` is the usual pause in seconds, `at_once` how many hosts are asked in parallel."""

    def __init__(self, interval: float = 1.0, at_once: int = 50, overrides: Mapping[str, float] | None = None) -> None:
        self._interval, self._overrides = interval, dict(overrides or {})
        self._all = asyncio.Semaphore(at_once)
        self._hosts: dict[str, _Host] = {}

    def host(self, name: str) -> Turn:
        """A turn with a host, to be used as `async with`."""
        host = self._hosts.setdefault(name, _Host(pause=self._overrides.get(name, self._interval)))
        return Turn(host, self._all)

    def slower(self, name: str, pause: float) -> None:
        """Honours a Crawl-delay, up to a minute."""
        host = self._hosts.setdefault(name, _Host(pause=self._interval))
        host.pause = max(host.pause, min(pause, LONGEST_PAUSE))


class Turn:
    """One request's turn."""

    def __init__(self, host: _Host, everyone: asyncio.Semaphore) -> None:
        self._host, self._everyone = host, everyone

    async def __aenter__(self) -> Self:
        await self._host.turn.acquire()
        wait = self._host.ready_at - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)
        await self._everyone.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        host = self._host
        pause = host.pause * random.uniform(0.8, 1.4) + host.backoff
        host.ready_at = asyncio.get_running_loop().time() + pause
        self._everyone.release()
        host.turn.release()

    def answered(self, status: int, retry_after: str) -> None:
        """Backs off where the host asks for it, and returns to the usual pause when it does not."""
        if status in (429, 503):
            asked = float(retry_after) if retry_after.strip().isdigit() else 0.0
            self._host.backoff = min(LONGEST_PAUSE, max(asked, self._host.backoff * 2, self._host.pause * 2))
        elif status:
            self._host.backoff = 0.0
