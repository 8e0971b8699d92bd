"""JSON Schema of the check blocks: one definition for each kind of asset, and one for each kind of fact in hand.

What a path may name, what a field may be compared with and which words it knows come from the vocabulary, the words of
the language from `model`; which blocks there are comes from `CheckReader`. A block without a shape here is let through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any

from hege.engine.rulebook import model
from hege.engine.rulebook.checks import CheckReader, usable_relations
from hege.engine.rulebook.schema_words import BLOCKS, KEYS, RELATIONS
from hege.engine.text import Language
from hege.engine.vocabulary import ASSET, Field, FieldType, Kind, Vocabulary
from hege.engine.yamlnodes import Reading

Schema = dict[str, Any]

_DAY = r"\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|[12]\d))"
PARAM: Schema = {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]*$"}
TEXT: Schema = {"type": ["string", "number", "boolean"]}
DAY: Schema = {"type": "string", "pattern": f"^{_DAY}$"}
WINDOW: Schema = {"type": "string", "pattern": r"^0*[1-9]\d{0,3} ?(d|w|mo|y|workdays?)$", "examples": ["14d", "2w", "6mo", "1y", "1 workday"]}  # fmt: skip
DURATION: Schema = {"type": "string", "pattern": r"^\d{1,4} ?(h|d|w|mo|y|workdays?)$"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "string", "pattern": r"^0*(100(\.0+)?|\d{1,2}(\.\d{1,4})?) ?%$", "examples": ["5%"]}
TRUTH: Schema = {"type": "boolean"}
POINTS: Schema = {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01}

_BOUNDS = [r.value for r in model.BOUNDS]
_DATED = (FieldType.DAY, FieldType.TIME)
_COMMON = (Field(name="observed_at", zh="观测时间", type=FieldType.TIME), Field(name="part", zh="部分", type=FieldType.TEXT))  # fmt: skip


def ref(name: str) -> Schema:
    """A definition by name."""
    return {"$ref": f"#/definitions/{name}"}


def either(*schemas: Schema) -> Schema:
    """One or the other."""
    return {"anyOf": list(schemas)}


class CheckSchemas:
    """Writes the definitions `check.site`, `check.account`, `check.any` and `row.KIND`, `each.…` for all kinds."""

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self.vocabulary, self.language = vocabulary, language
        self.blocks = tuple(CheckReader(Reading(), vocabulary, None).blocks)

    def definitions(self) -> dict[str, Schema]:
        """All of them."""
        found: dict[str, Schema] = {}
        for about in ("site", "account", "any"):
            found[f"check.{about}"] = self._check(self._outside(about))
            found[f"each.{about}"] = either(*(ref(f"each.{k.name}") for k in self._kinds(about)))
        for kind in self.vocabulary.kinds.values():
            found[f"row.{kind.name}"] = self._check(self._inside(kind))
            found[f"each.{kind.name}"] = self._selection(kind)
        return found

    def map(self, properties: dict[str, Schema], required: Iterable[str] = (), **more: object) -> Schema:
        """A map of these keys and no others, each with what it means."""
        told = {name: self.told(name, schema) for name, schema in properties.items()}
        found: Schema = {"type": "object", "properties": told, "additionalProperties": False}
        return found | ({"required": list(required)} if required else {}) | more

    def told(self, name: str, schema: Schema) -> Schema:
        """A schema with what its key means."""
        text = KEYS.get(name) or RELATIONS.get(name)
        return schema if text is None else {"description": text.shown(self.language), **schema}

    # ---- blocks ----------------------------------------------------------------------------------------------------

    def _check(self, shapes: dict[str, Schema]) -> Schema:
        """Exactly one block; one that the reader has and no shape is known of may hold anything."""
        properties: dict[str, Schema] = {}
        for name in self.blocks:
            if name in shapes or name not in BLOCKS:
                text = {"description": BLOCKS[name].shown(self.language)} if name in BLOCKS else {}
                properties[name] = {**text, **shapes.get(name, {})}
        # Said by each block, not by the map itself: an editor offers no words for a map that may hold one and is empty.
        alone = {key: {"maxProperties": 1} for key in properties}
        return {
            "type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1, "dependencies": alone,
        }  # fmt: skip

    def _outside(self, about: str) -> dict[str, Schema]:
        """The blocks about an asset."""
        check, each = ref(f"check.{about}"), ref(f"each.{about}")
        paths = [(k, f) for k in self._kinds(about) for f in (*k.fields, *_COMMON)]
        paths += [(ASSET, f) for f in ASSET.fields]
        bound = self._one_of(_BOUNDS)
        enough = self.map({"per_day": self.slot(NUMBER), "days": self.slot(NUMBER)}, ["per_day", "days"])
        ratio = {b: self.slot(SHARE) for b in _BOUNDS}
        return self._shared(check, lambda fits: self._paths(paths, fits), self._compared(paths)) | {
            "absent": either(self._paths(paths, _any_field), each),
            "present": either(self._paths(paths, _any_field), each),
            "count": self.map(
                {"of": either(each, {"type": "array", "items": each, "minItems": 1})} | {b: self.slot(NUMBER) for b in _BOUNDS},
                ["of"], oneOf=bound,
            ),
            "ratio": self.map({"of": {"allOf": [each, {"required": ["that"]}]}} | ratio | {"enough": enough}, ["of"], oneOf=bound),
            "indicator": TEXT,
            "periods": self.map(
                {
                    "every": self.words(model.Every), "within": self.words(model.Span), "that": check,
                    "in_a_row": self.slot(NUMBER), "unknown_period": self.words(model.UnknownPeriod),
                } | {b: self.slot(NUMBER) for b in _BOUNDS},
                ["every", "within", "that"], oneOf=self._one_of(["in_a_row", *_BOUNDS]),
            ),
        }  # fmt: skip

    def _inside(self, kind: Kind) -> dict[str, Schema]:
        """The blocks about a fact in hand; no other facts can be asked there."""
        fields = (*kind.fields, *_COMMON)

        def paths(fits: Callable[[Field], bool]) -> Schema:
            return self._names([f for f in fields if fits(f)])

        alternatives = [([f.name], f) for f in fields]
        return self._shared(ref(f"row.{kind.name}"), paths, self._comparison(alternatives, [])) | {
            "absent": paths(_any_field),
            "present": paths(_any_field),
        }

    def _shared(self, check: Schema, paths: Callable[[Callable[[Field], bool]], Schema], compare: Schema) -> dict[str, Schema]:  # fmt: skip
        """The blocks that exist outside and inside a selection."""
        dated = paths(lambda f: f.type in _DATED)
        worded = paths(lambda f: f.type in (FieldType.TEXT, FieldType.WORD))
        many: Schema = {"type": "array", "items": check, "minItems": 1}
        return {
            "not_updated": self.map({"what": dated, "within": self.slot(WINDOW), "if_missing": ref("if_missing")}, ["what", "within"]),
            "compare": compare,
            "differ": self.map(
                {
                    "what": {"type": "array", "items": worded, "minItems": 2, "maxItems": 2},
                    "ignore": {"type": "array", "items": self.words(model.Ignore)},
                },
                ["what"],
            ),
            "elapsed": self.map(
                {"from": dated, "to": dated} | {b: self.slot(DURATION) for b in _BOUNDS}, ["from"], oneOf=self._one_of(_BOUNDS)
            ),
            "any": many, "all": many, "not": check, "switch": self.slot(TRUTH),
        }  # fmt: skip

    # ---- paths and what they may be compared with ------------------------------------------------------------------

    def _kinds(self, about: str) -> list[Kind]:
        return [k for k in self.vocabulary.kinds.values() if about == "any" or k.about in ("both", about)]

    def _paths(self, paths: Sequence[tuple[Kind, Field]], fits: Callable[[Field], bool]) -> Schema:
        plain = [(f"{k.name}.{f.name}", f"{k.zh}·{f.zh}") for k, f in paths if not k.part and fits(f)]
        found = [_listed(plain)] if plain else []
        parted: dict[str, list[str]] = {}
        for kind, field in paths:
            if kind.part and fits(field):
                parted.setdefault(kind.name, []).append(field.name)
        found += [
            {"type": "string", "pattern": rf"^{k}\[[^\]]+\]\.({'|'.join(names)})$"} for k, names in parted.items()
        ]
        return either(*found)

    def _names(self, fields: Sequence[Field]) -> Schema:
        return _listed([(f.name, f.zh) for f in fields]) if fields else {"not": {}}

    def _compared(self, paths: Sequence[tuple[Kind, Field]]) -> Schema:
        plain = [([f"{k.name}.{f.name}"], f) for k, f in paths if not k.part]
        parted = [(rf"^{k.name}\[[^\]]+\]\.{f.name}$", f) for k, f in paths if k.part]
        return self._comparison(plain, parted) | {"properties": self._comparands(self._paths(paths, _any_field))}

    def _comparison(self, named: Sequence[tuple[list[str], Field]], parted: Sequence[tuple[str, Field]]) -> Schema:
        """`what` with one relation; what is allowed there follows from the field, by groups of like fields."""
        groups: dict[tuple[FieldType, tuple[str, ...]], list[Schema]] = {}
        for names, field in named:
            groups.setdefault((field.type, field.words), []).append({"enum": names})
        for pattern, field in parted:
            groups.setdefault((field.type, field.words), []).append({"pattern": pattern})
        rules = [
            {
                "if": {"properties": {"what": either(*alternatives)}, "required": ["what"]},
                "then": {"properties": self._relations(Field(name="", zh="", type=type, words=words))},
            }
            for (type, words), alternatives in groups.items()
        ]
        what = self._names([Field(name=n, zh=f.zh, type=f.type) for ns, f in named for n in ns])
        return {
            "type": "object", "properties": self._comparands(what), "required": ["what"], "additionalProperties": False,
            "oneOf": self._one_of([r.value for r in model.Relation]), "allOf": rules,
        }  # fmt: skip

    def _comparands(self, what: Schema) -> dict[str, Schema]:
        found = {"what": what, "if_missing": ref("if_missing")} | {r.value: {} for r in model.Relation}
        return {name: self.told(name, schema) for name, schema in found.items()}

    def _relations(self, field: Field) -> dict[str, object]:
        """What each relation may hold for a field; False for those it cannot stand in."""
        usable = usable_relations(field)
        return {r.value: self._operand(field, r) if r in usable else False for r in model.Relation}

    def _operand(self, field: Field, relation: model.Relation) -> Schema:
        if relation in (model.Relation.ONE_OF, model.Relation.NONE_OF):
            return either({"type": "array", "items": either(self._literal(field), PARAM), "minItems": 1}, PARAM)
        if relation is model.Relation.INCLUDES:
            return either(self._words(field.words) if field.words else TEXT, PARAM)
        return either(self._literal(field), PARAM)

    def _literal(self, field: Field) -> Schema:
        match field.type:
            case FieldType.WORD:
                return self._words(field.words)
            case FieldType.INTEGER | FieldType.LIST:
                return {"type": "integer"}
            case FieldType.NUMBER:
                return either({"type": "number"}, SHARE)
            case FieldType.TRUTH:
                return TRUTH
            case FieldType.DAY | FieldType.TIME:
                return DAY
            case FieldType.TEXT:
                return {"type": ["string", "number"]}

    # ---- selections ------------------------------------------------------------------------------------------------

    def _selection(self, kind: Kind) -> Schema:
        fields = (*kind.fields, *_COMMON)
        where = {
            f.name: {"description": f.zh, **self._condition(f)} for f in fields
        }  # fmt: skip
        return self.map(
            {
                "each": {"type": "string", "enum": [kind.name], "enumDescriptions": [kind.zh]},
                "where": {"type": "object", "properties": where, "additionalProperties": False},
                "within": self.slot(WINDOW),
                "during": self.words(model.Span),
                "by": self._names([f for f in fields if f.type in _DATED]),
                "that": ref(f"row.{kind.name}"),
            },
            ["each"],
            dependencies={"by": {"anyOf": [{"required": ["within"]}, {"required": ["during"]}]}, "within": {"not": {"required": ["during"]}}},
        )  # fmt: skip

    def _condition(self, field: Field) -> Schema:
        literal = self._operand(field, model.Relation.IS)
        listed: Schema = {"type": "array", "items": either(self._literal(field), PARAM), "minItems": 1}
        relations = {
            r.value: self.told(r.value, self._operand(field, r)) for r in usable_relations(field)
        }  # fmt: skip
        plain = [] if field.type is FieldType.LIST else [literal, listed]
        related: Schema = {
            "type": "object", "properties": relations, "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
        }  # fmt: skip
        return either(*plain, _listed([("absent", "没有"), ("present", "有")]), related)

    # ---- small ones ------------------------------------------------------------------------------------------------

    def words(self, words: type[Enum]) -> Schema:
        """The words of a closed vocabulary."""
        return {"type": "string", "enum": [w.value for w in words]}

    def _words(self, words: Sequence[str]) -> Schema:
        return {"type": "string", "enum": list(words)}

    def slot(self, literal: Schema) -> Schema:
        """A literal or a parameter."""
        return either(literal, PARAM)

    def _one_of(self, names: Sequence[str]) -> list[Schema]:
        return [{"required": [name]} for name in names]


def _any_field(field: Field) -> bool:
    return True


def _listed(words: Sequence[tuple[str, str]]) -> Schema:
    return {"type": "string", "enum": [w for w, _ in words], "enumDescriptions": [zh for _, zh in words]}
