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
    SCORE = "score"  # 评分: the sheet that sums up deductions and bonuses
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
    """`kind.field`, `kind[part].field` about the asset; `field` (kind empty) about the fact in hand.

    `asset.category` and the like are the asset's own columns as registered, which are always known.
    """

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

# ---- points --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many full `step`s the share of the selected facts for which `that` holds comes to (每1%扣5分)."""

    of: Selection
    step: Value
    enough: Enough | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What a person is asked where only a person can judge. `of` and `number`: the sample to be drawn, 0 for none.

    `look` says where to look; `of` is the kind of fact that is the frame of the sample.
    """

    question: str
    look: str = ""
    of: str = ""
    number: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One rule of an item: so many points, once `when` a check holds, `each` time a fact is there, or `times` a number.

    Exactly one of `when`, `each` (selections), `times` (a whole number; of a survey item the number of problems found)
    and `share` is given. `applies_when` that is known not to hold leaves the line out.
    """

    id: str
    law: Law
    points: Value
    when: Check | None = None
    each: tuple[Selection, ...] = ()
    times: Path | None = None
    share: Share | None = None
    applies_when: Check | None = None
    ask: Ask | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherCap:
    """Another cap of the item for the assets for which `when` holds (国务院部门的机构职能4分)."""

    points: Value
    when: Check


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreGroup:
    """A group of items on a sheet, with the points its items sum up to; None where the table prints none."""

    title: str
    points: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A group of deductions not checked for the assets for which `when` holds; the rest is scaled up to the base."""

    group: str
    when: Check
    law: Law


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """How items become a score: base minus deductions, and bonuses on top of that above a line.

    Below `fails_below` the asset fails (the line itself passes); above `bonus_above` bonuses count (the line itself
    does not). A table that prints no base or no line has none here, and then decides nothing.
    """

    deduct: tuple[ScoreGroup, ...]
    bonus: tuple[ScoreGroup, ...] = ()
    base: Value | None = None
    fails_below: Value | None = None
    bonus_above: Value | None = None
    left_out: LeftOut | None = None

    def groups(self, effect: Effect) -> tuple[ScoreGroup, ...]:
        """The groups of deductions or of bonuses."""
        return self.deduct if effect is Effect.DEDUCT else self.bonus


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

    Items (deductions, bonuses) have `lines`, a score has a `sheet`, every other indicator has `fail_when`.
    `repealed` versions end it. `origins` says for each field (`law`, `fail_when`, `params.window`, ...) which file and
    line gave it; it is not part of the digest.
    """

    start: date
    law: Law
    fail_when: Check | None = None
    lines: tuple[Line, ...] = ()
    other_cap: OtherCap | None = None
    sheet: Sheet | None = None
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
    """One thing an inspection looks at.

    `points` is the most an item can deduct or earn (0: there is no limit), `group` its group on the score sheet.
    `ends` is the day on which a pack that succeeds the indicator's own begins.
    """

    id: str
    title: str
    applies_to: AppliesTo
    effect: Effect
    status: Status
    versions: tuple[Version, ...]
    points: Decimal = Decimal(0)
    group: str = ""
    consequence: str = ""  # for ESCALATE: what is done (通报, 关停)
    ends: date | None = None

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a score sheet."""
        return self.effect in (Effect.DEDUCT, Effect.BONUS)

    def has_ended(self, day: date) -> bool:
        """Whether the table it stood in has been succeeded by another on that day."""
        return self.ends is not None and self.ends <= day

    def at(self, day: date) -> Version | None:
        """The version in force on a day: the newest not after it; None before the first, once repealed or succeeded."""
        if self.has_ended(day):
            return None
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
    "nothing since" older than this is unknown. `condition` is how long the condition in which something was seen (a
    channel works, a guide lacks nothing, an answer is ok) is taken to last; older, it is unknown. None: for good.
    """

    observation: Duration
    law: Law
    condition: Duration | None = None


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

    def items(self, kind: AssetKind, day: date, group: str, effect: Effect) -> tuple[Indicator, ...]:
        """The items of a group that count on a day."""
        return tuple(
            i for i in self.indicators
            if i.effect is effect and i.group == group and i.applies_to.kind is kind
            and i.status is Status.IN_FORCE and i.at(day) is not None
        )  # fmt: skip

    def indicator(self, id: str) -> Indicator:
        """The indicator of that id; KeyError if there is none."""
        for indicator in self.indicators:
            if indicator.id == id:
                return indicator
        raise KeyError(id)
