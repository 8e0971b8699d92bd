"""Which ledger collected facts go into, and that it is there before anything is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hege.service.ledgers import now, opened, who

if TYPE_CHECKING:
    import polars as pl

    from hege.collectors.delivering import Delivery
    from hege.collectors.journal import Journal


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A ledger (empty: that of HEGE_LEDGER), a register in it, and who records."""

    ledger: str
    register: str
    by: str | None


@contextmanager
def delivery(journal: Journal, folder: Path, assets: pl.DataFrame, target: Target | None) -> Iterator[Delivery | None]:
    """What hands the journal's facts over to the ledger; None where no ledger was asked for."""
    if target is None:
        yield None
        return
    from hege.collectors.delivering import Delivery
    from hege.engine.vocabulary import load_vocabulary

    with opened(target.ledger or os.environ.get("HEGE_LEDGER")) as ledger:
        yield Delivery(
            journal=journal, ledger=ledger, register=target.register, folder=folder, assets=assets, vocabulary=load_vocabulary(),
            entered_by=who(target.by), clock=now,
        )  # fmt: skip
