"""What a YAML parser's complaint means to someone who is no programmer: where the slip is, what it is, what to do.

A parser stops where it can no longer go on, which is often a line after the slip; this looks for the usual slips near
there: full-width marks, a colon without a blank, a text with a colon, one blank too many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hege.engine.text import Text

Mark = tuple[int, int]
"""Line and column from 0."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A slip: its code, where it is, what it is, what to do."""

    code: str
    at: Mark | None
    message: Text
    hint: Text


_KEY = r"^\s*(?:- +)*[A-Za-z_][A-Za-z0-9_.-]*"
_WIDE_COLON = re.compile(_KEY + r"\s*(：)")
_TIGHT_COLON = re.compile(_KEY + r"(:)[^\s/]")
_WIDE_BRACKET = re.compile(r"(?:[:,\[{]|^\s*-)\s+([｛［])")
_WIDE_COMMA = re.compile(r"(，)\s*[a-z_]+\s*[:：]")


def explained(said: str, lines: Sequence[str], at: Mark | None, opened: Mark | None) -> Fault:
    """The slip behind a complaint; `at` is where the parser stopped, `opened` where the thing it was reading began."""
    if "anchor" in said or "alias" in said:
        return Fault(
            "anchor", opened or at,
            Text(zh="不允许使用锚点（&）和别名（*）", en="anchors (&) and aliases (*) are not allowed"),
            Text(zh="把内容完整写出来；以&或*开头的文字要加引号", en="write the content out; quote a text that begins with & or *"),
        )  # fmt: skip
    if "quoted scalar" in said:
        return Fault(
            "yaml", opened or at,
            Text(zh="引号没有配对，或引号内有不认识的转义", en="a quote is not closed, or holds an unknown escape"),
            Text(zh="补上引号；双引号内的反斜杠写成两个", en="close the quote; write a backslash twice inside double quotes"),
        )  # fmt: skip
    if "cannot start any token" in said:
        return Fault(
            "yaml", at,
            Text(zh="文字不能以这个字符开头", en="a text cannot begin with this character"),
            Text(zh="把这段文字加上引号；制表符换成空格", en="quote the text; replace a tab by blanks"),
        )  # fmt: skip
    found = _slip(lines, at, opened) if at else None
    if found is not None:
        return found
    in_line = at and opened and at[0] == opened[0] and _character(lines, at) == ":"
    if "mapping values are not allowed" in said or ("flow" in said and in_line):
        return _colon(lines, at)
    if "flow" in said:
        return Fault(
            "yaml", opened or at,
            Text(zh="括号没有配对，或缺少逗号", en="a bracket is not closed, or a comma is missing"),
            Text(zh="检查这一处的[ ]、{ }和逗号", en="check [ ], { } and commas from here on"),
        )  # fmt: skip
    return _indentation(lines, at)


def _character(lines: Sequence[str], at: Mark) -> str:
    line = lines[at[0]] if at[0] < len(lines) else ""
    return line[at[1] : at[1] + 1]


def _slip(lines: Sequence[str], at: Mark, opened: Mark | None) -> Fault | None:
    """A full-width mark or a colon without a blank, on the lines the parser could not put together."""
    first = max(at[0] - 2, min(opened[0] if opened else at[0], at[0]))
    for number in range(min(at[0], len(lines) - 1), first - 1, -1):
        line = lines[number]
        for pattern, message, hint in _SLIPS:
            if match := pattern.search(line):
                return Fault("yaml", (number, match.start(1)), message, hint)
    return None


_SLIPS = (
    (
        _WIDE_COLON,
        Text(zh="键后面是全角冒号“：”，YAML只认半角冒号", en="a full-width colon “：” after the key; YAML knows the half-width one only"),
        Text(zh="改成半角冒号加一个空格“: ”", en="write a half-width colon and a blank, `: `"),
    ),
    (
        _TIGHT_COLON,
        Text(zh="冒号后面没有空格", en="no blank after the colon"),
        Text(zh="在冒号后加一个空格", en="put a blank after the colon"),
    ),
    (
        _WIDE_BRACKET,
        Text(zh="括号是全角的，YAML只认半角的{ }和[ ]", en="a full-width bracket; YAML knows the half-width { } and [ ] only"),
        Text(zh="改成半角括号", en="write a half-width bracket"),
    ),
    (
        _WIDE_COMMA,
        Text(zh="隔开两项的逗号是全角“，”，YAML只认半角逗号", en="a full-width comma “，” between two entries; YAML knows the half-width one only"),
        Text(zh="改成半角逗号加一个空格“, ”", en="write a half-width comma and a blank, `, `"),
    ),
)  # fmt: skip


def _colon(lines: Sequence[str], at: Mark | None) -> Fault:
    line = lines[at[0]] if at and at[0] < len(lines) else ""
    if at and not re.search(r":\s", line[: at[1]]) and not re.search(r"[{\[“‘]", line[: at[1]]):
        return _indentation(lines, (at[0], _indent(line)))
    return Fault(
        "yaml", at,
        Text(zh="这里不能再有“: ”", en="a second `: ` cannot stand here"),
        Text(zh="含冒号的文字要加引号", en="quote a text that has a colon"),
    )  # fmt: skip


def _indentation(lines: Sequence[str], at: Mark | None) -> Fault:
    before = [line for line in lines[: at[0]] if line.strip() and not line.lstrip().startswith("#")] if at else []
    line = lines[at[0]] if at and at[0] < len(lines) else ""
    if at and before and at[1] == _indent(line) != _indent(before[-1]):
        here, there = _indent(line), _indent(before[-1])
        return Fault(
            "yaml", at,
            Text(zh=f"缩进不对：这一行前有{here}个空格，上一行有{there}个", en=f"wrong indentation: {here} blanks before this line, {there} before the one above"),
            Text(zh="同一层的键左边对齐，下一层多空2格", en="align keys of one level; two blanks more for the next level"),
        )  # fmt: skip
    if at and at[1] > _indent(line):
        return Fault(
            "yaml", at,
            Text(zh="一个值写完之后，这里还有文字", en="a value has ended, and here is more text"),
            Text(zh="把整段文字放进一对引号", en="put the whole text into one pair of quotes"),
        )  # fmt: skip
    return Fault(
        "yaml", at,
        Text(zh="缩进或写法不合YAML", en="indentation or writing that YAML does not know"),
        Text(zh="检查此处的缩进、冒号后的空格和引号", en="check the indentation here, the blank after colons, and quotes"),
    )  # fmt: skip


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
