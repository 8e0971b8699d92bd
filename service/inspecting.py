"""The commands that run an inspection: `hege inspect` and `hege explain`.

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
    from hege.engine.case import Case
    from hege.engine.errors import InputError
    from hege.engine.inspection import Progress
    from hege.engine.result import Inspection
    from hege.engine.rulebook.model import AssetKind, Rulebook

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
    fail_on: tuple[str, ...],
    ledger: str | None,
    register: str | None,
    by: str | None,
) -> int:
    """Inspects, keeps, prints."""
    from hege.engine.inspection import failing
    from hege.engine.result import Verdict

    language = chosen_language(context)
    if ledger is None:
        made = inspected_case(case, as_of, rules, language)
        inspection = made.inspection
        _tell_doubts(made, language)
    else:
        from hege.service.recording import recorded

        inspection = recorded(case, as_of, rules, ledger or os.environ.get("HEGE_LEDGER"), register, by, language)
    if out:
        from hege.service.saving import save

        save(inspection, Path(out), language)
    _print(inspection, form, language)
    return SOMETHING_FAILED if any(failing(inspection, Verdict(word)) for word in fail_on) else DONE


def _tell_doubts(made: Inspected, language: Language) -> None:
    from hege.engine.casedoubts import doubts
    from hege.engine.vocabulary import load_vocabulary

    for problem in doubts(made.case, made.rulebook, load_vocabulary()):
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


@click.command(
    "explain",
    cls=Command,
    about=Text(
        zh="说明一个网站或账号的结论：条款、计算、所依据的事实。\n\n分多个批次检查的，逐批说明。",
        en="Explain the verdict of an asset: clause, arithmetic, facts.\n\n"
        "An asset inspected in several batches is explained for each.",
    ),
)
@case_argument
@argument("asset", about=Text(zh="编号或名称。", en="Its id or its name."))
@as_of_option
@rules_option
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    about=Text(
        zh="打印的形式，默认text；json为数组，每批一项。", en="text unless given; json is a list, a batch each."
    ),
)
@language_option()
@click.pass_context
def explain_command(
    context: click.Context, case: str, asset: str, as_of: date | None, rules: tuple[str, ...], form: str
) -> int:
    """Inspects, then shows the one asset."""
    from hege.engine.calendar import load_working_days
    from hege.engine.turning import turning
    from hege.engine.vocabulary import load_vocabulary
    from hege.outputs import document, explanation

    language = chosen_language(context)
    made = inspected_case(case, as_of, rules, language, asset)
    batches = zip(made.inspection.batches, made.case.batches, strict=True)
    found = [(result, b, p) for b, p in batches for result in b.assets]
    if form == "json":
        say(document.assets_json((result, batch) for result, batch, _ in found), as_bytes=True)
        return DONE
    for result, batch, planned in found:
        if len(found) > 1:
            say(f"■ {batch.name} {batch.as_of}".replace("  ", " ") + "\n")
        turned = turning(made.case, planned, made.rulebook, load_vocabulary(), load_working_days(), result.asset.id)
        say(explanation.render(result, language, turned) + "\n")
    return DONE


class Inspected(NamedTuple):
    """An inspection with what it was made of."""

    case: Case
    rulebook: Rulebook
    inspection: Inspection


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
        case = _only(case, folder, asset)
    rulebook = load_rulebook(packs(rules or case.rules))
    with _progress(Text(zh="检查", en="inspecting").shown(language)) as progress:
        return Inspected(case, rulebook, inspect(case, rulebook, vocabulary, load_working_days(), progress))


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


def _only(case: Case, folder: str, asset: str) -> Case:
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
