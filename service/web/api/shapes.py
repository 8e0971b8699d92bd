"""What comes in and goes out, as pydantic models with examples; and how a route is documented."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hege.service.web.problems import MEDIA_TYPE
from hege.service.web.rights import Role

Register = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$", examples=["渭南市"])]
Why = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]+$", examples=["新任职"])]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Pack = Annotated[str, Field(min_length=1, max_length=100, examples=["cn/2019-19"])]


class Given(BaseModel):
    """A body; a name it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Both(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class Fault(BaseModel):
    """One fault: what, where, what to do."""

    code: str = Field(examples=["bad-date"])
    severity: Literal["error", "warning"]
    file: str
    line: int
    column: int
    source: str
    message: Both
    hint: Both | None


class Problem(BaseModel):
    """problem+json (RFC 9457)."""

    type: str = Field(examples=["urn:hege:problem:unknown-asset"])
    title: str
    status: int
    detail: str
    instance: str
    problems: list[Fault]


class Receipt(BaseModel):
    """What was acknowledged: on disk, and in the tree."""

    batch: int
    size: int
    root: str


class TakenIn(BaseModel):
    """What an import came to; no receipt when everything was known already."""

    register_: str = Field(alias="register")
    assets: int
    facts: int
    known: int
    corrections: int
    receipt: Receipt | None


class Delivered(Given):
    """Assets and facts to be recorded: all of them or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{
                "register": "渭南市", "assets": [{"id": "a1", "kind": "account", "name": "渭南发布"}],
                "facts": [{"fact": "feed", "asset": "a1", "observed_at": "2024-02-23", "newest": "2024-02-20"}],
            }]
        },
    )  # fmt: skip
    register_: Register = Field(alias="register")
    assets: list[dict[str, Any]] = Field(default=[], max_length=200_000)
    facts: list[dict[str, Any]] = Field(default=[], max_length=200_000)
    correct: str = Field(
        "", max_length=2000, description="Reason why facts that contradict recorded ones supersede them."
    )
    complete: bool = Field(False, description="The assets are all of the register; others have left it.")
    note: str = Field("", max_length=2000)


class NewAccount(Given):
    """An account to be made."""

    name: Word = Field(examples=["zhang.san"])
    roles: list[Role] = Field(max_length=10)
    registers: list[Register] | None = Field(examples=[["渭南市"]], description="Registers it sees; null: all.")
    password: str | None = Field(None, max_length=256, description="For the pages; without one it has keys alone.")
    why: Why


class ChangedAccount(Given):
    """What to change of an account; what is left out stays."""

    roles: list[Role] | None = Field(None, max_length=10)
    registers: list[Register] | None = None
    standing: Literal["active", "closed"] | None = None
    password: str | None = Field(None, max_length=256)
    why: Why


class NewKey(Given):
    """A key to be made."""

    label: Word = Field(examples=["nightly import"])
    why: Why


class NewPassword(Given):
    """One's own password."""

    password: str = Field(max_length=256)
    why: Why = "own password"


class NewInspection(Given):
    """An inspection of a whole register."""

    register_: Register = Field(alias="register")
    as_of: date = Field(examples=["2024-02-23"])
    rules: list[Pack] = Field(
        min_length=1, max_length=10, description="Ids of packs that come with hege, or the digest of one rulebook."
    )


class NewReview(Given):
    """A person's decision on an asset that was left undetermined."""

    asset: Word
    decision: Literal["pass", "fail"]
    reason: Why
    attachment: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of a document that is kept elsewhere."
    )
    attachment_name: str = Field("", max_length=200)


class NewWaiver(Given):
    """An exemption (报备)."""

    register_: Register = Field(alias="register")
    asset: Word
    indicator: Word = Field(examples=["account.stale"])
    start: date = Field(alias="from")
    until: date
    reason: Why
    approved_by: Word
    id: str = Field("", max_length=200)


class Texts(Given):
    """The texts of one pack: rule files by name, tests as tests/NAME.yaml."""

    pack: Pack = Field(pattern=r"^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*$")
    files: dict[Annotated[str, Field(pattern=r"^(tests/)?[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.yaml$")], Annotated[str, Field(max_length=1_100_000)]] = Field(
        min_length=1, max_length=200, examples=[{"indicators.yaml": "schema: indicators/1\n..."}]
    )  # fmt: skip


class NewProposal(Texts):
    """A pack to be published."""

    why: Why


class Decision(Given):
    """Why a proposal is approved or rejected."""

    why: Why
    max_flips_percent: float | None = Field(
        None, ge=0, le=100, description="Refuse when more of a batch's verdicts flip."
    )
    force: str = Field(
        "", max_length=2000, description="Reason to publish in spite of failed tests, coverage or flips."
    )


class Comparison(Given):
    """Which rules in place of which, on which days."""

    register_: Register = Field(alias="register")
    rules: list[Pack] = Field(min_length=1, max_length=10)
    against: list[Pack] = Field(
        default=[], max_length=10, description="Else those of the register's newest inspection."
    )
    days: list[date] = Field(
        default=[], max_length=60, description="Else the days of the register's newest inspection."
    )


_FAULT: dict[str, Any] = {
    "model": Problem,
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_STATUS = {400: "not understood", 401: "not known", 403: "not allowed", 404: "not there", 409: "contradicts what is there",
           413: "too large", 422: "bad input", 429: "too often", 503: "the database is busy or away"}  # fmt: skip


def faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer when it does not do what was asked."""
    return {s: {"description": _STATUS[s], **_FAULT} for s in sorted({401, 403, 422, 429, 503, *statuses})}


def binary(media_type: str) -> dict[int | str, dict[str, Any]]:
    """A route that gives a file."""
    return {
        200: {"description": "the file", "content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
    }
