"""durable-rules, kept at arm's length: the one module that knows it exists.

Owns the safe way to run it: a fixed set of production rules over small facts of words, one combination of facts at a
time, and the answer to "which rule fired for which fact". What rules and facts mean is `judgement`'s business.

Version 2.0.28 is driven through its C extension, because the Python layer starts threads that never stop. What the
code below guards against was measured, not guessed:

- ids, session ids and property names are compared by a 32-bit hash only: all of them are fixed when the rules are
  compiled, and refused if two collide;
- two live sessions and a deletion are a use-after-free: one constant session, one run at a time, always deleted;
- deleting a session in which no action ever ran frees memory that was never set: an `end` fact makes one run, and a
  first run with nothing else comes before any that could fail half-way;
- one fact that matches no rule makes the whole batch lose its actions: every fact carries a mark, and one rule takes
  whatever is marked, so that the number of facts seen can be compared with the number given;
- a fact that matches 64 conditions is not handled at all: there are never more than 60 rules.
"""

from __future__ import annotations

import json
import os
import re
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hege.engine.errors import JudgementError

try:
    import durable_rules_engine as _engine
except ImportError:  # no C compiler when it was installed, or Python 3.13 and later
    _engine = None

MOST_RULES = 60
_SESSION = "0"
_END = "$end"
_SEEN = "$seen"
_MARK = "mark"
_RESERVED_IDS = (_END, f"sid-{_SESSION}", "$pulse")
_RESERVED_PROPERTIES = ("id", "sid", _MARK, "$s")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ProductionRule:
    """Fires for each fact that has all these words."""

    name: str
    when: Mapping[str, str]


class Fact(NamedTuple):
    """One fact: its id, and its words by property."""

    id: str
    words: Mapping[str, str]


class Fired(NamedTuple):
    """A production rule fired for a fact."""

    rule: str
    fact: str


def is_available() -> bool:
    """Whether the extension could be loaded here."""
    return _engine is not None


def fnv32(text: str) -> int:
    """The 32-bit hash by which durable-rules tells ids apart."""
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


class Ruleset:
    """Production rules compiled for facts of known ids. Safe to share between threads, to fork and to pickle."""

    def __init__(self, rules: Sequence[ProductionRule], ids: Iterable[str]) -> None:
        self.rules = tuple(rules)
        self.ids = tuple(ids)
        _check(self.rules, self.ids)
        self._known = frozenset(self.ids)
        self._definition = _definition(self.rules)
        self._compile()

    def __reduce__(self) -> tuple[Any, ...]:
        return Ruleset, (self.rules, self.ids)

    def run(self, facts: Sequence[Fact]) -> frozenset[Fired]:
        """Which rules fire for these facts; JudgementError if durable-rules did not handle every one of them."""
        if strange := {fact.id for fact in facts} - self._known:
            raise JudgementError(f"ids that were not there when the rules were compiled: {sorted(strange)}")
        if self._process != os.getpid():  # a fork copies a lock and a session that nobody will ever finish
            self._compile()
        with self._lock:
            return self._run(facts)

    def _compile(self) -> None:
        if _engine is None:
            raise JudgementError("durable-rules is not installed here")
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._handle = _engine.create_ruleset("judgement", self._definition)
        weakref.finalize(self, _engine.delete_ruleset, self._handle)
        self._run(())

    def _run(self, facts: Sequence[Fact]) -> frozenset[Fired]:
        try:
            return self._session(facts)
        except (_engine.error, MemoryError) as error:
            raise JudgementError(f"durable-rules refused the facts: {error}") from error

    def _session(self, facts: Sequence[Fact]) -> frozenset[Fired]:
        sent = [{"id": f.id, "sid": _SESSION, _MARK: _SEEN, **f.words} for f in facts]
        sent.append({"id": _END, "sid": _SESSION, _MARK: _END})
        try:
            fired = self._actions(json.dumps(sent))
            stored = len(json.loads(_engine.get_facts(self._handle, _SESSION)))
        finally:
            _engine.delete_state(self._handle, _SESSION)
        seen = Counter(rule for rule, _ in fired)
        if stored != len(sent) or seen[_SEEN] != len(facts) or seen[_END] != 1:
            raise JudgementError(f"durable-rules took {stored} of {len(sent)} facts and saw {seen[_SEEN]}")
        return frozenset(f for f in fired if f.rule not in (_SEEN, _END))

    def _actions(self, facts: str) -> list[Fired]:
        """Asserts the facts and works off the actions; each only notes what fired."""
        status, state = _engine.assert_facts(self._handle, facts)
        if status:
            raise JudgementError(f"durable-rules did not take the facts (status {status})")
        fired: list[Fired] = []
        first = _engine.start_action_for_state(self._handle, state)
        action = first[1] if first else None
        while action:
            fired.extend(_fired(action))
            action = _engine.complete_and_start_action(self._handle, state)
        return fired


def _fired(action: str) -> list[Fired]:
    """What one action is about: the rule, and one fact, or a list of them when the rule takes many at once."""
    ((rule, matched),) = json.loads(action).items()
    matches = matched if isinstance(matched, list) else [matched]
    return [Fired(rule, match["m"]["id"]) for match in matches]


def _definition(rules: Sequence[ProductionRule]) -> str:
    """The ruleset as durable-rules reads it; every rule looks at one fact and tests words for equality."""
    one_by_one = {rule.name: {"all": [{"m": _condition({_MARK: _SEEN, **rule.when})}]} for rule in rules}
    for_all = {_SEEN: {"all": [{"m": {_MARK: _SEEN}}], "cap": 1000}, _END: {"all": [{"m": {_MARK: _END}}]}}
    return json.dumps(one_by_one | for_all)


def _condition(words: Mapping[str, str]) -> dict[str, object]:
    return {"$and": [{name: word} for name, word in words.items()]}


def _check(rules: Sequence[ProductionRule], ids: Sequence[str]) -> None:
    """Refuses what durable-rules would get wrong without saying so."""
    if len(rules) > MOST_RULES:
        raise JudgementError(f"{len(rules)} production rules; durable-rules is safe up to {MOST_RULES}")
    names = [rule.name for rule in rules]
    properties = list(dict.fromkeys(p for rule in rules for p in rule.when))
    words = [word for rule in rules for word in rule.when.values()]
    if strange := [w for w in [*names, *ids, *properties, *words] if not _WORD.fullmatch(w)]:
        raise JudgementError(f"durable-rules is given plain ASCII words only, not {strange}")
    _check_distinct("rules", [*names, _SEEN, _END])
    _check_distinct("ids", [*ids, *_RESERVED_IDS])
    _check_distinct("properties", [*properties, *_RESERVED_PROPERTIES])


def _check_distinct(what: str, texts: Iterable[str]) -> None:
    """Refuses two texts of one hash, which are the same thing to durable-rules."""
    found: dict[int, str] = {}
    for text in texts:
        key = fnv32(text)
        if key in found:
            raise JudgementError(f"durable-rules cannot tell the {what} {found[key]!r} and {text!r} apart")
        found[key] = text
