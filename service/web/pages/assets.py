"""The list of assets with its filters, and one asset's life."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from hege.engine.errors import InputError
from hege.engine.ledger.proofs import facts_of_asset
from hege.engine.ledger.reading import registers
from hege.engine.text import Language, Text
from hege.engine.wordnames import STATE
from hege.outputs.words import fact_name, field_name, value_shown
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.assets import assets_page, life_of
from hege.service.web.api.facts import plain
from hege.service.web.pages.shell import page, shown_in
from hege.service.web.paging import Paged

router = new_router(include_in_schema=False)
MOST_FACTS = 100
Filter = Annotated[str, Query(max_length=200)]


@router.get("/assets")
def list_of_assets(
    request: Request, visitor: Asking, service: Serving, asked: Paged, register: Filter = "", kind: Filter = "",
    district: Filter = "", category: Filter = "", name: Filter = "",
) -> HTMLResponse:  # fmt: skip
    """The assets that fit the filters."""
    given = {"register": register, "kind": kind, "district": district, "category": category}
    with service.ledger.reading() as connection:
        found = assets_page(connection, visitor, asked, {k: v for k, v in given.items() if v}, name or None)
        names = [r for r in registers(connection) if visitor.sees(r)]
    return page(
        request, visitor, "assets.html", Text(zh="资产", en="Assets"), assets=found.items, next=found.next,
        registers=names, given={**given, "name": name},
    )  # fmt: skip


@router.get("/assets/{register}/{asset}")
def one_asset(request: Request, visitor: Asking, service: Serving, register: str, asset: str) -> HTMLResponse:
    """What inspections said of an asset, what was recorded of it, what it was called."""
    with service.ledger.reading() as connection:
        life = life_of(connection, visitor, register, asset)
        try:
            found = facts_of_asset(connection, service.ledger.where, register, asset, None)
            facts = [_told(plain(f), shown_in(request)) for f in found]
        except InputError:
            facts = []
    title = life["asset"]["name"] or asset
    return page(
        request, visitor, "asset.html", Text(zh=title, en=title), **life, facts=facts[::-1][:MOST_FACTS],
        more=max(0, len(facts) - MOST_FACTS),
    )  # fmt: skip


def _told(fact: dict[str, Any], language: Language) -> dict[str, Any]:
    """A fact in the words of the vocabulary."""
    kind, none = fact["kind"], Text(zh="无", en="none").shown(language)
    values = {
        f: value_shown(kind, f, tuple(v) if isinstance(v, list) else v, language) for f, v in fact["fields"].items()
    }
    state = STATE[fact["state"]].shown(language) if fact["state"] in STATE else ""
    return {
        **fact, "title": fact_name(kind, language), "seen": " ".join(w for w in (state, fact["reason"]) if w),
        "values": [(field_name(kind, f, language), v) for f, v in {**values, **dict.fromkeys(fact["none"], none)}.items()],
    }  # fmt: skip
