"""A notice as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hege.outputs.characters import one_line
from hege.outputs.notice.content import Notice, Table

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def to_markdown(notice: Notice) -> str:
    """The whole notice."""
    return "\n\n".join(_blocks(notice)) + "\n"


def _blocks(notice: Notice) -> Iterator[str]:
    yield f"# {_m(notice.title)}"
    yield f"{_m(notice.addressees)}："
    yield from map(_m, notice.opening)
    for heading, section in zip(notice.headings, notice.sections, strict=True):
        yield f"## {_m(heading)}"
        yield from map(_m, section.paragraphs)
    yield from map(_m, notice.closing)
    yield from map(_m, notice.annex_list)
    yield _m(notice.signature)
    yield notice.dated.strip()
    for name, annex in zip(notice.annex_names, notice.annexes, strict=True):
        yield f"## {name}　{_m(annex.title)}"
        yield from [_m(annex.note)] if annex.note else []
        yield _table(annex.table)


def _table(table: Table) -> str:
    marks = ("---:" if i in table.figures else "---" for i in range(len(table.header)))
    rows = [table.header, tuple(marks), *table.rows]
    return "\n".join(f"| {' | '.join(cell if n == 1 else _m(cell) for cell in row)} |" for n, row in enumerate(rows))


def _m(text: str) -> str:
    """Text with what Markdown would read as markup taken as it is."""
    return _MARKUP.sub(r"\\\1", one_line(text))
