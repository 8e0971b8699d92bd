"""The transport below httpx: connections to addresses that were resolved and checked beforehand, watched on the way.

httpx's own transport takes no network backend; this one stands, as that does, on httpcore. What an answer means is
`client`.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpcore
import httpx
from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from hege.collectors.fetching.addresses import Family, Forbidden, Network, Unresolved, resolve

_HEAD_KEPT = 64 * 1024
_AS_HTTPX: dict[type[Exception], type[httpx.RequestError]] = {
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}


@dataclass(slots=True)
class Trace:
    """What the network did during one request."""

    phases: dict[str, float] = field(default_factory=dict)
    resolved: tuple[str, ...] = ()
    address: str = ""
    connected: bool = False
    head: bytearray = field(default_factory=bytearray)
    refused: Exception | None = None  # of resolving; httpx would wrap it


current: ContextVar[Trace] = ContextVar("trace")


class Stream(AsyncNetworkStream):
    """A stream that keeps the first bytes of each answer, so that one which h11 refuses can still be looked at."""

    def __init__(self, inner: AsyncNetworkStream, address: str) -> None:
        self._inner, self._address = inner, address

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._inner.read(max_bytes, timeout)
        head = current.get().head
        if len(head) < _HEAD_KEPT:
            head += data[: _HEAD_KEPT - len(head)]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            await self._inner.write(buffer, timeout)
        except anyio.EndOfStream as error:  # TLS that ends while we write; httpcore lets it through as it is
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        started = time.monotonic()
        stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        current.get().phases["tls"] = time.monotonic() - started
        return Stream(stream, self._address)

    def get_extra_info(self, info: str) -> Any:
        if info == "server_addr":  # the socket forgets it when the server resets, even after a whole answer
            return (self._address,)
        return self._inner.get_extra_info(info)


class CheckedNetwork(AsyncNetworkBackend):
    """Connects to addresses that were resolved and checked here, never to a name."""

    def __init__(self, family: Family, allowed: Sequence[Network]) -> None:
        self._family, self._allowed, self._inner = family, allowed, AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        trace = current.get()
        started = time.monotonic()
        try:
            found = await resolve(host.strip("[]"), port, self._family, self._allowed)
        except (Unresolved, Forbidden) as error:
            trace.refused = error
            raise httpcore.ConnectError(str(error)) from error
        trace.resolved = found.addresses
        trace.phases["dns"] = time.monotonic() - started
        started = time.monotonic()
        last: Exception | None = None
        for address in found.allowed[:3]:
            try:
                stream = await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                last = error
                continue
            trace.phases["connect"] = time.monotonic() - started
            trace.address, trace.connected = address, True
            return Stream(stream, address)
        assert last is not None
        raise last

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 without retries over a network; keeps up to `kept` idle connections.

    How many are open at once is the callers' to bound. A bound here would count against a request's deadline, and
    httpcore loses a place for good when a deadline strikes between giving it and using it.
    """

    def __init__(self, context: ssl.SSLContext, network: CheckedNetwork, kept: int) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, max_connections=None, max_keepalive_connections=kept, keepalive_expiry=5.0,
            network_backend=network,
        )  # fmt: skip

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        asked = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
            ),
            headers=request.headers.raw, content=request.stream, extensions=request.extensions,
        )  # fmt: skip
        with _as_httpx():
            answer = await self._pool.handle_async_request(asked)
        return _Answer(answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(answer.extensions))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Answer(httpx.Response):
    """An answer whose redirect httpx leaves alone. Even where it does not follow, it reads the Location, and refuses
    an answer for a tab in it."""

    @property
    def has_redirect_location(self) -> bool:
        return False


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for chunk in self._answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        with _as_httpx():
            await self._answer.aclose()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(_AS_HTTPX) as error:
        raise _AS_HTTPX[type(error)](str(error)) from error
