"""How often somebody may ask: a bucket of tokens for each name, filled evenly over a minute. In memory, for one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_NAMES = 10_000


class Limiter:
    """Lets through so many a minute, and as many at once."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = a_minute, clock
        self._buckets: dict[str, tuple[float, float]] = {}  # name -> tokens, and when
        self._lock = threading.Lock()

    def wait(self, name: str) -> int:
        """Takes a token: 0, or for how many seconds there is none."""
        with self._lock:
            now = self._clock()
            tokens = self._tokens(name, now)
            if len(self._buckets) >= MOST_NAMES and name not in self._buckets:
                self._buckets = {n: b for n, b in self._buckets.items() if self._tokens(n, now) < self._most}
            self._buckets[name] = (tokens - 1 if tokens >= 1 else tokens, now)
            return 0 if tokens >= 1 else int((1 - tokens) * 60 / self._most) + 1

    def is_spent(self, name: str) -> bool:
        """Whether there is no token; takes none."""
        with self._lock:
            return self._tokens(name, self._clock()) < 1

    def _tokens(self, name: str, now: float) -> float:
        tokens, then = self._buckets.get(name, (float(self._most), now))
        return min(float(self._most), tokens + (now - then) * self._most / 60)
