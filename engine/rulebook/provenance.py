"""Which pack says what of a compiled version: read off the origins that layering keeps for every field."""

from __future__ import annotations

from hege.engine.errors import Place
from hege.engine.rulebook.model import Version


def is_of(version: Version, pack: str) -> bool:
    """Whether a pack says anything of a version itself, rather than the packs below it."""
    return any(origin.pack == pack for origin in version.origins.values())


def said_at(version: Version, pack: str, field: str = "from") -> Place:
    """Where a pack says a field of a version, or else anything of it."""
    own = [name for name, origin in version.origins.items() if origin.pack == pack]
    return version.origins[field if field in own else own[0]].place


def decides(version: Version, pack: str) -> bool:
    """Whether it says when the version fails or applies, or a value in that: more than its wording or its law."""
    fields = {field.split(".")[0] for field, origin in version.origins.items() if origin.pack == pack}
    return bool(fields & {"fail_when", "applies_when", "lines", "other_cap", "sheet", "params"})


def place_of(version: Version, field: str) -> Place:
    """Where a field of a version is written, or else where the version begins."""
    return (version.origins.get(field) or version.origins["from"]).place
