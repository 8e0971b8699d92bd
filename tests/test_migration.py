"""Older schemas of rule files: read for ever, brought to the newest word by word, proven to mean the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hege.engine.errors import InputError
from hege.engine.ledger.replay import replay_migrated
from hege.engine.rulebook.formatting import rule_files
from hege.engine.rulebook.library import load_rulebook, pack_folders, shipped_rules
from hege.engine.rulebook.lint import lint
from hege.engine.rulebook.migration import STEPS, migrated
from hege.service import migrating
from hege.service.cli import cli
from tests.ledgers import AT, EXAMPLES, PLAN, example, give, new_ledger

OLD = """\
# 渭南 set: 不是键
"schema": "overlay/1"   # 旧格式
pack: city
title: 某市：set
on: cn/2019-19

changes:
# set: 注释
- indicator: account.stale   # set
  from: 2024-01-01
  direction: tighten
  "set":   {window: 7d}      # 七天
  law: {document: "set: 文件", clause: 一, quote: 前7天内无更新, verified: local-notice}
- {indicator: site.home-stale, from: 2024-01-01, direction: tighten, set: {window: 1w}, law: {document: 文, quote: set}}
switched_off:
- {indicator: site.unreachable, from: 2024-01-01, law: {document: 文, quote: set}}
"""
NEW = (
    OLD.replace('"overlay/1"', '"overlay/2"').replace('  "set":', '  "params":').replace("tighten, set:", "tighten, params:")
)  # fmt: skip


def pack(folder: Path, text: str = OLD) -> Path:
    folder.mkdir()
    (folder / "rules.yaml").write_bytes(text.encode())
    return folder


def run(*arguments: str, code: int = 0, lang: str = "zh") -> Result:
    done = CliRunner().invoke(cli, ["--lang", lang, "rules", "migrate", *arguments], env={"HEGE_LEDGER": None})
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_only_the_words_change(breaks: str, mark: str) -> None:
    """Keys alone, in quotation marks and in brackets too; comments, values, blanks, line breaks and the mark at the top stay."""
    old, new = (mark + text.replace("\n", breaks) for text in (OLD, NEW))
    assert (migrated(old, "f").text, migrated(old, "f").steps) == (new, STEPS)
    assert (migrated(new, "f").text, migrated(new, "f").steps) == (new, ())


def test_both_mean_the_same(tmp_path: Path) -> None:
    """The same rulebook, digest included, and file and line of every part are those of the older file."""
    old, new = (load_rulebook([pack(tmp_path / name, text)]) for name, text in (("old", OLD), ("new", NEW)))
    assert old == new
    assert old.digest == new.digest


def test_an_older_schema_is_doubtful(tmp_path: Path) -> None:
    """Lint says so, with what to do; the words of the other schema are no words of this one."""
    (found,) = [p for p in lint([pack(tmp_path / "old")]) if p.code == "older-schema"]
    assert (found.place.line, found.severity.value, found.hint and found.hint.zh) == (
        2, "warning", "用hege rules migrate改成新格式",
    )  # fmt: skip
    mixed = pack(tmp_path / "mixed", OLD.replace("overlay/1", "overlay/2"))
    with pytest.raises(InputError) as refused:
        load_rulebook([mixed])
    assert [p.code for p in refused.value.problems][:1] == ["unknown-word"]


@pytest.mark.parametrize("schema", ["overlay/3", "indicators/2", "tests/2"])
def test_a_newer_schema_is_refused(schema: str, tmp_path: Path) -> None:
    """By the reader and by the migration, which leaves the other files alone too."""
    folder = pack(tmp_path / "city")
    (folder / "z.yaml").write_text(f"schema: {schema}\npack: city\n", encoding="utf-8")
    done = run(str(folder), code=2)
    assert f"z.yaml:1:9: 错误[newer-schema]: “{schema}”由更新版本的hege写成，这里读不了" in done.output
    assert "升级hege" in done.output
    assert (folder / "rules.yaml").read_bytes() == OLD.encode()
    assert [p.code for p in lint([folder]) if p.place.file.endswith("z.yaml")] == ["newer-schema"]


def test_shipped_files_have_the_newest() -> None:
    for file in (f for folder in pack_folders(shipped_rules()).values() for f in rule_files(folder)):
        assert migrated(file.read_text(encoding="utf-8"), str(file)).steps == (), file


def test_migrating_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--check and --diff change nothing; then the file is written, proven; then there is nothing to do."""
    monkeypatch.chdir(tmp_path)
    pack(tmp_path / "city")
    told = "city/rules.yaml  overlay/1 → overlay/2：变更里参数的新值也叫params，与指标里一样\n"
    digest = load_rulebook([tmp_path / "city"]).digest[:16]
    assert run("city", "--check", code=1).output == f"city：指标的摘要{digest}：相同\n{told}"
    assert (
        '-  "set":   {window: 7d}      # 七天\n+  "params":   {window: 7d}      # 七天\n'
        in run("city", "--diff").output
    )
    assert (tmp_path / "city/rules.yaml").read_bytes() == OLD.encode()
    case = str(EXAMPLES / "zhuzhou-2022-4")
    assert run("city", "--prove", case).output == (
        f"city：指标的摘要{digest}：相同\ncity：案例{case}的检查结果：相同\n{told}"
    )
    assert (tmp_path / "city/rules.yaml").read_bytes() == NEW.encode()
    assert run("city", "--check", lang="en").output == "every file has the newest schema\n"


def test_inspections_of_a_ledger_replay_equal(tmp_path: Path) -> None:
    """What was recorded by texts of the older schema comes out the same by these texts migrated."""
    from hege.engine.ledger.inspections import inspect_recorded
    from hege.engine.rulebook.sources import sources_of

    place, folder = str(tmp_path / "city.db"), pack(tmp_path / "city")
    ledger = new_ledger(place)
    give(ledger, example("weinan-2024-1").facts)
    stored = inspect_recorded(ledger, PLAN, "某市", None, sources_of([folder]), entered_by="李四", at=AT).stored
    (done,) = replay_migrated(ledger, 12)
    assert (done.stored, done.same, done.changed) == (stored, True, ())
    told = f"台账：检查{stored.id}（某市）的结果{stored.result[:16]}：相同\n"
    assert told in run(str(folder), "--ledger", place).output


def test_what_is_not_the_same_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One proof that fails keeps every file as it was; exit code 1."""
    folder = pack(tmp_path / "city")
    monkeypatch.setattr(migrating, "_same", lambda *_: False)
    done = run(str(folder), "--prove", str(EXAMPLES / "zhuzhou-2022-4"), code=1)
    assert done.output.endswith("的检查结果：不同\n不相同，什么都没有改\n")
    assert (folder / "rules.yaml").read_bytes() == OLD.encode()
