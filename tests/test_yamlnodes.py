"""The strict reader: what a scalar means, where a node stands, and what is refused in which words."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Language, Text
from hege.engine.yamlnodes import MAX_BYTES, MAX_DEPTH, ListNode, MapNode, Reading, ScalarNode, read_yaml


def faults(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_yaml(text, "f.yaml")
    return caught.value.problems


def scalar(text: str) -> object:
    node = read_yaml(f"a: {text}", "f.yaml")
    assert isinstance(node, MapNode)
    value = node.entries[0][1]
    assert isinstance(value, ScalarNode)
    return value.value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("14", 14),
        ("-3", -3),
        ("012", 12),
        ("0x1F", 31),
        ("0o14", 12),
        ("5.0", Decimal("5.0")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1e3")),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-02-23", "2024-02-23"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("14d", "14d"),
        ("5%", "5%"),
        ("'14'", "14"),
        ('"true"', "true"),
        ("3502" * 5, "3502" * 5),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_follow_the_yaml_1_2_core_schema(written: str, value: object) -> None:
    """Only true/false, null and numbers are more than text; digits too long for a number are a code."""
    found = scalar(written)
    assert (type(found), found) == (type(value), value)


def test_every_node_knows_its_place() -> None:
    """Line and column count from 1, in characters, and the source line comes along."""
    text = "栏目: [甲, {乙: 丙}]\r\nb:\r\n- 1\r\n"
    first, second = "栏目: [甲, {乙: 丙}]", "- 1"

    def at(line: int, column: int, source: str) -> Place:
        return Place(file="f.yaml", line=line, column=column, text=source)

    assert read_yaml(text, "f.yaml") == MapNode(
        (
            (
                ScalarNode("栏目", "栏目", at(1, 1, first)),
                ListNode(
                    (
                        ScalarNode("甲", "甲", at(1, 6, first)),
                        MapNode(
                            ((ScalarNode("乙", "乙", at(1, 10, first)), ScalarNode("丙", "丙", at(1, 13, first))),),
                            at(1, 9, first),
                        ),
                    ),
                    at(1, 5, first),
                ),
            ),
            (
                ScalarNode("b", "b", at(2, 1, "b:")),
                ListNode((ScalarNode(1, "1", at(3, 3, second)),), at(3, 1, second)),
            ),
        ),
        at(1, 1, first),
    )


REFUSED = {
    "duplicate key": (
        "a: 1\nb: 2\na: 3\n",
        "f.yaml:3:1: 错误[duplicate-key]: 键“a”重复，前一个在第1行\n    a: 3\n    ^\n    办法: 保留一个",
        (
            "f.yaml:3:1: error[duplicate-key]: the key “a” is given twice, first in line 1\n"
            "    a: 3\n    ^\n    to do: keep one of them"
        ),
    ),
    "anchor": (
        "a: &x [1]\nb: [*x, *x]\n",
        (
            "f.yaml:1:4: 错误[anchor]: 不允许使用锚点（&）和别名（*）\n    a: &x [1]\n       ^\n"
            "    办法: 把内容完整写出来；以&或*开头的文字要加引号"
        ),
        (
            "f.yaml:1:4: error[anchor]: anchors (&) and aliases (*) are not allowed\n    a: &x [1]\n       ^\n"
            "    to do: write the content out; quote a text that begins with & or *"
        ),
    ),
    "tag": (
        "a: !!python/object:os.system x\n",
        (
            "f.yaml:1:4: 错误[tag]: 不允许使用标签“!!python/object:os.system”\n"
            "    a: !!python/object:os.system x\n       ^\n    办法: 去掉以“!”开头的标签"
        ),
        (
            "f.yaml:1:4: error[tag]: tags are not allowed: !!python/object:os.system\n"
            "    a: !!python/object:os.system x\n       ^\n    to do: remove the tag that begins with !"
        ),
    ),
    "tab": (
        "a:\n  \tb: 1\n",
        "f.yaml:2:3: 错误[tab]: 缩进中有制表符（Tab），YAML只用空格缩进\n      \tb: 1\n      ^\n    办法: 把制表符换成空格",
        (
            "f.yaml:2:3: error[tab]: a tab in the indentation; YAML indents with blanks\n"
            "      \tb: 1\n      ^\n    to do: replace the tab by blanks"
        ),
    ),
    "second document": (
        "a: 1\n---\nb: 2\n",
        (
            "f.yaml:2:1: 错误[documents]: 一个文件只能有一份YAML文档，这里开始了第二份\n    ---\n    ^\n"
            "    办法: 去掉“---”，或另存为一个文件"
        ),
        (
            "f.yaml:2:1: error[documents]: a file holds one YAML document; a second begins here\n    ---\n    ^\n"
            "    to do: remove the `---`, or make it a file of its own"
        ),
    ),
    "nothing": (
        "# only a comment\n",
        "f.yaml: 错误[documents]: 文件没有内容\n    办法: 文件第一行写schema，如schema: indicators/1",
        (
            "f.yaml: error[documents]: the file has no content\n"
            "    to do: begin with the schema, such as schema: indicators/1"
        ),
    ),
    "second colon": (
        "title: 检查: 第一次\n",
        (
            "f.yaml:1:10: 错误[yaml]: 这里不能再有“: ”\n    title: 检查: 第一次\n           \u3000\u3000^\n"
            "    办法: 含冒号的文字要加引号"
        ),
        (
            "f.yaml:1:10: error[yaml]: a second `: ` cannot stand here\n    title: 检查: 第一次\n           \u3000\u3000^\n"
            "    to do: quote a text that has a colon"
        ),
    ),
    "open quote": (
        'a: "甲\nb: 1\n',
        (
            'f.yaml:1:4: 错误[yaml]: 引号没有配对，或引号内有不认识的转义\n    a: "甲\n       ^\n'
            "    办法: 补上引号；双引号内的反斜杠写成两个"
        ),
        (
            'f.yaml:1:4: error[yaml]: a quote is not closed, or holds an unknown escape\n    a: "甲\n       ^\n'
            "    to do: close the quote; write a backslash twice inside double quotes"
        ),
    ),
    "open bracket": (
        "a: {b: 1\nc: 2\n",
        "f.yaml:1:4: 错误[yaml]: 括号没有配对，或缺少逗号\n    a: {b: 1\n       ^\n    办法: 检查这一处的[ ]、{ }和逗号",
        (
            "f.yaml:1:4: error[yaml]: a bracket is not closed, or a comma is missing\n    a: {b: 1\n       ^\n"
            "    to do: check [ ], { } and commas from here on"
        ),
    ),
    "list as a key": (
        "[a, b]: 1\n",
        "f.yaml:1:1: 错误[key]: 键应为一个词\n    [a, b]: 1\n    ^\n    办法: 检查括号；含括号的文字要加引号",
        (
            "f.yaml:1:1: error[key]: a key must be a single word\n    [a, b]: 1\n    ^\n"
            "    to do: check the brackets; quote a text that has some"
        ),
    ),
    "control character": (
        "a: 1\nb: x\x07\n",
        "f.yaml:2:5: 错误[control-character]: 有不可见的控制字符U+0007\n    b: x\x07\n        ^\n    办法: 删去该字符",
        (
            "f.yaml:2:5: error[control-character]: an invisible control character, U+0007\n    b: x\x07\n        ^\n"
            "    to do: remove the character"
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_said_once_in_both_languages(name: str) -> None:
    """One fault, one message: place, source line, caret, what is wrong, what to do."""
    text, zh, en = REFUSED[name]
    (problem,) = faults(text)
    assert (problem.shown(Language.ZH), problem.shown(Language.EN)) == (zh, en)


def test_all_duplicate_keys_are_told_at_once() -> None:
    """A fault that leaves the rest readable does not hide the next one, nor the one that ends the reading."""
    found = faults("a: 1\na: 2\nb: {c: 1, c: 2}\nd: *x\n")
    assert [(p.code, p.place.line) for p in found] == [("duplicate-key", 2), ("duplicate-key", 3), ("anchor", 4)]


def test_merge_key_is_a_key_like_any_other() -> None:
    """`<<` merges nothing."""
    node = read_yaml("a: {<<: {b: 1}}\n", "f.yaml")
    assert isinstance(node, MapNode)
    inner = node.get("a")
    assert isinstance(inner, MapNode)
    assert [k.raw for k, _ in inner.entries] == ["<<"]


def test_size_limit_counts_bytes() -> None:
    """1 MiB of UTF-8 is read, one byte more is not."""
    fits = "a: " + "x" * (MAX_BYTES - 3)
    read_yaml(fits, "f.yaml")
    assert [p.code for p in faults(fits + "x")] == ["too-large"]
    assert [p.code for p in faults("a: " + "甲" * (MAX_BYTES // 3))] == ["too-large"]


def test_depth_limit() -> None:
    """As many levels as allowed are read, one more is refused where it opens."""
    read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f.yaml")
    (problem,) = faults("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))
    assert (problem.code, problem.place.column) == ("depth", MAX_DEPTH + 2)


BOMBS = {
    "open brackets": "[" * 500_000,
    "brackets and braces": "[{a: " * 100_000,
    "aliases": "a: &a [1,1]\n" + "".join(f"b{n}: &b{n} [*a,*a]\n" for n in range(20_000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_nothing(name: str) -> None:
    """A document made to exhaust the reader is refused at its first fault, long before its end."""
    began = time.process_time()
    assert len(faults(BOMBS[name])) == 1
    assert time.process_time() - began < 2


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from("ab:-[]{}\"'&*!|>#,? \n\t\r甲：\u2028\ufeff\x85\x07"), max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever is written is read, or refused with problems that can be shown."""
    try:
        read_yaml(text, "f.yaml")
    except InputError as error:
        assert error.problems
        assert all(p.shown(Language.ZH) and p.shown(Language.EN) for p in error.problems)


WHAT = Text(zh="案卷", en="case")


def test_known_keys_are_asked_for_and_unknown_ones_told_with_the_nearest() -> None:
    """A mistyped key is one fault, read on as the key it was meant to be: that is not missing as well."""
    reading = Reading()
    node = read_yaml("titel: x\nas_of: 2024-02-30\n", "case.yaml")
    entry = reading.mapping(node, WHAT, ["title"], ["as_of"])
    assert entry is not None
    assert list(entry) == ["as_of", "title"]
    assert reading.day(entry["as_of"], Text(zh="“as_of”", en="`as_of`")) is None
    assert [p.shown(Language.ZH) for p in reading.problems] == [
        "case.yaml:1:1: 错误[unknown-word]: 案卷的键中没有“titel”\n    titel: x\n    ^\n    办法: 是否想写“title”？可用：title、as_of",
        "case.yaml:2:8: 错误[bad-date]: “as_of”的值“2024-02-30”不是日期\n    as_of: 2024-02-30\n           ^\n    办法: 2024年2月只有29天，请改正",
    ]


def test_a_fault_met_twice_is_told_once() -> None:
    """Two ways to one place make no second fault."""
    reading, place = Reading(), Place(file="f.yaml", line=1)
    for _ in range(2):
        reading.problem("code", place, "错", "wrong")
    assert len(reading.problems) == 1
