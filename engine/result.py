"""What an inspection says: findings, verdicts, groups. The one result model that every output renders.

Outcomes are the inspector's six words; a verdict is one of four. Text is official Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import TYPE_CHECKING

from hege.engine.rulebook.model import AssetKind, Effect, Law, PackId, Status
from hege.engine.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hege.engine.score import Score


class Outcome(Enum):
    """What one indicator says of one asset at one day."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"
    NOT_APPLICABLE = "not_applicable"
    NOT_IN_FORCE = "not_in_force"


class Verdict(Enum):
    """What the inspection says of an asset."""

    PASS = "pass"  # 合格
    FAIL = "fail"  # 不合格
    UNDETERMINED = "undetermined"  # 待核
    EXEMPT = "exempt"  # 报备豁免: would fail or be undetermined but for a waiver

    @property
    def zh(self) -> str:
        """The word a notice uses."""
        return {"pass": "合格", "fail": "不合格", "undetermined": "待核", "exempt": "豁免"}[self.value]


FieldValue = str | int | float | bool | date | datetime | tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FactSeen:
    """A fact behind a finding. `id` is the first 16 hex digits of the SHA-256 of its canonical content."""

    id: str
    kind: str
    part: str
    observed_at: datetime
    state: str
    values: Mapping[str, FieldValue]  # only the fields given; `none` for known absent


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why something could not be decided; `code` is stable, such as `no-fact`, `blocked`, `field-open`."""

    code: str
    text: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One indicator's answer for one asset.

    `arithmetic` holds exact figures by stable names (`of`, `relation`, `newest`, `window_start`, `count`, `unknown`, `limit`,
    `share`); `would_be` is the outcome a waiver set aside; `clause` cites the version in force.
    """

    indicator: str
    title: str
    effect: Effect
    status: Status
    outcome: Outcome
    text: str
    clause: Law | None
    version: date | None
    facts: tuple[FactSeen, ...] = ()
    arithmetic: Mapping[str, int | str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    would_be: Outcome | None = None
    waiver: str = ""
    consequence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """An asset as registered. `synthetic` assets stand for ones a notice only counts."""

    id: str
    kind: AssetKind
    name: str
    platform: str = ""
    owner: str = ""
    district: str = ""
    category: str = ""
    parent: str = ""
    url: str = ""
    synthetic: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetResult:
    """One asset's verdict with all its findings in rulebook order; `problem` joins the failed vetoes' texts, `remark`
    the failed remarks', `steps` names the reached consequences, `open_steps` those of which it is not known. `score` is
    there where a score sheet is about it."""

    asset: Asset
    verdict: Verdict
    findings: tuple[Finding, ...]
    problem: str = ""
    remark: str = ""
    steps: tuple[str, ...] = ()
    open_steps: tuple[str, ...] = ()
    score: Score | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Counts of verdicts; total = passed + failed + undetermined + exempt."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    undetermined: int = 0
    exempt: int = 0

    @property
    def pass_rate(self) -> str | None:
        """Passed of all, half up to one decimal, `92.2%`; None when there is nothing."""
        return percent(self.passed, self.total)


def percent(part: int, whole: int, places: int = 1) -> str | None:
    """A share as printed in notices, half up, `98.6%`; None for nothing of nothing.

    Only the whole is printed as 100%: 2,499 of 2,500 is 99.9%, and one failed asset stays visible.
    """
    if not whole:
        return None
    step = Decimal(1).scaleb(-places)
    share = (Decimal(part) * 100 / whole).quantize(step, ROUND_HALF_UP)
    return f"{100 - step if share == 100 and part < whole else share}%"


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """All assets of one kind at one monitoring day."""

    name: str
    kind: AssetKind
    as_of: date
    assets: tuple[AssetResult, ...]
    group: Group
    printed: str = ""  # the rate a published notice prints
    rated: bool = True  # whether its pass rate says anything
    breakdowns: Mapping[str, Mapping[str, Group]]  # by district | category | platform, then word

    @property
    def printed_agrees(self) -> bool | None:
        """Whether the printed rate follows from the counts at its own precision; None when none is printed."""
        if not self.printed:
            return None
        places = len(self.printed.rstrip("%").partition(".")[2])
        return percent(self.group.passed, self.group.total, places) == self.printed


@dataclass(frozen=True, kw_only=True, slots=True)
class Previous:
    """The rate of the previous inspection, as its notice printed it; `derived`: computed back from a printed change."""

    kind: AssetKind
    pass_rate: str
    label: str = ""
    derived: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """One inspection: every batch, and what it was judged by. Pure content: no clock, machine or file name in it."""

    title: str
    jurisdiction: str
    issuer: str
    packs: tuple[PackId, ...]
    rulebook_digest: str
    calendar_digest: str  # of the working days that were counted with
    batches: tuple[Batch, ...]
    previous: tuple[Previous, ...] = ()
    rectify_by: date | None = None
    frames: Mapping[str, int] = field(default_factory=dict)  # asset kind -> how many a sample was drawn from
    alarms: tuple[str, ...] = ()  # verdicts withheld because the two judgements differ

    def latest(self, kind: AssetKind) -> Batch | None:
        """The batch with the newest monitoring day of that kind (the first of the list among equals)."""
        return max((b for b in self.batches if b.kind is kind), key=lambda b: b.as_of, default=None)
