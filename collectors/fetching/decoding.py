"""Content encodings undone, within a limit: a small body that unpacks to gigabytes is cut, not unpacked."""

from __future__ import annotations

import zlib


def unpacked(body: bytes, encoding: str, limit: int) -> tuple[bytes, str, bool]:
    """The body without its content encoding, what was odd about it, and whether it is all there.

    A body that is not what its header says is left as it is: servers that label plain pages gzip exist.
    """
    names = [n.strip().lower() for n in encoding.split(",") if n.strip() and n.strip().lower() != "identity"]
    if not names or not body:
        return body, "", True
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        return body, f"未知的内容编码{encoding}", False
    for bits in (31, 47) if names[0] != "deflate" else (15, -15):
        inflater = zlib.decompressobj(bits)
        try:
            plain = inflater.decompress(body, limit)
        except zlib.error:
            continue
        if inflater.unconsumed_tail:
            return plain, f"解压后超过{limit}字节，已截断", False
        return plain, "" if inflater.eof else "压缩数据不完整", inflater.eof
    return body, f"正文不是所声明的{names[0]}", True
