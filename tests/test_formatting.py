"""One layout for rule files: shipped files have it, whatever is written gets it, and nothing but the layout changes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hege.engine.errors import InputError
from hege.engine.rulebook.canonical import digest
from hege.engine.rulebook.formatting import formatted, rule_files
from hege.engine.rulebook.library import pack_folders, shipped_rules
from hege.engine.rulebook.reading import read_pack
from hege.engine.vocabulary import load_vocabulary
from hege.engine.yamlnodes import Reading, read_yaml

from .test_cli import run

FILES = [file for folder in pack_folders(shipped_rules()).values() for file in rule_files(folder)]
ids = [file.relative_to(shipped_rules()).as_posix() for file in FILES]

ODD = """\
# first


schema: indicators/1   # beside
pack: x


# two blank lines above
title: "a # b"
indicators: # after a key
  # before an item
  - id: a   # on an item
    title:   b # c
    # before a key
    versions:

        - from: 2024-01-01
          law: {document: d,   quote: "x: y", note: '单' }  # after a bracket
          params:
             window:  14d
             list: [a,
               b,   # inside brackets
               c]
          # after an item
    # after a list
# after everything
waivers: []
# very end


"""

LAID_OUT = """\
# first

schema: indicators/1   # beside
pack: x

# two blank lines above
title: "a # b"
indicators: # after a key
# before an item
- id: a   # on an item
  title: b # c
  # before a key
  versions:

  - from: 2024-01-01
    law: {document: d, quote: "x: y", note: '单'}  # after a bracket
    params:
      window: 14d
      list: [a,
        b,   # inside brackets
        c]
    # after an item
  # after a list
# after everything
waivers: []
# very end
"""


def test_the_layout() -> None:
    """Levels of two blanks, lists under their key, one blank line at most; comments stay, also those at odd places."""
    assert formatted(ODD, "odd.yaml") == LAID_OUT


@pytest.mark.parametrize("file", FILES, ids=ids)
def test_shipped_files_have_it(file: Path) -> None:
    """Laying them out changes nothing."""
    text = file.read_text(encoding="utf-8")
    assert formatted(text, file.name) == text


def deepened(line: str, times: int) -> str:
    """A line so many times as deep, with the marks of lists that begin in it."""
    marks = re.match(r"( *)((?:- )*)", line)
    assert marks
    return " " * len(marks[1]) * times + marks[2].replace("- ", "-" + " " * (2 * times - 1)) + line[marks.end() :]


def distorted(text: str, seed: int) -> str:
    """The same content laid out badly: deeper levels, blank lines, blanks after values, comments anywhere."""
    chance = random.Random(seed)
    deeper = chance.choice([1, 2, 3])
    lines = []
    for number, line in enumerate(text.splitlines()):
        if chance.random() < 0.1:
            lines.append(chance.choice(["", "   ", " " * chance.randrange(9) + f"# c{number}", f"#c{number}   "]))
        end = chance.choice(["", "", "", "  ", f"  # d{number}", f"   # e {number} “: {{”"])
        lines.append(deepened(line, deeper) + end)
    return "\n".join(lines) + chance.choice(["", "\n", "\n\n\n"])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([f for f in FILES if f.stat().st_size < 12_000]), st.integers(0, 10**6))
def test_it_keeps_content_and_comments_and_is_done_at_once(file: Path, seed: int) -> None:
    """The digest is the same before and after, every comment is there in its order, and a second time changes nothing."""
    text = distorted(file.read_text(encoding="utf-8"), seed)
    done = formatted(text, "f.yaml")
    assert formatted(done, "f.yaml") == done
    assert [c for c in done.split() if c[:1] in "cde" and c[1:].isdigit()] == [
        c for c in text.split() if c[:1] in "cde" and c[1:].isdigit()
    ]
    assert pack_digest(done) == pack_digest(text)


def pack_digest(text: str) -> str:
    node = read_yaml(text, "f.yaml")
    pack = read_pack(Reading(), node, load_vocabulary())
    return digest(pack) if pack else str(node.place.line and "tests")


def test_without_comments_the_layout_is_found_again() -> None:
    """Deeper levels alone are undone wholly."""
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        if "#" not in text and len(text) < 6_000:
            assert formatted("\n".join(deepened(line, 2) for line in text.splitlines()), file.name) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a: |\n  # no comment\n\n\n  text  \nb: 1\n", True),
        ("a: >-\n   folded\n   text # no comment\nb: 1\n", True),
        ('a:   "x"\n', False),
        ("a: 'it''s # none'\n", True),
        ("a: b#c\n", True),
        ("a: [{b: 1}, {c: 2}]\n", True),
    ],
)
def test_texts_are_left_alone(text: str, same: bool) -> None:
    """A # in a text is no comment, blank lines in it are its own."""
    assert (formatted(text, "f") == text) is same


def test_what_cannot_be_read_is_refused() -> None:
    """Nothing is guessed."""
    with pytest.raises(InputError):
        formatted("a: {b\n", "f")


def test_what_would_be_lost_is_refused() -> None:
    """The line breaks at the end of a text that keeps them: rather no layout than another text."""
    with pytest.raises(InputError, match="laid out"):
        formatted("a: |+\n  text\n\n\n", "f")


def test_the_command_rewrites_checks_and_compares(tmp_path: Path) -> None:
    """--check and --diff change nothing; without them the file is laid out, broken files stay as they are."""
    folder = tmp_path / "p"
    (folder / "tests").mkdir(parents=True)
    (folder / "a.yaml").write_bytes("\ufeffa:\r\n    b: 1\r\n".encode())
    (folder / "tests" / "t.yaml").write_text("c:   1\n", encoding="utf-8")
    checked = run("rules", "fmt", "--check", str(folder))
    assert (checked.exit_code, checked.stdout) == (1, f"{folder}/a.yaml\n{folder}/tests/t.yaml\n")
    shown = run("rules", "fmt", "--diff", str(folder / "tests" / "t.yaml"))
    assert shown.stdout.splitlines()[-2:] == ["-c:   1", "+c: 1"]
    assert run("rules", "fmt", str(folder)).exit_code == 0
    assert (folder / "a.yaml").read_bytes() == b"a:\n  b: 1\n"
    assert run("rules", "fmt", "--check", str(folder), "cn/2019-19").exit_code == 0
    (folder / "a.yaml").write_text("a: {\n", encoding="utf-8")
    broken = run("rules", "fmt", str(folder))
    assert broken.exit_code == 2
    assert "error[yaml]" in broken.stderr
    assert run("rules", "fmt", "cn/2019-91").exit_code == 2
