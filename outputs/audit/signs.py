"""Signs that a copy of a notice was tampered with or damaged. They are told, never repaired, and fail nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hege.engine.text import Text
from hege.outputs.audit.published import PINYIN, SIMPLIFIED, TRADITIONAL, Published

_GAMBLING = re.compile(
    r"bet\s?365|beat\s?365|bat\s?365|365bet|足球\s?365|博彩|赌场|投注|体彩官|棋牌|百家乐|老虎机|真人娱乐|娱乐城|casino|"
    r"时时彩|六合彩|押注|皇冠体育|亚博|开云|威尼斯人|葡京|澳门新|必威|万博|注册送",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"</?\w+>|\ufffd|锟斤拷|烫烫烫|[\u3105-\u3129]|^\?(?=。|\w)")
_FEW = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One sign: how often, where first, an example."""

    code: str
    count: int
    line: int
    example: str
    about: Text


def signs(published: Published) -> tuple[Sign, ...]:
    """Every sign there is."""
    lines = [(p.line, p.text) for p in published.paragraphs]
    lines += [(g.line, cell) for g in published.grids for row in g.rows for cell in row]
    return tuple(_found(lines))


def _found(lines: list[tuple[int, str]]) -> Iterator[Sign]:
    traditional = "".join(t for t, s in zip(TRADITIONAL, SIMPLIFIED, strict=True) if t != s)
    kinds = (
        ("gambling", _GAMBLING, 1, Text(zh="出现博彩用语，机关名称可能被替换", en="words of gambling; a name may have been replaced")),
        ("pinyin", PINYIN, _FEW, Text(zh="汉字后夹有拼音，疑为采集站改写", en="pinyin in brackets behind characters, as scraper sites put it")),
        ("traditional", re.compile(f"[{traditional}]"), 10, Text(zh="全文为繁体字，不是机关原文的字形", en="traditional characters, not those of the office's own text")),
        ("broken", _BROKEN, 1, Text(zh="有乱码或残留的网页标记", en="garbled characters or left-over markup")),
    )  # fmt: skip
    for code, pattern, least, about in kinds:
        hits = [(line, m[0], text) for line, text in lines for m in pattern.finditer(text)]
        if len(hits) >= least:
            line, word, text = hits[0]
            at = text.index(word)
            yield Sign(
                code=code, count=len(hits), line=line, example=text[max(0, at - 8) : at + len(word) + 8], about=about
            )
