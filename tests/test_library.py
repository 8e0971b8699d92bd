"""Finding packs: by id, by folder, several at once; and what is said of those that cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hege.engine.errors import InputError
from hege.engine.rulebook.library import list_packs, load_rulebook
from hege.engine.rulebook.lint import lint
from hege.engine.text import Language

PACK = """\
schema: indicators/1
pack: {id}
title: 测试
conventions: {{observation: 7d, law: {{document: d}}}}
indicators:
- id: {id}.one
  title: 内容不更新
  applies_to: {{kind: account}}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {{document: d, quote: 引文}}
    fail_when: {{absent: feed.newest}}
"""
OVERLAY = "schema: overlay/2\npack: {id}\ntitle: 市\non: {on}\nwaivers: []\n"


def put(folder: Path, text: str, name: str = "rules.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def refused(root: Path, *packs: str | Path) -> list[str]:
    """The messages, with paths below the root."""
    with pytest.raises(InputError) as error:
        load_rulebook(packs, [root])
    return [p.shown(Language.EN).replace(f"{root}/", "") for p in error.value.problems]


def test_packs_are_listed_with_those_of_other_roots(tmp_path: Path) -> None:
    """A pack's id is its path below the root; files that are no rules and cannot be read are passed over."""
    put(tmp_path / "my" / "city", OVERLAY.format(id="my/city", on="cn/2019-19"))
    put(tmp_path / "my" / "notes", "schema: notes/1\n")
    (tmp_path / "my" / "folder.yaml").mkdir()
    assert set(list_packs([tmp_path])) - set(list_packs()) == {"my/city"}
    assert "cn/2019-19" in list_packs()


def test_pack_of_another_root_is_found_by_its_id(tmp_path: Path) -> None:
    """So an overlay can be built on a pack that does not come with hege."""
    put(tmp_path / "base", PACK.format(id="base"))
    put(tmp_path / "city", OVERLAY.format(id="city", on="base"))
    assert [p.id for p in load_rulebook(["city"], [tmp_path]).packs] == ["base", "city"]


def test_several_files_of_one_folder_are_one_pack(tmp_path: Path) -> None:
    """Indicators may be spread over files."""
    folder = put(tmp_path / "a", PACK.format(id="a"))
    second = (
        PACK.format(id="a")
        .replace("a.one", "a.two")
        .replace("conventions", "presentation")
        .replace("{observation: 7d, law: {document: d}}", "{}")
    )
    put(folder, second, "second.yaml")
    assert [i.id for i in load_rulebook([folder]).indicators] == ["a.one", "a.two"]


def test_files_of_two_packs_in_one_folder(tmp_path: Path) -> None:
    """Which of them the folder is would be anybody's guess."""
    second = PACK.format(id="b").replace("conventions: {observation: 7d, law: {document: d}}\n", "")
    put(put(tmp_path / "a", PACK.format(id="a")), second, "second.yaml")
    assert refused(tmp_path, tmp_path / "a") == [
        (
            "a/second.yaml:1:1: error[two-packs]: files of one folder must belong to one pack: a, b\n"
            "    schema: indicators/1\n    ^\n    to do: give them the same `pack` and `on`, or a folder of their own"
        )
    ]


def test_one_pack_from_two_folders(tmp_path: Path) -> None:
    """The second copy is told, not merged."""
    for name in ("a", "copy"):
        put(tmp_path / name, PACK.format(id="a"))
    (message,) = refused(tmp_path, tmp_path / "a", tmp_path / "copy")
    assert message.startswith("copy/rules.yaml:1:1: error[duplicate-pack]: the pack “a” is also given by a/rules.yaml")


def test_two_bases(tmp_path: Path) -> None:
    """A rulebook stands on one."""
    for name in ("a", "b"):
        put(tmp_path / name, PACK.format(id=name))
    (message,) = refused(tmp_path, tmp_path / "a", tmp_path / "b")
    assert "error[two-bases]: a rulebook has exactly one base pack, here a" in message


def test_circle_of_overlays(tmp_path: Path) -> None:
    """The way round is shown."""
    for name, on in (("a", "b"), ("b", "a")):
        put(tmp_path / name, OVERLAY.format(id=name, on=on))
    (message,) = refused(tmp_path, "a")
    assert "error[circle]: `on` goes round in a circle: a → b → a" in message


def test_no_pack_and_unknown_pack(tmp_path: Path) -> None:
    """Both say which there are."""
    assert "error[no-pack]: no pack is named\n    to do: one of cn/2015-15, cn/2019-19, " in refused(tmp_path)[0]
    assert refused(tmp_path, "cn/2019-91")[0].startswith(
        "cn/2019-91: error[unknown-word]: unknown pack “cn/2019-91”\n    to do: did you mean “cn/2019-19”? Known: cn/2015-15, cn/2019-19, "
    )


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder by the name of a file stands for whatever the system refuses."""
    (tmp_path / "a" / "rules.yaml").mkdir(parents=True)
    assert refused(tmp_path, tmp_path / "a") == [
        "a/rules.yaml: error[unreadable]: cannot be read: Is a directory\n    to do: see that the file is there and may be read"
    ]


WARNED: dict[str, tuple[Callable[[str], str], str, str]] = {
    "two indicators of one title": (lambda t: t + t[t.index("- id") :].replace("one", "two"), "same-title",
                                    "“p.two”与“p.one”标题相同：内容不更新"),
    "no quote": (lambda t: t.replace(", quote: 引文", ""), "no-quote", "“p.one”没有引文"),
    "a damaged law": (lambda t: t.replace("引文}", "引文, verified: damaged}"), "unverified", "“p.one”已施行，依据的文字（damaged）尚未与原文核对"),
    "a long waiver": (
        lambda t: t + "waivers: [{id: w, asset: a, indicator: p.one, from: 2024-01-01, until: 2025-01-02, reason: r, approved_by: b}]\n",
        "long-waiver", "豁免“w”超过一年",
    ),
    "a window that the quote does not name": (
        lambda t: t.replace("引文", "前2周内无更新").replace("{absent: feed.newest}", "{not_updated: {what: feed.newest, within: 3w}}"),
        "window-against-quote", "引文写“2周内”，检查只用到3周",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNED)
def test_lint_warns_of_what_is_doubtful(tmp_path: Path, name: str) -> None:
    """One warning, at its place; the pack may be used all the same."""
    change, code, message = WARNED[name]
    folder = put(tmp_path / "p", change(PACK.format(id="p")))
    (found,) = lint([folder])
    assert (found.code, found.message.zh, found.severity.value) == (code, message, "warning")
    assert found.place.line > 0
    assert load_rulebook([folder])


BOUNDS = {
    "a number of facts": ("超过（含）5个", "{count: {of: {each: menu, where: {opens: false}}, more_than: 5}}", "超过（含）5"),
    "a number of periods": ("超过（含）3次", "{periods: {every: week, within: month, that: {absent: feed.newest}, more_than: 3}}", "超过（含）3"),
    "a share": ("超过（含）5%", "{ratio: {of: {each: menu, that: {compare: {what: opens, is: false}}}, more_than: 5%}}", "超过（含）5%"),
    "a field": ("超过（含）5个", "{not: {not: {count: {of: {each: survey, where: {count: {more_than: 5}}}, at_least: 1}}}}", "超过（含）5"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
def test_bound_of_whatever_is_measured_agrees_with_the_quote(tmp_path: Path, name: str) -> None:
    """超过（含） is at_least, of facts, periods, shares and fields."""
    quote, check, phrase = BOUNDS[name]
    text = PACK.format(id="p").replace("引文", quote).replace("{absent: feed.newest}", check)
    (found,) = [p for p in lint([put(tmp_path / "p", text)]) if p.severity.value == "error"]
    assert found.message.zh == f"引文写“{phrase}”，检查却用more_than"
    assert lint([put(tmp_path / "p", text.replace("more_than", "at_least"))]) == []
