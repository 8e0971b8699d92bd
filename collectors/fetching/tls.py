"""Three ways to speak TLS: strictly, as an old browser would, and what a failure of the first means.

"Reachable, TLS outdated" is one fact, "unreachable" another. Python 3.11 has no name for OP_LEGACY_SERVER_CONNECT.
"""

from __future__ import annotations

import functools
import ssl
import warnings
from enum import Enum

_LEGACY_SERVER_CONNECT = 0x4
# OpenSSL's verification errors that a visitor meets as a warning page; others (an unknown authority, an incomplete
# chain, a short key) depend on what his browser trusts and are no reason to call a site down.
_REFUSED_BY_BROWSERS = {
    9: "证书尚未生效",
    10: "证书已过期",
    18: "自签名证书",
    23: "证书已吊销",
    62: "证书与域名不符",
    64: "证书与地址不符",
}


class Profile(Enum):
    """How much is demanded of a server."""

    STRICT = "strict"
    LEGACY = "legacy"


@functools.cache
def context(profile: Profile) -> ssl.SSLContext:
    """The context of a profile; the strict one trusts what the host trusts."""
    if profile is Profile.STRICT:
        return ssl.create_default_context()
    legacy = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    legacy.check_hostname = False
    legacy.verify_mode = ssl.CERT_NONE
    legacy.set_ciphers("ALL:@SECLEVEL=0")
    legacy.options |= _LEGACY_SERVER_CONNECT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        legacy.minimum_version = ssl.TLSVersion.TLSv1
    return legacy


def fault(error: ssl.SSLError) -> str:
    """What the strict profile complained of, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _REFUSED_BY_BROWSERS.get(error.verify_code) or f"证书不受信任（{error.verify_message}）"
    return f"TLS握手失败（{(error.reason or str(error)).replace('_', ' ').lower()}）"


def is_refused_by_browsers(error: ssl.SSLError) -> bool:
    """Whether a visitor's browser would stop at this certificate."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _REFUSED_BY_BROWSERS


def may_speak_another_protocol(error: ssl.SSLError) -> bool:
    """Whether the server answered in TLS but shares nothing with us, as one that speaks only 国密 (TLCP) does."""
    words = (
        "HANDSHAKE_FAILURE",
        "PROTOCOL_VERSION",
        "UNSUPPORTED_PROTOCOL",
        "NO_SHARED_CIPHER",
        "INSUFFICIENT_SECURITY",
    )
    return any(word in (error.reason or "") for word in words)
