"""Overlays: dated changes on a base pack, each field with its origin, faults named at their line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hege.engine.dates import Duration, Unit
from hege.engine.errors import InputError
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.lint import lint
from hege.engine.text import Language

HEAD = "schema: overlay/2\npack: city\ntitle: 市\non: cn/2019-19\n"
LAW = "law: {document: d, quote: q}"


def pack(folder: Path, text: str, name: str = "city") -> Path:
    """A folder with one overlay."""
    (folder / name).mkdir()
    (folder / name / "overlay.yaml").write_text(HEAD.replace("pack: city", f"pack: {name}") + text, encoding="utf-8")
    return folder / name


def change(body: str, direction: str = "tighten", indicator: str = "account.stale", start: str = "2024-01-01") -> str:
    return f"changes:\n- indicator: {indicator}\n  from: {start}\n  direction: {direction}\n  {LAW}\n  {body}\n"


def test_change_counts_from_its_day_and_says_where_it_came_from(tmp_path: Path) -> None:
    """2 weeks until the day before, 7 from the day on; the parameter's origin is the overlay's line."""
    indicator = load_rulebook([pack(tmp_path, change("params: {window: 7d}"))]).indicator("account.stale")
    before, after = indicator.at(date(2023, 12, 31)), indicator.at(date(2024, 1, 1))
    assert before is not None
    assert after is not None
    assert before.params["window"] == Duration(2, Unit.WEEK)
    assert after.params["window"] == Duration(7, Unit.DAY)
    assert (after.origins["params.window"].pack, after.origins["params.window"].place.line) == ("city", 10)
    assert after.origins["fail_when"].pack == "cn/2019-19"


def test_switched_off_from_its_day(tmp_path: Path) -> None:
    """The version before stays; from the day on there is none."""
    text = f"switched_off:\n- {{indicator: account.stale, from: 2024-01-01, {LAW}}}\n"
    indicator = load_rulebook([pack(tmp_path, text)]).indicator("account.stale")
    assert indicator.at(date(2023, 12, 31)) is not None
    assert indicator.at(date(2024, 1, 1)) is None


def test_digest_follows_content_only(tmp_path: Path) -> None:
    """A comment changes nothing; a threshold changes the pack's digest and the rulebook's."""
    plain = load_rulebook([pack(tmp_path, change("params: {window: 7d}"))])
    (tmp_path / "city" / "overlay.yaml").write_text(HEAD + "# 注\n" + change("params: {window: 7d}"), encoding="utf-8")
    commented = load_rulebook([tmp_path / "city"])
    (tmp_path / "city" / "overlay.yaml").write_text(HEAD + change("params: {window: 6d}"), encoding="utf-8")
    moved = load_rulebook([tmp_path / "city"])
    assert (plain.digest, plain.packs) == (commented.digest, commented.packs)
    assert plain.packs[0] == moved.packs[0]
    assert plain.packs[1].digest != moved.packs[1].digest
    assert plain.digest != moved.digest


@pytest.mark.parametrize(
    ("indicator", "setting", "direction"),
    [
        ("account.stale", "window: 7d", "tighten"),
        ("account.stale", "window: 21d", "loosen"),
        ("account.stale", "window: 2w", "same"),
        ("site.columns-stale", "limit: 4", "tighten"),
        ("site.columns-stale", "blank_limit: 6", "loosen"),
        ("site.unreachable", "share: 4%", "tighten"),
        ("site.unreachable", "slow: 20", "loosen"),
        ("site.no-reply", "wait: 2mo", "tighten"),
        ("site.no-reply", "span: 2y", "tighten"),
    ],
)
def test_direction_is_held_against_the_check(tmp_path: Path, indicator: str, setting: str, direction: str) -> None:
    """The right word passes lint, each other word is an error at the value."""
    for word in ("tighten", "loosen", "same"):
        folder = pack(tmp_path, change(f"params: {{{setting}}}", word, indicator), f"city-{word}")
        found = [p for p in lint([folder]) if p.code == "direction"]
        assert [p.place.line for p in found] == ([] if word == direction else [10]), word


FAULTS = {
    "unknown indicator": (change("params: {window: 7d}", indicator="account.stail"), "account.stale"),
    "unknown parameter": (change("params: {windw: 7d}"), "window"),
    "wrong unit": (change("params: {window: 7h}"), "7h"),
    "unknown key": (change("parms: {window: 7d}"), "params"),
    "change without law": (change("params: {window: 7d}").replace(f"  {LAW}\n", ""), "law"),
    "no such pack below": (HEAD.replace("cn/2019-19", "cn/2019-91"), "cn/2019-19"),
    "change before the indicator": (change("params: {window: 7d}", start="2018-01-01"), "2019-04-01"),
    "waiver that ends before it begins": (
        "waivers:\n- {id: w, asset: a, indicator: account.stale, from: 2024-02-01, until: 2024-01-01, reason: r, approved_by: b}\n",
        "until",
    ),
    "waiver of no indicator": (
        "waivers:\n- {id: w, asset: a, indicator: account.stall, from: 2024-01-01, until: 2024-02-01, reason: r, approved_by: b}\n",
        "account.stale",
    ),
    "order of no indicator": ("presentation: {first: [account.stall]}\n", "account.stale"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    """At least one error, whose text holds the word that helps."""
    text, word = FAULTS[name]
    folder = pack(tmp_path, text if not text.startswith("schema") else "")
    if text.startswith("schema"):
        (folder / "overlay.yaml").write_text(text, encoding="utf-8")
    found = [p.shown(Language.ZH) for p in lint([folder]) if p.severity.value == "error"]
    assert len(found) == 1
    assert word in found[0]


OFF = f"switched_off:\n- {{indicator: account.stale, from: 2024-01-01, {LAW}}}\n"
TOGETHER = {
    "the same field": (change("params: {window: 7d}"), change("params: {window: 6d}")),
    "a field and its switch": (change("params: {window: 7d}"), OFF),
    "the switch and a field": (OFF, change("params: {window: 7d}")),
    "how long an observation speaks": (
        f"conventions: {{observation: 1d, {LAW}}}\n",
        f"conventions: {{observation: 30d, {LAW}}}\n",
    ),
    "the joining mark": ("presentation: {join: ；}\n", "presentation: {join: 、}\n"),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_two_packs_of_one_level_must_not_touch_one_thing(tmp_path: Path, name: str) -> None:
    """Nothing says which goes first, so it is an error that names both, in either order."""
    one, other = (pack(tmp_path, text, id) for text, id in zip(TOGETHER[name], ("one", "other"), strict=True))
    for packs in ([one, other], [other, one]):
        with pytest.raises(InputError) as error:
            load_rulebook(packs)
        (problem,) = error.value.problems
        assert problem.code == "layer-conflict"
        assert packs[0].name in problem.message.zh


def test_two_packs_of_one_level_may_say_the_same(tmp_path: Path) -> None:
    """Equal settings are no conflict."""
    text = f"conventions: {{observation: 3d, {LAW}}}\n"
    book = load_rulebook([pack(tmp_path, text, "one"), pack(tmp_path, text, "other")])
    assert str(book.conventions.observation) == "3d"


def test_long_waiver_is_worth_a_word(tmp_path: Path) -> None:
    """A warning, not an error."""
    text = "waivers:\n- {id: w, asset: a, indicator: account.stale, from: 2024-01-01, until: 2026-01-01, reason: r, approved_by: b}\n"
    (found,) = lint([pack(tmp_path, text)])
    assert (found.code, found.severity.value) == ("long-waiver", "warning")
