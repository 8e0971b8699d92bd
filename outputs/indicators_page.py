"""docs/indicators.md: every shipped indicator as the sentence its check blocks give, beside the clause it is to say."""

from __future__ import annotations

from collections.abc import Iterator

from hege.engine.rulebook.library import list_packs, load_rulebook
from hege.engine.rulebook.model import Indicator, Version
from hege.engine.rulebook.provenance import is_of
from hege.engine.rulebook.sentence import indicator_sentence
from hege.engine.vocabulary import load_vocabulary

_HEAD = """\
# 指标与条文对照（every shipped indicator beside its clause）

*Written by `python -m hege.outputs.indicators_page`, held by a test. Every row was read by eye, the vetoes, the packs of the cities and the items of the score sheets: does the sentence on the left say what the
quote on the right says, and would an official write it so? Where a notice or the national table leaves something open, the note says what was
chosen.*

左栏是`hege rules show`由检查块生成的表述，右栏是它所依据的原文和说明。
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for pack in list_packs() for line in _pack(pack))])


def _pack(pack: str) -> Iterator[str]:
    book = load_rulebook([pack])
    titles = {i.id: i.title for i in book.indicators}
    yield from (f"## {book.packs[-1].title}", "", f"`{pack}`", "", "| 指标 | 检查的表述 | 原文 |", "|---|---|---|")
    for indicator in book.indicators:
        for version in indicator.versions:
            if is_of(version, pack):
                cells = [_name(indicator, version), _sentence(indicator, version, titles), _law(version)]
                yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"
    yield ""


def _name(indicator: Indicator, version: Version) -> str:
    return f"{indicator.title}<br>`{indicator.id}`<br>{version.start}起"


def _sentence(indicator: Indicator, version: Version, titles: dict[str, str]) -> str:
    return indicator_sentence(indicator, version, load_vocabulary(), titles=titles)


def _escaped(cell: str) -> str:
    """A bar would end the cell."""
    return cell.replace("|", "\\|")


def _law(version: Version) -> str:
    quote = f"“{version.law.quote}”" if version.law.quote else "（无引文）"
    note = f"<br>说明：{version.law.note}" if version.law.note else ""
    return f"{quote}<br>{version.law.document} {version.law.clause}（{version.law.verified.value}）{note}"


if __name__ == "__main__":
    print(page(), end="")
