"""`hege inspect`, and the inspection of a case folder for every command that is about one.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from hege.engine.text import Language, Text
from hege.service.arguments import as_of_option, packs, rules_option
from hege.service.bilingual import Command, argument, chosen_language, language_option, option
from hege.service.endings import DONE, SOMETHING_FAILED, say, tell
from hege.service.ledgers import by_option, register_option

if TYPE_CHECKING:
    from hege.engine.calendar import WorkingDays
    from hege.engine.case import Case
    from hege.engine.errors import InputError
    from hege.engine.inspection import Progress
    from hege.engine.result import Inspection
    from hege.engine.rulebook.model import AssetKind, Rulebook
    from hege.engine.vocabulary import Vocabulary
    from hege.outputs.background import Earlier

case_argument = argument(
    "case",
    about=Text(zh="案例文件夹（case.yaml、assets.csv、facts/）。", en="A case folder: case.yaml, assets.csv, facts/."),
)


@click.command(
    "inspect",
    cls=Command,
    about=Text(
        zh="检查一个案例：每个网站、账号是否合格。\n\n结果打印到标准输出；--out另存JSON、XLSX、CSV和HTML报告。",
        en="Inspect a case: which of its assets pass.\n\n"
        "The result is printed; --out also keeps it as JSON, XLSX, CSV and an HTML report.",
    ),
)
@case_argument
@as_of_option
@rules_option
@option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "ndjson", "csv", "junit"]),
    default="table",
    about=Text(zh="打印的形式，默认table。", en="What is printed; table unless given."),
)
@option(
    "--out",
    metavar="DIR",
    about=Text(
        zh="另存inspection.json、inspection.xlsx、assets.csv、findings.csv、report.html的文件夹。",
        en="Folder to keep inspection.json, inspection.xlsx, assets.csv, findings.csv and report.html in.",
    ),
)
@option(
    "--earlier",
    multiple=True,
    metavar="FILE",
    about=Text(
        zh="以前检查的inspection.json，--out的HTML报告据以列出历次合格率；可重复。有--ledger时台账所记的自动列入。",
        en="The inspection.json of an earlier inspection, for the course of the pass rate in the HTML report of --out; "
        "may be repeated. With --ledger those on record are told of by themselves.",
    ),
)
@option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["fail", "undetermined"]),
    about=Text(
        zh="最新批次中有这种结论时退出码为1；可重复。",
        en="Exit code 1 if an asset of the newest batches got this verdict; may be repeated.",
    ),
)
@option(
    "--ledger",
    is_flag=False,
    flag_value="",
    metavar="[LEDGER]",
    about=Text(
        zh="在台账上检查并记录：案例的事实先记入，再按台账所知检查。写在CASE之后；不写台账时按HEGE_LEDGER。"
        "CASE也可以是名册，这时要有--rules和--as-of。",
        en="Inspect on the ledger and record it: the case's facts go in first, then what the ledger knows is inspected. "
        "Put it after CASE; without a value HEGE_LEDGER. CASE may be a register; then give --rules and --as-of.",
    ),
)
@register_option
@by_option
@language_option()
@click.pass_context
def inspect_command(
    context: click.Context,
    case: str,
    as_of: date | None,
    rules: tuple[str, ...],
    form: str,
    out: str | None,
    earlier: tuple[str, ...],
    fail_on: tuple[str, ...],
    ledger: str | None,
    register: str | None,
    by: str | None,
) -> int:
    """Inspects, keeps, prints."""
    from hege.engine.inspection import failing
    from hege.engine.result import Verdict

    language = chosen_language(context)
    known = list(_earlier(earlier))
    if ledger is None:
        made = inspected_case(case, as_of, rules, language)
        _tell_doubts(made, language)
    else:
        from hege.service.recording import recorded

        place = ledger or os.environ.get("HEGE_LEDGER")
        made, on_record = recorded(case, as_of, rules, place, register, by, language)
        known += on_record
    inspection = made.inspection
    if out:
        from hege.service.background import background
        from hege.service.saving import save

        save(inspection, Path(out), language, background(made, Path(case) if Path(case).is_dir() else None, known))
    _print(inspection, form, language)
    return SOMETHING_FAILED if any(failing(inspection, Verdict(word)) for word in fail_on) else DONE


def _earlier(files: Sequence[str]) -> Iterator[Earlier]:
    from hege.service.background import earlier_files

    return earlier_files(files)


def _tell_doubts(made: Inspected, language: Language) -> None:
    from hege.engine.casedoubts import doubts

    for problem in doubts(made.case, made.rulebook, made.vocabulary):
        tell(problem.shown(language))


def _print(inspection: Inspection, form: str, language: Language) -> None:
    from hege.outputs.document import to_json, to_ndjson
    from hege.outputs.junit import to_junit
    from hege.outputs.summary import render
    from hege.outputs.tables import assets_csv

    match form:
        case "json":
            say(to_json(inspection), as_bytes=True)
        case "ndjson":
            say(to_ndjson(inspection), as_bytes=True)
        case "junit":
            say(to_junit(inspection, language), as_bytes=True)
        case "csv":
            say("".join(assets_csv(inspection)), as_bytes=True)
        case _:
            watched = sys.stdout.isatty()
            columns = shutil.get_terminal_size().columns if watched else None
            say(render(inspection, language, watched and not os.environ.get("NO_COLOR"), columns))


class Inspected(NamedTuple):
    """An inspection with what it was made of."""

    case: Case
    rulebook: Rulebook
    inspection: Inspection
    vocabulary: Vocabulary
    working_days: WorkingDays


def inspected(folder: str, as_of: date | None, rules: Sequence[str], language: Language) -> Inspection:
    """The inspection of a case folder, by the case's own rules and days unless others are given."""
    return inspected_case(folder, as_of, rules, language).inspection


def inspected_case(
    folder: str, as_of: date | None, rules: Sequence[str], language: Language, asset: str | None = None
) -> Inspected:
    """The same with the case and the rules it was made of; of the assets of one id or name only, if it is given."""
    from hege.collectors.casefolder import read_case
    from hege.engine.calendar import load_working_days
    from hege.engine.inspection import inspect
    from hege.engine.rulebook.library import load_rulebook
    from hege.engine.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    case = read_case(Path(folder), vocabulary)
    if as_of is not None:
        case = at(case, as_of)
    if asset is not None:
        case = only(case, folder, asset)
    rulebook, working_days = load_rulebook(packs(rules or case.rules)), load_working_days()
    with _progress(Text(zh="检查", en="inspecting").shown(language)) as progress:
        inspection = inspect(case, rulebook, vocabulary, working_days, progress)
    return Inspected(case, rulebook, inspection, vocabulary, working_days)


def at(case: Case, day: date) -> Case:
    """The case with one batch a kind, all as of one day; what was in no batch is in none."""
    from hege.engine.case import PlannedBatch

    categories: dict[AssetKind, set[str] | None] = {}  # None: whatever their category
    for batch in case.batches:
        before = categories.setdefault(batch.kind, set())
        categories[batch.kind] = None if before is None or not batch.category else before | {*batch.category}
    return dataclasses.replace(
        case,
        batches=tuple(
            PlannedBatch(name="", kind=kind, as_of=day, category=tuple(sorted(words or ())))
            for kind, words in categories.items()
        ),
    )


@contextmanager
def _progress(label: str) -> Iterator[Progress]:
    """A bar on standard error while a person watches; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, file=sys.stderr, label=label) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


def only(case: Case, folder: str, asset: str) -> Case:
    """The case with what is known of the assets of one id, else of one name."""
    from hege.engine.inspection import planned_assets

    rows = [row for batch in case.batches for row in planned_assets(case, batch).select("id", "name").iter_rows()]
    found = {id for id, _ in rows if id == asset} or {id for id, name in rows if name == asset}
    if not found:
        raise no_such_asset(folder, asset, [word for row in rows for word in row if word])
    return dataclasses.replace(case, facts=case.facts.of(sorted(found)))


def no_such_asset(case: str, asset: str, known: Sequence[str]) -> InputError:
    """Names the nearest of the known ids and names."""
    from hege.engine.errors import InputError, Place, Problem, nearest

    near = nearest(asset, known)
    return InputError(
        [
            Problem(
                code="unknown-asset",
                place=Place(file=case),
                message=Text(zh=f"没有资产“{asset}”", en=f"there is no asset “{asset}”"),
                hint=Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None,
            )
        ]
    )
