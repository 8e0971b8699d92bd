"""One form of values as JSON text: what is told apart, and that the fast way writes what the plain way says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from hege.engine.calendar import load_working_days
from hege.engine.canonical import NOTHING, canonical, canonical_text, dumps
from hege.engine.dates import SHANGHAI, Duration, Unit
from hege.engine.inspection import inspect
from hege.engine.result import Group, Inspection, Outcome
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Rulebook
from hege.engine.vocabulary import load_vocabulary
from tests.ledgers import example

VALUES = {
    "null": (None, "null"), "text": ("“引”\n\"\\\x00", '"“引”\\n\\"\\\\\\u0000"'), "truth": (True, "true"), "float": (0.5, "0.5"),
    "word": (Outcome.FAIL, '"fail"'), "day": (date(2024, 2, 23), '{"day":"2024-02-23"}'),
    "moment": (datetime(2024, 2, 22, 16, tzinfo=UTC), '{"moment":"2024-02-23T00:00:00+08:00"}'),
    "same moment": (datetime(2024, 2, 23, tzinfo=SHANGHAI), '{"moment":"2024-02-23T00:00:00+08:00"}'),
    "duration": (Duration(14, Unit.DAY), '{"duration":"14d"}'), "decimal": (Decimal("5.00"), '{"decimal":"5/1"}'),
    "share": (Fraction(1, 20), '{"share":"1/20"}'), "nothing of many": ((), "[]"), "many": ((1, ("a",)), '[1,["a"]]'),
    "names": ({"b": 1, "a": None}, '{"a":null,"b":1}'), "no names": ({}, "{}"),
    "dataclass": (Group(total=3, passed=1, failed=2),
                  '{"":"Group","exempt":0,"failed":2,"passed":1,"total":3,"undetermined":0}'),
}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), VALUES.values(), ids=VALUES)
def test_values_as_text(value: object, text: str) -> None:
    """Each type has a form of its own, whatever it stands in."""
    assert canonical_text(value) == text == dumps(canonical(value))
    assert canonical_text({"x": (value,)}) == f'{{"x":[{text}]}}'


def test_what_is_not_content_is_left_out() -> None:
    """At every depth."""
    groups = (Group(total=3, passed=1, failed=2),)
    without = frozenset({"exempt", "total", "undetermined"})
    assert (
        canonical_text(groups, without) == '[{"":"Group","failed":2,"passed":1}]' == dumps(canonical(groups, without))
    )
    everything = frozenset({"total", "passed", "failed", "undetermined", "exempt"})
    assert canonical_text(groups, everything) == '[{"":"Group"}]'


@pytest.fixture(scope="module")
def whole() -> tuple[Inspection, Rulebook]:
    case = example("zhuzhou-2022-4")
    book = load_rulebook(case.rules)
    return inspect(case, book, load_vocabulary(), load_working_days()), book


@pytest.mark.parametrize("without", [NOTHING, frozenset({"place", "places", "digest"})])
def test_whole_results_and_rulebooks(whole: tuple[Inspection, Rulebook], without: frozenset[str]) -> None:
    """What is written at once is what the plain data gives."""
    for item in whole:
        assert canonical_text(item, without) == dumps(canonical(item, without))
