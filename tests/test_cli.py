"""The command line: exit codes, languages, bad input, files written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hege.service.cli import cli

EXAMPLE = Path(__file__).parent.parent / "examples" / "weinan-2024-1"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env={"HEGE_LANG": "en"})


def test_inspect_json_has_the_totals() -> None:
    """Standard output is the document alone."""
    result = run("inspect", str(EXAMPLE), "--format", "json")
    assert result.exit_code == 0
    groups = json.loads(result.stdout)["groups"]
    assert (groups["site"]["pass_rate"], groups["account"]["pass_rate"]) == ("92.2%", "93.0%")


def test_inspect_writes_every_file(tmp_path: Path) -> None:
    """--out holds the four files and nothing half-written."""
    assert run("inspect", str(EXAMPLE), "--out", str(tmp_path / "out")).exit_code == 0
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["assets.csv", "findings.csv", "inspection.json", "report.html"]


def test_fail_on_gives_exit_code_one() -> None:
    """Done, and something failed; nothing is undetermined."""
    assert run("inspect", str(EXAMPLE), "--fail-on", "fail").exit_code == 1
    assert run("inspect", str(EXAMPLE), "--fail-on", "undetermined").exit_code == 0


def test_explain_cites_clause_arithmetic_and_fact() -> None:
    """An asset is found by its name; the failed finding comes first."""
    result = run("--lang", "zh", "explain", str(EXAMPLE), "渭南地方志")
    assert result.exit_code == 0
    assert "【不合格】内容不更新（account.stale）：长期无更新" in result.stdout
    assert "最新日期 2023-09-12" in result.stdout


def test_unknown_asset_offers_the_nearest() -> None:
    """A mistyped name is bad input."""
    result = run("explain", str(EXAMPLE), "渭南地方")
    assert result.exit_code == 2
    assert "渭南地方志" in result.stderr


def test_bad_case_is_refused_with_every_fault(tmp_path: Path) -> None:
    """Three faults in two files, three messages, nothing inspected."""
    case = tmp_path / "case"
    shutil.copytree(EXAMPLE, case)
    (case / "facts" / "feed.csv").write_text(
        "asset,observed_at,newest,newest_orginal\na001,2024-02-30,2024-02-01,\n", encoding="utf-8"
    )
    (case / "facts" / "profile.csv").write_text("asset,observed_at,found\na999,2024-02-23,是\n", encoding="gb18030")
    result = run("inspect", str(case))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "feed.csv:1:4: error[unknown-header]" in result.stderr
    assert "did you mean “newest_original”?" in result.stderr
    assert "feed.csv:2:2: error[bad-date]" in result.stderr
    assert "profile.csv:2:1: error[unknown-asset]" in result.stderr
    assert "3 problems; nothing was done" in result.stderr


@pytest.mark.parametrize(("language", "word"), [("zh", "共"), ("en", "problems")])
def test_messages_speak_the_asked_language(language: str, word: str) -> None:
    """--lang goes before the environment."""
    assert word in run("--lang", language, "inspect", "nowhere").stderr


def test_rules_commands() -> None:
    """Shipped packs are clean and tested; an unknown indicator is bad input."""
    assert run("rules", "lint").exit_code == 0
    assert run("rules", "test", "cn/shaanxi/weinan").exit_code == 0
    assert "14" in run("rules", "show", "account.stale").stdout
    assert run("rules", "show", "account.stail").exit_code == 2
