"""Changes between two rulebooks for readers (by indicator, sentence by sentence) and for machines (JSON)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

from hege.engine.rulebook.changes import Difference
from hege.engine.rulebook.model import Direction
from hege.engine.text import Language, Text


def render(changes: Sequence[Difference], language: Language) -> str:
    """Every change under its indicator, then how many tighten and loosen."""
    lines = []
    for (id, title), group in itertools.groupby(changes, key=lambda c: (c.indicator, c.title)):
        heading = f"{title}（{id}）" if language is Language.ZH else f"{title} ({id})"
        lines.append(heading if id else Text(zh="整套指标", en="The rulebook").shown(language))
        lines += [f"  {_when(c).shown(language)}{c.told.shown(language)}" for c in group]
    return "\n".join([*lines, counted(changes).shown(language)]) + "\n"


def _when(change: Difference) -> Text:
    if change.start is None or change.what in ("added", "removed"):
        return Text(zh="", en="")
    until = Text(zh=f"至{change.end}前", en=f" until before {change.end}") if change.end else Text(zh="起", en="")
    return Text(zh=f"自{change.start}{until.zh}：", en=f"from {change.start}{until.en}: ")


def counted(changes: Sequence[Difference]) -> Text:
    """How many changes there are, and how many are known to be stricter or laxer."""
    if not changes:
        return Text(zh="没有改动", en="no change")
    tight, loose = (sum(c.direction is d for c in changes) for d in (Direction.TIGHTEN, Direction.LOOSEN))
    return Text(
        zh=f"共{len(changes)}处改动，其中收紧{tight}处，放宽{loose}处",
        en=f"changes: {len(changes)}, of which {tight} tighten and {loose} loosen",
    )


def to_json(changes: Sequence[Difference]) -> str:
    """A list of changes, with both languages."""
    found = [
        {
            "indicator": c.indicator,
            "title": c.title,
            "what": c.what,
            "from": c.start.isoformat() if c.start else None,
            "before": c.end.isoformat() if c.end else None,
            "old": c.old,
            "new": c.new,
            "direction": c.direction.value if c.direction else None,
            "told": {"zh": c.told.zh, "en": c.told.en},
            "file": c.place.file if c.place else None,
            "line": c.place.line if c.place else None,
        }
        for c in changes
    ]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
