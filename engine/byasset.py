"""The rows of a table asset by asset, for reading one asset after another.

A row as a dict takes ten times the memory it takes in its table. So only the rows of a few hundred neighbouring assets
are held as dicts at a time; reading in the order of the assets turns each block over once.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

import polars as pl

BLOCK = 500  # assets


class ByAsset:
    """`rows[asset]` are the asset's rows in the table's order, none for an asset that the table does not know."""

    def __init__(self, table: pl.DataFrame, column: str) -> None:
        self._table = table.sort(column, maintain_order=True)
        runs = self._table.get_column(column).rle().struct.unnest()
        self._assets: list[str] = runs["value"].to_list()
        self._starts = list(accumulate(runs["len"].to_list(), initial=0))
        self._places = {asset: place for place, asset in enumerate(self._assets)}
        self._block: dict[str, list[Mapping[str, Any]]] = {}

    def __getitem__(self, asset: str) -> list[Mapping[str, Any]]:
        if asset in self._block:
            return self._block[asset]
        if asset not in self._places:
            return []
        self._turn_to(self._places[asset])
        return self._block[asset]

    def _turn_to(self, place: int) -> None:
        """Holds the rows of the assets from that place on."""
        starts = self._starts[place : place + BLOCK + 1]
        rows: list[Mapping[str, Any]] = list(self._table[starts[0] : starts[-1]].iter_rows(named=True))
        spans = pairwise(start - starts[0] for start in starts)
        self._block = {asset: rows[start:end] for asset, (start, end) in zip(self._assets[place:], spans, strict=False)}
