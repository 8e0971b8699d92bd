"""Figures of the result: rates as notices print them, and what an exit code rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hege.engine.inspection import failing, grouped
from hege.engine.result import Verdict, percent

from .inspections import small


@pytest.mark.parametrize(
    ("part", "whole", "places", "printed"),
    [
        (47, 51, 1, "92.2%"),
        (48, 51, 0, "94%"),
        (66, 67, 1, "98.5%"),
        (1, 8, 2, "12.50%"),
        (1, 16, 1, "6.3%"),  # 6.25 half up
        (2500, 2500, 1, "100.0%"),
        (2499, 2500, 1, "99.9%"),  # one that failed stays visible
        (999, 1000, 0, "99%"),
        (0, 7, 1, "0.0%"),
        (0, 0, 1, None),
    ],
)
def test_share_is_printed_half_up_and_whole_only_when_it_is(
    part: int, whole: int, places: int, printed: str | None
) -> None:
    """As a notice prints it."""
    assert percent(part, whole, places) == printed


def test_every_batch_of_the_newest_day_counts() -> None:
    """A second batch of the same day is not hidden by the first; one of an earlier day is past."""
    inspection = small()
    batch = next(b for b in inspection.batches if any(r.verdict is Verdict.FAIL for r in b.assets))
    passed = tuple(r for r in batch.assets if r.verdict is Verdict.PASS)
    clean = replace(batch, assets=passed, group=grouped(passed))
    earlier = replace(batch, as_of=batch.as_of - timedelta(days=1))
    assert failing(replace(inspection, batches=(clean, batch)), Verdict.FAIL)
    assert not failing(replace(inspection, batches=(clean, earlier)), Verdict.FAIL)
