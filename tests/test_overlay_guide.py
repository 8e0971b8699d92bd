"""The guide to a local overlay works as written: its files are taken from the page and used."""

from __future__ import annotations

import re
from pathlib import Path

from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.lint import lint
from hege.engine.rulebook.testing import run_tests

GUIDE = Path(__file__).parent.parent / "docs" / "overlay.md"


def written(folder: Path) -> Path:
    """The overlay of the guide, as its reader would write it."""
    overlay, tests, _ = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (folder / "tests").mkdir(parents=True)
    (folder / "overlay.yaml").write_text(overlay, encoding="utf-8")
    (folder / "tests" / "mycity.yaml").write_text(tests, encoding="utf-8")
    return folder


def test_the_local_switch_of_the_guide_reads(tmp_path: Path) -> None:
    """The last block, put behind the head of the first."""
    overlay, _, switch = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "overlay.yaml").write_text(overlay.partition("changes:")[0] + switch, encoding="utf-8")
    assert lint([tmp_path]) == []


def test_overlay_of_the_guide_is_clean_and_tested(tmp_path: Path) -> None:
    """Lint says nothing, every case passes, and the new indicator is in the rulebook."""
    folder = written(tmp_path / "mycity")
    assert lint([folder]) == []
    results = run_tests(folder)
    assert len(results) == 7
    assert [r.case.name for r in results if not r.passed] == []
    assert load_rulebook([folder]).indicator("mycity.advert").title == "存在商业广告"
