"""Accounts and keys for administrators, and one's own."""

from __future__ import annotations

from typing import Any

from hege.service.web import accounts
from hege.service.web.accounts import Change
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.shapes import ChangedAccount, NewAccount, NewKey, NewPassword, faults
from hege.service.web.rights import API, Visitor, rights_of
from hege.service.web.state import Service

router = new_router(API, tags=["accounts"])


@router.get("/me", responses=faults())
def show_me(visitor: Asking) -> dict[str, Any]:
    """Who one is, what one may do, what one sees (`registers` null: all)."""
    return {
        "name": visitor.name, "roles": sorted(r.value for r in visitor.roles), "key": visitor.key or None,
        "rights": sorted(r.value for r in rights_of(visitor.roles)),
        "registers": None if visitor.registers is None else sorted(visitor.registers),
    }  # fmt: skip


@router.post("/me/password", responses=faults())
def set_own_password(visitor: Asking, service: Serving, body: NewPassword) -> dict[str, Any]:
    """A new password of one's own; all sessions of the account end."""
    change = _change(service, visitor, body.why)
    return accounts.alter(service.ledger, change, visitor.name, password=body.password).plain()


@router.get("/accounts", responses=faults())
def list_accounts(service: Serving) -> list[dict[str, Any]]:
    """All accounts."""
    with service.ledger.reading() as connection:
        return [a.plain() for a in accounts.every(connection)]


@router.post("/accounts", status_code=201, responses=faults(409))
def make_account(visitor: Asking, service: Serving, body: NewAccount) -> dict[str, Any]:
    """A new account; recorded in the ledger with who and why."""
    change = _change(service, visitor, body.why)
    return accounts.create(service.ledger, change, body.name, body.roles, body.registers, body.password or "").plain()


@router.patch("/accounts/{account}", responses=faults(404, 409))
def change_account(visitor: Asking, service: Serving, account: str, body: ChangedAccount) -> dict[str, Any]:
    """Changes roles, registers, standing or password; its sessions end."""
    registers = body.registers if "registers" in body.model_fields_set else False
    return accounts.alter(
        service.ledger, _change(service, visitor, body.why), account, roles=body.roles, registers=registers,
        standing=body.standing, password=body.password,
    ).plain()  # fmt: skip


@router.get("/accounts/{account}/keys", responses=faults(404))
def list_keys(service: Serving, account: str) -> list[dict[str, Any]]:
    """The keys of an account, without what opens."""
    with service.ledger.reading() as connection:
        return accounts.keys_of(connection, account)


@router.post("/accounts/{account}/keys", status_code=201, responses=faults(404))
def make_key(visitor: Asking, service: Serving, account: str, body: NewKey) -> dict[str, str]:
    """A new key. It is in this answer and nowhere else."""
    id, key = accounts.create_key(service.ledger, _change(service, visitor, body.why), account, body.label)
    return {"id": id, "key": key}


@router.delete("/keys/{key}", status_code=204, responses=faults(404))
def revoke_key(visitor: Asking, service: Serving, key: str, why: str = "revoked") -> None:
    """The key opens nothing from now on."""
    accounts.revoke_key(service.ledger, _change(service, visitor, why[:2000]), key)


def _change(service: Service, visitor: Visitor, why: str) -> Change:
    return Change(by=visitor.name, why=why, at=service.clock())
