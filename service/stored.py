"""What a command is about: a case folder, or an inspection that a ledger has recorded, made again as it was recorded.

A recorded inspection is told of only where it comes out as it was recorded: what an office sends out is what is on record.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from hege.engine.text import Language, Text
from hege.service.bilingual import argument, option
from hege.service.inspecting import Inspected, inspected_case, only
from hege.service.ledgers import opened

if TYPE_CHECKING:
    from hege.engine.errors import InputError
    from hege.engine.ledger.replay import Restored

subject_argument = argument(
    "case",
    about=Text(
        zh="案例文件夹；有--ledger时为检查编号或其开头，last为最近一次。",
        en="A case folder; with --ledger the id of an inspection or its beginning, `last` is the newest.",
    ),
)
stored_option = option(
    "--ledger",
    is_flag=False,
    flag_value="",
    metavar="[LEDGER]",
    about=Text(
        zh="说的是台账里的一次检查。写在CASE之后；不写台账时按HEGE_LEDGER。",
        en="About an inspection stored in a ledger. Put it after CASE; without a value HEGE_LEDGER.",
    ),
)


def made(
    given: str,
    ledger: str | None,
    as_of: date | None,
    rules: Sequence[str],
    language: Language,
    asset: str | None = None,
) -> Inspected:
    """The inspection of a case folder; or, where a ledger is named, one that it has recorded. Of one asset if it is given."""
    if ledger is None:
        return inspected_case(given, as_of, rules, language, asset)
    from hege.engine.ledger.database import refusal

    if as_of is not None or rules:
        raise refusal(
            given, "as-recorded", "台账里的检查按记录重做，不能另给--as-of、--rules",
            "a recorded inspection is made again as it was: no --as-of, no --rules",
            Text(zh="要看改变后的结果，用hege replay", en="hege replay shows what others would give"),
        )  # fmt: skip
    return _recorded(given, ledger or os.environ.get("HEGE_LEDGER"), asset)


def _recorded(given: str, ledger: str | None, asset: str | None) -> Inspected:
    from hege.engine.inspection import inspect
    from hege.engine.ledger.replay import restored

    with opened(ledger) as book:
        found = restored(book, given)
    if asset is not None:
        case = only(found.case, given, asset)
        ids = set(case.facts.assets["id"])
        said = {key: row for key, row in found.said.items() if key[1] in ids}
        found = dataclasses.replace(found, case=case, said=said)
    inspection = inspect(found.case, found.rulebook, found.vocabulary, found.working_days)
    done = Inspected(found.case, found.rulebook, inspection, found.vocabulary, found.working_days)
    if problem := _otherwise(found, done):
        raise problem
    return done


def _otherwise(found: Restored, done: Inspected) -> InputError | None:
    """The refusal of an inspection that does not come out as it was recorded."""
    from hege.engine.ledger.database import refusal
    from hege.engine.ledger.replay import Extent, differences

    said: Mapping[tuple[object, ...], Mapping[str, object]] = found.said
    n = sum(d.extent is not Extent.FORM for d in differences(said, done.inspection))
    if not n:
        return None
    id = found.stored.id
    return refusal(
        id, "otherwise", f"重做的结果与记录有{n}处不同，不能据以行文",
        f"made again it differs from what was recorded in {n} places; nothing can be written of it",
        Text(zh=f"hege replay {id}列出不同之处", en=f"hege replay {id} lists them"),
    )  # fmt: skip
