"""Items and score sheets held together: every group has its sheet, and its items sum up to what the table prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from hege.engine.rulebook.model import AssetKind, Effect, Indicator, ScoreGroup, Status, Version
from hege.engine.rulebook.provenance import place_of
from hege.engine.text import Text
from hege.engine.yamlnodes import Reading

_ITEMS = (Effect.DEDUCT, Effect.BONUS)


def check_sheets(reading: Reading, indicators: Sequence[Indicator]) -> None:
    """Records items in no group of any sheet, and groups that do not sum up."""
    sheets = [i for i in indicators if i.effect is Effect.SCORE]
    titles: dict[tuple[AssetKind, Effect], set[str]] = {}
    for sheet, effect in ((s, e) for s in sheets for e in _ITEMS):
        groups = (g for v in sheet.versions if v.sheet for g in v.sheet.groups(effect))
        titles.setdefault((sheet.applies_to.kind, effect), set()).update(g.title for g in groups)
    for item in (i for i in indicators if i.is_item and i.status is not Status.DRAFT):
        known = titles.get((item.applies_to.kind, item.effect), set())
        if item.group not in known:
            place = place_of(item.versions[0], "group")
            reading.unknown_word(place, Text(zh="评分表的组", en="group of a score sheet"), item.group, sorted(known))
    for sheet in sheets:
        for version in sheet.versions:
            if version.sheet is not None and not version.repealed:
                _check_sums(reading, sheet, version, indicators)


def _check_sums(reading: Reading, sheet: Indicator, version: Version, indicators: Sequence[Indicator]) -> None:
    assert version.sheet is not None
    for effect in _ITEMS:
        for group in version.sheet.groups(effect):
            if group.points is None:
                continue
            found = sum(_caps(indicators, sheet.applies_to.kind, version.start, group, effect), Decimal(0))
            if found != group.points:
                reading.problem(
                    "group-sum", place_of(version, "sheet"),
                    f"“{group.title}”各项合计{found}分，评分表写{group.points}分",
                    f"the items of “{group.title}” sum up to {found} points, the sheet says {group.points}",
                    Text(zh="改正分项或组的分值", en="correct the items or the group"),
                )  # fmt: skip


def _caps(
    indicators: Sequence[Indicator], kind: AssetKind, day: date, group: ScoreGroup, effect: Effect
) -> Iterator[Decimal]:
    for item in indicators:
        about = item.effect is effect and item.group == group.title and item.applies_to.kind is kind
        if about and item.status is Status.IN_FORCE and item.at(day) is not None:
            yield item.points
