"""A capture: what was asked of a server once, and all that came back, before anybody reads meaning into it.

Fetching makes captures, evidence stores them, extracting reads them. The outcomes are the words of the vocabulary's
kind `probe`; `skipped` is ours: a robots file or the run's own limits kept us from asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from hege.engine.dates import SHANGHAI


class Outcome(Enum):
    """How asking ended. `blocked` is not down; `probe_fault` is ours, not the site's."""

    OK = "ok"
    SLOW = "slow"
    TIMEOUT = "timeout"
    DNS_ERROR = "dns_error"
    REFUSED = "refused"
    RESET = "reset"
    TLS_ERROR = "tls_error"
    HTTP_ERROR = "http_error"
    BLOCKED = "blocked"
    PROBE_FAULT = "probe_fault"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """Who answered: the address connected to, all that the resolver said, and the TLS session if there was one."""

    address: str
    resolved: tuple[str, ...] = ()
    tls_version: str = ""
    tls_cipher: str = ""
    certificate_sha256: str = ""
    legacy_tls: bool = False  # the strict profile was refused; "outdated TLS" is a fact of its own
    tls_fault: str = ""  # what the strict profile complained of


def header_of(headers: Iterable[tuple[bytes, bytes]], name: str) -> str:
    """The first header of a name, as Latin-1 text; empty where there is none."""
    wanted = name.lower().encode()
    return next((v.decode("latin-1") for k, v in headers if k.lower() == wanted), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request and its answer. `body` is what came over the wire, before any content decoding."""

    url: str
    status: int
    request_headers: tuple[tuple[bytes, bytes], ...] = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    http_version: str = "HTTP/1.1"
    peer: Peer | None = None
    truncated: bool = False

    def header(self, name: str) -> str:
        """The first header of that name, as Latin-1 text; empty where there is none."""
        return header_of(self.headers, name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """The answer of an earlier run that a 304 stands for: its record, where that lies, when it was given, its headers."""

    record: str
    file: str
    offset: int
    url: str
    given_at: str
    digest: str  # of its payload, as WARC writes it
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """Every exchange of one asking, in order of the redirects; the last one is the answer. Empty: nobody answered."""

    url: str
    fetched_at: datetime
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
    exchanges: tuple[Exchange, ...] = ()
    body: bytes = b""  # of the last exchange, content-decoded
    phases: Mapping[str, float] = field(default_factory=dict)  # seconds: dns, connect, tls, first_byte
    earlier: Earlier | None = None  # the server said that nothing has changed since; `body` is that of then

    @property
    def final_url(self) -> str:
        """Where the redirects led."""
        return self.exchanges[-1].url if self.exchanges else self.url

    @property
    def status(self) -> int:
        """The last status; 0 where nobody answered, 200 where the answer is an earlier one."""
        if self.earlier:
            return 200
        return self.exchanges[-1].status if self.exchanges else 0

    @property
    def fetched_on(self) -> date:
        """The day in Asia/Shanghai."""
        return self.fetched_at.astimezone(SHANGHAI).date()

    def header(self, name: str) -> str:
        """A header of the answer; empty where there is none."""
        if self.earlier:
            return header_of(self.earlier.headers, name)
        return self.exchanges[-1].header(name) if self.exchanges else ""

    @property
    def is_readable(self) -> bool:
        """Whether there is an ordinary page to read."""
        return self.outcome in (Outcome.OK, Outcome.SLOW) and 200 <= self.status < 300
