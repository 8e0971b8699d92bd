"""The servers of the demo city: one on a port of 127.0.0.1 for each site, behaving as declared, until told to stop."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import ipaddress
import socket
import ssl
import struct
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hege.collectors.demo_city.accounts import Platform, account_of
from hege.collectors.demo_city.city import City, DemoSite
from hege.collectors.demo_city.pages import Pages

HOST = "127.0.0.1"
PLATFORM = "platform"
SLOW_SECONDS = 0.4


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    pages: Pages | Platform
    serves: str = "plainly"

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor that leaves early is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        """Answers as the site's server behaves."""
        pages = self.server.pages
        match self.server.serves:
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            case "jsl":
                self._send(
                    521, b"<script>document.cookie='x'</script>", "text/html", {"Set-Cookie": "__jsluid_s=demo; path=/"}
                )
                return
            case "slow" if self.path == "/":
                time.sleep(SLOW_SECONDS)
        answer = pages.answer(self.path)
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
        if answer.status != HTTPStatus.OK:
            self._send(answer.status, answer.body, answer.content_type, {})
        elif self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", tag)
            self.end_headers()
        else:
            self._send(answer.status, answer.body, answer.content_type, {"ETag": tag})

    def _send(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@contextlib.contextmanager
def serving(city: City, port: int = 0) -> Iterator[dict[str, str]]:
    """The addresses of the sites by id, and of PLATFORM for all accounts, served while the context is open.

    `port` is that of the first site; 0: any free ones.
    """
    servers = {
        site.id: _Server((HOST, port + number if port else 0), _Handler) for number, site in enumerate(city.sites)
    }
    bases = {site.id: _base(site, servers[site.id]) for site in city.sites}
    servers[PLATFORM] = _Server((HOST, port + len(servers) if port else 0), _Handler)
    servers[PLATFORM].pages = Platform(accounts=tuple(account_of(a, city.day) for a in city.accounts))
    bases[PLATFORM] = f"http://{HOST}:{servers[PLATFORM].server_address[1]}"
    with tempfile.TemporaryDirectory() as folder:
        for site in city.sites:
            server = servers[site.id]
            server.pages, server.serves = Pages(site=site, day=city.day, bases=bases), site.serves
            if site.serves == "old-tls":
                server.socket = _old_tls(Path(folder)).wrap_socket(
                    server.socket, server_side=True, do_handshake_on_connect=False
                )
    threads = [
        threading.Thread(target=s.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True) for s in servers.values()
    ]
    for thread in threads:
        thread.start()
    try:
        yield bases
    finally:
        with ThreadPoolExecutor(len(servers)) as pool:
            list(pool.map(_Server.shutdown, servers.values()))
        for server in servers.values():
            server.server_close()


def _base(site: DemoSite, server: _Server) -> str:
    return f"http{'s' if site.serves == 'old-tls' else ''}://{HOST}:{server.server_address[1]}"


def _old_tls(folder: Path) -> ssl.SSLContext:
    """TLS 1.0 alone, as servers from long ago speak it, with a certificate made now."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(file)
    return context
