"""Orders to rectify, their register, and what became of the items."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner, Result

from hege.collectors.casefolder import read_case
from hege.engine.facts import asset_table, facts, table
from hege.engine.result import Verdict
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.outputs.notice.followup import HEADER, Standing, as_csv, followed, to_text
from hege.outputs.notice.markdown import to_markdown
from hege.outputs.notice.rectification import Unit, items, orders, register
from hege.service.cli import cli
from hege.service.noticeforms import known_of

from .golden import Golden
from .inspections import small
from .test_examples import EXAMPLES, inspected

DUE = date(2022, 12, 20)
ZHUZHOU = EXAMPLES / "zhuzhou-2022-4"
PANJIN = EXAMPLES / "panjin-2023-07"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env={"HEGE_LANG": "en"})


# ---- orders --------------------------------------------------------------------------------------------------------


def test_each_unit_gets_its_own_items() -> None:
    """Zhuzhou's failed vetoes and remarks by owner; every failed asset is in exactly one order."""
    inspection = inspected("zhuzhou-2022-4")
    made = orders(inspection, Unit.OWNER, {}, DUE, None)
    assert {unit: len(order.annexes[0].table.rows) for unit, order in made.items()} == {
        "天元区人民政府": 2,
        "攸县人民政府": 2,
        "株洲市发展和改革委员会": 1,
        "茶陵县人民政府": 1,
        "株洲云龙示范区龙头铺街道办事处": 4,
        "株洲云龙示范区云田镇人民政府": 1,
    }
    told = [row[1] for order in made.values() for row in order.annexes[0].table.rows]
    failed = [r.asset.name for b in inspection.batches for r in b.assets if r.verdict is Verdict.FAIL]
    assert all(any(text.partition("（微")[0] == name for text in told) for name in failed)


def test_units_may_be_districts() -> None:
    """Which collect for their units; an asset without one goes to whoever runs it."""
    made = orders(inspected("sanming-2021-3"), Unit.DISTRICT, {}, DUE, None)
    assert "清流县" in made
    assert made["清流县"].opening[0].endswith("发现你单位6个政务新媒体存在6项问题（见附件1，依据见附件2）。现予督办。")


def test_an_order(golden: Golden) -> None:
    """Problem, figures, facts and grounds of each item; two columns to be filled in."""
    known = known_of(read_case(ZHUZHOU, load_vocabulary()).facts)
    made = orders(inspected("zhuzhou-2022-4"), Unit.OWNER, known.codes, DUE, date(2022, 12, 5))
    golden("zhuzhou-2022-4.order.md", to_markdown(made["株洲云龙示范区龙头铺街道办事处"]))


def test_nothing_unknown_exempt_on_trial_or_unnamed_is_to_be_rectified() -> None:
    """Of the small inspection: one failed veto and one remark."""
    assert [(i.asset.id, i.finding.indicator) for i in items(small())] == [("a1", "account.stale"), ("a4", "x.menu")]


def test_the_command_writes_an_order_a_unit_and_the_register(tmp_path: Path) -> None:
    """Files numbered and named by the unit; DOCX that reads back."""
    result = run("notice", "rectify", str(ZHUZHOU), "--out", str(tmp_path), "--due", "2022-12-20")
    assert (result.exit_code, result.stdout) == (0, f"6 orders and the register rectification.csv → {tmp_path}\n")
    names = sorted(p.name for p in tmp_path.iterdir())
    assert len(names) == 7
    assert names[:2] == ["001 天元区人民政府.docx", "002 攸县人民政府.docx"]
    document = docx.Document(str(tmp_path / names[0]))
    assert document.paragraphs[1].text == "天元区人民政府："
    assert len(document.tables[0].rows) == 3


def test_a_unit_s_name_makes_a_file_name(tmp_path: Path) -> None:
    """Whatever stands in it."""
    case = tmp_path / "case"
    shutil.copytree(ZHUZHOU, case)
    assets = (case / "assets.csv").read_text(encoding="utf-8")
    (case / "assets.csv").write_text(assets.replace("攸县人民政府,攸县", '"../攸县:?人民政府",攸县'), encoding="utf-8")
    out = tmp_path / "out"
    assert (
        run("notice", "rectify", str(case), "--out", str(out), "--due", "2022-12-20", "--format", "md").exit_code == 0
    )
    assert "002 _攸县__人民政府.md" in {p.name for p in out.iterdir()}


def test_without_a_deadline_nothing_is_written(tmp_path: Path) -> None:
    """Neither the case nor the command says when."""
    result = run("notice", "rectify", str(ZHUZHOU), "--out", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "--due: the case has no rectify_by; give the deadline" in result.stderr
    assert not (tmp_path / "out").exists()


# ---- the way round -------------------------------------------------------------------------------------------------


def test_the_register_filled_in_is_followed(tmp_path: Path) -> None:
    """Orders go out, answers come back, the next case's facts say who answered in time, late, not at all."""
    case = tmp_path / "case"
    shutil.copytree(ZHUZHOU, case)
    rows = list(csv.DictReader(io.StringIO(register(inspected("zhuzhou-2022-4"), DUE).removeprefix("\ufeff"))))
    returned = {"s01": "2022-12-19", "s02": "2022-12-22"}
    for row in rows:
        row |= {"observed_at": "2022-12-25", "returned": returned.get(row["asset"], "")}
    with (case / "facts" / "rectification.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    result = run("notice", "followup", str(case), "--as-of", "2022-12-25")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split() == [
        "overdue", "7", "unknown", "0", "returned", "late", "2", "not", "yet", "due", "0", "returned", "in", "time", "2",
    ]  # fmt: skip


# ---- follow-up -----------------------------------------------------------------------------------------------------


def standing(day: str, **row: object) -> tuple[Standing, str]:
    """How one item stands on a day of December 2022, observed on the 25th unless told otherwise."""
    vocabulary = load_vocabulary()
    given: Mapping[str, object] = {"asset": "a", "part": "1", "observed_at": date(2022, 12, 25), "due": DUE, **row}
    known = facts(
        asset_table([{"id": "a", "kind": "site", "name": "甲"}]),
        {"rectification": table(vocabulary.kinds["rectification"], [given])},
        vocabulary,
    )
    (found,) = followed(known, date.fromisoformat(f"2022-12-{day}"))
    return found.standing, found.why.en


@pytest.mark.parametrize(
    ("day", "row", "expected"),
    [
        ("25", {"returned": date(2022, 12, 20)}, (Standing.IN_TIME, "")),
        ("25", {"returned": date(2022, 12, 21)}, (Standing.LATE, "")),
        ("25", {"returned": "none"}, (Standing.OVERDUE, "")),
        ("26", {"returned": "none"}, (Standing.UNKNOWN, "last looked at on 2022-12-25")),
        ("20", {"returned": "none", "observed_at": date(2022, 12, 19)}, (Standing.RUNNING, "")),
        ("21", {"returned": "none", "observed_at": date(2022, 12, 20)}, (Standing.UNKNOWN, "last looked at on 2022-12-20")),
        ("21", {"returned": "none", "observed_at": date(2022, 12, 21)}, (Standing.OVERDUE, "")),
        ("25", {"due": None, "returned": "none"}, (Standing.UNKNOWN, "no deadline is known")),
        ("25", {"state": "blocked", "reason": "登录", "due": None}, (Standing.UNKNOWN, "could not be seen (登录)")),
    ],
)  # fmt: skip
def test_how_an_item_stands(day: str, row: dict[str, object], expected: tuple[Standing, str]) -> None:
    """The deadline itself is in time; what was not looked at on the day is unknown, never overdue."""
    assert standing(day, **row) == expected


def test_only_what_was_known_on_the_day_counts() -> None:
    """A later observation does not reach back, a newer one replaces an older."""
    known = read_case(PANJIN, load_vocabulary()).facts
    assert followed(known, date(2023, 7, 30)) == ()
    assert [f.standing for f in followed(known, date(2023, 7, 31))] == [Standing.OVERDUE] * 3


@pytest.mark.parametrize("language", list(Language))
def test_what_followup_shows(language: Language, golden: Golden) -> None:
    """Counts, then every item that is not settled."""
    found = followed(read_case(PANJIN, load_vocabulary()).facts, date(2023, 7, 31))
    golden(f"panjin-2023-07.followup.{language.value}.txt", to_text(found, date(2023, 7, 31), language))


def test_followup_as_csv() -> None:
    """One row an item; printed by the command as of the case's own day."""
    printed = run("notice", "followup", str(PANJIN), "--format", "csv").stdout_bytes.decode()
    assert printed == as_csv(followed(read_case(PANJIN, load_vocabulary()).facts, date(2023, 7, 31)))
    header, first, *_ = csv.reader(io.StringIO(printed.removeprefix("\ufeff")))
    assert tuple(header) == HEADER
    assert first == (["s01", "盘锦市民政局", "", "市直部门", "6月份通报", "2023-07-07", "", "逾期未反馈", ""])
