"""`hege rules show`: an indicator as its reader sees it, with the file and line of every value."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hege.engine.errors import InputError
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.showing import shown_indicator
from hege.engine.text import Language

RULES = """\
schema: indicators/1
pack: test
title: 测试
conventions: {observation: 7d, law: {document: 文件}}
indicators:
- id: account.stale
  title: 内容不更新
  applies_to: {kind: account}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {document: 文件, clause: 第一条, quote: 前2周内无更新, verified: verbatim, note: 已核对}
    params: {window: 14d}
    fail_when: {not_updated: {what: feed.newest, within: $window}}
  - from: 2023-01-01
    law: {document: 新文件, clause: 附则, quote: 停止执行}
    repealed: true
"""


def shown(folder: Path, id: str, day: date | None, language: Language) -> str:
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    return shown_indicator(load_rulebook([folder]), id, day, language).replace(f"{folder}/", "")


def test_all_versions(tmp_path: Path) -> None:
    """From the first to the repeal."""
    assert shown(tmp_path, "account.stale", None, Language.ZH) == (
        "内容不更新（account.stale，veto，in_force）\n"
        "\n2019-04-01 起\n"
        "  不合格情形：监测时间点前14天内未更新。\n"
        "  依据：文件 第一条 “前2周内无更新” [verbatim]\n"
        "  说明：已核对\n"
        "  window = 14天  ← test rules.yaml:13\n"
        "  条件出处  ← test rules.yaml:14\n"
        "\n2023-01-01 起\n"
        "  停止适用\n"
        "  依据：新文件 附则 “停止执行” [verbatim]\n"
        "  条件出处"
    )


def test_day_before_the_first_version(tmp_path: Path) -> None:
    """Says that it was not in force."""
    assert shown(tmp_path, "account.stale", date(2019, 3, 31), Language.EN) == (
        "内容不更新（account.stale，veto，in_force）\nnot in force on that day"
    )


def test_unknown_indicator(tmp_path: Path) -> None:
    """Offers the nearest."""
    with pytest.raises(InputError) as error:
        shown(tmp_path, "account.stal", None, Language.EN)
    assert [p.shown(Language.EN) for p in error.value.problems] == [
        (
            "account.stal: error[unknown-word]: there is no indicator “account.stal”\n"
            "    to do: did you mean “account.stale”? Known: account.stale"
        )
    ]
