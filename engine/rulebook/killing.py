"""A case that would notice a change nobody notices: facts for which the rule and its mutant come out differently.

Facts are drawn from what the check itself looks at (its kinds, fields, words, bounds, windows) and from the cases there
are, judged under both rules side by side, and made as small as they can be. Finding none proves nothing.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hege.engine.dates import Duration, Unit, window_start
from hege.engine.errors import Place
from hege.engine.facts import NONE
from hege.engine.result import Outcome
from hege.engine.rulebook import model
from hege.engine.rulebook.model import Indicator, Rulebook, Version
from hege.engine.rulebook.mutation import Mutant, outcomes_of
from hege.engine.rulebook.testfiles import TestCase
from hege.engine.rulebook.tree import inside
from hege.engine.vocabulary import Field, FieldType, Kind, Vocabulary, load_vocabulary

_TRIES = 300
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Group:
    """So many facts of one kind that say the same, on each of so many days up to the monitoring day."""

    kind: str
    row: tuple[tuple[str, object], ...]
    times: int = 1
    days: int = 1


@dataclass(frozen=True, slots=True)
class _Try:
    """A day and what is known by then."""

    at: date
    groups: tuple[_Group, ...]


def killing_case(mutant: Mutant, old: Rulebook, new: Rulebook, cases: Sequence[TestCase] = ()) -> str:
    """The case, as YAML to paste among the cases of the pack; nothing where none was found.

    `cases` are those there are: facts near theirs are tried first.
    """
    id = mutant.indicator or next((i.id for i in old.indicators if _looks_at(i)), "")
    if not id:
        return ""
    indicator = old.indicator(id)
    search = _Search(indicator, new.indicator(id), load_vocabulary(), random.Random(0))
    tries = list(dict.fromkeys(search.tries(mutant, (old, new), [c for c in cases if c.indicator == id][:40])))
    apart = _apart(indicator, tries, old, new)
    if not apart:
        return ""
    best = min(
        apart, key=lambda t: (not _is_decided(apart[t]), len(t.groups), sum(len(g.row) for g in t.groups), str(t))
    )
    smallest, outcome = _smallest(indicator, best, old, new)
    return _written(indicator, smallest, outcome, mutant)


def _is_decided(outcomes: tuple[str, str]) -> bool:
    undecided = {o.value for o in Outcome} - {Outcome.PASS.value, Outcome.FAIL.value}
    return not undecided & set(outcomes)


def _looks_at(indicator: Indicator) -> bool:
    return any(isinstance(part, model.NotUpdated) for v in indicator.versions for part in inside(v.fail_when))


# ---- judging -------------------------------------------------------------------------------------------------------


def _apart(indicator: Indicator, tries: Sequence[_Try], old: Rulebook, new: Rulebook) -> dict[_Try, tuple[str, str]]:
    """Those that come out differently, with both outcomes."""
    cases = [_case(indicator, t) for t in tries]
    one, other = (outcomes_of(book, cases) for book in (old, new))
    found = {}
    for number, t in enumerate(tries):
        pair = tuple(_outcome(outcomes.get((number, indicator.id))) for outcomes in (one, other))
        if pair[0] != pair[1]:
            found[t] = (pair[0], pair[1])
    return found


def _outcome(found: Mapping[str, str] | None) -> str:
    """An outcome, or of an item the points."""
    return "" if found is None else found["points"] or found["outcome"]


def _case(indicator: Indicator, t: _Try) -> TestCase:
    facts: dict[str, list[Mapping[str, object]]] = {}
    vocabulary = load_vocabulary()
    for group_number, group in enumerate(t.groups):
        given = dict(group.row)
        for number in range(group.times * group.days):
            part = given.get("part", f"x{group_number}-{number}" if vocabulary.kinds[group.kind].part else "")
            row = {
                "observed_at": t.at - number // group.times * _DAY,
                "state": "known",
                "reason": "",
                **given,
                "part": part,
            }
            facts.setdefault(group.kind, []).append({n: list(v) if isinstance(v, tuple) else v for n, v in row.items()})
    return TestCase(
        name="", indicator=indicator.id, kind=indicator.applies_to.kind, at=t.at,
        asset={name: words[0] for name, words in indicator.applies_to.where}, facts=facts, expect={}, place=Place(file=""),
    )  # fmt: skip


def _smallest(indicator: Indicator, best: _Try, old: Rulebook, new: Rulebook) -> tuple[_Try, str]:
    """The facts without what does not matter, and what the rule makes of them."""
    outcome = _apart(indicator, [best], old, new)[best]
    for _ in range(20):
        smaller = _apart(indicator, list(_cut(best)), old, new)
        kept = [t for t, pair in smaller.items() if pair == outcome]
        if not kept:
            break
        best = min(kept, key=lambda t: (sum(len(g.row) + 3 for g in t.groups), sum(g.times for g in t.groups), str(t)))
    return best, outcome[0]


def _cut(t: _Try) -> Iterator[_Try]:
    for number, group in enumerate(t.groups):
        without = (*t.groups[:number], *t.groups[number + 1 :])
        yield replace(t, groups=without)
        for name, _ in group.row:
            smaller = replace(group, row=tuple(item for item in group.row if item[0] != name))
            yield replace(t, groups=(*t.groups[:number], smaller, *t.groups[number + 1 :]))
        for fewer in (replace(group, times=group.times - 1), replace(group, days=group.days - 1)):
            if fewer.times and fewer.days:
                yield replace(t, groups=(*t.groups[:number], fewer, *t.groups[number + 1 :]))


# ---- drawing -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Search:
    old: Indicator
    new: Indicator
    vocabulary: Vocabulary
    chance: random.Random

    def tries(self, mutant: Mutant, books: Sequence[Rulebook], cases: Sequence[TestCase]) -> Iterator[_Try]:
        """What is worth trying for a mutant: on the days it is about, facts at the bounds of its checks."""
        version = next((v for v in self.old.versions if v.start == mutant.version), self.old.versions[0])
        parts = [
            part
            for i in (self.old, self.new)
            for v in i.versions
            for part in inside((v.fail_when, v.applies_when, v.lines, v.other_cap))
        ]
        parts += [book.conventions.observation for book in books]
        kinds = self._kinds(parts)
        ratios = [p for p in parts if isinstance(p, model.Ratio)]
        for case in cases:
            if next((v.start for v in reversed(self.old.versions) if v.start <= case.at), None) == mutant.version:
                yield from self._near(case, {kind.name: self._pools(kind, parts, case.at) for kind in kinds})
        for day in self._days(mutant, version):
            pools = {kind.name: self._pools(kind, parts, day) for kind in kinds}
            counts = sorted({n + d for n in _numbers(parts) for d in (-1, 0, 1) if 0 < n + d <= 60} | {1})
            yield _Try(day, ())
            for _ in range(_TRIES):
                chosen = self.chance.sample(kinds, self.chance.randint(1, len(kinds))) if kinds else []
                groups = [
                    self._group(kind, pools[kind.name], counts) for kind in chosen for _ in range(self._many(kind))
                ]
                yield _Try(day, tuple(groups))
            for _ in range(_TRIES if ratios else 0):
                yield _Try(day, self._sample(self.chance.choice(ratios), pools))

    def _near(self, case: TestCase, pools: Mapping[str, Mapping[str, Sequence[object]]]) -> Iterator[_Try]:
        """The facts of a case with one thing changed at a time."""
        groups = _grouped(case)
        for number, group in enumerate(groups):
            row = dict(group.row)
            changed = [replace(group, times=n) for n in (group.times - 1, group.times + 1) if n > 0]
            changed += [replace(group, days=n) for n in (group.days - 1, group.days + 1) if n > 0 and group.days > 1]
            for name, pool in pools.get(group.kind, {}).items():
                changed += [replace(group, row=tuple((row | {name: v}).items())) for v in pool if v is not None]
            for other in changed:
                yield _Try(case.at, (*groups[:number], other, *groups[number + 1 :]))

    def _sample(self, ratio: model.Ratio, pools: Mapping[str, Mapping[str, Sequence[object]]]) -> tuple[_Group, ...]:
        """Two sorts of facts, about as many of each on about as many days as a share and its sample ask for."""
        kind = self.vocabulary.kinds[ratio.of.kind]
        share = ratio.share if isinstance(ratio.share, Fraction) else Fraction(1, 20)
        per_day, days = (
            n if isinstance(n, int) else share.denominator if name == "per_day" else 1
            for name in ("per_day", "days")
            for n in (getattr(ratio.enough, name, None),)
        )
        some = share.numerator
        rest = max(per_day, share.denominator) - some

        def near(number: int) -> int:
            return max(1, number + self.chance.choice([-1, 0, 0, 0, 1]))

        rows = [
            self._group(kind, {n: p for n, p in pools[kind.name].items() if n != "observed_at"}, [1]) for _ in range(2)
        ]
        counted = replace(rows[0], times=near(some), days=near(days))
        others = replace(rows[1], times=near(rest), days=near(days))
        more = [replace(rows[self.chance.randrange(2)], times=1)] if self.chance.random() < 0.5 else []
        return (counted, others, *more)

    def _many(self, kind: Kind) -> int:
        return self.chance.choice([1, 1, 2, 3]) if kind.part else 1

    def _days(self, mutant: Mutant, version: Version) -> list[date]:
        if mutant.change.startswith("from "):
            return [version.start - _DAY, version.start]
        later = [v.start for v in self.old.versions if v.start > version.start]
        day = version.start + timedelta(days=500)
        return [min([day, *(start - _DAY for start in later)])]

    def _kinds(self, parts: Sequence[object]) -> list[Kind]:
        names = {p.kind for p in parts if isinstance(p, model.Selection) or (isinstance(p, model.Path) and p.kind)}
        return [self.vocabulary.kinds[name] for name in sorted(names) if name in self.vocabulary.kinds]

    def _group(self, kind: Kind, pools: Mapping[str, Sequence[object]], counts: Sequence[int]) -> _Group:
        row = {name: self.chance.choice(pool) for name, pool in pools.items()}
        row = {name: value for name, value in row.items() if value is not None}
        times = self.chance.choice([1, *counts]) if kind.part and "part" not in row else 1
        return _Group(kind.name, tuple(row.items()), times)

    # ---- what a field may hold -------------------------------------------------------------------------------------

    def _pools(self, kind: Kind, parts: Sequence[object], day: date) -> dict[str, Sequence[object]]:
        """By field that the checks look at, the values near which outcomes change; None leaves the field open."""
        asked = {p.field for p in parts if isinstance(p, model.Path) and p.kind in ("", kind.name)}
        asked |= {p.by for p in parts if isinstance(p, model.Selection) and p.kind == kind.name and p.by}
        found: dict[str, Sequence[object]] = {
            f.name: self._values(f, parts, day) for f in kind.fields if f.name in asked
        }
        named = sorted({p.part for p in parts if isinstance(p, model.Path) and p.kind == kind.name and p.part})
        if named:
            found["part"] = list(named)
        days = [d for d in self._bounds(parts, day) if d <= day]
        found["observed_at"] = [None, None, *days] if days else [None]
        return found

    def _values(self, field: Field, parts: Sequence[object], day: date) -> Sequence[object]:
        compared = [p for p in parts if isinstance(p, model.Compare) and p.what.field == field.name]
        given = [v for p in compared for v in (p.value if isinstance(p.value, tuple) else (p.value,))]
        match field.type:
            case FieldType.DAY | FieldType.TIME:
                return [*self._bounds(parts, day), NONE, day]
            case FieldType.TRUTH:
                return [True, False]
            case FieldType.WORD:
                return [
                    *(v for v in given if isinstance(v, str)),
                    *self.chance.sample(field.words, min(3, len(field.words))),
                ]
            case FieldType.LIST:
                words = tuple(field.words)
                sizes = {n + d for n in given if isinstance(n, int) for d in (-1, 0, 1)}
                return [words[:n] for n in sorted(sizes) if 0 <= n <= len(words)] or [words[:1]]
            case FieldType.INTEGER | FieldType.NUMBER:
                return [n + d for n in given if isinstance(n, int | Decimal) for d in (-1, 0, 1)] + [0, NONE]
            case FieldType.TEXT:
                return [v for v in given if isinstance(v, str)] + ["甲", "乙", NONE]

    def _bounds(self, parts: Sequence[object], day: date) -> list[date]:
        """The first days of all windows, and the days beside them."""
        found: set[date] = set()
        for part in parts:
            if isinstance(part, Duration) and part.unit not in (Unit.HOUR, Unit.WORKDAY) and part.number:
                edge = window_start(day, part)
                found |= {edge - 2 * _DAY, edge - _DAY, edge, edge + _DAY}
            elif isinstance(part, Duration):
                found |= {day - n * _DAY for n in range(part.number + 4)}
        return sorted(found)


def _grouped(case: TestCase) -> tuple[_Group, ...]:
    """The facts of a case, those that say the same together."""
    found: dict[tuple[str, tuple[tuple[str, object], ...]], list[Mapping[str, object]]] = {}
    for kind, rows in case.facts.items():
        for row in rows:
            named = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items() if v not in ("", None)}
            alone = row["observed_at"] != case.at and not re.search(r"-\d+$", str(row.get("part", "")))
            kept = {n: v for n, v in named.items() if n not in ("part", "state") or (n == "state" and v != "known")}
            if not alone:
                kept.pop("observed_at", None)
            if "part" in named and str(named["part"]) and not re.search(r"-\d+$|^x$", str(named["part"])):
                kept["part"] = named["part"]
            found.setdefault((kind, tuple(sorted(kept.items(), key=str))), []).append(row)
    groups = []
    for (kind, said), rows in found.items():
        days = len({str(r["observed_at"]) for r in rows}) if "observed_at" not in dict(said) else 1
        groups.append(_Group(kind, said, len(rows) // days or 1, days))
    return tuple(groups)


def _numbers(parts: Sequence[object]) -> list[int]:
    found = [p.number for p in parts if isinstance(p, model.Count)]
    found += [n for p in parts if isinstance(p, model.Enough) for n in (p.per_day, p.days)]
    found += [
        n for p in parts if isinstance(p, model.Ratio) and isinstance(p.share, Fraction) for n in (p.share.denominator,)
    ]
    return [n for n in found if isinstance(n, int) and not isinstance(n, bool)]


# ---- writing -------------------------------------------------------------------------------------------------------


def _written(indicator: Indicator, t: _Try, outcome: str, mutant: Mutant) -> str:
    by_kind: dict[str, list[str]] = {}
    for group in t.groups:
        copies = {name: n for name, n in (("times", group.times), ("days", group.days)) if n > 1}
        part = {"part": f"x{len(by_kind.get(group.kind, ()))}"} if copies and len(t.groups) > 1 else {}
        by_kind.setdefault(group.kind, []).append(_flow({**part, **dict(group.row), **copies}))
    facts = ", ".join(
        f"{k}: {rows[0] if len(rows) == 1 else '[' + ', '.join(rows) + ']'}" for k, rows in by_kind.items()
    )
    asset = {name: words[0] for name, words in indicator.applies_to.where}
    lines = [f"- name: {_flow(_name(mutant))}", f"  of: {indicator.id}", f"  at: {t.at}"]
    lines += [f"  asset: {_flow(asset)}"] if asset else []
    return "\n".join([*lines, f"  facts: {{{facts}}}", f"  expect: {outcome}"]) + "\n"


def _name(mutant: Mutant) -> str:
    old, _, new = mutant.change.partition(" -> ")
    return f"分清{old.split(' ')[-1]}与{new}"


def _flow(value: object) -> str:
    """A value as it stands in brackets."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k}: {_flow(v)}' for k, v in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(v) for v in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    plain = not isinstance(value, str) or re.fullmatch(r"[\w一-鿿][\w一-鿿 .()（）-]*", text)
    return text if plain else json.dumps(text, ensure_ascii=False)
