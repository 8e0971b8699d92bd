"""One layout for rule files: two blanks a level, list marks under their key, one blank line at most, every comment kept.

Scalars are copied as they are written, collections in brackets over several lines too (moved as a whole), so that a
writer's own line breaks stay. Keys, texts, their order and comments are compared before a result is given back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Text
from hege.engine.yamlnodes import LOADER, ListNode, MapNode, Node, ScalarNode, read_yaml

_TO_THE_END = 1 << 30
# Any: where an event begins and ends is optional to the type checker, and always there.
_SCALAR: Any = yaml.ScalarEvent
_MAP: Any = yaml.MappingStartEvent
_LIST: Any = yaml.SequenceStartEvent
_OPENS: Any = yaml.CollectionStartEvent
_CLOSES: Any = yaml.CollectionEndEvent


def formatted(text: str, file: str) -> str:
    """The text in its one layout; raises InputError where it is no YAML or something would be lost."""
    text = text.replace("\r\n", "\n")
    before = read_yaml(text, file)
    done = _Layout(text).done()
    same = _content(read_yaml(done, file)) == _content(before)
    if not same or [c.text for c in _comments(done)] != [c.text for c in _comments(text)]:
        message = Text(
            zh="无法在不丢失内容或注释的情况下排版，文件未改动",
            en="it cannot be laid out without losing content or a comment; the file is as it was",
        )
        hint = Text(zh="把特殊的换行或注释改为一行一项", en="write unusual line breaks and comments one entry a line")
        raise InputError([Problem(code="layout", place=Place(file=file), message=message, hint=hint)])
    return done


def rule_files(pack: Path) -> list[Path]:
    """The files of a pack: its rules and its tests."""
    return sorted([*pack.glob("*.yaml"), *(pack / "tests").glob("*.yaml")])


# ---- comments ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment, or an empty line (no text). `gap` stands before one beside content; None on a line of its own."""

    index: int
    line: int
    column: int
    text: str
    gap: str | None = None


def _comments(text: str) -> list[_Comment]:
    return [c for c in _comments_and_blanks(text) if c.text]


def _comments_and_blanks(text: str) -> Iterator[_Comment]:
    scalars = _scalars(text)
    begin = 0
    for number, line in enumerate(text.split("\n")):
        if not line.strip() and number not in scalars:
            yield _Comment(begin, number, 0, "")
        for mark in re.finditer(r"(?:^|(?<=\s))#", line):
            at = mark.start()
            if not any(start <= at < end for start, end in scalars.get(number, ())):
                content = line[:at].rstrip()
                yield _Comment(begin + at, number, at, line[at:].rstrip(), line[len(content) : at] if content else None)
                break
        begin += len(line) + 1


def _scalars(text: str) -> dict[int, list[tuple[int, int]]]:
    """By line, the columns that belong to a scalar."""
    found: dict[int, list[tuple[int, int]]] = {}
    for event in _events(text):
        if isinstance(event, _SCALAR):
            start, end = event.start_mark, event.end_mark
            for line in range(start.line, end.line + 1):
                columns = (start.column if line == start.line else 0, end.column if line == end.line else _TO_THE_END)
                if columns != (0, 0):
                    found.setdefault(line, []).append(columns)
    return found


def _events(text: str) -> Iterator[Any]:
    """The parser's events; each knows where it begins and ends."""
    return yaml.parse(text, Loader=LOADER)


# ---- the layout ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """A key or an item laid out, with line breaks where it is copied; where it stood before: offsets, last line, column."""

    text: str
    start: int
    end: int
    last: int
    column: int

    @property
    def depth(self) -> int:
        """How deep its first key stands now: `- id: a` as deep as the keys below it."""
        found = re.match(r" *(?:- +)*", self.text)
        return found.end() if found else 0


@dataclass(slots=True)
class _Layout:
    """Writes a document anew, event by event, then puts its comments back."""

    text: str
    lines: list[_Line] = field(default_factory=list)
    copied: list[tuple[int, int]] = field(default_factory=list)  # what is as written, with the comments in it

    def done(self) -> str:
        """The document laid out."""
        events = _events(self.text)
        next(events)  # the stream
        next(events)  # the document
        self._block(events, next(events), 0, "")
        return "\n".join(_single_blanks(self._commented())) + "\n"

    def _block(self, events: Iterator[Any], event: Any, depth: int, lead: str) -> None:
        """A value whose keys or marks stand at `depth`; the first of them after `lead`."""
        if isinstance(event, _MAP) and not event.flow_style:
            while not isinstance(key := next(events), _CLOSES):
                self._entry(events, key, depth, lead)
                lead = " " * depth
        elif isinstance(event, _LIST) and not event.flow_style:
            while not isinstance(item := next(events), _CLOSES):
                self._block(events, item, depth + 2, lead + "- ")
                lead = " " * depth
        else:
            written, end = self._value(events, event, len(lead) - event.start_mark.column)
            self._add(lead + written, event, end)

    def _entry(self, events: Iterator[Any], key: Any, depth: int, lead: str) -> None:
        name = self._slice(key, key)
        value = next(events)
        if isinstance(value, _OPENS) and not value.flow_style:
            self._add(f"{lead}{name}:", key, key)
            inner = depth if isinstance(value, _LIST) else depth + 2
            self._block(events, value, inner, " " * inner)
        elif value.end_mark.index == value.start_mark.index:  # left empty
            self._add(f"{lead}{name}:", key, key)
        else:
            written, end = self._value(events, value, depth - key.start_mark.column)
            self._add(f"{lead}{name}: {written}", key, end)

    def _add(self, written: str, first: Any, last: Any) -> None:
        end = last.end_mark.index
        line = self.text.count("\n", 0, len(self.text[:end].rstrip("\n")))
        self.lines.append(_Line(written, first.start_mark.index, end, line, first.start_mark.column))

    def _value(self, events: Iterator[Any], event: Any, moved: int) -> tuple[str, Any]:
        """A scalar or a collection in brackets, and the event that ends it."""
        end, flat = event, None
        if isinstance(event, _OPENS):
            flat, end = self._brackets(events, event)
        if flat is not None:
            return flat, end
        self.copied.append((event.start_mark.index, end.end_mark.index))
        first, *others = self._slice(event, end).rstrip("\n").split("\n")
        return "\n".join([first, *(_shifted(line, moved) for line in others)]), end

    def _brackets(self, events: Iterator[Any], event: Any) -> tuple[str | None, Any]:
        """A collection in brackets with single blanks, and its end; None where it is to stay as written."""
        parts: list[str] = []
        flat = True
        while not isinstance(inner := next(events), _CLOSES):
            if isinstance(inner, _OPENS):
                text, _ = self._brackets(events, inner)
            else:
                text = self._slice(inner, inner) or None  # an empty value stays as it is
            flat = flat and text is not None
            parts.append(text or "")
        if not flat or inner.end_mark.line != event.start_mark.line:
            return None, inner
        if isinstance(event, _LIST):
            return f"[{', '.join(parts)}]", inner
        return f"{{{', '.join(f'{k}: {v}' for k, v in zip(parts[::2], parts[1::2], strict=True))}}}", inner

    def _slice(self, first: Any, last: Any) -> str:
        return self.text[first.start_mark.index : last.end_mark.index]

    # ---- comments back in their places -----------------------------------------------------------------------------

    def _commented(self) -> Iterator[str]:
        waiting = [
            c for c in _comments_and_blanks(self.text) if not any(start <= c.index < end for start, end in self.copied)
        ]
        for number, line in enumerate(self.lines):
            while waiting and waiting[0].index < line.end:
                yield self._alone(waiting.pop(0), number)
            if waiting and waiting[0].gap is not None and waiting[0].line == line.last:
                comment = waiting.pop(0)
                yield f"{line.text}{comment.gap}{comment.text}"
            else:
                yield line.text
        for comment in waiting:
            yield self._alone(comment, len(self.lines))

    def _alone(self, comment: _Comment, number: int) -> str:
        """A comment on a line of its own, as deep as what it stood with: what follows it or something before it."""
        after = self.lines[number] if number < len(self.lines) else None
        depth = len(after.text) - len(after.text.lstrip(" ")) if after else 0
        if not after or comment.column > after.column:
            stood = next((line for line in reversed(self.lines[:number]) if line.column <= comment.column), None)
            depth = max(depth, stood.depth if stood and stood.column == comment.column else depth)
        return (" " * depth + comment.text).rstrip()


def _single_blanks(lines: Iterable[str]) -> list[str]:
    """The lines with never more than one empty one at a time, and none at the beginning or the end."""
    done: list[str] = []
    for line in lines:
        if line or (done and done[-1]):
            done.append(line)
    return done[:-1] if done and not done[-1] else done


def _shifted(line: str, by: int) -> str:
    """A line moved to the right, or to the left as far as it goes."""
    text = line.lstrip(" ")
    return " " * max(0, len(line) - len(text) + by) + text if text else ""


# ---- what must not change ------------------------------------------------------------------------------------------


def _content(node: Node) -> object:
    """Keys, values and their order."""
    if isinstance(node, ScalarNode):
        return node.value, node.raw
    if isinstance(node, ListNode):
        return [_content(item) for item in node.items]
    assert isinstance(node, MapNode)
    return [(key.raw, _content(value)) for key, value in node.entries]
