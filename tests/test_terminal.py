"""Text on a terminal: width, padding, wrapping, tables, shares; characters that must not get there."""

from __future__ import annotations

import pytest

from hege.outputs.characters import lines, one_line
from hege.outputs.terminal import Colour, aligned, beside, padded, painted, shares, width, wrapped
from hege.outputs.words import numeral


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("渭南", 4), ("（a）", 5), ("e\u0301", 1), ("𠮷㐂", 4), ("👍", 2), ("·", 1)],
)
def test_width_counts_columns(text: str, columns: int) -> None:
    """Chinese takes two columns, combining and control characters none."""
    assert width(text) == columns


def test_padding_knows_wide_characters() -> None:
    """To either side."""
    assert padded("渭南", 6) == "渭南  "
    assert padded("7", 3, to_right=True) == "  7"
    assert padded("渭南", 3) == "渭南"


def test_columns_stand_under_each_other() -> None:
    """The last column is not padded; numbers end in line."""
    assert aligned([("1", "渭南", "a"), ("10", "abc", "")], to_right=(0,)) == [" 1  渭南  a", "10  abc"]
    assert aligned([]) == []


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("短", 10, ["短"]),
        ("长期无更新，未提供", None, ["长期无更新，未提供"]),
        ("长期无更新，未提供", 10, ["长期无更", "新，未提供"]),
        ("存在（多个）栏目", 8, ["存在（多", "个）栏目"]),
        ("one two three", 8, ["one two", "three"]),
        ("abcdefghijkl", 5, ["abcdefghijkl"]),
        ("合格 pass rate", 9, ["合格 pass", "rate"]),
    ],
)
def test_wrapping(text: str, columns: int | None, expected: list[str]) -> None:
    """Lines end between Chinese characters or at blanks, never before a closing mark or after an opening one."""
    assert wrapped(text, columns) == expected
    assert "".join(expected).replace(" ", "") == text.replace(" ", "")


def test_a_text_goes_on_below_itself() -> None:
    """Beside its short cells, however narrow the terminal."""
    assert beside([("1", "甲"), ("10", "乙丙")], ["长期无更新，未提供有效互动", "短"], 26, to_right=(0,)) == [
        " 1  甲    长期无更新，未提",
        "          供有效互动",
        "10  乙丙  短",
    ]
    assert beside([], [], 20) == []


@pytest.mark.parametrize(
    ("counts", "cells", "expected"),
    [
        ([47, 0, 0, 4], 30, [28, 0, 0, 2]),
        ([9999, 0, 0, 1], 30, [29, 0, 0, 1]),
        ([0, 0], 10, [0, 0]),
        ([1, 1, 1], 10, [4, 3, 3]),
    ],
)
def test_shares_lose_nothing(counts: list[int], cells: int, expected: list[int]) -> None:
    """One of ten thousand still shows, and the cells add up."""
    assert shares(counts, cells) == expected


def test_colour_only_where_asked_for() -> None:
    """And never around nothing."""
    assert painted("a", Colour.BAD, True) == "\x1b[31ma\x1b[0m"
    assert painted("a", Colour.BAD, False) == "a"
    assert painted("", Colour.BAD, True) == ""


def test_characters_that_deceive_are_replaced() -> None:
    """Escapes, turned text and surrogates go; line breaks stay where lines are; everything else stays everywhere."""
    assert one_line("a\x1b[31mb\u202ec\ud800\nd\te") == "a\ufffd[31mb\ufffdc\ufffd d e"
    assert lines("a\x00\nb\r") == "a\ufffd\nb\ufffd"
    kept = "㐂𠮷 👨‍👩‍👧 e\u0301 \ue000 \u3000 <&>\"'="
    assert (one_line(kept), lines(kept)) == (kept, kept)


@pytest.mark.parametrize(("number", "expected"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五")])
def test_numerals(number: int, expected: str) -> None:
    """Headings are numbered as in an official document."""
    assert numeral(number) == expected
