"""click in Chinese and English: commands and options whose help is a `Text`, usage errors in the reader's language.

The one module that knows how click words things. What the commands do is elsewhere.
"""

from __future__ import annotations

import locale
import os
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import click

from hege.engine.text import Language, Text

_CHOSEN = "hege.language"
_USAGE = Text(zh="用法：", en="Usage: ")
_OPTIONS = Text(zh="选项", en="Options")
_ARGUMENTS = Text(zh="参数", en="Arguments")
_COMMANDS = Text(zh="命令", en="Commands")
_LEFT_COLUMN = 28


def chosen_language(context: click.Context | None) -> Language:
    """What --lang asked for, else HEGE_LANG, else the language of the locale.

    HEGE_LANG is looked at here too because --help is answered before the root's --lang has taken it from there.
    """
    chosen = (context.meta.get(_CHOSEN) if context else None) or os.environ.get("HEGE_LANG")
    return next((language for language in Language if language.value == chosen), None) or _language_of_locale()


def _language_of_locale() -> Language:
    set_in_environment = next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(n))), "")
    name = set_in_environment or locale.getlocale()[0] or ""
    return Language.ZH if name.lower().startswith(("zh", "chinese")) else Language.EN


def language_option(envvar: str | None = None) -> Callable[[Any], Any]:
    """`--lang`, read before every other option so that help and errors already speak the language.

    Every command takes it; only the first, the root, reads the environment, or it would undo a --lang before it.
    """

    def choose(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
        if value:
            context.meta[_CHOSEN] = value

    return option(
        "--lang",
        type=click.Choice([language.value for language in Language]),
        envvar=envvar,
        is_eager=True,
        expose_value=False,
        callback=choose,
        about=Text(zh="提示语言；不写时按HEGE_LANG，再按系统语言。", en="Language; else HEGE_LANG, else the locale."),
    )


class Option(click.Option):
    """An option that is explained in both languages."""

    def __init__(self, *declarations: Any, about: Text, **settings: Any) -> None:
        super().__init__(*declarations, **settings)
        self.about = about


class Argument(click.Argument):
    """An argument that is explained in both languages."""

    def __init__(self, *declarations: Any, about: Text, **settings: Any) -> None:
        super().__init__(*declarations, **settings)
        self.about = about


class Command(click.Command):
    """A command that is explained in both languages."""

    def __init__(self, *declarations: Any, about: Text, **settings: Any) -> None:
        settings.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*declarations, **settings)
        self.about = about

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line: the command and what follows it."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write(f"{_USAGE.shown(chosen_language(ctx))}{ctx.command_path} {pieces}\n")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command is for."""
        formatter.write("\n")
        for line in _wrapped(self.about.shown(chosen_language(ctx)), formatter.width - 2):
            formatter.write(f"  {line}\n" if line else "\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Arguments, then options."""
        parameters = self.get_params(ctx)
        arguments = [(p.make_metavar(ctx), p.about) for p in parameters if isinstance(p, Argument)]
        options = [(_spelled(p, ctx), _about(p)) for p in parameters if isinstance(p, click.Option)]
        _section(ctx, formatter, _ARGUMENTS, arguments)
        _section(ctx, formatter, _OPTIONS, options)


class Group(Command, click.Group):
    """A command of commands, listed with the first sentence of each."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options, then the commands in the order they were added."""
        super().format_options(ctx, formatter)
        commands = [(name, c.about) for name, c in self.commands.items() if isinstance(c, Command)]
        _section(ctx, formatter, _COMMANDS, [(n, Text(*(_first_line(t) for t in (a.zh, a.en)))) for n, a in commands])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order they were added."""
        return list(self.commands)


def option(*declarations: str, about: Text, **settings: Any) -> Callable[[Any], Any]:
    """Decorates with an `Option`."""
    return click.option(*declarations, cls=Option, about=about, **settings)


def argument(*declarations: str, about: Text, **settings: Any) -> Callable[[Any], Any]:
    """Decorates with an `Argument`."""
    return click.argument(*declarations, cls=Argument, about=about, **settings)


def usage_error(error: click.UsageError) -> str:
    """A usage error as its reader sees it: the usage line, what is wrong, where help is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    language = chosen_language(error.ctx)
    word = Text(zh="错误：", en="error: ").shown(language)
    lines = [f"{word}{_wrong(error).shown(language)}"]
    if error.ctx is not None:
        path = error.ctx.command_path
        lines.insert(0, error.ctx.get_usage())
        lines.append(Text(zh=f"查看帮助：{path} --help", en=f"For help: {path} --help").shown(language))
    return "\n".join(lines)


def _wrong(error: click.UsageError) -> Text:
    english = error.format_message()
    near = getattr(error, "possibilities", None)
    hint = f"是否想写{'、'.join(near)}？" if near else ""
    match error:
        case click.NoSuchOption():
            return Text(zh=f"没有选项{error.option_name}。{hint}", en=english)
        case click.MissingParameter():
            return Text(zh=f"缺少{_name(error)}。", en=english)
        case click.BadParameter() if error.param is not None and isinstance(error.param.type, click.Choice):
            return Text(zh=f"{_name(error)}只能是{'、'.join(error.param.type.choices)}之一。", en=english)
        case click.BadParameter() if isinstance(error.__cause__, Worded):
            said = error.__cause__.text
            return Text(zh=f"{_name(error)}：{said.zh}", en=f"{_name(error)}: {said.en}")
        case click.BadOptionUsage():
            return Text(zh=f"选项{error.option_name}用法不对（{english}）", en=english)
        case _ if (name := getattr(error, "command_name", None)) is not None:
            return Text(zh=f"没有命令{name}。{hint}", en=english)
    return Text(zh=f"命令行有误（{english}）", en=english)


class Worded(ValueError):
    """A value that is refused, with the reason in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def refused(text: Text, parameter: click.Parameter | None, context: click.Context | None) -> click.BadParameter:
    """The usage error for a value of a parameter."""
    error = click.BadParameter(text.en, ctx=context, param=parameter)
    error.__cause__ = Worded(text)
    return error


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return ""
    return error.param.opts[0] if isinstance(error.param, click.Option) else (error.param.name or "").upper()


def _about(parameter: click.Option) -> Text:
    if isinstance(parameter, Option):
        return parameter.about
    if "--version" in parameter.opts:
        return Text(zh="显示版本。", en="Show the version.")
    return Text(zh="显示本帮助。", en="Show this help.")


def _spelled(parameter: click.Option, context: click.Context) -> str:
    names = ", ".join(parameter.opts)
    return names if parameter.is_flag else f"{names} {parameter.make_metavar(context)}"


def _section(
    context: click.Context, formatter: click.HelpFormatter, title: Text, rows: Iterable[tuple[str, Text]]
) -> None:
    language = chosen_language(context)
    colon = "：" if language is Language.ZH else ":"
    rows = list(rows)
    if rows:
        formatter.write(f"\n{title.shown(language)}{colon}\n")
    for left, about in rows:
        right = _wrapped(about.shown(language), formatter.width - _LEFT_COLUMN - 2)
        if len(left) > _LEFT_COLUMN - 2:
            formatter.write(f"  {left}\n")
            left = ""
        for line in right:
            formatter.write(f"  {left:<{_LEFT_COLUMN}}{line}\n")
            left = ""


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines no wider than a terminal; Chinese may break anywhere but before a closing mark."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if line and _columns(line + piece.rstrip()) > width and piece.strip() not in set("，。；：、）？"):
                lines.append(line.rstrip())
                line = ""
            line += piece
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Iterable[str]:
    """A text cut where a line may end: after blanks and around every full-width character."""
    word = ""
    for character in text:
        if _columns(character) == 2:
            yield from (p for p in (word, character) if p)
            word = ""
        else:
            word += character
            if character == " ":
                yield word
                word = ""
    if word:
        yield word


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
