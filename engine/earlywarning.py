"""Which assets are on their way to a veto for not being updated: judged by the rules themselves with a shorter window.

A rule says how long nothing may come (2 weeks). Here the same rule is evaluated with a share of that window (10/14 of
it, 10 days): what fails then and not yet by the rule is warned of. Nothing is known here of particular rules or numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from hege.engine.calendar import WorkingDays
from hege.engine.dates import Duration, Unit, window_start
from hege.engine.evaluation import evaluate
from hege.engine.facts import Facts
from hege.engine.result import Outcome
from hege.engine.rulebook.model import AssetKind, Effect, Indicator, NotUpdated, Rulebook, Status
from hege.engine.vocabulary import Vocabulary

USUAL = Fraction(10, 14)
_CALENDAR = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """An asset that no veto has struck yet, but would if the windows of the indicator were shorter.

    `after_days` and `window_days` are the shortest of the indicator's windows, shortened and as the rule says.
    """

    asset: str
    name: str
    indicator: str
    title: str
    after_days: int
    window_days: int


def early_warnings(
    rulebook: Rulebook,
    facts: Facts,
    day: date,
    vocabulary: Vocabulary,
    working_days: WorkingDays,
    share: Fraction = USUAL,
) -> tuple[Warned, ...]:
    """The assets to be warned about on a day, by asset and indicator; what is unknown is not warned of."""
    if not 0 < share < 1:
        raise ValueError(f"a share of a window lies between 0 and 1, not {share}")
    windows: dict[str, list[int]] = {}
    shortened = tuple(_shortened(i, day, share, windows) for i in rulebook.indicators)
    stricter = dataclasses.replace(rulebook, indicators=shortened)
    names = dict(facts.assets.select("id", "name").iter_rows())
    found = []
    for kind in AssetKind:
        by_rule, by_warning = (
            _outcomes(evaluate(book, facts, kind, day, vocabulary, working_days).iter_rows(named=True))
            for book in (rulebook, stricter)
        )
        for (asset, id), outcome in by_warning.items():
            if id in windows and outcome is Outcome.FAIL and by_rule[asset, id] is Outcome.PASS:
                least = min(windows[id])
                found.append(
                    Warned(
                        asset=asset, name=names.get(asset) or "", indicator=id, title=rulebook.indicator(id).title,
                        after_days=_share_of(least, share), window_days=least,
                    )
                )  # fmt: skip
    return tuple(sorted(found, key=lambda w: (w.asset, w.indicator)))


def _outcomes(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Outcome]:
    return {(row["asset"], row["indicator"]): Outcome(row["outcome"]) for row in rows}


def _shortened(indicator: Indicator, day: date, share: Fraction, windows: dict[str, list[int]]) -> Indicator:
    """A veto in force with shorter windows of not being updated; `windows` learns the days of each. Others as they are."""
    version = indicator.at(day)
    if indicator.effect is not Effect.VETO or indicator.status is not Status.IN_FORCE or version is None:
        return indicator
    days: list[int] = []
    stricter = dataclasses.replace(version, fail_when=_with_shorter(version.fail_when, day, share, days))
    if not days:
        return indicator
    windows[indicator.id] = days
    return dataclasses.replace(indicator, versions=tuple(stricter if v is version else v for v in indicator.versions))


def _with_shorter(check: Any, day: date, share: Fraction, days: list[int]) -> Any:
    """A check, or whatever a check is made of, with its windows of not being updated shortened."""
    if isinstance(check, NotUpdated):
        if not isinstance(check.within, Duration) or check.within.unit not in _CALENDAR:
            return check
        whole = (day - window_start(day, check.within)).days + 1
        days.append(whole)
        return dataclasses.replace(check, within=Duration(_share_of(whole, share), Unit.DAY))
    if isinstance(check, tuple):
        new = tuple(_with_shorter(part, day, share, days) for part in check)
        return new if any(a is not b for a, b in zip(new, check, strict=True)) else check
    if dataclasses.is_dataclass(check) and not isinstance(check, type):
        parts = {f.name: getattr(check, f.name) for f in dataclasses.fields(check) if f.init}
        changed = {n: made for n, old in parts.items() if (made := _with_shorter(old, day, share, days)) is not old}
        return dataclasses.replace(check, **changed) if changed else check
    return check


def _share_of(days: int, share: Fraction) -> int:
    return max(1, int(days * share))
