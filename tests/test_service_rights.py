"""Nothing is read or written without the right role and the right register: every route of the application is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hege.service.web.app import routes_of
from hege.service.web.rights import API, GRANTS, ROUTES, Right, Role
from tests.services import DAY, OURS, THEIRS, City, client, new_city

IDS = {"account": "nobody", "key": "0" * 12, "register": OURS, "asset": "a1", "fact": "f" * 64, "rulebook": "f" * 64,
       "proposal": "none", "inspection": "none", "job": "none"}  # fmt: skip
QUERIES: dict[str, dict[str, str | int]] = {
    f"GET {API}/facts": {"register": OURS, "asset": "a1"},
    f"GET {API}/facts/export": {"register": OURS},
    f"GET {API}/rulebooks/diff": {"old": "none", "new": "none"},
    f"GET {API}/rulebooks/{{rulebook}}/text": {"file": "none"},
    f"GET {API}/checkpoints/consistency": {"old": 1, "new": 2},
    f"POST {API}/facts/stream": {"register": OURS},
}  # fmt: skip
NEW_FACT = {"fact": "feed", "asset": "a1", "observed_at": "2024-02-24", "newest": "2024-02-24"}
BODIES: dict[str, dict[str, Any]] = {  # about our city, and right but for names that are not there
    f"POST {API}/facts": {"register": OURS, "facts": [NEW_FACT]},
    f"POST {API}/impact": {"register": OURS, "rules": ["cn/2019-19"]},
    f"POST {API}/inspections": {"register": OURS, "as_of": str(DAY), "rules": ["cn/2019-19"]},
    f"POST {API}/inspections/{{inspection}}/reviews": {"asset": "a3", "decision": "pass", "reason": "seen"},
    f"POST {API}/waivers": {
        "register": OURS, "asset": "a1", "indicator": "account.stale", "from": "2024-02-01", "until": "2024-03-01",
        "reason": "reform", "approved_by": "office",
    },
}  # fmt: skip
ABOUT_NO_REGISTER = {
    route for route in ROUTES
    if re.search(r"/health/|/metrics|/openapi|/me$|/me/|/accounts|/keys|/registers|/rulebooks|/proposals|/checkpoints|log(in|out)|style", route)
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Two cities."""
    return new_city(tmp_path_factory.mktemp("rights"))


@pytest.fixture(scope="module")
def asker(city: City) -> Iterator[TestClient]:
    """Asks."""
    with client(city) as found:
        yield found


def ask(asker: TestClient, route: str, headers: dict[str, str], ids: dict[str, str], bodies: bool) -> Any:
    """One request of a route."""
    method, path = route.split(" ")
    body = BODIES.get(route, {}) if bodies else {}
    return asker.request(
        method, re.sub(r"\{(\w+)\}", lambda m: ids[m[1]], path), headers=headers, params=QUERIES.get(route),
        json=None if method == "GET" else body, follow_redirects=False,
    )  # fmt: skip


def test_every_route_has_its_right_and_every_right_its_route(city: City) -> None:
    """The table is closed: the application is not built otherwise."""
    assert routes_of(city.app) == set(ROUTES)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_asks_for_its_right(asker: TestClient, city: City, route: str) -> None:
    """Nobody is asked who they are, a wrong key opens nothing, and of the roles those that have the right get past the door."""
    right = ROUTES[route]
    for headers in ({}, {"authorization": "Bearer hege_000000000000_" + "0" * 64}, {"authorization": "Basic Og=="}):
        status = ask(asker, route, headers, IDS, bodies=False).status_code
        open_ = right is Right.NOTHING and not headers
        assert (status == 401) is not open_ and status != 403 and status < 500, headers
    for role in Role:
        status = ask(asker, route, city.key(role), IDS, bodies=False).status_code
        allowed = right in GRANTS[role]
        assert (status != 403) == allowed, role
        assert (status != 401 and status < 500) or route == f"POST {API}/checkpoints", role


@pytest.mark.parametrize("route", sorted(set(ROUTES) - ABOUT_NO_REGISTER))
def test_a_city_sees_its_own(asker: TestClient, city: City, route: str) -> None:
    """Whoever has every role but for another city gets nothing of ours; for ours, the same request is answered."""
    with city.ledger.reading() as connection:
        from hege.engine.ledger.proofs import facts_of_asset

        fact = facts_of_asset(connection, "", OURS, "a1", "feed")[0].id
    job = asker.post(
        f"{API}/inspections",
        headers=city.key(Role.OPS) | {"idempotency-key": "one"},
        json=BODIES[f"POST {API}/inspections"],
    ).json()["id"]
    ids = IDS | {"inspection": city.inspections[OURS], "fact": fact, "job": job}
    strangers = city.key(*Role, registers=frozenset({THEIRS}), name="strangers")
    refused = ask(asker, route, strangers, ids, bodies=True)
    assert OURS not in refused.text and f"{OURS}a1" not in refused.text
    assert refused.status_code in ((200,) if route in LISTS else (404,)), refused.text


LISTS = {f"GET {API}/assets", f"GET {API}/inspections", f"GET {API}/waivers", f"GET {API}/jobs", "GET /", "GET /assets"}


def test_lists_hold_what_is_ones_own(asker: TestClient, city: City) -> None:
    """The lists that are empty of ours for strangers hold theirs."""
    strangers = city.key(*Role, registers=frozenset({THEIRS}), name="strangers")
    for path in ("/assets", f"{API}/assets", f"{API}/inspections", "/"):
        assert THEIRS in asker.get(path, headers=strangers).text
    assert asker.get(f"{API}/registers", headers=strangers).json() == [THEIRS]
    assert asker.get(f"{API}/registers", headers=city.key(Role.READER)).json() == [THEIRS, OURS]
    assert asker.get(f"{API}/inspections/last", headers=strangers).json()["register"] == THEIRS


def test_refusals_name_nothing_of_others(asker: TestClient, city: City) -> None:
    """Neither registers nor inspections are offered to whoever asks for one that is not there."""
    lonely = city.key(*Role, registers=frozenset({"丙市"}), name="lonely")
    body: dict[str, Any] = {**BODIES[f"POST {API}/waivers"], "register": "丙市"}
    answers = [
        asker.get(f"{API}/facts/export", params={"register": "丙市"}, headers=lonely),
        asker.post(f"{API}/impact", json={"register": "丙市", "rules": ["cn/2019-19"]}, headers=lonely),
        asker.post(
            f"{API}/inspections", json={**BODIES[f"POST {API}/inspections"], "register": "丙市"}, headers=lonely
        ),
        asker.post(f"{API}/waivers", json=body, headers=lonely),
        *(asker.get(f"{API}/inspections/{id}", headers=lonely) for id in ("last", "zz", city.inspections[OURS][:3])),
    ]
    others = [OURS, THEIRS, *city.inspections.values()]
    assert [a.status_code for a in answers] == [404] * 7
    assert [word for word in others for a in answers if word in a.text] == []


def test_a_route_that_nobody_gave_a_right_stops_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused when the application is built, and at the door."""
    monkeypatch.delitem(ROUTES, f"GET {API}/me")
    with pytest.raises(AssertionError, match="rights and routes differ"):
        new_city(tmp_path)


def test_a_route_without_a_right_is_refused_at_the_door(
    asker: TestClient, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should one get in all the same."""
    monkeypatch.delitem(ROUTES, f"GET {API}/me")
    assert asker.get(f"{API}/me", headers=city.key(*Role)).status_code == 403
