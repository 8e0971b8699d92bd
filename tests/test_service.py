"""The service over HTTP: who one is, what it answers, how it refuses, its pages."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from hege.engine.errors import InputError
from hege.engine.ledger import schema, signing
from hege.engine.ledger.audit import audit
from hege.engine.ledger.bundle import read_bundle
from hege.engine.ledger.copying import backup
from hege.engine.ledger.notes import read_note
from hege.engine.ledger.proofs import check_proof
from hege.engine.ledger.replay import explained
from hege.engine.ledger.verify import verify
from hege.engine.rulebook.library import shipped_rules
from hege.service.web import accounts, tables, work
from hege.service.web.accounts import Change
from hege.service.web.app import build
from hege.service.web.config import Settings
from hege.service.web.limits import Limiter
from hege.service.web.rights import API, Role
from tests.ledgers import AT, SIGNER, new_ledger
from tests.services import OURS, PASSWORD, THEIRS, City, Clock, client, new_city

HTML = {"accept": "text/html"}


@pytest.fixture
def city(tmp_path: Path) -> City:
    """Two cities, and the key of their ledger."""
    key = tmp_path / "key"
    key.write_text(SIGNER.written(), encoding="ascii")
    return new_city(tmp_path, key=str(key), max_body_mib=1)


@pytest.fixture
def asker(city: City) -> Iterator[TestClient]:
    """Asks as whoever has every role."""
    with client(city, **city.key(*Role, name="all")) as found:
        yield found


def administration(city: City) -> list[tuple[str, str, str, str]]:
    """What the ledger holds of changes: who, of what, which, why; without those that the tests began with."""
    a, b = schema.administration.c, schema.batches.c
    query = (
        sa.select(b.entered_by, a.subject, a.action, a.why).join(schema.batches, b.number == a.batch).order_by(a.seq)
    )
    with city.ledger.reading() as connection:
        return [tuple(row) for row in connection.execute(query) if row.why != "for a test"]


# ---- accounts ------------------------------------------------------------------------------------------------------


def test_the_first_key_is_made_once(place: str) -> None:
    """On either database; a second start makes none, and what is stored does not open."""
    ledger = new_ledger(place)
    tables.prepare(ledger)
    tables.prepare(ledger)
    key = accounts.first_key(ledger, AT)
    assert key is not None and accounts.first_key(ledger, AT) is None
    found = accounts.by_key(ledger, key)
    assert found is not None and found.roles == frozenset({Role.ADMINISTRATOR, Role.OPS})
    with ledger.reading() as connection:
        stored = connection.execute(sa.select(tables.keys)).mappings().one()
    assert key.rpartition("_")[2] not in str(dict(stored))
    assert accounts.by_key(ledger, key[:-1] + ("0" if key[-1] != "0" else "1")) is None
    assert verify(ledger).faults == ()


def test_accounts_are_made_changed_and_closed(asker: TestClient, city: City) -> None:
    """With who and why in the ledger; a revoked key and a closed account open nothing."""
    body = {"name": "wang", "roles": ["reader"], "registers": [OURS], "why": "new"}
    made = asker.post(f"{API}/accounts", json=body)
    assert (made.status_code, made.json()["registers"], made.json()["has_password"]) == (201, [OURS], False)
    key = asker.post(f"{API}/accounts/wang/keys", json={"label": "script", "why": "nightly"}).json()
    mine = {"authorization": f"Bearer {key['key']}"}
    assert asker.get(f"{API}/me", headers=mine).json()["registers"] == [OURS]
    changed = asker.patch(f"{API}/accounts/wang", json={"registers": None, "roles": ["ops"], "why": "moved"}).json()
    assert (changed["roles"], changed["registers"]) == (["ops"], None)
    assert asker.delete(f"{API}/keys/{key['id']}", params={"why": "lost"}).status_code == 204
    assert asker.get(f"{API}/me", headers=mine).status_code == 401
    again = asker.post(f"{API}/accounts/wang/keys", json={"label": "script", "why": "again"}).json()["key"]
    asker.patch(f"{API}/accounts/wang", json={"standing": "closed", "why": "left"})
    assert asker.get(f"{API}/me", headers={"authorization": f"Bearer {again}"}).status_code == 401
    assert administration(city) == [
        ("all", "account", "created", "new"), ("all", "key", "created", "nightly"), ("all", "account", "changed", "moved"),
        ("all", "key", "revoked", "lost"), ("all", "key", "created", "again"), ("all", "account", "changed", "left"),
    ]  # fmt: skip
    assert verify(city.ledger).faults == ()
    assert again not in json.dumps(asker.get(f"{API}/accounts/wang/keys").json())


@pytest.mark.parametrize(
    ("path", "body", "code", "status"),
    [
        ("accounts", {"name": "a b", "roles": []}, "bad-name", 422),
        ("accounts", {"name": "all", "roles": []}, "account-exists", 409),
        ("accounts", {"name": "li", "roles": [], "password": "short"}, "weak-password", 422),
        ("accounts", {"name": "li", "roles": [], "password": "li-li-li-li-li-li"}, "weak-password", 422),
        ("accounts", {"name": "li", "roles": ["king"]}, "enum", 422),
        ("accounts", {"name": "li", "roles": [], "is_root": True}, "extra-forbidden", 422),
        ("accounts/nobody/keys", {"label": "x"}, "no-account", 404),
    ],
)
def test_what_is_refused_of_accounts(
    asker: TestClient, path: str, body: dict[str, Any], code: str, status: int
) -> None:
    """Each with a code of its own."""
    refused = asker.post(
        f"{API}/{path}", json={"why": "x", **({"registers": None} if path == "accounts" else {}), **body}
    )
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (status, code)


def test_the_last_administrator_stays(asker: TestClient, city: City) -> None:
    """Nobody locks everybody out; what was tried is undone."""
    refused = asker.patch(f"{API}/accounts/all", json={"roles": ["reader"], "why": "x"})
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (409, "last-administrator")
    assert "administrator" in asker.get(f"{API}/me").json()["roles"] and administration(city) == []


# ---- sessions ------------------------------------------------------------------------------------------------------


def with_password(city: City, *roles: Role) -> None:
    """An account for the pages."""
    accounts.create(city.ledger, Change(by="test", why="for a test", at=AT), "zhao", roles, None, PASSWORD)


def log_in(asker: TestClient, name: str = "zhao", secret: str = PASSWORD, next: str = "/") -> Any:
    """Fills the form in."""
    word = re.search(r'name="word" value="([^"]+)"', asker.get("/login").text)
    assert word is not None
    data = {"word": word[1], "name": name, "secret": secret, "next": next}
    return asker.post("/login", data=data, headers=HTML, follow_redirects=False)


def test_a_session_from_login_to_logout(city: City) -> None:
    """The cookie is out of reach of scripts and other sites; a form without the session's word is refused."""
    with_password(city, Role.READER)
    with client(city) as browser:
        assert browser.get("/", headers=HTML, follow_redirects=False).headers["location"] == "/login?next=%2F"
        done = log_in(browser)
        cookie = done.headers["set-cookie"]
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert "hege=" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie
        page = browser.get("/", headers=HTML).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None and "zhao" in page
        for data in ({}, {"csrf": "0" * 64}):
            assert browser.post("/logout", data=data, headers=HTML).status_code == 403
        refused = browser.post(f"{API}/me/password", json={"password": "another password here"})
        assert (refused.status_code, refused.json()["problems"][0]["code"]) == (403, "not-meant")
        browser.post("/logout", data={"csrf": csrf[1]})
        assert browser.get(f"{API}/me").status_code == 401


def test_a_session_is_new_at_login_and_ends(city: City) -> None:
    """A cookie set before login is not taken over; after its hours, or a change of the account, a session is over."""
    with_password(city, Role.READER)
    with client(city) as browser:
        browser.cookies.set("hege", "chosen-by-somebody-else")
        log_in(browser)
        token = re.search(r"hege=([^;]+)", log_in(browser).headers["set-cookie"])
        assert token is not None and token[1] != "chosen-by-somebody-else"
    with client(city, cookie=f"hege={token[1]}") as browser:
        assert browser.get(f"{API}/me").json()["name"] == "zhao"
        city.clock.move(hours=12, seconds=1)
        assert browser.get(f"{API}/me").status_code == 401
    city.key(Role.ADMINISTRATOR)
    with client(city) as browser:
        log_in(browser)
        accounts.alter(city.ledger, Change(by="test", why="x", at=AT), "zhao", roles=[Role.OPS])
        assert browser.get(f"{API}/me").status_code == 401


def test_an_account_is_locked_after_wrong_passwords(city: City) -> None:
    """Five in a row; then the right one does not open it either, until time has gone by. Unknown names look the same."""
    with_password(city, Role.READER)
    with client(city) as browser:
        wrong = [log_in(browser, secret="wrong password here").status_code for _ in range(5)]
        assert (wrong, log_in(browser).status_code) == ([401] * 5, 401)
        said = re.sub(r'value="[^"]+"', "", log_in(browser).text)
        assert re.sub(r'value="[^"]+"', "", log_in(browser, name="nobody").text) == said
        city.clock.move(minutes=15, seconds=1)
        assert log_in(browser).status_code == 303


def test_logging_in_with_a_key_and_going_on_to_a_page(city: City) -> None:
    """The next page is one of ours, whatever the form says."""
    key = city.key(Role.READER)["authorization"].removeprefix("Bearer ")
    with client(city) as browser:
        assert log_in(browser, name="", secret=key, next="/assets").headers["location"] == "/assets"
        for elsewhere in (
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\\\evil",
            "/a\r\nset-cookie: x=1",
        ):
            assert log_in(browser, name="", secret=key, next=elsewhere).headers["location"] == "/"
        assert browser.post("/login", data={"name": "", "secret": key}, headers=HTML).status_code == 400


def test_with_https_cookies_insist_on_it(tmp_path: Path) -> None:
    """Name and attributes are those that a browser takes from this host over HTTPS alone."""
    city = new_city(tmp_path, public_url="https://hege.example.cn")
    key = city.key(Role.READER)["authorization"].removeprefix("Bearer ")
    with TestClient(city.app, base_url="https://hege.example.cn") as browser:
        cookie = log_in(browser, name="", secret=key).headers["set-cookie"]
        assert "__Host-hege=" in cookie and "Secure" in cookie and "Path=/" in cookie
        assert "max-age" in browser.get("/login").headers["strict-transport-security"]


def test_too_many_requests_and_guesses(tmp_path: Path) -> None:
    """With how long to wait; guessing keys runs out, and then the right one has to wait as well."""
    city = new_city(tmp_path, requests_per_minute=3, logins_per_minute=2)
    with client(city) as asker:
        reader = city.key(Role.READER)
        answers = [asker.get(f"{API}/me", headers=reader) for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429] and int(answers[3].headers["retry-after"]) > 0
        bad = {"authorization": "Bearer hege_000000000000_" + "0" * 64}
        assert [asker.get(f"{API}/me", headers=bad).status_code for _ in range(3)] == [401, 401, 429]


def test_a_bucket_fills_up_again() -> None:
    """Evenly over the minute, and not beyond its size."""
    now = [0.0]
    limiter = Limiter(60, lambda: now[0])
    assert [limiter.wait("a") for _ in range(61)] == [0] * 60 + [2]
    assert limiter.wait("b") == 0 and limiter.is_spent("a")
    now[0] = 1.5
    assert (limiter.wait("a"), limiter.wait("a")) == (0, 1)


# ---- how it answers ------------------------------------------------------------------------------------------------


def test_headers_of_every_answer(asker: TestClient) -> None:
    """The request's id, as given or new; strict for browsers; kept or not."""
    answer = asker.get(f"{API}/me", headers={"x-request-id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    assert re.fullmatch(
        r"[0-9a-f]{16}", asker.get(f"{API}/me", headers={"x-request-id": "a b\tc"}).headers["x-request-id"]
    )
    for path in ("/login", f"{API}/me", f"{API}/nothing", "/health/live"):
        headers = asker.get(path).headers
        assert "'unsafe-inline'" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


def test_etags_and_compression(asker: TestClient) -> None:
    """Nothing is sent again to whoever has it; large answers are compressed."""
    first = asker.get(f"{API}/assets")
    assert first.headers["content-encoding"] == "gzip" and first.headers["cache-control"] == "private, no-cache"
    again = asker.get(f"{API}/assets", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert asker.get(f"{API}/assets?limit=1", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_lists_in_pages(asker: TestClient) -> None:
    """Page after page gives what one page gives; a cursor of nobody's is refused."""
    whole = asker.get(f"{API}/assets").json()
    assert whole["next"] is None and len(whole["items"]) == 6
    for path in ("assets", "inspections", "inspections/last/verdicts", "inspections/last/findings"):
        items: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = asker.get(f"{API}/{path}", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
            items, cursor = items + page["items"], page["next"]
        assert items == asker.get(f"{API}/{path}", params={"limit": 1000}).json()["items"]
    for cursor in ("x", base64.urlsafe_b64encode(b"[1]").decode(), base64.urlsafe_b64encode(b"-1").decode(), "é" * 20):
        assert asker.get(f"{API}/assets", params={"cursor": cursor}).json()["problems"][0]["code"] == "bad-cursor"


def test_problems_in_both_languages(asker: TestClient, city: City) -> None:
    """What, where, what to do; the language asked for in front; where the ledger lies is nobody's business."""
    body = {"register": OURS, "facts": [{"fact": "feed", "asset": "a9", "observed_at": "2024-02-30"}, {"fact": "fed"}]}
    for language, words in (
        ("zh", ("日期", "名册里没有资产“a9”")),
        ("en-GB,en;q=0.9", ("day", "the register has no asset “a9”")),
    ):
        refused = asker.post(f"{API}/facts", json=body, headers={"accept-language": language})
        assert refused.status_code == 422 and refused.headers["content-type"] == "application/problem+json"
        assert words[1] in refused.json()["detail"]
    codes = {(p["code"], p["file"], p["line"]) for p in refused.json()["problems"]}
    assert codes == {("bad-date", "facts[feed]", 1), ("unknown-asset", "facts[feed]", 1), ("unknown-word", "facts", 2)}
    lost = asker.get(f"{API}/inspections/zzz")
    assert lost.status_code == 404 and str(Path(city.settings.ledger).parent) not in lost.text


def test_bodies_that_are_too_large_or_too_deep(asker: TestClient) -> None:
    """Refused before they are read, or as they are; nested lists do no harm."""
    large = asker.post(f"{API}/facts", content=b"x" * (1 << 20) + b"x", headers={"content-type": "application/json"})
    assert (large.status_code, large.json()["problems"][0]["code"]) == (413, "too-large")
    pieces = (b"x" * 65536 for _ in range(17))
    stream = asker.post(
        f"{API}/facts/stream?register={OURS}", content=pieces, headers={"content-type": "application/x-ndjson"}
    )
    assert stream.status_code == 413
    deep = asker.post(f"{API}/facts", content=b"[" * 100_000, headers={"content-type": "application/json"})
    assert deep.status_code == 400
    row = b'{"fact":"feed","asset":' + b"[" * 50_000 + b"}\n"
    assert asker.post(f"{API}/facts/stream?register={OURS}", content=row).json()["problems"][0]["code"] == "not-json"


def test_a_fault_of_its_own_tells_nothing(asker: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id of the request, and no word of what went wrong."""
    monkeypatch.setattr(work, "explanation", lambda *_: 1 / 0)
    broken = asker.get(f"{API}/inspections/last/explanation/a1")
    assert (
        broken.status_code == 500
        and "ZeroDivision" not in broken.text
        and broken.headers["x-request-id"] in broken.text
    )


def test_the_description_of_the_api(asker: TestClient) -> None:
    """Every route of the API with its right, its summary and the form of its refusals."""
    found = asker.get("/openapi.json").json()
    for path, methods in found["paths"].items():
        for operation in methods.values():
            assert operation["x-right"] and operation["description"], path
            assert "$ref" in json.dumps(operation["responses"]) or path.startswith("/health/"), path
    assert "examples" in json.dumps(found["components"]["schemas"]["Delivered"])


def test_health(asker: TestClient, city: City) -> None:
    """Ready while the ledger can be read."""
    assert (asker.get("/health/live").json(), asker.get("/health/ready").json()) == (
        {"status": "live"},
        {"status": "ready"},
    )
    city.app.state.service.stopping = True
    assert asker.get("/health/ready").status_code == 503
    city.app.state.service.stopping = False


# ---- facts ---------------------------------------------------------------------------------------------------------

NEW = {"fact": "feed", "asset": "a3", "observed_at": "2024-02-23", "newest": "2024-02-21"}


def test_facts_are_taken_in_once(asker: TestClient, city: City) -> None:
    """The same request gives the same answer; another one under its key is refused; what is known is counted."""
    body, once = {"register": OURS, "facts": [NEW]}, {"idempotency-key": "k"}
    first = asker.post(f"{API}/facts", json=body, headers=once)
    assert (first.json()["facts"], first.json()["known"]) == (1, 0)
    assert asker.post(f"{API}/facts", json=body, headers=once).json() == first.json()
    assert asker.post(f"{API}/facts", json=body).json()["known"] == 1
    other = asker.post(f"{API}/facts", json={**body, "note": "x"}, headers=once)
    assert (other.status_code, other.json()["problems"][0]["code"]) == (409, "key-reused")
    (seen,) = asker.get(f"{API}/facts", params={"register": OURS, "asset": "a3"}).json()["items"]
    assert (seen["recorded_by"], seen["fields"], seen["source"]) == ("all", {"newest": "2024-02-21"}, "facts[feed]:1")
    assert verify(city.ledger).faults == ()


def test_a_contradiction_needs_a_reason(asker: TestClient) -> None:
    """As on the command line; the correction shows in the history, oldest first."""
    asker.post(f"{API}/facts", json={"register": OURS, "facts": [NEW]})
    other = {"register": OURS, "facts": [{**NEW, "newest": "2024-01-01"}]}
    refused = asker.post(f"{API}/facts", json=other)
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (409, "contradiction")
    assert asker.post(f"{API}/facts", json={**other, "correct": "read the wrong page"}).json()["corrections"] == 1
    old, new = asker.get(f"{API}/facts", params={"register": OURS, "asset": "a3"}).json()["items"]
    assert (old["superseded_by"], new["supersedes"], new["why"]) == (new["id"], old["id"], "read the wrong page")


@pytest.mark.parametrize(
    ("content", "kind", "media"),
    [
        (
            json.dumps(NEW) + "\n\n" + json.dumps({**NEW, "asset": "a1", "observed_at": "2024-02-24"}),
            None,
            "application/x-ndjson",
        ),
        ("资产,观测时间,newest\na3,2024-02-23,2024-02-21\na1,2024-02-24,2024-02-21\n", "feed", "text/csv"),
    ],
)
def test_facts_as_a_stream(asker: TestClient, content: str, kind: str | None, media: str) -> None:
    """Lines of JSON, or a CSV of one kind; faults name the line, and nothing is half taken in."""
    params = {"register": OURS, **({"kind": kind} if kind else {})}
    bad = content.replace("2024-02-24", "2024-02-99")
    refused = asker.post(f"{API}/facts/stream", params=params, content=bad, headers={"content-type": media})
    assert (refused.status_code, refused.json()["problems"][0]["line"]) == (422, 3)
    done = asker.post(f"{API}/facts/stream", params=params, content=content, headers={"content-type": media})
    assert (done.json()["facts"], done.json()["known"]) == (2, 0)


def test_new_assets_of_a_new_register(asker: TestClient) -> None:
    """Assets and their facts in one request; an asset of no kind is refused with its number."""
    body = {"register": "丙市", "assets": [{"id": "s1", "kind": "site", "name": "丙市政府"}], "facts": []}
    assert asker.post(f"{API}/facts", json=body).json()["assets"] == 1
    assert asker.get(f"{API}/assets/丙市/s1").json()["asset"]["name"] == "丙市政府"
    refused = asker.post(f"{API}/facts", json={**body, "assets": [{"id": "s2", "kind": "shop"}]}).json()["problems"]
    assert [(p["code"], p["file"], p["line"]) for p in refused] == [("unknown-word", "facts[assets]", 1)]


def test_export_and_proof(asker: TestClient, city: City) -> None:
    """A ZIP of typed files; the proof holds with the public key once a checkpoint covers it."""
    archive = zipfile.ZipFile(
        io.BytesIO(asker.get(f"{API}/facts/export", params={"register": OURS, "format": "csv"}).content)
    )
    assert archive.namelist() == ["assets.csv", "facts/feed.csv"]
    fact = asker.get(f"{API}/facts", params={"register": OURS, "asset": "a1"}).json()["items"][0]["id"]
    assert asker.get(f"{API}/facts/{fact}/proof").status_code == 409
    note = asker.post(f"{API}/checkpoints").json()["note"]
    assert asker.get(f"{API}/checkpoints").json()["items"][0]["note"] == note and read_note(note)
    proven = check_proof(asker.get(f"{API}/facts/{fact}/proof").text, [SIGNER.verifier])
    assert (proven["asset"], proven["register"]) == ("a1", OURS)
    told = asker.get(f"{API}/checkpoints/consistency", params={"old": 1, "new": 3}).json()
    assert told["keys"] == [{"from_batch": 0, "key": str(SIGNER.verifier)}] and len(told["proof"]) == 2


# ---- inspections ---------------------------------------------------------------------------------------------------


def test_what_an_inspection_said(asker: TestClient, city: City) -> None:
    """Counts, verdicts, findings and the explanation say the same as the inspection itself."""
    shown = asker.get(f"{API}/inspections/{city.inspections[OURS]}").json()
    accounts_ = next(b for b in shown["batches"] if b["kind"] == "account")
    assert {k: accounts_[k] for k in ("total", "fail", "undetermined")} == {"total": 3, "fail": 1, "undetermined": 2}
    failed = asker.get(f"{API}/inspections/{shown['inspection']}/verdicts?verdict=fail").json()["items"]
    assert [(v["asset"], v["name"]) for v in failed] == [("a2", f"{OURS}a2")]
    findings = asker.get(f"{API}/inspections/{shown['inspection']}/findings?outcome=fail").json()["items"]
    assert [(f["asset"], f["indicator"]) for f in findings] == [("a2", "account.stale")]
    (why,) = asker.get(f"{API}/inspections/{shown['inspection']}/explanation/a2").json()
    assert next(f for f in why["findings"] if f["indicator"] == "account.stale")["arithmetic"]["newest"] == "2024-01-02"
    text = asker.get(f"{API}/inspections/{shown['inspection']}/explanation/a2?format=text&lang=en").text
    assert "account.stale" in text and "law:" in text


def test_one_asset_explained_is_what_the_whole_inspection_said(city: City) -> None:
    """Run on one asset alone, every finding has the digest that was recorded."""
    from hege.engine.ledger.inspections import recorded_rows, said_of

    with city.ledger.reading() as connection:
        recorded = recorded_rows(connection, city.inspections[OURS])
    for asset in ("a1", "a2", "a3"):
        said = {s.key: s.values for s in said_of(explained(city.ledger, city.inspections[OURS], asset))}
        assert said == {key: row for key, row in recorded.items() if key[1] == asset}
    with pytest.raises(InputError, match="has no asset"):
        explained(city.ledger, city.inspections[OURS], "a9")


@pytest.mark.parametrize("form", ["md", "html", "docx", "xlsx"])
def test_notices(asker: TestClient, form: str) -> None:
    """Every form, as a download with a harmless name."""
    notice = asker.get(f"{API}/inspections/last/notice", params={"format": form, "date": "2024-03-01"})
    assert notice.status_code == 200 and notice.headers["content-disposition"].endswith(f'.{form}"')
    assert (THEIRS in notice.text) if form in ("md", "html") else notice.content.startswith(b"PK")


def test_replay_and_bundle(asker: TestClient, city: City) -> None:
    """The same bytes; the bundle verifies without the ledger."""
    id = city.inspections[OURS]
    assert asker.get(f"{API}/inspections/{id}/replay").json()["same"] is True
    other = asker.get(f"{API}/inspections/{id}/replay", params={"as_of": "2024-01-05"}).json()
    assert (other["changed"], other["same"]) == (["as-of"], False)
    assert asker.get(f"{API}/inspections/{id}/bundle").status_code == 409
    signing.checkpoint(city.ledger, SIGNER)
    done = audit(read_bundle(asker.get(f"{API}/inspections/{id}/bundle").content, "b"), [SIGNER.verifier])
    assert done.faults == () and done.replayed is not None and done.replayed.same


def test_reviews_and_waivers(asker: TestClient, city: City) -> None:
    """In the name of the account; what need not be decided is refused."""
    id = city.inspections[OURS]
    review = {"asset": "a3", "decision": "pass", "reason": "seen in print"}
    assert asker.post(f"{API}/inspections/{id}/reviews", json=review).status_code == 201
    assert asker.post(f"{API}/inspections/{id}/reviews", json={**review, "asset": "a2"}).status_code == 409
    (kept,) = asker.get(f"{API}/inspections/{id}/reviews").json()
    assert (kept["reviewer"], kept["reason"]) == ("all", "seen in print")
    waiver = {"register": OURS, "asset": "a2", "indicator": "account.stale", "from": "2024-02-01", "until": "2024-03-01",
              "reason": "reform", "approved_by": "office"}  # fmt: skip
    assert asker.post(f"{API}/waivers", json=waiver).status_code == 201
    assert asker.post(f"{API}/waivers", json=waiver).json()["problems"][0]["code"] == "duplicate-waiver"
    near = asker.post(f"{API}/waivers", json={**waiver, "indicator": "account.stall"}).json()["problems"][0]
    assert near["hint"]["en"] == "did you mean “account.stale”?"
    assert asker.get(f"{API}/waivers").json()["items"][0]["entered_by"] == "all"


# ---- rules ---------------------------------------------------------------------------------------------------------


def pack(window: str = "2w") -> dict[str, str]:
    """The texts of the national pack, with another window for accounts."""
    folder = shipped_rules() / "cn" / "2019-19"
    files = {f.relative_to(folder).as_posix(): f.read_text(encoding="utf-8") for f in sorted(folder.rglob("*.yaml"))}
    before, after = files["indicators.yaml"].split("- id: account.stale\n")
    return files | {
        "indicators.yaml": f"{before}- id: account.stale\n{after.replace('window: 2w', f'window: {window}', 1)}"
    }


def test_rulebooks_and_their_texts(asker: TestClient) -> None:
    """What the ledger holds, text by text; what differs between two; faults of a draft with line and hint."""
    listed = asker.get(f"{API}/rulebooks").json()
    digest = listed["rulebooks"][0]["rulebook"]
    shown = asker.get(f"{API}/rulebooks/{digest[:12]}").json()
    text = asker.get(f"{API}/rulebooks/{digest}/text", params={"file": "cn/2019-19/indicators.yaml"}).text
    assert "cn/2019-19/indicators.yaml" in shown["files"] and "- id: account.stale" in text
    assert asker.get(f"{API}/rulebooks/{digest}/text", params={"file": "../../../etc/passwd"}).status_code == 404
    assert asker.get(f"{API}/rulebooks/diff", params={"old": digest, "new": "cn/2019-19"}).json() == []
    assert asker.get(f"{API}/rulebooks/diff", params={"old": "/etc", "new": digest}).status_code == 404
    draft = {"pack": "cn/draft", "files": {"a.yaml": "schema: indicators/1\npack: cn/draft\nindicaters: []\n"}}
    problems = asker.post(f"{API}/rulebooks/lint", json=draft).json()["problems"]
    assert ("a.yaml" in problems[0]["file"], problems[0]["line"] > 0) == (True, True)
    for name in ("../a.yaml", "a/b.yaml", "a.py", "tests/../../a.yaml"):
        assert asker.post(f"{API}/rulebooks/lint", json={"pack": "cn/draft", "files": {name: "x"}}).status_code == 422


def test_impact_on_a_register(asker: TestClient) -> None:
    """By the rules of its newest inspection unless others are named."""
    told = asker.post(f"{API}/impact", json={"register": OURS, "rules": ["cn/hunan/zhuzhou"]}).json()
    assert {b["kind"]: b["total"] for b in told["batches"]} == {"site": 0, "account": 3}


def test_publishing_takes_two(asker: TestClient, city: City) -> None:
    """Whoever proposes cannot approve; whoever approves publishes, once; both steps are in the ledger."""
    zhang, li = (city.key(Role.POLICY, name=name) for name in ("zhang", "li"))
    made = asker.post(f"{API}/proposals", json={"pack": "cn/2019-19", "files": pack(), "why": "first"}, headers=zhang)
    assert made.status_code == 201, made.text
    path = f"{API}/proposals/{made.json()['id']}"
    refused = asker.post(f"{path}/approve", json={"why": "mine"}, headers=zhang)
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (403, "own-proposal")
    done = asker.post(f"{path}/approve", json={"why": "checked"}, headers=li)
    assert done.status_code == 200 and done.json()["rulebook"] == made.json()["rulebook"]
    assert asker.post(f"{path}/approve", json={"why": "again"}, headers=li).status_code == 409
    assert administration(city) == [
        ("zhang", "proposal", "proposed", "first"),
        ("li", "proposal", "approved", "checked"),
    ]
    (published,) = asker.get(f"{API}/rulebooks/{made.json()['rulebook']}").json()["published"]
    assert (published["published_by"], published["why"]) == ("li", "first")
    loose = asker.post(
        f"{API}/proposals", json={"pack": "cn/2019-19", "files": pack("99d"), "why": "looser"}, headers=zhang
    )
    path = f"{API}/proposals/{loose.json()['id']}"
    guard = asker.post(f"{path}/approve", json={"why": "x", "max_flips_percent": 10}, headers=li)
    assert (guard.status_code, guard.json()["problems"][0]["code"]) == (409, "not-published")
    assert asker.get(path).json()["state"] == "open"
    assert asker.post(f"{path}/reject", json={"why": "too loose"}, headers=zhang).json()["state"] == "rejected"
    assert verify(city.ledger).faults == ()


# ---- pages ---------------------------------------------------------------------------------------------------------


def test_pages_in_both_languages(asker: TestClient) -> None:
    """Chinese first; English when asked for, and kept; nothing comes from elsewhere, no script is inline."""
    for path in ("/", "/assets", f"/assets/{OURS}/a2", "/login"):
        zh = asker.get(path, headers=HTML)
        assert zh.status_code == 200 and '<html lang="zh-CN">' in zh.text
        assert not re.search(r"<script|style=|https?://|\bon\w+=", zh.text)
        en = asker.get(f"{path}?lang=en", headers=HTML).text
        assert '<html lang="en">' in en
        assert '<html lang="en">' in asker.get(path, headers=HTML).text
        asker.cookies.clear()
    assert asker.get("/style.css").headers["content-type"].startswith("text/css")


def test_the_list_of_assets_and_its_filters(asker: TestClient) -> None:
    """By register, kind and a part of the name; page by page."""
    page = asker.get("/assets", params={"register": OURS, "name": "a2"}, headers=HTML).text
    assert f"{OURS}a2" in page and f"{OURS}a1" not in page and THEIRS + "a2" not in page
    first = asker.get("/assets?limit=2", headers=HTML).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    assert f"{OURS}a3" in asker.get(following[1].replace("&amp;", "&"), headers=HTML).text
    assert "没有符合条件的资产" in asker.get("/assets?kind=site", headers=HTML).text


def test_names_from_outside_stay_text(asker: TestClient) -> None:
    """Markup in a name, a register, a filter or an address is shown, not run."""
    evil = '"><script>alert(1)</script>{{7*7}}'
    body = {"register": evil, "assets": [{"id": evil, "kind": "account", "name": evil, "owner": evil, "url": "javascript:alert(1)"}],
            "facts": [{"fact": "wording", "asset": evil, "part": "1", "observed_at": "2024-02-23", "severity": "general", "text": evil}]}  # fmt: skip
    assert asker.post(f"{API}/facts", json=body).status_code == 200
    for path in ("/", "/assets", f"/assets?name={evil}", "/assets/" + "/".join([evil.replace("/", "%2F")] * 2)):
        page = asker.get(path, headers=HTML).text
        assert "<script" not in page and "&lt;script&gt;" in page and "49" not in re.sub(r"[0-9a-f]{8,}", "", page)
        assert 'href="javascript' not in page


def test_pages_that_are_not_there(asker: TestClient, city: City) -> None:
    """A person gets a page with the reason and the request's id, and the same refusal as a program."""
    for path, status in ((f"/assets/{OURS}/a9", 404), ("/nowhere", 404), ("/assets?cursor=x", 422)):
        page = asker.get(path, headers=HTML)
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert page.headers["x-request-id"] in page.text
    assert asker.get("/", headers=HTML | city.key(name="nothing")).status_code == 403


def test_a_backup_leaves_the_services_tables_out(city: City, tmp_path: Path) -> None:
    """Passwords and sessions are not in it; the record of who was given what is."""
    city.key(Role.READER)
    assert backup(city.ledger, tmp_path / "b.db").faults == ()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'b.db'}")
    names = sa.inspect(engine).get_table_names()
    assert [n for n in names if n.startswith("service")] == [] and "administration" in names
    engine.dispose()


def test_on_either_database(place: str) -> None:
    """Facts in, listed, a login, a lock, a job, an account changed, on SQLite and on PostgreSQL alike."""
    ledger = new_ledger(place)
    city = City(ledger=ledger, app=None, settings=Settings(ledger=place), clock=Clock())  # type: ignore[arg-type]
    city.app = build(ledger, city.settings, city.clock, processes=0, with_jobs=False)
    city.key(Role.ADMINISTRATOR)
    with_password(city, Role.OPS)
    with client(city, **city.key(Role.OPS)) as asker:
        body = {"register": OURS, "assets": [{"id": "a3", "kind": "account", "name": "甲"}], "facts": [NEW]}
        assert asker.post(f"{API}/facts", json=body, headers={"idempotency-key": "k"}).json()["facts"] == 1
        assert asker.post(f"{API}/facts", json=body, headers={"idempotency-key": "k"}).json()["facts"] == 1
        assert [a["id"] for a in asker.get(f"{API}/assets").json()["items"]] == ["a3"]
        assert asker.get(f"/assets/{OURS}/a3", headers=HTML).status_code == 200
        job = asker.post(
            f"{API}/inspections", json={"register": OURS, "as_of": "2024-02-23", "rules": ["cn/2019-19"]}
        ).json()
        assert asker.post(f"{API}/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    with client(city) as browser:
        assert [log_in(browser, secret="wrong password here").status_code for _ in range(5)] == [401] * 5
        city.clock.move(minutes=16)
        assert log_in(browser).status_code == 303
        accounts.alter(ledger, Change(by="test", why="x", at=AT), "zhao", standing="closed")
        assert browser.get(f"{API}/me").status_code == 401
    assert verify(ledger).faults == ()
    work.opened.cache_clear()
