"""JSON Schema of the rule files, for completion, hover and checking in an editor.

Made from the vocabulary, the words of `model`, the blocks of `CheckReader` and the shipped packs, so that it follows
them. It sees one file and its shape: what one part says of another (an id used twice, versions that overlap, a bound
against its quote) is for lint. The check blocks are in `schema_checks`, the explanations in `schema_words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from hege.engine.dates import Duration
from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook import model
from hege.engine.rulebook.library import list_packs, load_rulebook
from hege.engine.rulebook.lines import COUNTED
from hege.engine.rulebook.model import AssetKind, Indicator, Rulebook
from hege.engine.rulebook.reading import ASSET_WORDS
from hege.engine.rulebook.schema_checks import (
    DAY,
    DURATION,
    NUMBER,
    POINTS,
    SHARE,
    TEXT,
    TRUTH,
    CheckSchemas,
    Schema,
    either,
    ref,
)
from hege.engine.rulebook.values import written
from hege.engine.text import Language
from hege.engine.vocabulary import STATES, Field, FieldType, Kind, Vocabulary, load_vocabulary

_DAYS: Schema = {"type": "string", "pattern": r"^0*[1-9]\d{0,3} ?(d|w)$"}
_LENGTH: Schema = {"type": "string", "pattern": r"^0*[1-9]\d{0,3} ?(d|w|mo|y)$"}
_SCORED: Schema = {"type": ["number", "string"], "pattern": r"^\d+(\.\d+)?(\+|[-–]\d+(\.\d+)?)?$"}
_NONE: Schema = {"enum": ["none", "无"]}
_ID: Schema = {"type": "string", "pattern": r"^[a-z0-9]+([.-][a-z0-9]+)*$"}
_FILES = ("indicators/1", "overlay/2", "tests/1")


def json_schema(language: Language = Language.ZH) -> Schema:
    """The schema of all three kinds of files; the first line of a file says which one it is."""
    books = [load_rulebook([pack]) for pack in list_packs()]
    return _Writer(load_vocabulary(), language, books).document()


class _Writer:
    def __init__(self, vocabulary: Vocabulary, language: Language, books: Sequence[Rulebook]) -> None:
        self.vocabulary, self.books = vocabulary, books
        self.checks = CheckSchemas(vocabulary, language)
        self.map, self.words = self.checks.map, self.checks.words

    def document(self) -> Schema:
        rules = [
            {"if": {"properties": {"schema": {"const": name}}, "required": ["schema"]}, "then": ref(name.split("/")[0])}
            for name in _FILES
        ]
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "hege",
            "type": "object",
            "properties": {"schema": self.checks.told("schema", {"enum": list(_FILES)})},
            "required": ["schema"],
            "allOf": rules,
            "definitions": self._definitions() | self.checks.definitions(),
        }

    def _definitions(self) -> dict[str, Schema]:
        law = self.map(
            {"document": TEXT, "clause": TEXT, "quote": TEXT, "verified": self.words(model.Verified), "note": either(TEXT, {"type": "null"})},
            ["document"],
        )  # fmt: skip
        found: dict[str, Schema] = {
            "law": law,
            "if_missing": self.map({"then": self.words(model.Missing), "law": ref("law")}, ["then", "law"]),
            "indicators": self._indicators(),
            "overlay": self._overlay(),
            "tests": self._tests(),
            "indicator": self._indicator(),
            "params": self._params(),
        }
        for kind in AssetKind:
            found[f"version.{kind.value}"] = self._version(kind.value)
        for about in ("site", "account", "any"):
            found[f"problem.{about}"] = self._problem(about)
            found[f"lines.{about}"] = self._lines(about)
            found[f"sheet.{about}"] = self._sheet(about)
        for fact in self.vocabulary.kinds.values():
            found[f"fact.{fact.name}"] = self._fact(fact)
        return found

    # ---- rule files ------------------------------------------------------------------------------------------------

    def _head(self, schema: str) -> dict[str, Schema]:
        conventions = self.map(
            {"observation": _DAYS, "condition": _LENGTH, "law": ref("law")}, ["observation", "law"]
        )  # fmt: skip
        names: Schema = {"type": "array", "items": _ID}
        waiver = self.map(
            {"id": TEXT, "asset": TEXT, "indicator": _ID, "from": DAY, "until": DAY, "reason": TEXT, "approved_by": TEXT},
            ["id", "asset", "indicator", "from", "until", "reason", "approved_by"],
        )  # fmt: skip
        return {
            "schema": {"const": schema},
            "pack": TEXT,
            "title": TEXT,
            "conventions": conventions,
            "presentation": self.map({"join": TEXT, "first": names, "last": names}),
            "waivers": {"type": "array", "items": waiver},
            "indicators": {"type": "array", "items": ref("indicator")},
        }

    def _indicators(self) -> Schema:
        succeeds = self.map({"pack": TEXT, "from": DAY}, ["pack", "from"])
        return self.map(self._head("indicators/1") | {"succeeds": succeeds}, ["schema", "pack", "title", "indicators"])

    def _overlay(self) -> Schema:
        off = self.map({"indicator": _ID, "from": DAY, "law": ref("law")}, ["indicator", "from", "law"])
        own: dict[str, Schema] = {
            "on": {"type": "string", "examples": [b.packs[-1].id for b in self.books]},
            "changes": {"type": "array", "items": self._change()},
            "switched_off": {"type": "array", "items": off},
        }
        rules = [
            {"if": {"properties": {"on": {"const": b.packs[-1].id}}, "required": ["on"]}, "then": self._on(b)}
            for b in self.books
        ]
        return self.map(self._head("overlay/2") | own, ["schema", "pack", "title", "on"], allOf=rules)

    def _change(self) -> Schema:
        fields = {
            "fail_when": ref("check.any"),
            "applies_when": ref("check.any"),
            "lines": ref("lines.any"),
            "sheet": ref("sheet.any"),
            "problem": ref("problem.any"),
        }
        return self.map(
            {"indicator": _ID, "from": DAY, "direction": self.words(model.Direction), "params": ref("params"), "law": ref("law")}
            | fields,
            ["indicator", "from", "direction", "law"],
            anyOf=[{"required": [name]} for name in ("params", *fields)],
        )  # fmt: skip

    def _on(self, book: Rulebook) -> Schema:
        """What an overlay on a shipped pack may change: its indicators, and of each the parameters it has."""
        names: Schema = {
            "enum": [i.id for i in book.indicators],
            "enumDescriptions": [i.title for i in book.indicators],
        }
        params = [
            {
                "if": {"properties": {"indicator": {"const": i.id}}, "required": ["indicator"]},
                "then": {"properties": {"params": {"properties": _params_of(i), "additionalProperties": False}}},
            }
            for i in book.indicators
        ]
        changed: Schema = {"properties": {"indicator": names}, "allOf": params}
        return {
            "properties": {
                "changes": {"items": changed},
                "switched_off": {"items": {"properties": {"indicator": names}}},
            }
        }

    def _indicator(self) -> Schema:
        named = {"veto": "单项否决", "remark": "提示，不影响结论", "score": "评分表", "deduct": "扣分，不设上限"}
        effect = either(
            {"type": "string", "enum": list(named), "enumDescriptions": list(named.values())},
            self.map({"deduct": POINTS, "bonus": POINTS, "escalate": TEXT}, minProperties=1, maxProperties=1),
        )
        words: Schema = either(TEXT, {"type": "array", "items": TEXT, "minItems": 1})
        applies_to = self.map({"kind": self.words(AssetKind)} | dict.fromkeys(ASSET_WORDS, words), ["kind"])
        rules = [
            {
                "if": {"properties": {"applies_to": {"properties": {"kind": {"const": k.value}}, "required": ["kind"]}}, "required": ["applies_to"]},
                "then": {"properties": {"versions": {"items": ref(f"version.{k.value}")}}},
            }
            for k in AssetKind
        ]  # fmt: skip
        return self.map(
            {
                "id": _ID, "title": TEXT, "applies_to": applies_to, "effect": effect, "status": self.words(model.Status), "group": TEXT,
                "versions": {"type": "array", "minItems": 1},
            },
            ["id", "title", "applies_to", "effect", "versions"], allOf=rules,
        )  # fmt: skip

    def _version(self, about: str) -> Schema:
        check = ref(f"check.{about}")
        return self.map(
            {
                "from": DAY, "law": ref("law"), "params": ref("params"), "applies_when": check, "fail_when": check,
                "lines": ref(f"lines.{about}"), "other_cap": self._other_cap(about), "sheet": ref(f"sheet.{about}"),
                "problem": ref(f"problem.{about}"), "repealed": TRUTH,
            },
            ["from", "law"],
            **{"if": {"not": {"properties": {"repealed": {"const": True}}, "required": ["repealed"]}}, "then": {"oneOf": [{"required": [w]} for w in ("fail_when", "lines", "sheet")]}},
        )  # fmt: skip

    def _problem(self, about: str) -> Schema:
        one = either(TEXT, self.map({"when": ref(f"check.{about}"), "text": TEXT}, ["text"]))
        return either(one, {"type": "array", "items": one})

    def _lines(self, about: str) -> Schema:
        check, each, slot = ref(f"check.{about}"), ref(f"each.{about}"), self.checks.slot
        enough = self.map({"per_day": slot(NUMBER), "days": slot(NUMBER)}, ["per_day", "days"])
        share = self.map(
            {"of": {"allOf": [each, {"required": ["that"]}]}, "step": slot(SHARE), "enough": enough}, ["of", "step"]
        )
        ask = self.map({"question": TEXT, "look": TEXT, "of": TEXT, "number": NUMBER}, ["question"])
        line = self.map(
            {
                "id": TEXT, "points": slot(POINTS), "when": check, "each": either(each, {"type": "array", "items": each, "minItems": 1}),
                "times": {"type": "string"}, "share": share, "applies_when": check, "ask": ask, "law": ref("law"),
                "quote": TEXT, "verified": self.words(model.Verified), "note": TEXT,
            },
            ["id", "points"], oneOf=[{"required": [word]} for word in COUNTED],
        )  # fmt: skip
        return {"type": "array", "items": line, "minItems": 1}

    def _other_cap(self, about: str) -> Schema:
        return self.map({"points": self.checks.slot(POINTS), "when": ref(f"check.{about}")}, ["points", "when"])

    def _sheet(self, about: str) -> Schema:
        group = either(TEXT, self.map({"group": TEXT, "points": POINTS}, ["group", "points"]))
        groups: Schema = {"type": "array", "items": group}
        points = self.checks.slot(POINTS)
        left_out = self.map({"group": TEXT, "when": ref(f"check.{about}"), "law": ref("law")}, ["group", "when", "law"])
        return self.map(
            {
                "base": points, "deduct": groups, "bonus": groups, "fails_below": points, "bonus_above": points, "left_out": left_out,
            },
            ["deduct"],
        )  # fmt: skip

    def _params(self) -> Schema:
        value = either(DURATION, SHARE, DAY, {"type": ["string", "number", "boolean"], "pattern": r"^[^$]"})
        listed: Schema = {"type": "array", "items": value, "minItems": 1}
        named = {"window": DURATION}  # whatever uses it: a parameter of this name is a length of time
        return {"type": "object", "properties": named, "additionalProperties": either(value, listed)}

    # ---- test files ------------------------------------------------------------------------------------------------

    def _tests(self) -> Schema:
        facts: Schema = {
            "type": "object",
            "properties": {
                k.name: {
                    "description": k.zh,
                    **either(ref(f"fact.{k.name}"), {"type": "array", "items": ref(f"fact.{k.name}")}),
                }
                for k in self.vocabulary.kinds.values()
            },
            "additionalProperties": False,
        }
        expect = either(
            self.words(Outcome),
            _SCORED,
            self.map({"outcome": self.words(Outcome), "points": _SCORED, "lines": {"type": "object", "additionalProperties": _SCORED}, "text": TEXT, "reason": TEXT, "verdict": self.words(Verdict)}, minProperties=1),
        )  # fmt: skip
        asset = self.map(dict.fromkeys(("name", *ASSET_WORDS), TEXT))
        row: dict[str, Schema] = {"at": DAY, "facts": facts, "asset": asset, "expect": expect, "todo": TEXT}
        case = self.map(
            {"name": TEXT, "of": TEXT} | row | {"table": {"type": "array", "items": self.map(row)}},
            ["name", "of", "at"], anyOf=[{"required": ["expect"]}, {"required": ["table"]}],
        )  # fmt: skip
        return self.map(
            {
                "schema": {"const": "tests/1"},
                "pack": TEXT,
                "cases": {"type": "array", "items": case},
                "equivalent": {
                    "type": "array",
                    "items": self.map(
                        dict.fromkeys(("indicator", "change", "reason"), TEXT), ["indicator", "change", "reason"]
                    ),
                },
            },
            ["schema", "pack"],
            anyOf=[{"required": ["cases"]}, {"required": ["equivalent"]}],
        )

    def _fact(self, kind: Kind) -> Schema:
        copies: Schema = {**NUMBER, "minimum": 1}
        common: dict[str, Schema] = {
            "observed_at": {"type": "string"}, "state": {"enum": list(STATES)}, "reason": TEXT, "times": copies, "days": copies,
        }  # fmt: skip
        common |= {"part": {"description": kind.part, **TEXT}} if kind.part else {}
        own = {f.name: {"description": f.zh, **either(self._value(f), _NONE)} for f in kind.fields}
        return self.map({**common, **own})

    def _value(self, field: Field) -> Schema:
        words: Schema = {"type": "string", "enum": list(field.words)}
        match field.type:
            case FieldType.TEXT:
                return TEXT
            case FieldType.WORD:
                return words
            case FieldType.INTEGER:
                return {"type": "integer"}
            case FieldType.NUMBER:
                return {"type": "number"}
            case FieldType.TRUTH:
                return TRUTH
            case FieldType.DAY:
                return either(
                    DAY, {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}( \+\d{1,3}(d|w|mo|y)( x\d{1,3})?)+$"}
                )
            case FieldType.TIME:
                return {"type": "string"}
            case FieldType.LIST:
                one = words if field.words else TEXT
                return either(one, {"type": "array", "items": one})


def _params_of(indicator: Indicator) -> dict[str, Schema]:
    """The parameters that an indicator has, each with values of the sort it has now."""
    found = {name: value for version in indicator.versions for name, value in version.params.items()}
    return {name: {"description": written(value), **_like(value)} for name, value in found.items()}


def _like(value: object) -> Schema:
    match value:
        case Duration():
            return DURATION
        case Fraction():
            return SHARE
        case bool():
            return TRUTH
        case int():
            return {"type": "integer"}
        case date():
            return DAY
    return {}
