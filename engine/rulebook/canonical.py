"""The digest of rulebooks and packs: content only, so that it changes exactly when the rules do."""

from __future__ import annotations

from hege.engine import canonical as form

_NOT_CONTENT = frozenset({"origins", "place", "places", "unread", "digest"})


def canonical(item: object) -> object:
    """JSON data of a rulebook part; places, origins and digests are left out."""
    return form.canonical(item, _NOT_CONTENT)


def digest(item: object) -> str:
    """SHA-256 (hex) of the canonical JSON, UTF-8, keys sorted, no blanks."""
    return form.digest(item, _NOT_CONTENT)
