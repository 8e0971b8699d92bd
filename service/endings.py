"""How a run of the command line ends: every way out becomes a message in the reader's language and an exit code.

0 done · 1 done, and something failed · 2 bad input, nothing was done · 3 a fault of hege itself · 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from hege.engine.errors import HegeError, InputError, Severity
from hege.engine.text import Language, Text
from hege.service.bilingual import Group, chosen_language, usage_error

DONE, SOMETHING_FAILED, BAD_INPUT, OWN_FAULT, INTERRUPTED = 0, 1, 2, 3, 130


class Program(Group):
    """The root command. A command returns its exit code; whatever it raises is said on standard error."""

    def main(  # type: ignore[override]  # always leaves by SystemExit, in standalone mode or not
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **settings: Any
    ) -> NoReturn:
        """Runs and leaves with the exit code."""
        settings["standalone_mode"] = False
        _never_fail_on_characters()
        try:
            code = super().main(args, prog_name, **settings)
        except click.UsageError as error:
            tell(usage_error(error))
            code = BAD_INPUT
        except click.ClickException as error:
            tell(error.format_message())
            code = BAD_INPUT
        except click.Abort:
            code = INTERRUPTED
        sys.exit(code or DONE)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command inside its context, so that refusals are worded in the chosen language."""
        language = chosen_language(ctx)
        try:
            return super().invoke(ctx)
        except InputError as error:
            tell(refusal(error, chosen_language(ctx)))
            return BAD_INPUT
        except HegeError as error:
            tell(Text(zh=f"错误：{error}", en=f"error: {error}").shown(language))
            return BAD_INPUT
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("verbose"):
                raise
            tell(_own_fault(error).shown(chosen_language(ctx)))
            return OWN_FAULT


def say(text: str, *, as_bytes: bool = False) -> None:
    """Writes to standard output; `as_bytes` in UTF-8 whatever the terminal speaks. A reader that left is no fault."""
    try:
        click.echo(text.encode() if as_bytes else text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def tell(text: str) -> None:
    """Writes a line to standard error."""
    click.echo(text, err=True)


def refusal(error: InputError, language: Language) -> str:
    """Every problem, then how many there are."""
    count = sum(p.severity is Severity.ERROR for p in error.problems)
    problems = "problem" if count == 1 else "problems"
    closing = Text(zh=f"共{count}处问题，未做任何改动", en=f"{count} {problems}; nothing was done")
    return "\n".join([*(p.shown(language) for p in error.problems), closing.shown(language)])


def _own_fault(error: Exception) -> Text:
    what = f"{type(error).__name__}: {error}"
    return Text(
        zh=f"hege自身出错（{what}），结果不可用。请加 --verbose 重新运行，并把输出报告给维护者。",
        en=f"hege itself went wrong ({what}); there is no result. Run again with --verbose and report what it prints.",
    )


def _never_fail_on_characters() -> None:
    """A terminal that cannot show a character gets a question mark, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
