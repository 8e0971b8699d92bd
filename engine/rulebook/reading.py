"""Reading pack files (`indicators/1`, `overlay/2`) to `Pack` and `Overlay`; every fault of a file is recorded."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place, Severity
from hege.engine.rulebook import model
from hege.engine.rulebook.checks import read_law
from hege.engine.rulebook.lines import LineReader
from hege.engine.rulebook.migration import OLDER, RULES, TESTS, refuse_schema, schema_of, schema_place
from hege.engine.rulebook.model import AppliesTo, AssetKind, Effect, Given, Indicator, Origin, Version
from hege.engine.rulebook.values import Slot, fits, setting, value
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode

ASSET_WORDS = ("platform", "district", "category", "owner")
ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_NO_LAW = model.Law(document="")  # stands in for one that could not be read; the version is refused anyway


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What an overlay does to one indicator from a day on: new parameter values and whole fields."""

    indicator: str
    start: date
    direction: model.Direction
    law: model.Law
    place: Place
    params: dict[str, Given]
    fields: dict[str, object]  # fail_when | applies_when | lines | sheet | problems
    places: dict[str, Place]
    off: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """One pack as written. `on` is empty for a base pack.

    `succeeds` names the pack whose indicators end on the day `succeeds_from` (before a rulebook is made of it, `before`
    holds them). `unread` names indicators that are written but too broken to read (`""` when even the id is), so that what mentions
    them is not blamed as well; `places` says where the keys of the file and the entries of its presentation stand.
    """

    id: str
    title: str
    on: str
    place: Place
    indicators: tuple[Indicator, ...]
    succeeds: str = ""
    succeeds_from: date | None = None
    before: tuple[Indicator, ...] = ()
    changes: tuple[Change, ...] = ()
    waivers: tuple[model.Waiver, ...] = ()
    conventions: model.Conventions | None = None
    presentation: dict[str, object] = field(default_factory=dict)
    unread: frozenset[str] = field(default=frozenset(), compare=False)
    places: dict[str, Place] = field(default_factory=dict, compare=False)


def read_pack(reading: Reading, node: Node, vocabulary: Vocabulary) -> Pack | None:
    """A pack from its document; None when it is too broken to go on."""
    name = schema_of(node)
    what = Text(zh="指标文件", en="rule file")
    if name == "indicators/1":
        entry = reading.mapping(
            node, what, ["schema", "pack", "title", "indicators"],
            ["conventions", "presentation", "waivers", "succeeds"],
        )  # fmt: skip
    elif name in ("overlay/2", *OLDER):
        entry = reading.mapping(
            node, what, ["schema", "pack", "title", "on"],
            ["presentation", "conventions", "changes", "switched_off", "indicators", "waivers"],
        )  # fmt: skip
    else:
        if name == TESTS:
            reading.problem("misplaced-tests", schema_place(node), "测试文件应放在tests文件夹里", "test files belong into the folder tests",
                            Text(zh="移到tests/下", en="move it below tests/"))  # fmt: skip
        else:
            refuse_schema(reading, node, RULES)
        return None
    if entry is None:
        return None
    if name in OLDER:
        reading.problem("older-schema", schema_place(node), f"“{name}”是旧格式", f"“{name}” is an older schema",
                        Text(zh="用hege rules migrate改成新格式", en="bring it to the newest with hege rules migrate"), Severity.WARNING)  # fmt: skip
    id = reading.text(entry.get("pack"), _w("pack"))
    if id is None:
        return None
    settings = "set" if name == "overlay/1" else "params"
    changes = [_change(reading, n, vocabulary, settings) for n in reading.items(entry.get("changes"), _w("changes"))]
    off = [_switched_off(reading, n) for n in reading.items(entry.get("switched_off"), _w("switched_off"))]
    written = reading.items(entry.get("indicators"), _w("indicators"))
    indicators = [_indicator(reading, n, vocabulary, id) for n in written]
    presentation, places = _presentation(reading, entry.get("presentation"))
    waivers = [_waiver(reading, n) for n in reading.items(entry.get("waivers"), _w("waivers"))]
    succeeds = reading.mapping(entry["succeeds"], _w("succeeds"), ["pack", "from"]) or {} if "succeeds" in entry else {}
    return Pack(
        id=id,
        title=reading.text(entry.get("title"), _w("title")) or id,
        on=reading.text(entry.get("on"), _w("on")) or "",
        place=node.place,
        indicators=tuple(i for i in indicators if i),
        succeeds=reading.text(succeeds.get("pack"), _w("pack")) or "",
        succeeds_from=reading.day(succeeds.get("from"), _w("from")),
        changes=tuple(c for c in [*changes, *off] if c),
        waivers=tuple(w for w in waivers if w),
        conventions=_conventions(reading, entry.get("conventions")),
        presentation=presentation,
        unread=frozenset(_name(n) for n, i in zip(written, indicators, strict=True) if i is None),
        places={k: n.place for k, n in entry.items()} | places,
    )


def _name(node: Node) -> str:
    found = node.get("id") if isinstance(node, MapNode) else None
    return found.raw if isinstance(found, ScalarNode) else ""


def _indicator(reading: Reading, node: Node, vocabulary: Vocabulary, pack: str) -> Indicator | None:
    entry = reading.mapping(
        node, Text(zh="指标", en="indicator"), ["id", "title", "applies_to", "effect", "versions"], ["status", "group"]
    )
    if entry is None:
        return None
    applies_to = _applies_to(reading, entry.get("applies_to"))
    effect = _effect(reading, entry.get("effect"))
    status = reading.word(entry.get("status"), _w("status"), model.Status) or model.Status.IN_FORCE
    checks = LineReader(reading, vocabulary, applies_to.kind if applies_to else None)
    shape = _shape(effect[0] if effect else None)
    versions = [_version(reading, n, checks, pack, shape) for n in reading.items(entry.get("versions"), _w("versions"))]
    _ascending(reading, [v for v in versions if v], entry.get("versions"))
    id = reading.text(entry.get("id"), _w("id"))
    if id is not None and not ID.fullmatch(id):
        reading.problem(
            "bad-id", entry["id"].place, f"指标编号“{id}”应由小写字母、数字、点和连字符组成", f"the id “{id}” must be lower-case words, dots and hyphens",
            Text(zh="例如account.stale", en="such as account.stale"),
        )  # fmt: skip
    _check_group(reading, entry, effect)
    if id is None or applies_to is None or effect is None or None in versions or not versions:
        return None
    shared = {k: Origin(pack=pack, place=n.place) for k, n in entry.items() if k != "versions"}
    return Indicator(
        id=id,
        title=reading.text(entry.get("title"), _w("title")) or id,
        applies_to=applies_to,
        effect=effect[0],
        points=effect[1],
        group=reading.text(entry.get("group"), _w("group")) or "",
        consequence=effect[2],
        status=status,
        versions=tuple(replace(v, origins=v.origins | shared) for v in versions if v),
    )


def _shape(effect: Effect | None) -> tuple[str, tuple[str, ...]]:
    """What a version of such an indicator must say, and what it may."""
    if effect in (Effect.DEDUCT, Effect.BONUS):
        return "lines", ("other_cap",)
    if effect is Effect.SCORE:
        return "sheet", ("problem",)
    return "fail_when", ("problem",)


def _check_group(reading: Reading, entry: dict[str, Node], effect: tuple[Effect, Decimal, str] | None) -> None:
    """Items stand in a group of the score sheet, other indicators do not."""
    is_item = effect is not None and effect[0] in (Effect.DEDUCT, Effect.BONUS)
    if is_item and "group" not in entry:
        reading.problem("no-group", entry["effect"].place, "扣分、加分项要写明group", "an item needs a `group`",
                        Text(zh="写评分表中的组，如group: 发布解读", en="name a group of the score sheet, such as group: 发布解读"))  # fmt: skip
    if effect is not None and not is_item and "group" in entry:
        reading.problem("group", entry["group"].place, "只有扣分、加分项有group", "only items have a `group`",
                        Text(zh="删去group", en="remove `group`"))  # fmt: skip


def _ascending(reading: Reading, versions: list[Version], node: Node | None) -> None:
    for earlier, later in itertools.pairwise(versions):
        if later.start <= earlier.start:
            place = later.origins["from"].place
            reading.problem(
                "version-order", place,
                f"版本日期{later.start}不晚于前一版本{earlier.start}，两版重叠", f"the version of {later.start} overlaps the one before it, of {earlier.start}",
                Text(zh="版本按日期先后排列，日期不得相同", en="order versions by date; no two on one day"),
            )  # fmt: skip
    if isinstance(node, ListNode) and not node.items:
        reading.problem("no-versions", node.place, "指标没有版本", "the indicator has no version",
                        Text(zh="至少写一个版本", en="write at least one version"))  # fmt: skip


def _version(
    reading: Reading, node: Node, checks: LineReader, pack: str, shape: tuple[str, tuple[str, ...]]
) -> Version | None:
    said = node.get("repealed") if isinstance(node, MapNode) else None
    repealed = isinstance(said, ScalarNode) and said.value is True
    body, more = shape
    required = ["from", "law"] if repealed else ["from", "law", body]
    entry = reading.mapping(node, Text(zh="版本", en="version"), required,
                            ["params", "applies_when", "repealed", body, *more])  # fmt: skip
    if entry is None:
        return None
    start = reading.day(entry.get("from"), _w("from"))
    law = read_law(reading, entry.get("law")) if "law" in entry else None
    before = len(reading.problems)
    params, places = _params(reading, entry.get("params"))
    fail_when = checks.check(entry.get("fail_when"))
    applies_when = checks.check(entry.get("applies_when"))
    problems = _problems(reading, entry.get("problem"), checks)
    lines, line_places = checks.lines(entry.get("lines"), law or _NO_LAW)
    other_cap, sheet = checks.other_cap(entry.get("other_cap")), checks.sheet(entry.get("sheet"))
    if start is None or law is None or len(reading.problems) > before:
        return None
    places |= line_places
    places |= {k: n.place for k, n in entry.items() if k != "params"}
    return Version(
        start=start, law=law, fail_when=fail_when, applies_when=applies_when, params=params, problems=problems,
        lines=lines, other_cap=other_cap, sheet=sheet,
        repealed=reading.truth(entry.get("repealed"), _w("repealed")) or False,
        origins={k: Origin(pack=pack, place=p) for k, p in places.items()},
    )  # fmt: skip


def _params(reading: Reading, node: Node | None) -> tuple[dict[str, Given], dict[str, Place]]:
    if node is not None and not isinstance(node, MapNode):
        reading.problem("expected-map", node.place, "参数应写成“名称: 值”", "parameters are written as `name: value`",
                        Text(zh="例如params: {window: 14d}", en="such as params: {window: 14d}"))  # fmt: skip
        return {}, {}
    found: dict[str, Given] = {}
    places: dict[str, Place] = {}
    for key, body in node.entries if node else ():
        given = setting(reading, body, _w(key.raw))
        if given is not None:
            found[key.raw] = given
            places[f"params.{key.raw}"] = body.place
    return found, places


def _problems(reading: Reading, node: Node | None, checks: LineReader) -> tuple[model.Problem, ...]:
    if node is None:
        return ()
    found = []
    for item in node.items if isinstance(node, ListNode) else (node,):
        if isinstance(item, MapNode):
            entry = reading.mapping(item, _w("problem"), ["text"], ["when"]) or {}
            text = reading.text(entry.get("text"), _w("text"))
            when = checks.check(entry.get("when"))
        else:
            text, when = reading.text(item, _w("problem")), None
        if text:
            found.append(model.Problem(text=text, when=when))
    return tuple(found)


def _applies_to(reading: Reading, node: Node | None) -> AppliesTo | None:
    entry = reading.mapping(node, _w("applies_to"), ["kind"], ASSET_WORDS)
    kind = reading.word((entry or {}).get("kind"), _w("kind"), AssetKind)
    if entry is None or kind is None:
        return None
    for name, body in entry.items():
        if isinstance(body, ListNode) and not body.items:
            reading.problem("empty", body.place, f"{name}是空的列表，没有资产适用", f"{name} is an empty list, which no asset fits",
                            Text(zh="至少写一个词，或去掉这一项", en="name at least one word, or leave it out"))  # fmt: skip
    where = tuple(
        (name, tuple(reading.text(n, _w(name)) or "" for n in (body.items if isinstance(body, ListNode) else (body,))))
        for name, body in entry.items()
        if name != "kind"
    )
    return AppliesTo(kind=kind, where=where)


def _effect(reading: Reading, node: Node | None) -> tuple[Effect, Decimal, str] | None:
    if isinstance(node, MapNode):
        entry = reading.mapping(node, _w("effect"), [], ["deduct", "bonus", "escalate"]) or {}
        if len(entry) != 1:
            reading.problem("one-effect", node.place, "effect需要恰好一种", "effect takes exactly one",
                            Text(zh="例如{deduct: 5}", en="such as {deduct: 5}"))  # fmt: skip
            return None
        ((name, body),) = entry.items()
        if name == "escalate":
            return Effect.ESCALATE, Decimal(0), reading.text(body, _w(name)) or ""
        points = body.value if isinstance(body, ScalarNode) else None
        if fits(Slot.POINTS, points):
            return Effect(name), Decimal(points), ""  # type: ignore[arg-type]
        reading.problem("expected-number", body.place, f"{name}应为大于0、至多两位小数的分值", f"{name} must be points above 0 with at most two decimals",
                        Text(zh=f"例如{{{name}: 5}}", en=f"such as {{{name}: 5}}"))  # fmt: skip
        return None
    word = reading.text(node, _w("effect"))
    if word is None or node is None:
        return None
    if word not in ("veto", "remark", "score", "deduct"):  # deduct alone: the table sets no limit to the item
        words = ["veto", "remark", "score", "deduct", "{deduct: 5}", "{bonus: 2}", "{escalate: 通报}"]
        reading.unknown_word(node.place, Text(zh="后果effect", en="effect"), word, words)
        return None
    return Effect(word), Decimal(0), ""


def _change(reading: Reading, node: Node, vocabulary: Vocabulary, settings: str) -> Change | None:
    """`settings` is the word under which the schema has the new values of parameters."""
    entry = reading.mapping(
        node, Text(zh="变更", en="change"), ["indicator", "from", "direction", "law"],
        [settings, "fail_when", "applies_when", "lines", "sheet", "problem"],
    )  # fmt: skip
    if entry is None:
        return None
    name = reading.text(entry.get("indicator"), _w("indicator"))
    start = reading.day(entry.get("from"), _w("from"))
    direction = reading.word(entry.get("direction"), _w("direction"), model.Direction)
    law = read_law(reading, entry.get("law")) if "law" in entry else None
    params, places = _params(reading, entry.get(settings))
    checks = LineReader(reading, vocabulary, None)
    fields: dict[str, object] = {}
    for key in ("fail_when", "applies_when"):
        if key in entry and (check := checks.check(entry[key])) is not None:
            fields[key] = check
            places[key] = entry[key].place
    if "lines" in entry:
        fields["lines"], line_places = checks.lines(entry["lines"], law or _NO_LAW)
        places |= line_places | {"lines": entry["lines"].place}
    if "sheet" in entry and (sheet := checks.sheet(entry["sheet"])) is not None:
        fields["sheet"] = sheet
        places["sheet"] = entry["sheet"].place
    if "problem" in entry:
        fields["problems"] = _problems(reading, entry["problem"], checks)
        places["problem"] = entry["problem"].place
    changed = [k for k in (settings, "fail_when", "applies_when", "lines", "sheet", "problem") if k in entry]
    if not changed and isinstance(node, MapNode) and len(entry) == len(node.entries):
        reading.problem("no-change", node.place, "变更没有改动任何内容", "the change changes nothing",
                        Text(zh=f"写{settings}、fail_when、applies_when、lines、sheet或problem", en=f"write {settings}, fail_when, applies_when, lines, sheet or problem"))  # fmt: skip
    if name is None or start is None or direction is None or law is None:
        return None
    return Change(
        indicator=name, start=start, direction=direction, law=law, place=entry["indicator"].place,
        params=params, fields=fields, places=places | {"law": entry["law"].place},
    )  # fmt: skip


def _switched_off(reading: Reading, node: Node) -> Change | None:
    entry = reading.mapping(node, Text(zh="停用", en="switched_off"), ["indicator", "from", "law"])
    if entry is None:
        return None
    name = reading.text(entry.get("indicator"), _w("indicator"))
    start = reading.day(entry.get("from"), _w("from"))
    law = read_law(reading, entry.get("law")) if "law" in entry else None
    if name is None or start is None or law is None:
        return None
    return Change(
        indicator=name, start=start, direction=model.Direction.LOOSEN, law=law, place=entry["indicator"].place,
        params={}, fields={}, places={"law": entry["law"].place}, off=True,
    )  # fmt: skip


def _waiver(reading: Reading, node: Node) -> model.Waiver | None:
    keys = ["id", "asset", "indicator", "from", "until", "reason", "approved_by"]
    entry = reading.mapping(node, Text(zh="豁免", en="waiver"), keys)
    if entry is None or any(k not in entry for k in keys):
        return None
    start, until = reading.day(entry["from"], _w("from")), reading.day(entry["until"], _w("until"))
    texts = [reading.text(entry[k], _w(k)) or "" for k in ("id", "asset", "indicator", "reason", "approved_by")]
    if start is None or until is None:
        return None
    if until < start:
        reading.problem(
            "waiver-dates", entry["until"].place, "豁免截止日早于起始日", "the waiver ends before it begins",
            Text(zh="改正until", en="correct `until`"),
        )  # fmt: skip
        return None
    return model.Waiver(
        id=texts[0], asset=texts[1], indicator=texts[2], start=start, until=until, reason=texts[3],
        approved_by=texts[4], place=node.place,
    )  # fmt: skip


_SPANS = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR)


def _conventions(reading: Reading, node: Node | None) -> model.Conventions | None:
    entry = (
        reading.mapping(node, _w("conventions"), ["observation", "law"], ["condition"]) if node is not None else None
    )
    if not entry or "observation" not in entry:
        return None
    given = value(reading, entry["observation"], _w("observation"))
    law = read_law(reading, entry.get("law"))
    if not isinstance(given, Duration) or given.unit not in (Unit.DAY, Unit.WEEK) or not given.number:
        reading.problem("wrong-value", entry["observation"].place, "observation应为天数，如7d",
                        "observation must be days, such as 7d")  # fmt: skip
        return None
    condition = value(reading, entry["condition"], _w("condition")) if "condition" in entry else None
    if condition is not None and not (
        isinstance(condition, Duration) and condition.unit in _SPANS and condition.number
    ):
        reading.problem("wrong-value", entry["condition"].place, "condition应为一段时间，如3mo",
                        "condition must be a length of time, such as 3mo")  # fmt: skip
        return None
    return model.Conventions(observation=given, law=law, condition=condition) if law else None


def _presentation(reading: Reading, node: Node | None) -> tuple[dict[str, object], dict[str, Place]]:
    entry = reading.mapping(node, _w("presentation"), [], ["join", "first", "last"]) if node is not None else None
    found: dict[str, object] = {}
    places: dict[str, Place] = {}
    for key, body in (entry or {}).items():
        if key == "join":
            found[key] = reading.text(body, _w(key)) or ""
        else:
            names = {reading.text(n, _w(key)) or "": n.place for n in reading.items(body, _w(key))}
            found[key] = tuple(names)
            places |= {f"{key}.{name}": place for name, place in names.items()}
    return found, places


def _w(word: str) -> Text:
    return Text(zh=f"“{word}”", en=f"`{word}`")
