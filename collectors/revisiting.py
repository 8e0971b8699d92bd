"""Asking again for what an earlier run has: the server is told what is known, and where it says that nothing has changed
the body is that of then, seen anew.

Only for plain visits. Somebody who comes from a search engine must see what the server shows now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from hege.collectors.capture import Capture, Outcome
from hege.collectors.evidence.warc import answer_at
from hege.collectors.fetching.fetcher import Asking, Fetcher
from hege.collectors.journal import Validator

_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class RevisitingFetcher:
    """A fetcher that asks conditionally; `validator` gives what the last whole answer of an address said of itself."""

    inner: Fetcher
    validator: Callable[[str], Validator | None]
    folder: Path

    async def fetch(self, asking: Asking) -> Capture:
        """The capture; of an unchanged page, with the body that is kept."""
        known = None if asking.referer else self.validator(asking.url)
        kept = answer_at(self.folder, known.file, known.offset, known.record) if known else None
        if known is None or kept is None:
            return await self.inner.fetch(asking)
        earlier, body = kept
        capture = await self.inner.fetch(replace(asking, etag=known.etag, modified=known.modified))
        if (
            capture.outcome not in (Outcome.OK, Outcome.SLOW)
            or capture.status != _NOT_MODIFIED
            or len(capture.exchanges) > 1
        ):
            return capture
        return replace(capture, body=body, earlier=earlier)
