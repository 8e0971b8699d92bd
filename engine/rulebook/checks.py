"""Reading check blocks: YAML nodes to the typed tree of `model`, every word checked against the fact vocabulary."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place
from hege.engine.rulebook import model
from hege.engine.rulebook.model import AssetKind, Check, Param, Path, Relation, Selection, Value
from hege.engine.rulebook.values import Slot, require, value, written
from hege.engine.text import Text
from hege.engine.vocabulary import ASSET, Field, FieldType, Kind, Vocabulary
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode

PATH = re.compile(r"([a-z_]+)(?:\[([^\]]+)\])?\.([a-z_]+)")
_OBSERVED = Field(name="observed_at", zh="观测时间", type=FieldType.TIME)
_PART = Field(name="part", zh="部分", type=FieldType.TEXT)

_BOUNDED = (FieldType.INTEGER, FieldType.NUMBER, FieldType.DAY, FieldType.TIME, FieldType.LIST)
_LITERALS: dict[FieldType, tuple[type, ...]] = {
    FieldType.TEXT: (str, int, Decimal),
    FieldType.WORD: (str,),
    FieldType.INTEGER: (int,),
    FieldType.NUMBER: (int, Decimal, Fraction),
    FieldType.TRUTH: (bool,),
    FieldType.DAY: (date,),
    FieldType.TIME: (date,),
    FieldType.LIST: (int,),
}
_TYPE_NAMES = {
    FieldType.TEXT: ("文字", "a text"),
    FieldType.WORD: ("固定取值", "a word"),
    FieldType.INTEGER: ("整数", "a whole number"),
    FieldType.NUMBER: ("数字", "a number"),
    FieldType.TRUTH: ("是否", "true or false"),
    FieldType.DAY: ("日期", "a date"),
    FieldType.TIME: ("时间", "a time"),
    FieldType.LIST: ("列表", "a list"),
}
_DATED = (FieldType.DAY, FieldType.TIME)
_WORDED = (FieldType.TEXT, FieldType.WORD)


class CheckReader:
    """Reads the checks of one indicator; faults go to `reading`."""

    def __init__(self, reading: Reading, vocabulary: Vocabulary, asset_kind: AssetKind | None) -> None:
        self.reading, self.vocabulary, self.asset_kind = reading, vocabulary, asset_kind
        self.blocks: dict[str, Callable[[Node, Kind | None], Check | None]] = {
            "not_updated": self._not_updated,
            "compare": self._compare,
            "differ": self._differ,
            "absent": self._absent,
            "present": self._present,
            "elapsed": self._elapsed,
            "count": self._count,
            "ratio": self._ratio,
            "any": self._any,
            "all": self._all,
            "not": self._not,
            "switch": self._switch,
            "indicator": self._fails,
            "periods": self._periods,
        }

    def check(self, node: Node | None, row: Kind | None = None) -> Check | None:
        """One check block; `row` is the kind of the fact in hand inside a selection."""
        if node is None:
            return None
        what = Text(zh="检查块", en="check block")
        if not isinstance(node, MapNode) or len(node.entries) != 1:
            self._not_one_block(node)
            return None
        key, body = node.entries[0]
        if key.raw not in self.blocks:
            self.reading.unknown_word(key.place, what, key.raw, self.blocks)
            return None
        before = len(self.reading.problems)
        found = self.blocks[key.raw](body, row)
        if found is None and len(self.reading.problems) == before:
            # A block that is neither read nor refused would drop out of the rule in silence.
            self.reading.problem("unreadable", key.place, f"“{key.raw}”读不出条件", f"`{key.raw}` says no condition",
                                 Text(zh="对照语言说明补全", en="complete it after the language reference"))  # fmt: skip
        return found

    def _not_one_block(self, node: Node) -> None:
        written = [key.raw for key, _ in node.entries] if isinstance(node, MapNode) else []
        if len(written) > 1:
            told = "、".join(written)
            hint = Text(
                zh=f"用any（有一即可）或all（都要）列在一起，如any: [{{{written[0]}: …}}, {{{written[1]}: …}}]",
                en=f"list them under any (one is enough) or all (every one): any: [{{{written[0]}: …}}, {{{written[1]}: …}}]",
            )
            message = Text(zh=f"这里只能有一个检查块，却有{len(written)}个：{told}", en=f"exactly one check block belongs here, not {len(written)}: {', '.join(written)}")  # fmt: skip
        else:
            hint = Text(zh=f"可用：{'、'.join(self.blocks)}", en=f"one of {', '.join(self.blocks)}")
            message = Text(zh="这里应恰有一个检查块", en="exactly one check block belongs here")
        self.reading.problem("one-block", node.place, message.zh, message.en, hint)

    # ---- leaves ----------------------------------------------------------------------------------------------------

    def _not_updated(self, node: Node, row: Kind | None) -> Check | None:
        entry = self.reading.mapping(node, _w("not_updated"), ["what", "within"], ["if_missing"])
        if entry is None:
            return None
        found = self._path(entry.get("what"), row, _DATED)
        within = self._slot(entry.get("within"), Slot.WINDOW, "within")
        if found is None or within is None:
            return None
        return model.NotUpdated(what=found[0], within=within, if_missing=self._if_missing(entry.get("if_missing")))

    def _compare(self, node: Node, row: Kind | None) -> Check | None:
        words = [r.value for r in Relation]
        entry = self.reading.mapping(node, _w("compare"), ["what"], [*words, "if_missing"])
        if entry is None:
            return None
        found = self._path(entry.get("what"), row, tuple(FieldType))
        relation = self._relation(entry, list(Relation), node.place, "compare")
        if found is None or relation is None:
            return None
        path, field = found
        given = self._compared(entry[relation.value], relation, field)
        if given is None:
            return None
        return model.Compare(
            what=path, relation=relation, value=given, if_missing=self._if_missing(entry.get("if_missing"))
        )

    def _compared(self, node: Node, relation: Relation, field: Field) -> Value | tuple[Value, ...] | None:
        """The value a field is compared with, checked against the field's type and words."""
        what = Text(zh=f"“{field.name}”的比较值", en=f"the value for {field.name}")
        if relation in _LISTED and isinstance(node, ListNode):
            given = [value(self.reading, n, what) for n in node.items]
            if not given:
                self.reading.problem("empty", node.place, f"{what.zh}是空的列表", f"{what.en} is an empty list",
                                     Text(zh="至少写一个词，或去掉这一项", en="name at least one word, or leave it out"))  # fmt: skip
            for item, at in zip(given, node.items, strict=True):
                typed(self.reading, item, field, relation, at.place)
            return None if None in given or not given else tuple(g for g in given if g is not None)
        single = value(self.reading, node, what)
        if single is not None and relation in _LISTED and not isinstance(single, Param):
            self.reading.problem("expected-list", node.place, f"{what.zh}应为列表", f"{what.en} must be a list",
                                 Text(zh=f"写成[{written(single)}]", en=f"write [{written(single)}]"))  # fmt: skip
            return None
        typed(self.reading, single, field, relation, node.place)
        return single

    def _differ(self, node: Node, row: Kind | None) -> Check | None:
        entry = self.reading.mapping(node, _w("differ"), ["what"], ["ignore"])
        if entry is None:
            return None
        sides = [self._path(n, row, _WORDED) for n in self.reading.items(entry.get("what"), _w("what"))]
        ignore = [self.reading.word(n, _w("ignore"), model.Ignore) for n in self._list(entry.get("ignore"))]
        if len(sides) != 2:
            self.reading.problem("two-paths", node.place, "differ需要恰好两个字段", "differ takes exactly two paths",
                                 Text(zh="例如what: [registration.name, profile.name]", en="such as what: [registration.name, profile.name]"))  # fmt: skip
            return None
        if sides[0] is None or sides[1] is None:
            return None
        kept = tuple(i for i in ignore if i is not None)
        return model.Differ(left=sides[0][0], right=sides[1][0], ignore=kept)

    def _absent(self, node: Node, row: Kind | None) -> Check | None:
        if isinstance(node, MapNode):
            found = self._some(node, row)
            return model.Not(found) if found else None
        path = self._path(node, row, tuple(FieldType))
        return model.Absent(what=path[0]) if path else None

    def _present(self, node: Node, row: Kind | None) -> Check | None:
        if isinstance(node, MapNode):
            return self._some(node, row)
        path = self._path(node, row, tuple(FieldType))
        return model.Present(what=path[0]) if path else None

    def _some(self, node: Node, row: Kind | None) -> Check | None:
        selection = self._outside_row(node, row) and self.selection(node)
        return model.Some(of=selection) if selection else None

    def _elapsed(self, node: Node, row: Kind | None) -> Check | None:
        bounds = [r.value for r in model.BOUNDS]
        entry = self.reading.mapping(node, _w("elapsed"), ["from"], ["to", *bounds])
        if entry is None:
            return None
        since = self._path(entry.get("from"), row, _DATED)
        until = self._path(entry["to"], row, _DATED) if "to" in entry else None
        relation = self._relation(entry, list(model.BOUNDS), node.place, "elapsed")
        duration = self._slot(entry.get(relation.value), Slot.DURATION, relation.value) if relation else None
        if since is None or relation is None or duration is None or ("to" in entry and until is None):
            return None
        timed(self.reading, duration, [f for _, f in filter(None, (since, until))], entry[relation.value].place)
        return model.Elapsed(
            since=since[0], until=until[0] if until else None, relation=relation, duration=duration
        )  # fmt: skip

    # ---- over several facts ----------------------------------------------------------------------------------------

    def selection(self, node: Node | None) -> Selection | None:
        """`each: KIND` with where, within/during, by and that."""
        entry = self.reading.mapping(
            node, Text(zh="选取（each）", en="a selection"), ["each"], ["where", "within", "during", "by", "that"]
        )
        if entry is None or node is None:
            return None
        kind = self._kind(self.reading.text(entry.get("each"), _w("each")), entry.get("each"))
        if kind is None:
            return None
        where = entry.get("where")
        conditions = [self._condition(k, n, kind) for k, n in (where.entries if isinstance(where, MapNode) else ())]
        if where is not None and not isinstance(where, MapNode):
            self.reading.problem("expected-map", where.place, "where应为“字段: 值”", "`where` maps fields to values",
                                 Text(zh="例如where: {class: 动态要闻}", en="such as where: {class: 动态要闻}"))  # fmt: skip
        by = self.reading.text(entry.get("by"), _w("by")) or ""
        if by and self._path(entry["by"], kind, _DATED) is None:
            return None
        if by and "within" not in entry and "during" not in entry:
            self.reading.problem(
                "by-alone", entry["by"].place, "有by而没有within或during，不起作用", "`by` does nothing without within or during",
                Text(zh="补上within或during，或去掉by", en="add within or during, or remove `by`"),
            )  # fmt: skip
        within = self._slot(entry.get("within"), Slot.WINDOW, "within")
        during = self.reading.word(entry.get("during"), _w("during"), model.Span)
        if within is not None and during is not None:
            self.reading.problem(
                "one-window", entry["during"].place, "within与during只能用一个", "only one of within and during",
                Text(zh="保留一个", en="keep one of them"),
            )  # fmt: skip
        return Selection(
            kind=kind.name,
            where=tuple(c for c in conditions if c is not None),
            within=within,
            during=during,
            by=by,
            that=self.check(entry.get("that"), kind),
        )

    def _condition(
        self, key: ScalarNode, node: Node, kind: Kind
    ) -> model.Compare | model.Absent | model.Present | None:
        found = self._path(key, kind, tuple(FieldType))
        if found is None:
            return None
        path, field = found
        if isinstance(node, ScalarNode) and node.raw in ("absent", "present"):
            return model.Absent(what=path) if node.raw == "absent" else model.Present(what=path)
        if isinstance(node, MapNode):
            entry = self.reading.mapping(node, _w("where"), [], [r.value for r in Relation]) or {}
            relation = self._relation(entry, list(Relation), node.place, "where")
            body: Node | None = entry.get(relation.value) if relation else None
        else:
            relation = Relation.ONE_OF if isinstance(node, ListNode) else Relation.IS
            body = node
        if relation is None or body is None:
            return None
        given = self._compared(body, relation, field)
        return None if given is None else model.Compare(what=path, relation=relation, value=given)

    def _count(self, node: Node, row: Kind | None) -> Check | None:
        bounds = [r.value for r in model.BOUNDS]
        entry = self.reading.mapping(node, _w("count"), ["of"], bounds)
        if entry is None or not self._outside_row(node, row):
            return None
        of = entry.get("of")
        if isinstance(of, ListNode) and not of.items:
            self.reading.problem("empty", of.place, "count没有要数的事实", "count has nothing to count",
                                 Text(zh="写of: {each: 种类}", en="write of: {each: KIND}"))  # fmt: skip
        selections = [self.selection(n) for n in (of.items if isinstance(of, ListNode) else [of] if of else [])]
        relation = self._relation(entry, list(model.BOUNDS), node.place, "count")
        number = self._slot(entry.get(relation.value), Slot.NUMBER, relation.value) if relation else None
        if relation is None or number is None or None in selections or not selections:
            return None
        return model.Count(of=tuple(s for s in selections if s), relation=relation, number=number)

    def _ratio(self, node: Node, row: Kind | None) -> Check | None:
        bounds = [r.value for r in model.BOUNDS]
        entry = self.reading.mapping(node, _w("ratio"), ["of"], [*bounds, "enough"])
        if entry is None or not self._outside_row(node, row):
            return None
        of = self.selection(entry.get("of"))
        if of is not None and of.that is None:
            self.reading.problem(
                "ratio-that", entry["of"].place, "ratio的选取缺少that（分子）", "the selection of a ratio needs `that`",
                Text(zh="补上that: 条件", en="add that: CHECK"),
            )  # fmt: skip
            return None
        relation = self._relation(entry, list(model.BOUNDS), node.place, "ratio")
        share = self._slot(entry.get(relation.value), Slot.SHARE, relation.value) if relation else None
        enough = None
        if "enough" in entry:
            sample = self.reading.mapping(entry["enough"], _w("enough"), ["per_day", "days"]) or {}
            per_day = self._slot(sample.get("per_day"), Slot.NUMBER, "per_day")
            days = self._slot(sample.get("days"), Slot.NUMBER, "days")
            if per_day is None or days is None:
                return None
            enough = model.Enough(per_day=per_day, days=days)
        if of is None or relation is None or share is None:
            return None
        return model.Ratio(of=of, relation=relation, share=share, enough=enough)

    def _periods(self, node: Node, row: Kind | None) -> Check | None:
        bounds = [r.value for r in model.BOUNDS]
        entry = self.reading.mapping(
            node, _w("periods"), ["every", "within", "that"], [*bounds, "in_a_row", "unknown_period"]
        )
        if entry is None or not self._outside_row(node, row):
            return None
        every = self.reading.word(entry.get("every"), _w("every"), model.Every)
        within = self.reading.word(entry.get("within"), _w("within"), model.Span)
        that = self.check(entry.get("that"))
        unknown = self.reading.word(entry.get("unknown_period"), _w("unknown_period"), model.UnknownPeriod)
        in_a_row = self._slot(entry.get("in_a_row"), Slot.NUMBER, "in_a_row")
        relation, number = Relation.AT_LEAST, None
        both = [word for word in bounds if word in entry] if "in_a_row" in entry else []
        if both:
            self.reading.problem(
                "one-relation", entry[both[0]].place,
                f"in_a_row与{both[0]}只能用一个", f"only one of in_a_row and {both[0]}",
                Text(zh="保留一个", en="keep one of them"),
            )  # fmt: skip
            return None
        if "in_a_row" not in entry:
            found = self._relation(entry, list(model.BOUNDS), node.place, "periods")
            if found is None:
                return None
            relation, number = found, self._slot(entry.get(found.value), Slot.NUMBER, found.value)
        if every is None or within is None or that is None or (number is None) == (in_a_row is None):
            return None
        return model.Periods(
            every=every, within=within, that=that, relation=relation, number=number, in_a_row=in_a_row,
            unknown_period=unknown or model.UnknownPeriod.UNKNOWN,
        )  # fmt: skip

    # ---- logic -----------------------------------------------------------------------------------------------------

    def _any(self, node: Node, row: Kind | None) -> Check | None:
        parts = self._parts(node, row, "any")
        return model.Any(parts) if parts else None

    def _all(self, node: Node, row: Kind | None) -> Check | None:
        parts = self._parts(node, row, "all")
        return model.All(parts) if parts else None

    def _parts(self, node: Node, row: Kind | None, name: str) -> tuple[Check, ...]:
        items = self.reading.items(node, _w(name))
        if isinstance(node, ListNode) and not items:
            self.reading.problem("empty", node.place, f"“{name}”下没有条件", f"`{name}` has no checks",
                                 Text(zh="每项一个检查块，以“- ”开头", en="one check block an item, each after `- `"))  # fmt: skip
        parts = [self.check(n, row) for n in items]
        return () if None in parts else tuple(p for p in parts if p is not None)

    def _not(self, node: Node, row: Kind | None) -> Check | None:
        of = self.check(node, row)
        return model.Not(of) if of else None

    def _switch(self, node: Node, row: Kind | None) -> Check | None:
        given = self._slot(node, Slot.TRUTH, "switch")
        return None if given is None else model.Switch(given)

    def _fails(self, node: Node, row: Kind | None) -> Check | None:
        name = self._outside_row(node, row) and self.reading.text(node, _w("indicator"))
        return model.Fails(name) if name else None

    # ---- small takers ----------------------------------------------------------------------------------------------

    def _slot(self, node: Node | None, slot: tuple[str, str, str], name: str) -> Value | None:
        given = value(self.reading, node, _w(name))
        if node is not None:
            require(self.reading, node.place, slot, given, name)
        return given

    def _list(self, node: Node | None) -> tuple[Node, ...]:
        return self.reading.items(node, Text(zh="列表", en="list"))

    def _relation(self, entry: dict[str, Node], allowed: list[Relation], place: Place, name: str) -> Relation | None:
        given = [r for r in allowed if r.value in entry]
        if len(given) == 1:
            return given[0]
        words = [r.value for r in allowed]
        self.reading.problem(
            "one-relation", place, f"{name}需要恰好一个比较词，这里有{len(given)}个", f"{name} takes exactly one relation, not {len(given)}",
            Text(zh=f"可用：{'、'.join(words)}", en=f"one of {', '.join(words)}"),
        )  # fmt: skip
        return None

    def _outside_row(self, node: Node, row: Kind | None) -> bool:
        if row is None:
            return True
        self.reading.problem(
            "inside-selection", node.place, "选取（each）里面不能再选取其他事实", "no other facts inside a selection",
            Text(zh="移到选取之外，用all或any连接", en="move it out of the selection, joined by all or any"),
        )  # fmt: skip
        return False

    def _kind(self, name: str | None, node: Node | None) -> Kind | None:
        if name is None or node is None:
            return None
        if name not in self.vocabulary.kinds:
            self.reading.unknown_word(node.place, Text(zh="事实种类", en="kind of fact"), name, self.vocabulary.kinds)
            return None
        kind = self.vocabulary.kinds[name]
        if self.asset_kind and kind.about not in ("both", self.asset_kind.value):
            fitting = [k.name for k in self.vocabulary.kinds.values() if k.about in ("both", self.asset_kind.value)]
            self.reading.problem(
                "wrong-kind", node.place,
                f"“{name}”（{kind.zh}）不是{'网站' if self.asset_kind is AssetKind.SITE else '新媒体账号'}的事实",
                f"“{name}” is no fact about a government {self.asset_kind.value}",
                Text(
                    zh=f"检查applies_to；或换一种事实：{'、'.join(fitting)}",
                    en=f"check applies_to; or use another kind of fact: {', '.join(fitting)}",
                ),
            )  # fmt: skip
            return None
        return kind

    def _path(self, node: Node | None, row: Kind | None, types: tuple[FieldType, ...]) -> tuple[Path, Field] | None:
        raw = self.reading.text(node, Text(zh="字段", en="path"))
        if raw is None or node is None:
            return None
        if row is not None:
            return self._field(row, raw, None, "", types, node.place)
        match = PATH.fullmatch(raw)
        if not match:
            self.reading.problem(
                "bad-path", node.place, f"“{raw}”应写成“种类.字段”", f"“{raw}” must be written kind.field",
                Text(zh="例如feed.newest或survey[检查项].answer", en="such as feed.newest or survey[item].answer"),
            )  # fmt: skip
            return None
        kind = ASSET if match[1] == ASSET.name else self._kind(match[1], node)
        if kind is None:
            return None
        if bool(kind.part) != (match[2] is not None):
            hint = f"{kind.name}[{kind.part or ''}].{match[3]}" if kind.part else f"{kind.name}.{match[3]}"
            self.reading.problem(
                "path-part", node.place,
                f"“{kind.name}”（{kind.zh}）{'每个资产有多项，要指明哪一项' if kind.part else '每个资产只有一项'}",
                f"“{kind.name}” {'has parts: say which' if kind.part else 'has no parts'}",
                Text(zh=f"写成{hint}，或用each选取", en=f"write {hint}, or select with each"),
            )  # fmt: skip
            return None
        return self._field(kind, match[3], match[2], kind.name, types, node.place)

    def _field(
        self, kind: Kind, name: str, part: str | None, prefix: str, types: tuple[FieldType, ...], place: Place
    ) -> tuple[Path, Field] | None:
        extra = {"observed_at": _OBSERVED, "part": _PART} if kind is not ASSET else {}
        field = kind.field(name) or extra.get(name)
        if field is None:
            what = Text(zh=f"“{kind.name}”（{kind.zh}）的字段", en=f"field of {kind.name}")
            self.reading.unknown_word(place, what, name, [*(f.name for f in kind.fields), *extra])
            return None
        if field.type not in types:
            fitting = [f.name for f in kind.fields if f.type in types]
            self.reading.problem(
                "wrong-type", place,
                f"“{name}”（{field.zh}）是{_TYPE_NAMES[field.type][0]}，这里需要{_TYPE_NAMES[types[0]][0]}",
                f"“{name}” is {_TYPE_NAMES[field.type][1]}; {_TYPE_NAMES[types[0]][1]} belongs here",
                Text(zh=f"可用：{'、'.join(fitting)}", en=f"one of {', '.join(fitting)}") if fitting
                else Text(zh="换一种事实", en="use another kind of fact"),
            )  # fmt: skip
            return None
        return Path(prefix, name, part), field

    def _if_missing(self, node: Node | None) -> model.IfMissing | None:
        entry = self.reading.mapping(node, _w("if_missing"), ["then", "law"]) if node is not None else None
        if not entry:
            return None
        then = self.reading.word(entry.get("then"), _w("then"), model.Missing)
        law = read_law(self.reading, entry.get("law"))
        return model.IfMissing(then=then, law=law) if then and law else None


_LISTED = (Relation.ONE_OF, Relation.NONE_OF)


def typed(reading: Reading, given: object, field: Field, relation: Relation, place: Place) -> None:
    """Records a problem when a field cannot stand in a relation to a value; a parameter is judged by its value later."""
    if given is None or isinstance(given, Param):
        return
    name = f"“{field.name}”（{field.zh}）"
    usable = usable_relations(field)
    if relation not in usable:
        words = [r.value for r in usable]
        reading.problem(
            "wrong-relation", place,
            f"{name}是{_TYPE_NAMES[field.type][0]}，不能用{relation.value}",
            f"“{field.name}” is {_TYPE_NAMES[field.type][1]} and takes no {relation.value}",
            Text(zh=f"可用：{'、'.join(words)}", en=f"one of {', '.join(words)}"),
        )  # fmt: skip
        return
    wanted: tuple[type, ...] = (str,) if relation is Relation.INCLUDES else _LITERALS[field.type]
    if not isinstance(given, wanted) or (isinstance(given, bool) and bool not in wanted):
        example = {FieldType.TRUTH: "true", FieldType.DAY: "2024-02-23", FieldType.TIME: "2024-02-23"}
        hint = "、".join(field.words) or example.get(field.type, "5")
        reading.problem(
            "wrong-value", place,
            f"{name}不能与“{written(given)}”比较", f"“{field.name}” cannot be compared with “{written(given)}”",
            Text(zh=f"例如：{hint}", en=f"for example: {hint.replace('、', ', ')}"),
        )  # fmt: skip
    elif field.words and isinstance(given, str) and given not in field.words:
        reading.unknown_word(place, Text(zh=f"{name}的取值", en=f"word of {field.name}"), given, field.words)


def usable_relations(field: Field) -> tuple[Relation, ...]:
    """The relations that a field can stand in to a value."""
    if field.type is FieldType.LIST:
        return (*model.BOUNDS, Relation.INCLUDES)
    plain = (Relation.IS, Relation.IS_NOT, Relation.ONE_OF, Relation.NONE_OF)
    return (*model.BOUNDS, *plain) if field.type in _BOUNDED else plain


def timed(reading: Reading, duration: object, fields: Sequence[Field], place: Place) -> None:
    """Records a problem when hours are asked of a field that knows only the day."""
    days = [f for f in fields if f.type is FieldType.DAY]
    if isinstance(duration, Duration) and duration.unit is Unit.HOUR and days:
        reading.problem(
            "hours-of-days", place,
            f"“{days[0].name}”（{days[0].zh}）只到日，不能按小时计", f"“{days[0].name}” knows the day only, not the hour",
            Text(zh="改用天，如1d", en="count in days, such as 1d"),
        )  # fmt: skip


def path_field(vocabulary: Vocabulary, path: Path, row: str) -> Field | None:
    """The field that a path names; `row` is the kind of the fact in hand."""
    kind = vocabulary.kind(path.kind or row)
    return (kind.field(path.field) if kind else None) or {"observed_at": _OBSERVED, "part": _PART}.get(path.field)


def read_law(reading: Reading, node: Node | None) -> model.Law | None:
    """A citation."""
    entry = reading.mapping(node, _w("law"), ["document"], ["clause", "quote", "verified", "note"])
    if entry is None:
        return None
    verified = reading.word(entry.get("verified"), _w("verified"), model.Verified)
    return model.Law(
        document=reading.text(entry.get("document"), _w("document")) or "",
        clause=reading.text(entry.get("clause"), _w("clause")) or "",
        quote=reading.text(entry.get("quote"), _w("quote")) or "",
        verified=verified or model.Verified.VERBATIM,
        note=reading.text(entry["note"], _w("note")) or "" if entry.get("note") else "",
    )


def _w(word: str) -> Text:
    """A word of the language, which is the same in both languages."""
    return Text(zh=f"“{word}”", en=f"`{word}`")
