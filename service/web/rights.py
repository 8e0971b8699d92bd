"""Who may do what: roles, rights, and the one closed table that says which right each route needs.

A route that is not in the table is refused, and `app` does not start with one. Which registers an account sees is its own
matter (`Visitor.registers`), asked by the routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hege.engine.text import Text


class Right(Enum):
    """What one may do."""

    NOTHING = "nothing"  # anybody, known or not
    KNOWN = "known"  # whoever has an account
    READ = "read"
    ENTER = "enter"  # facts
    INSPECT = "inspect"
    REVIEW = "review"
    WAIVE = "waive"
    PROPOSE = "propose"  # a rulebook
    APPROVE = "approve"  # a rulebook that somebody else proposed
    AUDIT = "audit"  # replay, bundles
    SIGN = "sign"  # checkpoints
    MEASURE = "measure"  # how the service fares
    ADMINISTER = "administer"  # accounts and keys


class Role(Enum):
    """What an account is for; it may have several."""

    ADMINISTRATOR = "administrator"
    POLICY = "policy"
    OPS = "ops"
    AUDITOR = "auditor"
    READER = "reader"

    @property
    def title(self) -> Text:
        """The word for people."""
        return _TITLES[self]


_TITLES = {
    Role.ADMINISTRATOR: Text(zh="管理员", en="administrator"),
    Role.POLICY: Text(zh="政策人员", en="policy"),
    Role.OPS: Text(zh="运行人员", en="ops"),
    Role.AUDITOR: Text(zh="审计人员", en="auditor"),
    Role.READER: Text(zh="读者", en="reader"),
}

_EVERYBODY = frozenset({Right.NOTHING, Right.KNOWN, Right.READ})
GRANTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: _EVERYBODY | {Right.ADMINISTER, Right.MEASURE},
    Role.POLICY: _EVERYBODY | {Right.REVIEW, Right.WAIVE, Right.PROPOSE, Right.APPROVE},
    Role.OPS: _EVERYBODY | {Right.ENTER, Right.INSPECT, Right.SIGN, Right.MEASURE},
    Role.AUDITOR: _EVERYBODY | {Right.AUDIT},
    Role.READER: _EVERYBODY,
}


def rights_of(roles: frozenset[Role]) -> frozenset[Right]:
    """All that the roles of an account allow; without a role nothing but what anybody may."""
    return frozenset({Right.NOTHING}).union(*(GRANTS[r] for r in roles))


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """Who asks: an account, by a key or a session; nobody has neither name nor roles."""

    name: str = ""
    roles: frozenset[Role] = frozenset()
    registers: frozenset[str] | None = frozenset()  # None: all
    key: str = ""  # id of the key that was shown
    session: str = ""  # the session's token

    def may(self, right: Right) -> bool:
        """Whether the roles allow it."""
        return right in rights_of(self.roles)

    def sees(self, register: str) -> bool:
        """Whether a register is among the account's own."""
        return self.registers is None or register in self.registers


API = "/api/v1"
ROUTES: dict[str, Right] = {
    "GET /health/live": Right.NOTHING,
    "GET /health/ready": Right.NOTHING,
    "GET /openapi.json": Right.KNOWN,
    "GET /metrics": Right.MEASURE,
    # accounts
    f"GET {API}/me": Right.KNOWN,
    f"POST {API}/me/password": Right.KNOWN,
    f"GET {API}/accounts": Right.ADMINISTER,
    f"POST {API}/accounts": Right.ADMINISTER,
    f"PATCH {API}/accounts/{{account}}": Right.ADMINISTER,
    f"GET {API}/accounts/{{account}}/keys": Right.ADMINISTER,
    f"POST {API}/accounts/{{account}}/keys": Right.ADMINISTER,
    f"DELETE {API}/keys/{{key}}": Right.ADMINISTER,
    # what is known
    f"GET {API}/registers": Right.READ,
    f"GET {API}/assets": Right.READ,
    f"GET {API}/assets/{{register}}/{{asset}}": Right.READ,
    f"GET {API}/facts": Right.READ,
    f"GET {API}/facts/export": Right.READ,
    f"GET {API}/facts/{{fact}}": Right.READ,
    f"GET {API}/facts/{{fact}}/proof": Right.READ,
    f"POST {API}/facts": Right.ENTER,
    f"POST {API}/facts/stream": Right.ENTER,
    # rules
    f"GET {API}/rulebooks": Right.READ,
    f"GET {API}/rulebooks/diff": Right.READ,
    f"GET {API}/rulebooks/{{rulebook}}": Right.READ,
    f"GET {API}/rulebooks/{{rulebook}}/text": Right.READ,
    f"POST {API}/rulebooks/lint": Right.READ,
    f"GET {API}/proposals": Right.READ,
    f"GET {API}/proposals/{{proposal}}": Right.READ,
    f"POST {API}/proposals": Right.PROPOSE,
    f"POST {API}/proposals/{{proposal}}/approve": Right.APPROVE,
    f"POST {API}/proposals/{{proposal}}/reject": Right.APPROVE,
    f"POST {API}/impact": Right.READ,
    # inspections
    f"GET {API}/inspections": Right.READ,
    f"POST {API}/inspections": Right.INSPECT,
    f"GET {API}/inspections/{{inspection}}": Right.READ,
    f"GET {API}/inspections/{{inspection}}/verdicts": Right.READ,
    f"GET {API}/inspections/{{inspection}}/findings": Right.READ,
    f"GET {API}/inspections/{{inspection}}/explanation/{{asset}}": Right.READ,
    f"GET {API}/inspections/{{inspection}}/notice": Right.READ,
    f"GET {API}/inspections/{{inspection}}/reviews": Right.READ,
    f"POST {API}/inspections/{{inspection}}/reviews": Right.REVIEW,
    f"GET {API}/inspections/{{inspection}}/replay": Right.AUDIT,
    f"GET {API}/inspections/{{inspection}}/bundle": Right.AUDIT,
    f"GET {API}/waivers": Right.READ,
    f"POST {API}/waivers": Right.WAIVE,
    # jobs
    f"GET {API}/jobs": Right.READ,
    f"GET {API}/jobs/{{job}}": Right.READ,
    f"GET {API}/jobs/{{job}}/events": Right.READ,
    f"POST {API}/jobs/{{job}}/cancel": Right.INSPECT,
    # the signed past
    f"GET {API}/checkpoints": Right.READ,
    f"POST {API}/checkpoints": Right.SIGN,
    f"GET {API}/checkpoints/consistency": Right.READ,
    # pages
    "GET /login": Right.NOTHING,
    "POST /login": Right.NOTHING,
    "POST /logout": Right.KNOWN,
    "GET /style.css": Right.NOTHING,
    "GET /": Right.READ,
    "GET /assets": Right.READ,
    "GET /assets/{register}/{asset}": Right.READ,
}
