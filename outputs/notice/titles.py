"""Where a title goes on to the next line: between words, on lines of about equal length (GB/T 9704-2012, 7.3.1).

Without a dictionary of Chinese: titles of notices are made of few words, and a line is ended before or after those. A
title without any of them is divided evenly.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise

from hege.outputs.terminal import width

BEFORE = (
    "关于", "全市", "全省", "全区", "全县", "本市", "和", "与", "及", "政府网站", "政务新媒体", "全面", "检查", "监测", "监管", "存在", "突出问题",
    "整改", "未", "待", "注销", "督办",
)  # fmt: skip
AFTER = ("关于", "政府网站", "政务新媒体", "季度", "月份", "的", "、", "，", "年")
_BAD = 400
"""What a line ended within a word costs; a line longer or shorter than the others costs the square of its columns."""
_NEVER_FIRST = "的、，。；：）》”’"
_NEVER_LAST = "（《“‘"


def in_shape(title: str, columns: int) -> str:
    """The title on as many lines as it takes, none wider than so many columns of half a character."""
    needed = -(-width(title) // columns)
    for count in (needed, needed + 1) if needed > 1 else ():
        if (best := _divided(title, count, columns)) is not None:
            return "\n".join(best)
    return title


def _divided(title: str, count: int, columns: int) -> list[str] | None:
    """The title on exactly so many lines, as evenly and with as few words broken as can be."""
    places = {place: _cost(title, place) for place in range(1, len(title)) if _may(title, place)}
    mean = width(title) / count
    best: tuple[float, list[str]] | None = None
    for chosen in combinations(places, count - 1):
        ends = (0, *chosen, len(title))
        lines = [title[a:b] for a, b in pairwise(ends)]
        if max(map(width, lines)) > columns:
            continue
        cost = sum(places[p] for p in chosen) + sum((width(line) - mean) ** 2 for line in lines)
        if best is None or cost < best[0]:
            best = cost, lines
    return best[1] if best else None


def _may(title: str, place: int) -> bool:
    """Whether a line may end there at all: not within a number, a Latin word or 第一季度."""
    within = re.fullmatch(r"[0-9A-Za-z.%]{2}|[0-9][年月日]", title[place - 1 : place + 1])
    return not within and title[place] not in _NEVER_FIRST and title[place - 1] not in _NEVER_LAST


def _cost(title: str, place: int) -> float:
    return 0 if title[:place].endswith(AFTER) or title[place:].startswith(BEFORE) else _BAD
