"""Reading a large table asset by asset, and holding what is equal once."""

from __future__ import annotations

import polars as pl
import pytest

from hege.engine import byasset
from hege.engine.byasset import ByAsset
from hege.engine.sharing import Sharing


@pytest.mark.parametrize("block", [1, 2, 500])
def test_rows_of_each_asset_in_the_order_of_the_table(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Whatever the order of asking, and however many assets are held at a time."""
    monkeypatch.setattr(byasset, "BLOCK", block)
    table = pl.DataFrame({"asset": ["b", "a", "b", "d", "b"], "n": [1, 2, 3, 4, 5]})
    rows = ByAsset(table, "asset")
    found = {asset: [row["n"] for row in rows[asset]] for asset in "adbcab"}
    assert found == {"a": [2], "b": [1, 3, 5], "c": [], "d": [4]}
    assert ByAsset(table.clear(), "asset")["a"] == []


def test_what_is_equal_is_one_object_and_what_only_looks_equal_is_not() -> None:
    """1, 1.0 and True are three things, on their own and within a mapping; so are mappings of another order."""
    sharing = Sharing()
    day = f"{2024}-02-08"
    assert sharing.one("2024-02-08") is sharing.one(day)
    assert [type(sharing.one(value)) for value in (1, 1.0, True)] == [int, float, bool]
    first = sharing.mapping({"count": 1, "of": "feed"})
    assert sharing.mapping({"count": 1, "of": "feed"}) is first
    assert sharing.mapping({"count": True, "of": "feed"})["count"] is True
    assert list(sharing.mapping({"of": "feed", "count": 1})) == ["of", "count"]
