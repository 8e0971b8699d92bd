"""Broken rule files: one readable message per fault, with place, source line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from hege.engine.errors import Problem
from hege.engine.rulebook.lint import lint
from hege.engine.text import Language

GOOD = """\
schema: indicators/1
pack: test
title: 测试
conventions: {observation: 7d, law: {document: d}}
indicators:
- id: account.stale
  title: 内容不更新
  applies_to: {kind: account}
  effect: veto
  status: in_force
  versions:
  - from: 2019-04-01
    law: {document: d, quote: 前2周内无更新}
    params: {window: 14d}
    fail_when: {not_updated: {what: feed.newest, within: $window}}
"""


def problems(folder: Path, text: str) -> list[Problem]:
    (folder / "indicators.yaml").write_text(text, encoding="utf-8")
    return lint([folder])


def test_good_file_has_no_problem(tmp_path: Path) -> None:
    """The file the broken ones are made from is clean."""
    assert problems(tmp_path, GOOD) == []


BROKEN = {
    "duplicate key": ("  title: 内容不更新\n", "  title: 内容不更新\n  title: 再写一次\n", "duplicate-key", 8),
    "alias": ("params: {window: 14d}", "params: &p {window: 14d}", None, 14),
    "tag": ("window: 14d", "window: !!str 14d", None, 14),
    "tab": ("  effect: veto", "\teffect: veto", None, 9),
    "unknown block": ("not_updated:", "not_update:", "unknown-word", 15),
    "unknown kind of fact": ("feed.newest", "fed.newest", "unknown-word", 15),
    "unknown field": ("feed.newest", "feed.newst", "unknown-word", 15),
    "wrong unit": ("window: 14d", "window: 14days", "wrong-value", 14),
    "hours for a window": ("window: 14d", "window: 14h", "wrong-value", 14),
    "number for a window": ("window: 14d", "window: 14", "wrong-value", 14),
    "unknown effect": ("effect: veto", "effect: vetto", "unknown-word", 9),
    "unknown status": ("status: in_force", "status: inforce", "unknown-word", 10),
    "wrong date": ("from: 2019-04-01", "from: 2019-04-31", "bad-date", 12),
    "unknown parameter": ("within: $window", "within: $windw", "unknown-word", 15),
    "missing law": ("    law: {document: d, quote: 前2周内无更新}\n", "", "missing-key", 12),
    "fact of the other kind of asset": ("feed.newest", "home.newest", "wrong-kind", 15),
    "two blocks": ("within: $window}}", "within: $window}, switch: true}", "one-block", 15),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_says_what_and_where(tmp_path: Path, name: str) -> None:
    """The fault is found at its line; the message exists in both languages and says what to do."""
    old, new, code, line = BROKEN[name]
    assert old in GOOD
    (found,) = [p for p in problems(tmp_path, GOOD.replace(old, new)) if p.severity.value == "error"]
    assert found.place.line == line
    if code is not None:
        assert found.code == code
    assert found.message.zh != found.message.en
    assert f"indicators.yaml:{line}:" in found.shown(Language.ZH)


def test_mistyped_word_gets_the_nearest(tmp_path: Path) -> None:
    """The whole message as a person reads it."""
    (found,) = problems(tmp_path, GOOD.replace("not_updated:", "not_update:"))
    assert "是否想写“not_updated”？" in found.shown(Language.ZH)
    assert "did you mean “not_updated”?" in found.shown(Language.EN)
    assert "    fail_when: {not_update: {what: feed.newest" in found.shown(Language.EN)


def test_overlapping_versions_are_refused(tmp_path: Path) -> None:
    """Two versions of one day: which one counts would be anybody's guess."""
    version = GOOD[GOOD.index("  - from") :]
    (found,) = problems(tmp_path, GOOD + version)
    assert (found.code, found.place.line) == ("version-order", 16)


def test_bound_that_contradicts_its_quote(tmp_path: Path) -> None:
    """超过（含）5 is at_least; more_than is an error that says so."""
    check = "{count: {of: {each: menu, where: {opens: false}}, more_than: 5}}"
    text = GOOD.replace("前2周内无更新", "超过（含）5个栏目无法打开").replace("    params: {window: 14d}\n", "")
    text = text.replace("{not_updated: {what: feed.newest, within: $window}}", check)
    (found,) = problems(tmp_path, text)
    assert found.code == "bound-against-quote"
    assert "引文写“超过（含）5”，检查却用more_than" in found.shown(Language.ZH)
    assert problems(tmp_path, text.replace("more_than", "at_least")) == []


def test_loosening_that_calls_itself_tightening(tmp_path: Path) -> None:
    """14 days to 20 days is loosening, whatever the overlay says."""
    overlay = tmp_path / "city"
    overlay.mkdir()
    (overlay / "overlay.yaml").write_text(
        """\
schema: overlay/2
pack: city
title: 市
on: cn/2019-19
changes:
- indicator: account.stale
  from: 2024-01-01
  direction: tighten
  params: {window: 20d}
  law: {document: d, quote: q}
""",
        encoding="utf-8",
    )
    (found,) = lint([overlay])
    assert (found.code, found.place.line) == ("direction", 9)
    assert "从2w改为20d是放宽，这里写的是收紧" in found.shown(Language.ZH)
