"""The header of a sheet: which column is which, in English or Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from hege.collectors.faults import Faults
from hege.engine.errors import nearest
from hege.engine.text import Text


def read_header(
    faults: Faults, header: list[str], known: Mapping[str, str], required: tuple[str, ...], also: Mapping[str, str] | None = None
) -> list[str]:  # fmt: skip
    """The names of the columns, unknown ones as written; unknown, repeated and missing columns are faults.

    `known` gives the Chinese name of each column, `also` further names with the column of each. A column whose name is
    in brackets is for people, and passed over.
    """
    by_zh = {**(also or {}), **{zh: name for name, zh in known.items()}}
    names = [h if h in known else by_zh.get(h, h) for h in header]
    for column, (written, name) in enumerate(zip(header, names, strict=True), 1):
        if is_for_people(written):
            continue
        if name not in known:
            near = nearest(written, [*known, *known.values()])
            hint = Text(zh=f"是否想写“{near}”？" if near else f"可用：{'、'.join(known)}",
                        en=f"did you mean “{near}”?" if near else f"known: {', '.join(known)}")  # fmt: skip
            faults.add("unknown-header", 1, column, f"没有“{written}”这一列", f"unknown column “{written}”", hint)
        elif names.index(name) != column - 1:
            faults.add("duplicate-header", 1, column, f"“{written}”列重复", f"the column “{written}” is given twice")
    for name in required:
        if name not in names:
            faults.add("missing-header", 1, 1, f"缺少“{name}”（{known[name]}）列", f"the column “{name}” is missing")
    return names


def is_for_people(title: str) -> bool:
    """Whether a column or sheet is there for people to read: its title is in brackets."""
    return title[:1] + title[-1:] in ("（）", "()") and len(title) > 1
