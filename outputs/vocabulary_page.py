"""The vocabulary of facts as a page of the docs: `python -m hege.outputs.vocabulary_page > docs/vocabulary.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from hege.engine.vocabulary import Absence, Empty, Field, FieldType, Keep, Kind, Vocabulary, load_vocabulary

_HEAD = """\
# Kinds of facts

Made from `rules/vocabulary.yaml` by `python -m hege.outputs.vocabulary_page`; a test keeps the two equal. What the
columns beside the fields mean (`asset`, `part`, `observed_at`, `state`, `reason`) is in [facts.md](facts.md). Headers of a
case folder may be the English or the Chinese names. A field that *describes* says which thing the fact is about, and
may be filled also where the state is not `known`.
"""
_ABOUT = {"site": "websites", "account": "accounts", "both": "websites and accounts"}
_KEPT = {Keep.LATEST: "the latest observation counts", Keep.ALL: "every fact counts"}
_ABSENT = {Absence.UNKNOWN: "no fact: unknown", Absence.NONE: "no fact: there is nothing"}
_TYPE = {
    FieldType.TEXT: "text",
    FieldType.WORD: "one of",
    FieldType.INTEGER: "whole number",
    FieldType.NUMBER: "number",
    FieldType.TRUTH: "yes/no",
    FieldType.DAY: "day",
    FieldType.TIME: "time",
    FieldType.LIST: "list",
}


def render(vocabulary: Vocabulary) -> str:
    """The page, kinds in the order of the vocabulary."""
    return "\n".join([_HEAD, *(line for kind in vocabulary.kinds.values() for line in _kind(kind))])


def _kind(kind: Kind) -> Iterator[str]:
    part = f"`part`: {kind.part}" if kind.part else "one fact per asset"
    yield f"## `{kind.name}` {kind.zh}"
    yield ""
    yield f"{_ABOUT[kind.about]} · {part} · {_KEPT[kind.keep]} · {_ABSENT[kind.absence]}"
    yield ""
    yield "| field | 名称 | holds |"
    yield "|---|---|---|"
    yield from (f"| `{field.name}` | {field.zh} | {_holds(field)} |" for field in kind.fields)
    yield ""


def _holds(field: Field) -> str:
    words = f" {' '.join(f'`{word}`' for word in field.words)}" if field.words else ""
    unit = f" ({field.unit})" if field.unit else ""
    empty = "; empty: `none`" if field.empty is Empty.NONE else ""
    least = "" if field.least is None else f", at least {field.least}"
    describes = "; describes" if field.describes else ""
    return f"{_TYPE[field.type]}{words}{unit}{least}{empty}{describes}"


if __name__ == "__main__":
    sys.stdout.write(render(load_vocabulary()))
