"""Reading what points are made of: the lines of an item, its other cap, and the score sheet.

Whether items and sheets fit together is `sheets`.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hege.engine.errors import Place
from hege.engine.rulebook import model
from hege.engine.rulebook.checks import CheckReader, read_law
from hege.engine.rulebook.model import Law, Verified
from hege.engine.rulebook.values import Slot, fits, literal, require
from hege.engine.text import Text
from hege.engine.vocabulary import FieldType
from hege.engine.yamlnodes import ListNode, Node, ScalarNode

_CITED = ("quote", "verified", "note")
COUNTED = ("when", "each", "times", "share")


class LineReader(CheckReader):
    """Reads the lines and the sheet of one indicator; faults go to `reading`."""

    def lines(self, node: Node | None, law: Law) -> tuple[tuple[model.Line, ...], dict[str, Place]]:
        """The lines of an item and where each is written; what a line does not cite is cited as the version does."""
        read = [(self.line(n, law), n.place) for n in self.reading.items(node, _w("lines"))]
        if isinstance(node, ListNode) and not node.items:
            self.reading.problem("empty", node.place, "lines没有一条规则", "there is no line in `lines`",
                                 Text(zh="每条以“- id: ”开头", en="begin each with `- id: `"))  # fmt: skip
        places: dict[str, Place] = {}
        for line, place in read:
            if line is not None and f"lines.{line.id}" in places:
                self.reading.problem(
                    "duplicate-line", place, f"本项已有“{line.id}”", f"the item has a line “{line.id}” already",
                    Text(zh="换一个编号", en="choose another id"),
                )  # fmt: skip
            elif line is not None:
                places[f"lines.{line.id}"] = place
        return tuple(line for line, _ in read if line is not None), places

    def line(self, node: Node, law: Law) -> model.Line | None:
        """One line."""
        what = Text(zh="一条规则", en="a line")
        entry = self.reading.mapping(node, what, ["id", "points"], [*COUNTED, "applies_when", *_CITED, "law", "ask"])
        if entry is None:
            return None
        before = len(self.reading.problems)
        given = [word for word in COUNTED if word in entry]
        if len(given) != 1:
            words = "、".join(COUNTED)
            self.reading.problem(
                "one-count", node.place, f"一条规则需要{words}中的恰好一个，这里有{len(given)}个", f"a line takes exactly one of {', '.join(COUNTED)}, not {len(given)}",
                Text(zh="when为一次性，each为每发现一处，times为字段所记次数，share为比例", en="when: once; each: for each fact; times: a number noted; share: a share"),
            )  # fmt: skip
            return None
        each, times, share = entry.get("each"), entry.get("times"), entry.get("share")
        path = self._path(times, None, (FieldType.INTEGER,)) if times is not None else None
        own = read_law(self.reading, entry["law"]) if "law" in entry else law
        line = {
            "id": self.reading.text(entry.get("id"), _w("id")) or "",
            "points": self._slot(entry.get("points"), Slot.POINTS, "points"),
            "when": self.check(entry.get("when")),
            "each": self._several(each) if each is not None else (),
            "times": path[0] if path else None,
            "share": self._share(share) if share is not None else None,
            "applies_when": self.check(entry.get("applies_when")),
            "ask": self._ask(entry.get("ask")),
        }
        if len(self.reading.problems) > before or own is None or line["points"] is None:
            return None
        return model.Line(law=self._cited(own, entry), **line)  # type: ignore[arg-type]

    def _cited(self, law: Law, entry: dict[str, Node]) -> Law:
        """The law with what the line itself says of its wording."""
        if "quote" in entry:
            law = replace(law, quote=self.reading.text(entry["quote"], _w("quote")) or "", note="")
        if "verified" in entry:
            law = replace(law, verified=self.reading.word(entry["verified"], _w("verified"), Verified) or law.verified)
        return replace(law, note=self.reading.text(entry["note"], _w("note")) or "") if "note" in entry else law

    def _several(self, node: Node) -> tuple[model.Selection, ...]:
        nodes = node.items if isinstance(node, ListNode) else (node,)
        if not nodes:
            self.reading.problem("empty", node.place, "each没有要数的事实", "`each` has nothing to count",
                                 Text(zh="写{each: 种类}", en="write {each: KIND}"))  # fmt: skip
        return tuple(s for n in nodes if (s := self.selection(n)) is not None)

    def _share(self, node: Node) -> model.Share | None:
        entry = self.reading.mapping(node, _w("share"), ["of", "step"], ["enough"])
        if entry is None:
            return None
        of, step = self.selection(entry.get("of")), self._slot(entry.get("step"), Slot.SHARE, "step")
        if of is not None and of.that is None:
            self.reading.problem(
                "ratio-that", entry["of"].place, "share的选取缺少that（分子）", "the selection of a share needs `that`",
                Text(zh="补上that: 条件", en="add that: CHECK"),
            )  # fmt: skip
            return None
        if isinstance(step, Fraction) and not step:
            self.reading.problem("wrong-value", entry["step"].place, "step应大于0%", "`step` must be above 0%",
                                 Text(zh="例如：1%", en="for example: 1%"))  # fmt: skip
        enough = self._enough(entry.get("enough"))
        return model.Share(of=of, step=step, enough=enough) if of is not None and step is not None else None

    def _enough(self, node: Node | None) -> model.Enough | None:
        entry = self.reading.mapping(node, _w("enough"), ["per_day", "days"]) if node is not None else None
        if entry is None:
            return None
        per_day = self._slot(entry.get("per_day"), Slot.NUMBER, "per_day")
        days = self._slot(entry.get("days"), Slot.NUMBER, "days")
        return None if per_day is None or days is None else model.Enough(per_day=per_day, days=days)

    def _ask(self, node: Node | None) -> model.Ask | None:
        entry = (
            self.reading.mapping(node, _w("ask"), ["question"], ["look", "of", "number"]) if node is not None else None
        )
        if entry is None:
            return None
        kind = self._kind(self.reading.text(entry.get("of"), _w("of")), entry.get("of")) if "of" in entry else None
        return model.Ask(
            question=self.reading.text(entry.get("question"), _w("question")) or "",
            look=self.reading.text(entry.get("look"), _w("look")) or "" if "look" in entry else "",
            of=kind.name if kind else "",
            number=self.reading.whole(entry.get("number"), _w("number")) or 0,
        )

    # ---- caps and sheets -------------------------------------------------------------------------------------------

    def other_cap(self, node: Node | None) -> model.OtherCap | None:
        """Another cap for some assets."""
        entry = self.reading.mapping(node, _w("other_cap"), ["points", "when"]) if node is not None else None
        if entry is None:
            return None
        points, when = self._slot(entry.get("points"), Slot.POINTS, "points"), self.check(entry.get("when"))
        return None if points is None or when is None else model.OtherCap(points=points, when=when)

    def sheet(self, node: Node | None) -> model.Sheet | None:
        """How items become a score."""
        optional = ["bonus", "base", "fails_below", "bonus_above", "left_out"]
        entry = self.reading.mapping(node, _w("sheet"), ["deduct"], optional) if node is not None else None
        if entry is None:
            return None
        slots = {
            name: self._slot(entry.get(name), Slot.POINTS, name) for name in ("base", "fails_below", "bonus_above")
        }
        if slots["base"] is None:
            for name in ("fails_below", "bonus_above", "left_out"):
                if name in entry:
                    self.reading.problem("no-base", entry[name].place, f"没有base，{name}无从计算", f"without a base there is no score for `{name}`",
                                         Text(zh="补上base: 100", en="add base: 100"))  # fmt: skip
        deduct, bonus = self._groups(entry.get("deduct"), "deduct"), self._groups(entry.get("bonus"), "bonus")
        return model.Sheet(deduct=deduct, bonus=bonus, left_out=self._left_out(entry.get("left_out"), deduct), **slots)

    def _groups(self, node: Node | None, name: str) -> tuple[model.ScoreGroup, ...]:
        found = []
        for item in self.reading.items(node, _w(name)):
            if isinstance(item, ScalarNode):
                title, points = self.reading.text(item, _w("group")), None
            else:
                entry = self.reading.mapping(item, _w(name), ["group", "points"]) or {}
                title, points = self.reading.text(entry.get("group"), _w("group")), self._points(entry.get("points"))
            if title is not None:
                found.append(model.ScoreGroup(title=title, points=points))
        return tuple(found)

    def _points(self, node: Node | None) -> Decimal | None:
        if not isinstance(node, ScalarNode):
            return None
        given = literal(node)
        require(self.reading, node.place, Slot.POINTS, given, "points")
        return Decimal(given) if isinstance(given, int | Decimal) and fits(Slot.POINTS, given) else None

    def _left_out(self, node: Node | None, groups: tuple[model.ScoreGroup, ...]) -> model.LeftOut | None:
        entry = self.reading.mapping(node, _w("left_out"), ["group", "when", "law"]) if node is not None else None
        if entry is None:
            return None
        name, when = self.reading.text(entry.get("group"), _w("group")), self.check(entry.get("when"))
        law = read_law(self.reading, entry.get("law"))
        titles = [g.title for g in groups if g.points is not None]
        if name is not None and name not in titles:
            self.reading.unknown_word(entry["group"].place, Text(zh="有分值的组", en="group with points"), name, titles)
            return None
        return None if name is None or when is None or law is None else model.LeftOut(group=name, when=when, law=law)


def _w(word: str) -> Text:
    return Text(zh=f"“{word}”", en=f"`{word}`")
