"""The command line: `hege`. Arguments in, steps called, exit code out; heavy imports wait until a command needs them.

Exit codes: 0 done; 1 done, and with --fail-on something failed (or a rule test failed); 2 bad input.
"""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Language, Text

if TYPE_CHECKING:
    from datetime import date

    from hege.engine.case import Case
    from hege.engine.errors import InputError
    from hege.engine.result import Inspection
    from hege.engine.rulebook.model import Rulebook


def main() -> None:
    """The entry point of the `hege` command."""
    try:
        cli()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the reader has gone; nothing to say it to
        sys.exit(0)


def language() -> Language:
    """--lang, then HEGE_LANG, then the locale."""
    chosen = (click.get_current_context().find_root().obj or {}).get("lang")
    if chosen is None:
        chosen = (
            "zh"
            if (locale.getlocale()[0] or os.environ.get("LANG", "")).lower().startswith(("zh", "chinese"))
            else "en"
        )
    return Language(chosen)


def refuse(error: InputError) -> None:
    """Shows every problem and leaves with code 2."""
    shown = language()
    for problem in error.problems:
        click.echo(problem.shown(shown), err=True)
    count = len(error.problems)
    click.echo(Text(f"共{count}处问题，未做任何改动", f"{count} problems; nothing was done").shown(shown), err=True)
    sys.exit(2)


def _handled(run: Callable[[], int]) -> None:
    """Runs a command's steps; bad input becomes a message and exit code 2."""
    from hege.engine.errors import HegeError, InputError

    try:
        code = run()
    except InputError as error:
        refuse(error)
    except HegeError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    else:
        sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lang", type=click.Choice(["zh", "en"]), envvar="HEGE_LANG", help="Language of messages (HEGE_LANG).")
@click.option("--verbose", is_flag=True, help="Log what is done.")
@click.version_option(package_name="hege")
@click.pass_context
def cli(context: click.Context, lang: str | None, verbose: bool) -> None:
    """hege (合格) inspects government websites and new-media accounts against dated indicator files."""
    context.obj = {"lang": lang, "verbose": verbose}


def _log(verbose: bool) -> None:
    import logging

    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _inspected(case: str, as_of: date | None, rules: tuple[str, ...]) -> Inspection:
    from hege.collectors.casefolder import read_case
    from hege.engine.calendar import load_working_days
    from hege.engine.inspection import inspect
    from hege.engine.vocabulary import load_vocabulary

    _log(click.get_current_context().find_root().obj["verbose"])
    vocabulary = load_vocabulary()
    given = read_case(Path(case), vocabulary)
    given = _at(given, as_of)
    rulebook = _rulebook(rules or given.rules)
    kinds = given.facts.assets["kind"].to_list()
    total = sum(kinds.count(b.kind.value) for b in given.batches)
    if not sys.stderr.isatty():
        return inspect(given, rulebook, vocabulary, load_working_days())
    with click.progressbar(length=total, file=sys.stderr, label=Text("检查", "inspecting").shown(language())) as bar:
        return inspect(
            given, rulebook, vocabulary, load_working_days(), lambda done, _: bar.update(done - bar.pos)
        )  # fmt: skip


def _at(case: Case, as_of: date | None) -> Case:
    from dataclasses import replace

    if as_of is None:
        return case
    kinds = dict.fromkeys(b.kind for b in case.batches)
    from hege.engine.case import PlannedBatch

    return replace(case, batches=tuple(PlannedBatch(name="", kind=k, as_of=as_of) for k in kinds))


def _rulebook(rules: tuple[str, ...]) -> Rulebook:
    from hege.engine.rulebook.library import load_rulebook

    return load_rulebook([Path(r).resolve() if Path(r).is_dir() else r for r in rules])


_AS_OF = click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Monitoring day instead of the case's, as 2024-02-23."
)
_RULES = click.option("--rules", multiple=True, help="Pack id or folder instead of the case's rules; may be repeated.")


@cli.command("inspect")
@click.argument("case")
@_AS_OF
@_RULES
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="What to print.")
@click.option(
    "--out", type=click.Path(file_okay=False), help="Folder for inspection.json, the CSV tables and report.html."
)
@click.option(
    "--fail-on", type=click.Choice(["fail", "undetermined"]), help="Exit with 1 if any asset got this verdict."
)
def inspect_command(
    case: str, as_of: object, rules: tuple[str, ...], form: str, out: str | None, fail_on: str | None
) -> None:
    """Inspect the CASE folder and show the result."""

    def run() -> int:
        from hege.engine.inspection import failing
        from hege.engine.result import Verdict
        from hege.outputs.document import to_json
        from hege.outputs.summary import render
        from hege.outputs.tables import assets_csv

        inspection = _inspected(case, as_of.date() if as_of else None, rules)  # type: ignore[attr-defined]
        if out:
            _write(Path(out), inspection)
        if form == "json":
            click.echo(to_json(inspection), nl=False)
        elif form == "csv":
            click.echo(assets_csv(inspection), nl=False)
        else:
            click.echo(render(inspection, language(), sys.stdout.isatty()), nl=False)
        return int(fail_on is not None and failing(inspection, Verdict(fail_on)))

    _handled(run)


def _write(folder: Path, inspection: Inspection) -> None:
    """Every file whole or not at all."""
    from hege.outputs.document import to_json
    from hege.outputs.report import to_html
    from hege.outputs.tables import assets_csv, findings_csv

    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "inspection.json": to_json, "assets.csv": assets_csv, "findings.csv": findings_csv, "report.html": to_html,
    }  # fmt: skip
    for name, made in files.items():
        waiting = folder / f".{name}.part"
        waiting.write_text(made(inspection), encoding="utf-8", newline="")
        waiting.replace(folder / name)


@cli.command("explain")
@click.argument("case")
@click.argument("asset")
@_AS_OF
@_RULES
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What to print.")
def explain_command(case: str, asset: str, as_of: object, rules: tuple[str, ...], form: str) -> None:
    """Explain the verdict of ASSET (its id or name) in the CASE folder."""

    def run() -> int:
        import json

        from hege.engine.errors import InputError, Place, Problem, nearest
        from hege.outputs import document
        from hege.outputs.explanation import render

        inspection = _inspected(case, as_of.date() if as_of else None, rules)  # type: ignore[attr-defined]
        found = [(r, b) for b in inspection.batches for r in b.assets if asset in (r.asset.id, r.asset.name)]
        if not found:
            names = [n for b in inspection.batches for r in b.assets for n in (r.asset.id, r.asset.name) if n]
            near = nearest(asset, names)
            raise InputError([Problem(
                code="unknown-asset", place=Place(file=case),
                message=Text(f"没有资产“{asset}”", f"there is no asset “{asset}”"),
                hint=Text(f"是否想写“{near}”？", f"did you mean “{near}”?") if near else None,
            )])  # fmt: skip
        for result, batch in found:
            if form == "json":
                click.echo(json.dumps(document.asset(result, batch), ensure_ascii=False, indent=1, default=str))
            else:
                click.echo(render(result, language()))
        return 0

    _handled(run)


@cli.group("rules")
def rules_group() -> None:
    """Check, test and show indicator files."""


@rules_group.command("lint")
@click.argument("packs", nargs=-1)
def lint_command(packs: tuple[str, ...]) -> None:
    """Check PACKS (ids or folders; default: all that come with hege) and show every fault."""

    def run() -> int:
        from hege.engine.errors import Severity
        from hege.engine.rulebook.lint import lint

        problems = lint([Path(p).resolve() if Path(p).is_dir() else p for p in packs])
        for problem in problems:
            click.echo(problem.shown(language()), err=True)
        errors = sum(p.severity is Severity.ERROR for p in problems)
        warnings = len(problems) - errors
        click.echo(Text(f"{errors}处错误，{warnings}处提醒", f"{errors} errors, {warnings} warnings").shown(language()))
        return 2 if errors else 0

    _handled(run)


@rules_group.command("test")
@click.argument("packs", nargs=-1)
@click.option("-k", "only", default="", help="Only cases whose name or indicator contains this.")
def test_command(packs: tuple[str, ...], only: str) -> None:
    """Run the tests beside PACKS (ids or folders; default: all that come with hege)."""

    def run() -> int:
        from hege.engine.rulebook.library import pack_folders, shipped_rules
        from hege.engine.rulebook.testing import run_tests

        asked = [Path(p).resolve() if Path(p).is_dir() else p for p in packs] or list(pack_folders(shipped_rules()))
        failed = 0
        for pack in asked:
            results = [r for r in run_tests(pack) if only in r.case.name or only in r.case.indicator]
            bad = [r for r in results if not r.passed]
            failed += len(bad)
            for result in bad:
                click.echo(result.shown(language()), err=True)
            click.echo(
                Text(
                    f"{pack}：{len(results)}例，{len(bad)}例不符", f"{pack}: {len(results)} cases, {len(bad)} failed"
                ).shown(language())
            )
        return int(failed > 0)

    _handled(run)


@rules_group.command("show")
@click.argument("indicator")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="The day whose version is shown; default: every version.")
@click.option("--rules", multiple=True, help="Pack id or folder (default: cn/2019-19); may be repeated.")
def show_command(indicator: str, at: object, rules: tuple[str, ...]) -> None:
    """Show INDICATOR: its sentence, law, values and where each came from."""

    def run() -> int:
        from hege.engine.rulebook.showing import shown_indicator

        book = _rulebook(rules or ("cn/2019-19",))
        day = at.date() if at else None  # type: ignore[attr-defined]
        click.echo(shown_indicator(book, indicator, day, language()))
        return 0

    _handled(run)
