"""The rulebook as data: packs, indicators, their dated versions, and the closed vocabulary of checks.

Owns the types only. Reading YAML is `reading`, layering is `layering`, the Chinese sentence is `sentence`,
evaluation is `hege.engine.evaluation`. The language is described in docs/language.md.

A check is a frozen tree. Its leaves look at facts; what they name is a `Path`. Inside a `Selection` the checks look at
one fact (a row) and their paths have no kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from hege.engine.dates import Duration
from hege.engine.errors import Place

# ---- closed words --------------------------------------------------------------------------------------------------


class AssetKind(Enum):
    """What is inspected: a government website or a new-media account."""

    SITE = "site"
    ACCOUNT = "account"


class Effect(Enum):
    """What a failed indicator does to its asset."""

    VETO = "veto"  # 单项否决
    DEDUCT = "deduct"  # 扣分
    BONUS = "bonus"  # 加分
    REMARK = "remark"  # 提示, never changes a verdict
    ESCALATE = "escalate"  # 处置步骤 (通报, 关停), never changes a verdict


class Status(Enum):
    """The life of an indicator."""

    DRAFT = "draft"  # read and linted, never evaluated
    TRIAL = "trial"  # evaluated and recorded, never counted
    IN_FORCE = "in_force"
    REPEALED = "repealed"


class Verified(Enum):
    """How well the text of the law is known."""

    VERBATIM = "verbatim"
    TWO_SOURCES = "two-sources"
    VENDOR_TRANSCRIPTION = "vendor-transcription"
    LOCAL_NOTICE = "local-notice"  # known only from a notice that applies it
    DAMAGED = "damaged"


class Relation(Enum):
    """Words for bounds and equality, never symbols."""

    AT_LEAST = "at_least"  # 超过(含), 不少于
    MORE_THAN = "more_than"  # 超过
    AT_MOST = "at_most"  # 不超过
    LESS_THAN = "less_than"  # 少于
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    INCLUDES = "includes"  # a list holds this entry


BOUNDS = (Relation.AT_LEAST, Relation.MORE_THAN, Relation.AT_MOST, Relation.LESS_THAN)


class Direction(Enum):
    """What a local change does to the rule it changes."""

    TIGHTEN = "tighten"
    LOOSEN = "loosen"
    SAME = "same"


class Missing(Enum):
    """What a field means that the inspector looked for and did not find filled."""

    UNKNOWN = "unknown"
    TRUE = "fail"  # the check holds (counts against the asset)
    FALSE = "pass"


class Every(Enum):
    """The rhythm of a `periods` check."""

    DAY = "day"
    WORKDAY = "workday"
    WEEK = "week"  # Monday to Sunday
    MONTH = "month"


class Span(Enum):
    """The calendar period that contains a day."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class UnknownPeriod(Enum):
    """What an undecided period does to a run of failed periods."""

    UNKNOWN = "unknown"  # it may or may not continue the run (Kleene)
    HOLD = "hold"  # neither counts nor breaks
    BREAK = "break"


# ---- values --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Param:
    """A named value of the version, written `$name`; replaced by its value when the rulebook is compiled."""

    name: str
    place: Place | None = field(default=None, compare=False)


Scalar = str | int | bool | Decimal | Fraction | date | Duration
"""A literal: word or text, whole number, truth, decimal number, percentage (as an exact fraction), day, duration."""

Given = Scalar | tuple[Scalar, ...]
"""What a parameter may be: a literal, or a list of words."""

Value = Scalar | Param
"""What a check may be given."""


@dataclass(frozen=True, slots=True)
class Path:
    """`kind.field`, `kind[part].field` about the asset; `field` (kind empty) about the fact in hand."""

    kind: str
    field: str
    part: str | None = None

    def __str__(self) -> str:
        if not self.kind:
            return self.field
        return f"{self.kind}[{self.part}].{self.field}" if self.part is not None else f"{self.kind}.{self.field}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """Where a rule comes from. `quote` is the official wording; `note` says what one look would settle."""

    document: str
    clause: str = ""
    quote: str = ""
    verified: Verified = Verified.VERBATIM
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class IfMissing:
    """What a field left open in a known fact means, with the law that says so."""

    then: Missing
    law: Law


# ---- checks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class NotUpdated:
    """The newest date lies before the window (window ends on the monitoring day, both ends counted)."""

    what: Path
    within: Value
    if_missing: IfMissing | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Compare:
    """A field stands in a relation to a value. A list compares by its number of entries, except `includes`."""

    what: Path
    relation: Relation
    value: Value | tuple[Value, ...]
    if_missing: IfMissing | None = None


class Ignore(Enum):
    """Differences in writing that do not make two names differ."""

    SPACE = "space"
    WIDTH = "width"  # full-width and half-width forms (NFKC)
    PUNCTUATION = "punctuation"
    CASE = "case"


@dataclass(frozen=True, kw_only=True, slots=True)
class Differ:
    """Two texts are not the same."""

    left: Path
    right: Path
    ignore: tuple[Ignore, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """Known not to be there: the field is `none` (someone looked)."""

    what: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Present:
    """Known to be there: the field has a value."""

    what: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Elapsed:
    """The time from one date to another (or to the monitoring day while the other has not come) against a bound."""

    since: Path
    until: Path | None
    relation: Relation
    duration: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Facts of one kind: those `where` holds, dated `within` a window or `during` a calendar period, `that` check."""

    kind: str
    where: tuple[Compare | Absent | Present, ...] = ()
    within: Value | None = None
    during: Span | None = None
    by: str = ""  # the date field that `within` and `during` look at; empty: observed_at
    that: Check | None = None

    @property
    def windowed_by_observation(self) -> bool:
        """Whether only what was observed in a window counts, so that a window nobody looked in says nothing."""
        return (self.within is not None or self.during is not None) and self.by in ("", "observed_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class Some:
    """At least one such fact (`present: {each: …}`); `absent: {each: …}` is its negation."""

    of: Selection


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many such facts, summed over the selections, against a bound."""

    of: tuple[Selection, ...]
    relation: Relation
    number: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Enough:
    """A sample counts only with at least this many facts on each of this many days up to the monitoring day."""

    per_day: Value
    days: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """The share of the selected facts for which `that` holds, against a bound, on exact integers."""

    of: Selection
    relation: Relation
    share: Value
    enough: Enough | None = None


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the checks holds."""

    of: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the checks holds."""

    of: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The check does not hold; unknown stays unknown."""

    of: Check


@dataclass(frozen=True, slots=True)
class Switch:
    """A yes or no of the pack, by which a clause is on or off."""

    value: Value


@dataclass(frozen=True, slots=True)
class Fails:
    """Another indicator of the rulebook fails at the same day (`indicator: ID`); exempt and out of force do not."""

    indicator: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Periods:
    """How many periods of a calendar span (or how many in a row) the check holds, judged at each period's last day.

    Periods that end inside `within` and not after the monitoring day count. Exactly one of `number`, `in_a_row` is set.
    """

    every: Every
    within: Span
    that: Check
    relation: Relation = Relation.AT_LEAST
    number: Value | None = None
    in_a_row: Value | None = None
    unknown_period: UnknownPeriod = UnknownPeriod.UNKNOWN


Check = (
    NotUpdated
    | Compare
    | Differ
    | Absent
    | Present
    | Elapsed
    | Some
    | Count
    | Ratio
    | Any
    | All
    | Not
    | Switch
    | Fails
    | Periods
)

# ---- indicators ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Official wording of a failed finding; the first whose `when` holds and whose placeholders are all known is used.

    Placeholders: `{$param}`, `{kind.field}`, `{each.field}` (distinct values of the facts that count against the
    asset, joined by 、), `{each.field|quoted}` (each in “”), `{count}`.
    """

    text: str
    when: Check | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """An indicator as it stands from a day on, until the next version's day.

    `repealed` versions end it. `origins` says for each field (`law`, `fail_when`, `params.window`, ...) which file and
    line gave it; it is not part of the digest.
    """

    start: date
    law: Law
    fail_when: Check | None = None
    applies_when: Check | None = None
    params: dict[str, Given] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    repealed: bool = False
    origins: dict[str, Origin] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Which pack, file and line a field of a compiled version came from."""

    pack: str
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class AppliesTo:
    """Which assets an indicator is about: a kind, and optionally words of the asset's own columns."""

    kind: AssetKind
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (platform|district|category|owner, allowed words)


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """One thing an inspection looks at. `points` is the value of a deduct or bonus item, else 0."""

    id: str
    title: str
    applies_to: AppliesTo
    effect: Effect
    status: Status
    versions: tuple[Version, ...]
    points: Decimal = Decimal(0)
    consequence: str = ""  # for ESCALATE: what is done (通报, 关停)

    def at(self, day: date) -> Version | None:
        """The version in force on a day: the newest not after it; None before the first and once repealed."""
        found = None
        for version in self.versions:
            if version.start <= day:
                found = version
        return None if found is None or found.repealed else found


# ---- packs, overlays, rulebook -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentation:
    """How problem texts of one asset are put together: the joining mark and which indicators come first and last."""

    join: str = "；"
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Conventions:
    """What the pack says about time.

    `observation` is how long an observation speaks for the days after it: an update that was seen stays seen, but
    "nothing since" older than this is unknown. 0 days: only an observation of the monitoring day itself.
    """

    observation: Duration
    law: Law


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """One asset is exempt from one indicator for a time (报备, 特殊情况); the outcome it would have had is kept."""

    id: str
    asset: str
    indicator: str
    start: date
    until: date  # last day, included
    reason: str
    approved_by: str
    place: Place = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PackId:
    """A pack that went into a rulebook, with the SHA-256 of its canonical form."""

    id: str
    title: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rulebook:
    """Packs compiled to one flat set of indicators, in order; every version has its parameters filled in.

    `digest` is the SHA-256 of the compiled canonical form.
    """

    packs: tuple[PackId, ...]
    indicators: tuple[Indicator, ...]
    conventions: Conventions
    presentation: Presentation = Presentation()
    waivers: tuple[Waiver, ...] = ()
    digest: str = ""

    def indicator(self, id: str) -> Indicator:
        """The indicator of that id; KeyError if there is none."""
        for indicator in self.indicators:
            if indicator.id == id:
                return indicator
        raise KeyError(id)
