"""A new indicator to begin with: a rule file and its tests, which pass and leave nothing untested.

Every text that a writer has to fill in says so (待填写); the indicator is on trial until then, so that nothing counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
from hege.engine.rulebook.library import read_folder
from hege.engine.rulebook.model import AssetKind
from hege.engine.rulebook.reading import ID, Pack
from hege.engine.text import Text
from hege.engine.vocabulary import load_vocabulary
from hege.engine.yamlnodes import Reading

FILL_IN = "待填写"


class Sort(Enum):
    """What the indicator looks at, each with a condition and cases of its own."""

    STALE = "stale"  # 多久没有更新
    COUNT = "count"  # 多少个栏目、渠道有问题
    FOUND = "found"  # 发现了不该有的
    ASKED = "asked"  # 由人工检查


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is to be made."""

    id: str
    title: str
    kind: AssetKind
    sort: Sort
    start: date
    pack: str  # for a folder that is no pack yet
    on: str


def scaffold(folder: Path, wish: Wish) -> dict[Path, str]:
    """The files by path, none of which exists; raises InputError where the pack cannot be read or has the id."""
    pack = _pack(folder)
    head = _head(pack, wish)
    id = pack.id if pack else wish.pack
    rules, tests = folder / f"{wish.id}.yaml", folder / "tests" / f"{wish.id}.yaml"
    if not ID.fullmatch(wish.id):
        raise _refused(
            "bad-id", Place(file=wish.id),
            Text(zh=f"指标编号“{wish.id}”应由小写字母、数字、点和连字符组成", en=f"the id “{wish.id}” must be lower-case words, dots and hyphens"),
            Text(zh="例如site.blank-columns", en="such as site.blank-columns"),
        )  # fmt: skip
    taken = [i.versions[0].origins["id"].place for i in (pack.indicators if pack else ()) if i.id == wish.id]
    taken += [Place(file=str(file)) for file in (rules, tests) if file.exists()]
    if taken:
        raise _refused(
            "duplicate-id", taken[0],
            Text(zh=f"已经有“{wish.id}”", en=f"there is a “{wish.id}” already"),
            Text(zh="换一个编号", en="choose another id"),
        )  # fmt: skip
    return {rules: head + _indicator(wish), tests: f"schema: tests/1\npack: {id}\ncases:\n{_cases(wish)}"}


def _refused(code: str, place: Place, message: Text, hint: Text) -> InputError:
    return InputError([Problem(code=code, place=place, message=message, hint=hint)])


def _pack(folder: Path) -> Pack | None:
    if not any(folder.glob("*.yaml")):
        return None
    reading = Reading()
    found = read_folder(reading, folder, load_vocabulary())
    reading.done()
    return found


def _head(pack: Pack | None, wish: Wish) -> str:
    schema = "overlay/2" if pack is None or pack.on else "indicators/1"
    id, title, on = (pack.id, pack.title, pack.on) if pack else (wish.pack, FILL_IN, wish.on)
    return f"schema: {schema}\npack: {id}\ntitle: {title}\n" + (f"on: {on}\n" if on else "") + "indicators:\n"


def _indicator(wish: Wish) -> str:
    params, check, problem = _condition(wish)
    return (
        f"- id: {wish.id}\n  title: {wish.title}\n  applies_to: {{kind: {wish.kind.value}}}\n"
        "  effect: remark   # veto单项否决，remark提示；见docs/language.md\n"
        "  status: trial    # 试行，有结果但不计入结论；核对后改为in_force\n"
        f"  versions:\n  - from: {wish.start}\n"
        f"    law: {{document: {FILL_IN}, clause: {FILL_IN}, quote: {FILL_IN}, verified: damaged, note: 引文{FILL_IN}}}\n"
        f"{f'    params: {params}' + chr(10) if params else ''}    fail_when: {check}\n    problem: {problem}\n"
    )


def _condition(wish: Wish) -> tuple[str, str, str]:
    """Parameters, check and problem text."""
    site = wish.kind is AssetKind.SITE
    match wish.sort:
        case Sort.STALE:
            path = "home.newest" if site else "feed.newest"
            return "{window: 14d}", f"{{not_updated: {{what: {path}, within: $window}}}}", '"{$window}未更新"'
        case Sort.COUNT:
            kind, where = ("column", "items: 0") if site else ("menu", "opens: false")
            text = "{count}个栏目空白" if site else "{count}个菜单打不开"
            return (
                "{limit: 3}",
                f"{{count: {{of: {{each: {kind}, where: {{{where}}}}}, at_least: $limit}}}}",
                f'"{text}"',
            )
        case Sort.FOUND:
            return "", "{present: {each: advert, where: {url: present}}}", "存在商业广告"
        case Sort.ASKED:
            return "", f'{{compare: {{what: "survey[{wish.title}].answer", is: problem}}}}', wish.title


def _cases(wish: Wish) -> str:
    at = wish.start + timedelta(days=400)
    rows, begun = _rows(wish, at)
    table = "".join(f"  - {{facts: {{{facts}}}, expect: {expect}}}\n" for facts, expect in rows)
    before = wish.start - timedelta(days=1)
    return (
        f"- name: {wish.title}\n  of: {wish.id}\n  at: {at}\n  table:\n{table}"
        f"- name: 施行日前后\n  of: {wish.id}\n  at: {wish.start}\n  facts: {{{begun}}}\n  table:\n"
        f"  - {{expect: fail}}\n  - {{at: {before}, expect: not_in_force}}\n"
    )


def _rows(wish: Wish, at: date) -> tuple[list[tuple[str, str]], str]:
    """Facts and what is expected of them, on both sides of every edge; and facts that fail whatever the day."""
    site = wish.kind is AssetKind.SITE
    match wish.sort:
        case Sort.STALE:
            kind = "home" if site else "feed"
            first = at - timedelta(days=13)
            rows = [
                (f"{kind}: {{newest: {first}}}", "pass"),
                (f"{kind}: {{newest: {first - timedelta(days=1)}}}", "fail"),
                ("", "unknown"),
            ]
            return rows, f"{kind}: {{newest: none}}"
        case Sort.COUNT:
            kind, bad, fine = ("column", "items: 0", "items: 1") if site else ("menu", "opens: false", "opens: true")
            unknown = f"{kind}: {{state: blocked, times: 3}}"
            rows = [
                (f"{kind}: {{{bad}, times: 2}}", "pass"),
                (f"{kind}: {{{bad}, times: 3}}", "fail"),
                (f"{kind}: {{{fine}, times: 3}}", "pass"),
                (unknown, "unknown"),
            ]
            return rows, f"{kind}: {{{bad}, times: 3}}"
        case Sort.FOUND:
            rows = [
                ("", "pass"),
                ("advert: {url: example}", "fail"),
                ("coverage: {part: advert, complete: false}", "unknown"),
            ]
            return rows, "advert: {url: example}"
        case Sort.ASKED:
            part = f"part: {wish.title}"
            rows = [
                (f"survey: {{{part}, answer: ok}}", "pass"),
                (f"survey: {{{part}, answer: problem}}", "fail"),
                ("", "unknown"),
            ]
            return rows, f"survey: {{{part}, answer: problem}}"
