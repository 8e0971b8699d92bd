"""A server on 127.0.0.1 that behaves as badly as real ones: the path says how. Bounded in time, ends with its context."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import ipaddress
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

LONGEST = 8.0
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PAGE = "<title>某县人民政府</title><ul><li><a href='/a/1.html'>会议召开</a><span>2026-11-20</span></li></ul>".encode()


def plain(body: bytes, more: bytes = b"") -> bytes:
    """A well-behaved answer."""
    return OK + more + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _drip(connection: socket.socket) -> None:
    connection.sendall(OK + b"Content-Length: 1000000\r\n\r\n")
    _until_gone(lambda: connection.sendall(b"x"), 0.05)


def _endless(connection: socket.socket) -> None:
    connection.sendall(OK + b"\r\n")
    _until_gone(lambda: connection.sendall(b"<p>endless</p>" * 4000), 0)


def _until_gone(send: Callable[[], None], pause: float) -> None:
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        send()
        time.sleep(pause)


def _big(connection: socket.socket) -> None:
    connection.sendall(OK + b"Content-Length: 52428800\r\n\r\n")
    for _ in range(800):
        connection.sendall(b"0123456789abcdef" * 4096)


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"\0" * (1 << 20)
    return b"".join([packer.compress(zeros) for _ in range(200)]) + packer.flush()


def _flood(connection: socket.socket) -> None:
    connection.sendall(OK)
    for number in range(20000):
        connection.sendall(f"X-Flood-{number}: {'y' * 100}\r\n".encode())
    connection.sendall(b"\r\n" + PAGE)


def _headers_then_reset(connection: socket.socket) -> None:
    connection.sendall(OK + b"Content-Len")
    time.sleep(0.05)
    _reset(connection)


def _body_then_reset(connection: socket.socket) -> None:
    connection.sendall(OK + b"Content-Length: 5000\r\n\r\n" + PAGE)
    time.sleep(0.05)
    _reset(connection)


def _cookie(connection: socket.socket, request: bytes) -> None:
    if b"seen=1" in request:
        connection.sendall(plain(PAGE))
    else:
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nSet-Cookie: seen=1; Path=/\r\nLocation: /cookie\r\nContent-Length: 0\r\n\r\n"
        )


def _status(code: int, body: bytes = b"", more: bytes = b"") -> bytes:
    return f"HTTP/1.1 {code} X\r\n".encode() + more + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def _found(location: bytes) -> bytes:
    return _status(302, b"", b"Location: " + location + b"\r\n")


ANSWERS: dict[str, bytes | Callable[[], bytes] | Callable[[socket.socket], None]] = {
    "/": plain(PAGE),
    "/drip": _drip,
    "/silent": lambda c: time.sleep(LONGEST / 2),
    "/endless": _endless,
    "/big": _big,
    "/flood": _flood,
    "/reset": _reset,
    "/close": lambda c: c.close(),
    "/reset-headers": _headers_then_reset,
    "/reset-body": _body_then_reset,
    "/loop": _found(b"/loop"),
    "/ping": _found(b"/pong"),
    "/pong": _found(b"/ping"),
    "/moved": _found(b"/"),
    "/private": _found(b"http://10.1.2.3/"),
    "/metadata": _found(b"http://169.254.169.254/latest/"),
    "/scheme": _found(b"ftp://example.gov.cn/"),
    "/tab": _found(b"/?a\tb"),
    "/gb": _found("/政策/".encode("gb18030")),
    "/%D5%FE%B2%DF/": plain(PAGE),
    "/utf8": _found("/政策/".encode()),
    "/%E6%94%BF%E7%AD%96/": plain(PAGE),
    "/short": OK + f"Content-Length: {len(PAGE) + 100}\r\n\r\n".encode() + PAGE,
    "/bad-header": b"HTTP/1.1 200 OK\r\nthis line has no colon\r\nContent-Type: text/html\r\n\r\n" + PAGE,
    "/not-http": b"SSH-2.0-OpenSSH_7.4\r\n",
    "/lying-gzip": plain(PAGE, b"Content-Encoding: gzip\r\n"),
    "/gzip": plain(zlib.compress(PAGE, 9, 31), b"Content-Encoding: gzip\r\n"),
    "/br": plain(b"\x8b\x02\x80hi", b"Content-Encoding: br\r\n"),
    "/torn-gzip": plain(zlib.compress(PAGE, 9, 31)[:-20], b"Content-Encoding: gzip\r\n"),
    "/gb-page": plain("<meta charset=gb2312><title>镕㐂</title>".encode("gb18030")),
    "/last": plain(PAGE, b"Connection: close\r\n"),
    "/chunked": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>hi\r\n0\r\n\r\n",
    "/bad-chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>hi\r\nzz\r\n",
    "/404": _status(404, b"<title>404</title>"),
    "/500": _status(500, b"oops"),
    "/429": _status(429, b"", b"Retry-After: 7\r\n"),
    "/403": _status(403, b"no"),
    "/jsl": _status(521, b"<script>document.cookie=1</script>", b"Set-Cookie: __jsluid_s=abc\r\n"),
    "/521": _status(521, b"origin down"),
    "/ruishu": _status(412, b"<script>$_ts={}</script>"),
    "/captcha": plain("<title>安全验证</title><p>请完成验证后继续访问</p>".encode()),
    "/firewall": plain("<p>您的访问被拦截</p>".encode()),
    "/marker": plain(b"<script>$_ts=window['$_ts'];</script>" + PAGE + "<p>正文</p>".encode() * 100),
    "/304": b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
    "/robots.txt": _status(404),
}  # fmt: skip


class Server:
    """The server; `seen` has the request lines and headers in order, `port` where it listens."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._tls, self.seen = tls, list[bytes]()
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/") -> str:
        """An address of the server."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}{path}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.settimeout(LONGEST)
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            while True:
                request = b""
                while b"\r\n\r\n" not in request:
                    data = connection.recv(65536)
                    if not data:
                        return
                    request += data
                    if request.startswith(b"\x16"):  # somebody speaks TLS to a plain server
                        connection.sendall(_status(400))
                        return
                self.seen.append(request)
                path = request.split(b" ", 2)[1].decode("latin-1")
                if path == "/cookie":
                    _cookie(connection, request)
                    continue
                if path == "/bomb":
                    connection.sendall(plain(_bomb(), b"Content-Encoding: gzip\r\n"))
                    continue
                answer = ANSWERS.get(path, _status(404))
                if not isinstance(answer, bytes):
                    answer(connection)  # type: ignore[call-arg]
                    return
                connection.sendall(answer)
                if (b"ontent-Length" not in answer and b"304" not in answer) or path in ("/short", "/bad-header"):
                    connection.close()
                    return

    def close(self) -> None:
        """Stops listening and drops every connection."""
        self._listening.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.close()


@contextlib.contextmanager
def hostile(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for the time of a test."""
    server = Server(tls)
    try:
        yield server
    finally:
        server.close()


def server_tls(folder: Path, *, expired: bool = False, old: bool = False, bits: int = 2048) -> ssl.SSLContext:
    """The TLS side of a server with a certificate for 127.0.0.1 that it signed itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    until = now - dt.timedelta(days=1) if expired else now + dt.timedelta(days=30)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=60)).not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(file)
    return context
