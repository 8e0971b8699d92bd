"""Asking for the pages of one visit: each address once, every capture kept as evidence, bodies packed away in between.

A visit may see hundreds of pages while twenty others do, so only what was read stays in memory; a page is taken out again
when somebody looks at it.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hege.collectors.capture import Capture, Outcome
from hege.collectors.evidence.warc import Place
from hege.collectors.extracting.charset import decoded
from hege.collectors.extracting.page import Page, key_of, read_page
from hege.collectors.fetching.fetcher import Asking, Fetcher, skipped
from hege.collectors.recording import Kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What came of an address. `capture` is without bodies, `packed` is the body where it is text and whole."""

    capture: Capture
    record: str = ""
    packed: bytes = b""

    def page(self) -> Page | None:
        """The page, where there is one to read."""
        return read_page(replace(self.capture, body=zlib.decompress(self.packed))) if self.packed else None

    def text(self) -> str:
        """The body as text; empty where there is none."""
        if not self.packed:
            return ""
        return decoded(zlib.decompress(self.packed), self.capture.header("content-type"))[0]


@dataclass(slots=True)
class Browser:
    """The addresses of one visit, `most` of them at most."""

    fetcher: Fetcher
    keep: Callable[[Capture], Place]
    most: int
    captures: list[Kept] = field(default_factory=list)
    _asked: dict[tuple[str, str], asyncio.Future[Seen]] = field(default_factory=dict)

    async def look(self, url: str, purpose: str, referer: str = "") -> Seen:
        """What comes of an address; asked for the first time, remembered from then on."""
        key = key_of(url), referer
        if key not in self._asked:
            self._asked[key] = asyncio.get_running_loop().create_future()
            self._asked[key].set_result(await self._ask(url, purpose, referer))
        return await self._asked[key]

    async def _ask(self, url: str, purpose: str, referer: str) -> Seen:
        if len(self.captures) >= self.most:
            at = self.captures[0].capture.fetched_at
            return Seen(capture=skipped(url, at, f"每站最多请求{self.most}次"))
        capture = await self.fetcher.fetch(Asking(url=url, referer=referer))
        if capture.outcome is Outcome.SKIPPED:
            return Seen(capture=capture)
        place = self.keep(capture)
        whole = bool(capture.exchanges) and not capture.exchanges[-1].truncated
        readable = capture.is_readable and whole and _is_text(capture)
        light = without_bodies(capture)
        self.captures.append(Kept(capture=light, place=place, purpose=purpose))
        return Seen(capture=light, record=place.record, packed=zlib.compress(capture.body, 1) if readable else b"")


def without_bodies(capture: Capture) -> Capture:
    """A capture whose bodies are in the evidence and no longer here."""
    return replace(capture, body=b"", exchanges=tuple(replace(e, body=b"") for e in capture.exchanges))


def _is_text(capture: Capture) -> bool:
    kind = capture.header("content-type").lower()
    return not kind or any(word in kind for word in ("html", "text", "xml", "json"))
